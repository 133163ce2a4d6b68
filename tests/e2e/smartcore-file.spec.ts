/**
 * smartcore is a file of its own: fetched when somebody asks for that backend, once, and never else. Where it does not come,
 * or is another one, or ends, that is an error with a code, all else goes on, and the next call tries again.
 */
import { expect, type Page, test } from '@playwright/test';
import { ISOLATED, smartcoreIs, smartcoreWithin } from './everywhere.js';
import { type Altered, DIST, type Host, slowHost, staticHost } from './hosts.js';
import { ready, run, TINY } from './run.js';

type Api = typeof import('../../www/breakeven.js');
type Engine = Awaited<ReturnType<Api['load']>>;
type Fit = Parameters<Engine['fit']>;

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

interface Counted extends Host {
  /** How often smartcore's file was asked for. */
  asked(): number;
}

/** The site, on a host that may answer something else. */
async function counted(altered: Altered = () => null): Promise<Counted> {
  let asked = 0;
  const host = await staticHost(DIST, '/', ISOLATED, (file) => {
    if (file.endsWith('smartcore.wasm')) asked += 1;
    return altered(file);
  });
  hosts.push(host);
  return { ...host, asked: () => asked };
}

/** What the page holds from one question to the next. */
declare global {
  interface Window {
    smart: { engine: Engine; X: Fit[1]; y: Fit[2]; own: Awaited<ReturnType<Engine['fit']>>; labels: string };
    /** The outcome of a fit, in words, and of a prediction with it by each strategy of the tier. */
    fitted(spec: Fit[0]): Promise<string>;
    /** Whether a model of the engine's own still predicts what it did. */
    goesOn(): Promise<boolean>;
  }
}

async function open(page: Page, host: Host, tier: 'threads' | 'workers' | 'serial'): Promise<void> {
  await page.goto(`${host.url}runner.html`);
  await page.evaluate(async (tier) => {
    const { load } = (await import(new URL('breakeven.js', document.baseURI).href)) as Api;
    const engine = await load({ tier, n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 300, n_features: 4, random_state: 1 });
    const own = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const labels = (await engine.predict(own, X, { strategy: 'serial' })).y.join();
    window.smart = { engine, X, y, own, labels };
    window.goesOn = async () => (await engine.predict(own, X, { strategy: 'serial' })).y.join() === labels;
    const strategies = [
      'serial',
      ...(tier === 'threads' ? ['threads'] : []),
      ...(tier === 'serial' ? [] : ['workers']),
    ];
    window.fitted = async (spec) => {
      try {
        const model = await engine.fit(spec, X, y);
        const found = new Set<string>();
        for (const strategy of strategies as ('serial' | 'threads' | 'workers')[])
          found.add((await engine.predict(model, X, { strategy })).y.join());
        return found.size === 1 ? 'done' : 'other labels';
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return `${code}: ${message}`;
      }
    };
  }, tier);
}

const NB: Fit[0] = { estimator: 'GaussianNB', backend: 'smartcore' };

test('a run of the page fetches no smartcore, and one that asks for it does', async ({ page }) => {
  const host = await counted();
  await ready(page, TINY, host.url);
  await run(page);
  expect(host.asked()).toBe(0);
  const asking = { NB: { estimator: 'GaussianNB', backend: 'smartcore' } };
  const hash = `classifiers=${encodeURIComponent(JSON.stringify(asking))}`;
  await page.goto('about:blank');
  await ready(page, `${hash}&data.n_samples=500&inference.n_samples=2000&sweep.batch_sizes=10,1000`, host.url);
  await run(page);
  expect(host.asked()).toBeGreaterThan(0);
});

for (const tier of ['threads', 'workers', 'serial'] as const)
  test(`it is fetched once, whoever needs it (${tier})`, async ({ page }) => {
    const host = await counted();
    await open(page, host, tier);
    expect(await page.evaluate(() => window.goesOn())).toBe(true);
    // What is refused before anything is trained needs none.
    const refused = await page.evaluate(() => window.fitted({ estimator: 'SVC', params: { C: -1 } }));
    expect(refused).toMatch(/^invalid_param: C/);
    expect(host.asked()).toBe(0);
    const found = await page.evaluate(async (nb) => {
      const outcomes = [];
      for (const spec of [
        nb,
        { estimator: 'KNeighborsClassifier' },
        // In a worker of its own where there can be one.
        { estimator: 'SVC', params: { tol: 0.1 } },
        { estimator: 'DecisionTreeClassifier' },
      ] as Fit[0][])
        outcomes.push(await window.fitted(spec));
      return outcomes;
    }, NB);
    expect(found).toEqual(['done', 'done', 'done', 'done']);
    expect(host.asked()).toBe(1);
  });

test('a file of a model asks for it, but not that of an SVC, which decides by itself', async ({ page }) => {
  const host = await counted();
  await open(page, host, 'threads');
  const files = await page.evaluate(async (nb) => {
    const { engine, X, y } = window.smart;
    const files = [];
    for (const spec of [nb, { estimator: 'SVC', params: { tol: 1 } }] as Fit[0][])
      files.push([...(await (await engine.fit(spec, X, y)).save())]);
    return files;
  }, NB);
  const before = host.asked();
  for (const [i, asked] of [
    [1, 0],
    [0, 1],
  ] as const) {
    await open(page, host, 'threads');
    const n_labels = await page.evaluate(async (file) => {
      const { engine, X } = window.smart;
      const model = await engine.loadModel(Uint8Array.from(file));
      return (await engine.predict(model, X)).y.length;
    }, files[i] as number[]);
    expect(n_labels).toBe(300);
    expect(host.asked() - before).toBe(asked);
  }
});

/** What a host does to the file, and what is said of it. */
const FAULTS: Record<string, [Parameters<typeof counted>[0], RegExp]> = {
  'of another version': [
    (file) => (file.endsWith('smartcore.wasm') ? Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0) : null),
    /^worker_failed: the file of the backend 'smartcore' is not as it was published/,
  ],
  'a page of HTML': [
    (file) => (file.endsWith('smartcore.wasm') ? '<!doctype html><p>Not here.</p>' : null),
    /^worker_failed: http\S*\/wasm\/smartcore\.wasm is no WebAssembly: its host answered with /,
  ],
  'no smartcore, with a glue that takes it for one': [
    smartcoreIs(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
    /^worker_failed: smartcore stopped unexpectedly \(.*begin/,
  ],
};

for (const [fault, [altered, words]] of Object.entries(FAULTS))
  for (const tier of ['threads', 'serial'] as const)
    test(`where it is ${fault} that is said, all else goes on, and the next call tries again (${tier})`, async ({
      page,
    }) => {
      let broken = true;
      const host = await counted((file) => (broken || fault.startsWith('no') ? altered?.(file) : null) ?? null);
      await open(page, host, tier);
      for (const asked of [1, 2]) {
        expect(await page.evaluate((spec) => window.fitted(spec), NB)).toMatch(words);
        expect(await page.evaluate(() => window.goesOn())).toBe(true);
        expect(host.asked()).toBe(asked);
      }
      if (fault.startsWith('no')) return;
      broken = false;
      expect(await page.evaluate((spec) => window.fitted(spec), NB)).toBe('done');
      expect(host.asked()).toBe(3);
    });

test('where it is missing that is said, and once it is there it works', async ({ page, context }) => {
  const host = await counted();
  await open(page, host, 'threads');
  await context.setOffline(true);
  const alone = await page.evaluate((spec) => window.fitted(spec), NB);
  expect(alone).toMatch(/^worker_failed: The smartcore's file could not be fetched|^worker_failed: .*smartcore\.wasm/);
  expect(await page.evaluate(() => window.goesOn())).toBe(true);
  await context.setOffline(false);
  expect(await page.evaluate((spec) => window.fitted(spec), NB)).toBe('done');
});

test('a call that waits for it is cancelled at once', async ({ page }) => {
  const host = await slowHost(DIST, '/wasm/smartcore.wasm', { every_ms: 50, n_parts: 4, all: false });
  hosts.push(host);
  await open(page, host, 'workers');
  const found = await page.evaluate(async (nb) => {
    const { engine, X, y } = window.smart;
    const codes = [];
    for (const _ of [1, 2]) {
      const control = new AbortController();
      const fit = engine.fit(nb, X, y, { signal: control.signal });
      // The call after it is in line by then.
      const next = window.goesOn();
      setTimeout(() => control.abort(), 50);
      codes.push(
        await fit.then(
          () => 'done',
          ({ code }) => code,
        ),
        await next,
      );
    }
    return codes;
  }, NB);
  expect(found).toEqual(['aborted', true, 'aborted', true]);
});

for (const tier of ['threads', 'serial'] as const)
  test(`where it finds no memory that is said, nothing is lost, and it begins afresh (${tier})`, async ({ page }) => {
    const host = await counted(smartcoreWithin(64));
    await open(page, host, tier);
    const found = await page.evaluate(async (nb) => {
      const { engine, X, y } = window.smart;
      const kept = await engine.fit(nb, X, y);
      const labels = async () => (await engine.predict(kept, X, { strategy: 'serial' })).y.join();
      const before = await labels();
      const large = await engine.makeClassification({ n_samples: 60_000, n_features: 10, random_state: 1 });
      const svc = await engine.makeClassification({ n_samples: 1500, n_features: 4, flip_y: 0.4, random_state: 1 });
      const told = (fit: Promise<unknown>) =>
        fit.then(
          () => 'done',
          ({ code, message }) => `${code}: ${message}`,
        );
      const rounds = [];
      for (const _ of [1, 2]) {
        const outcomes = [
          // No room for its rows; none while it works; none for a model.
          await told(engine.fit(nb, large.X, large.y)),
          await told(engine.fit({ estimator: 'SVC' }, svc.X, svc.y)),
          await told(engine.fit({ estimator: 'KNeighborsClassifier' }, large.X, large.y)),
          await window.fitted(nb),
        ];
        rounds.push({ outcomes, same: (await labels()) === before, own: await window.goesOn() });
      }
      return rounds;
    }, NB);
    for (const { outcomes, same, own } of found) {
      const refused = expect.stringMatching(/^out_of_memory: smartcore stopped unexpectedly \(take fewer rows/);
      expect(outcomes).toEqual([refused, refused, refused, 'done']);
      expect({ same, own }).toEqual({ same: true, own: true });
    }
    expect(host.asked()).toBe(1);
  });

test('neighbours on a thousand scales do not overflow its stack', async ({ page }) => {
  const host = await counted();
  await open(page, host, 'threads');
  const right = await page.evaluate(async () => {
    const { engine } = window.smart;
    const X = await engine.matrix(
      Float64Array.from({ length: 1000 }, (_, i) => 2 ** (i - 500)),
      1000,
      1,
    );
    const y = Int32Array.from({ length: 1000 }, (_, i) => Math.floor(i / 100));
    const model = await engine.fit({ estimator: 'KNeighborsClassifier', params: { n_neighbors: 1 } }, X, y);
    return (await engine.predict(model, X, { strategy: 'threads' })).y.join() === y.join();
  });
  expect(right).toBe(true);
});
