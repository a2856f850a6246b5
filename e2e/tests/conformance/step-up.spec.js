// What Clerk calls reverification, by `useReverification`: the refused call asks for a fresh check of the user and then
// goes on by itself.

import { codeAt, currentStep, stepAfter, wrongCode } from '../../support/authenticator.js';
import { newPerson } from '../../support/app.js';
import {
  addTotp,
  backupCodes,
  button,
  expectHeading,
  expectRefused,
  expectUser,
  field,
  keyOf,
  link,
  sendSecondFactor,
  signUp,
} from '../../support/clerk-app.js';
import { expect, test } from '../../support/site.js';

async function openProtected(page) {
  await link(page, 'Protected').click();
  await expectHeading(page, 'Protected');
}

function change(page, name) {
  return page.getByRole('region', { name, exact: true });
}

function stepUp(page) {
  return page.getByRole('region', { name: 'Step-up', exact: true });
}

test('without a second factor the password is asked for, and what was wanted goes on by itself, once', async ({ site, visitor }) => {
  const { page, watch } = visitor;
  const person = newPerson();
  await signUp(page, person);
  await openProtected(page);
  site.server.makeStale(person);

  const made = visitor.count();
  watch.refusal(403);
  await button(page, 'Create TOTP').click();
  await expect(field(stepUp(page), 'Password')).toBeVisible();
  expect(made(/^POST \/v1\/me\/totp$/), 'the call that was refused').toBe(1);

  watch.refusal(422);
  await field(stepUp(page), 'Password').fill('not the password');
  await button(stepUp(page), 'Confirm').click();
  await expectRefused(stepUp(page), 'form_password_incorrect');
  expect(made(/^POST \/v1\/me\/totp$/)).toBe(1);

  await field(stepUp(page), 'Password').fill(person.password);
  await button(stepUp(page), 'Confirm').click();
  const uri = change(page, 'Create TOTP').getByTestId('uri');
  await expect(uri).toContainText('otpauth://totp/');
  await expect(stepUp(page)).toHaveCount(0);
  expect(made(/^POST \/v1\/me\/totp$/), 'the call that went on').toBe(2);

  const key = keyOf(await uri.textContent());
  site.server.makeStale(person);
  watch.refusal(403);
  await field(change(page, 'Verify TOTP'), 'Code to verify').fill(codeAt(key, currentStep()));
  await button(page, 'Verify TOTP').click();
  await field(stepUp(page), 'Password').fill(person.password);
  await button(stepUp(page), 'Confirm').click();
  expect(await backupCodes(change(page, 'Verify TOTP'))).toHaveLength(10);
  await expectUser(page, { 'totp-enabled': true, 'backup-code-enabled': true });
  expect(made(/^POST \/v1\/me\/totp\/attempt_verification$/)).toBe(2);
});

test('cancelling leaves all as it was, and asks nothing more of the server', async ({ site, visitor }) => {
  const { page, watch } = visitor;
  const person = newPerson();
  await signUp(page, person);
  const { key, step } = await addTotp(page);
  await openProtected(page);
  site.server.makeStale(person);

  const made = visitor.count();
  watch.refusal(403);
  await button(page, 'Remove TOTP').click();
  await expect(field(stepUp(page), 'Code')).toBeVisible();
  await button(stepUp(page), 'Cancel').click();
  await expect(change(page, 'Remove TOTP').getByRole('status')).toHaveText('Cancelled');
  await expect(stepUp(page)).toHaveCount(0);
  expect(made(/^DELETE \/v1\/me\/totp$/)).toBe(1);
  expect(made(/\/verify\/attempt_/)).toBe(0);
  await expectUser(page, { 'totp-enabled': true, 'backup-code-enabled': true });

  // It can be asked for again, and the second time it is done.
  watch.refusal(403);
  await button(page, 'Remove TOTP').click();
  await sendSecondFactor(stepUp(page), 'totp', codeAt(key, await stepAfter(step)), 'Confirm');
  await expect(change(page, 'Remove TOTP').getByText('Removed')).toBeVisible();
  await expectUser(page, { 'totp-enabled': false, 'backup-code-enabled': false });
  expect(made(/^DELETE \/v1\/me\/totp$/)).toBe(3);
});

test('with a second factor that is asked for: a code of the app, after a wrong one, or a backup code', async ({ site, visitor }) => {
  const { page, watch } = visitor;
  const person = newPerson();
  await signUp(page, person);
  const { key, codes, step } = await addTotp(page);
  await openProtected(page);
  site.server.makeStale(person);

  const made = visitor.count();
  watch.refusal(403);
  await button(page, 'Generate codes').click();
  watch.refusal(422);
  await sendSecondFactor(stepUp(page), 'totp', wrongCode(key), 'Confirm');
  await expectRefused(stepUp(page), 'form_code_incorrect');
  await sendSecondFactor(stepUp(page), 'totp', codeAt(key, await stepAfter(step)), 'Confirm');
  const renewed = await backupCodes(change(page, 'Generate codes'));
  expect(renewed.filter((code) => codes.includes(code))).toEqual([]);
  expect(made(/^POST \/v1\/me\/backup_codes\/?$/)).toBe(2);

  site.server.makeStale(person);
  watch.refusal(403);
  await button(page, 'Generate codes').click();
  await sendSecondFactor(stepUp(page), 'backup_code', renewed[0], 'Confirm');
  await expect(change(page, 'Generate codes').getByRole('listitem').first()).not.toHaveText(renewed[0]);
  const again = await backupCodes(change(page, 'Generate codes'));
  expect(again.filter((code) => renewed.includes(code))).toEqual([]);
  expect(made(/^POST \/v1\/me\/backup_codes\/?$/)).toBe(4);
});

test('a fresh check is not asked for again', async ({ site, visitor }) => {
  const { page } = visitor;
  const person = newPerson();
  await signUp(page, person);
  const made = visitor.count();
  await openProtected(page);
  await button(page, 'Create TOTP').click();
  await expect(change(page, 'Create TOTP').getByTestId('uri')).toBeVisible();
  expect(made(/\/verify$/)).toBe(0);
});
