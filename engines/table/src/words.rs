//! Lists of texts as they come from JavaScript: each its length in bytes, little-endian, then its UTF-8.

use breakeven::table::{Drop, Kind, Like, LikeColumn, Options, Wanted};
use breakeven::{Error, Result};

pub(crate) struct Words<'a> {
    rest: &'a [u8],
}

/// Only a page of another version writes otherwise.
fn unread() -> Error {
    Error::InvalidParam {
        name: "table".to_owned(),
        value: "what was asked".to_owned(),
        allowed: "asked by a page of the same version".to_owned(),
    }
}

impl<'a> Words<'a> {
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        let (n, rest) = self.rest.split_first_chunk::<4>().ok_or_else(unread)?;
        let n = u32::from_le_bytes(*n) as usize;
        let (text, rest) = rest.split_at_checked(n).ok_or_else(unread)?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| unread())
    }

    fn number(&mut self) -> Result<usize> {
        self.text()?.parse().map_err(|_| unread())
    }

    /// Nothing, or a text.
    fn optional(&mut self) -> Result<Option<&'a str>> {
        Ok(match self.text()? {
            "" => None,
            _ => Some(self.text()?),
        })
    }

    /// A number, then as many texts.
    pub(crate) fn list(&mut self) -> Result<Vec<String>> {
        let n = self.number()?;
        (0..n).map(|_| self.text().map(str::to_owned)).collect()
    }

    fn optional_list(&mut self) -> Result<Option<Vec<String>>> {
        Ok(match self.text()? {
            "" => None,
            _ => Some(self.list()?),
        })
    }

    pub(crate) fn options(&mut self) -> Result<Options> {
        Ok(Options {
            header: self.optional()?.map(|text| text == "true"),
            delimiter: self.optional()?.map(str::to_owned),
            decimal: self.optional()?.map(str::to_owned),
            missing_values: self.optional_list()?,
        })
    }

    /// Of a table with so many columns.
    pub(crate) fn wanted(&mut self, width: usize) -> Result<Wanted> {
        let column = |text: &str| match text.parse() {
            Ok(column) if column < width => Ok(column),
            _ => Err(unread()),
        };
        let target = self.optional()?.map(column).transpose()?;
        let drop = match self.text()? {
            "any" => Drop::Any,
            "target" => Drop::Target,
            _ => Drop::None,
        };
        let features = self.list()?;
        let features = features.iter().map(|text| column(text));
        let features = features.collect::<Result<Vec<usize>>>()?;
        let like = match self.text()? {
            "" => None,
            _ => Some(self.like(features.len())?),
        };
        Ok(Wanted {
            target,
            features,
            drop,
            like,
        })
    }

    fn like(&mut self, width: usize) -> Result<Like> {
        let columns = (0..width).map(|_| {
            let kind = match self.text()? {
                "category" => Kind::Category,
                _ => Kind::Number,
            };
            let categories = self.list()?;
            Ok(LikeColumn { kind, categories })
        });
        Ok(Like {
            columns: columns.collect::<Result<_>>()?,
            class_names: self.optional_list()?,
        })
    }
}
