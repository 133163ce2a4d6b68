//! Lists that a thread keeps for its next task.
//!
//! All threads of a browser's build share one allocator with one lock, so what a fit asks of it in its loops is what
//! keeps the others waiting. Here a list that is done with goes to its thread, and the next one of the kind, on that
//! thread, takes it: in its loops a fit then asks the allocator for nothing.
//! Shown by `tests/allocations.rs`, which counts.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use super::allocate::room;
use crate::error::Result;

/// Lists of a kind that a thread keeps at most, bytes that such a list may have, and all of them together.
const MOST: usize = 48;
const MOST_BYTES: usize = 2 << 20;
const SHELF_BYTES: usize = 4 << 20;

/// Lists that nobody uses.
pub(crate) type Shelf<T> = RefCell<Vec<Vec<T>>>;

/// What such lists are made of.
pub(crate) trait Kept: Copy + 'static {
    /// What they are filled with at first.
    const ZERO: Self;
    /// Hands this thread's shelf to `use_it`.
    fn on_shelf<R>(use_it: impl FnOnce(&Shelf<Self>) -> R) -> Option<R>;
}

/// Keeps lists of `$kind`.
macro_rules! kept {
    ($($kind:ty: $zero:expr),*) => {
        $(impl $crate::data::scratch::Kept for $kind {
            const ZERO: Self = $zero;

            fn on_shelf<R>(use_it: impl FnOnce(&$crate::data::scratch::Shelf<Self>) -> R) -> Option<R> {
                thread_local! {
                    static SHELF: $crate::data::scratch::Shelf<$kind> =
                        const { std::cell::RefCell::new(Vec::new()) };
                }
                // None where the thread is ending.
                SHELF.try_with(use_it).ok()
            }
        })*
    };
}
pub(crate) use kept;

kept!(f64: 0.0, u64: 0, u32: 0, usize: 0, bool: false);

/// A list for as long as a task takes. Where it ends, on whatever thread, it is kept for the next.
#[derive(Debug)]
pub(crate) struct Scratch<T: Kept>(Vec<T>);

impl<T: Kept> Scratch<T> {
    /// An empty list with room for so many.
    pub(crate) fn empty(capacity: usize) -> Self {
        let mut list = Self(shelved(capacity).unwrap_or_else(|| Vec::with_capacity(capacity)));
        list.clear();
        list
    }

    /// So many zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut list = Self::empty(len);
        list.resize(len, T::ZERO);
        list
    }

    /// So many, for whoever writes all of them: what they are at first is left over from before.
    pub(crate) fn any(len: usize) -> Self {
        let mut list = Self(shelved(len).unwrap_or_else(|| Vec::with_capacity(len)));
        list.resize(len, T::ZERO);
        list
    }

    /// `rows * width` zeros.
    ///
    /// # Errors
    /// `OutOfMemory`, with the number of rows that would have fit.
    pub(crate) fn ask_zeros(what: &'static str, rows: usize, width: usize) -> Result<Self> {
        let len = rows.saturating_mul(width);
        let mut list = match shelved(len) {
            Some(list) => Self(list),
            None => Self(room(what, rows, width).or_else(|_| {
                // What this thread keeps may be what is missing.
                T::on_shelf(|shelf| shelf.borrow_mut().clear());
                room(what, rows, width)
            })?),
        };
        list.clear();
        list.resize(len, T::ZERO);
        Ok(list)
    }

    /// The same numbers.
    pub(crate) fn of(numbers: &[T]) -> Self {
        Self::of_all(numbers.iter().copied())
    }

    /// As many as `numbers` gives.
    pub(crate) fn of_all(numbers: impl ExactSizeIterator<Item = T>) -> Self {
        let mut list = Self::empty(numbers.len());
        list.extend(numbers);
        list
    }
}

impl<T: Kept> Default for Scratch<T> {
    /// None: it takes nothing from the shelf.
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The least of this thread's lists that is large enough, as it was left.
fn shelved<T: Kept>(capacity: usize) -> Option<Vec<T>> {
    T::on_shelf(|shelf| {
        let mut lists = shelf.borrow_mut();
        let at = least(&sizes(&lists), capacity.saturating_mul(size_of::<T>()))?;
        Some(lists.swap_remove(at))
    })?
}

/// Bytes of each list of a shelf, for what is compiled once for all kinds; there is none after the last.
type Sizes = [Option<usize>; MOST + 1];

fn sizes<T>(lists: &[Vec<T>]) -> Sizes {
    let mut sizes = [None; MOST + 1];
    for (size, list) in sizes.iter_mut().zip(lists) {
        *size = Some(list.capacity() * size_of::<T>());
    }
    sizes
}

/// Which is the least that has so many bytes.
#[inline(never)]
fn least(sizes: &Sizes, bytes: usize) -> Option<usize> {
    let known = sizes.iter().enumerate();
    let fitting = known.filter_map(|(at, size)| Some((size.filter(|&size| size >= bytes)?, at)));
    fitting.min().map(|(_, at)| at)
}

/// Which has to go. Too large together: the largest makes most room. Too many: the least serves nobody that the next
/// does not.
#[inline(never)]
fn too_much(sizes: &Sizes) -> Option<usize> {
    let known = || {
        sizes
            .iter()
            .enumerate()
            .filter_map(|(at, size)| Some(((*size)?, at)))
    };
    let found = if known().map(|(size, _)| size).sum::<usize>() > SHELF_BYTES {
        known().max()
    } else if sizes[MOST].is_some() {
        known().min()
    } else {
        None
    };
    found.map(|(_, at)| at)
}

impl<T: Kept> Drop for Scratch<T> {
    fn drop(&mut self) {
        let list = std::mem::take(&mut self.0);
        if list.capacity() == 0 || list.capacity() * size_of::<T>() > MOST_BYTES {
            return;
        }
        T::on_shelf(|shelf| {
            let mut lists = shelf.borrow_mut();
            lists.push(list);
            while let Some(at) = too_much(&sizes(&lists)) {
                lists.swap_remove(at);
            }
        });
    }
}

impl<T: Kept> Deref for Scratch<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Kept> DerefMut for Scratch<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T: Kept> Clone for Scratch<T> {
    fn clone(&self) -> Self {
        Self::of(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_again_empty() {
        let mut first = Scratch::<u32>::zeros(100);
        first[7] = 3;
        let at = first.as_ptr();
        drop(first);
        // One that is too large for it stays out of its way.
        let large = Scratch::<u32>::zeros(101);
        assert_ne!(large.as_ptr(), at);
        let second = Scratch::<u32>::zeros(50);
        assert_eq!(second.as_ptr(), at);
        assert_eq!(**second, [0; 50]);
        drop((large, second));
        assert_eq!(Scratch::<u32>::any(20).len(), 20);
    }

    #[test]
    fn the_least_that_is_large_enough_comes() {
        let lists = [3000, 1000, 2000].map(Scratch::<usize>::zeros);
        let places = lists.each_ref().map(|list| list.as_ptr());
        drop(lists);
        assert_eq!(Scratch::<usize>::empty(900).as_ptr(), places[1]);
        assert_eq!(Scratch::<usize>::empty(1500).as_ptr(), places[2]);
    }

    #[test]
    fn no_more_is_kept_than_that() {
        drop(
            (0..2 * MOST)
                .map(|_| Scratch::<bool>::zeros(1))
                .collect::<Vec<_>>(),
        );
        drop(Scratch::<bool>::zeros(MOST_BYTES + 1));
        let kept = bool::on_shelf(|shelf| {
            let lists = shelf.borrow();
            (lists.len(), lists.iter().map(Vec::capacity).max())
        });
        let (n, most) = kept.unwrap();
        assert_eq!(n, MOST);
        assert!(most.unwrap() <= MOST_BYTES);
    }

    #[test]
    fn larger_lists_take_the_place_of_smaller_ones() {
        drop((1..=MOST).map(Scratch::<u64>::zeros).collect::<Vec<_>>());
        let large = Scratch::<u64>::zeros(1000);
        let at = large.as_ptr();
        drop(large);
        assert_eq!(Scratch::<u64>::any(1000).as_ptr(), at);
        // All together they keep within their bounds.
        let n = MOST_BYTES / 8;
        drop((0..4).map(|_| Scratch::<u64>::zeros(n)).collect::<Vec<_>>());
        let bytes = u64::on_shelf(|shelf| shelf.borrow().iter().map(|l| 8 * l.capacity()).sum());
        assert!((MOST_BYTES..=SHELF_BYTES).contains(&bytes.unwrap()));
    }
}
