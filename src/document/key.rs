//! What may be a key of a map: a word that differs from all others by more than case.
//!
//! Keys that are lists or maps, merge keys and repeated keys have meanings in YAML that readers disagree about, so they
//! are refused and not interpreted.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use crate::document::diagnostic::Diagnostic;
use crate::document::node::{Key, Node, Style, Value};

/// Why a node is no key here.
pub(super) struct Refusal {
    pub diagnostic: Box<Diagnostic>,
    /// Whether the document cannot be understood without what was refused.
    pub loses_content: bool,
}

/// Takes a node as a key of a map, whose keys so far stand in `seen` by their lowercase text.
pub(super) fn accept_key(node: Node, seen: &mut BTreeMap<String, Key>) -> Result<Key, Refusal> {
    let place = node.head();
    let refuse = |message: &str, help: &str, loses_content| {
        Err(Refusal { diagnostic: Box::new(Diagnostic::error(place, message).help(help)), loses_content })
    };
    let (text, style) = match node.value {
        Value::Scalar { text, style } => (text, style),
        Value::Empty => return refuse("a key is missing before the colon", "write `key: value`", false),
        Value::Sequence(_) => return refuse("a list cannot be a key", "a key is a single word", false),
        Value::Mapping(_) => return refuse("a map cannot be a key", "a key is a single word", false),
    };
    if text == "<<" && style == Style::Plain {
        return refuse("merge keys are not read", "write the keys out, or share them with `extends`", true);
    }
    if text.is_empty() {
        return refuse("a key is empty", "write `key: value`", false);
    }
    let key = Key { text, place };
    match seen.entry(key.text.to_lowercase()) {
        Slot::Vacant(slot) => {
            slot.insert(key.clone());
            Ok(key)
        }
        Slot::Occupied(first) => {
            Err(Refusal { diagnostic: Box::new(repeated(&key, first.get())), loses_content: false })
        }
    }
}

/// The fault of a key that repeats another, also by case alone.
pub(super) fn repeated(key: &Key, first: &Key) -> Diagnostic {
    let message = if key.text == first.text {
        format!("`{}` is given twice", key.text)
    } else {
        format!("`{}` differs from `{}` by case alone", key.text, first.text)
    };
    Diagnostic::error(key.place, message).related("first given at", first.place).help("rename or remove one of them")
}
