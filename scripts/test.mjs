// npm test [-- NAME…]: prepares the machine, builds, runs the suites to the end whatever fails, and sums up.
// The last line is `N passed, N failed`. What compiles runs in two rows beside each other; what measures runs after
// that, with nothing beside it.
import { build, packages } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { ensureFirefox } from './firefox.mjs';
import { Fail, log, main, seconds } from './run.mjs';
import { ROWS, selected, suites } from './suites.mjs';
import { checkNode } from './toolchain/host.mjs';
import { wasmToolchain } from './toolchain/index.mjs';
import { python } from './toolchain/python.mjs';
import { wasmPack } from './toolchain/tools.mjs';
import { ensureWebKit } from './webkit.mjs';

const PREPARATIONS = {
  packages,
  toolchain: wasmToolchain,
  build,
  'wasm-pack': wasmPack,
  chromium: () => ensureChromium({ driver: true }),
  firefox: ensureFirefox,
  webkit: ensureWebKit,
  python,
};

const total = { passed: 0, failed: 0 };
const broken = new Set();
/** By what they are of: suites end in another order than they are listed in. */
const failures = new Map();
const retried = [];

/** What belongs together is logged at once: another row may be at work. */
function count(name, { passed, failed, reason, names = [], flaky = [], output }, since) {
  total.passed += passed;
  total.failed += failed;
  const line = `${failed ? '✗' : '✓'} ${name}: ${passed} passed, ${failed} failed${reason ? ` (${reason})` : ''} (${seconds(since)})`;
  log(failed && output ? `${line}\n${output.trimEnd()}` : line);
  retried.push(...flaky);
  if (failed) failures.set(name, [`✗ ${name}: ${reason ?? `${failed} failed`}`, ...names.map((one) => `  ${one}`)]);
}

const failure = (error) => ({
  passed: 0,
  failed: 1,
  reason: 'see below',
  output: error instanceof Fail ? error.message : error.stack,
});

const preparing = (name) => `Preparing: ${name}`;

/** A preparation is no test, so it counts only when it fails. */
async function prepare(name, work) {
  const since = performance.now();
  try {
    await work();
  } catch (error) {
    broken.add(name);
    count(preparing(name), failure(error), since);
  }
}

async function runSuite({ label, needs, run }) {
  const since = performance.now();
  const lacking = needs.filter((need) => broken.has(need));
  if (lacking.length > 0) {
    count(label, { passed: 0, failed: 1, reason: `not run: ${lacking.join(' and ')} could not be prepared` }, since);
    return;
  }
  log(`· ${label} …`);
  count(label, await run().catch(failure), since);
}

await main(async () => {
  const since = performance.now();
  checkNode();
  const chosen = selected(suites(), process.argv.slice(2));
  const needed = new Set(chosen.flatMap(({ needs }) => needs));
  const preparations = Object.keys(PREPARATIONS).filter((name) => needed.has(name));
  const inRow = async (row) => {
    for (const suite of chosen) if (suite.row === row) await runSuite(suite);
  };
  const others = async () => {
    for (const name of preparations) await prepare(name, PREPARATIONS[name]);
    await inRow(ROWS.prepared);
  };
  await Promise.all([inRow(ROWS.native), others()]);
  await inRow(ROWS.alone);
  log(`\nAll of it took ${seconds(since)}.`);
  for (const one of retried) log(`~ passed only when tried again: ${one}`);
  const listed = [...preparations.map(preparing), ...chosen.map(({ label }) => label)];
  for (const line of listed.flatMap((name) => failures.get(name) ?? [])) log(line);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) process.exitCode = 1;
});
