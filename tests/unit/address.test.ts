import { expect, test } from 'vitest';
import { fromAddress, type Settings, toAddress } from '../../www/experiment/url.js';
import * as settings from '../../www/widget/form/settings.js';

const quick: Settings = { experiment: { sweep: { preset: 'quick' } }, tier: 'auto' };

test('the page begins with the quick sweep; an address says where it is the thorough one', () => {
  expect(fromAddress('')).toEqual(quick);
  expect(toAddress(quick)).toBe('');
  expect(toAddress({ experiment: {}, tier: 'auto' })).toBe('sweep.preset=thorough');
  expect(toAddress(fromAddress('sweep.preset=thorough'))).toBe('sweep.preset=thorough');
});

test('what else an address says comes back', () => {
  const hash = 'data.n_samples=500&sweep.batch_sizes=10,1000';
  expect(fromAddress(`#${hash}`).experiment).toEqual({
    data: { n_samples: 500 },
    sweep: { batch_sizes: [10, 1000], preset: 'quick' },
  });
  expect(toAddress(fromAddress(hash))).toBe(hash);
  expect(() => fromAddress('sweep.preset=slow')).toThrow('sweep.preset');
});

test('the form keeps the sweep that was chosen when it goes back to the notebook’s settings', () => {
  expect(settings.notebook({ data: { n_samples: 500 }, sweep: { preset: 'quick', budget_ms: 50 } })).toEqual(
    quick.experiment,
  );
  expect(settings.notebook({ data: { n_samples: 500 } })).toEqual({});
});

test('the settings in a few words', () => {
  expect(settings.brief({})).toBe('10,000 rows of 10 features · NB LR SVC RF · thorough sweep');
  const other = settings.withClassifier({ data: { dataset: 'iris' }, sweep: { preset: 'quick' } }, 'SVC', false);
  expect(settings.brief(other)).toBe('iris · NB LR RF · quick sweep');
  expect(settings.brief({ data: { csv: '1,2' } })).toContain('a table of yours');
});
