// PostgreSQL goes away, comes back, or answers no more.

import { expect, test } from '@playwright/test';
import { join } from 'node:path';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { expectUnavailable, untilBack } from '../../support/fault.js';
import { Agent, enrol, signUp, told } from '../../support/person.js';
import { Postgres } from '../../support/postgres.js';
import { Relay } from '../../support/relay.js';
import { Server } from '../../support/server.js';

let postgres;
let server;

test.beforeAll(async () => {
  postgres = await Postgres.start();
  server = await Server.start({ TWOFOLD_DATABASE_URL: postgres.url, TWOFOLD_RATE_LIMITS: 'off' });
});

test.afterAll(async () => {
  const end = await server.stop();
  await postgres.remove();
  expect(end.code).toBe(0);
  expect(end.stderr).not.toMatch(/panick/);
});

test('a database that is stopped at once under load has what was acknowledged when it is back', async () => {
  test.setTimeout(120_000);
  const person = await enrol(server.url);
  await person.agent.delete('/v1/client/sessions');
  const acknowledged = [];
  let stopped = false;
  const load = Array.from({ length: 4 }, async () => {
    while (!stopped) {
      const agent = await Agent.at(server.url);
      const email = `load${acknowledged.length}-${Math.random()}@example.com`;
      const reply = await agent.post('/v1/client/sign_ups', { email_address: email, password: 'violet-kettle-mosaic-42' });
      if (reply.ok()) acknowledged.push(email);
      else expect(['503 service_unavailable']).toContain(await told(reply));
      await agent.close();
    }
  });
  await expect.poll(() => acknowledged.length, { intervals: [20] }).toBeGreaterThan(3);
  await postgres.stopAtOnce();

  const right = codeAt(person.secret, Math.max(person.step + 1, currentStep()));
  const took = [await expectUnavailable(() => person.agent.signIn(person.email))];
  took.push(await expectUnavailable(() => person.agent.get('/v1/client')));
  expect((await person.agent.get('/readyz')).status()).toBe(503);
  expect((await person.agent.get('/healthz')).status(), 'the program itself is alive').toBe(200);
  stopped = true;
  await Promise.all(load);

  await postgres.run();
  const back = await untilBack(() => person.agent.get('/readyz'));
  expect(await told(await person.agent.signInWith(person.email, 'totp', right))).toBe('200');
  for (const email of acknowledged) {
    const agent = await Agent.at(server.url);
    expect(await told(await agent.signIn(email)), email).toBe('200');
    await agent.close();
  }
  console.log(`PostgreSQL stopped: refused within ${Math.max(...took)} ms, back ${back} ms after it was`);
});

test('a database that answers no more is a refusal within five seconds, and works again when it does', async () => {
  test.setTimeout(120_000);
  const { agent } = await signUp(server.url);
  const stranger = await Agent.at(server.url);
  postgres.halt();
  let took;
  try {
    took = await Promise.all([
      expectUnavailable(() => agent.get('/v1/me')),
      expectUnavailable(() => agent.post('/v1/me/totp')),
      expectUnavailable(() => stranger.signIn('nobody@example.com')),
      expectUnavailable(() => agent.get('/v1/client')),
    ]);
    took.push(await expectUnavailable(() => agent.get('/v1/me')));
  } finally {
    postgres.goOn();
  }
  const back = await untilBack(() => agent.get('/v1/me'));
  console.log(`PostgreSQL halted: refused within ${Math.max(...took)} ms, back ${back} ms after it was`);
});

test('a database that is not heard of any more in the middle of a commit is a refusal, and what was asked is whole', async () => {
  const relay = await Relay.start(postgres.port);
  const cutOff = await Server.start({
    TWOFOLD_DATABASE_URL: postgres.url.replace(`:${postgres.port}/`, `:${relay.port}/`),
    TWOFOLD_DATABASE_TIMEOUT: '1s',
    TWOFOLD_KEYS_FILE: join(server.folder, 'data', 'keys'),
    TWOFOLD_RATE_LIMITS: 'off',
  });
  try {
    const agent = await Agent.at(cutOff.url);
    const email = 'middle@example.com';
    const form = { email_address: email, password: 'violet-kettle-mosaic-42', first_name: 'Dorothea' };
    // The transaction that writes the name, and not one that the server does by itself. (It begins with READ COMMITTED.)
    relay.holdAfter(form.first_name, 'COMMIT\0');
    const took = await expectUnavailable(() => agent.post('/v1/client/sign_ups', form));
    expect(relay.hasHeld, 'it was cut off in the commit').toBe(true);
    // Others are served meanwhile, and the account is there with all that belongs to it.
    expect(await told(await agent.signIn(email))).toBe('200');
    expect(await told(await agent.get('/v1/me'))).toBe('200');
    await agent.close();
    console.log(`PostgreSQL not heard of in a commit: refused within ${took} ms`);
  } finally {
    await relay.close();
    await cutOff.stop();
  }
});
