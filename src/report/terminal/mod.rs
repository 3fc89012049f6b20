//! The end screen of a run, at most 40 lines of 80 columns.

mod bars;
mod containment;
mod facts;
mod fit;
pub mod line;
mod objectives;
mod reuse;
pub mod screen;
