// The README's example for Node, as it stands there.

import { request as requests } from '@playwright/test';
import { generateKeyPairSync, sign } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newPerson } from '../../support/app.js';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { example } from '../../support/readme.js';
import { Site, expect, test } from '../../support/site.js';
import { decode } from '../../support/tokens.js';

// Beside the packages that it imports.
const file = new URL('../../artefacts/readme-example.mjs', import.meta.url);

test.afterAll(() => {
  rmSync(fileURLToPath(file), { force: true });
});

test('the example for Node tells who is signed in, and refuses what is not for it', async ({ request, site }) => {
  writeFileSync(fileURLToPath(file), example('js'));
  const { signedIn } = await import(file);
  const { email, password } = newPerson();
  const headers = { origin: site.url };
  const form = { email_address: email, password };
  const { response } = await (await request.post(`${site.api}/v1/client/sign_ups`, { headers, form })).json();
  const path = `${site.api}/v1/client/sessions/${response.created_session_id}/tokens`;
  const { jwt } = await (await request.post(path, { headers })).json();

  const { keys } = await (await request.get(`${site.api}/.well-known/jwks.json`)).json();
  const options = { keys, issuer: decode(jwt).claims.iss, pages: [site.url] };
  expect(await signedIn(jwt, options)).toEqual({ user: response.created_user_id, hasSecondFactor: false });
  await expect(signedIn(jwt, { ...options, pages: ['https://elsewhere.example'] })).rejects.toThrow();
  await expect(signedIn(jwt, { ...options, issuer: 'https://elsewhere.example' })).rejects.toThrow('not signed in');
  const [header, claims, signature] = jwt.split('.');
  const changed = Buffer.from(JSON.stringify({ ...decode(jwt).claims, sub: 'user_other' })).toString('base64url');
  await expect(signedIn([header, changed, signature].join('.'), options)).rejects.toThrow();
  expect(claims).not.toBe(changed);

  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const forged = sign('RSA-SHA256', Buffer.from(`${header}.${claims}`), stranger).toString('base64url');
  await expect(signedIn([header, claims, forged].join('.'), options)).rejects.toMatchObject({ reason: 'token-invalid-signature' });
  await expect(signedIn(jwt, { ...options, keys: [] }), 'a key that nobody published').rejects.toThrow(TypeError);
  const { now } = Date;
  try {
    Date.now = () => (decode(jwt).claims.exp + 5) * 1000;
    await expect(signedIn(jwt, options)).rejects.toMatchObject({ reason: 'token-expired' });
  } finally {
    Date.now = now;
  }
});

test('the example for Node refuses whoever still has to set a second factor up', async () => {
  writeFileSync(fileURLToPath(file), example('js'));
  const { signedIn } = await import(file);
  const boss = newPerson('boss');
  const site = await Site.start({ settings: { TWOFOLD_ADMINISTRATORS: boss.email } });
  const contexts = [await requests.newContext(), await requests.newContext()];
  try {
    const headers = { origin: site.url };
    const change = async (context, path, form = {}) => {
      const reply = await context.post(`${site.api}/v1/${path}`, { headers, form });
      expect(reply.status(), await reply.text()).toBe(200);
      return reply.json();
    };
    const signUp = async (context, { email, password }) => {
      const { response } = await change(context, 'client/sign_ups', { email_address: email, password });
      return async () => (await change(context, `client/sessions/${response.created_session_id}/tokens`)).jwt;
    };
    const bossToken = await signUp(contexts[0], boss);
    const { response } = await change(contexts[0], 'me/totp');
    await change(contexts[0], 'me/totp/attempt_verification', { code: codeAt(response.secret, currentStep()) });
    const annToken = await signUp(contexts[1], newPerson());

    const { keys } = await (await fetch(`${site.api}/.well-known/jwks.json`)).json();
    const options = { keys, issuer: decode(await annToken()).claims.iss, pages: [site.url] };
    expect((await signedIn(await annToken(), options)).hasSecondFactor).toBe(false);
    await change(contexts[0], 'instance/multi_factor?_method=PATCH', { required: 'true' });
    await expect(signedIn(await annToken(), options)).rejects.toThrow('not signed in');
    expect((await signedIn(await bossToken(), options)).hasSecondFactor).toBe(true);
  } finally {
    for (const context of contexts) await context.dispose();
    await site.stop();
  }
});
