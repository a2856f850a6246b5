// The browser of the tests and measurements: Debian's Chromium.

import process from 'node:process';

export const PROGRAM = process.env.CHROMIUM || '/usr/bin/chromium';

// Without the last three it keeps looking for servers of its own.
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
