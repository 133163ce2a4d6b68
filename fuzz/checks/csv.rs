//! Any text as a table: refused as one, or numbers and labels that come back from being written down.

use breakeven::data::Dataset;
use breakeven::data::csv::{CsvOptions, Target, read_csv};

/// Two bytes of options, then the table's text.
pub(crate) fn check(bytes: &[u8]) {
    match read(bytes) {
        Ok(table) => {
            is_whole(&table, bytes.len());
            comes_back(&table);
        }
        Err(error) => {
            let codes = ["bad_csv", "invalid_param"];
            assert!(codes.contains(&error.code()), "{error}");
            let said = error.to_string();
            assert!(said.len() < 2000, "{} bytes of a reason", said.len());
        }
    }
}

#[allow(dead_code, reason = "libFuzzer's end has no use for it")]
pub(crate) fn is_table(bytes: &[u8]) -> bool {
    read(bytes).is_ok()
}

fn read(bytes: &[u8]) -> breakeven::Result<Dataset> {
    let (how, text) = bytes.split_at(bytes.len().min(2));
    let options = match *how {
        [how, which] => options_of(how, which),
        _ => CsvOptions::default(),
    };
    read_csv(&String::from_utf8_lossy(text), &options)
}

/// Every kind of option can come of any two bytes.
fn options_of(how: u8, which: u8) -> CsvOptions {
    CsvOptions {
        target: match how & 3 {
            0 | 1 => None,
            2 => Some(Target::Index(usize::from(which))),
            _ => Some(Target::Name(char::from(which).to_string())),
        },
        header: match how >> 2 & 3 {
            0 | 1 => None,
            other => Some(other == 2),
        },
        delimiter: match how >> 4 & 7 {
            0..=3 => None,
            4 => Some(b';'),
            5 => Some(b'\t'),
            6 => Some(b','),
            _ => Some(which & 0x7f),
        },
        standardise: how & 128 != 0,
    }
}

fn is_whole(table: &Dataset, n_bytes: usize) {
    let (n_rows, n_cols) = table.x.dim();
    assert!(n_rows > 0 && n_cols > 0);
    assert_eq!(table.y.len(), n_rows);
    assert_eq!(table.feature_names.len(), n_cols);
    // A cell is a character at least, and one that ends it.
    assert!(n_rows * (n_cols + 1) <= n_bytes, "no more than the text");
    assert!(
        table.x.iter().all(|value| value.is_finite()),
        "{:?}",
        table.x
    );
    let k = table.class_names.len();
    let mut seen = vec![false; k];
    for &class in &table.y {
        seen[usize::try_from(class).expect("a class has a number from 0")] = true;
    }
    assert!(seen.iter().all(|&seen| seen), "every class has a row");
    let mut names = table.class_names.clone();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), k, "each class once");
}

/// Written down plainly and read again it is the same.
fn comes_back(table: &Dataset) {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut text: String = table
        .feature_names
        .iter()
        .map(|name| quoted(name) + ",")
        .collect();
    text += "label\n";
    for (row, &class) in table.x.rows().into_iter().zip(&table.y) {
        for value in row {
            text += &format!("{value:?},");
        }
        text += &quoted(&table.class_names[class as usize]);
        text += "\n";
    }
    let options = CsvOptions {
        header: Some(true),
        delimiter: Some(b','),
        ..CsvOptions::default()
    };
    let again = read_csv(&text, &options).expect("what was read can be read again");
    assert_eq!(again.x, table.x);
    assert_eq!(again.y, table.y);
    assert_eq!(again.class_names, table.class_names);
    assert_eq!(again.feature_names, table.feature_names);
}
