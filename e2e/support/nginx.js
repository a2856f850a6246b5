// The real nginx, with one server that a test writes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { freePort, temporaryFolder } from './server.js';

const program = process.env.NGINX || '/usr/sbin/nginx';

export class Nginx {
  /** Starts nginx with these `location` blocks; or with all that `http` writes for its port. */
  static async start(locations, { http: servers } = {}) {
    const nginx = new Nginx();
    nginx.folder = await temporaryFolder();
    nginx.port = await freePort();
    nginx.url = `http://127.0.0.1:${nginx.port}`;
    for (const folder of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(nginx.folder, folder));
    const file = join(nginx.folder, 'nginx.conf');
    writeFileSync(file, configuration(nginx, servers?.(nginx.port) ?? server(nginx.port, locations)));
    nginx.process = spawn(program, ['-p', nginx.folder, '-c', file, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    nginx.process.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const ended = once(nginx.process, 'close').then(() => {
      throw new Error(`nginx ended: ${said}`);
    });
    await Promise.race([answers(nginx.url), ended]);
    ended.catch(() => {});
    return nginx;
  }

  async stop() {
    const closed = once(this.process, 'close');
    this.process.kill('SIGTERM');
    await closed;
    rmSync(this.folder, { recursive: true });
  }
}

function server(port, locations) {
  return `
    server {
        listen 127.0.0.1:${port};
${locations}
    }`;
}

function configuration({ folder }, servers) {
  return `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr crit;
events {}
http {
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
${servers}
}
`;
}

async function answers(url) {
  for (;;) {
    const answered = await new Promise((resolve) => {
      http
        .get(url, (response) => {
          response.resume();
          resolve(true);
        })
        .on('error', () => resolve(false));
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
