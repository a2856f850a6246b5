// The document and its routes. The numbers are those of the project's accessibility checklist.

import { addAuthenticator, button, codeField, expectView, field, link, newPerson, openAddPage, signOut, signUp } from '../../support/app.js';
import { expect, test } from '../../support/test.js';

function heading(page) {
  return page.getByRole('heading', { level: 1 });
}

test.describe('Document and routes', () => {
  test('2 a new view puts the focus on its heading', async ({ page }) => {
    await signUp(page, newPerson());
    await expect(heading(page)).toBeFocused();
    await openAddPage(page);
    await expect(heading(page)).toBeFocused();
    await button(page, 'Verify').click();
    await expectView(page, 'Verify your authenticator app');
    await expect(heading(page)).toBeFocused();
    await button(page, 'Back').click();
    await expectView(page, 'Add an authenticator app');
    await expect(heading(page)).toBeFocused();
  });

  test('3 there is one heading of the first level, one main part, and no level is left out', async ({ page }) => {
    await signUp(page, newPerson());
    await addAuthenticator(page);
    for (const path of ['/account/manage-mfa', '/account/activity', '/account/manage-mfa/add']) {
      await page.goto(path);
      await expect(heading(page)).toHaveCount(1);
      await expect(page.getByRole('main')).toHaveCount(1);
      const levels = await page.locator('h1, h2, h3, h4').evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1])));
      levels.forEach((level, at) => expect(level, `${path}: ${levels}`).toBeLessThanOrEqual((levels[at - 1] ?? 0) + 1));
    }
  });

  test('4 the document says which language it is in', async ({ page }) => {
    await page.goto('/sign-in');
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  });

  test('5 the first stop of Tab skips to the main part', async ({ page }) => {
    await page.goto('/sign-in');
    await expectView(page, 'Sign in');
    await page.keyboard.press('Tab');
    await expect(link(page, 'Skip to main content')).toBeFocused();
    await expect(link(page, 'Skip to main content')).toBeInViewport();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(field(page, 'Email address')).toBeFocused();
  });

  test('10 the steps are a list that marks the one that is shown', async ({ page }) => {
    await signUp(page, newPerson());
    await openAddPage(page);
    const steps = page.getByRole('main').locator('ol').filter({ hasText: 'Verify' }).getByRole('listitem');
    await expect(steps).toHaveText([/Add/, /Verify/, /Backup codes/, /Success/]);
    await expect(page.locator('[aria-current=step]')).toHaveText(/Add/);
    await button(page, 'Verify').click();
    await expectView(page, 'Verify your authenticator app');
    await expect(page.locator('[aria-current=step]')).toHaveText(/Verify/);
    await expect(page.locator('[aria-current=step]')).toHaveCount(1);
    await expect(page.getByText('Step 2 of 4')).toBeVisible();
  });

  test('76 nothing takes the focus by itself while people type', async ({ page }) => {
    await page.goto('/sign-in');
    await expectView(page, 'Sign in');
    await expect(page.locator('[autofocus]')).toHaveCount(0);
    await field(page, 'Email address').pressSequentially('ann@example.com');
    await expect(field(page, 'Email address')).toBeFocused();
    await expect(page.locator('[aria-invalid]'), '23 nothing is checked before it is sent').toHaveCount(0);
    await field(page, 'Password').focus();
    await expect(page.locator('[aria-invalid]'), '23 and not when a field is left').toHaveCount(0);
  });
});

test.describe('Forms', () => {
  test('17 browsers are told which name and which password is meant', async ({ page }) => {
    await page.goto('/sign-up');
    await expect(field(page, 'Email address')).toHaveAttribute('autocomplete', 'username');
    await expect(field(page, 'Password')).toHaveAttribute('autocomplete', 'new-password');
    await page.goto('/sign-in');
    await expect(field(page, 'Email address')).toHaveAttribute('autocomplete', 'username');
    await expect(field(page, 'Password')).toHaveAttribute('autocomplete', 'current-password');
  });

  test('19 the rule for passwords is told before there is an error', async ({ page }) => {
    await page.goto('/sign-up');
    await expect(field(page, 'Password')).toHaveAccessibleDescription(/At least 8 characters/);
  });

  test('20 an empty form names what is missing, in the first field', async ({ page }) => {
    await page.goto('/sign-in');
    await button(page, 'Sign in').click();
    await expect(field(page, 'Email address')).toHaveAttribute('aria-invalid', 'true');
    await expect(field(page, 'Email address')).toHaveAccessibleDescription(/Enter your email address/);
    await expect(field(page, 'Email address')).toBeFocused();
    await expect(page).toHaveTitle('Error: Sign in – Twofold');
  });

  test('22 an error is told by more than its colour', async ({ page }) => {
    await page.emulateMedia({ forcedColors: 'active' });
    await page.goto('/sign-in');
    await button(page, 'Sign in').click();
    const error = page.getByText('Enter your email address');
    await expect(error).toBeVisible();
    const icon = await error.evaluate((element) => {
      const { content, borderTopWidth } = getComputedStyle(element.closest('.field-error'), '::before');
      return { content, borderTopWidth };
    });
    expect(icon.content).toContain('!');
    expect(icon.borderTopWidth).toBe('2px');
  });

  test('25 Enter submits from every field', async ({ page, watch }) => {
    const person = newPerson();
    for (const label of ['Email address', 'Password']) {
      await page.goto('/sign-in');
      await field(page, 'Email address').fill(person.email);
      await field(page, 'Password').fill(person.password);
      watch.refusal(422);
      await field(page, label).press('Enter');
      await expect(page).toHaveTitle(/^Error: /);
    }
  });
});

test.describe('Entry of codes', () => {
  test('29, 31, 33, 34 the field is one that every browser and every password manager can fill', async ({ page, watch }) => {
    await signUp(page, newPerson());
    await openAddPage(page);
    await button(page, 'Verify').click();
    await expectView(page, 'Verify your authenticator app');
    const input = codeField(page);
    await expect(page.getByRole('main').locator('input')).toHaveCount(1);
    await expect(input).toHaveAttribute('type', 'text');
    await expect(input).toHaveAttribute('inputmode', 'numeric');
    await expect(input).toHaveAttribute('autocomplete', 'one-time-code');
    await expect(input).not.toHaveAttribute('maxlength');
    const prevented = await input.evaluate((element) =>
      ['paste', 'drop', 'contextmenu'].filter((name) => !element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }))),
    );
    expect(prevented, 'nothing is blocked').toEqual([]);

    const sent = [];
    page.on('request', (request) => request.method() === 'POST' && sent.push(request.postData()));
    await input.pressSequentially('012345');
    await page.evaluate(() => new Promise((done) => setTimeout(done, 0)));
    expect(sent, 'nothing is sent before it is submitted').toEqual([]);
    await input.fill('012346');
    watch.refusal(422);
    await input.press('Enter');
    await expect(page).toHaveTitle(/^Error: /);
    expect(sent).toEqual(['code=012346']);
    await signOut(page);
  });
});
