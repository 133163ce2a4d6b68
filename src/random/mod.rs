//! numpy's legacy generator, bit for bit.

pub mod ln;
pub mod mt19937;
pub mod random_state;

pub use random_state::RandomState;
