//! What [`fork_join`](super::fork_join) is built of: the standard library's. The model in
//! `tests/loom` has a file of the same names instead, so that loom decides who runs when.

pub(super) use std::hint::spin_loop;
pub(super) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
pub(super) use std::sync::{Mutex, MutexGuard, PoisonError};
pub(super) use std::thread::{Thread, current, park};

/// A cell whose accesses loom would see.
pub(super) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(super) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline(always)]
    pub(super) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Between a `SeqCst` store and a `SeqCst` load of another word, which the processor keeps in this
/// order. loom takes both for release and acquire, which may pass each other: there this is a fence.
#[inline(always)]
pub(super) fn in_order() {}
