// The checklist is whole: each of its lines is a test that bears its number. Nothing here opens a browser.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';

/** The groups of the list, each a file, with their first and last line. */
const GROUPS = {
  'document-and-routing': [1, 15],
  forms: [16, 28],
  'code-entry': [29, 40],
  'qr-step': [41, 48],
  'backup-codes': [49, 55],
  'manage-and-remove': [56, 61],
  perception: [62, 77],
  quality: [78, 82],
};

/** What Playwright itself finds: file, line and title of each test, in order. */
function titles() {
  const e2e = fileURLToPath(new URL('../../../', import.meta.url));
  const playwright = createRequire(import.meta.url).resolve('@playwright/test/cli');
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TEST_|PLAYWRIGHT_|PW)/.test(name)));
  const list = execFileSync(process.execPath, [playwright, 'test', '--list', '--reporter=json', '--project=browser', 'tests/browser/checklist/'], {
    cwd: e2e,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const found = [];
  const collect = (suite) => {
    for (const { file, line, title } of suite.specs ?? []) found.push({ file: basename(file, '.spec.js'), line, title });
    for (const inner of suite.suites ?? []) collect(inner);
  };
  JSON.parse(list).suites.forEach(collect);
  // As they stand in the file: Playwright tells what is in a group after what is not.
  found.sort((one, other) => one.line - other.line);
  return found.filter(({ file }) => file !== 'complete');
}

test('each line of the checklist has its test, in its place, and no number stands for two lines', () => {
  const numbered = titles().map(({ file, title }) => {
    const [, number, words] = title.match(/^(\d+) (.+)$/) ?? [];
    expect(number, `"${title}" begins with the number of its line`).toBeDefined();
    return { file, number: Number(number), words };
  });
  for (const [file, [first, last]] of Object.entries(GROUPS)) {
    const numbers = numbered.filter((one) => one.file === file).map(({ number }) => number);
    // One line may be several tests, which then stand together: the numbers never fall.
    expect([...numbers].sort((a, b) => a - b), `${file} is in order`).toEqual(numbers);
    const lines = Array.from({ length: last - first + 1 }, (_, at) => first + at);
    expect([...new Set(numbers)], `${file} has lines ${first} to ${last}`).toEqual(lines);
  }
  expect(new Set(numbered.map(({ file }) => file))).toEqual(new Set(Object.keys(GROUPS)));
  const sentences = numbered.map(({ number, words }) => `${number} ${words}`);
  expect(new Set(sentences).size, 'no title stands twice').toBe(sentences.length);
});
