/** Precision and recall of a confusion matrix, against scikit-learn's. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classificationReport } from '../../www/breakeven.js';

interface Reported {
  classes: number[];
  confusion_matrix: number[];
  precision: number[];
  recall: number[];
  f1: number[];
  support: number[];
  accuracy: number;
  macro: [number, number, number];
  weighted: [number, number, number];
}

const fixture = new URL('../fixtures/scoring.json', import.meta.url);
const { reports } = JSON.parse(readFileSync(fixture, 'utf8')) as { reports: Reported[] };

describe('a confusion matrix', () => {
  test.each(reports)('of classes $classes says what scikit-learn says', (wanted) => {
    const found = classificationReport(Int32Array.from(wanted.confusion_matrix), Int32Array.from(wanted.classes));
    expect(found.classes).toEqual(
      wanted.classes.map((label, i) => ({
        ...{ label, precision: wanted.precision[i], recall: wanted.recall[i] },
        ...{ f1: wanted.f1[i], support: wanted.support[i] },
      })),
    );
    expect(found.accuracy).toBe(wanted.accuracy);
    for (const average of ['macro', 'weighted'] as const) {
      const { precision, recall, f1 } = found[average];
      for (const [i, value] of [precision, recall, f1].entries())
        expect(value, average).toBeCloseTo(wanted[average][i] as number, 14);
    }
    expect(found.n_rows).toBe(wanted.support.reduce((a, b) => a + b));
    expect(found.majority_share).toBe(Math.max(...wanted.support) / found.n_rows);
  });

  test('of no rows has no accuracy', () => {
    const { accuracy, macro } = classificationReport(new Int32Array(4), Int32Array.of(0, 1));
    expect(accuracy).toBeNaN();
    expect(macro).toEqual({ precision: 0, recall: 0, f1: 0 });
  });

  test('of other classes, or of no counts, is refused by name', () => {
    const three = Int32Array.of(0, 1, 2);
    expect(() => classificationReport(new Int32Array(4), three)).toThrow('confusion must have 9 counts, 3 a class');
    expect(() => classificationReport(Int32Array.of(1, -1, 0, 0), Int32Array.of(0, 1))).toThrow('a count of -1');
    expect(() => classificationReport('0 1' as never, three)).toThrow('confusion = ');
  });
});
