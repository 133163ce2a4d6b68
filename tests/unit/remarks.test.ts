import { expect, test } from 'vitest';
import { isAllHidden, notesOf, notReached } from '../../www/api/strategies/remarks.js';
import type { Strategy } from '../../www/api/types.js';
import { breakEven, point } from './measured.js';

const left_out = (strategy: string, n_rows: number, s: number, n_threads = 4) =>
  ({ kind: 'left_out', strategy, n_threads, n_rows, call_ms: 1000 * s }) as const;

test('what a measurement left out or found wrong, in words', () => {
  expect(
    notesOf([
      { kind: 'unequal', strategy: 'threads', n_threads: 4, n_rows: 1000 },
      { kind: 'hidden', strategy: 'workers', n_threads: 4, n_rows: 10 },
    ]),
  ).toEqual([
    'threads at 1,000 rows gave other labels than serial: an error, not a time.',
    'workers at 10 rows was not measured: the page was hidden.',
  ]);
});

test('a size that was left out is told once, with its strategies', () => {
  const notes = notesOf([
    left_out('async', 1e6, 3),
    ...['threads', 'workers', 'async'].map((strategy, i) => left_out(strategy, 1e7, 12.345 + i)),
    left_out('serial', 2e9, 4567),
  ]);
  expect(notes).toEqual([
    'async at 1,000,000 rows left out: one call would take about 3 s.',
    'threads, workers and async at 10,000,000 rows left out: one call would take about 12 to 14 s.',
    'serial at 2,000,000,000 rows left out: one call would take about 4600 s.',
  ]);
});

test('a strategy of which every point was hidden is told from one that has some', () => {
  const hidden = [
    { kind: 'hidden', strategy: 'threads', n_threads: 4, n_rows: 10 },
    { kind: 'hidden', strategy: 'workers', n_threads: 4, n_rows: 10 },
  ] as const;
  const points = [{ ...point('workers', 1000, 0.5), n_threads: 4 }];
  const is = (strategy: Strategy, n_threads = 4) => isAllHidden(hidden, points, breakEven({ strategy, n_threads }));
  expect(is('threads')).toBe(true);
  expect(is('threads', 2)).toBe(false);
  expect(is('workers')).toBe(false);
  expect(isAllHidden([], [], breakEven())).toBe(false);
});

test('of several numbers of threads each is named', () => {
  const hidden = [2, 8].map((n_threads) => ({ kind: 'hidden' as const, strategy: 'threads', n_threads, n_rows: 10 }));
  expect(notesOf(hidden, true)).toEqual([
    '2 threads at 10 rows was not measured: the page was hidden.',
    '8 threads at 10 rows was not measured: the page was hidden.',
  ]);
  const slow = [left_out('serial', 1e6, 3, 1), left_out('threads', 1e6, 3, 2), left_out('threads', 1e6, 3, 8)];
  expect(notesOf(slow, true)).toEqual([
    'serial, 2 threads and 8 threads at 1,000,000 rows left out: one call would take about 3 s.',
  ]);
  const points = [point('serial', 10, 1), { ...point('threads', 10, 1), n_threads: 2 }];
  expect(notReached({ points, notes: [] }, ['serial', 'threads'], [10], [8, 2])).toEqual([
    '8 threads at 10 rows not measured: the time was over before.',
  ]);
});

test('a size that a measurement never came to is told, with its strategies', () => {
  const points = [point('serial', 10, 1), point('workers', 10, 1), point('serial', 100, 1)];
  const reached = { points, notes: ['workers at 1,000 rows left out: one call would take about 3 s.'] };
  expect(notReached(reached, ['serial', 'workers'], [10, 100, 1000, 10_000])).toEqual([
    'workers at 100 rows not measured: the time was over before.',
    'serial and workers at 10,000 rows not measured: the time was over before.',
  ]);
});
