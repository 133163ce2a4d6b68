/** How far a run is, as the element's state and its events tell. */
export interface Progress {
  stage: string;
  done: number;
  total: number;
  detail?: string;
}

/** waiting: for another run on the page. opening: the engine starts. */
export type RunState = 'idle' | 'waiting' | 'opening' | 'running' | 'done' | 'cancelled' | 'failed';
