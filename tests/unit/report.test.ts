import { describe, expect, test } from 'vitest';
import { bytes, duration, list, settings } from '../../www/experiment/format.js';
import { byTestAccuracy, sweepsCsv, toCsv, toJson } from '../../www/experiment/report.js';
import { sweep } from './measured.js';

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
    const [header, ...lines] = sweepsCsv({ NB: sweep() }).trim().split('\r\n');
    expect(lines).toHaveLength(12);
    expect(new Set([header, ...lines].map((line) => line?.split(',').length)).size).toBe(1);
    const at = (name: string) => lines[0]?.split(',')[header?.split(',').indexOf(name) ?? -1];
    expect(['n_rounds', 'n_samples', 'between_rounds', 'p95_ms'].map(at)).toEqual(['5', '20', '0.03', '0.0015']);
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
