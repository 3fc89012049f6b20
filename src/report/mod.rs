//! Reports: plain functions from a record to bytes. They compute nothing that the record does not hold.

pub mod csv;
pub mod find;
#[cfg(test)]
mod fixture;
pub mod inert;
pub mod json;
pub mod phrase;
pub mod plot;
pub mod png;
pub mod story;
pub mod terminal;
pub mod trials;
