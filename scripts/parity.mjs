// npm run parity -- [--seeds N] [--from N] [--estimator NAME] [--no-build]
// Compares the built product, in a headless Chromium, with live scikit-learn over random valid settings: prints every
// difference, then a table; the exit code says whether there was one.
import { parseArgs } from 'node:util';
import { inBrowser } from './browser.mjs';
import { build } from './build.mjs';
import { gridSearchCV, makeClassification, trainTestSplit } from './parity/data-parts.mjs';
import { linearSvc, logisticRegression } from './parity/linear-parts.mjs';
import { gaussianNb, randomForest } from './parity/model-parts.mjs';
import { Totals } from './parity/totals.mjs';
import { PythonScript } from './python.mjs';
import { Fail, log, main, seconds } from './run.mjs';
import { markdownTable } from './table.mjs';
import { python, pythonEnvironment } from './toolchain/python.mjs';

const PARTS = [
  makeClassification,
  trainTestSplit,
  gridSearchCV,
  gaussianNb,
  logisticRegression,
  linearSvc,
  randomForest,
];
const NAMES = PARTS.map(({ name }) => name);
const USAGE = `npm run parity -- [--seeds N] [--from N] [--estimator ${NAMES.join('|')}] [--no-build]`;

function commandLine() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '200' },
        from: { type: 'string', default: '0' },
        estimator: { type: 'string', multiple: true, default: NAMES },
        'no-build': { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new Fail(`${error.message}\nUsage: ${USAGE}`);
  }
  const whole = (name, least) => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < least)
      throw new Fail(`--${name} takes a whole number from ${least}, not '${values[name]}'.`);
    return value;
  };
  const unknown = values.estimator.find((name) => !NAMES.includes(name));
  if (unknown) throw new Fail(`--estimator is one of ${NAMES.join(', ')}, not '${unknown}'.`);
  return {
    count: whole('seeds', 1),
    from: whole('from', 0),
    skipBuild: values['no-build'],
    parts: PARTS.filter(({ name }) => values.estimator.includes(name)),
  };
}

/** Runs in the page. */
async function loadEngines(threads) {
  const { load } = await import(new URL('breakeven.js', document.baseURI).href);
  globalThis.engines = [];
  for (const n_threads of threads) globalThis.engines.push(await load({ n_threads, tier: 'threads' }));
}

/** A case as the page gets it: settings, and its data with their shape in numbers. */
function question(part, { settings, data = {} }) {
  const { X, y, new: fresh } = data;
  const rows = X && { X, n: X.shape[0], d: X.shape[1] };
  return {
    estimator: part.name,
    settings,
    proba: part.proba ?? false,
    y,
    ...rows,
    ...(fresh && { fresh, n_fresh: fresh.shape[0] }),
  };
}

/** A page's error comes back as text: its code stands before it. */
const refusal = (error) => ({ what: 'refused', wanted: 'an answer', got: error.message.split('\n')[0], apart: 1 });

async function differences(part, line, totals, ask) {
  const asked = question(part, line);
  try {
    const got = await ask(part.ask, asked);
    return part.compare({ ...line, data: asked }, got, totals).filter(Boolean);
  } catch (error) {
    // A page that crashed answers nothing any more.
    if (error instanceof Fail) throw error;
    return [refusal(error)];
  }
}

async function comparePart(part, program, { from, count }, ask) {
  const since = performance.now();
  const totals = new Totals();
  log(`· ${part.name} …`);
  const script = new PythonScript(
    program,
    'parity.py',
    [part.name, from, count],
    pythonEnvironment({ followed: true }),
  );
  try {
    for await (const line of script.lines) {
      if (line.versions) {
        totals.versions = line.versions;
        continue;
      }
      const found = await differences(part, line, totals, ask);
      totals.settings++;
      totals.differences += found.length;
      for (const each of found) print(part.name, line, each);
    }
  } finally {
    script.end();
  }
  const last = part.finish?.(totals);
  if (last) {
    totals.differences++;
    print(part.name, { seed: 'all', settings: {} }, last);
  }
  log(`${totals.differences ? '✗' : '✓'} ${part.name}: ${totals.settings} settings (${seconds(since)})`);
  return totals;
}

function print(name, { seed, settings }, { what, wanted, got, apart }) {
  const off = typeof apart === 'number' ? apart.toPrecision(3) : apart;
  console.log(
    `${name}, seed ${seed}: ${what}: scikit-learn ${wanted}, Breakeven ${got} (${off})\n    ${JSON.stringify(settings)}`,
  );
}

await main(async () => {
  const { parts, skipBuild, ...range } = commandLine();
  if (!skipBuild) await build();
  const program = await python();
  const results = await inBrowser(async ({ ask, version }) => {
    await ask(loadEngines, [1, 2]);
    const all = [];
    for (const part of parts) all.push({ part, totals: await comparePart(part, program, range, ask) });
    return { all, version };
  });
  const { scikit_learn, numpy, python: pythonVersion, blas } = results.all[0].totals.versions;
  const seeds = `${range.from} to ${range.from + range.count - 1}`;
  console.log(
    `\nSeeds ${seeds}; scikit-learn ${scikit_learn}, numpy ${numpy}, ${blas}, Python ${pythonVersion}; Chromium ${results.version}, one and two threads.\n`,
  );
  const rows = results.all.map(({ part, totals }) => [
    part.name,
    totals.settings,
    totals.differences,
    part.summary(totals),
  ]);
  console.log(markdownTable(['', 'settings', 'differences', 'worst deviation'], rows));
  if (results.all.some(({ totals }) => totals.differences > 0)) process.exitCode = 1;
});
