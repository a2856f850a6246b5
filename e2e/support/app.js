// The app as its users know it: its pages, in its own words.

import { randomUUID } from 'node:crypto';
import { codeAt, currentStep, timeInStep } from './authenticator.js';
import { expect } from './test.js';

export const WRONG_CODE = 'That code is not correct. Check your authenticator app and try again.';
export const WRONG_EMAIL_CODE = 'That code is not correct. Take the one from the latest email, and try again.';
export const USED_CODE = 'That code has already been used. Wait for the next one.';
export const USED_BACKUP_CODE = 'That backup code has already been used. Use another one.';
export const MUST_SIGN_IN = 'You must be logged in to access this page';

/** Somebody who has no account yet. */
export function newPerson(name = 'ann') {
  return { email: `${name}-${randomUUID().slice(0, 8)}@example.com`, password: `quiet harbour ${randomUUID()}` };
}

/** The one heading of the view, which has the focus and stands in the title. */
export async function expectView(page, heading) {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await expect(page).toHaveTitle(`${heading} – Twofold`);
}

export async function open(page, path, heading) {
  await page.goto(path);
  await expectView(page, heading);
}

export function button(page, name) {
  return page.getByRole('button', { name, exact: true });
}

export function link(page, name) {
  return page.getByRole('link', { name, exact: true });
}

export function field(page, label) {
  return page.getByLabel(label, { exact: true });
}

export function codeField(page) {
  return field(page, 'Enter the code from your authenticator app');
}

export async function signUp(page, person) {
  await page.goto('/sign-up');
  await field(page, 'Email address').fill(person.email);
  await field(page, 'Password').fill(person.password);
  await button(page, 'Create account').click();
  await expectView(page, 'Multi-factor authentication');
}

/** The password stage of signing in; what comes next depends on the account. */
export async function signInWithPassword(page, person, path = '/sign-in') {
  await page.goto(path);
  await expectView(page, 'Sign in');
  await field(page, 'Email address').fill(person.email);
  await field(page, 'Password').fill(person.password);
  await button(page, 'Sign in').click();
}

/** Asks for a code by mail, from the password stage of signing in on. */
export async function forgetPassword(page, email, path = '/sign-in') {
  await page.goto(path);
  await expectView(page, 'Sign in');
  await field(page, 'Email address').fill(email);
  await button(page, 'Forgot your password?').click();
  await expectView(page, 'Reset your password');
  await expect(field(page, 'Email address')).toHaveValue(email);
  await button(page, 'Send code').click();
  await expectView(page, 'Check your email');
}

/** Six digits that are others than the code. */
export function otherCode(code) {
  return code === '123456' ? '654321' : '123456';
}

export function emailCodeField(page) {
  return field(page, 'Enter the code from the email');
}

export async function signOut(page) {
  await button(page, 'Sign out').click();
  await expectView(page, 'Sign in');
}

/** Sends a code in the form that is shown. */
export async function send(page, input, code, submit) {
  await input.fill(code);
  await button(page, submit).click();
}

/** A refused entry: its words once, in the field's own description, and in the title. */
export async function expectRefused(page, input, words) {
  const error = page.getByText(words, { exact: false }).filter({ visible: true });
  await expect(error.first()).toBeVisible();
  await expect(input).toHaveAttribute('aria-invalid', 'true');
  await expect(input).toHaveAccessibleDescription(new RegExp(escapeRegExp(words)));
  await expect(page).toHaveTitle(/^Error: /);
}

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The setup key that the add step shows, without the gaps between its groups. */
export async function setupKey(page) {
  const key = page.getByTestId('setup-key');
  await expect(key).toHaveText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
  return (await key.textContent()).replaceAll(' ', '');
}

export function qrCode(page) {
  return page.getByRole('img', { name: 'QR code for setting up Twofold in an authenticator app', exact: true });
}

/** The URI that is shown instead of the QR code; the QR code is back afterwards. */
export async function shownUri(page) {
  await button(page, 'Use URI instead').click();
  const uri = (await page.getByTestId('totp-uri').textContent()).trim();
  await button(page, 'Use QR code instead').click();
  await expect(qrCode(page)).toBeVisible();
  return uri;
}

export async function openAddPage(page) {
  await link(page, 'Add authenticator app').click();
  await expectView(page, 'Add an authenticator app');
  return setupKey(page);
}

/** The ten codes of the list that is shown. */
export async function backupCodes(page) {
  const items = page.getByTestId('backup-codes').getByRole('listitem');
  await expect(items).toHaveCount(10);
  return (await items.allTextContents()).map((code) => code.trim());
}

/**
 * The set-up as far as the backup codes. Answers the key, the codes and the step that is used up: the one before the
 * present, so that two codes can be used at once afterwards.
 */
export async function verifyAuthenticator(page) {
  const key = await openAddPage(page);
  await button(page, 'Verify').click();
  await expectView(page, 'Verify your authenticator app');
  await timeInStep(3);
  const step = currentStep() - 1;
  await send(page, codeField(page), codeAt(key, step), 'Verify code');
  await expectView(page, 'Backup codes');
  return { key, codes: await backupCodes(page), step };
}

/** The whole set-up for tests that are about what comes after it; answers the same. */
export async function addAuthenticator(page) {
  const set = await verifyAuthenticator(page);
  await page.getByLabel('I have saved these codes').check();
  await button(page, 'Finish').click();
  await expectView(page, 'Success!');
  return set;
}

/** Whether multi-factor authentication is on, in the word that stands there. */
export function state(page) {
  return page.getByTestId('totp-state');
}
