// The step with the backup codes: lines 49 to 55 of the accessibility checklist.

import { readFileSync } from 'node:fs';
import { button, expectView, verifyAuthenticator } from '../../../support/app.js';
import { expect, newcomer, overflow, pasted, restyle, test } from '../../../support/checklist.js';
import { PNG } from 'pngjs';

const BUTTONS = ['Download codes', 'Copy codes', 'Print codes'];

/** Somebody new at the step; with what they have to keep. */
async function openCodes(page, server) {
  const person = await newcomer(page, server);
  await page.goto('/account/manage-mfa');
  return { ...person, ...(await verifyAuthenticator(page)) };
}

function saved(page) {
  return page.getByLabel('I have saved these codes');
}

/** Asks the browser to load the page again; answers the kind of the question that it asks first, if any. */
async function reload(page, answer) {
  let asked = null;
  page.once('dialog', async (dialog) => {
    asked = dialog.type();
    await dialog[answer]();
  });
  await page.evaluate(() => {
    setTimeout(() => location.reload(), 0);
  });
  return () => asked;
}

test.describe('Backup codes', () => {
  test('49 ten codes are a list, in letters of one width, none of them broken on a narrow screen with large text', async ({ page, server }) => {
    await openCodes(page, server);
    const list = page.getByTestId('backup-codes');
    expect(await list.evaluate(({ tagName }) => tagName)).toMatch(/^[OU]L$/);
    await expect(list.getByRole('listitem')).toHaveCount(10);
    const restore = await restyle(page, ':root { font-size: 200% !important }');
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 640 });
      const codes = await list.locator('code').evaluateAll((all) =>
        all.map((code) => {
          const range = document.createRange();
          range.selectNodeContents(code);
          const wide = document.createElement('code');
          const narrow = document.createElement('code');
          [wide.textContent, narrow.textContent] = ['wwww', 'iiii'];
          code.after(wide, narrow);
          const isMonospace = wide.getBoundingClientRect().width === narrow.getBoundingClientRect().width;
          wide.remove();
          narrow.remove();
          const { right } = code.getBoundingClientRect();
          return { lines: range.getClientRects().length, isMonospace, isInside: right <= code.closest('ol, ul').getBoundingClientRect().right };
        }),
      );
      expect(codes, `${width} px`).toEqual(Array(10).fill({ lines: 1, isMonospace: true, isInside: true }));
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    await restore();
  });

  test('50 Finish does nothing until the codes are saved, and says why at the box', async ({ page, server }) => {
    await openCodes(page, server);
    await button(page, 'Finish').click();
    await expect(page).toHaveTitle('Error: Backup codes – Twofold');
    const error = page.getByRole('alert').filter({ hasText: 'Tick the box when you have saved your codes' });
    await expect(error).toBeVisible();
    await expect(saved(page)).toHaveAttribute('aria-invalid', 'true');
    await expect(saved(page)).toHaveAttribute('aria-describedby', await error.getAttribute('id'));
    await expect(saved(page)).toBeFocused();
    await expect(page.getByTestId('backup-codes')).toBeVisible();
    await page.keyboard.press('Space');
    await expect(saved(page)).toBeChecked();
    await button(page, 'Finish').click();
    await expectView(page, 'Success!');
  });

  test('51 the downloaded file says whose codes these are, from when, and how to use them', async ({ page, server }) => {
    const { email, codes } = await openCodes(page, server);
    const downloading = page.waitForEvent('download');
    await button(page, 'Download codes').click();
    const file = await downloading;
    expect(file.suggestedFilename()).toBe(`twofold-backup-codes-${email}.txt`);
    const text = readFileSync(await file.path(), 'utf8');
    const lines = text.split('\n');
    expect(lines[0]).toContain('Twofold');
    expect(lines).toContain(`Account: ${email}`);
    expect(text).toMatch(new RegExp(`^Date: .*${new Date().getUTCFullYear()}`, 'm'));
    expect(lines.filter((line) => codes.includes(line)), 'one a line, in their order').toEqual(codes);
    expect(text).toContain('Each code works once.');
    await expect(button(page, 'Download codes')).toBeFocused();
  });

  test('52 the copied codes are one a line, and it is said', async ({ page, server }) => {
    const { codes } = await openCodes(page, server);
    await button(page, 'Copy codes').click();
    await expect(page.getByRole('status').filter({ hasText: /^Copied$/ })).toBeVisible();
    expect(await pasted(page.context())).toBe(codes.join('\n'));
    await expect(button(page, 'Copy codes')).toBeFocused();
  });

  test('53 on paper are the codes, the account and the date, black on white, and nothing else to press', async ({ page, server }) => {
    const { email, codes } = await openCodes(page, server);
    await page.evaluate(() => {
      window.print = () => {
        window.printed = (window.printed ?? 0) + 1;
      };
    });
    await button(page, 'Print codes').click();
    expect(await page.evaluate(() => window.printed)).toBe(1);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ media: 'print', colorScheme });
      for (const code of codes) await expect(page.getByText(code, { exact: true })).toBeVisible();
      await expect(page.getByText(new RegExp(`Twofold backup codes for ${email}, .*${new Date().getUTCFullYear()}`))).toBeVisible();
      await expect(page.getByRole('banner')).toBeHidden();
      await expect(page.getByRole('button')).toHaveCount(0);
      await expect(page.getByRole('link')).toHaveCount(0);
      await expect(page.getByRole('checkbox')).toHaveCount(0);
      const colours = await page.getByTestId('backup-codes').locator('code').evaluateAll((all) => [...new Set(all.map((code) => getComputedStyle(code).color))]);
      expect(colours, colorScheme).toEqual(['rgb(0, 0, 0)']);
      const { data } = PNG.sync.read(await page.screenshot());
      expect([...data.subarray(0, 3)], `${colorScheme}: the paper`).toEqual([255, 255, 255]);
    }
  });

  test('54 the three ways to keep the codes are buttons with words on them', async ({ page, server }) => {
    await openCodes(page, server);
    for (const name of BUTTONS) {
      await expect(button(page, name)).toBeVisible();
      expect((await button(page, name).innerText()).trim()).toBe(name);
    }
  });

  test('55 leaving unsaved codes asks first, by the page and by the browser, and not once they are saved', async ({ page, server }) => {
    const { codes } = await openCodes(page, server);
    const unsaved = await reload(page, 'dismiss');
    await expect.poll(unsaved).toBe('beforeunload');
    await expect(page.getByTestId('backup-codes').getByRole('listitem')).toHaveText(codes);

    const question = page.getByRole('dialog', { name: 'Leave without saving your codes?' });
    for (const leave of [() => page.goBack(), () => page.getByRole('link', { name: 'Twofold' }).click(), () => button(page, 'Sign out').click()]) {
      await leave();
      await expect(question).toBeVisible();
      await button(question, 'Stay').click();
      await expect(question).toBeHidden();
      await expect(page.getByTestId('backup-codes').getByRole('listitem')).toHaveText(codes);
    }

    await saved(page).check();
    const ticked = await reload(page, 'accept');
    await expectView(page, 'Multi-factor authentication');
    expect(ticked()).toBeNull();
  });
});
