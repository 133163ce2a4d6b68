// How far busy time, the browser's stand-in for CPU time, is from CPU time: in a Node worker, where the process's is
// known, and for threads in Chromium, where Linux tells that of the page's process.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ROOT } from '../run.mjs';
import { cpuSeconds, hasProc, withPage } from './browser.mjs';

const MODELS = {
  RF: { estimator: 'RandomForestClassifier', params: { random_state: 0 } },
  NB: { estimator: 'GaussianNB' },
};
const N_ROWS = 100_000;
const MEASURE_MS = 2000;

/** In the worker: predicts for a while and tells busy and wall time. */
async function work() {
  const wasm = await import(join(ROOT, 'pkg/single/breakeven.js'));
  await wasm.default({ module_or_path: readFileSync(join(ROOT, 'pkg/single/breakeven_bg.wasm')) });
  const data = wasm.makeClassification({ n_samples: 8000, n_features: 10, random_state: 0 });
  const fit = new wasm.Fit(workerData, data.x, data.y);
  while (!fit.run(1000)) {}
  const model = fit.finish();
  const X = data.x.tile(N_ROWS);
  const predict = () => {
    const batch = new wasm.Batch(model, X, 1);
    while (!batch.run(1000)) {}
    return batch.finish();
  };
  // V8's own threads have compiled by then.
  const warm = performance.now();
  while (performance.now() - warm < 500) predict();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const cpu = process.cpuUsage();
  const begun = performance.now();
  let busy_ms = 0;
  while (performance.now() - begun < MEASURE_MS) busy_ms += predict().busy_ms;
  const wall_ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  parentPort.postMessage({ busy_ms, wall_ms, cpu_ms: (user + system) / 1000 });
}

/** busy, CPU and wall time of serial prediction in a Node worker, milliseconds. */
export function inNode(name) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: MODELS[name] });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** The same of threads in a page. CPU time is that of all of Chromium's processes. */
export async function inChromium(name, n_threads) {
  if (!hasProc) return null;
  return withPage(async (page, pid) => {
    await page.evaluate(
      async ({ spec, n_threads, n_rows }) => {
        const engine = await window.api.load({ n_threads });
        const { X, y } = await engine.makeClassification({ n_samples: 8000, n_features: 10, random_state: 0 });
        const model = await engine.fit(spec, X, y);
        const rows = await engine.tile(X, n_rows);
        window.predictFor = async (ms) => {
          const begun = performance.now();
          let [busy_ms, wall_ms] = [0, 0];
          while (performance.now() - begun < ms) {
            const done = await engine.predict(model, rows, { strategy: 'threads' });
            busy_ms += done.busy_ms;
            wall_ms += done.wall_ms;
          }
          return { busy_ms, wall_ms };
        };
        await window.predictFor(500);
      },
      // Long calls, so that what a call costs beside its kernels does not count.
      { spec: MODELS[name], n_threads, n_rows: name === 'NB' ? 5_000_000 : N_ROWS },
    );
    const before = cpuSeconds(pid);
    const { busy_ms, wall_ms } = await page.evaluate((ms) => window.predictFor(ms), 2 * MEASURE_MS);
    return { busy_ms, wall_ms, cpu_ms: 1000 * (cpuSeconds(pid) - before) };
  });
}

if (!isMainThread) await work();
