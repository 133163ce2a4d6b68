// The notebook's training section: scikit-learn (native, one job and as many as cores) and Breakeven (the headless
// browser, as many threads as cores) by turns, so that what else the machine does meets all of them alike.
import { createHash } from 'node:crypto';
import { inBrowser } from '../browser.mjs';
import { build } from '../build.mjs';
import { GRIDS } from '../models.mjs';
import { compareLists, ulps } from '../parity/difference.mjs';
import { PythonScript } from '../python.mjs';
import { log } from '../run.mjs';
import { markdownTable } from '../table.mjs';
import { python } from '../toolchain/python.mjs';
import { cores, machine, pairedRatio, repetitionsOf, significant, time } from './machine.mjs';

export const usage = '[--repetitions N] [--large] [--no-build]';
export const options = {
  repetitions: { type: 'string', default: '5' },
  large: { type: 'boolean', default: false },
  'no-build': { type: 'boolean' },
};

const DATA = { n_samples: 10_000, n_features: 10, random_state: 0 };
const SPLIT = { test_size: 0.2, random_state: 2020 };
const N_TREES = 100;
/** As in training.py. */
const STRIDE = 101;

// -- in the page -----------------------------------------------------------------------------------------------------

async function prepareInPage({ data, split, n_threads }) {
  const { load } = await import(new URL('breakeven.js', document.baseURI).href);
  const engine = await load({ n_threads, tier: 'threads' });
  const { X, y } = await engine.makeClassification(data);
  const sides = await engine.trainTestSplit(X, y, split);
  globalThis.compared = { engine, serial: await load({ n_threads: 1, tier: 'threads' }), ...sides };
  const { serial } = globalThis.compared;
  globalThis.compared.X_serial = await serial.matrix(
    await sides.X_train.toArray(),
    sides.X_train.n_rows,
    sides.X_train.n_cols,
  );
  globalThis.flatTrees = async (model) => {
    const { trees } = await model.attributes();
    return trees.map((tree) => ({
      feature: Int32Array.from(tree.feature),
      threshold: Float64Array.from(tree.threshold),
      children_left: Int32Array.from(tree.children_left),
      children_right: Int32Array.from(tree.children_right),
      value: Float64Array.from(tree.value.flat()),
    }));
  };
}

async function searchInPage(spec) {
  const { engine, X_train, X_test, y_train, y_test } = globalThis.compared;
  const since = performance.now();
  const search = await engine.gridSearchCV({ cv: 5, ...spec }, X_train, y_train);
  const ms = performance.now() - since;
  const model = search.best_estimator;
  const fits = search.cv_results.mean_fit_time_ms;
  const answer = {
    ms,
    best_params: search.best_params,
    best_score: search.best_score,
    train_acc: await model.score(X_train, y_train),
    test_acc: await model.score(X_test, y_test),
    mean_fit_time_ms: fits.reduce((sum, value) => sum + value, 0) / fits.length,
    trees: spec.estimator === 'RandomForestClassifier' ? await globalThis.flatTrees(model) : null,
  };
  model.free();
  return answer;
}

async function forestInPage({ n_estimators }) {
  const { serial, X_serial, y_train } = globalThis.compared;
  const spec = { estimator: 'RandomForestClassifier', params: { n_estimators, random_state: 0 } };
  const since = performance.now();
  const model = await serial.fit(spec, X_serial, y_train);
  const ms = performance.now() - since;
  const trees = await globalThis.flatTrees(model);
  model.free();
  return { ms, trees };
}

async function generateInPage({ data, stride }) {
  const { engine } = globalThis.compared;
  const since = performance.now();
  const { X, y } = await engine.makeClassification(data);
  const ms = performance.now() - since;
  // 800 MB are not copied for the sake of a sample.
  const cells = X.n_rows <= 1_000_000 ? await X.toArray() : null;
  X.free();
  const rows = Math.ceil(data.n_samples / stride);
  const sample = cells && new Float64Array(rows * data.n_features);
  for (let row = 0; sample && row < rows; row++) {
    const start = row * stride * data.n_features;
    sample.set(cells.subarray(start, start + data.n_features), row * data.n_features);
  }
  const digest = await crypto.subtle.digest('SHA-256', y);
  const labels = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { ms, labels, sample };
}

// -- here ------------------------------------------------------------------------------------------------------------

function digestOfTrees(trees) {
  const digest = createHash('sha256');
  for (const { feature, threshold, children_left, children_right, value } of trees)
    for (const values of [feature, threshold, children_left, children_right, value])
      digest.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return digest.digest('hex');
}

/** Two searches' answers in words: 'equal', or what differs. */
export function compareSearches(theirs, ours) {
  const text = (params) =>
    Object.keys(params)
      .sort()
      .map((name) => `${name}=${params[name]}`)
      .join(' ') || 'defaults';
  const found = [];
  if (text(theirs.best_params) !== text(ours.best_params))
    found.push(`best ${text(ours.best_params)} instead of ${text(theirs.best_params)}`);
  for (const [name, label] of [
    ['best_score', 'CV'],
    ['train_acc', 'train'],
    ['test_acc', 'test'],
  ]) {
    if (Math.abs(theirs[name] - ours[name]) > 1e-12)
      found.push(`${label} ${ours[name].toFixed(6)} instead of ${theirs[name].toFixed(6)}`);
  }
  if (theirs.trees !== undefined) {
    if (theirs.trees !== digestOfTrees(ours.trees)) found.push('other trees');
    else if (found.length === 0)
      return `equal, every tree (CV ${theirs.best_score.toFixed(5)}, test ${theirs.test_acc})`;
  }
  return found.length === 0
    ? `equal (${text(theirs.best_params)}, CV ${theirs.best_score.toFixed(5)}, test ${theirs.test_acc})`
    : found.join('; ');
}

function compareData(theirs, ours) {
  if (theirs.labels !== ours.labels) return 'other labels';
  if (!ours.sample) return 'labels equal';
  const { worst, count } = compareLists(theirs.sample, ours.sample, ulps);
  return `labels equal; ${count} of ${ours.sample.length} cells sampled differ${count ? `, by ${worst} ULP at most` : ''}`;
}

/** Columns of times; the ratio is that of the middle one, all cores, to ours. */
function row(what, { one, all, ours }, target, answers) {
  const best = all ?? one;
  return [
    what,
    one ? time(one) : '',
    all ? time(all) : '',
    time(ours),
    `${significant(pairedRatio(best, ours))}×`,
    target,
    answers,
  ];
}

export async function run({ repetitions: wanted, large, 'no-build': skipBuild }) {
  const repetitions = repetitionsOf(wanted);
  if (!skipBuild) await build();
  const program = await python();
  const script = new PythonScript(program, 'training.py');
  try {
    await inBrowser((browser) => compare(script, browser, repetitions, large));
  } finally {
    script.end();
  }
}

async function compare(script, { ask, version }, repetitions, large) {
  const { n_samples, n_features } = DATA;
  const split = { test_size: SPLIT.test_size, split_state: SPLIT.random_state };
  const versions = await script.ask({
    task: 'prepare',
    n_samples,
    n_features,
    data_state: DATA.random_state,
    ...split,
  });
  await ask(prepareInPage, { data: DATA, split: SPLIT, n_threads: cores() });
  const tasks = [...Object.keys(GRIDS).map((name) => searchTask(name)), forestTask(), generateTask(1_000_000)];
  if (large) tasks.push(generateTask(10_000_000));
  // The first round warms up: compilers, processes, caches.
  for (let round = 0; round <= repetitions; round++) {
    log(`· Round ${round} of ${repetitions}${round === 0 ? ' (not counted)' : ''} …`);
    for (const task of tasks) await task.run(script, ask, round > 0);
  }
  const searches = tasks.slice(0, Object.keys(GRIDS).length);
  const target = (task) => task.target;
  const rows = searches.map((task) => row(task.title, task.times, target(task), task.answers));
  const sum = (kind) =>
    searches[0].times[kind].map((_, i) => searches.reduce((total, task) => total + task.times[kind][i], 0));
  rows.push(row('whole training section', { one: sum('one'), all: sum('all'), ours: sum('ours') }, '≥ 5×', ''));
  const lr = searches.find((task) => task.title.startsWith('LR'));
  rows.push(row('a fit of the LR grid, mean', lr.fits, '≤ 0.5 ms', ''));
  for (const task of tasks.slice(searches.length)) rows.push(row(task.title, task.times, task.target, task.answers));
  const header = [
    '',
    'scikit-learn, n_jobs=1',
    'n_jobs=-1',
    `Breakeven, ${cores()} threads`,
    'ratio',
    'target',
    'answers',
  ];
  console.log(`\n${markdownTable(header, rows)}\n`);
  console.log(
    `Medians of ${repetitions} by turns, ± median deviation; ratios within a turn. ${machine({ chromium: version, versions })}`,
  );
}

function searchTask(name) {
  const cells = Object.values(GRIDS[name].param_grid).reduce((product, values) => product * values.length, 1);
  const task = {
    title: `${name}, ${cells} cell${cells > 1 ? 's' : ''}`,
    target: name === 'RF' ? '≥ 4×' : '≥ 5×',
    times: { one: [], all: [], ours: [] },
    fits: { one: [], ours: [] },
    answers: '',
    async run(script, ask, counts) {
      const one = await script.ask({ task: 'search', name, n_jobs: 1 });
      const all = await script.ask({ task: 'search', name, n_jobs: -1 });
      const ours = await ask(searchInPage, GRIDS[name]);
      if (!counts) return;
      task.times.one.push(one.ms);
      task.times.all.push(all.ms);
      task.times.ours.push(ours.ms);
      task.fits.one.push(one.mean_fit_time_ms);
      task.fits.ours.push(ours.mean_fit_time_ms);
      task.answers = compareSearches(all, ours);
    },
  };
  return task;
}

function forestTask() {
  const task = {
    title: 'a tree of RF, one thread',
    target: '≤ 2.5 ms',
    times: { one: [], ours: [] },
    answers: '',
    async run(script, ask, counts) {
      const one = await script.ask({ task: 'forest', n_estimators: N_TREES });
      const ours = await ask(forestInPage, { n_estimators: N_TREES });
      if (!counts) return;
      task.times.one.push(one.ms / N_TREES);
      task.times.ours.push(ours.ms / N_TREES);
      task.answers = one.trees === digestOfTrees(ours.trees) ? 'equal, every tree' : 'other trees';
    },
  };
  return task;
}

function generateTask(n_samples) {
  const data = { n_samples, n_features: 10, random_state: 0 };
  const task = {
    title: `make_classification, 10${superscript(Math.log10(n_samples))}×10`,
    target: '≥ 3×',
    times: { one: [], ours: [] },
    answers: '',
    async run(script, ask, counts) {
      const one = await script.ask({ task: 'generate', ...data });
      const ours = await ask(generateInPage, { data, stride: STRIDE });
      if (!counts) return;
      task.times.one.push(one.ms);
      task.times.ours.push(ours.ms);
      task.answers = compareData(one, ours);
    },
  };
  return task;
}

const superscript = (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit];
