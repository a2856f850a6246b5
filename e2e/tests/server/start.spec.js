// What cannot work is refused at the start: one line that names the culprit, exit code 1, and nothing half made.
//
// The cases hold for root too, whom the permissions of files do not stop.

import { expect, test } from '@playwright/test';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { Server, freePort, serve, temporaryFolder } from '../../support/server.js';

let folder;
let settings;

test.beforeEach(async () => {
  folder = await temporaryFolder();
  settings = {
    TWOFOLD_LISTEN: `127.0.0.1:${await freePort()}`,
    TWOFOLD_DATA_DIR: join(folder, 'data'),
  };
});

test.afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Starts the server with further settings and holds it to the rule. */
async function expectRefusal(further, culprit) {
  const before = snapshot(folder);
  const { child, ended } = serve({ ...settings, ...further }, { cwd: folder });
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  const end = await ended;
  clearTimeout(timer);
  expect(end, 'it ends by itself, with 1').toMatchObject({ code: 1, signal: null, stdout: '' });
  expect(end.stderr, 'one line').toMatch(/^[^\n]+\n$/);
  expect(end.stderr).toContain(culprit);
  expect(snapshot(folder), 'nothing new, nothing changed').toEqual(before);
  return end.stderr;
}

/** Every file below a folder with its mode and content, but for SQLite's index of its log, which every reader writes. */
function snapshot(path) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((file) => {
      const { mode } = statSync(file);
      const hasContent = statSync(file).isFile() && !file.endsWith('-shm');
      return [file, mode, hasContent ? readFileSync(file, 'base64') : ''];
    });
}

/** Runs the server on the data directory of `settings`, for as long as `use` takes. */
async function withServer(use) {
  const server = await Server.start(settings);
  try {
    await use(`http://${settings.TWOFOLD_LISTEN}`);
  } finally {
    expect((await server.stop()).code).toBe(0);
  }
}

test('an unknown setting is named', async () => {
  await expectRefusal({ TWOFOLD_LISTN: '127.0.0.1:1' }, 'TWOFOLD_LISTN');
});

test('an unknown setting in the file twofold.toml is named', async () => {
  writeFileSync(join(folder, 'twofold.toml'), 'TWOFOLD_ISSUR = "Example"\n');
  await expectRefusal({}, 'TWOFOLD_ISSUR');
});

for (const [name, value] of [
  ['TWOFOLD_LISTEN', 'nonsense'],
  ['TWOFOLD_PUBLIC_URL', 'localhost'],
  ['TWOFOLD_SESSION_LIFETIME', 'soon'],
  ['TWOFOLD_LOCKOUT_ATTEMPTS', '-1'],
  ['TWOFOLD_KEYS', 'not-a-key'],
  ['TWOFOLD_DATABASE_URL', 'mysql://localhost/twofold'],
  ['TWOFOLD_TRUSTED_PROXIES', 'proxy.example'],
  ['TWOFOLD_RATE_LIMITS', 'no'],
  ['TWOFOLD_SMTP_URL', 'mail.example.com:25'],
  ['TWOFOLD_SMTP_URL', 'smtp://mail.example.com?TLS=required'],
  ['TWOFOLD_MAIL_FROM', 'nobody'],
  ['TWOFOLD_VERIFY_EMAIL', 'perhaps'],
]) {
  test(`a malformed ${name} is named: ${value}`, async () => {
    await expectRefusal({ [name]: value }, name);
  });
}

test('a collector of traces is refused by a program that was not built for it, with what to do', async () => {
  await expectRefusal({ TWOFOLD_OTLP_ENDPOINT: 'http://localhost:4318' }, '--features otlp');
});

test('addresses that are to be verified without a mail server are named', async () => {
  await expectRefusal({ TWOFOLD_VERIFY_EMAIL: 'true' }, 'TWOFOLD_SMTP_URL');
});

test('a port in use is named, and the data of the server that uses it is not touched', async () => {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = `127.0.0.1:${listener.address().port}`;
  try {
    await expectRefusal({ TWOFOLD_LISTEN: address }, address);
  } finally {
    listener.close();
  }
});

test('a data directory that cannot be made is named', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expectRefusal({ TWOFOLD_DATA_DIR: join(file, 'data') }, join(file, 'data'));
});

test('a data directory that is a file is named', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expectRefusal({ TWOFOLD_DATA_DIR: file }, file);
});

test('a file that is no database is named and left alone', async () => {
  const database = join(folder, 'notes.sqlite');
  writeFileSync(database, 'These are notes, not a database. '.repeat(100));
  await expectRefusal({ TWOFOLD_DATABASE_URL: `sqlite:${database}` }, database);
});

test('a folder in the place of the database is named', async () => {
  const database = join(folder, 'twofold.sqlite');
  mkdirSync(database);
  await expectRefusal({ TWOFOLD_DATABASE_URL: `sqlite:${database}` }, database);
});

test('a database server that does not answer is named, without its password', async () => {
  const port = await freePort();
  const line = await expectRefusal(
    { TWOFOLD_DATABASE_URL: `postgres://twofold:open-sesame@127.0.0.1:${port}/twofold` },
    '127.0.0.1',
  );
  expect(line).not.toContain('open-sesame');
});

test('a key file that others can read is named, with its mode', async () => {
  await withServer(() => {});
  const keys = join(settings.TWOFOLD_DATA_DIR, 'keys');
  expect(statSync(keys).mode & 0o777, 'the mode that the server made it with').toBe(0o600);
  chmodSync(keys, 0o644);
  const line = await expectRefusal({}, keys);
  expect(line).toContain('0644');
});

test('a folder in the place of the key file is named', async () => {
  const keys = join(folder, 'keys');
  mkdirSync(keys);
  await expectRefusal({ TWOFOLD_KEYS_FILE: keys }, keys);
});

test('a key file without a key is named', async () => {
  const keys = join(folder, 'keys');
  writeFileSync(keys, 'nonsense\n', { mode: 0o600 });
  await expectRefusal({ TWOFOLD_KEYS_FILE: keys }, keys);
});

test('a key that does not open the stored secrets is found at the start, and the file is named', async () => {
  await withServer(storeSecret);
  const keys = join(settings.TWOFOLD_DATA_DIR, 'keys');
  const right = join(folder, 'right-keys');
  copyFileSync(keys, right);

  const other = { ...settings, TWOFOLD_DATA_DIR: join(folder, 'other') };
  await (await Server.start(other)).stop();
  copyFileSync(join(other.TWOFOLD_DATA_DIR, 'keys'), keys);
  // Whoever opens the database first after a stop moves what is left in SQLite's log into it: no change of what it holds.
  expect((await serve(settings, { cwd: folder }).ended).code).toBe(1);
  const line = await expectRefusal({}, keys);
  expect(line).toContain("this server's key does not open the stored secrets");

  // Not made anew either: that would hide that the right one is gone.
  rmSync(keys);
  await expectRefusal({}, keys);

  copyFileSync(right, keys);
  await withServer(() => {});
});

test('rate limits that are off are said in the log, and they are on unless somebody turns them off', async () => {
  const line = 'TWOFOLD_RATE_LIMITS=off';
  for (const [further, isSaid] of [
    [{}, false],
    [{ TWOFOLD_RATE_LIMITS: 'off' }, true],
  ]) {
    const server = await Server.start({ ...settings, ...further });
    // At once, however slow the machine is. Both servers have one database: an identifier each, so that the lock of the
    // first is not the second's.
    const tries = Array.from({ length: 9 }, () => signIn(server.url, `nobody-${isSaid}@example.com`));
    expect((await Promise.all(tries)).includes(429)).toBe(!isSaid);
    await server.stop();
    expect(server.output.includes(line)).toBe(isSaid);
  }
});

/** Tries to sign in to an account that does not exist; the status of the reply. */
async function signIn(url, identifier) {
  const guess = new URLSearchParams({ identifier, strategy: 'password', password: 'quiet harbour' });
  const headers = { origin: url };
  return (await fetch(`${url}/v1/client/sign_ins`, { method: 'POST', headers, body: guess })).status;
}

/** Makes the server seal a secret: an account that begins to add an authenticator app. */
async function storeSecret(url) {
  const headers = { origin: url.replace('127.0.0.1', 'localhost') };
  const account = new URLSearchParams({ email_address: 'ann@example.com', password: 'quiet harbour lantern seventeen' });
  const signUp = await fetch(`${url}/v1/client/sign_ups`, { method: 'POST', headers, body: account });
  expect(signUp.status).toBe(200);
  const cookie = signUp.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const totp = await fetch(`${url}/v1/me/totp`, { method: 'POST', headers: { ...headers, cookie } });
  expect(totp.status).toBe(200);
  expect((await totp.json()).response.secret).toMatch(/^[A-Z2-7]{32}$/);
}
