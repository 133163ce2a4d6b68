import { describe, expect, it } from 'vitest';
import { playwrightCounts, rustCounts, unittestCounts, verdict, vitestCounts } from '../../scripts/counts.mjs';

describe('counting tests', () => {
  it('sums the binaries of cargo test', () => {
    const output = [
      'test a_kernel ... ok',
      'test a::b ... FAILED',
      'test in_a_browser ... \u001b[31mFAIL\u001b[0m',
      'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s',
      'test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    ].join('\n');
    expect(rustCounts(output)).toEqual({ passed: 4, failed: 2, names: ['a::b', 'in_a_browser'] });
  });

  it('reads the reports of Vitest and Playwright', () => {
    const assertionResults = [
      { status: 'passed', fullName: 'adds' },
      { status: 'failed', fullName: 'subtracts' },
    ];
    const vitest = { numPassedTests: 5, numFailedTests: 1, testResults: [{ assertionResults }] };
    expect(vitestCounts(vitest)).toEqual({ passed: 5, failed: 1, names: ['subtracts'] });
    const spec = (title: string, ok: boolean, status = '') => ({
      file: 'a.spec.ts',
      line: 7,
      title,
      ok,
      tests: [{ status }],
    });
    const suites = [
      { specs: [spec('opens', true)], suites: [{ specs: [spec('closes', false), spec('waits', true, 'flaky')] }] },
    ];
    const stats = { expected: 4, unexpected: 1, flaky: 1 };
    const [names, flaky] = [['a.spec.ts:7 closes'], ['a.spec.ts:7 waits']];
    expect(playwrightCounts({ stats, errors: [{}], suites })).toEqual({ passed: 5, failed: 2, names, flaky });
  });

  it('reads what unittest prints', () => {
    const counts = (last: string) =>
      unittestCounts(`.F.E\n----\nFAIL: test_a (b.C.test_a)\nRan 7 tests in 1.234s\n\n${last}\n`);
    expect(counts('OK')).toEqual({ passed: 7, failed: 0, names: ['test_a (b.C.test_a)'] });
    expect(counts('OK (skipped=2)')).toEqual({ passed: 5, failed: 0, names: ['test_a (b.C.test_a)'] });
    expect(counts('FAILED (failures=1, errors=2, skipped=1)')).toEqual({
      passed: 3,
      failed: 3,
      names: ['test_a (b.C.test_a)'],
    });
    expect(unittestCounts('Traceback …\nModuleNotFoundError')).toEqual({ passed: 0, failed: 0, names: [] });
  });

  it('never takes a suite that ran nothing, or ended badly, for a pass', () => {
    expect(verdict(0, { passed: 0, failed: 0 })).toMatchObject({ passed: 0, failed: 1 });
    expect(verdict(101, { passed: 3, failed: 0 })).toMatchObject({ passed: 3, failed: 1 });
    expect(verdict(0, { passed: 3, failed: 0 })).toMatchObject({ passed: 3, failed: 0 });
  });
});
