/** The library entry: dist/breakeven.js. */

export { type ClassificationReport, type ClassScores, classificationReport } from './api/classification-report.js';
export { BreakevenError, type ErrorCode } from './api/error.js';
export { load } from './api/load.js';
export type * from './api/types.js';
export type { Closer } from './experiment/closer.js';
export { type CompleteExperiment, complete } from './experiment/config.js';
export type { DataSummary, Preview } from './experiment/preview.js';
export type { ExperimentProgress } from './experiment/progress.js';
export type { ExperimentReport } from './experiment/report.js';
export { type Ending, type ExperimentRun, type KeptMeasurement, runExperiment } from './experiment/run.js';
export { fromHash, type Settings, type TierChoice, toHash } from './experiment/url.js';
export type { Ended } from './experiment/words.js';
