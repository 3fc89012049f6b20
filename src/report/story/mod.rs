//! A story as text: for a terminal, and as JSON.

pub mod folding;
pub mod json;
pub mod screen;
