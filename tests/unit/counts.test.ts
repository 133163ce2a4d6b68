import { describe, expect, it } from 'vitest';
import { playwrightCounts, rustCounts, unittestCounts, verdict, vitestCounts } from '../../scripts/counts.mjs';

describe('counting tests', () => {
  it('sums the binaries of cargo test', () => {
    const output = [
      'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s',
      'test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    ].join('\n');
    expect(rustCounts(output)).toEqual({ passed: 4, failed: 2 });
  });

  it('reads the reports of Vitest and Playwright', () => {
    expect(vitestCounts({ numPassedTests: 5, numFailedTests: 1 })).toEqual({ passed: 5, failed: 1 });
    const stats = { expected: 4, unexpected: 1, flaky: 1 };
    expect(playwrightCounts({ stats, errors: [{}] })).toEqual({ passed: 5, failed: 2 });
  });

  it('reads what unittest prints', () => {
    const counts = (last: string) => unittestCounts(`.F.E\n----\nRan 7 tests in 1.234s\n\n${last}\n`);
    expect(counts('OK')).toEqual({ passed: 7, failed: 0 });
    expect(counts('OK (skipped=2)')).toEqual({ passed: 5, failed: 0 });
    expect(counts('FAILED (failures=1, errors=2, skipped=1)')).toEqual({ passed: 3, failed: 3 });
    expect(unittestCounts('Traceback …\nModuleNotFoundError')).toEqual({ passed: 0, failed: 0 });
  });

  it('never takes a suite that ran nothing, or ended badly, for a pass', () => {
    expect(verdict(0, { passed: 0, failed: 0 })).toMatchObject({ passed: 0, failed: 1 });
    expect(verdict(101, { passed: 3, failed: 0 })).toMatchObject({ passed: 3, failed: 1 });
    expect(verdict(0, { passed: 3, failed: 0 })).toEqual({ passed: 3, failed: 0 });
  });
});
