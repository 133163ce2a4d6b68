/**
 * Workers that end in the middle of their work: the coordinator, a thread of the pool, an isolated worker. Each is
 * stopped where it computes, by the debugging protocol, and then ends as one does that the browser takes away; or it
 * panics, or traps. Whatever it was, the open call says so soon, and the next one works.
 */
import { expect, test } from '@playwright/test';
import puppeteer, { type Browser, type CDPSession, type Page } from 'puppeteer-core';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { type Realm, realmsOf } from '../../scripts/realms.mjs';
import { inWorkers } from './everywhere.js';
import { blog, type Host, SITE } from './hosts.js';
import { TINY } from './run.js';
import { expectSense } from './sense.js';

type Api = typeof import('../../www/breakeven.js');
type Engine = Awaited<ReturnType<Api['load']>>;
declare global {
  interface Window {
    api: Api;
    engine: Engine;
    /** Starts what is asked for; resolves when it is under way. */
    begin(work: string): Promise<void>;
    /** What becomes of it: a value's word or an error's, and when. */
    opened: Promise<{ code: string; message: string; at: number }>;
    /** What the next calls come to, on the same data as before. */
    goOn(): Promise<{ stale: string; n_labels: number }>;
  }
}

test.describe.configure({ timeout: 90_000 });

/** As the issue has it: from the worker's end to the words of its call. */
const WORDS_MS = 5000;

let browser: Browser;
let page: Page;
let realms: () => Promise<Realm[]>;
const hosts: Host[] = [];
test.beforeAll(async () => {
  browser = await puppeteer.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS });
});
test.afterAll(() => browser.close());
test.beforeEach(async () => {
  page = await browser.newPage();
  realms = await realmsOf(page);
});
test.afterEach(async () => {
  await page.close();
  for (const host of hosts.splice(0)) host.close();
});

/** Loads an engine and makes what is to be predicted and trained. */
async function engine(url: string, options: object) {
  await page.goto(url);
  await page.evaluate(
    async (site, options) => {
      window.api = (await import(`${site}breakeven.js`)) as Api;
      const engine = await window.api.load({ n_threads: 2, ...options });
      window.engine = engine;
      const { X, y } = await engine.makeClassification({ n_samples: 2000, n_features: 10, random_state: 0 });
      const forest = { estimator: 'RandomForestClassifier', params: { n_estimators: 300, random_state: 0 } } as const;
      const model = await engine.fit(forest, X, y);
      const many = await engine.tile(X, 1_000_000);
      const bayes = await engine.fit({ estimator: 'GaussianNB' }, X, y);
      const works: Record<string, (begun: () => void) => Promise<unknown>> = {
        fit: (onProgress) =>
          engine.fit({ ...forest, params: { n_estimators: 20_000 } }, X, y, { onProgress }),
        search: (onProgress) =>
          engine.gridSearchCV({ ...forest, params: {}, param_grid: { n_estimators: [10_000] } }, X, y, { onProgress }),
        'fit apart': (onProgress) =>
          engine.fit({ estimator: 'RandomForestClassifier', backend: 'smartcore', params: { n_estimators: 20_000 } }, X, y, { onProgress }),
        'predict within': (onProgress) =>
          engine.predict(model, many, { strategy: 'workers', threads_per_worker: 2, onProgress }),
      };
      for (const strategy of ['serial', 'threads', 'workers'] as const)
        works[`predict ${strategy}`] = (onProgress) => engine.predict(model, many, { strategy, onProgress });
      const told = (work: Promise<unknown>) =>
        work.then(
          () => ({ code: 'done', message: '', at: performance.now() }),
          ({ code, message }) => ({ code, message, at: performance.now() }),
        );
      window.begin = (work) =>
        new Promise((begun) => {
          window.opened = told((works[work] as (typeof works)[string])(begun));
        });
      window.goOn = async () => {
        const stale = (await told(bayes.score(X, y))).code;
        const fresh = await engine.makeClassification({ n_samples: 500, n_features: 4, random_state: 0 });
        const again = await engine.fit({ estimator: 'GaussianNB' }, fresh.X, fresh.y);
        const labels: number[] = [];
        const { tier } = engine.environment;
        for (const strategy of ['auto', tier === 'serial' ? 'async' : 'workers'] as const)
          labels.push((await engine.predict(again, fresh.X, { strategy })).y.length);
        await engine.dispose();
        return { stale, n_labels: Math.min(...labels) };
      };
    },
    url.startsWith(SITE) || url.includes('runner.html') ? new URL('.', url).href : SITE,
    options,
  );
}

/** By the files that they run. */
const VICTIMS = {
  coordinator: /coordinator\.worker\.js/,
  thread: /wasm\/threads\/breakeven\.js/,
  isolated: /isolated\.worker\.js/,
};
type Victim = keyof typeof VICTIMS;

/** What the protocol tells of where it has stopped. */
interface Paused {
  callFrames: { scopeChain: { type: string }[] }[];
}

/** One of them that is at work: stopped in the middle of it, where it hears nothing but the protocol. */
async function stopped(victim: Victim): Promise<CDPSession> {
  const them = async () => (await realms()).filter(({ url }) => VICTIMS[victim].test(url));
  await expect.poll(async () => (await them()).length, { timeout: 10_000 }).toBeGreaterThan(0);
  const { session } = (await them()).at(-1) as Realm;
  await session.send('Debugger.enable');
  for (;;) {
    const paused = new Promise<Paused>((resolve) => session.once('Debugger.paused', resolve));
    await session.send('Debugger.pause');
    const { callFrames } = await paused;
    if (callFrames.some(({ scopeChain }) => scopeChain.some(({ type }) => type === 'wasm-expression-stack'))) break;
    // Between two steps of its work: again.
    await session.send('Debugger.resume');
  }
  return session;
}

/** Ends a stopped worker there: it is told to close, and what it runs is not gone on with. */
async function kill(session: CDPSession) {
  await session.send('Runtime.evaluate', { expression: 'self.close()' });
  // Nobody is there any more to answer.
  await session.send('Runtime.terminateExecution').catch(() => {});
}

/** What the open call says, and how long after now. */
async function words(): Promise<{ code: string; message: string; after_ms: number }> {
  const now = await page.evaluate(() => performance.now());
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('the call is open for ever')), 15_000));
  const { at, ...told } = await Promise.race([page.evaluate(() => window.opened), late]);
  return { ...told, after_ms: at - now };
}

const ENGINE_GONE = /^The engine ended unexpectedly.* The next call starts a fresh one\.$/;
const WORKER_GONE = /^An isolated worker ended unexpectedly\. The next call starts another\.$/;
const HERE = `${SITE}runner.html`;

for (const [victim, work, options] of [
  ['coordinator', 'predict serial', {}],
  ['coordinator', 'predict threads', {}],
  ['coordinator', 'predict serial', { tier: 'workers' }],
  ['coordinator', 'predict serial', { tier: 'serial' }],
  ['coordinator', 'fit', {}],
  ['coordinator', 'search', { tier: 'workers' }],
  ['thread', 'predict threads', {}],
  ['thread', 'fit', {}],
  ['thread', 'search', {}],
  ['isolated', 'predict workers', {}],
  ['isolated', 'predict workers', { tier: 'workers' }],
  ['isolated', 'fit apart', {}],
  ['thread', 'predict within', {}],
] as const)
  test(`${victim} killed in “${work}”, ${JSON.stringify(options)}`, async () => {
    await engine(HERE, options);
    await page.evaluate((work) => window.begin(work), work);
    await kill(await stopped(victim));
    const { code, message, after_ms } = await words();
    const alone = victim === 'isolated' || work === 'predict within';
    expect(`${code}: ${message}`).toMatch(/^worker_failed: /);
    expect(message).toMatch(alone ? WORKER_GONE : ENGINE_GONE);
    expect(after_ms).toBeLessThan(WORDS_MS);
    const next = await page.evaluate(() => window.goOn());
    expect(next).toEqual({ stale: alone ? 'done' : 'worker_failed', n_labels: 500 });
    await expect.poll(async () => (await realms()).length, { timeout: 10_000 }).toBe(1);
  });
