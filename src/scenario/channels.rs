//! The section `channels`: the ways in which news of a revocation reaches verifiers, each with the settings of its kind.

use super::names::Parts;
use super::preset::LIKE;
use crate::document::node::{Node, Value as Content};
use crate::document::suggestion::listed;
use crate::model::channel::contract::NamedChannel;
use crate::model::channel::list::{self, KINDS};
use crate::model::defender::Trigger;
use crate::model::id::IssuerId;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::word;

/// The most channels.
pub const MOST: usize = 256;

const KIND_NAMES: [&str; KINDS.len()] = {
    let mut names = [""; KINDS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = KINDS[at].name;
        at += 1;
    }
    names
};

/// Names of what sets a channel in motion.
pub const TRIGGERS: [&str; 2] = ["revoke", "disable_subject"];

/// Settings that every channel has.
pub const KEYS: [Key; 4] = [
    LIKE,
    Key::required("kind", Value::OneOf(&KIND_NAMES), "What carries the news; the other settings depend on it."),
    Key::optional(
        "from",
        Value::Name,
        "the only issuer, if there is just one",
        "The issuer whose revocations it carries.",
    ),
    Key::optional(
        "carries",
        Value::SomeOf(&TRIGGERS),
        "[revoke, disable_subject]",
        "What sets it in motion; anything else is never heard through it.",
    ),
];

/// Reads one; nothing if it is at fault.
pub fn read(name: Named<'_>, node: &Node, parts: &mut Parts, context: &mut Context) -> Option<NamedChannel> {
    let what = format!("channel `{}`", name.text);
    let Some(Content::Scalar { text, .. }) = node.get("kind").map(|kind| &kind.value) else {
        Reader::open(node, name.place, what, &[&KEYS], context)?.parsed("kind", |_| Ok(()));
        return None;
    };
    let Some(kind) = list::kind(text) else {
        let place = node.get("kind").map_or(name.place, |kind| kind.place);
        let fault = word(text, &KIND_NAMES).err().unwrap_or_default();
        let known = listed(KIND_NAMES);
        match fault.rsplit_once("; did") {
            Some((_, rest)) => {
                context.fault(place, format!("unknown kind of channel `{text}`"), format!("did{rest} known: {known}"))
            }
            None => context.fault(place, format!("unknown kind of channel `{text}`"), format!("known: {known}")),
        }
        return None;
    };
    let mut reader = Reader::open(node, name.place, what, &[&KEYS, kind.keys], context)?;
    let from = from(&mut reader, parts);
    let carries = carries(&mut reader);
    let faults_before = reader.context().diagnostics.errors();
    let channel = (kind.read)(&mut reader);
    if channel.as_ref().is_some_and(|channel| !channel.starts_by_itself()) {
        reader.none_have_effect(&["carries"], "a step of the playbook sets it in motion, and nothing else; remove it");
    }
    if channel.is_none() && reader.context().diagnostics.errors() == faults_before && reader.lacks_nothing() {
        let message = format!("the settings of channel `{}` do not make a `{}`", name.text, kind.name);
        reader.context().fault(
            name.place,
            message,
            format!("give more of {}", listed(kind.keys.iter().map(|key| key.name))),
        );
    }
    Some(NamedChannel { name: name.text.to_owned(), from: from?, carries, channel: channel? })
}

/// The issuer, if there is one; the outer `None` is a fault.
fn from(reader: &mut Reader<'_>, parts: &mut Parts) -> Option<Option<IssuerId>> {
    if reader.has("from") {
        let named = reader.name("from")?;
        return parts.issuers.find(named, reader.context()).map(|at| Some(IssuerId::at(at)));
    }
    match parts.issuers.len() {
        0 => Some(None),
        1 => {
            parts.issuers.mark_used(0);
            Some(Some(IssuerId::at(0)))
        }
        _ => {
            let message = format!("{} does not say whose revocations it carries", reader.what());
            let help = format!("add `from:` with one of {}", listed(parts.issuers.texts()));
            let place = reader.place();
            reader.context().fault(place, message, help);
            None
        }
    }
}

fn carries(reader: &mut Reader<'_>) -> Vec<Trigger> {
    let words = reader.some_of("carries").unwrap_or_else(|| TRIGGERS.to_vec());
    let known = Trigger::ALL.iter();
    known.filter(|(_, name)| words.contains(name)).map(|(trigger, _)| *trigger).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_triggers_are_those_of_the_model() {
        assert_eq!(Trigger::ALL.map(|(_, name)| name), TRIGGERS);
    }

    #[test]
    fn no_kind_declares_a_key_twice_or_one_that_every_channel_has() {
        for kind in KINDS {
            let mut names: Vec<_> = KEYS.iter().chain(kind.keys).map(|key| key.name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", kind.name);
        }
    }
}
