// The web server of an app, before a Twofold server: the files of the app's folder, and everything else from upstream.
// Files are handed out as Twofold hands out its own: in brotli 11, ready before the first request, hashed ones for good.

import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };

/** Without a folder everything comes from upstream. */
export class Front {
  static async start(port, upstream, folder) {
    const front = new Front();
    const files = folder ? read(folder) : new Map();
    front.server = http.createServer((request, response) => {
      const { pathname } = new URL(request.url, 'http://front');
      const isPage = files.size > 0 && request.headers['sec-fetch-dest'] === 'document';
      const file = files.get(isPage ? '/index.html' : pathname);
      if (file) {
        response.writeHead(200, file.headers).end(file.body);
      } else {
        forward(request, response, upstream);
      }
    });
    front.server.listen(port, '127.0.0.1');
    await once(front.server, 'listening');
    return front;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function read(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const body = brotliCompressSync(readFileSync(path), QUALITY);
      const headers = {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        'content-encoding': 'br',
        'content-length': body.length,
        'cache-control': extname(path) === '.html' ? 'no-cache' : 'public, max-age=31536000, immutable',
      };
      return [`/${relative(folder, path)}`, { body, headers }];
    }),
  );
}

// One pool of connections that stay open, so that the way upstream costs as little as it can.
const agent = new http.Agent({ keepAlive: true });

function forward(request, response, upstream) {
  const { hostname, port } = new URL(upstream);
  const { method, url, headers } = request;
  const onward = http.request({ agent, hostname, port, method, path: url, headers }, (reply) => {
    response.writeHead(reply.statusCode, reply.rawHeaders);
    reply.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
