//! A fork-join over helper threads that stay: a dispatch is one atomic store where they spin, and two
//! wake-ups by the caller where they sleep, however many they are.
//!
//! **Coming and leaving.** A [ticket](Ticket) tells the newest job's number and how many places it
//! has; the dispatcher alone writes it, once a job. Helper `i` has place `i` and no other. It comes by
//! a compare-exchange in its own [`Seat`], from whatever that said before to "here, in this job", and
//! leaves by a store there. When the dispatcher's own body has returned it closes, by the same
//! operation, the seats of those that have not come, so that it never waits for a helper that is still
//! waking up; then it waits for those that are here. One word decides, so one of the two is first: a
//! helper that is here is waited for, so the job lives, and may be read, until it leaves; a helper
//! whose exchange fails looks again, and finds the place closed or a newer ticket.
//!
//! **Drawing.** In a job [in order](ForkJoin::run) everybody takes numbers from one counter. In one
//! where each has [its own first](ForkJoin::run_own_first) thread `t` begins with task `t` without asking
//! anybody, goes on with the counter, which begins behind those, and when that is exhausted takes first
//! tasks of helpers that have not come, again in those helpers' seats ([`Tasks`]).
//!
//! **Waking.** A helper that finds nothing for a while says that it sleeps, then looks at the ticket
//! again; who opens a job writes the ticket, then looks who sleeps: it is seen by one of the two. The
//! dispatcher wakes two sleepers that have a place, then does its own part; so does everybody about to come,
//! each beginning elsewhere, so that all are awake after as many wake-ups in a row as the number of
//! threads has binary digits. None depends on another: whoever comes, wakes whoever still sleeps.
//!
//! **Cache lines.** What is written in every job lies on lines of its own: the ticket and the job by
//! the dispatcher; the counter, where there are more tasks than threads; each seat by its helper. Where
//! all helpers look for work, no line is written by two threads in one job but that counter's.
//!
//! Over 400 lines with this page: opening, working, waiting and sleeping are right together or not at all.
#![allow(unsafe_code)]

use std::any::Any;
#[cfg(panic = "abort")]
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;

use super::seat::{Came, Line, Seat, Ticket};
use super::sync::{
    AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering, PoisonError,
    Thread, UnsafeCell, current, in_order, park, spin_loop,
};
pub use super::tasks::Tasks;

type Body<'a> = dyn Fn(&mut Tasks<'_>) + Sync + 'a;

/// What a helper needs to know of the open job.
#[derive(Clone, Copy)]
struct Job {
    body: *const Body<'static>,
    n_tasks: usize,
    /// So many tasks are each the first of the thread of its number: none, or one for each that has
    /// a place.
    n_own: usize,
}

/// What the dispatcher says to those who come, on one line: who sees the newest ticket has the rest too.
struct Posted {
    ticket: AtomicU64,
    job: UnsafeCell<Job>,
    /// Whether the dispatcher sleeps: whoever leaves asks.
    is_waiting: AtomicBool,
}

#[derive(Default)]
struct Helper {
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Helper {
    /// Wakes it; false where it is awake.
    fn wake(&self) -> bool {
        let slept = self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst);
        if slept && let Some(thread) = self.thread.get() {
            thread.unpark();
        }
        slept
    }
}

/// The state that the caller and its helpers share.
pub struct ForkJoin {
    posted: Line<Posted>,
    next: Line<AtomicUsize>,
    /// Held by the thread that dispatches; a second one runs its tasks alone.
    busy: Line<AtomicBool>,
    /// What is seldom written, from here on. The dispatcher's handle while it sleeps.
    waiter: Mutex<Option<Thread>>,
    /// Whether a helper's task panicked in the open job, and with what.
    panicked: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Whether a thread died in a task.
    #[cfg(panic = "abort")]
    failed: AtomicBool,
    #[cfg(panic = "abort")]
    why: Mutex<Cow<'static, str>>,
    seats: Box<[Seat]>,
    /// Beside each other, not beside their seats: while all are awake nobody writes here, and who looks
    /// for sleepers reads few lines.
    helpers: Box<[Helper]>,
    spins: AtomicU32,
    stop: AtomicBool,
}

// SAFETY: `job` is written only by the holder of `busy`, before the store of its ticket, while every seat says
// left or closed of the job before. It is read only by a helper whose seat says "here": that exchange succeeds
// only while the holder has not closed the seat, after the helper acquired the ticket. The holder closes every
// seat of the job, and writes again only after each that was here has left, which it acquires.
unsafe impl Sync for ForkJoin {}
// SAFETY: nothing in it belongs to a thread but what the raw pointer in `job` leads to, and that is only
// followed while the dispatcher is inside `run`, which borrows both: it cannot be moved then.
unsafe impl Send for ForkJoin {}

/// Looks for work before going to sleep. In wasm, where `spin_loop` is nothing, about 100 µs:
/// longer than the gap between two calls of a hot loop, too short to be seen as CPU use of an idle
/// page. Natively a look is one `pause`, ten times as long.
const DEFAULT_SPINS: u32 = if cfg!(target_arch = "wasm32") {
    50_000
} else {
    5_000
};

/// How long [`ForkJoin::rouse`] waits for a helper: about half a millisecond.
const ROUSE_SPINS: u32 = 5 * DEFAULT_SPINS;

/// Sleepers that each thread of a job wakes before it works. A wake-up takes its sender tens of
/// microseconds; with one each the last helper would come much later, and more bring it hardly forward.
const WAKES: usize = 2;

impl std::fmt::Debug for ForkJoin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ForkJoin")
            .field("n_helpers", &self.helpers.len())
            .finish_non_exhaustive()
    }
}

impl ForkJoin {
    /// For `n_helpers` threads, each of which is to call [`ForkJoin::help`].
    #[must_use]
    pub fn new(n_helpers: usize) -> Self {
        fn nothing(_: &mut Tasks<'_>) {}
        let body: &'static Body<'static> = &nothing;
        Self {
            posted: Line(Posted {
                ticket: AtomicU64::new(0),
                job: UnsafeCell::new(Job {
                    body,
                    n_tasks: 0,
                    n_own: 0,
                }),
                is_waiting: AtomicBool::new(false),
            }),
            next: Line(AtomicUsize::new(0)),
            busy: Line(AtomicBool::new(false)),
            waiter: Mutex::new(None),
            panicked: AtomicBool::new(false),
            panic: Mutex::new(None),
            #[cfg(panic = "abort")]
            failed: AtomicBool::new(false),
            #[cfg(panic = "abort")]
            why: Mutex::new(Cow::Borrowed("")),
            seats: (0..n_helpers).map(|_| Seat::new()).collect(),
            helpers: (0..n_helpers).map(|_| Helper::default()).collect(),
            spins: AtomicU32::new(DEFAULT_SPINS),
            stop: AtomicBool::new(false),
        }
    }

    /// Threads that can work at once, the caller's included.
    #[must_use]
    pub fn n_threads(&self) -> usize {
        self.helpers.len() + 1
    }

    /// How often a helper looks for work before it sleeps; 0 sleeps at once.
    pub fn set_spins(&self, spins: u32) {
        self.spins.store(spins, Ordering::Relaxed);
    }

    /// Looks for work as often as that, as a helper does but without taking any: to see how long a
    /// look is.
    pub fn look(&self, times: u32) {
        for _ in 0..times {
            std::hint::black_box(self.newest().epoch() == 0);
            spin_loop();
        }
    }

    /// Number of helpers that sleep now.
    #[must_use]
    pub fn n_asleep(&self) -> usize {
        self.n_asleep_of(self.n_threads())
    }

    /// Number of those that sleep now and would have a place in a job of so many threads.
    #[must_use]
    pub fn n_asleep_of(&self, n_threads: usize) -> usize {
        let n_places = n_threads.clamp(1, self.n_threads()) - 1;
        self.helpers[..n_places]
            .iter()
            .filter(|helper| helper.asleep.load(Ordering::SeqCst))
            .count()
    }

    /// Lets every helper return from [`ForkJoin::help`].
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        in_order();
        for helper in &self.helpers {
            helper.wake();
        }
    }

    /// Has up to `max_threads` threads meet in a job, so that the next one finds the pool hot; gives
    /// the number of those that came. Bounded: a helper that gets no core is not waited for.
    pub fn rouse(&self, max_threads: usize) -> usize {
        let n_threads = max_threads.min(self.n_threads());
        let n_came = AtomicUsize::new(1);
        // The caller sees who comes, and says when all have: with a count everybody would write to it.
        let have_met = Line(AtomicBool::new(false));
        self.run(n_threads, n_threads, &|tasks| {
            for _ in 0..ROUSE_SPINS {
                let is_over = match tasks.thread() {
                    // Where there is but one helper, all have met as soon as it is here.
                    1.. if n_threads > 2 => have_met.0.load(Ordering::Relaxed),
                    _ => tasks.have_all_come(),
                };
                if is_over {
                    break;
                }
                spin_loop();
            }
            if tasks.thread() == 0 {
                have_met.0.store(true, Ordering::Relaxed);
                n_came.store(tasks.n_came(), Ordering::Relaxed);
            }
        });
        n_came.into_inner()
    }

    /// Says that a thread is about to die inside a task, since panics abort here: [`ForkJoin::run`]
    /// then panics with the same words instead of waiting for the other forever. In a browser that
    /// is an error, which JavaScript catches.
    #[cfg(panic = "abort")]
    pub fn fail(&self, why: Cow<'static, str>) {
        // The first: others follow from it.
        if !self.failed.load(Ordering::SeqCst) {
            *lock(&self.why) = why;
        }
        self.failed.store(true, Ordering::SeqCst);
        if let Some(thread) = lock(&self.waiter).as_ref() {
            thread.unpark();
        }
    }

    /// Calls `body` on up to `max_threads` threads, the caller's included, each with its share of
    /// the tasks `0..n_tasks`; returns when all are done. They are drawn in ascending order: where
    /// bodies return early, what was drawn is all below some number. Called while another job is open
    /// (from inside a task, say), it runs all tasks on the calling thread.
    ///
    /// # Panics
    /// With the first panic of a task, once every thread has left the job.
    pub fn run(&self, max_threads: usize, n_tasks: usize, body: &Body<'_>) {
        self.dispatch(max_threads, n_tasks, false, body);
    }

    /// The same, but thread `t` begins with task `t`, which it need not ask anybody for; the others
    /// come after those, in about ascending order. A body that returns before it has drawn leaves its
    /// first task undone.
    ///
    /// # Panics
    /// As [`ForkJoin::run`].
    pub fn run_own_first(&self, max_threads: usize, n_tasks: usize, body: &Body<'_>) {
        self.dispatch(max_threads, n_tasks, true, body);
    }

    fn dispatch(&self, max_threads: usize, n_tasks: usize, own_first: bool, body: &Body<'_>) {
        let n_places = max_threads
            .min(self.n_threads())
            .min(n_tasks)
            .saturating_sub(1)
            .min(Ticket::MAX_PLACES);
        if n_places == 0 || self.busy.0.swap(true, Ordering::Acquire) {
            return body(&mut Tasks::alone(&AtomicUsize::new(0), n_tasks));
        }
        // SAFETY: only the lifetime changes, so both are of the same size and kind. The pointer is followed
        // by helpers that came, and this returns, or unwinds, only after all of those have left.
        let body_static =
            unsafe { std::mem::transmute::<*const Body<'_>, *const Body<'static>>(body) };
        let job = Job {
            body: body_static,
            n_tasks,
            n_own: if own_first { n_places + 1 } else { 0 },
        };
        if job.n_own < n_tasks {
            self.next.0.store(job.n_own, Ordering::Relaxed);
        }
        let ticket = self.newest().next(n_places);
        // The job right before its ticket: whoever looks at their line meanwhile takes it away.
        // SAFETY: the cell's pointer is to a job that there is. `busy` is ours, so no other dispatcher writes,
        // and no seat says "here" (see `Sync`), so nobody reads.
        self.posted
            .0
            .job
            .with_mut(|posted| unsafe { *posted = job });
        self.posted.0.ticket.store(ticket.0, Ordering::SeqCst);
        in_order();
        self.wake(0, n_places);

        let mut tasks = self.tasks_of(0, ticket, &job, false);
        let mine = catch_unwind(AssertUnwindSafe(|| body(&mut tasks)));
        if mine.is_err() {
            // Nobody needs to start on the rest.
            self.next.0.store(n_tasks, Ordering::Relaxed);
        }
        let seats = &self.seats[..n_places];
        for seat in seats {
            seat.close(ticket.epoch());
        }
        self.wait_for(seats, ticket.epoch());
        let theirs = if self.panicked.load(Ordering::Relaxed) {
            self.panicked.store(false, Ordering::Relaxed);
            lock(&self.panic).take()
        } else {
            None
        };
        self.busy.0.store(false, Ordering::Release);
        if let Some(payload) = mine.err().or(theirs) {
            resume_unwind(payload);
        }
    }

    fn newest(&self) -> Ticket {
        Ticket(self.posted.0.ticket.load(Ordering::SeqCst))
    }

    /// What falls to a thread of the job.
    fn tasks_of(&self, thread: usize, ticket: Ticket, job: &Job, is_late: bool) -> Tasks<'_> {
        Tasks {
            thread,
            n_tasks: job.n_tasks,
            next: &self.next.0,
            n_own: job.n_own,
            is_own_drawn: is_late || job.n_own == 0,
            seats: &self.seats[..ticket.places()],
            epoch: ticket.epoch(),
            n_looked_at: thread,
        }
    }

    /// Wakes some of those that have a place and sleep; each thread of the job begins with others.
    fn wake(&self, thread: usize, n_places: usize) {
        let helpers = &self.helpers[..n_places];
        let (after, first) = helpers.split_at((WAKES * thread).min(n_places));
        let woken = first.iter().chain(after).filter(|helper| helper.wake());
        woken.take(WAKES).for_each(drop);
    }

    /// Waits until nobody is in the job any more: all these seats are closed, so nobody comes.
    fn wait_for(&self, seats: &[Seat], epoch: u64) {
        let mut here = seats
            .iter()
            .skip_while(|seat| !seat.is_here(epoch))
            .peekable();
        for _ in 0..self.spins.load(Ordering::Relaxed) {
            while here.next_if(|seat| !seat.is_here(epoch)).is_some() {}
            if here.peek().is_none() {
                return;
            }
            spin_loop();
        }
        *lock(&self.waiter) = Some(current());
        self.posted.0.is_waiting.store(true, Ordering::SeqCst);
        in_order();
        while seats.iter().any(|seat| seat.is_here(epoch)) {
            #[cfg(panic = "abort")]
            if self.failed.load(Ordering::SeqCst) {
                // Handed on, not raised here.
                #[allow(clippy::panic)]
                match std::mem::take(&mut *lock(&self.why)) {
                    Cow::Borrowed(why) => std::panic::panic_any(why),
                    Cow::Owned(why) => std::panic::panic_any(why),
                }
            }
            park();
        }
        self.posted.0.is_waiting.store(false, Ordering::Relaxed);
        *lock(&self.waiter) = None;
    }

    /// Works for [`ForkJoin::run`] until [`ForkJoin::stop`]. To be called once by each helper
    /// thread with its own `index` below `n_helpers`.
    pub fn help(&self, index: usize) {
        let Some(me) = self.helpers.get(index) else {
            return;
        };
        let _ = me.thread.set(current());
        let mut seen = 0;
        while let Some(Came { ticket, is_late }) = self.await_job(index, &mut seen) {
            // SAFETY: this thread's seat says "here", so the dispatcher waits for it: job and body live, and
            // nobody writes the job. It was written before the ticket, which this thread has acquired.
            let (job, body) = self
                .posted
                .0
                .job
                .with(|job| unsafe { (*job, &*(*job).body) });
            let mut tasks = self.tasks_of(index + 1, ticket, &job, is_late);
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body(&mut tasks))) {
                self.next.0.store(job.n_tasks, Ordering::Relaxed);
                lock(&self.panic).get_or_insert(payload);
                self.panicked.store(true, Ordering::Relaxed);
            }
            self.seats[index].leave(ticket.epoch());
            in_order();
            // A dispatcher that goes to sleep says so before it looks at the seats again.
            if self.posted.0.is_waiting.load(Ordering::SeqCst)
                && let Some(thread) = lock(&self.waiter).as_ref()
            {
                thread.unpark();
            }
        }
    }

    /// Looks for a job newer than `seen` that has a place for helper `index`, and comes to it; sleeps
    /// after a while.
    fn await_job(&self, index: usize, seen: &mut u64) -> Option<Came> {
        let me = &self.helpers[index];
        loop {
            for _ in 0..=self.spins.load(Ordering::Relaxed) {
                if let Some(came) = self.come(index, seen) {
                    return Some(came);
                }
                spin_loop();
            }
            me.asleep.store(true, Ordering::SeqCst);
            in_order();
            // Whoever opened a job before it could see us asleep is seen by us here.
            if let Some(came) = self.come(index, seen) {
                me.asleep.store(false, Ordering::SeqCst);
                return Some(came);
            }
            if self.stop.load(Ordering::SeqCst) {
                return None;
            }
            while me.asleep.load(Ordering::SeqCst) {
                park();
            }
            if self.stop.load(Ordering::SeqCst) {
                return None;
            }
        }
    }

    /// Comes to the newest job, unless helper `index` has `seen` it or has no place in it.
    fn come(&self, index: usize, seen: &mut u64) -> Option<Came> {
        let newest = self.newest();
        if newest.epoch() == *seen {
            return None;
        }
        *seen = newest.epoch();
        let seat = &self.seats[index];
        if index >= newest.places() || seat.is_over(newest.epoch()) {
            return None;
        }
        // Before it comes: sending takes a while, and who is woken may take this thread's core; its first
        // task can be another's until it is here, and then it is waited for.
        in_order();
        self.wake(index + 1, newest.places());
        let came = seat.come(index, &self.posted.0.ticket);
        if let Some(came) = came {
            *seen = came.ticket.epoch();
        }
        came
    }
}

/// A poisoned lock only means that a task panicked, which is handed on elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
