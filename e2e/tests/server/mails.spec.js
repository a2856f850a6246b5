// Mails of the real program to a real mail server, which may be slow, refuse, or die: nobody waits for it, and each mail
// arrives once.

import { expect, test } from '@playwright/test';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MailServer } from '../../support/mail_server.js';
import { Agent, PASSWORD } from '../../support/person.js';
import { Server } from '../../support/server.js';

const ANN = { email_address: 'ann@example.com', password: 'tulip-anchor-92' };

let server;
let mailServer;

test.afterEach(async () => {
  await server?.stop();
  await mailServer?.stop();
  server = undefined;
  mailServer = undefined;
});

async function post(path, fields) {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { origin: server.url },
    body: new URLSearchParams(fields),
  });
  expect(response.status).toBe(200);
}

/** Something that is told by mail: a sign-in from a browser that the account does not know. */
async function signInFromNewBrowser() {
  await post('/v1/client/sign_ups', ANN);
  await post('/v1/client/sign_ins', { identifier: ANN.email_address, strategy: 'password', password: ANN.password });
}

/** Starts the program with a mail server of these manners. */
async function startWith(manners, { login, url = (plain) => plain, ...settings } = {}) {
  mailServer = await MailServer.start(manners, { login });
  server = await Server.start({ TWOFOLD_SMTP_URL: url(mailServer.url), TWOFOLD_VERIFY_EMAIL: 'false', ...settings });
}

test('a mail says what happened', async () => {
  await startWith(['accept'], { TWOFOLD_MAIL_FROM: 'Security <security@example.com>' });
  await signInFromNewBrowser();
  const { accepted, sender, recipients } = await mailServer.oneMail();
  expect({ sender, recipients }).toEqual({ sender: 'security@example.com', recipients: [ANN.email_address] });
  expect(accepted).toContain('From: Security <security@example.com>\r\n');
  expect(accepted).toContain('To: ann@example.com\r\n');
  expect(accepted).toContain('Subject: Twofold: a sign-in from a new browser\r\n');
  expect(accepted).toContain('From: 127.0.0.1');
  expect(accepted).toContain(`${server.url}/account/manage-mfa`);
  expect(accepted).not.toContain(ANN.password);
  expect(mailServer.begun[0].hello).toBe('localhost');
});

test('nobody waits for a slow mail server', async () => {
  await startWith(['slow']);
  await signInFromNewBrowser();
  expect(mailServer.accepted, 'answered before the mail is sent').toEqual([]);
  await mailServer.oneMail();
});

for (const [what, manner] of [
  ['dies after it has taken the whole mail', 'die'],
  ['refuses the mail', 'refuse'],
]) {
  test(`a mail server that ${what} gets it again`, async () => {
    await startWith([manner, manner, 'accept']);
    await signInFromNewBrowser();
    await mailServer.oneMail();
    expect(mailServer.told.filter((told) => told.failed === manner)).toHaveLength(2);
    expect(server.output).toContain('a mail cannot be sent yet');
  });
}

test('a mail waits for a mail server that is not there', async () => {
  mailServer = await MailServer.start(['accept']);
  const { port } = mailServer;
  await mailServer.stop();
  server = await Server.start({ TWOFOLD_SMTP_URL: `smtp://127.0.0.1:${port}`, TWOFOLD_VERIFY_EMAIL: 'false' });
  await signInFromNewBrowser();
  await expect.poll(() => server.output).toContain('a mail cannot be sent yet');
  expect((await fetch(`${server.url}/readyz`)).status, 'all else works').toBe(200);
  mailServer = undefined;
});

test('the mail that is under way when the program is stopped is finished', async () => {
  await startWith(['slow']);
  await signInFromNewBrowser();
  await expect.poll(() => mailServer.begun.length).toBe(1);
  expect((await server.stop()).code).toBe(0);
  server = undefined;
  expect(mailServer.accepted).toHaveLength(1);
});

test('a mail server that hangs does not keep the program from stopping', async () => {
  await startWith(['hang']);
  await signInFromNewBrowser();
  await expect.poll(() => mailServer.begun.length).toBe(1);
  const stopped = await server.stop();
  expect(stopped).toMatchObject({ code: 0, signal: null });
  expect(stopped.stderr).toContain('cut off');
  server = undefined;
});

test('user and password of the URL are shown to the mail server', async () => {
  await startWith(['accept'], {
    login: ['ann', 'p@ss/word'],
    url: (plain) => plain.replace('smtp://', 'smtp://ann:p%40ss%2Fword@'),
  });
  await signInFromNewBrowser();
  await mailServer.oneMail();
  expect(server.output).not.toContain('p@ss');
});

test('a wrong password of the mail server is in the log as such, and itself is not', async () => {
  await startWith(['accept'], {
    login: ['ann', 'right'],
    url: (plain) => plain.replace('smtp://', 'smtp://ann:wr0ngpass@'),
    TWOFOLD_LOG: 'trace',
  });
  await signInFromNewBrowser();
  await expect.poll(() => server.output).toContain('a mail cannot be sent yet');
  expect(server.output).toContain('535');
  expect(server.output).not.toContain('wr0ngpass');
  expect(server.output).not.toContain(Buffer.from('\0ann\0wr0ngpass').toString('base64'));
  expect(mailServer.accepted).toEqual([]);
});

test('where TLS is required nothing is sent without', async () => {
  await startWith(['accept'], { url: (plain) => `${plain}?tls=required` });
  await signInFromNewBrowser();
  await expect.poll(() => server.output).toContain('a mail cannot be sent yet');
  expect(mailServer.told.slice(1)).toEqual([]);
});

test('without a mail server a mail is a file that only its owner reads', async () => {
  server = await Server.start();
  await signInFromNewBrowser();
  const folder = join(server.folder, 'data', 'mails');
  const files = () => {
    try {
      return readdirSync(folder).filter((name) => name.endsWith('.eml'));
    } catch {
      return [];
    }
  };
  await expect.poll(() => files().length).toBe(1);
  const file = join(folder, files()[0]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readFileSync(file, 'utf8')).toContain('Subject: Twofold: a sign-in from a new browser\r\n');
});

test('the log tells each event in one object', async () => {
  server = await Server.start({ TWOFOLD_LOG: 'warn,twofold::event=info', TWOFOLD_LOG_FORMAT: 'json' });
  await signInFromNewBrowser();
  await expect.poll(() => server.output.trim().split('\n').length).toBe(2);
  const lines = server.output.trim().split('\n').map((line) => JSON.parse(line));
  for (const line of lines) {
    expect(line).toMatchObject({ level: 'INFO', target: 'twofold::event', ip_address: '127.0.0.1' });
    expect(line.user).toMatch(/^user_/);
    expect(line.event).toMatch(/^evt_/);
    expect(line.trace_id).toMatch(/^[0-9a-f]{32}$/);
  }
  expect(lines.map((line) => line.kind)).toEqual(['sign_up', 'sign_in']);
});

test('the log tells of each request under the id that its reply has', async () => {
  server = await Server.start({ TWOFOLD_LOG: 'twofold=debug', TWOFOLD_LOG_FORMAT: 'json' });
  const agent = await Agent.at(server.url);
  const refused = [
    await agent.get('/v1/me'),
    await agent.get('/v1/nothing'),
    await agent.post('/v1/client/sign_ups', { email_address: 'nobody', password: PASSWORD }),
    await agent.signIn('nobody@example.com'),
  ];
  const ids = await Promise.all(refused.map(async (reply) => (await reply.json()).clerk_trace_id));
  await agent.close();
  const lines = () => server.output.trim().split('\n').map((line) => JSON.parse(line));
  const answers = () => lines().filter(({ message, span }) => message === 'answered' && ids.includes(span.trace_id));
  await expect.poll(() => answers().map(({ status }) => status)).toEqual([401, 404, 422, 422]);
  const told = lines().filter(({ span }) => span?.name === 'request');
  expect(told.filter(({ span }) => !/^[0-9a-f]{32}$/.test(span.trace_id))).toEqual([]);
  const event = told.find(({ kind }) => kind === 'attempt_failed');
  expect(event.span.trace_id, 'an event has it as well').toBe(ids[3]);
  expect(event.trace_id).toBe(ids[3]);
});
