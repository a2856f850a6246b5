// The same sign-in by the newer hooks, which return their errors instead of throwing them.

import { useSignIn } from '@clerk/react';
import { useState } from 'react';
import { ApiError } from '../ApiError.jsx';
import { Field, Form, SecondFactorFields } from '../Form.jsx';
import { navigate } from '../router.jsx';

export function SignInWithSignals() {
  const { signIn } = useSignIn();
  const [error, setError] = useState(null);

  const attemptFirst = ({ email, password }) => goOn(signIn.password({ identifier: email, password }));
  const attemptSecond = ({ strategy, code }) =>
    goOn(strategy === 'totp' ? signIn.mfa.verifyTOTP({ code }) : signIn.mfa.verifyBackupCode({ code }));
  const goOn = async (attempt) => {
    const { error: refused } = await attempt;
    setError(refused);
    if (!refused && signIn.status === 'complete') {
      await signIn.finalize({ navigate: () => navigate('/account/manage-mfa') });
    }
  };

  return (
    <>
      <h1>Sign in</h1>
      {signIn.status === 'needs_second_factor' ? (
        <Form key="second" submit={attemptSecond} label="Continue">
          <SecondFactorFields factors={signIn.supportedSecondFactors} />
        </Form>
      ) : (
        <Form key="first" submit={attemptFirst} label="Sign in">
          <Field name="email" label="Email address" />
          <Field name="password" label="Password" type="password" />
        </Form>
      )}
      <ApiError error={error} />
    </>
  );
}
