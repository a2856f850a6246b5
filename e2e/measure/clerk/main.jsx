// The guide's pages as an app of Clerk's packages, and nothing else: what the measurements compare ours with.

import { ClerkProvider, useAuth } from '@clerk/react';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { AddMfa } from '../../conformance/src/pages/AddMfa.jsx';
import { ManageMfa } from '../../conformance/src/pages/ManageMfa.jsx';
import { SignIn } from '../../conformance/src/pages/SignIn.jsx';
import { SignUp } from '../../conformance/src/pages/SignUp.jsx';
import { navigate, usePath } from '../../conformance/src/router.jsx';

const PAGES = {
  '/sign-up': SignUp,
  '/sign-in': SignIn,
  '/account/manage-mfa': ManageMfa,
  '/account/manage-mfa/add': AddMfa,
};

function App() {
  const { isLoaded } = useAuth();
  const Page = PAGES[usePath()];
  // The same moment as in our app: the first view is in the document.
  useEffect(() => {
    if (isLoaded) performance.mark('app-ready');
  }, [isLoaded]);
  return (
    <main>
      <Page />
    </main>
  );
}

const { clerkPublishableKey, clerkProxyUrl } = document.querySelector('[data-clerk-js-script]').dataset;

createRoot(document.getElementById('app')).render(
  <ClerkProvider
    Clerk={window.Clerk}
    publishableKey={clerkPublishableKey}
    proxyUrl={new URL(clerkProxyUrl, location.origin).origin}
    telemetry={false}
    routerPush={navigate}
    routerReplace={navigate}
  >
    <App />
  </ClerkProvider>,
);
