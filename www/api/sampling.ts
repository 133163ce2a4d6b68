/** Carries out the samples of a sweep on the rows of one matrix, every label of every call checked. */
import type { Sample, Wasm, WasmBench, WasmCosts, WasmMatrix } from './instance.js';
import type { RowSource } from './isolated-pool.js';
import type { KeptModel, Predictor, Turns, Used, Width } from './predictor.js';
import type { MeasureSpec, Strategy } from './types.js';

/** One sample to take, as the plan wants it. */
export interface Task {
  strategy: Strategy;
  n_rows: number;
  n_threads: number;
  n_calls: number;
  /** Calls before it that no clock looks at. */
  n_warm: number;
  /** Whether the pool must sleep before each call. */
  parked: boolean;
  /** Rows after which a call is interrupted, off the clock, so that a cancel is heard. */
  part_rows: number;
}

export interface SamplingContext {
  wasm: Wasm;
  predictor: Predictor;
  model: KeptModel;
  X: WasmMatrix;
  /** Threads of the strategies that are spread, and of what the automatic choice chooses. */
  n_threads: number;
  spec: Omit<MeasureSpec, 'model' | 'X'>;
  isHidden(): boolean;
  turns: Turns;
}

type Times = Pick<Sample, 'wall_ms' | 'busy_ms' | 'stages' | 'equal_to_serial'>;

/** How long serial's labels, the measure of all others, are made before the event loop turns. */
const STEP_MS = 40;

export class Sampling {
  readonly #context: SamplingContext;
  readonly #bench: WasmBench;
  #costs: WasmCosts | null = null;
  #out = new Int32Array(0);

  constructor(context: SamplingContext) {
    this.#context = context;
    this.#bench = new context.wasm.Bench(context.model.model, context.X);
  }

  free(): void {
    this.#bench.free();
  }

  async sample(task: Task): Promise<Sample> {
    const begun = performance.now();
    const { predictor, turns, isHidden } = this.#context;
    while (!this.#bench.prepare(Math.min(task.n_rows, this.#context.X.n_rows), STEP_MS)) await turns.step();
    if (task.strategy === 'auto') await this.#learn();
    if (task.parked) await predictor.untilAsleep();
    const strategy_used = this.#used(task);
    const times =
      strategy_used === 'serial' || strategy_used === 'threads'
        ? await this.#here(task, strategy_used)
        : await this.#byMessage(task, strategy_used);
    const { n_calls } = task;
    return { n_calls, ...times, strategy_used, hidden: isHidden(), elapsed_ms: performance.now() - begun };
  }

  /** The automatic choice measures its costs once, before any clock runs. */
  async #learn(): Promise<void> {
    const { predictor, model, X, n_threads } = this.#context;
    if (n_threads > 1) this.#costs = await predictor.costs(model, X, n_threads);
  }

  #used({ strategy, n_rows }: Task): Used {
    if (strategy !== 'auto') return strategy;
    return this.#costs === null ? 'serial' : this.#costs.choose(n_rows);
  }

  /** In this instance. The automatic choice is made again in each call: its cost is part of the time. */
  async #here(task: Task, used: Used): Promise<Times> {
    const { predictor, turns } = this.#context;
    const costs = task.strategy === 'auto' ? this.#costs : null;
    const n_threads = used === 'serial' && !costs ? 1 : task.n_threads;
    const sum = nothing();
    const part = (first: number, n_rows: number, n_calls: number, n_warm: number) => {
      const timed = costs
        ? this.#bench.sampleAuto(first, n_rows, n_threads, n_calls, n_warm, costs)
        : this.#bench.sample(first, n_rows, n_threads, n_calls, n_warm);
      sum.wall_ms += timed.wall_ms;
      sum.busy_ms += timed.busy_ms;
      sum.stages.send += timed.dispatch_ms;
      sum.stages.compute += timed.compute_ms;
      sum.stages.wait += timed.join_ms;
      sum.equal_to_serial &&= timed.equal_to_serial;
      timed.free();
    };
    const parts = this.#parts(task);
    const isWhole = parts.length === 1;
    if (isWhole && !task.parked) {
      part(0, task.n_rows, task.n_calls, task.n_warm);
      return sum;
    }
    for (let call = 0; call < task.n_calls; call++) {
      if (task.parked && call > 0) await predictor.untilAsleep();
      for (const [i, [first, n_rows]] of parts.entries()) {
        part(first, n_rows, 1, i === 0 && call === 0 ? task.n_warm : 0);
        if (!isWhole) await turns.step();
      }
    }
    return sum;
  }

  /** First row and rows of each part of a call. Batches longer than the matrix repeat it. */
  #parts({ n_rows, part_rows }: Task): [first: number, n_rows: number][] {
    const available = this.#context.X.n_rows;
    const parts: [number, number][] = [];
    for (let done = 0; done < n_rows; ) {
      const first = done % available;
      const rows = Math.min(part_rows, n_rows - done, available - first);
      parts.push([first, rows]);
      done += rows;
    }
    return parts;
  }

  async #byMessage(task: Task, used: 'workers' | 'async'): Promise<Times> {
    const { predictor, model, spec, turns } = this.#context;
    const { n_rows, n_calls } = task;
    const width: Width = {
      n_threads: this.#context.n_threads,
      n_slices: spec.n_slices,
      threads_per_worker: spec.threads_per_worker,
    };
    await predictor.prepare(model, used, width);
    const call = (out: Int32Array) => predictor.byMessage(model, this.#source(n_rows), out, used, width, turns);
    // Each call writes to a place of its own, or a later one would hide what an earlier one did wrong.
    if (this.#out.length < n_rows * n_calls) this.#out = new Int32Array(n_rows * n_calls);
    const places = Array.from({ length: n_calls }, (_, i) => this.#out.subarray(i * n_rows, (i + 1) * n_rows));
    for (let i = 0; i < task.n_warm; i++) await call(places[0] as Int32Array);
    for (const place of places) place.fill(NO_LABEL);
    const sum = nothing();
    for (const [i, place] of places.entries()) {
      if (task.parked && i > 0) await predictor.untilAsleep();
      const timing = await call(place);
      sum.wall_ms += timing.wall_ms;
      sum.busy_ms += timing.busy_ms;
      for (const stage of ['send', 'compute', 'gather', 'wait'] as const) sum.stages[stage] += timing.stages[stage];
    }
    for (const place of places) sum.equal_to_serial &&= this.#isSerials(place);
    return sum;
  }

  /** Rows of a batch, those of the matrix over and over where it is longer. */
  #source(n_rows: number): RowSource {
    const { X } = this.#context;
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

  #isSerials(labels: Int32Array): boolean {
    const available = this.#context.X.n_rows;
    for (let done = 0; done < labels.length; done += available) {
      if (!this.#bench.check(0, labels.subarray(done, done + available))) return false;
    }
    return true;
  }
}

/** Stands where no label has been written; were it a class, rows left out would only pass where they are of it. */
const NO_LABEL = -(2 ** 31);

function nothing(): Times {
  return {
    wall_ms: 0,
    busy_ms: 0,
    stages: { send: 0, compute: 0, gather: 0, wait: 0 },
    equal_to_serial: true,
  };
}
