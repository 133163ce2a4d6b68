// The library entry: dist/breakeven.js.
export * from './api/index.js';
export * from './experiment/run.js';
