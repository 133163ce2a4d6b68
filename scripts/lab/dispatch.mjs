// What a dispatch costs in the browser: hot, to a pool that sleeps, by a caller that slept too, and by rayon; and what
// a page with a sleeping pool costs.
import { median } from '../median.mjs';
import { cpuSeconds, hasProc, sleep, withPage } from './browser.mjs';

const IDLE_S = 10;

/** Runs in a worker of the page: one instance, its pool started our way or left to rayon. */
const WORKER = `
import * as wasm from 'ORIGIN/wasm/threads/breakeven.js';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const stayAwake = (ms) => {
  for (const begun = performance.now(); performance.now() - begun < ms; );
};
self.onmessage = async ({ data: { n_threads, rayon, n_samples } }) => {
  const module = await WebAssembly.compileStreaming(fetch('ORIGIN/wasm/threads/breakeven_bg.wasm'));
  const memory = new WebAssembly.Memory({ initial: 128, maximum: 65536, shared: true });
  await wasm.default({ module_or_path: module, memory });
  // Of rayon's pool the caller is no part: it hands over and waits.
  await wasm.initThreadPool(rayon ? n_threads : n_threads - 1);
  const hot = [], parked = [], all_asleep = [];
  if (rayon) {
    wasm.rayonDispatchCost(2000);
    for (let i = 0; i < n_samples; i++) hot.push(wasm.rayonDispatchCost(500));
    for (let i = 0; i < n_samples; i++) {
      stayAwake(5);
      parked.push(wasm.rayonDispatchCost(1));
    }
    for (let i = 0; i < n_samples; i++) {
      await sleep(5);
      all_asleep.push(wasm.rayonDispatchCost(1));
    }
  } else {
    wasm.startPool();
    wasm.setSpinTime(100);
    // More threads than cores never meet: each call waits as long as it is patient.
    const calls = n_threads > navigator.hardwareConcurrency ? 20 : 2000;
    wasm.dispatchCost(n_threads, 2 * calls);
    for (let i = 0; i < n_samples; i++) hot.push(wasm.dispatchCost(n_threads, calls));
    for (let i = 0; i < n_samples; i++) {
      do stayAwake(5); while (wasm.nAsleep() < n_threads - 1);
      parked.push(wasm.dispatchCost(n_threads, 1));
    }
    for (let i = 0; i < n_samples; i++) {
      do await sleep(5); while (wasm.nAsleep() < n_threads - 1);
      all_asleep.push(wasm.dispatchCost(n_threads, 1));
    }
  }
  self.postMessage({ hot, parked, all_asleep });
};`;

async function costs(page, options) {
  return page.evaluate(
    ([source, options]) =>
      new Promise((resolve, reject) => {
        const code = source.replaceAll('ORIGIN', location.origin);
        const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
        const worker = new Worker(url, { type: 'module' });
        worker.onmessage = ({ data }) => {
          worker.terminate();
          resolve(data);
        };
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(options);
      }),
    [WORKER, options],
  );
}

/** The site's policy refuses workers made of text: a page of its origin without one, which is isolated all the same. */
async function bareBeside(page) {
  const headers = {
    'Content-Type': 'text/html',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  };
  const bare = await page.context().browser().newPage();
  await bare.route('**/bare.html', (route) => route.fulfill({ headers, body: '<!doctype html><title>Lab</title>' }));
  await bare.goto(new URL('/bare.html', page.url()).href);
  return bare;
}

/** Microseconds; the least tells what the medians would be on a machine with nothing else to do. */
export async function dispatch(n_threads, n_samples = 201) {
  return withPage(async (page) => {
    const bare = await bareBeside(page);
    const ours = await costs(bare, { n_threads, n_samples, rayon: false });
    const rayons = await costs(bare, { n_threads, n_samples, rayon: true });
    const us = (values) => ({ median_us: 1000 * median(values), min_us: 1000 * Math.min(...values) });
    return {
      hot: us(ours.hot),
      parked: us(ours.parked),
      all_asleep: us(ours.all_asleep),
      rayon_hot: us(rayons.hot),
      rayon_parked: us(rayons.parked),
      rayon_all_asleep: us(rayons.all_asleep),
    };
  });
}

/** Ours alone. */
export async function ourDispatch(page, n_threads, n_samples = 101) {
  const bare = await bareBeside(page);
  try {
    const { hot, parked } = await costs(bare, { n_threads, n_samples, rayon: false });
    return { hot_us: 1000 * median(hot), parked_us: 1000 * median(parked) };
  } finally {
    await bare.close();
  }
}

/** Share of one core that the browser uses: before an engine is loaded, and with its pool asleep. */
export async function idle(n_threads) {
  if (!hasProc) return null;
  return withPage(async (page, pid) => {
    const share = async () => {
      await sleep(2000);
      const before = cpuSeconds(pid);
      await sleep(1000 * IDLE_S);
      return (cpuSeconds(pid) - before) / IDLE_S;
    };
    const without = await share();
    await page.evaluate(async (n_threads) => {
      window.engine = await window.api.load({ n_threads });
      const { X, y } = await window.engine.makeClassification({ n_samples: 20_000, n_features: 10, random_state: 0 });
      const model = await window.engine.fit({ estimator: 'GaussianNB' }, X, y);
      await window.engine.predict(model, X, { strategy: 'threads' });
      await window.engine.predict(model, X, { strategy: 'workers' });
    }, n_threads);
    return { without, with_pool: await share() };
  });
}
