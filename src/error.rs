//! The one error type: typed fields, a stable code, and a text that says what to change.

/// Everything that can go wrong with input from outside.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An array has another shape than the call needs.
    #[error("{what} must have {expected}, but has {got}")]
    ShapeMismatch {
        /// Which array.
        what: &'static str,
        /// The shape it needs, as a noun phrase: "10 columns, as in training".
        expected: String,
        /// The shape it has.
        got: String,
    },
    /// A setting is outside its range, unknown, or refused together with another.
    #[error("{name} = {value} is not possible: it must be {allowed}")]
    InvalidParam {
        /// The setting, in scikit-learn's words.
        name: String,
        /// What was given.
        value: String,
        /// What would be taken, completing "it must be …".
        allowed: String,
    },
    /// NaN or infinity where a number is needed.
    #[error(
        "{what} must be finite, but row {row}, column {col} is NaN or infinite: remove or impute it"
    )]
    NonFinite {
        /// Which array.
        what: &'static str,
        /// Zero-based row.
        row: usize,
        /// Zero-based column.
        col: usize,
    },
    /// A number that a forest, which compares 32-bit numbers, cannot tell from infinity.
    #[error(
        "X holds infinity or a value too large for dtype('float32') in row {row}, column {col}: \
         a forest compares 32-bit numbers, so scale that column"
    )]
    BeyondFloat32 {
        /// Zero-based row.
        row: usize,
        /// Zero-based column.
        col: usize,
    },
    /// A cell that cannot be made what the classifier behind it reads.
    #[error("row {row} of {column} {what}")]
    Unprepared {
        /// Zero-based row.
        row: usize,
        /// The column, by name where it has one.
        column: String,
        /// What is wrong with it, and what to do.
        what: &'static str,
    },
    /// Training needs at least two classes.
    #[error("y must hold at least 2 classes to train on, but holds {got}")]
    TooFewClasses {
        /// Distinct classes found.
        got: usize,
    },
    /// The arrays would not fit into this tab's memory.
    #[error(
        "no memory for {what}: {needed_bytes} bytes are more than this tab can have, at most {largest_rows} rows fit"
    )]
    OutOfMemory {
        /// What was to be made.
        what: &'static str,
        /// Bytes asked for.
        needed_bytes: u64,
        /// The largest number of rows that would fit.
        largest_rows: u64,
    },
    /// The caller cancelled.
    #[error("the work was cancelled")]
    Aborted,
    /// Shared-memory threads were asked of a build or page without them.
    #[error("threads are not available: {reason}")]
    ThreadsUnavailable {
        /// Why.
        reason: String,
    },
    /// Bytes that are no model file of this version, or are damaged.
    #[error("this is not a usable model file: {reason}")]
    BadModelFile {
        /// What is wrong with it.
        reason: String,
    },
    /// Text that is no table of numbers and labels.
    #[error("the CSV cannot be read: {reason}")]
    BadCsv {
        /// What is wrong, with the line.
        reason: String,
    },
    /// A table that cannot be read, or a column of it that cannot be used as it was to be.
    #[error("{reason}")]
    BadTable {
        /// What is wrong, with line and column where it is in one, and what to do.
        reason: String,
    },
    /// A table's bytes are of another encoding.
    #[error("line {line} is not UTF-8: say which encoding it is")]
    NotUtf8 {
        /// The line, from 1.
        line: u64,
    },
    /// A file that comes along is not as it was written.
    #[error("the file of the {what} '{name}' is not as it was published: copy it anew")]
    DamagedFile {
        /// The kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A backend's code that runs apart from this has ended in the middle of something; the next call starts it anew.
    #[error("{what} stopped unexpectedly ({reason})")]
    Stopped {
        /// Whose code.
        what: &'static str,
        /// Its last words.
        reason: String,
    },
    /// A name that nothing goes by.
    #[error("there is no {what} '{name}': choose one of {available}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// The name asked for.
        name: String,
        /// The names there are.
        available: String,
    },
}

impl Error {
    /// The stable code that the JavaScript error carries.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ShapeMismatch { .. } => "shape_mismatch",
            Self::InvalidParam { .. } => "invalid_param",
            Self::NonFinite { .. } | Self::BeyondFloat32 { .. } | Self::Unprepared { .. } => {
                "non_finite"
            }
            Self::TooFewClasses { .. } => "too_few_classes",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::Stopped { reason, .. } if reason.ends_with("out of memory") => "out_of_memory",
            Self::Aborted => "aborted",
            Self::ThreadsUnavailable { .. } => "threads_unavailable",
            Self::BadModelFile { .. } => "bad_model_file",
            Self::BadCsv { .. } => "bad_csv",
            Self::BadTable { .. } | Self::NotUtf8 { .. } => "bad_table",
            Self::DamagedFile { .. } | Self::Stopped { .. } => "worker_failed",
            Self::NotFound { .. } => "not_found",
        }
    }

    /// The error of a part of the caller's rows, told by the caller's numbers: the part begins at row `first`.
    #[must_use]
    pub(crate) fn counted_from(self, first: usize) -> Self {
        match self {
            Self::BeyondFloat32 { row, col } => Self::BeyondFloat32 {
                row: first + row,
                col,
            },
            Self::Unprepared { row, column, what } => Self::Unprepared {
                row: first + row,
                column,
                what,
            },
            other => other,
        }
    }

    pub(crate) fn invalid(name: &str, value: impl ToString, allowed: impl ToString) -> Self {
        Self::InvalidParam {
            name: name.to_owned(),
            value: shortened(&value.to_string(), MOST),
            allowed: allowed.to_string(),
        }
    }
}

/// Letters of what was given that a message repeats at most.
pub(crate) const MOST: usize = 200;

/// The beginning of what was given: a message is to be read, however long that is.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let mut letters = text.chars();
    let shown: String = letters.by_ref().take(most).collect();
    if letters.next().is_some() {
        shown + "…"
    } else {
        shown
    }
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;
