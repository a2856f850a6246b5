// Every page in every state, each in a tab of its own, for what is asked of all of them alike.

import {
  MUST_SIGN_IN,
  USED_CODE,
  WRONG_CODE,
  WRONG_EMAIL_CODE,
  backupCodes,
  button,
  codeField,
  emailCodeField,
  expectRefused,
  expectView,
  field,
  forgetPassword,
  link,
  newPerson,
  open,
  qrCode,
  send,
  signInWithPassword,
  verifyAuthenticator,
} from './app.js';
import { codeAt, currentStep, wrongCode } from './authenticator.js';
import { administrator, deputy } from './dashboard_views.js';
import { Agent, PASSWORD, enrol, moveIn, signUp } from './person.js';
import { silence } from './requests.js';
import { stepUp } from './step_up.js';
import { Server } from './server.js';
import { Watch, expect } from './test.js';

export const WIDE = { width: 1280, height: 900 };

/** How every context of the checklist is, but for what a line of it is about. */
export const CONTEXT = { locale: 'en-GB', timezoneId: 'UTC', viewport: WIDE };

const ACTIVITY = /\/v1\/me\/activity/;
const TOTP = /\/v1\/me\/totp$/;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** A browser of its own, and the tabs that are open in it. */
class Browser {
  static async start(browser, server, options = {}) {
    const one = new Browser();
    one.views = [];
    one.server = server;
    one.context = await browser.newContext({ ...CONTEXT, baseURL: server.url, ...options });
    one.context.setDefaultTimeout(10_000);
    one.watch = new Watch(server.url);
    one.watch.follow(one.context);
    return one;
  }

  /** Opens a tab and brings it into the state of this name. */
  async view(name, prepare) {
    const page = await this.context.newPage();
    await prepare(page);
    this.views.push({ name, page });
  }

  manage(name, prepare) {
    return this.view(name, async (page) => {
      await open(page, '/account/manage-mfa', 'Multi-factor authentication');
      await expect(page.getByRole('heading', { name: 'Recent activity' })).toBeVisible();
      await prepare?.(page);
    });
  }

  add(name, prepare) {
    return this.view(name, async (page) => {
      await open(page, '/account/manage-mfa/add', 'Add an authenticator app');
      await expect(qrCode(page)).toBeVisible();
      await prepare?.(page);
    });
  }
}

async function stranger(one) {
  const { watch } = one;
  await one.view('shell', async (page) => {
    await silence(page, /\.wasm$/);
    // It would lose its patience after ten seconds. (Shorter times are axe's own.)
    await page.addInitScript(() => {
      const { setTimeout } = window;
      window.setTimeout = (run, delay, ...rest) => (delay >= 10_000 ? 0 : setTimeout(run, delay, ...rest));
    });
    await page.goto('/sign-in', { waitUntil: 'commit' });
    await expect(page.locator('#shell-skeleton')).toBeVisible();
  });
  await one.view('shell-failed', async (page) => {
    await page.route(/\.wasm$/, (route) => route.abort());
    watch.failure();
    await page.goto('/sign-in');
    await expect(button(page, 'Reload')).toBeVisible();
  });
  await one.view('unavailable', async (page) => {
    await page.route(/\/v1\/environment/, (route) => route.abort());
    watch.failure();
    await open(page, '/sign-in', 'The service cannot be reached');
  });
  await one.view('must-sign-in', (page) => open(page, '/account/manage-mfa', MUST_SIGN_IN));
  await one.view('not-found', async (page) => {
    watch.refusal(404);
    await open(page, '/no/such/page', 'Page not found');
  });
  await one.view('help', (page) => open(page, '/help', 'Help'));
  await one.view('sign-in', (page) => open(page, '/sign-in', 'Sign in'));
  await one.view('sign-in-empty', async (page) => {
    await open(page, '/sign-in', 'Sign in');
    await button(page, 'Sign in').click();
    await expectRefused(page, field(page, 'Email address'), 'Enter your email address');
  });
  await one.view('sign-in-refused', async (page) => {
    watch.refusal(422);
    await signInWithPassword(page, newPerson());
    await expectRefused(page, field(page, 'Email address'), 'The email address or the password is not correct');
  });
  await one.view('sign-in-unreachable', async (page) => {
    await page.route(/\/v1\/client\/sign_ins/, (route) => route.abort());
    watch.failure();
    await signInWithPassword(page, newPerson());
    await expect(button(page, 'Try again')).toBeVisible();
  });
  await one.view('sign-in-checking', async (page) => {
    await silence(page, /\/v1\/client\/sign_ins/);
    await signInWithPassword(page, newPerson());
    await expect(button(page, 'Checking…')).toBeVisible();
  });
  await one.view('sign-up', (page) => open(page, '/sign-up', 'Create your account'));
  await one.view('sign-up-short-password', async (page) => {
    await open(page, '/sign-up', 'Create your account');
    await field(page, 'Email address').fill('ann@example.com');
    await send(page, field(page, 'Password'), 'short', 'Create account');
    await expectRefused(page, field(page, 'Password'), 'The password must have at least 8 characters');
  });
}

/** Somebody who forgot the password. The browser has one sign-in at a time, so only the last of these could go on. */
async function forgetful(one, mailServer) {
  const { watch } = one;
  const { email } = newPerson();
  await one.view('forgotten', async (page) => {
    await open(page, '/sign-in', 'Sign in');
    await button(page, 'Forgot your password?').click();
    await expectView(page, 'Reset your password');
  });
  await one.view('forgotten-empty', async (page) => {
    await open(page, '/sign-in', 'Sign in');
    await button(page, 'Forgot your password?').click();
    await button(page, 'Send code').click();
    await expectRefused(page, field(page, 'Email address'), 'Enter your email address');
  });
  await one.view('mailed-code', (page) => forgetPassword(page, email));
  await one.view('mailed-code-sent-again', async (page) => {
    await forgetPassword(page, email);
    await button(page, 'Send a new code').click();
    await expect(page.getByRole('status').filter({ hasText: 'a new code is on its way' })).toBeVisible();
  });
  await one.view('mailed-code-not-sent-again', async (page) => {
    await forgetPassword(page, email);
    await page.route(/prepare_first_factor$/, (route) => route.abort());
    watch.failure();
    await button(page, 'Send a new code').click();
    await expect(page.getByRole('alert').filter({ hasText: 'We could not reach the server.' })).toBeVisible();
  });
  await one.view('mailed-code-wrong', async (page) => {
    await forgetPassword(page, email);
    watch.refusal(422);
    await send(page, emailCodeField(page), '000000', 'Continue');
    await expectRefused(page, emailCodeField(page), WRONG_EMAIL_CODE);
  });
  const choose = (name, prepare) =>
    one.view(name, async (page) => {
      const { agent, email } = await signUp(one.server.url);
      await agent.close();
      await forgetPassword(page, email);
      await send(page, emailCodeField(page), await mailServer.code(email), 'Continue');
      await expectView(page, 'Choose a new password');
      await prepare?.(page);
    });
  await choose('new-password');
  await choose('new-password-weak', async (page) => {
    watch.refusal(422);
    await send(page, field(page, 'New password'), 'password', 'Continue');
    await expectRefused(page, field(page, 'New password'), 'This password is one of the first that others would try.');
  });
}

/** Somebody who is asked for the code that was sent to their address; each tab has a sign-up of its own. */
async function unverified(one) {
  const { watch } = one;
  const waiting = (name, prepare) =>
    one.view(name, async (page) => {
      await open(page, '/sign-up', 'Create your account');
      const { email, password } = newPerson();
      await field(page, 'Email address').fill(email);
      await send(page, field(page, 'Password'), password, 'Create account');
      await expectView(page, 'Check your email');
      await prepare?.(page);
    });
  await waiting('sign-up-code');
  await waiting('sign-up-code-wrong', async (page) => {
    watch.refusal(422);
    await send(page, emailCodeField(page), '000000', 'Continue');
    await expectRefused(page, emailCodeField(page), 'That code is not correct.');
  });
  await waiting('sign-up-code-sent', async (page) => {
    await button(page, 'Send a new code').click();
    await expect(page.getByRole('status').filter({ hasText: 'We sent you a new code.' })).toBeVisible();
  });
}

/** Somebody who sets an authenticator app up: as far as the code. */
async function beginner(one) {
  const { watch } = one;
  const verify = (name, prepare) =>
    one.add(name, async (page) => {
      await button(page, 'Verify').click();
      await expectView(page, 'Verify your authenticator app');
      await prepare?.(page);
    });
  await one.manage('manage-off');
  await one.add('add');
  await one.add('add-uri', async (page) => {
    await button(page, 'Use URI instead').click();
    await expect(page.getByTestId('totp-uri')).toBeVisible();
    await page.getByText('Details', { exact: true }).click();
  });
  await one.add('add-reset', async (page) => {
    await button(page, 'Reset').click();
    await expect(page.getByRole('status').filter({ hasText: 'New setup key made.' })).toBeVisible();
    await button(page, 'Copy setup key').click();
    await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeVisible();
  });
  await one.view('add-loading', async (page) => {
    await silence(page, TOTP);
    await open(page, '/account/manage-mfa/add', 'Add an authenticator app');
  });
  await one.view('add-failed', async (page) => {
    await page.route(TOTP, (route) => route.abort());
    watch.failure();
    await open(page, '/account/manage-mfa/add', 'Add an authenticator app');
    await expect(button(page, 'Try again')).toBeVisible();
  });
  await verify('verify');
  await verify('verify-empty', async (page) => {
    await button(page, 'Verify code').click();
    await expectRefused(page, codeField(page), 'Enter the 6-digit code from your authenticator app');
  });
  await verify('verify-wrong-twice', async (page) => {
    watch.refusal(422, 2);
    await send(page, codeField(page), '000000', 'Verify code');
    await expectRefused(page, codeField(page), WRONG_CODE);
    await button(page, 'Verify code').click();
    await expect(page.getByText('Authenticator codes depend on the time.')).toBeVisible();
  });
}

/** Somebody with new backup codes; each is shown in the tab that made them only. */
async function keeper(one, name, prepare) {
  await one.view(name, async (page) => {
    const { agent } = await signUp(one.server.url);
    await moveIn(one.context, agent);
    await open(page, '/account/manage-mfa', 'Multi-factor authentication');
    await verifyAuthenticator(page);
    await prepare?.(page);
  });
  await one.context.clearCookies();
}

async function keepers(one) {
  await keeper(one, 'backup-codes');
  await keeper(one, 'backup-codes-not-saved', async (page) => {
    await button(page, 'Finish').click();
    await expect(page).toHaveTitle(/^Error: /);
    await button(page, 'Copy codes').click();
    await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeVisible();
  });
  await keeper(one, 'leave-dialog', async (page) => {
    await page.goBack();
    await expect(page.getByRole('dialog', { name: 'Leave without saving your codes?' })).toBeVisible();
  });
  await keeper(one, 'success', async (page) => {
    await page.getByLabel('I have saved these codes').check();
    await button(page, 'Finish').click();
    await expectView(page, 'Success!');
  });
}

/** Somebody with an authenticator app, who is signed in somewhere else, too. */
async function owner(one) {
  const { server, watch } = one;
  const { agent, email, secret } = await enrol(server.url);
  await moveIn(one.context, agent);
  const others = await Promise.all([1, 2].map(() => Agent.at(server.url)));
  for (const [at, other] of others.entries()) expect((await other.signInWith(email, 'totp', codeAt(secret, currentStep() + at))).status()).toBe(200);
  await Promise.all(others.map((other) => other.close()));
  await one.view('already-added', async (page) => {
    await open(page, '/account/manage-mfa/add', 'Add an authenticator app');
    await expect(page.getByText('You have already added an authenticator app.')).toBeVisible();
  });
  await one.manage('manage-on', (page) => expect(button(page, 'Sign out all others')).toBeVisible());
  await one.manage('session-signed-out', async (page) => {
    await page.getByRole('button', { name: /^Sign out (?!all)./ }).first().click();
    await expect(page.getByRole('status').filter({ hasText: 'Signed out:' })).toBeVisible();
  });
  await one.manage('remove-dialog', (page) => button(page, 'Remove authenticator app').click());
  await one.manage('generate-dialog', (page) => button(page, 'Generate new backup codes').click());
  await one.manage('generate-failed', async (page) => {
    await page.route(/\/v1\/me\/backup_codes/, (route) => route.abort());
    watch.failure();
    await button(page, 'Generate new backup codes').click();
    await button(page.getByRole('dialog'), 'Generate').click();
    await expect(page.getByRole('dialog').getByRole('alert')).toContainText('We could not reach the server.');
  });
  await one.manage('new-codes', async (page) => {
    await button(page, 'Generate new backup codes').click();
    await button(page.getByRole('dialog'), 'Generate').click();
    await backupCodes(page);
  });
  await one.view('activity', async (page) => {
    await open(page, '/account/activity', 'Account activity');
    await expect(page.getByText('Account created')).toBeVisible();
  });
  const password = (name, prepare) =>
    one.view(name, async (page) => {
      await open(page, '/account/password', 'Change your password');
      await prepare?.(page);
    });
  const change = async (page, current) => {
    await field(page, 'Current password').fill(current);
    await send(page, field(page, 'New password'), 'violet-harbour-17', 'Change password');
  };
  await password('password');
  await password('password-empty', async (page) => {
    await button(page, 'Change password').click();
    await expectRefused(page, field(page, 'Current password'), 'Enter your current password');
  });
  await password('password-wrong', async (page) => {
    watch.refusal(422);
    await change(page, 'another quiet harbour');
    await expectRefused(page, field(page, 'Current password'), 'The password is not correct');
  });
  await password('password-changed', async (page) => {
    // Without the server, as below.
    await page.route(/change_password$/, async (route) => {
      const client = await page.evaluate(() => fetch('/v1/client').then(async (reply) => (await reply.json()).response));
      await route.fulfill({ json: { response: client.sessions[0].user, client } });
    });
    await change(page, PASSWORD);
    await expect(page.getByRole('status').filter({ hasText: 'Your password was changed.' })).toBeVisible();
  });
  await one.view('activity-empty', async (page) => {
    await page.route(ACTIVITY, (route) => route.fulfill({ json: { response: [], client: null } }));
    await open(page, '/account/activity', 'Account activity');
    await expect(page.getByText('Nothing has happened yet.')).toBeVisible();
  });
  await one.view('activity-loading', async (page) => {
    await silence(page, ACTIVITY);
    await open(page, '/account/activity', 'Account activity');
    await expect(page.getByText('Loading…')).toBeVisible();
  });
  await one.view('manage-failed', async (page) => {
    await page.route(ACTIVITY, (route) => route.abort());
    watch.failure();
    await open(page, '/account/manage-mfa', 'Multi-factor authentication');
    await expect(button(page, 'Try again')).toBeVisible();
  });
  await one.manage('removed', async (page) => {
    // Without the server, so that the other tabs keep their factor.
    await page.route(TOTP, async (route) => {
      const { client } = await page.evaluate(() => fetch('/v1/client').then(async (reply) => ({ client: (await reply.json()).response })));
      const { user } = client.sessions[0];
      Object.assign(user, { totp_enabled: false, two_factor_enabled: false });
      await route.fulfill({ json: { response: { object: 'totp', id: 'totp_removed', deleted: true }, client } });
    });
    await button(page, 'Remove authenticator app').click();
    await button(page.getByRole('dialog'), 'Remove').click();
    await expect(page.getByRole('status').filter({ hasText: 'Authenticator app removed.' })).toBeVisible();
  });
  server.useUpBackupCodes({ email });
  await one.manage('manage-no-codes-left', (page) => expect(page.getByText('0 of 10 codes left')).toBeVisible());
}

/** The same person, asked again who they are. */
async function doubted(one, name, person, prepare) {
  one.server.makeStale(person);
  await one.manage(name, async (page) => {
    one.watch.refusal(403);
    await button(page, 'Remove authenticator app').click();
    await button(page.getByRole('dialog', { name: 'Remove authenticator app?' }), 'Remove').click();
    await expect(stepUp(page)).toBeVisible();
    await prepare?.(page);
  });
}

/** Somebody who signs in with two factors. */
async function returning(one, person) {
  const { secret, codes } = person;
  const spent = codeAt(secret, currentStep());
  const agent = await Agent.at(one.server.url);
  expect((await agent.signInWith(person.email, 'totp', spent)).status()).toBe(200);
  await agent.close();
  const { watch } = one;
  const second = (name, prepare) =>
    one.view(name, async (page) => {
      await signInWithPassword(page, person);
      await expectView(page, 'Enter your code');
      await prepare?.(page);
    });
  await second('enter-code');
  await second('enter-code-used', async (page) => {
    watch.refusal(422);
    await send(page, codeField(page), spent, 'Continue');
    await expectRefused(page, codeField(page), USED_CODE);
    await page.getByText('Lost both?').click();
  });
  const backup = (name, code) =>
    second(name, async (page) => {
      await button(page, 'Use a backup code').click();
      await expectView(page, 'Enter a backup code');
      if (code === undefined) return;
      watch.refusal(422);
      await send(page, field(page, 'Backup code'), code, 'Continue');
      await expectRefused(page, field(page, 'Backup code'), 'That backup code is not correct.');
    });
  await backup('enter-backup-code');
  await backup('enter-backup-code-wrong', [...codes[0]].reverse().join(''));
}

/** Somebody whose code was guessed at too often. */
async function locked(one) {
  const { server, watch } = one;
  const { agent, email, secret } = await enrol(server.url);
  await agent.close();
  await one.view('locked', async (page) => {
    await signInWithPassword(page, { email, password: PASSWORD });
    await expectView(page, 'Enter your code');
    const guesser = await Agent.at(server.url);
    for (let n = 0; n < 10; n += 1) await guesser.signInWith(email, 'totp', wrongCode(secret));
    await guesser.close();
    watch.refusal(403);
    await send(page, codeField(page), wrongCode(secret), 'Continue');
    await expect(page.getByRole('alert').filter({ hasText: 'Too many wrong codes.' })).toBeVisible();
  });
}

/** Opens all of them; answers them by name, and how to look at the browsers and to close them. */
export async function openViews(browser, server, mailServer) {
  const all = [];
  const start = async (options) => {
    const one = await Browser.start(browser, server, options);
    all.push(one);
    return one;
  };

  await stranger(await start());
  await forgetful(await start(), mailServer);

  // Its mails never leave: nobody reads them here.
  const verifying = await Server.start({ TWOFOLD_SMTP_URL: 'smtp://127.0.0.1:9', TWOFOLD_RATE_LIMITS: 'off' });
  const applicant = await Browser.start(browser, verifying);
  all.push(applicant);
  await unverified(applicant);

  const fresh = await start();
  await moveIn(fresh.context, (await signUp(server.url)).agent);
  await beginner(fresh);

  await keepers(await start());
  await owner(await start());

  const { agent, ...set } = await enrol(server.url);
  const person = { ...set, password: PASSWORD };
  const doubting = await start();
  await moveIn(doubting.context, agent);
  const elsewhere = await start({ userAgent: FIREFOX });
  await returning(elsewhere, person);
  await locked(elsewhere);
  await doubted(doubting, 'step-up-code', person);
  await doubted(doubting, 'step-up-code-wrong', person, async (page) => {
    doubting.watch.refusal(422);
    await send(stepUp(page), codeField(stepUp(page)), '000000', 'Continue');
    await expectRefused(page, codeField(stepUp(page)), WRONG_CODE);
  });
  await doubted(doubting, 'step-up-backup-code-empty', person, async (page) => {
    await button(stepUp(page), 'Use a backup code').click();
    await button(stepUp(page), 'Continue').click();
    await expectRefused(page, field(page, 'Backup code'), 'Enter one of your backup codes');
  });

  await signedOut(await start());
  await administrator(await start());
  await deputy(await start());
  const views = all.flatMap((one) => one.views);
  return {
    views,
    verify: () => all.forEach((one) => one.watch.verify()),
    close: async () => {
      await Promise.all(all.map((one) => one.context.close()));
      await verifying.stop();
    },
  };
}

/** Somebody whose session has ended meanwhile, and who has only a password to show who they are. */
async function signedOut(one) {
  const { agent, email } = await signUp(one.server.url);
  await moveIn(one.context, agent);
  const person = { email, password: PASSWORD };
  await one.manage('signed-out', async (page) => {
    await one.context.clearCookies();
    one.watch.refusal(401);
    await link(page, 'Add authenticator app').click();
    await expectView(page, 'Sign in');
    await expect(page.getByText("You've been signed out")).toBeVisible();
  });
  await one.view('step-up-password', async (page) => {
    await signInWithPassword(page, person);
    await expectView(page, 'Multi-factor authentication');
    one.server.makeStale(person);
    one.watch.refusal(403);
    await link(page, 'Add authenticator app').click();
    await expect(stepUp(page)).toBeVisible();
  });
}
