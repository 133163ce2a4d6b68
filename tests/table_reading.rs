//! Reading tables: each in tests/fixtures/tables beside what pandas makes of it (tests/fixtures/make_tables.py).
#![cfg(all(not(target_arch = "wasm32"), feature = "table"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use breakeven::Error;
use breakeven::table::{Chosen, Column, Drop, Kind, Options, Reader, Table, Wanted};
use serde_json::Value;

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(format!("tests/fixtures/tables/{name}")).unwrap()
}

/// As UTF-8, which in a page the browser makes of it.
fn text_of(name: &str) -> Vec<u8> {
    let bytes = bytes_of(name);
    let utf16 = |from: &[u8], of: fn([u8; 2]) -> u16| {
        let units = from.chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        let letters = char::decode_utf16(units).map(Result::unwrap);
        letters.collect::<String>().into_bytes()
    };
    match &bytes[..] {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0, _, ..] => utf16(&bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        all if std::str::from_utf8(all).is_err() => all
            .iter()
            .map(|&byte| byte as char)
            .collect::<String>()
            .into_bytes(),
        all => all.to_vec(),
    }
}

/// Both passes, in chunks of that size.
fn read_in(text: &[u8], options: &Options, size: usize) -> Result<Table, Error> {
    let mut reader = Reader::new(options.clone());
    for pass in 0..2 {
        if pass == 1 {
            reader.begin_second()?;
        }
        let chunks: Vec<&[u8]> = text.chunks(size).collect();
        for chunk in &chunks {
            reader.push(chunk, false)?;
        }
        reader.push(&[], true)?;
    }
    while !reader.summarise(7)? {}
    Ok(reader.finish().unwrap())
}

fn read(text: &[u8]) -> Result<Table, Error> {
    read_in(text, &Options::default(), 1 << 16)
}

fn choose(table: &mut Table, text: &[u8], wanted: &Wanted) -> Result<Chosen, Error> {
    let needed = table.texts_needed(wanted);
    if !needed.is_empty() {
        let mut texts = table.begin_texts(&needed)?;
        for chunk in text.chunks(1000) {
            table.push_texts(&mut texts, chunk, false)?;
        }
        table.push_texts(&mut texts, &[], true)?;
        table.end_texts(texts)?;
    }
    table.choose(wanted)
}

/// The target, and all others as features.
fn wanted(table: &Table, target: usize) -> Wanted {
    let all = 0..table.columns.len();
    Wanted {
        target: Some(target),
        features: all.filter(|&j| j != target).collect(),
        drop: Drop::None,
        like: None,
    }
}

/// As sums of numbers up to `scale` in another order are.
fn close(got: f64, expected: &Value, scale: f64) -> bool {
    (got - expected.as_f64().unwrap()).abs() <= 1e-13 * scale
}

fn check_column(at: &str, column: &Column, expected: &Value) {
    let kind = match column.kind {
        Kind::Number => "number",
        Kind::Category => "category",
    };
    assert_eq!(kind, expected["kind"], "{at}: {:?}", column.odd_cell());
    assert_eq!(
        column.n_missing,
        expected["n_missing"].as_u64().unwrap(),
        "{at}"
    );
    let facts = &column.facts;
    assert_eq!(
        facts.n_distinct as u64,
        expected["n_distinct"].as_u64().unwrap(),
        "{at}"
    );
    let Some(values) = column.numbers() else {
        let texts: Vec<&str> = column.texts().unwrap().collect();
        let is_cell = |text: &&&str| !breakeven::table::GAPS.contains(text);
        assert_eq!(
            *texts.iter().find(is_cell).unwrap(),
            expected["first"].as_str().unwrap(),
            "{at}"
        );
        assert_eq!(
            *texts.iter().rfind(is_cell).unwrap(),
            expected["last"].as_str().unwrap(),
            "{at}"
        );
        return;
    };
    let Some(range) = facts.range else {
        assert!(expected["min"].is_null(), "{at}");
        return;
    };
    // pandas reads the last digit otherwise: 8.901e39 as 8.901000000000001e39.
    assert!(
        close(range.min, &expected["min"], range.min.abs() / 256.0),
        "{at}"
    );
    assert!(
        close(range.max, &expected["max"], range.max.abs() / 256.0),
        "{at}"
    );
    assert!(
        close(
            range.mean,
            &expected["mean"],
            range.max.abs().max(range.min.abs())
        ),
        "{at}: {} {}",
        range.mean,
        expected["mean"]
    );
    assert_eq!(
        column.n_infinite,
        expected["n_infinite"].as_u64().unwrap(),
        "{at}"
    );
    let n = values.len() as f64;
    let halves = values.iter().enumerate().filter(|(_, v)| v.is_finite());
    let halves: f64 = halves.map(|(i, v)| v / 16.0 / n * (i % 7) as f64).sum();
    let expected = &expected["sum_of_halves"];
    assert!(
        close(halves, expected, range.max.abs().max(range.min.abs())),
        "{at}: {halves} {expected}"
    );
    let n_finite = values.iter().filter(|v| v.is_finite()).count() as u64;
    assert_eq!(facts.histogram.iter().sum::<u64>(), n_finite, "{at}");
}

fn expectations() -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string("tests/fixtures/tables.json").unwrap();
    match serde_json::from_str(&text).unwrap() {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

#[test]
fn tables_are_read_as_pandas_reads_them_when_it_is_told_how() {
    for (name, expected) in expectations() {
        let text = text_of(&name);
        let table = match read(&text) {
            Ok(table) => table,
            Err(error) => {
                let words = error.to_string();
                assert_eq!(error.code(), "bad_table", "{name}: {words}");
                let Some(refused) = expected["refused"].as_array() else {
                    panic!("{name}: {words}");
                };
                for part in refused {
                    assert!(words.contains(part.as_str().unwrap()), "{name}: {words}");
                }
                continue;
            }
        };
        assert!(expected["refused"].is_null(), "{name} is read");
        let names: Vec<&String> = table.columns.iter().map(|column| &column.name).collect();
        assert_eq!(
            table.n_rows as u64,
            expected["n_rows"].as_u64().unwrap(),
            "{name}: {names:.100?}"
        );
        assert_eq!(
            table.columns.len() as u64,
            expected["n_columns"].as_u64().unwrap(),
            "{name}: {names:.100?}"
        );
        let columns = expected["columns"].as_array().unwrap();
        let n = columns.len();
        for (j, expected) in columns.iter().enumerate() {
            // Of wide tables the first and the last columns are written down.
            let j = if j < 40 || n < 80 {
                j
            } else {
                table.columns.len() - n + j
            };
            let column = &table.columns[j];
            let at = format!("{name}, {}", column.name);
            assert_eq!(column.name, expected["name"].as_str().unwrap(), "{at}");
            check_column(&at, column, expected);
        }
    }
}

#[test]
fn labels_are_the_different_texts_and_none_are_merged() {
    for (name, expected) in expectations() {
        let labels = &expected["labels"];
        let words = &expected["no_target"];
        if labels.is_null() && words.is_null() {
            continue;
        }
        let text = text_of(&name);
        let mut table = read(&text).unwrap();
        let by_name = |wanted: &str| {
            table
                .columns
                .iter()
                .position(|column| column.name == wanted)
        };
        let target = match &labels["target"] {
            Value::Number(number) => number.as_u64().unwrap() as usize,
            Value::String(wanted) => by_name(wanted).unwrap(),
            _ => table.columns.len() - 1,
        };
        let mut wanted = wanted(&table, target);
        if table.columns[0].is_too_many() {
            wanted.features.remove(0);
        }
        // Features that cannot be used are another matter.
        wanted
            .features
            .retain(|&j| table.columns[j].n_infinite == 0);
        let chosen = choose(&mut table, &text, &wanted);
        if let Some(words) = words.as_str() {
            let error = chosen.unwrap_err();
            assert_eq!(error.code(), "bad_table");
            assert!(error.to_string().contains(words), "{name}: {error}");
            continue;
        }
        let chosen = chosen.unwrap_or_else(|error| panic!("{name}: {error}"));
        let names: Vec<&str> = labels["names"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_str().unwrap())
            .collect();
        assert_eq!(chosen.class_names, names, "{name}");
        let counts = labels["counts"].as_array().unwrap();
        for (k, count) in counts.iter().enumerate() {
            let n = chosen.y.iter().filter(|&&label| label == k as i32).count();
            assert_eq!(n as u64, count.as_u64().unwrap(), "{name}, {}", names[k]);
        }
    }
}

/// Wherever chunks end.
#[test]
fn a_table_is_the_same_in_chunks_of_any_size() {
    for (name, expected) in expectations() {
        if !expected["refused"].is_null() || name.starts_with("49") {
            continue;
        }
        let text = text_of(&name);
        let whole = read(&text).unwrap();
        for size in [1, 2, 3, 61, 1009] {
            if size < 3 && text.len() > 20_000 {
                continue;
            }
            let table = read_in(&text, &Options::default(), size).unwrap();
            assert_eq!(table.n_rows, whole.n_rows, "{name} by {size}");
            assert_eq!(table.notes, whole.notes, "{name} by {size}");
            for (column, other) in table.columns.iter().zip(&whole.columns) {
                assert_eq!(
                    column.facts, other.facts,
                    "{name}, {} by {size}",
                    column.name
                );
                assert_eq!(column.name, other.name);
                let texts = |of: &Column| {
                    of.texts()
                        .map(|texts| texts.map(str::to_owned).collect::<Vec<_>>())
                };
                assert_eq!(texts(column), texts(other));
            }
        }
    }
}
