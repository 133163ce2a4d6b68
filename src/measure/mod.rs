//! Measuring, apart from what is measured: a clock, a plan of samples, statistics, costs, verdicts.

mod bisect;
pub mod break_even;
pub mod clock;
pub mod cost_model;
pub mod read;
pub mod regret;
pub mod report;
pub mod sampler;
pub mod stats;
