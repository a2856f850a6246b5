// A sign-in of three requests, each on the resource that the one before brought. It goes on where it was when the page is
// loaded anew.

import { useSignIn } from '@clerk/react/legacy';
import { useState } from 'react';
import { ApiError, useAttempt } from '../ApiError.jsx';
import { Field, Form, SecondFactorFields } from '../Form.jsx';
import { navigate } from '../router.jsx';

export function SignIn() {
  const { isLoaded, signIn, setActive } = useSignIn();
  // The hook brings the same resource again and again, changed in place, which renders nothing.
  const [reached, setReached] = useState();
  const [error, attempt] = useAttempt();

  if (!isLoaded) return null;

  const attemptFirst = ({ email, password }) =>
    attempt(async () => {
      const begun = await signIn.create({ identifier: email });
      await finish(await begun.attemptFirstFactor({ strategy: 'password', password }));
    });
  const attemptSecond = ({ strategy, code }) =>
    attempt(async () => {
      await finish(await signIn.attemptSecondFactor({ strategy, code }));
    });
  const finish = async (attempted) => {
    setReached(attempted.status);
    if (attempted.status === 'complete') {
      await setActive({ session: attempted.createdSessionId });
      navigate('/account/manage-mfa');
    }
  };

  return (
    <>
      <h1>Sign in</h1>
      {(reached ?? signIn.status) === 'needs_second_factor' ? (
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
