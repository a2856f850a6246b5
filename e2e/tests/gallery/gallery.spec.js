// The gallery: every component in every state, photographed and looked at by axe. scripts/gallery.sh builds the app for it.

import { test as base } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { preview } from 'vite';
import { button } from '../../support/app.js';
import { HEADING, PATH, hasGallery } from '../../support/gallery.js';
import { freePort } from '../../support/server.js';
import { Watch, expect, inspect } from '../../support/test.js';

const app = fileURLToPath(new URL('../../../target/gallery/', import.meta.url));

const COMPONENTS = [
  'Button',
  'Field',
  'CodeInput',
  'Tick',
  'Switch',
  'Notice',
  'Stepper',
  'QrCard',
  'CopyButton',
  'CodeList',
  'Dialog and ConfirmDialog',
];

const DIALOGS = [
  ['Open a dialog', "Confirm that it's you"],
  ['Open a question', 'Remove authenticator app?'],
  ['Open a question about somebody', 'Remove authenticator app?'],
  ['Open a question under way', 'Remove authenticator app?'],
  ['Open a question that failed', 'Remove authenticator app?'],
];

const LOOKS = [
  ['light', { colorScheme: 'light' }, 1280],
  ['dark', { colorScheme: 'dark' }, 1280],
  ['forced-colours', { forcedColors: 'active' }, 1280],
  ['320', { colorScheme: 'light' }, 320],
];

/** What is asked before there is any page, and by none of its parts. */
const ASKED_BEFORE = ['/v1/environment', '/v1/client'];

const test = base.extend({
  site: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
    async ({}, use) => {
      const port = await freePort();
      const site = await preview({
        root: app,
        logLevel: 'error',
        build: { outDir: '.' },
        preview: { host: '127.0.0.1', port, strictPort: true },
      });
      await use(`http://127.0.0.1:${port}`);
      await site.close();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ site }, use) => {
    await use(site);
  },
  /** The gallery as it opens. Nothing may be said in the console, and no other origin asked for anything. */
  gallery: async ({ page, context, site }, use) => {
    const watch = new Watch(site);
    watch.follow(context);
    const asked = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith('/v1/')) asked.push(pathname);
    });
    await page.goto(PATH);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(HEADING);
    await use(page);
    watch.verify();
    expect(asked.filter((path) => !ASKED_BEFORE.includes(path)), 'no component speaks to a server').toEqual([]);
  },
});

test('it has a part for every component', async ({ gallery }) => {
  const parts = await gallery.getByRole('heading', { level: 2 }).allTextContents();
  expect(parts.slice(0, COMPONENTS.length)).toEqual(COMPONENTS);
  await expect(gallery.getByTestId('sessions').getByRole('listitem')).toHaveCount(3);
  await expect(gallery.getByTestId('events').getByRole('listitem')).toHaveCount(13);
});

test('it is in this build, which is how its absence from another is known', () => {
  expect(hasGallery(app)).toBe(true);
});

for (const [name, media, width] of LOOKS) {
  test(`axe finds nothing, and nothing is too wide: ${name}`, async ({ gallery }) => {
    await gallery.setViewportSize({ width, height: 900 });
    await gallery.emulateMedia(media);
    await inspect(gallery, `gallery-${name}`);
    for (const [at, [opener, heading]] of DIALOGS.entries()) {
      await button(gallery, opener).click();
      const dialog = gallery.getByRole('dialog', { name: heading, exact: true });
      await expect(dialog).toBeVisible();
      await inspect(gallery, `gallery-${name}-dialog-${at + 1}`);
      await gallery.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
      await expect(button(gallery, opener)).toBeFocused();
    }
  });
}

test('the copy button says what became of it', async ({ gallery, context }) => {
  const status = gallery.locator('.key [role=status]');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await button(gallery, 'Copy setup key').click();
  await expect(status).toHaveText('Copied');
  await expect(button(gallery, 'Copy setup key')).toBeFocused();
  await inspect(gallery, 'gallery-copied');
  await gallery.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));
  });
  await button(gallery, 'Copy setup key').click();
  await expect(status).toHaveText(/It is selected now/);
  expect(await gallery.evaluate(() => getSelection().toString().replace(/\s/g, ''))).toMatch(/^[A-Z2-7]{32}$/);
  await inspect(gallery, 'gallery-copy-failed');
});
