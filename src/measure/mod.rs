//! Measuring, apart from what is measured.
//!
//! A [`plan::Plan`] enters and a [`report::MeasureReport`] of each model leaves; in between
//! [`rounds::Rounds`] says which calls a [`bench::Bench`] is to make, and keeps what they took as
//! pairs (`unit`). `judge` asks `capacity` which of them count and [`break_even`] what they
//! say, by the `ratios` at each size and the `interval` of their `crossing`.
//! No model, no thread and no browser is known here.

pub mod bench;
pub mod break_even;
mod capacity;
pub mod clock;
pub mod cost_model;
mod crossing;
mod interval;
mod judge;
pub mod leg;
pub mod plan;
mod point;
pub mod ratios;
pub mod read;
pub mod regret;
pub mod report;
pub mod rounds;
pub mod stats;
mod unit;

pub use capacity::Capacity;
pub use point::MeasurePoint;
