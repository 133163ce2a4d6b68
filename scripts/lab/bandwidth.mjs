// The kernels that only pass over the rows, beside a loop that only reads them.
import { medianOf, withPage } from './browser.mjs';

const MODELS = {
  NB: { estimator: 'GaussianNB' },
  LR: { estimator: 'LogisticRegression', params: { C: 0.1 } },
  SVC: { estimator: 'LinearSVC', params: { C: 0.01 } },
};

/** Milliseconds of one thread, by turns: of reading `n_rows` × 10 numbers, and of predicting from them. */
export async function bandwidth(n_rows = 10_000_000, n_turns = 9) {
  const turns = await withPage((page) =>
    page.evaluate(
      async ({ models, n_rows, n_turns }) => {
        const wasm = await import(new URL('wasm/single/breakeven.js', document.baseURI).href);
        await wasm.default();
        const data = wasm.makeClassification({ n_samples: 10_000, n_features: 10, random_state: 0 });
        const finish = (job) => {
          while (!job.run(1e9)) {}
          return job.finish();
        };
        const fitted = Object.entries(models).map(([name, spec]) => [name, finish(new wasm.Fit(spec, data.x, data.y))]);
        const X = data.x.tile(n_rows);
        const turns = { read: [] };
        for (let turn = -2; turn < n_turns; turn++) {
          const read = X.readCost();
          if (turn >= 0) turns.read.push(read);
          for (const [name, model] of fitted) {
            const { wall_ms } = finish(new wasm.Batch(model, X, 1));
            turns[name] ??= [];
            if (turn >= 0) turns[name].push(wall_ms);
          }
        }
        return turns;
      },
      { models: MODELS, n_rows, n_turns },
    ),
  );
  const found = { n_rows, bytes: n_rows * 10 * 8 };
  for (const [name, times] of Object.entries(turns)) {
    found[name] = { ms: medianOf(times), share: medianOf(times.map((ms, i) => turns.read[i] / ms)) };
  }
  return found;
}
