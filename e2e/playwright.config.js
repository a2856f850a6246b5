import { defineConfig } from '@playwright/test';
import process from 'node:process';

// Debian's Chromium. Without the last three flags it keeps looking for servers of its own.
const chromium = {
  browserName: 'chromium',
  launchOptions: {
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
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
