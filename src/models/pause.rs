//! Places where long work may stop for a while.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Work after which a pause is due, in steps of some nanoseconds: a few milliseconds.
const PAUSE_AFTER: usize = 1 << 18;
/// As much work as may be done without a look at whether a pause is due.
pub(super) const PIECE: usize = 1 << 16;

/// Lets whoever polls the work decide whether it goes on now or later.
pub(crate) async fn pause() {
    let mut was_here = false;
    poll_fn(|_| {
        if std::mem::replace(&mut was_here, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// So many multiplications of a matrix's numbers count as one such step.
pub(super) const PRODUCTS: usize = 16;

/// What has been done since the last pause.
#[derive(Debug, Default)]
pub struct Pace(usize);

impl Pace {
    /// Counts work that has been done, and pauses where that is due.
    pub(super) async fn after(&mut self, work: usize) {
        self.0 += work;
        if self.0 >= PAUSE_AFTER {
            self.0 = 0;
            pause().await;
        }
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
