// node scripts/record.mjs report.json [--machine 'what it ran on'] [--note 'what a reader has to know']
// Makes two files of a report (of `npm run experiment`, or of the page): www/page/recorded.html, the children of
// <breakeven-lab> in the site's pages, which show until the experiment starts, and where no script runs; and
// www/page/recorded.json, which the page's own charts show before the reader's run and faint behind it. Their numbers
// are the report's, and nothing else's.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Fail, log, main, ROOT } from './run.mjs';

const OUT = 'www/page/recorded.html';
const OUT_REPORT = 'www/page/recorded.json';
/** One panel of the figure; two beside each other. */
const PANEL = { width: 320, height: 220, left: 52, right: 14, top: 26, bottom: 34 };
/** Looks that a page's own style sheet may change; the dashes tell the lines apart without colour. */
const LINES = {
  serial: { stroke: 'currentColor', dash: '' },
  threads: { stroke: '#c2532b', dash: '' },
  workers: { stroke: '#2f7fbf', dash: '5 3' },
  async: { stroke: '#8a68c6', dash: '2 3' },
};

const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const count = (n) => new Intl.NumberFormat('en').format(Math.round(n)).replaceAll(',', ' ');
const short = (n) => (n >= 1e6 ? `${n / 1e6}M` : n >= 1000 ? `${n / 1000}k` : String(n));
const time = (ms) =>
  ms >= 1000 ? `${ms / 1000} s` : ms >= 1 ? `${ms} ms` : `${Number((ms * 1000).toPrecision(3))} µs`;

function decades([low, high]) {
  const list = [];
  for (let power = Math.ceil(Math.log10(low) - 1e-9); power <= Math.log10(high) + 1e-9; power++) list.push(10 ** power);
  return list;
}

function scale([low, high], [from, to]) {
  const [a, b] = [Math.log10(low), Math.log10(high)];
  return (value) => Number((from + ((Math.log10(value) - a) / (b - a || 1)) * (to - from)).toFixed(1));
}

function panel(name, { points, break_even }, domains, [dx, dy]) {
  const { width, height, left, right, top, bottom } = PANEL;
  const x = scale(domains.x, [left, width - right]);
  const y = scale(domains.y, [height - bottom, top]);
  const label = (px, py, text, anchor) => `<text x="${px}" y="${py}" text-anchor="${anchor}">${escaped(text)}</text>`;
  const grid = decades(domains.y).map(
    (value) =>
      `<path d="M${left} ${y(value)}H${width - right}" stroke="currentColor" stroke-opacity=".15"/>${label(left - 6, y(value) + 3.5, time(value), 'end')}`,
  );
  const ticks = decades(domains.x).map((value) => label(x(value), height - bottom + 15, short(value), 'middle'));
  const lines = Object.entries(LINES).flatMap(([strategy, { stroke, dash }]) => {
    const mine = points.filter((point) => point.strategy === strategy).sort((a, b) => a.n_rows - b.n_rows);
    if (mine.length === 0) return [];
    const d = mine.map((point, i) => `${i ? 'L' : 'M'}${x(point.n_rows)} ${y(point.median_ms)}`).join('');
    return [
      `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="1.75"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`,
    ];
  });
  const found = break_even.find(({ strategy, n_rows }) => strategy === 'threads' && n_rows !== null);
  const mark = found && found.n_rows >= domains.x[0] && found.n_rows <= domains.x[1];
  const rule = mark
    ? `<path d="M${x(found.n_rows)} ${top}V${height - bottom}" stroke="#c2532b" stroke-dasharray="3 3"/>`
    : '';
  return `<g transform="translate(${dx} ${dy})"><text x="${left}" y="14" font-weight="600">${escaped(name)}</text>${grid.join('')}${ticks.join('')}${rule}${lines.join('')}</g>`;
}

function legend(used, y) {
  const items = used.map((strategy, i) => {
    const { stroke, dash } = LINES[strategy];
    const x = PANEL.left + i * 110;
    return `<path d="M${x} ${y - 4}h24" stroke="${stroke}" stroke-width="1.75"${dash ? ` stroke-dasharray="${dash}"` : ''}/><text x="${x + 30}" y="${y}">${strategy}</text>`;
  });
  return `<g>${items.join('')}</g>`;
}

function figure(sweeps) {
  const points = Object.values(sweeps).flatMap((sweep) => sweep.points);
  const extent = (values) => [Math.min(...values), Math.max(...values)];
  const domains = {
    x: extent(points.map((point) => point.n_rows)),
    y: extent(points.map((point) => point.median_ms)),
  };
  const names = Object.keys(sweeps);
  const rows = Math.ceil(names.length / 2);
  const panels = names.map((name, i) =>
    panel(name, sweeps[name], domains, [(i % 2) * PANEL.width, Math.floor(i / 2) * PANEL.height]),
  );
  const used = Object.keys(LINES).filter((strategy) => points.some((point) => point.strategy === strategy));
  const [width, height] = [2 * PANEL.width, rows * PANEL.height + 24];
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="Median time of one call over the rows in the batch, both logarithmic, for each classifier and strategy. The table below has the break-evens." font-size="11" fill="currentColor">${panels.join('')}${legend(used, height - 8)}</svg>`;
}

function table(sweeps) {
  const rows = Object.entries(sweeps).flatMap(([name, { break_even, points }]) =>
    break_even.map(({ strategy, n_rows, ci95, verdict }) => {
      const least = Math.min(...points.filter((point) => point.strategy === strategy).map((point) => point.n_rows));
      const cells = [strategy, n_rows === null ? '–' : count(n_rows), ci95 ? intervalWords(ci95, least) : '–'];
      return `<tr><th scope="row">${escaped(name)}</th>${[...cells, verdict.replaceAll('_', ' ')].map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
    }),
  );
  const head = ['classifier', 'strategy', 'pays from … rows', '95 % interval', 'verdict'];
  return `<section class="scroll" aria-label="Break-evens against serial"><table>
<caption>Break-evens against serial</caption>
<thead><tr>${head.map((word) => `<th scope="col">${word}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></section>`;
}

/** As www/experiment/words.ts has it: nothing was measured below the smallest batch. */
function intervalWords([low, high], least) {
  return low < least ? `at most ${count(Math.max(least, high))}` : `${count(low)} to ${count(high)}`;
}

/** The children, as HTML. */
export function recorded(report, { machine, date, note = '' }) {
  const { environment, sweeps, verdict } = report;
  if (typeof report.experiment?.data?.csv === 'string')
    throw new Fail('That report holds a table, which the page would publish: save it without.');
  if (report.format !== 'breakeven-report' || !sweeps || Object.keys(sweeps).length === 0)
    throw new Fail('That is no report with a sweep: make one with `npm run experiment -- --out report.json`.');
  const browser = environment.user_agent.match(/(?:HeadlessChrome|Chrome|Firefox|Version)\/(\d+)/);
  const name = environment.user_agent.includes('Chrome') ? 'Chromium' : 'browser';
  const where = `${machine}, ${environment.n_threads} threads, ${name} ${browser?.[1] ?? ''}`.trim();
  return `<figure class="recorded" slot="recorded">
<figcaption><strong>Recorded on ${escaped(where)}, on <time datetime="${date}">${date}</time>; run it to see your own.</strong> ${escaped(verdict.replace(/^On this machine/, 'There'))}${note ? ` ${escaped(note)}` : ''}</figcaption>
${figure(sweeps)}
${table(sweeps)}
</figure>
`;
}

/** The report itself, to four digits and without the folds' single scores, which no chart shows. */
export function lean(report, { machine, date, note }) {
  const training = report.training.map((row) => ({ ...row, cv_results: { ...row.cv_results, split_test_score: [] } }));
  const notes = note ? [note, ...report.notes] : report.notes;
  const digits = (_, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  return `${JSON.stringify({ recorded_on: date, ...report, machine, notes, training }, digits)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      options: { machine: { type: 'string' }, note: { type: 'string' } },
      allowPositionals: true,
    });
    const [file] = positionals;
    if (!file) throw new Fail("Usage: node scripts/record.mjs report.json [--machine 'what it ran on'] [--note '…']");
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const date = statSync(file).mtime.toISOString().slice(0, 10);
    const machine = values.machine ?? `${cpus()[0]?.model.trim() ?? 'an unknown processor'}`;
    const about = { machine, date, note: values.note };
    writeFileSync(join(ROOT, OUT), recorded(report, about));
    writeFileSync(join(ROOT, OUT_REPORT), lean(report, about));
    log(`✓ ${OUT}, ${OUT_REPORT}`);
  });
}
