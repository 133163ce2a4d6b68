/** Measures one classifier of a run more closely, in turn with the page's other runs. */
import { type Closer, measureParked, measureThreadCounts } from '../../experiment/closer.js';
import { complete } from '../../experiment/config.js';
import type { ExperimentReport } from '../../experiment/report.js';
import type { TierChoice } from '../../experiment/url.js';
import type { Look } from '../views/closer.js';
import type { Keeper } from './keeper.js';
import { session } from './session.js';

/** What is looked at, and of what. */
export interface LookJob {
  look: Look;
  classifier: string;
  report: ExperimentReport;
  file: Uint8Array;
}

export class CloserLook {
  readonly #face: Keeper;
  /** What is measured, and how far it is. */
  looking: { look: Look; part: number } | null = null;
  #abort: AbortController | null = null;

  constructor(face: Keeper) {
    this.#face = face;
  }

  /** Null where it was ended. */
  async at(job: LookJob): Promise<Closer | null> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#show({ look: job.look, part: 0 });
    this.#face.passFocus(`measure-${job.look}`, 'cancel');
    try {
      const closer = await measure(job, this.#face.tier, abort.signal, (part) => {
        if (!abort.signal.aborted) this.#show({ look: job.look, part });
      });
      return abort.signal.aborted ? null : closer;
    } catch (error) {
      if (this.#face.joined && !abort.signal.aborted) throw error;
      return null;
    } finally {
      if (this.#abort === abort) this.end();
    }
  }

  end(): void {
    if (!this.#abort) return;
    this.#face.passFocus('cancel', 'run');
    this.#abort.abort();
    this.#abort = null;
    this.#show(null);
  }

  #show(looking: CloserLook['looking']): void {
    this.looking = looking;
    this.#face.requestUpdate();
  }
}

async function measure(
  { look, classifier, report, file }: LookJob,
  tier: TierChoice,
  signal: AbortSignal,
  onPart: (part: number) => void,
): Promise<Closer> {
  const { n_threads, hardware_concurrency } = report.environment;
  const config = complete(report.experiment);
  const hot = report.sweeps[classifier];
  if (!hot) return {};
  const job = { config, file, hot };
  const run = {
    signal,
    onProgress: ({ done, total }: { done: number; total: number }) => onPart(total > 0 ? done / total : 0),
  };
  return session.inTurn(signal, async () => {
    // The page's engine has as many threads as cores: more take another.
    const threads = look === 'parked' ? n_threads : Math.min(256, 4 * hardware_concurrency);
    const engine = await session.open({ n_threads: threads === hardware_concurrency ? undefined : threads, tier });
    return look === 'parked'
      ? { parked: await measureParked(engine, job, run) }
      : { thread_counts: await measureThreadCounts(engine, job, run) };
  });
}
