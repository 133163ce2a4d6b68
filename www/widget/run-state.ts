/** How far a run is, as the element's state and its events tell. */
import type { ExperimentProgress } from '../experiment/progress.js';

export interface Progress extends ExperimentProgress {
  /** The part of the whole run that is done, 0 to 1: it only grows. */
  part: number;
}

/** waiting: for another run on the page. opening: the engine starts. */
export type RunState = 'idle' | 'waiting' | 'opening' | 'running' | 'done' | 'cancelled' | 'failed';

const BUSY: readonly RunState[] = ['waiting', 'opening', 'running'];

/** Whether a run is under way. */
export const isBusy = (state: RunState): boolean => BUSY.includes(state);
