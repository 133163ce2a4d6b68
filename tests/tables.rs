//! Built-in data sets and CSV.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use breakeven::data::builtin::{read_dataset, standardise};
use breakeven::data::csv::{CsvOptions, Target, read_csv};
use support::{doubles, fixture, hash_f64, hash_i32, number, texts};

#[test]
fn data_sets_are_scikit_learns() {
    let expected = fixture("built_in");
    for name in ["iris", "breast_cancer", "digits"] {
        let expected = &expected[name];
        let mut file = std::fs::read(format!("src/data/builtin/{name}.bin")).unwrap();
        let mut data = read_dataset(name, &file).unwrap();
        assert_eq!(data.x.nrows(), number(&expected["shape"][0]));
        assert_eq!(data.x.ncols(), number(&expected["shape"][1]));
        assert_eq!(data.feature_names, texts(&expected["feature_names"]));
        assert_eq!(data.class_names, texts(&expected["target_names"]));
        assert_eq!(hash_i32(&data.y), expected["y_hash"].as_str().unwrap());
        assert_eq!(hash_f64(&data.x), expected["x_hash"].as_str().unwrap());

        standardise(&mut data.x).unwrap();
        let last = data.x.nrows() - 1;
        for (row, expected) in [
            (1, &expected["standardised_row_1"]),
            (last, &expected["standardised_last"]),
        ] {
            assert_eq!(data.x.row(row).to_vec(), doubles(expected), "{name} {row}");
        }

        file[200] ^= 1;
        for damaged in [&file[..], &[]] {
            let error = read_dataset(name, damaged).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }
    let error = read_dataset("wine", &[]).unwrap_err();
    assert_eq!(error.code(), "not_found");
}

#[test]
fn csv_is_standardised_where_asked() {
    let options = CsvOptions {
        standardise: true,
        ..Default::default()
    };
    let read = read_csv("a,b,y\n1,7,0\n3,7,1\n", &options).unwrap();
    assert_eq!(read.x.into_raw_vec_and_offset().0, [-1.0, 0.0, 1.0, 0.0]);
}

/// Squares beyond the largest number made NaN of some columns and zeros of others, in silence.
#[test]
fn numbers_too_large_to_square_are_not_standardised() {
    let options = CsvOptions {
        standardise: true,
        ..Default::default()
    };
    for large in ["1e308", "-1e200", "1.7e308"] {
        let text = format!("a,b,kind\n1,{large},x\n2,-1e308,y\n3,3,x\n");
        let error = read_csv(&text, &options).unwrap_err();
        assert_eq!(error.code(), "invalid_param");
        assert!(error.to_string().contains("in feature 1"), "{error}");
        assert!(read_csv(&text, &CsvOptions::default()).is_ok());
    }
}

#[test]
fn csv_finds_out_its_shape() {
    let expected = read_csv(
        "a,b,kind\n1,2,cat\n3,4,ant\n5,6,cat\n",
        &CsvOptions::default(),
    )
    .unwrap();
    assert_eq!(
        expected.x,
        ndarray::array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    );
    assert_eq!(expected.y, [1, 0, 1]);
    assert_eq!(expected.feature_names, ["a", "b"]);
    assert_eq!(expected.class_names, ["ant", "cat"]);

    for text in [
        "\u{feff}a;b;kind\r\n1;2;cat\r\n3;4;ant\r\n5;6;cat",
        "a\tb\tkind\n1\t2\tcat\n\n3\t4\tant\n5\t6\tcat\n",
        "a, b,\"kind\"\n1, 2,\"cat\"\n3, 4, ant\n 5,6,cat\n",
    ] {
        assert_eq!(read_csv(text, &CsvOptions::default()).unwrap(), expected);
    }
    for target in [Target::Name("kind".into()), Target::Index(1)] {
        let options = CsvOptions {
            target: Some(target),
            ..CsvOptions::default()
        };
        let data = read_csv("a,kind,b\n1,cat,2\n3,ant,4\n5,cat,6\n", &options).unwrap();
        assert_eq!(data, expected);
    }
}

#[test]
fn csv_without_header_and_with_numeric_labels() {
    let data = read_csv("1,2,10\n3,4,9\n5,6,10.0\n7,8,-1\n", &CsvOptions::default()).unwrap();
    assert_eq!(data.class_names, ["-1", "9", "10"]);
    assert_eq!(data.y, [2, 1, 2, 0]);
    assert_eq!(data.feature_names, ["column_0", "column_1"]);

    let told = CsvOptions {
        header: Some(true),
        ..CsvOptions::default()
    };
    assert_eq!(read_csv("1,2,10\n3,4,9\n", &told).unwrap().y, [0]);
}

#[test]
fn csv_says_in_few_words_what_is_long() {
    let long = "é".repeat(100_000);
    let wide = vec![long.as_str(); 300].join(",");
    let told = CsvOptions {
        target: Some(Target::Name(long.clone() + "x")),
        ..CsvOptions::default()
    };
    for (text, options) in [
        (format!("a,{long}\n{long},1\n"), CsvOptions::default()),
        (format!("a,{long},c\n1,{long},1\n"), CsvOptions::default()),
        (wide, told),
    ] {
        let said = read_csv(&text, &options).unwrap_err().to_string();
        assert!(
            said.chars().count() < 1200,
            "{} letters",
            said.chars().count()
        );
        assert!(said.contains("…"), "{said}");
    }
}

#[test]
fn csv_says_where_it_is_wrong() {
    let told = |target| CsvOptions {
        target: Some(target),
        ..CsvOptions::default()
    };
    let default = CsvOptions::default;
    for (text, options, hint) in [
        ("", default(), "empty"),
        ("a,b\n", default(), "no rows"),
        ("a\n1\n", default(), "one column"),
        (
            "a,b,y\n1,x,0\n",
            default(),
            "line 2, column 2 (b) is no number: 'x'",
        ),
        (
            "a,b,y\n1,2,0\n1,,0\n",
            default(),
            "line 3, column 2 (b) is empty",
        ),
        (
            "a,b,y\n1,NaN,0\n",
            default(),
            "line 2, column 2 (b) is not finite",
        ),
        ("a,b,y\n1,inf,0\n", default(), "not finite"),
        (
            "a,b,y\n1,2,\n",
            default(),
            "line 2, column 3 (y) has no label",
        ),
        (
            "a,b,y\n1,2\n",
            default(),
            "line 2 has 2 columns, line 1 has 3",
        ),
        (
            "a,b,y\n1,2,0\n",
            told(Target::Name("z".into())),
            "no column 'z'",
        ),
        ("a,b,y\n1,2,0\n", told(Target::Index(3)), "no column 3"),
    ] {
        let error = read_csv(text, &options).unwrap_err();
        assert_eq!(error.code(), "bad_csv");
        assert!(error.to_string().contains(hint), "{error}");
    }
}
