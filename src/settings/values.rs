//! The single values of a section: texts, names, words, quantities and forms, each of them or a fault at its place.

use super::context::Context;
use super::folder::Folder;
use super::form::Form;
use super::key::Value;
use super::laws;
use super::named::Named;
use super::reader::Reader;
use crate::document::node::{Node, Style, Value as Content};
use crate::document::source::{Place, inert};
use crate::document::suggestion::{listed, nearest};
use crate::random::law::Law;
use crate::random::law_text::LawText;
use crate::units::probability::Share;
use crate::units::time::Span;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

/// A duration or one of the words that may stand for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationOr {
    /// A duration.
    For(Span),
    /// A word.
    Word(&'static str),
}

impl<'a> Reader<'a> {
    /// Free text, in one line and without anything that acts on a terminal.
    pub fn text(&mut self, key: &str) -> Option<String> {
        self.parsed(key, |text| {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if line.is_empty() {
                return Err("the text is empty; write a sentence".into());
            }
            if inert(&line) != line {
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

    /// A law of delays. One that reads a file finds it in the scenario's folder; a fault of its grammar is shown at
    /// the very word.
    pub fn law(&mut self, key: &str) -> Option<Law> {
        let node = self.node(key)?;
        let text = node.text(&format!("`{key}`"), &mut self.context.diagnostics)?;
        if let Err(error) = LawText::parse(text) {
            self.context.fault(part(node, text, &error.at), &error.what, &error.help);
            return None;
        }
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
}

/// The place of some bytes of a text, where the file writes the text as it is; else that of the whole.
fn part(node: &Node, text: &str, at: &Range<usize>) -> Place {
    let place = node.place;
    let as_written =
        matches!(node.value, Content::Scalar { style: Style::Plain, .. }) && place.end - place.start == text.len();
    let within = at.start < at.end && at.end <= text.len();
    if as_written && within {
        Place { start: place.start + at.start, end: place.start + at.end, ..place }
    } else {
        place
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
        Err(format!("`{what}` is zero; write a duration above zero, or remove it where it may be left out"))
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
    use crate::settings::key::Key;

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
        let read = |reader: &mut Reader<'_>| assert_eq!(reader.share("loss"), Share::new(0.02));
        let found = faults("{ elsewhere: 5s, loss: 2% }", read);
        let known = "known keys: `every`, `ttl`, `loss`, `read`, `names`, `attempts`, `durable`";
        let unknown = format!("unknown key `elsewhere` in a poll; {known}");
        assert_eq!(found, [unknown.as_str(), "a poll lacks `every`; add `every`: Time between two polls"]);
        let found = faults("{ evry: 5s, loss: 2% }", read);
        assert_eq!(found, ["unknown key `evry` in a poll; did you mean `every`?"], "the slip is told once");
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
