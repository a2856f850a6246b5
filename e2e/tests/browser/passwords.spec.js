// A password that was forgotten, with a real mail server for the code, and one that is changed.

import { codeAt, stepAfter } from '../../support/authenticator.js';
import {
  MUST_SIGN_IN,
  WRONG_EMAIL_CODE,
  addAuthenticator,
  button,
  codeField,
  emailCodeField,
  expectRefused,
  expectView,
  field,
  forgetPassword,
  link,
  newPerson,
  open,
  otherCode,
  send,
  signInWithPassword,
  signOut,
  signUp,
} from '../../support/app.js';
import { mailing } from '../../support/mail_server.js';
import { Agent, PASSWORD, enrol, moveIn, told, signUp as signUpAgent } from '../../support/person.js';
import { bodiesOf, hold } from '../../support/requests.js';
import { Server } from '../../support/server.js';
import { CANCELS, changesOf, stepUp } from '../../support/step_up.js';
import { Watch, expect, expectNowhere, inspect, inspectAll, test as base } from '../../support/test.js';
import { CONTEXT } from '../../support/views.js';

const NEW = 'violet-harbour-17';
const ON_ITS_WAY = 'If there is an account, a new code is on its way. The one before no longer works.';
const OVER = 'This sign-in has taken too long. Start again.';
const SIGN_INS = '/v1/client/sign_ins';
const CODES = /^\/v1\/client\/sign_ins\/[^/]+\/attempt_first_factor$/;
const CHANGE = '/v1/me/change_password';

// Nobody types as many codes in ten seconds as these tests do; that a server slows them down is tested below.
const test = base.extend(mailing({ TWOFOLD_RATE_LIMITS: 'off' }));

// Mails take a second, and axe looks at many pictures.
test.describe.configure({ timeout: 120_000 });

function alert(page, words) {
  return page.getByRole('alert').filter({ hasText: words });
}

function status(page, words) {
  return page.getByRole('status').filter({ hasText: words });
}

function heading(page) {
  return page.getByRole('heading', { level: 1 });
}

/** Somebody with an account who is signed in nowhere. */
async function somebody(server) {
  const { agent, email } = await signUpAgent(server.url, newPerson().email);
  await agent.close();
  return email;
}

/** What the server says to a sign-in with this password. */
async function signInElsewhere(server, email, password) {
  const agent = await Agent.at(server.url);
  const reply = await agent.signIn(email, password);
  const status = reply.ok() ? (await reply.json()).response.status : await told(reply);
  await agent.close();
  return status;
}

/** As far as the choice of a new password. */
async function giveCode(page, mailServer, email) {
  await forgetPassword(page, email);
  await send(page, emailCodeField(page), await mailServer.code(email), 'Continue');
  await expectView(page, 'Choose a new password');
}

test.describe('A forgotten password', () => {
  test('makes way for a new one by a code from a mail, and leads to where people wanted to go', async ({ page, server, mailServer }) => {
    const { agent, email } = await signUpAgent(server.url, newPerson().email);
    await page.goto('/sign-in?return_to=/account/activity');
    await inspectAll(page, '50-sign-in-with-forgotten');
    await field(page, 'Email address').fill(email);
    await button(page, 'Forgot your password?').click();
    await expectView(page, 'Reset your password');
    await expect(heading(page)).toBeFocused();
    await expect(field(page, 'Email address')).toHaveValue(email);
    await expect(field(page, 'Email address')).toHaveAttribute('autocomplete', 'username');
    await inspectAll(page, '51-forgotten');
    await field(page, 'Email address').press('Enter');

    await expectView(page, 'Check your email');
    await expect(heading(page)).toBeFocused();
    await expect(page.getByRole('main')).toContainText(`Signing in as ${email}`);
    await expect(emailCodeField(page)).toHaveAttribute('autocomplete', 'one-time-code');
    await expect(emailCodeField(page)).toHaveAttribute('inputmode', 'numeric');
    await inspectAll(page, '52-mailed-code');
    const code = await mailServer.code(email);
    await emailCodeField(page).fill(` ${code.slice(0, 3)} ${code.slice(3)} `);
    await emailCodeField(page).press('Enter');

    await expectView(page, 'Choose a new password');
    await expect(heading(page)).toBeFocused();
    await expect(page.getByRole('main')).toContainText(`Signing in as ${email}`);
    const password = field(page, 'New password');
    await expect(password).toHaveAttribute('autocomplete', 'new-password');
    await expect(password).toHaveAccessibleDescription('At least 8 characters');
    await expect(page.locator('input[autocomplete=username]')).toHaveValue(email);
    await button(page, 'Show new password').click();
    await expect(password).toHaveAttribute('type', 'text');
    await inspectAll(page, '53-new-password');
    await password.fill(NEW);
    await password.press('Enter');

    await expectView(page, 'Account activity');
    await expect(page.getByTestId('events').locator('.record').first()).toHaveText('New password set with a code sent by mail');
    await expectNowhere(page, [NEW, code]);
    expect(await told(await agent.get('/v1/me'))).toMatch(/^401 /);
    await agent.close();
    expect(await signInElsewhere(server, email, NEW)).toBe('complete');
    // What is done is not gone back to.
    await page.goBack();
    await expectView(page, 'Account activity');
  });

  test('is the old one until the second factor was right, too', async ({ page, server, mailServer }) => {
    const person = newPerson();
    await signUp(page, person);
    const { key, step } = await addAuthenticator(page);
    await signOut(page);
    await giveCode(page, mailServer, person.email);
    await send(page, field(page, 'New password'), NEW, 'Continue');
    await expectView(page, 'Enter your code');
    await expect(heading(page)).toBeFocused();
    await expect(page.getByRole('main')).toContainText(`Signing in as ${person.email}`);
    expect(await signInElsewhere(server, person.email, person.password)).toBe('needs_second_factor');
    expect(await signInElsewhere(server, person.email, NEW)).toBe('422 form_password_or_identifier_incorrect');
    await page.reload();
    await expectView(page, 'Enter your code');
    await send(page, codeField(page), codeAt(key, await stepAfter(step)), 'Continue');
    await expectView(page, 'Multi-factor authentication');
    expect(await signInElsewhere(server, person.email, NEW)).toBe('needs_second_factor');
    expect(await signInElsewhere(server, person.email, person.password)).toBe('422 form_password_or_identifier_incorrect');
  });

  test('is asked for by who has no code, and the way to a new one is where that is needed', async ({ page, server, mailServer, watch }) => {
    const email = await somebody(server);
    await forgetPassword(page, email);
    const first = await mailServer.code(email);
    await button(page, 'Continue').click();
    await expectRefused(page, emailCodeField(page), 'Enter the 6-digit code from the email');
    for (const attempt of [1, 2]) {
      watch.refusal(422);
      await send(page, emailCodeField(page), otherCode(first), 'Continue');
      await expectRefused(page, emailCodeField(page), WRONG_EMAIL_CODE);
      await expect(emailCodeField(page), `attempt ${attempt}`).toHaveValue(otherCode(first));
      await expect(emailCodeField(page)).toBeFocused();
    }
    await expect(page.getByText('Authenticator codes depend on the time.'), 'no clock is to blame').toHaveCount(0);
    await inspectAll(page, '54-mailed-code-wrong');

    const release = await hold(page, /prepare_first_factor$/);
    const sent = bodiesOf(page, /prepare_first_factor$/);
    await button(page, 'Send a new code').dblclick();
    await expect(button(page, 'Sending…')).toBeVisible();
    release();
    await expect(status(page, ON_ITS_WAY)).toBeVisible();
    await expect(button(page, 'Send a new code')).toBeFocused();
    await expect(emailCodeField(page), 'the next code has a field of its own').toHaveValue('');
    await expect(page.locator('[aria-invalid]')).toHaveCount(0);
    await expect(page).toHaveTitle('Check your email – Twofold');
    expect(sent).toEqual([{ strategy: 'reset_password_email_code' }]);
    await inspectAll(page, '55-mailed-code-sent-again');
    const second = await mailServer.code(email, 2);
    if (first !== second) {
      watch.refusal(422);
      await send(page, emailCodeField(page), first, 'Continue');
      await expectRefused(page, emailCodeField(page), WRONG_EMAIL_CODE);
    }
    await send(page, emailCodeField(page), second, 'Continue');
    await expectView(page, 'Choose a new password');
  });

  test('waits at every stage where it is, whatever is loaded again', async ({ page, server, mailServer }) => {
    const email = await somebody(server);
    await page.goto('/sign-in');
    await button(page, 'Forgot your password?').click();
    await expectView(page, 'Reset your password');
    await page.reload();
    await expectView(page, 'Reset your password');
    await field(page, 'Email address').fill(email);
    await button(page, 'Send code').click();
    await expectView(page, 'Check your email');
    await page.reload();
    await expectView(page, 'Check your email');
    await expect(page.getByRole('main')).toContainText(`Signing in as ${email}`);
    await send(page, emailCodeField(page), await mailServer.code(email), 'Continue');
    await expectView(page, 'Choose a new password');
    await page.reload();
    await expectView(page, 'Choose a new password');
    await expect(page.getByRole('main')).toContainText(`Signing in as ${email}`);
    await send(page, field(page, 'New password'), NEW, 'Continue');
    await expectView(page, 'Multi-factor authentication');
  });

  test('lets people go back a stage, and there again', async ({ page, server, mailServer }) => {
    const email = await somebody(server);
    for (const [at, back] of [() => button(page, 'Start again').click(), () => page.goBack()].entries()) {
      // Where an address is opened that is open already, browsers load its page again as it was.
      await page.goto('/help');
      await forgetPassword(page, email);
      // One that the next takes the place of before its mail is written never comes.
      await mailServer.code(email, at + 1);
      await back();
      await expectView(page, 'Reset your password');
      await expect(heading(page)).toBeFocused();
      await expect(field(page, 'Email address')).toHaveValue(email);
      await page.goForward();
      await expectView(page, 'Check your email');
    }
    await page.goBack();
    await button(page, 'Back').click();
    await expectView(page, 'Sign in');
    await expect(field(page, 'Email address')).toHaveValue(email);
    await page.goForward();
    await expectView(page, 'Reset your password');
    // It is known to the server, too.
    await page.reload();
    await expect(field(page, 'Email address')).toHaveValue(email);
    await button(page, 'Send code').click();
    await expectView(page, 'Check your email');
    await send(page, emailCodeField(page), await mailServer.code(email, 3), 'Continue');
    await expectView(page, 'Choose a new password');
    // The code was right, so there is nothing to do with it any more.
    await page.goBack();
    await expectView(page, 'Reset your password');
    await page.goForward();
    await expectView(page, 'Choose a new password');
  });

  test('tells nobody who has an account', async ({ page, server, watch }) => {
    const seen = [];
    for (const email of [await somebody(server), newPerson('nobody').email]) {
      const look = async () => seen.at(-1).push((await page.getByRole('main').innerText()).replace(email, 'WHO'));
      seen.push([]);
      await page.goto('/help');
      await forgetPassword(page, email);
      await look();
      watch.refusal(422);
      await send(page, emailCodeField(page), '000000', 'Continue');
      await expectRefused(page, emailCodeField(page), WRONG_EMAIL_CODE);
      await look();
      await button(page, 'Send a new code').click();
      await expect(status(page, ON_ITS_WAY)).toBeVisible();
      await look();
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toHaveLength(3);
  });

  test('is not followed by one that others would try', async ({ page, server, mailServer, watch }) => {
    const email = await somebody(server);
    await giveCode(page, mailServer, email);
    const sent = bodiesOf(page, /reset_password$/);
    const password = field(page, 'New password');
    for (const short of ['', 'violet7']) {
      await send(page, password, short, 'Continue');
      await expectRefused(page, password, 'The password must have at least 8 characters');
      await expect(password).toHaveAccessibleDescription(/At least 8 characters/);
    }
    expect(sent, 'that much is known without the server').toEqual([]);
    watch.refusal(422);
    await send(page, password, 'password', 'Continue');
    await expectRefused(page, password, 'This password is one of the first that others would try.');
    await expect(password).toHaveValue('password');
    await expect(password).toBeFocused();
    await inspectAll(page, '56-new-password-weak');
    watch.refusal(422);
    await send(page, password, email, 'Continue');
    await expectRefused(page, password, 'This password is too easy to guess.');
    await send(page, password, NEW, 'Continue');
    await expectView(page, 'Multi-factor authentication');
    expect(sent).toEqual(['password', email, NEW].map((password) => ({ password })));
  });

  test('takes no longer than the server waits, and says what to do then', async ({ page, server, mailServer, watch }) => {
    const email = await somebody(server);
    await forgetPassword(page, email);
    const code = await mailServer.code(email);
    server.endSignIns();
    watch.refusal(404);
    await send(page, emailCodeField(page), code, 'Continue');
    await expect(alert(page, OVER)).toBeVisible();
    await inspect(page, '57-mailed-code-over');
    watch.refusal(404);
    await button(page, 'Send a new code').click();
    await expect(alert(page, OVER)).toHaveCount(2);
    await button(page, 'Start again').click();
    await expectView(page, 'Reset your password');
    await expect(field(page, 'Email address')).toHaveValue(email);
    await button(page, 'Send code').click();
    await expectView(page, 'Check your email');
    await send(page, emailCodeField(page), await mailServer.code(email, 2), 'Continue');
    await expectView(page, 'Choose a new password');
    server.endSignIns();
    watch.refusal(404);
    await send(page, field(page, 'New password'), NEW, 'Continue');
    await expect(alert(page, OVER)).toBeVisible();
    // Another code is to be had there.
    await page.reload();
    await expectView(page, 'Reset your password');
  });

  test('opens no account that is locked', async ({ page, server, mailServer, watch }) => {
    const email = await somebody(server);
    await forgetPassword(page, email);
    const code = await mailServer.code(email);
    for (let attempt = 0; attempt < 10; attempt += 1) await signInElsewhere(server, email, 'another quiet harbour');
    watch.refusal(403);
    await send(page, emailCodeField(page), code, 'Continue');
    await expect(alert(page, 'Too many wrong codes. Try again in 60 minutes.')).toBeVisible();
    await expect(emailCodeField(page)).toHaveValue(code);
  });

  test('sends one request, however often a button is pressed', async ({ page, server, mailServer }) => {
    const email = await somebody(server);
    await page.goto('/sign-in');
    await field(page, 'Email address').fill(email);
    await button(page, 'Forgot your password?').click();
    const begun = bodiesOf(page, SIGN_INS);
    const beginNow = await hold(page, `**${SIGN_INS}`);
    await button(page, 'Send code').dblclick();
    await expect(button(page, 'Sending…')).toBeVisible();
    await field(page, 'Email address').press('Enter');
    beginNow();
    await expectView(page, 'Check your email');
    expect(begun).toEqual([{ identifier: email, strategy: 'reset_password_email_code' }]);
    const code = await mailServer.code(email);
    const attempts = bodiesOf(page, CODES);
    const attemptNow = await hold(page, /attempt_first_factor$/);
    await emailCodeField(page).fill(code);
    await button(page, 'Continue').dblclick();
    await expect(button(page, 'Checking…')).toBeVisible();
    attemptNow();
    await expectView(page, 'Choose a new password');
    expect(attempts).toEqual([{ strategy: 'reset_password_email_code', code }]);
    const chosen = bodiesOf(page, /reset_password$/);
    const chooseNow = await hold(page, /reset_password$/);
    await field(page, 'New password').fill(NEW);
    await button(page, 'Continue').dblclick();
    await expect(button(page, 'Saving…')).toBeVisible();
    chooseNow();
    await expectView(page, 'Multi-factor authentication');
    expect(chosen).toEqual([{ password: NEW }]);
  });

  test('goes on after the network was gone', async ({ page, server, mailServer, watch }) => {
    const email = await somebody(server);
    const without = async (submit, input) => {
      await page.context().setOffline(true);
      const typed = await input.inputValue();
      watch.failure();
      await button(page, submit).click();
      await expect(alert(page, 'We could not reach the server.')).toBeVisible();
      await expect(input).toHaveValue(typed);
      await page.context().setOffline(false);
      await button(page, 'Try again').click();
    };
    await page.goto('/sign-in');
    await field(page, 'Email address').fill(email);
    await button(page, 'Forgot your password?').click();
    await without('Send code', field(page, 'Email address'));
    await expectView(page, 'Check your email');
    await emailCodeField(page).fill(await mailServer.code(email));
    await without('Continue', emailCodeField(page));
    await expectView(page, 'Choose a new password');
    await field(page, 'New password').fill(NEW);
    await without('Continue', field(page, 'New password'));
    await expectView(page, 'Multi-factor authentication');
  });

  test('is told in German, too', async ({ page, server, mailServer }) => {
    const email = await somebody(server);
    await page.goto('/sign-in');
    await button(page, 'Deutsch').click();
    await expectView(page, 'Anmelden');
    await inspectAll(page, 'de-50-sign-in-with-forgotten');
    await button(page, 'Passwort vergessen?').click();
    await expectView(page, 'Passwort zurücksetzen');
    await inspectAll(page, 'de-51-forgotten');
    await field(page, 'E-Mail-Adresse').fill(email);
    await button(page, 'Code senden').click();
    await expectView(page, 'Rufen Sie Ihre E-Mails ab');
    await mailServer.code(email);
    await button(page, 'Neuen Code senden').click();
    await expect(status(page, 'Wenn es ein Konto gibt, ist ein neuer Code unterwegs.')).toBeVisible();
    await inspectAll(page, 'de-52-mailed-code');
    await send(page, field(page, 'Code aus der E-Mail'), await mailServer.code(email, 2), 'Weiter');
    await expectView(page, 'Neues Passwort wählen');
    await inspectAll(page, 'de-53-new-password');
    await send(page, field(page, 'Neues Passwort'), NEW, 'Weiter');
    await expectView(page, 'Multi-Faktor-Authentifizierung');
    await link(page, 'Passwort').click();
    await expectView(page, 'Passwort ändern');
    await inspectAll(page, 'de-58-password');
    await field(page, 'Aktuelles Passwort').fill(NEW);
    await send(page, field(page, 'Neues Passwort'), 'tulip-anchor-92', 'Passwort ändern');
    await expect(status(page, 'Ihr Passwort wurde geändert. Sie sind überall außer hier abgemeldet.')).toBeVisible();
  });
});

test.describe('A code by mail', () => {
  test('is offered only where mails are sent', async ({ browser }) => {
    const server = await Server.start();
    try {
      const context = await browser.newContext({ ...CONTEXT, baseURL: server.url });
      const page = await context.newPage();
      await open(page, '/sign-in', 'Sign in');
      await expect(button(page, 'Sign in')).toBeVisible();
      await expect(button(page, 'Forgot your password?')).toHaveCount(0);
      await context.close();
    } finally {
      await server.stop();
    }
  });

  test('comes not too often, and it is said when the next one may be asked for', async ({ browser, mailServer }) => {
    const server = await Server.start({ TWOFOLD_SMTP_URL: mailServer.url });
    try {
      const context = await browser.newContext({ ...CONTEXT, baseURL: server.url });
      const watch = new Watch(server.url);
      watch.follow(context);
      const page = await context.newPage();
      const { email } = newPerson('nobody');
      await forgetPassword(page, email);
      const again = async (status) => {
        const replied = page.waitForResponse(/prepare_first_factor$/);
        await button(page, 'Send a new code').click();
        expect((await replied).status()).toBe(status);
      };
      for (let sent = 0; sent < 2; sent += 1) {
        await again(200);
        await expect(status(page, ON_ITS_WAY)).toBeVisible();
        await expect(button(page, 'Send a new code')).not.toHaveAttribute('aria-disabled');
      }
      watch.refusal(429);
      await again(429);
      await expect(alert(page, /^That was too fast\. Wait (\d+ seconds|1 minute), then try again\.$/)).toBeVisible();
      await expect(status(page, ON_ITS_WAY)).toHaveCount(0);
      await expect(button(page, 'Send a new code')).toHaveAttribute('aria-disabled', 'true');
      await button(page, 'Start again').click();
      watch.refusal(429);
      await button(page, 'Send code').click();
      await expect(alert(page, 'That was too fast.')).toBeVisible();
      await expect(button(page, 'Send code')).toHaveAttribute('aria-disabled', 'true');
      watch.verify();
      await context.close();
    } finally {
      await server.stop();
    }
  });
});

test.describe('A change of password', () => {
  test('takes the current one, and ends all other sessions', async ({ page, server }) => {
    const person = newPerson();
    await signUp(page, person);
    const other = await Agent.at(server.url);
    expect(await told(await other.signIn(person.email, person.password))).toBe('200');
    await link(page, 'Password').click();
    await expectView(page, 'Change your password');
    await expect(heading(page)).toBeFocused();
    const [current, password] = [field(page, 'Current password'), field(page, 'New password')];
    await expect(password).toHaveAccessibleDescription('At least 8 characters');
    for (const [input, name] of [
      [current, 'current password'],
      [password, 'new password'],
    ]) {
      await button(page, `Show ${name}`).click();
      await expect(input).toHaveAttribute('type', 'text');
      await button(page, `Hide ${name}`).click();
      await expect(input).toHaveAttribute('type', 'password');
    }
    await inspectAll(page, '58-password');
    const sent = bodiesOf(page, CHANGE);
    const release = await hold(page, `**${CHANGE}`);
    await current.fill(person.password);
    await password.fill(NEW);
    await button(page, 'Change password').dblclick();
    await expect(button(page, 'Saving…')).toBeVisible();
    await current.press('Enter');
    release();
    await expect(status(page, 'Your password was changed. You are signed out everywhere but here.')).toBeVisible();
    await expect(heading(page)).toBeFocused();
    await expect(page).toHaveTitle('Change your password – Twofold');
    await expect(page.locator('form'), 'there is nothing left to fill in').toHaveCount(0);
    await inspectAll(page, '59-password-changed');
    expect(sent).toEqual([{ current_password: person.password, new_password: NEW }]);
    await expectNowhere(page, [person.password, NEW]);

    expect(await told(await other.get('/v1/me'))).toMatch(/^401 /);
    await other.close();
    await link(page, 'Manage multi-factor authentication').click();
    await expectView(page, 'Multi-factor authentication');
    await expect(page.getByTestId('events').locator('.record').first()).toHaveText('Password changed');
    expect(await signInElsewhere(server, person.email, person.password)).toBe('422 form_password_or_identifier_incorrect');
    await signOut(page);
    await signInWithPassword(page, { ...person, password: NEW });
    await expectView(page, 'Multi-factor authentication');
  });

  test('says what is wrong where it is wrong, and keeps what was typed', async ({ page, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    await page.goto('/account/password');
    const [current, password] = [field(page, 'Current password'), field(page, 'New password')];
    const submit = () => button(page, 'Change password').click();
    await submit();
    await expectRefused(page, current, 'Enter your current password');
    await expect(current).toBeFocused();
    await current.fill('another quiet harbour');
    await password.fill('violet7');
    await submit();
    await expectRefused(page, password, 'The password must have at least 8 characters');
    await expect(password).toBeFocused();
    await expect(page.locator('[aria-invalid]')).toHaveCount(1);
    watch.refusal(422);
    await password.fill('password');
    await submit();
    await expectRefused(page, password, 'This password is one of the first that others would try.');
    watch.refusal(422);
    await password.fill(NEW);
    await submit();
    await expectRefused(page, current, 'The password is not correct');
    await expect(current).toBeFocused();
    await expect(current).toHaveValue('another quiet harbour');
    await expect(password).toHaveValue(NEW);
    await inspectAll(page, '60-password-wrong');
    expect(await signInElsewhere(server, person.email, person.password)).toBe('complete');

    await page.context().setOffline(true);
    await current.fill(person.password);
    watch.failure();
    await submit();
    await expect(alert(page, 'We could not reach the server.')).toBeVisible();
    await page.context().setOffline(false);
    await button(page, 'Try again').click();
    await expect(status(page, 'Your password was changed.')).toBeVisible();
    await expect(page).toHaveTitle('Change your password – Twofold');
  });

  test('waits for the second factor where the last check is too old, and goes on once', async ({ page, server, watch }) => {
    const { agent, email, secret, step } = await enrol(server.url, newPerson().email);
    await moveIn(page.context(), agent);
    server.makeStale({ email });
    await open(page, '/account/password', 'Change your password');
    const changes = changesOf(page);
    const sendIt = async () => {
      watch.refusal(403);
      await field(page, 'Current password').fill(PASSWORD);
      await send(page, field(page, 'New password'), NEW, 'Change password');
      await expect(stepUp(page)).toBeVisible();
    };
    for (const [, cancel] of CANCELS) {
      await sendIt();
      await cancel(page);
      await expect(stepUp(page)).toBeHidden();
      await expect(field(page, 'New password')).toHaveValue(NEW);
      await expect(alert(page, /./)).toHaveCount(0);
    }
    await sendIt();
    await send(stepUp(page), codeField(stepUp(page)), codeAt(secret, await stepAfter(step)), 'Continue');
    await expect(stepUp(page)).toBeHidden();
    await expect(status(page, 'Your password was changed.')).toBeVisible();
    await expect(heading(page)).toBeFocused();
    const begin = 'POST /v1/client/sessions/SESSION/verify';
    const change = `POST ${CHANGE}`;
    expect(changes).toEqual([change, begin, change, begin, change, begin, `${begin}/attempt_second_factor`, change]);
    expect(await signInElsewhere(server, email, NEW)).toBe('needs_second_factor');
  });

  test('is for those who are signed in', async ({ page, context, watch }) => {
    await page.goto('/account/password');
    await expectView(page, MUST_SIGN_IN);
    const person = newPerson();
    await signUp(page, person);
    await link(page, 'Password').click();
    await expectView(page, 'Change your password');
    await context.clearCookies();
    watch.refusal(401);
    await field(page, 'Current password').fill(person.password);
    await send(page, field(page, 'New password'), NEW, 'Change password');
    await expectView(page, 'Sign in');
    await expect(page.getByText("You've been signed out")).toBeVisible();
    await field(page, 'Email address').fill(person.email);
    await send(page, field(page, 'Password'), person.password, 'Sign in');
    await expectView(page, 'Change your password');
  });
});
