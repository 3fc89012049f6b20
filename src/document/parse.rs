//! YAML, and so JSON, into a located tree, within bounds that hold for hostile files.
//!
//! The tree has at most [`DEEPEST`] levels and [`MOST_NODES`] nodes. Anchors, aliases, merge keys, tags, further
//! documents, keys that are lists or maps, and keys that repeat are faults: what they say is better said openly, and
//! bombs are made of them. The tree is built from the parser's events on a stack of our own, so that no depth of
//! nesting reaches the call stack; after a fault that leaves the tree whole the parser goes on to find the next.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};

use crate::document::diagnostic::{Diagnostic, Diagnostics};
use crate::document::key::accept_key;
use crate::document::node::{DEEPEST, Entry, Key, Node, Style, Value};
use crate::document::source::{FileId, Place, Sources};
use crate::document::syntax::{self, Around, CharacterBytes};

/// The most keys, values, lists and maps in one file.
pub const MOST_NODES: usize = 200_000;

/// The tree of a text, or `None` if a fault leaves no whole tree. Faults go to `diagnostics` in either case. A text
/// without any content is [`Value::Empty`].
pub fn parse(sources: &Sources, file: FileId, diagnostics: &mut Diagnostics) -> Option<Node> {
    parse_from(sources, file, 0, diagnostics)
}

/// As [`parse`], for the part of the text from the byte `start` on, which begins a character.
pub fn parse_from(sources: &Sources, file: FileId, start: usize, diagnostics: &mut Diagnostics) -> Option<Node> {
    let text = sources.get(file).text().get(start..).unwrap_or_default();
    let bytes = CharacterBytes::new(text);
    let mut builder =
        Builder { text, bytes, file, base: start, stack: vec![], root: None, nodes: 0, whole: true, diagnostics };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, marks)) => {
                if builder.take(event, marks).is_break() {
                    break;
                }
            }
            Err(error) => {
                builder.complain(&error);
                return None;
            }
        }
    }
    let empty = Node { value: Value::Empty, place: Place { file, start, end: start } };
    builder.whole.then(|| builder.root.unwrap_or(empty))
}

struct Builder<'a> {
    text: &'a str,
    bytes: CharacterBytes,
    file: FileId,
    base: usize,
    stack: Vec<Frame>,
    root: Option<Node>,
    nodes: usize,
    whole: bool,
    diagnostics: &'a mut Diagnostics,
}

/// A list or map that is not yet closed.
struct Frame {
    start: usize,
    end: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, seen: BTreeMap<String, Key>, pending: Pending },
}

/// Where a map stands between a key and its value.
enum Pending {
    Nothing,
    Key(Key),
    /// A key that was refused: its value is dropped.
    Refused,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, marks: Marks) -> ControlFlow<()> {
        let start = self.bytes.at(marks.start.index());
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                self.refuse(
                    start,
                    "a second document starts here",
                    "one file holds one document; move the rest to a file of its own",
                );
                return ControlFlow::Break(());
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.begin(start, anchor, tag.is_some())?;
                let node = self.scalar(text.into_owned(), style, start, self.bytes.at(marks.end.index()));
                self.attach(node);
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(start, anchor, tag.is_some())?;
                self.open(start, Content::Sequence(vec![]))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(start, anchor, tag.is_some())?;
                let content = Content::Mapping { entries: vec![], seen: BTreeMap::new(), pending: Pending::Nothing };
                self.open(start, content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(start),
            Event::Alias(_) => {
                self.refuse(start, syntax::ALIAS.0, syntax::ALIAS.1);
                self.whole = false;
                self.leave_out();
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Counts a node and refuses what may stand in front of one.
    fn begin(&mut self, start: usize, anchor: usize, tagged: bool) -> ControlFlow<()> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let message = format!("the file holds more than {MOST_NODES} keys and values");
            return self.give_up(start, &message, "split it up, or move recorded data to a CSV file");
        }
        if anchor > 0 {
            self.refuse(start, syntax::ANCHOR.0, syntax::ANCHOR.1);
        }
        if tagged {
            self.refuse(start, syntax::TAG.0, syntax::TAG.1);
        }
        ControlFlow::Continue(())
    }

    fn open(&mut self, start: usize, content: Content) -> ControlFlow<()> {
        if self.stack.len() == DEEPEST {
            return self.give_up(start, &syntax::too_deep(), syntax::TOO_DEEP_HELP);
        }
        self.stack.push(Frame { start, end: start, content });
        ControlFlow::Continue(())
    }

    /// Closes the innermost list or map; `at` is its closing bracket, if it has one.
    fn close(&mut self, at: usize) {
        let Some(frame) = self.stack.pop() else { return };
        let bytes = self.text.as_bytes();
        let bracket =
            matches!((bytes.get(frame.start), bytes.get(at)), (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}')));
        let end = if bracket { at + 1 } else { frame.end };
        let value = match frame.content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping { entries, .. } => Value::Mapping(entries),
        };
        let place = self.place(frame.start, end);
        self.attach(Node { value, place });
    }

    /// Hands a finished node to the list or map around it.
    fn attach(&mut self, node: Node) {
        let Some(frame) = self.stack.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        frame.end = frame.end.max(node.place.end.saturating_sub(self.base));
        match &mut frame.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping { entries, seen, pending } => match std::mem::replace(pending, Pending::Nothing) {
                Pending::Key(key) => entries.push(Entry { key, value: node }),
                Pending::Refused => {}
                Pending::Nothing => match accept_key(node, seen) {
                    Ok(key) => *pending = Pending::Key(key),
                    Err(refusal) => {
                        self.whole &= !refusal.loses_content;
                        *pending = Pending::Refused;
                        self.diagnostics.push(*refusal.diagnostic);
                    }
                },
            },
        }
    }

    /// Goes on as if a key or value had been attached that was refused.
    fn leave_out(&mut self) {
        if let Some(Frame { content: Content::Mapping { pending, .. }, .. }) = self.stack.last_mut() {
            *pending = if matches!(pending, Pending::Nothing) { Pending::Refused } else { Pending::Nothing };
        }
    }

    fn scalar(&self, text: String, style: ScalarStyle, start: usize, end: usize) -> Node {
        if text.is_empty() && style == ScalarStyle::Plain {
            let at = self.place_of_nothing(start);
            return Node { value: Value::Empty, place: self.place(at, at) };
        }
        let end = match style {
            ScalarStyle::Plain => end,
            ScalarStyle::SingleQuoted => syntax::end_of_quoted(self.text, start, b'\''),
            ScalarStyle::DoubleQuoted => syntax::end_of_quoted(self.text, start, b'"'),
            ScalarStyle::Literal | ScalarStyle::Folded => start + self.text[start..end.max(start)].trim_end().len(),
        };
        let style = if style == ScalarStyle::Plain { Style::Plain } else { Style::Quoted };
        Node { value: Value::Scalar { text, style }, place: self.place(start, end) }
    }

    /// Where an absent value would stand: behind the colon if there is one, else behind the key.
    fn place_of_nothing(&self, at: usize) -> usize {
        if self.text.as_bytes().get(at) == Some(&b':') {
            return at + 1;
        }
        match self.stack.last().map(|frame| &frame.content) {
            Some(Content::Mapping { pending: Pending::Key(key), .. }) => key.place.end - self.base,
            _ => at,
        }
    }

    fn refuse(&mut self, start: usize, message: &str, help: &str) {
        let place = self.place(start, syntax::end_of_word(self.text, start));
        self.diagnostics.push(Diagnostic::error(place, message).help(help));
    }

    fn give_up(&mut self, start: usize, message: &str, help: &str) -> ControlFlow<()> {
        self.refuse(start, message, help);
        self.whole = false;
        ControlFlow::Break(())
    }

    /// Says in our words what the parser could not read.
    fn complain(&mut self, error: &saphyr_parser::ScanError) {
        let at = self.bytes.at(error.marker().index());
        let at = if error.info().contains("tab") { syntax::indenting_tab(self.text, at) } else { at };
        let start = if at < self.text.len() { at } else { syntax::last_character(self.text) };
        let end = self.text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
        let bracket = |frame: &&Frame| matches!(self.text.as_bytes().get(frame.start), Some(b'[' | b'{'));
        let open = self.stack.iter().rev().find(bracket).map(|frame| self.place(frame.start, frame.start + 1));
        let around = if open.is_some() { Around::Brackets } else { Around::Lines };
        let complaint = syntax::complaint(error.info(), around);
        let mut diagnostic = Diagnostic::error(self.place(start, end), complaint.message).help(complaint.help);
        if let Some(open) = open {
            diagnostic = diagnostic.related("within the bracket that is opened at", open);
        }
        self.diagnostics.push(diagnostic);
    }

    fn place(&self, start: usize, end: usize) -> Place {
        Place { file: self.file, start: self.base + start, end: self.base + end.max(start) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::canonical::canonical;
    use crate::document::rendering::{Colour, render};
    use crate::document::source::Source;

    fn read(text: &str) -> (Sources, Option<Node>, Diagnostics) {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("s.yaml", text));
        let mut diagnostics = Diagnostics::new();
        let tree = parse(&sources, file, &mut diagnostics);
        (sources, tree, diagnostics)
    }

    fn good(text: &str) -> Node {
        let (sources, tree, diagnostics) = read(text);
        assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &sources, Colour::Never));
        tree.expect("a tree without faults")
    }

    fn faults(text: &str) -> String {
        let (sources, _, diagnostics) = read(text);
        assert_eq!(diagnostics.errors(), diagnostics.len());
        render(&diagnostics, &sources, Colour::Never)
    }

    fn messages(text: &str) -> Vec<String> {
        let (_, _, diagnostics) = read(text);
        diagnostics.in_order().iter().map(|d| d.message().to_owned()).collect()
    }

    /// Every node and key with the text of the file at its place, from the root down.
    fn pieces(text: &str, node: &Node) -> Vec<String> {
        let mut found = vec![text[node.place.start..node.place.end].to_owned()];
        match &node.value {
            Value::Sequence(items) => found.extend(items.iter().flat_map(|item| pieces(text, item))),
            Value::Mapping(entries) => {
                for entry in entries {
                    found.push(text[entry.key.place.start..entry.key.place.end].to_owned());
                    found.extend(pieces(text, &entry.value));
                }
            }
            Value::Scalar { .. } | Value::Empty => {}
        }
        found
    }

    #[test]
    fn scalars_keep_their_text_whatever_yaml_makes_of_them() {
        let tree = good("a: [on, yes, 1:30, 0x10, ~, null, 1e3, 012, '', \"q\"]\nb:\n");
        let Some(Value::Sequence(items)) = tree.get("a").map(|a| &a.value) else { panic!("a list") };
        let texts: Vec<_> = items
            .iter()
            .map(|item| match &item.value {
                Value::Scalar { text, style } => (text.as_str(), *style),
                _ => panic!("a scalar"),
            })
            .collect();
        let plain = ["on", "yes", "1:30", "0x10", "~", "null", "1e3", "012"].map(|text| (text, Style::Plain));
        assert_eq!(texts[..8], plain);
        assert_eq!(texts[8..], [("", Style::Quoted), ("q", Style::Quoted)]);
        assert!(tree.get("b").is_some_and(Node::is_empty));
        assert!(good("").is_empty() && good("# only a comment\n").is_empty());
    }

    #[test]
    fn the_shorthand_of_scenarios_needs_no_quotes() {
        let tree = good(
            "delay: { delay: lognormal(p50=4m p95=20m), uses: 20000 other credentials, hears: { ssf: deny for 20m } }\n\
             objectives:\n  - p99(time_to_contain{except=[partner, feed]}) <= 20m\n  - share(contained) >= 50%: meant to fail, why\n",
        );
        let expected = r#"{"delay":{"delay":"lognormal(p50=4m p95=20m)","hears":{"ssf":"deny for 20m"},"uses":"20000 other credentials"},"objectives":["p99(time_to_contain{except=[partner, feed]}) <= 20m",{"share(contained) >= 50%":"meant to fail, why"}]}"#;
        assert_eq!(canonical(&tree).to_string(), expected);
    }

    #[test]
    fn json_is_read_alike() {
        let yaml = good("a: { b: [1, 2.5, text], c: é }\n");
        let json = good("{\"a\":{\"b\":[1,2.5,\"text\"],\n\t\"c\":\"\\u00e9\"}}\n");
        assert_eq!(canonical(&yaml), canonical(&json));
    }

    #[test]
    fn places_are_byte_ranges_of_exactly_what_was_read() {
        // Letters of two, three and four bytes come before everything else; comments and blanks belong to nothing.
        let text =
            "größe: [ 'ä' , {東: \"🔑\\\"\"  } ]  # x\nb:\n  - c: d e\n    f: |\n      text\n\n  -\ng: {h, i: }\n";
        assert_eq!(
            pieces(text, &good(text)),
            [
                "größe: [ 'ä' , {東: \"🔑\\\"\"  } ]  # x\nb:\n  - c: d e\n    f: |\n      text\n\n  -\ng: {h, i: }",
                "größe",
                "[ 'ä' , {東: \"🔑\\\"\"  } ]",
                "'ä'",
                "{東: \"🔑\\\"\"  }",
                "東",
                "\"🔑\\\"\"",
                "b",
                "- c: d e\n    f: |\n      text\n\n  -",
                "c: d e\n    f: |\n      text",
                "c",
                "d e",
                "f",
                "text",
                "",
                "g",
                "{h, i: }",
                "h",
                "",
                "i",
                "",
            ]
        );
    }

    #[test]
    fn a_part_of_a_text_has_places_in_the_whole() {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("--set", "ö.b=[x, y]"));
        let mut diagnostics = Diagnostics::new();
        let tree = parse_from(&sources, file, 5, &mut diagnostics).expect("a list");
        assert_eq!((tree.place.start, tree.place.end), (5, 11));
        assert_eq!(pieces(sources.get(file).text(), &tree), ["[x, y]", "x", "y"]);
    }

    #[test]
    fn every_fault_that_leaves_the_tree_whole_is_told_at_once() {
        let text = "\
verifiers:
  edge: &one { ttl: 5m }
  Edge: { ttl: !!str 5m }
  edge: x
  [a, b]: c
  : d
---
x: 1
";
        let expected = "\
error: anchors are not read
 --> s.yaml:2:9
  |
2 |   edge: &one { ttl: 5m }
  |         ^^^^
  |
  = help: remove the `&name`, or put the text into quotes

error: `Edge` differs from `edge` by case alone
 --> s.yaml:3:3
  |
3 |   Edge: { ttl: !!str 5m }
  |   ^^^^
  |
  = note: first given at s.yaml:2:3
  = help: rename or remove one of them

error: tags are not read
 --> s.yaml:3:16
  |
3 |   Edge: { ttl: !!str 5m }
  |                ^^^^^
  |
  = help: remove the tag, or put a text that starts with `!` into quotes

error: `edge` is given twice
 --> s.yaml:4:3
  |
4 |   edge: x
  |   ^^^^
  |
  = note: first given at s.yaml:2:3
  = help: rename or remove one of them

error: a list cannot be a key
 --> s.yaml:5:4
  |
5 |   [a, b]: c
  |    ^
  |
  = help: a key is a single word

error: a key is missing before the colon
 --> s.yaml:6:4
  |
6 |   : d
  |    ^
  |
  = help: write `key: value`

error: a second document starts here
 --> s.yaml:7:1
  |
7 | ---
  | ^^^
  |
  = help: one file holds one document; move the rest to a file of its own
";
        assert_eq!(faults(text), expected);
        let (_, tree, _) = read(text);
        let kept: Vec<_> =
            tree.as_ref().and_then(|t| t.get("verifiers")).and_then(Node::entries).unwrap_or(&[]).to_vec();
        assert_eq!(kept.len(), 1, "the first `edge` stays");
    }

    #[test]
    fn what_needs_aliases_to_be_understood_gives_no_tree() {
        for (text, message) in [
            ("a: &x 1\nb: *x\n", "aliases are not read"),
            ("b: *unknown\n", "aliases are not read"),
            ("*unknown : b\n", "aliases are not read"),
            ("a: &x {b: 1}\nc:\n  <<: *x\n", "merge keys are not read"),
            ("<<: {b: 1}\n", "merge keys are not read"),
        ] {
            let (_, tree, _) = read(text);
            assert!(tree.is_none(), "{text}");
            assert!(messages(text).iter().any(|m| m == message), "{text}: {:?}", messages(text));
        }
        assert_eq!(good("'<<': 1\n").entries().map(<[Entry]>::len), Some(1), "in quotes it is a key like others");
    }

    const NO_COMMA: &str = "a list or map in brackets lacks a `,` or its closing bracket";

    #[test]
    fn a_syntax_error_says_what_to_do_in_plain_words() {
        for (text, message) in [
            ("a:\n\tb: c\n", "a tab is used as indentation here"),
            ("a: b\n\tc: d\n", "a tab is used as indentation here"),
            ("a: 'b\n", "a quoted text is never closed"),
            ("a: b: c\n", "a colon cannot stand here"),
            ("a: [b, c\n", NO_COMMA),
            ("a: {b: c\n", NO_COMMA),
            ("a: 1\n]\n", "a bracket is closed that was never opened"),
            ("a:\n  - b\n c: d\n", "a key is expected here"),
            ("- a\nb: c\n", "an item of the list is expected here"),
            ("a: @b\n", "a value cannot start with this character"),
            ("a: \"\\q\"\n", "a text in double quotes holds an unknown escape"),
            ("a: \"\\ud83d\\ude00\"\n", "an escape in double quotes names no character"),
            ("a: !x!y z\n", "tags are not read"),
            ("a: 'b' c\n", "something stands behind a closing quote"),
            ("a: 1\nb\n", "a key lacks its colon"),
        ] {
            assert_eq!(messages(text), [message], "{text:?}");
        }
        let expected = "\
error: a list or map in brackets lacks a `,` or its closing bracket
 --> s.yaml:3:2
  |
3 | c: 1
  |  ^
  |
  = note: within the bracket that is opened at s.yaml:2:6
  = help: add what is missing, or quote a text that holds a bracket
";
        assert_eq!(faults("a:\n  b: { x: 1\nc: 1\n"), expected);
    }
}
