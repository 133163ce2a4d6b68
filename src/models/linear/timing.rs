#![allow(missing_docs)]
use super::binary::*;
use super::newton::*;
use super::rows::*;
use crate::data::TrainingSet;
pub const NAMES: [&str; 9] = ["rows", "look", "slope_at", "value", "hessian", "look svc", "gradient", "margins", "value svc"];
pub fn kernel(data: &TrainingSet<'_>, which: usize, times: usize) {
    let rows = Rows::new(*data, Some(1.0), Some(1));
    let w = vec![0.3; rows.width()];
    let zeros = vec![0.0; rows.width()];
    let n = rows.len();
    let mut out = vec![0.0; w.len() * w.len()];
    let mut p = Binary::<Logistic>::new(rows, std::iter::repeat_n(1.0, n), vec![1.0; w.len()]);
    let rows = Rows::new(*data, Some(1.0), Some(1));
    let mut q = Binary::<SquaredHinge>::new(rows, std::iter::repeat_n(1.0, n), vec![1.0; w.len()]);
    let rows = Rows::new(*data, Some(1.0), Some(1));
    p.look(&zeros, &w);
    use std::hint::black_box;
    for _ in 0..times {
        match which {
            0 => { black_box(Rows::new(*data, Some(1.0), Some(1)).len()); }
            1 => { black_box(p.look(&zeros, &w)); }
            2 => { black_box(p.slope_at(0.5, &zeros, &w)); }
            3 => { black_box(p.value(&w)); }
            4 => { p.hessian(&mut out); black_box(&out); }
            5 => { black_box(q.look(&zeros, &w)); }
            6 => { let mut g = vec![0.0; w.len()]; let s = [0.5; 128]; rows.for_blocks(|_, c| add_gradient(c, &s, &mut g)); black_box(&g); }
            7 => { let mut g = [0.0; 128]; rows.for_blocks(|_, c| add_margins(c, &w, &mut g)); black_box(&g); }
            _ => { black_box(q.value(&w)); }
        }
    }
}

pub static COUNTS: [std::sync::atomic::AtomicUsize; 3] = [const { std::sync::atomic::AtomicUsize::new(0) }; 3];
pub fn add(which: usize, n: usize) { COUNTS[which].fetch_add(n, std::sync::atomic::Ordering::Relaxed); }
pub fn take() -> [f64; 3] { [0, 1, 2].map(|i| COUNTS[i].swap(0, std::sync::atomic::Ordering::Relaxed) as f64) }
