// What the tests of the dashboard share.

import { button, codeField, send } from './app.js';
import { codeAt, stepAfter } from './authenticator.js';
import { enrol, moveIn } from './person.js';
import { stepUp } from './step_up.js';
import { Watch, expect } from './test.js';

// Each test has an administrator of its own.
export const administrators = Array.from({ length: 40 }, (_, n) => `boss${n}@example.com`);

export const SETTINGS = { TWOFOLD_RATE_LIMITS: 'off', TWOFOLD_ADMINISTRATORS: administrators.join() };

/** An administrator with a second factor, signed in in the browser of this page. */
export async function administrator(page, server) {
  const { agent, ...boss } = await enrol(server.url, administrators.pop());
  await moveIn(page.context(), agent);
  return boss;
}

/** Somebody else in a browser of their own, who has an account. */
export async function elsewhere(browser, server, agent) {
  const context = await browser.newContext({ baseURL: server.url });
  await moveIn(context, agent);
  const watch = new Watch(server.url);
  watch.follow(context);
  return { context, watch, page: await context.newPage() };
}

export function switchOf(page, name) {
  return page.getByRole('switch', { name, exact: true });
}

export function status(page, words) {
  return page.getByRole('status').filter({ hasText: words });
}

export function alert(page, words) {
  return page.getByRole('alert').filter({ hasText: words });
}

/** Shows the step-up that it is the administrator. */
export async function confirm(page, boss) {
  await expect(stepUp(page)).toBeVisible();
  const code = codeAt(boss.secret, await stepAfter(boss.step));
  await send(stepUp(page), codeField(stepUp(page)), code, 'Continue');
  await expect(stepUp(page)).toBeHidden();
}
