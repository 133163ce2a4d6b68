//! smartcore in a wasm of its own: one instance a thread, with memory of its own.
//!
//! Whoever calls asks for room, writes there, and calls; numbers are all that passes. Nothing is imported but a function
//! that hears the last words of an instance before it ends.

#![cfg_attr(target_arch = "wasm32", feature(alloc_error_hook))]
// A name that is called from outside counts as unsafe: that of another library would be taken for it. Nothing else here is.
#![allow(unsafe_code)]

use std::cell::RefCell;

use breakeven::models::smartcore::served::{self, Served};

/// What goes in and out lies here, each kind in a place of its own.
#[derive(Default)]
struct Desk {
    served: Served,
    rows: Vec<f64>,
    codes: Vec<u32>,
    bytes: Vec<u8>,
    labels: Vec<i32>,
    shares: Vec<f64>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
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

/// Room for numbers of rows.
#[unsafe(no_mangle)]
pub extern "C" fn rows(n: usize) -> *mut f64 {
    DESK.with_borrow_mut(|desk| room(&mut desk.rows, n))
}

/// Room for the codes of rows that are to be trained on.
#[unsafe(no_mangle)]
pub extern "C" fn codes(n: usize) -> *mut u32 {
    DESK.with_borrow_mut(|desk| room(&mut desk.codes, n))
}

/// Room for a message; answers lie in the same place.
#[unsafe(no_mangle)]
pub extern "C" fn bytes(n: usize) -> *mut u8 {
    DESK.with_borrow_mut(|desk| room(&mut desk.bytes, n))
}

/// Room for labels.
#[unsafe(no_mangle)]
pub extern "C" fn labels(n: usize) -> *mut i32 {
    DESK.with_borrow_mut(|desk| room(&mut desk.labels, n))
}

/// Room for shares.
#[unsafe(no_mangle)]
pub extern "C" fn shares(n: usize) -> *mut f64 {
    DESK.with_borrow_mut(|desk| room(&mut desk.shares, n))
}

/// Does a unit of a fit with the first `n_bytes` of the message, `n_cells` numbers and `n_codes` codes, which are let go.
/// How long the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn fit(n_bytes: usize, n_cells: usize, n_codes: usize) -> usize {
    DESK.with_borrow_mut(|desk| {
        let (rows, codes) = (
            std::mem::take(&mut desk.rows),
            std::mem::take(&mut desk.codes),
        );
        desk.bytes = served::fit(&desk.bytes[..n_bytes], &rows[..n_cells], &codes[..n_codes]);
        desk.bytes.len()
    })
}

/// Makes the model in the first `n_bytes` of the message ready. How long the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn hold(number: u32, n_bytes: usize) -> usize {
    DESK.with_borrow_mut(|desk| {
        let message = std::mem::take(&mut desk.bytes);
        desk.bytes = desk.served.hold(number, &message[..n_bytes]);
        desk.bytes.len()
    })
}

/// Forgets a model.
#[unsafe(no_mangle)]
pub extern "C" fn release(number: u32) {
    DESK.with_borrow_mut(|desk| desk.served.release(number));
}

/// Writes `n_rows` labels of as many rows, `n_cells` numbers in all; 0 where there is no such model.
#[unsafe(no_mangle)]
pub extern "C" fn predict(number: u32, n_cells: usize, n_rows: usize) -> u32 {
    DESK.with_borrow_mut(|desk| {
        let (rows, out) = (&desk.rows[..n_cells], &mut desk.labels[..n_rows]);
        u32::from(desk.served.codes(number, rows, out))
    })
}

/// Writes `n` shares of the rows, `n_cells` numbers in all; 0 where there is no such model.
#[unsafe(no_mangle)]
pub extern "C" fn predict_proba(number: u32, n_cells: usize, n: usize) -> u32 {
    DESK.with_borrow_mut(|desk| {
        let (rows, out) = (&desk.rows[..n_cells], &mut desk.shares[..n]);
        u32::from(desk.served.shares(number, rows, out))
    })
}

#[cfg(target_arch = "wasm32")]
mod words {
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
