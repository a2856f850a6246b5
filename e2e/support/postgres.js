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
  /** With `tls` it has a certificate for `localhost`, of an authority of its own (`authority` is its file). */
  static async start({ tls = false } = {}) {
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
    if (tls) postgres.#makeCertificates();
    await postgres.run();
    return postgres;
  }

  /** Starts it where it was stopped. Durable, as it is by default. */
  async run() {
    this.process = spawn(
      join(programs, 'postgres'),
      ['-D', join(this.folder, 'data'), '-p', this.port, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', ...(this.options ?? [])],
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

  #makeCertificates() {
    const file = (name) => join(this.folder, name);
    const openssl = (...options) => execFileSync('openssl', options, { ...this.as, cwd: this.folder, stdio: 'pipe' });
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
    openssl('req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=authority');
    openssl(
      ...['req', '-x509', ...newKey, '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-keyout', file('server.key'), '-out', file('server.pem')],
    );
    chmodSync(file('server.key'), 0o600);
    this.authority = file('ca.pem');
    this.options = ['-c', 'ssl=on', '-c', `ssl_cert_file=${file('server.pem')}`, '-c', `ssl_key_file=${file('server.key')}`];
  }

  /** What the database answers to a question: rows, their columns separated by `|`. */
  ask(question) {
    return execFileSync(join(programs, 'psql'), ['-X', '-A', '-t', '-c', question, this.url], { encoding: 'utf8' }).trim();
  }

  /** Begins a transaction with this statement, and holds its locks until they are to be released. */
  hold(statement) {
    const session = spawn(join(programs, 'psql'), ['-X', '-q', this.url], { stdio: ['pipe', 'pipe', 'inherit'] });
    session.stdin.write(`BEGIN;\n${statement};\n\\echo held\n`);
    const held = once(session.stdout, 'data');
    const release = async () => {
      const closed = once(session, 'close');
      session.stdin.end('ROLLBACK;\n');
      await closed;
    };
    return { held, release };
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
