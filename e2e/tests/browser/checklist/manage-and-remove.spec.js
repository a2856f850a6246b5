// Managing and removing: lines 56 to 61 of the accessibility checklist.

import {
  addAuthenticator,
  backupCodes,
  button,
  codeField,
  expectRefused,
  expectView,
  field,
  link,
  send,
  signInWithPassword,
  state,
} from '../../../support/app.js';
import { codeAt, stepAfter } from '../../../support/authenticator.js';
import { expect, newcomer, owner, test } from '../../../support/checklist.js';
import { BEGIN, CODE, GENERATE, REMOVE, changesOf, stepUp } from '../../../support/step_up.js';

const MANAGE = '/account/manage-mfa';

function removeDialog(page) {
  return page.getByRole('dialog', { name: 'Remove authenticator app?', exact: true });
}

function generateDialog(page) {
  return page.getByRole('dialog', { name: 'Generate new backup codes?', exact: true });
}

async function openManage(page) {
  await page.goto(MANAGE);
  await expectView(page, 'Multi-factor authentication');
}

test.describe('Manage and remove', () => {
  test('56 On and Off are words, and Add and Remove say what', async ({ page, server }) => {
    await newcomer(page, server);
    await openManage(page);
    await expect(state(page)).toHaveText('Off');
    await expect(page.getByRole('link', { name: /^Add .*authenticator app/ })).toBeVisible();
    await addAuthenticator(page);
    await link(page, 'Manage multi-factor authentication').click();
    await expect(state(page)).toHaveText('On');
    await expect(page.getByRole('button', { name: /^Remove .*authenticator app/ })).toBeVisible();
  });

  test('57 Remove asks in a modal dialog that has a name, keeps the focus and gives it back', async ({ page, server }) => {
    await owner(page, server);
    await openManage(page);
    for (const [opener, dialog, heading] of [
      ['Remove authenticator app', removeDialog(page), 'Remove authenticator app?'],
      ['Generate new backup codes', generateDialog(page), 'Generate new backup codes?'],
    ]) {
      await button(page, opener).click();
      await expect(dialog).toBeVisible();
      expect(await dialog.evaluate((element) => element.matches('dialog:modal'))).toBe(true);
      await expect(dialog).toHaveAttribute('aria-labelledby', await dialog.getByRole('heading', { name: heading }).getAttribute('id'));
      const focused = () =>
        page.evaluate(() => {
          const element = document.activeElement;
          // Between its last control and its first the focus is with the browser's own.
          return element === document.body ? 'browser' : element.closest('dialog:modal') ? element.innerText.trim() : `outside: ${element.outerHTML}`;
        });
      expect(await focused(), 'the focus is inside').not.toBe('browser');
      const stops = new Set();
      for (const key of [...Array(8).fill('Tab'), ...Array(8).fill('Shift+Tab')]) {
        await page.keyboard.press(key);
        stops.add(await focused());
      }
      stops.delete('browser');
      expect([...stops].sort()).toEqual(['Cancel', opener.split(' ')[0]].sort());
      await page.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
      await expect(button(page, opener)).toBeFocused();
    }
  });

  test('58 Cancel sends nothing; after a check of who it is the removal goes on by itself', async ({ page, server, watch }) => {
    const person = await owner(page, server);
    await openManage(page);
    const changes = changesOf(page);
    await button(page, 'Remove authenticator app').click();
    await button(removeDialog(page), 'Cancel').click();
    await expect(removeDialog(page)).toBeHidden();
    await expect(button(page, 'Remove authenticator app')).toBeFocused();
    expect(changes).toEqual([]);

    server.makeStale(person);
    await button(page, 'Remove authenticator app').click();
    watch.refusal(403);
    await button(removeDialog(page), 'Remove').click();
    await expect(codeField(stepUp(page))).toBeFocused();
    await send(stepUp(page), codeField(stepUp(page)), codeAt(person.secret, await stepAfter(person.step)), 'Continue');
    await expect(state(page)).toHaveText('Off');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect(changes).toEqual([REMOVE, BEGIN, CODE, REMOVE]);
  });

  test('59 after the removal a message says so, Add is there, and the password is enough', async ({ page, server }) => {
    const person = await owner(page, server);
    await openManage(page);
    await button(page, 'Remove authenticator app').click();
    await button(removeDialog(page), 'Remove').click();
    await expect(page.getByRole('status').filter({ hasText: 'Authenticator app removed.' })).toBeVisible();
    await expect(link(page, 'Add authenticator app')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    await page.context().clearCookies();
    await signInWithPassword(page, person);
    await expectView(page, 'Multi-factor authentication');
    await expect(state(page)).toHaveText('Off');
  });

  test('60 new backup codes take the place of the old ones, which is said before', async ({ page, server, watch }) => {
    const person = await owner(page, server);
    await openManage(page);
    const changes = changesOf(page);
    await button(page, 'Generate new backup codes').click();
    await expect(generateDialog(page)).toContainText('Your old codes will stop working');
    await button(generateDialog(page), 'Cancel').click();
    expect(changes).toEqual([]);
    await button(page, 'Generate new backup codes').click();
    await button(generateDialog(page), 'Generate').click();
    const codes = await backupCodes(page);
    expect(changes).toEqual([GENERATE]);
    expect(codes.filter((code) => person.codes.includes(code))).toEqual([]);
    await expect(page.getByRole('heading', { name: 'Your new backup codes' })).toBeFocused();
    await button(page, 'Done').click();

    await page.context().clearCookies();
    await signInWithPassword(page, person);
    await expectView(page, 'Enter your code');
    await button(page, 'Use a backup code').click();
    watch.refusal(422);
    await send(page, field(page, 'Backup code'), person.codes[0], 'Continue');
    await expectRefused(page, field(page, 'Backup code'), 'That backup code is not correct.');
    await send(page, field(page, 'Backup code'), codes[0], 'Continue');
    await expectView(page, 'Multi-factor authentication');
  });

  test('61 the last sign-in and the last use are times that programs can read', async ({ page, server }) => {
    const began = Date.now();
    await owner(page, server);
    await openManage(page);
    for (const [label, time] of [
      ['Since', page.locator('dt', { hasText: 'Since' }).locator('xpath=following-sibling::dd').locator('time')],
      ['Last used', page.locator('dt', { hasText: 'Last used' }).locator('xpath=following-sibling::dd').locator('time')],
      ['Last sign-in', page.locator('p', { hasText: 'Last sign-in' }).locator('time')],
    ]) {
      await expect(time, label).toBeVisible();
      const moment = await time.getAttribute('datetime');
      expect(moment, label).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Date.parse(moment), label).toBeGreaterThanOrEqual(began - 60_000);
      expect(Date.parse(moment), label).toBeLessThanOrEqual(Date.now());
      const shown = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(Date.parse(moment));
      await expect(time, label).toHaveText(shown);
    }
  });
});
