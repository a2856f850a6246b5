// The client's own calls for a sign-up whose e-mail address is verified, which the app of e2e/conformance has no pages for.

import { newPerson } from '../../support/app.js';
import { expectUser } from '../../support/clerk-app.js';
import { expect, test } from '../../support/reader.js';

/** Six digits that are others. */
function wrongOf(code) {
  return code === '123456' ? '654321' : '123456';
}

/** What the client says of the sign-up. */
function signUpOf(page) {
  return page.evaluate(() => {
    const { id, status, emailAddress, missingFields, unverifiedFields, verifications, createdSessionId } =
      window.Clerk.client.signUp;
    const { status: verification, strategy, nextAction, supportedStrategies, attempts } = verifications.emailAddress;
    return {
      id,
      status,
      emailAddress,
      missingFields,
      unverifiedFields,
      createdSessionId,
      address: { verification, strategy, nextAction, supportedStrategies, attempts },
    };
  });
}

/** Calls the sign-up's own method; the error's code where it is refused. */
function call(page, method, form) {
  return page.evaluate(
    async ([method, form]) => {
      try {
        await window.Clerk.client.signUp[method](form);
        return 'done';
      } catch (error) {
        return error.errors[0].code;
      }
    },
    [method, form],
  );
}

function create(page, { email, password }) {
  return call(page, 'create', { emailAddress: email, password });
}

async function arrive(page) {
  await page.goto('/sign-up');
  await page.waitForFunction(() => window.Clerk?.loaded);
}

test('a sign-up is complete once the code from the mail was right', async ({ reader, mailServer }) => {
  const { page, watch } = reader;
  const person = newPerson();
  await arrive(page);
  expect(await create(page, person)).toBe('done');
  const begun = await signUpOf(page);
  expect(begun).toMatchObject({
    status: 'missing_requirements',
    emailAddress: person.email,
    missingFields: [],
    unverifiedFields: ['email_address'],
    createdSessionId: null,
    address: {
      verification: 'unverified',
      strategy: 'email_code',
      nextAction: 'needs_prepare',
      supportedStrategies: ['email_code'],
      attempts: 0,
    },
  });

  expect(await call(page, 'prepareEmailAddressVerification', { strategy: 'email_code' })).toBe('done');
  const code = await mailServer.code(person.email);
  await arrive(page);
  const waiting = await signUpOf(page);
  expect(waiting).toMatchObject({ id: begun.id, address: { nextAction: 'needs_attempt' } });
  expect(await page.evaluate(async () => (await window.Clerk.client.signUp.reload()).status)).toBe('missing_requirements');

  watch.refusal(422);
  expect(await call(page, 'attemptEmailAddressVerification', { code: wrongOf(code) })).toBe('form_code_incorrect');
  await expectUser(page, { 'signed-in': false });
  expect(await call(page, 'attemptEmailAddressVerification', { code })).toBe('done');
  const session = await page.evaluate(() => window.Clerk.client.sessions[0].id);
  await page.evaluate((session) => window.Clerk.setActive({ session }), session);
  await expectUser(page, { 'signed-in': true });
  const address = await page.evaluate(() => {
    const { emailAddress, verification } = window.Clerk.user.primaryEmailAddress;
    return { emailAddress, status: verification.status };
  });
  expect(address).toEqual({ emailAddress: person.email, status: 'verified' });
});

test('a code that was guessed at too often makes way for another one', async ({ reader, mailServer }) => {
  const { page, watch } = reader;
  const person = newPerson();
  await arrive(page);
  await create(page, person);
  await call(page, 'prepareEmailAddressVerification', { strategy: 'email_code' });
  const code = await mailServer.code(person.email);
  watch.refusal(422, 4);
  for (let n = 0; n < 4; n += 1) {
    expect(await call(page, 'attemptEmailAddressVerification', { code: wrongOf(code) })).toBe('form_code_incorrect');
  }
  watch.refusal(400);
  expect(await call(page, 'attemptEmailAddressVerification', { code: wrongOf(code) })).toBe('verification_failed');
  await arrive(page);
  expect((await signUpOf(page)).address).toMatchObject({ verification: 'failed', nextAction: 'needs_prepare', attempts: 5 });
  await call(page, 'prepareEmailAddressVerification', { strategy: 'email_code' });
  const next = await mailServer.code(person.email, 2);
  expect(await call(page, 'attemptEmailAddressVerification', { code: next })).toBe('done');
});
