// Lighthouse, as its command line runs it for a phone, in a browser that is signed in or not.

import { chromium } from '@playwright/test';
import { rm } from 'node:fs/promises';
import lighthouse from 'lighthouse';
import { expectView, newPerson, signUp } from './app.js';
import { FLAGS, PROGRAM } from './chromium.js';
import { freePort, temporaryFolder } from './server.js';

/** The pages that are looked at: first what visitors see, then what somebody sees who has signed in. */
export const PAGES = [
  { path: '/sign-in', heading: 'Sign in', needsSession: false },
  { path: '/sign-up', heading: 'Create your account', needsSession: false },
  { path: '/account/manage-mfa', heading: 'Multi-factor authentication', needsSession: true },
  { path: '/account/manage-mfa/add', heading: 'Add an authenticator app', needsSession: true },
];

export class Inspector {
  /** Starts a browser that Lighthouse can reach, for the server at `url`. */
  static async start(url) {
    const inspector = new Inspector();
    inspector.url = url;
    inspector.port = await freePort();
    inspector.folder = await temporaryFolder();
    // Lighthouse opens its tab in the browser's own profile, so that is where somebody has to be signed in.
    inspector.context = await chromium.launchPersistentContext(inspector.folder, {
      executablePath: PROGRAM,
      args: [...FLAGS, `--remote-debugging-port=${inspector.port}`],
      baseURL: url,
      locale: 'en-GB',
    });
    return inspector;
  }

  /**
   * What Lighthouse says of a page of `PAGES`: the scores (0 to 1) of the categories, the measures of the load, and in
   * words whatever kept accessibility and best practices from a whole score. Fails if Lighthouse saw another page.
   */
  async look({ path, heading, needsSession }, categories = ['performance', 'accessibility', 'best-practices']) {
    if (needsSession) await this.#signUp();
    await this.#expect(path, heading);
    const run = () =>
      lighthouse(new URL(path, this.url).href, {
        port: this.port,
        output: 'json',
        logLevel: 'error',
        formFactor: 'mobile',
        onlyCategories: categories,
      });
    let result = await run();
    // Now and then the browser's own record of the load has no beginning, which says nothing of the page.
    if (result.lhr.runtimeError?.code === 'NO_NAVSTART') result = await run();
    // Who was signed in before and is afterwards was so while Lighthouse looked, which keeps cookies.
    await this.#expect(path, heading);
    return read(result.lhr, path);
  }

  async #signUp() {
    if (this.isSignedIn) return;
    const page = await this.context.newPage();
    await signUp(page, newPerson());
    await page.close();
    this.isSignedIn = true;
  }

  async #expect(path, heading) {
    const page = await this.context.newPage();
    await page.goto(path);
    await expectView(page, heading);
    await page.close();
  }

  async stop() {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function read({ runtimeError, finalDisplayedUrl, categories, audits, environment }, path) {
  if (runtimeError) throw new Error(`Lighthouse on ${path}: ${runtimeError.message}`);
  if (new URL(finalDisplayedUrl).pathname !== path) throw new Error(`Lighthouse saw ${finalDisplayedUrl}, not ${path}`);
  const marks = audits['user-timings']?.details?.items ?? [];
  return {
    performance: categories.performance?.score,
    accessibility: categories.accessibility.score,
    bestPractices: categories['best-practices'].score,
    largestPaint: audits['largest-contentful-paint']?.numericValue,
    shift: audits['cumulative-layout-shift']?.numericValue,
    bytes: audits['total-byte-weight']?.numericValue,
    // As it was on this machine: the phone is simulated, and marks are not.
    ready: marks.find(({ name }) => name === 'app-ready')?.startTime,
    // How quick Lighthouse found this machine to be. It warns below 1000 itself.
    machine: environment.benchmarkIndex,
    complaints: [categories.accessibility, categories['best-practices']].flatMap(({ auditRefs }) =>
      auditRefs
        .map(({ id, weight }) => ({ ...audits[id], weight }))
        .filter(({ weight, score }) => weight > 0 && score !== null && score < 1)
        .map(({ id, title }) => `${id}: ${title}`),
    ),
  };
}
