//! One output slice, written in chunks by several threads.
#![allow(unsafe_code)]

use super::{Tasks, run_own_first};

/// A slice whose chunks are handed to whoever draws their number.
struct Chunks<T> {
    start: *mut T,
    len: usize,
    chunk_len: usize,
}

// SAFETY: threads that share it reach a chunk only through its task number, and each number is drawn once:
// what is shared is never reached by two of them. Elements end up with another thread, so they are `Send`.
unsafe impl<T: Send> Sync for Chunks<T> {}

/// Splits `out` into chunks of `chunk_len` (the last may be shorter) and hands each, with the
/// position of its first element, to one call of `body` as an item of an iterator that one thread
/// draws from; up to `max_threads` threads, the caller's included, draw. `body` is told which
/// thread calls it: 0 is the caller's. Nothing is allocated.
pub fn for_each_chunk<T: Send>(
    max_threads: usize,
    out: &mut [T],
    chunk_len: usize,
    body: impl Fn(usize, &mut dyn Iterator<Item = (usize, &mut [T])>) + Sync,
) {
    let chunk_len = chunk_len.max(1);
    let chunks = Chunks {
        start: out.as_mut_ptr(),
        len: out.len(),
        chunk_len,
    };
    let n_chunks = chunks.len.div_ceil(chunk_len);
    run_own_first(max_threads, n_chunks, |tasks: &mut Tasks<'_>| {
        let chunks = &chunks;
        body(
            tasks.thread(),
            &mut tasks.map(|task| {
                let first = task * chunks.chunk_len;
                let len = chunks.chunk_len.min(chunks.len - first);
                // SAFETY: `task` is below `n_chunks`, so `first < out.len()` and `first + len <= out.len()`: the
                // elements are `out`'s, initialized, aligned and of one allocation. `out` is borrowed for the
                // whole call, after which `run` leaves no task, and the number of this chunk was drawn
                // once, so nothing else reaches them meanwhile.
                (first, unsafe {
                    std::slice::from_raw_parts_mut(chunks.start.add(first), len)
                })
            }),
        );
    });
}
