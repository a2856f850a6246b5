// The real pgbouncer, which lends a connection to the database for one transaction at a time.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { freePort, temporaryFolder } from './server.js';

const program = process.env.PGBOUNCER || '/usr/sbin/pgbouncer';

export class PgBouncer {
  /**
   * Starts one before this PostgreSQL, with as many connections to it. All its other settings that a client could notice
   * are pgbouncer's own.
   */
  static async before(postgres, { connections }) {
    const bouncer = new PgBouncer();
    bouncer.folder = await temporaryFolder();
    bouncer.port = await freePort();
    bouncer.url = `postgres://postgres@127.0.0.1:${bouncer.port}/postgres`;
    // It refuses to run as root, and whom it runs as may not be allowed where scripts/tools.sh put it.
    let own = program;
    if (existsSync(`${program}.lib`)) {
      own = join(bouncer.folder, 'pgbouncer');
      cpSync(program, own);
      cpSync(`${program}.lib`, `${own}.lib`, { recursive: true, verbatimSymlinks: true });
    }
    const file = join(bouncer.folder, 'pgbouncer.ini');
    writeFileSync(
      file,
      `[databases]
* = host=127.0.0.1 port=${postgres.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${bouncer.port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections}
`,
    );
    if (postgres.as.uid !== undefined) chownSync(bouncer.folder, postgres.as.uid, postgres.as.gid);
    bouncer.process = spawn(own, [file], { ...postgres.as, cwd: bouncer.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    bouncer.ended = once(bouncer.process, 'close');
    bouncer.said = '';
    await new Promise((resolve, reject) => {
      bouncer.process.stderr.setEncoding('utf8').on('data', (text) => {
        bouncer.said += text;
        if (bouncer.said.includes('process up')) resolve();
      });
      bouncer.ended.then(() => reject(new Error(`pgbouncer ended: ${bouncer.said}`)));
    });
    return bouncer;
  }

  async stop() {
    this.process.kill('SIGTERM');
    await this.ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
