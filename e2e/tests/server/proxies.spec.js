// The examples for reverse proxies, before the program: nginx and Caddy as they are, but for name, port and certificate.

import { expect, test } from '@playwright/test';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import process from 'node:process';
import { Nginx } from '../../support/nginx.js';
import { PASSWORD } from '../../support/person.js';
import { Server, freePort, temporaryFolder } from '../../support/server.js';

const HOST = 'mfa.example.com';
/** Where the visitor comes from: not from where the proxy is, which the server trusts. */
const VISITOR = '127.0.0.2';

let folder;
let server;

test.beforeEach(async () => {
  folder = await temporaryFolder();
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${HOST}`]
      .concat('-addext', `subjectAltName=DNS:${HOST}`, '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')),
    { stdio: 'pipe' },
  );
  server = await Server.start({ TWOFOLD_PUBLIC_URL: `https://${HOST}`, TWOFOLD_TRUSTED_PROXIES: '127.0.0.1/32' });
});

test.afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** An example with the ports and files of the test; each replacement must be there. */
function example(name, replacements) {
  let text = readFileSync(new URL(`../../../packaging/proxies/${name}`, import.meta.url), 'utf8');
  for (const [from, to] of Object.entries({ '127.0.0.1:8787': new URL(server.url).host.replace('localhost', '127.0.0.1'), ...replacements })) {
    expect(text, `${name} says ${from}`).toContain(from);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Asks the proxy at that port as a visitor of the host; status, headers and text of the reply. */
async function ask(port, path, { method = 'GET', headers = {}, body } = {}) {
  const request = https.request({
    ...{ host: '127.0.0.1', port, path, method, servername: HOST, localAddress: VISITOR, agent: false },
    ca: readFileSync(join(folder, 'cert.pem')),
    headers: { host: HOST, origin: `https://${HOST}`, ...headers },
  });
  request.end(body);
  const [response] = await once(request, 'response');
  const text = (await response.toArray()).join('');
  return { status: response.statusCode, headers: response.headers, text };
}

/** What every proxy must do. */
async function expectToWork(port) {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ email_address: 'ann@example.com', password: PASSWORD }).toString();
  const signUp = await ask(port, '/v1/client/sign_ups', { method: 'POST', headers: form, body });
  expect(signUp.status, signUp.text).toBe(200);
  const cookies = signUp.headers['set-cookie'];
  expect(cookies.find((cookie) => cookie.startsWith('__Host-client='))).toContain('Secure');

  const cookie = cookies.map((line) => line.split(';')[0]).join('; ');
  const claims = { cookie, 'x-forwarded-for': '203.0.113.9' };
  const signOut = await ask(port, '/v1/client/sessions', { method: 'DELETE', headers: claims });
  expect(signOut.status, signOut.text).toBe(200);
  expect(server.ask("SELECT DISTINCT ip_address FROM events"), 'where they come from, not what they claim').toBe(VISITOR);

  const reply = await ask(port, '/v1/environment');
  expect(reply.status).toBe(200);
  expect(reply.headers['content-security-policy'], 'the headers of the server arrive').toContain('default-src');
  const large = await ask(port, '/v1/client/sign_ups', { method: 'POST', headers: form, body: 'x'.repeat(100_000) });
  expect(large.status).toBe(413);
}

test('nginx as in packaging/proxies/nginx.conf', async () => {
  const plain = await freePort();
  const tls = await freePort();
  const nginx = await Nginx.start('', {
    http: (port) =>
      `server { listen 127.0.0.1:${port}; }\n${example('nginx.conf', {
        '    listen [::]:443 ssl;\n': '',
        '    listen [::]:80;\n': '',
        'listen 443 ssl': `listen 127.0.0.1:${tls} ssl`,
        'listen 80': `listen 127.0.0.1:${plain}`,
        '/etc/ssl/mfa.example.com/fullchain.pem': join(folder, 'cert.pem'),
        '/etc/ssl/mfa.example.com/privkey.pem': join(folder, 'key.pem'),
      })}`,
  });
  try {
    await expectToWork(tls);
    const reply = await fetch(`http://127.0.0.1:${plain}/account?a=b`, { redirect: 'manual', headers: { host: HOST } });
    expect(reply.status).toBe(308);
    expect(reply.headers.get('location')).toBe(`https://${HOST}/account?a=b`);
  } finally {
    await nginx.stop();
  }
});

test('Caddy as in packaging/proxies/Caddyfile', async () => {
  const port = await freePort();
  const file = join(folder, 'Caddyfile');
  const global = `{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system ${folder}/caddy\n}\n`;
  const tls = `tls ${join(folder, 'cert.pem')} ${join(folder, 'key.pem')}`;
  writeFileSync(file, global + example('Caddyfile', { 'mfa.example.com {': `https://${HOST}:${port} {\n\tbind 127.0.0.1\n\t${tls}` }));
  const environment = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const caddy = spawn(process.env.CADDY, ['run', '--config', file], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  caddy.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const ended = once(caddy, 'close');
  try {
    await expect
      .poll(() => ask(port, '/healthz').then(({ status }) => status, () => said), { intervals: [50], timeout: 20_000 })
      .toBe(200);
    await expectToWork(port);
  } finally {
    caddy.kill('SIGTERM');
    await ended;
  }
});
