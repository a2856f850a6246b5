// The built program, started as an operator starts it, in a data directory of its own.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The program. */
export const program = process.env.SERVER_PROGRAM ?? fileURLToPath(new URL('../../target/release/twofold', import.meta.url));

/** What the project asks of the time from the start to the first answer. It is reported, not asserted. */
const FIRST_ANSWER_LIMIT = 500;

/** A new folder; the caller removes it. */
export function temporaryFolder() {
  return mkdtemp(join(tmpdir(), 'twofold-e2e-'));
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort() {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

/** Starts `twofold serve` with these settings and no others, and keeps what it says. */
export function serve(settings, options) {
  return twofold(['serve'], settings, options);
}

/**
 * Starts the program with these arguments, these settings and no others, and keeps what it says. It runs in a folder of
 * its own, so that no twofold.toml is read.
 */
export function twofold(args, settings, { cwd, preload } = {}) {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TWOFOLD_')));
  const child = spawn(program, args, {
    cwd: cwd ?? tmpdir(),
    env: { ...environment, ...settings, ...preload },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text;
    });
  }
  // 'close' comes after the last of the output, 'exit' may come before it.
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...said }));
  return { child, said, ended };
}

/** A server that answers. */
export class Server {
  /**
   * `folder` is where an earlier server left its data, `preload` what the dynamic linker is told, as by faketime.
   */
  static async start(settings = {}, { folder: earlier, preload } = {}) {
    const folder = earlier ?? (await temporaryFolder());
    const port = settings.TWOFOLD_LISTEN ? Number(settings.TWOFOLD_LISTEN.split(':').at(-1)) : await freePort();
    const server = new Server();
    server.folder = folder;
    server.url = `http://localhost:${port}`;
    const started = performance.now();
    server.settings = {
      TWOFOLD_LISTEN: `127.0.0.1:${port}`,
      TWOFOLD_PUBLIC_URL: server.url,
      TWOFOLD_DATA_DIR: join(folder, 'data'),
      TWOFOLD_LOG: 'warn',
      ...settings,
    };
    server.process = serve(server.settings, { cwd: folder, preload });
    let ended = null;
    server.process.ended.then((end) => {
      ended = end;
    });
    while (!(await answers(port))) {
      if (ended) {
        await rm(folder, { recursive: true });
        throw new Error(`the server ended with ${ended.code ?? ended.signal}: ${ended.stderr}`);
      }
      if (performance.now() - started > 30_000) {
        await server.stop();
        throw new Error('the server did not answer within 30 s');
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    server.firstAnswer = Math.round(performance.now() - started);
    return server;
  }

  /** The sentence that the project wants printed. */
  get firstAnswerReport() {
    const verdict = this.firstAnswer <= FIRST_ANSWER_LIMIT ? 'within' : 'OVER';
    return `server start to first answer: ${this.firstAnswer} ms (${verdict} the limit of ${FIRST_ANSWER_LIMIT} ms)`;
  }

  /** All that it has written so far. */
  get output() {
    return this.process.said.stdout + this.process.said.stderr;
  }

  /** Makes the last checks of an account's sessions too old for a change of factors. Nobody has to wait for it so. */
  makeStale(person) {
    this.#change(
      `UPDATE sessions
          SET first_factor_at = first_factor_at - 3600000, second_factor_at = second_factor_at - 3600000
        WHERE user_id = ${userId(person)}`,
    );
  }

  /** Uses all backup codes of an account, as ten sign-ins do. */
  useUpBackupCodes(person) {
    this.useBackupCodes(person, 10);
  }

  /** So many backup codes of an account are used from now on, as by as many sign-ins. */
  useBackupCodes(person, count) {
    const set = `(SELECT id FROM backup_code_sets WHERE user_id = ${userId(person)})`;
    this.#change(
      `UPDATE backup_codes
          SET used_at = 1
        WHERE set_id = ${set} AND hash IN (SELECT hash FROM backup_codes WHERE set_id = ${set} LIMIT ${count})`,
    );
  }

  /** Lets so many things have happened to an account since its sign-up, each from an address of its own. */
  makeEvents(person, count) {
    this.#change(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
       INSERT INTO events (id, user_id, kind, strategy, ip_address, created_at)
       SELECT 'evt_made_' || n, user_id, 'sign_in', 'password', '192.0.2.' || n, created_at + n
         FROM events, n
        WHERE user_id = ${userId(person)} AND kind = 'sign_up'`,
    );
  }

  /** Makes so many accounts, each newer than the one before, whose addresses end with this one. */
  makeAccounts(person, count) {
    this.#change(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
       INSERT INTO users (id, email_id, email, password_hash, credentials_version, failed_attempts, created_at, updated_at)
       SELECT id || n, email_id || n, 'made' || n || '-' || email, password_hash, 1, 0, created_at + n, created_at + n
         FROM users, n
        WHERE id = ${userId(person)}`,
    );
  }

  /** Gives an account the names that a service would. */
  rename(person, firstName, lastName) {
    this.#change(`UPDATE users SET first_name = '${firstName}', last_name = '${lastName}' WHERE id = ${userId(person)}`);
  }

  /** Switches everything for everyone back to what it is at first. */
  resetSettings() {
    this.#change('UPDATE settings SET authenticator_app = 1, backup_code = 1, mfa_required = 0, mfa_required_since = NULL');
  }

  /** Bars an account, as a service does. */
  ban(person) {
    this.#change(`UPDATE users SET banned_at = created_at WHERE id = ${userId(person)}`);
  }

  /** Ends every step-up that is under way, as its time does. */
  endStepUps() {
    this.#change('DELETE FROM step_ups');
  }

  /** Ends every sign-in that is under way, as its time does. */
  endSignIns() {
    this.#change('UPDATE sign_ins SET abandon_at = 1');
  }

  /** Lets everything that was noted happen so much later, in milliseconds. */
  moveEventsOn(milliseconds) {
    this.#change(`UPDATE events SET created_at = created_at + ${milliseconds}`);
  }

  /** Leaves an import of a list as it is when it is killed after so many accounts, the first ones. */
  cutImportOff(list, count) {
    const source = createHash('sha256').update(readFileSync(list)).digest('hex');
    this.#change(
      `DELETE FROM users WHERE rowid > (SELECT MIN(rowid) FROM users) + ${count - 1};
       INSERT INTO imports (source, records, updated_at) VALUES (x'${source}', ${count}, 0);`,
    );
  }

  #change(statement) {
    const database = `file:${join(this.folder, 'data', 'twofold.sqlite')}?mode=rw`;
    execFileSync('sqlite3', ['-cmd', '.timeout 5000', database, statement]);
  }

  /** What the database answers to a question: rows, their columns separated by `|`. */
  ask(question) {
    return execFileSync('sqlite3', ['-readonly', '-cmd', '.timeout 5000', this.database, question], { encoding: 'utf8' })
      .trim();
  }

  get database() {
    return join(this.folder, 'data', 'twofold.sqlite');
  }

  /** Ends it as a failing machine does, and leaves its data; answers how it ended. */
  async kill() {
    this.process.child.kill('SIGKILL');
    return this.process.ended;
  }

  /** Ends it as an operator does, leaves its data, and answers how it ended. */
  async end() {
    this.process.child.kill('SIGTERM');
    const timer = setTimeout(() => this.process.child.kill('SIGKILL'), 10_000);
    const end = await this.process.ended;
    clearTimeout(timer);
    return end;
  }

  /** Runs another command of the program with the settings of this server; how it ended. */
  run(...args) {
    return twofold(args, this.settings, { cwd: this.folder }).ended;
  }

  /** Ends it, removes its data, and answers how it ended. */
  async stop() {
    const end = await this.end();
    await rm(this.folder, { recursive: true, force: true });
    return end;
  }
}

function userId({ email }) {
  return `(SELECT id FROM users WHERE email = '${email}')`;
}

function answers(port) {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      })
      .on('error', () => resolve(false));
  });
}
