import { useUser } from '@clerk/react';
import { useEffect, useState } from 'react';
import { ApiError } from './ApiError.jsx';

/** Makes a new set of backup codes as soon as it is shown, and lists it. */
export function GenerateBackupCodes() {
  const { user } = useUser();
  const [made, setMade] = useState({});

  useEffect(() => {
    user.createBackupCode().then(
      ({ codes }) => setMade({ codes }),
      (error) => setMade({ error }),
    );
    // Once for each time it is shown: the user changes by this very call.
  }, []);

  if (made.error) return <ApiError error={made.error} />;
  if (!made.codes) return <p>Loading...</p>;
  return <BackupCodeList codes={made.codes} />;
}

export function BackupCodeList({ codes }) {
  return (
    <ol aria-label="Backup codes">
      {codes.map((code) => (
        <li key={code}>{code}</li>
      ))}
    </ol>
  );
}
