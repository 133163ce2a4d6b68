//! Big arrays that may not fit.

use crate::error::{Error, Result};

/// `rows * width` zeros, or `OutOfMemory` with the number of rows that would have fit.
pub(crate) fn zeros<T: Copy + Default>(
    what: &'static str,
    rows: usize,
    width: usize,
) -> Result<Vec<T>> {
    // Asked first, made second: `vec!` gets memory that is zero already, but would abort.
    drop(room::<T>(what, rows, width)?);
    Ok(vec![T::default(); rows * width])
}

/// An empty vector with room for `rows * width` items, or `OutOfMemory` with the number of rows
/// that would have fit.
pub(crate) fn room<T>(what: &'static str, rows: usize, width: usize) -> Result<Vec<T>> {
    let reserve = |rows: usize| {
        let mut vec = Vec::new();
        let len = rows.checked_mul(width)?;
        vec.try_reserve_exact(len).ok().map(|()| vec)
    };
    reserve(rows).ok_or_else(|| {
        let bytes_per_row = (width as u64).saturating_mul(size_of::<T>() as u64);
        let mut largest = (rows as u64).min(isize::MAX as u64 / bytes_per_row.max(1));
        while largest > 0 && reserve(largest as usize).is_none() {
            largest -= largest.div_ceil(16);
        }
        Error::OutOfMemory {
            what,
            needed_bytes: (rows as u64).saturating_mul(bytes_per_row),
            largest_rows: largest,
        }
    })
}
