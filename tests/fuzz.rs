//! What fuzzing checks (`fuzz/checks`), on its corpora and on some thousand mutations of them: the short run, without
//! libFuzzer. `npm run fuzz` makes the long one.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../fuzz/checks/csv.rs"]
mod csv;
#[path = "../fuzz/checks/model.rs"]
mod model;
mod smartcore_support;
#[path = "../fuzz/checks/table.rs"]
mod table;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use breakeven::data::schema::{Column, Described, Schema};
use breakeven::model_selection::fit::fit;
use breakeven::models::estimator::{Backend, EstimatorSpec};
use breakeven::models::model::Model;
use breakeven::persist::model_file;
use ndarray::Array2;
use smartcore_support::generated;

/// Mutations of each corpus.
const RUNS: u64 = 4000;
const SEED: u64 = 20_260;
/// Longer than any file of the corpora, so that two can be joined.
const MOST_BYTES: usize = 8192;
/// Bytes of a file, and of the 16 before its body.
const HEADER: usize = 16;

const OURS: Option<Backend> = Some(Backend::Breakeven);
const SMARTCORE: Option<Backend> = Some(Backend::Smartcore);

/// A model of each kind, as small as it can be.
const MODELS: [(&str, Option<Backend>, &str); 12] = [
    ("GaussianNB", OURS, "{}"),
    ("LogisticRegression", OURS, "{}"),
    ("LinearSVC", OURS, "{}"),
    (
        "RandomForestClassifier",
        OURS,
        r#"{"n_estimators":2,"max_depth":2}"#,
    ),
    ("GaussianNB", SMARTCORE, "{}"),
    ("LogisticRegression", SMARTCORE, "{}"),
    (
        "RandomForestClassifier",
        SMARTCORE,
        r#"{"n_estimators":2,"max_depth":2}"#,
    ),
    ("KNeighborsClassifier", SMARTCORE, r#"{"n_neighbors":2}"#),
    (
        "KNeighborsClassifier",
        SMARTCORE,
        r#"{"n_neighbors":2,"algorithm":"brute","weights":"distance","p":3}"#,
    ),
    ("SVC", SMARTCORE, "{}"),
    ("SVC", SMARTCORE, r#"{"kernel":"poly"}"#),
    ("DecisionTreeClassifier", SMARTCORE, r#"{"max_depth":2}"#),
];

/// Models behind what prepares their rows, each by its settings of that.
const PREPARED: [(&str, &str); 3] = [
    ("GaussianNB", r#"{}"#),
    (
        "LogisticRegression",
        r#"{"impute":null,"max_categories":2,"scale":false}"#,
    ),
    (
        "RandomForestClassifier",
        r#"{"impute":"median","one_hot":false}"#,
    ),
];

#[test]
fn model_files() {
    run("model", model::check);
}

#[test]
fn tables() {
    run("csv", csv::check);
}

#[test]
fn tables_of_any_form() {
    run("table", table::check);
}

/// In a corpus whose files are refused at once nothing is found: one of each kind of model is read, and of tables some.
#[test]
fn corpora_hold_what_is_read() {
    let read: Vec<Model> = corpus("model")
        .iter()
        .filter_map(|body| model_file::load(&model::file_of(3, body)).ok())
        .collect();
    for (estimator, backend, settings) in MODELS {
        let spec = spec(estimator, backend, settings);
        assert!(
            read.iter().any(|model| model.spec == spec),
            "{spec:?} is not in the corpus: write_models puts it there"
        );
    }
    for (estimator, preprocess) in PREPARED {
        let spec = prepared_spec(estimator, preprocess);
        assert!(read.iter().any(|model| model.spec == spec), "{spec:?}");
    }
    let n_tables = corpus("csv")
        .iter()
        .filter(|bytes| csv::is_table(bytes))
        .count();
    assert!(n_tables >= 10, "{n_tables} tables");
    let n_tables = corpus("table")
        .iter()
        .filter(|bytes| table::is_table(bytes))
        .count();
    assert!(n_tables >= 40, "{n_tables} tables of any form");
}

/// After a change of the file's format.
#[test]
#[ignore = "writes the models of the corpus anew"]
fn write_models() {
    let (x, y) = generated(12, 4, 2, 3);
    for (i, (estimator, backend, settings)) in MODELS.into_iter().enumerate() {
        let spec = spec(estimator, backend, settings);
        let model = fit(&spec, Arc::new(x.clone()), &y).unwrap();
        let file = model_file::save(&model).unwrap();
        let name = format!("{i:02}-{estimator}");
        fs::write(folder("model").join(name), &file[HEADER..]).unwrap();
    }
    let columns = vec![
        Column::number("a".to_owned()),
        Column::category("b".to_owned(), ["u", "v", "w"].map(str::to_owned).to_vec()),
        Column::number("c".to_owned()),
    ];
    let schema = Schema {
        columns,
        class_names: Some(["no", "yes"].map(str::to_owned).to_vec()),
    };
    let x = Array2::from_shape_fn((12, 3), |(row, col)| match (row, col) {
        (5, 1) => f64::NAN,
        (row, 1) => (row * row % 3) as f64,
        (row, col) => (row * (col + 3) % 7) as f64,
    });
    let rows = Described::new(Arc::new(x), Arc::new(schema)).unwrap();
    for (i, (estimator, preprocess)) in PREPARED.into_iter().enumerate() {
        let model = fit(&prepared_spec(estimator, preprocess), rows.clone(), &y).unwrap();
        let file = model_file::save(&model).unwrap();
        let name = format!("prepared-{i}-{estimator}");
        fs::write(folder("model").join(name), &file[HEADER..]).unwrap();
    }
}

fn prepared_spec(estimator: &str, preprocess: &str) -> EstimatorSpec {
    let settings = match estimator {
        "RandomForestClassifier" => r#"{"n_estimators":2,"max_depth":2}"#,
        _ => "{}",
    };
    EstimatorSpec {
        preprocess: Some(serde_json::from_str(preprocess).unwrap()),
        ..spec(estimator, None, settings)
    }
}

fn spec(estimator: &str, backend: Option<Backend>, settings: &str) -> EstimatorSpec {
    EstimatorSpec {
        estimator: estimator.to_owned(),
        params: serde_json::from_str(settings).unwrap(),
        backend,
        preprocess: None,
    }
}

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target)
}

/// The files of a corpus, in the order of their names.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder(target)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Says which input failed: it is no file yet.
struct Input<'a>(&'a str, u64, &'a [u8]);

impl Drop for Input<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(target, number, bytes) = self;
            eprintln!(
                "{target}, input {number} (seed {SEED}): b\"{}\"",
                bytes.escape_ascii()
            );
        }
    }
}

fn run(target: &str, check: fn(&[u8])) {
    let corpus = corpus(target);
    assert!(corpus.len() >= 12, "the corpus of {target} is there");
    for (number, bytes) in corpus.iter().enumerate() {
        let input = Input(target, number as u64, bytes);
        check(input.2);
    }
    for number in 0..RUNS {
        let bytes = mutated(&corpus, &mut Draw(SEED ^ number << 20));
        let input = Input(target, number, &bytes);
        check(input.2);
    }
}

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Words that formats trip over: edges of varints, special doubles, what tables are made of.
const WORDS: [&[u8]; 16] = [
    &[0],
    &[0xff],
    &[0x80, 0],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    &f64::NAN.to_le_bytes(),
    &f64::INFINITY.to_le_bytes(),
    &f64::MAX.to_le_bytes(),
    &5e-324_f64.to_le_bytes(),
    b"\"",
    b"\r\n",
    b";,\t",
    b"1e999",
    b"-1e308",
    b"\"\"\n",
    "\u{feff}\u{a0}".as_bytes(),
];

/// One of the corpus after one to eight small changes.
fn mutated(corpus: &[Vec<u8>], draw: &mut Draw) -> Vec<u8> {
    let mut bytes = corpus[draw.below(corpus.len())].clone();
    for _ in 0..=draw.below(8) {
        let at = draw.below(bytes.len() + 1);
        let len = draw.below(16).min(bytes.len() - at);
        match draw.below(7) {
            0 => drop(bytes.drain(at..at + len)),
            1 => {
                let again = bytes[at..at + len].to_vec();
                bytes.splice(at..at, again);
            }
            2 => {
                let word = WORDS[draw.below(WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            3 => {
                let word = WORDS[draw.below(WORDS.len())];
                let len = word.len().min(bytes.len() - at);
                bytes[at..at + len].copy_from_slice(&word[..len]);
            }
            4 => {
                let other = &corpus[draw.below(corpus.len())];
                let from = draw.below(other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << draw.below(8);
                }
            }
        }
        bytes.truncate(MOST_BYTES);
    }
    bytes
}
