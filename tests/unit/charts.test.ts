// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest';
import { balance } from '../../www/charts/balance.js';
import { busyChart, busyDots, busyTitle } from '../../www/charts/busy.js';
import { parkedTimes, parkedTitle, poolPoints } from '../../www/charts/closer.js';
import { crossing, twoLines } from '../../www/charts/crossing.js';
import { gridScores, gridTitle } from '../../www/charts/grid.js';
import { importances, importancesTitle } from '../../www/charts/importances.js';
import { overheadStages } from '../../www/charts/overhead.js';
import { principalComponents } from '../../www/charts/projection.js';
import { pointsOf, scatter, scatterTitle } from '../../www/charts/scatter.js';
import { speedupLines, speedups, speedupTitle } from '../../www/charts/speedup.js';
import { sweepTimes } from '../../www/charts/sweep.js';
import { mapTitle, threadMap } from '../../www/charts/thread-map.js';
import { accuracies, trainingTimes, trainingTitle } from '../../www/charts/training.js';
import { threadCounts as counts } from '../../www/experiment/closer.js';
import { rules } from '../../www/experiment/rule.js';
import { frontier, mapCells } from '../../www/experiment/thread-map.js';
import { breakEven, sweep, without } from './measured.js';

const TRAINING = ['NB', 'LR', 'RF'].map((classifier, i) => ({
  ...{ classifier, training_time_ms: 10 ** (i + 1), train_acc: 0.9 + i / 100, test_acc: 0.88 + i / 100 },
}));
const SWEEP = sweep();
type Point = (typeof SWEEP.points)[number];
/** The same, twice as slow. */
const SLOW = {
  ...SWEEP,
  points: SWEEP.points.map((p) => ({
    ...p,
    median_ms: 2 * p.median_ms,
    ci95_ms: p.ci95_ms.map((ms) => 2 * ms) as [number, number],
  })),
};
const trained = (behind = TRAINING.slice(0, 0)) => ({ own: TRAINING, behind, names: ['NB', 'LR', 'RF'] });
const BUSY = [
  { classifier: 'NB', busy_per_wall: 1 },
  { classifier: 'mine', busy_per_wall: 2 },
];
/** Four rows in a line, from corner to corner of two features of three. */
const PREVIEW = {
  ...{ n_rows: 4, n_train: 4, n_test: 0, n_features: 3, feature_names: ['a', 'b', 'c'] },
  classes: [0, 1].map((label) => ({ name: String(label), n_rows: 2 })),
  X: Float64Array.of(0, 0, 5, 1, 1, 5, 2, 2, 5, 3, 3, 5),
  y: Int32Array.of(0, 0, 1, 1),
};
const RESULTS = {
  params: [0.1, 1].flatMap((C) => ['l1', 'l2'].map((penalty) => ({ C, penalty }))),
  split_test_score: [[], [], [], []],
  mean_test_score: [0.8, 0.9, Number.NaN, 0.85],
  ...{ std_test_score: [0, 0, 0, 0], rank_test_score: [3, 1, 4, 2], mean_fit_time_ms: [1, 1, 1, 1] },
  error: [null, null, 'solver does not take l1', null],
};

const LONG = 'a name that is much longer than there is room for';
const IMPORTANCES = {
  n_columns: 9,
  columns: [4, 2, 7],
  values: [0.5, 0.25, 0.25],
  names: ['age', `${LONG} 1`, `${LONG} 2`],
};

function ofClass(svg: SVGSVGElement, name: string, mark: string): number {
  return [...svg.querySelectorAll(mark)].filter((element) => {
    for (let at: Element | null = element; at && at !== svg; at = at.parentElement) {
      if (at.getAttribute('class')?.split(' ').includes(name)) return true;
    }
    return false;
  }).length;
}

describe('every chart', () => {
  const charts = {
    trainingTimes: trainingTimes('', trained(), 640),
    accuracies: accuracies('', trained(), 640),
    sweepTimes: sweepTimes('NB', { own: SWEEP, behind: null }, 640),
    crossing: crossing('NB', sweep(), 640),
    scatter: scatter('', { preview: PREVIEW, axes: 'components' }, 640),
    balance: balance('', PREVIEW, 640),
    busyChart: busyChart('', BUSY, 640),
    speedupLines: speedupLines('threads', { own: speedups({ NB: SWEEP }, 'threads'), behind: [] }, 640),
    parkedTimes: parkedTimes('NB', { hot: SWEEP.points, parked: SLOW.points }, 640),
    threadMap: threadMap('NB', { points: SWEEP.points.slice(2, 5), n_cores: 4 }, 640),
    gridScores: gridScores('LR', RESULTS, 640) as SVGSVGElement,
    overheadStages: overheadStages('NB', SWEEP.points, 640),
    importances: importances('RF', IMPORTANCES, 640),
  };

  test.each(Object.entries(charts))('%s is one picture with a name, and without style sheets', (_, svg) => {
    expect(svg.tagName.toLowerCase()).toBe('svg');
    expect(svg.getAttribute('role')).toBe('img');
    expect(svg.getAttribute('aria-label')).toBeTruthy();
    expect(svg.querySelector('desc')?.textContent).toBeTruthy();
    expect(svg.querySelectorAll('style')).toHaveLength(0);
    expect(svg.getAttribute('width')).toBe('640');
  });
});

describe('importances', () => {
  const bars = (svg: SVGSVGElement) =>
    [...svg.querySelectorAll('rect')].map((bar) => Number(bar.getAttribute('width')));

  test('a bar a column, as long as it is important, also where two names are cut to the same', () => {
    for (const width of [640, 340]) {
      const svg = importances('RF', IMPORTANCES, width);
      const [first = 0, ...others] = bars(svg);
      expect(others).toHaveLength(2);
      for (const bar of others) expect(bar).toBeCloseTo(first / 2, 3);
      const words = [...svg.querySelectorAll('text')].map(({ textContent }) => textContent);
      expect(words).toContain('age');
      expect(words.filter((word) => word?.startsWith('a name') && word.endsWith('…'))).toHaveLength(2);
    }
  });

  test('are said in a sentence: by name, by number where names are not known, and where there is no split', () => {
    expect(importancesTitle('RF', IMPORTANCES)).toBe('RF tells most by age: 0.5 of its importance');
    const { names: _, ...rest } = IMPORTANCES;
    expect(importancesTitle('RF', rest)).toBe('RF tells most by feature 5: 0.5 of its importance');
    expect(importancesTitle('RF', { ...IMPORTANCES, values: [0, 0, 0] })).toBe('RF splits by no column');
  });
});

describe('training', () => {
  test('a bar a classifier', () => {
    expect(trainingTimes('', trained(), 640).querySelectorAll('rect')).toHaveLength(3);
    expect(trainingTitle(TRAINING)).toBe('NB trained in 10 ms, RF in 1 s');
  });

  test('two dots a classifier', () => {
    expect(accuracies('', trained(), 640).querySelectorAll('circle')).toHaveLength(6);
  });
});

describe('sweep', () => {
  const svg = sweepTimes('NB', { own: SWEEP, behind: null }, 640);

  test('a line and an interval a strategy, a mark a point, a rule a break-even', () => {
    expect(ofClass(svg, 'median', 'path')).toBe(4);
    expect(ofClass(svg, 'interval', 'path')).toBe(4);
    expect(ofClass(svg, 'point', 'path')).toBe(12);
    // Workers never pay: of two break-evens one is marked.
    expect(ofClass(svg, 'break-even', 'line')).toBe(1);
    expect(ofClass(svg, 'break-even-interval', 'rect')).toBe(1);
    expect(svg.textContent).toContain('290 rows');
  });

  test('its name is what it found', () => {
    expect(svg.getAttribute('aria-label')).toBe('NB: 2 threads pay from about 290 rows');
  });

  test('a break-even with an end has both marked', () => {
    const own = sweep({ break_even: [breakEven({ to_rows: 90_000 })] });
    const svg = sweepTimes('NB', { own, behind: null }, 640);
    expect([ofClass(svg, 'break-even', 'line'), ofClass(svg, 'break-even-end', 'line')]).toEqual([1, 1]);
    expect(svg.textContent).toContain('290 to 90,000 rows');
  });

  test('draws nothing, and does not fail, without points', () => {
    expect(ofClass(sweepTimes('NB', { own: { points: [], break_even: [] }, behind: null }, 640), 'point', 'path')).toBe(
      0,
    );
  });
});

describe('the crossing', () => {
  const names = (svg: SVGSVGElement, name: string) =>
    [...svg.querySelectorAll(`.${name}, .${name} text`)].map((element) => element.textContent);

  test('is of serial and threads alone, whatever else was measured', () => {
    const svg = crossing('NB', sweep(), 640);
    expect(twoLines(sweep()).points.map(({ strategy }) => strategy)).toEqual([
      ...['serial', 'serial', 'serial', 'threads', 'threads', 'threads'],
    ]);
    expect(ofClass(svg, 'median', 'path')).toBe(2);
    expect(svg.getAttribute('aria-label')).toBe('NB: 2 threads pay from about 290 rows');
    expect(svg.querySelector('desc')?.textContent).toContain('from about 290 rows (95 %: 250 to 330)');
  });

  test('has its break-even marked, in its interval', () => {
    const svg = crossing('NB', sweep(), 640);
    for (const [name, mark] of [
      ['break-even', 'line'],
      ['break-even-interval', 'rect'],
      ['pays', 'rect'],
      ['crossing', 'circle'],
    ] as const)
      expect(ofClass(svg, name, mark), name).toBe(1);
    expect(names(svg, 'break-even-label').join()).toContain('about 290 rows');
    expect(svg.textContent).toContain('95 %: 250 to 330');
    expect(svg.textContent).toContain('threads are faster');
  });

  test('lies where both lines take the same time a row', () => {
    // Between 10 rows (0.1 and 2.03 µs a row) and 1000 (0.1 and 0.05).
    const dot = crossing('NB', sweep(), 640).querySelector('.crossing circle, circle.crossing') as Element;
    const rule = crossing('NB', sweep(), 640).querySelector('.break-even line, line.break-even') as Element;
    expect(Number(dot.getAttribute('cx'))).toBeCloseTo(Number(rule.getAttribute('x1')), 3);
    expect(Number(dot.getAttribute('cy'))).toBeGreaterThan(54);
    expect(Number(dot.getAttribute('cy'))).toBeLessThan(318);
  });

  test('without a break-even has two lines and nothing marked', () => {
    const svg = crossing('NB', sweep({ break_even: [without('never_pays')] }), 320);
    expect(ofClass(svg, 'median', 'path')).toBe(2);
    expect(ofClass(svg, 'break-even', 'line') + ofClass(svg, 'crossing', 'circle')).toBe(0);
    expect(svg.textContent).not.toContain('faster');
  });

  test('ends where the gain ends', () => {
    const width = (to_rows: number | null) =>
      Number(
        crossing('NB', sweep({ break_even: [breakEven({ to_rows })] }), 640)
          .querySelector('.pays rect, rect.pays')
          ?.getAttribute('width'),
      );
    expect(width(10_000)).toBeLessThan(width(null));
    expect(width(10_000_000)).toBe(width(null));
  });

  test('draws nothing, and does not fail, without points', () => {
    expect(ofClass(crossing('NB', sweep({ points: [], break_even: [] }), 640), 'point', 'path')).toBe(0);
  });
});

describe('grid', () => {
  test('a cell a candidate; what could not be fitted is crossed out', () => {
    const svg = gridScores('LR', RESULTS, 640) as SVGSVGElement;
    expect(ofClass(svg, 'candidate', 'rect')).toBe(4);
    expect(svg.textContent).toContain('×');
    expect(svg.querySelector('desc')?.textContent).toContain('solver does not take l1');
  });

  test('says the best and how many failed', () => {
    expect(gridTitle('LR', RESULTS)).toBe('LR: C=0.1, penalty=l2 is the best of 4 settings (1 not possible)');
  });

  test('one candidate is no grid', () => {
    expect(gridScores('NB', { ...RESULTS, params: [{}] }, 640)).toBeNull();
  });
});

describe('somebody else’s results lie behind', () => {
  test('as faint lines of the same strategies', () => {
    const svg = sweepTimes('NB', { own: SWEEP, behind: SLOW }, 640);
    expect(ofClass(svg, 'behind', 'path')).toBe(4);
    expect(ofClass(svg, 'median', 'path')).toBe(4);
  });

  test('as ticks on the bars and beside the dots, of known classifiers only', () => {
    const other = [...TRAINING, { ...(TRAINING[0] as (typeof TRAINING)[number]), classifier: 'other' }];
    expect(ofClass(trainingTimes('', trained(other), 640), 'behind', 'line')).toBe(3);
    expect(ofClass(accuracies('', trained(other), 640), 'behind', 'line')).toBe(3);
  });
});

describe('data', () => {
  test('rows in a line have one principal component', () => {
    const { scores, shares } = principalComponents(PREVIEW.X, 3);
    expect(shares[0]).toBeCloseTo(1, 9);
    expect(shares[1]).toBeCloseTo(0, 9);
    const steps = scores.slice(1).map(([x], i) => Math.abs(x - (scores[i]?.[0] ?? 0)));
    for (const step of steps) expect(step).toBeCloseTo(Math.SQRT2, 9);
  });

  test('the components’ shares are the eigenvalues of the covariance', () => {
    // Two uncorrelated features with variances 9 and 1, and one that does not vary.
    const X = Float64Array.of(3, 1, 7, 3, -1, 7, -3, 1, 7, -3, -1, 7);
    const { scores, shares } = principalComponents(X, 3);
    expect(shares).toEqual([expect.closeTo(0.9, 9), expect.closeTo(0.1, 9)]);
    expect(scores.map(([x]) => Math.abs(x))).toEqual([3, 3, 3, 3].map((x) => expect.closeTo(x, 5)));
  });

  test('of a table with gaps and words the numbers are shown, a gap in the middle, and units do not count', () => {
    const preview = {
      ...PREVIEW,
      ...{ n_features: 3, feature_names: ['a', 'kind', 'b'], numbers: [0, 2] },
      X: Float64Array.of(1, 0, 2e6, 2, Number.NaN, 4e6, Number.NaN, 1, Number.NaN, 3, 1, 6e6),
      y: Int32Array.of(0, 1, 0, 1),
    };
    const { points, shown } = pointsOf({ preview, axes: 'components' });
    expect(shown).toBeCloseTo(1, 9);
    expect(points.map(({ x }) => Math.abs(x)).map((x) => x.toFixed(3))).toEqual(['1.732', '0.000', '0.000', '1.732']);
    expect(scatterTitle({ preview, axes: 'components' }, { points, shown, names: ['', ''] })).toBe(
      'Two directions of 2 features that are numbers hold 100 % of the rows’ variance',
    );
    // By two of its columns a row without one of them has no place.
    expect(pointsOf({ preview, axes: [0, 2] }).points).toHaveLength(3);
  });

  test('a path a class, with a dot a row', () => {
    const paths = scatter('', { preview: PREVIEW, axes: [0, 1] }, 640).querySelectorAll('path.class');
    expect([...paths].map((path) => path.getAttribute('d')?.match(/M/g)?.length)).toEqual([2, 2]);
  });

  test('a cut a class', () => expect(ofClass(balance('', PREVIEW, 640), 'share', 'rect')).toBe(2));
});

describe('speed-up', () => {
  test('is serial’s time over the strategy’s, within both intervals', () => {
    const [point] = speedups({ NB: SWEEP }, 'threads').slice(-1);
    expect(point?.speedup).toBeCloseTo(10 / 3.02, 9);
    expect(point?.low).toBeCloseTo((10 * 0.9) / (3.02 * 1.1), 9);
    expect(speedupTitle('threads', { own: point ? [point] : [], behind: [] })).toContain('3.31 times as fast');
  });

  test('a gain within the noise is none', () => {
    const own = [{ classifier: 'NB', n_rows: 10, n_threads: 2, speedup: 1.3, low: 0.9, high: 2 }];
    expect(speedupTitle('threads', { own, behind: [] })).toContain('no gain');
  });
});

test('busy: the notebook’s own beside, where it printed one', () => {
  expect(busyDots(BUSY)).toHaveLength(3);
  expect(busyTitle(BUSY)).toBe('Parallel already: mine');
});

describe('one classifier, closer', () => {
  test('what waking the pool costs is the difference at the smallest size', () => {
    const data = { hot: SWEEP.points, parked: SLOW.points };
    expect(poolPoints(data)).toHaveLength(6);
    expect(parkedTitle('NB', data)).toBe('NB: waking the pool costs 20.3 µs a call at 10 rows');
  });

  test('numbers of threads', () => {
    expect(counts(2)).toEqual([2, 4, 8]);
    expect(counts(6)).toEqual([2, 4, 6, 8, 12, 16, 24]);
    expect(counts(1)).toEqual([2, 4]);
  });
});

describe('batch size × threads', () => {
  const [serial, , , threads] = SWEEP.points as [Point, Point, Point, Point];
  /** Times by size: serial, then of 2, 4 and 8 threads. */
  const map = (rows: Record<number, number[]>): Point[] =>
    Object.entries(rows).flatMap(([n_rows, [alone = 0, ...others]]) => [
      { ...serial, n_rows: Number(n_rows), median_ms: alone },
      ...others.map((median_ms, i) => ({ ...threads, n_rows: Number(n_rows), n_threads: 2 << i, median_ms })),
    ]);
  const MAP = map({ 10: [1, 2, 3, 9], 100: [10, 6, 7, 12], 1000: [100, 52, 30, 29], 10000: [1000, 510, 270, 160] });

  test('the fewest threads that are as good as the fastest', () => {
    const best = mapCells(MAP).filter((cell) => cell.isBest);
    // At 1,000 rows eight threads are 3 % faster than four.
    expect(best.map(({ n_rows, n_threads }) => [n_rows, n_threads])).toEqual([
      [10, 1],
      [100, 2],
      [1000, 4],
      [10000, 8],
    ]);
    expect(mapCells(MAP)[5]?.gain).toBeCloseTo(10 / 6, 9);
    expect(mapTitle('RF', { points: MAP, n_cores: 8 })).toBe(
      'RF on 8 cores: 2 threads from 100 rows, 4 from 1,000 and 8 from 10,000',
    );
  });

  test('what is best at one size alone is no frontier', () => {
    const points = map({ 10: [10, 5, 5, 5], 100: [10, 12, 12, 12], 1000: [10, 5, 5, 5], 10000: [10, 5, 2, 1] });
    expect(frontier(mapCells(points))).toEqual([
      { from: 10, n_threads: 1 },
      { from: 1000, n_threads: 2 },
      { from: 10000, n_threads: 8 },
    ]);
  });

  test('where most times scatter no number of threads is told', () => {
    const noisy = MAP.map((point, i) => (i % 3 === 0 ? point : { ...point, flags: ['noisy'] }));
    expect(mapTitle('RF', { points: noisy, n_cores: 8 })).toBe(
      'RF: not clear how many threads, times scatter too much',
    );
    const svg = threadMap('RF', { points: noisy, n_cores: 8 }, 640);
    expect(svg.querySelector('desc')?.textContent).toContain('which scatters');
    expect(ofClass(svg, 'frontier', 'path')).toBe(0);
    expect(rules({ RF: { ...SWEEP, points: MAP } }, [], { RF: { thread_counts: noisy } })[0]?.words).not.toContain(
      'number',
    );
  });

  test('the rule says from how many rows how many threads', () => {
    const sweeps = { RF: SWEEP };
    const [told] = rules(sweeps, [], { RF: { thread_counts: MAP } });
    const [plain] = rules(sweeps, []);
    expect(told?.words).toBe(
      `${plain?.words} By their number: 2 threads from 290 rows, 4 from 1,000 and 8 from 10,000.`,
    );
  });

  test('threads that are never faster, or were not measured', () => {
    const slow = map({ 10: [1, 2], 1000: [1, 2] });
    expect(mapTitle('NB', { points: slow, n_cores: 1 })).toBe('NB on 1 core: serial is fast enough up to 1,000 rows');
    expect(mapTitle('NB', { points: [serial], n_cores: 2 })).toBe('NB: threads were not measured');
    expect(mapCells([threads])).toEqual([]);
  });

  test('a cell each, the best framed, and the frontier', () => {
    const svg = threadMap('RF', { points: MAP, n_cores: 8 }, 640);
    expect(ofClass(svg, 'combination', 'rect')).toBe(16);
    expect(ofClass(svg, 'frontier', 'path')).toBe(1);
    expect(svg.querySelector('desc')?.textContent).toContain('100 rows, 2 threads: 6 ms, 1.67 times as fast as serial');
  });
});

test('overhead: a bar a stage, batch size and strategy', () => {
  expect(ofClass(overheadStages('NB', SWEEP.points, 640), 'stage', 'rect')).toBe(4 * 3 * 4);
});
