//! Errors as JavaScript throws them: an `Error` with a `code`.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::error::Error;

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let thrown = js_sys::Error::new(&error.to_string());
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&thrown, &"code".into(), &error.code().into());
        if let Error::InvalidParam { name, .. } = &error {
            let _ = Reflect::set(&thrown, &"setting".into(), &name.as_str().into());
        }
        thrown.into()
    }
}
