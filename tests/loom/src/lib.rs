//! `src/parallel/fork_join.rs` as it stands, over loom's threads, atomics and cells.

#[path = "../../../src/parallel/fork_join.rs"]
pub mod fork_join;
mod sync;
