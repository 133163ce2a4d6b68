/** The settings of a table of the visitor's own: their check, the table's content, its target, and what it is known by. */
import { BreakevenError } from '../api/error.js';
import { fetchFile } from '../api/fetch-file.js';
import type { Experiment, OwnTable, OwnTableSettings, Table, TableColumn } from '../api/types.js';
import { array, fields, integer, invalid, word } from './check.js';
import { PREPARING } from './preparing.js';

/** What is left to default of a table: its target, and how it is read. */
export type CompleteTable = OwnTable & Required<Pick<OwnTableSettings, 'drop_missing' | 'preprocess' | 'read'>>;

/** Of a column: as many as a table can have. */
const MAX_COLUMN = 2 ** 32 - 1;
const MAX_FEATURES = 100_000;
const MAX_NAME = 1000;
/** A hash takes the whole file into memory. */
const MAX_HASHED = 64e6;

const FIELDS = ['file', 'src', 'target', 'features', 'drop_missing', 'preprocess', 'read', 'size', 'sha256'];
const READING = ['header', 'delimiter', 'decimal', 'encoding', 'missing_values'];

/** Whether data are a table of the visitor's own, by its content, address or name. */
export function isTable<T>(data: T): data is Extract<T, OwnTable> {
  const has = (name: string) => typeof data === 'object' && data !== null && Object.hasOwn(data, name);
  return has('file') || has('src');
}

/** Throws BreakevenError 'invalid_param' that names the setting. What columns there are only reading tells. */
export function completeTable(given: unknown): CompleteTable {
  const {
    file,
    src,
    target,
    features,
    drop_missing = 'target',
    preprocess = {},
    read,
    size,
    sha256,
  } = fields(given, 'data', FIELDS);
  if ((file === undefined) === (src === undefined)) throw invalid('data.file', file, 'either it or data.src');
  if (file !== undefined && !isBlob(file) && !isName(file)) throw invalid('data.file', file, 'a file (a Blob)');
  if (src !== undefined && !isName(src)) throw invalid('data.src', src, 'the address of a table');
  if (![true, false, 'target'].includes(drop_missing as boolean))
    throw invalid('data.drop_missing', drop_missing, "true, false or 'target'");
  const known = size === undefined ? {} : { size: integer(size, 'data.size', 0, 2 ** 52) };
  if (sha256 !== undefined && !(typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)))
    throw invalid('data.sha256', sha256, '64 hexadecimal digits');
  return {
    ...(file === undefined ? { src: src as string } : { file: file as Blob | string }),
    ...(target !== undefined && { target: columnOf(target, 'data.target') }),
    ...(features !== undefined && {
      features: array(features, 'data.features', 1, MAX_FEATURES).map((one) => columnOf(one, 'data.features')),
    }),
    drop_missing: drop_missing as boolean | 'target',
    // What may stand there the engine checks: its settings are those of a classifier.
    preprocess: preprocess === null ? null : fields(preprocess, 'data.preprocess', PREPARING),
    read: readingOf(read),
    ...known,
    ...(sha256 !== undefined && { sha256 }),
  };
}

/** Of whatever document: another frame's Blob is no instance of this one's. */
function isBlob(value: unknown): value is Blob {
  const { size, stream } = (value ?? {}) as Partial<Blob>;
  return typeof size === 'number' && typeof stream === 'function';
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_NAME;
}

function columnOf(given: unknown, path: string): string | number {
  return typeof given === 'string' ? given : integer(given, path, 0, MAX_COLUMN);
}

function readingOf(given: unknown): CompleteTable['read'] {
  const read = fields(given, 'data.read', READING);
  if (read.decimal !== undefined) word(read.decimal, 'data.read.decimal', ['.', ',']);
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

/** Its content: fetched where it lies elsewhere. */
export async function contentOf({ file, src }: OwnTable): Promise<Blob> {
  if (isBlob(file)) return file;
  if (file !== undefined)
    throw new BreakevenError(
      'invalid_param',
      `'data.file' is the name of a table (${file}): choose the file itself.`,
      'data.file',
    );
  const url = URL.canParse(src ?? '', document.baseURI) ? new URL(src ?? '', document.baseURI) : null;
  if (url?.origin !== location.origin)
    throw invalid('data.src', src, `an address of this page's own origin, ${location.origin}`);
  return (await fetchFile(url.href, 'table')).file;
}

/** What its file is called. */
export function nameOf({ file, src }: OwnTable): string {
  if (typeof file === 'string') return file;
  const name = isBlob(file) && 'name' in file ? String(file.name) : src?.split(/[?#]/)[0]?.split('/').pop();
  return name || 'table';
}

/** The settings that a report tells of a table, with the table that the run had. */
export function withContent<T>(told: T, given: Experiment['data']): T {
  if (!isTable(told) || !given || !isTable(given) || !isBlob(given.file)) return told;
  return { ...told, file: given.file };
}

/** In hexadecimal; nothing of large tables, and where a page is not secure. */
export async function hashOf(content: Blob): Promise<string | undefined> {
  if (content.size > MAX_HASHED || !globalThis.crypto?.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await content.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What columns that hold classes are called, the likeliest first. */
const TARGETS = [
  /^(target|class|label|y|outcome|species|diagnosis|survived)$/i,
  /(target|class|label|species|type|quality)$/i,
];
/** More classes than that are hardly what is meant. */
const MANY = 50;

/**
 * The column that most likely holds the classes: by its name, then the last, then the first, if what it holds can be
 * classes; else the last.
 */
export function guessTarget(columns: readonly TableColumn[]): number {
  const fits = ({ kind, n_distinct, whole, counter }: TableColumn) =>
    !counter && n_distinct >= 2 && n_distinct <= MANY && (kind === 'category' || whole === true);
  for (const pattern of TARGETS) {
    // The rightmost: measurements of something of that name stand before it.
    const at = columns.findLastIndex((column) => pattern.test(column.name) && fits(column));
    if (at >= 0) return at;
  }
  const last = columns.length - 1;
  const ends = [last, 0].find((at) => columns[at] && fits(columns[at]));
  return ends ?? last;
}

/** A column by its name or number. */
export function indexOf(columns: readonly { name: string }[], column: string | number): number {
  if (typeof column === 'string') return columns.findIndex(({ name }) => name === column);
  return column < columns.length ? column : -1;
}

/** The settings with its columns by their numbers, as reading found them, and what the file is known by. */
export async function told(
  data: CompleteTable,
  content: Blob,
  { columns }: Pick<Table, 'columns'>,
): Promise<CompleteTable> {
  const { file: _, src, target, features, ...rest } = data;
  const sha256 = await hashOf(content);
  const numbers = features?.map((one) => indexOf(columns, one)).filter((at) => at >= 0);
  return {
    ...rest,
    ...(src === undefined ? { file: nameOf(data) } : { src }),
    target: target === undefined ? guessTarget(columns) : indexOf(columns, target),
    ...(numbers && { features: numbers }),
    size: content.size,
    ...(sha256 && { sha256 }),
  };
}
