// The notebook's models predicting: scikit-learn alone and by joblib, onnxruntime native and in the same Chromium,
// smartcore in wasm, and Breakeven, by turns, so that what else the machine does meets all of them alike.
import { join } from 'node:path';
import { inBrowser } from '../browser.mjs';
import { build } from '../build.mjs';
import { MODELS } from '../models.mjs';
import { packagesApart } from '../packages-apart.mjs';
import { PythonScript } from '../python.mjs';
import { Fail, log } from '../run.mjs';
import { markdownTable } from '../table.mjs';
import { python } from '../toolchain/python.mjs';
import { cores, machine, pairedRatio, repetitionsOf, significant, time } from './machine.mjs';

export const usage = '[--repetitions N] [--classifiers NB,LR,SVC,RF] [--large] [--no-build]';
export const options = {
  repetitions: { type: 'string', default: '3' },
  classifiers: { type: 'string' },
  /** Its name of before. */
  models: { type: 'string', default: 'NB,LR,SVC,RF' },
  large: { type: 'boolean', default: false },
  'no-build': { type: 'boolean' },
};

const DATA = { n_samples: 10_000, n_features: 10, random_state: 0 };
const SPLIT = { test_size: 0.2, random_state: 2020 };
/** Seed of the rows to predict. */
const ROWS_STATE = 1;
/** smartcore's own algorithms for the same task; it has none for linear SVC. Its forest takes seconds. */
const SMARTCORE = { NB: {}, LR: {}, RF: { n_estimators: 100 } };
const SMARTCORE_FOREST_ROWS = 10_000;
const SIZES = {
  NB: [10_000, 100_000, 1_000_000],
  LR: [100_000, 1_000_000],
  SVC: [100_000, 1_000_000],
  RF: [1_000, 10_000, 100_000],
};
const LARGE = 10_000_000;
const BUDGET_MS = 300;

/** Of our serial time and that of threads: what is compared with what, and the target. */
const RATIOS = {
  'serial to scikit-learn serial': { NB: '≥ 15×', LR: '≥ 2×', SVC: '≥ 2×', RF: '≥ 4×' },
  'serial to onnxruntime-web': { NB: '≥ 25×', LR: '≥ 8×', SVC: '≥ 8×', RF: '≥ 5×' },
  'threads to onnxruntime-web': { RF: '≥ 5×' },
};

// -- in the page -----------------------------------------------------------------------------------------------------

async function prepareInPage({ data, split, models, smartcore, n_threads }) {
  const { load } = await import(new URL('breakeven.js', document.baseURI).href);
  const engine = await load({ n_threads, tier: 'threads' });
  const { X, y } = await engine.makeClassification(data);
  const { X_train, y_train } = await engine.trainTestSplit(X, y, split);
  const train = async (specs) => {
    const fitted = {};
    for (const [name, spec] of Object.entries(specs)) fitted[name] = await engine.fit(spec, X_train, y_train);
    return fitted;
  };
  const theirs = Object.entries(smartcore).map(([name, params]) => [
    name,
    { estimator: models[name].estimator, backend: 'smartcore', params },
  ]);
  globalThis.compared = { engine, models: await train(models), smartcore: await train(Object.fromEntries(theirs)) };
}

/** The rows, for `predictInPage` and the digest of their labels. */
async function rowsInPage(data) {
  const { engine } = globalThis.compared;
  globalThis.compared.X?.free();
  globalThis.compared.X = null;
  globalThis.compared.X = (await engine.makeClassification(data)).X;
}

async function predictInPage({ name, n_rows, budget_ms, withSmartcore }) {
  const { engine, models, smartcore, X } = globalThis.compared;
  const { points } = await engine.measure({
    model: models[name],
    strategies: ['serial', 'threads'],
    batch_sizes: [n_rows],
    X,
    budget_ms,
    max_bisections: 0,
  });
  const times = Object.fromEntries(points.map(({ strategy, median_ms }) => [strategy, median_ms]));
  if (!points.every((point) => point.equal_to_serial)) throw new Error(`${name}: threads are not equal to serial`);
  const { y } = await engine.predict(models[name], X, { strategy: 'threads' });
  let agreement;
  if (withSmartcore) {
    const runs = [];
    for (let i = 0; i < 3; i++) runs.push(await engine.predict(smartcore[name], X, { strategy: 'serial' }));
    times.smartcore = runs.map(({ wall_ms }) => wall_ms).sort((a, b) => a - b)[1];
    agreement = runs[0].y.reduce((sum, label, row) => sum + (label === y[row]), 0) / n_rows;
  }
  const labels = new Uint8Array(await crypto.subtle.digest('SHA-256', y)).toHex();
  return { times, agreement, labels, all_labels: Uint8Array.from(y).toBase64() };
}

/** onnxruntime-web in a page of its own: its number of threads is settled once. */
async function prepareOnnx({ graphs, n_threads }) {
  const ort = await import(new URL('onnx/ort.wasm.min.mjs', document.baseURI).href);
  ort.env.wasm.wasmPaths = new URL('onnx/', document.baseURI).href;
  ort.env.wasm.numThreads = n_threads;
  const { load } = await import(new URL('breakeven.js', document.baseURI).href);
  const sessions = {};
  for (const [name, graph] of Object.entries(graphs)) {
    const bytes = Uint8Array.from(atob(graph), (letter) => letter.charCodeAt(0));
    sessions[name] = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  }
  globalThis.onnx = { ort, sessions, load };
}

/** For its rows this page has an engine only while they are made. */
async function rowsForOnnx(data) {
  const { load, ort } = globalThis.onnx;
  globalThis.onnx.rows = null;
  const engine = await load({ tier: 'serial' });
  const { X } = await engine.makeClassification(data);
  const rows = Float32Array.from(await X.toArray());
  await engine.dispose();
  globalThis.onnx.rows = new ort.Tensor('float32', rows, [data.n_samples, data.n_features]);
}

async function predictOnnx({ name, budget_ms, ours }) {
  const { sessions, rows } = globalThis.onnx;
  const session = sessions[name];
  const call = async (use = () => {}) => {
    const { label } = await session.run({ [session.inputNames[0]]: rows }, ['label']);
    use(await label.getData());
    label.dispose();
  };
  const wanted = Uint8Array.fromBase64(ours);
  let y;
  await call((labels) => {
    y = Int32Array.from(labels, Number);
  });
  const n_other = y.reduce((sum, label, row) => sum + (label !== wanted[row]), 0);
  const labels = new Uint8Array(await crypto.subtle.digest('SHA-256', y)).toHex();
  const times = [];
  let sum = 0;
  while (times.length < 3 || sum < budget_ms) {
    const since = performance.now();
    await call();
    times.push(performance.now() - since);
    sum += times.at(-1);
  }
  return { n_other, labels, ms: times.sort((a, b) => a - b)[times.length >> 1] };
}

// -- here ------------------------------------------------------------------------------------------------------------

export async function run({ repetitions: wanted, models, classifiers = models, large, 'no-build': skipBuild }) {
  const repetitions = repetitionsOf(wanted);
  const all = points(classifiers.split(/[\s,]+/), large);
  if (!skipBuild) await build();
  const program = await python();
  const modules = await packagesApart('onnxruntime-web', 'scripts/compare/onnx');
  const folder = join(modules, 'onnxruntime-web', 'dist');
  const script = new PythonScript(program, 'inference.py');
  try {
    await inBrowser((browser) => compare(script, browser, repetitions, all), { '/onnx/': `${folder}/` });
  } finally {
    script.end();
  }
}

/** Every model and size, with the times of each way a turn. */
function points(names, large) {
  const other = names.find((name) => !(name in SIZES));
  if (other !== undefined) throw new Fail(`--classifiers: '${other}' is none of ${Object.keys(SIZES).join(', ')}.`);
  return Object.entries(SIZES)
    .filter(([name]) => names.includes(name))
    .flatMap(([name, sizes]) =>
      (large && name !== 'RF' ? [...sizes, LARGE] : sizes).map((n_rows) => ({ name, n_rows })),
    )
    .sort((a, b) => a.n_rows - b.n_rows)
    .map((point) => ({ ...point, times: {}, isEqual: true, answers: '' }));
}

async function compare(script, { ask, open, version }, repetitions, all) {
  const { onnx, ...versions } = await script.ask({
    ...{ task: 'prepare', n_samples: DATA.n_samples, n_features: DATA.n_features, data_state: DATA.random_state },
    ...{ test_size: SPLIT.test_size, split_state: SPLIT.random_state },
  });
  const n_threads = cores();
  await ask(prepareInPage, { data: DATA, split: SPLIT, models: MODELS, smartcore: SMARTCORE, n_threads });
  const pages = { web_1: await open(), web_all: await open() };
  await pages.web_1.ask(prepareOnnx, { graphs: onnx, n_threads: 1 });
  await pages.web_all.ask(prepareOnnx, { graphs: onnx, n_threads });

  for (const n_rows of new Set(all.map((point) => point.n_rows))) {
    const rows = { n_samples: n_rows, n_features: DATA.n_features, random_state: ROWS_STATE };
    await ask(rowsInPage, rows);
    for (const page of Object.values(pages)) await page.ask(rowsForOnnx, rows);
    log(`· ${n_rows.toLocaleString('en')} rows …`);
    const here = all.filter((point) => point.n_rows === n_rows);
    // The first round warms up.
    for (let round = 0; round <= repetitions; round++) {
      for (const point of here) await turn(point, round > 0, script, ask, pages);
    }
  }
  print(all, n_threads);
  console.log(
    `Medians of ${repetitions} turns, ± median deviation; ratios within a turn. onnxruntime ${versions.onnxruntime}; ` +
      `rows where its label differs on 1 / ${n_threads} threads: with several it adds up a forest’s votes in partial ` +
      'float32 sums, and an exact tie may come out above one half. ' +
      machine({ chromium: version, versions }),
  );
}

async function turn(point, counts, script, ask, pages) {
  const { name, n_rows } = point;
  const rows = { n_rows, n_features: DATA.n_features, data_state: ROWS_STATE };
  const native = await script.ask({ task: 'predict', name, ...rows, n_jobs: cores() });
  const withSmartcore = name in SMARTCORE && (name !== 'RF' || n_rows <= SMARTCORE_FOREST_ROWS);
  const ours = await ask(predictInPage, { name, n_rows, budget_ms: BUDGET_MS, withSmartcore });
  const web = {};
  const inBrowser = [];
  for (const [way, page] of Object.entries(pages)) {
    const { ms, ...found } = await page.ask(predictOnnx, { name, budget_ms: BUDGET_MS, ours: ours.all_labels });
    web[way] = ms;
    inBrowser.push(found);
  }
  if (!counts) return;
  const { serial, threads, smartcore } = ours.times;
  const times = { ...renamed(native.times), ...web, smartcore, ours: serial, ours_threads: threads };
  for (const [way, ms] of Object.entries(times)) {
    if (ms !== undefined) point.times[way] = [...(point.times[way] ?? []), ms];
  }
  // What differed in one turn is not forgotten in the next.
  point.isEqual &&= native.labels === ours.labels;
  const theirs = [
    onnxWords(native.onnx, inBrowser),
    ...(ours.agreement === undefined ? [] : [`smartcore in ${significant(100 * (1 - ours.agreement))} %`]),
  ];
  point.answers = `${point.isEqual ? 'equal' : 'other labels'}; ${theirs.join(', ')}`;
}

/** In how many rows onnxruntime's labels are others, on one thread and on all, and whether its browser's are the same. */
export function onnxWords(native, web) {
  const counts = (found) => found.map(({ n_other }) => n_other).join(' / ');
  const same = native.every(({ labels }, i) => labels === web[i].labels);
  return `onnxruntime differs in ${counts(native)}, in the browser in ${same ? 'the same' : counts(web)}`;
}

const renamed = ({ serial, threads, processes, onnx_1, onnx_all }) => ({
  ...{ sk_serial: serial, sk_threads: threads, sk_processes: processes, onnx_1, onnx_all },
});

function print(all, n_threads) {
  const columns = {
    sk_serial: 'scikit-learn',
    sk_threads: 'joblib threads',
    sk_processes: 'joblib processes',
    onnx_1: 'onnxruntime',
    onnx_all: `${n_threads} threads`,
    web_1: 'onnxruntime-web',
    web_all: `${n_threads} threads`,
    smartcore: 'smartcore in wasm',
    ours: 'Breakeven serial',
    ours_threads: `${n_threads} threads`,
  };
  const pairs = [
    ['sk_serial', 'ours'],
    ['web_1', 'ours'],
    ['web_all', 'ours_threads'],
  ];
  const ordered = Object.keys(SIZES).flatMap((name) => all.filter((point) => point.name === name));
  const rows = ordered.map(({ name, n_rows, times, answers }) => [
    `${name}, ${n_rows.toLocaleString('en')}`,
    ...Object.keys(columns).map((way) => (times[way] ? time(times[way]) : '')),
    ...pairs.map(([theirs, ours], i) => {
      const target = Object.values(RATIOS)[i][name];
      return `${significant(pairedRatio(times[theirs], times[ours]))}×${target ? ` (${target})` : ''}`;
    }),
    `${significant(pairedRatio(times.ours, times.ours_threads))}×`,
    answers,
  ]);
  const header = ['rows', ...Object.values(columns), ...Object.keys(RATIOS), 'threads to serial', 'labels'];
  console.log(`\n${markdownTable(header, rows)}\n`);
}
