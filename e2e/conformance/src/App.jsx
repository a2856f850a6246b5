import { Account } from './Account.jsx';
import { AddMfa } from './pages/AddMfa.jsx';
import { ManageMfa } from './pages/ManageMfa.jsx';
import { Protected } from './pages/Protected.jsx';
import { Sessions } from './pages/Sessions.jsx';
import { SignIn } from './pages/SignIn.jsx';
import { SignInWithSignals } from './pages/SignInWithSignals.jsx';
import { SignUp } from './pages/SignUp.jsx';
import { Token } from './pages/Token.jsx';
import { usePath } from './router.jsx';

const PAGES = {
  '/sign-up': SignUp,
  '/sign-in': SignIn,
  '/sign-in/signals': SignInWithSignals,
  '/account/manage-mfa': ManageMfa,
  '/account/manage-mfa/add': AddMfa,
  '/account/protected': Protected,
  '/account/sessions': Sessions,
  '/account/token': Token,
};

export function App() {
  const Page = PAGES[usePath()] ?? Welcome;
  return (
    <>
      <Account />
      <main>
        <Page />
      </main>
    </>
  );
}

function Welcome() {
  return <h1>Welcome</h1>;
}
