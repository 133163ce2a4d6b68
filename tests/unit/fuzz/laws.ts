/**
 * Laws that hold for any input, tried on random ones: a few hundred from a fixed seed by themselves, for minutes where
 * `npm run fuzz` asks. What breaks one is shrunk, told with its seed and, in a long run, written down.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BreakevenError } from '../../../www/api/error.js';
import { record } from './inputs.js';

const { BREAKEVEN_FUZZ_MINUTES, BREAKEVEN_FUZZ_SEED, BREAKEVEN_FUZZ_OUT } = process.env;
const MINUTES = Number(BREAKEVEN_FUZZ_MINUTES ?? 0);
const RUNS = 200;
const SEED = Number(BREAKEVEN_FUZZ_SEED ?? 20_260);
/** A long run is made of such pieces, between which the runner is heard. */
const PIECE_MS = 1000;
/** What one input may take: far more than any should, on a machine that others use. */
const LONGEST_MS = 5000;

let n_laws = 0;

type Law = fc.IAsyncProperty<unknown> | fc.IProperty<unknown>;

/** A test of this file, in the short run of so many inputs; in a long run the file's laws share its minutes. */
export function law<T>(name: string, input: fc.Arbitrary<T>, holds: (value: T) => unknown, n_runs = RUNS): void {
  n_laws++;
  const property = fc.asyncProperty(input, async (value) => {
    const begun = performance.now();
    await holds(value);
    isUnspoilt();
    expect(performance.now() - begun, 'ms').toBeLessThan(LONGEST_MS);
  }) as Law;
  test(name, { timeout: 60_000 + MINUTES * 60_000 }, () =>
    MINUTES > 0 ? long(name, property) : short(property, n_runs),
  );
}

async function short(property: Law, n_runs: number): Promise<void> {
  const details = await fc.check(property, { seed: SEED, numRuns: n_runs, timeout: LONGEST_MS });
  if (details.failed) throw new Error(saidOf(details));
}

async function long(name: string, property: Law): Promise<void> {
  const end = performance.now() + (MINUTES * 60_000) / n_laws;
  let n_runs = 0;
  for (let seed = SEED; performance.now() < end; seed++) {
    const details = await fc.check(property, {
      ...{ seed, numRuns: 1_000_000, timeout: LONGEST_MS, endOnFailure: false },
      interruptAfterTimeLimit: PIECE_MS,
    });
    n_runs += details.numRuns;
    if (!details.failed || details.counterexample === null) continue;
    const said = saidOf(details);
    tell({ name, n_runs, seed, found: written(name, seed, said) });
    throw new Error(said);
  }
  tell({ name, n_runs, seed: SEED });
}

function saidOf(details: fc.RunDetails<unknown>): string {
  const { errorInstance } = details;
  const why = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
  return `${fc.defaultReportMessage(details) ?? 'interrupted'}\n${why}`;
}

function tell(line: object): void {
  if (BREAKEVEN_FUZZ_OUT) appendFileSync(join(BREAKEVEN_FUZZ_OUT, 'runs.jsonl'), `${JSON.stringify(line)}\n`);
}

/** The reproducer: what `fc.check` is to be called with, and the input itself. */
function written(name: string, seed: number, said: string): string | null {
  if (!BREAKEVEN_FUZZ_OUT) return null;
  mkdirSync(BREAKEVEN_FUZZ_OUT, { recursive: true });
  const file = join(BREAKEVEN_FUZZ_OUT, `${name.replace(/\W+/g, '-')}-${seed}.txt`);
  writeFileSync(file, said);
  return file;
}

/** No input leaves anything behind on what all objects share. */
function isUnspoilt(): void {
  for (const shared of [Object.prototype, Array.prototype, Function.prototype, String.prototype])
    expect(Object.keys(shared)).toEqual([]);
  expect('polluted' in {}).toBe(false);
}

/** What comes of `work`; or the error that it is refused with, which has a code and says in few words what is at fault. */
export async function settled<T>(work: () => T | Promise<T>): Promise<{ value: T } | { refused: BreakevenError }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof BreakevenError)) throw error;
    expect(error.message.length, error.message.slice(0, 200)).toBeLessThan(1000);
    expect(error.message).not.toBe('');
    return { refused: error };
  }
}

/** As `settled`, of what names the setting at fault. */
export async function judged<T>(work: () => T | Promise<T>): Promise<{ value: T } | { refused: BreakevenError }> {
  const outcome = await settled(work);
  if ('refused' in outcome) {
    expect(outcome.refused.code).toBe('invalid_param');
    expect(outcome.refused.setting, outcome.refused.message).toEqual(expect.any(String));
  }
  return outcome;
}

/** Through JSON and back. */
export const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** As it is, but that 0 and −0, which JSON does not tell apart, are the same. */
export function unsigned(value: unknown): unknown {
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(unsigned);
  return record(Object.entries(value).map(([name, part]) => [name, unsigned(part)]));
}
