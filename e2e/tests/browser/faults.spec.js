// What goes wrong, and what people do that a form does not expect.

import { codeAt, currentStep, wrongCode } from '../../support/authenticator.js';
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
  signUp,
  state,
} from '../../support/app.js';
import { readQr } from '../../support/qr.js';
import { expect, expectNowhere, inspect, inspectAll, test } from '../../support/test.js';

/** What the requests to a path of the API carried, in the order in which they were sent. */
function bodiesOf(page, path) {
  const bodies = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === path) {
      bodies.push(Object.fromEntries(new URLSearchParams(request.postData() ?? '')));
    }
  });
  return bodies;
}

const VERIFICATION = '/v1/me/totp/attempt_verification';

test.describe('Adding an authenticator app', () => {
  test('in two tabs: the key of the first is dead once the second shows its own', async ({ context, page, watch }) => {
    await signUp(page, newPerson());
    const first = await openAddPage(page);
    const other = await context.newPage();
    await other.goto('/account/manage-mfa/add');
    const second = await setupKey(other);
    expect(second).not.toBe(first);

    await button(page, 'Verify').click();
    watch.refusal(422);
    await send(page, codeField(page), codeAt(first, currentStep()), 'Verify code');
    await expectRefused(page, codeField(page), WRONG_CODE);

    await button(other, 'Verify').click();
    await send(other, codeField(other), codeAt(second, currentStep()), 'Verify code');
    await expectView(other, 'Backup codes');
  });

  test('Back after Verify shows the same QR code, by the button and by the browser, and Forward returns', async ({ page }) => {
    await signUp(page, newPerson());
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

  test('Reset of the verify step makes a new key and sends no code', async ({ page }) => {
    await signUp(page, newPerson());
    const old = await openAddPage(page);
    const sent = bodiesOf(page, VERIFICATION);
    await button(page, 'Verify').click();
    await codeField(page).fill(codeAt(old, currentStep()));
    await button(page, 'Reset').click();
    await expectView(page, 'Add an authenticator app');
    await expect(page.getByTestId('setup-key')).not.toHaveText(old.replace(/(.{4})(?=.)/g, '$1 '));
    expect(await setupKey(page)).not.toBe(old);
    await expect(page.getByRole('status').filter({ hasText: 'New setup key made. The old one no longer works.' })).toBeVisible();
    expect(sent).toEqual([]);
  });

  test('Cancel leaves everything as it was', async ({ page }) => {
    await signUp(page, newPerson());
    await openAddPage(page);
    await button(page, 'Cancel').click();
    await expectView(page, 'Multi-factor authentication');
    await expect(state(page)).toHaveText('Off');
  });

  test('a double click on "Verify code" sends one request', async ({ page }) => {
    await signUp(page, newPerson());
    const key = await openAddPage(page);
    await button(page, 'Verify').click();
    const sent = bodiesOf(page, VERIFICATION);
    // Held back until both clicks have happened, as a slow network would.
    let letGo;
    const clicked = new Promise((resolve) => {
      letGo = resolve;
    });
    await page.route(`**${VERIFICATION}*`, async (route) => {
      await clicked;
      await route.continue();
    });
    const code = codeAt(key, currentStep());
    await codeField(page).fill(code);
    await button(page, 'Verify code').dblclick();
    await expect(button(page, 'Checking…')).toBeVisible();
    await codeField(page).press('Enter');
    letGo();
    await expectView(page, 'Backup codes');
    expect(sent).toEqual([{ code }]);
  });

  for (const [name, write] of [
    ['with a space', (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['with a hyphen and white space around', (code) => `  ${code.slice(0, 3)}-${code.slice(3)}  `],
    ['in full-width digits', (code) => code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))],
  ]) {
    test(`a pasted code ${name} is the code`, async ({ page, context }) => {
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await signUp(page, newPerson());
      const key = await openAddPage(page);
      await button(page, 'Verify').click();
      const sent = bodiesOf(page, VERIFICATION);
      const code = codeAt(key, currentStep());
      await page.evaluate((text) => navigator.clipboard.writeText(text), write(code));
      await codeField(page).focus();
      await page.keyboard.press('Control+V');
      expect(sent, 'nothing is sent at the sixth digit').toEqual([]);
      await page.keyboard.press('Enter');
      await expectView(page, 'Backup codes');
      expect(sent).toEqual([{ code }]);
    });
  }

  test('a code that begins with a zero reaches the server whole', async ({ page, watch }) => {
    await signUp(page, newPerson());
    const wrong = wrongCode(await openAddPage(page));
    expect(wrong).toMatch(/^00000\d$/);
    await button(page, 'Verify').click();
    const sent = bodiesOf(page, VERIFICATION);
    watch.refusal(422);
    await send(page, codeField(page), wrong, 'Verify code');
    await expectRefused(page, codeField(page), WRONG_CODE);
    expect(sent).toEqual([{ code: wrong }]);
  });

  test('a reload of the add step makes a new key and says so', async ({ page }) => {
    await signUp(page, newPerson());
    const old = await openAddPage(page);
    await page.reload();
    expect(await setupKey(page)).not.toBe(old);
    await expect(page.getByText('New setup key made. The old one no longer works.')).toBeVisible();
  });

  test('a reload of the codes shows none and offers new ones', async ({ page }) => {
    await signUp(page, newPerson());
    const key = await openAddPage(page);
    await button(page, 'Verify').click();
    await send(page, codeField(page), codeAt(key, currentStep()), 'Verify code');
    await expectView(page, 'Backup codes');
    const codes = await backupCodes(page);

    const asked = page.waitForEvent('dialog').then(async (dialog) => {
      const type = dialog.type();
      await dialog.accept();
      return type;
    });
    await page.reload();
    expect(await asked).toBe('beforeunload');
    await expectView(page, 'Multi-factor authentication');
    await expect(state(page)).toHaveText('On');
    await expect(button(page, 'Generate new backup codes')).toBeVisible();
    const content = await page.content();
    for (const code of codes) {
      expect(content).not.toContain(code);
    }
    await expectNowhere(page, [key, ...codes]);
    await inspect(page, '30-codes-gone');
  });

  test('leaving the codes without saving them asks first', async ({ page }) => {
    await signUp(page, newPerson());
    const key = await openAddPage(page);
    await button(page, 'Verify').click();
    await send(page, codeField(page), codeAt(key, currentStep()), 'Verify code');
    await expectView(page, 'Backup codes');
    const codes = await backupCodes(page);
    await page.goBack();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    await inspectAll(page, '31-leave-dialog');
    await dialog.getByRole('button', { name: 'Stay', exact: true }).click();
    await expect(dialog).toBeHidden();
    expect(await backupCodes(page)).toEqual(codes);
  });

  test('Back after Success does not show the codes again', async ({ page }) => {
    await signUp(page, newPerson());
    const { codes } = await addAuthenticator(page);
    await page.goBack();
    await expectView(page, 'Multi-factor authentication');
    const content = await page.content();
    for (const code of codes) {
      expect(content).not.toContain(code);
    }
  });

  test('an address that was opened again after the set-up says that the app is there already', async ({ page }) => {
    await signUp(page, newPerson());
    await addAuthenticator(page);
    await link(page, 'Manage multi-factor authentication').click();
    await expectView(page, 'Multi-factor authentication');
    await page.goto('/account/manage-mfa/add');
    await expectView(page, 'Add an authenticator app');
    await expect(page.getByText('You have already added an authenticator app.')).toBeVisible();
    await expect(qrCode(page)).toHaveCount(0);
    await inspectAll(page, '32-already-added');
  });

  test('other browsers of the account are signed out by it', async ({ page, browser, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    const elsewhere = await browser.newContext({ baseURL: server.url });
    watch.follow(elsewhere);
    const other = await elsewhere.newPage();
    await signInWithPassword(other, person);
    await expectView(other, 'Multi-factor authentication');

    await addAuthenticator(page);
    watch.refusal(401);
    await link(other, 'Add authenticator app').click();
    await expectView(other, 'Sign in');
    await expect(other.getByText("You've been signed out")).toBeVisible();
    await elsewhere.close();
  });
});

test.describe('A session that has ended', () => {
  test('leads to the sign-in page, says why, and leads back', async ({ page, context, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    await openAddPage(page);
    await context.clearCookies();
    watch.refusal(401);
    await button(page, 'Reset').click();
    await expectView(page, 'Sign in');
    await expect(page.getByText("You've been signed out")).toBeVisible();
    await inspectAll(page, '33-signed-out');

    await field(page, 'Email address').fill(person.email);
    await field(page, 'Password').fill(person.password);
    await button(page, 'Sign in').click();
    await expectView(page, 'Add an authenticator app');
  });

  test('leaves a visitor after a reload', async ({ page, context }) => {
    await signUp(page, newPerson());
    await context.clearCookies();
    await page.reload();
    await expectView(page, MUST_SIGN_IN);
  });

  for (const elsewhere of ['//evil.example/', '/\\evil.example/', 'https://evil.example/', 'javascript:alert(1)']) {
    test(`does not lead to another site: ${elsewhere}`, async ({ page, context, server }) => {
      const person = newPerson();
      await signUp(page, person);
      await context.clearCookies();
      await signInWithPassword(page, person, `/sign-in?return_to=${encodeURIComponent(elsewhere)}`);
      await expectView(page, 'Multi-factor authentication');
      expect(page.url()).toBe(`${server.url}/account/manage-mfa`);
    });
  }
});

test.describe('Signing in', () => {
  test('a wrong password and an unknown address have the same words', async ({ page, context, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    await context.clearCookies();
    for (const guess of [{ ...person, password: 'another quiet harbour' }, { ...newPerson('nobody') }]) {
      watch.refusal(422);
      await signInWithPassword(page, guess);
      await expectRefused(page, field(page, 'Email address'), 'The email address or the password is not correct');
      await expect(field(page, 'Email address')).toHaveValue(guess.email);
    }
    await inspectAll(page, '34-wrong-password');
  });

  test('the address that is taken is said at sign-up', async ({ page, context, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    await context.clearCookies();
    await page.goto('/sign-up');
    await field(page, 'Email address').fill(person.email.toUpperCase());
    await field(page, 'Password').fill(person.password);
    watch.refusal(422);
    await button(page, 'Create account').click();
    await expectRefused(page, field(page, 'Email address'), 'There is already an account with this email address.');
  });

  test('Show shows the password and keeps what was typed', async ({ page }) => {
    await page.goto('/sign-in');
    await field(page, 'Password').fill('quiet harbour');
    await button(page, 'Show password').click();
    await expect(field(page, 'Password')).toHaveAttribute('type', 'text');
    await expect(field(page, 'Password')).toHaveValue('quiet harbour');
    await button(page, 'Hide password').click();
    await expect(field(page, 'Password')).toHaveAttribute('type', 'password');
  });
});

test.describe('Without the network', () => {
  test('what was typed stays, and Try again sends it', async ({ page, context, watch }) => {
    await signUp(page, newPerson());
    const key = await openAddPage(page);
    await button(page, 'Verify').click();
    await context.setOffline(true);
    const code = codeAt(key, currentStep());
    watch.failure();
    await send(page, codeField(page), code, 'Verify code');
    const alert = page.getByRole('alert').filter({ hasText: 'We could not reach the server.' });
    await expect(alert).toBeVisible();
    await expect(codeField(page)).toHaveValue(code);
    await inspectAll(page, '35-offline');
    await context.setOffline(false);
    await alert.getByRole('button', { name: 'Try again', exact: true }).click();
    await expectView(page, 'Backup codes');
  });

  test('the QR code is drawn by the page itself', async ({ page, context }) => {
    await signUp(page, newPerson());
    await openAddPage(page);
    await context.setOffline(true);
    await button(page, 'Use URI instead').click();
    await button(page, 'Use QR code instead').click();
    const uri = await link(page, 'Open in an authenticator app on this device').getAttribute('href');
    expect(await readQr(await qrCode(page).screenshot())).toEqual({ zbar: uri, jsqr: uri, zxing: uri });
  });

  test('an app that cannot be loaded is said in words, with a way to try again', async ({ page, watch }) => {
    await page.route('**/*.wasm', (route) => route.abort());
    watch.failure();
    await page.goto('/sign-in');
    await expect(page.getByRole('heading', { name: 'The page could not be loaded' })).toBeVisible({ timeout: 10_000 });
    await inspect(page, '36-no-wasm');
    await page.unroute('**/*.wasm');
    await button(page, 'Reload').click();
    await expectView(page, 'Sign in');
  });
});

test.describe('Without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the page says what it needs', async ({ page }) => {
    const response = await page.goto('/sign-in');
    expect(response.status()).toBe(200);
    // Playwright finds no text inside noscript, so its elements are looked at one by one.
    await expect(page.locator('noscript > *').first()).toBeVisible();
    await expect(page.locator('noscript > p')).toHaveText(/JavaScript and WebAssembly/);
  });
});

test.describe('Addresses', () => {
  for (const path of ['/', '/sign-up', '/sign-in', '/account/manage-mfa', '/account/manage-mfa/add']) {
    test(`${path} can be opened at once`, async ({ page }) => {
      const response = await page.goto(path);
      expect(response.status()).toBe(200);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect(await page.evaluate(() => performance.getEntriesByName('app-ready').length)).toBe(1);
      expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
    });
  }

  test('markup that could do something is refused by the page itself', async ({ page, watch }) => {
    await page.goto('/sign-in');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const refused = await page.evaluate(() => {
      const markup = [
        '<script>window.ran = true</script>',
        '<img src="/favicon.svg" onload="window.ran = true">',
        '<iframe src="/sign-in"></iframe>',
        '<a href="javascript:window.ran = true">here</a>',
      ];
      return markup.map((html) => {
        try {
          document.createElement('div').innerHTML = html;
          return 'taken';
        } catch (error) {
          return error.name;
        }
      });
    });
    expect(refused).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError']);
    const script = await page.evaluate(() => {
      try {
        document.createElement('script').textContent = 'window.ran = true';
        return 'taken';
      } catch (error) {
        return error.name;
      }
    });
    expect(script).toBe('TypeError');
    expect(await page.evaluate(() => globalThis.ran)).toBeUndefined();
    watch.policy(5);
  });

  test('a page that does not exist says so', async ({ page, watch }) => {
    watch.refusal(404);
    const response = await page.goto('/no/such/page');
    expect(response.status()).toBe(404);
    await expectView(page, 'Page not found');
    await inspectAll(page, '37-not-found');
    await link(page, 'Go to the start page').click();
    await expectView(page, 'Sign in');
  });
});
