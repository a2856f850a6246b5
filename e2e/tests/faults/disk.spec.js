// A disk that is full: what cannot be written down is refused, what can be read is read, and room is all it takes.

import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeAt, wrongCode } from '../../support/authenticator.js';
import { expectUnavailable, untilBack } from '../../support/fault.js';
import { Agent, enrol, signUp, told } from '../../support/person.js';
import { Server, temporaryFolder } from '../../support/server.js';

/** A disk of its own, of so many MiB; null where this system lets nobody mount one. */
function smallDisk(path, size) {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=0700`, 'twofold-test', path], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** Leaves no room at all; gives the file that takes it. */
function fill(disk) {
  const path = join(disk, 'ballast');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(path, Buffer.alloc(bavail * bsize));
  return path;
}

test('on a full disk changes are refused, reading goes on, and room is all it takes', async () => {
  test.setTimeout(120_000);
  const folder = await temporaryFolder();
  const disk = join(folder, 'data');
  test.skip(!smallDisk(disk, 8), 'a small disk needs the right to mount one');
  let server;
  try {
    server = await Server.start({ TWOFOLD_RATE_LIMITS: 'off' }, { folder });
    const person = await enrol(server.url);
    const before = server.ask('SELECT COUNT(*) FROM users');
    const ballast = fill(disk);

    // A little still fits into pages that are there already, and again into the log once it was moved into the database:
    // until nothing does, for longer than it takes to move it.
    const strangers = [];
    const attempt = async (email) => {
      const stranger = await Agent.at(server.url);
      strangers.push(stranger);
      return stranger.post('/v1/client/sign_ups', {
        email_address: `${email}@example.com`,
        password: 'violet-kettle-mosaic-42',
      });
    };
    let accepted = 0;
    let refused = 0;
    await expect
      .poll(
        async () => {
          const reply = await attempt(`late${strangers.length}`);
          if (reply.ok()) {
            accepted += 1;
            refused = 0;
          } else {
            expect(await told(reply)).toBe('503 service_unavailable');
            refused += 1;
          }
          return refused;
        },
        { intervals: [50], timeout: 60_000 },
      )
      .toBe(10);
    const took = [await expectUnavailable(() => attempt('again'))];
    took.push(await expectUnavailable(() => person.agent.post('/v1/me/backup_codes')));
    expect(await told(await person.agent.get('/v1/me')), 'reading goes on').toBe('200');

    // Neither a wrong code nor a right one is looked at where the attempt cannot be written down.
    const session = (await (await person.agent.get('/v1/client')).json()).response.last_active_session_id;
    const verify = `/v1/client/sessions/${session}/verify`;
    for (const code of [wrongCode(person.secret), codeAt(person.secret, person.step + 1)]) {
      const reply = await person.agent.post(`${verify}/attempt_second_factor`, { strategy: 'totp', code });
      expect([400, 503]).toContain(reply.status());
    }

    rmSync(ballast);
    const back = await untilBack(() => person.agent.post('/v1/me/backup_codes'));
    expect(Number(server.ask('SELECT COUNT(*) FROM users')), 'nothing half done').toBe(Number(before) + accepted);
    expect(server.ask('PRAGMA integrity_check')).toBe('ok');
    await signUp(server.url);
    await Promise.all(strangers.map((stranger) => stranger.close()));
    console.log(`full disk: refused within ${Math.max(...took)} ms, back ${back} ms after there was room`);
  } finally {
    server?.process.child.kill('SIGTERM');
    const end = await server?.process.ended;
    execFileSync('umount', [disk]);
    rmSync(folder, { recursive: true });
    if (end) expect(end.stderr).not.toMatch(/panick/);
  }
});
