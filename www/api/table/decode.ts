/** A table's bytes as UTF-8, whatever encoding they come in: chunk by chunk, from the beginning or from any of them. */
import { BreakevenError } from '../error.js';

/** Bytes that are read, and worked on, between two looks at what else there is to do. */
export const CHUNK = 1 << 19;

/** How a table's bytes are read. */
export interface Encoding {
  /** As TextDecoder names it. */
  name: string;
  /** Bytes of a mark before the text. */
  mark: number;
  /** Whether somebody said so. */
  given: boolean;
}

/** Some of the text, from its byte `at` on. */
export interface Chunk {
  bytes: Uint8Array;
  at: number;
  /** Bytes of the source up to its end. */
  done: number;
  last: boolean;
}

/** Where a chunk begins: in the source, and in the text. */
export interface Start {
  source: number;
  text: number;
}

export const UTF_8 = 'utf-8';
export const WINDOWS = 'windows-1252';
/** Of which a chunk may be read by itself. */
const BY_PARTS = [UTF_8, WINDOWS, 'utf-16le', 'utf-16be'];

/** The encoding that a table's first bytes show, where none is given: by its mark, or by the zeros of UTF-16. */
export async function encodingOf(source: Blob, given?: string): Promise<Encoding> {
  const first = await bytesOf(source, 0, 4096);
  const [a = -1, b = -1, c = -1] = first;
  const marked = (name: string, mark: number) => ({ name: given ?? name, mark, given: given !== undefined });
  if (a === 0xef && b === 0xbb && c === 0xbf) return marked(UTF_8, given === undefined || given === UTF_8 ? 3 : 0);
  if (a === 0xff && b === 0xfe) return marked('utf-16le', given === undefined || given === 'utf-16le' ? 2 : 0);
  if (a === 0xfe && b === 0xff) return marked('utf-16be', given === undefined || given === 'utf-16be' ? 2 : 0);
  if (given !== undefined) return marked(given, 0);
  const zeros = [0, 0];
  for (const [i, byte] of first.entries()) if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const pairs = first.length / 2;
  if (odd > 0.3 * pairs && even < 0.1 * pairs) return { name: 'utf-16le', mark: 0, given: false };
  if (even > 0.3 * pairs && odd < 0.1 * pairs) return { name: 'utf-16be', mark: 0, given: false };
  return { name: UTF_8, mark: 0, given: false };
}

/** A name of an encoding, as TextDecoder has it. */
export function encodingName(name: string): string | null {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return null;
  }
}

/** Whether reading may begin at any chunk. */
export function isInParts({ name }: Encoding): boolean {
  return BY_PARTS.includes(name);
}

/** The text, chunk by chunk. UTF-8 goes as it is: whoever reads it finds what is none. */
export async function* chunks(source: Blob, { name, mark }: Encoding, start?: Start): AsyncGenerator<Chunk> {
  let at = start?.text ?? 0;
  let done = start?.source ?? mark;
  const decoder = name === UTF_8 ? null : new TextDecoder(name, { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  for (let last = false; !last; ) {
    let raw = await bytesOf(source, done, done + CHUNK);
    last = done + raw.length >= source.size;
    // Half a letter is left for the next chunk, which then can be read by itself.
    if (!last && name.startsWith('utf-16')) raw = raw.subarray(0, wholeLetters(raw, name));
    done += raw.length;
    const bytes = decoder === null ? raw : encoder.encode(decode(decoder, raw, last));
    yield { bytes, at, done, last };
    at += bytes.length;
  }
}

function wholeLetters(raw: Uint8Array, name: string): number {
  const even = raw.length & ~1;
  const high = raw[name === 'utf-16le' ? even - 1 : even - 2] ?? 0;
  return (high & 0xfc) === 0xd8 ? even - 2 : even;
}

function decode(decoder: TextDecoder, raw: Uint8Array, last: boolean): string {
  try {
    return decoder.decode(raw, { stream: !last });
  } catch {
    throw new BreakevenError(
      'bad_table',
      `The table is not written in ${decoder.encoding}: say which encoding it is.`,
      'options.encoding',
    );
  }
}

async function bytesOf(source: Blob, from: number, to: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await source.slice(from, to).arrayBuffer());
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new BreakevenError('bad_table', `The file cannot be read (${why}): choose it again.`);
  }
}
