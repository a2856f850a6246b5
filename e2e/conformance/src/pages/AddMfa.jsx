// The second of the guide's two pages: add, verify, backup codes, success.

import { useUser } from '@clerk/react';
import { QRCodeSVG } from 'qrcode.react';
import { useEffect, useState } from 'react';
import { ApiError, useAttempt } from '../ApiError.jsx';
import { Field, Form } from '../Form.jsx';
import { GenerateBackupCodes } from '../GenerateBackupCodes.jsx';
import { Link } from '../router.jsx';

export function AddMfa() {
  const { isLoaded, user } = useUser();
  const [step, setStep] = useState('add');

  if (!isLoaded) return null;
  if (!user) return <p>You must be logged in to access this page</p>;

  return (
    <>
      {step === 'add' && <AddStep setStep={setStep} />}
      {step === 'verify' && <VerifyStep setStep={setStep} />}
      {step === 'backupcodes' && <BackupCodesStep setStep={setStep} />}
      {step === 'success' && <SuccessStep />}
      <p>
        <Link href="/account/manage-mfa">Back to the settings</Link>
      </p>
    </>
  );
}

function AddStep({ setStep }) {
  const { user } = useUser();
  const [totp, setTotp] = useState();
  const [format, setFormat] = useState('qr');
  const [error, attempt] = useAttempt();

  useEffect(() => {
    attempt(async () => setTotp(await user.createTOTP()));
    // Once for each time the step is shown: the user changes by this very call.
  }, []);

  return (
    <>
      <h1>Add TOTP MFA</h1>
      {totp && format === 'qr' && (
        <>
          <QRCodeSVG value={totp.uri} size={200} marginSize={4} title="QR code" />
          <button onClick={() => setFormat('uri')}>Use URI instead</button>
        </>
      )}
      {totp && format === 'uri' && (
        <>
          <p data-testid="uri">{totp.uri}</p>
          <button onClick={() => setFormat('qr')}>Use QR Code instead</button>
        </>
      )}
      <ApiError error={error} />
      <p>Once you have set up your authentication app, verify your code</p>
      <button onClick={() => setStep('verify')}>Verify</button>
    </>
  );
}

function VerifyStep({ setStep }) {
  const { user } = useUser();
  const [error, attempt] = useAttempt();

  const verify = ({ code }) =>
    attempt(async () => {
      await user.verifyTOTP({ code });
      setStep('backupcodes');
    });

  return (
    <>
      <h1>Verify TOTP</h1>
      <Form submit={verify} label="Verify code">
        <Field name="code" label="Enter the code from your authentication app" />
      </Form>
      <button onClick={() => setStep('add')}>Reset</button>
      <ApiError error={error} />
    </>
  );
}

function BackupCodesStep({ setStep }) {
  return (
    <>
      <h1>Backup codes</h1>
      <p>Save this list of backup codes somewhere safe in case you need to access your account in an emergency</p>
      <GenerateBackupCodes />
      <button onClick={() => setStep('success')}>Finish</button>
    </>
  );
}

function SuccessStep() {
  return (
    <>
      <h1>Success!</h1>
      <p>You have successfully added TOTP MFA via an authentication application.</p>
    </>
  );
}
