// The dashboard: whom it is there for, and what administrators switch on and off for everyone.

import { MUST_SIGN_IN, addAuthenticator, button, codeField, expectView, field, link, newPerson, open, send, signUp } from '../../support/app.js';
import { codeAt, stepAfter } from '../../support/authenticator.js';
import { SETTINGS, administrator, administrators, alert, confirm, elsewhere, status, switchOf } from '../../support/dashboard.js';
import { Agent, PASSWORD, enrol, moveIn, signUp as joined } from '../../support/person.js';
import { bodiesOf, hold } from '../../support/requests.js';
import { CANCELS, stepUp } from '../../support/step_up.js';
import { expect, inspect, inspectAll, test } from '../../support/test.js';

test.use({ settings: SETTINGS });
test.describe.configure({ timeout: 120_000 });

test.afterEach(({ server }) => server.resetSettings());

const PATH = '/v1/instance/multi_factor';
const APP = 'Authenticator application';
const CODES = 'Backup codes';
const REQUIRE = 'Require multi-factor authentication';
const PAGES = [
  ['/dashboard/multi-factor', 'Multi-factor'],
  ['/dashboard/users', 'Users'],
];

async function openSettings(page) {
  await open(page, '/dashboard/multi-factor', 'Multi-factor');
  await expect(button(page, 'Save')).toBeVisible();
}

async function save(page) {
  await button(page, 'Save').click();
  await expect(status(page, 'Saved. It is in force for everybody.')).toBeVisible();
}

/** Signs in where the sign-in page is open already. */
async function signInAgain(page, { email, secret, step }) {
  await field(page, 'Email address').fill(email);
  await field(page, 'Password').fill(PASSWORD);
  await button(page, 'Sign in').click();
  await expectView(page, 'Enter your code');
  await send(page, codeField(page), codeAt(secret, await stepAfter(step)), 'Continue');
}

/** The positions of the three switches. */
async function positions(page) {
  return Promise.all([APP, CODES, REQUIRE].map((name) => switchOf(page, name).isChecked()));
}

test.describe('Whom the dashboard is there for', () => {
  test('nobody but administrators, whatever the page asks for', async ({ page, watch }) => {
    for (const [path] of PAGES) await open(page, path, MUST_SIGN_IN);
    await signUp(page, newPerson());
    await expect(page.getByTestId('sessions')).toBeVisible();
    await expect(link(page, 'Dashboard')).toHaveCount(0);
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    for (const [path] of PAGES) {
      await open(page, path, 'Page not found');
      await expect(page.getByText('There is no page at this address.')).toBeVisible();
    }
    expect(asked.filter((path) => path.startsWith('/v1/instance'))).toEqual([]);
    watch.refusal(404);
    const refused = await page.evaluate((path) => fetch(path).then((reply) => reply.status), PATH);
    expect(refused, 'the server says the same').toBe(404);
  });

  test('whoever is no administrator any more finds what everybody else does', async ({ page, server, watch }) => {
    await administrator(page, server);
    for (const [path] of PAGES) {
      const body = { errors: [{ code: 'resource_not_found', message: '', long_message: '', meta: {} }] };
      await page.route(/\/v1\/instance\//, (route) => route.fulfill({ status: 404, json: body }));
      watch.refusal(404);
      await open(page, path, 'Page not found');
      await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    }
  });

  test('an administrator without a second factor is told to add one, and finds the switches then', async ({ page, server }) => {
    await moveIn(page.context(), (await joined(server.url, administrators.pop())).agent);
    for (const [path, heading] of PAGES) {
      await open(page, path, heading);
      await expect(page.getByText('Administrators need a second factor of their own here.')).toBeVisible();
      await expect(page.getByRole('switch')).toHaveCount(0);
    }
    await inspectAll(page, '60-dashboard-without-factor');
    await addAuthenticator(page);
    await link(page, 'Manage multi-factor authentication').click();
    await link(page, 'Dashboard').click();
    await expectView(page, 'Multi-factor');
    await expect(switchOf(page, APP)).toBeChecked();
    await link(page, 'Users').click();
    await expectView(page, 'Users');
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    await link(page, 'Multi-factor').click();
    await expectView(page, 'Multi-factor');
  });
});

test.describe('The dashboard is an app of its own', () => {
  /** The programs that a page loads, and the page itself. */
  async function loaded(page, visit) {
    const replies = [];
    const note = (response) => replies.push(response);
    page.on('response', note);
    await visit();
    page.off('response', note);
    const programs = replies.filter((reply) => new URL(reply.url()).pathname.endsWith('.wasm'));
    return { programs, shell: replies.find((reply) => reply.request().isNavigationRequest()) };
  }

  test('that nobody loads without asking for it, handed out as the other one is', async ({ page, server }) => {
    await administrator(page, server);
    for (const [path, heading, program] of [
      ['/account/manage-mfa', 'Multi-factor authentication', /^\/app-[0-9a-f]{16}_bg\.wasm$/],
      ['/dashboard/users', 'Users', /^\/dashboard-[0-9a-f]{16}_bg\.wasm$/],
    ]) {
      const { programs, shell } = await loaded(page, () => open(page, path, heading));
      expect(programs.map((reply) => new URL(reply.url()).pathname)).toEqual([expect.stringMatching(program)]);
      expect(await programs[0].allHeaders()).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-encoding': 'br',
      });
      const headers = await shell.allHeaders();
      expect(headers).toMatchObject({ 'cache-control': 'no-cache', 'content-encoding': 'br', etag: expect.anything() });
      expect(headers['content-security-policy']).toContain("script-src 'self'");
    }
  });

  test('whose unknown pages are not found, by the server and in words', async ({ page, server, watch }) => {
    await administrator(page, server);
    for (const path of ['/dashboard', '/dashboard/nothing', '/dashboard.html']) {
      watch.refusal(404);
      expect((await page.goto(path)).status(), path).toBe(404);
      await expectView(page, 'Page not found');
    }
  });

  test('with ways out to the other pages, and back in', async ({ page, server }) => {
    const boss = await administrator(page, server);
    for (const [name, heading] of [
      ['Password', 'Change your password'],
      ['Help', 'Help'],
      ['Twofold', 'Multi-factor authentication'],
    ]) {
      await open(page, '/dashboard/users', 'Users');
      await link(page, name).click();
      await expectView(page, heading);
      await page.goBack();
      await expectView(page, 'Users');
    }
    await button(page, 'Sign out').click();
    await expectView(page, 'Sign in');
    await open(page, '/dashboard/users', MUST_SIGN_IN);
    await link(page, 'Sign in').click();
    await expectView(page, 'Sign in');
    await signInAgain(page, boss);
    await expectView(page, 'Users');
  });

  test('that stays as it is from "Sign out" until the sign-in page is there', async ({ page, server, watch }) => {
    await administrator(page, server);
    await open(page, '/dashboard/users', 'Users');
    const answer = await hold(page, PATH);
    await link(page, 'Multi-factor').click();
    await expect(page.getByText('Loading…')).toBeVisible();
    // The page tells by itself what it shows, since nobody can ask it while the browser is leaving it.
    const shown = [];
    await page.exposeFunction('show', (text) => shown.push(text));
    await page.evaluate(() => {
      const options = { subtree: true, childList: true, characterData: true };
      new MutationObserver(() => {
        const text = `${document.title}: ${document.body.textContent}`;
        window.show(text);
        sessionStorage.left = text;
      }).observe(document, options);
    });
    const asked = page.waitForRequest('/sign-in');
    const release = await hold(page, '/sign-in');
    await button(page, 'Sign out').click({ noWaitAfter: true });
    await asked;
    // Asked before it, answered after it.
    watch.refusal(401);
    answer();
    await expect.poll(() => shown.at(-1)).toMatch(/^Multi-factor – Twofold: .*Signing out….*You've been signed out/);
    expect(shown.join()).not.toContain(MUST_SIGN_IN);
    release();
    await expectView(page, 'Sign in');
    const left = await page.evaluate(() => sessionStorage.left);
    expect(left, 'what a browser may keep is nothing of the account').toContain(MUST_SIGN_IN);
    expect(left).not.toContain("You've been signed out");
  });

  test('that says when the session has ended, and signing in leads back', async ({ page, context, server, watch }) => {
    const boss = await administrator(page, server);
    await openSettings(page);
    await context.clearCookies();
    watch.refusal(401);
    await link(page, 'Users').click();
    await expectView(page, MUST_SIGN_IN);
    await expect(page.getByText("You've been signed out")).toBeVisible();
    await inspectAll(page, '69-dashboard-signed-out');
    await link(page, 'Sign in').click();
    await signInAgain(page, boss);
    await expectView(page, 'Users');
  });
});

test.describe('What is switched on and off', () => {
  test('an authenticator app that is switched off can be added by nobody', async ({ page, browser, server }) => {
    await administrator(page, server);
    const { agent } = await joined(server.url);
    const other = await elsewhere(browser, server, agent);
    await open(other.page, '/account/manage-mfa', 'Multi-factor authentication');
    await expect(link(other.page, 'Add authenticator app')).toBeVisible();

    await openSettings(page);
    expect(await positions(page)).toEqual([true, true, false]);
    await inspectAll(page, '61-multi-factor');
    const bodies = bodiesOf(page, PATH);
    await switchOf(page, APP).uncheck();
    await save(page);
    expect(bodies, 'nothing is sent but what is different').toEqual([{ authenticator_app: 'false' }]);
    await inspectAll(page, '62-multi-factor-saved');
    await page.reload();
    await expect(switchOf(page, APP)).not.toBeChecked();
    await expect(switchOf(page, CODES)).toBeChecked();

    await other.page.reload();
    await expect(other.page.getByText('This is switched off here.')).toBeVisible();
    await expect(link(other.page, 'Add authenticator app')).toHaveCount(0);
    await inspect(other.page, '63-switched-off');
    other.watch.refusal(403);
    await open(other.page, '/account/manage-mfa/add', 'Add an authenticator app');
    await expect(alert(other.page, 'This is switched off here.')).toBeVisible();

    await switchOf(page, APP).check();
    await save(page);
    await open(other.page, '/account/manage-mfa', 'Multi-factor authentication');
    await expect(link(other.page, 'Add authenticator app')).toBeVisible();
    other.watch.verify();
    await other.context.close();
  });

  test('backup codes that are switched off can be made by nobody, also in the tab that switched them', async ({ page, server }) => {
    await administrator(page, server);
    await openSettings(page);
    await switchOf(page, CODES).uncheck();
    await save(page);
    await link(page, 'Manage multi-factor authentication').click();
    await expect(page.getByText('10 of 10 codes left')).toBeVisible();
    await expect(page.getByText('This is switched off here.')).toBeVisible();
    await expect(button(page, 'Generate new backup codes')).toHaveCount(0);
    await link(page, 'Dashboard').click();
    await switchOf(page, CODES).check();
    await save(page);
    await link(page, 'Manage multi-factor authentication').click();
    await expect(button(page, 'Generate new backup codes')).toBeVisible();
  });

  test('what is required leads whoever has none through the set-up, and everything is open then', async ({ page, browser, server }) => {
    await administrator(page, server);
    const early = await elsewhere(browser, server, (await joined(server.url)).agent);
    await openSettings(page);
    await switchOf(page, REQUIRE).check();
    await save(page);

    // Who was signed in before, and who comes now.
    const late = await elsewhere(browser, server, await Agent.at(server.url));
    await signUp(late.page, newPerson());
    for (const { page: person, context } of [early, late]) {
      await open(person, '/account/manage-mfa', 'Multi-factor authentication');
      await expect(alert(person, 'Add an authenticator app first.')).toBeVisible();
      const session = () => person.evaluate(() => fetch('/v1/client').then(async (reply) => (await reply.json()).response.sessions[0]));
      expect(await session()).toMatchObject({ status: 'pending', tasks: [{ key: 'setup-mfa' }] });
      await addAuthenticator(person);
      expect(await session()).toMatchObject({ status: 'active', tasks: null });
      await link(person, 'Manage multi-factor authentication').click();
      await expect(person.getByTestId('sessions')).toBeVisible();
      await context.close();
    }
  });

  test('settings that do not go together are refused in words, and the switches stay', async ({ page, server, watch }) => {
    await administrator(page, server);
    await openSettings(page);
    await switchOf(page, APP).uncheck();
    await switchOf(page, REQUIRE).check();
    watch.refusal(422);
    await button(page, 'Save').click();
    const words = 'Multi-factor authentication can be required only while authenticator applications are switched on.';
    await expect(alert(page, words)).toBeVisible();
    expect(await positions(page)).toEqual([false, true, true]);
    await inspectAll(page, '64-multi-factor-refused');
    await switchOf(page, APP).check();
    await save(page);
    await expect(alert(page, words)).toHaveCount(0);
    // The other way round.
    await switchOf(page, APP).uncheck();
    watch.refusal(422);
    await button(page, 'Save').click();
    await expect(alert(page, words)).toBeVisible();
    await expect(status(page, 'Saved.')).toHaveCount(0);
  });

  test('Save without a change says so and sends nothing', async ({ page, server }) => {
    await administrator(page, server);
    const bodies = bodiesOf(page, PATH);
    await openSettings(page);
    await switchOf(page, REQUIRE).check();
    await switchOf(page, REQUIRE).uncheck();
    await button(page, 'Save').click();
    await expect(status(page, 'there is nothing to save')).toBeVisible();
    expect(bodies).toEqual([]);
  });

  test('a Save that does not arrive keeps the switches, and Try again goes on', async ({ page, context, server, watch }) => {
    await administrator(page, server);
    await openSettings(page);
    await switchOf(page, REQUIRE).check();
    await context.setOffline(true);
    watch.failure();
    await button(page, 'Save').click();
    await expect(alert(page, 'We could not reach the server.')).toBeVisible();
    expect(await positions(page)).toEqual([true, true, true]);
    await context.setOffline(false);
    await button(page, 'Try again').click();
    await expect(status(page, 'Saved.')).toBeVisible();
    await expect(alert(page, 'We could not reach the server.')).toHaveCount(0);
    await page.reload();
    await expect(switchOf(page, REQUIRE)).toBeChecked();
  });

  test('what somebody else has changed meanwhile stays, and is shown', async ({ page, browser, server }) => {
    await administrator(page, server);
    await openSettings(page);
    const { agent } = await enrol(server.url, administrators.pop());
    const other = await elsewhere(browser, server, agent);
    await openSettings(other.page);
    await switchOf(other.page, CODES).uncheck();
    await save(other.page);
    await switchOf(page, REQUIRE).check();
    await save(page);
    expect(await positions(page)).toEqual([true, false, true]);
    await other.context.close();
  });

  test('a check that is too old is asked for anew, and without it nothing is saved', async ({ page, server, watch }) => {
    const boss = await administrator(page, server);
    await openSettings(page);
    server.makeStale(boss);
    await switchOf(page, REQUIRE).check();
    for (const [way, cancel] of CANCELS) {
      watch.refusal(403);
      await button(page, 'Save').click();
      await expect(stepUp(page)).toBeVisible();
      await cancel(page);
      await expect(stepUp(page)).toBeHidden();
      await expect(button(page, 'Save'), way).toBeFocused();
      await expect(page.locator('.notice:visible')).toHaveCount(0);
      await expect(switchOf(page, REQUIRE)).toBeChecked();
    }
    expect(server.ask('SELECT mfa_required FROM settings')).toBe('0');
    watch.refusal(403);
    await button(page, 'Save').click();
    await confirm(page, boss);
    await expect(status(page, 'Saved.')).toBeVisible();
    expect(server.ask('SELECT mfa_required FROM settings')).toBe('1');
  });
});

for (const [path, heading] of PAGES) {
  test(`${path} says when it takes long or fails, and Try again goes on`, async ({ page, server, watch }) => {
    await administrator(page, server);
    const release = await hold(page, /\/v1\/instance\//);
    await open(page, path, heading);
    await expect(page.getByText('Loading…')).toBeVisible();
    release();
    await expect(page.getByText('Loading…')).toHaveCount(0);
    await page.unroute(/\/v1\/instance\//);
    await page.route(/\/v1\/instance\//, (route) => route.abort());
    watch.failure();
    await open(page, path, heading);
    await expect(alert(page, 'We could not reach the server.')).toBeVisible();
    await expect(page.getByText('Loading…')).toHaveCount(0);
    await page.unroute(/\/v1\/instance\//);
    await button(page, 'Try again').click();
    await expect(page.locator('[role=switch], [data-testid=accounts]').first()).toBeVisible();
    await expect(alert(page, 'We could not reach the server.')).toHaveCount(0);
  });
}
