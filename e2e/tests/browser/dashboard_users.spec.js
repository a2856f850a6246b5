// The dashboard: how administrators help people who cannot sign in.

import { MUST_SIGN_IN, button, expectView, field, link, newPerson, open, send, signInWithPassword } from '../../support/app.js';
import { SETTINGS, administrator, alert, confirm, elsewhere, status, switchOf } from '../../support/dashboard.js';
import { Agent, PASSWORD, enrol, signUp } from '../../support/person.js';
import { expect, inspect, inspectAll, test } from '../../support/test.js';

test.use({ settings: SETTINGS });
test.describe.configure({ timeout: 120_000 });

test.afterEach(({ server }) => server.resetSettings());

function rows(page) {
  return page.getByTestId('accounts').getByRole('listitem');
}

function row(page, { email }) {
  return rows(page).filter({ hasText: email });
}

/** The list of what was searched for. */
async function search(page, text) {
  await send(page, field(page, 'Search'), text, 'Search');
  await expect(button(page, 'Searching…')).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Accounts' })).toBeFocused();
}

async function find(page, { email }) {
  await open(page, '/dashboard/users', 'Users');
  await expect(page.getByTestId('accounts')).toBeVisible();
  await search(page, email);
  await expect(rows(page)).toHaveCount(1);
}

test.describe('Who needs help', () => {
  test('is found by a part of address, id and name, with what protects the account', async ({ page, server }) => {
    await administrator(page, server);
    const { agent, ...ann } = await enrol(server.url, newPerson().email);
    server.rename(ann, 'Annabel', 'Quintessa');
    server.useBackupCodes(ann, 3);
    await find(page, ann);
    for (const fact of ['Annabel Quintessa', 'Authenticator app', 'On', '7 of 10 codes left', 'In 1 browser']) {
      await expect(row(page, ann).getByText(fact, { exact: true })).toBeVisible();
    }
    await inspectAll(page, '65-users');
    const id = server.ask(`SELECT id FROM users WHERE email = '${ann.email}'`);
    for (const text of [id.slice(5), ann.email.toUpperCase(), 'quintess', ` ${ann.email} `]) {
      await search(page, text);
      await expect(rows(page), text).toHaveCount(1);
      await expect(row(page, ann)).toBeVisible();
    }
    // What an address would read otherwise is sent as it was typed.
    await search(page, `${ann.email}&limit=0#%`);
    await expect(page.getByText('No account has that in its id, its address or its name.')).toBeVisible();
    await inspectAll(page, '66-users-none-found');
    await expect(field(page, 'Search')).toHaveValue(`${ann.email}&limit=0#%`);
    await search(page, '');
    expect(await rows(page).count()).toBeGreaterThan(1);
    server.ban(ann);
    await search(page, ann.email);
    await expect(row(page, ann).getByText('Barred')).toBeVisible();
    await agent.close();
  });

  test('more accounts come on demand, each once, and reading goes on with the first new one', async ({ page, server }) => {
    await administrator(page, server);
    const { agent, email } = await signUp(server.url, newPerson().email);
    await agent.close();
    server.makeAccounts({ email }, 44);
    await open(page, '/dashboard/users', 'Users');
    await search(page, email);
    await expect(rows(page)).toHaveCount(20);
    await expect(page.getByText('20 of 45', { exact: true })).toBeVisible();
    await expect(rows(page).first()).toContainText(`made44-${email}`);
    await button(page, 'Show more').click();
    await expect(rows(page)).toHaveCount(40);
    await expect(rows(page).nth(20)).toBeFocused();
    await button(page, 'Show more').click();
    await expect(rows(page)).toHaveCount(45);
    await expect(rows(page).nth(40)).toBeFocused();
    await expect(button(page, 'Show more')).toHaveCount(0);
    const texts = await rows(page).allTextContents();
    expect(new Set(texts).size, 'none of them twice').toBe(45);
  });

  test('has lost everything: the factors are reset after a question and a step-up', async ({ page, browser, server, watch }) => {
    const boss = await administrator(page, server);
    const { agent, ...ann } = await enrol(server.url, newPerson().email);
    const other = await elsewhere(browser, server, agent);
    await open(other.page, '/account/manage-mfa', 'Multi-factor authentication');
    await find(page, ann);
    server.makeStale(boss);

    const reset = button(page, `Reset multi-factor ${ann.email}`);
    const question = page.getByRole('dialog', { name: 'Reset multi-factor authentication?', exact: true });
    await reset.click();
    await expect(question).toContainText(ann.email);
    await inspectAll(page, '67-reset-question');
    await button(question, 'Cancel').click();
    await expect(reset).toBeFocused();
    await reset.click();
    watch.refusal(403);
    await button(question, 'Reset').click();
    await confirm(page, boss);
    await expect(status(row(page, ann), `${ann.email} has no second factor any more`)).toBeVisible();
    await expect(question).toBeHidden();
    await expect(row(page, ann)).toBeFocused();
    for (const fact of ['Off', 'Nowhere']) await expect(row(page, ann).getByText(fact, { exact: true })).toBeVisible();
    await expect(reset).toHaveCount(0);
    await inspectAll(page, '68-reset-done');

    other.watch.refusal(401, 2);
    await other.page.reload();
    await expectView(other.page, MUST_SIGN_IN);
    await signInWithPassword(other.page, { ...ann, password: PASSWORD });
    await expectView(other.page, 'Multi-factor authentication');
    await expect(link(other.page, 'Add authenticator app')).toBeVisible();
    other.watch.verify();
    await other.context.close();
  });

  test('has guessed too often: the account is unlocked, and nothing else is', async ({ page, server, watch }) => {
    const boss = await administrator(page, server);
    const { agent, ...ann } = await signUp(server.url, newPerson().email);
    await agent.close();
    const guesser = await Agent.at(server.url);
    for (let n = 0; n < 10; n += 1) await guesser.signIn(ann.email, 'a wrong password');
    expect((await guesser.signIn(ann.email)).status(), 'the right one is refused, too').toBe(403);
    await find(page, ann);
    await expect(row(page, ann).getByText('Locked', { exact: true })).toBeVisible();
    server.makeStale(boss);
    await button(page, `Unlock ${ann.email}`).click();
    const question = page.getByRole('dialog', { name: 'Unlock this account?', exact: true });
    await expect(question).toContainText(ann.email);
    watch.refusal(403);
    await button(question, 'Unlock').click();
    await confirm(page, boss);
    await expect(status(row(page, ann), `${ann.email} can sign in again.`)).toBeVisible();
    await expect(row(page, ann).getByText('Locked', { exact: true })).toHaveCount(0);
    await expect(row(page, ann)).toBeFocused();
    expect((await guesser.signIn(ann.email)).status()).toBe(200);
    await guesser.close();
  });

  test('is helped once the network is back, and another one is not told of what failed', async ({ page, context, server, watch }) => {
    const boss = await administrator(page, server);
    const { agent, ...ann } = await enrol(server.url, newPerson().email);
    await agent.close();
    await find(page, ann);
    await button(page, `Reset multi-factor ${ann.email}`).click();
    const question = page.getByRole('dialog', { name: 'Reset multi-factor authentication?', exact: true });
    await context.setOffline(true);
    watch.failure();
    await button(question, 'Reset').click();
    await expect(alert(question, 'We could not reach the server.')).toBeVisible();
    await context.setOffline(false);
    await button(question, 'Cancel').click();
    await expect(row(page, ann).getByText('On', { exact: true })).toBeVisible();
    await button(page, `Reset multi-factor ${ann.email}`).click();
    await expect(alert(question, 'We could not reach the server.')).toHaveCount(0);
    await button(question, 'Reset').click();
    await expect(status(row(page, ann), 'has no second factor any more')).toBeVisible();

    // Nobody does this to themselves.
    await search(page, boss.email);
    await expect(row(page, boss)).toContainText('This is your own account. Change it on its own pages.');
    await expect(row(page, boss).getByText('Administrator', { exact: true })).toBeVisible();
    await expect(row(page, boss).getByRole('button')).toHaveCount(0);
  });
});

test.describe('In German', () => {
  test.use({ locale: 'de-AT' });

  test('both pages are whole', async ({ page, server }) => {
    await administrator(page, server);
    const { agent, ...ann } = await enrol(server.url, newPerson().email);
    await agent.close();
    await page.goto('/account/manage-mfa');
    await link(page, 'Verwaltung').click();
    await expectView(page, 'Multi-Faktor');
    await switchOf(page, 'Multi-Faktor-Authentifizierung verlangen').check();
    await button(page, 'Speichern').click();
    await expect(status(page, 'Gespeichert. Es gilt für alle.')).toBeVisible();
    await inspectAll(page, 'de-14-multi-factor');
    await link(page, 'Benutzer').click();
    await expectView(page, 'Benutzer');
    await send(page, field(page, 'Suche'), ann.email, 'Suchen');
    await expect(rows(page)).toHaveCount(1);
    await inspectAll(page, 'de-15-users');
    await button(page, `Multi-Faktor zurücksetzen ${ann.email}`).click();
    await inspect(page, 'de-16-reset-question');
  });
});
