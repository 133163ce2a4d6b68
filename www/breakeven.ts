/** The library entry: dist/breakeven.js. */

export * from './api/error.js';
export { load } from './api/load.js';
export type * from './api/types.js';
export { complete } from './experiment/config.js';
export type { ExperimentReport } from './experiment/report.js';
export { runExperiment } from './experiment/run.js';
export { fromHash, toHash } from './experiment/url.js';
