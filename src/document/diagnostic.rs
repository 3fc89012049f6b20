//! A fault or a piece of advice at its place, and the collector that gathers all of them.
//!
//! A reader pushes everything it finds and goes on, so that one run shows every fault of a file. The collector is
//! bounded, because a hostile file can hold a fault in every byte. Texts are made inert and short where they
//! enter: they quote the file, and they end on terminals and in JSON alike.

use serde::Serialize;

use crate::document::source::{Place, Sources, inert};

/// How many diagnostics are kept; of the others only the number is known.
pub const KEPT: usize = 1_000;

const LONGEST_TEXT: usize = 400;

/// Whether a diagnostic forbids to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is taken, and could be better.
    Advice,
}

/// One fault or one piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    severity: Severity,
    place: Place,
    message: String,
    label: Option<String>,
    help: Option<String>,
    related: Option<(String, Place)>,
}

/// Diagnostics as they were found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    beyond: usize,
    errors: usize,
}

/// A diagnostic for programs: its place as line and column instead of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Located {
    /// Whether it forbids to go on.
    pub severity: Severity,
    /// The name of the file, inert.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// A fault: a lowercase fragment that says what is wrong.
    pub fn error(place: Place, message: impl AsRef<str>) -> Self {
        Self::new(Severity::Error, place, message.as_ref())
    }

    /// A piece of advice.
    pub fn advice(place: Place, message: impl AsRef<str>) -> Self {
        Self::new(Severity::Advice, place, message.as_ref())
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl AsRef<str>) -> Self {
        self.help = Some(shown(help.as_ref()));
        self
    }

    /// Adds the few words that stand beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl AsRef<str>) -> Self {
        self.label = Some(shown(label.as_ref()));
        self
    }

    /// Adds a second place, told as a note: `first given at` and the place.
    #[must_use]
    pub fn related(mut self, words: impl AsRef<str>, place: Place) -> Self {
        self.related = Some((shown(words.as_ref()), place));
        self
    }

    /// Whether it forbids to go on.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The words beside the caret.
    pub fn label_text(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// What to do about it.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The second place and the words that lead to it.
    pub fn related_place(&self) -> Option<(&str, Place)> {
        self.related.as_ref().map(|(words, place)| (words.as_str(), *place))
    }

    /// The form for programs.
    pub fn located(&self, sources: &Sources) -> Located {
        let source = sources.get(self.place.file);
        let at = source.line_column(self.place.start);
        Located {
            severity: self.severity,
            file: source.name().to_owned(),
            line: at.line,
            column: at.column,
            message: self.message.clone(),
            help: self.help.clone(),
        }
    }

    fn new(severity: Severity, place: Place, message: &str) -> Self {
        Self { severity, place, message: shown(message), label: None, help: None, related: None }
    }
}

impl Diagnostics {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one in. Beyond [`KEPT`] only their number is kept.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        if self.is_full() {
            self.beyond += 1;
        } else {
            self.kept.push(diagnostic);
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether further ones are only counted, so that nobody need work on their wording.
    pub fn is_full(&self) -> bool {
        self.kept.len() >= KEPT
    }

    /// How many were found, kept or not.
    pub fn len(&self) -> usize {
        self.kept.len() + self.beyond
    }

    /// How many of them forbid to go on.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Those kept, faults before advice, each in the order of their places; at one place, in the order in which they were
    /// found.
    pub fn in_order(&self) -> Vec<&Diagnostic> {
        let mut list: Vec<_> = self.kept.iter().collect();
        list.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.place.file, diagnostic.place.start));
        list
    }

    /// Those kept in the form for programs, in order.
    pub fn located(&self, sources: &Sources) -> Vec<Located> {
        self.in_order().into_iter().map(|diagnostic| diagnostic.located(sources)).collect()
    }
}

/// Inert, and with its middle cut out where it is long: what is wrong stands first, the remedy last.
fn shown(text: &str) -> String {
    let count = text.chars().take(LONGEST_TEXT + 1).count();
    if count <= LONGEST_TEXT {
        return inert(text);
    }
    let head: String = text.chars().take(LONGEST_TEXT / 2).collect();
    let mut tail: Vec<char> = text.chars().rev().take(LONGEST_TEXT / 2).collect();
    tail.reverse();
    inert(&format!("{head}...{}", tail.into_iter().collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source::Source;

    fn at(file: crate::document::source::FileId, start: usize) -> Place {
        Place { file, start, end: start + 1 }
    }

    #[test]
    fn faults_come_before_advice() {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("a", "0123456789"));
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::advice(at(file, 0), "advice"));
        diagnostics.push(Diagnostic::error(at(file, 5), "fault"));
        let order: Vec<_> = diagnostics.in_order().iter().map(|d| d.message().to_owned()).collect();
        assert_eq!(order, ["fault", "advice"]);
    }

    #[test]
    fn diagnostics_come_in_the_order_of_their_places() {
        let mut sources = Sources::new();
        let first = sources.add(Source::new("a", "0123456789"));
        let second = sources.add(Source::new("b", "0123456789"));
        let mut diagnostics = Diagnostics::new();
        for (file, start, text) in [(second, 0, "d"), (first, 7, "c"), (first, 2, "a"), (first, 2, "b")] {
            diagnostics.push(Diagnostic::error(at(file, start), text));
        }
        let order: Vec<_> = diagnostics.in_order().iter().map(|d| d.message().to_owned()).collect();
        assert_eq!(order, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_flood_is_counted_and_not_kept() {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("a", ""));
        let mut diagnostics = Diagnostics::new();
        for _ in 0..KEPT + 5 {
            diagnostics.push(Diagnostic::error(at(file, 0), "x"));
        }
        diagnostics.push(Diagnostic::advice(at(file, 0), "y"));
        assert_eq!((diagnostics.len(), diagnostics.errors()), (KEPT + 6, KEPT + 5));
        assert_eq!(diagnostics.in_order().len(), KEPT);
    }

    #[test]
    fn a_message_is_inert_and_keeps_its_remedy_when_it_quotes_a_long_value() {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("a", ""));
        let long = format!("`{}\u{1b}` is not a duration; write `5m`", "x".repeat(50_000));
        let diagnostic = Diagnostic::error(at(file, 0), long);
        assert!(diagnostic.message().len() < 500);
        assert!(diagnostic.message().ends_with("x\\u{1b}` is not a duration; write `5m`"));
    }

    #[test]
    fn programs_get_line_column_message_and_help() {
        // `ö` is one column and two bytes: byte 7 is `t`, the fourth character of line 2.
        let mut sources = Sources::new();
        let file = sources.add(Source::new("s.yaml", "a:\n ö: tll"));
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::error(at(file, 8), "unknown key `tll`").help("did you mean `ttl`?"));
        let json = serde_json::to_string(&diagnostics.located(&sources)).expect("plain data");
        assert_eq!(
            json,
            r#"[{"severity":"error","file":"s.yaml","line":2,"column":5,"message":"unknown key `tll`","help":"did you mean `ttl`?"}]"#
        );
    }
}
