// Perception, input and motion, on every page. The numbers are those of the project's accessibility checklist.

import { addAuthenticator, expectView, newPerson, signUp } from '../../support/app.js';
import { expect, test } from '../../support/test.js';

const PAGES = [
  ['/account/manage-mfa', 'Multi-factor authentication'],
  ['/account/activity', 'Account activity'],
  ['/account/manage-mfa/add', 'Add an authenticator app'],
];

/** Opens the page whole, with all that it loads. */
async function open(page, [path, heading]) {
  await page.goto(path);
  await expectView(page, heading);
  await page.waitForLoadState('networkidle');
}

async function expectNoOverflow(page, what) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect.soft(overflow, `${what} scrolls sideways`).toBeLessThanOrEqual(0);
}

test.describe('Perception, input and motion', () => {
  test.beforeEach(async ({ page }) => {
    await signUp(page, newPerson());
  });

  test('62 nothing scrolls sideways at 320 by 256 px', async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 256 });
    for (const place of PAGES) {
      await open(page, place);
      await expectNoOverflow(page, place[0]);
    }
  });

  test('63 more room between lines, words and letters clips nothing', async ({ page }) => {
    await addAuthenticator(page);
    await page.setViewportSize({ width: 320, height: 640 });
    for (const place of PAGES.slice(0, 2)) {
      await open(page, place);
      const clipped = await page.evaluate(() => {
        for (const element of document.querySelectorAll('*')) {
          if (!(element instanceof HTMLElement)) continue;
          element.style.setProperty('line-height', '1.5', 'important');
          element.style.setProperty('letter-spacing', '0.12em', 'important');
          element.style.setProperty('word-spacing', '0.16em', 'important');
        }
        return [...document.querySelectorAll('main *')]
          .filter((element) => !element.closest('.visually-hidden, .skip'))
          .filter((element) => getComputedStyle(element).overflow === 'hidden' && element.scrollHeight > element.clientHeight + 1)
          .map((element) => element.outerHTML);
      });
      expect(clipped).toEqual([]);
      await expectNoOverflow(page, place[0]);
    }
  });

  test('64 text of twice the size fits, and every button is there', async ({ page }) => {
    await addAuthenticator(page);
    await page.setViewportSize({ width: 640, height: 900 });
    for (const place of PAGES.slice(0, 2)) {
      await open(page, place);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%';
      });
      await expectNoOverflow(page, place[0]);
      for (const control of await page.locator('button:visible, a.button:visible').all()) {
        const { width, height } = await control.boundingBox();
        expect(width).toBeLessThanOrEqual(640);
        expect(height).toBeGreaterThanOrEqual(44);
      }
    }
  });

  test('66 a dark page is dark from its first paint on', async ({ page }) => {
    await expect(page.locator('meta[name=color-scheme]')).toHaveAttribute('content', 'light dark');
    await page.emulateMedia({ colorScheme: 'dark' });
    // Without the app there is only the shell.
    await page.route(/\.wasm$/, () => {});
    await page.goto('/sign-in', { waitUntil: 'commit' });
    await expect(page.locator('#shell')).toBeVisible();
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe('rgb(16, 20, 26)');
  });

  test('67 with forced colours every control has an edge, and the focus too', async ({ page }) => {
    await page.emulateMedia({ forcedColors: 'active' });
    for (const place of PAGES) {
      await open(page, place);
      const bare = await page.locator('main button:visible, main input:visible').evaluateAll((all) =>
        all.filter((one) => getComputedStyle(one).borderTopStyle === 'none' || getComputedStyle(one).borderTopWidth === '0px').map((one) => one.outerHTML),
      );
      expect(bare).toEqual([]);
    }
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
    expect(outline).toBe('3px');
  });

  test('68 nothing moves for those who want that', async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const place of PAGES) {
      await open(page, place);
      const moving = await page.evaluate(() =>
        [...document.querySelectorAll('*')]
          .filter((element) => ['animationDuration', 'transitionDuration'].some((name) => !/^(0s(, )?)+$/.test(getComputedStyle(element)[name])))
          .map((element) => element.outerHTML.slice(0, 100)),
      );
      expect(moving).toEqual([]);
    }
  });

  test('71, 72 Tab goes down the page, and every stop is seen', async ({ page }) => {
    for (const place of PAGES) {
      await open(page, place);
      await page.locator('h1').focus();
      let last = 0;
      for (;;) {
        await page.keyboard.press('Tab');
        const stop = await page.evaluate(() => {
          const element = document.activeElement;
          if (!element?.closest('main')) return null;
          const { left, top, width, height, bottom } = element.getBoundingClientRect();
          const at = document.elementFromPoint(left + width / 2, top + height / 2);
          return {
            name: element.textContent,
            isSeen: element === at || element.contains(at),
            outline: getComputedStyle(element).outlineStyle,
            bottom: bottom + window.scrollY,
          };
        });
        if (!stop) break;
        expect(stop.isSeen, `${place[0]}: ${stop.name} is covered`).toBe(true);
        expect(stop.outline, `${place[0]}: the focus on ${stop.name} is seen`).toBe('solid');
        expect(stop.bottom, `${place[0]}: ${stop.name} comes after what is above it`).toBeGreaterThanOrEqual(last - 1);
        last = stop.bottom;
      }
      expect(last, `${place[0]} has stops`).toBeGreaterThan(0);
    }
  });

  test('73 written from right to left nothing is too wide, and keys stay as they are', async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const place of PAGES) {
      await open(page, place);
      await page.evaluate(() => {
        document.documentElement.dir = 'rtl';
      });
      await expectNoOverflow(page, place[0]);
    }
    const direction = await page.getByTestId('setup-key').evaluate((element) => getComputedStyle(element).direction);
    expect(direction).toBe('ltr');
  });

  test('75 the places of messages are there before their words', async ({ page }) => {
    await page.goto('/account/manage-mfa');
    await expectView(page, 'Multi-factor authentication');
    expect(await page.locator('main [role=status]').count()).toBeGreaterThan(0);
    await expect(page.locator('main [role=status]').filter({ hasText: /./ })).toHaveCount(0);
  });

  test('77 the page can be made larger by hand', async ({ page }) => {
    const content = await page.locator('meta[name=viewport]').getAttribute('content');
    expect(content).not.toMatch(/maximum-scale|user-scalable/);
  });

  test('80 the pages are on their own: isolated from every other origin', async ({ page }) => {
    for (const place of PAGES) {
      await open(page, place);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    }
  });
});
