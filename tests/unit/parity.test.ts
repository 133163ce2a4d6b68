import { describe, expect, it } from 'vitest';
import { compareLists, listDifference, relative, ulps, unequal } from '../../scripts/parity/difference.mjs';
import { centred, objective } from '../../scripts/parity/objective.mjs';
import { Totals } from '../../scripts/parity/totals.mjs';
import { parseLine } from '../../scripts/python.mjs';
import { markdownTable } from '../../scripts/table.mjs';

describe('distances', () => {
  it('counts the doubles between two', () => {
    expect(ulps(1, 1)).toBe(0);
    expect(ulps(1, 1 + Number.EPSILON)).toBe(1);
    expect(ulps(1, 1 - Number.EPSILON)).toBe(2);
    expect(ulps(-1, -1 - Number.EPSILON)).toBe(1);
    expect(ulps(0, -0)).toBe(0);
    expect(ulps(-Number.MIN_VALUE, Number.MIN_VALUE)).toBe(2);
    expect(ulps(1, 2)).toBe(2 ** 52);
    expect(ulps(Number.NaN, Number.NaN)).toBe(0);
    expect(ulps(Number.NaN, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes the larger of two numbers for the measure', () => {
    expect(relative(0, 0)).toBe(0);
    expect(relative(2, 1)).toBe(0.5);
    expect(relative(-1, 1)).toBe(2);
    expect(relative(0, 1e-300)).toBe(1);
    expect(relative(Number.NaN, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(relative(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe(0);
    expect(relative(Number.POSITIVE_INFINITY, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('finds the worst place and counts those beyond the bound', () => {
    expect(compareLists([1, 2, 3, 4], [1, 2.5, 3, 5], (a: number, b: number) => Math.abs(a - b), 0.7)).toEqual({
      worst: 1,
      at: 3,
      count: 1,
    });
    expect(compareLists([1], [1, 2], unequal).worst).toBe(Number.POSITIVE_INFINITY);
    expect(listDifference('y', [1, 2], [1, 2], unequal)).toBeNull();
    expect(listDifference('y', [1, 2], [1], unequal)).toMatchObject({ what: 'y: length', wanted: 2, got: 1 });
    expect(listDifference('y', [1, 2, 3], [1, 0, 0], unequal)).toEqual({
      what: 'y: 2 of 3, worst [1]',
      wanted: 2,
      got: 0,
      apart: 1,
    });
    expect(listDifference('x', [Number.NaN], [Number.NaN], ulps)).toBeNull();
    expect(listDifference('x', [0], [Number.NaN], ulps)).not.toBeNull();
  });
});

describe('objectives', () => {
  const two = { X: new Float64Array([1, 0, -2, 1]), n: 2, d: 2, codes: [0, 1], k: 2 };
  const plain = { C: 2, l1_ratio: null, balanced: false, bias: null };

  it('at zero weights is the loss of not knowing', () => {
    const zero = (loss: 'logistic' | 'hinge' | 'squared_hinge') =>
      objective(two, { ...plain, loss }, new Float64Array(2), new Float64Array(1));
    expect(zero('logistic')).toBeCloseTo(4 * Math.log(2), 14);
    expect(zero('hinge')).toBe(4);
    expect(zero('squared_hinge')).toBe(4);
    const three = { X: new Float64Array([1, 2, 3]), n: 3, d: 1, codes: [0, 1, 2], k: 3 };
    expect(
      objective(three, { ...plain, C: 1, loss: 'logistic' }, new Float64Array(3), new Float64Array(3)),
    ).toBeCloseTo(3 * Math.log(3), 14);
    // Each row is one of three problems' positive and the other two's negative.
    expect(objective(three, { ...plain, C: 1, loss: 'hinge' }, new Float64Array(3), new Float64Array(3))).toBe(9);
  });

  it('adds losses of the margins and both penalties', () => {
    // Margins 0.5 + 1·1 = 1.5 (class 0) and 0.5 − 2 − 1 = −2.5 (class 1).
    const value = objective(
      two,
      { loss: 'squared_hinge', C: 2, l1_ratio: 0.25, balanced: false, bias: 0.5 },
      [1, -1],
      [0.5],
    );
    const losses = 2 * (2.5 ** 2 + 3.5 ** 2);
    const weights = [1, -1, 1];
    const penalty = weights.reduce((sum, w) => sum + 0.375 * w * w + 0.25 * Math.abs(w), 0);
    expect(value).toBeCloseTo(losses + penalty, 12);
  });

  it('lets classes weigh alike', () => {
    const rows = { X: new Float64Array([0, 0, 0]), n: 3, d: 1, codes: [0, 0, 1], k: 2 };
    const problem = { ...plain, C: 1, loss: 'hinge', balanced: true } as const;
    // Weights 3/4, 3/4 and 3/2; losses 1 + b for class 0 and 1 − b for class 1.
    expect(objective(rows, problem, [0], [0.5])).toBeCloseTo(1.5 * 1.5 + 1.5 * 0.5, 14);
  });

  it('two classes as softmax of two planes are one logistic plane', () => {
    const three = { X: new Float64Array([0.3, -1, 2]), n: 3, d: 1, codes: [0, 1, 1], k: 2 };
    const one = objective(three, { ...plain, loss: 'logistic' }, [0.7], [-0.2]);
    const pair = objective(three, { ...plain, loss: 'logistic' }, [0.1, 0.8], [0.5, 0.3]);
    expect(pair).toBeCloseTo(one, 13);
  });

  it('centres', () => {
    expect(centred([1, 2, 6])).toEqual([-2, -1, 3]);
  });
});

describe('lines and totals', () => {
  it('reads arrays to the bit', () => {
    const bytes = Buffer.from(new Float64Array([0.1, -0, Number.NaN]).buffer).toString('base64');
    const labels = Buffer.from(new Int32Array([-7, 2 ** 31 - 1]).buffer).toString('base64');
    const line = parseLine(
      JSON.stringify({ seed: 3, answer: { X: { f8: bytes, shape: [3, 1] }, y: { i4: labels, shape: [2] } } }),
    );
    expect(line.seed).toBe(3);
    expect(line.answer.X).toBeInstanceOf(Float64Array);
    expect(Object.is(line.answer.X[1], -0)).toBe(true);
    expect([...line.answer.X]).toEqual([0.1, -0, Number.NaN]);
    expect(line.answer.X.shape).toEqual([3, 1]);
    expect([...line.answer.y]).toEqual([-7, 2 ** 31 - 1]);
  });

  it('adds up and keeps the worst', () => {
    const totals = new Totals();
    expect(totals.of('cells')).toBe(0);
    totals.add('cells', 3);
    totals.add('cells', 4);
    totals.atLeast('ulps', 2);
    totals.atLeast('ulps', 1);
    expect([totals.of('cells'), totals.of('ulps')]).toEqual([7, 2]);
  });

  it('draws tables', () => {
    expect(
      markdownTable(
        ['', 'n'],
        [
          ['a', 1],
          ['long', 20],
        ],
      ),
    ).toBe(['|      |   n |', '|------|----:|', '| a    |   1 |', '| long |  20 |'].join('\n'));
  });
});
