// States of the pages that people meet rarely: locked, few codes or none, on paper.

import { wrongCode } from '../../support/authenticator.js';
import {
  addAuthenticator,
  backupCodes,
  button,
  codeField,
  expectView,
  field,
  link,
  newPerson,
  openAddPage,
  send,
  signInWithPassword,
  signOut,
  signUp,
} from '../../support/app.js';
import { expect, inspect, inspectAll, picture, test } from '../../support/test.js';

const ATTEMPTS = 5;

// Nobody types as many codes in ten seconds as these tests do; that a server slows them down is tested elsewhere.
test.use({ settings: { TWOFOLD_RATE_LIMITS: 'off', TWOFOLD_LOCKOUT_ATTEMPTS: String(ATTEMPTS) } });

// Twelve passwords and codes are hashed here, and axe looks at many pictures.
test.describe.configure({ timeout: 120_000 });

function alert(page, words) {
  return page.getByRole('alert').filter({ hasText: words });
}

/** So many codes in a row that every further one is refused. */
async function lock(page, key, submit, watch) {
  const wrong = wrongCode(key);
  for (let attempt = 1; attempt <= ATTEMPTS + 1; attempt += 1) {
    watch.refusal(attempt > ATTEMPTS ? 403 : 422);
    const replied = page.waitForResponse((response) => response.request().method() === 'POST');
    await send(page, codeField(page), wrong, submit);
    await replied;
    await expect(button(page, submit)).not.toHaveAttribute('aria-disabled');
  }
}

test.describe('A locked account', () => {
  test('says for how many minutes, at sign-in with a code and then with the password', async ({ page, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    const { key } = await addAuthenticator(page);
    await signOut(page);
    await signInWithPassword(page, person);
    await expectView(page, 'Enter your code');
    await lock(page, key, 'Continue', watch);
    await expect(alert(page, 'Too many wrong codes. Try again in 60 minutes')).toBeVisible();
    await inspectAll(page, '42-locked-code');
    await page.goBack();
    await expectView(page, 'Sign in');
    watch.refusal(403);
    await field(page, 'Email address').fill(person.email);
    await send(page, field(page, 'Password'), person.password, 'Sign in');
    await expect(alert(page, 'Too many wrong tries. Try again in 60 minutes.')).toBeVisible();
    await expect(field(page, 'Email address')).toHaveValue(person.email);
    await inspectAll(page, '43-locked-password');
  });

  test('says so at the first code of a new app, and the last tries are counted down before', async ({ page, watch }) => {
    await signUp(page, newPerson());
    const key = await openAddPage(page);
    await button(page, 'Verify').click();
    await expectView(page, 'Verify your authenticator app');
    const wrong = wrongCode(key);
    for (const left of [4, 3, 2, 1]) {
      watch.refusal(422);
      await send(page, codeField(page), wrong, 'Verify code');
      await expect(codeField(page)).toBeFocused();
      const warning = `${left} ${left === 1 ? 'try' : 'tries'} left before the account is locked.`;
      await expect(page.getByText(warning)).toHaveCount(left <= 2 ? 1 : 0);
    }
    watch.refusal(422);
    await send(page, codeField(page), wrong, 'Verify code');
    await expect(page.getByText('No tries are left: the account is locked for a while.')).toBeVisible();
    watch.refusal(403);
    await send(page, codeField(page), wrong, 'Verify code');
    await expect(alert(page, 'Too many wrong codes. Try again in 60 minutes.')).toBeVisible();
    await expect(codeField(page)).toHaveValue(wrong);
    await inspectAll(page, '44-locked-verify');
  });
});

test.describe('Backup codes', () => {
  test('four left are no reason to warn, three are, and none says so', async ({ page, server }) => {
    const person = newPerson();
    await signUp(page, person);
    await addAuthenticator(page);
    for (const [used, left, warning] of [
      [6, 4, null],
      [7, 3, 'You are running out of backup codes.'],
      [10, 0, 'You have no backup codes left.'],
    ]) {
      server.useBackupCodes(person, used);
      await page.goto('/account/manage-mfa');
      await expectView(page, 'Multi-factor authentication');
      await expect(page.getByText(`${left} of 10 codes left`)).toBeVisible();
      await expect(page.locator('.notice-warning p')).toHaveCount(warning ? 1 : 0);
      if (warning) await expect(page.locator('.notice-warning')).toContainText(warning);
      await expect(button(page, 'Generate new backup codes')).toBeVisible();
      if (left === 3) await inspectAll(page, '45-three-codes-left');
      if (left === 0) await inspect(page, '46-no-codes-left');
    }
  });

  test('on paper are the codes, whose they are and from when, and nothing else', async ({ page }) => {
    const person = newPerson();
    await signUp(page, person);
    await addAuthenticator(page);
    await link(page, 'Manage multi-factor authentication').click();
    await expectView(page, 'Multi-factor authentication');
    await button(page, 'Generate new backup codes').click();
    await button(page.getByRole('dialog'), 'Generate').click();
    const codes = await backupCodes(page);
    await expect(page.getByText(/^Twofold backup codes for/)).toBeHidden();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await expect(page.getByText(`Twofold backup codes for ${person.email}, `)).toBeVisible();
    await expect(page.getByText(/, \d+ \w+ 20\d\d, \d\d:\d\d$/)).toBeVisible();
    for (const code of codes) await expect(page.getByText(code)).toBeVisible();
    for (const role of ['banner', 'contentinfo', 'button', 'link']) {
      await expect(page.getByRole(role), role).toHaveCount(0);
    }
    await expect(page.getByText('Where you are signed in')).toBeHidden();
    const colours = await page.getByText(codes[0]).evaluate((code) => {
      const { color } = getComputedStyle(code);
      const { backgroundColor } = getComputedStyle(code.closest('ol'));
      return { color, backgroundColor, page: getComputedStyle(document.documentElement).backgroundColor };
    });
    expect(colours).toEqual({ color: 'rgb(0, 0, 0)', backgroundColor: 'rgb(255, 255, 255)', page: 'rgb(255, 255, 255)' });
    await picture(page, '47-print');
  });
});
