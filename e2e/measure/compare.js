// Measures our app beside the guide's pages made of React and clerk-js: from an empty cache to the sign-in page, and from
// the click on Add to the QR code. Both are files behind the same small web server and the same Twofold, in the same
// browser, in turns; what is printed are the medians.
//
// Usage: node measure/compare.js [RUNS]

import { chromium } from '@playwright/test';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { button, expectView, field, link, newPerson, signUp as signUpInOurs } from '../support/app.js';
import { FLAGS, PROGRAM } from '../support/chromium.js';
import { expectHeading, signUp as signUpInClerks } from '../support/clerk-app.js';
import { Server, freePort } from '../support/server.js';
import { Front } from './front.js';
import { kilobytes, median, milliseconds, printTable } from './numbers.js';

/** How much slower than here the page's own thread runs. What the browser does on other threads is not slowed. */
const SLOWER = 4;

/** Lighthouse's slow 4G as the developer tools apply it to each request: 150 ms and 1.6 Mbit/s. */
const SLOW_4G = {
  offline: false,
  latency: 150 * 3.75,
  downloadThroughput: ((1.6 * 1024 * 1024) / 8) * 0.9,
  uploadThroughput: ((750 * 1024) / 8) * 0.9,
};
const NETWORKS = [
  ['no delay on the network', null],
  ['slow 4G', SLOW_4G],
];

const APPS = [
  {
    name: 'Twofold',
    signUp: signUpInOurs,
    isSignedIn: (page) => expectView(page, 'Multi-factor authentication'),
    add: (page) => link(page, 'Add authenticator app'),
  },
  {
    name: 'React, clerk-js',
    folder: fileURLToPath(new URL('../artefacts/clerk/', import.meta.url)),
    signUp: signUpInClerks,
    isSignedIn: (page) => expectHeading(page, 'User MFA Settings'),
    add: (page) => link(page, 'Add'),
  },
];

const MEASURES = [
  ['sign-in: first paint', 'paint', milliseconds],
  ['sign-in: app-ready', 'ready', milliseconds],
  ['sign-in: work of the page', 'work', milliseconds],
  ['sign-in: transferred', 'bytes', kilobytes],
  ['click on Add to the QR code', 'code', milliseconds],
  ['up to there: transferred', 'allBytes', kilobytes],
];

const runs = Number(process.argv[2] ?? 7);

async function open(app) {
  const port = await freePort();
  app.url = `http://localhost:${port}`;
  // These people sign in more often than people do.
  app.server = await Server.start({ TWOFOLD_PUBLIC_URL: app.url, TWOFOLD_RATE_LIMITS: 'off' });
  app.front = await Front.start(port, app.server.url, app.folder);
}

async function close({ front, server }) {
  await front?.stop();
  await server?.stop();
}

/** A person of each app, who signs in anew in each run. */
async function enlist(browser, app) {
  app.person = newPerson();
  const context = await browser.newContext({ baseURL: app.url, locale: 'en-GB' });
  await app.signUp(await context.newPage(), app.person);
  await context.close();
}

async function measure(browser, app, network) {
  // A context of its own: nothing is cached, neither files nor what was compiled of them.
  const context = await browser.newContext({ baseURL: app.url, locale: 'en-GB' });
  const page = await context.newPage();
  const requests = new Requests(page);
  await page.addInitScript(noteWhenTheCodeIsDrawn);
  const tools = await context.newCDPSession(page);
  let bytes = 0;
  tools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await tools.send('Network.enable');
  await tools.send('Performance.enable');
  await tools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  if (network) await tools.send('Network.emulateNetworkConditions', network);

  await page.goto('/sign-in');
  await field(page, 'Password').waitFor();
  const { paint, ready } = await page.evaluate(async () => {
    const [mark] = performance.getEntriesByName('app-ready');
    const [painted] = performance.getEntriesByName('first-paint');
    return { ready: mark.startTime, paint: painted.startTime };
  });
  const { metrics } = await tools.send('Performance.getMetrics');
  const work = metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  const seen = { paint, ready, work, bytes };

  await field(page, 'Email address').fill(app.person.email);
  await field(page, 'Password').fill(app.person.password);
  await button(page, 'Sign in').click();
  await app.isSignedIn(page);
  // People read before they click: by then the page has all that it asks for.
  await requests.quiet();
  await app.add(page).click();
  await page.waitForFunction(() => window.codeDrawnAfter !== undefined);
  seen.code = await page.evaluate(() => window.codeDrawnAfter);
  seen.allBytes = bytes;
  await context.close();
  return seen;
}

/** How many requests of a page are on their way. */
class Requests {
  #open = 0;

  constructor(page) {
    this.page = page;
    page.on('request', () => (this.#open += 1));
    page.on('requestfinished', () => (this.#open -= 1));
    page.on('requestfailed', () => (this.#open -= 1));
  }

  /** Waits until there was none for half a second. */
  async quiet() {
    for (let still = 0; still < 5; still = this.#open ? 0 : still + 1) {
      await this.page.waitForTimeout(100);
    }
  }
}

/** Runs in the page: from the last click, as the browser dates it, to the frame after the code stands in the document. */
function noteWhenTheCodeIsDrawn() {
  let clicked;
  addEventListener('click', (event) => { clicked = event.timeStamp; }, { capture: true });
  const observer = new MutationObserver(() => {
    if (!document.querySelector('svg[role=img] path')) return;
    observer.disconnect();
    // A frame has been drawn when what it asked for afterwards comes.
    requestAnimationFrame(() => setTimeout(() => { window.codeDrawnAfter = performance.now() - clicked; }));
  });
  observer.observe(document, { childList: true, subtree: true });
}

function print(title, seen) {
  const [ours, theirs] = seen;
  console.log(`\n${title}`);
  printTable([
    ['', APPS[0].name, APPS[1].name, 'ratio'],
    ...MEASURES.map(([words, name, unit]) => {
      const [one, other] = [ours, theirs].map((runs) => median(runs.map((run) => run[name])));
      return [words, unit(one), unit(other), (one / other).toFixed(2)];
    }),
  ]);
}

let browser;
try {
  browser = await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
  for (const app of APPS) {
    await open(app);
    await enlist(browser, app);
  }
  for (const [words, network] of NETWORKS) {
    console.log(`    ${words}`);
    const seen = APPS.map(() => []);
    for (let run = 0; run < runs; run += 1) {
      // Who comes second finds a warmer machine, so they take turns in that, too.
      const order = run % 2 ? [1, 0] : [0, 1];
      for (const which of order) seen[which].push(await measure(browser, APPS[which], network));
    }
    print(`With ${words}, a processor ${SLOWER} times slower than this one, and an empty cache: medians of ${runs} runs`, seen);
  }
} finally {
  await browser?.close();
  for (const app of APPS) await close(app);
}
