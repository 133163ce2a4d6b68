//! Tables, read in a wasm of its own: an instance a table, with memory of its own.
//!
//! Whoever calls asks for room, writes there, and calls; numbers are all that passes. What is below 0 says that an error lies
//! where answers do. Nothing is imported but a function that hears the last words of an instance before it ends.

#![cfg_attr(target_arch = "wasm32", feature(alloc_error_hook))]
// A name that is called from outside counts as unsafe: that of another library would be taken for it. Nothing else here is.
#![allow(unsafe_code)]

mod json;
mod words;

use std::cell::RefCell;

use breakeven::table::{Chosen, Listing, Reader, Suffixes, Table, Texts, Wanted, Writing};
use breakeven::{Error, Result};
use json::Json;
use words::Words;

/// What goes in and out lies here, each kind in a place of its own; and what is worked on.
#[derive(Default)]
struct Desk {
    bytes: Vec<u8>,
    numbers: Vec<f64>,
    labels: Vec<u32>,
    answer: Vec<u8>,
    reader: Option<Reader>,
    table: Option<Table>,
    wanted: Wanted,
    needed: Vec<usize>,
    texts: Option<Texts>,
    chosen: Option<Chosen>,
    listing: Option<Listing>,
    writing: Option<Writing>,
    names: Vec<String>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

const FAILED: i32 = -1;

/// Works at the desk; an error is written down as the answer.
fn at_desk(work: impl FnOnce(&mut Desk) -> Result<i32>) -> i32 {
    DESK.with_borrow_mut(|desk| {
        work(desk).unwrap_or_else(|error| {
            desk.answer = Json::error(&error);
            FAILED
        })
    })
}

/// What is asked before there is that of which it is asked.
fn early() -> Error {
    Error::BadTable {
        reason: "the table has not been read: read it again".to_owned(),
    }
}

/// Room for at least `n` things; null where there is no memory.
fn room<T: Default + Clone>(things: &mut Vec<T>, n: usize) -> *mut T {
    let missing = n.saturating_sub(things.len());
    if things.try_reserve_exact(missing).is_err() {
        return std::ptr::null_mut();
    }
    things.resize(things.len() + missing, T::default());
    things.as_mut_ptr()
}

/// Room for bytes.
#[unsafe(no_mangle)]
pub extern "C" fn bytes(n: usize) -> *mut u8 {
    DESK.with_borrow_mut(|desk| room(&mut desk.bytes, n))
}

/// Room for numbers.
#[unsafe(no_mangle)]
pub extern "C" fn numbers(n: usize) -> *mut f64 {
    DESK.with_borrow_mut(|desk| room(&mut desk.numbers, n))
}

/// Room for labels.
#[unsafe(no_mangle)]
pub extern "C" fn labels(n: usize) -> *mut u32 {
    DESK.with_borrow_mut(|desk| room(&mut desk.labels, n))
}

/// Where the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    DESK.with_borrow(|desk| desk.answer.as_ptr())
}

/// How long it is.
#[unsafe(no_mangle)]
pub extern "C" fn answer_length() -> usize {
    DESK.with_borrow(|desk| desk.answer.len())
}

/// A new table, by the options in the first `n` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn open(n: usize) -> i32 {
    at_desk(|desk| {
        let options = Words::new(&desk.bytes[..n]).options()?;
        desk.reader = Some(Reader::new(options));
        Ok(0)
    })
}

/// The next `n` bytes of the pass.
#[unsafe(no_mangle)]
pub extern "C" fn read(n: usize, last: u32) -> i32 {
    at_desk(|desk| {
        let reader = desk.reader.as_mut().ok_or_else(early)?;
        reader.push(&desk.bytes[..n], last != 0).map(|()| 0)
    })
}

/// Ends the first pass.
#[unsafe(no_mangle)]
pub extern "C" fn read_again() -> i32 {
    at_desk(|desk| {
        let reader = desk.reader.as_mut().ok_or_else(early)?;
        reader.begin_second().map(|()| 0)
    })
}

/// Counts about so many cells; 1 when all is done, and the answer says what was read.
#[unsafe(no_mangle)]
pub extern "C" fn summarise(max_cells: usize) -> i32 {
    at_desk(|desk| {
        let reader = desk.reader.as_mut().ok_or_else(early)?;
        if !reader.summarise(max_cells)? {
            return Ok(0);
        }
        desk.table = desk.reader.take().and_then(Reader::finish);
        let table = desk.table.as_ref().ok_or_else(early)?;
        desk.answer = Json::facts(table);
        Ok(1)
    })
}

/// What is wanted of it, in the first `n` bytes; how many columns' texts have to be read for that.
#[unsafe(no_mangle)]
pub extern "C" fn want(n: usize) -> i32 {
    at_desk(|desk| {
        let table = desk.table.as_ref().ok_or_else(early)?;
        desk.wanted = Words::new(&desk.bytes[..n]).wanted(table.columns.len())?;
        desk.needed = table.texts_needed(&desk.wanted);
        desk.texts = None;
        if !desk.needed.is_empty() {
            desk.texts = Some(table.begin_texts(&desk.needed)?);
        }
        Ok(desk.needed.len() as i32)
    })
}

/// The next `n` bytes of a pass for those texts.
#[unsafe(no_mangle)]
pub extern "C" fn read_texts(n: usize, last: u32) -> i32 {
    at_desk(|desk| {
        let table = desk.table.as_ref().ok_or_else(early)?;
        let texts = desk.texts.as_mut().ok_or_else(early)?;
        table
            .push_texts(texts, &desk.bytes[..n], last != 0)
            .map(|()| 0)
    })
}

/// Finds the rows; the answer says what of them is not numbers.
#[unsafe(no_mangle)]
pub extern "C" fn choose() -> i32 {
    at_desk(|desk| {
        let table = desk.table.as_mut().ok_or_else(early)?;
        if let Some(texts) = desk.texts.take() {
            table.end_texts(texts)?;
        }
        desk.chosen = None;
        let chosen = table.choose(&desk.wanted)?;
        desk.answer = Json::chosen(&chosen);
        desk.chosen = Some(chosen);
        Ok(0)
    })
}

/// Writes `n_rows` rows from there where numbers lie, and their labels where those do.
#[unsafe(no_mangle)]
pub extern "C" fn fill(first: usize, n_rows: usize) -> i32 {
    at_desk(|desk| {
        let table = desk.table.as_ref().ok_or_else(early)?;
        let chosen = desk.chosen.as_ref().ok_or_else(early)?;
        let n_cells = n_rows * chosen.features.len();
        table.fill(chosen, first, &mut desk.numbers[..n_cells]);
        if let Some(y) = chosen.y.get(first..first + n_rows) {
            for (to, &label) in desk.labels[..n_rows].iter_mut().zip(y) {
                *to = label as u32;
            }
        }
        Ok(0)
    })
}

/// Rows from `from` to before `to` are to be listed: from which byte of the text on. Below 0 where there is no table.
#[unsafe(no_mangle)]
pub extern "C" fn list(from: usize, to: usize) -> f64 {
    DESK.with_borrow_mut(|desk| {
        let Some(table) = &desk.table else {
            desk.answer = Json::error(&early());
            return f64::from(FAILED);
        };
        let (listing, at) = Listing::new(table, from, to);
        desk.listing = Some(listing);
        at as f64
    })
}

/// The next `n` bytes from there; 1 when all rows are there, and the answer has them.
#[unsafe(no_mangle)]
pub extern "C" fn read_listed(n: usize, last: u32) -> i32 {
    at_desk(|desk| {
        let listing = desk.listing.as_mut().ok_or_else(early)?;
        listing.push(&desk.bytes[..n], last != 0)?;
        if !listing.is_done() && last == 0 {
            return Ok(0);
        }
        desk.answer = Json::cells(&listing.cells);
        desk.listing = None;
        Ok(1)
    })
}

/// The table is to be written with what a model says: names of the columns that are added and of the classes, in the first
/// `n` bytes. The answer is the first line.
#[unsafe(no_mangle)]
pub extern "C" fn write(n: usize) -> i32 {
    at_desk(|desk| {
        let table = desk.table.as_ref().ok_or_else(early)?;
        let mut words = Words::new(&desk.bytes[..n]);
        let added = words.list()?;
        desk.names = words.list()?;
        let writing = Writing::new(table);
        desk.answer = writing.header(table, &added);
        desk.writing = Some(writing);
        Ok(0)
    })
}

/// The next `n` bytes of a pass for that; how many rows wait for what is said of them.
#[unsafe(no_mangle)]
pub extern "C" fn read_rows(n: usize, last: u32) -> i32 {
    at_desk(|desk| {
        let writing = desk.writing.as_mut().ok_or_else(early)?;
        Ok(writing.push(&desk.bytes[..n], last != 0)? as i32)
    })
}

/// The answer is those rows with as many labels, and `n_shares` numbers, a row's after the other.
#[unsafe(no_mangle)]
pub extern "C" fn written(n_rows: usize, n_shares: usize) -> i32 {
    at_desk(|desk| {
        let writing = desk.writing.as_mut().ok_or_else(early)?;
        desk.answer = writing.take(&Suffixes {
            names: &desk.names,
            labels: &desk.labels[..n_rows],
            shares: &desk.numbers[..n_shares],
        });
        Ok(0)
    })
}

#[cfg(target_arch = "wasm32")]
mod last_words {
    #[link(wasm_import_module = "breakeven")]
    unsafe extern "C" {
        /// Hears `n` bytes of text.
        safe fn tell(text: *const u8, n: usize);
    }

    /// To be called first: has panics and failed allocations tell their reasons.
    #[unsafe(no_mangle)]
    pub extern "C" fn begin() {
        std::panic::set_hook(Box::new(|panic| {
            let text = panic.to_string();
            tell(text.as_ptr(), text.len());
        }));
        std::alloc::set_alloc_error_hook(|_| {
            let text = "out of memory";
            tell(text.as_ptr(), text.len());
        });
    }
}
