//! Edits of a document before it is read: settings put into parts, each with whether anything changed by it.
//!
//! An edit that says what a part says already changes nothing, so that whoever asked for it can be told. New settings
//! stand, for messages, at the place of whatever asked for them.

use crate::document::node::{Entry, Key, Node, Style, Value};
use crate::document::source::Place;
use crate::model::cache::Ttl;
use crate::units::time::Span;

/// A document on which edits are carried out.
pub struct Workbench<'a> {
    /// The document.
    pub tree: &'a mut Node,
    /// The only part to be edited; none for all.
    pub at: Option<&'a str>,
    /// Where the edits were asked for.
    pub place: Place,
    /// How many settings have changed.
    pub changed: usize,
    /// Whether the part to be edited has been met.
    pub met: bool,
}

impl Workbench<'_> {
    /// Edits each part of a section of the scenario, by its name; counts what changes.
    pub fn parts(&mut self, section: &str, mut edit: impl FnMut(&str, &mut Pen<'_>)) {
        let (at, place) = (self.at, self.place);
        let Some(parts) = entries_of(self.tree, section) else { return };
        for entry in parts.iter_mut().filter(|entry| at.is_none_or(|at| at == entry.key.text)) {
            self.met |= at.is_some();
            edit(&entry.key.text, &mut Pen { node: &mut entry.value, place, changed: &mut self.changed });
        }
    }

    /// Edits every cache that keeps anything: own ones under the name of their verifier, and shared ones.
    pub fn caches(&mut self, mut edit: impl FnMut(&mut Pen<'_>)) {
        self.parts("verifiers", |_, verifier| {
            let Some(cache) = get_mut(verifier.node, "cache") else { return };
            let tiers = match &mut cache.value {
                Value::Sequence(tiers) => tiers.iter_mut().collect(),
                _ => vec![cache],
            };
            for node in tiers {
                edit(&mut Pen { node, place: verifier.place, changed: verifier.changed });
            }
        });
        self.parts("caches", |_, cache| edit(cache));
    }

    /// The whole document under edit.
    pub fn pen(&mut self) -> Pen<'_> {
        Pen { node: &mut *self.tree, place: self.place, changed: &mut self.changed }
    }

    /// The names of the parts of a section.
    pub fn names(&self, section: &str) -> Vec<String> {
        let parts = self.tree.get(section).and_then(Node::entries).unwrap_or_default();
        parts.iter().map(|entry| entry.key.text.clone()).collect()
    }

    /// Names that parts of a section give under a key, each once, in their order.
    pub fn named_under(&self, section: &str, key: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for entry in self.tree.get(section).and_then(Node::entries).unwrap_or_default() {
            for name in entry.value.get(key).map(texts).unwrap_or_default() {
                if !found.iter().any(|other| other == name) {
                    found.push(name.to_owned());
                }
            }
        }
        found
    }

    /// Edits a part that need not stand in its section yet; one that is left without a setting is not added.
    pub fn part_or_new(&mut self, section: &str, name: &str, edit: impl FnOnce(&mut Pen<'_>)) {
        if self.at.is_some_and(|at| at != name) {
            return;
        }
        self.met |= self.at.is_some();
        let place = self.place;
        let mut pen = Pen { node: &mut *self.tree, place, changed: &mut self.changed };
        let Some(mut parts) = pen.within(section) else { return };
        let Some(mut part) = parts.within(name) else { return };
        edit(&mut part);
    }
}

/// A part under edit.
pub struct Pen<'a> {
    /// The part.
    pub node: &'a mut Node,
    place: Place,
    changed: &'a mut usize,
}

impl Pen<'_> {
    /// The text at a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        scalar(self.node.get(key)?)
    }

    /// Whether there is anything at a key.
    pub fn has(&self, key: &str) -> bool {
        self.node.get(key).is_some()
    }

    /// The texts at a key: one, or those of a list.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        self.node.get(key).map(texts).unwrap_or_default()
    }

    /// Puts a text at a key.
    pub fn set(&mut self, key: &str, text: &str) {
        if self.text(key) != Some(text) {
            self.put(key, Value::Scalar { text: text.to_owned(), style: Style::Plain });
        }
    }

    /// Puts a list of texts at a key.
    pub fn set_list(&mut self, key: &str, items: &[&str]) {
        if self.texts(key) != items {
            let place = self.place;
            let item = |text: &&str| Node { value: scalar_of(text), place };
            self.put(key, Value::Sequence(items.iter().map(item).collect()));
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) {
        let Value::Mapping(entries) = &mut self.node.value else { return };
        let before = entries.len();
        entries.retain(|entry| entry.key.text != key);
        *self.changed += before - entries.len();
    }

    /// The map at a key, made if there is none; none where something else stands there.
    pub fn within(&mut self, key: &str) -> Option<Pen<'_>> {
        let place = self.place;
        let Value::Mapping(entries) = &mut self.node.value else { return None };
        let at = entries.iter().position(|entry| entry.key.text == key).unwrap_or_else(|| {
            entries.push(entry(key, Value::Mapping(Vec::new()), place));
            entries.len() - 1
        });
        let node = &mut entries[at].value;
        matches!(node.value, Value::Mapping(_)).then_some(Pen { node, place, changed: self.changed })
    }

    /// Edits every item of the list at a key, or the one that stands there without a list.
    pub fn items(&mut self, key: &str, edit: &mut dyn FnMut(&mut Pen<'_>)) {
        let place = self.place;
        let Some(node) = get_mut(self.node, key) else { return };
        let items = match &mut node.value {
            Value::Sequence(items) => items.iter_mut().collect(),
            _ => vec![node],
        };
        for node in items {
            edit(&mut Pen { node, place, changed: &mut *self.changed });
        }
    }

    /// For how long a cache keeps what it hears, if this is one that keeps anything.
    pub fn ttl(&self) -> Option<Ttl> {
        match self.text("ttl")? {
            "disabled" => None,
            "forever" => Some(Ttl::Forever),
            text => Span::parse(text).ok().filter(|ttl| *ttl > Span::ZERO).map(Ttl::For),
        }
    }

    fn put(&mut self, key: &str, value: Value) {
        let place = self.place;
        let Value::Mapping(entries) = &mut self.node.value else { return };
        *self.changed += 1;
        match entries.iter_mut().find(|entry| entry.key.text == key) {
            Some(entry) => entry.value = Node { value, place },
            None => entries.push(entry(key, value, place)),
        }
    }
}

/// The value at a key of a map, to be changed.
pub fn get_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let Value::Mapping(entries) = &mut node.value else { return None };
    entries.iter_mut().find(|entry| entry.key.text == key).map(|entry| &mut entry.value)
}

/// Takes a key out of a map.
pub fn take(node: &mut Node, key: &str) -> Option<Node> {
    let Value::Mapping(entries) = &mut node.value else { return None };
    let at = entries.iter().position(|entry| entry.key.text == key)?;
    Some(entries.remove(at).value)
}

fn entries_of<'a>(tree: &'a mut Node, section: &str) -> Option<&'a mut Vec<Entry>> {
    match &mut get_mut(tree, section)?.value {
        Value::Mapping(parts) => Some(parts),
        _ => None,
    }
}

fn entry(key: &str, value: Value, place: Place) -> Entry {
    Entry { key: Key { text: key.to_owned(), place }, value: Node { value, place } }
}

fn scalar_of(text: &str) -> Value {
    Value::Scalar { text: text.to_owned(), style: Style::Plain }
}

fn scalar(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// The texts that stand there: one, or those of a list.
pub fn texts(node: &Node) -> Vec<&str> {
    match &node.value {
        Value::Sequence(items) => items.iter().filter_map(scalar).collect(),
        _ => scalar(node).into_iter().collect(),
    }
}
