// People who send nothing, or never stop.

import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { told, signUp } from '../../support/person.js';
import { Server } from '../../support/server.js';

const IDLE = 10_000;

let server;

test.beforeAll(async () => {
  server = await Server.start({ TWOFOLD_RATE_LIMITS: 'off' });
});

test.afterAll(async () => {
  const end = await server.stop();
  expect(end.code).toBe(0);
  expect(end.stderr).not.toMatch(/panick/);
});

/** Megabytes of memory that the program has in use. */
function memory() {
  const status = readFileSync(`/proc/${server.process.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1_024;
}

test(`${IDLE} connections that do nothing keep nobody out`, async () => {
  test.setTimeout(180_000);
  const files = Number(execFileSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
  test.skip(files < IDLE + 1_000, `this needs ${IDLE + 1_000} open files, and the system allows ${files}`);
  const { port } = new URL(server.url);
  const before = memory();
  const idle = [];
  while (idle.length < IDLE) {
    const some = Array.from({ length: 250 }, () => net.connect({ host: '127.0.0.1', port: Number(port) }));
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    for (const [n, socket] of some.entries()) {
      socket.on('error', () => {});
      // Half of them begin a request and leave it at that.
      if (n % 2 === 0) socket.write('GET / HTTP/1.1\r\nHost: loc');
    }
    idle.push(...some);
  }
  const asked = performance.now();
  await signUp(server.url);
  const took = Math.round(performance.now() - asked);
  const each = Math.round(((memory() - before) * 1_024) / IDLE);
  console.log(`${IDLE} idle connections: a sign-up in ${took} ms, ${each} kB for each connection`);
  for (const socket of idle) socket.destroy();
  const { agent } = await signUp(server.url);
  expect(await told(await agent.get('/v1/me'))).toBe('200');
});

/** Sends the head of a sign-up, and then what `send` wants; the first line of the reply, and when it came. */
async function sendBody(headers, send) {
  const began = performance.now();
  const request = http.request(`${server.url}/v1/client/sign_ups`, {
    method: 'POST',
    headers: { origin: server.url, 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
  request.on('error', () => {});
  const replied = once(request, 'response');
  const timer = setInterval(() => send(request), 100);
  try {
    const [response] = await replied;
    let text = '';
    for await (const part of response) text += part;
    return { status: response.statusCode, code: JSON.parse(text).errors[0].code, took: performance.now() - began };
  } finally {
    clearInterval(timer);
    request.destroy();
  }
}

test('a body that never ends is cut off where it is too large', async () => {
  const { status, code } = await sendBody({ 'transfer-encoding': 'chunked' }, (request) =>
    request.write('a='.padEnd(4_096, 'x')),
  );
  expect([status, code]).toEqual([413, 'request_body_too_large']);
});

test('a body that trickles is cut off after a while', async () => {
  const { status, code, took } = await sendBody({ 'transfer-encoding': 'chunked' }, (request) => request.write('a'));
  expect([status, code]).toEqual([408, 'request_timeout']);
  console.log(`a trickling body: cut off after ${Math.round(took)} ms`);
});

test('a body that is announced and does not come is cut off after a while', async () => {
  const { status, code } = await sendBody({ 'content-length': '100' }, (request) => request.flushHeaders());
  expect([status, code]).toEqual([408, 'request_timeout']);
});
