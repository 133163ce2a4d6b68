/** Numbers as the page, the report's sentences and the charts write them. */

const MINUS = '−';

/** Made once: `toLocaleString` would make one for every number, and a page has thousands. */
const PLACES = [0, 1, 2, 3].map((maximumFractionDigits) => new Intl.NumberFormat('en-US', { maximumFractionDigits }));

/** From here on digits that are not known would be written out, hundreds of them for 1e308. */
const TOO_LONG = 1e15;

function written(value: number, places: 0 | 1 | 2 | 3): string {
  if (Math.abs(value) >= TOO_LONG) return Number(value.toPrecision(3)).toExponential().replace('e+', 'e');
  return (PLACES[places] as Intl.NumberFormat).format(value);
}

/** 10000 → "10,000". */
export function count(n: number): string {
  return written(n, 0);
}

/** counted(1, 'thread') → "1 thread", counted(10000, 'row') → "10,000 rows". */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${n === 1 ? noun : `${noun}s`}`;
}

/** Two significant digits, for numbers that are known no better: 400789 → "400,000". */
export function about(n: number): string {
  if (n < 100) return count(n);
  const step = 10 ** (Math.floor(Math.log10(n)) - 1);
  return count(Math.round(n / step) * step);
}

/** Three significant digits with a unit that suits: "0.42 µs", "18.3 ms", "2.15 s", "3 min 20 s". */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms === 0) return '0 ms';
  const size = Math.abs(ms);
  if (size < 1) return `${digits(ms * 1000)} µs`;
  if (size < 1000) return `${digits(ms)} ms`;
  if (size < 120_000) return `${digits(ms / 1000)} s`;
  const seconds = Math.round(size / 1000);
  return `${count(Math.floor(seconds / 60))} min ${count(seconds % 60)} s`;
}

/** A time that is left, no more exact than such a guess is: 17 300 → "20 s", 140 000 → "2.5 min". */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 5) return 'a few seconds';
  return seconds < 100 ? `${5 * Math.ceil(seconds / 5)} s` : `${digits(Math.ceil(seconds / 30) / 2)} min`;
}

/** Three significant digits, without an exponent for everyday sizes. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const places = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return written(value, places).replace('-', MINUS);
}

/** A share of one as scikit-learn's users read accuracies: four decimals. */
export function accuracy(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : '–';
}

/** 1536 → "1.5 KiB". */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  let value = n / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${digits(value)} ${units[unit]}`;
}

/** { penalty: 'l1', C: 0.1 } → "C=0.1, penalty=l1"; { priors: [0.5, 0.5] } → "priors=[0.5,0.5]"; {} → "–". */
export function settings(params: Record<string, unknown>): string {
  const say = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  const words = Object.entries(params).map(([name, value]) => `${name}=${say(value)}`);
  return words.length > 0 ? words.sort().join(', ') : '–';
}

/** ["a", "b", "c"] → "a, b and c". */
export function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
