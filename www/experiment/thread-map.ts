/** Batch size × threads: what each is worth, and how many threads are enough. */
import type { MeasurePoint } from '../api/types.js';
import { about, counted, list } from './format.js';

/** One number of threads at one batch size; serial is one thread. */
export interface MapCell {
  n_rows: number;
  n_threads: number;
  ms: number;
  /** How many times as fast as serial at that size. */
  gain: number;
  /** Whether it is the fewest threads that are fast enough there. */
  isBest: boolean;
  /** Whether its time scatters by more than a tenth, so that it may be another the next time. */
  isNoisy: boolean;
}

/** What is no more than that slower than the fastest is as good: fewer threads leave the others to somebody else. */
const AS_GOOD = 1.05;

/** A share of noisy cells beyond which nothing is told of them. */
const NOISY = 0.5;

/** Size by size, serial first. Points may be of threads by their number, or of the automatic choice: serial beside each. */
export function mapCells(points: readonly MeasurePoint[]): MapCell[] {
  const sizes = [...new Set(points.map((point) => point.n_rows))].sort((a, b) => a - b);
  return sizes.flatMap((n_rows) => {
    const here = points.filter((point) => point.n_rows === n_rows && point.median_ms > 0);
    const serial = here.find((point) => point.strategy === 'serial');
    if (!serial) return [];
    const threads = here.filter((point) => point.strategy === 'threads').sort((a, b) => a.n_threads - b.n_threads);
    const enough = AS_GOOD * Math.min(serial.median_ms, ...threads.map((point) => point.median_ms));
    const all = [{ ...serial, n_threads: 1 }, ...threads];
    const best = all.find((point) => point.median_ms <= enough);
    return all.map((point) => ({
      ...{ n_rows, n_threads: point.n_threads, ms: point.median_ms },
      ...{ gain: serial.median_ms / point.median_ms, isBest: point === best },
      isNoisy: point.flags.includes('noisy'),
    }));
  });
}

/** From so many rows, so many threads. */
export interface Step {
  from: number;
  n_threads: number;
}

/**
 * The frontier: more threads from the first size on from which no larger one does with fewer. What is best at one size
 * alone, between others, is noise.
 */
export function frontier(cells: readonly MapCell[]): Step[] {
  const best = cells.filter((cell) => cell.isBest);
  const steps: Step[] = [];
  for (const [i, { n_rows }] of best.entries()) {
    const n_threads = Math.min(...best.slice(i).map((cell) => cell.n_threads));
    if (n_threads > (steps.at(-1)?.n_threads ?? 0)) steps.push({ from: n_rows, n_threads });
  }
  return steps;
}

/** Whether too many of the times scatter for a frontier to be told: something else was at work. */
export function isUnclear(cells: readonly MapCell[]): boolean {
  return cells.filter((cell) => cell.isNoisy).length > NOISY * cells.length;
}

/** "2 threads from 10 rows and 8 from 3,000 rows"; '' where serial is best throughout. */
export function stepsInWords(steps: readonly Step[]): string {
  const parallel = steps.filter((step) => step.n_threads > 1);
  return list(
    parallel.map(({ from, n_threads }, i) =>
      i === 0
        ? `${counted(n_threads, 'thread')} from ${about(from)} ${from === 1 ? 'row' : 'rows'}`
        : `${n_threads} from ${about(from)}`,
    ),
  );
}
