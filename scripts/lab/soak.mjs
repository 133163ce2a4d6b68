// Does a tab stay as it was? Many small experiments in one element, then many engines loaded and disposed of: memory, workers
// and frames after them.
import { createServer } from 'node:http';
import { chromiumOptions } from '../chromium.mjs';
import { median } from '../median.mjs';
import { askObjects, realmsOf } from '../realms.mjs';
import { Fail } from '../run.mjs';
import { serve } from '../serve.mjs';
import { hasProc, renderersMemory, sleep } from './browser.mjs';

/** Of every measure, in bytes: by what share, and by how much besides, the last third may be above the second. The heap
 *  has V8's own code in it, which is compiled and dropped; memory of wasm never shrinks, and takes a MiB at once; what a
 *  process has, its allocators round up. */
export const SLACK = {
  heap: { share: 0.03, bytes: 100_000 },
  wasm: { share: 0.02, bytes: 1_500_000 },
  renderers: { share: 0.05, bytes: 8_000_000 },
};

/** As little as there is, for all kinds of workers: about a second. */
const EXPERIMENT = {
  data: { n_samples: 300 },
  classifiers: {
    NB: { estimator: 'GaussianNB', param_grid: {} },
    RF: { estimator: 'RandomForestClassifier', params: { n_estimators: 10 }, param_grid: { max_depth: [3, 6] } },
  },
  inference: { n_samples: 300 },
  n_threads: 2,
  sweep: { batch_sizes: [300], budget_ms: 10, strategies: ['serial', 'threads', 'workers'] },
};

/** What has ended is gone after this long: Chromium lets a busy worker compute for up to four more seconds. */
const GONE_MS = 10_000;

/**
 * `experiments` in one element, then `loads` of an engine, on a page of another site, so that both have a frame.
 * @param {{ experiments: number, loads: number }} asked
 * @param {(sample: object) => void} [onSample] hears what was seen now and then: { what: 'experiments' | 'after' | 'loads',
 *   done, heap, wasm, renderers, workers, frames, ms }
 * @param {(page: import('puppeteer-core').Page) => Promise<unknown>} [inTab] may change the page before anything runs there
 */
export async function soak({ experiments, loads }, onSample = () => {}, inTab = async () => {}) {
  const options = await chromiumOptions();
  const { launch } = await import('puppeteer-core');
  const site = await serve();
  const blog = await blogWith(site.url);
  // A spare renderer would come and go in what renderers take.
  const args = [...options.args, '--disable-features=SpareRendererForSitePerProcess'];
  const browser = await launch({ ...options, args, protocolTimeout: 60_000 });
  try {
    const page = await browser.newPage();
    const realms = await realmsOf(page);
    await inTab(page);
    await page.goto(blog.url);
    await page.waitForFunction(() => customElements.get('breakeven-lab') && window.api);
    const look = async (what, done, ms) => {
      const sample = { what, done, ms, ...(await lookAt(await settled(realms), browser.process().pid)) };
      onSample(sample);
      return sample;
    };
    const many = await series(experiments, (n) => page.evaluate(experiment, EXPERIMENT, n), look, 'experiments');
    await page.evaluate(() => document.querySelector('breakeven-lab').remove());
    await gone(realms);
    const after = await look('after', experiments, 0);
    const loading = async (n) => {
      const ms = await page.evaluate(loadAndDispose, n);
      await gone(realms);
      return ms;
    };
    const found = { experiments: many, after, loads: await series(loads, loading, look, 'loads') };
    return { ...found, verdict: verdict(found) };
  } finally {
    await browser.close();
    await site.close();
    await blog.close();
  }
}

/** Does it `n` times; looks at the first time, the last, and some between. */
async function series(n, once, look, what) {
  const every = n >= 100 ? 10 : n >= 20 ? 2 : 1;
  const samples = [];
  const times = [];
  for (let done = 1; done <= n; done++) {
    const ms = await once(done);
    times.push(ms);
    if (done === 1 || done === n || done % every === 0) samples.push(await look(what, done, ms));
  }
  // The first one fetches and compiles.
  return { samples, median_ms: median(times), slowest_ms: Math.max(...(n > 1 ? times.slice(1) : times)) };
}

/** Runs in the page: one experiment of the element's; milliseconds. */
async function experiment(settings, n) {
  const lab = document.querySelector('breakeven-lab');
  const begun = performance.now();
  lab.experiment = { ...settings, data: { ...settings.data, random_state: n } };
  await lab.run();
  if (lab.state !== 'done') throw new Error(`experiment ${n} ended ${lab.state}`);
  return performance.now() - begun;
}

/** Runs in the page: one engine, used and disposed of, by turns in a frame of its own and here; milliseconds. */
async function loadAndDispose(n) {
  const begun = performance.now();
  const engine = await window.api.load({ n_threads: 2, ...(n % 2 === 0 && { frame: 'never', tier: 'workers' }) });
  const { X, y } = await engine.makeClassification({ n_samples: 300, n_features: 10, random_state: n });
  const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
  const strategies = ['serial', 'workers', ...(engine.environment.tier === 'threads' ? ['threads'] : [])];
  for (const strategy of strategies) await engine.predict(model, X, { strategy });
  await engine.dispose();
  return performance.now() - begun;
}

/** Bytes, after what is garbage has been collected, and what there is besides the page. */
async function lookAt(realms, pid) {
  const [page, ...others] = realms;
  let [heap, wasm] = [0, 0];
  for (const realm of realms) {
    // Threads of a pool sleep in shared memory, where they hear nothing; theirs is the coordinator's.
    if (realm.url.endsWith('/breakeven.js')) continue;
    // What a first collection finalises, a second one takes.
    for (const _ of [1, 2]) await realm.session.send('HeapProfiler.collectGarbage');
    heap += (await realm.session.send('Runtime.getHeapUsage')).usedSize;
    if (realm.type === 'worker') wasm += await askObjects(realm, 'WebAssembly.Memory', SUM_OF_MEMORIES);
  }
  const { result } = await page.session.send('Runtime.evaluate', { expression: 'window.length' });
  return {
    heap,
    wasm,
    renderers: hasProc ? renderersMemory(pid) : null,
    workers: others.filter(({ type }) => type === 'worker').length,
    frames: result.value,
  };
}

const SUM_OF_MEMORIES = 'all => all.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)';

/** What there is once nothing is ending any more. */
const settled = (realms) => without(realms, ({ isEnding }) => isEnding);

/** The page alone, once all workers and frames of another site are gone. */
const gone = (realms) => without(realms, ({ type }) => type !== 'page');

async function without(realms, isLeft) {
  for (const begun = performance.now(); ; await sleep(20)) {
    const all = await realms();
    const left = all.filter(isLeft);
    if (left.length === 0) return all;
    if (performance.now() - begun > GONE_MS)
      throw new Fail(`After ${GONE_MS / 1000} s there are still ${left.map(({ type, url }) => `${type} ${url}`)}.`);
  }
}

/** Of each series, what is not flat, in words; and what is left in the end. */
export function verdict({ experiments, after, loads }) {
  const problems = [];
  for (const [what, { samples }] of Object.entries({ experiments, loads })) {
    for (const [measure, slack] of Object.entries(SLACK)) {
      const values = samples.map((sample) => sample[measure]);
      const growth = grown(values, slack);
      if (growth) problems.push(`${measure} grows over ${what}: ${growth.map(megabytes).join(' to ')}`);
    }
  }
  for (const { what, done, workers, frames } of [after, ...loads.samples])
    if (workers + frames > 0) problems.push(`${workers} workers and ${frames} frames are left, ${what} ${done}`);
  return problems;
}

/** Medians of the second third and of the last one, where that is above and rises still: a step between them is a new
 *  high-water mark, and stays. null where the values are flat, or too few. */
export function grown(values, { share, bytes }) {
  const third = Math.floor(values.length / 3);
  if (third === 0 || values.some((value) => value === null)) return null;
  const middle = median(values.slice(values.length - 2 * third, values.length - third));
  const last = median(values.slice(values.length - third));
  const rises = values.at(-1) > values.at(-third);
  return rises && last > middle * (1 + share) + bytes ? [middle, last] : null;
}

export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** A page of another site than the files', that has the element and the library. */
async function blogWith(site) {
  const html = `<!doctype html><title>Soak</title><link rel="icon" href="data:,">
    <breakeven-lab></breakeven-lab>
    <script type="module" src="${site}breakeven-lab.js"></script>
    <script type="module">window.api = await import('${site}breakeven.js')</script>`;
  const server = createServer((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(html));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${server.address().port}/`, close };
}
