//! The tasks of one job that fall to one thread.

use super::seat::{First, Seat};
use super::sync::{AtomicUsize, Ordering};

/// The numbers of the tasks that fall to one thread, each number to exactly one thread.
#[derive(Debug)]
pub struct Tasks<'a> {
    pub(super) thread: usize,
    pub(super) n_tasks: usize,
    /// The next of those that are anybody's.
    pub(super) next: &'a AtomicUsize,
    /// So many are each the first of the thread of its number; those after them are anybody's.
    pub(super) n_own: usize,
    /// Whether this thread's own was drawn, by whomever, or there is none.
    pub(super) is_own_drawn: bool,
    /// The helpers' places, of the threads from 1 on; none where the job is the caller's alone.
    pub(super) seats: &'a [Seat],
    pub(super) epoch: u64,
    /// Places that have been looked at for the first task of a helper that has not come.
    pub(super) n_looked_at: usize,
}

impl<'a> Tasks<'a> {
    /// All of them, for the only thread.
    pub(super) fn alone(next: &'a AtomicUsize, n_tasks: usize) -> Self {
        Self {
            thread: 0,
            n_tasks,
            next,
            n_own: 0,
            is_own_drawn: true,
            seats: &[],
            epoch: 0,
            n_looked_at: 0,
        }
    }

    /// The thread that draws: 0 is the caller's, the others are helpers.
    #[must_use]
    pub fn thread(&self) -> usize {
        self.thread
    }

    /// Whether all that have a place in the job have come; asked by a helper, all after itself. It may be
    /// asked in a loop: it looks at one at a time, and at none again.
    pub(super) fn have_all_come(&mut self) -> bool {
        while (self.seats.get(self.n_looked_at)).is_some_and(|seat| seat.has_come(self.epoch)) {
            self.n_looked_at += 1;
        }
        self.n_looked_at >= self.seats.len()
    }

    /// How many have come by now, the caller included.
    pub(super) fn n_came(&self) -> usize {
        let came = self.seats.iter().filter(|seat| seat.has_come(self.epoch));
        came.count() + 1
    }

    /// One of those that are anybody's. An exhausted counter is only read: that takes it from nobody.
    fn draw(&self) -> Option<usize> {
        if self.n_own >= self.n_tasks || self.next.load(Ordering::Relaxed) >= self.n_tasks {
            return None;
        }
        let task = self.next.fetch_add(1, Ordering::Relaxed);
        (task < self.n_tasks).then_some(task)
    }

    /// The first task of a helper that has not come. The caller looks after all; a helper after those
    /// between it and the next that has come, so that of its threads a hot job has each look at one.
    fn take_first(&mut self) -> Option<usize> {
        while let Some(seat) = self.seats.get(self.n_looked_at) {
            match seat.take_first(self.epoch) {
                First::Its if self.thread > 0 => return None,
                First::Its | First::Gone => self.n_looked_at += 1,
                First::Mine => {
                    self.n_looked_at += 1;
                    return Some(self.n_looked_at);
                }
            }
        }
        None
    }
}

impl Iterator for Tasks<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if !self.is_own_drawn {
            self.is_own_drawn = true;
            return Some(self.thread);
        }
        let task = self.draw();
        if task.is_none() && self.n_own > 0 {
            return self.take_first();
        }
        task
    }
}
