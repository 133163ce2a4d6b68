/** What the notebook's own numbers hide, each beside this run's own number. */
import type { MeasurePoint, Report, Strategy } from '../api/types.js';
import { count, counted, digits, duration, settings } from './format.js';
import { NOTEBOOK } from './notebook.js';

export interface Hidden {
  id: string;
  /** What the notebook printed. */
  printed: string;
  /** What that hides. */
  hides: string;
  /** The same here; null where this run did not measure it. */
  here: string | null;
}

type Told = Partial<Pick<Report, 'training' | 'sweeps'>>;

export function hidden({ training = [], sweeps = {} }: Told): Hidden[] {
  const points = Object.values(sweeps).flatMap((sweep) => sweep.points);
  const { ten_rows_ms, async_rows } = NOTEBOOK;
  return [
    {
      id: 'floor',
      printed: `NB on 10 rows takes ${duration(ten_rows_ms.serial)} alone and ${duration(ten_rows_ms.threads)} with threads.`,
      hides:
        'The tenth of a second is no cost of threads: the pool of that Python looked only every 100 ms whether it ' +
        'could close. It stands in every one of its measurements with threads.',
      here: floorHere(sweeps),
    },
    {
      id: 'parent',
      printed: `Processes show CPU/s = ${digits(NOTEBOOK.processes_cpu_per_wall)}, as if they waited.`,
      hides: 'process_time counts the parent only. What the children computed is in no number of the notebook.',
      here: busyHere(points),
    },
    {
      id: 'coroutine',
      printed: `The async function took ${(NOTEBOOK.async_printed_ms / 1000).toFixed(4)} s for ${count(async_rows)} rows.`,
      hides: 'The timer around an async def stops when the coroutine has been made, before any of it has run.',
      here: asyncHere(sweeps),
    },
    {
      id: 'order',
      printed: 'The async labels were counted: as many as there were rows.',
      hides: 'asyncio.wait gives a set: slices come together in any order, and labels end up at other rows.',
      here: orderHere(points),
    },
    {
      id: 'nan',
      printed: 'A best setting for LR and SVC, and a warning that was hidden.',
      hides:
        `${NOTEBOOK.failed_cells.LR?.join(' of ')} settings of LR and the l1 half of SVC could not be fitted by the ` +
        'default solvers: their scores were NaN, so the best was sought among the rest.',
      here: cellsHere(training),
    },
    {
      id: 'single',
      printed: 'One number a batch size.',
      hides: 'Each is a single call: nothing tells a difference from chance.',
      here: spreadHere(points),
    },
  ];
}

function find(
  sweeps: Report['sweeps'],
  strategy: Strategy,
  n_rows?: number,
): { classifier: string; point: MeasurePoint } | null {
  for (const [classifier, { points }] of Object.entries(sweeps)) {
    const own = points.filter((point) => point.strategy === strategy);
    const near = own.filter((point) => n_rows === undefined || point.n_rows === n_rows);
    const point = near[0] ?? own[0];
    if (point) return { classifier, point };
  }
  return null;
}

function floorHere(sweeps: Report['sweeps']): string | null {
  const found = find(sweeps, 'threads', 10);
  if (!found) return null;
  const { classifier, point } = found;
  const serial = sweeps[classifier]?.points.find((p) => p.strategy === 'serial' && p.n_rows === point.n_rows);
  const alone = serial ? `${duration(serial.median_ms)} alone and ` : '';
  return `${classifier} on ${count(point.n_rows)} rows: ${alone}${duration(point.median_ms)} with threads.`;
}

function busyHere(points: readonly MeasurePoint[]): string | null {
  const workers = points.filter((point) => point.strategy === 'workers');
  if (workers.length === 0) return null;
  const most = workers.reduce((a, b) => (b.busy_per_wall > a.busy_per_wall ? b : a));
  return `Every worker stamps its own time: busy / wall up to ${digits(most.busy_per_wall)}, at ${count(most.n_rows)} rows.`;
}

function asyncHere(sweeps: Report['sweeps']): string | null {
  const found = find(sweeps, 'async', NOTEBOOK.async_rows);
  if (!found) return null;
  const { classifier, point } = found;
  return `${classifier} on ${count(point.n_rows)} rows, until the labels are there: ${duration(point.median_ms)}.`;
}

function orderHere(points: readonly MeasurePoint[]): string | null {
  const parallel = points.filter((point) => point.strategy !== 'serial');
  if (parallel.length === 0) return null;
  const equal = parallel.filter((point) => point.equal_to_serial).length;
  return `Compared row by row with serial: ${equal} of ${parallel.length} points equal, order included.`;
}

function cellsHere(training: Report['training']): string | null {
  const searched = training.filter((row) => row.cv_results.params.length > 1);
  if (searched.length === 0) return null;
  const words = searched.map(({ classifier, cv_results, best_params }) => {
    const failed = cv_results.error.filter((error) => error !== null).length;
    return `${classifier}: ${failed} of ${cv_results.params.length} failed, the best is ${settings(best_params)}`;
  });
  return `${words.join('; ')}.`;
}

function spreadHere(points: readonly MeasurePoint[]): string | null {
  if (points.length === 0) return null;
  const sorted = (values: number[]) => values.sort((a, b) => a - b);
  const middle = (values: number[]) => sorted(values)[Math.floor(values.length / 2)] ?? Number.NaN;
  const samples = counted(middle(points.map((point) => point.n_samples)), 'sample');
  const rounds = counted(middle(points.map((point) => point.n_rounds)), 'round');
  const half = middle(points.map((point) => (point.ci95_ms[1] - point.ci95_ms[0]) / (2 * point.median_ms)));
  return `The middle point of ${points.length}: ${samples} in ${rounds}, known to ±${digits(100 * half)} %.`;
}
