// A real mail server (aiosmtpd), which a test can have fail.

import { expect } from '@playwright/test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('mail_server.py', import.meta.url));

export class MailServer {
  /** Starts one; `manners` say what it does with one mail after the other: accept, slow, die, refuse, hang. */
  static async start(manners, { login = [] } = {}) {
    const server = new MailServer();
    const options = login.length > 0 ? ['--login', ...login] : [];
    server.process = spawn(process.env.MAIL_SERVER_PYTHON || 'python3', [program, ...options, ...manners], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    server.ended = once(server.process, 'close');
    server.told = [];
    const lines = createInterface({ input: server.process.stdout });
    lines.on('line', (line) => server.told.push(JSON.parse(line)));
    const first = await Promise.race([once(lines, 'line'), server.ended.then(() => null)]);
    if (first === null) throw new Error('the mail server did not start: scripts/tools.sh test installs what it needs');
    server.port = JSON.parse(first[0]).port;
    server.url = `smtp://127.0.0.1:${server.port}`;
    return server;
  }

  /** The mails that it has accepted. */
  get accepted() {
    return this.told.filter((told) => 'accepted' in told);
  }

  /** The mails that it has begun to take. */
  get begun() {
    return this.told.filter((told) => 'begun' in told);
  }

  /** The six digits of the first mail with a code to this address, or of a later one: waits until it is there. */
  async code(address, number = 1) {
    const codes = () =>
      this.accepted
        .filter(({ recipients }) => recipients.includes(address))
        .map(({ accepted }) => /^ {4}(\d{6})\r?$/m.exec(accepted)?.[1])
        .filter(Boolean);
    await expect.poll(() => codes().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(number);
    return codes()[number - 1];
  }

  /** Waits for the one mail; fails where there is another soon after. */
  async oneMail() {
    await expect.poll(() => this.accepted.length, { timeout: 30_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(this.accepted).toHaveLength(1);
    return this.accepted[0];
  }

  async stop() {
    this.process.kill('SIGTERM');
    await this.ended;
  }
}

/**
 * What a test is extended by whose server sends its mails to a mail server, with these settings beside that. Whoever signs
 * up needs no code unless they say so.
 */
export function mailing(settings) {
  return {
    mailServer: [
      // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
      async ({}, use) => {
        const server = await MailServer.start(['accept']);
        await use(server);
        await server.stop();
      },
      { scope: 'worker' },
    ],
    settings: [
      async ({ mailServer }, use) => {
        await use({ TWOFOLD_VERIFY_EMAIL: 'false', ...settings, TWOFOLD_SMTP_URL: mailServer.url });
      },
      { scope: 'worker' },
    ],
  };
}
