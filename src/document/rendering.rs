//! Diagnostics as a reader sees them: file, line, column, the line itself, a caret and what to do.
//!
//! The output is bounded by [`SHOWN`] diagnostics, each with one line of the file, cut around the caret where it is
//! long, so that a file of one line of a mebibyte cannot flood a terminal. The line is shown inert, and yet the
//! column is that of the file: this is why the place is written here and not by the library that draws the rest.

use std::ops::Range;

use annotate_snippets::renderer::DEFAULT_LINE_NUM_STYLE;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::document::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::document::source::{Place, Source, Sources, push_inert};

/// How many diagnostics are shown; of the others only their number.
pub const SHOWN: usize = 50;

/// The characters of a line that are shown; a longer one is cut around its caret.
const WINDOW: usize = 120;
const BEFORE_CARET: usize = 50;

/// Whether the output is coloured for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With escape sequences for colour.
    Always,
    /// Plain text.
    Never,
}

/// All diagnostics in order, an empty line between them. Empty if there are none.
pub fn render(diagnostics: &Diagnostics, sources: &Sources, colour: Colour) -> String {
    let mut blocks: Vec<String> =
        diagnostics.in_order().into_iter().take(SHOWN).map(|one| render_one(one, sources, colour)).collect();
    let more = diagnostics.len().saturating_sub(blocks.len());
    if more > 0 {
        blocks.push(format!("and {more} more\n"));
    }
    blocks.join("\n")
}

/// One diagnostic, ended by a line break.
pub fn render_one(diagnostic: &Diagnostic, sources: &Sources, colour: Colour) -> String {
    let source = sources.get(diagnostic.place().file);
    let excerpt = excerpt(source, diagnostic.place());
    let annotation = AnnotationKind::Primary.span(excerpt.caret).label(diagnostic.label_text());
    let snippet = Snippet::source(excerpt.text).line_start(excerpt.line).annotation(annotation);
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Advice => Level::NOTE.with_name("advice"),
    };
    let mut group = level.primary_title(diagnostic.message()).element(snippet);
    if let Some((words, place)) = diagnostic.related_place() {
        group = group.element(Level::NOTE.message(format!("{words} {}", shown_place(sources, place))));
    }
    if let Some(help) = diagnostic.help_text() {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = match colour {
        Colour::Always => Renderer::styled(),
        Colour::Never => Renderer::plain(),
    };
    let drawn = renderer.term_width(WINDOW * 16).render(&[group]);
    let (title, body) = drawn.split_once('\n').unwrap_or((&drawn, ""));
    let margin = " ".repeat(excerpt.line.to_string().len());
    let arrow = match colour {
        Colour::Always => format!("{DEFAULT_LINE_NUM_STYLE}-->{DEFAULT_LINE_NUM_STYLE:#}"),
        Colour::Never => "-->".to_owned(),
    };
    format!("{title}\n{margin}{arrow} {}\n{body}\n", shown_place(sources, diagnostic.place()))
}

/// `file:line:column` of the start of a place.
pub fn shown_place(sources: &Sources, place: Place) -> String {
    let source = sources.get(place.file);
    let at = source.line_column(place.start);
    format!("{}:{}:{}", source.name(), at.line, at.column)
}

/// The line in which a place starts, inert and cut, and which bytes of that carry the caret.
struct Excerpt {
    line: usize,
    text: String,
    caret: Range<usize>,
}

fn excerpt(source: &Source, place: Place) -> Excerpt {
    let at = source.line_column(place.start);
    let (line_start, line) = source.line(at.line).unwrap_or((place.start, ""));
    let first = at.column - 1;
    let from = if line.chars().nth(WINDOW).is_none() { 0 } else { first.saturating_sub(BEFORE_CARET) };
    let mut text = String::from(if from > 0 { "..." } else { "" });
    let mut caret = None;
    let mut end = None;
    let mut rest = line.char_indices().skip(from);
    for (offset, c) in rest.by_ref().take(WINDOW) {
        let offset = line_start + offset;
        if offset >= place.start && caret.is_none() {
            caret = Some(text.len());
        }
        if offset >= place.end && end.is_none() {
            end = Some(text.len());
        }
        if c == '\t' { text.push_str("    ") } else { push_inert(&mut text, c) }
    }
    let caret = caret.unwrap_or(text.len());
    let end = end.unwrap_or(text.len()).max(caret);
    if rest.next().is_some() {
        text.push_str("...");
    }
    Excerpt { line: at.line, text, caret: caret..end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source::FileId;

    fn one(text: &str) -> (Sources, FileId) {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("s.yaml", text));
        (sources, file)
    }

    fn drawn(text: &str, range: Range<usize>, build: impl FnOnce(Diagnostic) -> Diagnostic) -> String {
        let (sources, file) = one(text);
        let place = Place { file, start: range.start, end: range.end };
        render_one(&build(Diagnostic::error(place, "unknown key `tll`")), &sources, Colour::Never)
    }

    #[test]
    fn a_fault_shows_its_line_a_caret_and_what_to_do() {
        let shown = drawn("verifiers:\n  edge-gw: { tll: 5m }\n", 24..27, |d| {
            d.label("not a key of a cache").help("did you mean `ttl`?")
        });
        let expected = "\
error: unknown key `tll`
 --> s.yaml:2:14
  |
2 |   edge-gw: { tll: 5m }
  |              ^^^ not a key of a cache
  |
  = help: did you mean `ttl`?
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn advice_is_not_called_an_error_and_a_second_place_is_told_as_a_note() {
        let (sources, file) = one("a: 1\nb: 2\n");
        let place = |start| Place { file, start, end: start + 1 };
        let advice = Diagnostic::advice(place(5), "`b` repeats `a`").related("first given at", place(0));
        let expected = "\
advice: `b` repeats `a`
 --> s.yaml:2:1
  |
2 | b: 2
  | ^
  |
  = note: first given at s.yaml:1:1
";
        assert_eq!(render_one(&advice, &sources, Colour::Never), expected);
    }

    #[test]
    fn a_long_line_is_cut_around_its_caret_and_keeps_its_column() {
        // The fault starts at byte 40,000 of a line of 50,000, which is column 40,001.
        let text = "x".repeat(50_000);
        let shown = drawn(&text, 40_000..40_003, |d| d);
        assert!(shown.contains("\n --> s.yaml:1:40001\n"), "{shown}");
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[3], format!("1 | ...{}...", "x".repeat(WINDOW)));
        assert_eq!(lines[4], format!("  | {}^^^", " ".repeat(3 + BEFORE_CARET)));
    }

    #[test]
    fn a_caret_wider_than_the_window_is_cut_too() {
        let shown = drawn(&"x".repeat(50_000), 0..50_000, |d| d);
        assert!(shown.len() < 500, "{} bytes", shown.len());
    }

    #[test]
    fn control_characters_of_the_file_are_shown_and_not_obeyed() {
        // The escape sequence takes 6 columns when shown and 1 in the file, where `b` is character 3.
        let shown = drawn("\u{1b}\tb: 1", 2..3, |d| d);
        let expected = "\
error: unknown key `tll`
 --> s.yaml:1:3
  |
1 | \\u{1b}    b: 1
  |           ^
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_caret_stands_below_its_word_in_any_script() {
        // Each of the two letters takes 3 bytes and 2 columns of a terminal.
        let expected = "\
error: unknown key `tll`
 --> s.yaml:1:5
  |
1 | 東京: x
  |       ^
";
        assert_eq!(drawn("東京: x", 8..9, |d| d), expected);
    }

    #[test]
    fn a_fault_over_several_lines_points_at_the_first() {
        let shown = drawn("a:\n  b: 1\n  c: 2\n", 5..17, |d| d);
        assert!(shown.contains("2 |   b: 1\n  |   ^^^^\n"), "{shown}");
    }

    #[test]
    fn a_fault_at_the_end_of_an_empty_file_has_a_caret() {
        assert!(drawn("", 0..0, |d| d).contains("1 |\n  | ^\n"));
    }

    #[test]
    fn colour_is_there_only_when_asked_for() {
        let (sources, file) = one("a");
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::error(Place { file, start: 0, end: 1 }, "x").help("y"));
        assert!(!render(&diagnostics, &sources, Colour::Never).contains('\u{1b}'));
        assert!(render(&diagnostics, &sources, Colour::Always).contains('\u{1b}'));
    }

    #[test]
    fn only_so_many_are_shown_and_the_rest_is_counted() {
        let (sources, file) = one("a");
        let mut diagnostics = Diagnostics::new();
        for _ in 0..SHOWN + 7 {
            diagnostics.push(Diagnostic::error(Place { file, start: 0, end: 1 }, "x"));
        }
        let shown = render(&diagnostics, &sources, Colour::Never);
        assert_eq!(shown.matches("error: x").count(), SHOWN);
        assert!(shown.ends_with("\n\nand 7 more\n"), "{shown}");
    }
}
