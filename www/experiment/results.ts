/**
 * A report's numbers small enough for a link: columns instead of objects, four digits, deflated, base64url. On the way
 * in nothing is trusted: the length is bounded before and after inflating, and the result goes through `checkReport`.
 */
import { BreakevenError } from '../api/error.js';
import type { MeasurePoint, MeasureReport } from '../api/types.js';
import { checkReport } from './check-report.js';
import { leanExperiment } from './lean.js';
import { withoutTable } from './own-table.js';
import { type ExperimentReport, FORMAT, VERSION } from './report.js';

/** Of the text in a link, and of what it inflates to. */
const MAX_TEXT = 100_000;
const MAX_BYTES = 1_000_000;

const POINT = [
  ...(['strategy', 'n_rows', 'n_threads', 'n_samples', 'n_rounds'] as const),
  ...(['median_ms', 'mad_ms', 'min_ms', 'p95_ms', 'between_rounds', 'busy_ms'] as const),
];
const COST = ['strategy', 'overhead_us', 'ns_per_row', 'r2', 'worst_residual'] as const;
const STAGES = ['send', 'compute', 'gather', 'wait'] as const;

/** Four significant digits: more than any measurement here has. */
export function rounded<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, item) =>
      typeof item === 'number' && !Number.isInteger(item) ? Number(item.toPrecision(4)) : item,
    ),
  );
}

type Measured = Omit<MeasureReport, 'environment'>;

function packPoints(points: readonly MeasurePoint[]) {
  return [
    ...POINT.map((name) => points.map((point) => point[name])),
    ...STAGES.map((stage) => points.map((point) => point.stages_ms[stage])),
    points.map((point) => point.ci95_ms[0]),
    points.map((point) => point.ci95_ms[1]),
    points.map((point) => point.flags),
    points.map((point) => (point.equal_to_serial ? 1 : 0)),
  ];
}

function unpackPoints(columns: unknown[][]): unknown[] {
  const at = (column: number, row: number) => columns[column]?.[row];
  return Array.from(columns[0] ?? [], (_, row) => {
    const fields = Object.fromEntries(POINT.map((name, i) => [name, at(i, row)]));
    const stages_ms = Object.fromEntries(STAGES.map((stage, i) => [stage, at(POINT.length + i, row)]));
    const after = POINT.length + STAGES.length;
    const [n_rows, median_ms, busy_ms] = [fields.n_rows, fields.median_ms, fields.busy_ms].map(Number) as [
      number,
      number,
      number,
    ];
    return {
      ...{ ...fields, stages_ms, ci95_ms: [at(after, row), at(after + 1, row)], flags: at(after + 2, row) },
      rows_per_s: (1000 * n_rows) / Math.max(1e-9, median_ms),
      busy_per_wall: busy_ms / Math.max(1e-9, median_ms),
      equal_to_serial: at(after + 3, row) === 1,
    };
  });
}

const BREAK_EVEN = ['strategy', 'verdict', 'n_rows', 'to_rows', 'ci95', 'reason'] as const;

const packMeasured = ({
  points,
  cost_model,
  break_even,
  auto_regret,
  notes,
  capacity,
  n_rounds,
  n_loads,
}: Measured) => ({
  p: packPoints(points),
  c: cost_model.map((cost) => COST.map((name) => cost[name])),
  b: break_even.map((found) => BREAK_EVEN.map((name) => found[name])),
  ...{ a: auto_regret, n: notes, k: capacity, r: n_rounds, l: n_loads },
});

// biome-ignore lint/suspicious/noExplicitAny: whatever it is, checkReport says so.
type Anything = any;

const unpackMeasured = ({ p, c, b, a, n, k, r, l }: Anything) => ({
  points: unpackPoints(p),
  cost_model: c.map((cost: Anything) => Object.fromEntries(COST.map((name, i) => [name, cost[i]]))),
  break_even: b.map((found: Anything) => Object.fromEntries(BREAK_EVEN.map((name, i) => [name, found[i]]))),
  ...{ auto_regret: a, notes: n, capacity: k, n_rounds: r, n_loads: l },
});

const mapped = (bag: Anything, change: (value: Anything) => unknown) =>
  Object.fromEntries(Object.entries(bag ?? {}).map(([name, value]) => [name, change(value)]));

/** A table of the visitor's own goes into no link. */
function pack(whole: ExperimentReport) {
  const report = withoutTable(whole);
  const { environment, training, inference, sweeps, total_ms, notes, recorded_on, machine, data, closer } = report;
  return {
    ...{ v: VERSION, environment, inference, total_ms, notes, recorded_on, machine, data },
    experiment: { ...leanExperiment(report), ...(report.table && { data: report.experiment.data }) },
    training: training.map(({ cv_results: { split_test_score: _, ...cv_results }, ...row }) => ({
      ...row,
      cv_results,
    })),
    sweeps: mapped(sweeps, packMeasured),
    ...(closer && {
      closer: mapped(closer, ({ parked, thread_counts }) => ({
        ...(parked && { parked: packMeasured(parked) }),
        ...(thread_counts && { thread_counts: packPoints(thread_counts) }),
      })),
    }),
  };
}

/** Rounded, but for settings: those are what they are. */
function small(packed: Anything): unknown {
  const training = packed.training.map((row: Anything) => {
    const { best_params, cv_results } = row;
    const few = rounded(row);
    return { ...few, best_params, cv_results: { ...few.cv_results, params: cv_results.params } };
  });
  return { ...rounded({ ...packed, training: [] }), training, experiment: packed.experiment };
}

function unpack(packed: Anything): unknown {
  const { v, training, sweeps, closer, ...rest } = packed;
  return {
    ...rest,
    ...{ format: FORMAT, version: v },
    training: training.map((row: Anything) => ({ ...row, cv_results: { split_test_score: [], ...row.cv_results } })),
    sweeps: mapped(sweeps, unpackMeasured),
    ...(closer && {
      closer: mapped(closer, ({ parked, thread_counts }) => ({
        ...(parked && { parked: unpackMeasured(parked) }),
        ...(thread_counts && { thread_counts: unpackPoints(thread_counts) }),
      })),
    }),
  };
}

/** The text of `results` in a link. */
export async function toResults(report: ExperimentReport): Promise<string> {
  const json = new Blob([JSON.stringify(small(pack(report)))]);
  const deflated = json.stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * The report that a link carries.
 *
 * Throws BreakevenError 'invalid_param' where it is damaged, too large, or no report.
 */
export async function fromResults(words: string): Promise<ExperimentReport> {
  if (words.length > MAX_TEXT || !/^[\w-]+$/.test(words)) throw damaged();
  if (!('DecompressionStream' in globalThis)) {
    const why = 'take DecompressionStream, which this browser lacks: ask for the report as a JSON file';
    throw new BreakevenError('invalid_param', `The results in this address ${why}.`);
  }
  let packed: unknown;
  try {
    const binary = atob(words.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    packed = unpack(JSON.parse(await inflated(bytes)));
  } catch {
    throw damaged();
  }
  return checkReport(packed);
}

/** Stops at MAX_BYTES: a small text can inflate to gigabytes. */
async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [words, n_bytes] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return words + decoder.decode();
    n_bytes += value.byteLength;
    if (n_bytes > MAX_BYTES) {
      await reader.cancel();
      throw damaged();
    }
    words += decoder.decode(value, { stream: true });
  }
}

function damaged(): BreakevenError {
  return new BreakevenError(
    'invalid_param',
    'The results in this address are damaged or cut short: ask for the link again.',
    'results',
  );
}
