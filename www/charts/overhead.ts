/** Where a call's time goes: the stages' shares at each batch size, a panel a strategy. */
import * as Plot from '@observablehq/plot';
import type { MeasurePoint } from '../api/types.js';
import { count, duration } from '../experiment/format.js';
import { draw } from './figure.js';
import { brief } from './series.js';
import { STAGE_COLOURS, TIP } from './theme.js';

export const STAGE_NAMES = ['send', 'compute', 'gather', 'wait'] as const;

export function overheadTitle(classifier: string, points: readonly MeasurePoint[]): string {
  const parallel = points.filter((point) => point.strategy !== 'serial');
  if (parallel.length === 0) return `${classifier}: all time is computing`;
  const smallest = parallel.reduce((a, b) => (b.n_rows < a.n_rows ? b : a));
  const { send, compute, gather, wait } = smallest.stages_ms;
  const share = Math.round((100 * compute) / Math.max(Number.MIN_VALUE, send + compute + gather + wait));
  return `${classifier}: at ${count(smallest.n_rows)} rows, ${share} % of a ${smallest.strategy} call is computing`;
}

export interface StageShare {
  strategy: MeasurePoint['strategy'];
  n_rows: number;
  stage: (typeof STAGE_NAMES)[number];
  ms: number;
  /** Percent of the call, and where its middle lies among the others'. */
  share: number;
  middle: number;
}

export function stagesOf(points: readonly MeasurePoint[]): StageShare[] {
  return points.flatMap(({ strategy, n_rows, stages_ms }) => {
    const total = STAGE_NAMES.reduce((sum, stage) => sum + stages_ms[stage], 0);
    let before = 0;
    return STAGE_NAMES.map((stage) => {
      const ms = stages_ms[stage];
      const share = total > 0 ? (100 * ms) / total : 0;
      before += share;
      return { strategy, n_rows, stage, ms, share, middle: before - share / 2 };
    });
  });
}

function stageTip({ strategy, n_rows, stage, ms, share }: StageShare): string {
  return `${strategy}, ${count(n_rows)} rows\n${stage}: ${duration(ms)}, ${Math.round(share)} %`;
}

export function stagesHeight(points: readonly MeasurePoint[]): number {
  return 92 * new Set(points.map((point) => point.strategy)).size + 60;
}

export function overheadStages(classifier: string, points: readonly MeasurePoint[], width: number): SVGSVGElement {
  const strategies = [...new Set(points.map((point) => point.strategy))];
  const sizes = commonSizes(points, strategies.length);
  const rows = stagesOf(points.filter(({ n_rows }) => sizes.includes(n_rows)));
  return draw(width, overheadTitle(classifier, points), inWords(classifier, points), {
    height: stagesHeight(points),
    marginLeft: 44,
    marginRight: 66,
    marginBottom: 44,
    x: {
      type: 'band',
      domain: sizes,
      label: 'rows in the batch →',
      labelArrow: 'none',
      tickFormat: brief,
      tickSize: 0,
    },
    y: { label: '↑ share of the time (%)', labelArrow: 'none', domain: [0, 100], ticks: 2 },
    fy: { domain: strategies, label: null, padding: 0.16 },
    color: { domain: [...STAGE_NAMES], range: STAGE_NAMES.map((stage) => STAGE_COLOURS[stage]) },
    marks: [
      Plot.barY(rows, {
        ...{ x: 'n_rows', y: 'share', fy: 'strategy', fill: 'stage', order: [...STAGE_NAMES], className: 'stage' },
      }),
      Plot.tip(rows, Plot.pointer({ x: 'n_rows', y: 'middle', fy: 'strategy', title: stageTip, ...TIP })),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
    ],
  });
}

/** The sizes that all strategies were measured at, without those that were added for the break-even of one. */
function commonSizes(points: readonly MeasurePoint[], n_strategies: number): number[] {
  const all = [...new Set(points.map((point) => point.n_rows))].sort((a, b) => a - b);
  const common = all.filter((n_rows) => points.filter((point) => point.n_rows === n_rows).length === n_strategies);
  return common.length > 0 ? common : all;
}

function inWords(classifier: string, points: readonly MeasurePoint[]): string {
  const parts = points.map(({ strategy, n_rows, stages_ms: s }) => {
    const stages = STAGE_NAMES.map((stage) => `${stage} ${duration(s[stage])}`).join(', ');
    return `${strategy} at ${count(n_rows)} rows: ${stages}`;
  });
  return `Stages of one call of ${classifier}. ${parts.join('; ')}.`;
}
