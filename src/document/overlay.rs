//! One document laid over another, for `extends`.
//!
//! Maps merge key by key and at every depth; single values and lists replace what lies below. Every piece keeps the
//! place in the file that it comes from, so that a message points at the line that someone has to change.

use std::collections::BTreeMap;

use crate::document::diagnostic::Diagnostics;
use crate::document::key::repeated;
use crate::document::node::{Entry, Node, Value};

/// `over` laid over `base`. Keys come in the order of `base`, then the new ones of `over`. A key of `over` that differs
/// from one of `base` by case alone is reported and left out.
pub fn merge(base: Node, over: Node, diagnostics: &mut Diagnostics) -> Node {
    match (base.value, over.value) {
        (Value::Mapping(below), Value::Mapping(above)) => {
            Node { value: Value::Mapping(merge_entries(below, above, diagnostics)), place: over.place }
        }
        (_, value) => Node { value, place: over.place },
    }
}

fn merge_entries(below: Vec<Entry>, above: Vec<Entry>, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let mut merged = below;
    let mut index: BTreeMap<String, usize> =
        merged.iter().enumerate().map(|(at, entry)| (entry.key.text.to_lowercase(), at)).collect();
    for entry in above {
        match index.get(&entry.key.text.to_lowercase()) {
            None => {
                index.insert(entry.key.text.to_lowercase(), merged.len());
                merged.push(entry);
            }
            Some(at) if merged[*at].key.text == entry.key.text => {
                let nothing = Node { value: Value::Empty, place: entry.value.place };
                let old = std::mem::replace(&mut merged[*at].value, nothing);
                merged[*at] = Entry { key: entry.key, value: merge(old, entry.value, diagnostics) };
            }
            Some(at) => diagnostics.push(repeated(&entry.key, &merged[*at].key)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::canonical::canonical;
    use crate::document::parse::parse;
    use crate::document::rendering::{Colour, render, shown_place};
    use crate::document::source::{Source, Sources};

    fn merged(base: &str, over: &str) -> (Sources, Node, Diagnostics) {
        let mut sources = Sources::new();
        let mut diagnostics = Diagnostics::new();
        let base = sources.add(Source::new("preset.yaml", base));
        let over = sources.add(Source::new("mine.yaml", over));
        let below = parse(&sources, base, &mut diagnostics).expect("a tree");
        let above = parse(&sources, over, &mut diagnostics).expect("a tree");
        let tree = merge(below, above, &mut diagnostics);
        (sources, tree, diagnostics)
    }

    #[test]
    fn maps_merge_while_single_values_and_lists_replace() {
        let (_, tree, diagnostics) = merged(
            "a: { x: 1, y: { z: 2 } }\nlist: [1, 2, 3]\nkept: 1\nturned: { m: 1 }\n",
            "new: 9\na: { y: { z: 3, w: 4 } }\nlist: [4]\nturned: 5\n",
        );
        assert!(diagnostics.is_empty());
        let expected = r#"{"a":{"x":"1","y":{"w":"4","z":"3"}},"kept":"1","list":["4"],"new":"9","turned":"5"}"#;
        assert_eq!(canonical(&tree).to_string(), expected);
        let order: Vec<_> = tree.entries().unwrap_or(&[]).iter().map(|entry| entry.key.text.as_str()).collect();
        assert_eq!(order, ["a", "list", "kept", "turned", "new"]);
    }

    #[test]
    fn each_piece_keeps_the_file_that_it_comes_from() {
        let (sources, tree, _) = merged("a:\n  x: 1\n  y: 2\n", "a: { y: 3 }\n");
        let place = |key| shown_place(&sources, tree.get("a").and_then(|a| a.get(key)).expect("given").place);
        assert_eq!((place("x"), place("y")), ("preset.yaml:2:6".to_owned(), "mine.yaml:1:9".to_owned()));
    }

    #[test]
    fn a_key_that_differs_by_case_alone_is_refused_over_files_too() {
        let (sources, tree, diagnostics) = merged("ttl: 1\n", "TTL: 2\n");
        let expected = "\
error: `TTL` differs from `ttl` by case alone
 --> mine.yaml:1:1
  |
1 | TTL: 2
  | ^^^
  |
  = note: first given at preset.yaml:1:1
  = help: rename or remove one of them
";
        assert_eq!(render(&diagnostics, &sources, Colour::Never), expected);
        assert_eq!(canonical(&tree).to_string(), r#"{"ttl":"1"}"#);
    }
}
