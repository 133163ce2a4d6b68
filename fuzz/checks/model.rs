//! Any bytes as a model file: refused as one, or a model that is saved, loaded and predicts without fail.

use breakeven::models::classifier::Classifier;
use breakeven::models::model::Model;
use breakeven::persist::model_file;
use ndarray::{Array2, Axis};

/// Wider models are saved and loaded, but not asked: their rows would be made by the check, not by the file.
const MOST_CELLS: usize = 1 << 16;

/// What stands in rows: ordinary numbers, edges of `f32`, then those that a forest refuses.
const ORDINARY: [f64; 8] = [0.0, 1.0, -1.0, 0.3, -2.5, 17.0, 1e-30, -1e30];
const EXTREME: [f64; 8] = [
    0.0,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    5e-324,
    1e300,
    3.402_823_466_385_288_6e38,
    -1.0,
];

/// Formats that are read, the last of them written.
const FORMATS: [u8; 2] = [2, 3];

/// A file of that format around a body: without its checksum no change of a body would be read.
pub(crate) fn file_of(format: u8, body: &[u8]) -> Vec<u8> {
    let mut file = b"brkevnML".to_vec();
    file.extend_from_slice(&u32::from(format).to_le_bytes());
    file.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    file.extend_from_slice(body);
    file
}

/// `bytes` are a file, and the body of one.
pub(crate) fn check(bytes: &[u8]) {
    check_file(bytes);
    for format in FORMATS {
        check_file(&file_of(format, bytes));
    }
}

fn check_file(file: &[u8]) {
    let model = match model_file::load(file) {
        Ok(model) => model,
        Err(error) => return assert_eq!(error.code(), "bad_model_file", "{error}"),
    };
    assert_eq!(model.classes.len(), model.fitted.n_classes());
    let saved = model_file::save(&model).expect("what was loaded can be saved");
    assert!(saved.len() <= file.len(), "a file grows by being saved");
    let again = model_file::load(&saved).expect("what was saved can be loaded");
    let twice = model_file::save(&again).expect("it can be saved again");
    assert!(twice == saved, "a file changes by being loaded and saved");
    // What a model shows may be larger than its file by as many classes as there are.
    if saved.len().saturating_mul(model.classes.len()) < 1 << 24 {
        model.fitted.attributes().expect("it shows its attributes");
    }
    for (n_rows, numbers) in [(1, ORDINARY), (13, ORDINARY), (3, EXTREME)] {
        ask(&model, &again, n_rows, &numbers);
    }
}

/// Asks a model and its copy about rows of such numbers.
fn ask(model: &Model, copy: &Model, n_rows: usize, numbers: &[f64]) {
    let width = model.fitted.n_features();
    assert!(width > 0, "a model has columns");
    if width > MOST_CELLS / n_rows {
        return;
    }
    // The step has no factor in common with the length: all numbers occur in all columns.
    let x = Array2::from_shape_fn((n_rows, width), |(row, col)| {
        numbers[((row * width + col) * 3 + row) % numbers.len()]
    });
    match model.predict(x.view()) {
        Ok(labels) => {
            assert_eq!(labels.len(), n_rows);
            assert!(labels.iter().all(|label| model.classes.contains(label)));
            let copied = copy.predict(x.view()).expect("the copy reads them, too");
            assert_eq!(labels, copied, "the copy's labels");
            for (row, label) in x.axis_chunks_iter(Axis(0), 1).zip(&labels) {
                let alone = model.predict(row).expect("a row alone is read, too");
                assert_eq!(
                    alone,
                    [*label],
                    "a row's label does not hang on its neighbours"
                );
            }
        }
        Err(error) => assert_eq!(error.code(), "non_finite", "{error}"),
    }
    if let Ok(values) = model.predict_proba(x.view()) {
        assert_eq!(values.len(), n_rows * model.fitted.n_classes());
    }
    if let Ok(values) = model.decision_function(x.view()) {
        assert_eq!(values.len(), n_rows * model.fitted.n_decisions());
    }
}
