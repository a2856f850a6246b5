// TLS on the way to PostgreSQL: what each sslmode demands, and what is said where it is not given.

import { expect, test } from '@playwright/test';
import { signUp } from '../../support/person.js';
import { Postgres } from '../../support/postgres.js';
import { serve, Server, temporaryFolder } from '../../support/server.js';

const KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

let postgres;
let other;

test.beforeAll(async () => {
  postgres = await Postgres.start({ tls: true });
  other = await Postgres.start({ tls: true });
});

test.afterAll(async () => {
  await postgres.remove();
  await other.remove();
});

const url = (parameters, host = 'localhost') => `postgres://postgres@${host}:${postgres.port}/postgres?${new URLSearchParams(parameters)}`;

async function refusal(database) {
  const { ended } = serve(
    { TWOFOLD_DATABASE_URL: database, TWOFOLD_LISTEN: '127.0.0.1:0', TWOFOLD_KEYS: KEY },
    { cwd: await temporaryFolder() },
  );
  const end = await ended;
  expect(end.code).toBe(1);
  expect(end.stderr.trim().split('\n')).toHaveLength(1);
  return end.stderr;
}

for (const [name, parameters] of [
  ['require encrypts, whoever the server is', () => ({ sslmode: 'require' })],
  ['verify-full takes the server that the authority vouches for', () => ({ sslmode: 'verify-full', sslrootcert: postgres.authority })],
  ['verify-ca does', () => ({ sslmode: 'verify-ca', sslrootcert: postgres.authority })],
  ['without a word TLS is taken where there is some', () => ({})],
]) {
  test(`sslmode: ${name}`, async () => {
    const server = await Server.start({ TWOFOLD_DATABASE_URL: url(parameters()), TWOFOLD_KEYS: KEY });
    const { agent } = await signUp(server.url);
    expect(postgres.ask("SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'twofold'")).toBe('t');
    await agent.close();
    expect((await server.stop()).code).toBe(0);
  });
}

test('a server of another authority is refused, and so is one under another name', async () => {
  const authority = { sslmode: 'verify-full', sslrootcert: other.authority };
  expect(await refusal(url(authority))).toMatch(/no connection by TLS: .*certificate.*sslrootcert/i);
  const name = { sslmode: 'verify-full', sslrootcert: postgres.authority };
  expect(await refusal(url(name, '127.0.0.1'))).toMatch(/no connection by TLS: .*certificate.*sslmode/i);
  expect(await refusal(url({ sslmode: 'verify-full' }))).toMatch(/no connection by TLS: .*certificate/i);
});

test('a misspelt sslmode, a missing certificate and a server without TLS stop the start', async () => {
  expect(await refusal(url({ sslmod: 'verify-full' }))).toContain('it has the parameter `sslmod`');
  expect(await refusal(url({ sslmode: 'verify-full', sslrootcert: '/nowhere.pem' }))).toContain('/nowhere.pem: No such file');
  const plain = await Postgres.start();
  const unencrypted = await refusal(`${plain.url}?sslmode=require`);
  await plain.remove();
  expect(unencrypted).toContain('no connection by TLS');
});
