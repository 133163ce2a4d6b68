//! What fits on the same rows make alike, made once.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

/// What tells such things apart: rows, and whatever else they depend on.
pub(crate) type Key = [u64; 3];

/// Things that several fits on the same rows share, as long as they take no more memory than that.
#[derive(Debug)]
pub struct Shared {
    things: Mutex<Things>,
}

#[derive(Debug)]
struct Things {
    by_key: Vec<(Key, Arc<dyn Any + Send + Sync>)>,
    bytes_left: usize,
}

impl Shared {
    /// Of so many bytes in all.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self {
            things: Mutex::new(Things {
                by_key: Vec::new(),
                bytes_left: bytes,
            }),
        }
    }

    /// The one of this key, made where there is none yet: without a lock, as that takes a while, so that two may make
    /// it, alike. `None` where it is too large.
    pub(crate) fn one<T: Send + Sync + 'static>(
        &self,
        key: Key,
        bytes: usize,
        make: impl FnOnce() -> T,
    ) -> Option<Arc<T>> {
        let known = |things: &Things| {
            let (_, thing) = things.by_key.iter().find(|(known, _)| *known == key)?;
            thing.clone().downcast().ok()
        };
        let lock = || self.things.lock().unwrap_or_else(PoisonError::into_inner);
        let there = lock();
        if let Some(thing) = known(&there) {
            return Some(thing);
        }
        if there.bytes_left < bytes {
            return None;
        }
        drop(there);
        let made = Arc::new(make());
        let mut there = lock();
        match known(&there) {
            Some(thing) => Some(thing),
            None if there.bytes_left < bytes => None,
            None => {
                there.bytes_left -= bytes;
                there.by_key.push((key, made.clone()));
                Some(made)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_made_of_each_key_while_there_is_room() {
        let shared = Shared::new(100);
        let first = shared.one([1, 0, 0], 60, || 7_u32).unwrap();
        let again = shared.one([1, 0, 0], 60, || unreachable!()).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert!(shared.one([2, 0, 0], 60, || 8_u32).is_none());
        assert_eq!(*shared.one([2, 0, 0], 40, || 8_u32).unwrap(), 8);
        assert_eq!(*first, 7);
    }
}
