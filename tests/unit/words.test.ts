import { describe, expect, test } from 'vitest';
import { isRange, summary } from '../../scripts/lab/repeat.mjs';
import type { BreakEven } from '../../www/api/types.js';
import { about, count, counted, digits, duration, timeLeft } from '../../www/experiment/format.js';
import * as words from '../../www/experiment/words.js';
import { breakEven, CAPACITY, environmentOf, SIZES, sweep, without } from './measured.js';

const ABOUT = { n_threads: 2, sizes: SIZES, capacity: CAPACITY };
const say = (found: BreakEven, about: Parameters<typeof words.breakEvenSentence>[1] = ABOUT) =>
  words.breakEvenSentence(found, about);

describe('busy over wall', () => {
  test.each([
    [0.9998, 'only one core at work, not parallel'],
    [1.0338, 'only one core'],
    [1.9948, 'parallel already'],
    [2.7214, 'parallel already'],
    [0.1467, '85 % of the time'],
    [Number.NaN, 'clock'],
  ])('busy / wall = %d: %s', (ratio, part) => expect(words.busyPerWallSentence(ratio)).toContain(part));
});

describe('one break-even', () => {
  test('pays from a size, with its interval', () => {
    expect(say(breakEven())).toBe('2 threads are faster than serial from about 290 rows (95 %: 250 to 330).');
    expect(say(breakEven({ ci95: null }))).toBe('2 threads are faster than serial from about 290 rows.');
  });

  test('pays up to a size, where it does not at larger ones', () => {
    expect(say(breakEven({ n_rows: 121, to_rows: 3_010_000, ci95: [80, 212] }))).toBe(
      '2 threads are faster than serial from about 120 up to about 3,000,000 rows (95 %: 80 to 210).',
    );
  });

  test('between runs only numbers that are told are compared, and the intervals of all', () => {
    const cases: [number, number][] = [
      [74, 2408],
      [100, 400],
      [100, 401],
      [1, 17],
      [1, 18],
    ];
    const told = (ci95: [number, number] | null) => breakEven({ n_rows: 100, ci95 });
    for (const ci95 of [...cases, null]) expect(isRange(told(ci95)), `${ci95}`).toBe(words.isWide(told(ci95)));
    const runs = [breakEven(), breakEven({ n_rows: 310 }), breakEven({ n_rows: 900, ci95: [74, 2408] })];
    const { NB } = summary(runs.map((found) => ({ first: null, told: { NB: found } })));
    expect(NB).toMatchObject({ rows: [286, 310], median: 298, n_ranges: 1, n_pays: 3, n_hold: 3 });
  });

  test('pays at the smallest batch already', () => {
    const smallest = breakEven({ n_rows: 10, ci95: [10, 11] });
    expect(say(smallest)).toContain('from 10 rows, the smallest batch measured (95 %: 10 to 11).');
    // Below it nothing was measured.
    expect(say(breakEven({ n_rows: 10, ci95: [8, 13] }))).toContain('measured (95 %: at most 13).');
    expect(say(breakEven({ n_rows: 9, ci95: [8, 9] }))).toContain(
      'from 10 rows, the smallest batch measured (95 %: at most 10).',
    );
    expect(say(breakEven({ n_rows: 12, ci95: [8, 18] }))).toContain('from about 12 rows (95 %: at most 18).');
    // So wide an interval holds no number that a second run would find.
    const wide = breakEven({ n_rows: 350, ci95: [74, 2408] });
    expect(say(wide)).toBe('2 threads are faster than serial from somewhere between 74 and 2,400 rows (95 %).');
    expect(say({ ...wide, to_rows: 90_000 })).toContain('between 74 and 2,400 up to about 90,000 rows (95 %).');
    expect(say({ ...wide, ci95: [4, 2408] })).toContain('between 10 and 2,400 rows');
    expect(say(breakEven({ n_rows: 12, ci95: [10, 24] }))).toContain('from about 12 rows');
    expect(say(breakEven({ n_rows: 1, ci95: null }), { n_threads: 2 })).toContain('from about 1 row.');
  });

  test('never pays', () => {
    expect(say(without('never_pays'))).toBe(
      '2 threads are slower than serial at every size measured, 10 to 100,000 rows.',
    );
    expect(say(without('never_pays'), { n_threads: 1 })).toBe('1 thread is slower than serial at every size measured.');
  });

  test.each<[BreakEven['reason'], string]>([
    [
      'cores_taken',
      'another program is using your cores: 2 threads had at times as little as 1.04 cores at the same time, where each wants one',
    ],
    ['page_hidden', 'the page was hidden, and browsers slow down what nobody sees'],
    ['clock', 'its calls are too short for this browser’s clock'],
    ['budget', 'there was no time for enough rounds'],
    ['noise', 'what was measured does not tell serial and 2 threads apart'],
    [null, 'the measurements do not decide yet'],
  ])('is unclear: %s', (reason, why) =>
    expect(say(without('unclear', { reason }))).toBe(
      `Whether 2 threads are faster than serial is unclear, because ${why}.`,
    ),
  );

  test('that cores were taken in many of the rounds is told before what followed from it', () => {
    const found = without('unclear', { reason: 'budget' });
    const capacity = { n_threads: 2, median_cores: 1.9, worst_cores: 0.4, n_rounds: 4, n_disturbed: 1 };
    expect(say(found, { n_threads: 2, capacity })).toBe(
      'Whether 2 threads are faster than serial is unclear, because another program used your cores in 1 of 4 rounds, ' +
        'and the others do not decide.',
    );
    expect(say(found, { n_threads: 2, capacity: { ...capacity, n_rounds: 5 } })).toContain('no time for enough rounds');
  });

  test('cores that were taken are told by how many were left', () => {
    const taken = without('unclear', { reason: 'cores_taken' });
    const half = { ...CAPACITY, median_cores: 1.01, n_disturbed: 6 };
    expect(say(taken, { ...ABOUT, capacity: half })).toContain(
      'using your cores: 2 threads had 1.01 cores at the same time, where each wants one.',
    );
    const always = { ...CAPACITY, median_cores: 1, n_disturbed: 12 };
    expect(say(taken, { ...ABOUT, capacity: always })).toContain(
      'or there are fewer than this browser tells: 2 threads had 1.00 cores at the same time, where each wants one.',
    );
    expect(say(taken, { ...ABOUT, capacity: null })).toMatch(/another program is using your cores\.$/);
  });

  test('more threads than cores are the reason, before other programs', () => {
    const about = { n_threads: 8, n_cores: 2, sizes: SIZES, capacity: { ...CAPACITY, n_threads: 8, n_disturbed: 12 } };
    for (const reason of ['cores_taken', 'noise'] as const)
      expect(say(without('unclear', { reason }), about)).toMatch(
        /because there are more threads than cores: 8 threads on 2 cores\.$/,
      );
    expect(say(without('never_pays'), about)).toBe(
      '8 threads are slower than serial at every size measured, 10 to 100,000 rows, with more threads than cores: ' +
        '8 threads on 2 cores.',
    );
    expect(say(breakEven(), about)).not.toContain('cores');
    expect(say(without('unclear', { reason: 'cores_taken' }), { ...about, n_threads: 2 })).toContain('another program');
  });

  test('nor are there more cores than the threads ever had when nothing else was at work', () => {
    const capacity = { n_threads: 8, median_cores: 3.9, worst_cores: 3.8, n_rounds: 10, n_disturbed: 0 };
    const about = { n_threads: 8, n_cores: 64, sizes: SIZES, capacity };
    expect(say(without('unclear', { reason: 'noise' }), about)).toContain(
      'there are more threads than cores: 8 threads had 3.90 cores at the same time.',
    );
    const disturbed = { ...about, capacity: { ...capacity, n_disturbed: 5 } };
    expect(say(without('unclear', { reason: 'noise' }), disturbed)).toContain('another program used your cores');
  });

  test('what handing work over takes, and how often the threads were farther apart', () => {
    expect(words.handOverWords(CAPACITY)).toBe(
      '0.43 µs; 12 % of the samples, whose threads were farther apart, are left out',
    );
    expect(words.handOverWords({ ...CAPACITY, apart: 0 })).toBe('0.43 µs');
    expect(words.handOverWords({ ...CAPACITY, hand_over_us: 12.3, apart: 0 })).toBe('12 µs');
    expect(words.handOverWords({ ...CAPACITY, hand_over_us: 451, apart: 0 })).toBe(
      '450 µs; a few are usual: the machine was loaded, or has fewer cores than threads',
    );
    const { n_threads, median_cores, worst_cores, n_rounds, n_disturbed } = CAPACITY;
    // A report of before it was measured.
    expect(words.handOverWords({ n_threads, median_cores, worst_cores, n_rounds, n_disturbed })).toBeNull();
  });

  test('other strategies go by their names', () => {
    expect(say(breakEven({ strategy: 'workers' }))).toMatch(/^2 isolated workers are faster/);
    expect(say(breakEven({ strategy: 'workers' }), { n_threads: 1 })).toMatch(/^1 isolated worker is faster/);
    expect(say(breakEven())).not.toContain('worker');
    expect(say(breakEven({ strategy: 'async' }))).toMatch(/^Async is faster/);
    expect(words.breakEvenSentence(breakEven())).toMatch(/^Threads are faster/);
  });
});

describe('a sweep’s title', () => {
  const title = (found: BreakEven[], more = {}) => words.sweepSentence('NB', sweep({ break_even: found, ...more }));

  test('tells of threads, whatever else pays earlier', () => {
    expect(title([breakEven({ strategy: 'workers', n_rows: 50 }), breakEven()])).toBe(
      'NB: 2 threads pay from about 290 rows',
    );
    expect(title([breakEven({ strategy: 'workers' })])).toBe('NB: 2 isolated workers pay from about 290 rows');
  });

  test('and of ranges, of none, of unclear ones', () => {
    expect(title([breakEven({ to_rows: 90_000 })])).toBe('NB: 2 threads pay from about 290 up to about 90,000 rows');
    expect(title([without('never_pays')])).toBe('NB: serial is faster than 2 threads at every size measured');
    expect(title([without('unclear', { reason: 'budget' })])).toBe(
      'NB: no clear break-even, because there was no time for enough rounds',
    );
    const unclear = sweep({ break_even: [without('unclear', { reason: 'budget' })] });
    expect(words.sweepSentence('NB', unclear, false)).toBe('NB: no clear break-even');
    expect(title([])).toBe('NB: nothing to compare with serial');
  });

  test('one thread pays, several pay', () => {
    const points = sweep().points.map((point) => ({ ...point, n_threads: 1 }));
    expect(title([breakEven()], { points })).toBe('NB: 1 thread pays from about 290 rows');
    expect(words.sweepSentence('NB', { break_even: [breakEven()] })).toBe('NB: threads pay from about 290 rows');
  });
});

describe('the verdict', () => {
  const of = (...found: BreakEven[]) => sweep({ break_even: found });

  test('names every classifier, each with its interval, its range or its reason', () => {
    const sweeps = {
      NB: of(breakEven()),
      LR: of(breakEven({ n_rows: 121, to_rows: 3_010_000, ci95: [80, 212] })),
      SVC: of(without('never_pays')),
      RF: of(without('unclear', { reason: 'clock' })),
      KNN: of(without('unclear', { reason: 'clock' })),
      DT: of(),
    };
    expect(words.verdict(sweeps, 2)).toBe(
      'On this machine, parallel prediction with 2 threads pays from about 290 rows (95 %: 250 to 330) for NB and from ' +
        'about 120 up to about 3,000,000 rows (95 %: 80 to 210) for LR; it never pays for SVC, slower than serial at every ' +
        'size measured; it has no clear break-even for RF and KNN, because its calls are too short for this browser’s clock; ' +
        'it was not measured for DT.',
    );
  });

  test('speaks of one strategy: not of the one that happens to be best', () => {
    const both = of(breakEven({ strategy: 'workers', n_rows: 12 }), without('never_pays'));
    expect(words.verdict({ NB: both }, 2)).toBe(
      'On this machine, parallel prediction with 2 threads never pays for NB, slower than serial at every size measured.',
    );
    expect(words.verdict({ NB: of(breakEven({ strategy: 'workers' })) }, 1)).toBe(
      'On this machine, parallel prediction with 1 isolated worker pays from about 290 rows (95 %: 250 to 330) for NB.',
    );
  });

  test('names more threads than cores', () => {
    const crowd = { environment: environmentOf('threads') };
    const never = sweep({ break_even: [without('never_pays')], ...crowd });
    const unclear = sweep({ break_even: [without('unclear', { reason: 'cores_taken' })], ...crowd });
    expect(words.verdict({ NB: never, RF: unclear }, 16)).toBe(
      'On this machine, parallel prediction with 16 threads never pays for NB, slower than serial at every size measured, ' +
        'with more threads than cores: 16 threads on 4 cores; it has no clear break-even for RF, because there are more ' +
        'threads than cores: 16 threads on 4 cores.',
    );
  });

  test('of somebody else’s numbers says whose', () => {
    expect(words.verdict({ NB: of(breakEven()) }, 2, 'Elsewhere or earlier')).toMatch(
      /^Elsewhere or earlier, parallel/,
    );
  });

  test('where only serial was measured, and before anything was', () => {
    expect(words.verdict({ NB: of(), RF: of() }, 2)).toBe(
      'On this machine only serial prediction of NB and RF was measured: there is no break-even to tell.',
    );
    expect(words.verdict({}, 2)).toBe('');
  });
});

describe('the rest', () => {
  test('why going on has ended', () => {
    expect(words.endedWords('time')).toContain('time for measuring longer is over');
    expect(words.endedWords('narrow')).toContain('narrow enough');
    expect(words.endedWords('budget')).toContain('has had its time');
  });

  test('async is a cost', () => {
    expect(words.asyncSentence({ NB: sweep(), LR: sweep() })).toBe(
      'Async hands the whole batch to one worker: the page stays free meanwhile, and nothing gets faster. Beside serial, ' +
        'handing over costs 270 µs a call and 70 ns a row for NB and 270 µs a call and 70 ns a row for LR.',
    );
    expect(words.asyncSentence({ NB: sweep({ cost_model: [] }) })).toBe('');
  });

  test('cores', () => {
    expect(words.coresWords(CAPACITY)).toBe('2 threads had 1.98 cores at the same time');
    expect(words.coresWords({ ...CAPACITY, n_threads: 16, median_cores: 15.82 })).toBe(
      '16 threads had 15.8 cores at the same time',
    );
    expect(words.coresOfWords(CAPACITY, 4)).toBe('1.98 of 4 cores at the same time');
  });

  test('flags are words, also those that are not known', () => {
    expect(words.flagWords('once')).toBe('one round only');
    expect(words.flagWords('some_new_flag')).toBe('some new flag');
  });

  test('numbers of things, and times that are left', () => {
    expect([counted(1, 'thread'), counted(2, 'thread'), counted(10_000, 'row')]).toEqual([
      ...['1 thread', '2 threads', '10,000 rows'],
    ]);
    expect([0, 4000, 17_300, 90_000, 100_000, 250_000].map(timeLeft)).toEqual([
      ...['a few seconds', 'a few seconds', '20 s', '90 s', '2 min', '4.5 min'],
    ]);
  });
});

test('numbers whose digits nobody knows are short, with an exponent', () => {
  expect([digits(1e308), digits(-1.23456e300), count(2 ** 60), duration(1e300), counted(1e21, 'row')]).toEqual([
    '1e308',
    '−1.23e300',
    '1.15e18',
    '1.67e295 min 36 s',
    '1e21 rows',
  ]);
  expect([count(999_999_999_999_999), about(400_789)]).toEqual(['999,999,999,999,999', '400,000']);
});
