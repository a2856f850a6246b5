// What a page asks of the server, looked at and held back.

/** What the requests to a path of the API carried, in the order in which they were sent. */
export function bodiesOf(page, path) {
  const bodies = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() !== 'GET' && (typeof path === 'string' ? pathname === path : path.test(pathname))) {
      bodies.push(Object.fromEntries(new URLSearchParams(request.postData() ?? '')));
    }
  });
  return bodies;
}

/** Holds the requests to a path back, as a slow network does, until the answer is called. */
export async function hold(page, path) {
  let release;
  const gate = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(path, async (route) => {
    await gate;
    await route.continue();
  });
  return release;
}

/** No answer to these ever comes, and nobody loses patience: what waits for one may be looked at for minutes. */
export async function silence(page, path) {
  await page.addInitScript(() => {
    AbortSignal.timeout = () => new AbortController().signal;
  });
  await page.route(path, () => {});
}
