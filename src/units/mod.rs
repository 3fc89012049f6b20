//! Quantities with units: the ground floor, on which everything stands and which imports nothing.

pub mod probability;
pub mod rate;
pub mod time;
