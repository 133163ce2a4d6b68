//! The model file: joblib.dump and joblib.load, for bytes from anywhere.
//!
//! ```
//! use std::sync::Arc;
//! use breakeven::persist::model_file::{load, save};
//! use ndarray::array;
//!
//! let spec = serde_json::from_str(r#"{ "estimator": "GaussianNB" }"#)?;
//! let x = array![[0.], [1.], [5.], [6.]];
//! let model = breakeven::model_selection::fit::fit(&spec, Arc::new(x.clone()), &[0, 0, 1, 1])?;
//! assert_eq!(load(&save(&model)?)?.predict(x.view())?, model.predict(x.view())?);
//! assert_eq!(load(b"something else").unwrap_err().code(), "bad_model_file");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Layout: 8 bytes magic, `u32` version, `u32` CRC-32 of the rest, then a postcard body. All
//! integers little-endian. A reader refuses other versions by number rather than guess.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::Schema;
use crate::error::{Error, Result};
use crate::models::classifier::Classifier;
use crate::models::estimator::{Estimator, EstimatorSpec, Fitted};
use crate::models::forest::training::out_of_bag::OutOfBag;
use crate::models::model::Model;
use crate::models::params::{ParamValue, Params};
use crate::preprocess::ColumnTransformer;

const MAGIC: &[u8; 8] = b"brkevnML";
/// The one that is written, and the oldest that is read: 2 had no more than the body.
const VERSION: u32 = 3;
const OLDEST: u32 = 2;
const HEADER: usize = 16;

/// `ParamValue` with its kind written out: postcard does not describe itself.
#[derive(Serialize, Deserialize)]
enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<f64>),
    Weights(Vec<(String, f64)>),
}

#[derive(Serialize, Deserialize)]
struct Body<F> {
    estimator: String,
    params: Vec<(String, Value)>,
    backend: Option<crate::models::estimator::Backend>,
    classes: Vec<i32>,
    fitted: F,
}

/// What follows the body since format 3.
#[derive(Serialize, Deserialize)]
struct More<S, T, O> {
    schema: Option<S>,
    transformer: Option<T>,
    out_of_bag: Option<O>,
}

/// What settings of preparing are called among the estimator's.
const PREPROCESS: &str = "preprocess.";

/// Writes a model, settings and labels included.
///
/// # Errors
/// `BadModelFile` where a part cannot be written.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub fn save(model: &Model) -> Result<Vec<u8>> {
    let (transformer, fitted) = model.fitted.parts();
    let own = model.spec.params.iter().map(|param| ("", param));
    let settings = model.spec.preprocess.iter().flatten();
    let all = own.chain(settings.map(|setting| (PREPROCESS, setting)));
    let params = all.map(|(of, (name, value))| {
        let value = match value.clone() {
            ParamValue::Null => Value::Null,
            ParamValue::Bool(value) => Value::Bool(value),
            ParamValue::Number(value) => Value::Number(value),
            ParamValue::Text(value) => Value::Text(value),
            ParamValue::List(value) => Value::List(value),
            ParamValue::Weights(value) => Value::Weights(value.into_iter().collect()),
        };
        (format!("{of}{name}"), value)
    });
    let body = Body {
        estimator: model.spec.estimator.clone(),
        params: params.collect(),
        backend: model.spec.backend,
        classes: model.classes.clone(),
        fitted,
    };
    let more = More {
        schema: model.schema.as_deref(),
        transformer,
        out_of_bag: fitted.out_of_bag(),
    };
    let body = postcard::to_allocvec(&(body, more))
        .map_err(|error| bad(format!("it cannot be written: {error}")))?;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// Reads a model that [`save`] wrote.
///
/// # Errors
/// `BadModelFile`, saying whether it is no model file, of another version, or damaged.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub fn load(bytes: &[u8]) -> Result<Model> {
    let header = |at: usize| -> Option<u32> {
        bytes
            .get(at..at + 4)
            .and_then(|word| word.try_into().ok())
            .map(u32::from_le_bytes)
    };
    let (Some(version), Some(crc), true) = (header(8), header(12), bytes.starts_with(MAGIC)) else {
        // The first byte of a pickle, joblib's too, from its protocol 2 on.
        let how = match bytes.first() {
            Some(0x80) => "it begins as a pickle, which only Python reads",
            _ => "it does not begin as one",
        };
        return Err(bad(how.to_owned()));
    };
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(bad(format!(
            "it has format {version}, this page reads formats {OLDEST} to {VERSION}"
        )));
    }
    let body = bytes.get(HEADER..).unwrap_or_default();
    if crc32fast::hash(body) != crc {
        return Err(bad(
            "its checksum does not match: it is cut short or damaged".to_owned(),
        ));
    }
    let unreadable = |error| bad(format!("its content cannot be read: {error}"));
    let (body, rest): (Body<Fitted>, _) = postcard::take_from_bytes(body).map_err(unreadable)?;
    let nothing = More {
        schema: None,
        transformer: None,
        out_of_bag: None,
    };
    let (more, rest): (More<Schema, ColumnTransformer, OutOfBag>, _) = match version {
        OLDEST => (nothing, rest),
        _ => postcard::take_from_bytes(rest).map_err(unreadable)?,
    };
    let More {
        schema,
        transformer,
        out_of_bag,
    } = more;
    let (mut params, mut settings) = (Params::new(), Params::new());
    for (name, value) in body.params {
        let value = match value {
            Value::Null => ParamValue::Null,
            Value::Bool(value) => ParamValue::Bool(value),
            Value::Number(value) => ParamValue::Number(value),
            Value::Text(value) => ParamValue::Text(value),
            Value::List(value) => ParamValue::List(value),
            Value::Weights(value) => ParamValue::Weights(value.into_iter().collect()),
        };
        match name
            .strip_prefix(PREPROCESS)
            .filter(|_| transformer.is_some())
        {
            Some(setting) => settings.insert(setting.to_owned(), value),
            None => params.insert(name, value),
        };
    }
    let spec = EstimatorSpec {
        estimator: body.estimator,
        params,
        backend: body.backend,
        preprocess: transformer.is_some().then_some(settings),
    };
    let n_columns = match &transformer {
        Some(transformer) => transformer.n_columns(),
        None => body.fitted.n_features(),
    };
    let n_classes = body.fitted.n_classes();
    let estimator = Estimator::from_spec(&spec);
    let estimator = (estimator.ok()).filter(|estimator| estimator.makes(&body.fitted));
    let is_right = rest.is_empty()
        && (out_of_bag.as_ref()).is_none_or(|found| found.is_possible(n_classes))
        && body.classes.len() == n_classes
        && body.classes.is_sorted_by(|a, b| a < b)
        && schema.as_ref().is_none_or(|schema| {
            let n_names = schema.class_names.as_ref().map(Vec::len);
            let named =
                |label: &i32| n_names.is_none_or(|n| (0..n as i64).contains(&i64::from(*label)));
            schema.check(n_columns).is_ok()
                && (transformer.is_some() || schema.is_numeric())
                && body.classes.iter().all(named)
        })
        && transformer.iter().all(|transformer| {
            let settings = spec.preprocess().ok().flatten();
            settings.is_some_and(|settings| transformer.is_possible(&settings, schema.as_ref()))
                && transformer.width() == body.fitted.n_features()
        });
    let Some(estimator) = estimator.filter(|_| is_right) else {
        return Err(bad(
            "its settings or labels do not go with its model".to_owned()
        ));
    };
    let fitted = estimator.complete(body.fitted, out_of_bag);
    Ok(Model {
        spec,
        classes: body.classes,
        fitted: match transformer {
            Some(transformer) => fitted.prepared_by(transformer),
            None => fitted,
        },
        schema: schema.map(Arc::new),
    })
}

fn bad(reason: String) -> Error {
    Error::BadModelFile { reason }
}
