// Two or more servers on one database: raced, killed, and replaced one after the other while people use them.

import { expect, test } from '@playwright/test';
import { Agent, enrol, PASSWORD, told } from '../../support/person.js';
import { Postgres } from '../../support/postgres.js';
import { freePort, Server } from '../../support/server.js';

const KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

let postgres;
let settings;

test.beforeAll(async () => {
  postgres = await Postgres.start();
  settings = { TWOFOLD_DATABASE_URL: postgres.url, TWOFOLD_KEYS: KEY, TWOFOLD_RATE_LIMITS: 'off' };
});

test.afterAll(async () => {
  await postgres.remove();
});

async function stopped(server) {
  const end = await server.stop();
  expect(end.code).toBe(0);
  expect(end.stderr).not.toMatch(/panick/);
}

test('four servers that start at once on an empty database make its tables and its signing key once', async () => {
  test.setTimeout(120_000);
  const servers = await Promise.all(Array.from({ length: 4 }, () => Server.start(settings)));
  const agents = await Promise.all(servers.map((server) => Agent.at(server.url)));
  const sets = await Promise.all(agents.map(async (agent) => (await agent.get('/.well-known/jwks.json')).text()));
  expect(new Set(sets).size, 'all publish the same key').toBe(1);
  expect(postgres.ask('SELECT COUNT(*) FROM signing_keys')).toBe('1');
  expect(postgres.ask('SELECT COUNT(*) - COUNT(DISTINCT version) FROM _sqlx_migrations')).toBe('0');
  await Promise.all(servers.map(stopped));
});

test('the counter of an account, its sessions and the settings are those of all servers', async () => {
  test.setTimeout(120_000);
  const servers = await Promise.all([Server.start(settings), Server.start(settings)]);
  const person = await enrol(servers[0].url);

  const guesses = await Promise.all(
    Array.from({ length: 24 }, async (_, turn) => {
      const agent = await Agent.at(servers[turn % 2].url);
      const reply = await told(await agent.signIn(person.email, 'not the password'));
      await agent.close();
      return reply;
    }),
  );
  const looked = guesses.filter((reply) => reply.startsWith('422'));
  expect(looked, 'ten guesses are looked at, whichever server they come to').toHaveLength(10);
  expect(guesses.filter((reply) => reply === '403 user_locked')).toHaveLength(14);

  const elsewhere = await Agent.at(servers[1].url);
  const { cookies } = await person.agent.context.storageState();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const seen = await elsewhere.context.get('/v1/me', { headers: { cookie } });
  expect(seen.status(), 'the lock ended the session on both').toBe(401);
  await Promise.all(servers.map(stopped));
});

test('a server that is killed takes nobody with it, and leaves nothing half done', async () => {
  test.setTimeout(120_000);
  const [one, two] = await Promise.all([Server.start(settings), Server.start(settings)]);
  const signedUp = [];
  let killed = false;
  const people = Array.from({ length: 6 }, async (_, n) => {
    for (let turn = 0; !killed || turn < 2; turn += 1) {
      const email = `killed-${n}-${turn}-${Date.now()}@example.com`;
      const agent = await Agent.at(n % 2 ? one.url : two.url);
      try {
        const reply = await agent.post('/v1/client/sign_ups', { email_address: email, password: PASSWORD });
        if (reply.ok()) signedUp.push(email);
      } catch (error) {
        // Only of the server that is gone.
        if (n % 2 === 0) throw error;
        return;
      } finally {
        await agent.close();
      }
    }
  });
  await expect.poll(() => signedUp.length, { intervals: [20], timeout: 60_000 }).toBeGreaterThan(4);
  await one.kill();
  killed = true;
  await Promise.all(people);
  for (const email of signedUp) {
    const agent = await Agent.at(two.url);
    expect(await told(await agent.signIn(email)), email).toBe('200');
    await agent.close();
  }
  expect(postgres.ask('SELECT COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM sessions)')).toBe('0');
  await stopped(two);
});

test('servers are replaced one after the other, and nobody notices', async () => {
  test.setTimeout(180_000);
  const address = async () => `127.0.0.1:${await freePort()}`;
  const places = [await address(), await address()];
  const publicUrl = 'http://localhost:8787';
  const start = (place) =>
    Server.start({ ...settings, TWOFOLD_LISTEN: place, TWOFOLD_PUBLIC_URL: publicUrl, TWOFOLD_STOP_DELAY: '2s' });
  const servers = [await start(places[0]), await start(places[1])];

  // What stands before the servers asks each whether it is ready, and sends requests to those that are.
  const ready = [true, true];
  let done = false;
  const looking = (async () => {
    while (!done) {
      await Promise.all(
        places.map(async (place, n) => {
          const answer = await fetch(`http://${place}/readyz`).catch(() => null);
          ready[n] = answer?.status === 200;
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const requests = [];
  const next = (turn) => `http://${places[ready[turn % 2] ? turn % 2 : (turn + 1) % 2]}`;
  const readers = Array.from({ length: 2 }, async () => {
    for (let turn = 0; !done; turn += 1) {
      const asked = fetch(`${next(turn)}/v1/environment`);
      const answer = await asked.catch((error) => ({ status: String(error.cause ?? error) }));
      requests.push(answer.status);
      await answer.arrayBuffer?.();
    }
  });
  // People sign up, out and in again, each request at the one server or the other.
  let signIns = 0;
  const people = Array.from({ length: 2 }, async (_, person) => {
    const agent = await Agent.at(publicUrl);
    for (let turn = 0; !done; turn += 1) {
      const identifier = `roll${person}-${turn}@example.com`;
      const steps = [
        ['post', '/v1/client/sign_ups', { email_address: identifier, password: PASSWORD }],
        ['get', '/v1/me'],
        ['delete', '/v1/client/sessions'],
        ['post', '/v1/client/sign_ins', { identifier, strategy: 'password', password: PASSWORD }],
        ['get', '/v1/me'],
        ['delete', '/v1/client/sessions'],
      ];
      for (const [n, [method, path, form]] of steps.entries()) {
        const asked = agent[method](`${next(turn + n)}${path}`, form);
        requests.push(await asked.then((reply) => reply.status(), (error) => String(error)));
      }
      signIns += 1;
    }
    await agent.close();
  });
  const working = [...readers, ...people];
  await expect.poll(() => signIns, { timeout: 30_000 }).toBeGreaterThan(2);
  for (const n of [0, 1]) {
    await stopped(servers[n]);
    servers[n] = await start(places[n]);
    const before = signIns;
    await expect.poll(() => ready[n] && signIns > before + 2, { timeout: 30_000 }).toBe(true);
  }
  done = true;
  await Promise.all([looking, ...working]);
  expect(new Set(requests)).toEqual(new Set([200]));
  await Promise.all(servers.map(stopped));
});
