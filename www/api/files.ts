/**
 * Where the engine's files lie. Each is named by a URL of its own, written so that bundlers find it (Vite, webpack and
 * others copy what `new URL('./x', import.meta.url)` names); each stands alone, so that it may be renamed.
 */

/** One build of the crate: its glue module and its wasm. */
export interface Build {
  glue: string;
  wasm: string;
  /** Whether its memory is shared between threads. */
  shared: boolean;
}

export interface Files {
  coordinator: string;
  isolated: string;
  threads: Build;
  single: Build;
  /** smartcore's wasm, fetched when somebody asks for that backend. */
  smartcore: string;
  /** The reading of tables, fetched when a table is read. */
  table: string;
  /** Data sets by name, as src/data/builtin reads them: fetched when somebody asks for one. */
  datasets: Record<string, string>;
  /** The document in which the engine runs on pages that are not isolated; null where a bundler has moved the files. */
  frame: string | null;
}

// The bundler that makes dist/ is not to touch these: the files come there by another way. `no-inline`: a bundler
// would make so small a file a data: URL, whose worker may fetch nothing.
const coordinator = new URL(/* @vite-ignore */ './coordinator.worker.js', import.meta.url).href;
const isolated = new URL(/* @vite-ignore */ './isolated.worker.js?no-inline', import.meta.url).href;
const threadsGlue = new URL(/* @vite-ignore */ './wasm/threads/breakeven.js', import.meta.url).href;
const threadsWasm = new URL(/* @vite-ignore */ './wasm/threads/breakeven_bg.wasm', import.meta.url).href;
const singleGlue = new URL(/* @vite-ignore */ './wasm/single/breakeven.js', import.meta.url).href;
const singleWasm = new URL(/* @vite-ignore */ './wasm/single/breakeven_bg.wasm', import.meta.url).href;
const smartcore = new URL(/* @vite-ignore */ './wasm/smartcore.wasm', import.meta.url).href;
const table = new URL(/* @vite-ignore */ './wasm/table.wasm', import.meta.url).href;
const iris = new URL(/* @vite-ignore */ './data/iris.bin?no-inline', import.meta.url).href;
const breastCancer = new URL(/* @vite-ignore */ './data/breast_cancer.bin', import.meta.url).href;
const digits = new URL(/* @vite-ignore */ './data/digits.bin', import.meta.url).href;
const FRAME = 'engine.html';

/** The files beside this module, or wherever a bundler has put them. */
export function filesBeside(): Files {
  const moved = !new URL(coordinator).pathname.endsWith('/coordinator.worker.js');
  return {
    coordinator,
    isolated,
    threads: { glue: threadsGlue, wasm: threadsWasm, shared: true },
    single: { glue: singleGlue, wasm: singleWasm, shared: false },
    smartcore,
    table,
    datasets: { iris, breast_cancer: breastCancer, digits },
    frame: moved ? null : new URL(FRAME, coordinator).href,
  };
}

/** The files in a copy of dist/. */
export function filesAt(base_url: string): Files {
  const at = (path: string) => new URL(path, base_url).href;
  return {
    coordinator: at('coordinator.worker.js'),
    isolated: at('isolated.worker.js'),
    threads: { glue: at('wasm/threads/breakeven.js'), wasm: at('wasm/threads/breakeven_bg.wasm'), shared: true },
    single: { glue: at('wasm/single/breakeven.js'), wasm: at('wasm/single/breakeven_bg.wasm'), shared: false },
    smartcore: at('wasm/smartcore.wasm'),
    table: at('wasm/table.wasm'),
    datasets: {
      iris: at('data/iris.bin'),
      breast_cancer: at('data/breast_cancer.bin'),
      digits: at('data/digits.bin'),
    },
    frame: at(FRAME),
  };
}

/** The site's own page, beside these files; null where a bundler has moved them. */
export function siteHome(): string | null {
  const { frame } = filesBeside();
  return frame === null ? null : new URL('index.html', frame).href;
}
