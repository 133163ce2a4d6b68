/** Measures one classifier of a run more closely, in turn with the page's other runs. */
import { type Closer, measureParked, measureThreadCounts } from '../experiment/closer.js';
import { complete } from '../experiment/config.js';
import type { ExperimentReport } from '../experiment/report.js';
import type { TierChoice } from '../experiment/url.js';
import type { Look } from './closer.js';
import { session } from './session.js';

export interface LookJob {
  look: Look;
  classifier: string;
  report: ExperimentReport;
  file: Uint8Array;
  tier: TierChoice;
}

export async function lookCloser(
  { look, classifier, report, file, tier }: LookJob,
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
