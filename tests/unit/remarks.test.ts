import { expect, test } from 'vitest';
import { notesOf } from '../../www/api/strategies/remarks.js';

test('what a measurement left out or found wrong, in words', () => {
  const left_out = (strategy: string, call_ms: number) =>
    ({ kind: 'left_out', strategy, n_rows: 1e7, call_ms }) as const;
  expect(
    notesOf([
      { kind: 'unequal', strategy: 'threads', n_rows: 1000 },
      { kind: 'hidden', strategy: 'workers', n_rows: 10 },
      left_out('threads', 12_345),
      left_out('workers', 12_345),
    ]),
  ).toEqual([
    'threads at 1,000 rows gave other labels than serial: an error, not a time.',
    'workers at 10 rows was not measured: the page was hidden.',
    // Once, though it is left out of two strategies.
    '10,000,000 rows left out: one call would take about 12 s.',
  ]);
});

test('times are said without an exponent', () => {
  const times = [0.2, 3.14, 98.7, 123, 4567].map(
    (s) =>
      notesOf([{ kind: 'left_out', strategy: 'serial', n_rows: 10, call_ms: 1000 * s }])[0]?.match(/about (.*) s/)?.[1],
  );
  expect(times).toEqual(['0.2', '3.1', '99', '120', '4600']);
});
