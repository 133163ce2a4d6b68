// @vitest-environment happy-dom
/** What the parts of the results show of a measurement. */
import { render, type TemplateResult } from 'lit';
import { describe, expect, test, vi } from 'vitest';
import { complete } from '../../www/experiment/config.js';
import { CONSTANTS } from '../../www/experiment/constants.js';
import type { ExperimentReport } from '../../www/experiment/report.js';
import { verdict } from '../../www/experiment/words.js';
import { csvOf } from '../../www/widget/figure/table.js';
import { type AnswerState, answerView, classifierOf } from '../../www/widget/views/answer.js';
import { confusions } from '../../www/widget/views/confusion.js';
import { environmentView } from '../../www/widget/views/environment.js';
import { notesView } from '../../www/widget/views/notes.js';
import { ruleView } from '../../www/widget/views/rule.js';
import { POINT, sweepView } from '../../www/widget/views/sweep.js';
import { environmentOf } from './fake-engine.js';
import { breakEven, CAPACITY, point, sweep, without } from './measured.js';

function report(sweeps: ExperimentReport['sweeps']): ExperimentReport {
  return {
    ...{ format: 'breakeven-report', version: 1, environment: environmentOf('threads'), experiment: complete({}) },
    training: [],
    ...{ inference: [], sweeps, verdict: verdict(sweeps, 2), notes: ['A note.'], total_ms: 1 },
  };
}

const SWEEPS = {
  NB: sweep(),
  LR: sweep({ break_even: [breakEven({ n_rows: 1200, to_rows: 90_000 })] }),
  SVC: sweep({ break_even: [without('unclear', { reason: 'clock' })] }),
};
const MINE = { own: report(SWEEPS), reference: null };
const THEIRS = { own: null, reference: { report: report(SWEEPS), from: 'link' as const } };

function shown(view: TemplateResult | symbol) {
  const place = document.createElement('div');
  document.body.append(place);
  render(view, place);
  const find = (id: string) => place.querySelector(`[data-testid='${id}']`);
  const words = (element: Element | null | undefined) => element?.textContent?.replaceAll(/\s+/g, ' ').trim() ?? '';
  const table = (id: string) =>
    [...(find(id)?.querySelectorAll('tr') ?? [])].map((row) => [...row.children].map((cell) => words(cell)));
  return { place, find, words, table };
}

describe('what is taken for what', () => {
  const row = {
    ...{ classifier: 'NB', estimator: 'GaussianNB', training_time_ms: 1, train_acc: 0.9, test_acc: 0.7 },
    ...{ best_params: {}, best_score: 0.8, model_bytes: 9, confusion: { classes: [0, 1], counts: [6, 2, 1, 1] } },
    cv_results: {
      ...{ params: [{}], split_test_score: [], mean_test_score: [0.8], std_test_score: [0] },
      ...{ rank_test_score: [1], mean_fit_time_ms: [1], error: [null] },
    },
  } as ExperimentReport['training'][number];
  const data = { n_rows: 50, n_train: 40, n_test: 10, n_features: 2 };
  const named = {
    ...data,
    classes: [
      { name: 'benign', n_rows: 40 },
      { name: 'malignant', n_rows: 10 },
    ],
  };

  test('is a table by classes’ names, its headline beside the majority’s share', () => {
    const { find, words, table } = shown(confusions([row], named));
    expect(words(find('confusion-NB')?.querySelector('summary'))).toBe(
      'NB: 0.7000 of the test rows are right; always saying the most frequent class 0.8000',
    );
    expect(table('confusion-table-NB')).toEqual([
      ['class', 'predicted benign', 'predicted malignant', 'precision', 'recall', 'F1', 'rows'],
      ['benign', '6 (75 %)', '2 (25 %)', '0.8571', '0.7500', '0.8000', '8'],
      ['malignant', '1 (50 %)', '1 (50 %)', '0.3333', '0.5000', '0.4000', '2'],
    ]);
    expect(find('confusion-table-NB')?.querySelectorAll('th[scope=row]')).toHaveLength(2);
  });

  test('is by labels where names are others', () => {
    const { table } = shown(confusions([row], { ...data, classes: [] }));
    expect(table('confusion-table-NB').map(([first]) => first)).toEqual(['class', '0', '1']);
  });

  test('is nowhere in a report of before', () => {
    const { confusion: _, ...before } = row;
    expect(shown(confusions([before], named)).find('confusions')).toBeNull();
  });
});

describe('the answer', () => {
  const state = (more: Partial<AnswerState> = {}): AnswerState => ({
    ...MINE,
    ...{ parts: new Set(['chart', 'verdict'] as const), busy: false, classifier: '', last: null },
    ...{ onClassifier: () => {}, onLonger: null },
    ...more,
  });

  test('is of the first classifier whose lines cross, and of the one that is chosen', () => {
    const never = { NB: sweep({ break_even: [without('never_pays')] }), LR: sweep() };
    expect(classifierOf({ own: report(never), reference: null }, '')).toBe('LR');
    expect(classifierOf({ own: report(never), reference: null }, 'NB')).toBe('NB');
    // One that pays at every size has no crossing to show.
    const always = { NB: sweep({ break_even: [breakEven({ n_rows: 10 })] }), LR: sweep() };
    expect(classifierOf({ own: report(always), reference: null }, 'gone')).toBe('LR');
    expect(classifierOf({ own: null, reference: null }, '')).toBe('');
  });

  test('has its words beside its lines, and says whose they are', () => {
    const mine = shown(answerView(state()));
    expect(mine.words(mine.find('verdict'))).toMatch(/^On this machine, parallel prediction with 2 threads pays/);
    expect(mine.find('chart-answer')).not.toBeNull();
    const theirs = shown(answerView(state(THEIRS)));
    expect(theirs.words(theirs.find('verdict'))).toMatch(/^Elsewhere or earlier, .*From this link: 4 threads$/);
  });

  test('keeps somebody else’s in place until there is one’s own', () => {
    const begun = shown(answerView(state({ ...THEIRS, own: { sweeps: {} }, busy: true })));
    expect(begun.words(begun.find('verdict'))).toMatch(/^Elsewhere or earlier/);
    expect(begun.words(begun.find('answer'))).toContain('The answer for this machine comes');
    const alone = shown(answerView(state({ own: null, busy: true })));
    expect(alone.find('verdict')).toBeNull();
    expect(alone.words(alone.find('answer'))).toContain('second round');
  });

  test('keeps the last run’s, and says so, until the next one has an answer', () => {
    const last = { report: report({ NB: sweep({ break_even: [breakEven({ n_rows: 77 })] }) }), from: 'last' as const };
    const { reference } = THEIRS;
    const begun = shown(answerView(state({ own: { sweeps: {} }, last, reference, busy: true })));
    expect(begun.words(begun.find('verdict'))).toMatch(
      /^In the last run, .*about 77 rows.*The last run’s, until there is another answer$/,
    );
    expect(begun.words(begun.find('chart-answer'))).toContain('the last run’s');
    expect(begun.words(begun.find('answer'))).toContain('The answer of this run comes');
    const answered = shown(answerView(state({ last, busy: true })));
    expect(answered.words(answered.find('verdict'))).toMatch(/^On this machine, .*about 290 rows/);
    expect(answered.words(answered.find('answer'))).not.toContain('last run');
  });

  test('is nothing without results, and only what is asked for', () => {
    expect(shown(answerView(state({ own: null }))).place.textContent?.trim()).toBe('');
    const sentence = shown(answerView(state({ parts: new Set(['verdict']) })));
    expect([sentence.find('chart-answer'), sentence.find('verdict') !== null]).toEqual([null, true]);
  });

  test('goes on where there is something to go on with', () => {
    const onLonger = vi.fn();
    const { find } = shown(answerView(state({ onLonger })));
    (find('measure-longer') as HTMLButtonElement).click();
    expect(onLonger).toHaveBeenCalledOnce();
    expect(shown(answerView(state())).find('measure-longer')).toBeNull();
  });
});

describe('the sweep', () => {
  const { table, words, find } = shown(sweepView({ ...MINE, strategy: 'threads', onStrategy: () => {} }, true));

  test('break-evens have a range and a reason', () => {
    const [head, ...rows] = table('break-even-table');
    expect(head).toEqual(['classifier', 'strategy', 'pays from', '95 % interval', 'up to', 'in words']);
    expect(rows[0]?.slice(0, 5)).toEqual(['NB', 'threads', '286 rows', '253 to 331', '–']);
    expect(rows[2]?.slice(0, 5)).toEqual(['LR', 'threads', '1,200 rows', '253 to 331', '90,000 rows']);
    expect(rows[3]?.at(-1)).toBe(
      'Whether 2 threads are faster than serial is unclear, because its calls are too short for this browser’s clock.',
    );
    expect(rows.some((row) => row[1] === 'async')).toBe(false);
  });

  test('async is told as a cost', () => {
    expect(words(find('async-cost'))).toContain('handing over costs 270 µs a call and 70 ns a row for NB');
  });

  test('points have rounds, their spread, and their reservations in words', () => {
    const of = (head: string) => POINT.find((column) => column.head === head);
    const one = point('threads', 100, 0.5, { flags: ['once', 'noisy'], n_rounds: 1 });
    const cells = ['rounds', 'between rounds', '19 in 20 within', 'remarks'].map((head) => of(head)?.cell(one));
    expect(cells).toEqual(['1', '–', '750 µs', 'one round only; noisy']);
    const [keys, values] = csvOf(POINT, [one]).trim().split('\r\n');
    const at = (key: string) => values?.split(',')[keys?.split(',').indexOf(key) ?? -1];
    expect(['n_rounds', 'between_rounds', 'p95_ms', 'remarks'].map(at)).toEqual(['1', '', '0.75', 'once noisy']);
    const single = point('threads', 100, 0.5, { n_samples: 1, n_rounds: 1 });
    const spread = ['95 % interval', 'between rounds', '19 in 20 within'].map((head) => of(head)?.cell(single));
    expect(spread).toEqual(['–', '–', '–']);
  });
});

describe('the rule', () => {
  test('stands beside the numbers that others have named, each with its thread', () => {
    const { table, find } = shown(ruleView({ ...MINE, copied: '', onCopy: () => {} }, true));
    const [, here, ...others] = table('limits-table');
    expect(here).toEqual(['290 (NB), 1,200 (LR) and not clear (SVC)', 'these classifiers', 'here: 4 threads']);
    expect(others.map(([rows]) => rows)).toEqual(['100', 'about 2,000', '5,000', '–']);
    const links = [...(find('limits-table')?.querySelectorAll('a') ?? [])].map((link) => link.getAttribute('href'));
    expect(links).toEqual(CONSTANTS.map(({ url }) => url));
    for (const link of links)
      expect(link).toMatch(/^https:\/\/github\.com\/scikit-learn\/scikit-learn\/(pull|issues)\/\d+$/);
  });

  test('ends where threads do not pay any more', () => {
    const { table } = shown(ruleView({ ...MINE, copied: '', onCopy: () => {} }, true));
    expect(table('rule-table')[2]).toEqual([
      ...['LR', '1,200 rows', '253 to 331', '90,000 rows'],
      'Serial below about 1,200 and above about 90,000 rows, threads between.',
    ]);
  });
});

describe('on what it was measured', () => {
  test('the cores that a run got stand beside those that the browser tells', () => {
    const state = { environment: environmentOf('threads'), opening: false, whole: true };
    const settings = { experiment: {}, tier: 'auto' as const };
    const { words, find } = shown(environmentView({ ...state, capacity: CAPACITY, settings }) as TemplateResult);
    expect(words(find('environment-threads'))).toBe('1.98 of 4 cores at the same time');
    const before = shown(environmentView({ ...state, capacity: null, settings }) as TemplateResult);
    expect(before.words(before.find('environment-threads'))).toBe('4 threads on 4 cores');
  });

  test('rounds, starts, disturbed rounds and reservations are told', () => {
    const flagged = sweep({ points: [point('serial', 10, 1, { flags: ['once'] }), point('serial', 20, 1)] });
    const { words, find, place } = shown(notesView({ own: report({ NB: flagged }), reference: null }, true));
    const facts = Object.fromEntries(
      [...place.querySelectorAll('.facts > div')].map((fact) => [
        words(fact.querySelector('dt')),
        words(fact.querySelector('dd')),
      ]),
    );
    expect(facts).toMatchObject({
      ...{ rounds: '12', 'starts of the engine': '3', 'rounds with fewer cores': '2 of 12' },
      'cores at once': '2 threads had 1.98 cores at the same time, 1.04 at worst',
    });
    expect(words(find('notes'))).toContain('Reservations: one round only, 1 point.');
    const without = shown(notesView({ own: report({ NB: sweep({ capacity: null }) }), reference: null }, true));
    expect(without.words(without.find('notes'))).not.toContain('cores at once');
  });
});
