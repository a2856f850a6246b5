// The client's own calls about passwords, which the app of e2e/conformance has no pages for.

import { newPerson } from '../../support/app.js';
import { addTotp, expectHeading, expectUser, signInWithPassword, signOut, signUp } from '../../support/clerk-app.js';
import { expect, test } from '../../support/reader.js';

const NEW = 'violet-harbour-17';

// People sign up on the app's page, which asks for no code.
test.use({ mailSettings: { TWOFOLD_VERIFY_EMAIL: 'false' } });

/** Asks for a new password and gives the code: what the sign-in asks for then. */
async function reset(page, mailServer, identifier) {
  const begun = await page.evaluate(async (identifier) => {
    const signIn = await window.Clerk.client.signIn.create({ identifier });
    const factor = signIn.supportedFirstFactors.find(({ strategy }) => strategy === 'reset_password_email_code');
    const prepared = await signIn.prepareFirstFactor(factor);
    return { factor, verification: prepared.firstFactorVerification.strategy };
  }, identifier);
  expect(begun).toMatchObject({ factor: { safeIdentifier: identifier }, verification: 'reset_password_email_code' });
  const code = await mailServer.code(identifier);
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
