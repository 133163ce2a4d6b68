//! The names of `src/parallel/sync.rs`, by loom.

pub(super) use loom::cell::UnsafeCell;
pub(super) use loom::hint::spin_loop;
pub(super) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
pub(super) use loom::sync::{Mutex, MutexGuard};
pub(super) use loom::thread::{Thread, current, park};
pub(super) use std::sync::PoisonError;

/// loom takes `SeqCst` accesses for acquire and release: their one order is what this puts back.
pub(super) fn in_order() {
    loom::sync::atomic::fence(Ordering::SeqCst);
}
