// The two wasm builds of the crate, smartcore's file beside them, and the flags and environment that make them.
import { delimiter, join } from 'node:path';
import { ROOT } from './run.mjs';
import { TOOLS } from './toolchain/tools.mjs';

export const TARGET = 'wasm32-unknown-unknown';

// Without these rustc makes a module whose memory cannot be shared ("Memory could not be cloned").
// 4 GiB is the declared maximum of the memory; all that wasm32 can address.
const SHARED = [
  '--shared-memory',
  '--max-memory=4294967296',
  '--import-memory',
  '--export=__wasm_init_tls',
  '--export=__tls_size',
  '--export=__tls_align',
  '--export=__tls_base',
];

export const BUILDS = [
  {
    name: 'threads',
    features: 'page,threads',
    flags: ['-Ctarget-feature=+atomics', ...SHARED.map((arg) => `-Clink-arg=${arg}`)],
  },
  { name: 'single', features: 'page', flags: [] },
];

/** What a page fetches at once: smartcore is a file of its own. Tests have it inside. */
export const shipped = ({ features }) => ['--no-default-features', '--features', features];
export const tested = ({ features }) => ['--features', features];

/**
 * smartcore's file: compiled as the build without threads is, among whose artifacts the library and all that it needs lie
 * already.
 */
export const SMARTCORE = { name: 'single', package: 'breakeven-smartcore', flags: [] };

/** The reading of tables, in a file of its own in the same way. */
export const TABLE = { name: 'single', package: 'breakeven-table', flags: [] };

/** For what is fetched: inlines less (kernels say themselves where they must be) and leaves out panics' places. */
export const LEAN = '-Zlocation-detail=none -Cllvm-args=-inline-threshold=75';

/** The environment in which cargo compiles one build with the wasm toolchain. */
export function wasmEnvironment(toolchain, build) {
  const { RUSTUP_TOOLCHAIN, ...inherited } = process.env;
  return {
    ...inherited,
    ...toolchain.env,
    PATH: [toolchain.bin, TOOLS, process.env.PATH].join(delimiter),
    // A folder each: in a common one the two sets of flags would rebuild everything in turn.
    CARGO_TARGET_DIR: join(ROOT, 'target', `wasm-${build.name}`),
    CARGO_UNSTABLE_BUILD_STD: 'panic_abort,std',
    // std is rebuilt anyway: its small forms, since it is fetched and no kernel of ours is in it.
    CARGO_UNSTABLE_BUILD_STD_FEATURES: 'optimize_for_size',
    // Added to those of .cargo/config.toml.
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: build.flags.join(' '),
    ...(toolchain.linker && { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: toolchain.linker }),
  };
}
