/** Tables of a visitor's own, through the API: read, looked at, made rows of, and written with what a model says of them. */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, type Page, test } from '@playwright/test';
import { ISOLATED, withMaximum } from './everywhere.js';
import { type Altered, DIST, type Host, staticHost } from './hosts.js';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const TABLES = join(FIXTURES, 'tables');

/** What pandas makes of each (tests/fixtures/make_tables.py). */
interface Expected {
  refused?: string[];
  n_rows: number;
  n_columns: number;
  columns: { name: string; kind: string; n_missing: number; n_distinct: number; min?: number; max?: number }[];
  labels?: { target: string | number; names: string[]; counts: number[] };
  no_target?: string;
}

const EXPECTED: Record<string, Expected> = JSON.parse(readFileSync(join(FIXTURES, 'tables.json'), 'utf8'));

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

/** The engine, in `window.engine`, whose type tests/e2e/lab.spec.ts declares. */
async function load(page: Page, url = '/'): Promise<void> {
  await page.goto(`${url}runner.html`);
  await page.evaluate(async () => {
    const url = new URL('breakeven.js', document.baseURI).href;
    const { load } = (await import(url)) as typeof import('../../www/breakeven.js');
    window.engine = await load({ n_threads: 2 });
  });
}

async function altered(answer: Altered): Promise<Host> {
  const host = await staticHost(DIST, '/', ISOLATED, answer);
  hosts.push(host);
  return host;
}

const base64 = (name: string) => readFileSync(join(TABLES, name)).toString('base64');

/** What comes of a table: what is told of it, and of its rows and labels. */
function told(page: Page, name: string, target: string | number | undefined) {
  return page.evaluate(
    async ([content, target]) => {
      const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
      try {
        const table = await window.engine.readTable(bytes);
        const { n_rows, columns, read_as, notes } = table;
        const last = await table.rows(Math.max(0, n_rows - 1), n_rows);
        const features = columns.map((_, j) => j).filter((j) => columns[j]?.n_infinite === undefined);
        const goal = target ?? columns.length - 1;
        const labels = await window.engine
          .dataset(table, { target: goal, features: features.filter((j) => j !== goal && columns[j]?.name !== goal) })
          .then(
            ({ y, class_names }) => ({
              names: class_names,
              counts: class_names.map((_, k) => y.filter((label) => label === k).length),
            }),
            ({ code, message }) => ({ code, message }),
          );
        table.free();
        return { n_rows, columns, read_as, notes, last, labels };
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return { code, message };
      }
    },
    [base64(name), target] as const,
  );
}

test('each is read as pandas reads it when it is told how', async ({ page }) => {
  test.setTimeout(120_000);
  await load(page);
  for (const name of readdirSync(TABLES)) {
    const expected = EXPECTED[name] as Expected;
    const read = await told(page, name, expected.labels?.target);
    if (expected.refused) {
      expect(read, name).toMatchObject({ code: 'bad_table' });
      for (const words of expected.refused) expect(read.message, name).toContain(words);
      continue;
    }
    if (!read.columns) throw new Error(`${name}: ${read.message}`);
    expect([read.n_rows, read.columns.length], name).toEqual([expected.n_rows, expected.n_columns]);
    const n = expected.columns.length;
    for (const [j, { name: column, kind, n_missing, n_distinct }] of expected.columns.entries()) {
      const own = read.columns[j < 40 || n < 80 ? j : read.columns.length - n + j];
      expect(own, `${name}, ${column}`).toMatchObject({ name: column, kind, n_missing, n_distinct });
    }
    if (expected.labels)
      expect(read.labels, name).toEqual({ names: expected.labels.names, counts: expected.labels.counts });
    if (expected.no_target) {
      expect(read.labels, name).toMatchObject({ code: 'bad_table' });
      expect((read.labels as { message: string }).message, name).toContain(expected.no_target);
    }
    if (read.n_rows > 0) expect(read.last, name).toHaveLength(1);
  }
});

/** What an engine rejects with, or that it did not. */
const outcome = `window.outcome = (promise) => promise.then(() => 'settled', ({ code, message, setting }) => ({ code, message, setting }))`;
declare global {
  interface Window {
    outcome(promise: Promise<unknown>): Promise<{ code: string; message: string; setting?: string }>;
  }
}

const MIXED = [
  '# a comment',
  'id;colour;size;price;when;flag;kind',
  '1;red;1,5;$1,200;2024-03-15;true;b',
  '2;blue;NA;$300;2024-03-16;false;a',
  '3;;2,5;$45;2024-03-15;true;b',
  '4;red;"3,5";$5;2024-03-17;;a',
  '5;green; 4,5;$1,000,000;2024-03-17;true;b',
].join('\r\n');

test('columns, rows and what a classifier takes', async ({ page }) => {
  await load(page);
  const found = await page.evaluate(async (text) => {
    const { engine } = window;
    const seen: string[] = [];
    const table = await engine.readTable(text, {
      onProgress: ({ stage, done, total }) => seen.push(`${stage} ${done}/${total}`),
    });
    const { n_rows, columns, read_as, notes } = table;
    const all = await engine.dataset(table, { target: 'kind' });
    const some = await engine.dataset(table, { target: 6, features: ['colour', 2], drop_missing: true });
    return {
      seen,
      n_rows,
      columns,
      read_as,
      notes,
      rows: await table.rows(2, 4),
      beyond: await table.rows(4, 1000),
      none: await table.rows(7, 9),
      all: { ...all, X: [...(await all.X.toArray())], n_cols: all.X.n_cols, y: [...all.y] },
      some: { ...some, X: [...(await some.X.toArray())], y: [...some.y] },
    };
  }, MIXED);
  expect(found.n_rows).toBe(5);
  const size = new TextEncoder().encode(MIXED).length;
  expect(found.seen.at(-1)).toBe(`read table ${2 * size}/${2 * size}`);
  expect(found.read_as).toEqual({
    ...{ delimiter: ';', decimal: ',', encoding: 'utf-8', header: true, comment: '#', first_line: 2 },
  });
  const kinds = found.columns.map(({ name, kind, n_missing }) => `${name} ${kind} ${n_missing}`);
  expect(kinds).toEqual([
    ...['id number 0', 'colour category 1', 'size number 1', 'price number 0'],
    ...['when category 0', 'flag category 1', 'kind category 0'],
  ]);
  const [id, colour, size_, price] = found.columns;
  expect(id).toMatchObject({ counter: true, whole: true, min: 1, max: 5, mean: 3, n_distinct: 5 });
  expect(colour?.most_frequent).toEqual([
    { value: 'red', count: 2 },
    { value: 'blue', count: 1 },
    { value: 'green', count: 1 },
  ]);
  expect(size_).toMatchObject({ min: 1.5, max: 4.5, mean: 3, histogram: { from: 1.5, to: 4.5 } });
  expect(size_?.histogram?.counts.reduce((a, b) => a + b)).toBe(4);
  expect(price).toMatchObject({ min: 5, max: 1e6, thousands: ',', sign: '$' });
  expect(found.rows).toEqual([
    ['3', '', '2,5', '$45', '2024-03-15', 'true', 'b'],
    ['4', 'red', '3,5', '$5', '2024-03-17', '', 'a'],
  ]);
  expect(found.beyond).toHaveLength(1);
  expect(found.none).toEqual([]);
  const { all, some } = found;
  expect(all.feature_names).toEqual(['colour', 'size', 'price', 'when', 'flag']);
  expect(all.class_names).toEqual(['a', 'b']);
  expect(all.y).toEqual([1, 0, 1, 0, 1]);
  expect(all.columns.map(({ categories }) => categories)).toEqual([
    ['blue', 'green', 'red'],
    null,
    null,
    ['2024-03-15', '2024-03-16', '2024-03-17'],
    ['false', 'true'],
  ]);
  const gap = Number.NaN;
  expect(all.X).toEqual([
    ...[2, 1.5, 1200, 0, 1],
    ...[0, gap, 300, 1, 0],
    ...[gap, 2.5, 45, 0, 1],
    ...[2, 3.5, 5, 2, gap],
    ...[1, 4.5, 1e6, 2, 1],
  ]);
  expect(all.notes).toEqual(["Column 'id' is left out: it only counts rows."]);
  expect(some.X).toEqual([2, 1.5, 2, 3.5, 1, 4.5]);
  expect(some.y).toEqual([1, 0, 1]);
  expect(some.notes).toEqual(['2 rows with gaps are left out.']);
});

test('like a model: columns by name, its codes and classes; what it does not know', async ({ page }) => {
  await load(page);
  await page.evaluate(outcome);
  const found = await page.evaluate(async () => {
    const { engine } = window;
    const lines = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join('\n');
    const train = await engine.readTable(`x,code,y\n${lines(60, (i) => `${i % 7},${i % 3},${['no', 'yes'][i % 2]}`)}`);
    const { X, y, columns } = await engine.dataset(train, { target: 'y' });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const other = await engine.readTable('y|extra|code|x\nyes|7|2|1.5\nno|8|0|2.5\n');
    const same = await engine.dataset(other, { like: model, target: 'y' });
    const without = await engine.dataset(other, { like: model });
    const unknown = await engine.readTable('y,code,x\nmaybe,1,2\nno,1,2\n');
    const words = await engine.readTable('code,x\n1,2\noops,3\n4,4\n');
    const fewer = await engine.readTable('x,other\n1,2\n2,3\n');
    return {
      columns,
      model: [model.feature_names, model.class_names],
      same: [[...(await same.X.toArray())], [...same.y], same.class_names],
      without: [without.y.length, without.X.n_rows],
      unknown: await window.outcome(engine.dataset(unknown, { like: model, target: 'y' })),
      words: await window.outcome(engine.dataset(words, { like: model })),
      fewer: await window.outcome(engine.dataset(fewer, { like: model })),
    };
  });
  expect(found.model).toEqual([
    ['x', 'code'],
    ['no', 'yes'],
  ]);
  expect(found.same).toEqual([
    [1.5, 2, 2.5, 0],
    [1, 0],
    ['no', 'yes'],
  ]);
  expect(found.without).toEqual([0, 2]);
  expect(found.unknown).toMatchObject({ code: 'bad_table' });
  expect(found.unknown.message).toContain("'maybe' that the model does not know: its classes are no, yes");
  expect(found.words.message).toContain("Line 3, column 1 (code): 'oops' is no number");
  expect(found.fewer).toMatchObject({ code: 'bad_table', setting: 'options.like' });
  expect(found.fewer.message).toContain("lacks the column 'code'");
});

test('from a table with words and gaps to predictions of another one, by a saved model', async ({ page }) => {
  await load(page);
  const found = await page.evaluate(async () => {
    const { engine } = window;
    const lines = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join('\n');
    const line = (i: number) => `${i % 5 ? i % 7 : 'NA'},${['1', '2', 'x'][i % 3]},${i % 3 === 2 ? 'yes' : 'no'}`;
    const table = await engine.readTable(`size,grade,y\n${lines(90, line)}`);
    const { X, y } = await engine.dataset(table, { target: 'y' });
    const fitted = await engine.fit({ estimator: 'LogisticRegression', preprocess: {} }, X, y);
    const model = await engine.loadModel(await fitted.save());
    const right = (await engine.predict(model, X)).y.join() === y.join();
    // All grades here are numbers, but the model learnt words, and never saw a 7.
    const other = await engine.readTable('grade\tsize\n2\t1\n1\t\n7\t3\n\t4\n', { header: true });
    const { X: rows, columns } = await engine.dataset(other, { like: model });
    const { y: labels, csv } = await engine.predictTable(model, other);
    return {
      ...{ right, kinds: other.columns.map(({ kind }) => kind), columns, rows: [...(await rows.toArray())] },
      ...{ labels: [...labels], csv: (await csv.text()).split('\n').map((line) => line.split('\t').slice(0, 3)) },
    };
  });
  expect(found.right).toBe(true);
  expect(found.kinds).toEqual(['number', 'number']);
  expect(found.columns.map(({ categories }) => categories)).toEqual([null, ['1', '2', 'x']]);
  expect(found.rows).toEqual([1, 1, Number.NaN, 0, 3, 3, 4, Number.NaN]);
  const names = found.labels.map((label) => ['no', 'yes'][label]);
  expect(names.slice(0, 2)).toEqual(['no', 'no']);
  expect(found.csv).toEqual([
    ['grade', 'size', 'prediction'],
    ['2', '1', names[0]],
    ['1', '', names[1]],
    ['7', '3', names[2]],
    ['', '4', names[3]],
    [''],
  ]);
});

test('what is wrong is said by line, column and cell, and with what to do', async ({ page }) => {
  await load(page);
  await page.evaluate(outcome);
  const said = (text: string, options = {}, spec?: object) =>
    page.evaluate(
      async ([text, options, spec]) => {
        const reading = window.engine.readTable(text, options);
        if (!spec) return window.outcome(reading);
        return window.outcome(window.engine.dataset(await reading, spec as { target: string }));
      },
      [text, options, spec] as const,
    );
  // Lines as an editor counts them, whatever ends them.
  for (const end of ['\n', '\r\n', '\r']) {
    const text = ['a,b,y', '1,2,x', '"3', '4",5,z', '1,2', ''].join(end);
    expect((await said(text)).message).toContain('Line 5 has 2 cells, but the table has 3 columns');
  }
  expect((await said('a,b,y\n1,2,x\n1,"2,y\n3,4,x\n')).message).toContain(
    'Line 3, column 2: the quote that opens there',
  );
  expect((await said('')).message).toContain('The table is empty');
  expect((await said('a,b,kind\n', {}, { target: 'kind' })).message).toContain('no rows');
  const gap = await said('a,y\n1,x\n2,\n3,z\n4,x\n', {}, { target: 'y' });
  expect(gap).toMatchObject({
    code: 'bad_table',
    message: expect.stringContaining('Line 3, column 2 (y) has no label'),
  });
  const infinite = await said('a,y\n1,x\n1e400,z\n3,z\n', {}, { target: 'y' });
  expect(infinite.message).toContain("Line 3, column 1 (a): '1e400' is no number that can be reckoned with");
  const continuous = await said('a,y\n1,2.5\n2,3.5\n3,2.5\n', {}, { target: 'y' });
  expect(continuous.message).toContain("Unknown label type: continuous. Column 'y' has 2 different numbers");
  expect(await said('a,y\n1,x\n2,z\n', {}, { target: 'z' })).toMatchObject({
    code: 'invalid_param',
    setting: 'options.target',
  });
  expect((await said('a,y\n1,x\n2,z\n', {}, { target: '0' })).message).toContain(
    'By its number it is 0, without quotes',
  );
  expect(await said('a,y\n1,x\n2,z\n', {}, { target: -1 })).toMatchObject({ code: 'invalid_param' });
  expect(await said('a', { delimiter: 'ab' })).toMatchObject({ code: 'invalid_param', setting: 'options.delimiter' });
  expect(await said('a', { encoding: 'klingon' })).toMatchObject({
    code: 'invalid_param',
    setting: 'options.encoding',
  });
  expect(await said('a', { decimals: ',' })).toMatchObject({ code: 'invalid_param' });
  const broken = await page.evaluate(() =>
    window.outcome(window.engine.readTable(Uint8Array.of(97, 0xff, 10, 98), { encoding: 'utf-8' })),
  );
  expect(broken).toMatchObject({ code: 'bad_table', message: expect.stringContaining('Line 1 is not UTF-8') });
  const number = await page.evaluate(() => window.outcome(window.engine.readTable(5 as unknown as string)));
  expect(number).toMatchObject({ code: 'invalid_param', setting: 'source' });
});

test('a file that is gone is an error, and chosen again it is read as it then is', async ({ page }, info) => {
  await load(page);
  await page.evaluate(outcome);
  await page.evaluate(() => {
    document.body.append(Object.assign(document.createElement('input'), { type: 'file' }));
  });
  const path = info.outputPath('edited.csv');
  const choose = async (text: string) => {
    writeFileSync(path, text);
    await page.locator('input').setInputFiles(path);
  };
  const read = () =>
    page.evaluate(() => window.outcome(window.engine.readTable(document.querySelector('input')?.files?.[0] as File)));
  await choose('a,y\n1,x\n2\n');
  expect((await read()).message).toContain('Line 3 has 1 cell, but the table has 2 columns');
  rmSync(path);
  expect(await read()).toMatchObject({ code: 'bad_table', message: expect.stringContaining('cannot be read') });
  await choose('a,y\n1,x\n2,z\n');
  expect(await read()).toBe('settled');
});

test('a table comes out as it went in, with labels and probabilities, in any strategy', async ({ page }) => {
  await load(page);
  const found = await page.evaluate(async () => {
    const { engine } = window;
    const n = 3000;
    const row = (i: number) => {
      const a = (Math.sin(i) * 3).toFixed(3);
      const b = (Math.cos(i * 1.7) * 2).toFixed(2);
      return `"${a}";${b} ;${Number(a) + Number(b) > 0 ? 'Größe; "groß"' : 'klein'}`.replace(
        /Größe.*"$/,
        '"Größe; ""groß"""',
      );
    };
    const text = ['a;b;y', ...Array.from({ length: n }, (_, i) => row(i))].join('\r\n');
    const table = await engine.readTable(text);
    const { X, y, class_names } = await engine.dataset(table, { target: 'y' });
    const model = await engine.fit({ estimator: 'LogisticRegression' }, X, y);
    const expected = await engine.predict(model, X, { strategy: 'serial' });
    const shares = await model.predictProba(X);
    const stages = new Set<string>();
    const { y: labels, csv } = await engine.predictTable(model, table, {
      strategy: 'threads',
      onProgress: ({ stage }) => stages.add(stage),
    });
    const svc = await engine.fit({ estimator: 'LinearSVC' }, X, y);
    const bare = await (await engine.predictTable(svc, table)).csv.text();
    const lines = (await csv.text()).split('\n');
    const again = await engine.readTable(csv);
    const column = again.columns.map(({ name }) => name);
    const last = (await again.rows(n - 1, n))[0];
    return {
      ...{ class_names, same: labels.join() === expected.y.join(), stages: [...stages] },
      ...{ lines: lines.length, header: lines[0], first: lines[1], source: text.split('\r\n')[1], column, last },
      expected: [class_names[expected.y[n - 1] ?? 0], ...shares.slice(2 * (n - 1)).map(Number)].map(String),
      bare: bare.split('\n')[0],
      n_rows: again.n_rows,
    };
  });
  expect(found.same).toBe(true);
  expect(found.class_names).toEqual(['Größe; "groß"', 'klein']);
  expect(found.lines).toBe(3002);
  expect(found.header).toBe('a;b;y;prediction;"proba_Größe; ""groß""";proba_klein');
  expect(found.first?.startsWith(`${found.source};`)).toBe(true);
  expect(found.column).toEqual(['a', 'b', 'y', 'prediction', 'proba_Größe; "groß"', 'proba_klein']);
  expect(found.last?.slice(3).map((cell) => (Number.isNaN(Number(cell)) ? cell : String(Number(cell))))).toEqual(
    found.expected,
  );
  expect(found.bare).toBe('a;b;y;prediction');
  expect(found.n_rows).toBe(3000);
  expect(found.stages).toContain('write table');
});

test('reading is beside other calls, can be cancelled, and a table can be freed', async ({ page }) => {
  test.setTimeout(120_000);
  await load(page);
  await page.evaluate(outcome);
  const found = await page.evaluate(async () => {
    const { engine } = window;
    const line = `${'1.25,2.5,3.75,'.repeat(3)}x\n${'1.5,2.25,3.5,'.repeat(3)}y\n`;
    const big = new Blob(['a,b,c,d,e,f,g,h,i,y\n', ...Array.from({ length: 40 }, () => line.repeat(10_000))]);
    let n_told = 0;
    let read = false;
    const reading = engine.readTable(big, { onProgress: () => n_told++ }).finally(() => {
      read = true;
    });
    // One after the other, while the table is read.
    let made = 0;
    while (!read && made < 5) {
      await engine.makeClassification({ n_samples: 500, n_features: 4, random_state: made });
      made += 1;
    }
    const before = read;
    const table = await reading;
    const stop = new AbortController();
    const cancelled = window.outcome(
      engine.readTable(big, { signal: stop.signal, onProgress: ({ done }) => done > 5e6 && stop.abort() }),
    );
    const code = (await cancelled).code;
    const far = await table.rows(700_000, 700_002);
    table.free();
    return { made, before, n_rows: table.n_rows, n_told, code, far, freed: await window.outcome(table.rows(0, 1)) };
  });
  expect(found).toMatchObject({ made: 5, before: false, n_rows: 800_000, code: 'aborted' });
  expect(found.n_told).toBeGreaterThan(100);
  expect(found.far.map((row) => row.at(-1))).toEqual(['x', 'y']);
  expect(found.freed).toMatchObject({ code: 'disposed' });
});

test('the file of tables is fetched when the first is read; what it lacks ends nothing else', async ({ page }) => {
  let asked = 0;
  let answer: 'none' | 'other' | 'own' = 'none';
  const host = await altered((file) => {
    if (!file.endsWith('table.wasm')) return null;
    asked += 1;
    if (answer === 'own') return null;
    // An empty module: of no version that there is.
    return answer === 'none' ? '<!doctype html>' : Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  });
  await load(page, host.url);
  await page.evaluate(outcome);
  expect(asked).toBe(0);
  const read = () => page.evaluate(() => window.outcome(window.engine.readTable('a,y\n1,x\n2,z\n')));
  expect(await read()).toMatchObject({ code: 'worker_failed', message: expect.stringContaining('is no WebAssembly') });
  answer = 'other';
  expect(await read()).toMatchObject({ code: 'worker_failed', message: expect.stringContaining('not of the version') });
  answer = 'own';
  expect(await read()).toBe('settled');
  expect(await read()).toBe('settled');
  expect(asked).toBe(3);
});

test('a table that finds no memory ends alone', async ({ page }) => {
  const wasm = join(DIST, 'wasm/table.wasm');
  const small = withMaximum(wasm, 64);
  const [own, other] = [readFileSync(wasm), small].map((file) => String(crc32(file))) as [string, string];
  const host = await altered((file) => {
    if (file === wasm) return small;
    return file.endsWith('/coordinator.worker.js') ? readFileSync(file, 'utf8').replaceAll(own, other) : null;
  });
  await load(page, host.url);
  await page.evaluate(outcome);
  const found = await page.evaluate(async () => {
    const { engine } = window;
    const kept = await engine.readTable('a,y\n1,x\n2,z\n');
    const { X, y } = await engine.dataset(kept, { target: 'y', features: ['a'] }).catch(() => ({ X: null, y: null }));
    const big = await window.outcome(engine.readTable(`a,b,y\n${'1.5,2.5,x\n2.5,3.5,y\n'.repeat(200_000)}`));
    return { big, rows: await kept.rows(0, 2), alive: X !== null && (await X.toArray()).length, y };
  });
  expect(found.big).toMatchObject({ code: 'out_of_memory', message: expect.stringMatching(/memory/) });
  expect(found.rows).toEqual([
    ['1', 'x'],
    ['2', 'z'],
  ]);
  expect(found.alive).toBe(2);
});

/** A table of that many bytes on disk: eight columns of numbers, one of words, and the class. */
function large(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  writeSync(file, 'a,b,c,d,e,f,g,h,town,kind\n');
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  let block = '';
  for (let i = 0; i < 20_000; i++) {
    const numbers = Array.from({ length: 8 }, () => (next() / 2 ** 28 - 8).toFixed(4));
    block += `${numbers.join(',')},town ${next() % 97},${(next() >>> 16) % 2 ? 'yes' : 'no'}\n`;
  }
  for (let written = 0; written < bytes; written += block.length) writeSync(file, block);
  closeSync(file);
}

test('two hundred megabytes are read in a minute, in no more than three times their numbers @alone', async ({
  page,
}, info) => {
  test.setTimeout(240_000);
  const path = info.outputPath('large.csv');
  large(path, 200e6);
  await load(page);
  await page.evaluate(() => {
    document.body.append(Object.assign(document.createElement('input'), { type: 'file' }));
  });
  await page.locator('input').setInputFiles(path);
  const found = await page.evaluate(async () => {
    const { engine } = window;
    const memory = async () => {
      const measured = performance as unknown as { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> };
      return (await measured.measureUserAgentSpecificMemory()).bytes;
    };
    const file = document.querySelector('input')?.files?.[0] as File;
    const begun = performance.now();
    const table = await engine.readTable(file);
    const read_ms = performance.now() - begun;
    const made = performance.now();
    const { X, y } = await engine.dataset(table, {
      target: 'kind',
      features: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    });
    const dataset_ms = performance.now() - made;
    const listed = performance.now();
    const rows = await table.rows(2_000_000, 2_000_020);
    const rows_ms = performance.now() - listed;
    const numbers = 8 * table.n_rows * table.columns.length;
    // Of the page and its workers; it waits for their next collection of garbage.
    const bytes = await memory();
    const one = { n_rows: table.n_rows, X: X.n_rows, y: y.length, size: file.size, rows: rows.length };
    return {
      ...{ ...one, numbers, bytes, read_ms, dataset_ms, rows_ms },
    };
  });
  console.log(JSON.stringify(found));
  rmSync(path);
  expect(found.X).toBe(found.n_rows);
  expect(found.rows).toBe(20);
  expect(found.read_ms).toBeLessThan(60_000);
  expect(found.rows_ms).toBeLessThan(2_000);
  // The page and the engine themselves are some of it.
  expect(found.bytes).toBeLessThan(3 * found.numbers + 100e6);
});
