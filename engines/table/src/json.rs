//! Answers as JSON.

use std::fmt::Write;

use breakeven::Error;
use breakeven::table::{Chosen, Column, Kind, MOST_DISTINCT, Table};

pub(crate) struct Json(String);

/// Writing to a string never fails.
macro_rules! put {
    ($json:expr, $($what:tt)*) => { let _ = write!($json.0, $($what)*); };
}

impl Json {
    fn text(&mut self, text: &str) {
        self.0.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                letter if (letter as u32) < 0x20 => {
                    put!(self, "\\u{:04x}", letter as u32);
                }
                letter => self.0.push(letter),
            }
        }
        self.0.push('"');
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        self.0.push('[');
        for (i, item) in items.into_iter().enumerate() {
            if i > 0 {
                self.0.push(',');
            }
            each(self, item);
        }
        self.0.push(']');
    }

    fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) {
        self.list(texts, |json, text| json.text(text));
    }

    fn column(&mut self, column: &Column) {
        self.0.push_str("{\"name\":");
        self.text(&column.name);
        let kind = match column.kind {
            Kind::Number => "number",
            Kind::Category => "category",
        };
        let facts = &column.facts;
        put!(
            self,
            ",\"kind\":\"{kind}\",\"n_missing\":{},\"n_distinct\":{}",
            column.n_missing,
            facts.n_distinct
        );
        if let Some(range) = facts.range {
            put!(
                self,
                ",\"min\":{:?},\"max\":{:?},\"mean\":{:?}",
                range.min,
                range.max,
                range.mean
            );
            put!(
                self,
                ",\"histogram\":{{\"from\":{:?},\"to\":{:?},\"counts\":{:?}}}",
                range.min,
                range.max,
                facts.histogram
            );
        }
        if !facts.most_frequent.is_empty() {
            self.0.push_str(",\"most_frequent\":");
            self.list(&facts.most_frequent, |json, (value, count)| {
                json.0.push_str("{\"value\":");
                json.text(value);
                put!(json, ",\"count\":{count}}}");
            });
        }
        if !facts.gap_words.is_empty() {
            self.0.push_str(",\"gap_words\":");
            self.list(&facts.gap_words, |json, (value, count)| {
                json.0.push_str("{\"value\":");
                json.text(value);
                put!(json, ",\"count\":{count}}}");
            });
        }
        if column.n_infinite > 0 {
            put!(self, ",\"n_infinite\":{}", column.n_infinite);
        }
        for (name, is_so) in [
            ("too_many", column.is_too_many()),
            ("unnamed", column.unnamed),
            ("counter", column.is_counter()),
            (
                "whole",
                column.kind == Kind::Number && facts.are_whole && facts.n_distinct > 0,
            ),
            ("codes", column.has_codes()),
            ("many_distinct", facts.n_distinct == MOST_DISTINCT),
        ] {
            if is_so {
                put!(self, ",\"{name}\":true");
            }
        }
        for (name, letter) in [("thousands", column.thousands()), ("sign", column.sign())] {
            if let Some(letter) = letter {
                put!(self, ",\"{name}\":");
                self.text(letter.encode_utf8(&mut [0; 4]));
            }
        }
        if let Some((line, value)) = column.odd_cell().filter(|_| column.n_numbers > 0) {
            put!(
                self,
                ",\"n_numbers\":{},\"odd_cell\":{{\"line\":{line},\"value\":",
                column.n_numbers
            );
            self.text(value);
            self.0.push('}');
        }
        self.0.push('}');
    }

    pub(crate) fn error(error: &Error) -> Vec<u8> {
        let code = match error {
            Error::NotUtf8 { .. } => "not_utf8",
            other => other.code(),
        };
        let mut json = Self(format!("{{\"code\":\"{code}\",\"message\":"));
        json.text(&error.to_string());
        if let Error::InvalidParam { name, .. } = error {
            json.0.push_str(",\"setting\":");
            json.text(name);
        }
        json.0.push('}');
        json.0.into_bytes()
    }

    pub(crate) fn facts(table: &Table) -> Vec<u8> {
        let read_as = &table.read_as;
        let mut json = Self(format!(
            "{{\"n_rows\":{},\"read_as\":{{\"delimiter\":",
            table.n_rows
        ));
        json.text(read_as.delimiter.encode_utf8(&mut [0; 4]));
        json.0.push_str(",\"decimal\":");
        json.text(read_as.decimal.encode_utf8(&mut [0; 4]));
        put!(
            json,
            ",\"header\":{},\"first_line\":{}",
            read_as.header,
            read_as.first_line
        );
        if let Some(comment) = read_as.comment {
            json.0.push_str(",\"comment\":");
            json.text(comment);
        }
        json.0.push_str("},\"notes\":");
        json.texts(&table.notes);
        json.0.push_str(",\"columns\":");
        json.list(&table.columns, Self::column);
        json.0.push('}');
        json.0.into_bytes()
    }

    pub(crate) fn chosen(chosen: &Chosen) -> Vec<u8> {
        let mut json = Self(format!("{{\"n_rows\":{},\"class_names\":", chosen.n_rows()));
        json.texts(&chosen.class_names);
        json.0.push_str(",\"categories\":");
        json.list(&chosen.features, |json, feature| {
            match &feature.categories {
                None => json.0.push_str("null"),
                Some(categories) => json.texts(categories),
            }
        });
        json.0.push('}');
        json.0.into_bytes()
    }

    pub(crate) fn cells(rows: &[Vec<String>]) -> Vec<u8> {
        let mut json = Self(String::new());
        json.list(rows, |json, row| json.texts(row));
        json.0.into_bytes()
    }
}
