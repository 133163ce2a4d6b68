/** A hash from outside: settings, or refused; settings in a hash come back. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Experiment } from '../../../www/api/types.js';
import { complete } from '../../../www/experiment/config.js';
import { PROPERTIES, pathOf } from '../../../www/experiment/properties.js';
import { fromAddress, fromHash, type Settings, TIERS, toAddress, toHash } from '../../../www/experiment/url.js';
import { anything, BORN, experiment, ownTable, spoilt, wrongSetting } from './inputs.js';
import { judged, law, settled, unsigned } from './laws.js';

const MACHINE = { n_threads: 4 };
const settings: fc.Arbitrary<Settings> = fc.record({ experiment, tier: fc.constantFrom(...TIERS) });

/** What settings mean: their defaults stand in no hash. */
const meaning = ({ experiment, tier }: Settings) => unsigned({ experiment: complete(experiment, MACHINE), tier });

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...PROPERTIES.map(pathOf), 'data.weights', 'classifiers', 'models', 'tier') },
  fc.constantFrom(...BORN, ...BORN.map((name) => `data.${name}`), 'data', 'sweep.', '.', 'n_threads.x'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const value = fc.oneof(
  fc.double().map(String),
  fc.integer({ min: -2, max: 200 }).map(String),
  fc.constantFrom(
    '',
    'NB',
    'NB,RF',
    'iris',
    'true',
    'hot',
    'Infinity',
    'inf',
    '0x10',
    '1e3',
    ' 5 ',
    '%',
    '%zz',
    '{}',
    '{',
  ),
  fc.json({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 99 })).map((list) => list.join()),
);
const encoded = (text: string) => {
  try {
    return encodeURIComponent(text);
  } catch {
    // Halves of a character.
    return text;
  }
};
const hash = fc
  .array(fc.tuple(key, value, fc.boolean()), { maxLength: 6 })
  .map((pairs) => pairs.map(([key, value, raw]) => (raw ? `${key}=${value}` : `${encoded(key)}=${encoded(value)}`)))
  .map((pairs) => `#${pairs.join('&')}`);

describe('a hash', () => {
  law('holds any settings', settings, (given) => {
    const text = toHash(given);
    expect(meaning(fromHash(text))).toEqual(meaning(given));
    // What came from one is written as it was.
    expect(toHash(fromHash(text))).toBe(text);
    expect(text).toMatch(/^[\w\-.!~*'()%,:/=&]*$/);
  });

  law('of the page holds any settings, too', settings, (given) => {
    expect(meaning(fromAddress(toAddress(given)))).toEqual(meaning(given));
    expect(toAddress(fromAddress(toAddress(given)))).toBe(toAddress(given));
  });

  law('holds no cell of a table', ownTable, (given) => {
    expect(toHash({ experiment: given, tier: 'auto' })).toBe('');
  });

  law('of any pairs is read or refused', hash, async (given) => {
    const outcome = await settled(() => fromHash(given));
    if ('refused' in outcome) expect(outcome.refused.code).toBe('invalid_param');
    else expect(meaning(fromHash(toHash(outcome.value)))).toEqual(meaning(outcome.value));
  });

  law('of any text is read or refused', fc.string({ unit: 'binary', size: 'medium' }), async (given) => {
    const outcome = await settled(() => fromAddress(given));
    if ('refused' in outcome) expect(outcome.refused.code).toBe('invalid_param');
  });

  law('with a wrong value is refused by its name', wrongSetting, async ({ path, property, value }) => {
    // As text some of them are right.
    if (property.kind === 'boolean' || property.kind === 'choice' || Array.isArray(value)) return;
    if (typeof value === 'string' || value === null || typeof value === 'object' || value === true) return;
    const more = property.name === 'standardise' ? 'data.dataset=iris&' : '';
    expect(await judged(() => fromHash(`${more}${path}=${value}`))).toHaveProperty('refused.setting', path);
  });

  law(
    'is made of settings of any kind, or refuses them',
    settings.chain((given) => spoilt(given, anything)),
    async (given) => {
      const outcome = await judged(() => toHash(given as Settings));
      if ('value' in outcome) await judged(() => fromHash(outcome.value));
    },
  );

  law('is made of anything, or refuses it', anything, async (given) => {
    await judged(() => toHash(given as Settings));
    await judged(() => toHash({ experiment: given as Experiment, tier: 'auto' }));
    await judged(() => fromHash(given as string));
  });
});
