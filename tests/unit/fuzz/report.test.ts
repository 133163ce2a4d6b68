/** A report from a file: taken, each field what it should be, or refused by the name of the field. */
import fc from 'fast-check';
import { describe } from 'vitest';
import { checkReport } from '../../../www/experiment/check-report.js';
import { json, spoilt } from './inputs.js';
import { judged, law, throughJson } from './laws.js';
import { asWritten, isReport } from './reports.js';

const written = await asWritten();
const any = fc.constantFrom(...written);

/** As from a file: what JSON's text cannot say is not in it, but for `1e999`. */
const inFile = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part) =>
      part === Number.POSITIVE_INFINITY ? '1e999' : part === Number.NEGATIVE_INFINITY ? '-1e999' : part,
    )?.replaceAll(/"(-?1e999)"/g, '$1') ?? 'null',
  );

describe('a report', () => {
  law('as it was written is taken', any, (given) => isReport(checkReport(throughJson(given))), 4);

  law(
    'with parts of any kind is taken or refused',
    any.chain((given) => spoilt(given)),
    async (given) => {
      const outcome = await judged(() => checkReport(inFile(given)));
      if ('value' in outcome) isReport(outcome.value);
    },
  );

  law('of any kind is refused', json, async (given) => {
    const outcome = await judged(() => checkReport(inFile(given)));
    if ('value' in outcome) throw new Error('it was taken');
  });
});
