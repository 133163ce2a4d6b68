//! numpy's legacy generator, bit for bit.

pub mod mt19937;
pub mod random_state;
