//! `path=value` from the command line, laid over a tree: `--set attacker.replays.arrivals='poisson 5/s'`.
//!
//! Segments of the path are keys or indices of lists, separated by dots; a key with dots stands in double quotes, as in
//! `verifiers."a.b".ttl`. The value is read like a file. Only the last segment may name a key that is not there yet: a
//! slip further up would otherwise build settings that nobody reads. The argument is a text among the
//! [`Sources`], so that a later fault points into it.

use crate::document::diagnostic::Diagnostics;
use crate::document::node::{DEEPEST, Entry, Key, Node, Value};
use crate::document::parse::parse_from;
use crate::document::set_error::{SetError, SetFault};
use crate::document::source::{FileId, Place, Sources};
use crate::document::suggestion::nearest;

/// A path and the value to set there.
#[derive(Clone, Debug)]
pub struct Assignment {
    path: Vec<Key>,
    value: Node,
}

impl Assignment {
    /// Reads `path=value`. Faults of the path and of the value go to `diagnostics`.
    pub fn read(sources: &Sources, argument: FileId, diagnostics: &mut Diagnostics) -> Option<Self> {
        let text = sources.get(argument).text();
        let (path, start) = match path(text, argument) {
            Ok(parts) => parts,
            Err(error) => {
                diagnostics.push(error.diagnostic());
                return None;
            }
        };
        let value = parse_from(sources, argument, start, diagnostics)?;
        if value.is_empty() {
            let place = Place { file: argument, start: text.len(), end: text.len() };
            diagnostics.push(SetError { place, fault: SetFault::NoValue }.diagnostic());
            return None;
        }
        Some(Self { path, value })
    }

    /// Sets the value in a tree.
    ///
    /// # Errors
    /// If the path does not lead there; the tree is then unchanged.
    pub fn apply(&self, tree: &mut Node) -> Result<(), SetError> {
        if self.path.len() + self.value.depth() > DEEPEST {
            return Err(SetError { place: self.value.place, fault: SetFault::TooDeep });
        }
        let mut node = tree;
        for (level, segment) in self.path.iter().enumerate() {
            let parent = || shown_path(&self.path[..level]);
            let last = level + 1 == self.path.len();
            let kind = node.kind();
            node = match &mut node.value {
                Value::Sequence(items) => enter_list(items, segment, parent)?,
                Value::Mapping(entries) => match last {
                    true => enter_or_create(entries, segment)?,
                    false => enter_map(entries, segment, parent)?,
                },
                Value::Scalar { .. } | Value::Empty => {
                    return Err(SetError { place: segment.place, fault: SetFault::NoParts { parent: parent(), kind } });
                }
            };
        }
        *node = self.value.clone();
        Ok(())
    }
}

fn enter_list<'a>(items: &'a mut [Node], segment: &Key, parent: impl Fn() -> String) -> Result<&'a mut Node, SetError> {
    let count = items.len();
    let digits = segment.text.bytes().all(|byte| byte.is_ascii_digit());
    let index = segment.text.parse::<usize>().ok().filter(|_| digits);
    index.and_then(|index| items.get_mut(index)).ok_or_else(|| {
        let fault = SetFault::NoIndex { segment: segment.text.clone(), parent: parent(), items: count };
        SetError { place: segment.place, fault }
    })
}

fn enter_map<'a>(
    entries: &'a mut [Entry],
    segment: &Key,
    parent: impl Fn() -> String,
) -> Result<&'a mut Node, SetError> {
    if let Some(at) = entries.iter().position(|entry| entry.key.text == segment.text) {
        return Ok(&mut entries[at].value);
    }
    let existing: Vec<String> = entries.iter().map(|entry| entry.key.text.clone()).collect();
    let nearest = nearest(&segment.text, existing.iter().map(String::as_str)).map(str::to_owned);
    let fault = SetFault::Missing { key: segment.text.clone(), parent: parent(), nearest, existing };
    Err(SetError { place: segment.place, fault })
}

fn enter_or_create<'a>(entries: &'a mut Vec<Entry>, segment: &Key) -> Result<&'a mut Node, SetError> {
    let folded = segment.text.to_lowercase();
    let at = match entries.iter().position(|entry| entry.key.text.to_lowercase() == folded) {
        Some(at) if entries[at].key.text == segment.text => at,
        Some(at) => {
            let fault = SetFault::Case { key: segment.text.clone(), existing: entries[at].key.text.clone() };
            return Err(SetError { place: segment.place, fault });
        }
        None => {
            entries.push(Entry { key: segment.clone(), value: Node { value: Value::Empty, place: segment.place } });
            entries.len() - 1
        }
    };
    Ok(&mut entries[at].value)
}

/// The segments up to the `=`, and the byte behind it.
fn path(text: &str, file: FileId) -> Result<(Vec<Key>, usize), SetError> {
    let mut path = Vec::new();
    let mut start = 0;
    loop {
        let place = |from: usize, to: usize| Place { file, start: from, end: to };
        let rest = &text[start..];
        let (key, end) = if let Some(quoted) = rest.strip_prefix('"') {
            let unclosed = SetError { place: place(start, text.len()), fault: SetFault::Quote };
            let length = quoted.find('"').ok_or(unclosed)?;
            (&quoted[..length], start + length + 2)
        } else {
            let length = rest.find(['.', '=']).unwrap_or(rest.len());
            (rest[..length].trim(), start + length)
        };
        if key.is_empty() {
            return Err(SetError { place: place(start, end), fault: SetFault::EmptySegment });
        }
        path.push(Key { text: key.to_owned(), place: place(start, end) });
        start = end + 1;
        match text[end..].chars().next() {
            Some('.') => {}
            Some('=') => return Ok((path, start)),
            Some(_) => return Err(SetError { place: place(end, end + 1), fault: SetFault::Quote }),
            None => return Err(SetError { place: place(end, end), fault: SetFault::NoValue }),
        }
    }
}

/// A path as it is written, keys with dots in quotes.
fn shown_path(path: &[Key]) -> String {
    let shown = path
        .iter()
        .map(|key| if key.text.contains(['.', '=']) { format!("\"{}\"", key.text) } else { key.text.clone() });
    shown.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::canonical::canonical;
    use crate::document::parse::parse;
    use crate::document::rendering::{Colour, render, render_one};
    use crate::document::source::Source;

    const TREE: &str = "verifiers: { edge-gw: { ttl: 5m }, a.b: { ttl: 1m } }\nplaybook: [ { takes: 30s } ]\nempty:\n";

    fn set(argument: &str) -> Result<String, String> {
        let mut sources = Sources::new();
        let mut diagnostics = Diagnostics::new();
        let file = sources.add(Source::new("s.yaml", TREE));
        let mut tree = parse(&sources, file, &mut diagnostics).expect("a tree");
        let before = tree.clone();
        let argument = sources.add(Source::new("--set", argument));
        let Some(assignment) = Assignment::read(&sources, argument, &mut diagnostics) else {
            return Err(render(&diagnostics, &sources, Colour::Never));
        };
        assignment.apply(&mut tree).map_err(|error| {
            assert_eq!(tree, before, "a failed assignment leaves the tree unchanged");
            render_one(&error.diagnostic(), &sources, Colour::Never)
        })?;
        Ok(canonical(&tree).to_string())
    }

    fn changed(argument: &str, piece: &str) {
        let result = set(argument).unwrap_or_else(|shown| panic!("{shown}"));
        assert!(result.contains(piece), "{argument} gave {result}");
    }

    #[test]
    fn a_value_is_set_at_keys_indices_and_quoted_keys() {
        changed("verifiers.edge-gw.ttl=60s", r#""edge-gw":{"ttl":"60s"}"#);
        changed("verifiers.\"a.b\".ttl=2m", r#""a.b":{"ttl":"2m"}"#);
        changed("playbook.0.takes=1s", r#""playbook":[{"takes":"1s"}]"#);
        changed("playbook.0={ revoke: x }", r#""playbook":[{"revoke":"x"}]"#);
        changed("empty=[a, 'b=c.d']", r#""empty":["a","b=c.d"]"#);
        changed("verifiers.edge-gw.jitter=10%", r#""edge-gw":{"jitter":"10%","ttl":"5m"}"#);
        changed("new=''", r#""new":"""#);
    }

    #[test]
    fn a_path_that_leads_nowhere_says_which_part_and_what_was_meant() {
        let expected = "\
error: there is no `edge` in `verifiers`
 --> --set:1:11
  |
1 | verifiers.edge.ttl=60s
  |           ^^^^
  |
  = help: there are `edge-gw`, `a.b`; what is missing can be set as a whole: `--set 'verifiers.edge={ ... }'`
";
        assert_eq!(set("verifiers.edge.ttl=60s"), Err(expected.to_owned()));
        let expected = "\
error: there is no `verifier`
 --> --set:1:1
  |
1 | verifier.edge-gw.ttl=60s
  | ^^^^^^^^
  |
  = help: did you mean `verifiers`?
";
        assert_eq!(set("verifier.edge-gw.ttl=60s"), Err(expected.to_owned()));
    }

    #[test]
    fn each_fault_of_an_argument_has_its_message_and_remedy() {
        for (argument, message, help) in [
            ("verifiers", "there is no value to set", "write `path=value`; an empty text is `path=''`"),
            ("verifiers=", "there is no value to set", "write `path=value`; an empty text is `path=''`"),
            (
                "=5",
                "a part of the path is empty",
                "write keys separated by dots, for example `verifiers.edge-gw.replicas=4`",
            ),
            (
                "a..b=5",
                "a part of the path is empty",
                "write keys separated by dots, for example `verifiers.edge-gw.replicas=4`",
            ),
            (
                "a.\"b=5",
                "a quote in the path does not enclose a key",
                "put the whole key into double quotes, for example `verifiers.\"a.b\".replicas=4`",
            ),
            (
                "a.\"b\"c=5",
                "a quote in the path does not enclose a key",
                "put the whole key into double quotes, for example `verifiers.\"a.b\".replicas=4`",
            ),
            (
                "verifiers.edge-gw.ttl.x=5",
                "`verifiers.edge-gw.ttl` is a single value without parts",
                "set `verifiers.edge-gw.ttl` itself, to a map if need be",
            ),
            ("empty.x=5", "`empty` is empty without parts", "set `empty` itself, to a map if need be"),
            ("playbook.1.takes=5s", "`1` is no index of `playbook`, a list of 1", "items are counted from 0 to 0"),
            ("playbook.first=5s", "`first` is no index of `playbook`, a list of 1", "items are counted from 0 to 0"),
            ("verifiers.Edge-GW=5", "`Edge-GW` differs from `edge-gw` by case alone", "did you mean `edge-gw`?"),
            (
                "a=[b",
                "a list or map in brackets lacks a `,` or its closing bracket",
                "add what is missing, or quote a text that holds a bracket",
            ),
        ] {
            let shown = set(argument).expect_err(argument);
            assert!(shown.starts_with(&format!("error: {message}\n")), "{shown}");
            assert!(shown.ends_with(&format!("  = help: {help}\n")), "{shown}");
        }
    }

    #[test]
    fn a_tree_cannot_be_made_deeper_than_a_file_may_be() {
        let nested = format!("playbook.0={}{}", "[".repeat(63), "]".repeat(63));
        assert!(
            set(&nested).expect_err("too deep").starts_with("error: lists and maps would be nested deeper than 64")
        );
    }
}
