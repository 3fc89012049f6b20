//! revdrill: a revocation drill simulator.

pub mod cli;
pub mod document;
pub mod engine;
pub mod experiment;
pub mod metric;
pub mod model;
pub mod random;
pub mod record;
pub mod report;
pub mod scenario;
pub mod settings;
pub mod stats;
pub mod units;
