//! Walks over the text of an objective from part to part, and says where it breaks off.
//!
//! Takes spaces between any two parts, never panics, and every error names bytes of the text that lie on
//! character boundaries. Made apart from the grammar, so that the grammar reads as such.

use std::fmt;
use std::ops::Range;

/// Why a text is no objective, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveError {
    /// The culprit, in bytes of the text; empty at the end of a text that breaks off.
    pub at: Range<usize>,
    /// What is wrong, as a lowercase fragment.
    pub what: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for ObjectiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.help)
    }
}

impl std::error::Error for ObjectiveError {}

/// A place in a text.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// How many bytes are behind.
    pub fn at(&self) -> usize {
        self.at
    }

    /// All that lies ahead, without spaces at its end.
    pub fn rest(&self) -> &'a str {
        self.text[self.at..].trim_end()
    }

    /// The next character that is not a space, without taking it.
    pub fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    /// Takes characters as long as they fit.
    pub fn take_while(&mut self, fits: impl Fn(char) -> bool) -> (&'a str, Range<usize>) {
        self.peek();
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let range = self.at..self.at + length;
        self.at = range.end;
        (&self.text[range.clone()], range)
    }

    /// Takes a name, or a number such as `p99.9`; `wanted` and `help` are for the error if there is none.
    pub fn word(&mut self, wanted: &str, help: &str) -> Result<(&'a str, Range<usize>), ObjectiveError> {
        let (word, range) = self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if word.is_empty() { Err(self.expected(wanted, help)) } else { Ok((word, range)) }
    }

    /// Takes this very character.
    pub fn symbol(&mut self, symbol: char, help: &str) -> Result<(), ObjectiveError> {
        if self.peek() != Some(symbol) {
            return Err(self.expected(&format!("`{symbol}`"), help));
        }
        self.at += symbol.len_utf8();
        Ok(())
    }

    /// The error that something is wanted where something else stands, or nothing.
    pub fn expected(&mut self, wanted: &str, help: &str) -> ObjectiveError {
        let (found, length) = match self.peek() {
            Some(other) => (format!("`{other}`"), other.len_utf8()),
            None => ("the end".into(), 0),
        };
        let at = self.at..self.at + length;
        ObjectiveError { at, what: format!("expected {wanted}, found {found}"), help: help.into() }
    }
}
