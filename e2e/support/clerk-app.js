// The app of e2e/conformance as its users know it.

import { button, field, link } from './app.js';
import { codeAt, currentStep } from './authenticator.js';
import { expect } from './site.js';

export { button, field, link };

export async function expectHeading(page, heading) {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
}

/** What the hooks say of the user, in the header that stays while pages come and go. */
export async function expectUser(page, facts) {
  for (const [name, value] of Object.entries(facts)) {
    await expect(page.getByTestId(name), name).toHaveText(String(value));
  }
}

export async function fact(page, name) {
  return (await page.getByTestId(name).textContent()).trim();
}

/** The API's refusal as the page shows it. */
export async function expectRefused(page, code, words) {
  const error = page.getByRole('alert').getByRole('listitem').first();
  await expect(error).toHaveAttribute('data-code', code);
  if (words) await expect(error).toContainText(words);
}

export async function signUp(page, person) {
  await page.goto('/sign-up');
  await field(page, 'Email address').fill(person.email);
  await field(page, 'Password').fill(person.password);
  await button(page, 'Sign up').click();
  await expectHeading(page, 'User MFA Settings');
}

/** The first factor of a sign-in; what comes next depends on the account. */
export async function signInWithPassword(page, person, path = '/sign-in') {
  await page.goto(path);
  await field(page, 'Email address').fill(person.email);
  await field(page, 'Password').fill(person.password);
  await button(page, 'Sign in').click();
}

/** Fills and sends the form that asks for a second factor. */
export async function sendSecondFactor(within, strategy, code, submit = 'Continue') {
  await field(within, 'Code').fill(code);
  await field(within, 'Factor').selectOption(strategy);
  await button(within, submit).click();
}

/** Signs in with a code of the authenticator app or a backup code. */
export async function signIn(page, person, strategy, code) {
  await signInWithPassword(page, person);
  await sendSecondFactor(page, strategy, code);
  await expectHeading(page, 'User MFA Settings');
}

export async function signOut(page) {
  await button(page, 'Sign out').click();
  await expectHeading(page, 'Sign in');
}

export function qrCode(page) {
  return page.getByRole('img', { name: 'QR code', exact: true });
}

/** The URI that the page shows instead of the QR code. */
export async function shownUri(page) {
  await button(page, 'Use URI instead').click();
  const uri = (await page.getByTestId('uri').textContent()).trim();
  await button(page, 'Use QR Code instead').click();
  return uri;
}

export function keyOf(uri) {
  return new URL(uri).searchParams.get('secret');
}

export async function backupCodes(within) {
  const items = within.getByRole('list', { name: 'Backup codes' }).getByRole('listitem');
  await expect(items).toHaveCount(10);
  return items.allTextContents();
}

/** The guide's four steps. Answers the key, the codes and the time step that is used up. */
export async function addTotp(page) {
  await page.goto('/account/manage-mfa/add');
  const key = keyOf(await shownUri(page));
  await button(page, 'Verify').click();
  const step = currentStep();
  await field(page, 'Enter the code from your authentication app').fill(codeAt(key, step));
  await button(page, 'Verify code').click();
  const codes = await backupCodes(page);
  await button(page, 'Finish').click();
  await expectHeading(page, 'Success!');
  return { key, codes, step };
}
