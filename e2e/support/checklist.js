// What the tests of the accessibility checklist share.

import { ADMINISTRATORS } from './dashboard_views.js';
import { mailing } from './mail_server.js';
import { PASSWORD, enrol, moveIn, signUp } from './person.js';
import { expect, test as base } from './test.js';
import { openViews } from './views.js';

export { expect };

export const test = base.extend({
  // Nobody does as much in ten seconds as these tests do; limits have tests of their own.
  ...mailing({ TWOFOLD_RATE_LIMITS: 'off', TWOFOLD_ADMINISTRATORS: ADMINISTRATORS.join() }),
  openedViews: [
    async ({ browser, server, mailServer }, use) => {
      const opened = await openViews(browser, server, mailServer);
      await use(opened);
      await opened.close();
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  /** Every page in every state, open in tabs that all tests share: whoever changes one changes it back. */
  views: async ({ openedViews }, use) => {
    await use(openedViews.views);
    openedViews.verify();
  },
});

/** A style sheet for the page on top of its own, as people's own settings have; answers how to take it away. */
export async function restyle(page, css) {
  const sheet = await page.evaluateHandle((text) => {
    const added = new CSSStyleSheet();
    added.replaceSync(text);
    document.adoptedStyleSheets.push(added);
    return added;
  }, css);
  return () =>
    sheet.evaluate((added) => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== added);
    });
}

/** By how many pixels the page is wider than its window. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** Somebody who has an account and is signed in in the browser of this page. It does not go through the pages. */
export async function newcomer(page, server) {
  const { agent, ...person } = await signUp(server.url);
  await moveIn(page.context(), agent);
  return { ...person, password: PASSWORD };
}

/** The same with an authenticator app; the step before the present one is used up. */
export async function owner(page, server) {
  const { agent, ...person } = await enrol(server.url);
  await moveIn(page.context(), agent);
  return { ...person, password: PASSWORD };
}

/** The same, but signed in nowhere. */
export async function account(server) {
  const { agent, ...person } = await enrol(server.url);
  await agent.delete('/v1/client/sessions');
  await agent.close();
  return { ...person, password: PASSWORD };
}

/** What is in the clipboard: pasted into a field, since no script of the app's origin may read it. */
export async function pasted(context) {
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.evaluate(() => {
    const field = document.body.appendChild(document.createElement('textarea'));
    field.id = 'pasted';
    field.focus();
  });
  await page.keyboard.press('Control+V');
  const text = await page.locator('#pasted').inputValue();
  await page.close();
  return text;
}
