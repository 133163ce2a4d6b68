//! Settings that smartcore has one value of, and how it refuses.

use crate::error::{Error, Result};
use crate::models::params::{ParamReader, ParamValue};

/// Refuses every value of a setting but one, scikit-learn's default.
pub(super) fn only(
    reader: &mut ParamReader<'_>,
    name: &'static str,
    allowed: &ParamValue,
) -> Result<()> {
    match reader.get(name) {
        Some(given) if given != allowed => Err(Error::invalid(name, given, allowed)),
        _ => Ok(()),
    }
}

/// Says of a refused setting that it is smartcore which lacks it.
pub(super) fn name_backend(error: Error) -> Error {
    match error {
        Error::InvalidParam {
            name,
            value,
            allowed,
        } => Error::InvalidParam {
            name,
            value,
            allowed: format!("{allowed} (backend 'smartcore')"),
        },
        other => other,
    }
}

/// What smartcore refuses after all that was checked before.
pub(super) fn refused(reason: impl std::fmt::Display) -> Error {
    Error::invalid(
        "backend",
        "'smartcore'",
        format!("'breakeven' here: {reason}"),
    )
}
