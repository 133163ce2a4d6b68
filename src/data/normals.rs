//! Normals in bulk: the stream of words serially, everything after it on all threads.

use std::sync::{Mutex, PoisonError};

use crate::parallel;
use crate::parallel::steps::Progress;
use crate::random::{Mt19937, RandomState, polar};

/// Tries that one task evaluates: its words and its normals take 32 kB each.
const CHUNK_TRIES: usize = 2048;
/// Chunks between two meetings of all threads.
const BATCH_CHUNKS: usize = 32;
const CHUNK_WORDS: usize = CHUNK_TRIES * polar::WORDS_PER_TRY;

/// Runs `work` on each item, on the pool's threads.
pub(crate) fn for_each_item<T: Send>(items: Vec<T>, work: impl Fn(&mut T) + Sync) {
    let items: Vec<_> = items.into_iter().map(Mutex::new).collect();
    parallel::for_each(items.len(), |i| {
        work(&mut items[i].lock().unwrap_or_else(PoisonError::into_inner));
    });
}

/// Units of work that a task has about, where its items are not longer.
const TASK_UNITS: usize = 1 << 15;
/// Tasks of that length that a thread works on between two pauses.
const TASKS_PER_THREAD: usize = 32;

/// Runs `work` on each item, on the pool's threads, and pauses on the way; `units` of an item say
/// how long it is.
pub(crate) async fn in_steps<T: Send>(
    mut items: impl Iterator<Item = T>,
    units: impl Fn(&T) -> usize,
    progress: &Progress,
    work: impl Fn(&mut T) + Sync,
) {
    let max_items = TASKS_PER_THREAD * parallel::n_threads();
    loop {
        let (mut some, mut sum) = (Vec::with_capacity(max_items), 0);
        while some.len() < max_items
            && sum < max_items * TASK_UNITS
            && let Some(item) = items.next()
        {
            sum += units(&item);
            some.push(item);
        }
        if some.is_empty() {
            return;
        }
        for_each_item(some, &work);
        progress.after(sum).await;
    }
}

/// Rows that a task takes, each of so many units: none is long.
pub(crate) fn rows_per_task(row_units: usize) -> usize {
    const MAX_ROWS: usize = 4096;
    (TASK_UNITS / row_units.max(1)).clamp(1, MAX_ROWS)
}

/// Draws `count` normals as so many calls of `rng.standard_normal()` would, and hands them to
/// `sink` in order, in batches of several slices. Afterwards `rng` stands where those calls would
/// have left it.
///
/// A try always uses four words, so tries are independent once the words are there: one task
/// makes the next batch of words while the others evaluate this one.
pub(crate) async fn standard_normals(
    rng: &mut RandomState,
    count: u64,
    progress: &Progress,
    sink: &mut dyn FnMut(&[&[f64]]),
) {
    let mut left = count;
    if left > 0
        && let Some(spare) = rng.spare_normal.take()
    {
        sink(&[&[spare]]);
        left -= 1;
    }
    if left == 0 {
        return;
    }

    let mut current = Batch::sized_for(left);
    let mut next = current.clone();
    current.draw(&mut rng.words);
    let mut normals = vec![0.0; current.words.len() / 2];
    loop {
        let counts = {
            let mut work: Vec<Work<'_>> = Vec::new();
            // First, because it is the longest. In the last batch it is undone below.
            work.push(Work::Draw(&mut next, &mut rng.words));
            let words = current.words.chunks(CHUNK_WORDS);
            let rooms = normals.chunks_mut(CHUNK_WORDS / 2);
            let mut counts = vec![0; words.len()];
            work.extend(
                words
                    .zip(rooms)
                    .zip(&mut counts)
                    .map(|((words, room), count)| Work::Evaluate(words, room, count)),
            );
            for_each_item(work, Work::run);
            counts
        };

        let available: u64 = counts.iter().map(|&n| n as u64).sum();
        let taken = available.min(left);
        let mut slices = Vec::with_capacity(counts.len());
        let mut open = taken;
        for (room, &n) in normals.chunks(CHUNK_WORDS / 2).zip(&counts) {
            let n = (n as u64).min(open) as usize;
            slices.push(&room[..n]);
            open -= n as u64;
        }
        sink(&slices);
        progress.after(taken as usize).await;
        left -= taken;
        if left == 0 {
            if taken % 2 == 1 {
                // The second of the last pair, which may be the first one not taken.
                rng.spare_normal = normal_at(&normals, &counts, taken as usize);
            }
            let pairs = taken.div_ceil(2) as usize;
            let tries = polar::tries_for_pairs(&current.words, pairs);
            rng.words = current.start;
            rng.words.skip((tries * polar::WORDS_PER_TRY) as u64);
            return;
        }
        std::mem::swap(&mut current, &mut next);
    }
}

/// The normal with number `at` of this batch.
fn normal_at(normals: &[f64], counts: &[usize], mut at: usize) -> Option<f64> {
    for (room, &n) in normals.chunks(CHUNK_WORDS / 2).zip(counts) {
        if at < n {
            return Some(room[at]);
        }
        at -= n;
    }
    None
}

/// Words, and the generator as it was before them.
#[derive(Clone)]
struct Batch {
    start: Mt19937,
    words: Vec<u32>,
}

impl Batch {
    /// Enough for `count` normals most of the time, but no more than fits the caches.
    fn sized_for(count: u64) -> Self {
        // A try gives a pair with probability π/4.
        let tries = (count as f64 / 2.0 * 1.28) as u64 + 64;
        let tries = tries.min((CHUNK_TRIES * BATCH_CHUNKS) as u64) as usize;
        Self {
            start: Mt19937::new(0),
            words: vec![0; tries * polar::WORDS_PER_TRY],
        }
    }

    fn draw(&mut self, from: &mut Mt19937) {
        self.start = from.clone();
        from.fill(&mut self.words);
    }
}

enum Work<'a> {
    Draw(&'a mut Batch, &'a mut Mt19937),
    Evaluate(&'a [u32], &'a mut [f64], &'a mut usize),
}

impl Work<'_> {
    fn run(&mut self) {
        match self {
            Self::Draw(batch, from) => batch.draw(from),
            Self::Evaluate(words, room, count) => **count = polar::fill_pairs(words, room),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::pause::whole;

    #[test]
    fn bulk_equals_one_by_one() {
        let mut bulk = RandomState::new(5);
        let mut single = RandomState::new(5);
        for count in [0, 1, 1, 2, 3, 100, 101, 7, 4096, 300_001, 1, 250_000] {
            let mut seen = Vec::new();
            let mut sink = |slices: &[&[f64]]| seen.extend(slices.concat());
            let progress = Progress::default();
            whole(standard_normals(&mut bulk, count, &progress, &mut sink));
            let expected: Vec<f64> = (0..count).map(|_| single.standard_normal()).collect();
            assert_eq!(seen, expected, "{count}");
            assert_eq!(bulk.spare_normal, single.spare_normal);
            assert_eq!(bulk.random_sample(), single.random_sample());
        }
    }
}
