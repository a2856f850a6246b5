// The client's own calls about passwords, which the app of e2e/conformance has no pages for.

import { newPerson } from '../../support/app.js';
import { addTotp, expectHeading, expectUser, signInWithPassword, signOut, signUp } from '../../support/clerk-app.js';
import { MailServer } from '../../support/mail_server.js';
import { Site, Visitor, expect, test as base } from '../../support/site.js';

const NEW = 'violet-harbour-17';

const test = base.extend({
  mailServer: async ({}, use) => {
    const server = await MailServer.start(['accept']);
    await use(server);
    await server.stop();
  },
  /** In front of a server that sends mails. */
  reader: async ({ browser, mailServer }, use) => {
    const site = await Site.start({ settings: { TWOFOLD_SMTP_URL: mailServer.url } });
    const visitor = await Visitor.arrive(browser, site);
    await use(visitor);
    visitor.verify();
    await visitor.leave();
    await site.stop();
  },
});

/** The six digits of the mail with a code. */
async function mailedCode(mailServer) {
  let code;
  await expect
    .poll(
      () => {
        const mails = mailServer.accepted.map(({ accepted }) => accepted);
        code = mails.map((mail) => /^ {4}(\d{6})\r?$/m.exec(mail)?.[1]).find(Boolean);
        return code;
      },
      { timeout: 30_000 },
    )
    .toMatch(/^\d{6}$/);
  return code;
}

/** Asks for a new password and gives the code: what the sign-in asks for then. */
async function reset(page, mailServer, identifier) {
  const begun = await page.evaluate(async (identifier) => {
    const signIn = await window.Clerk.client.signIn.create({ identifier });
    const factor = signIn.supportedFirstFactors.find(({ strategy }) => strategy === 'reset_password_email_code');
    const prepared = await signIn.prepareFirstFactor(factor);
    return { factor, verification: prepared.firstFactorVerification.strategy };
  }, identifier);
  expect(begun).toMatchObject({ factor: { safeIdentifier: identifier }, verification: 'reset_password_email_code' });
  const code = await mailedCode(mailServer);
  const strategy = 'reset_password_email_code';
  return page.evaluate(async (form) => (await window.Clerk.client.signIn.attemptFirstFactor(form)).status, { strategy, code });
}

function setPassword(page, password) {
  return page.evaluate(async (password) => {
    const signIn = await window.Clerk.client.signIn.resetPassword({ password, signOutOfOtherSessions: true });
    return { status: signIn.status, session: signIn.createdSessionId };
  }, password);
}

test('updatePassword replaces the password', async ({ visitor }) => {
  const { page } = visitor;
  const person = newPerson();
  await signUp(page, person);
  await page.evaluate((form) => window.Clerk.user.updatePassword(form), {
    currentPassword: person.password,
    newPassword: NEW,
    signOutOfOtherSessions: true,
  });
  await signOut(page);
  await signInWithPassword(page, { ...person, password: NEW });
  await expectHeading(page, 'User MFA Settings');
  await expectUser(page, { 'signed-in': true });
});

test('a code by mail and a new password sign in', async ({ reader, mailServer }) => {
  const { page } = reader;
  const person = newPerson();
  await signUp(page, person);
  await signOut(page);
  expect(await reset(page, mailServer, person.email)).toBe('needs_new_password');
  const { status, session } = await setPassword(page, NEW);
  expect(status).toBe('complete');
  await page.evaluate((session) => window.Clerk.setActive({ session }), session);
  await expectUser(page, { 'signed-in': true });
});

test('a reset asks for the second factor', async ({ reader, mailServer }) => {
  const { page } = reader;
  const person = newPerson();
  await signUp(page, person);
  const { codes } = await addTotp(page);
  await signOut(page);
  expect(await reset(page, mailServer, person.email)).toBe('needs_new_password');
  expect(await setPassword(page, NEW)).toEqual({ status: 'needs_second_factor', session: null });
  const session = await page.evaluate(async (code) => {
    const signIn = await window.Clerk.client.signIn.attemptSecondFactor({ strategy: 'backup_code', code });
    return signIn.createdSessionId;
  }, codes[0]);
  await page.evaluate((session) => window.Clerk.setActive({ session }), session);
  await expectUser(page, { 'signed-in': true });
});
