// The clock of the machine jumps by an hour, while the program runs.

import { expect, test } from '@playwright/test';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { Agent, enrol, told } from '../../support/person.js';
import { Server, temporaryFolder } from '../../support/server.js';

const HOUR = 120; // steps of 30 s

/** Debian's libfaketime for programs with threads. */
function faketime() {
  const found = readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join('/usr/lib', entry.name, 'faketime', 'libfaketimeMT.so.1'))
    .find(existsSync);
  if (!found) throw new Error('there is no libfaketime: scripts/tools.sh test gets it');
  return found;
}

test('after a jump of the clock no code is accepted again, nobody is locked out for long, and nothing breaks', async () => {
  test.setTimeout(120_000);
  const folder = await temporaryFolder();
  const clock = join(folder, 'clock');
  const jump = (offset) => writeFileSync(clock, offset);
  jump('+0');
  const server = await Server.start(
    { TWOFOLD_RATE_LIMITS: 'off' },
    {
      folder,
      preload: {
        LD_PRELOAD: faketime(),
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        // The timers of the program go on: only what it takes for the time of day is another.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    },
  );
  try {
    const person = await enrol(server.url);
    const { agent, email, secret } = person;
    const serverTime = async () => Date.parse((await agent.get('/v1/environment')).headers().date);
    await agent.delete('/v1/client/sessions');

    jump('+3600');
    expect((await serverTime()) - Date.now(), 'the program lives an hour ahead').toBeGreaterThan(3_500_000);
    const ahead = currentStep() + HOUR;
    const code = codeAt(secret, ahead);
    expect(await told(await agent.signInWith(email, 'totp', code))).toBe('200');
    const jwt = async () => {
      const session = (await (await agent.get('/v1/client')).json()).response.last_active_session_id;
      const reply = await agent.post(`/v1/client/sessions/${session}/tokens`);
      return JSON.parse(Buffer.from((await reply.json()).jwt.split('.')[1], 'base64url').toString());
    };
    const early = await jwt();
    expect(early.exp - early.iat).toBe(60);
    expect(early.iat * 1_000 - Date.now()).toBeGreaterThan(3_500_000);

    for (const offset of ['+0', '-3600']) {
      jump(offset);
      expect(Math.abs((await serverTime()) - Date.now() - Number(offset) * 1_000)).toBeLessThan(100_000);
      const elsewhere = await Agent.at(server.url);
      // Neither the code of the hour ahead, nor a code of now: older than one that was accepted.
      expect(await told(await elsewhere.signInWith(email, 'totp', code))).toBe('422 form_code_incorrect');
      const present = codeAt(secret, currentStep() + Number(offset) / 30);
      const refused = await elsewhere.signInWith(email, 'totp', present);
      expect((await refused.json()).errors[0].meta.reason, 'it counts as used').toBe('code_already_used');
      // A backup code does not depend on the time.
      const backup = person.codes.pop();
      expect(await told(await elsewhere.signInWith(email, 'backup_code', backup))).toBe('200');
      expect(await told(await elsewhere.signInWith(email, 'backup_code', backup))).not.toBe('200');
      expect(await told(await agent.get('/v1/me')), 'the session of the hour ahead goes on').toBe('200');
      const late = await jwt();
      expect(late.exp - late.iat).toBe(60);
      await elsewhere.close();
    }

    // And forward again: the next code is accepted, once.
    jump('+3660');
    const next = codeAt(secret, currentStep() + HOUR + 2);
    const elsewhere = await Agent.at(server.url);
    expect(await told(await elsewhere.signInWith(email, 'totp', next))).toBe('200');
    await elsewhere.delete('/v1/client/sessions');
    expect(await told(await elsewhere.signInWith(email, 'totp', next))).toBe('422 form_code_incorrect');
  } finally {
    const end = await server.stop();
    expect(end.code).toBe(0);
    expect(end.stderr).not.toMatch(/panick/);
  }
});
