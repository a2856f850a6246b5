// A command of the built program, run as an operator runs it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { program } from './server.js';

/** Runs `twofold ARGUMENTS` in a folder with these settings and no others; what came of it. */
export async function twofold(args, { cwd, settings = {}, input = '' }) {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TWOFOLD_')));
  const child = spawn(program, args, { cwd, env: { ...environment, ...settings }, stdio: ['pipe', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text;
    });
  }
  // Whoever ends before reading all of its input closes the pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...said };
}
