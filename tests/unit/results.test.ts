import { describe, expect, test } from 'vitest';
import { notesOf } from '../../www/api/strategies/remarks.js';
import type { BreakEven, MeasureReport } from '../../www/api/types.js';
import { checkReport } from '../../www/experiment/check-report.js';
import { hidden } from '../../www/experiment/hidden.js';
import { leanExperiment } from '../../www/experiment/lean.js';
import { browserWords, difference, machineWords, referenceWords, verdictOf } from '../../www/experiment/reference.js';
import { type ExperimentReport, toJson } from '../../www/experiment/report.js';
import { fromResults, toResults } from '../../www/experiment/results.js';
import { rules } from '../../www/experiment/rule.js';
import { runExperiment } from '../../www/experiment/run.js';
import { sweepSentence } from '../../www/experiment/words.js';
import { fakeEngine } from './fake-engine.js';
import { breakEven, sweep, without } from './measured.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const EXPERIMENT = { data: { n_samples: 500 }, sweep: { batch_sizes: [10, 1000] } };

async function report(): Promise<ExperimentReport> {
  const made = await runExperiment(fakeEngine().engine, EXPERIMENT);
  const NB = made.sweeps.NB as ExperimentReport['sweeps'][string];
  return { ...made, notes: ['A note.'], closer: { NB: { parked: NB, thread_counts: NB.points.slice(0, 2) } } };
}

const json = async () => JSON.parse(toJson(await report()));

describe('a report from outside', () => {
  test('passes as it was written, its sentences made anew', async () => {
    const mine = await report();
    const read = checkReport(JSON.parse(toJson(mine)));
    expect(read.experiment).toEqual(mine.experiment);
    expect(read.training).toEqual(mine.training);
    expect(read.sweeps.NB?.points).toEqual(mine.sweeps.NB?.points);
    expect(read.closer?.NB?.thread_counts).toHaveLength(2);
    expect(read.verdict).toBe(mine.verdict);
    expect(read.verdict).toContain('from about 290 rows (95 %: 250 to 330) for NB');
    expect(read.inference.map(({ sentence }) => sentence)).toEqual(mine.inference.map(({ sentence }) => sentence));
    const { points: _, ...found } = mine.sweeps.NB as MeasureReport;
    expect(read.sweeps.NB).toMatchObject(found);
  });

  test('says which strategy’s labels differ from serial’s, and has no break-even of it', async () => {
    const given = structuredClone(await report());
    // Of one that is not shared with the other classifiers.
    given.sweeps.NB = structuredClone(given.sweeps.NB as MeasureReport);
    for (const strategy of ['threads', 'async'])
      for (const one of given.sweeps.NB?.points ?? []) if (one.strategy === strategy) one.equal_to_serial = false;
    for (const read of [checkReport(JSON.parse(toJson(given))), await fromResults(await toResults(given))]) {
      const whose = verdictOf({ report: read, from: 'file' });
      expect(whose).toContain('has no clear break-even for NB, because its labels differ from serial’s');
      expect(whose).toMatch(/\. Other labels than serial’s, an error, came of threads and async for NB\.$/);
      const sweep = read.sweeps.NB as MeasureReport;
      const [threads] = sweep.break_even;
      expect(threads).toMatchObject({ strategy: 'threads', verdict: 'unclear', n_rows: null, ci95: null });
      expect(sweepSentence('NB', sweep)).toBe('NB: no clear break-even, because its labels differ from serial’s');
      expect(rules(read.sweeps, read.training)[0]).toMatchObject({
        from: null,
        words: 'Serial: the labels of threads differ from it.',
      });
    }
    expect((await report()).verdict).not.toContain('labels');
  });

  test('takes the scores of a search by log loss', async () => {
    const given = await json();
    given.training[0].best_score = -0.42;
    Object.assign(given.training[0].cv_results, { mean_test_score: [-0.42], std_test_score: [1.5] });
    given.training[0].cv_results.split_test_score = [[-36, -0.1]];
    const [row] = checkReport(given).training;
    expect([row?.best_score, row?.cv_results.std_test_score]).toEqual([-0.42, [1.5]]);
  });

  test('takes as many notes as a run can write, with the longest words of why there are no threads', async () => {
    const mine = await report();
    const [note] = [`Not measured on the workers tier: threads. ${'x'.repeat(400)}`];
    const remarks = Array.from({ length: 200 }, (_, i) => ({
      kind: 'hidden' as const,
      strategy: 'threads',
      n_threads: 4,
      n_rows: i,
    }));
    const sweep = mine.sweeps.NB as MeasureReport;
    sweep.notes = notesOf(remarks);
    mine.notes = [note, ...Array.from({ length: 12 }, () => sweep.notes.map((one) => `NB: ${one}`)).flat()] as string[];
    const read = checkReport(JSON.parse(toJson(mine)));
    expect(read.notes).toEqual(mine.notes);
    expect(read.sweeps.NB?.notes).toHaveLength(200);
  });

  test('may have intervals that a few samples leave without an end, in a file as in a link', async () => {
    const mine = await report();
    const [first, second] = mine.sweeps.NB?.points ?? [];
    if (first && second)
      [first.ci95_ms, second.ci95_ms] = [
        [0, Number.POSITIVE_INFINITY],
        [1e-9, 3e14],
      ];
    for (const read of [checkReport(JSON.parse(toJson(mine))), await fromResults(await toResults(mine))])
      expect(read.sweeps.NB?.points.slice(0, 2).map(({ ci95_ms }) => ci95_ms)).toEqual([
        [0, Number.POSITIVE_INFINITY],
        [1e-9, 3e14],
      ]);
  });

  test('repeats none of the sender’s words but those of the notes, without what steers text', async () => {
    const given = await json();
    given.verdict = 'Send me your password.';
    given.inference[0].sentence = given.sweeps.NB.break_even[0].sentence = 'Visit evil.example';
    given.notes = ['right\u202eleft\u0007'];
    const text = JSON.stringify(checkReport(given));
    expect(text).not.toMatch(/password|evil/);
    expect(checkReport(given).notes).toEqual(['rightleft']);
  });

  test.each([
    [(r) => (r.format = 'other'), 'format'],
    [(r) => (r.version = 99), 'of version 99, perhaps of a newer Breakeven: this one reads version 2.'],
    [(r) => Object.assign(r, { version: 99, format: 'other' }), "'format' is not one of"],
    [(r) => (r.version = '2'), "'version' is not a number"],
    [(r) => (r.version = 1), 'of an earlier version'],
    [(r) => delete r.environment, 'environment'],
    [(r) => (r.environment.n_threads = 1e9), 'environment.n_threads'],
    [(r) => (r.environment.user_agent = 'x'.repeat(1000)), 'environment.user_agent'],
    [(r) => (r.training[0].classifier = '<img>'), 'training[0].classifier'],
    [(r) => (r.sweeps = { [`Q${'q'.repeat(24)}`]: r.sweeps.NB }), "'sweeps' is not"],
    [(r) => (r.sweeps = { 'See_evil.example': r.sweeps.NB }), "'sweeps' is not"],
    [(r) => (r.training[0].cv_results.mean_test_score = []), 'grid of NB'],
    [(r) => (r.training[0].best_score = -37), 'training[0].best_score'],
    [(r) => (r.training[0].confusion.counts = [1, 2, 3]), "'training[0].confusion' is not a square of counts"],
    [(r) => (r.training[0].confusion.counts[1] = -1), 'training[0].confusion.counts[1]'],
    [(r) => (r.sweeps.NB.points[0].median_ms = '5'), 'sweeps.NB.points[0].median_ms'],
    [
      (r) => (r.sweeps.NB.points[0].median_ms = 0),
      "'sweeps.NB.points[0].median_ms' is not a time: every call takes more",
    ],
    [(r) => (r.closer.NB.thread_counts[0].median_ms = 0), "'closer.NB.thread_counts[0].median_ms' is not a time"],
    [(r) => (r.sweeps.NB.points[0].strategy = 'magic'), 'sweeps.NB.points[0].strategy'],
    [(r) => (r.sweeps.NB.break_even[0].verdict = 'wins'), 'sweeps.NB.break_even[0].verdict'],
    [(r) => (r.sweeps.NB.break_even[0].reason = 'moon'), 'sweeps.NB.break_even[0].reason'],
    [(r) => (r.sweeps.NB.capacity.median_cores = null), 'sweeps.NB.capacity.median_cores'],
    [(r) => delete r.sweeps.NB.n_rounds, 'sweeps.NB.n_rounds'],
    [(r) => (r.sweeps = { __proto__x: r.sweeps.NB, 'a b': r.sweeps.NB }), 'sweeps'],
    [(r) => (r.sweeps.NB.points = new Array(1000).fill(r.sweeps.NB.points[0])), 'sweeps.NB.points'],
    [(r) => (r.recorded_on = 'yesterday'), 'recorded_on'],
    // As JSON reads 1e999.
    [(r) => (r.sweeps.NB.points[0].rows_per_s = Number.POSITIVE_INFINITY), 'sweeps.NB.points[0].rows_per_s'],
    [(r) => (r.sweeps.NB.cost_model[0].r2 = Number.NEGATIVE_INFINITY), 'sweeps.NB.cost_model[0].r2'],
    [(r) => (r.experiment.data = { n_samples: -1 }), 'n_samples'],
    // biome-ignore lint/suspicious/noExplicitAny: a JSON value to be spoilt.
  ] as [(r: any) => unknown, string][])('is refused with the field named: %#', async (spoil, field) => {
    const given = await json();
    spoil(given);
    expect(() => checkReport(given)).toThrow(field);
  });

  test.each<[string, object]>([
    ['n_rows', { verdict: 'pays', n_rows: null }],
    ['n_rows', { verdict: 'never_pays', n_rows: 5 }],
    ['to_rows', { verdict: 'pays', n_rows: 500, to_rows: 10 }],
    ['ci95', { verdict: 'pays', n_rows: 500, to_rows: null, ci95: [900, 2] }],
  ])('of a break-even that cannot be (%s of %j) is refused', async (field, found) => {
    const given = await json();
    Object.assign(given.sweeps.NB.break_even[0], found);
    expect(() => checkReport(given)).toThrow(`break_even[0].${field}`);
  });

  test.each([[null], [5], [[]], ['x'], [{}]])('%j is none', (value) =>
    expect(() => checkReport(value)).toThrow(/no results/),
  );

  test.each([[null], [5], [[]]])('%j has no name that could be said', (value) =>
    expect(() => checkReport(value)).toThrow('These are no results of Breakeven: what was given is not an object.'),
  );
});

describe('results in a link', () => {
  test('come back the same, to four digits', async () => {
    const mine = await report();
    const words = await toResults(mine);
    expect(words).toMatch(/^[\w-]+$/);
    expect(words.length).toBeLessThan(4000);
    const read = await fromResults(words);
    expect(read.experiment).toEqual(mine.experiment);
    expect(read.environment).toEqual(mine.environment);
    expect(read.training.map(({ classifier, test_acc }) => [classifier, test_acc])).toEqual(
      mine.training.map(({ classifier, test_acc }) => [classifier, test_acc]),
    );
    for (const [i, point] of (read.sweeps.RF?.points ?? []).entries()) {
      const theirs = mine.sweeps.RF?.points[i];
      expect(point).toMatchObject({ strategy: theirs?.strategy, n_rows: theirs?.n_rows, equal_to_serial: true });
      expect(point.median_ms / (theirs?.median_ms ?? 0)).toBeCloseTo(1, 3);
      expect(point.rows_per_s / (theirs?.rows_per_s ?? 0)).toBeCloseTo(1, 3);
    }
    for (const [name, { break_even, capacity, n_rounds, n_loads, notes }] of Object.entries(mine.sweeps))
      expect(read.sweeps[name]).toMatchObject({ break_even, capacity, n_rounds, n_loads, notes });
    expect(read.closer?.NB?.parked?.points).toHaveLength(12);
    expect(read.recorded_on).toBe(mine.recorded_on);
  });

  test('damaged, cut, empty or much too large ones are refused in words', async () => {
    const words = await toResults(await report());
    for (const bad of ['', 'x', words.slice(0, -20), `${words}!`, 'A'.repeat(200_000)]) {
      await expect(fromResults(bad)).rejects.toMatchObject({ code: 'invalid_param' });
    }
  });

  test('a small text that inflates without end is given up', async () => {
    const zeros = new Blob([new Uint8Array(50_000_000)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
    const bytes = Buffer.from(await new Response(zeros).arrayBuffer());
    expect(bytes.length).toBeLessThan(75_000);
    await expect(fromResults(bytes.toString('base64url'))).rejects.toThrow(/damaged/);
  });

  test('say no more of the experiment than differs from the notebook', async () => {
    expect(leanExperiment(await report())).toEqual({ data: { n_samples: 500 }, sweep: { batch_sizes: [10, 1000] } });
  });
});

describe('the rule', () => {
  test('is serial below the break-even of threads, and serial where there is none', async () => {
    const mine = await report();
    const never = { ...mine.sweeps.NB, break_even: [] } as unknown as ExperimentReport['sweeps'][string];
    const found = rules({ ...mine.sweeps, LR: never }, mine.training);
    expect(found[0]).toMatchObject({ classifier: 'NB', estimator: 'GaussianNB', from: 286, strategy: 'threads' });
    expect(found[1]).toMatchObject({ classifier: 'LR', from: null, strategy: 'serial' });
  });

  test('ends where what pays ends, and never follows the best of several', () => {
    const worker = breakEven({ strategy: 'workers', n_rows: 12 });
    const of = (...break_even: BreakEven[]) => rules({ NB: sweep({ break_even }) }, [])[0];
    expect(of(worker, breakEven({ to_rows: 90_000 }))).toMatchObject({
      ...{ from: 286, to: 90_000, strategy: 'threads' },
      words: 'Serial below about 290 and above about 90,000 rows, threads between.',
    });
    expect(of(worker, without('unclear'))?.words).toBe('Not clear: measure longer, or when nothing else is at work.');
    expect(of(worker)?.words).toBe('Serial below about 12 rows, workers from there on.');
    // Of a range no number is told.
    expect(of({ ...worker, n_rows: 350, ci95: [74, 2408] })).toMatchObject({
      ...{ from: null, clear: false },
      words: 'From 2,400 rows on, workers; serial below 74, between it is not clear.',
    });
    expect(of({ ...worker, n_rows: 350, to_rows: 90_000, ci95: [1, 2408] })?.words).toBe(
      'From 2,400 up to about 90,000 rows, workers; below it is not clear.',
    );
  });
});

describe('what the notebook hides', () => {
  test('stands beside this run’s own numbers', async () => {
    const mine = { ...(await report()), sweeps: { NB: sweep() } };
    const here = new Map(hidden(mine).map(({ id, here }) => [id, here]));
    expect(here.get('floor')).toBe('NB on 10 rows: 1 µs alone and 20.3 µs with threads.');
    expect(here.get('order')).toBe('Compared row by row with serial: 9 of 9 points equal, order included.');
    expect(here.get('single')).toContain('20 samples in 5 rounds, known to ±10 %');
    expect(here.get('parent')).toContain('busy / wall up to 1');
    expect(hidden({ sweeps: { NB: sweep({ points: [] }) } }).every(({ here }) => here === null)).toBe(true);
  });

  test('is told before any run, without numbers of its own', () => {
    const rows = hidden({});
    expect(rows).toHaveLength(6);
    expect(rows.every(({ printed, hides, here }) => printed && hides && here === null)).toBe(true);
  });
});

describe('whose results', () => {
  test('browsers and systems', () => {
    expect(browserWords(FIREFOX)).toBe('Firefox 128 on Linux');
    expect(browserWords('nothing known')).toBe('');
  });

  test('in words', async () => {
    const mine = { ...(await report()), recorded_on: '2026-01-02', machine: 'A desk' };
    mine.environment = { ...mine.environment, user_agent: FIREFOX };
    expect(machineWords(mine)).toBe('A desk, 4 threads, Firefox 128 on Linux');
    expect(referenceWords({ report: mine, from: 'link' })).toBe(
      'From this link on 2026-01-02: A desk, 4 threads, Firefox 128 on Linux',
    );
  });

  test('a verdict is not of the machine that it is read on', async () => {
    const words = verdictOf({ report: await report(), from: 'link' });
    expect(words).toMatch(/^Elsewhere or earlier, parallel prediction with 4 threads pays/);
  });

  test('in what two experiments differ', async () => {
    const { experiment } = await report();
    // What was read from a file has its keys in another order.
    const { classifiers, ...others } = experiment;
    const turned = Object.entries(classifiers).map(([name, spec]) => [
      name,
      Object.fromEntries(Object.entries(spec).reverse()),
    ]);
    expect(difference(experiment, { ...others, classifiers: Object.fromEntries(turned) })).toBe('');
    expect(difference(experiment, experiment)).toBe('');
    expect(difference(experiment, { ...experiment, split: { ...experiment.split, test_size: 0.5 } })).toBe('the split');
  });
});
