/** An experiment from outside, as JSON: complete, or refused by the name of the setting. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { settingOf } from '../../../www/experiment/check.js';
import { complete, completeOfReport } from '../../../www/experiment/config.js';
import { leanExperiment } from '../../../www/experiment/lean.js';
import { anything, experiment, json, ownTable, spoilt, wrongSetting } from './inputs.js';
import { judged, law, throughJson, unsigned } from './laws.js';

const MACHINE = { n_threads: 4 };
const any = fc.oneof(experiment, ownTable);

/** Complete, it stays as it is: completed again, and through JSON. */
function isComplete(whole: ReturnType<typeof complete>): void {
  expect(complete(whole)).toEqual(whole);
  expect(unsigned(complete(throughJson(whole), { n_threads: 7 }))).toEqual(unsigned(whole));
}

describe('an experiment', () => {
  law('that can be is completed, and says itself in JSON', any, (given) => {
    isComplete(complete(given, MACHINE));
  });

  law('without its defaults is the same', experiment, (given) => {
    const whole = complete(given, MACHINE);
    const report = { experiment: whole, environment: { hardware_concurrency: 4 } };
    const lean = leanExperiment(report as Parameters<typeof leanExperiment>[0]);
    expect(unsigned(complete(lean, MACHINE))).toEqual(unsigned(whole));
    expect(JSON.stringify(lean).length).toBeLessThanOrEqual(JSON.stringify(whole).length);
  });

  law('with a wrong value is refused by its name', fc.tuple(experiment, wrongSetting), async ([given, wrong]) => {
    const { property, path, value } = wrong;
    const bag = { ...(property.section === null ? {} : (given[property.section] as object)), [property.name]: value };
    const spoiled = property.section === null ? { ...given, ...bag } : { ...given, [property.section]: bag };
    // Of data only one kind is taken.
    const only = property.section === 'data' ? { ...spoiled, data: { [property.name]: value } } : spoiled;
    if (property.name === 'standardise') (only.data as Record<string, unknown>).dataset = 'iris';
    const outcome = await judged(() => complete(only, MACHINE));
    expect(outcome).toHaveProperty('refused.setting', path);
    if ('refused' in outcome) expect(settingOf(outcome.refused.message)).toBe(path);
  });

  law(
    'with parts of any kind is complete or refused',
    any.chain((given) => spoilt(complete(given), anything)),
    async (given) => {
      const outcome = await judged(() => complete(given, MACHINE));
      if ('value' in outcome) isComplete(outcome.value);
    },
  );

  law('of any kind is complete or refused', anything, async (given) => {
    const outcome = await judged(() => complete(given, MACHINE));
    if ('value' in outcome) isComplete(outcome.value);
  });

  law(
    'of a report is complete or refused',
    any.chain((given) => spoilt({ ...complete(given), data: { csv: null } }, json)),
    async (given) => {
      const outcome = await judged(() => completeOfReport(given, MACHINE));
      if ('value' in outcome)
        expect(unsigned(completeOfReport(throughJson(outcome.value)))).toEqual(unsigned(outcome.value));
    },
  );
});
