//! The second waist: what was found, as plain versioned data from which every report is made.

pub mod estimate;
pub mod story;
pub mod summary;
