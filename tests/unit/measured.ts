/** Measurements as a run has them: for tests of what is said and shown of them. */
import type {
  BreakEven,
  Capacity,
  Environment,
  MeasurePoint,
  MeasureReport,
  Strategy,
  Tier,
} from '../../www/api/types.js';

export const SIZES = [10, 1000, 100_000];

export function point(strategy: Strategy, n_rows: number, median_ms: number, more: Partial<MeasurePoint> = {}) {
  return {
    ...{ strategy, n_rows, n_threads: strategy === 'serial' ? 1 : 2, n_samples: 20, n_rounds: 5, median_ms },
    ...{ mad_ms: median_ms / 20, min_ms: median_ms / 2, p95_ms: 1.5 * median_ms, between_rounds: 0.03 },
    ci95_ms: [0.9 * median_ms, 1.1 * median_ms] as [number, number],
    ...{ rows_per_s: (1000 * n_rows) / median_ms, busy_ms: median_ms, busy_per_wall: 1 },
    ...{ stages_ms: { send: 0, compute: median_ms, gather: 0, wait: 0 }, equal_to_serial: true, flags: [] },
    ...more,
  };
}

export function breakEven(more: Partial<BreakEven> = {}): BreakEven {
  return {
    ...{ strategy: 'threads', verdict: 'pays', n_rows: 286, to_rows: null, ci95: [253, 331], reason: null },
    ...more,
  } as BreakEven;
}

/** What has no break-even to tell. */
export function without(verdict: 'never_pays' | 'unclear', more: Partial<BreakEven> = {}): BreakEven {
  return breakEven({ verdict, n_rows: null, ci95: null, ...more });
}

export const CAPACITY: Capacity = {
  ...{ n_threads: 2, median_cores: 1.98, worst_cores: 1.04, n_rounds: 12, n_disturbed: 2 },
  ...{ hand_over_us: 0.43, apart: 0.117 },
};

/** Serial takes 0.1 µs a row; threads 0.03 µs and 20 µs a call; workers and async longer. */
export function sweep(more: Partial<MeasureReport> = {}): MeasureReport {
  const times: [Strategy, (n_rows: number) => number][] = [
    ['serial', (n) => n * 1e-4],
    ['threads', (n) => 0.02 + n * 3e-5],
    ['workers', (n) => 0.3 + n * 2e-4],
    ['async', (n) => 0.27 + n * 1.7e-4],
  ];
  return {
    points: times.flatMap(([strategy, ms]) => SIZES.map((n_rows) => point(strategy, n_rows, ms(n_rows)))),
    cost_model: [
      { strategy: 'serial', overhead_us: 0.5, ns_per_row: 100, r2: 1 },
      { strategy: 'async', overhead_us: 270.5, ns_per_row: 170, r2: 1 },
    ],
    break_even: [breakEven(), without('never_pays', { strategy: 'workers' })],
    ...{ capacity: CAPACITY, n_rounds: 12, n_loads: 3, auto_regret: null, notes: [] },
    environment: environmentOf('threads'),
    ...more,
  };
}

export function environmentOf(tier: Tier): Environment {
  return {
    ...{
      tier,
      tier_reason: tier === 'threads' ? null : 'The page is not isolated.',
      n_threads: 4,
      hardware_concurrency: 4,
    },
    ...{ cross_origin_isolated: tier === 'threads', in_frame: false, simd: true, timer_resolution_ms: 0.005 },
    ...{ startup_ms: { fetch_and_compile: 1, start_pool: 1 }, user_agent: 'test', version: '0' },
  };
}
