// Compresses every file of dist/ in place: NAME.br and NAME.gz beside NAME, which the server hands out as they are.
// Prints what each app weighs and ends with 1 if one is too heavy.
//
// Usage: node scripts/precompress.mjs FOLDER

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import process from 'node:process';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

// Bytes in brotli of what a first visit to an app fetches: its page, and the CSS, JavaScript and wasm that the page names.
const GOAL = 150_000;
const LIMIT = 175_000;
const COUNTED = new Set(['.html', '.css', '.js', '.wasm']);
const TEXT = new Set(['.html', '.css', '.js', '.svg', '.json', '.txt', '.webmanifest']);

const folder = process.argv[2];
if (!folder) {
  console.error('error: usage: node scripts/precompress.mjs FOLDER');
  process.exit(2);
}

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();

// What an earlier run left must not be compressed again, nor outlive its original.
for (const file of files.filter(isCompressed)) {
  rmSync(file);
}

const rows = files.filter((file) => !isCompressed(file)).map(compress);
if (rows.length === 0) {
  console.error(`error: ${folder} is empty: the app was not built`);
  process.exit(1);
}

const width = Math.max(5, ...rows.map((row) => row.name.length));
print('file', 'bytes', 'gzip', 'brotli');
for (const row of rows) {
  print(row.name, row.bytes, row.gzip, row.brotli);
}

const counted = rows.filter((row) => COUNTED.has(extname(row.name)));
const apps = counted.filter((row) => extname(row.name) === '.html').map(appOf);
for (const row of counted) {
  if (!apps.some((app) => app.rows.includes(row))) {
    fail(`${row.name} is part of no page, so nobody knows what it weighs`);
  }
}
for (const { page, total } of apps) {
  console.log(
    `${page} in brotli, with the CSS, JavaScript and wasm of its app: ${format(total)} bytes; goal ${format(GOAL)}, ` +
      `limit ${format(LIMIT)}.`,
  );
  if (total > LIMIT) {
    fail(`that is ${format(total - LIMIT)} bytes over the limit`);
  }
  if (total > GOAL) {
    console.log(`Over the goal by ${format(total - GOAL)} bytes.`);
  }
}

/** A page and the files that it names. */
function appOf(page) {
  const text = readFileSync(join(folder, page.name), 'utf8');
  const named = Array.from(text.matchAll(/(?:href|src)="?\/([\w.-]+)/g), ([, name]) => name);
  for (const name of named) {
    if (!rows.some((row) => row.name === name)) {
      fail(`${page.name} names ${name}, which is not there`);
    }
  }
  const its = [page, ...counted.filter((row) => named.includes(row.name))];
  return { page: page.name, rows: its, total: its.reduce((sum, row) => sum + row.brotli, 0) };
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

function isCompressed(file) {
  return file.endsWith('.br') || file.endsWith('.gz');
}

/** Writes the compressed forms that are smaller than the file; the sizes are those that are sent. */
function compress(file) {
  const content = readFileSync(file);
  const brotli = brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      [constants.BROTLI_PARAM_MODE]: TEXT.has(extname(file))
        ? constants.BROTLI_MODE_TEXT
        : constants.BROTLI_MODE_GENERIC,
    },
  });
  const gzip = gzipSync(content, { level: 9 });
  return {
    name: relative(folder, file),
    bytes: content.length,
    gzip: keepIfSmaller(`${file}.gz`, gzip, content.length),
    brotli: keepIfSmaller(`${file}.br`, brotli, content.length),
  };
}

function keepIfSmaller(file, compressed, bytes) {
  if (compressed.length >= bytes) {
    return bytes;
  }
  writeFileSync(file, compressed);
  return compressed.length;
}

function print(name, ...columns) {
  console.log([name.padEnd(width), ...columns.map((column) => format(column).padStart(9))].join(' '));
}

function format(value) {
  return typeof value === 'number' ? value.toLocaleString('en-GB') : value;
}
