//! revdrill: a revocation drill simulator.

pub mod record;
pub mod stats;
pub mod units;
