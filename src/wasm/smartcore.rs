//! smartcore's file, and the calling thread's instance of it.

use std::sync::OnceLock;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{Error, Result};
use crate::models::smartcore::apart::{Instance, reach_by};

/// Answers below 0 say that the instance has ended. Rooms are addresses in its memory, 0 where it has none left.
#[wasm_bindgen(raw_module = "../../www/api/smartcore-instance.ts")]
extern "C" {
    /// The CRC-32 of the file that was built with this.
    #[wasm_bindgen(js_name = checksum)]
    fn checksum() -> u32;
    #[wasm_bindgen(js_name = isBegun)]
    fn is_begun() -> bool;
    #[wasm_bindgen(catch)]
    fn begin(file: &[u8]) -> std::result::Result<(), JsValue>;
    /// The last words of an instance that has ended.
    #[wasm_bindgen(js_name = lastWords)]
    fn last_words() -> String;

    fn rows(n: usize) -> f64;
    fn codes(n: usize) -> f64;
    fn bytes(n: usize) -> f64;
    fn labels(n: usize) -> f64;
    fn shares(n: usize) -> f64;
    #[wasm_bindgen(js_name = putRows)]
    fn put_rows(at: f64, rows: &[f64]);
    #[wasm_bindgen(js_name = putCodes)]
    fn put_codes(at: f64, codes: &[u32]);
    #[wasm_bindgen(js_name = putBytes)]
    fn put_bytes(at: f64, bytes: &[u8]);
    #[wasm_bindgen(js_name = takeBytes)]
    fn take_bytes(n: usize) -> Vec<u8>;
    #[wasm_bindgen(js_name = takeLabels)]
    fn take_labels(at: f64, labels: &mut [i32]);
    #[wasm_bindgen(js_name = takeShares)]
    fn take_shares(at: f64, shares: &mut [f64]);

    fn fit(n_bytes: usize, n_cells: usize, n_codes: usize) -> f64;
    fn hold(number: u32, n_bytes: usize) -> f64;
    fn release(number: u32) -> f64;
    fn predict(number: u32, n_cells: usize, n_rows: usize) -> f64;
    #[wasm_bindgen(js_name = predictProba)]
    fn predict_proba(number: u32, n_cells: usize, n: usize) -> f64;
}

/// In this instance's memory, so that threads, which hear no messages, find it.
static FILE: OnceLock<Vec<u8>> = OnceLock::new();

/// Keeps smartcore's file, from which each thread that needs it makes an instance. Nothing happens where it is kept already.
///
/// # Errors
/// `worker_failed` where it is another file than was built with this, or cannot be compiled.
#[wasm_bindgen(js_name = keepSmartcore)]
pub fn keep_smartcore(file: Vec<u8>) -> Result<()> {
    if FILE.get().is_some() {
        return Ok(());
    }
    if crc32fast::hash(&file) != checksum() {
        return Err(Error::DamagedFile {
            what: "backend",
            name: "smartcore".to_owned(),
        });
    }
    begun(&file)?;
    let _ = FILE.set(file);
    reach_by(&Thread);
    Ok(())
}

/// It, where it is kept.
pub(super) fn file() -> Option<&'static [u8]> {
    FILE.get().map(Vec::as_slice)
}

/// What a failed allocation's last words end with, by which it is known for what it is.
const NO_MEMORY: &str = "out of memory";

fn stopped(words: String) -> Error {
    let reason = match words.ends_with(NO_MEMORY) {
        true => format!("take fewer rows, classes or estimators: {NO_MEMORY}"),
        false => words,
    };
    Error::Stopped {
        what: "smartcore",
        reason,
    }
}

fn begun(file: &[u8]) -> Result<()> {
    if is_begun() {
        return Ok(());
    }
    let words = |thrown: JsValue| js_sys::Error::from(thrown).message().into();
    begin(file).map_err(|thrown| stopped(words(thrown)))
}

/// What an instance answers, unless it has ended.
fn lived(answer: f64) -> Result<usize> {
    if answer >= 0.0 {
        return Ok(answer as usize);
    }
    Err(stopped(last_words()))
}

/// An address in the instance's memory.
fn room(at: f64) -> Result<f64> {
    match lived(at)? {
        0 => Err(stopped(NO_MEMORY.to_owned())),
        _ => Ok(at),
    }
}

/// The calling thread's instance.
struct Thread;

impl Thread {
    fn begun() -> Result<()> {
        begun(file().unwrap_or_default())
    }

    fn message(message: &[u8]) -> Result<()> {
        Self::begun()?;
        put_bytes(room(bytes(message.len()))?, message);
        Ok(())
    }

    fn rows(x: &[f64]) -> Result<()> {
        Self::begun()?;
        put_rows(room(rows(x.len()))?, x);
        Ok(())
    }
}

impl Instance for Thread {
    fn is_here(&self) -> bool {
        FILE.get().is_some()
    }

    fn fit(
        &self,
        request: &[u8],
        pieces: &mut dyn Iterator<Item = &[f64]>,
        n_cells: usize,
        of_rows: &[u32],
    ) -> Result<Vec<u8>> {
        Self::message(request)?;
        let mut at = room(rows(n_cells))?;
        for piece in pieces {
            put_rows(at, piece);
            at += size_of_val(piece) as f64;
        }
        let n = of_rows.len();
        put_codes(room(codes(n))?, of_rows);
        lived(fit(request.len(), n_cells, n)).map(take_bytes)
    }

    fn hold(&self, number: u32, model: &[u8]) -> Result<Vec<u8>> {
        Self::message(model)?;
        lived(hold(number, model.len())).map(take_bytes)
    }

    fn release(&self, number: u32) {
        if is_begun() {
            release(number);
        }
    }

    fn codes(&self, number: u32, x: &[f64], out: &mut [i32]) -> Result<bool> {
        Self::rows(x)?;
        let at = room(labels(out.len()))?;
        let known = lived(predict(number, x.len(), out.len()))? > 0;
        if known {
            take_labels(at, out);
        }
        Ok(known)
    }

    fn shares(&self, number: u32, x: &[f64], out: &mut [f64]) -> Result<bool> {
        Self::rows(x)?;
        let at = room(shares(out.len()))?;
        let known = lived(predict_proba(number, x.len(), out.len()))? > 0;
        if known {
            take_shares(at, out);
        }
        Ok(known)
    }
}
