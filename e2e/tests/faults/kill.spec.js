// The program is killed at any moment, again and again, while people use it. What was acknowledged is there afterwards,
// what was not is whole or absent, and no start needs a repair.

import { expect, test } from '@playwright/test';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { Agent, signUp, told } from '../../support/person.js';
import { Server, temporaryFolder } from '../../support/server.js';

const ROUNDS = 50;
const PEOPLE = 5;
const SETTINGS = { TWOFOLD_RATE_LIMITS: 'off', TWOFOLD_LOCKOUT_ATTEMPTS: '100' };

/** A generator of the same numbers from 0 to 1 for the same seed (mulberry32), so that a round can be repeated. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Uses everything once, and notes in `person` what was acknowledged the moment that it was. Ends by an exception when
 * the server is gone.
 */
async function live(url, person) {
  Object.assign(person, await signUp(url, person.email), { signedUp: true });
  const { agent } = person;
  person.secret = (await (await agent.post('/v1/me/totp')).json()).response.secret;
  const step = currentStep() - 1;
  const verified = await agent.post('/v1/me/totp/attempt_verification', { code: codeAt(person.secret, step) });
  person.codes = (await verified.json()).response.backup_codes;
  person.step = step;

  const cookies = await agent.context.storageState();
  expect(await told(await agent.delete('/v1/client/sessions'))).toBe('200');
  person.signedOut = cookies;

  expect(await told(await agent.signInWith(person.email, 'backup_code', person.codes[0]))).toBe('200');
  person.usedCode = person.codes[0];

  person.removing = true;
  expect(await told(await agent.delete('/v1/me/totp'))).toBe('200');
  person.removed = true;
}

/** Holds the server to what it acknowledged. */
async function holdToIt(url, person) {
  if (!person.signedUp) return;
  const agent = await Agent.at(url);
  const begun = await agent.signIn(person.email);
  expect(await told(begun), 'the account is there').toBe('200');
  const { status, id } = (await begun.json()).response;
  const isProtected = status === 'needs_second_factor';
  if (person.removed) expect(status, 'a factor that was removed is gone').toBe('complete');
  if (person.step && !person.removing) expect(status, 'a factor that was verified is there').toBe('needs_second_factor');
  const attempt = (strategy, code) =>
    agent.post(`/v1/client/sign_ins/${id}/attempt_second_factor`, { strategy, code });
  if (isProtected && person.step) {
    const again = await attempt('totp', codeAt(person.secret, person.step));
    expect(await told(again), 'a code is accepted once').toBe('422 form_code_incorrect');
  }
  if (isProtected && person.usedCode) {
    const again = await attempt('backup_code', person.usedCode);
    expect((await again.json()).errors[0].meta.reason, 'a backup code is used once').toBe('code_already_used');
  }
  if (isProtected && person.codes) {
    expect(await told(await attempt('backup_code', person.codes[5])), 'the codes are whole').toBe('200');
  }
  if (person.signedOut) {
    const thief = await Agent.at(url);
    const cookie = person.signedOut.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const reply = await thief.context.get('/v1/me', { headers: { cookie } });
    expect(reply.status(), 'a session that was ended is over').toBe(401);
    await thief.close();
  }
  await agent.close();
}

/** Nothing in the database is half done. */
function holdDatabase(server) {
  expect(server.ask('PRAGMA integrity_check')).toBe('ok');
  expect(server.ask('PRAGMA foreign_key_check')).toBe('');
  expect(
    server.ask(
      `SELECT t.user_id FROM totps t
         LEFT JOIN backup_code_sets b ON b.user_id = t.user_id
        WHERE t.verified_at IS NOT NULL
          AND (SELECT COUNT(*) FROM backup_codes c WHERE c.set_id = b.id) <> 10`,
    ),
    'whoever has a factor has ten codes',
  ).toBe('');
  expect(
    server.ask(
      `SELECT u.id FROM users u LEFT JOIN totps t ON t.user_id = u.id AND t.verified_at IS NOT NULL
        WHERE (u.mfa_enabled_at IS NULL) <> (t.id IS NULL)`,
    ),
    'whoever has it switched on has a factor',
  ).toBe('');
  expect(
    server.ask('SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM events)'),
    'every account has the event that made it',
  ).toBe('');
}

test(`${ROUNDS} times killed under load, everything acknowledged is there and nothing is half done`, async () => {
  test.setTimeout(600_000);
  const folder = await temporaryFolder();
  const seed = Number(process.env.FAULTS_SEED ?? 20_261_125);
  const random = randomOf(seed);
  const acknowledged = { accounts: 0, factors: 0, signOuts: 0, codes: 0, removals: 0 };
  let server = await Server.start(SETTINGS, { folder });
  // How long they take here and now when nothing happens, so that the blow falls at any moment of it.
  const begun = performance.now();
  await Promise.all(Array.from({ length: PEOPLE }, (_, n) => live(server.url, { email: `whole-${n}@example.com` })));
  const whole = performance.now() - begun;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const people = Array.from({ length: PEOPLE }, (_, n) => ({ email: `round${round}-${n}@example.com` }));
    const lives = people.map((person) => live(server.url, person).catch((error) => error));
    const delay = Math.round(random() * 1.1 * whole);
    await new Promise((resolve) => setTimeout(resolve, delay));
    expect((await server.kill()).stderr).not.toMatch(/panick/);
    const ends = await Promise.all(lives);
    for (const end of ends.filter(Boolean)) {
      // A refusal is no accident of the connection.
      expect(String(end), `round ${round}, seed ${seed}, killed after ${delay} ms`).not.toContain('toBe');
    }
    server = await Server.start(SETTINGS, { folder });
    holdDatabase(server);
    for (const person of people) {
      await holdToIt(server.url, person);
      acknowledged.accounts += Number(Boolean(person.signedUp));
      acknowledged.factors += Number(Boolean(person.step));
      acknowledged.signOuts += Number(Boolean(person.signedOut));
      acknowledged.codes += Number(Boolean(person.usedCode));
      acknowledged.removals += Number(Boolean(person.removed));
      await person.agent?.close();
    }
  }
  const end = await server.stop();
  expect(end.code).toBe(0);
  expect(end.stderr).not.toMatch(/panick/);
  console.log(`killed ${ROUNDS} times (seed ${seed}); acknowledged and found again: ${JSON.stringify(acknowledged)}`);
  for (const [name, count] of Object.entries(acknowledged)) expect(count, `${name} were put to the test`).toBeGreaterThan(0);
});
