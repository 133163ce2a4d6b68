/** Every sentence about what was measured, made from numbers. Pure, so that each can be tested. */
import type { BreakEven, Capacity, MeasureReport, Strategy } from '../api/types.js';
import { about, count, counted, digits, duration, list } from './format.js';

/** What the sentences are made from; what is missing is not told. */
export type Measured = Pick<MeasureReport, 'break_even'> &
  Partial<Pick<MeasureReport, 'points' | 'capacity'>> & {
    environment?: Pick<MeasureReport['environment'], 'hardware_concurrency'>;
  };

export interface About {
  n_threads?: number | undefined;
  /** The batch sizes that were measured. */
  sizes?: readonly number[];
  capacity?: Capacity | null | undefined;
  /** What the browser tells of its machine. */
  n_cores?: number | undefined;
  /** Whether its labels are serial's; those of a report from outside may be others. */
  equal?: boolean;
}

/** The notebook's test: busy / wall ≈ 1 is one core; ≫ 1 is parallel already; ≪ 1 is waiting. */
export function busyPerWallSentence(busy_per_wall: number): string {
  if (!Number.isFinite(busy_per_wall)) {
    return 'Too quick for this page’s clock: busy / wall cannot be told.';
  }
  const ratio = busy_per_wall.toFixed(2);
  if (busy_per_wall > 1.25) return `busy / wall = ${ratio}, well above 1: several cores at work, parallel already.`;
  if (busy_per_wall >= 0.75) return `busy / wall = ${ratio}, about 1: only one core at work, not parallel.`;
  const waiting = Math.round((1 - busy_per_wall) * 100);
  return `busy / wall = ${ratio}, below 1: one core, and ${waiting} % of the time spent waiting for it.`;
}

/** One break-even against serial. */
export function breakEvenSentence(found: BreakEven, about: About = {}): string {
  const [who, are] = subject(found.strategy, about.n_threads);
  const { sizes = [] } = about;
  switch (found.verdict) {
    case 'pays':
      return `${capital(who)} ${are} faster than serial ${rangeWords(found, sizes)}${within(found, sizes)}.`;
    case 'never_pays': {
      const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
      const range = least < most ? `, ${count(least)} to ${count(most)} rows` : '';
      const crowd = crowded(about);
      return `${capital(who)} ${are} slower than serial at every size measured${range}${crowd && `, with ${crowd}`}.`;
    }
    case 'unclear':
      return `Whether ${who} ${are} faster than serial is unclear, because ${reasonWords(found, about)}.`;
  }
}

/** A share of the rounds that may be why the others do not decide. */
const MANY_ROUNDS = 0.25;

/** A share of the threads: where they always have fewer cores, there are no more. */
const ENOUGH_CORES = 0.75;

/** Why a break-even is unclear, to go after "because". */
export function reasonWords({ strategy, reason }: BreakEven, about: About): string {
  const { n_threads, capacity, equal = true } = about;
  if (!equal) return 'its labels differ from serial’s';
  if (reason === null) return 'the measurements do not decide yet';
  if (reason === 'page_hidden') return 'the page was hidden, and browsers slow down what nobody sees';
  const crowd = crowded(about);
  if (crowd && reason !== 'clock' && reason !== 'budget') return `there are ${crowd}`;
  if (reason === 'cores_taken') return coresTaken(capacity ?? null);
  if (reason !== 'clock' && capacity && isOftenDisturbed(capacity)) {
    const { n_disturbed, n_rounds } = capacity;
    return `another program used your cores in ${n_disturbed} of ${n_rounds} rounds, and the others do not decide`;
  }
  switch (reason) {
    case 'clock':
      return 'its calls are too short for this browser’s clock';
    case 'budget':
      return 'there was no time for enough rounds';
    case 'noise':
      return `what was measured does not tell serial and ${subject(strategy, n_threads)[0]} apart`;
  }
}

function isOftenDisturbed({ n_disturbed, n_rounds }: Capacity): boolean {
  return n_disturbed > 0 && n_disturbed >= MANY_ROUNDS * n_rounds;
}

/**
 * "more threads than cores: 8 threads on 2 cores": as the browser tells, or as they were counted where nothing else was
 * at work; '' where there are not.
 */
function crowded({ n_threads = 1, n_cores, capacity }: About): string {
  if (n_cores !== undefined && n_threads > n_cores)
    return `more threads than cores: ${n_threads} threads on ${counted(n_cores, 'core')}`;
  if (!capacity || isOftenDisturbed(capacity) || capacity.median_cores >= ENOUGH_CORES * capacity.n_threads) return '';
  return `more threads than cores: ${coresWords(capacity)}`;
}

/** "2 threads had 1.98 cores at the same time": together they did the work of so many threads that work alone. */
export function coresWords({ n_threads, median_cores }: Capacity): string {
  return `${counted(n_threads, 'thread')} had ${cores(median_cores)} at the same time`;
}

/** "1.98 of 4 cores at the same time". */
export function coresOfWords({ median_cores }: Capacity, n_cores: number): string {
  return `${decimal(median_cores)} of ${counted(n_cores, 'core')} at the same time`;
}

/** Threads that look for work have it within a few microseconds; where it takes so long they had to wait for a core. */
const LONG_HAND_OVER_US = 50;

/** "0.43 µs; 12 % of the samples, whose threads were farther apart, are left out"; null where it was not measured. */
export function handOverWords({ hand_over_us, apart = 0 }: Capacity): string | null {
  if (!hand_over_us) return null;
  const took = `${Number(hand_over_us.toPrecision(2))} µs`;
  const loaded =
    hand_over_us >= LONG_HAND_OVER_US && 'a few are usual: the machine was loaded, or has fewer cores than threads';
  const left =
    apart >= 0.005 && `${Math.round(100 * apart)} % of the samples, whose threads were farther apart, are left out`;
  return [took, loaded, left].filter(Boolean).join('; ');
}

/** What a browser tells of its machine is no more than it wants to tell. */
function coresTaken(capacity: Capacity | null): string {
  if (capacity === null) return 'another program is using your cores';
  const { n_rounds, n_disturbed, n_threads, worst_cores } = capacity;
  if (n_rounds > 0 && n_disturbed >= n_rounds)
    return `another program is using your cores, or there are fewer than this browser tells: ${coresWords(capacity)}, where each wants one`;
  const got =
    2 * n_disturbed >= n_rounds
      ? coresWords(capacity)
      : `${counted(n_threads, 'thread')} had at times as little as ${cores(worst_cores)} at the same time`;
  return `another program is using your cores: ${got}, where each wants one`;
}

function cores(n: number): string {
  return `${decimal(n)} cores`;
}

function decimal(n: number): string {
  return n.toFixed(n < 10 ? 2 : 1);
}

/** An interval of so many times its low end, and of more rows than these, holds no number worth telling. */
const WIDE = 4;
const FEW_ROWS = 16;

/** Whether all that is known is a range. */
export function isWide({ ci95 }: Pick<BreakEven, 'ci95'>): boolean {
  return ci95 !== null && ci95[1] > WIDE * ci95[0] && ci95[1] - ci95[0] > FEW_ROWS;
}

/** "from about 120 up to about 3,000,000 rows", "from somewhere between 74 and 2,400 rows". */
export function rangeWords(
  found: Pick<BreakEven, 'n_rows' | 'to_rows' | 'ci95'>,
  sizes: readonly number[] = [],
): string {
  const { n_rows, to_rows, ci95 } = found;
  if (n_rows === null) return 'at sizes that cannot be told';
  if (ci95 && isWide(found)) {
    // Below the smallest batch nothing was measured.
    const low = Math.max(ci95[0], sizes.length > 0 ? Math.min(...sizes) : 1);
    const from = `from somewhere between ${about(low)} and ${about(ci95[1])}`;
    return `${from}${to_rows ? ` up to about ${about(to_rows)}` : ''} rows`;
  }
  if (to_rows) return `from about ${about(n_rows)} up to about ${about(to_rows)} rows`;
  if (sizes.length > 0 && n_rows <= Math.min(...sizes))
    return `from ${counted(Math.min(...sizes), 'row')}, the smallest batch measured`;
  return `from about ${about(n_rows)} ${n_rows === 1 ? 'row' : 'rows'}`;
}

/** " (95 %: 80 to 210)". */
function within(found: Pick<BreakEven, 'ci95'>, sizes: readonly number[]): string {
  if (isWide(found)) return ' (95 %)';
  const words = intervalWords(found, sizes);
  return words && ` (95 %: ${words})`;
}

/** "80 to 210", or "at most 13" where it reaches below the smallest batch: nothing was measured there. */
export function intervalWords({ ci95 }: Pick<BreakEven, 'ci95'>, sizes: readonly number[], write = about): string {
  if (!ci95) return '';
  const [low, high] = ci95;
  const least = sizes.length > 0 ? Math.min(...sizes) : low;
  return low < least ? `at most ${write(Math.max(least, high))}` : `${write(low)} to ${write(high)}`;
}

/**
 * The break-even that is told: that of threads where they were measured, else of isolated workers. Never the smallest
 * of all: the best of several noisy numbers is too good to be true.
 */
export function toldOf(break_even: readonly BreakEven[]): BreakEven | null {
  const of = (wanted: Strategy) => break_even.find(({ strategy }) => strategy === wanted);
  return of('threads') ?? of('workers') ?? null;
}

/** What one model's sweep found: the title of its chart. Where the verdict stands beside it, that tells the reason. */
export function sweepSentence(classifier: string, sweep: Measured, withReason = true): string {
  const found = toldOf(sweep.break_even);
  if (!found) return `${classifier}: nothing to compare with serial`;
  const about = aboutOf(sweep, found.strategy);
  const [who, , pay] = subject(found.strategy, about.n_threads);
  switch (found.verdict) {
    case 'pays':
      return `${classifier}: ${who} ${pay} ${rangeWords(found, about.sizes)}`;
    case 'never_pays':
      return `${classifier}: serial is faster than ${who} at every size measured`;
    case 'unclear':
      return `${classifier}: no clear break-even${withReason ? `, because ${reasonWords(found, about)}` : ''}`;
  }
}

/** The answer to the question, over all models, with each one's interval. */
export function verdict(
  sweeps: Record<string, Measured>,
  n_threads: number,
  whose: 'On this machine' | 'Elsewhere or earlier' | 'In the last run' = 'On this machine',
): string {
  const names = Object.keys(sweeps);
  if (names.length === 0) return '';
  const told = Object.entries(sweeps).flatMap(([name, sweep]) => {
    const found = toldOf(sweep.break_even);
    return found ? [{ name, sweep, found }] : [];
  });
  const [first] = told;
  if (!first)
    return `${whose} only serial prediction of ${list(names)} was measured: there is no break-even to tell.${unequalWords(sweeps)}`;

  const [who] = subject(first.found.strategy, n_threads);
  const of = (verdict: BreakEven['verdict']) => told.filter(({ found }) => found.verdict === verdict);
  const gains = of('pays').map(
    ({ name, sweep, found }) =>
      `${rangeWords(found, sizesOf(sweep, found.strategy))}${within(found, sizesOf(sweep, found.strategy))} for ${name}`,
  );
  const unclear = new Map<string, string[]>();
  for (const { name, sweep, found } of of('unclear')) {
    const why = reasonWords(found, { ...aboutOf(sweep, found.strategy), n_threads });
    unclear.set(why, [...(unclear.get(why) ?? []), name]);
  }
  const rest = names.filter((name) => !told.some((one) => one.name === name));
  const never = of('never_pays').map(({ name }) => name);
  const crowd = crowded({ ...aboutOf(first.sweep, first.found.strategy), n_threads });
  const clauses = [
    gains.length > 0 && `pays ${list(gains)}`,
    never.length > 0 &&
      `never pays for ${list(never)}, slower than serial at every size measured${crowd && `, with ${crowd}`}`,
    ...[...unclear].map(([why, names]) => `has no clear break-even for ${list(names)}, because ${why}`),
    rest.length > 0 && `was not measured for ${list(rest)}`,
  ].filter((clause) => clause !== false);
  return `${whose}, parallel prediction with ${who} ${clauses.join('; it ')}.${unequalWords(sweeps)}`;
}

/** " Other labels than serial’s, an error, came of threads for NB." */
function unequalWords(sweeps: Record<string, Measured>): string {
  const found = Object.entries(sweeps).flatMap(([name, { points = [] }]) => {
    const strategies = new Set(points.filter((point) => !point.equal_to_serial).map(({ strategy }) => strategy));
    return strategies.size > 0 ? [`${list([...strategies])} for ${name}`] : [];
  });
  return found.length > 0 ? ` Other labels than serial’s, an error, came of ${list(found)}.` : '';
}

/** Why going on has come to its end. */
export type Ended = 'time' | 'narrow' | 'budget';

const ENDED: Record<Ended, string> = {
  time: 'Done: the time for measuring longer is over.',
  narrow: 'Done early: every interval is narrow enough.',
  budget: 'Done early: every batch size has had its time, or more of it would not narrow the intervals.',
};

export function endedWords(why: Ended): string {
  return ENDED[why];
}

/** What it costs to hand a whole batch to a worker and to await it, beside a serial call; '' where not measured. */
export function asyncSentence(sweeps: Record<string, Pick<MeasureReport, 'cost_model'>>): string {
  const costs = Object.entries(sweeps).flatMap(([name, { cost_model }]) => {
    const of = (wanted: Strategy) => cost_model.find(({ strategy }) => strategy === wanted);
    const [serial, handed] = [of('serial'), of('async')];
    if (!serial || !handed) return [];
    const call = duration(Math.max(0, handed.overhead_us - serial.overhead_us) / 1000);
    const row = digits(Math.max(0, handed.ns_per_row - serial.ns_per_row));
    return [`${call} a call and ${row} ns a row for ${name}`];
  });
  if (costs.length === 0) return '';
  const what = 'Async hands the whole batch to one worker: the page stays free meanwhile, and nothing gets faster.';
  return `${what} Beside serial, handing over costs ${list(costs)}.`;
}

const FLAGS: Record<string, string> = {
  clock_saturated: 'too short for the clock',
  page_hidden: 'samples of a hidden page were dropped',
  noisy: 'noisy',
  few_samples: 'few samples',
  once: 'one round only',
  drift: 'samples beside a change of pace were left out',
  streamed: 'rows repeated',
};

/** A point's reservation. */
export function flagWords(flag: string): string {
  return FLAGS[flag] ?? flag.replaceAll('_', ' ');
}

/** About one strategy of a sweep. */
export function aboutOf(sweep: Measured, strategy: Strategy): About {
  const n_threads = sweep.points?.find((point) => point.strategy === strategy)?.n_threads;
  const sizes = sizesOf(sweep, strategy);
  const equal = isEqual(sweep, strategy);
  return { n_threads, sizes, capacity: sweep.capacity, n_cores: sweep.environment?.hardware_concurrency, equal };
}

/** Whether a strategy's labels are serial's at every size. */
export function isEqual({ points = [] }: Pick<Measured, 'points'>, strategy: Strategy): boolean {
  return points.every((point) => point.strategy !== strategy || point.equal_to_serial);
}

function sizesOf({ points = [] }: Measured, strategy: Strategy): number[] {
  return points.filter((point) => point.strategy === strategy).map(({ n_rows }) => n_rows);
}

/** Who does it, and the forms of "to be" and "to pay" that go with it. */
function subject(strategy: Strategy, n_threads: number | undefined): [who: string, are: string, pay: string] {
  const noun = { threads: 'thread', workers: 'isolated worker' }[strategy as string];
  if (noun === undefined) return [strategy, 'is', 'pays'];
  if (n_threads === undefined) return [`${noun}s`, 'are', 'pay'];
  return n_threads === 1 ? [`1 ${noun}`, 'is', 'pays'] : [counted(n_threads, noun), 'are', 'pay'];
}

function capital(words: string): string {
  return `${words[0]?.toUpperCase()}${words.slice(1)}`;
}
