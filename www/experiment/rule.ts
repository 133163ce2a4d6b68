/** What to do with the answer: a rule for each classifier. */
import type { Report } from '../api/types.js';
import type { Closer } from './closer.js';
import { about, count } from './format.js';
import { frontier, isUnclear, mapCells, stepsInWords } from './thread-map.js';
import { aboutOf, intervalWords, isEqual, isWide, toldOf } from './words.js';

export interface Rule {
  classifier: string;
  estimator: string;
  /** Rows from which `strategy` is used; null: never, or no number is known. */
  from: number | null;
  /** And up to which; null: up to the largest measured. */
  to: number | null;
  /** "128 to 200"; '' where there is none. */
  interval: string;
  strategy: string;
  /** Whether the measurements decide. */
  clear: boolean;
  words: string;
}

type Sweeps = Report['sweeps'];
/** What was measured of one classifier more closely, by its name. */
type Closely = Readonly<Record<string, Pick<Closer, 'thread_counts'>>>;
type Named = readonly Pick<Report['training'][number], 'classifier' | 'estimator'>[];

export function rules(sweeps: Sweeps, training: Named, closer: Closely = {}): Rule[] {
  return Object.entries(sweeps).map(([classifier, { break_even, points }]) => {
    const estimator = training.find((row) => row.classifier === classifier)?.estimator ?? classifier;
    const found = toldOf(break_even);
    if (found?.verdict === 'pays' && found.n_rows !== null) {
      const { strategy, n_rows: from, to_rows: to } = found;
      const { sizes = [] } = aboutOf({ break_even, points }, strategy);
      const interval = intervalWords(found, sizes, count);
      const rule = { classifier, estimator, to: to || null, interval, strategy };
      if (found.ci95 && isWide(found)) {
        const [low, high] = found.ci95;
        const less = low < Math.min(...sizes) ? 'below' : `serial below ${about(low)}, between`;
        const most = to ? ` up to about ${about(to)} rows` : ' rows on';
        return {
          ...rule,
          from: null,
          clear: false,
          words: `From ${about(high)}${most}, ${strategy}; ${less} it is not clear.`,
        };
      }
      const words = to
        ? `Serial below about ${about(from)} and above about ${about(to)} rows, ${strategy} between.`
        : from <= Math.min(...sizes)
          ? `From the smallest batch measured on, ${strategy}.`
          : `Serial below about ${about(from)} rows, ${strategy} from there on.`;
      return {
        ...rule,
        from,
        clear: true,
        words: words + (strategy === 'threads' ? howMany(from, closer[classifier]) : ''),
      };
    }
    const largest = count(Math.max(0, ...points.map((point) => point.n_rows)));
    const clear = found?.verdict !== 'unclear';
    const words = clear
      ? `Serial, up to ${largest} rows.`
      : isEqual({ points }, found.strategy)
        ? 'Not clear: measure longer, or when nothing else is at work.'
        : `Serial: the labels of ${found.strategy} differ from it.`;
    return { classifier, estimator, from: null, to: null, interval: '', strategy: 'serial', clear, words };
  });
}

/** How many threads from which size on, where that was measured: no smaller one than the rule's own. */
function howMany(least: number, { thread_counts = [] }: Pick<Closer, 'thread_counts'> = {}): string {
  const cells = mapCells(thread_counts);
  const steps = frontier(cells).map((step) => ({ ...step, from: Math.max(step.from, least) }));
  const apart = steps.filter(({ from }, i) => steps[i + 1]?.from !== from);
  const words = isUnclear(cells) ? '' : stepsInWords(apart);
  return words === '' ? '' : ` By their number: ${words}.`;
}
