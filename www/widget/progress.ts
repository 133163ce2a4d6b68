/** How far a run is: one bar over all stages, and words. */
import { html, nothing, type TemplateResult } from 'lit';
import { STAGES, type Stage } from '../experiment/run.js';
import type { Progress, RunState } from './run-state.js';

/** Shares of an ordinary run's time. */
const SHARES: Record<Stage, number> = { data: 0.03, training: 0.17, inference: 0.05, sweep: 0.75 };

const WORDS: Record<Stage, string> = {
  data: 'Making the data',
  training: 'Training',
  inference: 'Predicting directly',
  sweep: 'Measuring batch sizes',
};

/** 0 to 1 over the whole run. */
export function overall({ stage, done, total }: Progress): number {
  const at = STAGES.indexOf(stage as Stage);
  if (at < 0) return 0;
  const before = STAGES.slice(0, at).reduce((sum, earlier) => sum + SHARES[earlier], 0);
  return before + SHARES[stage as Stage] * (total > 0 ? Math.min(1, done / total) : 1);
}

export function progressView(state: RunState, progress: Progress | null): TemplateResult {
  const busy = state === 'waiting' || state === 'opening' || state === 'running';
  const starting = {
    waiting: 'Waiting: the engine is busy with another run on this page',
    opening: 'Starting the engine',
  };
  const words = starting[state as keyof typeof starting] ?? ((progress && WORDS[progress.stage as Stage]) || '');
  const ended = { done: 'Done.', cancelled: 'Cancelled. What had finished stays below.', failed: '', idle: '' };
  return html`<div class="progress" data-testid="progress" data-state=${state}>
    <progress
      max="1"
      aria-label="Progress of the experiment"
      ?hidden=${!busy}
      .value=${busy && progress ? overall(progress) : 0}
    ></progress>
    <p aria-live="polite" data-testid="status">${busy ? words : ended[state as keyof typeof ended]}</p>
    <p class="detail" aria-hidden="true">${busy && progress?.detail ? progress.detail : nothing}</p>
  </div>`;
}
