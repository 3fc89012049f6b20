//! Lines of a terminal: inked runs of inert text whose columns are counted.
//!
//! All text passes through [`Line::with`], which makes it inert, so that no name from a scenario can move the
//! cursor, colour the screen or break a line. A character of unknown width counts as two columns.

use crate::report::inert;

/// Columns of the screen.
pub const COLUMNS: usize = 80;

/// What a run of text is, from which its colour follows; the words say it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Ordinary text.
    Plain,
    /// Headings and names.
    Strong,
    /// What may be skipped.
    Faint,
    /// As wanted.
    Good,
    /// Not as wanted.
    Bad,
    /// Not known.
    Unsure,
    /// Bars of a picture.
    Bar,
}

/// Whether a screen carries ANSI colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text: for a pipe, a file, or `NO_COLOR`.
    Plain,
    /// ANSI escapes of our own around runs of text.
    Ansi,
}

/// A line under construction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    runs: Vec<(Ink, String)>,
    /// Whether it is a command, of which half would be worth nothing.
    whole: bool,
}

impl Line {
    /// A line that begins with `text`.
    pub fn new(ink: Ink, text: &str) -> Self {
        Self::default().with(ink, text)
    }

    /// The line with `text` after it.
    pub fn with(mut self, ink: Ink, text: &str) -> Self {
        self.runs.push((ink, inert::text(text)));
        self
    }

    /// The line with spaces up to `column`, and at least one if anything stands before.
    pub fn to(self, column: usize) -> Self {
        let width = self.width();
        let gap = column.saturating_sub(width).max(usize::from(width > 0));
        self.with(Ink::Plain, &" ".repeat(gap))
    }

    /// The line as one that is never cut, even where it is wider than the screen.
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// Columns that the line takes.
    pub fn width(&self) -> usize {
        self.runs.iter().map(|(_, text)| columns(text)).sum()
    }

    /// The line as text, cut at the width of the screen unless it is to stay whole.
    pub fn render(&self, colour: Colour) -> String {
        let mut left = if self.whole { usize::MAX } else { COLUMNS };
        let mut out = String::new();
        let last_ink = self.runs.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        for (i, (ink, text)) in self.runs.iter().enumerate().take(last_ink.map_or(0, |i| i + 1)) {
            let text = cut(if Some(i) == last_ink { text.trim_end() } else { text }, left);
            left -= columns(&text);
            match (colour, code(*ink)) {
                (Colour::Ansi, Some(code)) => out.push_str(&format!("\u{1b}[{code}m{text}\u{1b}[0m")),
                _ => out.push_str(&text),
            }
        }
        out
    }
}

/// Columns that a text takes: never fewer than a terminal gives it.
pub fn columns(text: &str) -> usize {
    let of = |c: char| match c {
        '\u{0}'..='\u{10FF}' | '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{22FF}' | '\u{2500}'..='\u{25CF}' => 1,
        '\u{FFFD}' => 1,
        _ => 2,
    };
    text.chars().map(of).sum()
}

/// The text itself if it fits, else its beginning and an ellipsis.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut kept = head(text, width.saturating_sub(1)).to_owned();
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// The text in lines of at most `width` columns, broken at spaces, and inside a word only if it is longer than that.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in inert::text(text).split(' ').filter(|word| !word.is_empty()) {
        let mut word = word;
        loop {
            let line = lines.last_mut().expect("there is always a line under way");
            let gap = usize::from(!line.is_empty());
            if columns(line) + gap + columns(word) <= width {
                line.push_str(if gap == 1 { " " } else { "" });
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                let part = head(word, width.max(2));
                line.push_str(part);
                word = &word[part.len()..];
            }
            lines.push(String::new());
        }
    }
    lines
}

/// A command in lines of about `width` columns that a shell takes as one: each but the last ends in a backslash, and is
/// broken only between words. A word is never cut, so that one longer than a line makes a longer line; and what would
/// take more than four is a single line, for the terminal to wrap.
pub fn command(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in shell_words(&inert::text(text)) {
        let line = lines.last_mut().expect("there is always a line under way");
        let gap = usize::from(!line.is_empty());
        // Two columns are left for the backslash.
        if gap == 1 && columns(line) + gap + columns(word) > width.saturating_sub(2) {
            line.push_str(" \\");
            lines.push(word.to_owned());
        } else {
            line.push_str(if gap == 1 { " " } else { "" });
            line.push_str(word);
        }
    }
    if lines.len() > 4 { vec![inert::text(text)] } else { lines }
}

/// Words between spaces that stand outside single quotes.
fn shell_words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        quoted ^= c == '\'' && !text[..at].ends_with('\\');
        if c == ' ' && !quoted {
            words.push(&text[start..at]);
            start = at + 1;
        }
    }
    words.push(&text[start..]);
    words.retain(|word| !word.is_empty());
    words
}

/// The text in at most `most` lines; what does not fit ends in an ellipsis.
pub fn wrap_to(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(text, width);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}…", head(last, width - 1));
        }
    }
    lines
}

fn head(text: &str, width: usize) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if columns(&text[..next]) > width {
            break;
        }
        end = next;
    }
    &text[..end]
}

fn code(ink: Ink) -> Option<&'static str> {
    match ink {
        Ink::Plain => None,
        Ink::Strong => Some("1"),
        Ink::Faint => Some("2"),
        Ink::Good => Some("32"),
        Ink::Bad => Some("1;31"),
        Ink::Unsure => Some("33"),
        Ink::Bar => Some("36"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_the_width_of_the_screen_in_either_colour() {
        let line = Line::new(Ink::Strong, &"a".repeat(70)).with(Ink::Bad, &"b".repeat(70));
        assert_eq!(columns(&line.render(Colour::Plain)), COLUMNS);
        let coloured = line.render(Colour::Ansi);
        assert!(coloured.starts_with("\u{1b}[1ma") && coloured.ends_with("…\u{1b}[0m"), "{coloured:?}");
    }

    #[test]
    fn an_escape_in_a_name_never_reaches_the_terminal() {
        let line = Line::new(Ink::Plain, "a\u{1b}]0;title\u{7}\u{9b}2Jb");
        assert!(!line.render(Colour::Plain).chars().any(char::is_control));
    }

    #[test]
    fn a_command_is_broken_for_the_shell_and_never_cut() {
        let lines = command("run a.yaml --set 'objectives=[a b <= 1]' --trials 10 --seed 1", 20);
        assert_eq!(lines, ["run a.yaml --set \\", "'objectives=[a b <= 1]' \\", "--trials 10 --seed \\", "1"]);
        assert_eq!(command("run a", 20), ["run a"]);
        assert_eq!(command("it 'don'\\''t x' y", 8), ["it \\", "'don'\\''t x' \\", "y"]);
    }

    #[test]
    fn words_wrap_at_spaces_and_a_long_word_is_broken() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap_to("one two three four", 7, 2), ["one two", "three…"]);
        assert_eq!(wrap("漢字漢字", 4), ["漢字", "漢字"]);
    }
}
