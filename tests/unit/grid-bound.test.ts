// @vitest-environment happy-dom
/** A grid spans 500 settings at most, wherever it comes from: each way in refuses more with a code and the setting. */
import { expect, test } from 'vitest';
import { searchSpec } from '../../www/api/arguments.js';
import { checkReport } from '../../www/experiment/check-report.js';
import { complete } from '../../www/experiment/config.js';
import { toJson } from '../../www/experiment/report.js';
import { fromResults, toResults } from '../../www/experiment/results.js';
import { runExperiment } from '../../www/experiment/run.js';
import { fromAddress, fromHash } from '../../www/experiment/url.js';
import { read } from '../../www/widget/host-attributes.js';
import { fakeEngine } from './fake-engine.js';

const range = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
/** 6 · n settings. */
const spec = (n: number) => ({
  estimator: 'LogisticRegression' as const,
  param_grid: { C: range(n), tol: range(6) },
});
const classifiers = (n: number) => ({ LR: spec(n) });
const MOST = 83;
const SETTING = 'classifiers.LR.param_grid';

async function report() {
  return JSON.parse(toJson(await runExperiment(fakeEngine().engine, { sweep: { batch_sizes: [10] } })));
}

/** A link's results with something in them changed. */
async function forged(change: (packed: { experiment: object }) => void): Promise<string> {
  const stream = (bytes: BlobPart, by: CompressionStream | DecompressionStream) =>
    new Response(new Blob([bytes]).stream().pipeThrough(by));
  const words = await toResults(await runExperiment(fakeEngine().engine, {}));
  const packed = await stream(Buffer.from(words, 'base64url'), new DecompressionStream('deflate-raw')).json();
  change(packed);
  const deflated = await stream(JSON.stringify(packed), new CompressionStream('deflate-raw')).arrayBuffer();
  return Buffer.from(deflated).toString('base64url');
}

type Way = (n: number) => unknown;
const WAYS: [string, Way, string][] = [
  ['the API', (n) => searchSpec(spec(n)), 'spec.param_grid'],
  ['an experiment, as a config file holds it', (n) => complete({ classifiers: classifiers(n) }), SETTING],
  [
    'an attribute',
    (n) => {
      const element = document.createElement('breakeven-lab');
      element.setAttribute('experiment', JSON.stringify({ classifiers: classifiers(n) }));
      return complete(read(element).settings.experiment);
    },
    SETTING,
  ],
  [
    'another attribute',
    (n) => {
      const element = document.createElement('breakeven-lab');
      element.setAttribute('models', JSON.stringify(classifiers(n)));
      return complete(read(element).settings.experiment);
    },
    SETTING,
  ],
  ['a link', (n) => fromHash(`#classifiers=${encodeURIComponent(JSON.stringify(classifiers(n)))}`), SETTING],
  [
    'the page’s address',
    (n) => fromAddress(`#classifiers=${encodeURIComponent(JSON.stringify(classifiers(n)))}`),
    SETTING,
  ],
  [
    'a report',
    async (n) => {
      const given = await report();
      return checkReport({ ...given, experiment: { ...given.experiment, classifiers: classifiers(n), sweep: {} } });
    },
    SETTING,
  ],
  [
    'a report’s results of a search',
    async (n) => {
      const given = await report();
      given.training[0].cv_results.params = range(6 * n).map((C) => ({ C }));
      for (const name of ['mean_test_score', 'std_test_score', 'rank_test_score', 'mean_fit_time_ms', 'error'])
        given.training[0].cv_results[name] = range(6 * n).map(() => (name === 'error' ? null : 1));
      return checkReport(given);
    },
    'training[0].cv_results.params',
  ],
  [
    'results in a link',
    async (n) =>
      fromResults(
        await forged((packed) => {
          packed.experiment = { classifiers: classifiers(n) };
        }),
      ),
    SETTING,
  ],
];

test.each(WAYS)('%s', async (_, way, setting) => {
  await expect((async () => way(MOST))()).resolves.toBeDefined();
  await expect((async () => way(MOST + 1))()).rejects.toMatchObject({ code: 'invalid_param', setting });
});

test('an engine is asked nothing for a grid that is too large', async () => {
  const { engine, calls } = fakeEngine();
  const running = runExperiment(engine, { classifiers: classifiers(MOST + 1) });
  await expect(running).rejects.toMatchObject({ code: 'invalid_param', setting: SETTING });
  expect(calls).toEqual([]);
});

test('what only looks like no list is no grid', () => {
  for (const C of [Float64Array.from(range(501)), new Set(range(501)), new Map()]) {
    const call = () => searchSpec({ estimator: 'SVC', param_grid: { C: C as never } });
    expect(call).toThrow(expect.objectContaining({ code: 'invalid_param', setting: 'spec.param_grid.C' }));
  }
});
