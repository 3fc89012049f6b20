//! What lies between the YAML parser and our messages: byte offsets, ends of words, and its complaints in our words.
//!
//! The parser counts characters and we count bytes. Its complaints speak of scanners and tokens; here they speak of
//! the file and say what to do. A complaint that is not known here is passed on as it is.

use crate::document::node::DEEPEST;

/// A fault and its remedy.
pub(super) type Words = (&'static str, &'static str);

pub(super) const ANCHOR: Words = ("anchors are not read", "remove the `&name`, or put the text into quotes");
pub(super) const ALIAS: Words = (
    "aliases are not read",
    "write the value out or share it with `extends`; put a text that starts with `*` into quotes",
);
pub(super) const TAG: Words = ("tags are not read", "remove the tag, or put a text that starts with `!` into quotes");
pub(super) const TOO_DEEP_HELP: &str = "flatten it, or check for brackets that are never closed";

/// The message for nesting beyond [`DEEPEST`].
pub(super) fn too_deep() -> String {
    format!("lists and maps are nested deeper than {DEEPEST} levels")
}

/// A complaint of the parser in our words.
pub(super) struct Complaint {
    pub message: String,
    pub help: &'static str,
}

/// Whether a complaint comes up within brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    /// Within `[...]` or `{...}`.
    Brackets,
    /// Among lines that are told apart by indentation.
    Lines,
}

const NO_COMMA: &str = "a list or map in brackets lacks a `,` or its closing bracket";

/// Known complaints: words of the parser, the fault, the remedy. The first that fits is taken.
const COMPLAINTS: &[(&str, &str, &str)] = &[
    ("unknown anchor", ALIAS.0, ALIAS.1),
    ("anchor or alias", ALIAS.0, ALIAS.1),
    ("the handle wasn't declared", TAG.0, TAG.1),
    (" tag", TAG.0, TAG.1),
    ("tab", "a tab is used as indentation here", "indent with spaces"),
    ("quoted scalar, found unexpected", "a quoted text is never closed", "add the closing quote"),
    (
        "unknown escape",
        "a text in double quotes holds an unknown escape",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    ("hexadecimal number", "an escape in double quotes lacks hexadecimal digits", "write for example `\\u00e9`"),
    ("Unicode character escape", "an escape in double quotes names no character", "write the character itself"),
    ("after double-quoted", "something stands behind a closing quote", "put the whole text into one pair of quotes"),
    (
        "mapping values are not allowed",
        "a colon cannot stand here",
        "check the indentation; put a text that holds `: ` into quotes",
    ),
    ("while parsing a flow mapping", NO_COMMA, "add what is missing, or quote a text that holds a bracket"),
    ("while parsing a flow sequence", NO_COMMA, "add what is missing, or quote a text that holds a bracket"),
    ("misplaced bracket", "a bracket is closed that was never opened", "remove it, or put the text into quotes"),
    ("did not find expected key", "a key is expected here", "indent it like the keys above it"),
    ("expected '-' indicator", "an item of the list is expected here", "start it with `- `, or indent it further"),
    ("only valid inside a block", "an item with `- ` cannot stand in brackets", "separate items with commas"),
    ("sequence entries are not allowed", "an item with `- ` cannot stand here", "start the list on a line of its own"),
    ("simple key expect", "a key lacks its colon", "write `key: value`"),
    ("invalid indentation", "the indentation fits no line above", "indent it like its neighbours"),
    ("wrongly indented", "the indentation fits no line above", "indent it like its neighbours"),
    ("expected node content", "a value is expected here", "put a text with special characters into quotes"),
    ("unexpected character", "a value cannot start with this character", "put the text into quotes"),
    ("precede any of", "a colon must be followed by a space", "write `key: value`"),
    ("comment intercepting", "a comment stands in the middle of a text", "put the text into quotes or on one line"),
    ("<document start>", "the document ended before this", "check the indentation and the brackets above"),
    ("unprintable", "the text holds a NUL character", "remove it"),
    ("byte order mark", "a byte order mark stands within the text", "remove it"),
];

/// Puts a complaint into our words.
pub(super) fn complaint(info: &str, around: Around) -> Complaint {
    if info.contains("recursion limit") {
        return Complaint { message: too_deep(), help: TOO_DEEP_HELP };
    }
    if around == Around::Brackets && info.contains("invalid indentation") {
        return Complaint {
            message: NO_COMMA.to_owned(),
            help: "add what is missing, or quote a text that holds a bracket",
        };
    }
    match COMPLAINTS.iter().find(|(words, ..)| info.contains(words)) {
        Some((_, message, help)) => Complaint { message: (*message).to_owned(), help },
        None => Complaint {
            message: format!("this is not valid YAML: {info}"),
            help: "check quotes, brackets and indentation around it",
        },
    }
}

/// The byte of a tab that indents the line of a byte, or one after it; that byte if none does. The parser says where it was then,
/// which may be before the tab or behind it.
pub(super) fn indenting_tab(text: &str, at: usize) -> usize {
    let start = text[..at.min(text.len())].rfind('\n').map_or(0, |end| end + 1);
    let mut line = start;
    for content in text[start..].split_inclusive('\n') {
        let indentation = content.len() - content.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = content[..indentation].find('\t') {
            return line + tab;
        }
        line += content.len();
    }
    at
}

/// From the parser's character indices to bytes.
pub(super) struct CharacterBytes {
    /// The byte of each character; `None` where both are the same.
    starts: Option<Vec<usize>>,
    length: usize,
}

impl CharacterBytes {
    /// Prepared for one text.
    pub(super) fn new(text: &str) -> Self {
        let starts = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { starts, length: text.len() }
    }

    /// The byte at which the character starts; the end of the text behind the last one.
    pub(super) fn at(&self, character: usize) -> usize {
        match &self.starts {
            Some(starts) => starts.get(character).copied().unwrap_or(self.length),
            None => character.min(self.length),
        }
    }
}

/// The byte behind the closing quote of the quoted text that starts at a byte.
pub(super) fn end_of_quoted(text: &str, start: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let Some(open) = (start..bytes.len()).find(|at| bytes[*at] == quote) else { return text.len() };
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The byte behind the word that starts at a byte.
pub(super) fn end_of_word(text: &str, start: usize) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}');
    let rest = &text[start..];
    match rest.find(ends) {
        Some(0) => start,
        Some(length) => start + length,
        None => text.len(),
    }
}

/// The byte of the last character that is no whitespace; 0 if there is none.
pub(super) fn last_character(text: &str) -> usize {
    text.trim_end().char_indices().next_back().map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tab_that_indents_is_found_from_before_it_and_from_behind_it() {
        for at in [0, 9, 11, 13] {
            assert_eq!(indenting_tab("a:\n  b: 1\n \tc: 2\n", at), 11, "from {at}");
        }
        assert_eq!(indenting_tab("a:\tb\n", 1), 1);
    }

    #[test]
    fn characters_are_found_at_their_bytes() {
        // `é` takes 2 bytes, `東` 3 and `🔑` 4.
        let bytes = CharacterBytes::new("aé東🔑b");
        assert_eq!([0, 1, 2, 3, 4, 5, 99].map(|at| bytes.at(at)), [0, 1, 3, 6, 10, 11, 11]);
        let bytes = CharacterBytes::new("abc");
        assert_eq!([0, 2, 3, 99].map(|at| bytes.at(at)), [0, 2, 3, 3]);
    }

    #[test]
    fn a_quoted_text_ends_at_its_own_quote() {
        assert_eq!(end_of_quoted("x 'it''s' # '", 2, b'\''), 9);
        assert_eq!(end_of_quoted(r#""a\"b\\" "x""#, 0, b'"'), 8);
        assert_eq!(end_of_quoted("'open", 0, b'\''), 5);
        assert_eq!(end_of_quoted("\"a\\", 0, b'"'), 3);
    }

    #[test]
    fn an_unknown_complaint_is_passed_on() {
        assert_eq!(complaint("the moon is full", Around::Lines).message, "this is not valid YAML: the moon is full");
    }
}
