// A PostgreSQL server of a test's own, which can be stopped, halted and started again.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { freePort, temporaryFolder } from './server.js';

const programs = process.env.POSTGRES_PROGRAMS;

/** Who runs it: PostgreSQL refuses to run as root. */
function runner() {
  if (process.getuid() !== 0) return {};
  const id = (option) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('--user'), gid: id('--group') };
}

export class Postgres {
  static async start() {
    const postgres = new Postgres();
    postgres.as = runner();
    postgres.folder = await temporaryFolder();
    postgres.port = await freePort();
    postgres.url = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`;
    if (postgres.as.uid !== undefined) chownSync(postgres.folder, postgres.as.uid, postgres.as.gid);
    chmodSync(postgres.folder, 0o700);
    execFileSync(
      join(programs, 'initdb'),
      ['--pgdata', join(postgres.folder, 'data'), '--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-locale'],
      { ...postgres.as, cwd: postgres.folder, stdio: 'pipe' },
    );
    await postgres.run();
    return postgres;
  }

  /** Starts it where it was stopped. Durable, as it is by default. */
  async run() {
    this.process = spawn(
      join(programs, 'postgres'),
      ['-D', join(this.folder, 'data'), '-p', this.port, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      { ...this.as, cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.ended = once(this.process, 'close');
    let said = '';
    await new Promise((resolve, reject) => {
      this.process.stderr.setEncoding('utf8').on('data', (text) => {
        said += text;
        if (said.includes('ready to accept connections')) resolve();
      });
      this.ended.then(() => reject(new Error(`PostgreSQL ended: ${said}`)));
    });
  }

  /** Ends it as a failing machine does: what was not committed is lost. */
  async stopAtOnce() {
    this.process.kill('SIGQUIT');
    await this.ended;
  }

  /** Halts it and all its sessions, or lets them go on: it neither answers nor goes away. */
  #signalAll(signal) {
    const children = readFileSync(`/proc/${this.process.pid}/task/${this.process.pid}/children`, 'utf8');
    for (const pid of [this.process.pid, ...children.trim().split(/\s+/).map(Number)]) {
      try {
        process.kill(pid, signal);
      } catch {
        // A session may have ended meanwhile.
      }
    }
  }

  halt() {
    this.#signalAll('SIGSTOP');
  }

  goOn() {
    this.#signalAll('SIGCONT');
  }

  async remove() {
    this.goOn();
    await this.stopAtOnce().catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }
}
