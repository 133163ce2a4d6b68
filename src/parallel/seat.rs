//! A helper's place in the jobs: one word, on a cache line of its own, that says how it stands with which job.
//!
//! It is what decides whether a helper is part of a job: the helper comes by a compare-exchange, the
//! dispatcher closes by one, and so one of the two is first. Whoever has nothing else to do takes the
//! first task of a helper that has not come, by a third.

use super::sync::{AtomicU64, Ordering};

/// Keeps a hot word on a cache line of its own; two, since processors fetch pairs.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Line<T>(pub(super) T);

/// The newest job: its number and the places that it has. Only the dispatcher writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(pub(super) u64);

impl Ticket {
    const BITS: u32 = 16;
    pub(super) const MAX_PLACES: usize = (1 << Self::BITS) - 1;

    /// The job after this one. Numbers come again after 2⁴⁸ jobs, a year of nothing but dispatches: no
    /// thread stands between two lines for so long.
    pub(super) fn next(self, places: usize) -> Self {
        Self(self.epoch().wrapping_add(1) << Self::BITS | places as u64)
    }

    pub(super) fn epoch(self) -> u64 {
        self.0 >> Self::BITS
    }

    pub(super) fn places(self) -> usize {
        self.0 as usize & Self::MAX_PLACES
    }
}

/// Not come, and its first task is another's by now.
const TAKEN: u64 = 0;
/// In the job: the dispatcher waits for it, and its first task, unless taken before, is its own.
const HERE: u64 = 1;
/// It was in the job.
const LEFT: u64 = 2;
/// The job is over; it did not come.
const CLOSED: u64 = 3;

/// How a helper came to a job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came {
    pub(super) ticket: Ticket,
    /// Its first task was taken before.
    pub(super) is_late: bool,
}

/// What became of the wish to do an absent helper's first task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// It is the asker's.
    Mine,
    /// It is another's; its helper has not come.
    Gone,
    /// Its helper has come.
    Its,
}

/// The number of the job last had to do with, and in the lower two bits how it stands with that.
#[derive(Debug)]
pub(super) struct Seat(Line<AtomicU64>);

impl Seat {
    /// Of no job yet: the first is number 1.
    pub(super) fn new() -> Self {
        Self(Line(AtomicU64::new(LEFT)))
    }

    /// Whether its helper has left the job or cannot come any more.
    pub(super) fn is_over(&self, epoch: u64) -> bool {
        let now = self.0.0.load(Ordering::SeqCst);
        now == epoch << 2 | LEFT || now == epoch << 2 | CLOSED
    }

    /// Its helper, of number `index`, comes to the newest job, unless that is over or has no place for it.
    pub(super) fn come(&self, index: usize, newest: &AtomicU64) -> Option<Came> {
        loop {
            // This before the ticket: what others wrote here is then of the ticket's job, or of an
            // older one, and whatever they write from now on makes the exchange fail.
            let before = self.0.0.load(Ordering::SeqCst);
            let ticket = Ticket(newest.load(Ordering::SeqCst));
            let job = ticket.epoch() << 2;
            let is_over = before == job | LEFT || before == job | CLOSED;
            if is_over || index >= ticket.places() {
                return None;
            }
            if self.swap(before, job | HERE) {
                let is_late = before == job | TAKEN;
                return Some(Came { ticket, is_late });
            }
        }
    }

    /// Its helper leaves; what it did is seen by who sees that it left.
    pub(super) fn leave(&self, epoch: u64) {
        self.0.0.store(epoch << 2 | LEFT, Ordering::SeqCst);
    }

    /// Takes the first task of its helper, unless that has come or another was faster. To be called
    /// by who is in the job.
    pub(super) fn take_first(&self, epoch: u64) -> First {
        loop {
            let before = self.0.0.load(Ordering::SeqCst);
            if before >> 2 == epoch {
                return match before & 3 {
                    HERE | LEFT => First::Its,
                    _ => First::Gone,
                };
            }
            if self.swap(before, epoch << 2 | TAKEN) {
                return First::Mine;
            }
        }
    }

    /// Lets its helper come to the job no more. To be called by the dispatcher.
    pub(super) fn close(&self, epoch: u64) {
        loop {
            let before = self.0.0.load(Ordering::SeqCst);
            let has_come = before == epoch << 2 | HERE || before == epoch << 2 | LEFT;
            if has_come || self.swap(before, epoch << 2 | CLOSED) {
                return;
            }
        }
    }

    /// Whether its helper is in the job or was.
    pub(super) fn has_come(&self, epoch: u64) -> bool {
        let now = self.0.0.load(Ordering::SeqCst);
        now == epoch << 2 | HERE || now == epoch << 2 | LEFT
    }

    /// Whether its helper is in the job.
    pub(super) fn is_here(&self, epoch: u64) -> bool {
        self.0.0.load(Ordering::SeqCst) == epoch << 2 | HERE
    }

    fn swap(&self, before: u64, after: u64) -> bool {
        (self.0.0)
            .compare_exchange(before, after, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }
}
