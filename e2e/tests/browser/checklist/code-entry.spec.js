// Entry of codes: lines 29 to 40 of the accessibility checklist.

import {
  USED_CODE,
  WRONG_CODE,
  button,
  codeField,
  expectRefused,
  expectView,
  field,
  openAddPage,
  send,
  signInWithPassword,
} from '../../../support/app.js';
import { codeAt, currentStep, timeInStep, wrongCode } from '../../../support/authenticator.js';
import { account, expect, newcomer, owner, test } from '../../../support/checklist.js';
import { bodiesOf } from '../../../support/requests.js';
import { stepUp } from '../../../support/step_up.js';

const VERIFICATION = '/v1/me/totp/attempt_verification';
const ATTEMPT = /^\/v1\/client\/sign_ins\/[^/]+\/attempt_second_factor$/;

/** The three places that ask for a code of the authenticator app, each with the element that the form is in. */
const PLACES = [
  ['the verify step', async (page, server) => {
    await openVerify(page, server);
    return page.getByRole('main');
  }],
  ['signing in', async (page, server) => {
    await openSecondStage(page, await account(server));
    return page.getByRole('main');
  }],
  ['the step-up', async (page, server, watch) => {
    const person = await owner(page, server);
    await page.goto('/account/manage-mfa');
    server.makeStale(person);
    await button(page, 'Remove authenticator app').click();
    watch.refusal(403);
    await button(page.getByRole('dialog'), 'Remove').click();
    await expect(stepUp(page)).toBeVisible();
    return stepUp(page);
  }],
];

async function openVerify(page, server) {
  await newcomer(page, server);
  await page.goto('/account/manage-mfa');
  const key = await openAddPage(page);
  await button(page, 'Verify').click();
  await expectView(page, 'Verify your authenticator app');
  return key;
}

async function openSecondStage(page, person) {
  await signInWithPassword(page, person);
  await expectView(page, 'Enter your code');
}

/** The part of the input that is selected. */
function selected(input) {
  return input.evaluate((element) => element.value.slice(element.selectionStart, element.selectionEnd));
}

test.describe('Code entry', () => {
  test('29 there is one text input, which every browser and every password manager can fill', async ({ page, server, watch }) => {
    for (const [name, open] of PLACES) {
      const place = await open(page, server, watch);
      const input = codeField(place);
      await expect(place.locator('input:visible'), name).toHaveCount(1);
      await expect(input).toHaveAttribute('type', 'text');
      await expect(input).toHaveAttribute('inputmode', 'numeric');
      await expect(input).toHaveAttribute('autocomplete', 'one-time-code');
      await expect(input).toHaveAttribute('spellcheck', 'false');
      await expect(input).toHaveAttribute('autocapitalize', 'none');
      expect(await input.evaluate(({ maxLength }) => maxLength === -1 || maxLength >= 9), `${name}: room for "123 456"`).toBe(true);
      await page.context().clearCookies();
    }
  });

  test('30 a code that is pasted in any of its spellings is sent as six digits', async ({ page, server, watch }) => {
    const key = await openVerify(page, server);
    const sent = bodiesOf(page, VERIFICATION);
    const paste = async (text) => {
      await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
      await codeField(page).focus();
      await page.keyboard.press('Control+V');
      await page.keyboard.press('Enter');
    };
    const wrong = wrongCode(key);
    const spellings = (code) => [
      code,
      `${code.slice(0, 3)} ${code.slice(3)}`,
      ` ${code.slice(0, 3)}-${code.slice(3)}\n`,
      code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
    ];
    for (const [at, spelling] of spellings(wrong).entries()) {
      watch.refusal(422);
      await paste(spelling);
      await expect.poll(() => sent.length, JSON.stringify(spelling)).toBe(at + 1);
      expect(sent[at]).toEqual({ code: wrong });
      // What was wrong is selected, so the next one takes its place.
      await expect(button(page, 'Verify code')).not.toHaveAttribute('aria-disabled');
      await expect.poll(() => selected(codeField(page))).not.toBe('');
    }
    const right = codeAt(key, currentStep());
    await paste(spellings(right)[2]);
    await expectView(page, 'Backup codes');
    expect(sent.at(-1)).toEqual({ code: right });
  });

  test('31 nothing blocks pasting, dropping or the context menu', async ({ page, server, watch }) => {
    const prevented = (input) =>
      input.evaluate((element) =>
        ['paste', 'drop', 'contextmenu', 'copy', 'cut'].filter(
          (name) => !element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true })),
        ),
      );
    for (const [name, open] of PLACES) {
      const place = await open(page, server, watch);
      expect(await prevented(codeField(place)), name).toEqual([]);
      await page.context().clearCookies();
    }
    for (const path of ['/sign-in', '/sign-up']) {
      await page.goto(path);
      for (const label of ['Email address', 'Password']) expect(await prevented(field(page, label)), label).toEqual([]);
    }
  });

  test('32 a code that begins with a zero reaches the server whole', async ({ page, server, watch }) => {
    const wrong = wrongCode(await openVerify(page, server));
    expect(wrong).toMatch(/^00000\d$/);
    const sent = bodiesOf(page, VERIFICATION);
    watch.refusal(422);
    await codeField(page).pressSequentially(wrong);
    await page.keyboard.press('Enter');
    await expectRefused(page, codeField(page), WRONG_CODE);
    expect(sent).toEqual([{ code: wrong }]);
    await expect(codeField(page)).toHaveValue(wrong);
  });

  test('33 a code that the browser fills in is taken', async ({ page, server }) => {
    const key = await openVerify(page, server);
    const code = codeAt(key, currentStep());
    const keys = await codeField(page).evaluateHandle((input) => {
      const seen = [];
      input.addEventListener('keydown', ({ key: name }) => seen.push(name));
      return seen;
    });
    await codeField(page).fill(code);
    expect(await keys.jsonValue(), 'filled in without a key').toEqual([]);
    await codeField(page).press('Enter');
    await expectView(page, 'Backup codes');
  });

  test('34 six digits alone send nothing', async ({ page, server }) => {
    const key = await openVerify(page, server);
    const sent = [];
    page.on('request', (request) => sent.push(request.url()));
    await page.clock.install();
    await codeField(page).pressSequentially(codeAt(key, currentStep()));
    await page.clock.runFor(5_000);
    await page.keyboard.press('Tab');
    await page.clock.runFor(5_000);
    expect(sent).toEqual([]);
    await button(page, 'Verify code').click();
    await expectView(page, 'Backup codes');
  });

  test('35 a wrong code stays, selected and with the focus, and is told once', async ({ page, server, watch }) => {
    for (const [name, open] of PLACES) {
      const place = await open(page, server, watch);
      const input = codeField(place);
      watch.refusal(422);
      await input.fill('000000');
      await place.getByRole('button', { name: name === 'the verify step' ? 'Verify code' : 'Continue', exact: true }).click();
      await expectRefused(page, input, WRONG_CODE);
      await expect(input).toHaveValue('000000');
      await expect(input).toBeFocused();
      expect(await selected(input), name).toBe('000000');
      await expect(page.getByText(WRONG_CODE)).toHaveCount(1);
      await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(1);
      await page.context().clearCookies();
    }
  });

  test('36 the second wrong code brings the time of the server, and the right one takes it away', async ({ page, server, watch }) => {
    const key = await openVerify(page, server);
    const hint = page.getByText(/Authenticator codes depend on the time\. Our time is \d\d:\d\d:\d\d UTC; check that your device's clock is automatic\./);
    watch.refusal(422, 2);
    await send(page, codeField(page), wrongCode(key), 'Verify code');
    await expectRefused(page, codeField(page), WRONG_CODE);
    await expect(page.getByText('Authenticator codes depend on the time.')).toHaveCount(0);
    const reply = page.waitForResponse(`**${VERIFICATION}`);
    await button(page, 'Verify code').click();
    await expect(hint).toBeVisible();
    const { date } = (await reply).headers();
    await expect(hint).toContainText(`Our time is ${date.match(/\d\d:\d\d:\d\d/)[0]} UTC`);
    await expect(codeField(page)).toHaveAccessibleDescription(/Our time is/);
    await send(page, codeField(page), codeAt(key, currentStep()), 'Verify code');
    await expectView(page, 'Backup codes');
    await expect(page.getByText('Authenticator codes depend on the time.')).toHaveCount(0);
  });

  test('37 the two kinds of code lead to each other, with heading, focus and title', async ({ page, server }) => {
    await openSecondStage(page, await account(server));
    const heading = page.getByRole('heading', { level: 1 });
    for (const [name, title, label] of [
      ['Use a backup code', 'Enter a backup code', 'Backup code'],
      ['Use your authenticator app', 'Enter your code', 'Enter the code from your authenticator app'],
      ['Use a backup code', 'Enter a backup code', 'Backup code'],
    ]) {
      await button(page, name).click();
      await expectView(page, title);
      await expect(heading).toBeFocused();
      await expect(page.getByRole('main').getByRole('textbox')).toHaveCount(1);
      await expect(field(page, label)).toBeVisible();
    }
    const input = field(page, 'Backup code');
    await expect(input).toHaveAttribute('inputmode', 'text');
    await expect(input).toHaveAttribute('autocomplete', 'off');
    await expect(input).toHaveAttribute('autocapitalize', 'none');
  });

  test('38 a backup code is taken in lower case, with its hyphen and without, and one fewer is left', async ({ page, server }) => {
    const person = await account(server);
    for (const [code, left] of [
      [person.codes[0].toLowerCase(), 9],
      [person.codes[1].toLowerCase().replace('-', ''), 8],
      [` ${person.codes[2].toUpperCase().replace('-', ' ')} `, 7],
    ]) {
      await openSecondStage(page, person);
      await button(page, 'Use a backup code').click();
      await expectView(page, 'Enter a backup code');
      await send(page, field(page, 'Backup code'), code, 'Continue');
      await expectView(page, 'Multi-factor authentication');
      await expect(page.getByText(`${left} of 10 codes left`)).toBeVisible();
      await page.context().clearCookies();
    }
  });

  test('39 codes of another program are taken one step to either side, once, and no further', async ({ page, server, watch }) => {
    const enter = async (key, step, submit) => {
      // Whatever is sent arrives in the step in which it was reckoned.
      await timeInStep(3);
      await send(page, codeField(page), codeAt(key, currentStep() + step), submit);
    };
    const key = await openVerify(page, server);
    for (const step of [-3, 3]) {
      watch.refusal(422);
      await enter(key, step, 'Verify code');
      await expectRefused(page, codeField(page), WRONG_CODE);
    }
    await enter(key, -1, 'Verify code');
    await expectView(page, 'Backup codes');
    await page.getByLabel('I have saved these codes').check();
    await page.context().clearCookies();

    const person = await account(server);
    const sent = bodiesOf(page, ATTEMPT);
    await openSecondStage(page, person);
    for (const step of [-3, 3]) {
      watch.refusal(422);
      await enter(person.secret, step, 'Continue');
      await expectRefused(page, codeField(page), WRONG_CODE);
    }
    await enter(person.secret, 0, 'Continue');
    await expectView(page, 'Multi-factor authentication');
    await page.context().clearCookies();

    await openSecondStage(page, person);
    watch.refusal(422);
    await send(page, codeField(page), sent.at(-1).code, 'Continue');
    await expectRefused(page, codeField(page), USED_CODE);
    await enter(person.secret, 1, 'Continue');
    await expectView(page, 'Multi-factor authentication');
  });

  test('40 no time runs out in words, however long somebody takes', async ({ page, server, watch }) => {
    await page.clock.install();
    for (const [name, open] of PLACES) {
      const place = await open(page, server, watch);
      await expect(page.getByRole('timer')).toHaveCount(0);
      const changes = await page.evaluateHandle(() => {
        const seen = [];
        new MutationObserver((records) => seen.push(...records.map(({ target }) => target.textContent))).observe(document.body, {
          subtree: true,
          childList: true,
          characterData: true,
        });
        return seen;
      });
      await page.clock.runFor(120_000);
      expect(await changes.jsonValue(), `${name}: nothing changes by itself`).toEqual([]);
      await expect(place).not.toContainText(/\d+ (second|minute)s? (left|remaining)|expires/);
      await page.context().clearCookies();
    }
  });
});
