// What an operator does at the command line, beside a running server.

import { expect, test } from '@playwright/test';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeAt, stepAfter } from '../../support/authenticator.js';
import { twofold } from '../../support/command.js';
import { Agent, PASSWORD, enrol, signUp, told } from '../../support/person.js';
import { Postgres } from '../../support/postgres.js';
import { Server, temporaryFolder } from '../../support/server.js';

const KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n';
const PHRASE = 'correct horse battery staple violin\n';

let folder;

test.beforeEach(async () => {
  folder = await temporaryFolder();
});

test.afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a command on the data of a server. */
function beside(server, args, options = {}) {
  const settings = { TWOFOLD_DATA_DIR: join(server.folder, 'data'), TWOFOLD_PUBLIC_URL: server.url, ...options.settings };
  return twofold(args, { cwd: folder, ...options, settings });
}

/** The result that machines read, of a command that did what it was asked. */
async function result(server, args, options) {
  const { code, stdout, stderr } = await beside(server, ['--json', ...args], options);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

/** The findings of `twofold check` by their names. */
async function findings(server, options) {
  const { code, stdout } = await beside(server, ['check', '--json'], options);
  const { ok, checks } = JSON.parse(stdout);
  expect(code, 'the exit code says the same').toBe(ok ? 0 : 1);
  return Object.fromEntries(checks.map((finding) => [finding.name, finding]));
}

function keyFile() {
  const path = join(folder, 'export.key');
  writeFileSync(path, KEY, { mode: 0o600 });
  return path;
}

test('a server that is well has nothing failed, and nothing is changed by looking', async () => {
  const server = await Server.start();
  await enrol(server.url);
  const found = await findings(server);
  expect(Object.values(found).filter(({ status }) => status === 'failed')).toEqual([]);
  expect(found.keys.detail, 'the authenticator app, the backup codes, the signing key').toContain('opens all 3 stored secrets');
  expect(found.mail.status, 'nobody reads files').toBe('warning');
  await server.stop();
});

test('a look at nothing makes nothing', async () => {
  const { code, stdout } = await twofold(['check'], { cwd: folder });
  expect(code).toBe(1);
  expect(stdout).toContain('FAILED  database');
  expect(existsSync(join(folder, 'data'))).toBe(false);
});

test('a setting that is wrong is named, with what to do', async () => {
  const { code, stdout } = await twofold(['check', '--json'], { cwd: folder, settings: { TWOFOLD_LISTN: 'x' } });
  expect(code).toBe(1);
  const [finding] = JSON.parse(stdout).checks;
  expect(finding).toMatchObject({ name: 'configuration', status: 'failed' });
  expect(finding.detail).toContain('TWOFOLD_LISTN');
  expect(finding.advice).toContain('twofold.toml');
});

test('a wrong key, an open door and a mail server that does not answer are each found', async () => {
  const server = await Server.start();
  await enrol(server.url);
  const other = join(folder, 'other-keys');
  writeFileSync(other, KEY, { mode: 0o600 });
  const wrong = await findings(server, { settings: { TWOFOLD_KEYS_FILE: other } });
  expect(wrong.keys).toMatchObject({ status: 'failed' });
  expect(wrong.keys.detail).toContain('another key');

  chmodSync(join(server.folder, 'data', 'twofold.sqlite'), 0o644);
  expect((await findings(server)).permissions).toMatchObject({ status: 'warning' });

  const silent = await findings(server, { settings: { TWOFOLD_SMTP_URL: 'smtp://ann:open-sesame@127.0.0.1:9' } });
  expect(silent.mail).toMatchObject({ status: 'failed' });
  expect(JSON.stringify(silent)).not.toContain('open-sesame');
  await server.stop();
});

test('a clock that went back is found', async () => {
  const server = await Server.start();
  const { email } = await signUp(server.url);
  server.makeEvents({ email }, 1);
  expect((await findings(server)).clock.status).toBe('ok');
  server.moveEventsOn(3_600_000);
  expect((await findings(server)).clock).toMatchObject({ status: 'failed' });
  await server.stop();
});

test('a copy made while the server writes has every account that was there, and nobody else reads it', async () => {
  const server = await Server.start({ TWOFOLD_RATE_LIMITS: 'off' });
  const { email } = await signUp(server.url);
  let going = true;
  const writing = (async () => {
    while (going) await signUp(server.url);
  })();
  const copy = join(folder, 'copy.sqlite');
  const { bytes } = await result(server, ['backup', copy]);
  going = false;
  await writing;
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(statSync(copy).size).toBe(bytes);
  const again = await beside(server, ['backup', copy]);
  expect(again, 'no copy takes the place of another').toMatchObject({ code: 1 });
  expect(again.stderr).toContain('is there already');

  const restored = await temporaryFolder();
  mkdirSync(join(restored, 'data'), { mode: 0o700 });
  writeFileSync(join(restored, 'data', 'twofold.sqlite'), readFileSync(copy), { mode: 0o600 });
  writeFileSync(join(restored, 'data', 'keys'), readFileSync(join(server.folder, 'data', 'keys')), { mode: 0o600 });
  await server.stop();
  const second = await Server.start({}, { folder: restored });
  const agent = await Agent.at(second.url);
  expect(await told(await agent.signIn(email))).toBe('200');
  await agent.close();
  await second.stop();
});

test('an export takes people with their factors to a server with other keys', async () => {
  const [from, to] = [await Server.start(), await Server.start()];
  const person = await enrol(from.url);
  const file = join(folder, 'accounts.export');
  const lock = ['--key-file', keyFile()];
  expect(await result(from, ['export', file, ...lock])).toMatchObject({ accounts: 1 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const sealed = readFileSync(file, 'latin1');
  for (const secret of [person.email, person.secret]) expect(sealed).not.toContain(secret);

  expect(await result(to, ['import', file, ...lock, '--dry-run'])).toMatchObject({ accounts: 1, imported: 0 });
  expect(await result(to, ['import', file, ...lock])).toMatchObject({ accounts: 1, imported: 1, bad: [] });
  expect((await findings(to)).keys.status).toBe('ok');
  const agent = await Agent.at(to.url);
  const code = codeAt(person.secret, await stepAfter(person.step));
  expect(await told(await agent.signInWith(person.email, 'totp', code))).toBe('200');
  await agent.close();
  const other = await Agent.at(to.url);
  expect(await told(await other.signInWith(person.email, 'backup_code', person.codes[0]))).toBe('200');
  await other.close();

  const again = await beside(to, ['import', file, ...lock]);
  expect(again).toMatchObject({ code: 1 });
  expect(again.stderr, 'nobody is there twice').toContain('there is an account');
  await from.stop();
  await to.stop();
});

test('an export that was cut off goes on, and is not read before it is whole', async () => {
  const server = await Server.start({ TWOFOLD_RATE_LIMITS: 'off' });
  const people = Array.from({ length: 250 }, (_, n) => JSON.stringify({ email_address: `p${n}@example.com`, password_hash: HASH }));
  const list = join(folder, 'people.ndjson');
  writeFileSync(list, people.join('\n'));
  expect(await result(server, ['import', list])).toMatchObject({ imported: 250 });
  const file = join(folder, 'accounts.export');
  const whole = await result(server, ['export', file], { input: PHRASE });
  expect(whole).toMatchObject({ accounts: 250 });

  // What a machine leaves that fails in the middle of the third frame.
  const part = `${file}.part`;
  writeFileSync(part, readFileSync(file));
  truncateSync(part, Math.floor(statSync(file).size * 0.7));
  rmSync(file);
  const cut = await beside(server, ['import', part, '--format', 'export'], { input: PHRASE });
  expect(cut).toMatchObject({ code: 1 });
  expect(cut.stderr).toContain('not whole');
  expect((await beside(server, ['export', file], { input: PHRASE })).stderr).toContain('--resume');
  expect(await result(server, ['export', file, '--resume'], { input: PHRASE })).toMatchObject({ accounts: 250 });

  const other = await Server.start();
  expect(await result(other, ['import', file], { input: PHRASE })).toMatchObject({ imported: 250 });
  const wrong = await beside(other, ['import', file], { input: 'another phrase\n' });
  expect(wrong.stderr).toContain('is not the one');
  await other.stop();
  await server.stop();
});

/** Argon2id of PASSWORD, as another system may have it: 8 MiB, one pass. */
const HASH = '$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test('a list with bad lines changes nothing and names each; without them it goes in, and the rest is kept', async () => {
  const server = await Server.start();
  await signUp(server.url, 'joe@example.com');
  const lines = [
    { email_address: 'ann@example.com', password: PASSWORD, totp_secret: SECRET, backup_codes: ['23456-789ab', 'abcde-fghjk'] },
    { email_address: 'Ann@example.com' },
    { email_address: 'joe@example.com' },
    { email_address: 'bob@example.com', totp_secret: 'hush-hush' },
    { email_address: 'eve@example.com', passwort: 'hush-hush' },
  ];
  const list = join(folder, 'people.ndjson');
  writeFileSync(list, lines.map((line) => JSON.stringify(line)).join('\n'));
  const refused = await beside(server, ['import', list, '--json']);
  expect(refused.code).toBe(1);
  const { imported, bad, error } = JSON.parse(refused.stdout);
  expect(imported).toBe(0);
  expect(bad.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
  expect(error).toContain('nothing was changed');
  expect(refused.stdout + refused.stderr, 'no secret is told').not.toContain('hush');
  expect(server.ask('SELECT COUNT(*) FROM users')).toBe('1');

  const rest = join(folder, 'rest.ndjson');
  expect(await result(server, ['import', list, '--skip-bad', rest])).toMatchObject({ imported: 1 });
  expect(statSync(rest).mode & 0o777).toBe(0o600);
  expect(readFileSync(rest, 'utf8')).toBe(lines.slice(1).map((line) => `${JSON.stringify(line)}\n`).join(''));

  const agent = await Agent.at(server.url);
  expect(await told(await agent.signInWith('ann@example.com', 'backup_code', 'ABCDE FGHJK'))).toBe('200');
  const { response } = await (await agent.get('/v1/me/activity')).json();
  expect(response.at(-1)).toMatchObject({ kind: 'sign_up', ip_address: null });
  await agent.close();
  await server.stop();
});

test('a list of CSV is read as spreadsheets write it', async () => {
  const server = await Server.start();
  const list = join(folder, 'people.csv');
  const rows = [
    '\ufeffemail_address,first_name,password,totp_secret,backup_codes',
    `ann@example.com,"Ann, the first",${PASSWORD},gezd gnbv gy3t qojq gezd gnbv gy3t qojq,23456-789ab abcde-fghjk`,
    `bob@example.com,"Bob\r\nof two lines",,,`,
    'eve@example.com,Eve',
  ];
  writeFileSync(list, rows.join('\r\n'));
  const refused = await beside(server, ['import', list]);
  expect(refused.stderr).toContain('line 5: it has 2 fields');
  const rest = join(folder, 'rest.csv');
  expect(await result(server, ['import', list, '--skip-bad', rest])).toMatchObject({ imported: 2 });
  expect(readFileSync(rest, 'utf8')).toBe(`${rows[0]}\neve@example.com,Eve\n`);
  const agent = await Agent.at(server.url);
  expect(await told(await agent.signInWith('ann@example.com', 'backup_code', '23456789ab'))).toBe('200');
  await agent.close();
  await server.stop();
});

test('an import that was cut off goes on after what it had done, and not by mistake', async () => {
  const server = await Server.start();
  const people = Array.from({ length: 50 }, (_, n) => JSON.stringify({ email_address: `p${n}@example.com`, password_hash: HASH }));
  const list = join(folder, 'people.ndjson');
  writeFileSync(list, people.join('\n'));
  // As it is when it is killed after its first batch.
  expect(await result(server, ['import', list])).toMatchObject({ imported: 50 });
  server.cutImportOff(list, 20);
  expect((await beside(server, ['import', list])).stderr).toContain('--resume');
  expect(await result(server, ['import', list, '--resume'])).toMatchObject({ imported: 30 });
  expect(server.ask('SELECT COUNT(*) FROM users')).toBe('50');
  expect(server.ask('SELECT COUNT(*) FROM imports')).toBe('0');
  await server.stop();
});

test('beside PostgreSQL the same holds, and pg_dump is named for the copy', async () => {
  const postgres = await Postgres.start();
  try {
    const settings = { TWOFOLD_DATABASE_URL: postgres.url };
    const server = await Server.start(settings);
    await enrol(server.url);
    const found = await findings(server, { settings });
    expect(Object.values(found).filter(({ status }) => status === 'failed')).toEqual([]);
    expect(found.clock.detail).toContain('agrees');
    const file = join(folder, 'accounts.export');
    const lock = ['--key-file', keyFile()];
    expect(await result(server, ['export', file, ...lock], { settings })).toMatchObject({ accounts: 1 });
    const copy = await beside(server, ['backup', join(folder, 'copy')], { settings });
    expect(copy).toMatchObject({ code: 1 });
    expect(copy.stderr).toContain('pg_dump --format=custom');
    await server.stop();
  } finally {
    await postgres.remove();
  }
});

/** Somebody locks themselves out. */
async function lockOut(server, person) {
  const agent = await Agent.at(server.url);
  for (let n = 0; n < 5; n += 1) await agent.signIn(person.email, 'wrong-kettle-mosaic-43');
  await agent.close();
}

for (const database of ['SQLite', 'PostgreSQL']) {
  test(`people are helped at the command line beside a running server, on ${database}`, async () => {
    const postgres = database === 'PostgreSQL' ? await Postgres.start() : null;
    const base = { TWOFOLD_RATE_LIMITS: 'off', ...(postgres && { TWOFOLD_DATABASE_URL: postgres.url }) };
    const settings = { ...base, TWOFOLD_ADMINISTRATORS: 'boss@example.com', TWOFOLD_LOCKOUT_ATTEMPTS: '5' };
    const server = await Server.start(settings);
    const user = (...args) => result(server, ['user', ...args], { settings });
    try {
      const created = await result(server, ['user', 'create', 'Boss@Example.com', '--username', 'boss', '--external-id', '7'], {
        settings,
        input: `${PASSWORD}\n`,
      });
      expect(created.user).toMatchObject({ username: 'boss', external_id: '7', administrator: true, totp_enabled: false });
      const agent = await Agent.at(server.url);
      expect(await told(await agent.signIn('boss'))).toBe('200');
      await agent.close();
      expect((await user('show', 'BOSS')).user.id).toBe(created.user.id);

      const ann = await enrol(server.url);
      await ann.agent.close();
      const { data, total_count } = await user('list', '--search', ann.email);
      expect(total_count).toBe(1);
      expect(data).toMatchObject([{ totp_enabled: true, backup_codes_remaining: 10, locked: false }]);
      expect(await user('list', '--limit', '1')).toMatchObject({ data: [{ id: data[0].id }], total_count: 2 });

      await lockOut(server, ann);
      expect((await user('show', ann.email)).user.locked).toBe(true);
      const { code, stderr } = await beside(server, ['user', 'unlock', ann.email], { settings });
      expect({ code, stderr }).toEqual({ code: 0, stderr: `twofold: ${ann.email} is not locked.\n` });
      expect((await user('show', ann.email)).user.locked).toBe(false);

      const asked = await beside(server, ['user', 'reset-mfa', ann.email], { settings, input: 'y\n' });
      expect(asked.code, 'nobody can be asked').toBe(1);
      expect(asked.stderr).toContain('--yes');
      expect((await user('show', ann.email)).user.totp_enabled).toBe(true);
      expect(await user('reset-mfa', data[0].id, '--yes')).toMatchObject({ user: { totp_enabled: false }, active_sessions: 0 });
      const again = await Agent.at(server.url);
      expect(await told(await again.signIn(ann.email))).toBe('200');
      const { response } = await (await again.get('/v1/me/activity')).json();
      expect(response.filter(({ actor }) => actor === 'command_line')).toHaveLength(2);
      await again.close();

      expect(await user('delete', 'boss', '--yes'), 'also the only administrator').toMatchObject({ deleted: true });
      const gone = await beside(server, ['--json', 'user', 'show', 'boss'], { settings });
      expect(gone.code).toBe(1);
      expect(JSON.parse(gone.stdout).error).toContain('there is no account “boss”');
    } finally {
      await server.stop();
      await postgres?.remove();
    }
  });
}

test('an account that cannot be made is told why, and nothing is made', async () => {
  const server = await Server.start();
  await signUp(server.url, 'ann@example.com');
  for (const [args, input, words] of [
    [['nobody'], `${PASSWORD}\n`, '“nobody” is no e-mail address'],
    [['bob@example.com', '--username', 'a b'], `${PASSWORD}\n`, '“a b” is no user name'],
    [['bob@example.com'], 'password\n', 'password'],
    [['bob@example.com'], '', 'nothing was given on standard input'],
    [['Ann@example.com'], `${PASSWORD}\n`, 'there is an account with that e-mail address already'],
  ]) {
    const { code, stdout, stderr } = await beside(server, ['user', 'create', ...args], { input });
    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain(PASSWORD);
  }
  expect(server.ask('SELECT COUNT(*) FROM users')).toBe('1');
  await server.stop();
});

/** What bcrypt made of "ABCD-1234" and of PASSWORD elsewhere, at a cost of 4. */
const BCRYPT_CODE = '$2b$04$vUEUfcMYuN9D.7FrkHWntujLWu.qzHSwJ/pR29/PuKjKjA3iiLRGO';
const BCRYPT_PASSWORD = '$2b$04$AaLR2V7gkbHZ3uwWbxbIqunHEGvFmi6HL6LsZQVHMtVmu3X8b2DBq';

test('people of another system keep their passwords and codes, through a rotation of keys and on to a further server', async () => {
  const postgres = await Postgres.start();
  const settings = { TWOFOLD_DATABASE_URL: postgres.url, TWOFOLD_RATE_LIMITS: 'off' };
  const [from, to] = [await Server.start({ TWOFOLD_RATE_LIMITS: 'off' }), await Server.start(settings)];
  const signsIn = async (server, name, code) => {
    const agent = await Agent.at(server.url);
    const reply = await told(await agent.signInWith(`${name}@example.com`, 'backup_code', code));
    await agent.close();
    return reply;
  };
  try {
    const person = (name, fields) => ({ email_address: `${name}@example.com`, password: PASSWORD, totp_secret: SECRET, ...fields });
    const people = [
      person('ann', { external_id: 'a-7', backup_codes: ['w7z3k1', '0123 456789', '99887766'] }),
      person('bob', { password: undefined, password_hash: BCRYPT_PASSWORD, backup_codes: [BCRYPT_CODE] }),
      person('eve', { totp_secret: SECRET.slice(0, 26), backup_codes: ['23456-789ab', 'abcde-fghjk', 'bcdef-ghjkm'] }),
      person('joe', {}),
    ];
    const bad = [
      person('bad1', { external_id: 'a-7' }),
      person('bad2', { backup_codes: [BCRYPT_CODE, 'w7z3k1'] }),
      person('bad3', { password: undefined, password_hash: BCRYPT_PASSWORD.replace('$04$', '$20$') }),
    ];
    const list = join(folder, 'people.ndjson');
    writeFileSync(list, [...people, ...bad].map((line) => JSON.stringify(line)).join('\n'));
    const refused = await beside(from, ['import', list]);
    expect(refused.code).toBe(1);
    for (const words of ['line 5: external_id a-7 is in line 1 too', 'line 6: backup_codes: ', 'line 7: password_hash: ']) {
      expect(refused.stderr).toContain(words);
    }
    expect(await result(from, ['import', list, '--skip-bad', join(folder, 'rest')])).toMatchObject({ imported: 4 });
    from.ban({ email: 'joe@example.com' });
    expect(await signsIn(from, 'ann', 'W7Z-3K1')).toBe('200');

    const lock = ['--key-file', keyFile()];
    const file = join(folder, 'accounts.export');
    expect(await result(from, ['export', file, ...lock])).toMatchObject({ accounts: 4 });
    expect(await result(to, ['import', file, ...lock], { settings })).toMatchObject({ imported: 4 });
    expect((await to.run('keys', 'add')).code).toBe(0);
    const rotated = await to.run('--json', 'keys', 'rotate');
    expect(JSON.parse(rotated.stdout), 'three authenticator apps and that of joe, and the signing key').toMatchObject({
      resealed: 5,
      keys: [{ backup_code_sets: 0 }, { totp_secrets: 0, backup_code_sets: 2 }],
    });
    await to.end();
    const moved = await Server.start(to.settings, { folder: to.folder });
    try {
      expect((await findings(moved, { settings })).keys).toMatchObject({ status: 'ok' });
      expect((await findings(from)).keys, 'no key is needed for what bcrypt made').toMatchObject({ status: 'ok' });
      expect(await result(moved, ['user', 'show', 'ann@example.com'], { settings })).toMatchObject({ user: { external_id: 'a-7' } });
      expect(await result(moved, ['user', 'show', 'joe@example.com'], { settings })).toMatchObject({ user: { banned: true } });
      expect(await signsIn(moved, 'ann', 'w7z3k1'), 'used before').toBe('422 form_code_incorrect');
      expect(await signsIn(moved, 'ann', '0123456789')).toBe('200');
      expect(await signsIn(moved, 'bob', 'ABCD-1234')).toBe('200');
      expect(await signsIn(moved, 'bob', 'ABCD-1234')).toBe('422 form_code_incorrect');
      expect(await signsIn(moved, 'eve', 'ABCDE FGHJK')).toBe('200');
      const joe = await Agent.at(moved.url);
      expect(await told(await joe.signIn('joe@example.com'))).not.toBe('200');
      await joe.close();
    } finally {
      await moved.stop();
    }
  } finally {
    await from.stop();
    await postgres.remove();
  }
});

test('every command is in the manual and in the completions', async () => {
  const help = await twofold(['--help'], { cwd: folder });
  const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name).filter((name) => name !== 'help');
  expect(commands).toContain('serve');
  expect((await twofold(['man', '--into', folder], { cwd: folder })).code).toBe(0);
  const page = readFileSync(join(folder, 'twofold.1'), 'utf8');
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await twofold(['completions', shell], { cwd: folder });
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toContain(command);
  }
  for (const command of commands) {
    expect(page).toContain(`twofold\\-${command}(1)`);
    expect(existsSync(join(folder, `twofold-${command}.1`)), command).toBe(true);
  }
});
