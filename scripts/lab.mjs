// What the inference lab reaches in a headless Chromium on this machine: npm run lab -- --help.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { bandwidth } from './lab/bandwidth.mjs';
import { inChromium, inNode } from './lab/busy.mjs';
import { dispatch, idle } from './lab/dispatch.mjs';
import { BROWSERS, repeat, summary } from './lab/repeat.mjs';
import { regretOf, scaling, scalingTable } from './lab/scaling.mjs';
import { megabytes, soak } from './lab/soak.mjs';
import { sweeps } from './lab/sweeps.mjs';
import { checkOut, writeOut } from './out.mjs';
import { Fail, main } from './run.mjs';

const USAGE = `npm run lab -- [dispatch] [idle] [busy] [bandwidth] [breakeven] [oversubscribed] [large]
               [--threads N] [--json file]
npm run lab -- repeat [--runs 8] [--browser chromium|firefox] [--json file]
npm run lab -- scaling [--threads 1,2,4,8] [--json file]
npm run lab -- soak [--experiments 200] [--loads 100] [--json file]
What dispatch, strategies and measurement reach in a headless browser on this machine. Without a name: all of the first
line. scaling does it on each of several numbers of threads, one table for all: 1, 2, 4, … and as many as there are
cores, where no others are named. repeat asks whether the page's answer is the same again: it runs the page's experiment
so many times. soak asks whether a tab stays as it was: small experiments one after the other, then engines loaded and
disposed of. It ends with 1 where memory grows from the second third to the last and within it, or workers or frames are
left.`;

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const micro = (us) => `${us.toFixed(us < 10 ? 2 : 1)} µs`;

const PARTS = {
  async dispatch(n_threads) {
    const found = await dispatch(n_threads);
    console.log(`dispatch over ${n_threads} threads until all have met and are done: median (least)`);
    const cost = ({ median_us, min_us }) => `${micro(median_us)} (${micro(min_us)})`;
    console.log(`  hot     ${cost(found.hot)}   rayon's broadcast ${cost(found.rayon_hot)}`);
    console.log(`  parked  ${cost(found.parked)}   rayon's broadcast ${cost(found.rayon_parked)}`);
    console.log(`  all asleep, the caller too  ${cost(found.all_asleep)}   rayon's ${cost(found.rayon_all_asleep)}`);
    return found;
  },
  async idle(n_threads) {
    const found = await idle(n_threads);
    if (!found) return console.log('idle: not measured, this system has no /proc');
    const [without, pool] = [percent(found.without), percent(found.with_pool)];
    console.log(
      `idle, all processes of the browser: ${pool} of a core with a pool of ${n_threads}, ${without} without`,
    );
    return found;
  },
  async busy(n_threads) {
    const found = {
      'RF, serial in Node': await inNode('RF'),
      'NB, serial in Node': await inNode('NB'),
      [`RF, ${n_threads} threads in Chromium`]: await inChromium(n_threads),
    };
    for (const [name, one] of Object.entries(found)) {
      if (!one) continue;
      const { busy_ms, cpu_ms, wall_ms } = one;
      const [busy, cpu] = [busy_ms / wall_ms, cpu_ms / wall_ms].map((ratio) => ratio.toFixed(3));
      console.log(`busy / wall ${busy}, CPU / wall ${cpu}, busy ${percent(busy_ms / cpu_ms - 1)} off CPU: ${name}`);
    }
    return found;
  },
  async bandwidth() {
    const { n_rows, bytes, read, read_at_four, ...models } = await bandwidth();
    const rate = ({ ms }) => `${ms.toFixed(1)} ms, ${(bytes / ms / 1e6).toFixed(1)} GB/s`;
    console.log(`${n_rows.toLocaleString('en')} × 10 numbers, one thread: read in ${rate(read)}`);
    console.log(`  at four places in turn ${rate(read_at_four)}`);
    for (const [name, { ms, share, share_at_four }] of Object.entries(models)) {
      console.log(
        `  ${name} ${ms.toFixed(1)} ms: ${percent(share)} of the bandwidth, ${percent(share_at_four)} of the better one`,
      );
    }
    return { n_rows, bytes, read, read_at_four, ...models };
  },
  async breakeven(n_threads) {
    const common = { budget_ms: 600, random_state: 1 };
    const grid = (to) => Array.from({ length: to }, (_, i) => 10 ** (i + 1));
    const rf = { model: 'RF', batch_sizes: grid(5) };
    const nb = { model: 'NB', batch_sizes: grid(6) };
    const all = ['serial', 'threads', 'workers', 'async', 'auto'];
    const specs = [
      { ...rf, ...common, strategies: all, pool: 'hot' },
      { ...rf, ...common, strategies: ['serial', 'threads', 'auto'], pool: 'parked' },
      { ...nb, ...common, strategies: all, pool: 'hot' },
      { ...nb, ...common, strategies: ['serial', 'threads', 'auto'], pool: 'parked' },
    ];
    return sweeps(n_threads, specs, print);
  },
  /** The notebook's warning: more threads than cores, and pools within pools. */
  async oversubscribed(n_cores) {
    const found = [];
    const common = { budget_ms: 500, random_state: 1, max_bisections: 0 };
    for (const times of [1, 2, 4]) {
      const n_threads = times * n_cores;
      const specs = [
        { model: 'RF', batch_sizes: [100, 100_000], strategies: ['serial', 'threads', 'workers'] },
        { model: 'NB', batch_sizes: [1_000, 1_000_000], strategies: ['serial', 'threads', 'workers'] },
        // As many threads again in each worker.
        { model: 'RF', batch_sizes: [100_000], strategies: ['serial', 'workers'], threads_per_worker: n_threads },
      ];
      console.log(`${n_threads} threads on ${n_cores} cores`);
      found.push(
        ...(await sweeps(
          n_threads,
          specs.map((spec) => ({ ...spec, ...common })),
          print,
        )),
      );
    }
    return found;
  },
  async large(n_threads) {
    const batch_sizes = Array.from({ length: 7 }, (_, i) => 10 ** (i + 1));
    const common = { batch_sizes, budget_ms: 500, random_state: 1, max_bisections: 0 };
    const strategies = ['serial', 'threads', 'workers', 'async', 'auto'];
    return sweeps(
      n_threads,
      ['NB', 'LR', 'SVC', 'RF'].map((model) => ({ model, ...common, strategies })),
      print,
    );
  },
};

/** Only when it is asked for: eight runs take six minutes. */
async function repeated({ runs: wanted, browser }) {
  const n_runs = Number(wanted);
  if (!(Number.isInteger(n_runs) && n_runs >= 1 && n_runs <= 100)) throw new Fail('--runs is a number from 1 to 100.');
  if (!BROWSERS.includes(browser)) throw new Fail(`--browser is one of ${BROWSERS.join(', ')}.`);
  const rows = (found) => {
    if (found?.verdict !== 'pays') return `${found?.verdict ?? 'nothing'}${found?.reason ? ` (${found.reason})` : ''}`;
    return `${found.n_rows} [${found.ci95.join(', ')}]${found.to_rows ? ` to ${found.to_rows}` : ''}`;
  };
  const runs = await repeat(n_runs, browser, ({ told, first, total_ms, capacity, n_rounds, n_loads }, i) => {
    const each = Object.entries(told).map(([name, found]) => `${name} ${rows(found)}`);
    const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
    const cores = capacity
      ? `${capacity.median_cores.toFixed(2)} cores (worst ${capacity.worst_cores.toFixed(2)}), ` +
        `handed over in ${Number(capacity.hand_over_us.toPrecision(2))} µs, ${Math.round(100 * capacity.apart)} % apart`
      : '';
    console.log(`${i + 1}  ${each.join('   ')}`);
    console.log(
      `   first verdict after ${first ? seconds(first.after_ms) : '–'}, whole run ${seconds(total_ms)}, ` +
        `${n_rounds} rounds in ${n_loads} starts, ${cores}, ${capacity?.n_disturbed ?? 0} disturbed`,
    );
  });
  for (const [name, one] of Object.entries(summary(runs))) {
    if (one.rows.length === 0) {
      console.log(`${name}: none of ${one.n_runs} runs says from how many rows`);
      continue;
    }
    console.log(
      `${name}: median ${one.median} rows, largest / smallest ${one.spread.toFixed(2)} (${one.apart} rows apart), ` +
        `the interval holds the median in ${one.n_hold} of ${one.n_pays}${one.n_ranges > 0 ? ` (${one.n_ranges} told as a range)` : ''}, median high / low ${one.width.toFixed(2)}, ` +
        `the first verdict's held the last in ${one.n_first_hold} of ${one.n_runs}`,
    );
  }
  return runs;
}

/** Only when it is asked for: it takes a minute for each number of threads. */
async function scaled(asked) {
  const cores = availableParallelism();
  const powers = Array.from({ length: 9 }, (_, i) => 2 ** i).filter((n) => n < cores);
  const counts = asked === undefined ? [...powers, cores] : asked.split(',').map(Number);
  const isRight = counts.every((n) => Number.isInteger(n) && n >= 1 && n <= 256);
  if (!isRight || new Set(counts).size < counts.length) throw new Fail('--threads is a list of numbers from 1 to 256.');
  const found = await scaling(counts, (n, { search_ms }) => {
    const searches = Object.entries(search_ms).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
    console.error(`${n} threads on ${cores} cores: searches ${searches.join(', ')} ms`);
  });
  console.log(scalingTable(found));
  console.log(`\n${cores} cores; ${found.user_agent}`);
  for (const [name, points] of Object.entries(found.auto ?? {})) {
    const { mean, worst, worst_n_rows, chosen } = regretOf(points);
    const each = chosen.map(([n_rows, n]) => `${n_rows.toLocaleString('en')} rows ${n}`).join(', ');
    console.log(
      `${name}: auto ${percent(mean)} slower than the best number of threads, at most ${percent(worst)} (${worst_n_rows} rows); it takes ${each}`,
    );
  }
  return { cores, ...found };
}

/** Only when it is asked for: it takes some minutes. */
async function soaked({ experiments, loads }) {
  const count = (name, value) => {
    const n = Number(value);
    if (!(Number.isInteger(n) && n >= 1 && n <= 10_000)) throw new Fail(`--${name} is a number from 1 to 10000.`);
    return n;
  };
  const asked = { experiments: count('experiments', experiments), loads: count('loads', loads) };
  const found = await soak(asked, ({ what, done, heap, wasm, renderers, workers, frames, ms }) => {
    const sizes = [`JS heap ${megabytes(heap)}`, `wasm ${megabytes(wasm)}`];
    if (renderers !== null) sizes.push(`renderers ${megabytes(renderers)}`);
    const there = `${workers} workers, ${frames} frames`;
    console.log(`${what} ${done}  ${sizes.join(', ')}, ${there}${ms > 0 ? `, ${Math.round(ms)} ms` : ''}`);
  });
  for (const [what, { median_ms, slowest_ms }] of Object.entries({
    experiment: found.experiments,
    engine: found.loads,
  }))
    console.log(`an ${what}: ${Math.round(median_ms)} ms, after the first at most ${Math.round(slowest_ms)} ms`);
  console.log(found.verdict.length === 0 ? 'flat: nothing grows, nothing is left' : found.verdict.join('\n'));
  if (found.verdict.length > 0) process.exitCode = 1;
  return found;
}

function print({ model, spec, report, wall_s, peak_bytes }) {
  const gib = (peak_bytes / 2 ** 30).toFixed(2);
  console.log(
    `${model}, ${spec.pool ?? 'hot'}${spec.threads_per_worker ? `, ${spec.threads_per_worker} threads in each worker` : ''}: ${report.points.length} points in ${wall_s.toFixed(1)} s, peak ${gib} GiB`,
  );
  for (const { strategy, verdict, n_rows, ci95, to_rows, reason } of report.break_even) {
    const range = ci95 ? ` from ${n_rows} rows [${ci95.join(', ')}]${to_rows ? ` to ${to_rows}` : ''}` : '';
    console.log(`  ${strategy}: ${verdict}${range}${reason ? `, ${reason}` : ''}`);
  }
  for (const n_rows of spec.batch_sizes) {
    const at = report.points.filter((point) => point.n_rows === n_rows);
    const serial = at.find(({ strategy }) => strategy === 'serial')?.median_ms;
    const each = at.map(({ strategy, strategy_used, median_ms, busy_per_wall, flags }) => {
      const used = strategy === 'auto' ? `auto (${strategy_used})` : strategy;
      const notes = flags.length > 0 ? ` [${flags.join(' ')}]` : '';
      return `${used} ${median_ms.toPrecision(3)} ms ×${(serial / median_ms).toFixed(2)} b/w ${busy_per_wall.toFixed(2)}${notes}`;
    });
    console.log(`  ${n_rows.toLocaleString('en')} rows: ${each.join(', ')}`);
  }
  for (const line of report.cost_model) {
    const { strategy, overhead_us, ns_per_row, r2, worst_residual } = line;
    const fit = `R² ${r2.toFixed(4)}, worst ${percent(worst_residual)}`;
    console.log(`  ${strategy}: ${overhead_us.toPrecision(3)} µs + ${ns_per_row.toPrecision(3)} ns a row, ${fit}`);
  }
  const regret = report.auto_regret;
  if (regret) {
    const of = ({ mean, worst, worst_n_rows }) => `${percent(mean)} (worst ${percent(worst)} at ${worst_n_rows})`;
    console.log(`  regret of auto ${of(regret.auto)}, of a cut-off at ${regret.cutoff_rows} ${of(regret.cutoff)}`);
  }
  for (const note of report.notes) console.log(`  ! ${note}`);
}

function parsed(options) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Fail(`${error.message}\nUsage: ${USAGE}`);
  }
}

await main(async () => {
  const options = {
    ...{ threads: { type: 'string' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    ...{ runs: { type: 'string', default: '8' }, browser: { type: 'string', default: 'chromium' } },
    ...{ experiments: { type: 'string', default: '200' }, loads: { type: 'string', default: '100' } },
  };
  const { values, positionals } = parsed(options);
  if (values.help) return console.log(USAGE);
  const names = positionals.length > 0 ? positionals : Object.keys(PARTS);
  const n_threads = Number(values.threads ?? availableParallelism());
  const all = {
    ...PARTS,
    repeat: () => repeated(values),
    scaling: () => scaled(values.threads),
    soak: () => soaked(values),
  };
  const unknown = names.find((name) => !Object.hasOwn(all, name));
  if (unknown) throw new Fail(`There is no ${unknown}: choose of ${Object.keys(all).join(', ')}.`);
  if (values.json) checkOut(values.json);
  await build();
  const found = {};
  for (const name of names) found[name] = await all[name](n_threads);
  if (values.json) writeOut(values.json, JSON.stringify(found, null, 2));
});
