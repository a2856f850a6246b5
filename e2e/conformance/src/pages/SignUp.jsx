import { useSignUp } from '@clerk/react/legacy';
import { ApiError, useAttempt } from '../ApiError.jsx';
import { Field, Form } from '../Form.jsx';
import { navigate } from '../router.jsx';

export function SignUp() {
  const { isLoaded, signUp, setActive } = useSignUp();
  const [error, attempt] = useAttempt();

  if (!isLoaded) return null;

  const submit = ({ email, password }) =>
    attempt(async () => {
      const done = await signUp.create({ emailAddress: email, password });
      if (done.status !== 'complete') throw new Error(`the sign-up is ${done.status}`);
      await setActive({ session: done.createdSessionId });
      navigate('/account/manage-mfa');
    });

  return (
    <>
      <h1>Sign up</h1>
      <Form submit={submit} label="Sign up">
        <Field name="email" label="Email address" />
        <Field name="password" label="Password" type="password" />
      </Form>
      <ApiError error={error} />
    </>
  );
}
