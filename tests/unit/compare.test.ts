import { describe, expect, it } from 'vitest';
import { onnxWords } from '../../scripts/compare/inference.mjs';
import { pairedRatio, significant, spread, time } from '../../scripts/compare/machine.mjs';
import { compareSearches } from '../../scripts/compare/training.mjs';
import { median } from '../../scripts/median.mjs';

describe('statistics of repetitions', () => {
  it('medians, spreads and ratios within a turn', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(spread([10, 11, 9, 10, 30])).toBe(0.1);
    // The machine slows down in the third turn: both sides alike.
    expect(pairedRatio([10, 12, 40], [2, 2, 8])).toBe(5);
  });

  it('shows times in units that suit', () => {
    expect(time([0.12345])).toBe('0.123 ms');
    expect(time([900, 1000, 1100])).toBe('1.00 s ±10 %');
    expect(time([99.96, 99.96])).toBe('100 ms ±0 %');
    expect(significant(1234.5)).toBe('1235');
  });
});

describe('labels of onnxruntime', () => {
  const found = (n_other: number, labels = `with ${n_other} others`) => ({ n_other, labels });

  it('are compared by number of threads, row by row', () => {
    const native = [found(0), found(93)];
    expect(onnxWords(native, [found(0), found(93)])).toBe('onnxruntime differs in 0 / 93, in the browser in the same');
    expect(onnxWords(native, [found(93), found(0)])).toBe('onnxruntime differs in 0 / 93, in the browser in 93 / 0');
    // As many, but other rows.
    expect(onnxWords(native, [found(0), found(93, 'x')])).toMatch('in the browser in 0 / 93');
  });
});

describe('answers of two searches', () => {
  const theirs = { best_params: { C: 0.1, penalty: 'l1' }, best_score: 0.82425, train_acc: 0.8, test_acc: 0.8345 };

  it('are equal whatever the order of their settings', () => {
    const ours = { ...theirs, best_params: { penalty: 'l1', C: 0.1 }, trees: null };
    expect(compareSearches(theirs, ours)).toBe('equal (C=0.1 penalty=l1, CV 0.82425, test 0.8345)');
  });

  it('name what differs', () => {
    const ours = { ...theirs, best_params: { C: 1, penalty: 'l1' }, test_acc: 0.835, trees: null };
    expect(compareSearches(theirs, ours)).toBe(
      'best C=1 penalty=l1 instead of C=0.1 penalty=l1; test 0.835000 instead of 0.834500',
    );
  });

  it('look at every tree of a forest', () => {
    const tree = {
      feature: Int32Array.of(-2),
      threshold: Float64Array.of(-2),
      children_left: Int32Array.of(-1),
      children_right: Int32Array.of(-1),
      value: Float64Array.of(1, 0),
    };
    const forest = { ...theirs, trees: 'another digest' };
    expect(compareSearches(forest, { ...theirs, trees: [tree] })).toBe('other trees');
  });
});
