// Forms in general: lines 16 to 28 of the accessibility checklist.

import {
  button,
  codeField,
  expectRefused,
  expectView,
  field,
  newPerson,
  openAddPage,
  send,
  signInWithPassword,
} from '../../../support/app.js';
import { codeAt, currentStep, wrongCode } from '../../../support/authenticator.js';
import { account, expect, newcomer, test } from '../../../support/checklist.js';
import { words } from '../../../support/look.js';
import { Agent } from '../../../support/person.js';
import { bodiesOf, hold } from '../../../support/requests.js';
import { Server } from '../../../support/server.js';
import { Watch } from '../../../support/test.js';
import { CONTEXT } from '../../../support/views.js';

const SIGN_INS = '/v1/client/sign_ins';
const SIGN_UPS = '/v1/client/sign_ups';
const VERIFICATION = '/v1/me/totp/attempt_verification';
const CREDENTIALS = [
  ['/sign-in', 'Sign in', SIGN_INS],
  ['/sign-up', 'Create account', SIGN_UPS],
];

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The verify step of somebody new. */
async function openVerify(page, server) {
  await newcomer(page, server);
  await page.goto('/account/manage-mfa');
  const key = await openAddPage(page);
  await button(page, 'Verify').click();
  await expectView(page, 'Verify your authenticator app');
  return key;
}

/** The second stage of somebody's sign-in. */
async function openSecondStage(page, person) {
  await signInWithPassword(page, person);
  await expectView(page, 'Enter your code');
}

async function useBackupCode(page) {
  await button(page, 'Use a backup code').click();
  await expectView(page, 'Enter a backup code');
}

/** Signs in so often at once, whoever asks, that the next time the page does it is too fast; the reply to that. */
async function tooFast(page, watch, ask) {
  for (;;) {
    // An account has five attempts in ten seconds, whether there is such an account or not.
    await Promise.all(Array.from({ length: 6 }, ask));
    const replying = page.waitForResponse(`**${SIGN_INS}`);
    watch.refusal('(422|429)');
    await button(page, 'Sign in').click();
    const reply = await replying;
    if (reply.status() === 429) return reply;
    await expect(button(page, 'Checking…')).toHaveCount(0);
  }
}

test.describe('Forms, general', () => {
  test('16 every control has words that are seen, and its accessible name has them in it', async ({ views }) => {
    for (const { name, page } of views) {
      const controls = await words(page);
      for (const { at, html, seen } of controls) {
        expect.soft(seen, `${name}: ${html}`).not.toBe('');
        await expect.soft(page.locator(`[data-control="${at}"]`), name).toHaveAccessibleName(new RegExp(escapeRegExp(seen)));
      }
      if (name !== 'shell') expect.soft(controls.length, `${name} has controls`).toBeGreaterThan(0);
    }
  });

  test('17 browsers are told which name and which password is meant', async ({ page, server }) => {
    await page.goto('/sign-up');
    await expect(field(page, 'Email address')).toHaveAttribute('autocomplete', 'username');
    await expect(field(page, 'Email address')).toHaveAttribute('type', 'email');
    await expect(field(page, 'Password')).toHaveAttribute('autocomplete', 'new-password');
    await page.goto('/sign-in');
    await expect(field(page, 'Email address')).toHaveAttribute('autocomplete', 'username');
    await expect(field(page, 'Email address')).toHaveAttribute('type', 'email');
    await expect(field(page, 'Password')).toHaveAttribute('autocomplete', 'current-password');
    const { email } = await newcomer(page, server);
    await page.goto('/account/password');
    await expect(field(page, 'Current password')).toHaveAttribute('autocomplete', 'current-password');
    await expect(field(page, 'New password')).toHaveAttribute('autocomplete', 'new-password');
    await expect(page.locator('input[autocomplete=username]')).toHaveValue(email);
  });

  test('18 there is one password field, and Show and Hide keep what is in it and the caret', async ({ page }) => {
    for (const [path] of CREDENTIALS) {
      await page.goto(path);
      const password = field(page, 'Password');
      await expect(page.locator('input[type=password]')).toHaveCount(1);
      await password.fill('quiet harbour');
      await password.evaluate((input) => input.setSelectionRange(5, 5));
      const reveal = page.locator('button[aria-pressed]');
      await expect(reveal).toHaveAttribute('type', 'button');
      await expect(reveal).toHaveAttribute('aria-pressed', 'false');
      const caret = () => password.evaluate((input) => [input.selectionStart, input.selectionEnd]);
      for (const [name, pressed, type] of [
        ['Show password', 'true', 'text'],
        ['Hide password', 'false', 'password'],
      ]) {
        await button(page, name).click();
        await expect(password).toHaveAttribute('type', type);
        await expect(reveal).toHaveAttribute('aria-pressed', pressed);
        await expect(password).toHaveValue('quiet harbour');
        await expect.poll(caret, `${path}: the caret after ${name}`).toEqual([5, 5]);
      }
    }
  });

  test('19 the rule for passwords is told before there is an error', async ({ page }) => {
    await page.goto('/sign-up');
    const rule = page.getByText('At least 8 characters');
    await expect(rule).toBeVisible();
    await expect(field(page, 'Password')).toHaveAttribute('aria-describedby', await rule.getAttribute('id'));
    await expect(field(page, 'Password')).toHaveAccessibleDescription('At least 8 characters');
  });

  test('20 an empty form names what is missing, in its first field at fault', async ({ page, server }) => {
    const refused = async (input, words, submit) => {
      await button(page, submit).click();
      await expectRefused(page, input, words);
      const said = page.getByText(words).filter({ visible: true });
      expect((await input.getAttribute('aria-describedby')).split(' '), submit).toContain(await said.getAttribute('id'));
      await expect(input).toBeFocused();
    };
    for (const [path, submit] of CREDENTIALS) {
      await page.goto(path);
      await refused(field(page, 'Email address'), 'Enter your email address', submit);
      await field(page, 'Email address').fill('ann@example.com');
      await refused(field(page, 'Password'), 'Enter your password', submit);
      await expect(page.locator('[aria-invalid]'), 'the first field is no longer at fault').toHaveCount(1);
    }
    const person = await account(server);
    await openSecondStage(page, person);
    await refused(codeField(page), 'Enter the 6-digit code from your authenticator app', 'Continue');
    await useBackupCode(page);
    await refused(field(page, 'Backup code'), 'Enter one of your backup codes', 'Continue');
    await page.context().clearCookies();
    await openVerify(page, server);
    await refused(codeField(page), 'Enter the 6-digit code from your authenticator app', 'Verify code');
  });

  test('21 the title begins with "Error: " until it is put right', async ({ page, server, watch }) => {
    const person = await newcomer(page, server);
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await expect(page).toHaveTitle('Sign in – Twofold');
    await button(page, 'Sign in').click();
    await expect(page).toHaveTitle('Error: Sign in – Twofold');
    await field(page, 'Email address').fill(person.email);
    watch.refusal(422);
    await send(page, field(page, 'Password'), 'another quiet harbour', 'Sign in');
    await expectRefused(page, field(page, 'Email address'), 'The email address or the password is not correct');
    await expect(page, 'once, however many errors there were').toHaveTitle('Error: Sign in – Twofold');
    await send(page, field(page, 'Password'), person.password, 'Sign in');
    await expect(page).toHaveTitle('Multi-factor authentication – Twofold');
    const key = await openAddPage(page);
    await button(page, 'Verify').click();
    await button(page, 'Verify code').click();
    await expect(page).toHaveTitle('Error: Verify your authenticator app – Twofold');
    await button(page, 'Back').click();
    await expect(page).toHaveTitle('Add an authenticator app – Twofold');
    await button(page, 'Verify').click();
    await expect(page).toHaveTitle('Verify your authenticator app – Twofold');
    await send(page, codeField(page), codeAt(key, currentStep()), 'Verify code');
    await expect(page).toHaveTitle('Backup codes – Twofold');
  });

  test('22 an error is told by words and a sign, not by colour alone, with forced colours too', async ({ views }) => {
    let seen = 0;
    // The sign stands before a notice, and in a field's own error before its words.
    const isTold = async ({ page }) => (await page.locator('[role=alert]:visible').filter({ hasText: /./ }).count()) > 0;
    for (const view of views) {
      const { name, page } = view;
      if (!(await isTold(view))) continue;
      for (const forcedColors of ['none', 'active']) {
        await page.emulateMedia({ forcedColors });
        const errors = await page.locator('[role=alert]:visible').evaluateAll((all) =>
          all.map((error) => {
            const { content, borderTopStyle, borderTopWidth, visibility } = getComputedStyle(error.closest('.notice') ?? error, '::before');
            return { words: error.innerText.trim(), content, borderTopStyle, borderTopWidth, visibility };
          }),
        );
        for (const error of errors) {
          if (error.words === '' || name === 'shell-failed') continue;
          seen += 1;
          expect.soft(error, name).toMatchObject({ borderTopStyle: 'solid', borderTopWidth: '2px', visibility: 'visible' });
          expect.soft(error.content, name).toMatch(/^"!"/);
        }
      }
      await page.emulateMedia({ forcedColors: 'none' });
    }
    expect(seen).toBeGreaterThan(20);
  });

  test('23 nothing is checked before it is sent, nor when a field is left', async ({ page, server }) => {
    for (const [path] of CREDENTIALS) {
      await page.goto(path);
      for (const [label, text] of [['Email address', 'no address'], ['Password', 'short']]) {
        await field(page, label).pressSequentially(text);
        await page.keyboard.press('Tab');
      }
      await expect(page.locator('[aria-invalid], :user-invalid:not(form *)')).toHaveCount(0);
      await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0);
      expect(await page.title()).not.toContain('Error');
    }
    await openVerify(page, server);
    await codeField(page).pressSequentially('12');
    await page.keyboard.press('Tab');
    await expect(page.locator('[aria-invalid]')).toHaveCount(0);
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0);
  });

  test('24 the second step of signing in shows the address and does not ask for it again', async ({ page, server }) => {
    const person = await account(server);
    await openSecondStage(page, person);
    await expect(page.getByRole('main')).toContainText(`Signing in as ${person.email}`);
    await expect(page.getByLabel('Email address')).toHaveCount(0);
    await useBackupCode(page);
    await expect(page.getByRole('main')).toContainText(`Signing in as ${person.email}`);
    await expect(page.getByLabel('Email address')).toHaveCount(0);
  });

  test('25 Enter submits from every field', async ({ page, server, watch }) => {
    const known = await account(server);
    for (const [path, , api] of CREDENTIALS) {
      const sent = bodiesOf(page, api);
      for (const [at, label] of ['Email address', 'Password'].entries()) {
        await page.goto(path);
        await field(page, 'Email address').fill(known.email);
        await field(page, 'Password').fill('another quiet harbour');
        watch.refusal(422);
        await field(page, label).press('Enter');
        await expect(page).toHaveTitle(/^Error: /);
        expect(sent, `${path}, ${label}`).toHaveLength(at + 1);
      }
    }
    await openSecondStage(page, known);
    watch.refusal(422);
    await codeField(page).fill(wrongCode(known.secret));
    await codeField(page).press('Enter');
    await expect(page).toHaveTitle(/^Error: /);
    await useBackupCode(page);
    await field(page, 'Backup code').fill(known.codes[0]);
    await field(page, 'Backup code').press('Enter');
    await expectView(page, 'Multi-factor authentication');
    await page.context().clearCookies();
    const key = await openVerify(page, server);
    await codeField(page).fill(codeAt(key, currentStep()));
    await codeField(page).press('Enter');
    await expectView(page, 'Backup codes');
    await page.getByLabel('I have saved these codes').check();
    await page.getByLabel('I have saved these codes').press('Enter');
    await expectView(page, 'Success!');
  });

  test('25 two quick clicks send one request, and so does Enter meanwhile', async ({ page, server }) => {
    const quickly = async (submit, path, input) => {
      const sent = bodiesOf(page, path);
      // Held back until all has happened, as a slow network would.
      const release = await hold(page, `**${path}`);
      await button(page, submit).dblclick();
      await expect(button(page, submit === 'Create account' ? 'Creating your account…' : 'Checking…')).toBeVisible();
      await input.press('Enter');
      release();
      return sent;
    };
    const person = newPerson();
    await page.goto('/sign-up');
    await field(page, 'Email address').fill(person.email);
    await field(page, 'Password').fill(person.password);
    const signedUp = await quickly('Create account', SIGN_UPS, field(page, 'Password'));
    await expectView(page, 'Multi-factor authentication');
    expect(signedUp).toEqual([{ email_address: person.email, password: person.password }]);

    const key = await openAddPage(page);
    await button(page, 'Verify').click();
    const code = codeAt(key, currentStep());
    await codeField(page).fill(code);
    const verified = await quickly('Verify code', VERIFICATION, codeField(page));
    await expectView(page, 'Backup codes');
    expect(verified).toEqual([{ code }]);

    await page.context().clearCookies();
    await page.getByLabel('I have saved these codes').check();
    await page.goto('/sign-in');
    await field(page, 'Email address').fill(person.email);
    await field(page, 'Password').fill(person.password);
    const signedIn = await quickly('Sign in', SIGN_INS, field(page, 'Password'));
    await expectView(page, 'Enter your code');
    expect(signedIn).toHaveLength(1);
  });

  for (const [fault, begin, told] of [
    ['the server fails', (page) => page.route(`**${SIGN_INS}`, (route) => route.fulfill({ status: 500, body: 'no' })), (watch) => watch.refusal(500)],
    ['the server is not there', (page) => page.route(`**${SIGN_INS}`, (route) => route.abort('connectionrefused')), (watch) => watch.failure()],
    ['there is no network', (page) => page.context().setOffline(true), (watch) => watch.failure()],
    ['no answer comes', (page) => page.route(`**${SIGN_INS}`, () => {}), () => {}],
  ]) {
    test(`26 what was typed stays when ${fault}, and Try again goes on`, async ({ page, server, watch }) => {
      const person = await newcomer(page, server);
      await page.context().clearCookies();
      // The patience of the app with a silent server can be made a hundredth of what it is.
      await page.addInitScript(() => {
        const timeout = AbortSignal.timeout.bind(AbortSignal);
        AbortSignal.timeout = (millis) => timeout(window.isHurried ? millis / 100 : millis);
      });
      await page.goto('/sign-in');
      await field(page, 'Email address').fill(person.email);
      await field(page, 'Password').fill(person.password);
      await begin(page);
      told(watch);
      await page.evaluate((isHurried) => Object.assign(window, { isHurried }), fault === 'no answer comes');
      await button(page, 'Sign in').click();
      const alert = page.getByRole('alert').filter({ hasText: /We could not reach the server\.|Something went wrong on our side\./ });
      await expect(alert).toBeVisible();
      await expect(field(page, 'Email address')).toHaveValue(person.email);
      await expect(field(page, 'Password')).toHaveValue(person.password);
      await page.unroute(`**${SIGN_INS}`);
      await page.context().setOffline(false);
      await page.evaluate(() => Object.assign(window, { isHurried: false }));
      await button(alert.locator('..'), 'Try again').click();
      await expectView(page, 'Multi-factor authentication');
    });
  }

  test('27 a wrong password and an unknown address have the same words', async ({ page, server, watch }) => {
    const person = await newcomer(page, server);
    await page.context().clearCookies();
    const said = [];
    for (const guess of [{ ...person, password: 'another quiet harbour' }, newPerson('nobody')]) {
      watch.refusal(422);
      await signInWithPassword(page, guess);
      await expectRefused(page, field(page, 'Email address'), 'The email address or the password is not correct');
      await expect(field(page, 'Email address')).toHaveValue(guess.email);
      said.push(await page.getByRole('main').innerText());
    }
    expect(said[0]).toBe(said[1]);
  });

  test('28 whoever is too fast is told how long to wait, and gets the button back then', async ({ browser }) => {
    const server = await Server.start();
    try {
      const { email } = newPerson();
      const context = await browser.newContext({ ...CONTEXT, baseURL: server.url });
      const watch = new Watch(server.url);
      watch.follow(context);
      const page = await context.newPage();
      await page.clock.install();
      await page.goto('/sign-in');
      await field(page, 'Email address').fill(email);
      await field(page, 'Password').fill('another quiet harbour');
      // Time stands still in the page from here on.
      await page.clock.pauseAt(new Date(Date.now() + 60_000));
      const guesser = await Agent.at(server.url);
      const reply = await tooFast(page, watch, () => guesser.signIn(email, 'another quiet harbour'));
      await guesser.close();
      const seconds = Number(reply.headers()['retry-after']);
      expect(seconds).toBeGreaterThan(0);
      const limited = page.getByRole('alert').filter({ hasText: 'That was too fast.' });
      await expect(limited).toHaveText(`That was too fast. Wait ${seconds} second${seconds === 1 ? '' : 's'}, then try again.`);
      const sent = bodiesOf(page, SIGN_INS);
      await expect(button(page, 'Sign in')).toHaveAttribute('aria-disabled', 'true');
      await field(page, 'Password').press('Enter');
      await page.clock.runFor(seconds * 1000 - 100);
      await expect(button(page, 'Sign in')).toHaveAttribute('aria-disabled', 'true');
      expect(sent).toEqual([]);
      await page.clock.runFor(100);
      await expect(button(page, 'Sign in')).not.toHaveAttribute('aria-disabled');
      await page.route(`**${SIGN_INS}`, () => {});
      await button(page, 'Sign in').click();
      await expect.poll(() => sent.length).toBe(1);
      watch.verify();
      await context.close();
    } finally {
      await server.stop();
    }
  });
});
