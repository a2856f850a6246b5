// Where somebody is signed in and what happened to their account: on the page where everything is managed, and in whole.

import { MUST_SIGN_IN, button, expectView, field, link, newPerson, signInWithPassword, signUp } from '../../support/app.js';
import { Watch, expect, inspect, inspectAll, test } from '../../support/test.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1';

function sessions(page) {
  return page.getByTestId('sessions').getByRole('listitem');
}

function events(page) {
  return page.getByTestId('events').getByRole('listitem');
}

/** The first lines of the events that are shown. */
function happened(page) {
  return page.getByTestId('events').locator('.record');
}

function status(page, words) {
  return page.getByRole('status').filter({ hasText: words });
}

/** Signs the person in, in a browser that calls itself so. */
async function elsewhere(browser, server, person, userAgent) {
  const context = await browser.newContext({ baseURL: server.url, userAgent });
  const watch = new Watch(server.url);
  watch.follow(context);
  const page = await context.newPage();
  await signInWithPassword(page, person);
  await expectView(page, 'Multi-factor authentication');
  return { context, page, watch };
}

/** Makes a reply wait, or fail, until the test lets it go. */
async function held(page, path) {
  let release;
  const gate = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(path, async (route) => {
    await gate;
    await route.continue();
  });
  return release;
}

const ACTIVITY = /\/v1\/me\/activity/;

test.describe('Where somebody is signed in', () => {
  test.describe.configure({ timeout: 120_000 });

  test('one browser alone is this one, and there is nothing to sign out', async ({ page }) => {
    await signUp(page, newPerson());
    await expect(sessions(page)).toHaveCount(1);
    await expect(sessions(page)).toContainText('Chrome on Linux');
    await expect(sessions(page)).toContainText('This browser');
    await expect(sessions(page).locator('time')).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    await expect(sessions(page).getByRole('button')).toHaveCount(0);
    await expect(button(page, 'Sign out all others')).toHaveCount(0);
  });

  test('another browser is signed out by its button, and says so', async ({ page, browser, server }) => {
    const person = newPerson();
    await signUp(page, person);
    const other = await elsewhere(browser, server, person, FIREFOX);
    const phone = await elsewhere(browser, server, person, IPHONE);

    await page.reload();
    await expect(sessions(page)).toHaveCount(3);
    await expect(sessions(page).first()).toContainText('This browser');
    await expect(sessions(page).filter({ hasText: 'This browser' })).toHaveCount(1);
    await expect(sessions(page).filter({ hasText: 'Safari on iPhone' })).toHaveCount(1);
    await inspectAll(page, '30-sessions');

    // Each of the buttons tells by its name alone what it signs out.
    await button(page, 'Sign out Firefox on Linux').click();
    await expect(status(page, 'Signed out: Firefox on Linux.')).toBeVisible();
    await expect(sessions(page)).toHaveCount(2);
    await expect(sessions(page).filter({ hasText: 'Firefox' })).toHaveCount(0);
    await expect(page.getByRole('heading', { name: 'Where you are signed in' })).toBeFocused();
    await expect(happened(page).first()).toHaveText('Signed out');
    await inspectAll(page, '31-session-signed-out');

    other.watch.refusal(401, 2);
    await other.page.reload();
    await expectView(other.page, MUST_SIGN_IN);
    await phone.page.reload();
    await expectView(phone.page, 'Multi-factor authentication');
    for (const { context } of [other, phone]) await context.close();
  });

  test('all others are signed out at once, and this browser is not', async ({ page, browser, server }) => {
    const person = newPerson();
    await signUp(page, person);
    const others = [await elsewhere(browser, server, person, FIREFOX), await elsewhere(browser, server, person, IPHONE)];
    await page.reload();
    await expect(sessions(page)).toHaveCount(3);
    await button(page, 'Sign out all others').click();
    await expect(status(page, 'You are signed out everywhere but here.')).toBeVisible();
    await expect(sessions(page)).toHaveCount(1);
    await expect(button(page, 'Sign out all others')).toHaveCount(0);
    await expect(page.getByRole('heading', { name: 'Where you are signed in' })).toBeFocused();
    for (const { page: other, context, watch } of others) {
      watch.refusal(401, 2);
      await other.reload();
      await expectView(other, MUST_SIGN_IN);
      await context.close();
    }
    await page.reload();
    await expectView(page, 'Multi-factor authentication');
  });

  test('a browser that signed out meanwhile is gone from the list all the same', async ({ page, browser, server, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    const { page: other, context } = await elsewhere(browser, server, person, FIREFOX);
    await page.reload();
    await expect(sessions(page)).toHaveCount(2);
    await button(other, 'Sign out').click();
    await expectView(other, 'Sign in');
    watch.refusal(404);
    await button(page, 'Sign out Firefox on Linux').click();
    await expect(sessions(page)).toHaveCount(1);
    await context.close();
  });

  test('without the network the button says so, and Try again goes on', async ({ page, browser, server, context, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    const other = await elsewhere(browser, server, person, FIREFOX);
    await page.reload();
    await expect(sessions(page)).toHaveCount(2);
    await context.setOffline(true);
    watch.failure();
    await button(page, 'Sign out Firefox on Linux').click();
    await expect(page.getByRole('alert').filter({ hasText: 'We could not reach the server.' })).toBeVisible();
    await context.setOffline(false);
    await button(page, 'Try again').click();
    await expect(status(page, 'Signed out: Firefox on Linux.')).toBeVisible();
    await expect(sessions(page)).toHaveCount(1);
    await other.context.close();
  });
});

test.describe('What happened to an account', () => {
  test('the last five are beside the way to all of them', async ({ page, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    await expect(happened(page)).toHaveText(['Account created']);
    for (let n = 0; n < 2; n += 1) {
      await button(page, 'Sign out').click();
      await expectView(page, 'Sign in');
      watch.refusal(422);
      await field(page, 'Email address').fill(person.email);
      await field(page, 'Password').fill('a wrong password');
      await button(page, 'Sign in').click();
      await expect(page).toHaveTitle(/^Error: /);
      await field(page, 'Password').fill(person.password);
      await button(page, 'Sign in').click();
      await expectView(page, 'Multi-factor authentication');
    }
    const latest = ['Signed in with your password', 'Password refused', 'Signed out'];
    await expect(happened(page)).toHaveText([...latest, ...latest.slice(0, 2)]);
    await expect(events(page).first()).toContainText(/Chrome on Linux · (127\.0\.0\.1|::1) · /);
    await expect(events(page).first().locator('time')).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

    await link(page, 'All activity').click();
    await expectView(page, 'Account activity');
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    await expect(happened(page)).toHaveText([...latest, ...latest, 'Account created']);
    await expect(button(page, 'Show older')).toHaveCount(0);
    await inspectAll(page, '32-activity');
    await link(page, 'Manage multi-factor authentication').click();
    await expectView(page, 'Multi-factor authentication');
  });

  test('older events come on demand, and reading goes on with the first of them', async ({ page, server }) => {
    const person = newPerson();
    await signUp(page, person);
    server.makeEvents(person, 44);
    await page.goto('/account/activity');
    await expect(events(page)).toHaveCount(20);
    await button(page, 'Show older').click();
    await expect(events(page)).toHaveCount(40);
    await expect(events(page).nth(20)).toBeFocused();
    await inspect(page, '33-activity-older');
    await button(page, 'Show older').click();
    await expect(events(page)).toHaveCount(45);
    await expect(events(page).nth(40)).toBeFocused();
    await expect(events(page).last()).toContainText('Account created');
    await expect(button(page, 'Show older')).toHaveCount(0);
    const texts = await events(page).allTextContents();
    expect(new Set(texts).size, 'none of them twice').toBe(45);
  });

  test('an event that only a newer server knows is shown as one', async ({ page }) => {
    await signUp(page, newPerson());
    await page.route(ACTIVITY, async (route) => {
      const reply = await route.fetch();
      const body = await reply.json();
      body.response.unshift({ ...body.response[0], id: 'evt_new', kind: 'brand_new', strategy: 'brand_new', user_agent: null, ip_address: null });
      await route.fulfill({ response: reply, json: body });
    });
    await page.goto('/account/activity');
    await expect(happened(page)).toHaveText(['Something else happened', 'Account created']);
    await expect(events(page).first()).toContainText('Unknown browser');
  });

  test('without any event the page says so', async ({ page }) => {
    await signUp(page, newPerson());
    await page.route(ACTIVITY, (route) => route.fulfill({ json: { response: [], client: null } }));
    await page.goto('/account/activity');
    await expect(page.getByText('Nothing has happened yet.')).toBeVisible();
    await inspectAll(page, '34-activity-empty');
    await page.goto('/account/manage-mfa');
    await expect(page.getByText('Nothing has happened yet.')).toBeVisible();
  });

  for (const [path, shown] of [
    ['/account/manage-mfa', 'Where you are signed in'],
    ['/account/activity', 'Account created'],
  ]) {
    test(`${path} says that the server does not answer, and Try again goes on`, async ({ page, watch }) => {
      await signUp(page, newPerson());
      await page.route(ACTIVITY, (route) => route.abort());
      watch.failure();
      await page.goto(path);
      await expect(page.getByRole('alert').filter({ hasText: 'We could not reach the server.' })).toBeVisible();
      await expect(page.getByText('Loading…')).toHaveCount(0);
      await inspectAll(page, `35-failed-${path.split('/').at(-1)}`);
      await page.unroute(ACTIVITY);
      await button(page, 'Try again').click();
      await expect(page.getByText(shown).first()).toBeVisible();
      await expect(page.getByRole('alert').filter({ hasText: 'We could not reach the server.' })).toHaveCount(0);
    });

    test(`${path} says when it takes long, and nothing moves once it is there`, async ({ page }) => {
      await signUp(page, newPerson());
      const release = await held(page, ACTIVITY);
      await page.goto(path);
      await expect(page.getByText('Loading…')).toBeVisible();
      await inspect(page, `36-loading-${path.split('/').at(-1)}`);
      await page.evaluate(() => {
        window.moved = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.moved += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
      });
      release();
      await expect(page.getByText(shown).first()).toBeVisible();
      await expect(page.getByText('Loading…')).toHaveCount(0);
      expect(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(window.moved))))).toBeLessThanOrEqual(0.01);
    });
  }

  test('a session that has ended leads to the sign-in page, and back', async ({ page, context, watch }) => {
    const person = newPerson();
    await signUp(page, person);
    await context.clearCookies();
    watch.refusal(401);
    await link(page, 'All activity').click();
    await expectView(page, 'Sign in');
    await expect(page.getByText("You've been signed out")).toBeVisible();
    expect(new URL(page.url()).searchParams.get('return_to')).toBe('/account/activity');
    await field(page, 'Email address').fill(person.email);
    await field(page, 'Password').fill(person.password);
    await button(page, 'Sign in').click();
    await expectView(page, 'Account activity');
  });
});
