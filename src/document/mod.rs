//! From untrusted text to a located tree, and from faults to messages with a caret.

pub mod assignment;
pub mod canonical;
pub mod diagnostic;
#[cfg(test)]
mod hostile;
mod key;
pub mod node;
pub mod overlay;
pub mod parse;
pub mod reading;
pub mod rendering;
pub mod scalar;
pub mod set_error;
pub mod source;
pub mod suggestion;
mod syntax;
