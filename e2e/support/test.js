// `test` with what every test in the browser needs: a server of its own file, and eyes on everything that must not happen.

import AxeBuilder from '@axe-core/playwright';
import { test as base, expect } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { Server } from './server.js';

export { expect };

const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url));

export const test = base.extend({
  // What the server of a file has set, beside what every server of the tests has.
  settings: [{}, { scope: 'worker', option: true }],
  // One for all tests of a run: each test has accounts of its own.
  server: [
    async ({ settings }, use) => {
      const server = await Server.start(settings);
      console.log(server.firstAnswerReport);
      await use(server);
      const end = await server.stop();
      expect(end.code, `the server ends in good order at SIGTERM; it said: ${end.stderr}`).toBe(0);
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => {
    await use(server.url);
  },
  // The pages of a test are watched from before the first one opens until the test has ended.
  watch: async ({ server }, use) => {
    const watch = new Watch(server.url);
    await use(watch);
    watch.verify();
  },
  context: async ({ context, watch }, use) => {
    watch.follow(context);
    await use(context);
  },
});

/** What a page says to the console, throws, and asks of servers other than these: nothing. */
export class Watch {
  #origins;
  #said = [];
  #allowed = [];

  constructor(...origins) {
    this.#origins = origins;
  }

  follow(context) {
    context.on('console', (message) => {
      const text = `console ${message.type()}: ${message.text()} (${message.location().url})`;
      const at = this.#allowed.findIndex((pattern) => pattern.test(text));
      if (at >= 0) {
        this.#allowed.splice(at, 1);
      } else {
        this.#said.push(text);
      }
    });
    context.on('weberror', (error) => this.#said.push(`page error: ${error.error().message}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (!this.#origins.includes(url.origin) && url.protocol !== 'data:') {
        this.#said.push(`request to another origin: ${request.url()}`);
      }
    });
  }

  /** The browser itself writes a line for each reply that is no success. The test names those that it asks for. */
  refusal(status, count = 1) {
    for (let n = 0; n < count; n += 1) {
      this.#allowed.push(
        new RegExp(`Failed to load resource: the server responded with a status of ${status} .*\\((${this.#origins.join('|')})/`),
      );
    }
  }

  /** The browser tells of each attempt that the page's policy stopped. The test names those that it makes. */
  policy(count) {
    const told = this.#said.filter((text) => /Trusted ?Type|TrustedHTML|TrustedScript/.test(text));
    expect(told).toHaveLength(count);
    this.#said = this.#said.filter((text) => !told.includes(text));
  }

  /** The same for a request that gets no reply, since the test took the network away. */
  failure() {
    this.#allowed.push(/Failed to load resource: net::ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|FAILED|BLOCKED_BY_CLIENT)/);
  }

  verify() {
    expect(this.#said, 'nothing in the console, no error, no request to another origin').toEqual([]);
  }
}

const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A new picture of the page as it is, for people. */
export async function picture(page, name) {
  return page.screenshot({ path: `${artefacts}${name}.png`, fullPage: true, animations: 'disabled' });
}

/** What axe has to say against the page as it is. */
export async function violations(page) {
  // No page has frames, so there is nothing to gather in a window of axe's own.
  const found = await new AxeBuilder({ page }).withTags(AXE_TAGS).setLegacyMode().analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** Axe finds nothing, in light; nothing is wider than the window; and a picture is kept. */
export async function inspect(page, name) {
  expect.soft(await violations(page), `axe on ${name}`).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect.soft(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
  await picture(page, name);
}

/** The same in light, in dark, and on the narrowest screen that WCAG 2.2 knows (1.4.10). */
export async function inspectAll(page, name) {
  const wide = page.viewportSize();
  await inspect(page, name);
  await page.emulateMedia({ colorScheme: 'dark' });
  await inspect(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 320, height: 640 });
  await inspect(page, `${name}-320`);
  await page.setViewportSize(wide);
}

/** Each of the secrets is nowhere that outlives the page, or that others can read. */
export async function expectNowhere(page, secrets) {
  const places = await page.evaluate(async () => ({
    address: location.href,
    title: document.title,
    history: JSON.stringify(history.state),
    localStorage: JSON.stringify(localStorage),
    sessionStorage: JSON.stringify(sessionStorage),
    cookies: document.cookie,
    databases: JSON.stringify(await indexedDB.databases()),
    caches: JSON.stringify(await caches.keys()),
  }));
  expect(places.databases, 'no IndexedDB').toBe('[]');
  expect(places.caches, 'no cache storage').toBe('[]');
  for (const [place, content] of Object.entries(places)) {
    for (const secret of secrets) {
      for (const form of [secret, encodeURIComponent(secret)]) {
        expect(content ?? '', `a secret in ${place}`).not.toContain(form);
      }
    }
  }
}
