//! `src/parallel/fork_join.rs` as it stands, over loom's threads, atomics and cells.

#[path = "../../../src/parallel/fork_join.rs"]
pub mod fork_join;
#[path = "../../../src/parallel/seat.rs"]
mod seat;
mod sync;
#[path = "../../../src/parallel/tasks.rs"]
mod tasks;
