//! Work that pauses, done in steps, and how far it has come.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::pause::{PIECE, Pause, pause_if};

/// How far work has come, in units of its own, each some nanoseconds.
#[derive(Debug, Default)]
pub struct Progress {
    done: Cell<u64>,
    total: Cell<u64>,
    since_pause: Cell<usize>,
}

impl Progress {
    /// So many rows there will be in all, of so many units each.
    pub(crate) fn expect(&self, n_rows: usize, row_units: usize) {
        self.total.set(n_rows as u64 * row_units as u64);
    }

    /// Counts units that have been done, and pauses where that is due.
    pub(crate) fn after(&self, units: usize) -> Pause {
        self.done.set(self.done.get() + units as u64);
        let since = self.since_pause.get().saturating_add(units);
        let is_due = since >= PIECE;
        self.since_pause.set(if is_due { 0 } else { since });
        pause_if(is_due)
    }
}

/// Work under way. Dropped before it is done, it leaves nothing behind.
pub struct Steps<T> {
    work: Option<Pin<Box<dyn Future<Output = T>>>>,
    progress: Rc<Progress>,
}

impl<T> fmt::Debug for Steps<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps")
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl<T> Steps<T> {
    /// Lines up what `work` does, which tells of its progress.
    pub fn new<W: Future<Output = T> + 'static>(work: impl FnOnce(Rc<Progress>) -> W) -> Self {
        let progress = Rc::new(Progress::default());
        Self {
            work: Some(Box::pin(work(progress.clone()))),
            progress,
        }
    }

    /// Works until it is done or, where it pauses, `stop` says so. What comes of it comes once.
    pub fn run(&mut self, stop: &dyn Fn() -> bool) -> Option<T> {
        let work = self.work.as_mut()?;
        loop {
            // Nobody has to wake it: it never waits.
            match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(done) => {
                    self.work = None;
                    return Some(done);
                }
                Poll::Pending if stop() => return None,
                Poll::Pending => {}
            }
        }
    }

    /// Units done and units in all, as far as that is known.
    #[must_use]
    pub fn done_of(&self) -> (u64, u64) {
        let total = self.progress.total.get();
        (self.progress.done.get().min(total), total)
    }
}
