// Session tokens in the browser: what they say, how often they are fetched, and the cookie that the client keeps them in.

import { codeAt, stepAfter } from '../../support/authenticator.js';
import { newPerson } from '../../support/app.js';
import { addTotp, button, expectHeading, expectUser, fact, link, signIn, signOut, signUp } from '../../support/clerk-app.js';
import { expect, test } from '../../support/site.js';
import { decode } from '../../support/tokens.js';

async function shownToken(page, name) {
  await button(page, name).click();
  const shown = page.getByRole('status');
  await expect(shown).toHaveText(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  return shown.textContent();
}

async function openTokenPage(page) {
  await link(page, 'Token').click();
  await expectHeading(page, 'Token');
}

test('getToken brings a token that says who is signed in, and how they were checked', async ({ site, visitor }) => {
  const { page } = visitor;
  const person = newPerson();
  await signUp(page, person);
  await openTokenPage(page);

  const { header, claims } = decode(await shownToken(page, 'Get token'));
  expect(header).toMatchObject({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) });
  expect(claims).toMatchObject({
    iss: site.url,
    azp: site.url,
    sub: await fact(page, 'user-id'),
    sid: await fact(page, 'session-id'),
    sts: 'active',
    v: 2,
    fva: [0, -1],
    jti: expect.any(String),
  });
  expect(claims.exp - claims.iat, 'seconds that it is valid').toBe(60);
  expect(claims.nbf).toBeLessThanOrEqual(claims.iat);
  expect(Math.abs(claims.iat - Date.now() / 1000), 'issued just now').toBeLessThan(60);

  // As soon as a second factor was checked, tokens say so.
  const { key, step } = await addTotp(page);
  await openTokenPage(page);
  expect(decode(await shownToken(page, 'Get token')).claims.fva).toEqual([0, 0]);
  await signOut(page);
  await signIn(page, person, 'totp', codeAt(key, await stepAfter(step)));
  await openTokenPage(page);
  const later = decode(await shownToken(page, 'Get token')).claims;
  expect(later.fva).toEqual([0, 0]);
  expect(later.sid, 'another session').not.toBe(claims.sid);
});

test('a token that is wanted past the cache is asked for once', async ({ visitor }) => {
  const { page } = visitor;
  await signUp(page, newPerson());
  await openTokenPage(page);
  const made = visitor.count();
  const token = await shownToken(page, 'Get new token');
  expect(decode(token).claims.sid).toBe(await fact(page, 'session-id'));
  expect(made(/\/tokens$/)).toBe(1);
});

test('an idle page asks for next to nothing, and stays signed in', async ({ visitor }) => {
  test.setTimeout(90_000);
  const { page } = visitor;
  await signUp(page, newPerson());
  await page.goto('/account/token');
  await expectUser(page, { 'signed-in': true });
  const made = visitor.count();
  // Four rounds of the client's poll, which is what this test waits for.
  await page.waitForTimeout(20_000);
  expect(made(/\/tokens$/), 'requests for a token in 20 s').toBeLessThanOrEqual(1);
  expect(made(/./), 'requests in 20 s').toBeLessThanOrEqual(2);
  await expectUser(page, { 'signed-in': true });

  // What the cookie of the client holds is a token of this session.
  const { __session: cookie } = await visitor.cookies();
  expect(decode(cookie).claims.sid).toBe(await fact(page, 'session-id'));
});
