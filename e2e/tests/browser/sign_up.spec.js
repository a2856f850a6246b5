// Signing up where the e-mail address is verified: a code comes by mail, and what was entered is never lost.

import { WRONG_EMAIL_CODE, button, emailCodeField, expectRefused, expectView, field, link, newPerson, open, otherCode, send } from '../../support/app.js';
import { mailing } from '../../support/mail_server.js';
import { Agent, PASSWORD, told } from '../../support/person.js';
import { expect, inspectAll, test as base } from '../../support/test.js';

// Nobody types as many codes in ten seconds as these tests do.
const test = base.extend(mailing({ TWOFOLD_VERIFY_EMAIL: 'true', TWOFOLD_RATE_LIMITS: 'off' }));

async function create(page, { email, password }) {
  await field(page, 'Email address').fill(email);
  await field(page, 'Password').fill(password);
  await button(page, 'Create account').click();
}

/** The first stage: the address is shown in the second. */
async function signUp(page, person) {
  await open(page, '/sign-up', 'Create your account');
  await create(page, person);
  await expectView(page, 'Check your email');
  await expect(page.locator('main bdi')).toHaveText(person.email);
}

test('a new account needs the code from the mail, and nothing is lost on the way there', async ({ page, mailServer, watch }) => {
  const person = newPerson();
  await signUp(page, person);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(emailCodeField(page)).toHaveAttribute('autocomplete', 'one-time-code');
  await expect(emailCodeField(page)).toHaveAttribute('inputmode', 'numeric');
  await inspectAll(page, '48-check-email');
  const code = await mailServer.code(person.email);

  await button(page, 'Continue').click();
  await expectRefused(page, emailCodeField(page), 'Enter the 6-digit code from the email');
  await send(page, emailCodeField(page), '12345', 'Continue');
  await expectRefused(page, emailCodeField(page), 'The code must be 6 digits');
  watch.refusal(422);
  await send(page, emailCodeField(page), otherCode(code), 'Continue');
  await expectRefused(page, emailCodeField(page), WRONG_EMAIL_CODE);
  await expect(emailCodeField(page)).toBeFocused();
  await expect(emailCodeField(page)).toHaveValue(otherCode(code));
  await inspectAll(page, '49-check-email-wrong');

  await page.reload();
  await expectView(page, 'Check your email');
  await expect(page.locator('main bdi')).toHaveText(person.email);
  await send(page, emailCodeField(page), ` ${code.slice(0, 3)} ${code.slice(3)}`, 'Continue');
  await expectView(page, 'Multi-factor authentication');
  await expect(page.getByRole('banner')).toContainText(person.email);
  const mails = mailServer.accepted.filter(({ recipients }) => recipients.includes(person.email));
  expect(mails, 'neither the reload nor a wrong code sends another one').toHaveLength(1);
  await page.goBack();
  await expectView(page, 'Multi-factor authentication');
});

test('a new code takes the place of the one before, and is told', async ({ page, mailServer, watch }) => {
  const person = newPerson();
  await signUp(page, person);
  const first = await mailServer.code(person.email);
  await button(page, 'Send a new code').click();
  await expect(page.getByRole('status').filter({ hasText: 'We sent you a new code.' })).toBeVisible();
  await expect(button(page, 'Send a new code')).toBeFocused();
  const second = await mailServer.code(person.email, 2);
  if (first !== second) {
    watch.refusal(422);
    await send(page, emailCodeField(page), first, 'Continue');
    await expectRefused(page, emailCodeField(page), WRONG_EMAIL_CODE);
  }
  await send(page, emailCodeField(page), second, 'Continue');
  await expectView(page, 'Multi-factor authentication');
});

test('after too many wrong codes another one is asked for', async ({ page, mailServer, watch }) => {
  const person = newPerson();
  await signUp(page, person);
  const code = await mailServer.code(person.email);
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    watch.refusal(attempt < 5 ? 422 : 400);
    const replied = page.waitForResponse(/attempt_verification/);
    await send(page, emailCodeField(page), otherCode(code), 'Continue');
    await replied;
    await expect(button(page, 'Continue')).not.toHaveAttribute('aria-disabled');
  }
  await expectRefused(page, emailCodeField(page), 'There were too many wrong codes. Select “Send a new code”.');
  await button(page, 'Send a new code').click();
  await send(page, emailCodeField(page), await mailServer.code(person.email, 2), 'Continue');
  await expectView(page, 'Multi-factor authentication');
});

test('no more codes than five are sent, and the page says how to go on', async ({ page, watch }) => {
  await signUp(page, newPerson());
  const news = page.getByRole('status').filter({ hasText: 'We sent you a new code.' });
  for (let code = 2; code <= 5; code += 1) {
    const replied = page.waitForResponse(/prepare_verification/);
    await button(page, 'Send a new code').click();
    await replied;
    await expect(news).toBeVisible();
  }
  watch.refusal(400);
  await button(page, 'Send a new code').click();
  await expect(page.getByRole('alert').filter({ hasText: 'Select “Start again”.' })).toBeVisible();
  await expect(news).toHaveCount(0);
});

test('whoever mistyped the address starts again with another one', async ({ page, mailServer }) => {
  const person = newPerson();
  await signUp(page, newPerson('mistyped'));
  await button(page, 'Start again').click();
  await expectView(page, 'Create your account');
  await create(page, person);
  await expectView(page, 'Check your email');
  await expect(page.locator('main bdi')).toHaveText(person.email);
  await send(page, emailCodeField(page), await mailServer.code(person.email), 'Continue');
  await expectView(page, 'Multi-factor authentication');
  await expect(page.getByRole('banner')).toContainText(person.email);
});

test('a code that could not be asked for is asked for again', async ({ page, mailServer, watch }) => {
  const person = newPerson();
  await page.route(/prepare_verification/, (route) => route.abort(), { times: 1 });
  watch.failure();
  await signUp(page, person);
  await expect(page.getByRole('alert').filter({ hasText: 'We could not reach the server.' })).toBeVisible();
  await button(page, 'Try again').click();
  await send(page, emailCodeField(page), await mailServer.code(person.email), 'Continue');
  await expectView(page, 'Multi-factor authentication');
});

test('an address that became an account meanwhile is told, with the way to sign in', async ({ page, server, mailServer, watch }) => {
  const person = newPerson();
  await signUp(page, person);
  const code = await mailServer.code(person.email);
  const other = await Agent.at(server.url);
  const begun = await other.post('/v1/client/sign_ups', { email_address: person.email, password: PASSWORD });
  const { id } = (await begun.json()).response;
  const strategy = 'email_code';
  await other.post(`/v1/client/sign_ups/${id}/prepare_verification`, { strategy });
  const form = { strategy, code: await mailServer.code(person.email, 2) };
  expect(await told(await other.post(`/v1/client/sign_ups/${id}/attempt_verification`, form))).toBe('200');
  await other.close();

  watch.refusal(422);
  await send(page, emailCodeField(page), code, 'Continue');
  await expect(page.getByRole('alert').filter({ hasText: 'There is already an account with this email address.' })).toBeVisible();
  await expect(emailCodeField(page)).toHaveValue(code);
  await link(page, 'Sign in').click();
  await expectView(page, 'Sign in');
});

test('the code from the mail is asked for in German', async ({ browser, server, mailServer, watch }) => {
  const context = await browser.newContext({ baseURL: server.url, locale: 'de-DE' });
  watch.follow(context);
  const page = await context.newPage();
  const person = newPerson();
  await page.goto('/sign-up');
  await field(page, 'E-Mail-Adresse').fill(person.email);
  await field(page, 'Passwort').fill(person.password);
  await button(page, 'Konto erstellen').click();
  await expectView(page, 'Rufen Sie Ihre E-Mails ab');
  await inspectAll(page, '50-check-email-german');
  watch.refusal(422);
  const code = await mailServer.code(person.email);
  await send(page, field(page, 'Code aus der E-Mail'), otherCode(code), 'Weiter');
  await expect(page.getByText('Dieser Code ist nicht richtig. Nehmen Sie den aus der letzten E-Mail')).toBeVisible();
  await send(page, field(page, 'Code aus der E-Mail'), code, 'Weiter');
  await expectView(page, 'Multi-Faktor-Authentifizierung');
  await context.close();
});
