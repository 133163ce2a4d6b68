//! What is known of a column when it has been read.

/// What was counted in a column, gaps and infinities left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Different cells; `MOST_DISTINCT` where there are that many or more.
    pub n_distinct: usize,
    /// Smallest, largest and mean number.
    pub range: Option<Range>,
    /// The most frequent cells, as text, and how often; none where there are too many different ones.
    pub most_frequent: Vec<(String, u64)>,
    /// Words that are gaps in a feature, and names of classes in a target, and how often they occur.
    pub gap_words: Vec<(String, u64)>,
    /// Counts in bins of equal width from the smallest to the largest number.
    pub histogram: Vec<u64>,
    /// Whether all numbers are whole.
    pub are_whole: bool,
    /// Whether each row's number is its own: 0, 1, 2 … or 1, 2, 3 …
    pub counts_on: bool,
}

/// Of the finite numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Mean.
    pub mean: f64,
}
