// What goes wrong, and what people do that a form does not expect.

import { codeAt, currentStep } from '../../support/authenticator.js';
import {
  MUST_SIGN_IN,
  WRONG_CODE,
  addAuthenticator,
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
  signInWithPassword,
  signUp,
  state,
} from '../../support/app.js';
import { bodiesOf, hold } from '../../support/requests.js';
import { expect, inspectAll, test } from '../../support/test.js';

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

  test('lists that come after their page was left harm nothing', async ({ page }) => {
    await signUp(page, newPerson());
    const release = await hold(page, /\/v1\/me\/activity/);
    await page.reload();
    const came = page.waitForResponse(/\/v1\/me\/activity/);
    await openAddPage(page);
    release();
    await (await came).finished();
    await button(page, 'Verify').click();
    await expectView(page, 'Verify your authenticator app');
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
});

test.describe('Signing in', () => {
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
    await button(alert.locator('..'), 'Try again').click();
    await expectView(page, 'Backup codes');
  });
});

test.describe('The policy of the page', () => {
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
});
