/** How far a run is, as it tells. */

/** In order; progress names them, and counts the percent of each. */
export const STAGES = ['data', 'training', 'inference', 'sweep'] as const;
export type Stage = (typeof STAGES)[number];

export interface ExperimentProgress {
  stage: string;
  done: number;
  total: number;
  detail?: string;
  /** The classifier that is being worked on, and how far it is: 0 to 1. */
  job?: { classifier: string; part: number };
  /** The time that is left of the whole run at most, where it is known. */
  left_ms?: number;
}
