//! Reads a section of a scenario along its declared keys, and gathers every fault on the way.
//!
//! Opening a section reports keys that it does not have and keys that it lacks, at once; after that every method
//! gives the value or nothing, and what is wrong has been reported. So whoever reads goes on with a default after
//! a fault, and one run shows all of them. Asking for a key that was not declared is a fault of the program: the
//! reference, the schema and the defaults would not know of it.

use super::context::Context;
use super::folder::Folder;
use super::form::Form;
use super::key::{Key, Value};
use super::laws;
use super::named::Named;
use crate::document::node::{Entry, Node, Value as Content};
use crate::document::source::Place;
use crate::document::suggestion::{listed, nearest};
use crate::random::law::Law;
use crate::units::probability::Share;
use crate::units::time::Span;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// A section that is being read.
#[derive(Debug)]
pub struct Reader<'a> {
    what: String,
    keys: Vec<&'static [Key]>,
    entries: &'a [Entry],
    place: Place,
    context: &'a mut Context,
}

/// A duration or one of the words that may stand for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationOr {
    /// A duration.
    For(Span),
    /// A word.
    Word(&'static str),
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
        let mut reader = Self { what, keys: keys.to_vec(), entries, place, context };
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

    /// Free text, in one line and without anything that acts on a terminal.
    pub fn text(&mut self, key: &str) -> Option<String> {
        self.parsed(key, |text| {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if line.is_empty() {
                return Err("the text is empty; write a sentence".into());
            }
            if crate::document::source::inert(&line) != line {
                return Err("the text holds control or invisible characters; remove them".into());
            }
            Ok(line)
        })
    }

    /// A name.
    pub fn name(&mut self, key: &str) -> Option<Named<'a>> {
        let node = self.node(key)?;
        let text = node.name(&format!("`{key}`"), &mut self.context.diagnostics)?;
        Some(Named { text, place: node.place })
    }

    /// One name or a list of names, none of them twice. Empty if the key is left out.
    pub fn names(&mut self, key: &str) -> Vec<Named<'a>> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let what = format!("`{key}`");
        let nodes = node.one_or_many(&what, &mut self.context.diagnostics).unwrap_or_default();
        let mut names: Vec<Named<'a>> = Vec::new();
        let mut seen = BTreeSet::new();
        for node in nodes {
            let Some(text) = node.name(&what, &mut self.context.diagnostics) else { continue };
            if !seen.insert(text) {
                self.context.fault(node.place, format!("{what} names `{text}` twice"), "keep one of them");
            } else {
                names.push(Named { text, place: node.place });
            }
        }
        names
    }

    /// One of the declared words.
    pub fn one_of(&mut self, key: &str) -> Option<&'static str> {
        let Some(Value::OneOf(words)) = self.declared(key).map(|key| key.value) else {
            debug_assert!(false, "`{key}` is read as one of several words but not declared so");
            return None;
        };
        self.parsed(key, |text| word(text, words))
    }

    /// One or several of the declared words; `None` if the key is left out.
    pub fn some_of(&mut self, key: &str) -> Option<Vec<&'static str>> {
        let Some(Value::SomeOf(words)) = self.declared(key).map(|key| key.value) else {
            debug_assert!(false, "`{key}` is read as some of several words but not declared so");
            return None;
        };
        let names = self.node(key).map(|_| self.names(key))?;
        let mut found = Vec::new();
        for name in names {
            match word(name.text, words) {
                Ok(word) => found.push(word),
                Err(fault) => self.context.fault_of_text(name.place, &fault),
            }
        }
        Some(found)
    }

    /// A duration, zero allowed.
    pub fn duration(&mut self, key: &str) -> Option<Span> {
        self.parsed(key, Span::parse)
    }

    /// A duration above zero.
    pub fn positive_duration(&mut self, key: &str) -> Option<Span> {
        self.parsed(key, |text| positive(key, Span::parse(text)?))
    }

    /// A duration above zero, or one of the declared words. `at_zero` says what is wrong with zero and what to write.
    pub fn duration_or(&mut self, key: &str, at_zero: &str) -> Option<DurationOr> {
        let Some(Value::DurationOr(words)) = self.declared(key).map(|key| key.value) else {
            debug_assert!(false, "`{key}` is read as a duration or a word but not declared so");
            return None;
        };
        self.parsed(key, |text| {
            if let Some(word) = words.iter().find(|word| **word == text) {
                return Ok(DurationOr::Word(word));
            }
            if text == "0" {
                return Err(at_zero.to_owned());
            }
            match Span::parse(text) {
                Ok(Span::ZERO) => Err(at_zero.to_owned()),
                Ok(span) => Ok(DurationOr::For(span)),
                Err(fault) => Err(match nearest(text, words.iter().copied()) {
                    Some(near) => format!("`{text}` is not a duration; did you mean `{near}`?"),
                    None => format!("{fault}, or {}", listed(words.iter().copied())),
                }),
            }
        })
    }

    /// A law of delays. One that reads a file finds it in the scenario's folder.
    pub fn law(&mut self, key: &str) -> Option<Law> {
        self.parsed_with_files(key, laws::law)
    }

    /// A text that `parse` understands with the help of files in the scenario's folder.
    pub fn parsed_with_files<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str, &mut Folder) -> Result<T, String>,
    ) -> Option<T> {
        let node = self.node(key)?;
        let Context { diagnostics, folder } = &mut *self.context;
        node.parsed(&format!("`{key}`"), diagnostics, |text| parse(text, folder))
    }

    /// A share.
    pub fn share(&mut self, key: &str) -> Option<Share> {
        self.parsed(key, Share::parse)
    }

    /// A whole number within limits.
    pub fn count(&mut self, key: &str, limits: RangeInclusive<u64>) -> Option<u64> {
        let node = self.node(key)?;
        node.count(&format!("`{key}`"), limits, &mut self.context.diagnostics)
    }

    /// A whole number from 1 up; nothing if the key is left out or says `word`, which stands for no limit.
    pub fn positive_count_or(&mut self, key: &str, word: &str) -> Option<u64> {
        let node = self.node(key)?;
        if matches!(&node.value, Content::Scalar { text, .. } if text == word) {
            return None;
        }
        node.count(&format!("`{key}`"), 1..=1_000_000_000, &mut self.context.diagnostics)
    }

    /// A plain number of at least `least`.
    pub fn number_at_least(&mut self, key: &str, least: f64) -> Option<f64> {
        self.parsed(key, |text| number_at_least(text, least))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &str) -> Option<bool> {
        let node = self.node(key)?;
        node.boolean(&format!("`{key}`"), &mut self.context.diagnostics)
    }

    /// A text that `parse` understands; what follows the last `; ` of its fault is the remedy.
    pub fn parsed<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let node = self.node(key)?;
        node.parsed(&format!("`{key}`"), &mut self.context.diagnostics, parse)
    }

    /// A text of a [`Form`], which `read` takes apart with access to the scenario's folder.
    pub fn form<T>(&mut self, key: &str, read: impl FnOnce(&mut Form, &mut Context) -> Result<T, String>) -> Option<T> {
        let node = self.node(key)?;
        let text = node.text(&format!("`{key}`"), &mut self.context.diagnostics)?;
        let read = Form::parse(text).and_then(|mut form| {
            let value = read(&mut form, self.context)?;
            Ok((value, form.faults()))
        });
        match read {
            Ok((value, faults)) => {
                faults.iter().for_each(|fault| self.context.fault_of_text(node.place, fault));
                faults.is_empty().then_some(value)
            }
            Err(fault) => {
                self.context.fault_of_text(node.place, &fault);
                None
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
            self.context.fault(
                node.head(),
                format!("`{key}` must be a map of names to settings, not {}", node.kind()),
                format!("write `{key}: {{ a-name: {{ ... }} }}`"),
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
            self.context.fault(node.place, format!("`{key}` is an empty list"), "name at least one, or remove the key");
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

    fn declared(&self, key: &str) -> Option<&'static Key> {
        self.keys.iter().copied().flatten().find(|declared| declared.name == key)
    }

    fn report_unknown_keys(&mut self) {
        for entry in self.entries {
            let given = entry.key.text.as_str();
            if self.declared(given).is_none() {
                let known = || self.keys.iter().copied().flatten().map(|key| key.name);
                let full = self.context.diagnostics.is_full();
                let help = match nearest(given, known().filter(|_| !full)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known().next().is_none() => "it takes no settings".to_owned(),
                    None => format!("known keys: {}", listed(known())),
                };
                self.context.fault(entry.key.place, format!("unknown key `{given}` in {}", self.what), help);
            }
        }
    }

    fn report_missing_keys(&mut self) {
        for key in self.keys.iter().copied().flatten().filter(|key| key.default.is_none()) {
            if self.entry(key.name).is_none() {
                let doc = key.doc.trim_end_matches('.');
                self.context.fault(
                    self.place,
                    format!("{} lacks `{}`", self.what, key.name),
                    format!("add `{}`: {doc}", key.name),
                );
            }
        }
    }
}

/// The word among those known.
///
/// # Errors
/// A fragment that names the known words.
pub fn word(text: &str, words: &[&'static str]) -> Result<&'static str, String> {
    words.iter().find(|word| **word == text).copied().ok_or_else(|| {
        let known = listed(words.iter().copied());
        match nearest(text, words.iter().copied()) {
            Some(near) => format!("`{text}` is not known here; did you mean `{near}`?"),
            None => format!("`{text}` is not known here; known: {known}"),
        }
    })
}

/// A span above zero.
///
/// # Errors
/// A fragment if it is zero.
pub fn positive(what: &str, span: Span) -> Result<Span, String> {
    if span > Span::ZERO {
        Ok(span)
    } else {
        Err(format!("`{what}` is zero; write a duration above zero, or remove it"))
    }
}

/// A plain decimal number of at least `least`.
///
/// # Errors
/// A fragment that says what is wrong.
pub fn number_at_least(text: &str, least: f64) -> Result<f64, String> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: Option<f64> = text.parse().ok().filter(|_| plain);
    match number {
        Some(number) if number < least => Err(format!("`{text}` is below {least}; write at least {least}")),
        Some(number) if number <= 1e12 => Ok(number),
        _ => Err(format!("`{text}` is not a plain number; write for example `{}`", least.max(2.0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse::parse;
    use crate::document::source::{Source, Sources};

    const KEYS: [Key; 7] = [
        Key::required("every", Value::Duration, "Time between two polls."),
        Key::optional("ttl", Value::DurationOr(&["disabled", "forever"]), "disabled", "How long an entry is fresh."),
        Key::optional("loss", Value::Share, "0%", "Probability of loss."),
        Key::optional("read", Value::OneOf(&["polled", "looked_up"]), "polled", "How it is read."),
        Key::optional("names", Value::Names, "none", "Names."),
        Key::optional("attempts", Value::CountOr("unlimited"), "unlimited", "Attempts."),
        Key::optional("durable", Value::Flag, "false", "Whether it lasts."),
    ];

    fn faults(text: &str, read: impl FnOnce(&mut Reader<'_>)) -> Vec<String> {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("s.yaml", text));
        let mut context = Context::new(Folder::none());
        let node = parse(&sources, file, &mut context.diagnostics).expect("a tree");
        if let Some(mut reader) = Reader::open(&node, node.head(), "a poll", &[&KEYS], &mut context) {
            read(&mut reader);
        }
        let found = context.diagnostics.in_order();
        found.iter().map(|one| format!("{}; {}", one.message(), one.help_text().unwrap_or("-"))).collect()
    }

    #[test]
    fn unknown_and_missing_keys_are_reported_at_once() {
        let found = faults("{ evry: 5s, loss: 2% }", |reader| assert_eq!(reader.share("loss"), Share::new(0.02)));
        assert_eq!(
            found,
            [
                "unknown key `evry` in a poll; did you mean `every`?",
                "a poll lacks `every`; add `every`: Time between two polls"
            ]
        );
    }

    #[test]
    fn a_wrong_value_does_not_stop_the_reader() {
        let text = "{ every: 0s, ttl: 0, loss: 2, read: pold, names: [a, a], attempts: 0, durable: yes }";
        let found = faults(text, |reader| {
            assert_eq!(reader.positive_duration("every"), None);
            assert_eq!(reader.duration_or("ttl", "0 is ambiguous; write `disabled`"), None);
            assert_eq!(reader.share("loss"), None);
            assert_eq!(reader.one_of("read"), None);
            assert_eq!(reader.names("names").len(), 1);
            assert_eq!(reader.positive_count_or("attempts", "unlimited"), None);
            assert_eq!(reader.flag("durable"), None);
        });
        assert_eq!(found.len(), 7, "{found:#?}");
        assert!(found[1].starts_with("0 is ambiguous; write `disabled`"), "{found:#?}");
    }

    #[test]
    fn words_stand_for_durations_and_counts() {
        let found = faults("{ every: 5s, ttl: forever, attempts: unlimited }", |reader| {
            assert_eq!(reader.duration_or("ttl", ""), Some(DurationOr::Word("forever")));
            assert_eq!(reader.positive_count_or("attempts", "unlimited"), None);
            assert_eq!(reader.positive_duration("every"), Span::parse("5s").ok());
        });
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    #[should_panic(expected = "not declared")]
    fn reading_a_key_that_is_not_declared_is_a_fault_of_the_program() {
        faults("{ every: 5s }", |reader| assert!(reader.share("undeclared").is_none()));
    }
}
