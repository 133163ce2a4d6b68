// Does the answer repeat? The page's default run again and again, each in a browser of its own.
import { launchChromium } from '../chromium.mjs';
import { launchFirefox } from '../firefox.mjs';
import { median } from '../median.mjs';
import { serve } from '../serve.mjs';

/** Runs in the page: the default experiment, and what was said first. */
async function experiment() {
  const { load, runExperiment } = await import(new URL('breakeven.js', document.baseURI).href);
  const engine = await load();
  const begun = performance.now();
  let first = null;
  const told = (sweeps) =>
    Object.fromEntries(
      Object.entries(sweeps).map(([name, { break_even }]) => [
        name,
        break_even.find(({ strategy }) => strategy === 'threads') ?? null,
      ]),
    );
  const report = await runExperiment(
    engine,
    { sweep: { preset: 'quick' } },
    {
      onPart: ({ sweeps = {}, verdict }) => {
        if (first || Object.keys(sweeps).length === 0) return;
        first = { after_ms: performance.now() - begun, verdict, told: told(sweeps) };
      },
    },
  );
  await engine.dispose();
  const [sweep] = Object.values(report.sweeps);
  const { capacity, n_rounds, n_loads } = sweep;
  const { verdict, total_ms } = report;
  return { first, told: told(report.sweeps), verdict, total_ms, capacity, n_rounds, n_loads, report };
}

const LAUNCH = { chromium: launchChromium, firefox: launchFirefox };

export const BROWSERS = Object.keys(LAUNCH);

/** `runs` default runs; `onRun` hears of each. */
export async function repeat(runs, browser, onRun = () => {}) {
  const server = await serve();
  const all = [];
  try {
    for (let i = 0; i < runs; i++) {
      const opened = await LAUNCH[browser]();
      try {
        const page = await opened.newPage();
        await page.goto(`${server.url}runner.html`);
        all.push(await page.evaluate(experiment));
      } finally {
        await opened.close();
      }
      onRun(all.at(-1), i);
    }
  } finally {
    await server.close();
  }
  return all;
}

/** What the page tells as a range, since the interval is too wide for a number (www/experiment/words.ts). */
export const isRange = ({ ci95 }) => ci95 !== null && ci95[1] > 4 * ci95[0] && ci95[1] - ci95[0] > 16;

/** What the runs say of each classifier: of the numbers that are told, and of the intervals. */
export function summary(runs) {
  return Object.fromEntries(
    Object.keys(runs[0]?.told ?? {}).map((name) => {
      const found = runs.map(({ told }) => told[name]).filter((one) => one?.verdict === 'pays');
      const rows = found.filter((one) => !isRange(one)).map(({ n_rows }) => n_rows);
      const middle = median(rows);
      const firsts = runs.filter(({ first, told }) => {
        const [early, late] = [first?.told[name], told[name]];
        if (early?.verdict !== 'pays') return early?.verdict === 'unclear' || early?.verdict === late?.verdict;
        return late?.n_rows !== null && early.ci95[0] <= late.n_rows && late.n_rows <= early.ci95[1];
      });
      return [
        name,
        {
          n_runs: runs.length,
          n_pays: found.length,
          n_ranges: found.length - rows.length,
          rows,
          intervals: found.map(({ ci95 }) => ci95),
          median: middle,
          spread: Math.max(...rows) / Math.min(...rows),
          apart: Math.max(...rows) - Math.min(...rows),
          n_hold: found.filter(({ ci95: [low, high] }) => low <= middle && middle <= high).length,
          width: median(found.map(({ ci95: [low, high] }) => high / low)),
          n_first_hold: firsts.length,
        },
      ];
    }),
  );
}
