//! The texts that a run reads, each under a name that is safe to show, and places within them.
//!
//! A [`Place`] is a byte range of one [`Source`]; [`Sources`] keeps the texts, so that a tree and its messages
//! carry small copyable places instead of borrowed text. Whatever is shown passes [`inert`]: a name or a value
//! from a file must not move the cursor, ring the bell or reorder the line of whoever reads the message.

use std::fmt::Write as _;

/// A text and the name under which messages show it.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

/// Which of the [`Sources`] a place lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(usize);

/// All texts of one run, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

/// A range of bytes, `start` included and `end` not, in one text. Ordered by file, then by start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The text.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

/// A line and a column as editors count them: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters and not in bytes.
    pub column: usize,
}

impl Source {
    /// A text under a name, which is made inert. A byte order mark at the start of the text is dropped.
    pub fn new(name: &str, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: inert(name), text, line_starts }
    }

    /// The name to show; it holds no control character.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and column of a byte; a byte behind the end counts as the end, one within a character as its start.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let column = self.text[self.line_starts[line - 1]..offset].chars().count() + 1;
        LineColumn { line, column }
    }

    /// The line (from 1) without its line break, and the byte at which it starts; `None` behind the last line.
    pub fn line(&self, line: usize) -> Option<(usize, &str)> {
        let start = *self.line_starts.get(line.checked_sub(1)?)?;
        let end = self.line_starts.get(line).map_or(self.text.len(), |next| next - 1);
        let text = &self.text[start..end];
        Some((start, text.strip_suffix('\r').unwrap_or(text)))
    }
}

impl Sources {
    /// No text yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a text in and says how to refer to it.
    pub fn add(&mut self, source: Source) -> FileId {
        self.list.push(source);
        FileId(self.list.len() - 1)
    }

    /// The text behind an id.
    ///
    /// # Panics
    /// If the id comes from other `Sources`: that is a fault of the program and not of its input.
    pub fn get(&self, file: FileId) -> &Source {
        self.list.get(file.0).expect("a file id is made by the `Sources` that it is used with")
    }
}

impl Place {
    /// From the start of this place to the end of `last`, which lies in the same text.
    pub fn to(self, last: Self) -> Self {
        Self { end: self.end.max(last.end), ..self }
    }

    /// The end of this place, without width.
    pub fn behind(self) -> Self {
        Self { start: self.end, ..self }
    }
}

/// The text with every character escaped that could act on a terminal or hide from the eye: control characters
/// (line breaks too), characters that turn the direction of writing, and those without any width.
pub fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        push_inert(&mut shown, c);
    }
    shown
}

/// Appends one character as [`inert`] shows it.
pub(super) fn push_inert(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        c if c.is_control() || is_invisible(c) => {
            write!(shown, "\\u{{{:x}}}", u32::from(c)).expect("writing to a string cannot fail");
        }
        c => shown.push(c),
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_name_cannot_act_on_a_terminal() {
        // Escape, a line break, the override that writes from right to left, and the C1 form of "escape [".
        assert_eq!(inert("a\u{1b}[31m\nb\u{202e}c\u{9b}"), "a\\u{1b}[31m\\nb\\u{202e}c\\u{9b}");
        assert_eq!(Source::new("x\u{7}.yaml", "").name(), "x\\u{7}.yaml");
        assert_eq!(inert("größe-東京.yaml"), "größe-東京.yaml");
    }

    #[test]
    fn a_column_counts_characters_and_not_bytes() {
        // `é` takes two bytes: `x` is byte 6 of the text, and in line 2 the third character.
        let source = Source::new("a", "ab\néöx\r\nz");
        assert_eq!(source.line_column(7), LineColumn { line: 2, column: 3 });
        assert_eq!(source.line_column(4), LineColumn { line: 2, column: 1 }, "within a character");
        assert_eq!(source.line_column(99), LineColumn { line: 3, column: 2 }, "behind the end");
        assert_eq!(source.line(2), Some((3, "éöx")));
        assert_eq!(source.line(3), Some((10, "z")));
        assert_eq!(source.line(4), None);
        assert_eq!(source.line(0), None);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(Source::new("a", "\u{feff}a: 1").text(), "a: 1");
    }
}
