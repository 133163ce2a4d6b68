/** Models kept in the browser's storage: both halves of each or neither, and nothing of what somebody else has put there. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ModelFacts, readFacts } from '../../www/experiment/model-facts.js';
import { MODELS, ModelStore } from '../../www/widget/element/model-store.js';

const FACTS: ModelFacts = {
  ...{ estimator: 'GaussianNB', n_features: 2, features: ['a', 'b'], n_classes: 2, classes: ['x', 'y'] },
  ...{ target: 'c', read: { header: false } },
};
const model = (name: string) => ({ name, facts: FACTS, n_bytes: 3, kept_at: 1_700_000_000_000 });
const bytes = (...values: number[]) => Uint8Array.from(values);

let store: ModelStore;
beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  store = await ModelStore.open(() => {});
});
afterEach(() => store.close());

test('what is kept is listed by name, read, replaced and deleted', async () => {
  await store.keep(model('b'), bytes(1, 2, 3));
  await store.keep(model('a'), bytes(4));
  expect(await store.list()).toEqual([model('a'), model('b')]);
  expect(await store.file('b')).toEqual(bytes(1, 2, 3));
  await store.keep({ ...model('b'), n_bytes: 1 }, bytes(9));
  expect(await store.file('b')).toEqual(bytes(9));
  expect((await store.list()).map(({ name, n_bytes }) => [name, n_bytes])).toEqual([
    ['a', 3],
    ['b', 1],
  ]);
  await store.delete('b');
  expect(await store.list()).toEqual([model('a')]);
  await expect(store.file('b')).rejects.toMatchObject({ code: 'not_found' });
});

test('is there at the next visit', async () => {
  await store.keep(model('a'), bytes(7));
  store.close();
  store = await ModelStore.open(() => {});
  expect(await store.list()).toEqual([model('a')]);
  expect(await store.file('a')).toEqual(bytes(7));
});

test('one that cannot be kept whole leaves the one of its name as it was', async () => {
  await store.keep(model('a'), bytes(1));
  const broken = { ...model('a'), n_bytes: 99 };
  await expect(store.keep(broken, (() => {}) as unknown as Uint8Array)).rejects.toMatchObject({
    name: 'DataCloneError',
  });
  expect(await store.list()).toEqual([model('a')]);
  expect(await store.file('a')).toEqual(bytes(1));
});

test('what others have put there is not listed, or is no file', async () => {
  await store.keep(model('mine'), bytes(1));
  const db = await openDB(MODELS);
  for (const value of [
    { name: 'none' },
    { name: 'number', facts: { ...FACTS, classes: 5 } },
    { name: 'inside', facts: { ...FACTS, features: [1] } },
    { name: 'minus', facts: { ...FACTS, n_features: -1 } },
  ])
    await db.put('models', value);
  await db.put('files', 'words', 'mine');
  db.close();
  expect((await store.list()).map(({ name }) => name)).toEqual(['mine']);
  await expect(store.file('mine')).rejects.toMatchObject({ code: 'not_found' });
});

test('gives way where the site’s data are cleared, or another tab has a newer version', async () => {
  const onGone = vi.fn();
  const other = await ModelStore.open(onGone);
  store.close();
  await deleteDB(MODELS);
  expect(onGone).toHaveBeenCalled();
  await expect(other.list()).rejects.toMatchObject({ name: 'InvalidStateError' });
});

test('facts are read back as they are, and names beyond what anybody reads are not', () => {
  expect(readFacts(structuredClone(FACTS))).toEqual(FACTS);
  expect(readFacts({ ...FACTS, features: null, more: 1 })).toEqual({ ...FACTS, features: null });
  expect(readFacts({ ...FACTS, target: 5, standardised: {}, read: 'x' })).toEqual({
    ...{ estimator: 'GaussianNB', n_features: 2, features: ['a', 'b'], n_classes: 2, classes: ['x', 'y'] },
  });
  const many = Array.from({ length: 5000 }, (_, i) => `f${i}`);
  expect(readFacts({ ...FACTS, features: many, n_features: 5000 })?.features).toHaveLength(100);
  for (const none of [null, 5, 'x', {}, { ...FACTS, estimator: null }]) expect(readFacts(none)).toBeNull();
});
