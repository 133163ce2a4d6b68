// npm run experiment -- --help tells what it takes.
// Runs the experiment in a headless Chromium against the built site: progress on stderr, the report on stdout or in a file.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inBrowser } from './browser.mjs';
import { build } from './build.mjs';
import { checkOut, writeOut } from './out.mjs';
import { Fail, log, main } from './run.mjs';

/** Where the page finds a table of the user's. */
const TABLES = '/own-table/';
const TIERS = ['threads', 'workers', 'serial'];
const USAGE = `npm run experiment -- [--config file.json] [--classifiers NB,RF] [--out report.json]
                      [--tier threads|workers|serial] [--with-table] [--no-build]
A table of your own lies beside the file that names it: { "data": { "file": "table.csv", "target": "class" } }. A report has
its name, size and hash; a table that is written into the settings (data.csv) is left out unless --with-table is given.
The file holds an experiment, or a report, whose experiment is run again. An experiment has the settings that the page's
address and the element's attributes have; what is left out is the notebook's. For example:
  {
    "data": { "n_samples": 5000, "random_state": 7 },
    "classifiers": "NB RF",
    "sweep": { "preset": "quick", "batch_sizes": [10, 1000, 100000] }
  }
Classifiers are the notebook's by name, separated by spaces or commas, here and everywhere else; in the file they may be
objects with an estimator and a param_grid, too. --classifiers goes before those of the file.`;

function commandLine() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        config: { type: 'string' },
        classifiers: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        out: { type: 'string' },
        tier: { type: 'string' },
        'with-table': { type: 'boolean' },
        'no-build': { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new Fail(`${error.message}\nUsage: ${USAGE}`);
  }
  if (values.tier && !TIERS.includes(values.tier))
    throw new Fail(`--tier is one of ${TIERS.join(', ')}, not '${values.tier}'.`);
  return values;
}

/** The experiment in a file: that of a report, or one by itself. Its fields are checked by runExperiment, which knows them. */
function readConfig(file) {
  if (!file) return {};
  let config;
  try {
    config = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Fail(
      error.code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read as JSON: ${error.message}`,
    );
  }
  if (config === null || typeof config !== 'object' || Array.isArray(config))
    throw new Fail(`${file} has to hold a JSON object.`);
  if (config.format !== 'breakeven-report') return config;
  if (config.experiment === null || typeof config.experiment !== 'object')
    throw new Fail(`${file} is a report without its experiment.`);
  return config.experiment;
}

/** The table that settings name: beside their file. */
function tableOf({ data }, file) {
  if (typeof data?.file !== 'string') return null;
  if (basename(data.file) !== data.file)
    throw new Fail(`data.file is '${data.file}': name a file beside ${file}, without a folder.`);
  const path = resolve(dirname(resolve(file ?? '.')), data.file);
  if (!existsSync(path)) throw new Fail(`${file} names a table that is not there: ${path}`);
  return path;
}

/** All of those that are trained are swept, whatever the file says. */
function withClassifiers(config, classifiers) {
  if (classifiers === undefined) return config;
  const { models: _, ...sweep } = config.sweep ?? {};
  return { ...config, classifiers, sweep };
}

/** One line for each new stage, and for each tenth of a long one. */
function progressPrinter() {
  let last = '';
  return ({ stage, done, total, detail }) => {
    const tenths = total > 0 ? Math.floor((10 * done) / total) : 0;
    if (last === `${stage} ${tenths}`) return;
    last = `${stage} ${tenths}`;
    log(`  ${stage} ${done}/${total}${detail ? `  ${detail}` : ''}`);
  };
}

/** Runs in the page. Errors come back as values: thrown ones would lose their code on the way. */
async function inPage({ config, tier, with_table, table }) {
  try {
    if (table) {
      const response = await fetch(table.url);
      if (!response.ok) throw new Error(`${table.name} cannot be read as a file: ${response.status}`);
      config.data = { ...config.data, file: new File([await response.blob()], table.name) };
    }
    const { load, runExperiment } = await import(new URL('breakeven.js', document.baseURI).href);
    const engine = await load({ ...(tier && { tier }), ...(config.n_threads && { n_threads: config.n_threads }) });
    const report = await runExperiment(engine, config, {
      with_table,
      onProgress: (progress) => globalThis.breakevenProgress(progress),
    });
    await engine.dispose();
    return { report: JSON.stringify(report, null, 2) };
  } catch (error) {
    return { error: { code: error?.code, message: error?.message ?? String(error) } };
  }
}

async function runExperiment({ page, ask }, task) {
  await page.exposeFunction('breakevenProgress', progressPrinter());
  const { report, error } = await ask(inPage, task);
  if (error) throw new Fail(error.code ? `${error.code}: ${error.message}` : error.message);
  return report;
}

await main(async () => {
  const {
    config: file,
    classifiers,
    help,
    out,
    tier,
    'with-table': with_table = false,
    'no-build': built,
  } = commandLine();
  if (help) return console.log(USAGE);
  const config = withClassifiers(readConfig(file), classifiers);
  if (out) checkOut(out);
  if (!built) await build();
  const path = tableOf(config, file);
  const table = path && { url: `${TABLES}${encodeURIComponent(basename(path))}`, name: basename(path) };
  const beside = path ? { [TABLES]: dirname(path) } : {};
  const report = await inBrowser((browser) => runExperiment(browser, { config, tier, with_table, table }), beside);
  if (!out) return console.log(report);
  writeOut(out, report);
  log(`✓ Report written to ${out}`);
});
