//! The section `faults`: when a part of the system is down.

use super::names::Parts;
use crate::document::node::Node;
use crate::document::suggestion::{listed, nearest};
use crate::model::channel::contract::{NamedChannel, Role};
use crate::model::fault::{Fault, Part, When};
use crate::model::id::{ChannelId, IssuerId, VerifierId};
use crate::model::verifier::{Check, Verifier};
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::laws;
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::units::time::Span;

/// The most faults.
pub const MOST: usize = 256;

/// Settings of a fault.
pub const KEYS: [Key; 6] = [
    Key::optional(
        "part",
        Value::Name,
        "none: a way is cut, see `between`",
        "The part that is down: an issuer cannot be asked and publishes nothing, a channel carries nothing, a verifier rejects everything.",
    ),
    Key::optional(
        "between",
        Value::Names,
        "none: a part is down",
        "A verifier and the issuer that it asks, in either order, between which the way is cut: for that verifier the issuer is down.",
    ),
    Key::optional(
        "from",
        Value::Form("`DURATION after revocation`, `DURATION before revocation`, or a law of durations from the start"),
        "none: the fault recurs",
        "When it begins.",
    ),
    Key::optional("for", Value::Law, "none: the fault recurs", "How long it lasts."),
    Key::optional(
        "mtbf",
        Value::Duration,
        "none: the fault happens once",
        "Mean time between the end of a failure and the next, exponential.",
    ),
    Key::optional("mttr", Value::Duration, "none: the fault happens once", "Mean time to repair, exponential."),
];

/// When a window begins.
enum From {
    Start(crate::random::law::Law),
    Revocation(Span),
}

/// Reads one.
pub fn read(
    name: Named<'_>,
    node: &Node,
    parts: &mut Parts,
    channels: &[Option<NamedChannel>],
    verifiers: &[Option<Verifier>],
    context: &mut Context,
) -> Option<Fault> {
    let mut reader = Reader::open(node, name.place, format!("fault `{}`", name.text), &[&KEYS], context)?;
    let named = reader.name("part");
    let ends = reader.names("between");
    if reader.has("part") == reader.has("between") {
        let message = format!("{} does not say what fails, or says it twice", reader.what());
        let place = reader.place();
        reader.context().fault(place, message, "write `part: NAME`, or `between: [VERIFIER, ISSUER]`");
    }
    let part = match named {
        Some(named) => part(named, parts, reader.context()),
        None if ends.is_empty() => None,
        None => between(&ends, parts, verifiers, &mut reader),
    };
    if let (Some(named), Some(Part::Channel(id))) = (named, part)
        && channels[id.index()].as_ref().is_some_and(|channel| matches!(channel.channel.role(), Role::Asked(_)))
    {
        reader.context().fault(
            named.place,
            format!("`{}` is a way to ask, and goes down with the issuer that is asked", named.text),
            "name the issuer as the part that is down",
        );
    }
    let when = when(&mut reader);
    Some(Fault { name: name.text.to_owned(), part: part?, when: when? })
}

fn part(name: Named<'_>, parts: &mut Parts, context: &mut Context) -> Option<Part> {
    if let Some(at) = parts.channels.position(name.text) {
        return Some(Part::Channel(ChannelId::at(at)));
    }
    if let Some(at) = parts.issuers.position(name.text) {
        return Some(Part::Issuer(IssuerId::at(at)));
    }
    if let Some(at) = parts.verifiers.position(name.text) {
        return Some(Part::Verifier(VerifierId::at(at)));
    }
    let known = || parts.issuers.texts().chain(parts.channels.texts()).chain(parts.verifiers.texts());
    let help = match nearest(name.text, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("parts that can be down: {}", listed(known().take(12))),
    };
    context.fault(name.place, format!("there is no issuer, channel or verifier `{}`", name.text), help);
    None
}

/// The way between a verifier and the issuer that it asks.
fn between(ends: &[Named<'_>], parts: &Parts, verifiers: &[Option<Verifier>], reader: &mut Reader<'_>) -> Option<Part> {
    let verifier = ends.iter().find_map(|name| parts.verifiers.position(name.text));
    let issuer = ends.iter().find_map(|name| parts.issuers.position(name.text));
    let (Some(verifier), Some(issuer), 2) = (verifier, issuer, ends.len()) else {
        let message = "a way leads from one verifier to one issuer";
        reader.wrong("between", message, "write `between: [VERIFIER, ISSUER]` with the names of two parts");
        return None;
    };
    let asks = verifiers[verifier].as_ref().map(|one| &one.check)?;
    if !matches!(asks, Check::Asks(asked) if asked.issuer == IssuerId::at(issuer)) {
        let message = format!("`{}` does not ask `{}`", parts.verifiers.text(verifier), parts.issuers.text(issuer));
        reader.wrong("between", &message, "name a verifier with the issuer that it `asks`");
        return None;
    }
    Some(Part::Between(VerifierId::at(verifier), IssuerId::at(issuer)))
}

fn when(reader: &mut Reader<'_>) -> Option<When> {
    let once = reader.has("from") || reader.has("for");
    let recurring = reader.has("mtbf") || reader.has("mttr");
    let from = reader.parsed_with_files("from", |text, folder| {
        if let Some(span) = text.strip_suffix(" after revocation") {
            return Ok(From::Revocation(Span::parse(span)?));
        }
        if let Some(span) = text.strip_suffix(" before revocation") {
            return Ok(From::Revocation(Span::ZERO - Span::parse(span)?));
        }
        if text.contains("revocation") {
            return Err(format!(
                "`{text}` is not a beginning; write `1m after revocation`, `1m before revocation` or a law"
            ));
        }
        laws::law(text, folder).map(From::Start)
    });
    let lasts = reader.law("for");
    let (mtbf, mttr) = (reader.positive_duration("mtbf"), reader.positive_duration("mttr"));
    let place = reader.place();
    let help = "write `from` and `for` for one window, or `mtbf` and `mttr` for a part that fails again and again";
    if once && recurring {
        reader.context().fault(place, "a fault happens once or again and again, not both", help);
        return None;
    }
    for (key, other) in [("from", "for"), ("for", "from"), ("mtbf", "mttr"), ("mttr", "mtbf")] {
        if reader.has(key) && !reader.has(other) {
            let message = format!("{} has `{key}` and lacks `{other}`", reader.what());
            reader.context().fault(place, message, help);
        }
    }
    if !once && !recurring {
        let message = format!("{} does not say when", reader.what());
        reader.context().fault(place, message, help);
    }
    if recurring {
        let (mtbf, mttr) = (mtbf?, mttr?);
        if mtbf < Span::SECOND {
            reader.wrong("mtbf", "a part that fails more than once a second is not followed", "write at least `1s`");
            return None;
        }
        return Some(When::Recurring { mtbf, mttr });
    }
    Some(match from? {
        From::Start(from) => When::FromStart { from, lasts: lasts? },
        From::Revocation(from) => When::FromRevocation { from, lasts: lasts? },
    })
}
