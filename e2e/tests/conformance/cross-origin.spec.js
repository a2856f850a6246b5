// An app on an origin of its own, which the server was told of: its calls cross origins, and the cookies come along.

import { codeAt, stepAfter } from '../../support/authenticator.js';
import { newPerson } from '../../support/app.js';
import { addTotp, expectUser, signIn, signOut, signUp } from '../../support/clerk-app.js';
import { Site, Visitor, expect, test } from '../../support/site.js';
import { decode } from '../../support/tokens.js';

test('an app on a configured origin signs up, adds a factor and signs in', async ({ browser }) => {
  const site = await Site.start({ crossOrigin: true });
  try {
    expect(new URL(site.api).origin).not.toBe(new URL(site.url).origin);
    const visitor = await Visitor.arrive(browser, site);
    const { page } = visitor;
    const person = newPerson();
    await signUp(page, person);
    const { key, step } = await addTotp(page);
    await signOut(page);
    await signIn(page, person, 'totp', codeAt(key, await stepAfter(step)));
    await expectUser(page, { 'signed-in': true, email: person.email, 'totp-enabled': true });

    // The token is for the pages of the app, in the name of the server.
    expect(decode((await visitor.cookies()).__session).claims).toMatchObject({ iss: site.api, azp: site.url });

    // The cookie of the server is sent along from a document that is loaded anew.
    await page.reload();
    await expectUser(page, { 'signed-in': true });
    visitor.verify();
    await visitor.leave();
  } finally {
    await site.stop();
  }
});

test('an app on any other origin is not let in', async ({ browser }) => {
  const site = await Site.start({ crossOrigin: true, settings: { TWOFOLD_ALLOWED_ORIGINS: 'https://app.example.com' } });
  const context = await browser.newContext({ baseURL: site.url });
  try {
    const page = await context.newPage();
    await page.goto('/sign-up');
    const outcome = await page.evaluate(
      (api) =>
        fetch(`${api}/v1/client`, { credentials: 'include' }).then(
          () => 'read',
          () => 'refused',
        ),
      site.api,
    );
    expect(outcome).toBe('refused');
    await expect(page.getByRole('heading')).toHaveCount(0);
  } finally {
    await context.close();
    await site.stop();
  }
});
