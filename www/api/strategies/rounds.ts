/**
 * The coordinator's end of a measurement. Rust plans, samples and judges; this lets the event loop turn, and makes the
 * calls that go by message.
 */
import { asJson } from '../arguments.js';
import { impossible } from '../error.js';
import { quietly, type Wasm, type WasmDataset, type WasmMaking, type WasmMatrix } from '../instance.js';
import type { RowSource } from '../isolated/pool.js';
import type { Leg, MeasuringSpec, RoundsReply, Schema } from '../protocol.js';
import type { MeasureReport, Strategy } from '../types.js';
import type { Going } from './by-message.js';
import type { Predictor } from './predictor.js';
import { isAllHidden, notesOf } from './remarks.js';
import type { KeptModel, Width } from './width.js';

/** Defaults of the API: what a MeasureSpec may leave out. */
const DEFAULTS = {
  ...{ min_samples: 20, budget_ms: 1000, min_rounds: 5, precision: 1.3, max_bisections: 5, cutoff_rows: 10_000 },
  random_state: 0,
};
const MAX_ROWS = 2 ** 31 - 1;
/** Sizes that are measured together at most, with those that are added. */
const MAX_SIZES = 200;
/** Numbers of threads that are measured together at most. */
const MAX_COUNTS = 20;
/** Rows made here take this much memory at most; longer batches repeat them. */
const MAX_MADE_BYTES = 2 ** 30;
/** Rows that are sent to another start of the engine take this much at most. */
const MAX_SENT_BYTES = 2 ** 26;
/** How long samples may go on before the event loop turns, so that a cancel is heard. */
const STEP_MS = 40;
/** Starts of the engine that an interval comes from at least, where it can be started anew. */
const MIN_LOADS = 5;

export interface MeasuringContext {
  wasm: Wasm;
  predictor: Predictor;
  models: Record<string, KeptModel>;
  /** Rows to predict; made where left out. */
  X: WasmMatrix | null;
  /** Works off what makes them. */
  make(making: WasmMaking): Promise<WasmDataset[]>;
  spec: MeasuringSpec;
  clock_step_ms: number;
  n_cores: number;
  /** What another start's measurement wants done here. */
  leg?: Leg;
}

/** Calls by message. */
interface Message {
  model: number;
  used: 'workers' | 'async';
  n_rows: number;
  n_calls: number;
  n_warm: number;
  parked: boolean;
}

/** What Rust wants next; anything else is a pause. */
const [MESSAGE, PROBE, ROUND, DONE] = [1, 2, 3, 4];

function messageOf([model = 0, isAsync, n_rows = 0, n_calls = 0, n_warm = 0, parked]: number[]): Message {
  const used = isAsync ? 'async' : 'workers';
  return { model, used, n_rows, n_calls, n_warm, parked: Boolean(parked) };
}

export interface RoundTurns extends Going {
  /** Lets the event loop turn, and throws when the call was cancelled. */
  step(): Promise<void>;
  isHidden(): boolean;
}

export class Rounds {
  readonly #context: MeasuringContext;
  readonly #X: WasmMatrix;
  readonly #measurement: InstanceType<Wasm['Measurement']>;
  readonly #names: string[];
  readonly #models: KeptModel[];
  readonly #width: Width;
  #out = new Int32Array(0);

  /** Lines a measurement up; makes its rows first where they are left out. */
  static async of(context: MeasuringContext): Promise<Rounds> {
    check(context);
    if (context.X) return new Rounds(context, context.X);
    const X = await rowsFor(context);
    try {
      return new Rounds(context, X);
    } catch (error) {
      quietly(() => X.free());
      throw error;
    }
  }

  private constructor(context: MeasuringContext, X: WasmMatrix) {
    this.#context = context;
    const { wasm, predictor, models, spec, leg } = context;
    this.#names = Object.keys(models);
    this.#models = Object.values(models);
    this.#X = X;
    const n_threads = spec.n_threads ?? predictor.n_threads;
    this.#width = { n_threads, n_slices: spec.n_slices, threads_per_worker: spec.threads_per_worker };
    const parallel = predictor.n_threads > 1 || spec.strategies.includes('workers');
    const settings = { ...DEFAULTS, ...given(spec) };
    this.#measurement = new wasm.Measurement(
      this.#names,
      lanesOf(spec),
      Uint32Array.from(spec.batch_sizes),
      // In the order in which Rust takes them.
      Float64Array.of(
        parallel ? n_threads : 1,
        context.n_cores,
        Math.min(spec.n_slices ?? 1, n_threads),
        settings.min_samples,
        settings.budget_ms,
        settings.min_rounds,
        settings.precision,
        spec.once_above_rows ?? MAX_ROWS,
        settings.random_state,
        context.clock_step_ms,
        spec.pool === 'parked' ? 1 : 0,
        settings.max_bisections,
        settings.cutoff_rows,
        MIN_LOADS,
        Math.floor(MAX_SENT_BYTES / (8 * this.#X.n_cols)),
      ),
      this.#X,
      leg?.numbers,
    );
    try {
      for (const { model } of this.#models) this.#measurement.addModel(model, this.#X);
    } catch (error) {
      quietly(() => this.#measurement.free());
      throw error;
    }
  }

  free(): void {
    this.#measurement.free();
    if (this.#context.X === null) this.#X.free();
  }

  /** Makes sure that the sizes of a measurement that goes on can be had. */
  goOn(batch_sizes: number[], precision: number | undefined): void {
    const { spec } = this.#context;
    check({ ...this.#context, spec: { ...spec, batch_sizes: [...spec.batch_sizes, ...batch_sizes], precision } });
    this.#measurement.goOn(Uint32Array.from(batch_sizes), precision);
  }

  stayAlone(): void {
    this.#measurement.stayAlone();
  }

  /** The rows that other starts of the engine are given. */
  rows(n_rows: number): { data: Float64Array; n_cols: number; schema: Schema | null } {
    const { n_cols } = this.#X;
    return { data: this.#X.rows(0, Math.min(n_rows, this.#X.n_rows)), n_cols, schema: this.#X.schema() };
  }

  /** One round; false when there is nothing more to do. `only_large`: of batches that no other start is given. */
  async round(turns: RoundTurns, only_large: boolean): Promise<boolean> {
    await this.#learn(turns);
    this.#measurement.stayHome(only_large);
    let turned = performance.now();
    for (;;) {
      const [kind, ...next] = this.#measurement.advance(STEP_MS, turns.isHidden());
      if (kind === ROUND) return true;
      if (kind === DONE) return false;
      if (kind === MESSAGE) await this.#send(messageOf(next), turns);
      if (kind === PROBE) this.#measurement.recordCores(await this.#context.predictor.byMessage.cores(this.#width));
      if (performance.now() - turned < STEP_MS) continue;
      await turns.step();
      turned = performance.now();
    }
  }

  reply(more: boolean): RoundsReply {
    const reports = this.#measurement.reports() as (Omit<MeasureReport, 'notes' | 'environment'> & {
      remarks: Parameters<typeof notesOf>[0];
    })[];
    // What comes next may be done elsewhere again.
    this.#measurement.stayHome(false);
    const { done, total, nRounds, hasLarge } = this.#measurement;
    const several = (this.#context.spec.thread_counts?.length ?? 0) > 0;
    const numbers = more ? this.#measurement.nextLeg() : undefined;
    const leg = numbers && { numbers, n_rows: this.#measurement.legRows() };
    return {
      reports: Object.fromEntries(
        reports.map(({ remarks, ...report }, i) => {
          const break_even = report.break_even.map((found) =>
            isAllHidden(remarks, report.points, found) ? { ...found, reason: 'page_hidden' as const } : found,
          );
          return [this.#names[i], { ...report, break_even, notes: notesOf(remarks, several) }];
        }),
      ),
      ...{ done, total, n_rounds: nRounds, more, leg, has_large: hasLarge },
    };
  }

  absorb(leg: Leg, numbers: Float64Array, load: number): void {
    this.#measurement.absorb(leg.numbers, numbers, load);
  }

  take(): Float64Array {
    return this.#measurement.take();
  }

  /** The automatic choice measures its costs before any clock runs, and now and then again. */
  async #learn(turns: RoundTurns): Promise<void> {
    const { predictor, spec } = this.#context;
    if (!spec.strategies.includes('auto') || this.#width.n_threads < 2) return;
    for (const [i, model] of this.#models.entries()) {
      const costs = await predictor.auto.costs(model, this.#X, this.#width.n_threads, () => turns.step());
      this.#measurement.setCosts(i, costs);
    }
  }

  async #send({ model: index, used, n_rows, n_calls, n_warm, parked }: Message, turns: RoundTurns): Promise<void> {
    const { predictor } = this.#context;
    const model = this.#models[index] as KeptModel;
    await predictor.byMessage.prepare(model, used, this.#width);
    const source = this.#source(n_rows);
    const call = (out: Int32Array) => predictor.byMessage.predict(model, source, out, used, this.#width, turns);
    // Each call writes to a place of its own, or a later one would hide what an earlier one did wrong.
    if (this.#out.length < n_rows * n_calls) this.#out = new Int32Array(n_rows * n_calls);
    const places = Array.from({ length: n_calls }, (_, i) => this.#out.subarray(i * n_rows, (i + 1) * n_rows));
    for (let i = 0; i < n_warm; i++) await call(places[0] as Int32Array);
    for (const place of places) place.fill(NO_LABEL);
    const stages = { send: 0, compute: 0, gather: 0, wait: 0 };
    let [wall_ms, busy_ms] = [0, 0];
    for (const place of places) {
      if (parked) await predictor.auto.untilAsleep();
      const timing = await call(place);
      wall_ms += timing.wall_ms;
      busy_ms += timing.busy_ms;
      for (const stage of ['send', 'compute', 'gather', 'wait'] as const) stages[stage] += timing.stages[stage];
    }
    const equal_to_serial = places.every((place) => this.#isSerials(index, place));
    const parts = Float64Array.of(stages.send, stages.compute, stages.gather, stages.wait);
    this.#measurement.record(wall_ms, busy_ms, parts, turns.isHidden(), equal_to_serial);
  }

  /** Rows of a batch, those of the matrix over and over where it is longer. */
  #source(n_rows: number): RowSource {
    const X = this.#X;
    const available = X.n_rows;
    const rows = (start: number, end: number): Float64Array => {
      const first = start % available;
      if (first + end - start <= available) return X.rows(first, first + end - start);
      const joined = new Float64Array((end - start) * X.n_cols);
      for (let done = start; done < end; ) {
        const from = done % available;
        const to = Math.min(available, from + end - done);
        joined.set(X.rows(from, to), (done - start) * X.n_cols);
        done += to - from;
      }
      return joined;
    };
    return { n_rows, n_cols: X.n_cols, rows };
  }

  #isSerials(model: number, labels: Int32Array): boolean {
    const available = this.#X.n_rows;
    for (let done = 0; done < labels.length; done += available) {
      if (!this.#measurement.check(model, labels.subarray(done, done + available))) return false;
    }
    return true;
  }
}

/** Stands where no label has been written; were it a class, rows left out would only pass where they are of it. */
const NO_LABEL = -(2 ** 31);

/** What was said of them, without what was left open. */
function given(spec: MeasuringSpec): Partial<typeof DEFAULTS> {
  const said = Object.entries(spec).filter(([name, value]) => name in DEFAULTS && value !== undefined);
  return Object.fromEntries(said);
}

/** Strategies as Rust takes them: threads once for each number of them that is asked for. */
function lanesOf({ strategies, thread_counts }: MeasuringSpec): string[] {
  const counts = [...new Set(thread_counts)].sort((a, b) => a - b);
  const lanes = (strategy: Strategy) =>
    strategy === 'threads' && counts.length > 0 ? counts.map((count) => `threads ${count}`) : [strategy];
  return [...new Set(strategies)].flatMap(lanes);
}

function check({ spec, predictor, X, models }: MeasuringContext): void {
  const { strategies, batch_sizes, budget_ms, precision, pool, repeat_rows } = spec;
  if (Object.keys(models).length === 0) throw impossible('models', '{}', 'at least one model by a name');
  if (!Array.isArray(strategies) || strategies.length === 0)
    throw impossible('strategies', asJson(strategies), 'a list of at least one strategy');
  for (const strategy of strategies) predictor.check(strategy, spec);
  checkCounts(spec, predictor);
  const largest = X === null || spec.repeat_rows ? MAX_ROWS : X.n_rows;
  const fits = (n: number) => Number.isInteger(n) && n >= 1 && n <= largest;
  if (!Array.isArray(batch_sizes) || batch_sizes.length === 0 || !batch_sizes.every(fits)) {
    const limit = largest === MAX_ROWS ? `${largest}` : `${largest}, the rows of X`;
    throw impossible('batch_sizes', asJson(batch_sizes), `a list of whole numbers from 1 to ${limit}`);
  }
  if (batch_sizes.length > MAX_SIZES)
    throw impossible('batch_sizes', `${batch_sizes.length} sizes`, `at most ${MAX_SIZES}`);
  for (const [name, least, value] of [
    ['min_samples', 1, spec.min_samples],
    ['min_rounds', 1, spec.min_rounds],
    ['once_above_rows', 0, spec.once_above_rows],
    ['cutoff_rows', 1, spec.cutoff_rows],
    ['max_bisections', 0, spec.max_bisections],
    ['random_state', 0, spec.random_state],
  ] as const) {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= MAX_ROWS))
      throw impossible(name, asJson(value), `a whole number of at least ${least}`);
  }
  if (budget_ms !== undefined && !(typeof budget_ms === 'number' && budget_ms > 0 && budget_ms < 1e9))
    throw impossible('budget_ms', asJson(budget_ms), 'a number of milliseconds above 0');
  if (precision !== undefined && !(typeof precision === 'number' && precision > 1 && precision < 1e6))
    throw impossible('precision', asJson(precision), 'a factor above 1: high / low of an interval');
  if (repeat_rows !== undefined && typeof repeat_rows !== 'boolean')
    throw impossible('repeat_rows', asJson(repeat_rows), 'true or false');
  if (pool !== undefined && pool !== 'hot' && pool !== 'parked')
    throw impossible('pool', asJson(pool), "'hot' or 'parked'");
}

function checkCounts({ thread_counts, strategies, n_threads }: MeasuringSpec, predictor: Predictor): void {
  if (thread_counts === undefined) return;
  if (!strategies.includes('threads') || n_threads !== undefined)
    throw impossible(
      'thread_counts',
      asJson(thread_counts),
      "left out, but where 'threads' is measured without n_threads",
    );
  const most = predictor.n_threads;
  const fits = (n: number) => Number.isInteger(n) && n >= 2 && n <= most;
  if (!Array.isArray(thread_counts) || thread_counts.length === 0 || !thread_counts.every(fits))
    throw impossible(
      'thread_counts',
      asJson(thread_counts),
      `a list of whole numbers from 2 to ${most}, the threads of this engine's pool`,
    );
  if (thread_counts.length > MAX_COUNTS)
    throw impossible('thread_counts', `${thread_counts.length} numbers`, `at most ${MAX_COUNTS}`);
}

/** Rows of the models' width: as many as are wanted, or as there is memory for. */
async function rowsFor({ wasm, models, spec, make }: MeasuringContext): Promise<WasmMatrix> {
  const n_features = Object.values(models)[0]?.model.n_features_in ?? 1;
  const n_informative = Math.min(2, n_features);
  const params = {
    n_features,
    n_informative,
    n_redundant: Math.min(2, n_features - n_informative),
    n_clusters_per_class: 1,
    random_state: spec.random_state ?? 1,
  };
  const wanted = Math.max(...spec.batch_sizes);
  const most = Math.max(1, Math.floor(MAX_MADE_BYTES / (8 * n_features)));
  for (let n_samples = Math.min(wanted, most); ; n_samples = Math.ceil(n_samples / 2)) {
    try {
      const [data] = await make(wasm.Making.classification({ ...params, n_samples }));
      const { x } = data as WasmDataset;
      data?.free();
      return x;
    } catch (error) {
      const isMemory = error instanceof Error && 'code' in error && error.code === 'out_of_memory';
      if (!isMemory || n_samples === 1) throw error;
    }
  }
}
