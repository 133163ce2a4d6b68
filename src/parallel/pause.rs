//! Places where long work may stop for a while.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Work after which a pause is due, in steps of some nanoseconds: a few milliseconds.
const PAUSE_AFTER: usize = 1 << 18;
/// As much work as may be done without a look at whether a pause is due.
pub(crate) const PIECE: usize = 1 << 16;

/// Lets whoever polls the work decide whether it goes on now or later.
pub(crate) fn pause() -> Pause {
    Pause { is_due: true }
}

/// The same where that is due.
pub(super) fn pause_if(is_due: bool) -> Pause {
    Pause { is_due }
}

/// A place to stop at once, where that is due. No `async fn`: there are many such places.
#[derive(Debug)]
pub(crate) struct Pause {
    is_due: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::take(&mut self.is_due) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

/// So many multiplications of a matrix's numbers count as one such step.
pub(crate) const PRODUCTS: usize = 16;

/// What has been done since the last pause.
#[derive(Debug, Default)]
pub struct Pace(usize);

impl Pace {
    /// Counts work that has been done, and pauses where that is due.
    pub(crate) fn after(&mut self, work: usize) -> Pause {
        self.0 += work;
        let is_due = self.0 >= PAUSE_AFTER;
        if is_due {
            self.0 = 0;
        }
        Pause { is_due }
    }
}

/// Does work that pauses in one go.
pub fn whole<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        // Nobody has to wake it: it never waits.
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}
