import { useSession, useUser } from '@clerk/react';
import { useEffect, useState } from 'react';
import { ApiError, useAttempt } from '../ApiError.jsx';

export function Sessions() {
  const { isLoaded, user } = useUser();
  const { session: current } = useSession();
  const [sessions, setSessions] = useState([]);
  const [error, attempt] = useAttempt();
  const userId = user?.id;

  useEffect(() => {
    if (userId) attempt(async () => setSessions(await user.getSessions()));
    // Once for each user: the client remembers the list anyway.
  }, [userId]);

  // A session that is revoked is the same object with another status.
  const revoke = (session) =>
    attempt(async () => {
      await session.revoke();
      setSessions([...sessions]);
    });

  if (!isLoaded) return null;
  if (!user) return <p>You must be logged in to access this page</p>;

  return (
    <>
      <h1>Sessions</h1>
      <ul aria-label="Sessions">
        {sessions.map((session) => (
          <li key={session.id} data-id={session.id}>
            {session.status} {session.id === current.id ? '(this one)' : <button onClick={() => revoke(session)}>Revoke</button>}
          </li>
        ))}
      </ul>
      <ApiError error={error} />
    </>
  );
}
