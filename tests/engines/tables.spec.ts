/** Tables of every encoding are read alike in every engine; one did not read UTF-16. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from './tabs.js';

const fixtures = new URL('../fixtures/', import.meta.url);
const expected = JSON.parse(readFileSync(new URL('tables.json', fixtures), 'utf8'));
const WANTED = ['01', '03', '04', '05', '08', '20', '27', '29', '31', '73'];
const names = readdirSync(new URL('tables/', fixtures)).filter((name) => WANTED.includes(name.slice(0, 2)));

test('tables are read, and written with what a model says of them', async ({ tab, site }) => {
  await tab.goto(`${site}runner.html`);
  const tables = names.map((name) => ({
    content: readFileSync(new URL(`tables/${name}`, fixtures)).toString('base64'),
    target: expected[name].labels.target,
  }));
  const found = await tab.ask(async (tables) => {
    const { load } = (await import(
      new URL('breakeven.js', document.baseURI).href
    )) as typeof import('../../www/breakeven.js');
    const engine = await load({ n_threads: 2 });
    const found: unknown[] = [];
    for (const { content, target } of tables) {
      const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
      const table = await engine.readTable(new Blob([bytes]));
      const { X, y, class_names } = await engine.dataset(table, { target });
      const model = await engine.fit({ estimator: 'GaussianNB', preprocess: {} }, X, y);
      const { csv } = await engine.predictTable(model, table);
      const again = await engine.readTable(csv);
      const prediction = again.columns.find(({ name }) => name === 'prediction');
      const kinds = table.columns.map(({ name, kind }) => [name, kind]);
      const n_predicted = again.n_rows - (prediction?.n_missing ?? again.n_rows);
      found.push({ n_rows: table.n_rows, kinds, class_names, n_again: again.n_rows, n_predicted });
      table.free();
    }
    await engine.dispose();
    return found;
  }, tables);
  for (const [i, name] of names.entries()) {
    const { n_rows, columns, labels } = expected[name];
    const kinds = columns.map(({ name, kind }: { name: string; kind: string }) => [name, kind]);
    const n_named = { n_again: n_rows, n_predicted: n_rows };
    expect(found[i], name).toEqual({ n_rows, kinds, class_names: labels.names, ...n_named });
  }
});
