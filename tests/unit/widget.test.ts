// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BreakevenError } from '../../www/api/error.js';
import type { Experiment } from '../../www/api/types.js';
import { type ExperimentReport, toJson } from '../../www/experiment/report.js';
import { asLabelled } from '../../www/widget/form/controls.js';
import * as settings from '../../www/widget/form/settings.js';
import { problemOf } from '../../www/widget/form/settings.js';
import { type Fake, fakeEngine } from './fake-engine.js';

let fake: Fake;
const load = vi.fn(async (_options?: object) => fake.engine);
vi.mock('../../www/api/load.js', () => ({ load: (options: object) => load(options) }));

const { BreakevenFace } = await import('../../www/widget/element/face.js');
const { session } = await import('../../www/widget/element/session.js');
await import('../../www/widget/element/breakeven-lab.js');
type Face = InstanceType<typeof BreakevenFace>;

/** Promises that are settled already, and what hangs on them. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

const SMALL: Experiment = { sweep: { batch_sizes: [10, 100] } };

describe('the face', () => {
  let lab: Face;

  beforeEach(() => {
    fake = fakeEngine();
    load.mockClear();
    lab = newFace();
  });

  afterEach(async () => {
    lab.remove();
    await turn();
    await session.close();
  });

  function newFace(): Face {
    const face = document.createElement('breakeven-face') as Face;
    document.body.append(face);
    face.experiment = SMALL;
    return face;
  }

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
    expect(find('verdict')?.textContent).toContain('290 rows');
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
    expect(find('status')?.textContent).toBe('Cancelled.');
    expect(errors).toEqual([]);
  });

  test('a cancelled run says that something stays where something had finished', async () => {
    let loads = 0;
    fake = fakeEngine({
      before: (call) => (call === 'loadModel' && ++loads === 2 ? new Promise(() => {}) : undefined),
    });
    void lab.run();
    await vi.waitFor(() => expect(loads).toBe(2));
    lab.cancel();
    await lab.updateComplete;
    expect(find('status')?.textContent).toBe('Cancelled. What had finished stays below.');
    expect(find('results-table')?.querySelectorAll('tbody tr').length).toBeGreaterThan(0);
    // What is in the table can be had as a file; a report that is not whole cannot.
    expect(find('download-training-csv')?.hasAttribute('disabled')).toBe(false);
    expect(find('download-report')?.hasAttribute('disabled')).toBe(true);
    expect(find('download-sweeps-csv')?.hasAttribute('disabled')).toBe(true);
  });

  test('taken out and put back it offers to keep models as before; where they are not shown it never does', async () => {
    await lab.run();
    await lab.updateComplete;
    expect(find('keep-RF')).not.toBeNull();
    lab.remove();
    await turn();
    document.body.append(lab);
    await lab.run();
    await lab.updateComplete;
    expect(find('keep-RF')).not.toBeNull();
    lab.remove();
    await turn();
    lab = document.createElement('breakeven-face') as Face;
    lab.setAttribute('hide', 'models');
    document.body.append(lab);
    lab.experiment = SMALL;
    await lab.run();
    await lab.updateComplete;
    expect(find('predict-run-RF')).not.toBeNull();
    expect(find('keep-RF')).toBeNull();
  });

  test('another file takes away what was said of the one before', async () => {
    const message = 'Line 3 has 2 cells: use as many as in the first line.';
    fake = fakeEngine({
      before: (call) =>
        call === 'trainTestSplit' ? Promise.reject(new BreakevenError('bad_csv', message)) : undefined,
    });
    await lab.run();
    await lab.updateComplete;
    expect(find('error')?.textContent).toContain(message);
    lab.experiment = { ...SMALL, data: { file: new File(['a,b\n1,x'], 'one.csv'), preprocess: { scale: false } } };
    await vi.waitFor(() => expect(find('table-look')?.textContent).toContain('one.csv'));
    const input = find('setting-data-file') as HTMLInputElement;
    const choose = (file: File) => {
      Object.defineProperty(input, 'files', { value: [file], configurable: true });
      input.dispatchEvent(new Event('change'));
    };
    const other = new File(['a,b,c\n1,2,x'], 'other.csv');
    choose(other);
    // How its rows are prepared stays.
    expect(lab.experiment.data).toEqual({ file: other, preprocess: { scale: false } });
    await vi.waitFor(() => expect(find('table-look')?.textContent).toContain('other.csv'));
    expect(find('error')?.textContent?.trim()).toBe('');
    expect(lab.state).toBe('idle');
    // One that cannot be read takes the look at the table before it along.
    choose(new File(['a,b\n1'], 'bad.csv'));
    await vi.waitFor(() =>
      expect(lab.renderRoot.querySelector('#setting-data-file-hint')?.textContent).toContain('line 2 of a,b'),
    );
    expect(find('table-look')).toBeNull();
    choose(new File(['a,b\n3,x'], 'found.csv'));
    await vi.waitFor(() => expect(find('table-look')?.textContent).toContain('found.csv'));
    expect(lab.renderRoot.querySelector('#setting-data-file-hint')?.textContent).not.toContain('line 2');
    expect(fake.live.size).toBe(0);
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
    const words = '“Samples” is -1: use a whole number from 20 to 1000000.';
    expect(lab.renderRoot.querySelector('#setting-data-n_samples-error')?.textContent).toBe(words);
    expect(find('error')?.textContent).toContain(words);
    expect(lab.error?.message).toMatch(/^'data.n_samples' is -1/);
    expect(load).not.toHaveBeenCalled();
    lab.experiment = SMALL;
    await lab.run();
    expect(lab.state).toBe('done');
  });

  test('an attribute that has no field here is refused by its own name', async () => {
    lab.setAttribute('hide', 'settings');
    lab.setAttribute('data.n_samples', '-1');
    await turn();
    await lab.updateComplete;
    expect(find('error')?.textContent).toContain("'data.n_samples' is -1");
  });

  test('how far a run is stands before the settings that are unfolded', async () => {
    await lab.updateComplete;
    expect(find('controls')?.contains(find('progress'))).toBe(true);
    lab.setAttribute('hide', 'run settings');
    await turn();
    await lab.updateComplete;
    expect(find('progress')).not.toBeNull();
    expect(find('run')).toBeNull();
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
      await turn();
      await lab.updateComplete;
      expect(find('error')?.dataset.code).toBe('invalid_param');
      expect(find('run')).not.toBeNull();
    },
  );
});

describe('<breakeven-lab>', () => {
  let lab: HTMLElementTagNameMap['breakeven-lab'];
  const face = () => lab.shadowRoot?.querySelector('breakeven-face') as Face | null;

  beforeEach(() => {
    fake = fakeEngine();
    load.mockClear();
    document.body.innerHTML = '<breakeven-lab sweep.batch_sizes="10 100"><p>recorded</p></breakeven-lab>';
    lab = document.querySelector('breakeven-lab') as typeof lab;
  });

  afterEach(async () => {
    lab.remove();
    await turn();
  });

  test('shows its children and has no face before it is seen or told to run', async () => {
    await turn();
    expect(face()).toBeNull();
    expect(lab.shadowRoot?.querySelector('slot')?.assignedNodes()).toHaveLength(1);
    expect(lab.report).toBeNull();
    expect(lab.state).toBe('idle');
  });

  test('runs, tells how far it is on the element itself, and keeps the report', async () => {
    const heard: string[] = [];
    for (const name of ['breakeven-progress', 'breakeven-result', 'breakeven-error'] as const) {
      document.body.addEventListener(name, ({ target, type }) => target === lab && heard.push(type), { once: true });
    }
    await lab.run();
    expect(heard).toEqual(['breakeven-progress', 'breakeven-result']);
    expect(lab.report?.format).toBe('breakeven-report');
    expect(lab.report?.experiment.sweep.batch_sizes).toEqual([10, 100]);
    await face()?.updateComplete;
    expect(lab.shadowRoot?.querySelector('slot')).toBeNull();
  });

  test('once it is there its children go, but for results that were recorded, which stay until a run', async () => {
    lab.innerHTML = '<p>Until it is there</p><figure slot="recorded">recorded</figure>';
    const shown = () =>
      [...(lab.shadowRoot?.querySelectorAll('slot') ?? [])].flatMap((slot) =>
        slot.assignedElements().map(({ localName }) => localName),
      );
    expect(shown()).toEqual(['p', 'figure']);
    await lab.load();
    await face()?.updateComplete;
    expect(shown()).toEqual(['figure']);
    await lab.run();
    await face()?.updateComplete;
    expect(shown()).toEqual([]);
  });

  test('what was set before the face came is kept, and what is set after goes to it', async () => {
    lab.experiment = { data: { n_samples: 500 } };
    lab.tier = 'serial';
    await lab.load();
    expect([lab.experiment, lab.tier]).toEqual([{ data: { n_samples: 500 } }, 'serial']);
    lab.experiment = {};
    expect(face()?.experiment).toEqual({});
  });

  test('a setting that changes its attribute changes; one that was edited otherwise stays when the view changes', async () => {
    await lab.load();
    lab.setAttribute('models', 'NB RF');
    await turn();
    expect(Object.keys(lab.experiment.classifiers ?? {})).toEqual(['NB', 'RF']);
    lab.experiment = {};
    lab.setAttribute('view', 'sweep');
    await turn();
    expect(lab.experiment).toEqual({});
    expect([...(face()?.parts ?? [])].sort()).toEqual(['environment', 'run', 'sweep']);
  });

  test('an attribute that cannot be read is refused in words, and a run says so, too', async () => {
    lab.setAttribute('data.n_sample', '5');
    const codes: string[] = [];
    lab.addEventListener('breakeven-error', ({ detail }) => codes.push(`${detail.code}: ${detail.message}`));
    await lab.run();
    expect(codes).toEqual(["invalid_param: 'data.n_sample' is not a setting."]);
    expect(load).not.toHaveBeenCalled();
  });

  test('autostart="load" needs no eye', async () => {
    lab.remove();
    lab.setAttribute('autostart', 'load');
    document.body.append(lab);
    await vi.waitFor(() => expect(lab.state).toBe('done'));
  });

  test('moved within the page it goes on; taken out it ends, and comes back', async () => {
    const dispose = vi.spyOn(fake.engine, 'dispose');
    await lab.load();
    const running = lab.run();
    document.body.append(document.createElement('section'));
    document.querySelector('section')?.append(lab);
    await running;
    expect(lab.state).toBe('done');
    expect(dispose).not.toHaveBeenCalled();
    lab.remove();
    await vi.waitFor(() => expect(dispose).toHaveBeenCalledOnce());
    document.body.append(lab);
    await lab.run();
    expect(lab.state).toBe('done');
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('told to run while it runs it waits for that run’s end, moved in the page or not', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    fake = fakeEngine({ before: (call) => (call === 'loadModel' ? gate : undefined) });
    const ended: string[] = [];
    const run = (name: string) => lab.run().then(() => ended.push(`${name} ${lab.state} ${lab.report !== null}`));
    const runs = [run('first'), run('second')];
    await vi.waitFor(() => expect(fake.calls).toContain('loadModel'));
    runs.push(run('later'));
    lab.remove();
    document.body.append(lab);
    runs.push(run('moved'));
    await turn();
    expect(ended).toEqual([]);
    release();
    await Promise.all(runs);
    expect(ended).toEqual(['first done true', 'second done true', 'later done true', 'moved done true']);
    expect(load).toHaveBeenCalledOnce();
    expect(fake.calls.filter((call) => call === 'trainTestSplit')).toHaveLength(1);
  });

  test('a run after a cancel is another one, and so is the end that is waited for', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    fake = fakeEngine({ before: (call) => (call === 'loadModel' ? gate : undefined) });
    const first = lab.run();
    await vi.waitFor(() => expect(fake.calls).toContain('loadModel'));
    lab.cancel();
    const second = lab.run();
    release();
    await first;
    expect(lab.state).not.toBe('done');
    await second;
    expect(lab.state).toBe('done');
  });

  test.each([
    { nonsense: 1 },
    'x',
    5,
    { report: null, from: 'file' },
    { report: {}, from: 'file' },
    { report: { sweeps: 1n }, from: 'file' },
  ])('a reference that is none is refused in words, and a run says so, too: %o', async (given) => {
    const heard: string[] = [];
    lab.addEventListener('breakeven-error', ({ detail }) => {
      const { code, setting, message } = detail as BreakevenError;
      heard.push(`${code} ${setting}: ${message}`);
    });
    const shown = () => lab.shadowRoot?.querySelector<HTMLElement>("[data-testid='error']");
    // Before the face is there, and after.
    lab.reference = given as never;
    await lab.load();
    lab.reference = given as never;
    await face()?.updateComplete;
    expect(shown()?.dataset.code).toBe('invalid_param');
    expect(lab.reference).toBeNull();
    await lab.run();
    expect(heard).toEqual([expect.stringMatching(/^invalid_param reference: 'reference' is not .* no results of/)]);
    expect(load).not.toHaveBeenCalled();
    lab.reference = null;
    await face()?.updateComplete;
    expect([lab.state, shown()?.textContent?.trim()]).toEqual(['idle', '']);
    await lab.run();
    expect(lab.state).toBe('done');
  });

  test('a report of a run, and one from a file, can be a reference; where it is from has to be said', async () => {
    await lab.run();
    const report = lab.report as ExperimentReport;
    for (const given of [report, JSON.parse(toJson(report))]) {
      lab.reference = { report: given, from: 'file' };
      expect(lab.reference?.report.verdict).toBe(report.verdict);
      await face()?.updateComplete;
      expect(face()?.problem).toBeNull();
    }
    lab.reference = { report, from: 'x' as 'file' };
    expect(lab.reference).toBeNull();
    expect(face()?.problem?.message).toContain("'from' is not one of recorded, link, file, last");
  });

  test('two on a page share one engine and take turns', async () => {
    const other = document.createElement('breakeven-lab');
    other.setAttribute('sweep.batch_sizes', '10');
    document.body.append(other);
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    fake = fakeEngine({ before: (call) => (call === 'loadModel' ? gate : undefined) });
    const first = lab.run();
    await vi.waitFor(() => expect(fake.calls).toContain('loadModel'));
    const second = other.run();
    await vi.waitFor(() => expect(other.state).toBe('waiting'));
    const calls = fake.calls.length;
    await turn();
    expect(fake.calls).toHaveLength(calls);
    release();
    await Promise.all([first, second]);
    expect([lab.state, other.state]).toEqual(['done', 'done']);
    expect(load).toHaveBeenCalledOnce();
    other.remove();
  });

  test('one that waits can be cancelled, and those behind it still wait for the one before', async () => {
    const [b, c] = [document.createElement('breakeven-lab'), document.createElement('breakeven-lab')];
    document.body.append(b, c);
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    fake = fakeEngine({ before: (call) => (call === 'loadModel' ? gate : undefined) });
    const first = lab.run();
    await vi.waitFor(() => expect(fake.calls).toContain('loadModel'));
    const second = b.run();
    const third = c.run();
    await vi.waitFor(() => expect(c.state).toBe('waiting'));
    b.cancel();
    await second;
    await turn();
    expect([b.state, c.state]).toEqual(['cancelled', 'waiting']);
    release();
    await Promise.all([first, third]);
    expect([lab.state, c.state]).toEqual(['done', 'done']);
    for (const element of [b, c]) element.remove();
  });
});

describe('the form', () => {
  test('keeps only what differs from the notebook', () => {
    const off = settings.withClassifier({}, 'SVC', false);
    // Those of the notebook may be named.
    const names = { classifiers: 'NB LR RF' };
    expect(settings.isShaped(names)).toBe(true);
    expect(settings.classifierChoices(names)).toEqual(settings.classifierChoices(off));
    expect(settings.withClassifier(names, 'SVC', true)).toEqual({});
    expect(settings.isShaped({ classifiers: 'NB XGB' })).toBe(false);
    expect(Object.keys(off.classifiers ?? {})).toEqual(['NB', 'LR', 'RF']);
    expect(settings.withClassifier(off, 'SVC', true)).toEqual({});
    expect(settings.withLargestBatch({}, 1000)).toEqual({ sweep: { batch_sizes: [10, 100, 1000] } });
    expect(settings.withLargestBatch(settings.withLargestBatch({}, 1000), 10_000_000)).toEqual({});
    expect(settings.withDataset({}, 'iris')).toEqual({ data: { dataset: 'iris' } });
    expect(settings.withDataset({}, settings.CSV)).toEqual({ data: { csv: '' } });
    expect(settings.datasetOf({ data: { csv: 'a,b' } })).toBe(settings.CSV);
    expect(settings.withDataset({ data: { dataset: 'iris' } }, 'make_classification')).toEqual({});
  });

  test('the largest batch is the sweep’s, whatever is wrong with the data', () => {
    const wrong: Experiment = { data: { n_samples: -5 }, sweep: { preset: 'quick' } };
    expect(settings.largestBatch(wrong)).toBe(1_000_000);
    expect(settings.largestBatch({ ...wrong, sweep: { batch_sizes: [10, 100] } })).toBe(100);
    expect(settings.largestBatch({ ...wrong, sweep: {} })).toBe(10_000_000);
  });

  test('a refusal speaks of the fields’ labels', () => {
    const said = (data: object) => asLabelled(problemOf({ data } as Experiment)?.message ?? '');
    expect(said({ n_informative: 12 })).toBe('“Informative” is 12: use at most 10 (“Features”).');
    expect(said({ csv: '' })).toMatch(/^“Table” is "": use a table/);
    // What has no field keeps its name.
    expect(said({ n_classes: 1 })).toMatch(/^'data.n_classes' is 1/);
  });

  test('a classifier switched off leaves the sweep, too', () => {
    const off = settings.withClassifier({ sweep: { models: ['NB', 'RF'] } }, 'NB', false);
    expect(off.sweep).toEqual({ models: ['RF'] });
    expect(problemOf(off)).toBeNull();
  });
});
