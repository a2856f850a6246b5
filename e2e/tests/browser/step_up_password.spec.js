// What happens before a change of factors when the last check of who it is lies too far back: without
// a second factor, where the password is the strongest that there is.

import { codeAt, currentStep } from '../../support/authenticator.js';
import {
  backupCodes,
  button,
  codeField,
  expectRefused,
  expectView,
  field,
  link,
  newPerson,
  openAddPage,
  send,
  setupKey,
  signUp,
  state,
} from '../../support/app.js';
import { BEGIN, CANCELS, CREATE, PASSWORD, VERIFY, changesOf, stepUp } from '../../support/step_up.js';
import { expect, expectNowhere, inspectAll, test } from '../../support/test.js';

// Nobody types as many codes in ten seconds as these tests do; that a server slows them down is tested elsewhere.
test.use({ settings: { TWOFOLD_RATE_LIMITS: 'off' } });

test.describe('Without a second factor', () => {
  test('Add asks for the password, again after a wrong one, and goes on once', async ({ page, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    server.makeStale(person);
    const changes = changesOf(page);
    watch.refusal(403);
    await link(page, 'Add authenticator app').click();
    const dialog = stepUp(page);
    const password = field(dialog, 'Password');
    await expect(password).toBeFocused();
    await expect(button(dialog, 'Use a backup code')).toHaveCount(0);
    await inspectAll(page, '43-step-up-password');

    await button(dialog, 'Continue').click();
    await expectRefused(page, password, 'Enter your password');
    watch.refusal(422);
    await send(dialog, password, 'another quiet harbour', 'Continue');
    await expectRefused(page, password, 'The password is not correct');
    await expect(password).toBeFocused();
    await inspectAll(page, '44-step-up-wrong-password');
    await password.fill(person.password);
    await button(dialog, 'Show password').click();
    await expect(password).toHaveAttribute('type', 'text');
    await password.press('Enter');

    await setupKey(page);
    await expect(dialog).toBeHidden();
    await expectView(page, 'Add an authenticator app');
    expect(changes).toEqual([CREATE, BEGIN, PASSWORD, PASSWORD, CREATE]);
    await expectNowhere(page, [person.password]);
  });

  for (const [name, cancel] of CANCELS) {
    test(`Cancel by ${name} leads from Add back to where everything is managed`, async ({ page, server, watch }) => {
      const person = newPerson();
      await signUp(page, person);
      server.makeStale(person);
      const changes = changesOf(page);
      watch.refusal(403);
      await link(page, 'Add authenticator app').click();
      await expect(stepUp(page)).toBeVisible();
      await cancel(page);
      await expectView(page, 'Multi-factor authentication');
      await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
      await expect(state(page)).toHaveText('Off');
      await expect(page.getByRole('dialog')).toHaveCount(0);
      expect(changes).toEqual([CREATE, BEGIN]);
    });
  }

  test('Cancel after a reload of Add leads back as well', async ({ page, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    await openAddPage(page);
    server.makeStale(person);
    watch.refusal(403);
    await page.reload();
    await button(stepUp(page), 'Cancel').click();
    await expectView(page, 'Multi-factor authentication');
  });

  test('a session that has ended meanwhile leads from Add to the sign-in page, and back', async ({ page, context, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    server.makeStale(person);
    watch.refusal(403);
    await link(page, 'Add authenticator app').click();
    await context.clearCookies();
    watch.refusal(401);
    await send(stepUp(page), field(stepUp(page), 'Password'), person.password, 'Continue');
    await expectView(page, 'Sign in');
    await expect(page.getByText("You've been signed out")).toBeVisible();
    await expect(page).toHaveURL(/return_to=\/account\/manage-mfa\/add$/);

    await field(page, 'Email address').fill(person.email);
    await send(page, field(page, 'Password'), person.password, 'Sign in');
    await expectView(page, 'Add an authenticator app');
    await setupKey(page);
  });

  test('Back at Add makes no key, and Forward asks again', async ({ page, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    server.makeStale(person);
    const changes = changesOf(page);
    watch.refusal(403, 2);
    await link(page, 'Add authenticator app').click();
    await expect(stepUp(page)).toBeVisible();
    await page.goBack();
    await expectView(page, 'Multi-factor authentication');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.goForward();
    await expect(field(stepUp(page), 'Password')).toBeFocused();
    expect(changes).toEqual([CREATE, BEGIN, CREATE, BEGIN]);
  });

  test('Cancel at Reset leaves the setup key that is shown', async ({ page, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    const key = await openAddPage(page);
    server.makeStale(person);
    watch.refusal(403);
    await button(page, 'Reset').click();
    await button(stepUp(page), 'Cancel').click();
    await expect(stepUp(page)).toBeHidden();
    expect(await setupKey(page)).toBe(key);
    await expect(button(page, 'Reset')).toBeFocused();
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0);
  });

  test('Cancel of the page asks nobody who they are', async ({ page, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    await openAddPage(page);
    server.makeStale(person);
    watch.refusal(403);
    await button(page, 'Cancel').click();
    await expectView(page, 'Multi-factor authentication');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });

  test('the first code goes on after the password as it was typed', async ({ page, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    const key = await openAddPage(page);
    await button(page, 'Verify').click();
    server.makeStale(person);
    const changes = changesOf(page);
    watch.refusal(403);
    await send(page, codeField(page), codeAt(key, currentStep()), 'Verify code');
    await send(stepUp(page), field(stepUp(page), 'Password'), person.password, 'Continue');
    await expectView(page, 'Backup codes');
    await backupCodes(page);
    expect(changes).toEqual([VERIFY, BEGIN, PASSWORD, VERIFY]);
  });

  test('Reset of the verify step makes a new key after the password', async ({ page, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    const old = await openAddPage(page);
    await button(page, 'Verify').click();
    await expectView(page, 'Verify your authenticator app');
    server.makeStale(person);
    const changes = changesOf(page);
    watch.refusal(403);
    await button(page, 'Reset').click();
    await send(stepUp(page), field(stepUp(page), 'Password'), person.password, 'Continue');
    await expectView(page, 'Add an authenticator app');
    await expect(page.getByText('New setup key made. The old one no longer works.')).toBeVisible();
    expect(await setupKey(page)).not.toBe(old);
    expect(changes).toEqual([CREATE, BEGIN, PASSWORD, CREATE]);
  });
});
