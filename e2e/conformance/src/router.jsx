// The address as state: as much of a router as these pages need.

import { useSyncExternalStore } from 'react';

/** Goes to a path of this app without loading the document anew. */
export function navigate(path) {
  window.history.pushState(null, '', path);
  window.dispatchEvent(new PopStateEvent('popstate'));
}

export function usePath() {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

function subscribe(listener) {
  window.addEventListener('popstate', listener);
  return () => window.removeEventListener('popstate', listener);
}

export function Link({ href, children }) {
  const follow = (event) => {
    event.preventDefault();
    navigate(href);
  };
  return (
    <a href={href} onClick={follow}>
      {children}
    </a>
  );
}
