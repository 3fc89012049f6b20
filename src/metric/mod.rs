//! What is asked of a drill's numbers.

pub mod catalogue;
pub mod definition;
pub mod limit;
pub mod objective;
pub mod observation;
pub mod reader;
pub mod reading;
pub mod reference;
pub mod seen;
pub mod verdict;
