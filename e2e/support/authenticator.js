// An authenticator app that shares no code with the product: oathtool.

import { expect } from '@playwright/test';
import { execFileSync } from 'node:child_process';

const STEP = 30;

/** The number of the time step that the clock is in. */
export function currentStep() {
  return Math.floor(Date.now() / 1000 / STEP);
}

/** The code of a setup key in a time step. */
export function codeAt(key, step) {
  const time = new Date(step * STEP * 1000).toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
  return execFileSync('oathtool', ['--totp', '--base32', '--now', time, key], { encoding: 'utf8' }).trim();
}

/** A code that is right in no time step near the present one. It begins with zeros, which must survive. */
export function wrongCode(key) {
  const now = currentStep();
  const right = [-2, -1, 0, 1, 2].map((offset) => codeAt(key, now + offset));
  return ['000000', '000001', '000002', '000003', '000004', '000005'].find((code) => !right.includes(code));
}

/*
 * The server of these tests has a real clock and accepts each time step once, so a test that signs in more than once has
 * to spend its steps with care. The two functions below are the only places where a test waits for time to pass.
 */

/** Waits until the current time step lasts some more seconds, at most until the next one begins. */
export async function timeInStep(seconds) {
  await until(() => STEP - ((Date.now() / 1000) % STEP) >= seconds, `${seconds} s left in the current time step`);
}

/**
 * A step that is right now and newer than the last one that was accepted. The server takes the step after the present
 * one as well, so there is something to wait for only if that one has been used.
 */
export async function stepAfter(accepted) {
  await until(() => currentStep() >= accepted, `time step ${accepted}`);
  return Math.max(accepted + 1, currentStep());
}

async function until(condition, message) {
  await expect.poll(condition, { message, intervals: [100], timeout: (STEP + 5) * 1000 }).toBe(true);
}
