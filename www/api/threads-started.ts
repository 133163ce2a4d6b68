/** Event on the global scope of a worker whose threads run: `detail` names their lives. */
export const STARTED = 'breakeven-threads';
