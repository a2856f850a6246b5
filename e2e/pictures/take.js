// Takes the README's pictures: one account from the first visit of its settings to the authenticator app that is on. Leaves
// add.png and manage.png, the frames of the animated picture, and the arguments that img2webp makes it from.
//
// Usage: node pictures/take.js FOLDER

import { chromium } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { backupCodes, button, codeField, expectView, link, openAddPage, qrCode, send, signUp, state } from '../support/app.js';
import { codeAt, currentStep } from '../support/authenticator.js';
import { FLAGS, PROGRAM } from '../support/chromium.js';
import { Server } from '../support/server.js';
import { expect } from '../support/test.js';

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });

/** What img2webp is told: for each frame how long it is shown, in milliseconds, and its file. */
const frames = [];

async function frame(page, millis) {
  const path = join(folder, `frame-${frames.length / 3}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  frames.push('-d', millis, path);
}

function still(page, name) {
  return page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', fullPage: true });
}

/** Where the user's hands are: a ring shows the focus of whoever uses the keyboard. */
async function goTo(page, control) {
  await page.keyboard.press('Tab');
  await control.focus();
}

async function addFlow(page) {
  await signUp(page, { email: 'ann@example.com', password: 'quiet harbour lantern' });
  await expect(page.getByText('Account created')).toBeVisible();
  await goTo(page, link(page, 'Add authenticator app'));
  await frame(page, 1500);

  const key = await openAddPage(page);
  await expect(qrCode(page)).toBeVisible();
  await frame(page, 2000);
  await still(page, 'add');
  await goTo(page, button(page, 'Verify'));
  await frame(page, 1200);

  await button(page, 'Verify').click();
  await expectView(page, 'Verify your authenticator app');
  const code = codeAt(key, currentStep());
  await codeField(page).fill(code);
  await frame(page, 1500);

  await send(page, codeField(page), code, 'Verify code');
  await expectView(page, 'Backup codes');
  await backupCodes(page);
  await frame(page, 2000);
  await page.getByLabel('I have saved these codes').check();
  await goTo(page, button(page, 'Finish'));
  await frame(page, 1200);

  await button(page, 'Finish').click();
  await expectView(page, 'Success!');
  await frame(page, 1500);

  await link(page, 'Manage multi-factor authentication').click();
  await expectView(page, 'Multi-factor authentication');
  await expect(state(page)).toHaveText('On');
  await expect(page.getByText('Account created')).toBeVisible();
  await frame(page, 2000);
  await still(page, 'manage');
}

const server = await Server.start();
let browser;
try {
  browser = await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
  const page = await browser.newPage({
    baseURL: server.url,
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 640, height: 860 },
    deviceScaleFactor: 2,
  });
  await addFlow(page);
} finally {
  await browser?.close();
  await server.stop();
}
writeFileSync(join(folder, 'frames'), frames.join('\n'));
