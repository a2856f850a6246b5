// Three readers of QR codes that share no code. One alone lets a fault through: zbar reads no inverted code, jsQR and
// zxing none without a quiet zone on a dark page, and jsQR often none of low contrast.

import jsQR from 'jsqr';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PNG } from 'pngjs';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

prepareZXingModule({
  // By default it would fetch this file from a server on the Internet.
  overrides: { wasmBinary: readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')) },
});

/** What each reader reads in a screenshot. */
export async function readQr(png) {
  return { zbar: readWithZbar(png), jsqr: readWithJsQr(png), zxing: await readWithZxing(png) };
}

function readWithZbar(png) {
  try {
    return execFileSync('zbarimg', ['--quiet', '--raw', '--oneshot', '-Sdisable', '-Sqrcode.enable', 'png:-'], {
      input: png,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    }).replace(/\n$/, '');
  } catch {
    return null;
  }
}

function readWithJsQr(png) {
  const { data, width, height } = PNG.sync.read(png);
  return jsQR(new Uint8ClampedArray(data), width, height)?.data ?? null;
}

async function readWithZxing(png) {
  const [code] = await readBarcodes(new Blob([png], { type: 'image/png' }), { formats: ['QRCode'], maxNumberOfSymbols: 1 });
  return code?.text ?? null;
}
