// Somebody who reads their mail, on a site of Clerk's packages in front of a server that sends some.

import { MailServer } from './mail_server.js';
import { Site, Visitor, expect, test as base } from './site.js';

export { expect };

export const test = base.extend({
  // What the server has set, beside the mail server.
  mailSettings: [{}, { option: true }],
  mailServer: async ({}, use) => {
    const server = await MailServer.start(['accept']);
    await use(server);
    await server.stop();
  },
  reader: async ({ browser, mailServer, mailSettings }, use) => {
    const site = await Site.start({ settings: { TWOFOLD_SMTP_URL: mailServer.url, ...mailSettings } });
    const visitor = await Visitor.arrive(browser, site);
    await use(visitor);
    visitor.verify();
    await visitor.leave();
    await site.stop();
  },
});
