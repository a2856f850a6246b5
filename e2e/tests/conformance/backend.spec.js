// A service behind the app: Clerk's own `@clerk/backend` with nothing but the public key, which never calls us.

import { createClerkClient, verifyToken } from '@clerk/backend';
import { generateKeyPairSync, sign } from 'node:crypto';
import { newPerson } from '../../support/app.js';
import { fact, signOut, signUp } from '../../support/clerk-app.js';
import { Site, Visitor, expect, test as base } from '../../support/site.js';
import { decode, publicKeyOf } from '../../support/tokens.js';

/** What the clients of Clerk allow clocks to differ by. */
const CLOCK_SKEW_SECONDS = 5;

/** What the service knows of a signed-in browser: a token, and the key of the tokens. */
const test = base.extend({
  token: async ({ request, site }, use) => {
    const { email, password } = newPerson();
    const origin = { origin: site.url };
    const signedUp = await request.post(`${site.api}/v1/client/sign_ups`, {
      headers: origin,
      form: { email_address: email, password },
    });
    const { response } = await signedUp.json();
    const reply = await request.post(`${site.api}/v1/client/sessions/${response.created_session_id}/tokens`, { headers: origin });
    await use((await reply.json()).jwt);
  },
  options: async ({ token, site }, use) => {
    await use({ jwtKey: await publicKeyOf(token, site.api), authorizedParties: [site.url] });
  },
});

/** A token as anybody could write it, signed by `key` or not at all. */
function forge({ header, claims }, key) {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${key ? sign('RSA-SHA256', Buffer.from(text), key).toString('base64url') : ''}`;
}

/** Does something while the clock of this process shows another time. */
async function atTime(seconds, action) {
  const { now } = Date;
  Date.now = () => seconds * 1000;
  try {
    return await action();
  } finally {
    Date.now = now;
  }
}

test('verifyToken accepts our token', async ({ token, options }) => {
  const claims = await verifyToken(token, options);
  expect(claims).toEqual(decode(token).claims);
});

test('verifyToken accepts our token to its last second, and not afterwards', async ({ token, options }) => {
  const { iat, exp } = decode(token).claims;
  expect(exp - iat).toBe(60);
  const valid = await atTime(exp - 1, () => verifyToken(token, options));
  expect(valid.exp).toBe(exp);
  await expect(atTime(exp + CLOCK_SKEW_SECONDS, () => verifyToken(token, options))).rejects.toMatchObject({ reason: 'token-expired' });
  await expect(atTime(exp + 3600, () => verifyToken(token, options))).rejects.toMatchObject({ reason: 'token-expired' });
});

test('verifyToken refuses a token of another key, though it says the same', async ({ token, options }) => {
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  await expect(verifyToken(forge(decode(token), stranger), options)).rejects.toMatchObject({ reason: 'token-invalid-signature' });
});

test('verifyToken refuses what our token was changed to', async ({ token, options }) => {
  const { header, claims } = decode(token);
  const changed = forge({ header, claims: { ...claims, sub: 'user_somebodyelse' } }).replace(/\.$/, `.${token.split('.')[2]}`);
  await expect(verifyToken(changed, options)).rejects.toMatchObject({ reason: 'token-invalid-signature' });
});

test('verifyToken refuses a token without a signature', async ({ token, options }) => {
  const { header, claims } = decode(token);
  await expect(verifyToken(forge({ header: { ...header, alg: 'none' }, claims }), options)).rejects.toMatchObject({
    reason: 'token-invalid-algorithm',
  });
  await expect(verifyToken(forge({ header, claims }), options)).rejects.toMatchObject({ reason: 'token-invalid-signature' });
});

test('verifyToken refuses a token for pages of another origin', async ({ token, options }) => {
  await expect(verifyToken(token, { ...options, authorizedParties: ['https://elsewhere.example'] })).rejects.toMatchObject({
    reason: 'token-invalid-authorized-parties',
  });
});

test.describe('authenticateRequest', () => {
  /** What a service of the app says to a request, which is decided by the public key alone. */
  function authenticate(site, headers, options) {
    const service = createClerkClient({
      publishableKey: site.publishableKey,
      // It insists on having one, and never uses it where it has the public key.
      secretKey: 'sk_live_unused',
      telemetry: { disabled: true },
    });
    return service.authenticateRequest(new Request(`${site.url}/orders`, { headers }), options);
  }

  const bearing = (token) => ({ authorization: `Bearer ${token}` });

  test('knows who sends our token', async ({ token, options, site }) => {
    const state = await authenticate(site, bearing(token), options);
    expect(state.status, state.reason).toBe('signed-in');
    const { sub, sid } = decode(token).claims;
    expect(state.toAuth()).toMatchObject({ userId: sub, sessionId: sid, isAuthenticated: true, factorVerificationAge: [0, -1] });
  });

  test('knows nobody by a token of another key, or by one that is over', async ({ token, options, site }) => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const forged = await authenticate(site, bearing(forge(decode(token), stranger)), options);
    expect(forged).toMatchObject({ status: 'signed-out', reason: 'token-invalid-signature' });

    const { exp } = decode(token).claims;
    const late = await atTime(exp + CLOCK_SKEW_SECONDS, () => authenticate(site, bearing(token), options));
    expect(late).toMatchObject({ status: 'signed-out', reason: expect.stringMatching(/^session-token-expired/) });
  });

  test('knows a browser by the cookies that the server and the client have set', async ({ browser }) => {
    // By cookies a service takes the tokens of the host that its publishable key names, and localhost it cannot name.
    const site = await Site.start({ host: '127.0.0.1' });
    const visitor = await Visitor.arrive(browser, site);
    try {
      const { page } = visitor;
      await signUp(page, newPerson());
      const options = { jwtKey: await publicKeyOf((await visitor.cookies()).__session, site.api), authorizedParties: [site.url] };
      const cookieHeader = async () => ({
        cookie: Object.entries(await visitor.cookies())
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
      });
      const state = await authenticate(site, await cookieHeader(), options);
      expect(state.status, state.reason).toBe('signed-in');
      expect(state.toAuth().userId).toBe(await fact(page, 'user-id'));

      await signOut(page);
      const after = await authenticate(site, await cookieHeader(), options);
      expect(after).toMatchObject({ status: 'signed-out', reason: 'session-token-and-uat-missing' });
      visitor.verify();
    } finally {
      await visitor.leave();
      await site.stop();
    }
  });
});
