/** Results from a link: a report, or refused, whatever stands there and however much it inflates to. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { checkReport } from '../../../www/experiment/check-report.js';
import type { ExperimentReport } from '../../../www/experiment/report.js';
import { fromResults, toResults } from '../../../www/experiment/results.js';
import { json, spoilt } from './inputs.js';
import { judged, law, unsigned } from './laws.js';
import { asWritten, isReport } from './reports.js';

async function through(transform: CompressionStream | DecompressionStream, bytes: BlobPart): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(transform)).arrayBuffer());
}
const deflated = async (text: BlobPart) =>
  Buffer.from(await through(new CompressionStream('deflate-raw'), text)).toString('base64url');
const inflated = async (words: string) =>
  Buffer.from(await through(new DecompressionStream('deflate-raw'), Buffer.from(words, 'base64url'))).toString();

const reports = (await asWritten()).map(checkReport);
const links = await Promise.all(reports.map(toResults));
const packed = await Promise.all(links.map(async (link) => JSON.parse(await inflated(link))));

/** Once through a link it is the same each time: its four digits are all that there are. */
async function isShared(report: ExperimentReport): Promise<void> {
  isReport(report);
  const once = await fromResults(await toResults(report));
  const { training, sweeps, closer, experiment, notes, environment } = report;
  expect(once).toMatchObject({ experiment, notes, environment: { ...environment, ...roundedIn(once.environment) } });
  expect(Object.keys(once.sweeps)).toEqual(Object.keys(sweeps));
  expect(once.training.map(({ best_params }) => unsigned(best_params))).toHaveLength(training.length);
  expect(Object.keys(once.closer ?? {})).toEqual(Object.keys(closer ?? {}));
  for (const [name, { points, break_even }] of Object.entries(once.sweeps)) {
    expect(points.length).toBe(sweeps[name]?.points.length);
    expect(break_even.map(({ verdict }) => verdict)).toEqual(sweeps[name]?.break_even.map(({ verdict }) => verdict));
    for (const [i, { median_ms, ci95_ms }] of points.entries()) {
      const mine = sweeps[name]?.points[i];
      expect(median_ms / (mine?.median_ms ?? Number.NaN)).toBeCloseTo(1, 3);
      expect(ci95_ms.map(Number.isFinite)).toEqual(mine?.ci95_ms.map(Number.isFinite));
    }
  }
  const twice = await fromResults(await toResults(once));
  expect(unsigned(twice)).toEqual(unsigned(once));
}

const roundedIn = ({
  timer_resolution_ms,
  startup_ms,
  n_threads,
  hardware_concurrency,
}: ExperimentReport['environment']) => ({
  ...{ timer_resolution_ms, startup_ms, n_threads, hardware_concurrency },
});

const bytes = fc.uint8Array({ maxLength: 200 });

describe('results in a link', () => {
  law('come back', fc.constantFrom(...reports), isShared, 4);

  law(
    'with parts of any kind are taken or refused',
    fc.constantFrom(...packed).chain((one) => spoilt(one)),
    async (given) => {
      const text = JSON.stringify(given, (_, part) => (part === Number.POSITIVE_INFINITY ? '1e999' : part));
      const outcome = await judged(async () => fromResults(await deflated(text.replaceAll('"1e999"', '1e999'))));
      if ('value' in outcome) await isShared(outcome.value);
    },
  );

  law('of any JSON are refused', json, async (given) => {
    expect(await judged(async () => fromResults(await deflated(JSON.stringify(given) ?? '')))).toHaveProperty(
      'refused',
    );
  });

  law(
    'with letters of any kind are refused, or are those that were sent',
    fc.tuple(
      fc.constantFrom(...links),
      fc.nat(),
      fc.nat({ max: 40 }),
      fc.oneof(fc.base64String({ maxLength: 20 }), fc.string()),
    ),
    async ([link, at, n, letters]) => {
      const from = at % link.length;
      const outcome = await judged(() => fromResults(link.slice(0, from) + letters + link.slice(from + n)));
      if ('value' in outcome) await isShared(outcome.value);
    },
  );

  law('of any bytes are refused', bytes, async (given) => {
    expect(await judged(() => fromResults(Buffer.from(given).toString('base64url')))).toHaveProperty('refused');
    expect(await judged(async () => fromResults(await deflated(given as Uint8Array<ArrayBuffer>)))).toHaveProperty(
      'refused',
    );
  });

  law(
    'that inflate to much are refused',
    fc.tuple(bytes, fc.integer({ min: 5000, max: 100_000 })),
    async ([given, n]) => {
      const much = new Uint8Array(Math.max(1, given.length) * n).fill(32);
      for (let i = 0; i < n; i++) much.set(given, i * given.length);
      expect(await judged(async () => fromResults(await deflated(much)))).toHaveProperty('refused');
    },
  );
});
