// Somebody who uses the API without a page: a cookie jar, a password, an authenticator app.

import { expect, request } from '@playwright/test';
import { codeAt, currentStep, timeInStep } from './authenticator.js';

export const PASSWORD = 'violet-kettle-mosaic-42';

let people = 0;

/** A browser without pages. Its requests fail by an exception where no reply comes. */
export class Agent {
  static async at(url) {
    const agent = new Agent();
    agent.url = url;
    agent.context = await request.newContext({ baseURL: url, extraHTTPHeaders: { origin: url } });
    return agent;
  }

  get(path) {
    return this.context.get(path);
  }

  /** A change: `post('/v1/me/totp')`. */
  post(path, form = {}) {
    return this.context.post(path, { form });
  }

  delete(path) {
    return this.context.delete(path);
  }

  close() {
    return this.context.dispose();
  }

  signIn(email, password = PASSWORD) {
    return this.post('/v1/client/sign_ins', { identifier: email, strategy: 'password', password });
  }

  /** Signs in with both factors; the last reply. */
  async signInWith(email, strategy, code) {
    const begun = await this.signIn(email);
    if (!begun.ok()) return begun;
    const { id } = (await begun.json()).response;
    return this.post(`/v1/client/sign_ins/${id}/attempt_second_factor`, { strategy, code });
  }
}

/** What the reply is: `200`, or `422 form_code_incorrect`. */
export async function told(reply) {
  if (reply.ok()) return String(reply.status());
  const { errors } = await reply.json();
  return `${reply.status()} ${errors[0].code}`;
}

/** A new account, signed in. */
export async function signUp(url, email = `person${(people += 1)}-${Date.now()}@example.com`) {
  const agent = await Agent.at(url);
  const reply = await agent.post('/v1/client/sign_ups', { email_address: email, password: PASSWORD });
  expect(await told(reply)).toBe('200');
  return { agent, email };
}

/** A new account with an authenticator app; the step before the present one is used up. */
export async function enrol(url, email) {
  const person = await signUp(url, email);
  const { secret } = (await (await person.agent.post('/v1/me/totp')).json()).response;
  await timeInStep(2);
  const step = currentStep() - 1;
  const verified = await person.agent.post('/v1/me/totp/attempt_verification', { code: codeAt(secret, step) });
  expect(await told(verified)).toBe('200');
  return { ...person, secret, step, codes: (await verified.json()).response.backup_codes };
}

/** Lets a browser go on as the agent, who leaves it its cookies. */
export async function moveIn(context, agent) {
  const { cookies } = await agent.context.storageState();
  await context.addCookies(cookies);
  await agent.close();
}
