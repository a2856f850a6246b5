// Stands above every page and is never told that something changed: what it shows is what the hooks give it.

import { useAuth, useUser } from '@clerk/react';
import { ApiError, useAttempt } from './ApiError.jsx';
import { Link } from './router.jsx';

export function Account() {
  const { isLoaded, isSignedIn, userId, sessionId, signOut } = useAuth();
  const { user } = useUser();
  const [error, attempt] = useAttempt();

  if (!isLoaded) return <header>Loading…</header>;

  if (!isSignedIn) {
    return (
      <header>
        <Fact name="signed-in">false</Fact>
        <Link href="/sign-in">Sign in</Link> <Link href="/sign-up">Sign up</Link>
        <ApiError error={error} />
      </header>
    );
  }
  return (
    <header>
      <dl>
        <Fact name="signed-in">true</Fact>
        <Fact name="user-id">{userId}</Fact>
        <Fact name="session-id">{sessionId}</Fact>
        <Fact name="email">{user.primaryEmailAddress.emailAddress}</Fact>
        <Fact name="totp-enabled">{String(user.totpEnabled)}</Fact>
        <Fact name="two-factor-enabled">{String(user.twoFactorEnabled)}</Fact>
        <Fact name="backup-code-enabled">{String(user.backupCodeEnabled)}</Fact>
        <Fact name="updated-at">{user.updatedAt.getTime()}</Fact>
      </dl>
      <nav>
        <Link href="/account/manage-mfa">Manage MFA</Link> <Link href="/account/protected">Protected</Link>{' '}
        <Link href="/account/sessions">Sessions</Link> <Link href="/account/token">Token</Link>
      </nav>
      <button onClick={() => attempt(() => user.reload())}>Reload user</button>
      <button onClick={() => signOut({ redirectUrl: '/sign-in' })}>Sign out</button>
      <ApiError error={error} />
    </header>
  );
}

function Fact({ name, children }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-testid={name}>{children}</dd>
    </div>
  );
}
