//! One form for all ways to write the same document: JSON with sorted keys.
//!
//! The order of keys, the style of quotes, comments and the split over files leave no trace here, so that a digest
//! of it names what was asked and not how it was typed. Scalars are strings, an absent value is null.

use serde_json::{Map, Value as Json};

use crate::document::node::{Entry, Node, Value};
use std::collections::BTreeMap;

/// The tree as JSON, the keys of each map sorted by their bytes.
pub fn canonical(node: &Node) -> Json {
    match &node.value {
        Value::Scalar { text, .. } => Json::String(text.clone()),
        Value::Sequence(items) => Json::Array(items.iter().map(canonical).collect()),
        Value::Mapping(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|a, b| a.key.text.cmp(&b.key.text));
            let pairs = sorted.into_iter().map(|entry| (entry.key.text.clone(), canonical(&entry.value)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
        Value::Empty => Json::Null,
    }
}

/// The names under each of these paths of keys, in the order in which they are written; only where there are several.
pub fn order(node: &Node, paths: &[&[&str]]) -> BTreeMap<String, Vec<String>> {
    let names = |path: &&&[&str]| {
        let section = path.iter().try_fold(node, |node, key| {
            node.entries()?.iter().find(|entry| entry.key.text == *key).map(|entry| &entry.value)
        });
        let names: Vec<String> = section?.entries()?.iter().map(|entry| entry.key.text.clone()).collect();
        (names.len() > 1).then(|| (path.join("."), names))
    };
    paths.iter().filter_map(|path| names(&path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::diagnostic::Diagnostics;
    use crate::document::parse::parse;
    use crate::document::source::{Source, Sources};

    fn json(text: &str) -> String {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("a", text));
        canonical(&parse(&sources, file, &mut Diagnostics::new()).expect("a tree")).to_string()
    }

    #[test]
    fn the_order_of_names_is_told_where_there_are_several() {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("a", "v: { b: 1, a: 2 }\nw: { c: 1 }\nx: { y: { q: 1, p: 2 } }\n"));
        let tree = parse(&sources, file, &mut Diagnostics::new()).expect("a tree");
        let found = order(&tree, &[&["v"], &["w"], &["x", "y"], &["none"]]);
        let expected = [("v", ["b", "a"]), ("x.y", ["q", "p"])];
        assert_eq!(found, expected.map(|(path, names)| (path.into(), names.map(String::from).to_vec())).into());
    }

    #[test]
    fn the_same_document_has_the_same_form_however_it_is_written() {
        let expected = r#"{"B":"x","a":["5","on",null],"é":{"k":""}}"#;
        assert_eq!(json("é: { k: '' }\na: [5, on, ]\nB: x\n"), expected.replace(",null", ""));
        assert_eq!(json("B: \"x\"   # why\na:\n  - '5'\n  - on\n  -\né:\n  k: \"\"\n"), expected);
    }
}
