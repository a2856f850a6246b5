// The changes that need a fresh check of the user, each behind a step-up.

import { useUser } from '@clerk/react';
import { isReverificationCancelledError } from '@clerk/react/errors';
import { useState } from 'react';
import { ApiError } from '../ApiError.jsx';
import { BackupCodeList } from '../GenerateBackupCodes.jsx';
import { Field, Form } from '../Form.jsx';
import { useStepUp } from '../useStepUp.jsx';

export function Protected() {
  const { isLoaded, user } = useUser();
  if (!isLoaded) return null;
  if (!user) return <p>You must be logged in to access this page</p>;
  return (
    <>
      <h1>Protected</h1>
      <Change name="Create TOTP" call={() => user.createTOTP()} show={({ uri }) => <p data-testid="uri">{uri}</p>} />
      <Change
        name="Verify TOTP"
        call={({ code }) => user.verifyTOTP({ code })}
        show={({ backupCodes }) => <BackupCodeList codes={backupCodes} />}
      >
        <Field name="code" label="Code to verify" />
      </Change>
      <Change name="Remove TOTP" call={() => user.disableTOTP()} show={() => <p>Removed</p>} />
      <Change name="Generate codes" call={() => user.createBackupCode()} show={({ codes }) => <BackupCodeList codes={codes} />} />
    </>
  );
}

/** One call of the API: its form, its result, and how it ended. */
function Change({ name, call, show, children }) {
  const [result, setResult] = useState({});
  const [guarded, stepUp] = useStepUp(call);

  const run = async (values) => {
    setResult({});
    try {
      setResult({ value: await guarded(values) });
    } catch (error) {
      setResult(isReverificationCancelledError(error) ? { cancelled: true } : { error });
    }
  };

  return (
    <section aria-label={name}>
      <Form submit={run} label={name}>
        {children}
      </Form>
      {stepUp}
      {result.value && show(result.value)}
      {result.cancelled && <p role="status">Cancelled</p>}
      <ApiError error={result.error} />
    </section>
  );
}
