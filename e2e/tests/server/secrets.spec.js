// After everything that people and operators do, no secret is anywhere but where it belongs: not in the database and its
// side files, not in the log at its most talkative, not in a mail, not in any reply but the one that gives it.

import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { MailServer } from '../../support/mail_server.js';
import { Agent, PASSWORD, told } from '../../support/person.js';
import { Postgres } from '../../support/postgres.js';
import { filesBelow, found, foundCodes, fromBase32, searcher } from '../../support/secrets.js';
import { Server } from '../../support/server.js';

const EMAIL = 'ann@example.com';
const WRONG_PASSWORD = 'crimson-ladder-oyster-17';
const NEW_PASSWORD = 'marble-lantern-quarry-63';

/** What gives a secret away, once: its reply alone may have one in it. */
const GIVES = ['set-up', 'verification', 'new codes', 'session token'];

/** Collects what must be nowhere, and every reply that gives nothing away. */
class Story {
  secrets = { password: PASSWORD, 'wrong password': WRONG_PASSWORD, 'new password': NEW_PASSWORD };
  codes = {};
  replies = [];

  constructor(url, mailServer) {
    this.url = url;
    this.mailServer = mailServer;
  }

  async begin() {
    this.agent = await Agent.at(this.url);
  }

  /** Asks, keeps what is secret of the reply, and answers its content. */
  async ask(name, asked, expected = '200') {
    const reply = await asked;
    expect(await told(reply), name).toBe(expected);
    for (const { name: header, value } of reply.headersArray()) {
      if (header.toLowerCase() !== 'set-cookie') continue;
      const [, token] = /^[^=]+=([^;]*)/.exec(value);
      if (token.length < 32) continue;
      this.secrets[`token of ${name}: ${value.split('=')[0]}`] = token;
      this.secrets[`bytes of the token of ${name}: ${value.split('=')[0]}`] = Buffer.from(token, 'base64url');
    }
    const body = await reply.body();
    if (!reply.ok() || !GIVES.includes(name)) {
      const headers = reply
        .headersArray()
        .filter(({ name: header }) => header.toLowerCase() !== 'set-cookie')
        .map(({ name: header, value }) => `${header}: ${value}\n`);
      this.replies.push([`${name} (${reply.status()})`, Buffer.concat([Buffer.from(headers.join('')), body])]);
    }
    return JSON.parse(body.toString());
  }

  keepBackupCodes(codes, set) {
    for (const [n, code] of codes.entries()) {
      this.secrets[`backup code ${n} of ${set}`] = code;
      this.secrets[`backup code ${n} of ${set}, plain`] = code.replaceAll('-', '');
    }
  }

  /** A code that is right at no time near. */
  wrongCode(secret) {
    const right = [-3, -2, -1, 0, 1, 2, 3].map((offset) => codeAt(secret, currentStep() + offset));
    this.codes['wrong code'] = ['739164', '739165', '739168', '739246', '739248', '739264', '739267', '739284'].find(
      (code) => !right.includes(code),
    );
    return this.codes['wrong code'];
  }

  async signInWith(name, strategy, code, expected) {
    const { response } = await this.ask(`password for ${name}`, this.agent.signIn(EMAIL));
    const path = `/v1/client/sign_ins/${response.id}/attempt_second_factor`;
    return this.ask(name, this.agent.post(path, { strategy, code }), expected);
  }

  /** Proves the address by a code, after a wrong one. */
  async signUp() {
    const { agent } = this;
    const form = { email_address: EMAIL, password: PASSWORD };
    const { response: signUp } = await this.ask('sign-up', agent.post('/v1/client/sign_ups', form));
    const path = `/v1/client/sign_ups/${signUp.id}`;
    const strategy = 'email_code';
    await this.ask('code by mail', agent.post(`${path}/prepare_verification`, { strategy }));
    this.codes['code at sign-up'] = await this.mailServer.code(EMAIL);
    const attempt = (name, code, expected) =>
      this.ask(name, agent.post(`${path}/attempt_verification`, { strategy, code }), expected);
    const wrong = this.codes['code at sign-up'] === '739164' ? '739165' : '739164';
    await attempt('wrong code by mail', wrong, '422 form_code_incorrect');
    await attempt('right code by mail', this.codes['code at sign-up']);
  }

  /** Sets another password by a code, and shows the second factor. */
  async resetPassword(backupCode) {
    const { agent } = this;
    const strategy = 'reset_password_email_code';
    const { response: signIn } = await this.ask('reset', agent.post('/v1/client/sign_ins', { strategy, identifier: EMAIL }));
    const path = `/v1/client/sign_ins/${signIn.id}`;
    const code = await this.mailServer.code(EMAIL, 2);
    this.codes['code of the reset'] = code;
    await this.ask('code of the reset', agent.post(`${path}/attempt_first_factor`, { strategy, code }));
    await this.ask('new password', agent.post(`${path}/reset_password`, { password: NEW_PASSWORD }));
    const second = { strategy: 'backup_code', code: backupCode };
    await this.ask('second factor of the reset', agent.post(`${path}/attempt_second_factor`, second));
  }

  async live() {
    const { agent } = this;
    await this.signUp();
    const { response: totp } = await this.ask('set-up', agent.post('/v1/me/totp'));
    const { secret } = totp;
    this.secrets['otpauth URI'] = totp.uri;
    this.secrets['TOTP secret'] = secret;
    this.secrets['TOTP secret, small'] = secret.toLowerCase();
    this.secrets['bytes of the TOTP secret'] = fromBase32(secret);
    const verify = (code, expected) =>
      this.ask('verification', agent.post('/v1/me/totp/attempt_verification', { code }), expected);
    await verify(this.wrongCode(secret), '422 form_code_incorrect');
    await verify('12345', '422 form_param_format_invalid');
    const step = currentStep() - 1;
    this.codes['code of the set-up'] = codeAt(secret, step);
    const { response: verified } = await verify(this.codes['code of the set-up']);
    const codes = verified.backup_codes;
    this.keepBackupCodes(codes, 'the first set');
    const { response: first } = await this.ask('client', agent.get('/v1/client'));
    const session = first.last_active_session_id;
    const { jwt } = await this.ask('session token', agent.post(`/v1/client/sessions/${session}/tokens`));
    this.secrets['session token'] = jwt;

    await this.ask('sign-out', agent.delete('/v1/client/sessions'));
    await this.ask('wrong password', agent.signIn(EMAIL, WRONG_PASSWORD), '422 form_password_or_identifier_incorrect');
    await this.ask('nobody', agent.signIn('nobody@example.com', WRONG_PASSWORD), '422 form_password_or_identifier_incorrect');
    await this.signInWith('wrong code', 'totp', this.codes['wrong code'], '422 form_code_incorrect');
    await this.signInWith('used code', 'totp', this.codes['code of the set-up'], '422 form_code_incorrect');
    this.codes['code of the sign-in'] = codeAt(secret, Math.max(step + 1, currentStep()));
    const { response: signedIn } = await this.signInWith('sign-in by TOTP', 'totp', this.codes['code of the sign-in']);

    const stepUp = `/v1/client/sessions/${signedIn.created_session_id}/verify`;
    await this.ask('step-up', agent.post(stepUp, { level: 'second_factor' }));
    const attempt = (code, expected) =>
      this.ask('step-up by backup code', agent.post(`${stepUp}/attempt_second_factor`, { strategy: 'backup_code', code }), expected);
    await attempt(codes[1]);
    await this.ask('step-up again', agent.post(stepUp, { level: 'second_factor' }));
    await attempt(codes[1], '422 form_code_incorrect');
    const { response: made } = await this.ask('new codes', agent.post('/v1/me/backup_codes'));
    this.keepBackupCodes(made.codes, 'the second set');
    await this.ask('sign-out again', agent.delete('/v1/client/sessions'));
    await this.signInWith('old backup code', 'backup_code', codes[0], '422 form_code_incorrect');
    await this.signInWith('sign-in by backup code', 'backup_code', made.codes[0]);
    for (const path of ['/v1/client', '/v1/me', '/v1/me/sessions/active', '/v1/me/activity', '/v1/environment']) {
      await this.ask(path, agent.get(path));
    }
    for (const path of ['/v1/me/totp', '/v1/me/backup_codes']) {
      await this.ask(path, agent.get(path), '405 method_not_allowed');
    }
    await this.ask('sign-out at last', agent.delete('/v1/client/sessions'));
    await this.resetPassword(made.codes[1]);
    await this.ask('malformed', agent.post('/v1/me/totp/attempt_verification', { code: PASSWORD }), '422 form_param_format_invalid');
  }
}

/** Keeps the lines of a key file, and the bytes that they stand for. */
function keepKeys(server, secrets) {
  const keys = readFileSync(join(server.folder, 'data', 'keys'), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  for (const [n, key] of keys.entries()) {
    secrets[`key ${n}`] = key;
    secrets[`bytes of key ${n}`] = Buffer.from(key, 'base64url');
  }
}

/** Holds each of these `[name, bytes]` to having nothing of the story in it. */
function expectClean({ secrets, codes }, all) {
  const search = searcher(secrets);
  const leaks = all
    .map(([name, bytes]) => [name, ...search(bytes), ...foundCodes(codes, bytes)])
    .filter((leak) => leak.length > 1);
  expect(leaks).toEqual([]);
}

async function onPostgres(use) {
  const postgres = await Postgres.start();
  try {
    await use({ TWOFOLD_DATABASE_URL: postgres.url }, () => [
      ['a dump', execFileSync(join(process.env.POSTGRES_PROGRAMS, 'pg_dump'), [postgres.url], { maxBuffer: 1 << 28 })],
      // Everything but the databases that new ones are copied from.
      ...filesBelow(join(postgres.folder, 'data')).filter(([path]) => !/\/base\/[14]\//.test(path)),
    ]);
  } finally {
    await postgres.remove();
  }
}

/** Lives the story on a server with these settings, and looks through everything; `more` is the data of its database. */
async function leavesNoSecret(settings, more) {
  const mailServer = await MailServer.start(['accept']);
  const server = await Server.start({
    TWOFOLD_SMTP_URL: mailServer.url,
    TWOFOLD_RATE_LIMITS: 'off',
    TWOFOLD_LOG: 'trace',
    ...settings,
  });
  try {
    const story = new Story(server.url, mailServer);
    await story.begin();
    await story.live();
    const said = [];
    for (const args of [['keys', 'add'], ['keys', 'rotate'], ['keys', 'list'], ['keys', 'list', '--json']]) {
      const { code, stdout, stderr } = await server.run(...args);
      expect(code, stderr).toBe(0);
      said.push(Buffer.from(stdout + stderr));
    }
    keepKeys(server, story.secrets);
    // All but those that are there to bring a code.
    const mails = () => mailServer.accepted.map(({ accepted }) => accepted).filter((mail) => !/^ {4}\d{6}\r?$/m.test(mail));
    await expect.poll(() => mails().length, { timeout: 30_000 }).toBeGreaterThan(3);
    const scan = () => [
      ...filesBelow(server.folder).filter(([path]) => path !== join(server.folder, 'data', 'keys')),
      ...more(),
    ];
    // With the log of the database beside it, and again when it is moved into the one file.
    const running = scan();
    expect((await server.end()).code).toBe(0);
    const all = [
      ...running,
      ...scan(),
      ['the log', Buffer.from(server.output)],
      ['the commands', Buffer.concat(said)],
      ...mails().map((mail, n) => [`mail ${n}`, Buffer.from(mail)]),
    ];

    // That the scan sees what is there: an address that belongs in the database and in the mails.
    const withAddress = all.filter(([, bytes]) => bytes.includes(EMAIL)).map(([path]) => path);
    expect(withAddress.some((path) => path.startsWith('mail '))).toBe(true);
    expect(withAddress.some((path) => /sqlite(-wal)?$|dump$/.test(path))).toBe(true);
    expect(server.output).toContain('DEBUG');
    expect(server.output).toContain('sign_in');
    expect(story.replies.filter(([name]) => name.endsWith('(422)')).length).toBeGreaterThan(7);
    expectClean(story, all);
    // Whoever is signed in is given a session token with every reply that has the client in it.
    delete story.secrets['session token'];
    expectClean(story, story.replies);
    const megabytes = Math.round(all.reduce((sum, [, bytes]) => sum + bytes.length, 0) / 1e6);
    console.log(
      `${Object.keys(story.secrets).length} secrets and ${Object.keys(story.codes).length} codes are in none of ` +
        `${all.length} files and logs (${megabytes} MB), and in none of ${story.replies.length} replies`,
    );
  } finally {
    await server.stop();
    await mailServer.stop();
  }
}

test('no secret is left behind in SQLite, the log, mails or replies', async () => {
  test.setTimeout(180_000);
  await leavesNoSecret({}, () => []);
});

test('no secret is left behind in PostgreSQL, the log, mails or replies', async () => {
  test.setTimeout(180_000);
  await onPostgres(leavesNoSecret);
});

test('the scan finds a secret in whatever form it is written down', () => {
  const secrets = { key: 'JBSWY3DPEHPK3PXP', bytes: Buffer.from('00ff10aa55c3e7812233445566778899aabbccdd', 'hex') };
  const around = (form) => Buffer.concat([Buffer.from('value='), Buffer.from(form), Buffer.from(';\n')]);
  for (const [name, secret] of Object.entries(secrets)) {
    const bytes = Buffer.from(secret);
    const forms = [bytes, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64'), bytes.toString('base64url')];
    for (let before = 0; before < 3; before += 1) {
      for (let after = 0; after < 3; after += 1) {
        forms.push(Buffer.concat([Buffer.alloc(before, 0xa5), bytes, Buffer.alloc(after, 0x5a)]).toString('base64'));
      }
    }
    for (const form of forms) expect(found(secrets, around(form)), String(form)).toEqual([name]);
  }
  expect(found(secrets, Buffer.from('nothing of that'))).toEqual([]);
  expect(foundCodes({ code: '123456' }, Buffer.from('code=123456&'))).toEqual(['code']);
  expect(foundCodes({ code: '123456' }, Buffer.from('at 1234567 and 12:13:14.123456Z'))).toEqual([]);
});

test('a file of the data directory with a secret in it fails the scan', async () => {
  const server = await Server.start();
  try {
    mkdirSync(join(server.folder, 'data', 'mails'), { recursive: true });
    writeFileSync(join(server.folder, 'data', 'mails', 'leak.eml'), `Your password is ${PASSWORD}`);
    const leaks = filesBelow(server.folder).flatMap(([, bytes]) => found({ password: PASSWORD }, bytes));
    expect(leaks).toEqual(['password']);
  } finally {
    await server.stop();
  }
});
