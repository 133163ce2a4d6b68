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
      const many = await engine.tile(X, 600_000);
      const bayes = await engine.fit({ estimator: 'GaussianNB' }, X, y);
      const works: Record<string, (begun: () => void) => Promise<unknown>> = {
        fit: (onProgress) => engine.fit({ ...forest, params: { n_estimators: 20_000 } }, X, y, { onProgress }),
        search: (onProgress) =>
          engine.gridSearchCV({ ...forest, params: {}, param_grid: { n_estimators: [10_000] } }, X, y, { onProgress }),
        'fit apart': (onProgress) =>
          engine.fit(
            { estimator: 'RandomForestClassifier', backend: 'smartcore', params: { n_estimators: 20_000 } },
            X,
            y,
            { onProgress },
          ),
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
    url.includes('runner.html') ? new URL('.', url).href : SITE,
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
const NAMES = { coordinator: 'a coordinator', thread: 'a thread', isolated: 'an isolated worker' };

/** What the protocol tells of where it has stopped. */
interface Paused {
  callFrames: { scopeChain: { type: string }[] }[];
}

/** One of them that is at work: stopped in the middle of it, where it hears nothing but the protocol. */
async function stopped(victim: Victim, which: 'first' | 'last' = 'first'): Promise<CDPSession> {
  const them = async () => (await realms()).filter(({ url }) => VICTIMS[victim].test(url));
  await expect.poll(async () => (await them()).length, { timeout: 10_000 }).toBeGreaterThan(0);
  const { session } = (await them()).at(which === 'first' ? 0 : -1) as Realm;
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
  // Nobody may be there any more to answer.
  session.send('Runtime.terminateExecution').catch(() => {});
}

/** What the open call says, and how long after now. */
async function words(): Promise<{ code: string; message: string; after_ms: number }> {
  const now = await page.evaluate(() => performance.now());
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error('the call is open for ever')), 15_000),
  );
  const { at, ...told } = await Promise.race([page.evaluate(() => window.opened), late]);
  return { ...told, after_ms: at - now };
}

/** Chromium lets what was busy when it was ended compute for up to four seconds more. */
const nothingLeft = () =>
  expect.poll(async () => (await realms()).slice(1).map(({ url }) => url), { timeout: 15_000 }).toEqual([]);

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
  test(`${NAMES[victim]} killed in “${work}”, ${JSON.stringify(options)}`, {
    // Pools within workers, more threads than cores: what was busy ends late where others compute.
    tag: work === 'predict within' ? '@alone' : [],
  }, async () => {
    await engine(HERE, options);
    await page.evaluate((work) => window.begin(work), work);
    await kill(await stopped(victim, work === 'predict within' ? 'last' : 'first'));
    const { code, message, after_ms } = await words();
    const alone = victim === 'isolated' || work === 'predict within';
    expect(`${code}: ${message}`).toMatch(/^worker_failed: /);
    expect(message).toMatch(alone ? WORKER_GONE : ENGINE_GONE);
    expect(after_ms).toBeLessThan(WORDS_MS);
    const next = await page.evaluate(() => window.goOn());
    expect(next).toEqual({ stale: alone ? 'done' : 'worker_failed', n_labels: 500 });
    await nothingLeft();
  });

/** In each worker, before anything else: what `due` holds is done in the middle of what it computes, where it looks at the clock. */
const armed = (build: string) => `
  const exactly = performance.now.bind(performance);
  performance.now = () => {
    const { due } = globalThis;
    globalThis.due = undefined;
    due?.();
    return exactly();
  };
  import(new URL('/wasm/${build}/breakeven.js', location.href)).then((glue) => { globalThis.glue = glue; });`;

/** What goes wrong in the instance, by its own functions. */
const FAULTS = {
  // A list that grows while it is copied: an assertion of Rust's.
  panic: ['let n = 3; new glue.Matrix({ get length() { return ++n; } }, 2, 2)', /panicked at .*assertion/s],
  // An alignment that there is not: Rust aborts, without a word.
  trap: ['glue.initSync().__wbindgen_malloc(16, 3)', /unreachable/],
} as const;

for (const [fault, victim, work, tier] of [
  ['panic', 'coordinator', 'predict serial', 'threads'],
  ['panic', 'coordinator', 'search', 'workers'],
  ['panic', 'thread', 'predict threads', 'threads'],
  ['panic', 'thread', 'fit', 'threads'],
  ['panic', 'isolated', 'predict workers', 'workers'],
  ['trap', 'coordinator', 'fit', 'workers'],
  ['trap', 'coordinator', 'predict threads', 'threads'],
  ['trap', 'thread', 'predict threads', 'threads'],
  ['trap', 'thread', 'search', 'threads'],
  ['trap', 'isolated', 'fit apart', 'threads'],
] as const)
  test(`a ${fault} of ${NAMES[victim]} in “${work}”, ${tier}`, async () => {
    const host = await inWorkers(armed(tier === 'threads' ? 'threads' : 'single'));
    hosts.push(host);
    await engine(`${host.url}runner.html`, { tier });
    await page.evaluate((work) => window.begin(work), work);
    const session = await stopped(victim);
    const [expression, reason] = FAULTS[fault];
    await session.send('Runtime.evaluate', { expression: `globalThis.due = () => { ${expression}; }` });
    await session.send('Debugger.resume');
    const { code, message, after_ms } = await words();
    const alone = victim === 'isolated';
    expect(`${code}: ${message}`).toMatch(/^worker_failed: /);
    expect(message).toMatch(reason);
    expect(message).toMatch(alone ? /^An isolated worker stopped unexpectedly/ : /^The engine stopped unexpectedly/);
    expect(message).toMatch(/The next call starts (a fresh one|another)\.$/);
    expect(after_ms).toBeLessThan(WORDS_MS);
    const next = await page.evaluate(() => window.goOn());
    expect(next).toEqual({ stale: alone ? 'done' : 'worker_failed', n_labels: 500 });
    await nothingLeft();
  });

test('engines whose thread panics, one after the other, leave nothing', async () => {
  // Each thread that looks at the clock for the fortieth time, in the middle of a fit.
  const host = await inWorkers(`${armed('threads')}
    if (self.name === 'breakeven-thread') {
      let looks = 0;
      Object.defineProperty(globalThis, 'due', { get: () => (++looks === 40 ? () => { ${FAULTS.panic[0]} } : undefined), set() {} });
    }`);
  hosts.push(host);
  await page.goto(`${host.url}runner.html`);
  const codes = await page.evaluate(async () => {
    const { load } = (await import(new URL('breakeven.js', document.baseURI).href)) as Api;
    const codes: string[] = [];
    for (let times = 0; times < 12; times++) {
      const engine = await load({ n_threads: 2 });
      const { X, y } = await engine.makeClassification({ n_samples: 2000, n_features: 10, random_state: 0 });
      const spec = { estimator: 'RandomForestClassifier', params: { n_estimators: 5000 } } as const;
      codes.push(
        await engine.fit(spec, X, y).then(
          () => 'done',
          ({ code }) => code,
        ),
      );
      await engine.dispose();
    }
    return codes;
  });
  expect(codes).toEqual(Array(12).fill('worker_failed'));
  await nothingLeft();
});

for (const [victim, work] of [
  ['coordinator', 'predict threads'],
  ['thread', 'fit'],
  ['isolated', 'predict workers'],
] as const)
  test(`${NAMES[victim]} of the engine’s frame killed in “${work}”`, async () => {
    const host = await blog('<p>A blog.');
    hosts.push(host);
    await engine(host.url, {});
    expect(await page.evaluate(() => [window.engine.environment.in_frame, window.engine.environment.tier])).toEqual([
      true,
      'threads',
    ]);
    await page.evaluate((work) => window.begin(work), work);
    await kill(await stopped(victim));
    const { code, message, after_ms } = await words();
    expect(code).toBe('worker_failed');
    expect(message).toMatch(victim === 'isolated' ? WORKER_GONE : ENGINE_GONE);
    expect(after_ms).toBeLessThan(WORDS_MS);
    const stale = victim === 'isolated' ? 'done' : 'worker_failed';
    expect(await page.evaluate(() => window.goOn())).toEqual({ stale, n_labels: 500 });
    await nothingLeft();
  });

test('another start of the engine killed while it measures: the measurement goes on in the first', {
  tag: '@alone',
}, async () => {
  await engine(HERE, {});
  await page.evaluate(async () => {
    const { engine } = window;
    const { X, y } = await engine.makeClassification({ n_samples: 5000, n_features: 10, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const spec = { model, X, strategies: ['serial', 'threads'] as const, batch_sizes: [10, 5000], max_bisections: 0 };
    const measured = engine.measure({ ...spec, strategies: [...spec.strategies], total_ms: 10_000, precision: 1.0001 });
    window.opened = measured.then(
      ({ points, n_loads }) => ({
        code: `${points.length} points`,
        message: `${n_loads} starts`,
        at: performance.now(),
      }),
      ({ code, message }) => ({ code, message, at: performance.now() }),
    );
  });
  const coordinators = async () => (await realms()).filter(({ url }) => VICTIMS.coordinator.test(url));
  await expect.poll(async () => (await coordinators()).length, { timeout: 10_000, intervals: [10] }).toBe(2);
  // It lives for a second: nobody waits here for what it may answer no more.
  const { session } = (await coordinators()).at(-1) as Realm;
  session.send('Runtime.evaluate', { expression: 'self.close()' }).catch(() => {});
  session.send('Runtime.terminateExecution').catch(() => {});
  const { code, message } = await words();
  expect(`${code} in ${message}`).toBe('4 points in 1 starts');
  expect(await page.evaluate(() => window.goOn())).toEqual({ stale: 'done', n_labels: 500 });
});

/** What the page shows by this name. */
const shown = (id: string) =>
  page.evaluate(
    (id) =>
      document.querySelector('breakeven-lab')?.shadowRoot?.querySelector(`[data-testid=${id}]`)?.textContent?.trim() ??
      '',
    id,
  );
const run = () => page.evaluate(() => document.querySelector('breakeven-lab')?.run());

for (const [where, hash, victim] of [
  ['trains', 'classifiers=RF&data.n_samples=100000', 'coordinator'],
  ['trains', 'classifiers=RF&data.n_samples=100000', 'thread'],
  ['predicts', 'classifiers=RF&data.n_samples=1000&inference.n_samples=10000000', 'coordinator'],
] as const)
  test(`${NAMES[victim]} killed while the page ${where}: it says so, and runs again`, async () => {
    await page.goto(`${SITE}#${hash}`);
    await page.waitForFunction(() => customElements.get('breakeven-lab'));
    const open = run();
    await expect
      .poll(() => shown('status'), { timeout: 30_000, intervals: [20] })
      .toMatch(where === 'trains' ? /^Training/ : /^Predicting directly/);
    await kill(await stopped(victim));
    await open;
    expect(await shown('error')).toMatch(/The engine ended unexpectedly/);
    expect(await page.evaluate(() => document.querySelector('breakeven-lab')?.state)).toBe('failed');
    await page.evaluate(
      (hash) => {
        location.hash = hash;
      },
      TINY.replace('NB,RF', 'NB'),
    );
    await run();
    expect(await shown('error')).toBe('');
    expectSense(await page.evaluate(() => document.querySelector('breakeven-lab')?.report ?? null));
  });
