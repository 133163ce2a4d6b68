//! Reading `fixtures/data.json`.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use serde_json::Value;

pub fn fixture(part: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../fixtures/data.json")).unwrap();
    assert_eq!(all["scikit_learn"], "1.9.1");
    all[part].clone()
}

pub fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

pub fn numbers(value: &Value) -> Vec<u32> {
    let list = value.as_array().unwrap();
    list.iter()
        .map(|v| u32::try_from(v.as_u64().unwrap()).unwrap())
        .collect()
}

pub fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().unwrap();
    list.iter()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

/// Doubles from their bits in hexadecimal.
pub fn doubles(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter()
        .map(|v| f64::from_bits(u64::from_str_radix(v.as_str().unwrap(), 16).unwrap()))
        .collect()
}

/// FNV-1a, 64 bits.
pub fn fnv(bytes: impl IntoIterator<Item = u8>) -> String {
    let mut h = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        h = (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{h:016x}")
}

pub fn hash_i32(values: &[i32]) -> String {
    fnv(values.iter().flat_map(|v| v.to_le_bytes()))
}

pub fn hash_u32(values: &[u32]) -> String {
    fnv(values.iter().flat_map(|v| v.to_le_bytes()))
}

pub fn hash_f64<'a>(values: impl IntoIterator<Item = &'a f64>) -> String {
    fnv(values.into_iter().flat_map(|v| v.to_le_bytes()))
}
