import { describe, expect, test } from 'vitest';
import { bytes, duration, list, settings } from '../../www/experiment/format.js';
import { byTestAccuracy, sweepsCsv, toCsv, toJson } from '../../www/experiment/report.js';
import { busyPerWallSentence, sweepSentence, verdict } from '../../www/experiment/sentences.js';
import { environmentOf, measureReport } from './fake-engine.js';

type Verdict = 'pays' | 'never_pays' | 'unclear';
const found = (strategy: 'threads' | 'workers', verdict: Verdict, n_rows: number | null = null) => ({
  ...{ strategy, n_rows, ci95: null, verdict, sentence: '' },
});

describe('sentences', () => {
  test.each([
    [0.9998, 'only one core at work, not parallel'],
    [1.0338, 'only one core'],
    [1.9948, 'parallel already'],
    [2.7214, 'parallel already'],
    [0.1467, '85 % of the time'],
    [Number.NaN, 'clock'],
  ])('busy / wall = %d: %s', (ratio, words) => expect(busyPerWallSentence(ratio)).toContain(words));

  test('a sweep is named after its earliest break-even', () => {
    const break_even = [found('workers', 'pays', 5000), found('threads', 'pays', 1200)];
    expect(sweepSentence('NB', { break_even })).toBe('NB: threads pay from about 1,200 rows');
    expect(sweepSentence('NB', { break_even: [found('threads', 'never_pays')] })).toContain('serial is fastest');
    expect(sweepSentence('NB', { break_even: [found('threads', 'unclear')] })).toContain('no clear');
    expect(sweepSentence('NB', { break_even: [] })).toContain('nothing to compare');
  });

  test('the verdict tells apart what pays, never pays and is unclear', () => {
    const sweeps = {
      NB: { break_even: [found('threads', 'pays', 900)] },
      LR: { break_even: [found('threads', 'never_pays')] },
      RF: { break_even: [found('threads', 'unclear')] },
    };
    expect(verdict(sweeps, 4)).toBe(
      'On this machine, with 4 threads, parallel prediction pays from about 900 rows for NB (threads); ' +
        'it never pays for LR; the break-even of RF is too close to call.',
    );
    expect(verdict({ LR: sweeps.LR }, 1)).toBe(
      'On this machine, with 1 thread, parallel prediction never pays for LR.',
    );
    expect(verdict({ NB: { break_even: [] } }, 1)).toContain('Only serial');
  });
});

describe('files', () => {
  test('JSON has null for NaN and lists for typed arrays', () => {
    const report = { total_ms: Number.NaN, verdict: 'x', notes: Int32Array.of(1, 2) as unknown as string[] };
    expect(JSON.parse(toJson(report))).toEqual({ total_ms: null, verdict: 'x', notes: [1, 2] });
  });

  test('CSV quotes, leaves NaN empty, and gives a spreadsheet no formula', () => {
    expect(
      toCsv(
        ['a', 'b'],
        [
          ['x,"y"', Number.NaN],
          ['=1+1', -2],
        ],
      ),
    ).toBe('a,b\r\n"x,""y""",\r\n\'=1+1,-2\r\n');
  });

  test('the sweeps’ CSV has a line a point and as many cells as its header', () => {
    const lines = sweepsCsv({ NB: measureReport(environmentOf('threads')) })
      .trim()
      .split('\r\n');
    expect(lines).toHaveLength(7);
    expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1);
  });

  test('the table’s order: best on unseen rows first', () => {
    const rows = [{ test_acc: 0.8 }, { test_acc: 0.9 }, { test_acc: 0.85 }];
    expect(byTestAccuracy(rows).map((row) => row.test_acc)).toEqual([0.9, 0.85, 0.8]);
    expect(rows[0]?.test_acc).toBe(0.8);
  });
});

test('numbers in words', () => {
  expect([0.00042, 0.0123, 18.27, 2150, 200_000, Number.NaN].map(duration)).toEqual([
    ...['0.42 µs', '12.3 µs', '18.3 ms', '2.15 s', '3 min 20 s', '–'],
  ]);
  expect([12, 1536, 3_400_000].map(bytes)).toEqual(['12 B', '1.5 KiB', '3.24 MiB']);
  expect(settings({ penalty: 'l1', C: 0.1 })).toBe('C=0.1, penalty=l1');
  expect([list([]), list(['a']), list(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
});
