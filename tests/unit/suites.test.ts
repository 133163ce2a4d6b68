import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/run.mjs';
import { ROWS, selected, suites } from '../../scripts/suites.mjs';

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

  it('has three rows: of cargo’s own folder, of what is prepared, and of what has the machine to itself', () => {
    const inRow = (row: string) => new Set(suites().flatMap((suite) => (suite.row === row ? [suite.label] : [])));
    const rows = [ROWS.native, ROWS.prepared, ROWS.alone].map(inRow);
    expect(rows.reduce((sum, { size }) => sum + size, 0)).toBe(suites().length);
    const [native, prepared, alone] = rows.map((labels) => [...labels].join(', '));
    expect(native).toMatch(/^cargo fmt, clippy, .*cargo test, threads, cargo test, single, .*loom$/);
    expect(prepared).toMatch(/^clippy, wasm threads, .*wasm-pack test, single, .*Vitest, Biome, tsc/);
    expect(alone).toMatch(/^Playwright, two at a time, Playwright, what measures, Playwright, three engines, Python$/);
  });

  it('names those that there are where one is unknown', () => {
    expect(() => labels('vitest', 'jest')).toThrow(
      "There is no test suite 'jest'; there are fmt, clippy, test, loom, web, vitest, biome, tsc, playwright, engines, python.",
    );
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
