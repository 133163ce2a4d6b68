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

use crate::data::schema::{Column, Schema};
use crate::error::{Error, Result};
use crate::models::classifier::Classifier;
use crate::models::estimator::{Estimator, EstimatorSpec, Fitted};
use crate::models::forest::training::out_of_bag::OutOfBag;
use crate::models::model::Model;
use crate::models::params::{ParamValue, Params};
use crate::preprocess::ColumnTransformer;

const MAGIC: &[u8; 8] = b"brkevnML";
/// The one that is written, and the oldest that is read: 2 had neither schema nor preparing, and nothing out of bag.
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

/// Among the settings there are since format 3: how rows are prepared, by these names; what was learnt for it; the number of
/// columns and then each, a category column with the number of its categories and then those; and the names of classes so.
const PREPROCESS: &str = "preprocess.";
const LEARNT: &str = "preprocess";
const COLUMNS: &str = "columns";
/// What a forest's trees say of rows that they have not seen.
const OUT_OF_BAG: &str = "out_of_bag";
const CLASS_NAMES: &str = "class_names";

type Entry = (String, Value);

#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn write_params(of: &str, params: &Params, entries: &mut Vec<Entry>) {
    for (name, value) in params {
        let value = match value.clone() {
            ParamValue::Null => Value::Null,
            ParamValue::Bool(value) => Value::Bool(value),
            ParamValue::Number(value) => Value::Number(value),
            ParamValue::Text(value) => Value::Text(value),
            ParamValue::List(value) => Value::List(value),
            ParamValue::Weights(value) => Value::Weights(value.into_iter().collect()),
        };
        entries.push((format!("{of}{name}"), value));
    }
}

/// A list of names, behind one that says how many follow.
fn write_names(of: &str, names: &[String], entries: &mut Vec<Entry>) {
    entries.push((of.to_owned(), Value::Number(names.len() as f64)));
    entries.extend(names.iter().map(|name| (name.clone(), Value::Null)));
}

#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn write_schema(schema: &Schema, entries: &mut Vec<Entry>) {
    let n_columns = schema.columns.len() as f64;
    entries.push((COLUMNS.to_owned(), Value::Number(n_columns)));
    for Column {
        name, categories, ..
    } in &schema.columns
    {
        match categories {
            None => entries.push((name.clone(), Value::Null)),
            Some(categories) => write_names(name, categories, entries),
        }
    }
    if let Some(names) = &schema.class_names {
        write_names(CLASS_NAMES, names, entries);
    }
}

/// What the entries of a file hold.
#[derive(Default)]
struct Entries {
    params: Params,
    settings: Params,
    learnt: Option<Vec<f64>>,
    out_of_bag: Option<Vec<f64>>,
    columns: Option<Vec<Column>>,
    class_names: Option<Vec<String>>,
}

/// `None` where a list ends before it is said to.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn read_entries(entries: Vec<Entry>) -> Option<Entries> {
    let mut read = Entries::default();
    let mut entries = entries.into_iter();
    while let Some((name, value)) = entries.next() {
        match (name.as_str(), value) {
            (LEARNT, Value::List(numbers)) => read.learnt = Some(numbers),
            (OUT_OF_BAG, Value::List(numbers)) => read.out_of_bag = Some(numbers),
            (COLUMNS, Value::Number(n)) => {
                let mut columns = Vec::new();
                for _ in 0..n as usize {
                    columns.push(match entries.next()? {
                        (name, Value::Number(n)) => {
                            Column::category(name, read_names(n, &mut entries)?)
                        }
                        (name, _) => Column::number(name),
                    });
                }
                read.columns = Some(columns);
            }
            (CLASS_NAMES, Value::Number(n)) => {
                read.class_names = Some(read_names(n, &mut entries)?);
            }
            (_, value) => {
                let value = match value {
                    Value::Null => ParamValue::Null,
                    Value::Bool(value) => ParamValue::Bool(value),
                    Value::Number(value) => ParamValue::Number(value),
                    Value::Text(value) => ParamValue::Text(value),
                    Value::List(value) => ParamValue::List(value),
                    Value::Weights(value) => ParamValue::Weights(value.into_iter().collect()),
                };
                match name.strip_prefix(PREPROCESS) {
                    Some(setting) => read.settings.insert(setting.to_owned(), value),
                    None => read.params.insert(name, value),
                };
            }
        }
    }
    Some(read)
}

fn read_names(n: f64, entries: &mut dyn Iterator<Item = Entry>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for _ in 0..n as usize {
        names.push(entries.next()?.0);
    }
    Some(names)
}

/// Writes a model, settings and labels included.
///
/// # Errors
/// `BadModelFile` where a part cannot be written.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
pub fn save(model: &Model) -> Result<Vec<u8>> {
    let (transformer, fitted) = model.fitted.parts();
    let mut entries = Vec::new();
    write_params("", &model.spec.params, &mut entries);
    if let (Some(settings), Some(transformer)) = (&model.spec.preprocess, transformer) {
        write_params(PREPROCESS, settings, &mut entries);
        let learnt = Value::List(transformer.to_numbers());
        entries.push((LEARNT.to_owned(), learnt));
    }
    if let Some(found) = fitted.out_of_bag() {
        entries.push((OUT_OF_BAG.to_owned(), Value::List(found.to_numbers())));
    }
    if let Some(schema) = &model.schema {
        write_schema(schema, &mut entries);
    }
    let body = Body {
        estimator: model.spec.estimator.clone(),
        params: entries,
        backend: model.spec.backend,
        classes: model.classes.clone(),
        fitted,
    };
    let body = postcard::to_allocvec(&body)
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
    let (body, rest): (Body<Fitted>, _) = postcard::take_from_bytes(body)
        .map_err(|error| bad(format!("its content cannot be read: {error}")))?;
    let is_whole = rest.is_empty();
    let entries = read_entries(body.params).filter(|_| is_whole);
    let model = entries.and_then(|entries| {
        let spec = EstimatorSpec {
            estimator: body.estimator,
            params: entries.params,
            backend: body.backend,
            preprocess: entries.learnt.is_some().then_some(entries.settings),
        };
        let schema = entries.columns.map(|columns| Schema {
            columns,
            class_names: entries.class_names,
        });
        let fitted = complete(&spec, body.fitted, entries.out_of_bag)?;
        put_together(spec, body.classes, fitted, entries.learnt, schema)
    });
    model.ok_or_else(|| bad("its settings or labels do not go with its model".to_owned()))
}

/// A model with what settings tell of it, and what its trees say of rows that they have not seen.
fn complete(spec: &EstimatorSpec, fitted: Fitted, found: Option<Vec<f64>>) -> Option<Fitted> {
    let n_classes = fitted.n_classes();
    let found = match found {
        Some(numbers) => Some(OutOfBag::of_numbers(numbers, n_classes)?),
        None => None,
    };
    Some(Estimator::from_spec(spec).ok()?.complete(fitted, found))
}

/// A model of parts that go with each other.
#[cfg_attr(target_arch = "wasm32", optimize(size))]
fn put_together(
    spec: EstimatorSpec,
    classes: Vec<i32>,
    fitted: Fitted,
    learnt: Option<Vec<f64>>,
    schema: Option<Schema>,
) -> Option<Model> {
    let is_right = Estimator::from_spec(&spec).ok()?.makes(&fitted)
        && classes.len() == fitted.n_classes()
        && classes.is_sorted_by(|a, b| a < b);
    let fitted = match (learnt, spec.preprocess().ok()?) {
        (Some(learnt), Some(settings)) => {
            let read = ColumnTransformer::of_numbers(&learnt, &settings, schema.as_ref());
            let transformer = read.filter(|read| read.width() == fitted.n_features())?;
            fitted.prepared_by(transformer)
        }
        _ => fitted,
    };
    let is_described = schema.as_ref().is_none_or(|schema| {
        let n_names = schema.class_names.as_ref().map(Vec::len);
        let is_named =
            |label: &i32| n_names.is_none_or(|n| (0..n as i64).contains(&i64::from(*label)));
        schema.check(fitted.n_features()).is_ok()
            && (spec.preprocess.is_some() || schema.is_numeric())
            && classes.iter().all(is_named)
    });
    (is_right && is_described).then(|| Model {
        spec,
        classes,
        fitted,
        schema: schema.map(Arc::new),
    })
}

fn bad(reason: String) -> Error {
    Error::BadModelFile { reason }
}
