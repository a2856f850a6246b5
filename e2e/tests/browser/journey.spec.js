// The whole story of one account, as the guide tells it, in one browser. Each test goes on where the last one ended.

import { readFileSync } from 'node:fs';
import { codeAt, currentStep, stepAfter, timeInStep, wrongCode } from '../../support/authenticator.js';
import {
  MUST_SIGN_IN,
  USED_BACKUP_CODE,
  USED_CODE,
  WRONG_CODE,
  backupCodes,
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
  shownUri,
  signInWithPassword,
  signOut,
  state,
} from '../../support/app.js';
import { readQr } from '../../support/qr.js';
import { Watch, expect, expectNowhere, inspect, inspectAll, test } from '../../support/test.js';

// Nobody types as many codes in ten seconds as a quick machine does here; that a server slows them down is tested elsewhere.
test.use({ settings: { TWOFOLD_RATE_LIMITS: 'off' } });

test.describe.configure({ mode: 'serial', timeout: 120_000 });

test.describe('The journey', () => {
  const person = newPerson();
  /** Everything that nobody but the user and the server may know. */
  const secrets = [person.password];
  let context;
  let page;
  let watch;
  let key;
  let codes;
  /** The newest time step whose code the server has accepted. */
  let acceptedStep;

  test.beforeAll(async ({ browser, server }) => {
    context = await browser.newContext({ baseURL: server.url });
    watch = new Watch(server.url);
    watch.follow(context);
    page = await context.newPage();
  });

  // After every step, not only at the end, so that the step at fault is the one that fails.
  test.afterEach(async ({ server }) => {
    watch.verify();
    await expectNowhere(page, secrets);
    for (const secret of secrets) {
      expect(server.output, 'a secret in the log').not.toContain(secret);
    }
  });

  test.afterAll(async () => {
    await context.close();
  });

  test('a visitor is told to sign in, and is led back to the page', async () => {
    await page.goto('/account/manage-mfa');
    await expectView(page, MUST_SIGN_IN);
    await inspectAll(page, '01-visitor');
    await link(page, 'Sign in').click();
    await expectView(page, 'Sign in');
    const wayBack = new URL(page.url()).searchParams.get('return_to');
    expect(wayBack).toBe('/account/manage-mfa');
    await inspectAll(page, '02-sign-in');
  });

  test('a new account has multi-factor authentication off', async () => {
    await link(page, 'Create an account').click();
    await expectView(page, 'Create your account');
    await inspectAll(page, '03-sign-up');
    await field(page, 'Email address').fill(person.email);
    await field(page, 'Password').fill(person.password);
    await button(page, 'Create account').click();
    await expectView(page, 'Multi-factor authentication');
    await expect(state(page)).toHaveText('Off');
    await expect(page.getByRole('banner')).toContainText(person.email);
    await expect(page.getByRole('heading', { name: 'Backup codes' })).toHaveCount(0);
    await inspectAll(page, '04-manage-off');
  });

  test('what recognises the browser cannot be read by scripts', async () => {
    const cookies = Object.fromEntries((await context.cookies()).map((cookie) => [cookie.name, cookie]));
    expect(Object.keys(cookies).sort()).toEqual(['__client_uat', 'client', 'device']);
    expect(cookies.device).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' });
    expect(cookies.client).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' });
    expect(cookies.__client_uat.httpOnly).toBe(false);
    expect(await page.evaluate(() => document.cookie)).not.toContain(cookies.client.value);
    expect(await page.evaluate(() => document.cookie)).not.toContain(cookies.device.value);
    secrets.push(cookies.client.value, cookies.device.value);
  });

  test('zbar, jsQR and zxing read the QR code as the URI that is shown instead of it', async () => {
    key = await openAddPage(page);
    secrets.push(key, key.replace(/(.{4})(?=.)/g, '$1 '));
    await expect(page.getByText('Step 1 of 4')).toBeVisible();
    await expect(qrCode(page)).toBeVisible();
    const uri = await shownUri(page);
    const account = encodeURIComponent(person.email);
    // Every parameter in its place, so that no app can read it differently.
    expect(uri.replaceAll('%40', '@')).toBe(
      `otpauth://totp/Twofold:${account}?algorithm=SHA1&digits=6&issuer=Twofold&period=30&secret=${key}`.replaceAll('%40', '@'),
    );
    await expect(link(page, 'Open in an authenticator app on this device')).toHaveAttribute('href', uri);

    const wide = page.viewportSize();
    for (const scheme of ['light', 'dark']) {
      for (const width of [wide.width, 320]) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: wide.height });
        const read = await readQr(await qrCode(page).screenshot());
        expect(read, `${scheme}, ${width} px`).toEqual({ zbar: uri, jsqr: uri, zxing: uri });
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(wide);
    await inspectAll(page, '05-add');

    await button(page, 'Use URI instead').click();
    await expect(qrCode(page)).toHaveCount(0);
    await inspectAll(page, '06-add-uri');
    await button(page, 'Use QR code instead').click();
  });

  test('Reset makes a new setup key and says so', async () => {
    const old = key;
    await button(page, 'Reset').click();
    await expect(page.getByRole('status').filter({ hasText: 'New setup key made. The old one no longer works.' })).toBeVisible();
    await expect(page.getByTestId('setup-key')).not.toHaveText(old.replace(/(.{4})(?=.)/g, '$1 '));
    key = await setupKey(page);
    expect(key).not.toBe(old);
    secrets.push(key);
    const uri = await shownUri(page);
    expect(uri).toContain(`secret=${key}`);
    expect(await readQr(await qrCode(page).screenshot())).toEqual({ zbar: uri, jsqr: uri, zxing: uri });
    await inspect(page, '07-add-reset');
  });

  test('a wrong code is refused in words, and the second one with the time that the server has', async () => {
    await button(page, 'Verify').click();
    await expectView(page, 'Verify your authenticator app');
    await expect(page.getByText('Step 2 of 4')).toBeVisible();
    await inspectAll(page, '08-verify');

    await button(page, 'Verify code').click();
    await expectRefused(page, codeField(page), 'Enter the 6-digit code from your authenticator app');
    await send(page, codeField(page), '12345', 'Verify code');
    await expectRefused(page, codeField(page), 'The code must be 6 digits');

    watch.refusal(422);
    const wrong = wrongCode(key);
    await send(page, codeField(page), wrong, 'Verify code');
    await expectRefused(page, codeField(page), WRONG_CODE);
    await expect(codeField(page)).toHaveValue(wrong);
    await expect(codeField(page)).toBeFocused();
    await expect(page.getByText('Authenticator codes depend on the time.')).toHaveCount(0);
    await inspectAll(page, '09-verify-wrong-code');

    watch.refusal(422);
    await button(page, 'Verify code').click();
    await expect(
      page.getByText(/Authenticator codes depend on the time\. Our time is \d\d:\d\d:\d\d UTC; check that your device's clock is automatic\./),
    ).toBeVisible();
  });

  test('the right code brings ten backup codes', async () => {
    // At the sign-in below this code must still be one that would be right, were it not used.
    await timeInStep(15);
    acceptedStep = currentStep();
    await send(page, codeField(page), codeAt(key, acceptedStep), 'Verify code');
    await expectView(page, 'Backup codes');
    await expect(page.getByText('Step 3 of 4')).toBeVisible();
    codes = await backupCodes(page);
    expect(new Set(codes).size).toBe(10);
    for (const shown of codes) {
      expect(shown).toMatch(/^[a-z2-9]{5}-[a-z2-9]{5}$/i);
    }
    secrets.push(...codes);
    await inspectAll(page, '10-backup-codes');
  });

  test('Finish waits until the codes are saved', async () => {
    await button(page, 'Finish').click();
    await expect(page.getByLabel('I have saved these codes')).toHaveAccessibleDescription(
      /Tick the box when you have saved your codes/,
    );
    await expect(page).toHaveTitle('Error: Backup codes – Twofold');
    await inspect(page, '11-backup-codes-not-saved');

    const download = page.waitForEvent('download');
    await button(page, 'Download codes').click();
    const file = await download;
    expect(file.suggestedFilename()).toBe(`twofold-backup-codes-${person.email}.txt`);
    const lines = readFileSync(await file.path(), 'utf8').split('\n');
    expect(lines.filter((line) => codes.includes(line))).toEqual(codes);

    await page.getByLabel('I have saved these codes').check();
    await button(page, 'Finish').click();
    await expectView(page, 'Success!');
    await expect(page.getByText('Step 4 of 4')).toBeVisible();
    await expect(
      page.getByText('You have successfully added multi-factor authentication with an authenticator app.'),
    ).toBeVisible();
    await expectNoCodes();
    await inspectAll(page, '12-success');
    await link(page, 'Manage multi-factor authentication').click();
    await expectView(page, 'Multi-factor authentication');
    await expect(state(page)).toHaveText('On');
    await expect(page.getByText('10 of 10 codes left')).toBeVisible();
    await inspectAll(page, '13-manage-on');
  });

  test('the code of the set-up is used up for signing in; the next one signs in', async () => {
    await signOut(page);
    await inspect(page, '14-signed-out');
    await signInWithPassword(page, person);
    await expectView(page, 'Enter your code');
    await expect(page.getByRole('main')).toContainText(person.email);

    watch.refusal(422);
    await send(page, codeField(page), codeAt(key, acceptedStep), 'Continue');
    await expectRefused(page, codeField(page), USED_CODE);
    await inspectAll(page, '15-sign-in-used-code');

    acceptedStep = await stepAfter(acceptedStep);
    await send(page, codeField(page), codeAt(key, acceptedStep), 'Continue');
    await expectView(page, 'Multi-factor authentication');
    await expect(state(page)).toHaveText('On');
  });

  test('the code that signed in is used up; a backup code signs in, however it is typed', async () => {
    await signOut(page);
    await signInWithPassword(page, person);
    await expectView(page, 'Enter your code');
    watch.refusal(422);
    await send(page, codeField(page), codeAt(key, acceptedStep), 'Continue');
    await expectRefused(page, codeField(page), USED_CODE);

    await button(page, 'Use a backup code').click();
    await expectView(page, 'Enter a backup code');
    await inspectAll(page, '16-sign-in-backup-code');
    await send(page, field(page, 'Backup code'), ` ${codes[0].replace('-', '').toUpperCase()} `, 'Continue');
    await expectView(page, 'Multi-factor authentication');
    await expect(page.getByText('9 of 10 codes left')).toBeVisible();
    await inspect(page, '17-nine-codes-left');
  });

  test('a used backup code is refused; a newer code of the app signs in', async () => {
    await signOut(page);
    await signInWithPassword(page, person);
    await expectView(page, 'Enter your code');
    await button(page, 'Use a backup code').click();
    await expectView(page, 'Enter a backup code');
    watch.refusal(422);
    await send(page, field(page, 'Backup code'), codes[0], 'Continue');
    await expectRefused(page, field(page, 'Backup code'), USED_BACKUP_CODE);
    await inspectAll(page, '18-sign-in-used-backup-code');

    await button(page, 'Use your authenticator app').click();
    await expectView(page, 'Enter your code');
    acceptedStep = await stepAfter(acceptedStep);
    await send(page, codeField(page), codeAt(key, acceptedStep), 'Continue');
    await expectView(page, 'Multi-factor authentication');
  });

  test('new backup codes take the place of the old ones', async () => {
    await button(page, 'Generate new backup codes').click();
    const dialog = page.getByRole('dialog', { name: 'Generate new backup codes?' });
    await expect(dialog).toContainText('Your old codes will stop working.');
    await inspectAll(page, '19-generate-dialog');
    await dialog.getByRole('button', { name: 'Cancel', exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText('9 of 10 codes left')).toBeVisible();

    await button(page, 'Generate new backup codes').click();
    await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
    const old = codes;
    codes = await backupCodes(page);
    secrets.push(...codes);
    expect(old.filter((code) => codes.includes(code))).toEqual([]);
    await inspectAll(page, '20-new-backup-codes');
    await button(page, 'Done').click();
    await expectNoCodes();
    await expect(page.getByText('10 of 10 codes left')).toBeVisible();

    await signOut(page);
    await signInWithPassword(page, person);
    await expectView(page, 'Enter your code');
    await button(page, 'Use a backup code').click();
    await expectView(page, 'Enter a backup code');
    watch.refusal(422);
    await send(page, field(page, 'Backup code'), old[1], 'Continue');
    await expectRefused(page, field(page, 'Backup code'), 'That backup code is not correct.');
    await send(page, field(page, 'Backup code'), codes[1], 'Continue');
    await expectView(page, 'Multi-factor authentication');
  });

  test('after Remove the password is enough', async () => {
    await button(page, 'Remove authenticator app').click();
    const dialog = page.getByRole('dialog', { name: 'Remove authenticator app?' });
    await expect(dialog).toBeVisible();
    await inspectAll(page, '21-remove-dialog');
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(button(page, 'Remove authenticator app')).toBeFocused();
    await expect(state(page)).toHaveText('On');

    await button(page, 'Remove authenticator app').click();
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect(page.getByRole('status').filter({ hasText: 'Authenticator app removed.' })).toBeVisible();
    await expect(state(page)).toHaveText('Off');
    await expect(link(page, 'Add authenticator app')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Backup codes' })).toHaveCount(0);
    await inspectAll(page, '22-removed');

    await signOut(page);
    await signInWithPassword(page, person);
    await expectView(page, 'Multi-factor authentication');
    await expect(state(page)).toHaveText('Off');
  });

  /** Codes that were shown are nowhere in the document any more. */
  async function expectNoCodes() {
    const content = await page.content();
    for (const code of codes) {
      expect(content).not.toContain(code);
    }
  }
});
