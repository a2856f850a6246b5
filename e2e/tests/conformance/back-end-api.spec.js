// A service that runs Clerk's own `@clerk/backend` with a key of the back-end API, in place of Clerk's.

import { createClerkClient } from '@clerk/backend';
import { newPerson } from '../../support/app.js';
import { codeAt, currentStep } from '../../support/authenticator.js';
import { Server } from '../../support/server.js';
import { expect, test as base } from '../../support/site.js';

const KEY = 'sk_live_0123456789abcdef0123456789abcdef';
/** A secret of another system, in base32. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
/** Backup codes of another system. */
const PLAIN = ['w7z3k1x9', 'recovery-1'];

const test = base.extend({
  operated: [
    async ({}, use) => {
      const server = await Server.start({ TWOFOLD_SECRET_KEY: KEY, TWOFOLD_RATE_LIMITS: 'off' });
      await use(server);
      const end = await server.stop();
      expect(end.code, `the server ends in good order at SIGTERM; it said: ${end.stderr}`).toBe(0);
      expect(end.stdout + end.stderr, 'no key in the log').not.toContain(KEY);
    },
    { scope: 'worker' },
  ],
  clerk: async ({ operated }, use) => {
    await use(service(operated));
  },
  /** Somebody whom the service has made. */
  person: async ({ clerk }, use) => {
    const person = newPerson();
    const user = await clerk.users.createUser({ emailAddress: [person.email], password: person.password });
    await use({ ...person, user });
  },
});

function service(server, secretKey = KEY) {
  return createClerkClient({ secretKey, apiUrl: server.url, telemetry: { disabled: true } });
}

/** A sign-in of the person by the front-end API: what it answers to the password, or to a code after it. */
async function signIn(request, server, { email, password }, code) {
  const post = async (path, form) => {
    const reply = await request.post(`${server.url}/v1/client/sign_ins${path}`, { headers: { origin: server.url }, form });
    return reply.json();
  };
  const first = await post('', { identifier: email, strategy: 'password', password });
  if (!code || !first.response) return first;
  return post(`/${first.response.id}/attempt_second_factor`, code);
}

test('createUser, getUser, updateUser and deleteUser', async ({ clerk, operated, request }) => {
  const { email, password } = newPerson();
  const created = await clerk.users.createUser({
    emailAddress: [email],
    password,
    firstName: 'Ann',
    lastName: 'Lee',
    externalId: `old-${email}`,
    createdAt: new Date('2012-10-20T07:15:20.902Z'),
    skipLegalChecks: true,
  });
  expect(created).toMatchObject({ firstName: 'Ann', fullName: 'Ann Lee', externalId: `old-${email}`, createdAt: 1350717320902 });
  expect(created.primaryEmailAddress.emailAddress).toBe(email);
  expect(await clerk.users.getUser(created.id)).toEqual(created);
  const updated = await clerk.users.updateUser(created.id, { firstName: 'Anna' });
  expect(updated).toMatchObject({ firstName: 'Anna', lastName: 'Lee' });
  expect((await signIn(request, operated, { email, password })).response.status).toBe('complete');
  expect(await clerk.users.deleteUser(created.id)).toMatchObject({ object: 'user', id: created.id, deleted: true });
  await expect(clerk.users.getUser(created.id)).rejects.toMatchObject({ status: 404, errors: [{ code: 'resource_not_found' }] });
});

test('getUserList and getCount', async ({ clerk, person }) => {
  const others = [newPerson(), newPerson()];
  for (const { email, password } of others) await clerk.users.createUser({ emailAddress: [email], password });
  const emailAddress = [person.email, others[0].email];
  const { data, totalCount } = await clerk.users.getUserList({ emailAddress, orderBy: '+created_at' });
  expect(totalCount).toBe(2);
  expect(data.map((user) => user.primaryEmailAddress.emailAddress)).toEqual(emailAddress);
  const part = await clerk.users.getUserList({ query: '@', limit: 1, offset: 1, orderBy: '-created_at' });
  expect(part.data).toHaveLength(1);
  expect(part.totalCount).toBeGreaterThanOrEqual(3);
  expect(await clerk.users.getCount({ userId: [person.user.id] })).toBe(1);
  expect(await clerk.users.getCount({ query: 'nobody-at-all' })).toBe(0);
});

test('an import with totpSecret and backupCodes signs in with them, and verifyTOTP uses them up', async ({ clerk, operated, request }) => {
  const { email, password } = newPerson();
  const user = await clerk.users.createUser({ emailAddress: [email], password, totpSecret: SECRET, backupCodes: PLAIN });
  expect(user).toMatchObject({ totpEnabled: true, backupCodeEnabled: true, twoFactorEnabled: true });
  const userId = user.id;

  const code = codeAt(SECRET, currentStep());
  expect(await clerk.users.verifyTOTP({ userId, code })).toEqual({ verified: true, code_type: 'totp' });
  await expect(clerk.users.verifyTOTP({ userId, code })).rejects.toMatchObject({
    status: 422,
    errors: [{ code: 'form_code_incorrect', meta: { paramName: 'code' } }],
  });
  const again = await signIn(request, operated, { email, password }, { strategy: 'totp', code });
  expect(again.errors[0].meta.reason).toBe('code_already_used');

  expect(await clerk.users.verifyTOTP({ userId, code: PLAIN[0] })).toEqual({ verified: true, code_type: 'backup_code' });
  const used = await signIn(request, operated, { email, password }, { strategy: 'backup_code', code: PLAIN[0] });
  expect(used.errors[0].meta.reason).toBe('code_already_used');
  const other = await signIn(request, operated, { email, password }, { strategy: 'backup_code', code: PLAIN[1] });
  expect(other.response.status).toBe('complete');
});

test('verifyPassword', async ({ clerk, person }) => {
  const userId = person.user.id;
  expect(await clerk.users.verifyPassword({ userId, password: person.password })).toEqual({ verified: true });
  await expect(clerk.users.verifyPassword({ userId, password: 'wrong' })).rejects.toMatchObject({
    status: 422,
    errors: [{ code: 'form_password_incorrect' }],
  });
});

test('disableUserMFA, deleteUserTOTP and deleteUserBackupCodes', async ({ clerk }) => {
  const create = ({ email, password }) =>
    clerk.users.createUser({ emailAddress: [email], password, totpSecret: SECRET, backupCodes: PLAIN });
  const { id } = await create(newPerson());
  await clerk.users.deleteUserBackupCodes(id);
  expect(await clerk.users.getUser(id)).toMatchObject({ totpEnabled: true, backupCodeEnabled: false });
  await clerk.users.deleteUserTOTP(id);
  expect(await clerk.users.getUser(id)).toMatchObject({ totpEnabled: false, twoFactorEnabled: false });
  const other = await create(newPerson());
  expect(await clerk.users.disableUserMFA(other.id)).toEqual({ user_id: other.id });
  expect(await clerk.users.getUser(other.id)).toMatchObject({ totpEnabled: false, backupCodeEnabled: false });
});

test('banUser and unbanUser, lockUser and unlockUser', async ({ clerk, person, operated, request }) => {
  const { id } = person.user;
  const refusal = async () => (await signIn(request, operated, person)).errors?.[0].code;
  expect(await clerk.users.banUser(id)).toMatchObject({ banned: true });
  expect(await refusal()).toBe('user_banned');
  expect(await clerk.users.unbanUser(id)).toMatchObject({ banned: false });
  expect(await clerk.users.lockUser(id)).toMatchObject({ locked: true });
  expect(await refusal()).toBe('user_locked');
  expect(await clerk.users.unlockUser(id)).toMatchObject({ locked: false });
  expect(await refusal()).toBeUndefined();
});

test('getSessionList, getSession and revokeSession', async ({ clerk, person, operated, request }) => {
  const signedIn = await signIn(request, operated, person);
  const { data, totalCount } = await clerk.sessions.getSessionList({ userId: person.user.id, status: 'active' });
  expect(totalCount).toBe(1);
  expect(data[0]).toMatchObject({ id: signedIn.response.created_session_id, userId: person.user.id, status: 'active' });
  expect(await clerk.sessions.getSession(data[0].id)).toEqual(data[0]);
  expect(await clerk.sessions.revokeSession(data[0].id)).toMatchObject({ status: 'revoked' });
  const me = await request.get(`${operated.url}/v1/me`);
  expect(me.status()).toBe(401);
});

test('authenticateRequest fetches the keys of session tokens by itself', async ({ clerk, person, operated, request }) => {
  const signedIn = await signIn(request, operated, person);
  const headers = { origin: operated.url };
  const path = `/v1/client/sessions/${signedIn.response.created_session_id}/tokens`;
  const { jwt } = await (await request.post(operated.url + path, { headers })).json();
  expect((await clerk.jwks.getJwks()).keys[0]).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig' });
  const known = createClerkClient({
    secretKey: KEY,
    publishableKey: `pk_live_${btoa('clerk.example.test$')}`,
    apiUrl: operated.url,
    telemetry: { disabled: true },
  });
  const state = await known.authenticateRequest(
    new Request(`${operated.url}/orders`, { headers: { authorization: `Bearer ${jwt}` } }),
    { authorizedParties: [operated.url] },
  );
  expect(state.status, state.reason).toBe('signed-in');
  expect(state.toAuth().userId).toBe(person.user.id);
});

test('a wrong key is refused as Clerk refuses it', async ({ operated }) => {
  const stranger = service(operated, 'sk_live_ffffffffffffffffffffffffffffffff');
  await expect(stranger.users.getUserList()).rejects.toMatchObject({ status: 401, errors: [{ code: 'clerk_key_invalid' }] });
});

test('what an account does not have is refused by its name', async ({ clerk }) => {
  const { email, password } = newPerson();
  await expect(clerk.users.createUser({ emailAddress: [email], password, phoneNumber: ['+15555550100'] })).rejects.toMatchObject({
    status: 422,
    errors: [{ code: 'form_param_unknown', meta: { paramName: 'phone_number' } }],
  });
  await expect(clerk.users.getUserList({ organizationId: ['org_1'] })).rejects.toMatchObject({
    errors: [{ code: 'form_param_unknown', meta: { paramName: 'organization_id' } }],
  });
});
