// The languages of the app: the browser's own one, and the way to another.

import { codeAt, currentStep, wrongCode } from '../../support/authenticator.js';
import { backupCodes, button, expectView, field, link, newPerson, openAddPage, setupKey, signUp } from '../../support/app.js';
import { expect, inspectAll, test } from '../../support/test.js';

const GERMAN = /\/words-de-[0-9a-f]{16}\.txt$/;

/** What the page asked for of languages, from now on. */
function languageRequests(page) {
  const requests = [];
  page.on('request', (request) => {
    if (/\/words-/.test(request.url())) requests.push(new URL(request.url()).pathname);
  });
  return requests;
}

async function expectLanguage(page, tag) {
  await expect(page.locator('html')).toHaveAttribute('lang', tag);
  expect(await page.evaluate(() => document.documentElement.dir || 'ltr')).toBe('ltr');
}

async function signUpInGerman(page, person) {
  await page.goto('/sign-up');
  await expectView(page, 'Konto erstellen');
  await field(page, 'E-Mail-Adresse').fill(person.email);
  await field(page, 'Passwort').fill(person.password);
  await button(page, 'Konto erstellen').click();
  await expectView(page, 'Multi-Faktor-Authentifizierung');
  await expect(page.getByTestId('sessions')).toBeVisible();
}

test.describe('In a browser that prefers English', () => {
  test('nothing is asked for but English', async ({ page }) => {
    const requests = languageRequests(page);
    await page.goto('/sign-in');
    await expectView(page, 'Sign in');
    await expectLanguage(page, 'en');
    await page.waitForLoadState('networkidle');
    expect(requests).toEqual([]);
  });

  test('the language is changed where people are, with what they typed and where the focus is', async ({ page }) => {
    const requests = languageRequests(page);
    await page.goto('/sign-in');
    await field(page, 'Email address').fill('ann@example.com');
    await button(page, 'Sign in').click();
    await expect(page.getByText('Enter your password', { exact: true })).toBeVisible();
    await expect(page).toHaveTitle('Error: Sign in – Twofold');

    await expect(button(page, 'Deutsch')).toHaveAttribute('lang', 'de');
    await button(page, 'Deutsch').click();
    await expectLanguage(page, 'de');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Anmelden');
    await expect(page).toHaveTitle('Fehler: Anmelden – Twofold');
    await expect(field(page, 'E-Mail-Adresse')).toHaveValue('ann@example.com');
    await expect(page.getByText('Geben Sie Ihr Passwort ein', { exact: true })).toBeVisible();
    await expect(button(page, 'English'), 'the way back has the focus').toBeFocused();
    await expect(button(page, 'English')).toHaveAttribute('lang', 'en');
    expect(requests).toEqual([expect.stringMatching(GERMAN)]);

    // Chosen once, for every visit to come.
    await page.goto('/sign-up');
    await expectView(page, 'Konto erstellen');
    await expectLanguage(page, 'de');
    await button(page, 'English').click();
    await expectView(page, 'Create your account');
    await expectLanguage(page, 'en');
    await page.reload();
    await expectView(page, 'Create your account');
    expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({ language: 'en' });
  });

  test('a secret and a code are still there after a change of language', async ({ page }) => {
    await signUp(page, newPerson());
    const key = await openAddPage(page);
    await button(page, 'Deutsch').click();
    await expectView(page, 'Authenticator-App hinzufügen');
    expect(await setupKey(page)).toBe(key);
    await button(page, 'Bestätigen').click();
    await expectView(page, 'Authenticator-App bestätigen');
    await field(page, 'Code aus Ihrer Authenticator-App').fill('123');
    await button(page, 'English').click();
    await expectView(page, 'Verify your authenticator app');
    await expect(field(page, 'Enter the code from your authenticator app')).toHaveValue('123');
    await expect(page.getByText('Step 2 of 4')).toBeVisible();
  });

  test('a language that does not arrive leaves English, and says so', async ({ page, watch }) => {
    watch.failure();
    await page.route(GERMAN, (route) => route.abort());
    await page.goto('/sign-in');
    await expectView(page, 'Sign in');
    await button(page, 'Deutsch').click();
    await expect(page.getByRole('alert').filter({ hasText: 'We could not reach the server.' })).toBeVisible();
    await expectLanguage(page, 'en');
    await page.unroute(GERMAN);
    await button(page, 'Try again').click();
    await expectView(page, 'Anmelden');
  });

  test('words of another build are not taken', async ({ page }) => {
    await page.route(GERMAN, (route) => route.fulfill({ body: '0123456789abcdef\nKauderwelsch' }));
    await page.goto('/sign-in');
    await button(page, 'Deutsch').click();
    await expect(page.getByRole('alert').filter({ hasText: 'Reload the page' })).toBeVisible();
    await expectLanguage(page, 'en');
  });
});

test.describe('In a browser that prefers German', () => {
  test.use({ locale: 'de-AT' });

  test('German comes once, for good', async ({ page }) => {
    const [response] = await Promise.all([page.waitForResponse(GERMAN), page.goto('/sign-in')]);
    await expectView(page, 'Anmelden');
    await expectLanguage(page, 'de');
    const headers = response.headers();
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-encoding']).toBe('br');
  });

  test('without its words the app is there in English', async ({ page, watch }) => {
    watch.failure();
    await page.route(GERMAN, (route) => route.abort());
    await page.goto('/sign-in');
    await expectView(page, 'Sign in');
    await expectLanguage(page, 'en');
  });

  test('the whole set-up is in German', async ({ page, watch }) => {
    test.setTimeout(180_000);
    const person = newPerson();
    await page.goto('/account/manage-mfa');
    await expectView(page, 'Sie müssen angemeldet sein, um diese Seite zu sehen');
    await inspectAll(page, 'de-01-visitor');
    await page.goto('/sign-in');
    await expectView(page, 'Anmelden');
    await button(page, 'Anmelden').click();
    await expect(page.getByText('Geben Sie Ihre E-Mail-Adresse ein')).toBeVisible();
    await inspectAll(page, 'de-02-sign-in-error');
    await page.goto('/help');
    await expectView(page, 'Hilfe');
    await inspectAll(page, 'de-03-help');
    await page.goto('/sign-up');
    await expectView(page, 'Konto erstellen');
    await inspectAll(page, 'de-04-sign-up');

    await signUpInGerman(page, person);
    await inspectAll(page, 'de-05-manage-off');
    await link(page, 'Authenticator-App hinzufügen').click();
    await expectView(page, 'Authenticator-App hinzufügen');
    const key = await setupKey(page);
    await inspectAll(page, 'de-06-add');
    await button(page, 'Bestätigen').click();
    await expectView(page, 'Authenticator-App bestätigen');
    const code = field(page, 'Code aus Ihrer Authenticator-App');
    watch.refusal(422);
    await code.fill(wrongCode(key));
    await button(page, 'Code bestätigen').click();
    await expect(page.getByText('Dieser Code ist nicht richtig.')).toBeVisible();
    await inspectAll(page, 'de-07-verify-error');
    await code.fill(codeAt(key, currentStep()));
    await button(page, 'Code bestätigen').click();
    await expectView(page, 'Backup-Codes');
    await backupCodes(page);
    await inspectAll(page, 'de-08-backup-codes');
    await button(page, 'Abschließen').click();
    await expect(page.getByText('Setzen Sie das Häkchen, wenn Sie Ihre Codes gespeichert haben')).toBeVisible();
    await page.getByLabel('Ich habe diese Codes gespeichert').check();
    await button(page, 'Abschließen').click();
    await expectView(page, 'Geschafft!');
    await inspectAll(page, 'de-09-success');
    await link(page, 'Multi-Faktor-Authentifizierung verwalten').click();
    await expectView(page, 'Multi-Faktor-Authentifizierung');
    await expect(page.getByText('Noch 10 von 10 Codes übrig')).toBeVisible();
    await expect(page.getByTestId('events')).toContainText('Authenticator-App hinzugefügt');
    await expect(page.getByTestId('sessions')).toContainText(/Chrome unter Linux/);
    // As dates are written in German.
    await expect(page.getByTestId('events').locator('time').first()).toHaveText(/^\d{2}\.\d{2}\.\d{4}, \d{2}:\d{2}$/);
    await inspectAll(page, 'de-10-manage-on');
    await link(page, 'Gesamte Aktivität').click();
    await expectView(page, 'Kontoaktivität');
    await expect(page.getByTestId('events')).toBeVisible();
    await inspectAll(page, 'de-11-activity');

    await button(page, 'Abmelden').click();
    await expectView(page, 'Anmelden');
    await field(page, 'E-Mail-Adresse').fill(person.email);
    await field(page, 'Passwort').fill(person.password);
    await button(page, 'Anmelden').click();
    await expectView(page, 'Code eingeben');
    await page.getByText('Beides verloren?').click();
    await inspectAll(page, 'de-12-second-factor');
    await button(page, 'Backup-Code verwenden').click();
    await expectView(page, 'Backup-Code eingeben');
    await inspectAll(page, 'de-13-backup-code');
  });
});
