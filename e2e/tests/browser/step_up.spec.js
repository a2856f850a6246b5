// What happens before a change of factors when the last check of who it is lies too far back: with an
// authenticator app.

import { codeAt, stepAfter, wrongCode } from '../../support/authenticator.js';
import {
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
  send,
  signUp,
  state,
} from '../../support/app.js';
import { BEGIN, CANCELS, CODE, GENERATE, REMOVE, changesOf, stepUp } from '../../support/step_up.js';
import { expect, expectNowhere, inspectAll, test } from '../../support/test.js';

// Nobody types as many codes in ten seconds as these tests do; that a server slows them down is tested elsewhere.
test.use({ settings: { TWOFOLD_RATE_LIMITS: 'off' } });

function generateDialog(page) {
  return page.getByRole('dialog', { name: 'Generate new backup codes?', exact: true });
}

/** Somebody with an authenticator app on the management page, checked too long ago. */
async function staleWithAuthenticator(page, server) {
  const person = newPerson();
  await signUp(page, person);
  const set = await addAuthenticator(page);
  await link(page, 'Manage multi-factor authentication').click();
  await expectView(page, 'Multi-factor authentication');
  server.makeStale(person);
  return { person, ...set };
}

/** The same person, who wants new codes and is asked who they are. */
async function wantNewCodes(page, watch) {
  await button(page, 'Generate new backup codes').click();
  watch.refusal(403);
  await button(generateDialog(page), 'Generate').click();
  await expect(stepUp(page)).toBeVisible();
  await expect(codeField(stepUp(page))).toBeFocused();
}

test.describe('With an authenticator app', () => {
  test('Generate asks for a code, again after a wrong one, and goes on once', async ({ page, server, watch }) => {
    const { key, codes, step } = await staleWithAuthenticator(page, server);
    const changes = changesOf(page);
    await wantNewCodes(page, watch);
    // One question at a time, although the other one is still open.
    await expect(generateDialog(page)).toBeHidden();
    await inspectAll(page, '40-step-up-code');
    await expect(page).toHaveTitle('Multi-factor authentication – Twofold');

    const dialog = stepUp(page);
    await button(dialog, 'Continue').click();
    await expectRefused(page, codeField(dialog), 'Enter the 6-digit code from your authenticator app');
    const wrong = wrongCode(key);
    watch.refusal(422);
    await send(dialog, codeField(dialog), wrong, 'Continue');
    await expectRefused(page, codeField(dialog), WRONG_CODE);
    await expect(codeField(dialog)).toHaveValue(wrong);
    await expect(codeField(dialog)).toBeFocused();
    await expect(page.getByText('Authenticator codes depend on the time.')).toHaveCount(0);
    watch.refusal(422);
    await button(dialog, 'Continue').click();
    await expect(page.getByText(/Our time is \d\d:\d\d:\d\d UTC/)).toBeVisible();
    await inspectAll(page, '41-step-up-wrong-code');

    await send(dialog, codeField(dialog), codeAt(key, await stepAfter(step)), 'Continue');
    const made = await backupCodes(page);
    expect(made.filter((code) => codes.includes(code))).toEqual([]);
    await expect(dialog).toBeHidden();
    await expect(generateDialog(page)).toBeHidden();
    await expect(page.getByRole('heading', { name: 'Your new backup codes' })).toBeFocused();
    await expect(page).toHaveTitle('Multi-factor authentication – Twofold');
    expect(changes).toEqual([GENERATE, BEGIN, CODE, CODE, CODE, GENERATE]);
    await expectNowhere(page, [key, ...codes, ...made]);
    await expect(codeField(page), 'no code stays in the page').toHaveCount(0);
  });

  test('Remove takes a backup code as well', async ({ page, server, watch }) => {
    const { codes } = await staleWithAuthenticator(page, server);
    const changes = changesOf(page);
    await button(page, 'Remove authenticator app').click();
    const question = page.getByRole('dialog', { name: 'Remove authenticator app?', exact: true });
    watch.refusal(403);
    await button(question, 'Remove').click();
    const dialog = stepUp(page);
    await button(dialog, 'Use a backup code').click();
    await expect(field(dialog, 'Backup code')).toBeFocused();
    await inspectAll(page, '42-step-up-backup-code');
    await button(dialog, 'Use your authenticator app').click();
    await expect(codeField(dialog)).toBeFocused();
    await button(dialog, 'Use a backup code').click();

    await send(dialog, field(dialog, 'Backup code'), codes[0].toUpperCase(), 'Continue');
    await expect(page.getByRole('status').filter({ hasText: 'Authenticator app removed.' })).toBeVisible();
    await expect(state(page)).toHaveText('Off');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    expect(changes).toEqual([REMOVE, BEGIN, CODE, REMOVE]);
  });

  test('one check is enough for the next changes', async ({ page, server, watch }) => {
    const { key, step } = await staleWithAuthenticator(page, server);
    await wantNewCodes(page, watch);
    await send(stepUp(page), codeField(stepUp(page)), codeAt(key, await stepAfter(step)), 'Continue');
    await backupCodes(page);
    await button(page, 'Done').click();

    const changes = changesOf(page);
    await button(page, 'Remove authenticator app').click();
    await button(page.getByRole('dialog'), 'Remove').click();
    await expect(state(page)).toHaveText('Off');
    expect(changes).toEqual([REMOVE]);
  });

  test('nobody is sent to backup codes that are all used', async ({ page, server, watch }) => {
    const { person, key, step } = await staleWithAuthenticator(page, server);
    server.useUpBackupCodes(person);
    await page.reload();
    await expect(page.getByText('0 of 10 codes left')).toBeVisible();
    await wantNewCodes(page, watch);
    await expect(button(stepUp(page), 'Cancel')).toBeVisible();
    await expect(button(stepUp(page), 'Use a backup code')).toHaveCount(0);
    await send(stepUp(page), codeField(stepUp(page)), codeAt(key, await stepAfter(step)), 'Continue');
    await backupCodes(page);
  });

  for (const [name, cancel] of CANCELS) {
    test(`Cancel by ${name} leaves everything as it was`, async ({ page, server, watch }) => {
      const { codes } = await staleWithAuthenticator(page, server);
      const changes = changesOf(page);
      await wantNewCodes(page, watch);
      watch.refusal(422);
      await send(stepUp(page), codeField(stepUp(page)), '000000', 'Continue');
      await expectRefused(page, codeField(stepUp(page)), WRONG_CODE);

      await cancel(page);
      await expect(stepUp(page)).toBeHidden();
      await expect(page).toHaveTitle('Multi-factor authentication – Twofold');
      // Back where the question came from, with no word about an error.
      await expect(generateDialog(page)).toBeVisible();
      await expect(button(generateDialog(page), 'Generate')).toBeFocused();
      await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0);
      await button(generateDialog(page), 'Cancel').click();
      await expect(button(page, 'Generate new backup codes')).toBeFocused();
      await expect(page.getByText('10 of 10 codes left')).toBeVisible();
      expect(changes).toEqual([GENERATE, BEGIN, CODE]);

      // The same again begins anew, with an empty field, and one of the old codes still works.
      await wantNewCodes(page, watch);
      await expect(codeField(stepUp(page))).toHaveValue('');
      await button(stepUp(page), 'Use a backup code').click();
      await send(stepUp(page), field(stepUp(page), 'Backup code'), codes[9], 'Continue');
      await backupCodes(page);
      expect(changes).toEqual([GENERATE, BEGIN, CODE, GENERATE, BEGIN, CODE, GENERATE]);
    });
  }

  test('a double click on Continue sends the code and what was wanted once', async ({ page, server, watch }) => {
    const { key, step } = await staleWithAuthenticator(page, server);
    const changes = changesOf(page);
    await wantNewCodes(page, watch);
    // Held back until both clicks have happened, as a slow network would.
    let letGo;
    const clicked = new Promise((resolve) => {
      letGo = resolve;
    });
    await page.route('**/attempt_second_factor*', async (route) => {
      await clicked;
      await route.continue();
    });
    await codeField(stepUp(page)).fill(codeAt(key, await stepAfter(step)));
    await button(stepUp(page), 'Continue').dblclick();
    await expect(button(stepUp(page), 'Checking…')).toBeVisible();
    await codeField(stepUp(page)).press('Enter');
    letGo();
    await backupCodes(page);
    expect(changes).toEqual([GENERATE, BEGIN, CODE, GENERATE]);
  });

  test('a session that has ended meanwhile leads to the sign-in page', async ({ page, context, server, watch }) => {
    const { key, step } = await staleWithAuthenticator(page, server);
    await wantNewCodes(page, watch);
    await context.clearCookies();
    watch.refusal(401);
    await send(stepUp(page), codeField(stepUp(page)), codeAt(key, await stepAfter(step)), 'Continue');
    await expectView(page, 'Sign in');
    await expect(page.getByText("You've been signed out")).toBeVisible();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    await expect(page).toHaveURL(/return_to=\/account\/manage-mfa$/);
  });

  test('a step-up that has run out is begun anew with the code that was typed', async ({ page, server, watch }) => {
    const { key, step } = await staleWithAuthenticator(page, server);
    const changes = changesOf(page);
    await wantNewCodes(page, watch);
    server.endStepUps();
    watch.refusal(400);
    await send(stepUp(page), codeField(stepUp(page)), codeAt(key, await stepAfter(step)), 'Continue');
    await backupCodes(page);
    expect(changes).toEqual([GENERATE, BEGIN, CODE, BEGIN, CODE, GENERATE]);
  });

  test('without the network what was typed stays, and Try again goes on', async ({ page, context, server, watch }) => {
    const { key, step } = await staleWithAuthenticator(page, server);
    await wantNewCodes(page, watch);
    const code = codeAt(key, await stepAfter(step));
    await context.setOffline(true);
    watch.failure();
    await send(stepUp(page), codeField(stepUp(page)), code, 'Continue');
    const alert = stepUp(page).getByRole('alert').filter({ hasText: 'We could not reach the server.' });
    await expect(alert).toBeVisible();
    await expect(codeField(stepUp(page))).toHaveValue(code);
    await context.setOffline(false);
    await button(alert.locator('..'), 'Try again').click();
    await backupCodes(page);
  });

  test('Back closes the question, and what was wanted is not done', async ({ page, server, watch }) => {
    await staleWithAuthenticator(page, server);
    const changes = changesOf(page);
    await wantNewCodes(page, watch);
    await page.goBack();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.goForward();
    await expectView(page, 'Multi-factor authentication');
    await expect(page.getByText('10 of 10 codes left')).toBeVisible();
    expect(changes).toEqual([GENERATE, BEGIN]);
  });

  test('a factor that goes meanwhile is said, and Cancel starts again', async ({ page, context, server, watch }) => {
    const { key, codes, step } = await staleWithAuthenticator(page, server);
    await wantNewCodes(page, watch);
    const other = await context.newPage();
    await other.goto('/account/manage-mfa');
    await button(other, 'Remove authenticator app').click();
    watch.refusal(403);
    await button(other.getByRole('dialog', { name: 'Remove authenticator app?' }), 'Remove').click();
    await button(stepUp(other), 'Use a backup code').click();
    await send(stepUp(other), field(stepUp(other), 'Backup code'), codes[0], 'Continue');
    await expect(state(other)).toHaveText('Off');

    watch.refusal(400, 2);
    await send(stepUp(page), codeField(stepUp(page)), codeAt(key, await stepAfter(step)), 'Continue');
    await expect(stepUp(page).getByRole('alert').filter({ hasText: 'Select Cancel and start again.' })).toBeVisible();
    await button(stepUp(page), 'Cancel').click();
    await expect(stepUp(page)).toBeHidden();
  });
});
