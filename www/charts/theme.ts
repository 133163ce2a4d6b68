/** Colours and sizes that the charts share. Colours are variables of the widget's sheet, with a fallback for saved SVGs. */
import type { Strategy } from '../api/types.js';

export const STRATEGY_COLOURS: Record<Strategy, string> = {
  serial: 'var(--be-serial, #767676)',
  threads: 'var(--be-threads, #c8502a)',
  workers: 'var(--be-workers, #2f7fc1)',
  async: 'var(--be-async, #8a6fc0)',
  auto: 'var(--be-auto, #2f8f6b)',
};

/** A shape beside the colour, so that neither has to be told from the other. */
export const STRATEGY_SYMBOLS: Record<Strategy, string> = {
  serial: 'circle',
  threads: 'square',
  workers: 'triangle',
  async: 'diamond',
  auto: 'star',
};

export const STAGE_COLOURS = {
  send: 'var(--be-send, #d9a441)',
  compute: 'var(--be-compute, #c8502a)',
  gather: 'var(--be-gather, #2f7fc1)',
  wait: 'var(--be-wait, #9a9a9a)',
} as const;

/** For things without a colour of their own by name: classes, classifiers. */
export const SERIES_COLOURS = [
  'var(--be-workers, #2f7fc1)',
  'var(--be-accent, #c8502a)',
  'var(--be-auto, #2f8f6b)',
  'var(--be-async, #8a6fc0)',
  'var(--be-send, #d9a441)',
  'var(--be-serial, #767676)',
] as const;

/** Shapes in the same order. */
export const SERIES_SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross'] as const;

export const PAPER = 'var(--be-paper, #fff)';

/** What a pointer brings up; the chart's own words and table say the same to those who have none. */
export const TIP = { fill: PAPER, textPadding: 10, lineHeight: 1.35, ariaHidden: 'true' } as const;
export const ACCENT = 'var(--be-accent, #c8502a)';
export const FAINT = 'var(--be-rule, #8884)';

/** Narrower than this, a chart leaves words out. */
export const NARROW = 460;
