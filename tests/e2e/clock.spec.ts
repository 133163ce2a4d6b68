/** Browsers that hide their clock: it goes in steps of 16.7 or 100 ms, in the page and in every worker. */
import { expect, test } from '@playwright/test';
import type { MeasureReport } from '../../www/api/types.js';
import { clock, everywhere, type OtherBrowser } from './everywhere.js';
import { ready, run, TINY } from './run.js';
import { expectSense } from './sense.js';
import { busyShare } from './tasks.js';

test.describe.configure({ timeout: 120_000 });

let other: OtherBrowser | undefined;
test.afterEach(() => other?.close());

for (const step_ms of [1000 / 60, 100]) {
  const steps = `a clock of ${Math.round(10 * step_ms) / 10} ms`;

  test(`by ${steps} auto settles, the pool goes to sleep, and what is measured is finite and flagged`, {
    tag: '@alone',
  }, async ({ page }) => {
    other = await everywhere(page, clock(step_ms));
    await page.goto(`${other.url}runner.html`);
    const auto = await page.evaluate(async () => {
      const module = new URL('breakeven.js', document.baseURI).href;
      const { load } = (await import(module)) as typeof import('../../www/breakeven.js');
      const engine = await load({ n_threads: 2 });
      const { X, y } = await engine.makeClassification({ n_samples: 2000, n_features: 10, random_state: 0 });
      const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
      const begun = Date.now();
      const { strategy_used } = await engine.predict(model, X, { strategy: 'auto' });
      const ms = Date.now() - begun;
      const again = Date.now();
      await engine.predict(model, X, { strategy: 'auto' });
      await engine.predict(model, X, { strategy: 'threads' });
      const { timer_resolution_ms } = engine.environment;
      Object.assign(window, { kept: { engine, model, X } });
      return { strategy_used, ms, again_ms: Date.now() - again, timer_resolution_ms };
    });
    expect(auto.timer_resolution_ms).toBeGreaterThan(step_ms - 1);
    expect(['serial', 'threads']).toContain(auto.strategy_used);
    // Calibrated once, by tens of steps.
    expect(auto.ms).toBeLessThan(15_000);
    expect(auto.again_ms).toBeLessThan(2000);
    await page.waitForTimeout(500);
    expect(await busyShare(page), 'of a core, half a second after the last call').toBeLessThan(0.2);

    const report = await page.evaluate(async () => {
      const { kept } = window as unknown as { kept: Kept };
      const report = await kept.engine.measure({
        ...{ model: kept.model, X: kept.X, strategies: ['serial', 'threads'], batch_sizes: [100], max_bisections: 0 },
        // A sample lasts some steps, and both sides are warmed by as many.
        total_ms: 8000,
      });
      await kept.engine.dispose();
      return report;
    });
    expectFinite(report, step_ms);
  });
}

test('the page’s run ends by a clock of 16.7 ms, and claims nothing that the clock does not tell', {
  tag: '@alone',
}, async ({ page }) => {
  const step_ms = 1000 / 60;
  other = await everywhere(page, clock(step_ms));
  await ready(page, TINY.replace('NB,RF', 'NB'), other.url);
  await run(page);
  const report = await page.evaluate(() => document.querySelector('breakeven-lab')?.report ?? null);
  expectSense(report, 5000);
  expectSense(report, 5000);
  for (const sweep of Object.values(report?.sweeps ?? {})) expectFinite(sweep, step_ms);
});

interface Kept {
  engine: Awaited<ReturnType<typeof import('../../www/breakeven.js')['load']>>;
  model: Awaited<ReturnType<Kept['engine']['fit']>>;
  X: Awaited<ReturnType<Kept['engine']['tile']>>;
}

/** Calls of microseconds by such a clock: no median of 0, no endless rate, and no break-even at a few rows. */
function expectFinite({ points, break_even, notes }: MeasureReport, step_ms: number): void {
  expect(points.length, notes.join('; ')).toBeGreaterThan(0);
  for (const { strategy, n_rows, median_ms, rows_per_s, ci95_ms, flags } of points) {
    const what = `${strategy} ${n_rows} rows: ${flags}`;
    expect(median_ms, what).toBeGreaterThan(0);
    expect(Number.isFinite(rows_per_s), what).toBe(true);
    expect(ci95_ms.every(Number.isFinite), what).toBe(true);
    if (median_ms < step_ms / 10) expect(flags, what).toContain('clock_saturated');
  }
  for (const { verdict, n_rows } of break_even) if (verdict === 'pays') expect(n_rows).toBeGreaterThan(10);
}
