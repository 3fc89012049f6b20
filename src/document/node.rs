//! The tree of a document: texts, lists and maps, each with its place.
//!
//! Scalars keep the text of the file: `on`, `yes`, `1:30`, `0x10` and `~` are texts here, whatever a YAML version
//! makes of them, because their meaning is given by the key that they stand at. Only the absence of a value
//! ([`Value::Empty`]) is told apart. The keys of a map differ by more than case: the parser saw to that.

use crate::document::source::Place;

/// The most levels of lists and maps within each other.
pub const DEEPEST: usize = 64;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it is, from its first character to its last.
    pub place: Place,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A single value, as text.
    Scalar {
        /// The text: without its quotes, with its escapes resolved.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// A map, in the order of the file.
    Mapping(Vec<Entry>),
    /// Nothing at all, as behind the colon of `cache:`.
    Empty,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// In quotes, or as a block under `|` or `>`.
    Quoted,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// Its value.
    pub value: Node,
}

/// The key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its text; never empty.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

impl Node {
    /// The value at a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// Where the part stands to which keys lead, each the key of a map or the number of an item of a list: its last key
    /// that exists, so that something that is left out is shown where it would belong.
    pub fn nearest<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Place {
        let (mut node, mut place) = (self, self.head());
        for key in keys {
            match &node.value {
                Value::Mapping(entries) => {
                    let Some(entry) = entries.iter().find(|entry| entry.key.text == key) else { break };
                    (node, place) = (&entry.value, entry.key.place);
                }
                Value::Sequence(items) => {
                    let Some(item) = key.parse().ok().and_then(|at: usize| items.get(at)) else { break };
                    (node, place) = (item, item.head());
                }
                // One item may stand without its list.
                Value::Scalar { .. } | Value::Empty => break,
            }
        }
        place
    }

    /// The entries, if this is a map.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.value == Value::Empty
    }

    /// What this is, for messages: `a single value`, `a list`, `a map` or `empty`.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Scalar { .. } => "a single value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a map",
            Value::Empty => "empty",
        }
    }

    /// Where to point when the whole of this is meant: all of a scalar, the first key of a map, the first item of a
    /// list, so that a caret does not run over many lines.
    pub fn head(&self) -> Place {
        match &self.value {
            Value::Mapping(entries) => entries.first().map_or(self.place, |entry| entry.key.place),
            Value::Sequence(items) => items.first().map_or(self.place, Self::head),
            Value::Scalar { .. } | Value::Empty => self.place,
        }
    }

    /// How many levels of lists and maps lie in each other; 0 for a scalar.
    pub fn depth(&self) -> usize {
        match &self.value {
            Value::Mapping(entries) => 1 + entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0),
            Value::Sequence(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Value::Scalar { .. } | Value::Empty => 0,
        }
    }
}
