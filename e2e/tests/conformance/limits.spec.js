import { newPerson } from '../../support/app.js';
import { button, expectHeading, expectRefused, field, signOut, signUp } from '../../support/clerk-app.js';
import { Site, Visitor, expect, test } from '../../support/site.js';

test('whoever tries passwords too quickly is told to wait, and the client does not try again by itself', async ({ browser }) => {
  const site = await Site.start({ settings: { TWOFOLD_RATE_LIMITS: 'on' } });
  const visitor = await Visitor.arrive(browser, site);
  try {
    const { page, watch } = visitor;
    const person = newPerson();
    await signUp(page, person);
    await signOut(page);
    await field(page, 'Email address').fill(person.email);
    await field(page, 'Password').fill('not the password');

    watch.refusal(422, 20);
    watch.refusal(429);
    const attempt = async () => {
      const refused = page.waitForResponse((response) => response.status() >= 400);
      await button(page, 'Sign in').click();
      return refused;
    };
    let reply = await attempt();
    for (let tries = 1; reply.status() === 422 && tries < 20; tries += 1) reply = await attempt();

    expect(reply.status()).toBe(429);
    expect(Number(reply.headers()['retry-after'])).toBeGreaterThan(0);
    await expectRefused(page, 'too_many_requests');
    await expectHeading(page, 'Sign in');
    visitor.verify();
  } finally {
    await visitor.leave();
    await site.stop();
  }
});
