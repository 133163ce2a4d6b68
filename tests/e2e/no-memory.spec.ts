/**
 * No memory, truly: wasm's memory.grow refused, in both builds, in the coordinator, its threads and isolated workers; and
 * JavaScript's arrays refused, in workers and in the page. Each call says `out_of_memory`, and what comes next works.
 */
import { expect, type Page, test } from '@playwright/test';
import { everywhere, inWorkers, withMaximum } from './everywhere.js';
import type { Host } from './hosts.js';
import { ready, run } from './run.js';
import { expectSense } from './sense.js';

type Api = typeof import('../../www/breakeven.js');

test.describe.configure({ timeout: 90_000 });

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

/** A promised end is soon. */
const SOON_MS = 5000;

/** What shared memory may grow to, in pages of 64 KiB; of isolated workers alone where that is asked for. */
const lowered = (pages: number, which = '') => `if (location.pathname.includes('${which}')) {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(of) { super({ ...of, maximum: Math.max(${pages}, of.initial) }); }
  };
}`;

/** JavaScript's arrays of more than so many bytes are refused, as a browser does that is short of memory. */
const refused = (bytes: number) => `{
  const check = (size) => { if (size > ${bytes}) throw new RangeError('Array buffer allocation failed'); };
  for (const name of ['ArrayBuffer', 'Float64Array', 'Int32Array', 'Uint8Array', 'Uint32Array']) {
    const Kind = globalThis[name];
    const each = Kind.BYTES_PER_ELEMENT ?? 1;
    globalThis[name] = new Proxy(Kind, {
      construct(kind, args, target) {
        const [given] = args;
        if (typeof given === 'number') check(given * each);
        else if (ArrayBuffer.isView(given) || Array.isArray(given)) check(given.length * each);
        return Reflect.construct(kind, args, target === globalThis[name] ? kind : target);
      },
    });
  }
  const Typed = Object.getPrototypeOf(Int8Array.prototype);
  const { slice } = Typed;
  Typed.slice = function (start = 0, end = this.length) {
    check((end - start) * this.BYTES_PER_ELEMENT);
    return slice.call(this, start, end);
  };
}`;

interface Asked {
  options: object;
  /** Rows of the data that everything but 'make' begins with. */
  n_rows: number;
  work: string;
}

/** What a call comes to where memory is short; whether what was there still is; and whether the next one works. */
async function ask(page: Page, host: Host, asked: Asked) {
  await page.goto(`${host.url}runner.html`);
  return page.evaluate(async ({ options, n_rows, work }) => {
    const { load } = (await import(new URL('breakeven.js', document.baseURI).href)) as Api;
    const engine = await load({ n_threads: 2, ...options });
    const { X, y } = await engine.makeClassification({ n_samples: 3000, n_features: 10, random_state: 0 });
    const many = await engine.tile(X, n_rows);
    const bayes = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const deep = { estimator: 'RandomForestClassifier', params: { n_estimators: 4000, random_state: 0 } } as const;
    let begun = performance.now();
    // What was still done had its memory.
    const onProgress = () => {
      begun = performance.now();
    };
    const works: Record<string, () => Promise<unknown>> = {
      make: () => engine.makeClassification({ n_samples: 1_000_000, n_features: 10, random_state: 0 }),
      tile: () => engine.tile(X, 3_000_000),
      matrix: () => engine.matrix(new Float64Array(5_000_000), 500_000, 10),
      csv: () => engine.readCsv(`a,b,c\n${'1,2,x\n2,1,y\n'.repeat(400_000)}`),
      fit: () => engine.fit(deep, X, y, { onProgress }),
      search: () =>
        engine.gridSearchCV({ ...deep, params: {}, param_grid: { n_estimators: [4000] } }, X, y, { onProgress }),
      serial: () => engine.predict(bayes, many, { strategy: 'serial' }),
      threads: () => engine.predict(bayes, many, { strategy: 'threads' }),
      workers: () => engine.predict(bayes, many, { strategy: 'workers' }),
      probabilities: () => bayes.predictProba(many),
      array: () => many.toArray(),
      measure: () =>
        engine.measure({
          model: bayes,
          X: many,
          strategies: ['serial', 'workers'],
          batch_sizes: [n_rows],
          budget_ms: 50,
        }),
    };
    begun = performance.now();
    const told = await (works[work] as () => Promise<unknown>)().then(
      () => ({ code: 'done', message: '' }),
      ({ code, message }) => ({ code, message }) as { code: string; message: string },
    );
    const ms = performance.now() - begun;
    const stale = await bayes.attributes().then(
      () => 'there',
      ({ code }) => code as string,
    );
    const small = await engine.makeClassification({ n_samples: 300, n_features: 4, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, small.X, small.y);
    const { y: labels } = await engine.predict(model, small.X, { strategy: 'auto' });
    const { tier } = engine.environment;
    await engine.dispose();
    return { ...told, ms, stale, n_labels: labels.length, tier };
  }, asked);
}

function expectRefused(
  { code, message, ms, stale, n_labels, ...found }: Awaited<ReturnType<typeof ask>>,
  tier: string,
) {
  expect(`${code}: ${message}`).toMatch(/^out_of_memory: .*(memory|fit)/);
  expect(ms).toBeLessThan(SOON_MS);
  // Either it says how much would fit, and nothing is lost; or the engine stopped over it, says so, and is started anew.
  expect(stale).toBe(
    message.startsWith('There is no memory for this: ') && message.includes('The engine stopped')
      ? 'out_of_memory'
      : 'there',
  );
  expect({ n_labels, ...found }).toEqual({ n_labels: 300, tier });
}

for (const [tier, work, where] of [
  ['threads', 'make', ''],
  ['threads', 'tile', ''],
  ['threads', 'matrix', ''],
  ['threads', 'csv', ''],
  ['threads', 'fit', ''],
  ['threads', 'search', ''],
  ['threads', 'workers', 'isolated'],
  ['workers', 'make', ''],
  ['workers', 'tile', ''],
  ['workers', 'matrix', ''],
  ['workers', 'csv', ''],
  ['workers', 'fit', ''],
  ['serial', 'search', ''],
] as const)
  test(`memory.grow refused in the ${tier} tier, ${where} “${work}”`, async ({ page }) => {
    const host = await inWorkers(tier === 'threads' ? lowered(where ? 132 : 200, where) : '', (file) =>
      file.endsWith('single/breakeven_bg.wasm') ? withMaximum(file, 100) : null,
    );
    hosts.push(host);
    const found = await ask(page, host, { options: { tier }, n_rows: where ? 100_000 : 3000, work });
    expectRefused(found, tier);
  });

for (const [tier, work] of [
  ...['serial', 'threads', 'workers', 'probabilities', 'array', 'make', 'csv', 'measure'].map(
    (work) => ['threads', work] as const,
  ),
  ...['serial', 'workers', 'probabilities', 'array', 'make', 'csv', 'measure'].map(
    (work) => ['workers', work] as const,
  ),
])
  test(`arrays refused in workers, ${tier} tier, “${work}”`, async ({ page }) => {
    const host = await inWorkers(refused(300_000));
    hosts.push(host);
    const found = await ask(page, host, { options: { tier }, n_rows: 90_000, work });
    expectRefused(found, tier);
  });

test('where there is no memory to start threads in, the tier below says so', async ({ page }) => {
  const host = await inWorkers(lowered(0, 'coordinator'));
  hosts.push(host);
  await page.goto(`${host.url}runner.html`);
  const found = await page.evaluate(async () => {
    const { load } = (await import(new URL('breakeven.js', document.baseURI).href)) as Api;
    const engine = await load({ n_threads: 2 });
    const { tier, tier_reason } = engine.environment;
    const { X } = await engine.makeClassification({ n_samples: 300, n_features: 4, random_state: 0 });
    await engine.dispose();
    return { tier, tier_reason, n_rows: X.n_rows };
  });
  expect(found).toEqual({
    ...{ tier: 'workers', n_rows: 300 },
    tier_reason: 'Threads could not be started: This browser gives the engine no memory to start in.',
  });
});

test('where arrays are refused in the page and its workers, a run says so, and a smaller one works', async ({
  page,
}) => {
  const host = await everywhere(page, refused(2_000_000));
  hosts.push(host);
  const settings = 'classifiers=NB&sweep.batch_sizes=10,1000&sweep.budget_ms=20';
  await ready(page, `${settings}&data.n_samples=1000000&inference.n_samples=2000`, host.url);
  await page.getByTestId('run').click();
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'failed', { timeout: 30_000 });
  await expect(page.getByTestId('error')).toContainText('There is no memory for this');
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `${settings}&data.n_samples=500&inference.n_samples=2000`);
  await run(page);
  await expect(page.getByTestId('error')).toHaveText('');
  expectSense(await page.evaluate(() => document.querySelector('breakeven-lab')?.report ?? null));
});
