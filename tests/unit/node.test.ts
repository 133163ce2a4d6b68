/** Where there is no browser: a page rendered on a server, a script in Node. */
import { expect, test } from 'vitest';

test('the element’s module can be imported, and defines nothing', async () => {
  expect(globalThis.HTMLElement).toBeUndefined();
  expect((await import('../../www/widget/element/breakeven-lab.js')).BreakevenLab).toBeTypeOf('function');
});

test('load() says that it needs a browser', async () => {
  const { load } = await import('../../www/breakeven.js');
  await expect(load()).rejects.toMatchObject({ name: 'BreakevenError', code: 'worker_failed' });
  await expect(load()).rejects.toThrow('load() needs a browser, with its Web Workers');
});
