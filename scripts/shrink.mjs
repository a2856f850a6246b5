// Takes out of the apps what no visitor has a use for, in place. Of their scripts: comments and long names (terser), and
// what their wasm does not ask for. Of their wasm, besides what wasm-opt finds:
//
// - The words of panics. The browser is told nothing of them: a panic ends the app, with its words or without. So
//   whatever in Rust's own libraries only words a panic becomes the one instruction that ends it, and what made those
//   words goes too.
// - What Debug writes. It is for developers, and nothing of the app asks for it but panics: it writes nothing.
// - Streams. A crate that Leptos brings along exports them to JavaScript, which keeps them although nobody opens one. What
//   they would do later stands in the table of functions, which keeps it as well.
// - Places in the source, which only panics name: the paths tell how the machine of the build is laid out, and lines and
//   columns hardly compress.
//
// - Names by which wasm and its script know each other: a hash is part of each, in both files.
//
// The functions must have their names still (strip = "debuginfo"). Where those are missing, or other ones in another
// compiler, this ends with 1.
//
// Usage: node scripts/shrink.mjs FOLDER

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import binaryen from '../e2e/node_modules/binaryen/index.js';
import { minify } from '../e2e/node_modules/terser/main.js';

// Functions that never return, in the two ways in which Rust writes names: with and without `[hash]`.
const PANICS = [
  /^core(\[\w+\])?::panicking::(panic|assert_failed|unreachable)/,
  /^core(\[\w+\])?::(option|result)::(unwrap_failed|expect_failed)$/,
  /^core(\[\w+\])?::cell::panic_/,
  /^core(\[\w+\])?::(str|slice)::.*_fail(_rt)?$/,
  /^std(\[\w+\])?::panicking::(begin_panic|panic_with_hook|panic_handler)/,
  /^alloc(\[\w+\])?::(raw_vec::(handle_error|capacity_overflow)|alloc::handle_alloc_error)$/,
];
// Wherever there are panics there are these.
const SURE = [/::panicking::panic_fmt$/, /::option::unwrap_failed$/, /::panicking::panic_with_hook$/];

const DEBUG = / as core(\[\w+\])?::fmt::Debug>::fmt(\.\d+)?(\[\d+\])?(::h[0-9a-f]{16})?(\.\d+)?$/;

const STREAMS = /^(__wbg_)?intounderlying/;
// What only streams do: that crate's own code, and the promises that it makes of futures.
const OF_STREAMS = /\bwasm_streams::|\bfutures::future_to_promise\b/;
// Who would call that: the functions behind the exports. Its closures and what drops them are no callers.
const CALLS_STREAMS = /^(wasm_streams::|js_sys::futures::future_to_promise)(?!.*\{\{closure\}\})/;

// What wasm-bindgen calls what the wasm takes from its script and gives to it, and the file that it is in.
const LINKED = /\b(?:__wb|__externref|wasm_bindgen__)\w+|\.\/[\w-]+_bg\.js/g;

// How wasm-bindgen writes a function that it gives to the wasm, and the classes that make streams of what is in the wasm.
const GIVEN = /^ {8}(\w+): function\([^]*?^ {8}\}.*\n/gm;
const CLASSES_OF_STREAMS =
  /^export class (IntoUnderlying\w+) \{[^]*?^\}\n|^if \(Symbol\.dispose\) IntoUnderlying.*\n|^const IntoUnderlying\w+Finalization = [^;]*;\n/gm;

const SOURCE_PATHS =
  /(?:\/[\w.+-]+)*\/registry\/src\/[\w./+-]+?\.rs|\/rustc\/\w+\/library\/[\w./-]+?\.rs|(?:library\/(?:std|core|alloc)|(?:frontend|shared)\/src)\/[\w./-]+?\.rs/g;

// What rustc and wasm-bindgen make use of.
const FEATURES = ['bulk-memory', 'nontrapping-float-to-int', 'sign-ext', 'mutable-globals', 'reference-types', 'multivalue'];

// What has one caller becomes a part of it if it is short. The second round is over control flow that was made anew.
const PASSES = [
  '--one-caller-inline-max-function-size=20',
  ...['-Oz', '--converge'],
  ...['--flatten', '--rereloop'],
  ...['-Oz', '--converge'],
];

const folder = process.argv[2];
const all = folder ? readdirSync(folder) : [];
const modules = all.filter((name) => name.endsWith('.wasm'));
if (modules.length === 0) {
  fail('usage: node scripts/shrink.mjs FOLDER, with the .wasm of an app in it');
}
// What the script of an app has to know of its wasm. It is called as that is.
const linked = new Map(modules.map((module) => [module.replace(/_bg\.wasm$/, '.js'), shrink(module)]));
for (const script of all.filter((name) => name.endsWith('.js'))) {
  const file = join(folder, script);
  let text = readFileSync(file, 'utf8');
  const link = linked.get(script);
  if (link) {
    text = dropUnasked(text, link).replace(LINKED, (name) => link.names.get(name) ?? name);
  }
  const { code } = await minify(text, { module: true, compress: { passes: 2 } });
  writeFileSync(file, code);
}

/** Shrinks the wasm of an app. Answers what names that it shares with its script are now, and which of them it imports. */
function shrink(module) {
  const file = join(folder, module);
  const before = readFileSync(file);
  const wasm = binaryen.readBinary(before);
  const ended = endPanics(wasm);
  for (const pattern of SURE) {
    if (!ended.some((name) => pattern.test(name))) {
      fail(`${file} has no function ${pattern}: were its names taken away, or is it shrunk already?`);
    }
  }
  const silenced = silenceDebug(wasm);
  const streams = dropStreams(wasm);
  const names = shortenNames(wasm);
  const bytes = Buffer.from(wasm.emitBinary());
  const places = forgetPlaces(wasm, bytes);
  wasm.dispose();
  writeFileSync(file, bytes);
  const features = FEATURES.map((feature) => `--enable-${feature}`);
  execFileSync('wasm-opt', [file, '-o', file, ...features, ...PASSES, '--strip-debug', '--strip-producers']);
  console.log(
    `${module}: ${before.length} bytes with names, ${statSync(file).size} now; gone are ${ended.length} functions that ` +
      `word panics, ${silenced} of Debug, ${streams} of streams and ${places} places in the source`,
  );
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(file)));
  return { names, imported: new Set(imports.map(({ name }) => name)) };
}

/** Takes out of the script of an app the classes of streams, and each function that its wasm does not import. */
function dropUnasked(script, { names, imported }) {
  let found = 0;
  const asked = script.replace(GIVEN, (given, name) => {
    found += 1;
    return imported.has(names.get(name) ?? name) ? given : '';
  });
  if (found < imported.size) {
    fail(`a script gives ${found} functions, of which its wasm asks for ${imported.size}: is it written in another way?`);
  }
  return asked.replace(CLASSES_OF_STREAMS, '');
}

/** Lets the functions that word a panic end the app at once. Answers their names. */
function endPanics(module) {
  const ended = [];
  for (const { name, results, reference } of functionsOf(module)) {
    // Whoever answers something returns.
    if (results === binaryen.none && PANICS.some((pattern) => pattern.test(name))) {
      binaryen.Function(reference).body = module.unreachable();
      ended.push(name);
    }
  }
  return ended;
}

/** Lets Debug write nothing and say that this went well. Answers how many functions did it. */
function silenceDebug(module) {
  let silenced = 0;
  for (const { name, results, reference } of functionsOf(module)) {
    if (results === binaryen.i32 && DEBUG.test(name)) {
      binaryen.Function(reference).body = module.i32.const(0);
      silenced += 1;
    }
  }
  return silenced;
}

/** Takes the exports of streams away, and what nobody can call without them. Answers how many functions that was. */
function dropStreams(module) {
  const exports = Array.from({ length: module.getNumExports() }, (_, at) => module.getExportByIndex(at));
  const unused = exports.map((reference) => binaryen.getExportInfo(reference).name).filter((name) => STREAMS.test(name));
  unused.forEach((name) => module.removeExport(name));
  module.runPasses(['remove-unused-module-elements']);
  const left = functionsOf(module).filter(({ name }) => OF_STREAMS.test(name));
  for (const { name, reference } of left) {
    if (CALLS_STREAMS.test(name)) {
      fail(`${name} is used: somebody makes a stream or a promise of a future`);
    }
    binaryen.Function(reference).body = module.unreachable();
  }
  return unused.length + left.length;
}

function functionsOf(module) {
  return Array.from({ length: module.getNumFunctions() }, (_, at) => {
    const reference = module.getFunctionByIndex(at);
    return { reference, ...binaryen.getFunctionInfo(reference) };
  });
}

/** Gives each import and export that only wasm-bindgen named a name of two or three letters. Answers old and new. */
function shortenNames(module) {
  const names = new Map();
  const short = (name) => {
    if (name.match(LINKED)?.[0] === name && !names.has(name)) {
      names.set(name, `_${names.size.toString(36)}`);
    }
    return names.get(name) ?? name;
  };
  for (const { name, module: from, base, params, results } of functionsOf(module).filter(({ base }) => base)) {
    module.removeFunction(name);
    module.addFunctionImport(name, short(from), short(base), params, results);
  }
  const exports = Array.from({ length: module.getNumExports() }, (_, at) =>
    binaryen.getExportInfo(module.getExportByIndex(at)),
  );
  for (const { name, value } of exports.filter(({ kind }) => kind === binaryen.ExternalFunction)) {
    if (short(name) !== name) {
      module.removeExport(name);
      module.addFunctionExport(value, short(name));
    }
  }
  return names;
}

/**
 * Makes zeros of the places that `core::panic::Location` tells of: a path by its address and length, a line and a column,
 * each of four bytes. The module says where in `bytes` its memory comes from. Answers how many there were.
 */
function forgetPlaces(module, bytes) {
  const parts = Array.from({ length: module.getNumDataSegments() }, (_, at) => {
    const { offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(at));
    return { address: offset, start: bytes.indexOf(Buffer.from(data)), length: data.byteLength };
  });
  const paths = new Map();
  for (const { address, start, length } of parts) {
    const text = bytes.toString('latin1', start, start + length);
    for (const { 0: path, index } of text.matchAll(SOURCE_PATHS)) {
      paths.set(address + index, path.length);
      bytes.fill(0, start + index, start + index + path.length);
    }
  }
  let places = 0;
  for (const { address, start, length } of parts) {
    for (let at = -address & 3; at + 16 <= length; at += 4) {
      const path = paths.get(bytes.readUInt32LE(start + at));
      const said = bytes.readUInt32LE(start + at + 4);
      // Some compilers count the zero that ends the path.
      if (path !== undefined && (said === path || said === path + 1)) {
        bytes.fill(0, start + at, start + at + 16);
        places += 1;
      }
    }
  }
  return places;
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}
