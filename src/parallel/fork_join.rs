//! A fork-join over helper threads that stay: dispatch is one atomic store where they spin,
//! and one wake-up each where they sleep.
//!
//! A job is opened by publishing its epoch together with the number of helpers that may join.
//! Helpers join by taking one of those places; everybody, the caller too, then takes task numbers
//! from one counter. When the caller finds no task left it closes the places nobody took, so that
//! it never waits for a helper that is still waking up, and waits for those that joined.
//!
//! Over 400 lines in one file, since what makes it right is how these few atomics are ordered among
//! each other; loom's model takes it in as it stands.
#![allow(unsafe_code)]

use std::any::Any;
#[cfg(panic = "abort")]
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;

use super::sync::{
    AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering, PoisonError,
    Thread, UnsafeCell, current, in_order, park, spin_loop,
};

/// The numbers of the tasks that fall to one thread, each number to exactly one thread.
#[derive(Debug)]
pub struct Tasks<'a> {
    next: &'a AtomicUsize,
    n_tasks: usize,
    thread: usize,
}

impl Tasks<'_> {
    /// The thread that draws: 0 is the caller's, the others are helpers.
    #[must_use]
    pub fn thread(&self) -> usize {
        self.thread
    }
}

impl Iterator for Tasks<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let task = self.next.fetch_add(1, Ordering::Relaxed);
        (task < self.n_tasks).then_some(task)
    }
}

type Body<'a> = dyn Fn(&mut Tasks<'_>) + Sync + 'a;

/// What a helper needs to know of the open job.
struct Job {
    body: *const Body<'static>,
    n_tasks: usize,
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

/// Keeps hot words on their own cache lines.
#[repr(align(128))]
struct Line<T>(T);

/// The state that the caller and its helpers share.
pub struct ForkJoin {
    /// Epoch in the high half, places still open in the low half.
    ticket: Line<AtomicU64>,
    next: Line<AtomicUsize>,
    /// Helpers that have joined the open job and left it again.
    left: Line<AtomicU32>,
    job: UnsafeCell<Job>,
    /// Held by the thread that dispatches; a second one runs its tasks alone.
    busy: AtomicBool,
    /// Whether the dispatcher sleeps, and its handle while it does.
    waiting: AtomicBool,
    waiter: Mutex<Option<Thread>>,
    /// Whether a helper's task panicked in the open job, and with what.
    panicked: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Whether a thread died in a task.
    #[cfg(panic = "abort")]
    failed: AtomicBool,
    #[cfg(panic = "abort")]
    why: Mutex<Cow<'static, str>>,
    helpers: Box<[Helper]>,
    spins: AtomicU32,
    stop: AtomicBool,
}

// SAFETY: `job` is written only by the holder of `busy`, before the release store that opens the
// ticket, and read only by helpers that took a place with an acquire operation on it. The holder
// writes again only after every such helper has left (acquire on `left`).
unsafe impl Sync for ForkJoin {}
// SAFETY: nothing in it belongs to a thread but what the raw pointer in `job` leads to, and that is only
// followed while the dispatcher is inside `run`, which borrows both: it cannot be moved then.
unsafe impl Send for ForkJoin {}

const PLACES: u64 = 0xffff_ffff;
/// Looks for work before going to sleep. In wasm, where `spin_loop` is nothing, about 100 µs:
/// longer than the gap between two calls of a hot loop, too short to be seen as CPU use of an idle
/// page. Natively a look is one `pause`, ten times as long.
const DEFAULT_SPINS: u32 = if cfg!(target_arch = "wasm32") {
    50_000
} else {
    5_000
};

/// How long [`ForkJoin::rouse`] waits for a helper: about a millisecond.
const ROUSE_SPINS: u32 = 10 * DEFAULT_SPINS;

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
            ticket: Line(AtomicU64::new(0)),
            next: Line(AtomicUsize::new(0)),
            left: Line(AtomicU32::new(0)),
            job: UnsafeCell::new(Job { body, n_tasks: 0 }),
            busy: AtomicBool::new(false),
            waiting: AtomicBool::new(false),
            waiter: Mutex::new(None),
            panicked: AtomicBool::new(false),
            panic: Mutex::new(None),
            #[cfg(panic = "abort")]
            failed: AtomicBool::new(false),
            #[cfg(panic = "abort")]
            why: Mutex::new(Cow::Borrowed("")),
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
            std::hint::black_box(self.ticket.0.load(Ordering::SeqCst) & PLACES == 0);
            spin_loop();
        }
    }

    /// Number of helpers that sleep now.
    #[must_use]
    pub fn n_asleep(&self) -> usize {
        self.helpers
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
        let here = AtomicUsize::new(0);
        self.run(n_threads, n_threads, &|tasks| {
            let _ = tasks.next();
            here.fetch_add(1, Ordering::Relaxed);
            for _ in 0..ROUSE_SPINS {
                if here.load(Ordering::Relaxed) >= n_threads {
                    return;
                }
                spin_loop();
            }
        });
        here.into_inner()
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
    /// the tasks `0..n_tasks`; returns when all are done. Called while another job is open (from
    /// inside a task, say), it runs all tasks on the calling thread.
    ///
    /// # Panics
    /// With the first panic of a task, once every thread has left the job.
    pub fn run(&self, max_threads: usize, n_tasks: usize, body: &Body<'_>) {
        let places = max_threads
            .min(self.n_threads())
            .min(n_tasks)
            .saturating_sub(1);
        if places == 0 || self.busy.swap(true, Ordering::Acquire) {
            let next = AtomicUsize::new(0);
            return body(&mut Tasks {
                next: &next,
                n_tasks,
                thread: 0,
            });
        }
        // SAFETY: only the lifetime changes, so both are of the same size and kind. The pointer is followed
        // by helpers that joined, and `run` returns, or unwinds, only after all of those have left.
        let body_static =
            unsafe { std::mem::transmute::<*const Body<'_>, *const Body<'static>>(body) };
        // SAFETY: the cell's pointer is to a job that there is. `busy` is ours, so no other dispatcher writes,
        // and every helper of the job before has left (see `Sync`), so nobody reads.
        self.job.with_mut(|job| unsafe {
            *job = Job {
                body: body_static,
                n_tasks,
            }
        });
        self.next.0.store(0, Ordering::Relaxed);
        self.left.0.store(0, Ordering::Relaxed);
        let epoch = (self.ticket.0.load(Ordering::Relaxed) >> 32).wrapping_add(1) << 32;
        self.ticket.0.store(epoch | places as u64, Ordering::SeqCst);
        in_order();
        self.wake(places);

        let mut tasks = Tasks {
            next: &self.next.0,
            n_tasks,
            thread: 0,
        };
        let mine = catch_unwind(AssertUnwindSafe(|| body(&mut tasks)));
        if mine.is_err() {
            // Nobody needs to start on the rest.
            self.next.0.store(n_tasks, Ordering::Relaxed);
        }
        let unclaimed = self.ticket.0.fetch_and(!PLACES, Ordering::AcqRel) & PLACES;
        self.wait_for(places as u32 - unclaimed as u32);
        let theirs = if self.panicked.swap(false, Ordering::Relaxed) {
            lock(&self.panic).take()
        } else {
            None
        };
        self.busy.store(false, Ordering::Release);
        if let Some(payload) = mine.err().or(theirs) {
            resume_unwind(payload);
        }
    }

    /// Sees to it that `places` helpers come: those that are awake look before they sleep, so only
    /// as many of the others are woken as there are places left.
    fn wake(&self, places: usize) {
        let mut missing = (self.n_asleep() + places).saturating_sub(self.helpers.len());
        for helper in &self.helpers {
            if missing == 0 {
                return;
            }
            missing -= usize::from(helper.wake());
        }
    }

    /// Waits until `joined` helpers have left the job.
    fn wait_for(&self, joined: u32) {
        for _ in 0..self.spins.load(Ordering::Relaxed) {
            if self.left.0.load(Ordering::Acquire) == joined {
                return;
            }
            spin_loop();
        }
        *lock(&self.waiter) = Some(current());
        self.waiting.store(true, Ordering::SeqCst);
        in_order();
        while self.left.0.load(Ordering::SeqCst) != joined {
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
        self.waiting.store(false, Ordering::Relaxed);
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
        while let Some(epoch) = self.await_job(me, seen) {
            seen = epoch;
            // SAFETY: a place was taken, so `run` waits for this thread: job and body live, and nobody writes
            // the job. It was written before the ticket was opened, which this thread has acquired.
            let (body, n_tasks) = self
                .job
                .with(|job| unsafe { (&*(*job).body, (*job).n_tasks) });
            let mut tasks = Tasks {
                next: &self.next.0,
                n_tasks,
                thread: index + 1,
            };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body(&mut tasks))) {
                self.next.0.store(n_tasks, Ordering::Relaxed);
                lock(&self.panic).get_or_insert(payload);
                self.panicked.store(true, Ordering::Relaxed);
            }
            self.left.0.fetch_add(1, Ordering::SeqCst);
            in_order();
            // A dispatcher that goes to sleep says so before it looks at `left` again.
            if self.waiting.load(Ordering::SeqCst)
                && let Some(thread) = lock(&self.waiter).as_ref()
            {
                thread.unpark();
            }
        }
    }

    /// Looks for a job newer than `seen` and takes a place in it; sleeps after a while.
    fn await_job(&self, me: &Helper, seen: u64) -> Option<u64> {
        loop {
            for _ in 0..=self.spins.load(Ordering::Relaxed) {
                if let Some(epoch) = self.join(seen) {
                    return Some(epoch);
                }
                spin_loop();
            }
            me.asleep.store(true, Ordering::SeqCst);
            in_order();
            // Whoever opened a job before it could see us asleep is seen by us here.
            if let Some(epoch) = self.join(seen) {
                me.asleep.store(false, Ordering::SeqCst);
                return Some(epoch);
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

    /// Takes a place in the open job unless it is the one already `seen`.
    fn join(&self, seen: u64) -> Option<u64> {
        let mut ticket = self.ticket.0.load(Ordering::SeqCst);
        loop {
            let epoch = ticket >> 32;
            if ticket & PLACES == 0 || epoch == seen {
                return None;
            }
            let taken = self.ticket.0.compare_exchange_weak(
                ticket,
                ticket - 1,
                Ordering::AcqRel,
                Ordering::SeqCst,
            );
            match taken {
                Ok(_) => return Some(epoch),
                Err(now) => ticket = now,
            }
        }
    }
}

/// A poisoned lock only means that a task panicked, which is handed on elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
