import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/run.mjs';
import { selected, suites, testFiles } from '../../scripts/suites.mjs';

describe('npm test -- NAME…', () => {
  const labels = (...names: string[]) => selected(suites(), names).map(({ label }: { label: string }) => label);

  it('without a name is all but what needs a Python of its own', () => {
    expect(labels()).toContain('cargo fmt');
    expect(labels()).toContain('Playwright, two at a time');
    expect(labels()).not.toContain('Python');
    expect(labels()).toHaveLength(suites().length - 1);
  });

  it('is all of that name, in their own order', () => {
    expect(labels('python', 'biome', 'test')).toEqual(['cargo test, threads', 'cargo test, single', 'Biome', 'Python']);
  });

  it('names those that there are where one is unknown', () => {
    expect(() => labels('vitest', 'jest')).toThrow(
      "There is no test suite 'jest'; there are fmt, clippy, test, loom, web, vitest, biome, tsc, playwright, engines, python.",
    );
  });
});

describe('all files of tests in one call', () => {
  const begun = (name: string, passed: number, failed = 0) =>
    `     Running tests/${name}.rs (target/${name}.wasm)\ntest result: ok. ${passed} passed; ${failed} failed; 0 ignored\n`;

  /** With a cargo of these answers; the calls that it had, and what came of them. */
  async function called(answers: Record<string, { code: number; output: string }>) {
    const calls: string[] = [];
    const { passed, failed } = await testFiles(['a', 'b', 'c'], async (files: string[]) => {
      calls.push(files.join());
      return answers[files.join()] ?? { code: 0, output: files.map((name) => begun(name, 1)).join('') };
    });
    return [calls, passed, failed];
  }

  it('are one call where none fails', async () => {
    expect(await called({})).toEqual([['a,b,c'], 3, 0]);
  });

  it('are another one after a file that fails', async () => {
    const answers = { 'a,b,c': { code: 101, output: begun('a', 4) + begun('b', 2, 1) } };
    expect(await called(answers)).toEqual([['a,b,c', 'c'], 7, 1]);
  });

  it('and another one after one that says nothing of its tests', async () => {
    const answers = { 'a,b,c': { code: 101, output: 'Running tests/a.rs (target/a.wasm)\nno browser' } };
    expect(await called(answers)).toEqual([['a,b,c', 'b,c'], 2, 1]);
  });

  it('have a call each where one does not compile', async () => {
    const broken = { code: 101, output: 'error[E0425]: cannot find value' };
    expect(await called({ 'a,b,c': broken, b: broken })).toEqual([['a,b,c', 'a', 'b', 'c'], 2, 1]);
  });
});

describe('.ci/run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'npm-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** With an npm that says and ends as it is told: at first for `npm test`, then for `npm test -- python`. */
  function ci(all: string, python: string) {
    const npm = join(folder, 'npm');
    writeFileSync(npm, `#!/bin/sh\ncase "$*" in *python) ${python};; *) ${all};; esac\n`);
    chmodSync(npm, 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const { status, stdout } = spawnSync(join(ROOT, '.ci/run'), { env, encoding: 'utf8' });
    return [stdout, status];
  }
  const ends = (passed: number, failed: number, code: number) =>
    `echo '${passed} passed, ${failed} failed'; exit ${code}`;

  it.each([
    ['both are good', ends(10, 0, 0), ends(2, 0, 0), '12 passed, 0 failed', 0],
    ['one has failures', ends(9, 1, 1), ends(2, 0, 0), '11 passed, 1 failed', 1],
    ['the other has', ends(10, 0, 0), ends(0, 2, 1), '10 passed, 2 failed', 1],
    ['both have', ends(8, 2, 1), ends(1, 1, 1), '9 passed, 3 failed', 1],
    ['one breaks off without a sum', 'exit 1', ends(2, 0, 0), '2 passed, 1 failed', 1],
    ['one says nothing and calls it good', ends(10, 0, 0), 'exit 0', '10 passed, 1 failed', 1],
    ['one ends badly without a failure', ends(10, 0, 1), ends(2, 0, 0), '12 passed, 1 failed', 1],
  ])('where %s', (_, all, python, line, code) => {
    expect(ci(all, python)).toEqual([`${line}\n`, code]);
  });
});
