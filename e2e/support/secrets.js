// Looks for secrets in bytes, in every form that somebody may write them down in.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The forms of a secret that is text, or bytes. */
function formsOf(secret) {
  const bytes = Buffer.from(secret);
  const forms = [bytes, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('utf16le')];
  // Within longer base64 a text has three forms, by where it begins; the characters at its ends depend on others.
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64').replace(/=+$/, '');
    const inner = encoded.slice(before && before + 1, bytes.length % 3 === (3 - before) % 3 ? undefined : -1);
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  if (typeof secret === 'string') forms.push(encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1));
  return forms.map((form) => Buffer.from(form, typeof form === 'string' && form === forms[3] ? 'latin1' : 'utf8'));
}

/** The bytes that a setup key stands for. */
export function fromBase32(key) {
  const bits = [...key].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/**
 * A function that names those of `secrets` (`{ name: text or bytes }`) that are in some bytes, in whatever form. It goes
 * through the bytes once, however many secrets there are.
 */
export function searcher(secrets) {
  // By its first two bytes, which tell for nearly every place that nothing begins there.
  const byStart = new Map();
  for (const [name, secret] of Object.entries(secrets)) {
    for (const form of formsOf(secret)) {
      const start = form.readUInt16BE(0);
      byStart.set(start, [...(byStart.get(start) ?? []), { name, form }]);
    }
  }
  const begins = new Uint8Array(1 << 16);
  for (const start of byStart.keys()) begins[start] = 1;
  return (bytes) => {
    const names = new Set();
    for (let at = 0; at + 1 < bytes.length; at += 1) {
      const start = (bytes[at] << 8) | bytes[at + 1];
      if (!begins[start]) continue;
      for (const { name, form } of byStart.get(start)) {
        if (bytes.compare(form, 0, form.length, at, Math.min(at + form.length, bytes.length)) === 0) names.add(name);
      }
    }
    return [...names];
  };
}

/** Names of those of `secrets` that are in `bytes`. */
export function found(secrets, bytes) {
  return searcher(secrets)(bytes);
}

/** Those of `codes` (`{ name: digits }`) that stand in `bytes`, and not as a part of a longer number. */
export function foundCodes(codes, bytes) {
  // Fractions of seconds have six digits too.
  const text = bytes.toString('latin1').replaceAll(/\d\d:\d\d:\d\d\.\d+/g, '');
  return Object.entries(codes)
    .filter(([, code]) => new RegExp(`(?<!\\d)${code}(?!\\d)`).test(text))
    .map(([name]) => name);
}

/** Every file below a folder, by its path. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)]);
}
