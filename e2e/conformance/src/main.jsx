// An app of somebody else: the public clients of Clerk, pointed at a Twofold server by `proxyUrl`, which is all that
// such an app has to change.

import { Clerk } from '@clerk/clerk-js';
import { ClerkProvider } from '@clerk/react';
import { createRoot } from 'react-dom/client';
import { App } from './App.jsx';
import { navigate } from './router.jsx';

// The bundle is built once; where the API is, the server of the page says.
const { proxyUrl, publishableKey } = await (await fetch('/settings.json')).json();

createRoot(document.getElementById('app')).render(
  // `Clerk` is the client of the bundle; without it the provider would fetch one from a CDN.
  <ClerkProvider
    Clerk={Clerk}
    publishableKey={publishableKey}
    proxyUrl={proxyUrl}
    telemetry={false}
    routerPush={navigate}
    routerReplace={navigate}
  >
    <App />
  </ClerkProvider>,
);
