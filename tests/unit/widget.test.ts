// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BreakevenError } from '../../www/api/error.js';
import type { Experiment } from '../../www/api/types.js';
import * as settings from '../../www/widget/settings.js';
import { problemOf } from '../../www/widget/settings.js';
import { type Fake, fakeEngine } from './fake-engine.js';

let fake: Fake;
const load = vi.fn(async (_options?: object) => fake.engine);
vi.mock('../../www/api/engine.js', () => ({ load: (options: object) => load(options) }));

const { BreakevenLab } = await import('../../www/widget/breakeven-lab.js');
type Lab = InstanceType<typeof BreakevenLab>;

const SMALL: Experiment = { sweep: { batch_sizes: [10, 100] } };

describe('<breakeven-lab>', () => {
  let lab: Lab;

  beforeEach(() => {
    fake = fakeEngine();
    load.mockClear();
    lab = document.createElement('breakeven-lab') as Lab;
    lab.experiment = SMALL;
    document.body.append(lab);
  });

  afterEach(() => lab.remove());

  const find = (id: string) => lab.renderRoot.querySelector<HTMLElement>(`[data-testid='${id}']`);

  test('loads nothing before it is seen or run', async () => {
    await lab.updateComplete;
    expect(load).not.toHaveBeenCalled();
    expect(find('environment')?.textContent).toContain('not running');
  });

  test('runs, shows the results and announces them', async () => {
    const results: unknown[] = [];
    lab.addEventListener('breakeven-result', (event) => results.push((event as CustomEvent).detail));
    await lab.run();
    await lab.updateComplete;
    expect(results).toHaveLength(1);
    expect(lab.state).toBe('done');
    expect(find('results-table')?.querySelectorAll('tbody tr')).toHaveLength(4);
    expect(find('inference-table')?.querySelectorAll('tbody tr')).toHaveLength(4);
    expect(find('verdict')?.textContent).toContain('286 rows');
    expect(find('download-model-RF')).not.toBeNull();
    expect(find('environment')?.dataset.tier).toBe('threads');
  });

  test('a cancel is immediate, keeps what had finished, and says no error', async () => {
    const errors: unknown[] = [];
    lab.addEventListener('breakeven-error', (event) => errors.push(event));
    fake = fakeEngine({ before: (call) => (call === 'loadModel' ? new Promise(() => {}) : undefined) });
    void lab.run();
    await vi.waitFor(() => expect(fake.calls).toContain('loadModel'));
    lab.cancel();
    expect(lab.state).toBe('cancelled');
    await lab.updateComplete;
    expect(find('run')?.hasAttribute('disabled')).toBe(false);
    expect(errors).toEqual([]);
  });

  test('an engine that does not hear the cancel is replaced for the next run', async () => {
    const deaf = fakeEngine({ before: (call) => (call === 'loadModel' ? new Promise(() => {}) : undefined) });
    const dispose = vi.spyOn(deaf.engine, 'dispose');
    fake = deaf;
    void lab.run();
    await vi.waitFor(() => expect(deaf.calls).toContain('loadModel'));
    lab.cancel();
    fake = fakeEngine();
    await lab.run();
    expect(dispose).toHaveBeenCalledOnce();
    expect(lab.state).toBe('done');
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('shows a failure with its code, marks the field, and can be run again', async () => {
    lab.experiment = { ...SMALL, data: { n_samples: -1 } };
    await lab.run();
    await lab.updateComplete;
    expect(find('error')?.dataset.code).toBe('invalid_param');
    expect(find('setting-data-n_samples')?.getAttribute('aria-invalid')).toBe('true');
    expect(load).not.toHaveBeenCalled();
    lab.experiment = SMALL;
    await lab.run();
    expect(lab.state).toBe('done');
  });

  test('a failed load is an error, and is tried again', async () => {
    load.mockRejectedValueOnce(new BreakevenError('threads_unavailable', 'No threads here.'));
    await lab.run();
    await lab.updateComplete;
    expect(find('error')?.textContent).toContain('No threads here.');
    await lab.run();
    expect(lab.state).toBe('done');
  });

  test('other threads or another tier is another engine; the first is ended', async () => {
    const dispose = vi.spyOn(fake.engine, 'dispose');
    await lab.run();
    lab.tier = 'workers';
    lab.experiment = { ...SMALL, n_threads: 2 };
    await lab.run();
    expect(load.mock.calls).toEqual([[{}], [{ n_threads: 2, tier: 'workers' }]]);
    expect(dispose).toHaveBeenCalledOnce();
  });

  test('taken out of the page it ends its engine', async () => {
    const dispose = vi.spyOn(fake.engine, 'dispose');
    await lab.run();
    lab.remove();
    await vi.waitFor(() => expect(dispose).toHaveBeenCalledOnce());
  });

  test.each(['5', '[]', '"x"', '{', '{"data": 5}', '{"sweep": {"batch_sizes": 5}}', '{"classifiers": {"a": null}}'])(
    'an attribute that is no experiment is refused in words: %s',
    async (json) => {
      lab.setAttribute('experiment', json);
      await lab.updateComplete;
      expect(find('error')?.dataset.code).toBe('invalid_param');
      expect(find('run')).not.toBeNull();
    },
  );
});

describe('the form', () => {
  test('keeps only what differs from the notebook', () => {
    const off = settings.withClassifier({}, 'SVC', false);
    expect(Object.keys(off.classifiers ?? {})).toEqual(['NB', 'LR', 'RF']);
    expect(settings.withClassifier(off, 'SVC', true)).toEqual({});
    expect(settings.withLargestBatch({}, 1000)).toEqual({ sweep: { batch_sizes: [10, 100, 1000] } });
    expect(settings.withLargestBatch(settings.withLargestBatch({}, 1000), 10_000_000)).toEqual({});
    expect(settings.withDataset({}, 'iris')).toEqual({ data: { dataset: 'iris' } });
    expect(settings.withDataset({}, settings.CSV)).toEqual({ data: { csv: '' } });
    expect(settings.datasetOf({ data: { csv: 'a,b' } })).toBe(settings.CSV);
    expect(settings.withDataset({ data: { dataset: 'iris' } }, 'make_classification')).toEqual({});
  });

  test('a classifier switched off leaves the sweep, too', () => {
    const off = settings.withClassifier({ sweep: { models: ['NB', 'RF'] } }, 'NB', false);
    expect(off.sweep).toEqual({ models: ['RF'] });
    expect(problemOf(off)).toBeNull();
  });
});
