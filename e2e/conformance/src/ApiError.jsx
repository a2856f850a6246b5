import { isClerkAPIResponseError } from '@clerk/react/errors';
import { useState } from 'react';

/** The errors of a refused call, as the server said them. */
export function ApiError({ error }) {
  if (!error) return null;
  const errors = isClerkAPIResponseError(error) ? error.errors : [error];
  return (
    <ul role="alert">
      {errors.map(({ code, message, longMessage, meta }) => (
        <li key={code ?? message} data-code={code} data-param={meta?.paramName}>
          {longMessage ?? message}
        </li>
      ))}
    </ul>
  );
}

/** Runs a call of a form and keeps how it failed: `[error, run]`. */
export function useAttempt() {
  const [error, setError] = useState(null);
  const run = async (call) => {
    setError(null);
    try {
      await call();
    } catch (failure) {
      setError(failure);
    }
  };
  return [error, run];
}
