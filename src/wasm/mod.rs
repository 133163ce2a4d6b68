//! The JavaScript boundary: each export converts, calls, converts. Nothing else in this crate
//! names JavaScript.

// wasm_bindgen exports what is `pub`, wherever it is.
#![allow(unreachable_pub)]

mod bench;
mod clock;
mod convert;
mod data;
mod error;
mod failure;
mod machine;
mod measurement;
mod model;
mod pool;
mod predict;
mod search;
#[cfg(not(feature = "smartcore"))]
mod smartcore;

/// Where smartcore is inside, as in tests, there is no file of it.
#[cfg(feature = "smartcore")]
mod smartcore {
    pub(super) fn file() -> Option<&'static [u8]> {
        None
    }
}
