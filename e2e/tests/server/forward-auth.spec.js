// The README's example for nginx, as it stands there, with the real nginx: who gets to the service behind it.

import { expect, test } from '@playwright/test';
import { once } from 'node:events';
import http from 'node:http';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { Nginx } from '../../support/nginx.js';
import { example } from '../../support/readme.js';
import { Server } from '../../support/server.js';

let server;
let service;
let nginx;
/** What the service behind nginx was asked, newest last. */
let asked;

test.beforeAll(async () => {
  server = await Server.start();
  service = http.createServer((request, response) => {
    asked.push(request.headers);
    response.end('private');
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  const block = example('nginx')
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${service.address().port}`)
    .replaceAll('127.0.0.1:8787', new URL(server.url).host.replace('localhost', '127.0.0.1'));
  const strict = block
    .replaceAll('/private/', '/strict/')
    .replaceAll('/twofold;', '/twofold-strict;')
    .replaceAll('= /twofold ', '= /twofold-strict ')
    .replaceAll('/v1/forward_auth;', '/v1/forward_auth?require=second_factor;');
  nginx = await Nginx.start(block + strict);
});

test.beforeEach(() => {
  asked = [];
});

test.afterAll(async () => {
  await nginx?.stop();
  service?.close();
  await server?.stop();
});

let people = 0;

/** Signs somebody up; the browser's cookie, and the user's id. */
async function signUp() {
  people += 1;
  const fields = { email_address: `person-${people}@example.com`, password: 'tulip-anchor-92' };
  const { reply, cookie } = await post('/v1/client/sign_ups', fields);
  return { cookie, user: reply.response.created_user_id };
}

async function post(path, fields, cookie = '') {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { origin: server.url, cookie },
    body: new URLSearchParams(fields),
  });
  const reply = await response.json();
  expect(response.status, JSON.stringify(reply)).toBe(200);
  const set = response.headers.getSetCookie().find((text) => text.startsWith('client='));
  return { reply, cookie: set?.split(';')[0] ?? cookie };
}

async function get(path, headers) {
  const response = await fetch(nginx.url + path, { headers });
  await response.text();
  return response.status;
}

/** A request with so many headers `Cookie`; `fetch` would make one of them. */
async function getWithCookies(...cookies) {
  const headers = ['Host', 'localhost', 'Connection', 'close', ...cookies.flatMap((cookie) => ['Cookie', cookie])];
  const [response] = await once(http.get(`${nginx.url}/private/`, { headers }), 'response');
  response.resume();
  return response.statusCode;
}

test('the service learns who is signed in', async () => {
  const { cookie, user } = await signUp();
  expect(await get('/private/', { cookie })).toBe(200);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ 'x-twofold-user': user, 'x-twofold-second-factor': 'false' });
  expect(asked[0], 'the session stays between browser and Twofold').not.toHaveProperty('cookie');
});

test('whoever is not signed in does not get there', async () => {
  expect(await get('/private/', {})).toBe(401);
  expect(await get('/private/', { cookie: `client=${'A'.repeat(43)}` })).toBe(401);
  expect(asked).toEqual([]);
});

test('nobody gets there by naming themselves', async () => {
  const { cookie } = await signUp();
  for (const name of ['X-Twofold-User', 'X-Twofold-Second-Factor', 'x-twofold-user']) {
    expect(await get('/private/', { cookie, [name]: 'user_1' })).toBe(401);
    expect(await get('/private/', { [name]: 'user_1' })).toBe(401);
  }
  expect(asked).toEqual([]);
});

test('a name that some services take for ours gets lost on the way', async () => {
  const { cookie, user } = await signUp();
  expect(await get('/private/', { cookie, X_Twofold_User: 'user_1', 'X-Twofold_Second-Factor': 'true' })).toBe(200);
  const names = Object.keys(asked[0]).filter((name) => /twofold/.test(name));
  expect(names.sort()).toEqual(['x-twofold-second-factor', 'x-twofold-user']);
  expect(asked[0]).toMatchObject({ 'x-twofold-user': user, 'x-twofold-second-factor': 'false' });
});

test('nobody gets there with the cookies of two', async () => {
  const [ann, bob] = [(await signUp()).cookie, (await signUp()).cookie];
  expect(await getWithCookies(ann)).toBe(200);
  asked = [];
  expect(await getWithCookies(ann, bob)).toBe(401);
  expect(await getWithCookies(`${ann}; ${bob}`)).toBe(401);
  expect(asked).toEqual([]);
});

test('the question itself cannot be asked from outside', async () => {
  const { cookie } = await signUp();
  expect(await get('/twofold', { cookie })).toBe(404);
});

test('the query and the body of a request are the service’s', async () => {
  const { cookie } = await signUp();
  expect(await get('/private/?require=nothing&_clerk_session_id=sess_1', { cookie })).toBe(200);
  const response = await fetch(`${nginx.url}/private/`, { method: 'POST', headers: { cookie }, body: 'a=b' });
  expect(response.status).toBe(200);
  expect(asked.at(-1)['content-length']).toBe('3');
});

test('a second factor can be insisted on', async () => {
  const { cookie, user } = await signUp();
  expect(await get('/strict/', { cookie })).toBe(401);
  const { reply } = await post('/v1/me/totp', {}, cookie);
  const code = codeAt(reply.response.secret, currentStep());
  const verified = await post('/v1/me/totp/attempt_verification', { code }, cookie);
  expect(await get('/strict/', { cookie: verified.cookie })).toBe(200);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ 'x-twofold-user': user, 'x-twofold-second-factor': 'true' });
});

test('whoever signs out is out at once', async () => {
  const { cookie } = await signUp();
  expect(await get('/private/', { cookie })).toBe(200);
  await post('/v1/client/sessions?_method=DELETE', {}, cookie);
  expect(await get('/private/', { cookie })).toBe(401);
});

// Last, since it takes the server away.
test('without Twofold nobody gets there', async () => {
  const { cookie } = await signUp();
  await server.stop();
  server = undefined;
  expect(await get('/private/', { cookie })).toBe(500);
  expect(asked).toEqual([]);
});
