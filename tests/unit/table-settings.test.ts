import { describe, expect, test } from 'vitest';
import type { BreakevenError } from '../../www/api/error.js';
import type { Experiment, TableColumn } from '../../www/api/types.js';
import { complete } from '../../www/experiment/config.js';
import { tableIn, withoutTable } from '../../www/experiment/own-table.js';
import type { ExperimentReport } from '../../www/experiment/report.js';
import { completeTable, contentOf, guessTarget, told } from '../../www/experiment/table-settings.js';
import { fromHash, toHash } from '../../www/experiment/url.js';

const column = (name: string, more: Partial<TableColumn> = {}): TableColumn => ({
  ...{ name, kind: 'category', n_missing: 0, n_distinct: 3 },
  ...more,
});
const number = (name: string, more: Partial<TableColumn> = {}) =>
  column(name, { kind: 'number', n_distinct: 99, ...more });

describe('the column of classes', () => {
  test('is found by its name, the rightmost of several', () => {
    expect(guessTarget([column('class'), number('a'), column('b')])).toBe(0);
    expect(guessTarget([column('label'), number('a'), column('Label'), number('b')])).toBe(2);
    expect(guessTarget([number('a'), column('wine_type'), number('b')])).toBe(1);
  });

  test('is else the last, else the first, that can be classes', () => {
    expect(guessTarget([column('a'), number('b'), column('c')])).toBe(2);
    expect(guessTarget([column('a'), number('b'), number('c')])).toBe(0);
    // Numbers that are not whole are measured, whatever their name; so are too many.
    expect(guessTarget([column('a'), number('target')])).toBe(0);
    expect(guessTarget([number('a', { n_distinct: 3, whole: true }), number('b')])).toBe(0);
    expect(guessTarget([column('id', { n_distinct: 500 }), number('b', { n_distinct: 7 })])).toBe(1);
    expect(guessTarget([column('n', { counter: true }), number('b')])).toBe(1);
  });
});

describe('settings of a table', () => {
  const file = new File(['a,b'], 'mine.csv');
  const refused = (data: object) => {
    try {
      complete({ data } as Experiment);
      return null;
    } catch (error) {
      return (error as BreakevenError).setting;
    }
  };

  test('are complete with what goes without saying', () => {
    expect(complete({ data: { file } }).data).toEqual({ file, drop_missing: 'target', preprocess: {}, read: {} });
    expect(complete({ data: { src: './t.csv', target: 0, preprocess: null } }).data).toMatchObject({
      target: 0,
      preprocess: null,
    });
  });

  test('are refused by name', () => {
    for (const [data, setting] of [
      [{ file, src: 't.csv' }, 'data.file'],
      [{ file: 7 }, 'data.file'],
      [{ file: ' ' }, 'data.file'],
      [{ src: '' }, 'data.src'],
      [{ file, target: -1 }, 'data.target'],
      [{ file, features: [] }, 'data.features'],
      [{ file, features: [1.5] }, 'data.features'],
      [{ file, drop_missing: 'all' }, 'data.drop_missing'],
      [{ file, preprocess: { scales: true } }, 'data.preprocess.scales'],
      [{ file, read: { decimal: ';' } }, 'data.read.decimal'],
      [{ file, read: { quote: '"' } }, 'data.read.quote'],
      [{ file, sha256: 'abc' }, 'data.sha256'],
      [{ file, csv: 'a,b\n1,x' }, 'data.file'],
    ] as const)
      expect(refused(data), JSON.stringify(data)).toBe(setting);
  });

  test('go into an address where the table has one', () => {
    const data = {
      ...{ src: './t.csv', target: '0', features: ['a', 3], drop_missing: true },
      ...{ preprocess: { impute: 'median' as const }, read: { header: false } },
    };
    const hash = toHash({ experiment: { data }, tier: 'auto' });
    expect(fromHash(hash).experiment.data).toEqual(data);
    expect(fromHash('data.src=t.csv&data.target=4').experiment.data).toEqual({ src: 't.csv', target: 4 });
    expect(fromHash('data.src=t.csv&data.target=kind').experiment.data).toEqual({ src: 't.csv', target: 'kind' });
    expect(toHash({ experiment: { data: { file } }, tier: 'auto' })).toBe('');
  });

  test('a name alone is not its content', async () => {
    await expect(contentOf({ file: 'mine.csv' })).rejects.toMatchObject({
      code: 'invalid_param',
      setting: 'data.file',
    });
    expect(await (await contentOf({ file })).text()).toBe('a,b');
  });

  test('a report knows the table by name, size and hash, and its columns by number', async () => {
    const columns = [number('secret'), column('class'), number('b')];
    const data = await told(completeTable({ file, features: ['b', 0] }), file, { columns });
    // scikit-learn has no part in it: sha256sum of "a,b".
    expect(data).toMatchObject({ file: 'mine.csv', target: 1, features: [2, 0], size: 3 });
    expect(data.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(tableIn(data)).toBe('left_out');
    const report = {
      experiment: { ...complete({}), data },
      data: { n_rows: 2, n_train: 1, n_test: 1, n_features: 1, classes: [{ name: 'Ada', n_rows: 2 }] },
    } as unknown as ExperimentReport;
    const text = JSON.stringify(withoutTable(report));
    for (const word of ['secret', 'Ada']) expect(text).not.toContain(word);
    // As a setting it is taken again.
    expect(complete({ data }).data).toEqual(data);
  });
});
