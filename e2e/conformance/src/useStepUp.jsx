import { useReverification, useSession } from '@clerk/react';
import { useEffect, useState } from 'react';
import { ApiError, useAttempt } from './ApiError.jsx';
import { Field, Form, SecondFactorFields } from './Form.jsx';

/**
 * `[guarded, form]`: where the server wants a fresh check of the user, `form` asks for it, and then the wanted call goes
 * on by itself. Cancelling makes the guarded call throw.
 */
export function useStepUp(call) {
  const [wanted, setWanted] = useState(null);
  const guarded = useReverification(call, { onNeedsReverification: setWanted });
  return [guarded, wanted && <StepUp wanted={wanted} close={() => setWanted(null)} />];
}

function StepUp({ wanted, close }) {
  const { session } = useSession();
  const [verification, setVerification] = useState();
  const [error, attempt] = useAttempt();

  useEffect(() => {
    // The hook knows no level where the API itself refused.
    attempt(async () => setVerification(await session.startVerification({ level: wanted.level ?? 'second_factor' })));
    // Once for each refusal: the session changes by this very call.
  }, []);

  const submit = (send) => (values) =>
    attempt(async () => {
      const attempted = await send(values);
      setVerification(attempted);
      if (attempted.status === 'complete') {
        close();
        wanted.complete();
      }
    });
  const cancel = () => {
    close();
    wanted.cancel();
  };

  return (
    <section aria-label="Step-up">
      {verification?.status === 'needs_first_factor' && (
        <Form submit={submit(({ password }) => session.attemptFirstFactorVerification({ strategy: 'password', password }))} label="Confirm">
          <Field name="password" label="Password" type="password" />
        </Form>
      )}
      {verification?.status === 'needs_second_factor' && (
        <Form submit={submit(({ strategy, code }) => session.attemptSecondFactorVerification({ strategy, code }))} label="Confirm">
          <SecondFactorFields factors={verification.supportedSecondFactors} />
        </Form>
      )}
      <button onClick={cancel}>Cancel</button>
      <ApiError error={error} />
    </section>
  );
}
