//! A map read key by key, so that no key of a file goes unread in silence.
//!
//! [`Fields::open`] reports keys that nobody knows, at once and with the nearest known key. [`Fields::finish`] reports
//! keys that are known and that nobody asked for, because another setting leaves them without effect.

use crate::document::diagnostic::{Diagnostic, Diagnostics};
use crate::document::node::{Entry, Node};
use crate::document::suggestion::{listed, nearest};

/// A view of a map that remembers which keys were asked for.
#[derive(Debug)]
pub struct Fields<'a> {
    node: &'a Node,
    what: String,
    known: Vec<String>,
    unread: Vec<&'a Entry>,
}

impl<'a> Fields<'a> {
    /// Opens a node that must be a map with keys among `known`. `what` names it in messages, as in ``verifier `a` ``.
    ///
    /// `None`, with a diagnostic, if it is no map. Unknown keys are reported here and passed over.
    pub fn open(node: &'a Node, what: &str, known: &[&str], diagnostics: &mut Diagnostics) -> Option<Self> {
        let Some(entries) = node.entries() else {
            diagnostics.push(no_map(node, what, known));
            return None;
        };
        let is_known = |entry: &&Entry| known.contains(&entry.key.text.as_str());
        for entry in entries.iter().filter(|entry| !is_known(entry)) {
            diagnostics.push(unknown_key(entry, what, known, diagnostics.is_full()));
        }
        let unread = entries.iter().filter(is_known).collect();
        Some(Self { node, what: what.to_owned(), known: known.iter().map(|key| (*key).to_owned()).collect(), unread })
    }

    /// The value at a known key, if the map has it.
    ///
    /// # Panics
    /// In debug builds, if the key was not announced to [`Fields::open`].
    pub fn get(&mut self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.known.iter().any(|known| known == key), "`{key}` is read but was not announced as known");
        self.unread.retain(|entry| entry.key.text != key);
        self.node.get(key)
    }

    /// The value at a known key; a diagnostic if the map lacks it.
    ///
    /// # Panics
    /// As [`Fields::get`].
    pub fn require(&mut self, key: &str, diagnostics: &mut Diagnostics) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("{} lacks `{key}`", self.what);
            diagnostics.push(Diagnostic::error(self.node.head(), message).help(format!("add `{key}: ...`")));
        }
        found
    }

    /// The map as a whole.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// How messages name the map.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Reports the keys that nobody asked for: they are known, but mean nothing beside the other settings.
    pub fn finish(self, diagnostics: &mut Diagnostics) {
        for entry in self.unread {
            let message = format!("`{}` has no effect in {}", entry.key.text, self.what);
            let help = "remove it, or check the settings beside it";
            diagnostics.push(Diagnostic::error(entry.key.place, message).help(help));
        }
    }
}

fn no_map(node: &Node, what: &str, known: &[&str]) -> Diagnostic {
    let message = if node.is_empty() {
        format!("{what} has no content")
    } else {
        format!("{what} must be a map, not {}", node.kind())
    };
    let help = format!("write `key: value` with keys among {}", listed(known.iter().copied()));
    Diagnostic::error(node.head(), message).help(help)
}

fn unknown_key(entry: &Entry, what: &str, known: &[&str], in_short: bool) -> Diagnostic {
    let key = &entry.key.text;
    let diagnostic = Diagnostic::error(entry.key.place, format!("unknown key `{key}` in {what}"));
    if in_short {
        return diagnostic;
    }
    match nearest(key, known.iter().copied()) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic.help(format!("known keys: {}", listed(known.iter().copied()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::node::Value;
    use crate::document::parse::parse;
    use crate::document::rendering::{Colour, render};
    use crate::document::source::{Source, Sources};

    fn with(text: &str, read: impl FnOnce(&Node, &mut Diagnostics)) -> String {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("s.yaml", text));
        let mut diagnostics = Diagnostics::new();
        let tree = parse(&sources, file, &mut diagnostics).expect("a tree");
        read(&tree, &mut diagnostics);
        render(&diagnostics, &sources, Colour::Never)
    }

    #[test]
    fn unknown_and_missing_keys_are_told_together() {
        let shown = with("tll: 5m\nreplicas: 4\n", |node, diagnostics| {
            let mut fields = Fields::open(node, "cache `a`", &["ttl", "jitter"], diagnostics).expect("a map");
            assert_eq!(fields.require("ttl", diagnostics), None);
            assert_eq!(fields.get("jitter"), None);
            fields.finish(diagnostics);
        });
        let expected = "\
error: unknown key `tll` in cache `a`
 --> s.yaml:1:1
  |
1 | tll: 5m
  | ^^^
  |
  = help: did you mean `ttl`?

error: cache `a` lacks `ttl`
 --> s.yaml:1:1
  |
1 | tll: 5m
  | ^^^
  |
  = help: add `ttl: ...`

error: unknown key `replicas` in cache `a`
 --> s.yaml:2:1
  |
2 | replicas: 4
  | ^^^^^^^^
  |
  = help: known keys: `ttl`, `jitter`
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_known_key_that_nobody_asks_for_has_no_effect() {
        let shown = with("{ kind: none, ttl: 5m }\n", |node, diagnostics| {
            let mut fields = Fields::open(node, "`cache`", &["kind", "ttl"], diagnostics).expect("a map");
            assert!(matches!(fields.get("kind").map(|n| &n.value), Some(Value::Scalar { text, .. }) if text == "none"));
            fields.finish(diagnostics);
        });
        let expected = "\
error: `ttl` has no effect in `cache`
 --> s.yaml:1:15
  |
1 | { kind: none, ttl: 5m }
  |               ^^^
  |
  = help: remove it, or check the settings beside it
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_no_map_says_what_it_is() {
        let open = |node: &Node, diagnostics: &mut Diagnostics| {
            for (key, what) in [("a", "`a`"), ("b", "`b`"), ("c", "`c`")] {
                assert!(Fields::open(node.get(key).expect("given"), what, &["x"], diagnostics).is_none());
            }
        };
        let expected = "\
error: `a` must be a map, not a single value
 --> s.yaml:1:4
  |
1 | a: 5m
  |    ^^
  |
  = help: write `key: value` with keys among `x`

error: `b` must be a map, not a list
 --> s.yaml:2:5
  |
2 | b: [x, y]
  |     ^
  |
  = help: write `key: value` with keys among `x`

error: `c` has no content
 --> s.yaml:3:3
  |
3 | c:
  |   ^
  |
  = help: write `key: value` with keys among `x`
";
        assert_eq!(with("a: 5m\nb: [x, y]\nc:\n", open), expected);
    }
}
