//! Makes text from scenarios inert: what an author wrote is shown, never obeyed.
//!
//! A control character, an escape or a mark that reorders or hides text is replaced by U+FFFD, one for one, so
//! that a reader sees that something was there. Escaping for a format (XML, CSV quotes) is left to its writer.

/// The text with every control, reordering or invisible character replaced by U+FFFD, and white space by a space.
pub fn text(text: &str) -> String {
    text.chars().map(inert_char).collect()
}

/// A text cell that no spreadsheet takes for a formula: one that begins like a formula gets a leading apostrophe.
pub fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn inert_char(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        c if c.is_control() => '\u{FFFD}',
        // Marks of direction, joiners, line separators, the byte-order mark, tags, and what XML forbids.
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' => '\u{FFFD}',
        '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}' => '\u{FFFD}',
        '\u{E0000}'..='\u{E0FFF}' => '\u{FFFD}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_reordering_marks_are_replaced_one_for_one() {
        assert_eq!(text("a\u{1b}[31mb\u{202e}c\u{9b}d\0"), "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d\u{FFFD}");
        assert_eq!(text("two\nlines\tand a tab"), "two lines and a tab");
        assert_eq!(text("naïve ≤ <b>"), "naïve ≤ <b>");
    }

    #[test]
    fn a_cell_that_begins_like_a_formula_is_quoted() {
        for formula in ["=cmd()", "+1", "-1", "@x", "\tx", "\rx"] {
            assert_eq!(cell(formula), format!("'{formula}"));
        }
        assert_eq!(cell("a=b"), "a=b");
    }
}
