/** The runs of a face: their states, what they have found, and how each starts, goes on and ends. */
import { BreakevenError } from '../../api/error.js';
import type { Experiment } from '../../api/types.js';
import { settingOf } from '../../experiment/check.js';
import type { ModelFacts } from '../../experiment/model-facts.js';
import { withoutTable } from '../../experiment/own-table.js';
import type { ExperimentProgress } from '../../experiment/progress.js';
import type { Reference } from '../../experiment/reference.js';
import type { ExperimentReport } from '../../experiment/report.js';
import { type ExperimentRun, runExperiment } from '../../experiment/run.js';
import { endedWords } from '../../experiment/words.js';
import { fieldId } from '../form/controls.js';
import type { Progress, RunState } from '../run-state.js';
import { classifierOf } from '../views/answer.js';
import { overall, within } from '../views/progress.js';
import type { Keeper } from './keeper.js';
import { Kept } from './kept.js';
import type { OwnEngine } from './own-engine.js';
import type { Previewing } from './previewing.js';
import { session } from './session.js';

/** Progress is shown no more often than this. */
const PROGRESS_MS = 100;
/** Who listens is told the verdict of a run under way no more often than this. */
const SPEAK_MS = 5000;

/** A run of the experiment, or one that goes on where the last one has ended: the button that it was started with. */
type Work = 'run' | 'measure-longer';

/** What a face shows of its runs. */
interface Seen {
  state: RunState;
  progress: Progress | null;
  /** What is known so far. */
  report: Partial<ExperimentReport> | null;
  /** The last run's results, to be seen until the next one has an answer. */
  last: Reference | null;
  /** The verdict, for who listens. */
  spoken: string;
  /** How the last run has ended, in words, where there is more to say than that it has. */
  outcome: string | null;
}

export class Running implements Readonly<Seen> {
  readonly #face: Keeper;
  readonly #engine: OwnEngine;
  readonly #previewing: Previewing;
  readonly #onStart: (work: Work) => void;
  readonly #kept: Kept;

  readonly state: RunState = 'idle';
  readonly progress: Progress | null = null;
  readonly report: Partial<ExperimentReport> | null = null;
  readonly last: Reference | null = null;
  readonly spoken: string = '';
  readonly outcome: string | null = null;
  /** What the last run was made of: a table of the visitor's own with its content. */
  data: Experiment['data'];
  /** Models, by classifier. */
  readonly files = new Map<string, Uint8Array>();
  readonly facts = new Map<string, ModelFacts>();

  #abort: AbortController | null = null;
  #work: Work = 'run';
  /** Settles when the work under way has ended, or the last one if there is none. */
  #ended: Promise<void> = Promise.resolve();
  #shownAt = 0;
  #spokenAt = Number.NEGATIVE_INFINITY;

  /** `onStart` is called when one starts. */
  constructor(face: Keeper, engine: OwnEngine, previewing: Previewing, onStart: (work: Work) => void) {
    this.#face = face;
    this.#engine = engine;
    this.#previewing = previewing;
    this.#onStart = onStart;
    this.#kept = new Kept(() => face.requestUpdate());
  }

  #set(changes: Partial<Seen>): void {
    Object.assign(this, changes);
    this.#face.requestUpdate();
  }

  /** Whether one is under way that has not been cancelled. */
  get isUnderWay(): boolean {
    return this.#abort !== null;
  }

  /** The report of the last run, when it is whole. */
  get whole(): ExperimentReport | null {
    return this.state === 'done' ? (this.report as ExperimentReport) : null;
  }

  /** The same as whoever asks gets it: without a table of the visitor's own. */
  get told(): ExperimentReport | null {
    return this.whole && withoutTable(this.whole);
  }

  /** Whether the last one can be measured longer. */
  get canGoOn(): boolean {
    return this.#kept.measurement !== null && this.report !== null;
  }

  /** The report holds this from now on. */
  addTo(report: ExperimentReport): void {
    this.#set({ report });
  }

  /** Nothing is wrong any more that was. */
  rest(): void {
    this.#set({ state: 'idle' });
  }

  /** What has not begun yet never does, and nothing is left in the engine. */
  leave(): void {
    this.cancel();
    this.#kept.drop();
  }

  /** Starts the experiment, or goes on with what is under way; settles when that has ended. */
  run(): Promise<void> {
    if (!this.#abort) this.#ended = this.#start();
    return this.#ended;
  }

  async #start(): Promise<void> {
    const { problem } = this.#face;
    if (problem) return this.fail(problem);
    if (this.report?.verdict) this.#set({ last: { report: this.report as ExperimentReport, from: 'last' } });
    this.#set({ report: null, spoken: '' });
    this.#spokenAt = Number.NEGATIVE_INFINITY;
    this.files.clear();
    this.data = this.#face.experiment.data;
    this.facts.clear();
    this.#kept.drop();
    await this.#do('run', (signal) => this.#measure(signal));
  }

  /** Goes on with the measurement of the last run, as long as its engine is there. */
  async goOn(): Promise<void> {
    const { measurement } = this.#kept;
    if (this.#abort || !measurement || !this.whole) return;
    this.#ended = this.#do('measure-longer', async (signal) => {
      // Whoever had the turn before may have needed another engine.
      if (this.#kept.measurement !== measurement)
        throw new BreakevenError('disposed', 'The engine has been started anew since: run the experiment again.');
      if (this.#is(signal)) this.#set({ state: 'running' });
      let outcome: string | null = null;
      const report = await measurement.goOn({
        ...this.#listening(signal),
        onEnded: (why) => {
          outcome = endedWords(why);
        },
      });
      if (this.#is(signal)) this.#set({ outcome });
      return report;
    });
    await this.#ended;
  }

  async #do(work: Work, job: (signal: AbortSignal) => Promise<ExperimentReport>): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#work = work;
    this.#face.error = null;
    this.#onStart(work);
    this.#set({ progress: null, outcome: null, state: session.busy ? 'waiting' : 'opening' });
    this.#face.passFocus(work, 'cancel');
    try {
      const report = await session.inTurn(abort.signal, () => job(abort.signal));
      if (this.#abort !== abort) return;
      this.#take(report);
      this.#set({ spoken: report.verdict, state: 'done' });
      this.#face.emit('breakeven-result', this.told);
    } catch (error) {
      const isGone = error instanceof BreakevenError && ['worker_failed', 'disposed'].includes(error.code);
      if (isGone) this.#kept.drop();
      // What the last run has found stays where going on has failed.
      if (this.#abort === abort) this.fail(error, work === 'run' ? 'failed' : 'done');
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.#face.passFocus('cancel', work);
      }
    }
  }

  /** Ends for the visitor at once what runs; the engine follows when it has noticed. */
  cancel(): void {
    const abort = this.#abort;
    if (!abort) return;
    this.#abort = null;
    const [state, outcome] = [this.#work === 'run' ? 'cancelled' : 'done', cancelledWords(this.#work, this.report)];
    this.#set({ state: state as RunState, outcome, progress: null });
    abort.abort();
    this.#face.emit('breakeven-cancel', null);
    this.#face.passFocus('cancel', this.#work);
  }

  /** It did not work: says so, and takes the reader to the field that is wrong. */
  fail(reason: unknown, state: RunState = 'failed'): void {
    const text = reason instanceof Error ? reason.message : String(reason);
    const error = reason instanceof BreakevenError ? reason : new BreakevenError('worker_failed', text);
    this.#face.error = error;
    // What stays of the last run is there, but nothing is done.
    this.#set({ state, outcome: state === 'done' ? '' : null });
    this.#face.emit('breakeven-error', error);
    const path = settingOf(error.message);
    if (path) void this.#face.updateComplete.then(() => this.#face.find(`#${fieldId(path)}`)?.focus());
  }

  /** Whether this run is the one that is shown. */
  #is(signal: AbortSignal): boolean {
    return this.#abort?.signal === signal;
  }

  async #measure(signal: AbortSignal): Promise<ExperimentReport> {
    if (this.#is(signal)) this.#set({ state: 'opening' });
    const engine = await this.#engine.open();
    if (signal.aborted) throw new BreakevenError('aborted', 'The experiment was cancelled.');
    this.#set({ state: 'running' });
    return runExperiment(engine, this.#face.experiment, {
      ...this.#listening(signal),
      // Kept here for the visitor, who may look closer, or save it; `told` and a link are without.
      with_table: true,
      onModel: (classifier, file, facts) => {
        if (!this.#is(signal)) return;
        this.files.set(classifier, file);
        this.facts.set(classifier, facts);
        this.#face.requestUpdate();
      },
      onPreview: (rows) => {
        if (this.#is(signal)) this.#previewing.take(rows);
      },
      onMeasurement: (kept) => {
        if (this.#is(signal)) this.#kept.take(kept);
        else kept.free();
      },
    });
  }

  /** What a run tells, as long as it is the one that is shown. */
  #listening(signal: AbortSignal): Pick<ExperimentRun, 'signal' | 'onProgress' | 'onPart'> {
    return {
      signal,
      onProgress: (progress) => {
        if (!this.#is(signal) || !this.#isTime(progress)) return;
        const part = this.#work === 'run' ? overall(progress) : within(progress);
        this.#set({ progress: { ...progress, part: Math.max(this.progress?.part ?? 0, part) } });
        this.#face.emit('breakeven-progress', this.progress);
      },
      onPart: (part) => {
        if (this.#is(signal)) this.#take(part);
      },
    };
  }

  #take(part: Partial<ExperimentReport>): void {
    // What was measured of single classifiers besides is no part of a run.
    const { closer } = this.report ?? {};
    this.#set({ report: closer ? { ...part, closer } : part });
    if (!part.verdict) return;
    // The lines that are looked at stay those of one classifier, whatever the next round says.
    const { reference, choices } = this.#face;
    // Before there are any of one's own, somebody else's.
    const shown = choices.answer || classifierOf({ own: null, reference }, '');
    const answer = classifierOf({ own: this.report, reference }, shown);
    if (answer !== choices.answer) this.#face.choose({ answer });
    const now = performance.now();
    if (now - this.#spokenAt < SPEAK_MS) return;
    this.#spokenAt = now;
    this.#set({ spoken: part.verdict });
  }

  /** Whether to show this: every step of a measurement would take the processor from what is measured. */
  #isTime({ stage, done, total }: ExperimentProgress): boolean {
    const now = performance.now();
    const same = stage === this.progress?.stage && done < total && done > 0;
    if (same && now - this.#shownAt < PROGRESS_MS) return false;
    this.#shownAt = now;
    return true;
  }
}

/** What a cancelled run leaves: only what had finished, if anything had. */
function cancelledWords(work: Work, report: Partial<ExperimentReport> | null): string {
  if (work === 'measure-longer') return 'Cancelled. What had been measured before stays below.';
  return report?.training?.length ? 'Cancelled. What had finished stays below.' : 'Cancelled.';
}
