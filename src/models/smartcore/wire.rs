//! What passes between a build without smartcore and the file that has it: postcard, by the types at both ends.

use serde::{Deserialize, Serialize};

use super::settings::refused;
use crate::data::allocate::zeros;
use crate::error::{Error, Result};

/// A unit of a fit; its rows and their codes go beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Unit<E> {
    pub(super) estimator: E,
    pub(super) unit: u32,
    pub(super) n_features: u32,
    pub(super) n_classes: u32,
}

/// An error, with those fields that it has there. Of the others only the words arrive.
#[derive(Debug, Serialize, Deserialize)]
enum Refusal {
    InvalidParam {
        name: String,
        value: String,
        allowed: String,
    },
    OutOfMemory {
        what: String,
        needed_bytes: u64,
        largest_rows: u64,
    },
    Other(String),
}

#[cfg(feature = "smartcore")]
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidParam {
                name,
                value,
                allowed,
            } => Self::InvalidParam {
                name,
                value,
                allowed,
            },
            Error::OutOfMemory {
                what,
                needed_bytes,
                largest_rows,
            } => Self::OutOfMemory {
                what: what.to_owned(),
                needed_bytes,
                largest_rows,
            },
            other => Self::Other(other.to_string()),
        }
    }
}

#[cfg(any(test, not(feature = "smartcore")))]
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::InvalidParam {
                name,
                value,
                allowed,
            } => Self::InvalidParam {
                name,
                value,
                allowed,
            },
            Refusal::OutOfMemory {
                what,
                needed_bytes,
                largest_rows,
            } => Self::OutOfMemory {
                what: lasting(what),
                needed_bytes,
                largest_rows,
            },
            Refusal::Other(reason) => refused(reason),
        }
    }
}

#[cfg(any(test, not(feature = "smartcore")))]
/// The words of an error as the type has them. There are as many as there are places that say them, so none is let go.
fn lasting(words: String) -> &'static str {
    use std::sync::{Mutex, PoisonError};
    static SAID: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = said.iter().find(|known| **known == words) {
        return known;
    }
    let fresh: &'static str = Box::leak(words.into_boxed_str());
    said.push(fresh);
    fresh
}

/// As it is sent, in room that is asked for first.
///
/// # Errors
/// `OutOfMemory`; `InvalidParam` for what has no form, as none of these types.
pub(super) fn encoded(message: &impl Serialize) -> Result<Vec<u8>> {
    let size = postcard::serialize_with_flavor(message, postcard::ser_flavors::Size::default());
    let mut bytes = zeros("what is sent to smartcore", size.map_err(refused)?, 1)?;
    postcard::to_slice(message, &mut bytes).map_err(refused)?;
    Ok(bytes)
}

/// As it was sent.
///
/// # Errors
/// `InvalidParam` where the two ends are not of one version.
pub(super) fn decoded<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(refused)
}

/// An answer, or why there is none.
#[cfg(feature = "smartcore")]
pub(super) fn answer<T: Serialize>(result: Result<T>) -> Vec<u8> {
    encoded(&result.map_err(Refusal::from)).unwrap_or_default()
}

/// What [`answer`] has written.
///
/// # Errors
/// Those of the other end.
#[cfg(any(test, not(feature = "smartcore")))]
pub(super) fn answered<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    decoded::<std::result::Result<T, Refusal>>(bytes)?.map_err(Error::from)
}
