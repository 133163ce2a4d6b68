// Break-evens of the notebook's models in a tab, and a sweep up to 10⁷ rows.
import { MODELS } from '../models.mjs';
import { hasProc, peakMemory, withPage } from './browser.mjs';

/** Runs measurements, each { model, ...MeasureSpec }, on the notebook's models one after the other in one page. */
export async function sweeps(n_threads, specs, onReport = () => {}) {
  return withPage(async (page, pid) => {
    await page.evaluate(
      async ({ models, n_threads }) => {
        window.engine = await window.api.load({ n_threads });
        const { X, y } = await window.engine.makeClassification({ n_samples: 10_000, n_features: 10, random_state: 0 });
        const { X_train, y_train } = await window.engine.trainTestSplit(X, y, { test_size: 0.2, random_state: 2020 });
        window.models = {};
        for (const [name, spec] of Object.entries(models)) {
          window.models[name] = await window.engine.fit(spec, X_train, y_train);
        }
      },
      { models: MODELS, n_threads },
    );
    const reports = [];
    for (const { model, ...spec } of specs) {
      const begun = performance.now();
      const report = await page.evaluate(
        ({ model, spec }) => window.engine.measure({ ...spec, model: window.models[model] }),
        { model, spec },
      );
      const peak_bytes = hasProc ? peakMemory(pid) : Number.NaN;
      reports.push({ model, spec, report, wall_s: (performance.now() - begun) / 1000, peak_bytes });
      onReport(reports.at(-1));
    }
    return reports;
  });
}
