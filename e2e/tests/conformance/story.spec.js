// The guide's story in an app that knows nothing of Twofold: Clerk's own client and React hooks. Each test goes on where
// the last one ended, and the document is never loaded anew where the guide's pages would not do so either.

import { codeAt, currentStep, stepAfter, timeInStep, wrongCode } from '../../support/authenticator.js';
import { newPerson } from '../../support/app.js';
import {
  backupCodes,
  button,
  expectHeading,
  expectRefused,
  expectUser,
  fact,
  field,
  keyOf,
  link,
  qrCode,
  sendSecondFactor,
  shownUri,
  signIn,
  signInWithPassword,
  signOut,
  signUp,
} from '../../support/clerk-app.js';
import { readQr } from '../../support/qr.js';
import { Visitor, expect, test } from '../../support/site.js';

test.describe.configure({ mode: 'serial', timeout: 120_000 });

const ON = { 'totp-enabled': true, 'two-factor-enabled': true, 'backup-code-enabled': true };
const OFF = { 'totp-enabled': false, 'two-factor-enabled': false, 'backup-code-enabled': false };
const CODE_FIELD = 'Enter the code from your authentication app';

test.describe('The story with the real client', () => {
  const person = newPerson();
  let visitor;
  let page;
  let key;
  let codes;
  /** The newest time step whose code the server has accepted. */
  let acceptedStep;

  test.beforeAll(async ({ browser, site }) => {
    visitor = await Visitor.arrive(browser, site);
    page = visitor.page;
  });

  test.afterEach(() => visitor.verify());

  test.afterAll(() => visitor?.leave());

  test('a visitor is told to log in, and the client is there', async () => {
    await page.goto('/account/manage-mfa');
    await expect(page.getByText('You must be logged in to access this page')).toBeVisible();
    await page.goto('/account/manage-mfa/add');
    await expect(page.getByText('You must be logged in to access this page')).toBeVisible();
    expect(await page.evaluate(() => window.Clerk.version)).toMatch(/^6\.40\./);
  });

  test('signing up brings a session, and the hooks know the user', async () => {
    await signUp(page, person);
    await expectUser(page, { 'signed-in': true, email: person.email, ...OFF });
    expect(await fact(page, 'user-id')).toMatch(/^user_/);
    expect(await fact(page, 'session-id')).toMatch(/^sess_/);
    expect(Number((await visitor.cookies()).__client_uat)).toBeGreaterThan(Date.now() / 1000 - 60);
  });

  test('the QR code is the URI that is shown instead of it', async () => {
    await link(page, 'Add').click();
    await expectHeading(page, 'Add TOTP MFA');
    const read = await readQr(await qrCode(page).screenshot());
    const uri = await shownUri(page);
    expect(read).toEqual({ zbar: uri, jsqr: uri, zxing: uri });
    expect(uri).toMatch(/^otpauth:\/\/totp\/Twofold:/);
    key = keyOf(uri);
    await expectUser(page, OFF);
  });

  test('a wrong code is refused with the words of the API', async () => {
    await button(page, 'Verify').click();
    await expectHeading(page, 'Verify TOTP');
    visitor.watch.refusal(422);
    await field(page, CODE_FIELD).fill(wrongCode(key));
    await button(page, 'Verify code').click();
    await expectRefused(page, 'form_code_incorrect');
    await expect(page.getByRole('alert').getByRole('listitem')).toHaveAttribute('data-param', 'code');
    await expectUser(page, OFF);
  });

  test('Reset makes a new secret', async () => {
    await button(page, 'Reset').click();
    await expectHeading(page, 'Add TOTP MFA');
    const uri = await shownUri(page);
    expect(keyOf(uri)).not.toBe(key);
    key = keyOf(uri);
    await button(page, 'Verify').click();
  });

  test('the right code turns the factor on, and whatever shows the user shows it', async () => {
    const before = Number(await fact(page, 'updated-at'));
    // At the sign-in below this code must still be one that would be right, were it not used.
    await timeInStep(15);
    acceptedStep = currentStep();
    await field(page, CODE_FIELD).fill(codeAt(key, acceptedStep));
    await button(page, 'Verify code').click();
    await expectHeading(page, 'Backup codes');
    codes = await backupCodes(page);
    expect(new Set(codes).size).toBe(10);
    await expectUser(page, ON);
    expect(Number(await fact(page, 'updated-at'))).toBeGreaterThan(before);

    await button(page, 'Finish').click();
    await expectHeading(page, 'Success!');
    await expect(page.getByText('You have successfully added TOTP MFA via an authentication application.')).toBeVisible();
  });

  test('new backup codes take the place of the old ones', async () => {
    await link(page, 'Back to the settings').click();
    await expectHeading(page, 'User MFA Settings');
    const made = visitor.count();
    await button(page, 'Generate').click();
    const old = codes;
    codes = await backupCodes(page);
    expect(codes.filter((code) => old.includes(code))).toEqual([]);
    expect(made(/^POST \/v1\/me\/backup_codes\/?$/)).toBe(1);
    await button(page, 'Done').click();
    await expect(page.getByRole('list', { name: 'Backup codes' })).toHaveCount(0);
  });

  test('signing out ends the session everywhere', async () => {
    await signOut(page);
    await expectUser(page, { 'signed-in': false });
    const cookies = await visitor.cookies();
    expect(cookies.__client_uat).toBe('0');
    expect(Object.keys(cookies).filter((name) => name.startsWith('__session'))).toEqual([]);
    await page.goto('/account/manage-mfa');
    await expect(page.getByText('You must be logged in to access this page')).toBeVisible();
  });

  test('the code of the set-up is used up; the next one signs in', async () => {
    await signInWithPassword(page, person);
    visitor.watch.refusal(422);
    await sendSecondFactor(page, 'totp', codeAt(key, acceptedStep));
    await expectRefused(page, 'form_code_incorrect', 'That code has already been used.');
    await expectUser(page, { 'signed-in': false });

    // The half-done sign-in is still there in a document that is loaded anew.
    await page.reload();
    acceptedStep = await stepAfter(acceptedStep);
    await sendSecondFactor(page, 'totp', codeAt(key, acceptedStep));
    await expectHeading(page, 'User MFA Settings');
    await expectUser(page, { 'signed-in': true, email: person.email, ...ON });
  });

  test('a backup code signs in, once', async () => {
    await signOut(page);
    await signIn(page, person, 'backup_code', codes[0]);
    await expectUser(page, ON);
    await signOut(page);
    await signInWithPassword(page, person);
    visitor.watch.refusal(422);
    await sendSecondFactor(page, 'backup_code', codes[0]);
    await expectRefused(page, 'form_code_incorrect');
    await sendSecondFactor(page, 'backup_code', codes[1]);
    await expectHeading(page, 'User MFA Settings');
  });

  test('the newer hooks sign in as well', async () => {
    await signOut(page);
    await signInWithPassword(page, person, '/sign-in/signals');
    visitor.watch.refusal(422);
    await sendSecondFactor(page, 'backup_code', codes[1]);
    await expectRefused(page, 'form_code_incorrect');
    await sendSecondFactor(page, 'backup_code', codes[2]);
    await expectHeading(page, 'User MFA Settings');
    await expectUser(page, { 'signed-in': true, ...ON });

    await signOut(page);
    await signInWithPassword(page, person, '/sign-in/signals');
    acceptedStep = await stepAfter(acceptedStep);
    await sendSecondFactor(page, 'totp', codeAt(key, acceptedStep));
    await expectHeading(page, 'User MFA Settings');
  });

  test('the sessions of the user are listed, and one of another browser can be ended', async ({ browser, site }) => {
    const other = await Visitor.arrive(browser, site);
    await signIn(other.page, person, 'backup_code', codes[3]);
    const otherSession = await fact(other.page, 'session-id');

    await link(page, 'Sessions').click();
    const sessions = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
    await expect(sessions).toHaveCount(2);
    await expect(sessions.filter({ hasText: '(this one)' })).toHaveAttribute('data-id', await fact(page, 'session-id'));
    const theirs = page.locator(`li[data-id="${otherSession}"]`);
    await expect(theirs).toContainText('active');
    await button(theirs, 'Revoke').click();
    await expect(theirs).toContainText('revoked');
    await page.reload();
    await expect(sessions).toHaveCount(1);

    // The other browser notices at its next call, signs itself out and asks nothing twice.
    other.watch.refusal(401);
    await button(other.page, 'Reload user').click();
    await expectUser(other.page, { 'signed-in': false });
    await expectRefused(other.page, 'signed_out');
    other.verify();
    await other.leave();
    await expectUser(page, { 'signed-in': true });
  });

  test('after Remove the password is enough', async () => {
    await link(page, 'Manage MFA').click();
    const before = Number(await fact(page, 'updated-at'));
    await button(page, 'Remove').click();
    await expect(link(page, 'Add')).toBeVisible();
    await expectUser(page, OFF);
    expect(Number(await fact(page, 'updated-at'))).toBeGreaterThan(before);

    await signOut(page);
    await signInWithPassword(page, person);
    await expectHeading(page, 'User MFA Settings');
    await expectUser(page, { 'signed-in': true, ...OFF });
  });
});
