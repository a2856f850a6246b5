// The README's example for Node, as it stands there.

import { writeFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newPerson } from '../../support/app.js';
import { example } from '../../support/readme.js';
import { expect, test } from '../../support/site.js';
import { decode, publicKeyOf } from '../../support/tokens.js';

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

  const jwtKey = await publicKeyOf(jwt, site.api);
  const options = { jwtKey, issuer: decode(jwt).claims.iss, pages: [site.url] };
  expect(await signedIn(jwt, options)).toEqual({ user: response.created_user_id, hasSecondFactor: false });
  await expect(signedIn(jwt, { ...options, pages: ['https://elsewhere.example'] })).rejects.toThrow();
  await expect(signedIn(jwt, { ...options, issuer: 'https://elsewhere.example' })).rejects.toThrow('not signed in');
  const [header, claims, signature] = jwt.split('.');
  const changed = Buffer.from(JSON.stringify({ ...decode(jwt).claims, sub: 'user_other' })).toString('base64url');
  await expect(signedIn([header, changed, signature].join('.'), options)).rejects.toThrow();
  expect(claims).not.toBe(changed);
});
