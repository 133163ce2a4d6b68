/** Whether a run's numbers can be: what no visitor may be told, whatever browser and machine it is. */
import { expect } from '@playwright/test';
import type { ExperimentReport } from '../../www/experiment/report.js';

/** Every time is above 0, finite and no pause of the page, every label was checked, every verdict has what belongs to it. */
export function expectSense(report: ExperimentReport | null, longest_ms = 1000): void {
  const sweeps = Object.entries(report?.sweeps ?? {});
  expect(sweeps.length).toBeGreaterThan(0);
  for (const [name, { points, break_even }] of sweeps) {
    expect(points.length, name).toBeGreaterThan(0);
    for (const { strategy, n_rows, median_ms, p95_ms, rows_per_s, equal_to_serial } of points) {
      const what = `${name} ${strategy} ${n_rows} rows`;
      expect(median_ms, what).toBeGreaterThan(0);
      expect(p95_ms, what).toBeLessThan(longest_ms);
      expect(Number.isFinite(rows_per_s), what).toBe(true);
      expect(equal_to_serial, what).toBe(true);
    }
    for (const { verdict, n_rows, reason } of break_even) {
      const told = [n_rows !== null, reason !== null];
      expect(told, `${name} ${verdict} ${reason}`).toEqual([verdict === 'pays', verdict === 'unclear']);
    }
  }
}
