/** What a frame says of its height: a number of pixels in bounds, or nothing. */
import { expect, test } from 'vitest';
import { heightIn, MAX_HEIGHT } from '../../www/page/height.js';

test.each([
  [{ breakeven: 'height', height: 99.2 }, 100],
  [{ breakeven: 'height', height: 1e9 }, MAX_HEIGHT],
  [{ breakeven: 'height', height: Number.POSITIVE_INFINITY }, MAX_HEIGHT],
  [{ breakeven: 'height', height: 0 }, null],
  [{ breakeven: 'height', height: Number.NaN }, null],
  [{ breakeven: 'height', height: '9; position: fixed' }, null],
  [{ breakeven: 'tell', height: 9 }, null],
  [{ height: 9 }, null],
  [null, null],
  ['height', null],
])('%j', (data, height) => expect(heightIn(data)).toBe(height));

test('the bound is 20 000 pixels', () => expect(MAX_HEIGHT).toBe(20_000));
