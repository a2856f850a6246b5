// What every fault is held to: a clear refusal within five seconds, and the way back without help.

import { expect } from '@playwright/test';
import { told } from './person.js';

/** Seconds within which a refusal must come. */
const WITHIN = 5;

/** The refusal of something that cannot be done now; how long it took, in milliseconds. */
export async function expectUnavailable(ask) {
  const asked = performance.now();
  const reply = await ask();
  const took = Math.round(performance.now() - asked);
  expect(await told(reply)).toBe('503 service_unavailable');
  expect(Number(reply.headers()['retry-after']), 'it says when to try again').toBeGreaterThan(0);
  expect(took, `a refusal within ${WITHIN} s`).toBeLessThan(WITHIN * 1_000);
  return took;
}

/** Asks until it succeeds; how long that took, in milliseconds. */
export async function untilBack(ask) {
  const began = performance.now();
  await expect.poll(async () => told(await ask()), { intervals: [50], timeout: 30_000 }).toBe('200');
  return Math.round(performance.now() - began);
}
