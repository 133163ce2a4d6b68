//! A visitor's own table, from text as spreadsheets, pandas and archives write it: streamed, twice.
//!
//! `records` cuts text into cells, `guess` says how and `header` what the columns are called, `cell` what a cell may be,
//! `columns` and `dictionary` keep what is read, `summary` counts it (`facts`), `notes` says what is worth a word, `reader` leads through both passes; `choose`
//! makes rows of it that a classifier takes, `labels` their labels, for which `texts` may be needed, and `listing` reads some
//! rows once more, as they are written. Knows no model.

mod cell;
mod choose;
mod columns;
mod dictionary;
mod facts;
mod guess;
mod header;
mod labels;
mod listing;
mod notes;
mod reader;
mod records;
mod summary;
mod texts;

pub use cell::GAPS;
pub use choose::{Chosen, Drop, Feature, Like, LikeColumn, Wanted};
pub use columns::{Column, Kind};
pub use facts::{Facts, Range};
pub use guess::{Options, ReadAs};
pub use listing::{Listing, Suffixes, Writing};
pub use reader::{Reader, Table};
pub use summary::MOST_FREQUENT;
pub use texts::Texts;

/// Texts that are told apart in a column; where there are more it can be no feature and no target.
pub const MOST_DISTINCT: usize = 1 << 16;
