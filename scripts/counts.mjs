// How many tests a runner ran, and which of them failed, from what it printed or wrote.
import { existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** Without colours. */
const names = (output, pattern) => [
  ...new Set([...stripVTControlCharacters(output).matchAll(pattern)].map(([, name]) => name)),
];

/** cargo test and wasm-bindgen's runner print a line for each test and one for each binary. */
export function rustCounts(output) {
  const counts = { passed: 0, failed: 0, names: names(output, /^test (.+?) \.\.\. (?:FAILED|FAIL)$/gm) };
  for (const [, passed, failed] of output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed/gm)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
  }
  return counts;
}

export function vitestCounts(report) {
  const all = (report.testResults ?? []).flatMap(({ assertionResults = [] }) => assertionResults);
  const failed = all.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  return { passed: report.numPassedTests, failed: report.numFailedTests, names: failed };
}

/** A flaky test passed in the end; errors outside of tests count as failures. */
export function playwrightCounts(report) {
  const { expected, unexpected, flaky } = report.stats;
  const specs = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specs)];
  const named = (is) =>
    specs(report)
      .filter(is)
      .map(({ file, line, title }) => `${file}:${line} ${title}`);
  return {
    passed: expected + flaky,
    failed: unexpected + report.errors.length,
    names: named(({ ok }) => !ok),
    flaky: named(({ tests = [] }) => tests.some(({ status }) => status === 'flaky')),
  };
}

/** Python's unittest: how many ran, and below it how many of them did not pass. */
export function unittestCounts(output) {
  const [, ran] = output.match(/^Ran (\d+) tests?/m) ?? [null, 0];
  const [, rest = ''] = output.match(/^(?:OK|FAILED) \((.*)\)$/m) ?? [];
  const of = (kind) => Number(rest.match(new RegExp(`(?:^|, )${kind}=(\\d+)`))?.[1] ?? 0);
  const failed = of('failures') + of('errors') + of('unexpected successes');
  const told = names(output, /^(?:FAIL|ERROR|UNEXPECTED SUCCESS): (.+)$/gm);
  return { passed: Math.max(0, ran - failed - of('skipped')), failed, names: told };
}

export function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

/** What counts in the end: a runner that failed has a failure, and one that ran nothing has not passed. */
export function verdict(code, { passed, failed, names = [], flaky = [] }) {
  if (code !== 0 && failed === 0) return { passed, failed: 1, reason: `ended with exit code ${code}` };
  if (passed + failed === 0) return { passed: 0, failed: 1, reason: 'ran no test' };
  return { passed, failed, names, flaky };
}
