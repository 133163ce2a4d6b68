// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest';
import { complete } from '../../www/experiment/config.js';
import { PROPERTIES, type Property, pathOf } from '../../www/experiment/properties.js';
import { fromHash, type Settings } from '../../www/experiment/url.js';
import { frameSnippet, tagSnippet } from '../../www/widget/form/snippet.js';
import { read, write } from '../../www/widget/host-attributes.js';
import { PARTS, partsOf } from '../../www/widget/part-names.js';

function element(attributes: readonly (readonly [string, string])[]): Element {
  const made = document.createElement('div');
  for (const [name, value] of attributes) made.setAttribute(name, value);
  return made;
}

/** A value that is not the default, as text and as it is read. */
function other(property: Property): [string, unknown] {
  switch (property.kind) {
    case 'integer':
      return [String(property.min + 1), property.min + 1];
    case 'number':
      return ['0.25', 0.25];
    case 'boolean':
      return [String(!property.fallback), !property.fallback];
    case 'choice': {
      const choice = property.choices.find((one) => one !== property.fallback) ?? '';
      return [choice, choice];
    }
    case 'words': {
      const some = (property.choices ?? ['NB', 'RF']).slice(0, 2);
      return [some.join(' '), [...some]];
    }
    case 'integers':
      return ['20 30,40', [20, 30, 40]];
  }
}

const valueAt = (experiment: object, path: string) =>
  path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], experiment);

describe('attributes', () => {
  test.each(PROPERTIES.map(pathOf))('%s is set by its path, and in kebab case', (path) => {
    const property = PROPERTIES.find((one) => pathOf(one) === path) as Property;
    const [text, value] = other(property);
    for (const name of [path, path.replaceAll(/[._]/g, '-')]) {
      const { settings } = read(element([[name, text]]));
      expect(valueAt(settings.experiment, path), name).toEqual(value);
    }
  });

  test('short names, weights and tier', () => {
    const { settings } = read(
      element([
        ['classifiers', 'NB RF'],
        ['threads', '3'],
        ['data.weights', '0.3 0.7'],
        ['tier', 'workers'],
      ]),
    );
    expect(Object.keys(settings.experiment.classifiers ?? {})).toEqual(['NB', 'RF']);
    expect(settings.experiment).toMatchObject({ n_threads: 3, data: { weights: [0.3, 0.7] } });
    expect(settings.tier).toBe('workers');
    expect(read(element([['dataset', 'iris']])).settings.experiment).toEqual({ data: { dataset: 'iris' } });
  });

  test('classifiers go by name in every place, separated by spaces or commas; `models` is still read', () => {
    const names = (experiment: unknown) => Object.keys(complete(experiment).classifiers);
    for (const list of ['NB RF', 'NB,RF', 'NB, RF']) {
      for (const name of ['classifiers', 'models'])
        expect(names(read(element([[name, list]])).settings.experiment), name).toEqual(['NB', 'RF']);
      expect(names({ classifiers: list })).toEqual(['NB', 'RF']);
      const json = JSON.stringify({ classifiers: list });
      expect(read(element([['experiment', json]])).settings).toEqual(read(element([['classifiers', list]])).settings);
      for (const name of ['classifiers', 'models'])
        expect(names(fromHash(`${name}=${encodeURIComponent(list)}`).experiment), name).toEqual(['NB', 'RF']);
    }
    expect(names({ classifiers: ['NB', 'RF'] })).toEqual(['NB', 'RF']);
    expect(complete({ classifiers: 'RF' }).classifiers.RF).toEqual(complete({}).classifiers.RF);
    for (const wrong of ['NB XGB', ['XGB'], [5]])
      expect(() => complete({ classifiers: wrong })).toThrow(/'classifiers' is .*: use names of NB, LR/);
    const { settings } = read(element([['classifiers', 'NB RF']]));
    expect(write(settings)).toEqual([['classifiers', 'NB RF']]);
  });

  test('attributes lie over the experiment in JSON', () => {
    const { settings } = read(
      element([
        ['experiment', '{"data": {"n_samples": 100, "n_features": 5}, "n_threads": 2}'],
        ['data.n_samples', '200'],
      ]),
    );
    expect(settings.experiment).toEqual({ data: { n_samples: 200, n_features: 5 }, n_threads: 2 });
  });

  test('what an element has besides says nothing', () => {
    const { settings, autostart } = read(
      element([
        ['class', 'wide'],
        ['id', 'lab'],
        ['data-theme', 'dark'],
        ['aria-label', 'x'],
      ]),
    );
    expect(settings).toEqual({ experiment: {}, tier: 'auto' });
    expect(autostart).toBe('never');
  });

  test.each([
    ['data.n_sample', '5', /'data.n_sample' is not a setting/],
    ['data.n_samples', 'many', /'data.n_samples' is "many": use a number/],
    ['tier', 'fast', /'tier' is "fast": use one of auto, threads/],
    ['classifiers', 'NB XGB', /'classifiers' is "XGB": use names of NB, LR/],
    ['autostart', 'soon', /'autostart' is "soon": use one of engine, visible, load/],
    ['view', 'charts', /'view' is "charts": use names of run/],
  ])('%s="%s" is refused in words', (name, value, words) => {
    expect(() => read(element([[name, value]]))).toThrow(words);
  });

  test('what is written is read again the same', () => {
    const settings: Settings = {
      experiment: {
        data: { n_samples: 500, weights: [0.3, 0.7], hypercube: false },
        n_threads: 2,
        classifiers: { K: { estimator: 'KNeighborsClassifier', param_grid: { n_neighbors: [3, 5] } } },
        sweep: { batch_sizes: [10, 1000], strategies: ['serial', 'threads'] },
      },
      tier: 'threads',
    };
    expect(read(element(write(settings))).settings).toEqual(settings);
    expect(write({ experiment: {}, tier: 'auto' })).toEqual([]);
  });
});

describe('parts', () => {
  test('all, some, and not some', () => {
    expect([...partsOf(null, null)]).toEqual(Object.keys(PARTS));
    expect([...partsOf('sweep verdict', '')].sort()).toEqual(['environment', 'run', 'sweep', 'verdict']);
    expect(partsOf('sweep', 'run, environment')).toEqual(new Set(['sweep']));
    expect(partsOf(null, 'notes').has('notes')).toBe(false);
  });
});

describe('snippets', () => {
  const settings: Settings = { experiment: { data: { n_samples: 500 }, n_threads: 2 }, tier: 'auto' };
  const looks = { view: 'sweep', hide: '', autostart: 'visible' };

  test('the tag is HTML that reads back as the same settings, whatever they hold', () => {
    const odd: Settings = {
      experiment: { classifiers: { A: { estimator: 'SVC', params: { kernel: '"<&>"' }, param_grid: {} } } },
      tier: 'auto',
    };
    for (const given of [settings, odd]) {
      const place = document.createElement('div');
      place.innerHTML = tagSnippet('https://x.test/deep/path/', given, looks);
      expect(place.querySelector('script')?.getAttribute('src')).toBe('https://x.test/deep/path/breakeven-lab.js');
      const lab = place.querySelector('breakeven-lab') as Element;
      expect(read(lab)).toMatchObject({ settings: given, autostart: 'visible' });
      expect(lab.querySelector('a')?.getAttribute('href')).toMatch(/^https:\/\/x\.test\/deep\/path\/index\.html#/);
    }
  });

  test('the frame has the settings in its hash and the looks in its query', () => {
    const place = document.createElement('div');
    place.innerHTML = frameSnippet('https://x.test/a/', settings, looks);
    expect(place.querySelector('iframe')?.getAttribute('src')).toBe(
      'https://x.test/a/embed.html?view=sweep&autostart=visible#data.n_samples=500&n_threads=2',
    );
    expect(place.querySelector('script')?.getAttribute('src')).toBe('https://x.test/a/breakeven-embed.js');
  });
});
