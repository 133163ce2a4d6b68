// How much a visitor may have to fetch, compressed as a host compresses static files (Brotli at its best).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { Fail, log, ROOT } from './run.mjs';

const DIST = join(ROOT, 'dist');
const KB = 1000;

/** Before the element is seen, on a page that somebody else pays for. */
const LOADER = 3 * KB;
/** One visit: everything after the loader, in the tier that takes more. */
const VISIT = 700 * KB;
/** Its wasm. */
const WASM = 400 * KB;
/** The reading of tables, for those who give one. */
const TABLE = 120 * KB;

const sizes = new Map();

function size(file) {
  if (!sizes.has(file)) sizes.set(file, brotliCompressSync(readFileSync(join(DIST, file))).length);
  return sizes.get(file);
}

const sum = (files) => files.reduce((total, file) => total + size(file), 0);

/** A module and all that it imports: statically, or with `later` when it is told to, too. */
function graph(entry, { later = false } = {}, seen = new Set()) {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const code = readFileSync(join(DIST, entry), 'utf8');
  const modules = new Set(readdirSync(DIST).filter((name) => name.endsWith('.js')));
  const imports = code.matchAll(/(?:\bfrom|\bimport)\s*(\()?\s*["'`]\.\/([^"'`]+\.js)["'`]/g);
  for (const [, dynamic, file] of imports) {
    if (modules.has(file) && (later || !dynamic)) graph(file, { later }, seen);
  }
  return seen;
}

/** What is fetched, in the order in which it is. */
export function measureSizes() {
  const loader = [...graph('breakeven-lab.js')];
  const face = [...graph('breakeven-lab.js', { later: true })].filter((file) => !loader.includes(file));
  const frame = ['engine.html', ...graph('engine.js')];
  const workers = ['coordinator.worker.js', 'isolated.worker.js'];
  const tier = (name) => ({ glue: `wasm/${name}/breakeven.js`, wasm: `wasm/${name}/breakeven_bg.wasm` });
  const tiers = ['threads', 'single'].map((name) => {
    const { glue, wasm } = tier(name);
    return { name, wasm: size(wasm), visit: sum([...face, ...frame, ...workers, glue, wasm]) };
  });
  return { loader: sum(loader), face: sum(face), tiers, table: size('wasm/table.wasm') };
}

/** Refuses a build that has grown too large. */
export function checkBudgets() {
  const { loader, face, tiers, table } = measureSizes();
  const kB = (bytes) => `${(bytes / KB).toFixed(1)} kB`;
  log(`  breakeven-lab.js ${kB(loader)}, the widget behind it ${kB(face)}`);
  for (const { name, wasm, visit } of tiers)
    log(`  ${name}: wasm ${kB(wasm)}, everything after the loader ${kB(visit)}`);
  log(`  tables' file, when one is read: ${kB(table)}`);
  const check = (what, bytes, most) => {
    if (bytes <= most) return;
    throw new Fail(
      `${what} is ${kB(bytes)} compressed, ${kB(bytes - most)} more than its budget of ${kB(most)}: see scripts/budgets.mjs.`,
    );
  };
  check("Tables' file", table, TABLE);
  check('The loader (breakeven-lab.js with what it imports at once)', loader, LOADER);
  for (const { name, wasm, visit } of tiers) {
    check(`The wasm of the ${name} build`, wasm, WASM);
    check(`Everything after the loader, with the ${name} build,`, visit, VISIT);
  }
}
