// How far busy time, the browser's stand-in for CPU time, is from CPU time: in a Node worker, whose CPU time is known, and
// for threads in Chromium, where Linux tells that of its processes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { MODELS } from '../models.mjs';
import { ROOT } from '../run.mjs';
import { cpuSeconds, hasProc, withPage } from './browser.mjs';

/** A call of a few milliseconds or more. */
const N_ROWS = { RF: 100_000, NB: 1_000_000 };
const MEASURE_MS = 2000;

/** CPU time of this thread where Linux tells it, else that of the process, V8's own threads included. */
function cpuMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

/** In the worker: predicts for a while; all three times are those of the predictions alone. */
async function work() {
  const wasm = await import(join(ROOT, 'dist/wasm/single/breakeven.js'));
  await wasm.default({ module_or_path: readFileSync(join(ROOT, 'dist/wasm/single/breakeven_bg.wasm')) });
  const making = wasm.Making.classification({ n_samples: 8000, n_features: 10, random_state: 0 });
  while (!making.run(1000)) {}
  const [data] = making.finish();
  const fit = new wasm.Fit(MODELS[workerData], data.x, data.y);
  while (!fit.run(1000)) {}
  const model = fit.finish();
  const X = data.x.tile(N_ROWS[workerData]);
  const sum = { busy_ms: 0, wall_ms: 0, cpu_ms: 0 };
  const predict = () => {
    const batch = new wasm.Batch(model, X, 1);
    const cpu = cpuMs();
    const begun = performance.now();
    while (!batch.run(1000)) {}
    sum.wall_ms += performance.now() - begun;
    sum.cpu_ms += cpuMs() - cpu;
    sum.busy_ms += batch.busy_ms;
    batch.free();
  };
  // V8 has compiled by then.
  const warm = performance.now();
  while (performance.now() - warm < 500) predict();
  await new Promise((resolve) => setTimeout(resolve, 300));
  Object.assign(sum, { busy_ms: 0, wall_ms: 0, cpu_ms: 0 });
  while (sum.wall_ms < MEASURE_MS) predict();
  parentPort.postMessage(sum);
}

/** busy, CPU and wall time of serial prediction in a Node worker, milliseconds. */
export function inNode(name) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: name });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** The same of threads in a page, with the forest, beside whose kernels the rest does not count. CPU time is that of all
 *  of Chromium's processes. */
export async function inChromium(n_threads) {
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
      { spec: MODELS.RF, n_threads, n_rows: N_ROWS.RF },
    );
    const before = cpuSeconds(pid);
    const { busy_ms, wall_ms } = await page.evaluate((ms) => window.predictFor(ms), 2 * MEASURE_MS);
    return { busy_ms, wall_ms, cpu_ms: 1000 * (cpuSeconds(pid) - before) };
  });
}

if (!isMainThread) await work();
