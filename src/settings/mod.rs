//! Settings: the keys that a section of a scenario may have, declared once, and the reader that follows the declaration.

pub mod context;
pub mod folder;
pub mod form;
pub mod key;
pub mod laws;
pub mod named;
pub mod reader;
pub mod table;
pub mod values;
