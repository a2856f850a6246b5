import { defineConfig } from '@playwright/test';
import process from 'node:process';
import { FLAGS, PROGRAM } from './support/chromium.js';

const chromium = {
  browserName: 'chromium',
  launchOptions: { executablePath: PROGRAM, args: FLAGS },
};

const browser = {
  ...chromium,
  locale: 'en-GB',
  timezoneId: 'UTC',
  viewport: { width: 1280, height: 900 },
  actionTimeout: 10_000,
  navigationTimeout: 15_000,
  trace: 'retain-on-failure',
  screenshot: 'only-on-failure',
};

export default defineConfig({
  testDir: 'tests',
  outputDir: 'artefacts/failures',
  reporter: [['list'], ['json', { outputFile: 'artefacts/results.json' }]],
  // One after the other: the tests measure nothing, but some wait for the next code of an authenticator app.
  workers: 1,
  fullyParallel: false,
  // A test that passes only sometimes is a fault of it or of the product.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  projects: [
    { name: 'server', testDir: 'tests/server' },
    { name: 'faults', testDir: 'tests/faults' },
    { name: 'gallery', testDir: 'tests/gallery', use: browser },
    { name: 'servers', testDir: 'tests/servers' },
    { name: 'browser', testDir: 'tests/browser', use: browser },
    { name: 'conformance', testDir: 'tests/conformance', use: browser },
  ],
});
