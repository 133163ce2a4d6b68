//! Whether a table begins with the names of its columns, and what they are.

use std::collections::{HashMap, HashSet};

use super::cell::{Gaps, ways_of, without_sign};
use super::records::short;

pub(crate) fn is_number(cell: &str) -> bool {
    let mut scratch = String::new();
    ways_of(without_sign(cell, &mut scratch).1) != 0
}

pub(crate) fn whole_number(cell: &str) -> Option<i64> {
    let plain = cell.bytes().all(|b| b.is_ascii_digit()) && cell.len() <= 15;
    if plain { cell.parse().ok() } else { None }
}

/// Whether the first record holds names.
pub(crate) fn has_names(rows: &[&[String]], gaps: &Gaps) -> bool {
    let Some((first, rest)) = rows.split_first() else {
        return false;
    };
    let is_name = |cell: &str| !gaps.holds(cell) && !is_number(cell);
    if rest.is_empty() {
        return first.iter().all(|cell| is_name(cell) || cell.is_empty());
    }
    // Of a table with a column of row names above which nothing stands.
    let shift = usize::from(first.len() + 1 == rest[0].len());
    let mut numbers = Vec::new();
    let mut by_words = 0;
    for (j, name) in first.iter().enumerate() {
        let below = rest.iter().filter_map(|row| row.get(j + shift));
        let below: Vec<&str> = below
            .map(String::as_str)
            .filter(|cell| !gaps.holds(cell))
            .collect();
        if below.is_empty() {
            continue;
        }
        let n_numbers = below.iter().filter(|cell| is_number(cell)).count();
        let are_numbers = n_numbers * 10 >= below.len() * 9;
        match (are_numbers, is_name(name)) {
            // A word above numbers.
            (true, true) => return true,
            (true, false) if is_number(name) => numbers.push((name.as_str(), below)),
            (false, true) => {
                let different: HashSet<&str> = below.iter().copied().collect();
                if different.contains(name.as_str()) {
                    return false;
                }
                // What repeats below would have come again.
                by_words += usize::from(different.len() * 2 <= below.len() || n_numbers > 0);
            }
            _ => {}
        }
    }
    // A gap that is written is one of a row.
    if first
        .iter()
        .any(|cell| !cell.is_empty() && gaps.holds(cell))
    {
        return false;
    }
    if numbers.is_empty() {
        return first.iter().all(|cell| is_name(cell) || cell.is_empty());
    }
    let are_numbered = numbered(&numbers);
    (by_words > 0 && are_numbered)
        || (are_numbered && numbers.len() >= 3 && numbers.len() == first.len())
}

/// Whether numbers above columns of numbers are names: they count on by one, over numbers that do not.
fn numbered(columns: &[(&str, Vec<&str>)]) -> bool {
    let Some(names) = columns
        .iter()
        .map(|(name, _)| whole_number(name))
        .collect::<Option<Vec<i64>>>()
    else {
        return false;
    };
    let counts_on = names.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let begins = names.len() > 1 || names[0] <= 1;
    let are_others = columns
        .iter()
        .any(|(_, below)| below.iter().any(|cell| whole_number(cell).is_none()));
    counts_on && begins && are_others
}

/// The columns' names, and which of them have none of their own. A column that is empty to its end, for want of whatever
/// comes after the last delimiter, is none.
pub(crate) fn names(
    rows: &[&[String]],
    has_header: bool,
    commented: Option<&[String]>,
    notes: &mut Vec<String>,
) -> (Vec<String>, Vec<bool>) {
    let (header, rest) = match rows.split_first() {
        Some((first, rest)) if has_header => (Some(*first), rest),
        _ => (commented, rows),
    };
    let lengths = rest.iter().map(|row| row.len());
    let longest = lengths.max().or(header.map(<[String]>::len)).unwrap_or(0);
    let mut counts = vec![0usize; longest + 1];
    for row in rest {
        counts[row.len()] += 1;
    }
    // Of lengths that are equally frequent the header's, else the longer.
    let is_headers = |len: usize| header.is_some_and(|names| names.len() == len);
    let mut width = (0..=longest)
        .max_by_key(|&len| (counts[len], is_headers(len), len))
        .unwrap_or(0);
    if rest.is_empty() {
        width = longest;
    }
    let is_empty = |row: &[String], j: usize| row.get(j).is_none_or(String::is_empty);
    let has_no_name = header.is_none_or(|names| is_empty(names, width.saturating_sub(1)));
    if width > 1
        && !rest.is_empty()
        && has_no_name
        && rest.iter().all(|row| is_empty(row, width - 1))
    {
        width -= 1;
        notes.push("Lines end with a delimiter: the empty last column is left out.".to_owned());
    }
    let shift = usize::from(header.is_some_and(|names| names.len() + 1 == width));
    let mut unnamed = Vec::new();
    let mut taken: HashSet<String> = HashSet::new();
    // What each name was numbered last: what was taken then still is.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut doubled = Vec::new();
    let all: HashSet<&str> = header
        .iter()
        .flat_map(|all| all.iter().map(String::as_str))
        .collect();
    let names = (0..width).map(|j| {
        let own = header.and_then(|names| names.get(j.wrapping_sub(shift)));
        let own = own.filter(|name| !name.is_empty());
        unnamed.push(own.is_none());
        let name = own.cloned().unwrap_or_else(|| format!("column_{j}"));
        let mut n = numbers.get(&name).map_or(0, |n| n + 1);
        let of = |n: usize| match n {
            0 => name.clone(),
            n => format!("{name}.{n}"),
        };
        let mut unique = of(n);
        while (n > 0 && all.contains(unique.as_str())) || !taken.insert(unique.clone()) {
            n += 1;
            unique = of(n);
        }
        if n > 0 && doubled.len() < 4 {
            doubled.push(format!("'{}'", short(&unique)));
        }
        numbers.insert(name, n);
        unique
    });
    let names = names.collect();
    if !doubled.is_empty() {
        notes.push(format!(
            "Names that occur twice are told apart: {}.",
            doubled.join(", ")
        ));
    }
    (names, unnamed)
}
