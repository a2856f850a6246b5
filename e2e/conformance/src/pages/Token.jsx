import { useAuth } from '@clerk/react';
import { useState } from 'react';
import { ApiError, useAttempt } from '../ApiError.jsx';

export function Token() {
  const { getToken } = useAuth();
  const [token, setToken] = useState();
  const [error, attempt] = useAttempt();

  const show = (options) => attempt(async () => setToken(await getToken(options)));

  return (
    <>
      <h1>Token</h1>
      <button onClick={() => show()}>Get token</button>
      <button onClick={() => show({ skipCache: true })}>Get new token</button>
      {token && <output>{token}</output>}
      <ApiError error={error} />
    </>
  );
}
