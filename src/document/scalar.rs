//! Reading single values: texts, names, counts, switches and whatever another floor parses.
//!
//! Each function gives the value or pushes one diagnostic at its place and gives `None`. `what` names the setting in
//! messages, as in `` `ttl` ``. Values in quotes are read like values without, so that JSON says the same as YAML.

use std::ops::RangeInclusive;

use crate::document::diagnostic::{Diagnostic, Diagnostics};
use crate::document::node::{Key, Node, Value};
use crate::document::source::Place;

/// The most characters of a name.
pub const LONGEST_NAME: usize = 64;

impl Node {
    /// The text of a single value.
    pub fn text(&self, what: &str, diagnostics: &mut Diagnostics) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::Empty => {
                let fault = Diagnostic::error(self.head(), format!("{what} has no value"));
                diagnostics.push(fault.help("write a value, or remove the key where it may be left out"));
                None
            }
            Value::Sequence(_) | Value::Mapping(_) => {
                let fault =
                    Diagnostic::error(self.head(), format!("{what} must be a single value, not {}", self.kind()));
                diagnostics.push(fault.help("write one value"));
                None
            }
        }
    }

    /// One value or a list of them, `a` or `[a, b]`, as the nodes of single values. Items that are lists or maps are
    /// reported and left out, so that the others can still be checked; a list without any item is a fault.
    pub fn one_or_many(&self, what: &str, diagnostics: &mut Diagnostics) -> Option<Vec<&Self>> {
        match &self.value {
            Value::Sequence(items) if items.is_empty() => {
                let fault = Diagnostic::error(self.place, format!("{what} is an empty list"));
                diagnostics.push(fault.help("name at least one, or remove the key where it may be left out"));
                None
            }
            Value::Sequence(items) => {
                let item = format!("an item of {what}");
                Some(items.iter().filter(|node| node.text(&item, diagnostics).is_some()).collect())
            }
            Value::Mapping(_) => {
                let fault =
                    Diagnostic::error(self.head(), format!("{what} must be a single value or a list, not a map"));
                diagnostics.push(fault.help("write `a` or `[a, b]`"));
                None
            }
            Value::Scalar { .. } | Value::Empty => self.text(what, diagnostics).map(|_| vec![self]),
        }
    }

    /// A name: letters, digits, `-`, `_` and `.`, at most [`LONGEST_NAME`] of them, a letter or digit first.
    pub fn name(&self, what: &str, diagnostics: &mut Diagnostics) -> Option<&str> {
        let text = self.text(what, diagnostics)?;
        name(text, self.place, what, diagnostics)
    }

    /// A whole number within limits, written in decimal digits.
    pub fn count(&self, what: &str, limits: RangeInclusive<u64>, diagnostics: &mut Diagnostics) -> Option<u64> {
        let text = self.text(what, diagnostics)?;
        let (least, most) = limits.into_inner();
        let (fault, help) = match digits(text) {
            Ok(count) if (least..=most).contains(&count) => return Some(count),
            Ok(count) => (
                format!("{what} must lie between {least} and {most}, and is {count}"),
                format!(
                    "write at {}",
                    if count < least { format!("least `{least}`") } else { format!("most `{most}`") }
                ),
            ),
            Err(fault) => (
                format!("{what} must be a whole number, and {fault}"),
                format!("write digits only, for example `{}`", least.max(1).min(most)),
            ),
        };
        diagnostics.push(Diagnostic::error(self.place, fault).help(help));
        None
    }

    /// A switch: `true` or `false` and nothing else.
    pub fn boolean(&self, what: &str, diagnostics: &mut Diagnostics) -> Option<bool> {
        let text = self.text(what, diagnostics)?;
        let help = match text.to_ascii_lowercase().as_str() {
            _ if text == "true" => return Some(true),
            _ if text == "false" => return Some(false),
            "true" | "yes" | "on" | "y" | "1" => "write `true`",
            "false" | "no" | "off" | "n" | "0" => "write `false`",
            _ => "write `true` or `false`",
        };
        let fault = Diagnostic::error(self.place, format!("{what} must be `true` or `false`, not `{text}`"));
        diagnostics.push(fault.help(help));
        None
    }

    /// A single value read by `read`, whose error becomes a diagnostic here. What follows the last `; ` of an error is
    /// its remedy and is shown as help.
    pub fn parsed<T>(
        &self,
        what: &str,
        diagnostics: &mut Diagnostics,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(what, diagnostics)?;
        let error = match read(text) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        diagnostics.push(match error.rsplit_once("; ") {
            Some((fault, remedy)) => Diagnostic::error(self.place, fault).help(remedy).label(what),
            None => Diagnostic::error(self.place, error).label(what),
        });
        None
    }
}

impl Key {
    /// The key as a name, under the rules of [`Node::name`].
    pub fn name(&self, what: &str, diagnostics: &mut Diagnostics) -> Option<&str> {
        name(&self.text, self.place, what, diagnostics)
    }
}

fn name<'a>(text: &'a str, place: Place, what: &str, diagnostics: &mut Diagnostics) -> Option<&'a str> {
    let Some((fault, help)) = name_fault(text) else { return Some(text) };
    diagnostics.push(Diagnostic::error(place, format!("{what} {fault}")).help(help));
    None
}

fn name_fault(text: &str) -> Option<(String, &'static str)> {
    const ALLOWED: &str = "a name has letters a to z, digits, `-`, `_` and `.`, and starts with a letter or digit";
    let length = text.chars().count();
    if text.is_empty() {
        return Some(("has an empty name".to_owned(), ALLOWED));
    }
    if length > LONGEST_NAME {
        return Some((format!("has a name of {length} characters"), "a name has at most 64 characters"));
    }
    if text.contains(['/', '\\']) || text.starts_with(['.', '~']) {
        return Some((format!("has a name that looks like a path: `{text}`"), ALLOWED));
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if let Some(stranger) = text.chars().find(|c| !is_allowed(*c)) {
        return Some((format!("has a name with `{stranger}` in it: `{text}`"), ALLOWED));
    }
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    (!starts_well).then(|| (format!("has a name that starts with a sign: `{text}`"), ALLOWED))
}

fn digits(text: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{text}` is none"));
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!("`{text}` starts with a zero, which some readers take for base 8"));
    }
    text.parse().map_err(|_| format!("`{text}` is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse::parse;
    use crate::document::rendering::{Colour, render};
    use crate::document::source::{Source, Sources};
    use crate::units::time::Span;

    fn with<T>(text: &str, read: impl FnOnce(&Node, &mut Diagnostics) -> T) -> (T, String) {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("s.yaml", text));
        let mut diagnostics = Diagnostics::new();
        let tree = parse(&sources, file, &mut diagnostics).expect("a tree");
        let result = read(tree.get("a").expect("the key `a`"), &mut diagnostics);
        (result, render(&diagnostics, &sources, Colour::Never))
    }

    fn first_line(text: &str, read: impl FnOnce(&Node, &mut Diagnostics)) -> String {
        with(text, read).1.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_duration_that_cannot_be_read_is_shown_at_its_place_with_its_remedy() {
        let read = |node: &Node, d: &mut Diagnostics| node.parsed("`a`", d, Span::parse);
        assert_eq!(with("a: 5m", read), (Some(Span::from_seconds(300.0)), String::new()));
        let expected = "\
error: `5` is not a duration
 --> s.yaml:1:4
  |
1 | a: 5
  |    ^ `a`
  |
  = help: write a number with a unit, for example `5m`, `1h30m` or `250ms`
";
        assert_eq!(with("a: 5", read), (None, expected.to_owned()));
    }

    #[test]
    fn a_single_value_is_neither_a_list_nor_a_map_nor_nothing() {
        for (text, message) in [
            ("a: [b]", "error: `a` must be a single value, not a list"),
            ("a: { b: c }", "error: `a` must be a single value, not a map"),
            ("a:", "error: `a` has no value"),
        ] {
            assert_eq!(first_line(text, |node, d| assert_eq!(node.text("`a`", d), None)), message);
        }
        assert_eq!(with("a: ''", |node, d| node.text("`a`", d) == Some("")), (true, String::new()));
    }

    #[test]
    fn one_or_many_takes_a_value_or_a_list_and_keeps_what_is_good() {
        let texts = |text: &str| {
            with(text, |node, d| {
                let list = node.one_or_many("`a`", d)?;
                Some(
                    list.iter()
                        .map(|n| n.text("", &mut Diagnostics::new()).unwrap_or("?").to_owned())
                        .collect::<Vec<_>>(),
                )
            })
        };
        assert_eq!(texts("a: b"), (Some(vec!["b".into()]), String::new()));
        assert_eq!(texts("a: [b, c]"), (Some(vec!["b".into(), "c".into()]), String::new()));
        let (kept, shown) = texts("a: [b, [c], d]");
        assert_eq!(kept, Some(vec!["b".into(), "d".into()]));
        assert!(
            shown.starts_with("error: an item of `a` must be a single value, not a list\n --> s.yaml:1:9\n"),
            "{shown}"
        );
        for (text, message) in [
            ("a: []", "error: `a` is an empty list"),
            ("a: { b: c }", "error: `a` must be a single value or a list, not a map"),
        ] {
            assert_eq!(first_line(text, |node, d| assert_eq!(node.one_or_many("`a`", d), None)), message);
        }
    }

    #[test]
    fn a_name_is_a_plain_word() {
        let longest = format!("a: {}", "x".repeat(64));
        for text in ["a: edge-gw", "a: 'v1.2_x'", "a: 7", longest.as_str()] {
            assert!(with(text, |node, d| node.name("verifier", d).is_some()).0, "{text}");
        }
        let too_long = format!("a: {}", "x".repeat(65));
        for (text, message) in [
            ("a: ../secret", "error: verifier has a name that looks like a path: `../secret`"),
            ("a: b/c", "error: verifier has a name that looks like a path: `b/c`"),
            ("a: 'c:\\d'", "error: verifier has a name that looks like a path: `c:\\d`"),
            ("a: .hidden", "error: verifier has a name that looks like a path: `.hidden`"),
            ("a: b c", "error: verifier has a name with ` ` in it: `b c`"),
            ("a: \"b\\e[2J\"", "error: verifier has a name with `\\u{1b}` in it: `b\\u{1b}[2J`"),
            ("a: -b", "error: verifier has a name that starts with a sign: `-b`"),
            ("a: ''", "error: verifier has an empty name"),
            (too_long.as_str(), "error: verifier has a name of 65 characters"),
        ] {
            assert_eq!(first_line(text, |node, d| assert_eq!(node.name("verifier", d), None)), message);
        }
    }

    #[test]
    fn a_count_is_digits_within_limits() {
        let read = |text: &str| with(text, |node, d| node.count("`a`", 1..=1000, d));
        assert_eq!(read("a: 1").0, Some(1));
        assert_eq!(read("a: 1000").0, Some(1000));
        for (text, message) in [
            ("a: 0", "`a` must lie between 1 and 1000, and is 0"),
            ("a: 1001", "`a` must lie between 1 and 1000, and is 1001"),
            ("a: -1", "`a` must be a whole number, and `-1` is none"),
            ("a: 1_000", "`a` must be a whole number, and `1_000` is none"),
            ("a: 1e3", "`a` must be a whole number, and `1e3` is none"),
            ("a: 0x10", "`a` must be a whole number, and `0x10` is none"),
            ("a: ٣", "`a` must be a whole number, and `٣` is none"),
            ("a: 010", "`a` must be a whole number, and `010` starts with a zero, which some readers take for base 8"),
            ("a: 99999999999999999999", "`a` must be a whole number, and `99999999999999999999` is too large"),
        ] {
            let (count, shown) = read(text);
            assert_eq!(count, None);
            assert_eq!(shown.lines().next(), Some(format!("error: {message}").as_str()));
        }
    }

    #[test]
    fn a_switch_is_true_or_false_and_says_which_of_both_was_meant() {
        let read = |text: &str| with(text, |node, d| node.boolean("`a`", d));
        assert_eq!((read("a: true").0, read("a: false").0), (Some(true), Some(false)));
        for (word, help) in [
            ("yes", "write `true`"),
            ("On", "write `true`"),
            ("off", "write `false`"),
            ("maybe", "write `true` or `false`"),
        ] {
            let expected = format!(
                "error: `a` must be `true` or `false`, not `{word}`\n --> s.yaml:1:4\n  |\n1 | a: {word}\n  |    {}\n  |\n  = help: {help}\n",
                "^".repeat(word.len())
            );
            assert_eq!(read(&format!("a: {word}")), (None, expected));
        }
    }
}
