/** The library entry: dist/breakeven.js. */

export * from './api/error.js';
export { load } from './api/load.js';
export type * from './api/types.js';
export type { Closer } from './experiment/closer.js';
export { type CompleteExperiment, complete } from './experiment/config.js';
export type { DataSummary } from './experiment/preview.js';
export type { ExperimentReport } from './experiment/report.js';
export { type ExperimentRun, runExperiment } from './experiment/run.js';
export { fromHash, type Settings, toHash } from './experiment/url.js';
