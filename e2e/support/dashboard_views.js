// The dashboard's pages in every state, as support/views.js opens them.

import { button, field, link, open, send } from './app.js';
import { enrol, moveIn, signUp } from './person.js';
import { silence } from './requests.js';
import { expect } from './test.js';

const SETTINGS = /\/v1\/instance\/multi_factor/;
const ACCOUNTS = /\/v1\/instance\/users/;

/** Who may open the dashboard: the second one has no second factor. */
export const ADMINISTRATORS = ['boss@example.com', 'deputy@example.com'];

/** An administrator, and somebody who needs help. */
export async function administrator(one) {
  const { server, watch } = one;
  await moveIn(one.context, (await enrol(server.url, ADMINISTRATORS[0])).agent);
  const { agent: helpless, ...person } = await enrol(server.url);
  await helpless.close();
  server.rename(person, 'Ann', 'Lee');
  const settings = (name, prepare) =>
    one.view(name, async (page) => {
      await open(page, '/dashboard/multi-factor', 'Multi-factor');
      await expect(button(page, 'Save')).toBeVisible();
      await prepare?.(page);
    });
  await one.manage('manage-administrator', (page) => expect(link(page, 'Dashboard')).toBeVisible());
  await settings('multi-factor');
  await settings('multi-factor-saved', async (page) => {
    // Without the server, so that the other tabs keep their factors.
    await page.route(SETTINGS, async (route) => {
      const { client } = await page.evaluate(() => fetch('/v1/client').then(async (reply) => ({ client: (await reply.json()).response })));
      const response = { object: 'multi_factor_settings', authenticator_app: true, backup_code: true, required: true };
      await route.fulfill({ json: { response, client } });
    });
    await field(page, 'Require multi-factor authentication').check();
    await button(page, 'Save').click();
    await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible();
  });
  await settings('multi-factor-refused', async (page) => {
    watch.refusal(422);
    await field(page, 'Authenticator application').uncheck();
    await field(page, 'Require multi-factor authentication').check();
    await button(page, 'Save').click();
    await expect(page.getByRole('alert').filter({ hasText: 'can be required only while' })).toBeVisible();
  });
  await waiting(one, 'multi-factor', SETTINGS, ['/dashboard/multi-factor', 'Multi-factor']);
  const users = (name, prepare) =>
    one.view(name, async (page) => {
      await open(page, '/dashboard/users', 'Users');
      await expect(page.getByTestId('accounts')).toBeVisible();
      await prepare?.(page);
    });
  await users('users');
  await users('users-none-found', async (page) => {
    await send(page, field(page, 'Search'), 'nobody has this', 'Search');
    await expect(page.getByText('No account has that')).toBeVisible();
  });
  await users('reset-dialog', (page) => button(page, `Reset multi-factor ${person.email}`).click());
  await users('unlock-dialog', (page) => button(page, `Unlock ${person.email}`).click());
  await users('unlocked', async (page) => {
    await button(page, `Unlock ${person.email}`).click();
    await button(page.getByRole('dialog'), 'Unlock').click();
    await expect(page.getByRole('status').filter({ hasText: 'can sign in again.' })).toBeVisible();
  });
  await waiting(one, 'users', ACCOUNTS, ['/dashboard/users', 'Users']);
}

/** A page whose content does not come, or not yet. */
async function waiting(one, name, path, page) {
  await one.view(`${name}-loading`, async (tab) => {
    await silence(tab, path);
    await open(tab, ...page);
    await expect(tab.getByText('Loading…')).toBeVisible();
  });
  await one.view(`${name}-failed`, async (tab) => {
    await tab.route(path, (route) => route.abort());
    one.watch.failure();
    await open(tab, ...page);
    await expect(button(tab, 'Try again')).toBeVisible();
  });
}

/** An administrator who has no second factor yet. */
export async function deputy(one) {
  await moveIn(one.context, (await signUp(one.server.url, ADMINISTRATORS[1])).agent);
  await one.view('multi-factor-without-factor', async (page) => {
    await open(page, '/dashboard/multi-factor', 'Multi-factor');
    await expect(page.getByText('Administrators need a second factor')).toBeVisible();
  });
}
