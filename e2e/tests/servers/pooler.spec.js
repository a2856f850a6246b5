// Servers behind the real pgbouncer, which lends a connection to PostgreSQL for one transaction at a time.

import { expect, test } from '@playwright/test';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { Agent, enrol, told } from '../../support/person.js';
import { PgBouncer } from '../../support/pgbouncer.js';
import { Postgres } from '../../support/postgres.js';
import { Server, temporaryFolder } from '../../support/server.js';

const KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

let postgres;
let pgbouncer;
let settings;

test.beforeAll(async () => {
  postgres = await Postgres.start();
  // Fewer connections than the servers have, so that each is lent to all of them in turn.
  pgbouncer = await PgBouncer.before(postgres, { connections: 3 });
  settings = {
    TWOFOLD_DATABASE_URL: pgbouncer.url,
    TWOFOLD_DATABASE_POOLER: 'transaction',
    TWOFOLD_KEYS: KEY,
    TWOFOLD_RATE_LIMITS: 'off',
  };
});

test.afterAll(async () => {
  await pgbouncer.stop();
  await postgres.remove();
});

async function stopped(server) {
  const end = await server.stop();
  expect(end.code).toBe(0);
  expect(end.stderr).not.toMatch(/panick|prepared statement/);
}

/** Everything that people do with second factors, once. */
async function story(url) {
  const person = await enrol(url);
  const { agent, email, secret, codes } = person;
  expect(await told(await agent.delete('/v1/client/sessions'))).toBe('200');
  expect(await told(await agent.signInWith(email, 'backup_code', codes[0]))).toBe('200');
  const me = await (await agent.get('/v1/me')).json();
  expect(me.response.backup_codes_remaining).toBe(9);
  await agent.delete('/v1/client/sessions');
  const step = Math.max(person.step + 1, currentStep());
  expect(await told(await agent.signInWith(email, 'totp', codeAt(secret, person.step)))).toBe('422 form_code_incorrect');
  expect(await told(await agent.signInWith(email, 'totp', codeAt(secret, step)))).toBe('200');
  const activity = await (await agent.get('/v1/me/activity')).json();
  expect(activity.response.map(({ kind }) => kind)).toContain('totp_verified');
  expect(await told(await agent.post('/v1/me/backup_codes'))).toBe('200');
  expect(await told(await agent.delete('/v1/me/totp'))).toBe('200');
  await agent.close();
}

test('two servers make the tables at once and live through everything, many people at once', async () => {
  test.setTimeout(180_000);
  const servers = await Promise.all([Server.start(settings), Server.start(settings)]);
  await Promise.all(Array.from({ length: 6 }, (_, turn) => story(servers[turn % 2].url)));
  await Promise.all(servers.map(stopped));
});

test('a code is accepted once by two servers behind a pooler', async () => {
  test.setTimeout(120_000);
  const servers = await Promise.all([Server.start(settings), Server.start(settings)]);
  const person = await enrol(servers[0].url);
  const code = codeAt(person.secret, person.step + 1);
  const replies = await Promise.all(
    Array.from({ length: 8 }, async (_, turn) => {
      const agent = await Agent.at(servers[turn % 2].url);
      const reply = await told(await agent.signInWith(person.email, 'totp', code));
      await agent.close();
      return reply;
    }),
  );
  expect(replies.filter((reply) => reply === '200')).toHaveLength(1);
  expect(new Set(replies)).toEqual(new Set(['200', '422 form_code_incorrect']));
  await Promise.all(servers.map(stopped));
});

test('a statement that waits too long behind a pooler is given up', async () => {
  const server = await Server.start({ ...settings, TWOFOLD_DATABASE_TIMEOUT: '1s' }, { folder: await temporaryFolder() });
  const { agent } = await enrol(server.url);
  const lock = postgres.hold('LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
  await lock.held;
  const asked = performance.now();
  expect(await told(await agent.post('/v1/me/backup_codes'))).toBe('503 service_unavailable');
  expect(performance.now() - asked).toBeLessThan(5_000);
  await lock.release();
  await expect.poll(async () => told(await agent.get('/v1/me'))).toBe('200');
  await stopped(server);
});
