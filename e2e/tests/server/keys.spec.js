// The encryption keys are replaced while people sign in: nobody notices, and nothing is lost.

import { expect, test } from '@playwright/test';
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { Agent, enrol, told } from '../../support/person.js';
import { Postgres } from '../../support/postgres.js';
import { Server, twofold } from '../../support/server.js';

const SETTINGS = { TWOFOLD_RATE_LIMITS: 'off', TWOFOLD_LOG: 'info' };

/** Ends a server and starts it again where it was, as an operator does after a change of its keys. */
async function restarted(server, settings = {}) {
  expect((await server.end()).code).toBe(0);
  return Server.start({ ...server.settings, ...settings }, { folder: server.folder });
}

function keyFile(server) {
  return join(server.folder, 'data', 'keys');
}

/** The lines of the file that are keys. */
function keysOf(server) {
  return readFileSync(keyFile(server), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
}

async function signsIn(url, person, strategy, code) {
  const agent = await Agent.at(url);
  expect(await told(await agent.signInWith(person.email, strategy, code)), `${person.email} by ${strategy}`).toBe('200');
  return agent;
}

/** Signs in with the code of a step after the last one. */
async function signsInByApp(url, person) {
  person.step = Math.max(person.step + 1, currentStep());
  return signsIn(url, person, 'totp', codeAt(person.secret, person.step));
}

function signsInByBackupCode(url, person) {
  return signsIn(url, person, 'backup_code', person.codes.shift());
}

async function listed(server) {
  const { code, stdout } = await server.run('keys', 'list', '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout).keys;
}

test('two servers come to a new key one after the other while people sign in', async () => {
  test.setTimeout(180_000);
  const postgres = await Postgres.start();
  const settings = { ...SETTINGS, TWOFOLD_DATABASE_URL: postgres.url };
  let first;
  let second;
  try {
    first = await Server.start(settings);
    const keys = join(first.folder, 'second-keys');
    const copy = () => {
      copyFileSync(keyFile(first), keys);
      chmodSync(keys, 0o600);
    };
    copy();
    second = await Server.start({ ...settings, TWOFOLD_KEYS_FILE: keys });
    const [ann, bob] = [await enrol(first.url), await enrol(second.url)];

    const added = await first.run('keys', 'add');
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(statSync(keyFile(first)).mode & 0o777).toBe(0o600);
    expect(keysOf(first)).toHaveLength(2);
    copy();

    first = await restarted(first);
    const carol = await enrol(first.url);
    // The second server has not been restarted: it meets the new key, and finds it in its file.
    await signsInByApp(second.url, carol);
    await signsInByBackupCode(second.url, carol);
    second = await restarted(second);

    const rotation = first.run('keys', 'rotate');
    await Promise.all([signsInByApp(first.url, ann), signsInByApp(second.url, bob)]);
    const { code, stdout, stderr } = await rotation;
    expect(code, stderr).toBe(0);
    expect(stderr, 'progress, and the event').toMatch(/of 3 secrets[^]*keys_rotated|keys_rotated[^]*of 3 secrets/);
    expect(stdout).toContain('3 secrets were sealed anew');
    expect(stdout).toContain('must stay: the backup codes of 2 accounts');
    expect(await listed(first)).toMatchObject([
      { state: 'newest', totp_secrets: 3, signing_keys: 1, backup_code_sets: 1 },
      { state: 'needed', totp_secrets: 0, signing_keys: 0, backup_code_sets: 2 },
    ]);
    await signsInByBackupCode(second.url, ann);
    await signsInByBackupCode(first.url, bob);

    // Without the old key their backup codes could never be checked: no server starts like that.
    const [newest] = keysOf(first);
    writeFileSync(keys, `${newest}\n`);
    const refused = await twofold(['serve'], { ...second.settings, TWOFOLD_LISTEN: '127.0.0.1:0' }, { cwd: second.folder })
      .ended;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/does not open the stored secrets[^\n]*2 sets of backup codes/);
    copy();

    for (const person of [ann, bob]) {
      const agent = await signsInByBackupCode(first.url, person);
      const made = await agent.post('/v1/me/backup_codes');
      expect(await told(made)).toBe('200');
      person.codes = (await made.json()).response.codes;
    }
    expect((await first.run('keys', 'rotate')).stdout).toMatch(/Nothing to do[^]*is no longer needed by this database/);
    writeFileSync(keyFile(first), `${newest}\n`);
    copy();
    first = await restarted(first);
    second = await restarted(second);
    for (const person of [ann, bob, carol]) {
      await signsInByBackupCode(first.url, person);
      await signsInByApp(second.url, person);
    }
    expect(await listed(second)).toMatchObject([{ state: 'newest', totp_secrets: 3, signing_keys: 1, backup_code_sets: 3 }]);
    expect(first.output + second.output).not.toMatch(/panick/);
  } finally {
    await second?.stop();
    await first?.stop();
    await postgres.remove();
  }
});

test('a rotation that is killed again and again ends well, on a running server', async () => {
  test.setTimeout(120_000);
  const server = await Server.start(SETTINGS);
  try {
    const people = [];
    for (let n = 0; n < 6; n += 1) people.push(await enrol(server.url));
    for (let round = 0; round < 8; round += 1) {
      expect((await server.run('keys', 'add')).code).toBe(0);
      const { child, ended } = twofold(['keys', 'rotate'], server.settings, { cwd: server.folder });
      setTimeout(() => child.kill('SIGKILL'), 3 + round * 12);
      await ended;
      await signsInByBackupCode(server.url, people[round % people.length]);
    }
    expect((await server.run('keys', 'rotate')).code).toBe(0);
    const [newest, ...older] = await listed(server);
    expect(newest).toMatchObject({ totp_secrets: people.length, signing_keys: 1 });
    expect(older.every((key) => key.totp_secrets === 0 && key.signing_keys === 0)).toBe(true);
    for (const person of people) await signsInByApp(server.url, person);
  } finally {
    expect((await server.stop()).code).toBe(0);
  }
});

test('a key can be known to every server before one seals with it', async () => {
  const server = await Server.start(SETTINGS);
  try {
    const [sealing] = keysOf(server);
    expect((await server.run('keys', 'add', '--last')).stdout).toContain('move the line to the top');
    expect(keysOf(server)).toHaveLength(2);
    expect(keysOf(server)[0]).toBe(sealing);
    const [newest, unused] = await listed(server);
    expect([newest.state, unused.state]).toEqual(['newest', 'unused']);
    const { code, stdout } = await server.run('keys', 'list');
    expect(code).toBe(0);
    expect(stdout).toContain(unused.id);
    const before = await server.run('--json', 'keys', 'list');
    expect(JSON.parse(before.stdout).keys, 'the option may stand before the command or behind it').toEqual([newest, unused]);
    for (const key of keysOf(server)) expect(stdout).not.toContain(key);
  } finally {
    await server.stop();
  }
});

test('keys that a command cannot reach are named, and nothing is made', async () => {
  const server = await Server.start(SETTINGS);
  try {
    const [key] = keysOf(server);
    const inVariable = { ...server.settings, TWOFOLD_KEYS: key };
    const add = await twofold(['keys', 'add'], inVariable, { cwd: server.folder }).ended;
    expect(add.code).toBe(1);
    expect(add.stderr).toMatch(/^twofold: TWOFOLD_KEYS holds the keys[^\n]*\n$/);
    expect(add.stderr).not.toContain(key);
    for (const command of ['add', 'list', 'rotate']) {
      const elsewhere = { ...server.settings, TWOFOLD_DATA_DIR: join(server.folder, 'elsewhere') };
      const { code, stderr } = await twofold(['keys', command], elsewhere, { cwd: server.folder }).ended;
      expect(code, command).toBe(1);
      expect(stderr).toMatch(/^twofold: key file [^\n]*elsewhere\/keys does not exist[^\n]*\n$/);
      expect(() => statSync(elsewhere.TWOFOLD_DATA_DIR)).toThrow(/ENOENT/);
    }
  } finally {
    await server.stop();
  }
});
