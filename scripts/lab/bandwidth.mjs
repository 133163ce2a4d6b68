// The kernels that only pass over the rows, beside loops that only read them.

import { median } from '../median.mjs';
import { MODELS } from '../models.mjs';
import { withPage } from './browser.mjs';

const { NB, LR, SVC } = MODELS;

/** Milliseconds of one thread, by turns: of reading `n_rows` × 10 numbers, and of predicting from them. */
export async function bandwidth(n_rows = 10_000_000, n_turns = 9) {
  const turns = await withPage((page) =>
    page.evaluate(
      async ({ models, n_rows, n_turns }) => {
        const wasm = await import(new URL('wasm/single/breakeven.js', document.baseURI).href);
        await wasm.default();
        const finish = (job) => {
          while (!job.run(1e9)) {}
          return job.finish();
        };
        const [data] = finish(wasm.Making.classification({ n_samples: 10_000, n_features: 10, random_state: 0 }));
        const fitted = Object.entries(models).map(([name, spec]) => [name, finish(new wasm.Fit(spec, data.x, data.y))]);
        const X = data.x.tile(n_rows);
        const turns = { read: [], read_at_four: [] };
        for (let turn = -2; turn < n_turns; turn++) {
          const [read, read_at_four] = [X.readCost(false), X.readCost(true)];
          if (turn >= 0) {
            turns.read.push(read);
            turns.read_at_four.push(read_at_four);
          }
          for (const [name, model] of fitted) {
            const { wall_ms } = finish(new wasm.Batch(model, X, 1));
            turns[name] ??= [];
            if (turn >= 0) turns[name].push(wall_ms);
          }
        }
        return turns;
      },
      { models: { NB, LR, SVC }, n_rows, n_turns },
    ),
  );
  const found = { n_rows, bytes: n_rows * 10 * 8 };
  for (const [name, times] of Object.entries(turns)) {
    const shareOf = (read) => median(times.map((ms, i) => read[i] / ms));
    found[name] = { ms: median(times), share: shareOf(turns.read), share_at_four: shareOf(turns.read_at_four) };
  }
  return found;
}
