//! In a browser's worker, where kernels use its vectors: forests against a plain walk, and each operation on
//! vectors against the one that does without, which native tests check.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod forest_support;
#[path = "../src/models/simd/plain.rs"]
#[allow(unreachable_pub)]
mod plain;
#[path = "../src/models/simd/wasm.rs"]
#[allow(unreachable_pub)]
mod wasm;

use std::arch::wasm32::{f64x2_extract_lane, v128};

use forest_support::walks;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn walks_between_two_classes_are_plain() {
    walks::are_plain(2);
}

#[wasm_bindgen_test]
fn walks_between_three_classes_are_plain() {
    walks::are_plain(3);
}

#[wasm_bindgen_test]
fn walks_between_seven_classes_are_plain() {
    walks::are_plain(7);
}

const ODD: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    1.999_999_999_999_999_8,
    2.0,
    -5e-324,
    1e-3,
    f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

fn odd_pairs() -> impl Iterator<Item = [f64; 2]> + Clone {
    ODD.iter().flat_map(|&a| ODD.map(|b| [a, b]))
}

/// Bit for bit, but that any NaN is one.
fn assert_same(vector: v128, plain: [f64; 2]) {
    let vector = [
        f64x2_extract_lane::<0>(vector),
        f64x2_extract_lane::<1>(vector),
    ];
    let bits = |values: [f64; 2]| {
        values.map(|value| if value.is_nan() { f64::NAN } else { value }.to_bits())
    };
    assert_eq!(bits(vector), bits(plain), "{vector:?}, not {plain:?}");
}

#[wasm_bindgen_test]
fn pairs_are_those_without_vectors() {
    for [a, b] in odd_pairs() {
        assert_same(wasm::Pair::new(a, b).0, plain::Pair::new(a, b).0);
        assert_same(wasm::Pair::both(a).0, plain::Pair::both(a).0);
        let both = (
            wasm::Pair::of(&[a, b]).now(),
            plain::Pair::of(&[a, b]).now(),
        );
        assert_same(both.0.0, both.1.0);
        let mut labels = [[0; 2]; 2];
        wasm::Choice::new([-7, 9]).write(both.0, &mut labels[0]);
        plain::Choice::new([-7, 9]).write(both.1, &mut labels[1]);
        assert_eq!(labels[0], labels[1], "{a} {b}");
        for [c, d] in odd_pairs() {
            let other = (wasm::Pair::of(&[c, d]), plain::Pair::of(&[c, d]));
            assert_same((both.0 + other.0).0, (both.1 + other.1).0);
            assert_same((both.0 * other.0).0, (both.1 * other.1).0);
            assert_same(both.0.sums(other.0).0, both.1.sums(other.1).0);
            let bits = (other.0.bits_of_both(both.0), other.1.bits_of_both(both.1));
            assert_same(bits.0.0, bits.1.0);
            for limit in [0.0, 1e-3, 1.0] {
                assert_eq!(
                    both.0.is_near(wasm::Pair::both(limit), other.0),
                    both.1.is_near(plain::Pair::both(limit), other.1),
                    "{a} {b} {limit} {c} {d}"
                );
            }
        }
    }
}

fn odd_shorts() -> impl Iterator<Item = [i16; 8]> + Clone {
    let odd = [
        0,
        1,
        0x7ffe,
        0x7fff,
        i16::MIN,
        i16::MIN + 1,
        -1,
        2479,
        255,
        256,
        -256,
    ];
    let at = move |at: usize, i: usize| odd[(at + i * (at / odd.len() + 1)) % odd.len()];
    (0..odd.len() * 5).map(move |start| std::array::from_fn(|i| at(start, i)))
}

#[wasm_bindgen_test]
fn shorts_are_those_without_vectors() {
    let assert_same = |vector: wasm::Shorts, plain: plain::Shorts| {
        let mut out = [[0; 8]; 2];
        vector.write(&mut out[0]);
        plain.write(&mut out[1]);
        assert_eq!(out[0], out[1]);
    };
    assert_same(wasm::Shorts::all(0x8001), plain::Shorts::all(0x8001));
    for (a, b) in odd_shorts().flat_map(|a| odd_shorts().map(move |b| (a, b))) {
        let (one, other) = (wasm::Shorts::of(&a), wasm::Shorts::of(&b));
        let (plain_one, plain_other) = (plain::Shorts::of(&a), plain::Shorts::of(&b));
        assert_same(one + other, plain_one + plain_other);
        assert_same(one * other, plain_one * plain_other);
        assert_same(one & other, plain_one & plain_other);
        assert_same(one | other, plain_one | plain_other);
        assert_same(one.without(other), plain_one.without(plain_other));
        assert_same(one >> 12, plain_one >> 12);
        assert_same(one.above(other), plain_one.above(plain_other));
        assert_eq!(one.signs(), plain_one.signs(), "{a:?}");
    }
    let planes = [17_u8, 151].map(|step| std::array::from_fn(|i| step.wrapping_mul(i as u8 + 3)));
    for start in 0..16 {
        let places = std::array::from_fn(|i| ((start + 5 * i) % 16) as u8);
        assert_same(
            wasm::Shorts::picked(&planes, &places),
            plain::Shorts::picked(&planes, &places),
        );
    }
}
