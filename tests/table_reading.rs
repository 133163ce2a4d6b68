//! Reading tables: each in tests/fixtures/tables beside what pandas makes of it (tests/fixtures/make_tables.py).
#![cfg(all(not(target_arch = "wasm32"), feature = "table"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use breakeven::Error;
use breakeven::table::{
    Chosen, Column, Drop, Kind, Like, LikeColumn, Options, Reader, Table, Wanted,
};
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

/// Of the second column, with the first as a feature of numbers.
fn labels_of(text: &str, class_names: Option<&[&str]>) -> Result<Chosen, Error> {
    let mut table = read(text.as_bytes()).unwrap();
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let like = Like {
        columns: vec![LikeColumn {
            kind: Kind::Number,
            categories: Vec::new(),
        }],
        class_names: class_names.map(names),
    };
    let wanted = Wanted {
        like: Some(like),
        ..wanted(&table, 1)
    };
    choose(&mut table, text.as_bytes(), &wanted)
}

#[test]
fn a_model_without_names_of_its_classes_has_no_labels() {
    let text = "a,y\n1.5,5\n2.5,6\n3.5,5\n";
    assert_eq!(labels_of(text, Some(&["6", "5"])).unwrap().y, [1, 0, 1]);
    for names in [None, Some(&[][..])] {
        let error = labels_of(text, names).unwrap_err();
        assert_eq!(error.code(), "bad_table");
        let words = error.to_string();
        assert!(
            words.contains("column 'y' cannot be the target") && words.contains("leave `target`"),
            "{words}"
        );
    }
    let mut table = read(text.as_bytes()).unwrap();
    let without = Wanted {
        target: None,
        features: vec![0],
        like: Some(Like::default()),
        ..Wanted::default()
    };
    assert!(
        choose(&mut table, text.as_bytes(), &without)
            .unwrap()
            .y
            .is_empty()
    );
}

#[test]
fn a_known_class_is_the_one_that_is_written_so() {
    let text = "a,y\n1.5,1\n2.5,2\n3.5,1\n";
    for (names, y) in [
        (["01", "1", "2"], [1, 2, 1]),
        (["1.0", "2", "1"], [2, 1, 2]),
        (["2", "01", "x"], [1, 0, 1]),
    ] {
        assert_eq!(labels_of(text, Some(&names)).unwrap().y, y, "{names:?}");
    }
    let text = "a,y\n1.5,1.0\n2.5,2.0\n3.5,1.0\n";
    let chosen = labels_of(text, Some(&["1", "1.0", "2"])).unwrap();
    assert_eq!(chosen.y, [1, 2, 1]);
}

#[test]
fn classes_are_called_as_their_cells_are_written() {
    for (text, names) in [
        (
            "a;y\n1.5;1,000\n2.5;2,000\n3.5;12,000\n4.5;1,000\n",
            &["1,000", "12,000", "2,000"][..],
        ),
        // A decimal mark beside another that the table's other columns have.
        (
            "a;y\n1.5;1,0\n2.5;2,0\n3.5;12,0\n4.5;1,0\n",
            &["1,0", "2,0", "12,0"],
        ),
        (
            "a;y\n1,5;1.0\n2,5;2.0\n3,5;12.0\n4,5;1.0\n",
            &["1.0", "2.0", "12.0"],
        ),
    ] {
        let options = Options {
            delimiter: Some(";".to_owned()),
            ..Options::default()
        };
        let mut table = read_in(text.as_bytes(), &options, 100).unwrap();
        let all = wanted(&table, 1);
        let chosen = choose(&mut table, text.as_bytes(), &all).unwrap();
        assert_eq!(chosen.class_names, names, "{text}");
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

fn error_of(text: &[u8]) -> String {
    let error = read(text).err().unwrap();
    assert_eq!(error.code(), "bad_table", "{error}");
    error.to_string()
}

#[test]
fn a_quote_that_is_never_closed_is_named_before_it_has_swallowed_much() {
    let mut text = b"a,b\n1,2\n3,\"x\n".to_vec();
    text.extend(b"4,5\n".repeat(3_000_000));
    let words = error_of(&text);
    assert!(
        words.starts_with("line 3, column 2: the quote that opens there is not closed"),
        "{words}"
    );
    let words = error_of(b"a,b\n1,2\n3,\"4");
    assert!(words.starts_with("line 3, column 2: the quote"), "{words}");
    let ok = read(b"a,b,y\n1,5\" pipe,x\n2,6\" pipe,y\n3,\"\"\"quoted\"\"\",x\n").unwrap();
    let texts: Vec<&str> = ok.columns[1].texts().unwrap().collect();
    assert_eq!(texts, ["5\" pipe", "6\" pipe", "\"quoted\""]);
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b,y", "1,2,x", "\"3", "4\",5,z", "", "1,2", ""].join(end);
        let words = error_of(text.as_bytes());
        assert!(words.starts_with("line 6 has 2 cells"), "{end:?}: {words}");
    }
}

#[test]
fn text_without_line_ends_is_refused_before_it_is_all_kept() {
    let mut reader = Reader::new(Options::default());
    let chunk = vec![b'7'; 1 << 16];
    let pushed = (0..3200).find_map(|i| reader.push(&chunk, false).err().map(|error| (i, error)));
    let (i, error) = pushed.unwrap();
    assert!(i < 200, "after {i} chunks");
    assert!(
        error
            .to_string()
            .contains("line 1, column 1 is longer than a cell can be"),
        "{error}"
    );

    let mut reader = Reader::new(Options::default());
    let chunk = b"1,".repeat(1 << 15);
    let pushed = (0..3200).find_map(|_| reader.push(&chunk, false).err());
    let words = pushed.unwrap().to_string();
    assert!(
        words.contains("line 1 has more than 100000 cells"),
        "{words}"
    );
}

#[test]
fn nul_bytes_are_text_and_nothing_else() {
    let table = read(b"a,b,y\n1,\0,x\n2,\0\0,y\n3,\0,x\n").unwrap();
    let texts: Vec<&str> = table.columns[1].texts().unwrap().collect();
    assert_eq!(texts, ["\0", "\0\0", "\0"]);
    assert!(read(&[0; 5000]).is_ok() || read(&[0; 5000]).is_err());
}

#[test]
fn ten_thousand_columns_and_a_hundred_thousand_texts() {
    let width = 10_000;
    let names: Vec<String> = (0..width).map(|j| format!("gene{j}")).collect();
    let mut text = names.join("\t") + "\tkind\n";
    for i in 0..20 {
        let cells: Vec<String> = (0..width).map(|j| format!("{}.5", (i * j) % 97)).collect();
        text += &format!("{}\t{}\n", cells.join("\t"), ["x", "y"][i % 2]);
    }
    let mut table = read(text.as_bytes()).unwrap();
    assert_eq!((table.n_rows, table.columns.len()), (20, width + 1));
    let all = wanted(&table, width);
    let chosen = choose(&mut table, text.as_bytes(), &all).unwrap();
    let mut rows = vec![0.0; 20 * width];
    table.fill(&chosen, 0, &mut rows);
    assert_eq!(rows[7 * width + 1234], ((7 * 1234) % 97) as f64 + 0.5);

    let mut text = "id,n,kind\n".to_owned();
    for i in 0..100_000 {
        text += &format!("p{i},{},{}\n", i * 3, ["x", "y"][i % 2]);
    }
    let mut table = read(text.as_bytes()).unwrap();
    let id = &table.columns[0];
    assert!(id.is_too_many() && id.facts.n_distinct == 65_536 && id.facts.most_frequent.is_empty());
    assert_eq!(table.columns[1].facts.n_distinct, 65_536);
    assert!(
        table
            .notes
            .iter()
            .any(|note| note.contains("'id' has more than 65536 different texts")),
        "{:?}",
        table.notes
    );
    let all = wanted(&table, 2);
    let words = choose(&mut table, text.as_bytes(), &all)
        .unwrap_err()
        .to_string();
    assert!(
        words.contains("column 'id' has more than 65536 different texts and can be no feature"),
        "{words}"
    );
    let id = Wanted {
        features: vec![1],
        ..wanted(&table, 0)
    };
    let words = choose(&mut table, text.as_bytes(), &id)
        .unwrap_err()
        .to_string();
    assert!(
        words.contains("column 'id' has more than 65536 different labels"),
        "{words}"
    );
}

/// The second pass is of another text: nobody reads beyond what was asked for.
#[test]
fn a_text_that_changes_between_the_passes_is_refused() {
    let first = "a,y\n1,x\n2,y\n3,x\n";
    for second in [
        "a,y\n1,x\n2,y\n3,x\n4,y\n",
        "a,y\n1,x\n2,y\n",
        "a,y\n1,x\noops,y\n3,x\n",
        "",
    ] {
        let mut reader = Reader::new(Options::default());
        reader.push(first.as_bytes(), true).unwrap();
        reader.begin_second().unwrap();
        let pushed = reader.push(second.as_bytes(), true);
        let error = pushed
            .and_then(|()| reader.summarise(10).map(|_| ()))
            .unwrap_err();
        assert!(
            error.to_string().contains("changed while it was read"),
            "{error}"
        );
    }
}

/// A file that grows before its texts are read: there is no room for more rows than were counted.
#[test]
fn a_text_that_grows_before_its_texts_are_read_is_refused() {
    let first = "a,y\n1.5,01\n2.5,02\n3.5,01\n";
    let table = read(first.as_bytes()).unwrap();
    let needed = table.texts_needed(&wanted(&table, 1));
    assert_eq!(needed, [1]);
    let mut texts = table.begin_texts(&needed).unwrap();
    table
        .push_texts(&mut texts, first.as_bytes(), false)
        .unwrap();
    let error = table
        .push_texts(&mut texts, b"4.5,02\n", false)
        .unwrap_err();
    assert!(
        error.to_string().contains("changed while it was read"),
        "{error}"
    );

    let mut table = read(first.as_bytes()).unwrap();
    let mut texts = table.begin_texts(&needed).unwrap();
    table
        .push_texts(&mut texts, b"a,y\n1.5,01\n", true)
        .unwrap();
    let error = table.end_texts(texts).unwrap_err();
    assert!(
        error.to_string().contains("changed while it was read"),
        "{error}"
    );
}

/// With a look at each name before it for each this took hours.
#[test]
fn a_hundred_thousand_equal_names_are_told_apart_at_once() {
    let text = |n: usize| vec!["a"; n].join(",") + "\n" + &vec!["0.5"; n].join(",") + "\n";
    let (done, waits) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Names are found in the first pass.
        let pushed = Reader::new(Options::default()).push(text(100_000).as_bytes(), true);
        done.send(pushed).unwrap();
    });
    let pushed = waits.recv_timeout(std::time::Duration::from_secs(40));
    pushed.unwrap().unwrap();
    let table = read(text(1000).as_bytes()).unwrap();
    let names: Vec<&str> = table.columns.iter().map(|c| &*c.name).collect();
    assert_eq!([names[0], names[1], names[999]], ["a", "a.1", "a.999"]);
    // As before: a name that the table has itself, or that was given already, is passed over.
    let table = read(b"a,a,a.1,a,b,a.1,a\n1.5,1,2,3,x,4,5\n").unwrap();
    let names: Vec<&str> = table.columns.iter().map(|c| &*c.name).collect();
    assert_eq!(names, ["a", "a.2", "a.1", "a.3", "b", "a.1.1", "a.4"]);
}

#[test]
fn notes_say_what_was_guessed() {
    let notes = |text: &str| read(text.as_bytes()).unwrap().notes.join(" ");
    let mostly: String = (0..50)
        .map(|i| format!("{i}.5,{}\n", if i == 30 { "oops" } else { "7" }))
        .collect();
    let said = notes(&format!("a,b\n{mostly}"));
    assert!(said.contains("'b' is taken for categories, although 49 of its 50 cells are numbers: line 32 has 'oops'"), "{said}");
    let said = notes("a;y\n1,234;x\n2,345;y\n");
    assert!(!said.contains("thousands"), "{said}");
    let said = notes("a,y\n\"1,234\",x\n\"2,345\",y\n");
    assert!(
        said.contains("if that is the decimal mark, say so"),
        "{said}"
    );
    let said = notes(",a,y\n0,5,x\n1,7,y\n2,1,x\n");
    assert!(said.contains("'column_0' only counts rows"), "{said}");
    let said = notes("sep=;\na;y\n1;x\n2;y\n\n;\n");
    assert!(
        said.contains("Line 1 says what stands between cells")
            && said.contains("1 empty record is left out"),
        "{said}"
    );
}

mod any_table {
    use super::*;
    use proptest::prelude::*;

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a-z]{1,5}",
            2 => "-?[0-9]{1,4}(\\.[0-9]{1,3})?",
            1 => "[a-z ,;\"'|\r\n#éß🙂]{1,8}",
            1 => Just(String::new()),
        ]
    }

    proptest! {
        /// What the csv crate writes is read as the csv crate reads it, however it is cut into chunks.
        #[test]
        fn is_cut_as_the_csv_crate_cuts_it(
            rows in prop::collection::vec(prop::collection::vec(cell(), 3), 1..12),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            size in 1_usize..40,
        ) {
            let terminator = match end {
                "\r" => csv::Terminator::Any(b'\r'),
                "\r\n" => csv::Terminator::CRLF,
                _ => csv::Terminator::Any(b'\n'),
            };
            let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
            writer.write_record(["first", "second", "third"]).unwrap();
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let options = Options {
                header: Some(true),
                delimiter: Some(",".to_owned()),
                ..Options::default()
            };
            let table = read_in(&text, &options, size).unwrap();
            let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&text[..]);
            let expected: Vec<csv::StringRecord> = reader
                .records()
                .map(Result::unwrap)
                .filter(|record| record.iter().any(|cell| !cell.is_empty()))
                .collect();
            prop_assert_eq!(table.n_rows, expected.len());
            for (j, column) in table.columns.iter().enumerate() {
                let cells: Vec<&str> = expected.iter().map(|record| &record[j]).collect();
                match column.numbers() {
                    Some(values) => for (value, cell) in values.iter().zip(cells) {
                        let is_gap = breakeven::table::GAPS.contains(&cell);
                        let number = cell.parse::<f64>();
                        prop_assert!(if is_gap { value.is_nan() } else { number.is_ok_and(|number| number == *value) }, "{} {}", value, cell);
                    },
                    None => prop_assert_eq!(column.texts().unwrap().collect::<Vec<_>>(), cells),
                }
            }
        }
    }
}
