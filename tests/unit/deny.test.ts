/** Which licences of npm packages are allowed: `npm run deny` asks this of the lock files, and here they are asked, too. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCKS, refusedPackages } from '../../scripts/deny.mjs';

test('a package’s licence is on the list, or one of those that it offers', () => {
  const packages = {
    '': { license: 'Proprietary' },
    'node_modules/a': { license: 'MIT' },
    'node_modules/b': { license: '(GPL-3.0 OR MIT)' },
    'node_modules/a/node_modules/@scope/c': { license: 'GPL-3.0' },
    'node_modules/d': {},
    'node_modules/e': { license: 'MIT AND GPL-3.0' },
    'node_modules/f': { license: '(MIT AND Zlib)' },
  };
  expect(refusedPackages({ packages })).toEqual(['@scope/c: GPL-3.0', 'd: no licence', 'e: MIT AND GPL-3.0']);
});

test.each(LOCKS)('%s has no other', (file) => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'));
  expect(Object.keys(lock.packages).length).toBeGreaterThan(10);
  expect(refusedPackages(lock)).toEqual([]);
});
