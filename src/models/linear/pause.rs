//! Places where long work may stop for a while.

use std::future::poll_fn;
use std::task::Poll;

/// Lets whoever polls the work decide whether it goes on now or later.
pub(super) async fn pause() {
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
