// The step with the QR code: lines 41 to 48 of the accessibility checklist.

import { PNG } from 'pngjs';
import { button, expectView, link, newPerson, openAddPage, qrCode, setupKey, shownUri } from '../../../support/app.js';
import { expect, newcomer, pasted, test } from '../../../support/checklist.js';
import { readQr } from '../../../support/qr.js';
import { hold } from '../../../support/requests.js';
import { Server } from '../../../support/server.js';
import { CONTEXT, WIDE } from '../../../support/views.js';

const TOTP = /\/v1\/me\/totp$/;

async function openAdd(page, server) {
  const person = await newcomer(page, server);
  await page.goto('/account/manage-mfa');
  return { ...person, key: await openAddPage(page) };
}

/** A screenshot as pixels: how light each is, by WCAG's measure. */
function pixels(png) {
  const { data, width, height } = PNG.sync.read(png);
  const channel = (value) => (value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = (x, y) => {
    const at = 4 * (y * width + x);
    return 0.2126 * channel(data[at]) + 0.7152 * channel(data[at + 1]) + 0.0722 * channel(data[at + 2]);
  };
  return { width, height, light };
}

/** What a reader needs of a QR code, as measured: contrast, and the white around it in modules. */
function measure(png) {
  const { width, height, light } = pixels(png);
  const card = light(2, 2);
  let darkest = 1;
  const box = { left: width, top: height, right: -1, bottom: -1 };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const here = light(x, y);
      darkest = Math.min(darkest, here);
      if (here < 0.2) {
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x);
        box.top = Math.min(box.top, y);
        box.bottom = Math.max(box.bottom, y);
      }
    }
  }
  // The pattern in the corner begins with seven dark modules.
  let run = 0;
  while (light(box.left + run, box.top) < 0.2) run += 1;
  const module = run / 7;
  const white = [box.left, box.top, width - 1 - box.right, height - 1 - box.bottom].map((margin) => margin / module);
  return { card, contrast: (card + 0.05) / (darkest + 0.05), quietZone: Math.min(...white) };
}

async function inEveryLook(page, look) {
  for (const colorScheme of ['light', 'dark']) {
    for (const forcedColors of ['none', 'active']) {
      for (const width of [WIDE.width, 320]) {
        await page.emulateMedia({ colorScheme, forcedColors });
        await page.setViewportSize({ width, height: WIDE.height });
        await look(`${colorScheme}, forced colours ${forcedColors}, ${width} px`);
      }
    }
  }
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
  await page.setViewportSize(WIDE);
}

test.describe('QR step', () => {
  for (const deviceScaleFactor of [1, 2]) {
    test(`41 zbar, jsQR and zxing read the QR code as the setup key, at ${deviceScaleFactor} pixels to the px`, async ({ browser, server, watch }) => {
      const context = await browser.newContext({ ...CONTEXT, baseURL: server.url, deviceScaleFactor });
      watch.follow(context);
      const page = await context.newPage();
      const { key } = await openAdd(page, server);
      const uri = await shownUri(page);
      expect(new URL(uri).searchParams.get('secret')).toBe(key);
      await inEveryLook(page, async (look) => {
        const read = await readQr(await qrCode(page).screenshot());
        expect.soft(read, look).toEqual({ zbar: uri, jsqr: uri, zxing: uri });
      });
      await context.close();
    });
  }

  test('42 dark modules stand on a white card with the quiet zone around them, large enough', async ({ page, server }) => {
    await openAdd(page, server);
    expect(await qrCode(page).evaluate((element) => element.namespaceURI)).toBe('http://www.w3.org/2000/svg');
    await inEveryLook(page, async (look) => {
      const { card, contrast, quietZone } = measure(await qrCode(page).screenshot());
      expect.soft(card, `${look}: the card is white`).toBeGreaterThan(0.99);
      expect.soft(contrast, `${look}: contrast`).toBeGreaterThanOrEqual(7);
      expect.soft(quietZone, `${look}: quiet zone in modules`).toBeGreaterThan(3.9);
      const { width, height } = await qrCode(page).boundingBox();
      expect.soft(Math.min(width, height), `${look}: size in px`).toBeGreaterThanOrEqual(160);
      expect.soft(await qrCode(page).evaluate((element) => getComputedStyle(element).forcedColorAdjust), look).toBe('none');
    });
  });

  test('43 the QR code is an image with a name, and says nothing of the secret', async ({ page, server }) => {
    const { key, email } = await openAdd(page, server);
    const image = qrCode(page);
    await expect(image).toHaveAccessibleName('QR code for setting up Twofold in an authenticator app');
    await expect(image).toHaveRole('img');
    const markup = await image.evaluate((element) => element.outerHTML);
    for (const secret of [key, email, 'otpauth']) expect(markup).not.toContain(secret);
    await expect(image).toHaveText('');
  });

  test('44 the setup key is shown in groups of four and copied without gaps', async ({ page, server }) => {
    await openAdd(page, server);
    await expect(page.getByTestId('setup-key')).toHaveText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    await button(page, 'Copy setup key').click();
    await expect(page.getByRole('status').filter({ hasText: /^Copied$/ })).toBeVisible();
    const copied = await pasted(page.context());
    // 160 bits in base32 (RFC 4648 §6) are 32 characters, without padding.
    expect(copied).toMatch(/^[A-Z2-7]{32}$/);
    expect(copied).toBe(await setupKey(page));
  });

  test('45 Copy setup key says that it copied, and selects the key where it may not', async ({ page, server }) => {
    await openAdd(page, server);
    const copy = button(page, 'Copy setup key');
    const status = page.getByRole('status');
    await copy.focus();
    await page.keyboard.press('Enter');
    await expect(status.filter({ hasText: /^Copied$/ })).toBeVisible();
    await expect(copy).toBeFocused();

    await denyClipboard(page);
    await page.keyboard.press('Enter');
    await expect(status.filter({ hasText: 'Your browser did not allow copying. It is selected now: copy it yourself.' })).toBeVisible();
    await expect(status.filter({ hasText: /^Copied$/ })).toHaveCount(0);
    expect(await page.evaluate(() => String(window.getSelection()).trim())).toBe(await page.getByTestId('setup-key').innerText());
    await expect(copy).toBeFocused();
  });

  test('46 the link for an app on this device is what the QR code holds, well encoded', async ({ browser }) => {
    const server = await Server.start({ TWOFOLD_ISSUER: 'Müller & Söhne' });
    try {
      const context = await browser.newContext({ ...CONTEXT, baseURL: server.url });
      const page = await context.newPage();
      const person = newPerson('ann+test');
      await page.goto('/sign-up');
      await page.getByLabel('Email address').fill(person.email);
      await page.getByLabel('Password', { exact: true }).fill(person.password);
      await button(page, 'Create account').click();
      await link(page, 'Add authenticator app').click();
      await setupKey(page);
      const open = link(page, 'Open in an authenticator app on this device');
      await expect(page.locator('a[href^="otpauth://totp/"]')).toHaveCount(1);
      const href = await open.getAttribute('href');
      const image = page.getByRole('img', { name: 'QR code for setting up Müller & Söhne in an authenticator app' });
      expect(await readQr(await image.screenshot())).toEqual({ zbar: href, jsqr: href, zxing: href });

      const [, label, query] = href.match(/^otpauth:\/\/totp\/([^?]*)\?(.*)$/);
      const issuer = 'M%C3%BCller%20%26%20S%C3%B6hne';
      const account = encodeURIComponent(person.email);
      expect([`${issuer}:${account}`, `${issuer}%3A${account}`]).toContain(label.replaceAll('@', '%40'));
      expect(query.split('&')).toContain(`issuer=${issuer}`);
      expect(decodeURIComponent(label)).toBe(`Müller & Söhne:${person.email}`);
      await context.close();
    } finally {
      await server.stop();
    }
  });

  test('47 the QR code is drawn by the page itself', async ({ page, server }) => {
    await openAdd(page, server);
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.context().setOffline(true);
    await button(page, 'Use URI instead').click();
    await expect(qrCode(page)).toHaveCount(0);
    await button(page, 'Use QR code instead').click();
    const uri = await link(page, 'Open in an authenticator app on this device').getAttribute('href');
    expect(await readQr(await qrCode(page).screenshot())).toEqual({ zbar: uri, jsqr: uri, zxing: uri });
    expect(asked).toEqual([]);
  });

  test('48 the QR code has its place before it is there: nothing moves', async ({ page, server }) => {
    await page.addInitScript(() => {
      window.moved = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.moved += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    for (const size of [WIDE, { width: 320, height: 640 }]) {
      await page.setViewportSize(size);
      await page.context().clearCookies();
      await newcomer(page, server);
      await page.goto('/account/manage-mfa');
      const release = await hold(page, TOTP);
      await link(page, 'Add authenticator app').click();
      await expectView(page, 'Add an authenticator app');
      const after = page.getByRole('heading', { name: 'Setup key' });
      const place = async () => (await after.boundingBox()).y;
      const before = await place();
      release();
      await expect(qrCode(page)).toBeVisible();
      expect(await place(), 'what stands below stays where it is').toBe(before);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      expect(await page.evaluate(() => window.moved), `${size.width} px`).toBeLessThanOrEqual(0.01);
      await button(page, 'Use URI instead').click();
      await expect(page.getByTestId('totp-uri')).toBeVisible();
      if (size === WIDE) expect(await place(), 'the URI takes the same place').toBe(before);
      await page.unroute(TOTP);
    }
  });
});

/** The browser refuses to write to the clipboard from now on, as people may have told it to. */
async function denyClipboard(page) {
  await page.context().clearPermissions();
  const devtools = await page.context().newCDPSession(page);
  const { targetInfo } = await devtools.send('Target.getTargetInfo');
  await devtools.send('Browser.setPermission', {
    permission: { name: 'clipboard-write', allowWithoutSanitization: false },
    setting: 'denied',
    origin: new URL(page.url()).origin,
    browserContextId: targetInfo.browserContextId,
  });
}
