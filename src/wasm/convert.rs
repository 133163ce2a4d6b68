//! Plain JavaScript values into checked Rust ones and back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::error::{Error, MOST, Result, shortened};

/// Reads a plain object.
///
/// # Errors
/// `InvalidParam` naming `what` and the field that does not fit.
pub(super) fn from_js<T: DeserializeOwned>(what: &'static str, value: JsValue) -> Result<T> {
    let shown = js_sys::JSON::stringify(&value).map_or_else(|_| "this".to_owned(), String::from);
    serde_wasm_bindgen::from_value(value).map_err(|error| Error::InvalidParam {
        name: what.to_owned(),
        value: shortened(&shown, MOST),
        allowed: format!("as documented ({})", shortened(&error.to_string(), MOST)),
    })
}

/// Writes a plain object: maps become objects, nothing becomes null.
pub(super) fn to_js<T: Serialize>(value: &T) -> JsValue {
    // Only types of this crate come here, and they hold nothing that JavaScript lacks.
    value
        .serialize(&Serializer::json_compatible())
        .unwrap_or(JsValue::UNDEFINED)
}

/// Reads a seed, `0 … 2³²−1`.
///
/// # Errors
/// `InvalidParam`.
pub(super) fn seed(name: &str, value: f64) -> Result<u32> {
    if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
        Ok(value as u32)
    } else {
        Err(Error::invalid(
            name,
            value,
            "a whole number from 0 to 4294967295",
        ))
    }
}
