//! Any bytes as a table: refused as one, or the same however they come in chunks, in both passes and when rows are listed.

use breakeven::table::{Drop, Listing, Options, Reader, Table, Wanted};

/// Two bytes of options, then the table's.
pub(crate) fn check(bytes: &[u8]) {
    let (how, text) = bytes.split_at(bytes.len().min(2));
    let options = match *how {
        [how, which] => options_of(how, which),
        _ => Options::default(),
    };
    let size = usize::from(how.first().copied().unwrap_or(0)) % 13 + 1;
    match (
        read(text, &options, text.len().max(1)),
        read(text, &options, size),
    ) {
        (Ok(table), Ok(other)) => {
            is_same(&table, &other);
            is_whole(&table, text);
            can_be_chosen(&table);
        }
        (Err(error), Err(other)) => {
            assert_eq!(error, other);
            let codes = ["bad_table", "invalid_param"];
            assert!(codes.contains(&error.code()), "{error}");
            let said = error.to_string();
            assert!(said.len() < 2000, "{} bytes of a reason", said.len());
        }
        (one, other) => panic!("{:?} {:?}", one.err(), other.err()),
    }
}

#[allow(dead_code, reason = "libFuzzer's end has no use for it")]
pub(crate) fn is_table(bytes: &[u8]) -> bool {
    bytes.len() > 2 && read(&bytes[2..], &Options::default(), 64).is_ok()
}

fn options_of(how: u8, which: u8) -> Options {
    Options {
        header: match how & 3 {
            0 | 1 => None,
            other => Some(other == 2),
        },
        delimiter: match how >> 2 & 7 {
            0..=3 => None,
            4 => Some(" ".to_owned()),
            5 => Some("\t".to_owned()),
            6 => Some(";".to_owned()),
            _ => Some(char::from(which & 0x7f).to_string()),
        },
        decimal: match how >> 5 & 3 {
            0 | 1 => None,
            2 => Some(".".to_owned()),
            _ => Some(",".to_owned()),
        },
        missing_values: (how & 128 != 0).then(|| vec![char::from(which).to_string()]),
    }
}

fn read(text: &[u8], options: &Options, size: usize) -> breakeven::Result<Table> {
    let mut reader = Reader::new(options.clone());
    for pass in 0..2 {
        if pass == 1 {
            reader.begin_second()?;
        }
        for chunk in text.chunks(size) {
            reader.push(chunk, false)?;
        }
        reader.push(&[], true)?;
    }
    while !reader.summarise(5)? {}
    Ok(reader.finish().expect("what was read to its end is there"))
}

fn is_same(table: &Table, other: &Table) {
    assert_eq!(table.n_rows, other.n_rows);
    assert_eq!(table.notes, other.notes);
    assert_eq!(table.read_as, other.read_as);
    assert_eq!(table.columns.len(), other.columns.len());
    for (column, other) in table.columns.iter().zip(&other.columns) {
        assert_eq!(column.name, other.name);
        assert_eq!(column.kind, other.kind);
        assert_eq!(column.facts, other.facts);
        assert_eq!(column.odd_cell(), other.odd_cell());
    }
}

fn is_whole(table: &Table, text: &[u8]) {
    let (n_rows, n_columns) = (table.n_rows, table.columns.len());
    assert!(n_columns > 0);
    // A cell is a delimiter or the end of a line at least.
    assert!(
        n_rows * n_columns <= text.len() + 1,
        "no more than the text"
    );
    let from = n_rows / 2;
    let (mut listing, at) = Listing::new(table, from, n_rows);
    listing
        .push(&text[at as usize..], true)
        .expect("rows that were read are listed");
    assert!(listing.is_done());
    assert_eq!(listing.cells.len(), n_rows - from);
    for (j, column) in table.columns.iter().enumerate() {
        let listed = listing.cells.iter().map(|row| row[j].trim());
        match (column.numbers(), column.texts()) {
            (Some(values), _) => {
                assert_eq!(values.len(), n_rows);
                let gaps = values.iter().filter(|value| value.is_nan()).count();
                assert_eq!(gaps as u64, column.n_missing);
            }
            (_, Some(texts)) => assert!(texts.skip(from).eq(listed), "column {j}"),
            _ => assert!(column.is_too_many()),
        }
        let facts = &column.facts;
        let n_binned: u64 = facts.histogram.iter().sum();
        let n_cells = n_rows as u64 - column.n_missing - column.n_infinite;
        assert!(n_binned == n_cells || column.numbers().is_none());
        assert!(facts.n_distinct as u64 <= n_cells);
    }
}

fn can_be_chosen(table: &Table) {
    let target = table.columns.len() - 1;
    for drop in [Drop::None, Drop::Target, Drop::Any] {
        let wanted = Wanted {
            target: Some(target),
            features: (0..target).collect(),
            drop,
            like: None,
        };
        if !table.texts_needed(&wanted).is_empty() {
            continue;
        }
        let chosen = match table.choose(&wanted) {
            Ok(chosen) => chosen,
            Err(error) => {
                assert_eq!(error.code(), "bad_table", "{error}");
                continue;
            }
        };
        assert_eq!(chosen.y.len(), chosen.n_rows());
        let k = chosen.class_names.len() as i32;
        assert!(k > 1 && chosen.y.iter().all(|&label| (0..k).contains(&label)));
        assert!(
            (0..k).all(|class| chosen.y.contains(&class)),
            "each class has a row"
        );
        let mut rows = vec![0.0; chosen.n_rows() * target];
        table.fill(&chosen, 0, &mut rows);
        assert!(rows.iter().all(|value| !value.is_infinite()));
        assert!(drop != Drop::Any || rows.iter().all(|value| !value.is_nan()));
    }
}
