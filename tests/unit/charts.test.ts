// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest';
import { gridScores, gridTitle } from '../../www/charts/grid.js';
import { overheadStages } from '../../www/charts/overhead.js';
import { sweepTimes } from '../../www/charts/sweep.js';
import { accuracies, trainingTimes, trainingTitle } from '../../www/charts/training.js';
import { environmentOf, measureReport } from './fake-engine.js';

const TRAINING = ['NB', 'LR', 'RF'].map((classifier, i) => ({
  ...{ classifier, training_time_ms: 10 ** (i + 1), train_acc: 0.9 + i / 100, test_acc: 0.88 + i / 100 },
}));
const SWEEP = measureReport(environmentOf('threads'));
const RESULTS = {
  params: [0.1, 1].flatMap((C) => ['l1', 'l2'].map((penalty) => ({ C, penalty }))),
  split_test_score: [[], [], [], []],
  mean_test_score: [0.8, 0.9, Number.NaN, 0.85],
  ...{ std_test_score: [0, 0, 0, 0], rank_test_score: [3, 1, 4, 2], mean_fit_time_ms: [1, 1, 1, 1] },
  error: [null, null, 'solver does not take l1', null],
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
    trainingTimes: trainingTimes(TRAINING, 640),
    accuracies: accuracies(TRAINING, 640),
    sweepTimes: sweepTimes('NB', SWEEP, 640),
    gridScores: gridScores('LR', RESULTS, 640) as SVGSVGElement,
    overheadStages: overheadStages('NB', SWEEP.points, 640),
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

describe('training', () => {
  test('a bar a classifier', () => {
    expect(trainingTimes(TRAINING, 640).querySelectorAll('rect')).toHaveLength(3);
    expect(trainingTitle(TRAINING)).toBe('NB trained in 10 ms, RF in 1 s');
  });

  test('two dots a classifier', () => {
    expect(accuracies(TRAINING, 640).querySelectorAll('circle')).toHaveLength(6);
  });
});

describe('sweep', () => {
  const svg = sweepTimes('NB', SWEEP, 640);

  test('a line and an interval a strategy, a mark a point, a rule a break-even', () => {
    expect(ofClass(svg, 'median', 'path')).toBe(2);
    expect(ofClass(svg, 'interval', 'path')).toBe(2);
    expect(ofClass(svg, 'point', 'path')).toBe(6);
    expect(ofClass(svg, 'break-even', 'line')).toBe(1);
    expect(svg.textContent).toContain('286 rows');
  });

  test('its name is what it found', () => {
    expect(svg.getAttribute('aria-label')).toBe('NB: threads pay from 286 rows');
  });

  test('draws nothing, and does not fail, without points', () => {
    expect(ofClass(sweepTimes('NB', { points: [], break_even: [] }, 640), 'point', 'path')).toBe(0);
  });
});

describe('grid', () => {
  test('a cell a candidate; what could not be fitted is crossed out', () => {
    const svg = gridScores('LR', RESULTS, 640) as SVGSVGElement;
    expect(ofClass(svg, 'candidate', 'rect')).toBe(4);
    expect(svg.textContent).toContain('×');
    expect(svg.textContent).toContain('solver does not take l1');
  });

  test('says the best and how many failed', () => {
    expect(gridTitle('LR', RESULTS)).toBe('LR: C=0.1, penalty=l2 is the best of 4 settings (1 not possible)');
  });

  test('one candidate is no grid', () => {
    expect(gridScores('NB', { ...RESULTS, params: [{}] }, 640)).toBeNull();
  });
});

test('overhead: a bar a stage, batch size and strategy', () => {
  expect(ofClass(overheadStages('NB', SWEEP.points, 640), 'stage', 'rect')).toBe(24);
});
