/** How rows are prepared in front of a classifier; what may stand there the engine checks. */
export const PREPARING = ['impute', 'one_hot', 'max_categories', 'scale'] as const;
