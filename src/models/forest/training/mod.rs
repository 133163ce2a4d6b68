//! From rows to trees: scikit-learn's, node for node.
//!
//! `grow` grows one tree out of `feature_ranks`, which all trees of a data set share; `split_search`
//! looks for the best split of a node by `criterion` over rows put in order by `sort`. What is random
//! comes from `randomness`, by which `bootstrap` draws a tree's rows; `out_of_bag` asks the trees about
//! the others. Nothing here is known to `inference`.

mod bootstrap;
pub mod criterion;
pub mod feature_ranks;
pub mod grow;
pub mod out_of_bag;
pub mod randomness;
pub mod sort;
pub mod split_search;
