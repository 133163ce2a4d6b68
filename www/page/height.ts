/** What embed.html tells the page around it. */
export const HEIGHT = 'height';

export interface HeightWord {
  breakeven: typeof HEIGHT;
  /** CSS pixels. */
  height: number;
}

/** No more than this: a frame shall not be able to take a page over. */
export const MAX_HEIGHT = 20_000;

/** The height that a message names, or null if it is none. */
export function heightIn(data: unknown): number | null {
  if (typeof data !== 'object' || data === null) return null;
  const { breakeven, height } = data as Partial<HeightWord>;
  if (breakeven !== HEIGHT || typeof height !== 'number' || !(height > 0)) return null;
  return Math.min(Math.ceil(height), MAX_HEIGHT);
}
