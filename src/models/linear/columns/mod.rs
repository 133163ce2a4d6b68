//! The rows of a fit and the sums over them, in blocks of columns that fill vectors.

pub(super) mod dots;
pub(super) mod few_columns;
pub(super) mod lanes;
mod passes;
pub(super) mod rows;
