// What is there before the app, and where the app cannot be.

import { fileURLToPath } from 'node:url';
import { button, expectView, newPerson, signUp } from '../../support/app.js';
import { HEADING, PATH, hasGallery } from '../../support/gallery.js';
import { expect, inspect, inspectAll, test } from '../../support/test.js';

/** Sums up how far things moved, from the first paint on (the browser's own measure, CLS). */
async function watchShifts(page) {
  await page.addInitScript(() => {
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) globalThis.shifted += value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** Lets replies to these addresses wait until the test lets them go. */
async function hold(page, pattern) {
  let release;
  const gate = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(pattern, async (route) => {
    await gate;
    await route.continue();
  });
  return release;
}

function place(page, selector) {
  return page.locator(selector).first().boundingBox();
}

/** Two frames: whatever was about to be drawn has been. */
function drawn(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

test.describe('The shell becomes the app', () => {
  const PAGES = [
    ['/sign-in', 'Sign in'],
    ['/account/manage-mfa', 'Multi-factor authentication'],
    ['/account/manage-mfa/add', 'Add an authenticator app'],
    ['/account/activity', 'Account activity'],
    ['/account/password', 'Change your password'],
    ['/help', 'Help'],
  ];
  for (const [width, height] of [
    [1280, 900],
    [320, 640],
  ]) {
    for (const [path, heading] of PAGES) {
      test(`${path} without a jump, ${width} px wide`, async ({ page }) => {
        if (path.startsWith('/account')) await signUp(page, newPerson());
        await page.setViewportSize({ width, height });
        await watchShifts(page);
        const release = await hold(page, /\.wasm$/);
        const answer = await hold(page, /\/v1\/(client|environment)/);
        const answerList = await hold(page, /\/v1\/me\//);
        await page.goto(path, { waitUntil: 'commit' });
        await expect(page.locator('#shell .brand')).toBeVisible();
        const before = [await place(page, '.brand'), await place(page, 'main')];
        release();
        answer();
        await expectView(page, heading);
        await expect(page.locator('#shell')).toHaveCount(0);
        const after = [await place(page, '.brand'), await place(page, 'main')];
        expect(after[0], 'the name stays where it is').toEqual(before[0]);
        expect([after[1].x, after[1].width], 'the page is as wide as before').toEqual([before[1].x, before[1].width]);
        await drawn(page);
        answerList();
        await page.waitForLoadState('networkidle');
        await drawn(page);
        expect(await page.evaluate(() => globalThis.shifted)).toBeLessThanOrEqual(0.01);
      });
    }
  }

  test('what shifts is noticed by the measure', async ({ page }) => {
    await watchShifts(page);
    await page.goto('/sign-in');
    await expectView(page, 'Sign in');
    await drawn(page);
    await page.evaluate(() => {
      document.querySelector('main').style.marginBlockStart = '300px';
    });
    await drawn(page);
    await expect.poll(() => page.evaluate(() => globalThis.shifted)).toBeGreaterThan(0.01);
  });
});

test.describe('Where the app cannot be', () => {
  test('a browser without WebAssembly is told so at once', async ({ page }) => {
    await page.addInitScript(() => {
      delete globalThis.WebAssembly;
    });
    await page.goto('/sign-in');
    await expect(page.getByRole('heading', { name: 'The page could not be loaded' })).toBeVisible();
    await expect(page.getByRole('alert')).toContainText('Twofold needs WebAssembly');
    await expect(page.getByText('Your connection may be slow')).toBeHidden();
    await expect(page.locator('#shell-skeleton')).toBeHidden();
    await inspectAll(page, '37-no-webassembly');
  });

  test('a file that is not there any more is told, with a way to try again', async ({ page, watch }) => {
    await page.route(/\.wasm$/, (route) => route.fulfill({ status: 404 }));
    watch.refusal(404);
    await page.goto('/sign-in');
    await expect(page.getByRole('alert')).toContainText('Your connection may be slow');
    await page.unroute(/\.wasm$/);
    await button(page, 'Reload').click();
    await expectView(page, 'Sign in');
  });

  test('after ten seconds of waiting something is said, and the app still takes over when it comes', async ({ page }) => {
    // The clock stands still, but for the steps that are made here.
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(1_000);
    const release = await hold(page, /\.wasm$/);
    // The script that waits is at work by then.
    await page.goto('/sign-in', { waitUntil: 'domcontentloaded' });
    await expect(page.locator('#shell-skeleton')).toBeVisible();
    await page.clock.fastForward(9_000);
    await expect(page.locator('#shell-failed')).toBeHidden();
    await page.clock.fastForward(2_000);
    await expect(page.locator('#shell-failed')).toBeVisible();
    await page.clock.resume();
    await inspect(page, '38-slow');
    release();
    await expectView(page, 'Sign in');
    await expect(page.locator('#shell')).toHaveCount(0);
  });
});

test('the gallery of the components is in no build that people get', async ({ page, watch }) => {
  expect(hasGallery(fileURLToPath(new URL('../../../dist/', import.meta.url)))).toBe(false);
  watch.refusal(404);
  const response = await page.goto(PATH);
  expect(response.status()).toBe(404);
  await expectView(page, 'Page not found');
  await expect(page.getByText(HEADING)).toHaveCount(0);
});
