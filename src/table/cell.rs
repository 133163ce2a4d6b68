//! What one cell may be: a gap, a number in one of several ways of writing, or words.
//!
//! Over 400 lines with its tests, which are tables of cells.

/// How a gap is written, where nobody says otherwise. An empty cell always is one.
pub const GAPS: [&str; 15] = [
    "", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "-", ".", "#N/A", "<NA>",
    "missing",
];

/// Of those, words that may be somebody's name for a class: in a target of words they are no gaps.
const WORDS: [&str; 9] = [
    "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "missing",
];

/// What counts as a gap in one table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gaps {
    /// The caller's spellings in place of `GAPS`.
    pub(crate) own: Option<Vec<String>>,
}

impl Gaps {
    pub(crate) fn holds(&self, cell: &str) -> bool {
        if cell.is_empty() {
            return true;
        }
        match &self.own {
            Some(own) => own.iter().any(|gap| gap == cell),
            // None is longer.
            None => cell.len() <= 7 && GAPS.contains(&cell),
        }
    }

    /// Of a target, whose classes may be called NA.
    pub(crate) fn holds_label(&self, cell: &str) -> bool {
        self.holds(cell) && (self.own.is_some() || !WORDS.contains(&cell))
    }
}

/// Ways of writing numbers, a bit each: which of two decimal marks, and how thousands are set apart.
pub(crate) type Ways = u8;

pub(crate) const ANY: Ways = 0xff;

/// One way of writing numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) decimal: u8,
    /// What stands between thousands.
    pub(crate) thousands: Option<u8>,
}

const MARKS: [u8; 2] = *b".,";

impl Way {
    /// In the order of preference, where the table's decimal mark is `decimal`.
    fn all(decimal: u8) -> impl Iterator<Item = Self> {
        let other = if decimal == b'.' { b',' } else { b'.' };
        [(decimal, other), (other, decimal)]
            .into_iter()
            .flat_map(|(decimal, other)| {
                [None, Some(other), Some(b' '), Some(b'\'')]
                    .map(|thousands| Self { decimal, thousands })
            })
    }

    /// All that have this decimal mark.
    pub(crate) fn by(decimal: u8) -> Ways {
        if decimal == b'.' { 0x0f } else { 0xf0 }
    }

    fn bit(self) -> Ways {
        let apart = match self.thousands {
            None => 0,
            Some(b' ') => 2,
            Some(b'\'') => 3,
            Some(_) => 1,
        };
        1 << (apart + if self.decimal == b'.' { 0 } else { 4 })
    }

    /// Of those that fit all cells of a column the one to read it by.
    pub(crate) fn first_of(ways: Ways, decimal: u8) -> Option<Self> {
        Self::all(decimal).find(|way| way.bit() & ways != 0)
    }

    /// Whether cells that are read this way could mean another number by the other decimal mark: 1,234.
    pub(crate) fn is_doubtful(self, ways: Ways) -> bool {
        let other = if self.decimal == b'.' { b',' } else { b'.' };
        let plain = Self {
            decimal: other,
            thousands: None,
        };
        self.thousands == Some(other) && ways & plain.bit() != 0
    }

    /// The number in a cell that fits; NaN never comes of one.
    pub(crate) fn read(self, cell: &str, scratch: &mut String) -> f64 {
        if self.decimal == b'.' && self.thousands.is_none() {
            return cell.parse().unwrap_or(f64::NAN);
        }
        scratch.clear();
        let kept = cell.chars().filter_map(|c| match c {
            ',' | '.' if c as u8 == self.decimal => Some('.'),
            ',' | '.' | '\'' => None,
            c if is_space(c) => None,
            c => Some(c),
        });
        scratch.extend(kept);
        scratch.parse().unwrap_or(f64::NAN)
    }
}

/// Between thousands: a space, or one of those that do not break.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// Both marks, whatever stands between thousands.
const GROUPED: [Ways; 2] = [0b1110, 0b1110 << 4];
const PLAIN: [Ways; 2] = [1, 1 << 4];

/// The ways in which a cell can be read as a number; none of words.
pub(crate) fn ways_of(cell: &str) -> Ways {
    let rest = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let bytes = rest.as_bytes();
    let int = digits(bytes);
    let Some(&mark) = bytes.get(int) else {
        let apart = if int <= 3 { GROUPED[0] | GROUPED[1] } else { 0 };
        return if int == 0 {
            0
        } else {
            apart | PLAIN[0] | PLAIN[1]
        };
    };
    let plain = plain_ways(&bytes[int..], int);
    if !(1..=3).contains(&int) {
        return if int == 0 && is_infinity(rest) {
            ANY
        } else {
            plain
        };
    }
    match mark {
        b'.' | b',' | b' ' | b'\'' | 0xc2 | 0xe2 => plain | grouped_ways(&rest[int..]),
        _ => plain,
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

fn is_infinity(rest: &str) -> bool {
    rest.eq_ignore_ascii_case("inf") || rest.eq_ignore_ascii_case("infinity")
}

/// What follows the whole part of `int` digits: a mark and digits, an exponent, or both.
fn plain_ways(bytes: &[u8], int: usize) -> Ways {
    let Some(mark) = MARKS.iter().position(|mark| bytes.first() == Some(mark)) else {
        let both = PLAIN[0] | PLAIN[1];
        return if int > 0 && is_exponent(bytes) {
            both
        } else {
            0
        };
    };
    let fraction = digits(&bytes[1..]);
    let rest = &bytes[1 + fraction..];
    if int + fraction == 0 || !(rest.is_empty() || is_exponent(rest)) {
        return 0;
    }
    let short = rest.is_empty() && (1..=3).contains(&int);
    PLAIN[mark] | if short { GROUPED[mark] } else { 0 }
}

fn is_exponent(bytes: &[u8]) -> bool {
    let Some((b'e' | b'E', rest)) = bytes.split_first() else {
        return false;
    };
    let rest = match rest {
        [b'+' | b'-', rest @ ..] => rest,
        rest => rest,
    };
    !rest.is_empty() && digits(rest) == rest.len()
}

/// What follows one to three digits: groups of three, each after the same mark, then perhaps decimals.
fn grouped_ways(mut rest: &str) -> Ways {
    let Some(first) = rest.chars().next() else {
        return 0;
    };
    let apart = if is_space(first) { ' ' } else { first };
    let mut groups = 0;
    loop {
        let mut letters = rest.chars();
        let is_mark = letters
            .next()
            .is_some_and(|c| c == apart || (apart == ' ' && is_space(c)));
        if !is_mark || digits(letters.as_str().as_bytes()) != 3 {
            break;
        }
        rest = &letters.as_str()[3..];
        groups += 1;
    }
    if groups == 0 {
        return 0;
    }
    let bytes = rest.as_bytes();
    let decimal = match bytes.split_first() {
        None => None,
        Some((&mark, rest)) if MARKS.contains(&mark) && digits(rest) == rest.len() => Some(mark),
        Some(_) => return 0,
    };
    let of = |decimal: u8| {
        Way {
            decimal,
            thousands: Some(apart as u8),
        }
        .bit()
    };
    MARKS
        .into_iter()
        .filter(|&mark| mark as char != apart && decimal.is_none_or(|decimal| decimal == mark))
        .fold(0, |ways, mark| ways | of(mark))
}

/// A sign of money or of a share beside a number: before it, or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Before(char),
    After(char),
}

const SIGNS: [char; 6] = ['$', '€', '£', '¥', '₹', '%'];

/// A cell without its sign of money or percent, where it has one. `scratch` holds -5 of -$5.
pub(crate) fn without_sign<'a>(cell: &'a str, scratch: &'a mut String) -> (Option<Sign>, &'a str) {
    let bytes = cell.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return (None, cell);
    };
    if first.is_ascii_digit() && last.is_ascii_digit() {
        return (None, cell);
    }
    if let Some(sign) = SIGNS.into_iter().find(|&sign| cell.ends_with(sign)) {
        let rest = cell[..cell.len() - sign.len_utf8()].trim_end();
        return (Some(Sign::After(sign)), rest);
    }
    let minus = if first == b'-' { "-" } else { "" };
    let rest = &cell[minus.len()..];
    let Some(sign) = SIGNS.into_iter().find(|&sign| rest.starts_with(sign)) else {
        return (None, cell);
    };
    let rest = rest[sign.len_utf8()..].trim_start();
    if minus.is_empty() {
        return (Some(Sign::Before(sign)), rest);
    }
    scratch.clear();
    scratch.push_str(minus);
    scratch.push_str(rest);
    (Some(Sign::Before(sign)), scratch)
}

/// In which of the plain ways all cells of a column are written: labels are numbers only in these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Written {
    /// No cell was seen.
    #[default]
    Unseen,
    /// 0, 17, -3: nothing before a number, and no more than a double can tell apart.
    Integers,
    /// 1.0, 2.0: whole, with so many zeros.
    Zeros(usize),
    /// Not alike, or in none of these ways.
    Otherwise,
}

/// 2⁵³, up to which neighbouring whole numbers are different doubles.
const EXACT: u64 = 1 << 53;

impl Written {
    pub(crate) fn of(cell: &str) -> Self {
        let rest = cell.strip_prefix('-').unwrap_or(cell);
        let bytes = rest.as_bytes();
        let int = digits(bytes);
        let canonical = int > 0 && int <= 16 && (int == 1 || bytes[0] != b'0');
        let exact = || rest[..int].parse::<u64>().is_ok_and(|value| value <= EXACT);
        let is_minus_zero = cell.len() > rest.len() && bytes.first() == Some(&b'0');
        if !canonical || is_minus_zero || !exact() {
            return Self::Otherwise;
        }
        match &bytes[int..] {
            [] => Self::Integers,
            [b'.' | b',', zeros @ ..] if !zeros.is_empty() && zeros.iter().all(|&b| b == b'0') => {
                Self::Zeros(zeros.len())
            }
            _ => Self::Otherwise,
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unseen, other) => other,
            (one, other) if one == other => one,
            _ => Self::Otherwise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str, decimal: u8) -> Option<f64> {
        let way = Way::first_of(ways_of(cell), decimal)?;
        Some(way.read(cell, &mut String::new()))
    }

    #[test]
    fn numbers_in_many_ways() {
        for (cell, decimal, value) in [
            ("0", b'.', 0.0),
            ("-12.50", b'.', -12.5),
            (".5", b'.', 0.5),
            ("5.", b'.', 5.0),
            ("+1e3", b'.', 1000.0),
            ("1.5E-2", b'.', 0.015),
            ("2,4", b',', 2.4),
            ("2,4", b'.', 2.4),
            ("1,5e3", b',', 1500.0),
            ("1,234", b'.', 1234.0),
            ("1,234", b',', 1.234),
            ("1.234", b',', 1234.0),
            ("61,977.50", b'.', 61977.5),
            ("1.234.567,8", b',', 1_234_567.8),
            ("1 234 567,8", b',', 1_234_567.8),
            ("1\u{a0}234.5", b'.', 1234.5),
            ("12'345.5", b'.', 12345.5),
            ("-1,000,000", b'.', -1e6),
        ] {
            assert_eq!(read(cell, decimal), Some(value), "{cell}");
        }
        assert_eq!(read("inf", b'.'), Some(f64::INFINITY));
        assert_eq!(read("-Infinity", b','), Some(f64::NEG_INFINITY));
        assert_eq!(read("1e400", b'.'), Some(f64::INFINITY));
    }

    #[test]
    fn words_are_no_numbers() {
        for cell in [
            "1_000",
            "٣",
            "0x64",
            "12,34.5",
            "1,23",
            "1.2.3",
            "1e",
            "e5",
            "-",
            ".",
            "",
            "1 2",
            "1,2345,678",
            "--1",
            "12 %x",
            "2024-03-15",
            "infinit",
            "1,234,56",
            "\u{2212}5",
        ] {
            let ways = ways_of(cell);
            let only_comma = cell == "1,23";
            assert_eq!(ways != 0, only_comma, "{cell}: {ways:08b}");
        }
    }

    #[test]
    fn signs_are_taken_off() {
        let mut scratch = String::new();
        let mut of = |cell: &str| {
            let (sign, rest) = without_sign(cell, &mut scratch);
            (sign, rest.to_owned())
        };
        assert_eq!(of("$9,823"), (Some(Sign::Before('$')), "9,823".to_owned()));
        assert_eq!(of("-$5"), (Some(Sign::Before('$')), "-5".to_owned()));
        assert_eq!(of("19.9 %"), (Some(Sign::After('%')), "19.9".to_owned()));
        assert_eq!(of("3 €"), (Some(Sign::After('€')), "3".to_owned()));
        assert_eq!(of("abc"), (None, "abc".to_owned()));
        assert_eq!(of("%"), (Some(Sign::After('%')), String::new()));
    }

    #[test]
    fn labels_are_numbers_in_plain_ways_alone() {
        for (cell, written) in [
            ("0", Written::Integers),
            ("-3", Written::Integers),
            ("9007199254740992", Written::Integers),
            ("9007199254740993", Written::Otherwise),
            ("01", Written::Otherwise),
            ("+1", Written::Otherwise),
            ("-0", Written::Otherwise),
            ("1E2", Written::Otherwise),
            ("1.0", Written::Zeros(1)),
            ("-2.00", Written::Zeros(2)),
            ("1.5", Written::Otherwise),
            ("1.", Written::Otherwise),
        ] {
            assert_eq!(Written::of(cell), written, "{cell}");
        }
    }
}
