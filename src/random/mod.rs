//! numpy's legacy generator, bit for bit, and the arithmetic it needs to be so in a browser.

pub(crate) mod fused;
pub(crate) mod log;
mod log_table;
pub mod mt19937;
pub mod polar;
pub mod random_state;
pub mod sample;

pub use mt19937::Mt19937;
pub use random_state::RandomState;
