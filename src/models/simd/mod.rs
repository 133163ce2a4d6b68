//! Small vectors, so that a kernel is written once: WebAssembly's where there are any, arrays elsewhere.
//!
//! In come a few values beside one another, out go a few values or labels; nothing here knows a model.
//! [`Pair`] is two doubles, [`Choice`] the two labels that the sign of one decides between, [`Shorts`]
//! eight numbers of 16 bits. `wasm` and `plain` hold the same names, each of which gives the same bits in
//! both: only here is it said which of them it is. [`by_twos`] hands out rows for a [`Pair`]'s kernel.
//!
//! The plain ones are written out for each place, since the compiler makes vectors of them natively; what
//! they say is checked here, and in a browser `tests/web_forest.rs` holds the others against them.

mod by_twos;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod plain;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use plain as backend;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm as backend;

pub(crate) use backend::{Choice, Pair, Shorts};
pub(crate) use by_twos::by_twos;
