// Perception, input and motion, on every page and in every state: lines 62 to 77 of the accessibility checklist.

import { PNG } from 'pngjs';
import {
  backupCodes,
  button,
  codeField,
  expectView,
  field,
  link,
  newPerson,
  openAddPage,
  send,
  signInWithPassword,
} from '../../../support/app.js';
import { codeAt, currentStep, stepAfter, wrongCode } from '../../../support/authenticator.js';
import { account, expect, newcomer, overflow, owner, restyle, test } from '../../../support/checklist.js';
import { clipped, controls, outOfReach, tabStops } from '../../../support/look.js';
import { hold } from '../../../support/requests.js';
import { violations } from '../../../support/test.js';
import { WIDE } from '../../../support/views.js';

const NARROW = { width: 320, height: 640 };

const USUAL = { colorScheme: 'light', forcedColors: 'none', reducedMotion: 'no-preference' };

/** In each view, in a window of this size and with these wishes. */
async function inEach(views, look, { size = WIDE, media = {} } = {}) {
  for (const { name, page } of views) {
    if (page.viewportSize().width !== size.width || page.viewportSize().height !== size.height) await page.setViewportSize(size);
    await page.emulateMedia({ ...USUAL, ...media });
    // Colours go over into each other; what turns without an end is no transition.
    await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)));
    await look(name, page);
  }
}

test.describe('Perception, input and motion', () => {
  // Most of them look at every state, some twice.
  test.describe.configure({ timeout: 180_000 });

  test('62 nothing scrolls sideways at 320 by 256 px', async ({ views }) => {
    const size = { width: 320, height: 256 };
    await inEach(views, async (name, page) => expect.soft(await overflow(page), name).toBeLessThanOrEqual(0), { size });
  });

  test('63 more room between lines, paragraphs, words and letters clips nothing', async ({ views }) => {
    const spacing = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
      p { margin-block-end: 2em !important }`;
    for (const size of [WIDE, NARROW]) {
      await inEach(views, async (name, page) => {
        const restore = await restyle(page, spacing);
        expect.soft(await clipped(page), `${name}, ${size.width} px`).toEqual([]);
        expect.soft(await overflow(page), `${name}, ${size.width} px`).toBeLessThanOrEqual(0);
        await restore();
      }, { size });
    }
  });

  test('64 text of twice the size fits, and every control can be reached', async ({ views }) => {
    for (const size of [{ width: 640, height: 450 }, NARROW]) {
      await inEach(views, async (name, page) => {
        const restore = await restyle(page, ':root { font-size: 200% !important }');
        expect.soft(await overflow(page), `${name}, ${size.width} px`).toBeLessThanOrEqual(0);
        expect.soft(await clipped(page), `${name}, ${size.width} px`).toEqual([]);
        expect.soft(await outOfReach(page), `${name}, ${size.width} px`).toEqual([]);
        await restore();
      }, { size });
    }
  });

  for (const [look, options] of [
    ['in light', {}],
    ['in dark', { media: { colorScheme: 'dark' } }],
    ['at 320 px', { size: NARROW }],
  ]) {
    test(`65 axe finds nothing in any state ${look}`, async ({ views }) => {
      await inEach(views, async (name, page) => expect.soft(await violations(page), name).toEqual([]), options);
    });
  }

  for (const colorScheme of ['light', 'dark']) {
    test(`65 controls and the focus ring stand out from what is around them in ${colorScheme}`, async ({ views }) => {
      await inEach(views, async (name, page) => {
        for (const control of await controls(page)) {
          if ((control.isButton && control.border.width > 0 && !control.isUnderlined) || control.isInput) {
            if (control.name.includes('Show') || control.name.includes('Hide')) continue;
            expect.soft(control.contrast, `${name}: ${control.name}`).toBeGreaterThanOrEqual(3);
          }
        }
        for (const stop of await tabStops(page)) {
          expect.soft(stop.outline.contrast, `${name}: the focus on ${stop.name}`).toBeGreaterThanOrEqual(3);
        }
        const marks = await page.evaluate(() =>
          [...document.querySelectorAll('[aria-current=step]')].map((step) =>
            window.measures.contrast(getComputedStyle(step).borderTopColor, window.measures.backdrop(step)),
          ),
        );
        for (const mark of marks) expect.soft(mark, `${name}: the current step`).toBeGreaterThanOrEqual(3);
      }, { media: { colorScheme } });
    });
  }

  test('66 a dark page is dark from its first paint on', async ({ page, views }) => {
    await inEach(views, async (name, view) => {
      await expect.soft(view.locator('meta[name=color-scheme]'), name).toHaveAttribute('content', 'light dark');
      expect.soft(await view.evaluate(() => getComputedStyle(document.documentElement).colorScheme), name).toBe('light dark');
    });
    await page.emulateMedia({ colorScheme: 'dark' });
    // Without the app there is only the shell.
    await page.route(/\.wasm$/, () => {});
    await page.goto('/sign-in', { waitUntil: 'commit' });
    await expect(page.locator('#shell')).toBeVisible();
    const { data } = PNG.sync.read(await page.screenshot());
    let bright = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (Math.max(data[at], data[at + 1], data[at + 2]) > 128) bright += 1;
    }
    expect([...data.subarray(data.length - 4, data.length - 1)].every((channel) => channel < 64), 'the ground is dark').toBe(true);
    expect(bright / (data.length / 4), 'only letters are bright').toBeLessThan(0.05);
  });

  test('67 with forced colours every control has an edge, and the focus too', async ({ views }) => {
    await inEach(views, async (name, page) => {
      for (const { name: control, isButton, isInput, isUnderlined, border, contrast } of await controls(page)) {
        if (!isButton && !isInput) continue;
        expect.soft(border, `${name}: ${control}`).toMatchObject({ style: 'solid' });
        expect.soft(border.width, `${name}: ${control}`).toBeGreaterThanOrEqual(1);
        expect.soft(contrast >= 3 || isUnderlined, `${name}: the edge of ${control} is seen`).toBe(true);
      }
      for (const { name: stop, outline } of await tabStops(page)) {
        expect.soft(outline, `${name}: the focus on ${stop}`).toMatchObject({ style: 'solid', width: 3 });
        expect.soft(outline.contrast, `${name}: the focus on ${stop}`).toBeGreaterThanOrEqual(3);
      }
    }, { media: { forcedColors: 'active' } });
  });

  test('68 nothing moves for those who want that, and what works says so in words', async ({ views }) => {
    await inEach(views, async (name, page) => {
      const moving = await page.evaluate(() =>
        [...document.querySelectorAll('*')].flatMap((element) =>
          [null, '::before', '::after', '::backdrop']
            .map((part) => getComputedStyle(element, part))
            .filter((style) => ['animationDuration', 'transitionDuration'].some((duration) => !/^(0s(, )?)+$/.test(style[duration])))
            .map(() => element.outerHTML.slice(0, 100)),
        ),
      );
      expect.soft(moving, name).toEqual([]);
      if (name === 'sign-in-checking') await expect(page.getByText('Checking…')).toBeVisible();
      if (name === 'activity-loading') await expect(page.getByText('Loading…')).toBeVisible();
    }, { media: { reducedMotion: 'reduce' } });
  });

  test('69 every target is 24 px in both directions, and buttons and fields are 44 px high', async ({ views }) => {
    for (const size of [WIDE, NARROW]) {
      await inEach(views, async (name, page) => {
        for (const control of await controls(page)) {
          const what = `${name}, ${size.width} px: ${control.name}`;
          expect.soft(control.width, what).toBeGreaterThanOrEqual(24);
          expect.soft(control.height, what).toBeGreaterThanOrEqual(control.isButton || control.isInput ? 44 : 24);
        }
      }, { size });
    }
  });

  test('70 the whole journey goes by the keyboard alone', async ({ page }) => {
    const person = newPerson();
    const tabTo = async (target) => {
      for (let n = 0; n < 40; n += 1) {
        await page.keyboard.press('Tab');
        if (await target.evaluate((element) => element === document.activeElement)) return;
      }
      await expect(target, 'it can be reached by Tab').toBeFocused();
    };
    const press = async (target) => {
      await tabTo(target);
      await page.keyboard.press('Enter');
    };
    const type = async (target, text) => {
      await tabTo(target);
      await page.keyboard.type(text);
    };
    await page.goto('/');
    await expectView(page, 'Sign in');
    await press(link(page, 'Create an account'));
    await expectView(page, 'Create your account');
    await type(field(page, 'Email address'), person.email);
    await type(field(page, 'Password'), person.password);
    await press(button(page, 'Create account'));
    await expectView(page, 'Multi-factor authentication');
    await press(link(page, 'Add authenticator app'));
    await expectView(page, 'Add an authenticator app');
    await press(button(page, 'Use URI instead'));
    const key = new URL(await page.getByTestId('totp-uri').innerText()).searchParams.get('secret');
    await press(button(page, 'Verify'));
    await expectView(page, 'Verify your authenticator app');
    const step = currentStep();
    await type(codeField(page), codeAt(key, step));
    await page.keyboard.press('Enter');
    await expectView(page, 'Backup codes');
    await tabTo(page.getByLabel('I have saved these codes'));
    await page.keyboard.press('Space');
    await press(button(page, 'Finish'));
    await expectView(page, 'Success!');
    await press(button(page, 'Sign out'));
    await expectView(page, 'Sign in');
    await type(field(page, 'Email address'), person.email);
    await type(field(page, 'Password'), person.password);
    await page.keyboard.press('Enter');
    await expectView(page, 'Enter your code');
    await type(codeField(page), codeAt(key, await stepAfter(step)));
    await press(button(page, 'Continue'));
    await expectView(page, 'Multi-factor authentication');
  });

  test('71 the focus is seen at every stop, and nothing covers it', async ({ views }) => {
    for (const size of [WIDE, { width: 320, height: 256 }]) {
      await inEach(views, async (name, page) => {
        const stops = await tabStops(page);
        if (name !== 'shell') expect.soft(stops.length, `${name} has stops`).toBeGreaterThan(0);
        for (const stop of stops) {
          const what = `${name}, ${size.width} px: ${stop.name}`;
          expect.soft(stop.isSeen, `${what} is covered`).toBe(true);
          expect.soft(stop.outline, what).toMatchObject({ style: 'solid', width: 3 });
        }
      }, { size });
    }
  });

  test('72 Tab goes down the page and along its lines', async ({ views }) => {
    for (const size of [WIDE, NARROW]) {
      await inEach(views, async (name, page) => {
        const [, ...stops] = await tabStops(page);
        stops.slice(1).forEach((stop, at) => {
          const before = stops[at];
          const isBelow = stop.top >= before.bottom - 1;
          const isBeside = stop.bottom > before.top && stop.left >= before.right - 1;
          // The button that shows a password is in its field.
          const isInside = stop.left >= before.left && stop.right <= before.right + 1 && stop.top >= before.top - 1 && stop.bottom <= before.bottom + 1;
          expect.soft(isBelow || isBeside || isInside, `${name}, ${size.width} px: ${stop.name} comes after ${before.name}`).toBe(true);
        });
      }, { size });
    }
  });

  test('73 written from right to left nothing is too wide, and codes and keys stay as they are', async ({ page, views }) => {
    const seen = new Set();
    await inEach(views, async (name, view) => {
      await view.evaluate(() => {
        document.documentElement.dir = 'rtl';
      });
      const outside = await view.evaluate(() =>
        [...document.querySelectorAll('main *')]
          .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden, svg, dialog:not([open])'))
          .filter((element) => element.getBoundingClientRect().left < -1)
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect.soft(outside, name).toEqual([]);
      expect.soft(await overflow(view), name).toBeLessThanOrEqual(0);
      const directions = await view.locator('[data-testid=setup-key], [data-testid=totp-uri], [data-testid=backup-codes] code, [inputmode]').evaluateAll((all) =>
        all.map((element) => [element.dataset.testid ?? element.localName, getComputedStyle(element).direction]),
      );
      for (const [what, direction] of directions) {
        seen.add(what);
        expect.soft(direction, `${name}: ${what}`).toBe('ltr');
      }
      await view.evaluate(() => document.documentElement.removeAttribute('dir'));
    }, { size: NARROW });
    expect([...seen].sort()).toEqual(['code', 'input', 'setup-key', 'totp-uri']);

    await page.goto('/sign-in');
    const css = await page.evaluate(async () => (await fetch(document.querySelector('link[rel=stylesheet]').href)).text());
    expect(css.match(/(margin|padding|border|inset)-(left|right)|[{;]\s*(left|right|float)\s*:|text-align\s*:\s*(left|right)/g)).toBeNull();
  });

  test('74 the way to help is at the same place on every page', async ({ views }) => {
    // Before the app is there, and where it cannot be, there is nothing but the message.
    const pages = views.filter(({ name }) => !['shell', 'shell-failed'].includes(name));
    const places = new Set();
    for (const { name, page } of pages) {
      const place = await page.evaluate(() => {
        const links = [...document.querySelectorAll('footer a[href]')];
        const help = links.find((one) => one.innerText.trim() === 'Help');
        if (!help) return 'none';
        const isAfterMain = document.querySelector('main').compareDocumentPosition(help) & Node.DOCUMENT_POSITION_FOLLOWING;
        return `${isAfterMain ? 'after' : 'before'} the main part, ${links.indexOf(help) + 1}. of its part, to ${new URL(help.href).pathname}`;
      });
      expect.soft(place, name).toMatch(/to \/help$/);
      places.add(place);
    }
    expect([...places]).toHaveLength(1);
  });

  test('75 the places of messages are there before their words, and an event has one message', async ({ page, server, watch }) => {
    // Whatever a live region comes to say, and whether it was in the page before.
    await page.addInitScript(() => {
      const LIVE = '[role=status], [role=alert], [aria-live]';
      const known = new WeakSet();
      window.said = [];
      const live = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(LIVE);
      new MutationObserver((records) => {
        const regions = new Set(records.map(({ target }) => live(target)).filter(Boolean));
        const added = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.nodeType === Node.ELEMENT_NODE);
        const fresh = added.flatMap((node) => [...(node.matches(LIVE) ? [node] : []), ...node.querySelectorAll(LIVE)]);
        for (const region of new Set([...regions, ...fresh])) {
          // The shell has a message in store, which nobody hears until it is shown.
          const text = region.checkVisibility() ? region.textContent.trim() : '';
          if (text !== '' && region.isConnected && text !== region.lastSaid) window.said.push({ text, inTime: known.has(region) });
          region.lastSaid = text;
          known.add(region);
        }
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    const expectSaid = async (text) => {
      const said = () => page.evaluate(() => window.said.map((one) => one.text));
      await expect.poll(said).toEqual([expect.stringContaining(text)]);
      expect(await page.evaluate(() => window.said.splice(0).map((one) => one.inTime)), text).toEqual([true]);
    };
    const person = await newcomer(page, server);
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await button(page, 'Sign in').click();
    await expectSaid('Enter your email address');
    await field(page, 'Email address').fill(person.email);
    watch.refusal(422);
    await send(page, field(page, 'Password'), 'another quiet harbour', 'Sign in');
    await expectSaid('The email address or the password is not correct');
    await send(page, field(page, 'Password'), person.password, 'Sign in');
    await expectView(page, 'Multi-factor authentication');
    const key = await openAddPage(page);
    await button(page, 'Reset').click();
    await expectSaid('New setup key made.');
    await button(page, 'Copy setup key').click();
    await expectSaid('Copied');
    const newKey = (await page.getByTestId('setup-key').textContent()).replaceAll(' ', '');
    expect(newKey).not.toBe(key);
    await button(page, 'Verify').click();
    watch.refusal(422, 2);
    await send(page, codeField(page), wrongCode(newKey), 'Verify code');
    await expectSaid('That code is not correct.');
    await page.context().setOffline(true);
    watch.failure();
    await button(page, 'Verify code').click();
    await expectSaid('We could not reach the server.');
    await page.context().setOffline(false);
    await button(page, 'Verify code').click();
    await expectSaid('That code is not correct.');
    await send(page, codeField(page), codeAt(newKey, currentStep()), 'Verify code');
    await backupCodes(page);
    await button(page, 'Finish').click();
    await expectSaid('Tick the box');
    await page.getByLabel('I have saved these codes').check();
    await button(page, 'Finish').click();
    await link(page, 'Manage multi-factor authentication').click();
    await button(page, 'Remove authenticator app').click();
    await button(page.getByRole('dialog'), 'Remove').click();
    await expectSaid('Authenticator app removed.');
  });

  test('76 nothing takes the focus by itself, least of all while people type', async ({ page, server, views }) => {
    for (const { name, page: view } of views) {
      await expect.soft(view.locator('[autofocus]:not([autocomplete=one-time-code])'), name).toHaveCount(0);
    }
    for (const path of ['/sign-in', '/sign-up']) {
      await page.goto(path);
      for (const [label, text] of [['Email address', 'ann@example.com'], ['Password', 'quiet harbour']]) {
        await field(page, label).pressSequentially(text);
        await expect(field(page, label)).toBeFocused();
        await expect(field(page, label)).toHaveValue(text);
      }
    }
    await signInWithPassword(page, await account(server));
    await expectView(page, 'Enter your code');
    await codeField(page).pressSequentially('123456');
    await expect(codeField(page)).toBeFocused();
    await page.context().clearCookies();

    // What comes late leaves the focus where it is.
    await owner(page, server);
    const release = await hold(page, /\/v1\/me\/activity/);
    await page.goto('/account/manage-mfa');
    await button(page, 'Generate new backup codes').focus();
    release();
    await expect(page.getByRole('heading', { name: 'Recent activity' })).toBeVisible();
    await expect(button(page, 'Generate new backup codes')).toBeFocused();
  });

  test('77 every page can be made larger by hand', async ({ views }) => {
    for (const { name, page } of views) {
      const content = await page.locator('meta[name=viewport]').getAttribute('content');
      expect.soft(content, name).toMatch(/width=device-width/);
      expect.soft(content, name).not.toMatch(/maximum-scale|minimum-scale|user-scalable/);
    }
  });
});
