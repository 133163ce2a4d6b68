/** Training: how long each classifier took, and how well it does on rows it has seen and has not. */
import * as Plot from '@observablehq/plot';
import type { Report } from '../api/types.js';
import { accuracy, duration } from '../experiment/format.js';
import { draw } from './figure.js';
import { ACCENT, FAINT, PAPER, TIP } from './theme.js';

type Row = Pick<Report['training'][number], 'classifier' | 'training_time_ms' | 'train_acc' | 'test_acc'>;
type Training = readonly Row[];

export interface TrainingData {
  own: Training;
  /** Somebody else's, drawn faint. */
  behind: Training;
  /** Every classifier that has a row, measured yet or not. */
  names: readonly string[];
}

const ROW = 34;

export function trainingTitle(training: Training): string {
  const slowest = training.reduce((a, b) => (b.training_time_ms > a.training_time_ms ? b : a));
  const fastest = training.reduce((a, b) => (b.training_time_ms < a.training_time_ms ? b : a));
  if (slowest === fastest) return `${slowest.classifier} trained in ${duration(slowest.training_time_ms)}`;
  const first = `${fastest.classifier} trained in ${duration(fastest.training_time_ms)}`;
  return `${first}, ${slowest.classifier} in ${duration(slowest.training_time_ms)}`;
}

export function accuracyTitle(training: Training): string {
  const best = training.reduce((a, b) => (b.test_acc > a.test_acc ? b : a));
  return `${best.classifier} is best on unseen rows: ${accuracy(best.test_acc)}`;
}

/** Bars of the search with its refit, in the experiment's order. */
export function trainingTimes(_: string, { own: training, behind, names }: TrainingData, width: number): SVGSVGElement {
  const unit = Math.max(...[...training, ...behind].map((row) => row.training_time_ms)) < 1000 ? 1 : 1000;
  const rows = training.map((row) => ({ ...row, time: row.training_time_ms / unit }));
  const words = rows.map((row) => `${row.classifier} ${duration(row.training_time_ms)}`).join(', ');
  return draw(width, trainingTitle(training), `Training time, search and refit: ${words}.`, {
    ...frame(names),
    marginRight: 64,
    x: { label: `training time (${unit === 1 ? 'ms' : 's'}) →`, labelArrow: 'none', ticks: 4, nice: true },
    marks: [
      Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      Plot.barX(rows, { x: 'time', y: 'classifier', fill: ACCENT, insetTop: 3, insetBottom: 3 }),
      Plot.tickX(known(behind, training), {
        x: (row: Row) => row.training_time_ms / unit,
        ...{ y: 'classifier', stroke: 'currentColor', strokeOpacity: 0.55, strokeWidth: 2, className: 'behind' },
      }),
      Plot.tip(
        rows,
        tipped('time', (row) => `${row.classifier}: ${duration(row.training_time_ms)}`),
      ),
      Plot.text(rows, {
        ...{ x: 'time', y: 'classifier', dx: 6, textAnchor: 'start' },
        text: (row: { training_time_ms: number }) => duration(row.training_time_ms),
      }),
    ],
  });
}

/** A dot for train, a dot for test, and the gap between them. */
export function accuracies(_: string, { own: training, behind, names }: TrainingData, width: number): SVGSVGElement {
  const lowest = Math.min(...[...training, ...behind].flatMap((row) => [row.train_acc, row.test_acc]));
  const words = training.map((row) => `${row.classifier} ${accuracy(row.train_acc)} and ${accuracy(row.test_acc)}`);
  return draw(width, accuracyTitle(training), `Accuracy on train and test rows: ${words.join(', ')}.`, {
    ...frame(names),
    marginRight: 24,
    x: {
      ...{ label: 'accuracy: ○ train  ● test →', labelArrow: 'none', ticks: 4 },
      domain: [Math.max(0, Math.floor(lowest * 20 - 0.5) / 20), 1],
    },
    marks: [
      Plot.gridX({ stroke: FAINT, strokeOpacity: 1, ticks: 4 }),
      Plot.ruleY(training, {
        x1: 'train_acc',
        x2: 'test_acc',
        y: 'classifier',
        stroke: 'currentColor',
        strokeOpacity: 0.4,
      }),
      Plot.tickX(known(behind, training), {
        ...{ x: 'test_acc', y: 'classifier', stroke: 'currentColor', strokeOpacity: 0.55, strokeWidth: 2 },
        className: 'behind',
      }),
      Plot.dot(training, { x: 'train_acc', y: 'classifier', r: 5, stroke: ACCENT, fill: PAPER }),
      Plot.dot(training, { x: 'test_acc', y: 'classifier', r: 5, fill: ACCENT, stroke: ACCENT }),
      Plot.tip(training, tipped('test_acc', accuracyTip)),
    ],
  });
}

/** Those that this chart has a row for. */
function known(behind: Training, training: Training): Row[] {
  return behind.filter((row) => training.some(({ classifier }) => classifier === row.classifier));
}

function tipped(x: string, title: (row: Row) => string) {
  return Plot.pointer({ x, y: 'classifier', title, ...TIP });
}

function accuracyTip(row: Row): string {
  return `${row.classifier}\ntrain ${accuracy(row.train_acc)}\ntest ${accuracy(row.test_acc)}`;
}

export function trainingHeight(n: number): number {
  return ROW * n + 60;
}

function frame(names: readonly string[]): Plot.PlotOptions {
  return {
    height: trainingHeight(names.length),
    marginLeft: 8 + 8 * Math.max(...names.map((name) => name.length)) + 8,
    marginBottom: 44,
    marginTop: 8,
    y: { domain: [...names], label: null, tickSize: 0 },
  };
}
