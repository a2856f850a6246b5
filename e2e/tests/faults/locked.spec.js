// Another process keeps the database's file locked.

import { expect, test } from '@playwright/test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { codeAt, currentStep, wrongCode } from '../../support/authenticator.js';
import { expectUnavailable, untilBack } from '../../support/fault.js';
import { enrol, told } from '../../support/person.js';
import { Server } from '../../support/server.js';

/** Takes the lock for writing until `release` is called. */
async function lock(database) {
  const holder = spawn('sqlite3', ['-cmd', '.timeout 5000', database], { stdio: ['pipe', 'pipe', 'inherit'] });
  holder.stdin.write("BEGIN IMMEDIATE;\nSELECT 'locked';\n");
  await once(holder.stdout, 'data');
  return async () => {
    holder.stdin.end('ROLLBACK;\n');
    await once(holder, 'close');
  };
}

test('while the file is locked changes are refused, no code is looked at, and afterwards all is as before', async () => {
  const server = await Server.start({ TWOFOLD_RATE_LIMITS: 'off' });
  try {
    const { agent, email, secret, step } = await enrol(server.url);
    await agent.delete('/v1/client/sessions');
    const { id } = (await (await agent.signIn(email)).json()).response;
    const attempt = (code) =>
      agent.post(`/v1/client/sign_ins/${id}/attempt_second_factor`, { strategy: 'totp', code });
    const spent = () => server.ask(`SELECT SUM(failed_attempts) FROM known_devices UNION ALL SELECT SUM(failed_attempts) FROM users`);
    const before = spent();

    const release = await lock(server.database);
    const right = codeAt(secret, Math.max(step + 1, currentStep()));
    const took = await Promise.all(
      [wrongCode(secret), right, wrongCode(secret), right].map((code) => expectUnavailable(() => attempt(code))),
    );
    expect(await told(await agent.get('/v1/client')), 'reading goes on').toBe('200');
    await release();

    expect(spent(), 'nothing of it was counted, since nothing was looked at').toBe(before);
    const back = await untilBack(() => attempt(right));
    console.log(`locked file: refused within ${Math.max(...took)} ms, back after ${back} ms`);
  } finally {
    const end = await server.stop();
    expect(end.code).toBe(0);
    expect(end.stderr).not.toMatch(/panick/);
  }
});
