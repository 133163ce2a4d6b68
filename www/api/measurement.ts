/**
 * The page's end of a measurement of several models. Its first rounds, and batches too large to send, are made by the
 * engine itself; then the engine is started anew for each second's worth of rounds, since some of what differs between
 * two visits differs between two starts. Everything measured is judged in one place, the engine's own instance.
 */
import { reading, refused, runOptions } from './arguments.js';
import { BreakevenError } from './error.js';
import { aborted, type Link } from './link.js';
import type { Leg, MeasuringSpec, RoundsReply, Schema } from './protocol.js';
import { notReached } from './strategies/remarks.js';
import type { Environment, Measurement, MeasurementOptions, MeasureReport } from './types.js';

/** How long rounds go on before the engine is started anew, and how many times as long as a start took. */
const LEG_MS = 1000;
const STARTS = 2;
/** What may be said of going on, beside what may be of any call. */
const GO = ['total_ms', 'precision', 'batch_sizes', 'onReport'];
/** More sizes than are ever measured together. */
const MAX_SIZES = 1000;
/** A round that would end so much later, in rounds, than there is time for is not begun. */
const LATE = 0.5;

/** What the measurement needs of the engine. */
export interface MeasuredEngine {
  readonly environment: Environment;
  /** Another coordinator, started as this one was. */
  another(): Promise<Link>;
  /** After the measurements that were begun before: two at once would measure each other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

/** The page's handles of models and rows: while a measurement lives nobody collects what they stand for. */
const handles = new WeakMap<EngineMeasurement, unknown>();

/** Row-major. */
interface Rows {
  data: Float64Array;
  n_rows: number;
  n_cols: number;
  schema: Schema | null;
}

export class EngineMeasurement implements Measurement {
  readonly #engine: MeasuredEngine;
  readonly #link: Link;
  readonly #models: Record<string, number>;
  readonly #X: number | undefined;
  /** With the sizes and the precision that were asked for since. */
  #spec: MeasuringSpec;
  readonly #ended = new AbortController();
  /** The coordinator's name for it, once it has been lined up there. */
  #id: Promise<number> | null = null;
  #state: RoundsReply | null = null;
  #files: Record<string, Uint8Array> | null = null;
  #rows: Rows | null = null;
  /** Rows that were asked for: there may be fewer, which batches repeat. */
  #n_asked = 0;
  #n_loads = 1;
  #alone = false;
  #busy = false;
  /** How long the engine itself has measured, and the last start took. */
  #own_ms = 0;
  #start_ms = 0;

  constructor(
    engine: MeasuredEngine,
    link: Link,
    models: Record<string, number>,
    X: number | undefined,
    spec: MeasuringSpec,
    held: unknown = null,
  ) {
    handles.set(this, held);
    this.#engine = engine;
    this.#link = link;
    this.#models = models;
    this.#X = X;
    this.#spec = spec;
  }

  async go(given?: MeasurementOptions): Promise<Record<string, MeasureReport>> {
    const options = runOptions('options', given, GO);
    if (this.#busy) throw new BreakevenError('invalid_param', 'This measurement is under way: wait for its end.');
    if (this.#ended.signal.aborted) throw freed();
    this.#busy = true;
    try {
      const { signal, release } = either(options.signal, this.#ended.signal);
      try {
        return await this.#engine.inTurn(() => this.#go(options, signal));
      } finally {
        release();
      }
    } catch (error) {
      if (this.#ended.signal.aborted && !options.signal?.aborted) throw freed();
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  free(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#id?.then(
      (id) => this.#link.free('measurement', id),
      () => {},
    );
    this.#files = null;
    this.#rows = null;
  }

  async #go(options: MeasurementOptions, signal: AbortSignal): Promise<Record<string, MeasureReport>> {
    const { total_ms = this.#spec.total_ms, precision } = options;
    if (total_ms !== undefined && !(typeof total_ms === 'number' && total_ms > 0 && total_ms < 1e9))
      throw refused('total_ms', 'a number of milliseconds above 0', total_ms);
    if (precision !== undefined && typeof precision !== 'number') throw refused('precision', 'a number', precision);
    this.#spec = { ...this.#spec, batch_sizes: sizesOf(this.#spec.batch_sizes) };
    const batch_sizes = sizesOf(options.batch_sizes ?? []);
    if (signal.aborted) throw aborted();
    const begun = performance.now();
    const elapsed = () => performance.now() - begun;
    await this.#begin(batch_sizes, precision, signal);
    let slowest = 0;
    const progress = (detail?: string) => {
      const { done, total } = this.#state ?? { done: 0, total: 1 };
      const timed = total_ms === undefined ? { done, total } : { done: Math.min(elapsed(), total_ms), total: total_ms };
      const left_ms = total_ms === undefined ? undefined : Math.max(0, total_ms - elapsed());
      tell(options.onProgress, { stage: 'measure', ...timed, detail, left_ms });
    };
    for (let rounds = 0; this.#state === null || this.#state.more; rounds++) {
      const before = elapsed();
      if (total_ms !== undefined && rounds > 0 && before + LATE * slowest > total_ms) break;
      await this.#turn(signal, progress);
      slowest = Math.max(0.7 * slowest, elapsed() - before);
      progress();
      tell(options.onReport, this.#reports());
    }
    const { strategies, batch_sizes: all, thread_counts } = this.#spec;
    const reports = Object.entries(this.#reports());
    return Object.fromEntries(
      reports.map(([name, report]) => {
        const notes = this.#state?.more ? notReached(report, strategies, all, thread_counts) : [];
        return [name, { ...report, notes: [...report.notes, ...notes] }];
      }),
    );
  }

  async #begin(batch_sizes: number[], precision: number | undefined, signal: AbortSignal): Promise<void> {
    this.#spec = { ...this.#spec, batch_sizes: [...new Set([...this.#spec.batch_sizes, ...batch_sizes])] };
    if (precision !== undefined) this.#spec = { ...this.#spec, precision };
    // One that was cancelled may not have ended yet: then there is none to go on with.
    await unlessAborted(
      Promise.resolve(this.#id).catch(() => null),
      signal,
    );
    if (this.#id === null) {
      // Where it is there in spite of a cancel it is to go on with, and to be freed.
      const made = this.#link.call('measurement', [this.#models, this.#X, this.#spec], { signal, patient: true });
      this.#id = made;
      made.catch(() => {
        this.#id = null;
      });
      await unlessAborted(made, signal);
      return;
    }
    const id = await unlessAborted(this.#id, signal);
    const goOn = this.#link.call('goOn', [id, batch_sizes, precision], { signal });
    this.#state = await goOn;
  }

  /** Some rounds, here or in another start of the engine. */
  async #turn(signal: AbortSignal, progress: (detail?: string) => void): Promise<void> {
    const id = (await this.#id) as number;
    const leg = this.#state?.leg;
    const away = leg && !this.#alone && this.#own_ms >= LEG_MS;
    if (leg && away) {
      try {
        const numbers = await this.#elsewhere(leg, signal, progress);
        const load = this.#n_loads++;
        this.#state = await this.#link.call('absorb', [id, leg, numbers, load], { signal });
        if (!this.#state.has_large) return;
      } catch (error) {
        if (signal.aborted || this.#link.ended) throw error;
        // Where there is no memory for a second one, say: what there is has to do.
        await this.#link.call('stayAlone', [id], { signal });
        this.#alone = true;
      }
    }
    const begun = performance.now();
    const only_large = Boolean(away && !this.#alone && this.#state?.has_large && this.#state.leg);
    this.#state = await this.#link.call('measureRound', [id, only_large], {
      signal,
      onProgress: ({ detail }) => progress(detail),
    });
    this.#own_ms += performance.now() - begun;
  }

  async #elsewhere(leg: Leg, signal: AbortSignal, progress: (detail?: string) => void): Promise<Float64Array> {
    await this.#pack(leg, signal);
    const begun = performance.now();
    const starting = this.#engine.another();
    const over = () =>
      starting.then(
        (link) => link.end(aborted()),
        () => {},
      );
    signal.addEventListener('abort', over, { once: true });
    try {
      const link = await unlessAborted(starting, signal);
      const models: Record<string, number> = {};
      for (const [name, file] of Object.entries(this.#files ?? {})) {
        models[name] = (await link.call('loadModel', [file])).id;
      }
      const { data, n_rows, n_cols, schema } = this.#rows as Rows;
      const X = await link.call('matrix', [data, n_rows, n_cols, schema ?? undefined]);
      this.#start_ms = performance.now() - begun;
      const min_ms = Math.max(LEG_MS, STARTS * this.#start_ms);
      return await link.call('measureLeg', [models, X.id, this.#spec, leg, min_ms], {
        onProgress: ({ detail }) => progress(detail),
      });
    } finally {
      signal.removeEventListener('abort', over);
      void over();
    }
  }

  /** The models' files and the rows, once: every start gets the same. */
  async #pack(leg: Leg, signal: AbortSignal): Promise<void> {
    const link = this.#link;
    const id = (await this.#id) as number;
    if (this.#files === null) {
      const files: Record<string, Uint8Array> = {};
      for (const [name, model] of Object.entries(this.#models)) {
        files[name] = await link.call('save', [model], { signal });
      }
      this.#files = files;
    }
    if (this.#rows !== null && this.#n_asked >= leg.n_rows) return;
    this.#n_asked = leg.n_rows;
    this.#rows = await link.call('measuredRows', [id, leg.n_rows], { signal });
  }

  #reports(): Record<string, MeasureReport> {
    const { environment } = this.#engine;
    const reports = Object.entries(this.#state?.reports ?? {});
    return Object.fromEntries(reports.map(([name, report]) => [name, { ...report, environment }]));
  }
}

/** What a listener throws is the page's to hear of; the measurement goes on. */
function tell<T>(listener: ((told: T) => void) | undefined, told: T): void {
  try {
    listener?.(told);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Which of them can be is for the coordinator to say; what is not even a number could not be sent. */
function sizesOf(sizes: unknown): number[] {
  return reading('batch_sizes', () => {
    const isList = Array.isArray(sizes) && sizes.length <= MAX_SIZES;
    const copy: unknown[] = isList ? Array.from(sizes) : [];
    if (isList && copy.every((size) => typeof size === 'number')) return copy as number[];
    throw refused('batch_sizes', `a list of up to ${MAX_SIZES} whole numbers`, sizes);
  });
}

/** Aborts when either does. */
function either(a: AbortSignal | undefined, b: AbortSignal): { signal: AbortSignal; release(): void } {
  const both = new AbortController();
  const abort = () => both.abort();
  for (const one of [a, b]) {
    if (one?.aborted) abort();
    one?.addEventListener('abort', abort);
  }
  return {
    signal: both.signal,
    release: () => {
      for (const one of [a, b]) one?.removeEventListener('abort', abort);
    },
  };
}

/** What comes of it, unless a cancel comes before. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = () => reject(aborted());
    if (signal.aborted) over();
    signal.addEventListener('abort', over, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', over));
  });
}

function freed(): BreakevenError {
  return new BreakevenError('disposed', 'This measurement has been freed: make another.');
}
