/** An experiment without what goes without saying. */
import type { Experiment } from '../api/types.js';
import { complete } from './config.js';
import { tableIn } from './own-table.js';
import type { ExperimentReport } from './report.js';

type Bag = Record<string, unknown>;

/**
 * The experiment of a report with its defaults left out, those of its own machine too. A table of the visitor's own
 * stays where it is.
 */
export function leanExperiment({
  experiment,
  environment,
}: Pick<ExperimentReport, 'experiment' | 'environment'>): Experiment {
  const machine = { n_threads: environment.hardware_concurrency };
  // One that has an address is a setting like others.
  const own = tableIn(experiment.data) !== null && !('src' in experiment.data);
  const whole = (own ? { ...experiment, data: {} } : experiment) as Experiment;
  // Twice: what has been checked once has its keys in one order.
  const written = (experiment: unknown) => JSON.stringify(complete(complete(experiment, machine)));
  const same = written(whole);
  const says = (candidate: Bag) => {
    try {
      return written(candidate) === same;
    } catch {
      return false;
    }
  };
  let lean = { ...whole } as Bag;
  for (const section of Object.keys(whole)) {
    const { [section]: given, ...without } = lean;
    if (says(without)) lean = without;
    else if (typeof given === 'object' && section !== 'classifiers') {
      for (const name of Object.keys(given as Bag)) {
        const { [name]: _, ...rest } = lean[section] as Bag;
        if (says({ ...lean, [section]: rest })) lean = { ...lean, [section]: rest };
      }
    }
  }
  return lean as Experiment;
}
