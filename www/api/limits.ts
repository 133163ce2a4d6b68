/** What a start may be asked for, by the page and by whoever frames the engine. */

/** More threads than this are a typing error rather than a wish. */
export const MAX_THREADS = 256;
/** Looking for work longer than this is keeping cores busy for nothing. */
export const MAX_SPIN_US = 100_000;
export const MAX_TIMEOUT_MS = 600_000;
