//! libFuzzer's end of `checks/csv.rs`.
#![no_main]

#[path = "../checks/csv.rs"]
mod csv;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| csv::check(bytes));
