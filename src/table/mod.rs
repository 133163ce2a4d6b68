//! A visitor's own table, from text as spreadsheets, pandas and archives write it: streamed, twice.
//!
//! `records` cuts text into cells, `guess` says how, `cell` what a cell may be, `columns` and `dictionary` keep what is read,
//! `summary` counts it, `reader` leads through both passes, `choose` makes rows of it that a classifier takes, and `listing`
//! reads some rows once more, as they are written. Knows no model.

mod cell;
mod choose;
mod columns;
mod dictionary;
mod guess;
mod listing;
mod reader;
mod records;
mod summary;

pub use cell::GAPS;
pub use choose::{Chosen, Drop, Feature, Like, LikeColumn, Texts, Wanted};
pub use columns::{Column, Kind};
pub use guess::{Options, ReadAs};
pub use listing::{Listing, Suffixes, Writing};
pub use reader::{Reader, Table};
pub use summary::{Facts, MOST_FREQUENT};

/// Texts that are told apart in a column; where there are more it can be no feature and no target.
pub const MOST_DISTINCT: usize = 1 << 16;
