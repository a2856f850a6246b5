// An app of somebody else (e2e/conformance), built from Clerk's public packages, beside a Twofold server.

import { test as base, expect } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { preview } from 'vite';
import { Server, freePort } from './server.js';
import { Watch } from './test.js';

export { expect };

const root = fileURLToPath(new URL('../conformance/', import.meta.url));

export class Site {
  /**
   * Starts a server and the app: on one origin by default, with the API behind the web server of the app, or on two, with
   * the server told of the app's.
   */
  static async start({ settings = {}, crossOrigin = false, host = 'localhost' } = {}) {
    const site = new Site();
    const port = await freePort();
    site.url = `http://${host}:${port}`;
    site.server = await Server.start({
      [crossOrigin ? 'TWOFOLD_ALLOWED_ORIGINS' : 'TWOFOLD_PUBLIC_URL']: site.url,
      // These tests sign in more quickly than people do.
      TWOFOLD_RATE_LIMITS: 'off',
      ...settings,
    });
    /** Where the pages send their calls, and so who issues their tokens. */
    site.api = crossOrigin ? site.server.url : site.url;
    /** The key names a host, which is never asked where there is a `proxyUrl`, and which must have a dot. */
    site.publishableKey = `pk_live_${btoa(`${host.includes('.') ? new URL(site.api).host : 'clerk.example.test'}$`)}`;
    try {
      const { api: proxyUrl, publishableKey } = site;
      site.pages = await servePages(port, crossOrigin ? {} : forwardTo(site.server), { proxyUrl, publishableKey });
    } catch (error) {
      await site.server.stop();
      throw error;
    }
    return site;
  }

  async stop() {
    await this.pages.close();
    const end = await this.server.stop();
    expect(end.code, `the server ends in good order at SIGTERM; it said: ${end.stderr}`).toBe(0);
  }
}

function forwardTo(server) {
  return { '/v1': server.url, '/.well-known': server.url };
}

function servePages(port, proxy, settings) {
  return preview({
    root,
    logLevel: 'error',
    preview: { host: '127.0.0.1', port, strictPort: true, proxy },
    plugins: [
      {
        name: 'settings',
        configurePreviewServer: ({ middlewares }) => {
          middlewares.use('/settings.json', (_, response) => response.end(JSON.stringify(settings)));
        },
      },
    ],
  });
}

/** A browser of its own on a site, and eyes on all that the client does there. */
export class Visitor {
  /** What was asked of the API so far, as `GET /v1/me`. */
  calls = [];
  #retries = [];

  static async arrive(browser, site) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ baseURL: site.url });
    visitor.watch = new Watch(site.url, site.api);
    visitor.watch.follow(visitor.context);
    visitor.context.on('request', (request) => visitor.#note(request));
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  #note(request) {
    const { pathname, searchParams } = new URL(request.url());
    if (!pathname.startsWith('/v1/')) return;
    // The client sends what is neither GET nor POST as a POST that says so.
    const call = `${searchParams.get('_method') ?? request.method()} ${pathname}`;
    this.calls.push(call);
    if (searchParams.has('_clerk_retry_attempt')) this.#retries.push(call);
  }

  /** Forgets the calls so far, and answers how to count those that come. */
  count() {
    const from = this.calls.length;
    return (pattern) => this.calls.slice(from).filter((call) => pattern.test(call)).length;
  }

  async cookies() {
    return Object.fromEntries((await this.context.cookies()).map(({ name, value }) => [name, value]));
  }

  verify() {
    this.watch.verify();
    expect(this.#retries, 'the client tried nothing again').toEqual([]);
  }

  async leave() {
    await this.context.close();
  }
}

export const test = base.extend({
  /** One for all tests of a run: each test has accounts of its own. */
  site: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
    async ({}, use) => {
      const site = await Site.start();
      await use(site);
      await site.stop();
    },
    { scope: 'worker' },
  ],
  visitor: async ({ browser, site }, use) => {
    const visitor = await Visitor.arrive(browser, site);
    await use(visitor);
    visitor.verify();
    await visitor.leave();
  },
});
