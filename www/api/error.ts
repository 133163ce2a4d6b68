/** The one error that promises of this API reject with. */
export type ErrorCode =
  | 'invalid_param'
  | 'shape_mismatch'
  | 'non_finite'
  | 'too_few_classes'
  | 'out_of_memory'
  | 'aborted'
  | 'worker_failed'
  | 'threads_unavailable'
  | 'workers_unavailable'
  | 'bad_model_file'
  | 'bad_csv'
  | 'bad_table'
  | 'disposed'
  | 'not_found'
  | 'timeout';

/** Carries a stable `code`, and a message that says what to change. */
export class BreakevenError extends Error {
  readonly code: ErrorCode;
  /** The setting that is at fault, where there is one. */
  readonly setting?: string;

  constructor(code: ErrorCode, message: string, setting?: string) {
    super(message);
    this.name = 'BreakevenError';
    this.code = code;
    if (setting !== undefined) this.setting = setting;
  }
}

export function impossible(name: string, value: unknown, allowed: string): BreakevenError {
  // Not every object has a text, and no text need be short.
  const said = typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, 200);
  return new BreakevenError('invalid_param', `${name} = ${said} is not possible: it must be ${allowed}`, name);
}
