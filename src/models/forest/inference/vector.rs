//! Reading and writing WebAssembly's vectors, which the standard library knows by pointers only.
#![cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#![allow(unsafe_code)]

use std::arch::wasm32::{v128, v128_load, v128_load64_zero, v128_store};

/// Sixteen bytes.
#[inline(always)]
pub(super) fn bytes(from: &[u8; 16]) -> v128 {
    // SAFETY: reads what `from` holds; any address will do.
    unsafe { v128_load(from.as_ptr().cast()) }
}

/// Eight bytes, and zeros.
#[inline(always)]
pub(super) fn half(from: &[u8; 8]) -> v128 {
    // SAFETY: as above.
    unsafe { v128_load64_zero(from.as_ptr().cast()) }
}

/// Eight numbers.
#[inline(always)]
pub(super) fn numbers(from: &[i16; 8]) -> v128 {
    // SAFETY: as above.
    unsafe { v128_load(from.as_ptr().cast()) }
}

/// Writes eight numbers.
#[inline(always)]
pub(super) fn write(to: &mut [u16; 8], numbers: v128) {
    // SAFETY: writes what `to` holds.
    unsafe { v128_store(to.as_mut_ptr().cast(), numbers) }
}
