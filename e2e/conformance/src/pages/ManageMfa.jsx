// The first of the guide's two pages.

import { useUser } from '@clerk/react';
import { useState } from 'react';
import { ApiError, useAttempt } from '../ApiError.jsx';
import { GenerateBackupCodes } from '../GenerateBackupCodes.jsx';
import { Link } from '../router.jsx';

export function ManageMfa() {
  const { isLoaded, user } = useUser();
  const [showsCodes, setShowsCodes] = useState(false);

  if (!isLoaded) return null;
  if (!user) return <p>You must be logged in to access this page</p>;

  return (
    <>
      <h1>User MFA Settings</h1>
      {user.totpEnabled ? <TotpEnabled /> : <TotpDisabled />}
      {user.backupCodeEnabled && user.twoFactorEnabled && (
        <p>
          Generate new backup codes? - <button onClick={() => setShowsCodes(true)}>Generate</button>
        </p>
      )}
      {showsCodes && (
        <>
          <GenerateBackupCodes />
          <button onClick={() => setShowsCodes(false)}>Done</button>
        </>
      )}
    </>
  );
}

function TotpEnabled() {
  const { user } = useUser();
  const [error, attempt] = useAttempt();
  return (
    <>
      <p>
        TOTP via authentication app enabled - <button onClick={() => attempt(() => user.disableTOTP())}>Remove</button>
      </p>
      <ApiError error={error} />
    </>
  );
}

function TotpDisabled() {
  return (
    <p>
      Add TOTP via authentication app - <Link href="/account/manage-mfa/add">Add</Link>
    </p>
  );
}
