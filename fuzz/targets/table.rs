//! libFuzzer's end of `checks/table.rs`.
#![no_main]

#[path = "../checks/table.rs"]
mod table;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| table::check(bytes));
