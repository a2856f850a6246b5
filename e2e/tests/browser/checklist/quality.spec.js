// Quality: lines 78 to 82 of the accessibility checklist.

import { HtmlValidate } from 'html-validate';
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import {
  backupCodes,
  button,
  codeField,
  expectView,
  field,
  link,
  newPerson,
  openAddPage,
  send,
  signOut,
  signUp,
  state,
} from '../../../support/app.js';
import { codeAt, currentStep, stepAfter } from '../../../support/authenticator.js';
import { expect, test } from '../../../support/checklist.js';
import { picture } from '../../../support/test.js';
import { CONTEXT, WIDE } from '../../../support/views.js';

const shell = new URL('../../../../index.html', import.meta.url);

/** Everything that an account is good for, from its first day to the end of its second factor. */
async function journey(page) {
  const person = newPerson();
  await page.goto('/');
  await expectView(page, 'Sign in');
  await signUp(page, person);
  const key = await openAddPage(page);
  await button(page, 'Use URI instead').click();
  await button(page, 'Use QR code instead').click();
  await button(page, 'Verify').click();
  const step = currentStep();
  await send(page, codeField(page), codeAt(key, step), 'Verify code');
  await expectView(page, 'Backup codes');
  const codes = await backupCodes(page);
  await page.getByLabel('I have saved these codes').check();
  await button(page, 'Finish').click();
  await expectView(page, 'Success!');
  await link(page, 'Manage multi-factor authentication').click();
  await expectView(page, 'Multi-factor authentication');
  await expect(page.getByRole('heading', { name: 'Recent activity' })).toBeVisible();
  await signOut(page);
  await field(page, 'Email address').fill(person.email);
  await send(page, field(page, 'Password'), person.password, 'Sign in');
  await expectView(page, 'Enter your code');
  await send(page, codeField(page), codeAt(key, await stepAfter(step)), 'Continue');
  await expectView(page, 'Multi-factor authentication');
  await signOut(page);
  await field(page, 'Email address').fill(person.email);
  await send(page, field(page, 'Password'), person.password, 'Sign in');
  await button(page, 'Use a backup code').click();
  await send(page, field(page, 'Backup code'), codes[0], 'Continue');
  await expectView(page, 'Multi-factor authentication');
  await link(page, 'All activity').click();
  await expectView(page, 'Account activity');
  await expect(page.getByText('Account created')).toBeVisible();
  await link(page, 'Manage multi-factor authentication').click();
  await button(page, 'Generate new backup codes').click();
  await button(page.getByRole('dialog'), 'Generate').click();
  await backupCodes(page);
  await button(page, 'Done').click();
  await button(page, 'Remove authenticator app').click();
  await button(page.getByRole('dialog'), 'Remove').click();
  await expect(state(page)).toHaveText('Off');
}

test.describe('Quality', () => {
  test.describe('of the whole journey', () => {
    const said = [];
    const requests = [];
    const entries = [];
    const isolation = new Set();
    let origin;

    test.beforeAll(async ({ browser, server }) => {
      origin = server.url;
      const context = await browser.newContext({ ...CONTEXT, baseURL: server.url });
      context.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
      context.on('weberror', (error) => said.push(`error: ${error.error().message}`));
      context.on('request', (request) => requests.push(request.url()));
      await context.exposeFunction('observed', (entry) => entries.push(entry));
      await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
          window.observed({ entryType: 'violation', name: `${violatedDirective}: ${blockedURI}` });
        });
        for (const type of ['layout-shift', 'longtask']) {
          new PerformanceObserver((list) => {
            for (const { entryType, value, hadRecentInput, duration, startTime } of list.getEntries()) {
              // What somebody asked for comes with the reply, and the reply when the server has it.
              const isAnswer = performance
                .getEntriesByType('resource')
                .filter(({ name }) => /\/v1\/(me\/(totp|backup_codes)|client)/.test(name))
                .some(({ responseEnd }) => startTime >= responseEnd && startTime - responseEnd < 500);
              window.observed({ entryType, value, isExpected: hadRecentInput || isAnswer, duration, startTime });
            }
          }).observe({ type, buffered: true });
        }
      });
      const page = await context.newPage();
      page.on('load', async () => isolation.add(await page.evaluate(() => crossOriginIsolated)));
      await journey(page);
      // What was observed last is told, too.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100))));
      await context.close();
    });

    test('78 the console stays silent, and nothing offends against the policy', () => {
      expect(said).toEqual([]);
      expect(entries.filter(({ entryType }) => entryType === 'violation')).toEqual([]);
    });

    test('79 nothing moves by itself; long tasks are told', () => {
      const shifts = entries.filter(({ entryType, isExpected }) => entryType === 'layout-shift' && !isExpected);
      const moved = shifts.reduce((sum, { value }) => sum + value, 0);
      // How long a task takes is up to the machine as well, so it decides nothing.
      const tasks = entries.filter(({ entryType }) => entryType === 'longtask').map(({ duration }) => Math.round(duration));
      const long = tasks.filter((millis) => millis > 200);
      const report = `layout shift over the journey: ${moved.toFixed(4)} (limit 0.01); tasks over 50 ms: ${tasks.length}, over 200 ms: ${long.length}, longest: ${Math.max(0, ...tasks)} ms`;
      console.log(report);
      test.info().annotations.push({ type: 'measured', description: report });
      expect(moved).toBeLessThanOrEqual(0.01);
    });

    test('80 no other origin is asked for anything, and the page is isolated from all', () => {
      expect(requests.length).toBeGreaterThan(20);
      const others = requests.filter((url) => !url.startsWith('data:') && !url.startsWith('blob:') && new URL(url).origin !== origin);
      expect(others).toEqual([]);
      expect([...isolation]).toEqual([true]);
    });
  });

  test('81 the HTML is valid: as it is written, and as each view is', async ({ views }) => {
    const written = new HtmlValidate({ root: true, extends: ['html-validate:recommended'], rules: { 'no-inline-style': 'error' } });
    // A list may have a name (ARIA 1.2), as the one of the four steps has.
    const seen = new HtmlValidate({
      root: true,
      extends: ['html-validate:standard', 'html-validate:a11y'],
      rules: { 'aria-label-misuse': ['error', { allowAnyNamable: true }] },
    });
    const faults = async (validator, html) => {
      const { results } = await validator.validateString(html);
      return results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`));
    };
    expect.soft(await faults(written, readFileSync(shell, 'utf8')), 'index.html').toEqual([]);
    for (const { name, page } of views) {
      expect.soft(await faults(seen, await page.content()), name).toEqual([]);
    }
  });

  test('82 there are pictures of every state in light and dark, narrow and wide', async ({ views }) => {
    test.setTimeout(600_000);
    for (const { name, page } of views) {
      for (const width of [320, 768, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          const file = `checklist/${name}-${width}-${colorScheme}`;
          const { data, width: drawn } = PNG.sync.read(await picture(page, file));
          expect.soft(drawn, file).toBe(width);
          const corner = data.subarray(data.length - 4, data.length - 1);
          expect.soft([...corner].every((channel) => (colorScheme === 'dark' ? channel < 96 : channel > 96)), `${file}: its ground`).toBe(true);
          expect.soft(new Set(new Uint32Array(data.buffer, data.byteOffset, data.length / 4)).size, `${file} is not empty`).toBeGreaterThan(4);
        }
      }
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ colorScheme: 'light' });
    }
  });
});
