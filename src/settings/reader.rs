//! Reads a section of a scenario along its declared keys, and gathers every fault on the way.
//!
//! Opening a section reports keys that it does not have and keys that it lacks, at once; after that every method
//! gives the value or nothing, and what is wrong has been reported. So whoever reads goes on with a default after
//! a fault, and one run shows all of them. Asking for a key that was not declared is a fault of the program: the
//! reference, the schema and the defaults would not know of it.

use super::context::Context;
use super::key::{Key, Value};
use super::named::Named;
use crate::document::node::{Entry, Node, Value as Content};
use crate::document::source::Place;
use crate::document::suggestion::{listed, nearest};

/// A section that is being read.
#[derive(Debug)]
pub struct Reader<'a> {
    what: String,
    keys: Vec<&'static [Key]>,
    entries: &'a [Entry],
    place: Place,
    /// Keys that an unknown key was probably meant to be.
    meant: Vec<&'static str>,
    pub(super) context: &'a mut Context,
}

impl<'a> Reader<'a> {
    /// Opens a section that stands at `node`; `place` is where to point when the section as a whole is meant, and
    /// `what` names it in messages.
    ///
    /// Nothing, with a fault, if it is not a mapping.
    pub fn open(
        node: &'a Node,
        place: Place,
        what: impl Into<String>,
        keys: &[&'static [Key]],
        context: &'a mut Context,
    ) -> Option<Self> {
        let what = what.into();
        let entries: &[Entry] = match &node.value {
            Content::Mapping(entries) => entries,
            Content::Empty => &[],
            _ => {
                let known = listed(keys.iter().copied().flatten().map(|key| key.name));
                context.fault(
                    node.head(),
                    format!("{what} must be a map of settings, not {}", node.kind()),
                    format!("write `{{ key: value }}` with keys among {known}"),
                );
                return None;
            }
        };
        let mut reader = Self { what, keys: keys.to_vec(), entries, place, meant: Vec::new(), context };
        reader.report_unknown_keys();
        reader.report_missing_keys();
        Some(reader)
    }

    /// How messages name the section.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where to point when the whole section is meant.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What all readers share.
    pub fn context(&mut self) -> &mut Context {
        self.context
    }

    /// Whether the key is given.
    pub fn has(&self, key: &str) -> bool {
        self.node(key).is_some()
    }

    /// The value of a key, as it stands.
    pub fn node(&self, key: &str) -> Option<&'a Node> {
        debug_assert!(self.declared(key).is_some(), "`{key}` is read in {} but not declared", self.what);
        self.entry(key).map(|entry| &entry.value)
    }

    /// The place of a value, or of the section where the key is left out.
    pub fn place_of(&self, key: &str) -> Place {
        self.entry(key)
            .map_or(self.place, |entry| if entry.value.is_empty() { entry.key.place } else { entry.value.head() })
    }

    /// Whether the value of a key is exactly this text.
    pub fn says(&self, key: &str, word: &str) -> bool {
        self.node(key).is_some_and(|node| matches!(&node.value, Content::Scalar { text, .. } if text == word))
    }

    /// Whether every key that must be given is given.
    pub fn lacks_nothing(&self) -> bool {
        self.keys.iter().copied().flatten().all(|key| key.default.is_some() || self.entry(key.name).is_some())
    }

    /// Whether the key is left out and an unknown key was probably meant to be it: what follows from its absence is
    /// not worth a message.
    pub fn was_meant(&self, key: &str) -> bool {
        self.meant.contains(&key)
    }

    /// Reports that a setting is wrong beside the others.
    pub fn wrong(&mut self, key: &str, message: &str, help: &str) {
        let place = self.place_of(key);
        self.context.fault(place, message, help);
    }

    /// Reports that a setting cannot have an effect.
    pub fn without_effect(&mut self, key: &str, help: &str) {
        let place = self.entry(key).map_or(self.place, |entry| entry.key.place);
        self.context.fault(place, format!("`{key}` has no effect in {}", self.what), help);
    }

    /// Reports each of these keys that is given, since it cannot have an effect.
    pub fn none_have_effect(&mut self, keys: &[&str], help: &str) {
        for key in keys {
            if self.has(key) {
                self.without_effect(key, help);
            }
        }
    }

    /// A section under a key.
    pub fn section<T>(
        &mut self,
        key: &str,
        what: &str,
        keys: &'static [Key],
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> Option<T> {
        let node = self.node(key)?;
        let place = self.entry(key).map_or(self.place, |entry| entry.key.place);
        Reader::open(node, place, format!("`{what}`"), &[keys], self.context).map(|mut inner| read(&mut inner))
    }

    /// Sections under names of the scenario's choosing, with their names. Empty if the key is left out.
    pub fn named_sections(&mut self, key: &str, most: usize) -> Vec<(Named<'a>, &'a Node)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Some(entries) = node.entries() else {
            let (what, help) = match self.declared(key).map(|key| key.value) {
                Some(Value::Forms(grammar)) => {
                    ("texts", format!("write `{key}: {{ NAME: TEXT }}`, each text being {grammar}"))
                }
                _ => ("settings", format!("write `{key}: {{ NAME: {{ ... }} }}`")),
            };
            self.context.fault(
                node.head(),
                format!("`{key}` must be a map of names to {what}, not {}", node.kind()),
                help,
            );
            return Vec::new();
        };
        if entries.len() > most {
            let message = format!("`{key}` has {} entries and at most {most} are allowed", entries.len());
            self.context.fault(entries[most].key.place, message, "leave some out");
        }
        let what = format!("`{key}`");
        let well_named = |entry: &'a Entry| {
            let text = entry.key.name(&what, &mut self.context.diagnostics)?;
            Some((Named { text, place: entry.key.place }, &entry.value))
        };
        entries.iter().take(most).filter_map(well_named).collect()
    }

    /// One section or a list of them, as nodes with where to point. Empty if the key is left out.
    pub fn one_or_many(&mut self, key: &str, most: usize) -> Vec<&'a Node> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let Content::Sequence(items) = &node.value else { return vec![node] };
        if items.is_empty() {
            self.context.fault(
                node.place,
                format!("`{key}` is an empty list"),
                "name at least one, or remove the key where it may be left out",
            );
        }
        if items.len() > most {
            let message = format!("`{key}` has {} items and at most {most} are allowed", items.len());
            self.context.fault(items[most].head(), message, "leave some out");
        }
        items.iter().take(most).collect()
    }

    fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key.text == key)
    }

    pub(super) fn declared(&self, key: &str) -> Option<&'static Key> {
        self.keys.iter().copied().flatten().find(|declared| declared.name == key)
    }

    fn report_unknown_keys(&mut self) {
        for entry in self.entries {
            let given = entry.key.text.as_str();
            if self.declared(given).is_some() {
                continue;
            }
            let full = self.context.diagnostics.is_full();
            let known = || self.keys.iter().copied().flatten().map(|key| key.name);
            let near = nearest(given, known().filter(|_| !full));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if known().next().is_none() => "it takes no settings".to_owned(),
                None => format!("known keys: {}", listed(known())),
            };
            self.context.fault(entry.key.place, format!("unknown key `{given}` in {}", self.what), help);
            let meant = near.and_then(|near| self.declared(near)).map(|key| key.name);
            self.meant.extend(meant.filter(|key| self.entry(key).is_none()));
        }
    }

    fn report_missing_keys(&mut self) {
        let keys: Vec<&Key> = self.keys.iter().copied().flatten().filter(|key| key.default.is_none()).collect();
        for key in keys.into_iter().filter(|key| self.entry(key.name).is_none()).collect::<Vec<_>>() {
            if !self.was_meant(key.name) {
                let help = format!("add `{}`: {}", key.name, key.doc.trim_end_matches('.'));
                self.context.fault(self.place, format!("{} lacks `{}`", self.what, key.name), help);
            }
        }
    }
}
