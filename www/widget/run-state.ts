/** How far a run is, as the element's state and its events tell. */
export type { ExperimentProgress as Progress } from '../experiment/run.js';

/** waiting: for another run on the page. opening: the engine starts. */
export type RunState = 'idle' | 'waiting' | 'opening' | 'running' | 'done' | 'cancelled' | 'failed';
