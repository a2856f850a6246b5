// The document and its routes: lines 1 to 15 of the accessibility checklist.

import {
  MUST_SIGN_IN,
  WRONG_CODE,
  addAuthenticator,
  backupCodes,
  button,
  codeField,
  expectRefused,
  expectView,
  field,
  link,
  newPerson,
  openAddPage,
  qrCode,
  send,
  setupKey,
  shownUri,
  signInWithPassword,
  signOut,
  signUp,
  state,
  verifyAuthenticator,
} from '../../../support/app.js';
import { codeAt, currentStep, stepAfter } from '../../../support/authenticator.js';
import { expect, newcomer, owner, test } from '../../../support/checklist.js';
import { readQr } from '../../../support/qr.js';
import { expectNowhere, inspect } from '../../../support/test.js';
import { CONTEXT } from '../../../support/views.js';

const ADD = '/account/manage-mfa/add';
const NEW_KEY = 'New setup key made. The old one no longer works.';

function heading(page) {
  return page.getByRole('heading', { level: 1 });
}

/** One account's way through every page and step; `arrived` is called in each view with its heading. */
async function everyView(page, arrived) {
  const person = newPerson();
  const at = async (name) => {
    await expect(heading(page)).toHaveText(name);
    await arrived(name);
  };
  await page.goto('/sign-in');
  await expectView(page, 'Sign in');
  await link(page, 'Create an account').click();
  await at('Create your account');
  await link(page, 'Sign in').click();
  await at('Sign in');
  await signUp(page, person);
  await at('Multi-factor authentication');
  const key = await openAddPage(page);
  await at('Add an authenticator app');
  await button(page, 'Verify').click();
  await at('Verify your authenticator app');
  await button(page, 'Back').click();
  await at('Add an authenticator app');
  await page.goForward();
  await at('Verify your authenticator app');
  const step = currentStep();
  await send(page, codeField(page), codeAt(key, step), 'Verify code');
  await at('Backup codes');
  await page.getByLabel('I have saved these codes').check();
  await button(page, 'Finish').click();
  await at('Success!');
  await link(page, 'Manage multi-factor authentication').click();
  await at('Multi-factor authentication');
  await link(page, 'All activity').click();
  await at('Account activity');
  await link(page, 'Password').click();
  await at('Change your password');
  await link(page, 'Help').click();
  await at('Help');
  await signOut(page);
  await at('Sign in');
  await field(page, 'Email address').fill(person.email);
  await send(page, field(page, 'Password'), person.password, 'Sign in');
  await at('Enter your code');
  await button(page, 'Use a backup code').click();
  await at('Enter a backup code');
  await button(page, 'Use your authenticator app').click();
  await at('Enter your code');
  await send(page, codeField(page), codeAt(key, await stepAfter(step)), 'Continue');
  await at('Multi-factor authentication');
}

test.describe('Document and routing', () => {
  test('1 every page and step has a title of its own, made of its name and the product', async ({ page }) => {
    const titles = new Map();
    await everyView(page, async (name) => {
      await expect(page).toHaveTitle(`${name} – Twofold`);
      titles.set(name, await page.title());
    });
    expect(titles.size).toBe(12);
    expect(new Set(titles.values()).size).toBe(12);
  });

  test('2 a new page or step puts the focus on its heading', async ({ page }) => {
    await everyView(page, async (name) => {
      await expect(heading(page), name).toBeFocused();
      await expect(heading(page)).toHaveAttribute('tabindex', '-1');
    });
  });

  test('3 there is one heading of the first level, one main part, and no level is left out', async ({ views }) => {
    for (const { name, page } of views) {
      const found = await page.evaluate(() => {
        const visible = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
        return { mains: visible('main').length, levels: visible('h1, h2, h3, h4, h5, h6').map((one) => Number(one.tagName[1])) };
      });
      expect.soft(found.mains, `${name}: main parts`).toBe(1);
      if (name !== 'shell') {
        expect.soft(found.levels.filter((level) => level === 1), `${name}: headings of the first level`).toHaveLength(1);
        expect.soft(found.levels[0], `${name} begins with it`).toBe(1);
      }
      found.levels.slice(1).forEach((level, at) => {
        expect.soft(level, `${name}: ${found.levels}`).toBeLessThanOrEqual(found.levels[at] + 1);
      });
    }
  });

  test('4 the document says which language it is in', async ({ views }) => {
    for (const { name, page } of views) {
      await expect.soft(page.locator('html'), name).toHaveAttribute('lang', 'en');
    }
  });

  test('5 the first stop of Tab skips to the main part', async ({ page, server }) => {
    for (const [path, name, next] of [
      ['/sign-in', 'Sign in', 'Email address'],
      ['/sign-up', 'Create your account', 'Email address'],
      ['/account/manage-mfa', 'Multi-factor authentication', 'Add authenticator app'],
      [ADD, 'Add an authenticator app', 'Use URI instead'],
      ['/account/activity', 'Account activity', 'Manage multi-factor authentication'],
      ['/account/password', 'Change your password', 'Current password'],
    ]) {
      if (path === '/account/manage-mfa') await newcomer(page, server);
      await page.goto(path);
      await expectView(page, name);
      await page.keyboard.press('Tab');
      await expect(link(page, 'Skip to main content')).toBeFocused();
      await expect(link(page, 'Skip to main content')).toBeInViewport();
      await page.keyboard.press('Enter');
      await expect(page.getByRole('main')).toBeFocused();
      await page.keyboard.press('Tab');
      await expect(page.locator(':focus'), path).toHaveAccessibleName(next);
    }
  });

  test('6 every address can be opened at once, and shows its page after signing in', async ({ browser, server, watch }) => {
    const { email, password } = await (async () => {
      const context = await browser.newContext({ ...CONTEXT, baseURL: server.url });
      const person = await newcomer(await context.newPage(), server);
      await context.close();
      return person;
    })();
    for (const [path, first, then] of [
      ['/', 'Sign in', 'Multi-factor authentication'],
      ['/sign-in', 'Sign in', 'Multi-factor authentication'],
      ['/sign-up', 'Create your account'],
      ['/account/manage-mfa', MUST_SIGN_IN, 'Multi-factor authentication'],
      [ADD, MUST_SIGN_IN, 'Add an authenticator app'],
      ['/account/activity', MUST_SIGN_IN, 'Account activity'],
      ['/account/password', MUST_SIGN_IN, 'Change your password'],
      ['/help', 'Help'],
    ]) {
      const context = await browser.newContext({ ...CONTEXT, baseURL: server.url });
      watch.follow(context);
      const page = await context.newPage();
      const response = await page.goto(path);
      expect(response.status(), path).toBe(200);
      expect(response.headers()['content-type']).toMatch(/^text\/html/);
      await expectView(page, first);
      expect(await page.evaluate(() => performance.getEntriesByName('app-ready').length)).toBe(1);
      if (first === MUST_SIGN_IN) await link(page, 'Sign in').click();
      if (then) {
        await field(page, 'Email address').fill(email);
        await send(page, field(page, 'Password'), password, 'Sign in');
        await expectView(page, then);
        if (path.startsWith('/account')) await expect(page).toHaveURL(path);
        const again = await page.goto(path);
        expect(again.status(), `${path}, signed in`).toBe(200);
        await expectView(page, then);
      }
      await context.close();
    }
  });

  test('7 an address that does not exist says so, with 404 and a way home', async ({ page, watch }) => {
    for (const path of ['/no/such/page', '/account/manage-mfa/ad', '/sign-in/more']) {
      watch.refusal(404);
      const response = await page.goto(path);
      expect(response.status(), path).toBe(404);
      await expectView(page, 'Page not found');
    }
    await link(page, 'Go to the start page').click();
    await expectView(page, 'Sign in');
  });

  test('8 without JavaScript the page says what it needs', async ({ browser, server }) => {
    const context = await browser.newContext({ ...CONTEXT, baseURL: server.url, javaScriptEnabled: false });
    const page = await context.newPage();
    const response = await page.goto('/sign-in');
    expect(response.status()).toBe(200);
    // Playwright finds no text inside noscript, so its elements are looked at one by one.
    const said = page.locator('noscript > *');
    await expect(said).toHaveCount(2);
    for (const element of await said.all()) await expect(element).toBeVisible();
    await expect(page.locator('noscript > h1')).toHaveText('JavaScript is needed');
    await expect(page.locator('noscript > p')).toHaveText(/JavaScript and WebAssembly/);
    await expect(page.locator('#shell-skeleton')).toBeHidden();
    await context.close();
  });

  for (const [fault, answer, told] of [
    ['does not come through', (route) => route.abort(), (watch) => watch.failure()],
    ['is not there', (route) => route.fulfill({ status: 404 }), (watch) => watch.refusal(404)],
    ['never comes', () => {}, () => {}],
  ]) {
    test(`9 an app that ${fault} is said in words, with a way to try again`, async ({ page, watch }) => {
      await page.clock.install();
      let faulty = true;
      await page.route('**/*.wasm', (route) => (faulty ? answer(route) : route.continue()));
      told(watch);
      // The script that waits is at work by then.
      await page.goto('/sign-in', { waitUntil: 'domcontentloaded' });
      await expect(page.locator('#shell')).toBeVisible();
      if (fault === 'never comes') {
        await expect(button(page, 'Reload')).toBeHidden();
        await page.clock.fastForward(10_000);
      }
      await expect(page.getByRole('heading', { level: 1, name: 'The page could not be loaded' })).toBeVisible();
      await expect(page.locator('#shell-skeleton')).toBeHidden();
      // The request that was held is given up by the reload, not let through before it.
      faulty = false;
      await button(page, 'Reload').click();
      await expectView(page, 'Sign in');
    });
  }

  test('10 the four steps are a list that marks the one that is shown, in words too', async ({ page, server }) => {
    await newcomer(page, server);
    await page.goto('/account/manage-mfa');
    const steps = page.getByRole('main').getByRole('list', { name: 'Progress' });
    const at = async (number, name) => {
      expect(await steps.evaluate((list) => list.tagName)).toBe('OL');
      await expect(steps.getByRole('listitem')).toHaveText(['Add', 'Verify', 'Backup codes', 'Success']);
      await expect(page.locator('[aria-current=step]')).toHaveText([name]);
      await expect(page.getByText(`Step ${number} of 4`)).toBeVisible();
    };
    const key = await openAddPage(page);
    await at(1, 'Add');
    await button(page, 'Verify').click();
    await expectView(page, 'Verify your authenticator app');
    await at(2, 'Verify');
    await send(page, codeField(page), codeAt(key, currentStep()), 'Verify code');
    await expectView(page, 'Backup codes');
    await at(3, 'Backup codes');
    await page.getByLabel('I have saved these codes').check();
    await button(page, 'Finish').click();
    await expectView(page, 'Success!');
    await at(4, 'Success');
  });

  test('11 Back after Verify shows the same QR code, by the button and by the browser, and Forward returns', async ({ page, server }) => {
    await newcomer(page, server);
    await page.goto('/account/manage-mfa');
    await openAddPage(page);
    const uri = await shownUri(page);
    for (const back of [() => button(page, 'Back').click(), () => page.goBack()]) {
      await button(page, 'Verify').click();
      await expectView(page, 'Verify your authenticator app');
      await back();
      await expectView(page, 'Add an authenticator app');
      expect(await readQr(await qrCode(page).screenshot())).toEqual({ zbar: uri, jsqr: uri, zxing: uri });
    }
    await page.goForward();
    await expectView(page, 'Verify your authenticator app');
    await send(page, codeField(page), codeAt(new URL(uri).searchParams.get('secret'), currentStep()), 'Verify code');
    await expectView(page, 'Backup codes');
  });

  test('12 a reload of the add step makes a new key, says so, and the old one is dead', async ({ page, server, watch }) => {
    await newcomer(page, server);
    await page.goto('/account/manage-mfa');
    const old = await openAddPage(page);
    await page.reload();
    const key = await setupKey(page);
    expect(key).not.toBe(old);
    await expect(page.getByRole('status').filter({ hasText: NEW_KEY })).toBeVisible();
    await button(page, 'Verify').click();
    watch.refusal(422);
    await send(page, codeField(page), codeAt(old, currentStep()), 'Verify code');
    await expectRefused(page, codeField(page), WRONG_CODE);

    // A reload of the verify step leads back there.
    await page.reload();
    await expectView(page, 'Add an authenticator app');
    expect(await setupKey(page)).not.toBe(key);
    await expect(page.getByRole('status').filter({ hasText: NEW_KEY })).toBeVisible();
  });

  test('12 a reload of the codes shows none and offers new ones', async ({ page, server }) => {
    await newcomer(page, server);
    await page.goto('/account/manage-mfa');
    const { key, codes } = await verifyAuthenticator(page);
    const asked = page.waitForEvent('dialog').then(async (dialog) => {
      const type = dialog.type();
      await dialog.accept();
      return type;
    });
    await page.reload();
    expect(await asked).toBe('beforeunload');
    await expectView(page, 'Multi-factor authentication');
    await expect(state(page)).toHaveText('On');
    await expect(page.getByText('Your backup codes are not shown a second time.')).toBeVisible();
    await expect(button(page, 'Generate new backup codes')).toBeVisible();
    await expectNoneOf(page, codes);
    await expectNowhere(page, [key, ...codes]);
    await inspect(page, '30-codes-gone');
  });

  test('13 Back after Success leads to the management page, without the codes', async ({ page, server }) => {
    await newcomer(page, server);
    await page.goto('/account/manage-mfa');
    const { codes } = await addAuthenticator(page);
    await page.goBack();
    await expectView(page, 'Multi-factor authentication');
    await expectNoneOf(page, codes);
  });

  test('13 a page with codes that the browser kept aside comes back without them', async ({ page, server }) => {
    await newcomer(page, server);
    await page.goto('/account/manage-mfa');
    const { codes } = await verifyAuthenticator(page);
    await page.getByLabel('I have saved these codes').check();
    const loaded = page.waitForEvent('load');
    // What browsers say to a page out of the back/forward cache, which automated ones do not have.
    await page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
    await loaded;
    await expectView(page, 'Multi-factor authentication');
    await expectNoneOf(page, codes);
  });

  test('14 no secret is in the address, the history, any storage, a readable cookie or the console', async ({ page, server }) => {
    const said = [];
    page.on('console', (message) => said.push(message.text()));
    await newcomer(page, server);
    await page.goto('/account/manage-mfa');
    const key = await openAddPage(page);
    const secrets = [key, key.replace(/(.{4})(?=.)/g, '$1 '), await shownUri(page)];
    await expectNowhere(page, secrets);
    await button(page, 'Verify').click();
    await send(page, codeField(page), codeAt(key, currentStep()), 'Verify code');
    await expectView(page, 'Backup codes');
    secrets.push(...(await backupCodes(page)));
    await expectNowhere(page, secrets);
    for (const name of ['Copy codes', 'Download codes']) await button(page, name).click();
    await page.getByLabel('I have saved these codes').check();
    await button(page, 'Finish').click();
    await expectView(page, 'Success!');
    await expectNowhere(page, secrets);
    await link(page, 'Manage multi-factor authentication').click();
    await button(page, 'Generate new backup codes').click();
    await button(page.getByRole('dialog'), 'Generate').click();
    secrets.push(...(await backupCodes(page)));
    await expectNowhere(page, secrets);
    expect(said).toEqual([]);
  });

  test('15 who is signed out is led to the sign-in page and back', async ({ page, server }) => {
    const { email, password } = await owner(page, server);
    await page.context().clearCookies();
    for (const path of ['/account/manage-mfa', ADD, '/account/activity', '/account/password']) {
      await page.goto(path);
      await expectView(page, MUST_SIGN_IN);
      await link(page, 'Sign in').click();
      await expectView(page, 'Sign in');
      expect(new URL(page.url()).searchParams.get('return_to')).toBe(path);
    }
    await signInWithPassword(page, { email, password }, '/sign-in?return_to=/account/activity');
    await expectView(page, 'Enter your code');
  });

  for (const elsewhere of ['//evil.example/', '/\\evil.example/', 'https://evil.example/', 'javascript:alert(1)', '/\t/evil.example/']) {
    test(`15 a way back to another site is not taken: ${JSON.stringify(elsewhere)}`, async ({ page, server }) => {
      const person = await newcomer(page, server);
      await page.context().clearCookies();
      await signInWithPassword(page, person, `/sign-in?return_to=${encodeURIComponent(elsewhere)}`);
      await expectView(page, 'Multi-factor authentication');
      expect(page.url()).toBe(`${server.url}/account/manage-mfa`);
    });
  }
});

/** Codes that were shown are nowhere in the document any more. */
async function expectNoneOf(page, codes) {
  const content = await page.content();
  for (const code of codes) expect(content).not.toContain(code);
}
