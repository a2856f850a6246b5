import { newPerson } from '../../support/app.js';
import { addTotp, button, expectHeading, expectRefused, expectUser, signInWithPassword, signUp } from '../../support/clerk-app.js';
import { Visitor, test } from '../../support/site.js';

test('adding a factor ends the sessions of other browsers, which sign out by themselves', async ({ browser, site, visitor }) => {
  const person = newPerson();
  await signUp(visitor.page, person);
  const other = await Visitor.arrive(browser, site);
  await signInWithPassword(other.page, person);
  await expectHeading(other.page, 'User MFA Settings');

  await addTotp(visitor.page);
  await expectUser(visitor.page, { 'signed-in': true });
  other.watch.refusal(401);
  await button(other.page, 'Reload user').click();
  await expectUser(other.page, { 'signed-in': false });
  await expectRefused(other.page, 'signed_out');
  other.verify();
  await other.leave();
});
