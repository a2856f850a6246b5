// Help: at the same place of every page (WCAG 3.2.6), and there whatever else is not.

import {
  addAuthenticator,
  button,
  codeField,
  expectView,
  field,
  link,
  newPerson,
  openAddPage,
  signInWithPassword,
  signOut,
  signUp,
} from '../../support/app.js';
import { expect, inspectAll, test } from '../../support/test.js';

/** The way to help is the last link of the document, the only one of its name, and in its footer. */
async function expectHelp(page) {
  await expect(page.getByRole('contentinfo').getByRole('link', { name: 'Help', exact: true })).toBeVisible();
  await expect(link(page, 'Help')).toHaveCount(1);
  await expect(page.locator('a').last()).toHaveText('Help');
  await expect(page.locator('a').last()).toHaveAttribute('href', '/help');
}

test('every page ends with the way to help', async ({ page, context, watch }) => {
  for (const [path, heading] of [
    ['/sign-in', 'Sign in'],
    ['/sign-up', 'Create your account'],
    ['/help', 'Help'],
    ['/account/activity', 'You must be logged in to access this page'],
  ]) {
    await page.goto(path);
    await expectView(page, heading);
    await expectHelp(page);
  }
  watch.refusal(404);
  await page.goto('/no/such/page');
  await expectView(page, 'Page not found');
  await expectHelp(page);

  const person = newPerson();
  await signUp(page, person);
  await expectHelp(page);
  await openAddPage(page);
  await expectHelp(page);
  await button(page, 'Verify').click();
  await expectView(page, 'Verify your authenticator app');
  await expectHelp(page);
  await page.goto('/account/manage-mfa');
  await addAuthenticator(page);
  await expectHelp(page);
  await page.goto('/account/activity');
  await expectView(page, 'Account activity');
  await expectHelp(page);
  await signOut(page);
  await context.clearCookies();
  await signInWithPassword(page, person);
  await expectView(page, 'Enter your code');
  await expectHelp(page);
});

test('it answers those who cannot sign in, and Back leads back to the code', async ({ page }) => {
  const person = newPerson();
  await signUp(page, person);
  await addAuthenticator(page);
  await signOut(page);
  await signInWithPassword(page, person);
  await expectView(page, 'Enter your code');
  await link(page, 'Help').click();
  await expectView(page, 'Help');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText([
    'Forgot your password?',
    'You do not have your phone',
    'You have neither your phone nor your backup codes',
    'Your codes are not accepted',
    'What backup codes are',
  ]);
  await inspectAll(page, '40-help');
  await page.goBack();
  await expectView(page, 'Enter your code');
  await expect(codeField(page)).toBeVisible();
});

test('it is there while the server does not answer, and Try again leads on once it does', async ({ page, watch }) => {
  // Each of three pages asks two things when it is opened.
  for (let asked = 0; asked < 6; asked += 1) watch.failure();
  await page.route('**/v1/**', (route) => route.abort());
  await page.goto('/sign-in');
  await expectView(page, 'The service cannot be reached');
  await expectHelp(page);
  await inspectAll(page, '41-unavailable');
  await link(page, 'Help').click();
  await expectView(page, 'Help');
  await page.goBack();
  await expectView(page, 'The service cannot be reached');
  await page.unroute('**/v1/**');
  await button(page, 'Try again').click();
  await expectView(page, 'Sign in');
  await expect(field(page, 'Email address')).toBeVisible();
});
