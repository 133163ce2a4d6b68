//! From rows to trees: scikit-learn's, node for node.
//!
//! `grow` grows one tree out of `feature_ranks`, which all trees of a data set share; `split_search`
//! looks for the best split of a node by `criterion` over rows put in order by `sort`. What is random
//! comes from `randomness`. Nothing here is known to `inference`.

pub mod criterion;
pub mod feature_ranks;
pub mod grow;
pub mod randomness;
pub mod sort;
pub mod split_search;
