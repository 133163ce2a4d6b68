/** How far a run is: one bar over all stages, and words. */
import { html, nothing, type TemplateResult } from 'lit';
import { timeLeft } from '../../experiment/format.js';
import { type ExperimentProgress, STAGES, type Stage } from '../../experiment/progress.js';
import type { Progress, RunState } from '../run-state.js';

/** Shares of an ordinary run's time. */
const SHARES: Record<Stage, number> = { data: 0.02, training: 0.07, inference: 0.02, sweep: 0.89 };

const WORDS: Record<Stage, string> = {
  data: 'Making the data',
  training: 'Training',
  inference: 'Predicting directly',
  sweep: 'Measuring batch sizes',
};

/** 0 to 1 over the whole run. */
export function overall(progress: ExperimentProgress): number {
  const at = STAGES.indexOf(progress.stage as Stage);
  if (at < 0) return 0;
  const before = STAGES.slice(0, at).reduce((sum, earlier) => sum + SHARES[earlier], 0);
  return before + SHARES[progress.stage as Stage] * within(progress);
}

/** 0 to 1 within its stage. */
export function within({ done, total }: ExperimentProgress): number {
  return total > 0 ? Math.min(1, done / total) : 1;
}

/** `outcome`: how the last run has ended, where there is more to say than that it has. */
export function progressView(state: RunState, progress: Progress | null, outcome: string | null): TemplateResult {
  const busy = state === 'waiting' || state === 'opening' || state === 'running';
  const starting = {
    waiting: 'Waiting: the engine is busy with another run on this page',
    opening: 'Starting the engine',
  };
  const words = starting[state as keyof typeof starting] ?? ((progress && WORDS[progress.stage as Stage]) || '');
  const ended = {
    done: 'Done.',
    cancelled: 'Cancelled.',
    failed: '',
    idle: 'Nothing leaves your machine.',
  };
  const part = busy && progress ? progress.part : 0;
  const left = progress?.left_ms === undefined ? '' : `${timeLeft(progress.left_ms)} left`;
  return html`<div class="progress" data-testid="progress" data-state=${state}>
    <progress
      max="1"
      aria-label="Progress of the experiment"
      aria-valuetext=${left ? `${Math.round(100 * part)} %, ${left}` : nothing}
      ?hidden=${!busy}
      .value=${part}
    ></progress>
    <div class="now">
      <p aria-live="polite" data-testid="status">${busy ? words : (outcome ?? ended[state as keyof typeof ended])}</p>
      <p class="detail" aria-hidden="true">
        <span data-testid="left">${busy ? left : nothing}</span>${busy && left && progress?.detail ? ' · ' : nothing}
        ${busy ? (progress?.detail ?? nothing) : nothing}
      </p>
    </div>
  </div>`;
}
