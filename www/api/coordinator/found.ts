import type { WasmSearchResult } from '../instance.js';
import type { GridSearchResult } from '../types.js';

/** What a search found, without the model. */
export type Found = Omit<GridSearchResult, 'best_estimator'>;

/** Uses the result up. */
export function found(result: WasmSearchResult): Found {
  const { best_params, best_score, best_index, cv_results, training_time_ms, refit_time_ms, notes } = result;
  result.free();
  return { best_params, best_score, best_index, cv_results, training_time_ms, refit_time_ms, notes };
}
