//! What is wrong with the text of a law: where, what, and what to write instead.

use std::fmt;
use std::ops::Range;

/// A fault in the text of a law, for a diagnostic to place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawError {
    /// The bytes of the text that are at fault.
    pub at: Range<usize>,
    /// What is wrong, as a fragment without a full stop.
    pub what: String,
    /// The remedy, as a fragment.
    pub help: String,
}

impl LawError {
    /// A fault at a place.
    pub fn new(at: Range<usize>, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, what: what.into(), help: help.into() }
    }

    /// A fault told in one fragment, `what; remedy`, as the constructors of quantities tell it.
    pub fn from_fragment(at: Range<usize>, fragment: &str) -> Self {
        let (what, help) = fragment.split_once("; ").unwrap_or((fragment, "see the reference of delay laws"));
        Self::new(at, what, help)
    }
}

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.help)
    }
}

impl std::error::Error for LawError {}

/// `did you mean ...` for a name that resembles a known one, else the list of known names.
pub fn suggestion(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().min_by_key(|candidate| strsim::damerau_levenshtein(name, candidate));
    match nearest {
        Some(near) if strsim::damerau_levenshtein(name, near) <= 1 + near.len() / 4 => {
            format!("did you mean `{near}`?")
        }
        _ => format!("known: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_suggested_and_a_far_one_is_not() {
        assert_eq!(suggestion("lognoraml", &["uniform", "lognormal"]), "did you mean `lognormal`?");
        assert_eq!(suggestion("zipf", &["uniform", "pert"]), "known: uniform, pert");
    }
}
