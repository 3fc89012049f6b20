//! The section `faults`: what fails, in which way, and when.

use super::names::Parts;
use crate::document::node::Node;
use crate::document::suggestion::{listed, nearest};
use crate::model::cache::{Cache, Placement};
use crate::model::channel::contract::{NamedChannel, Role};
use crate::model::credential::Credential;
use crate::model::fault::{Ails, Fault, Part, When};
use crate::model::id::{CacheId, ChannelId, IssuerId, VerifierId};
use crate::model::issuer::Issuer;
use crate::model::place::Route;
use crate::model::verifier::{Check, Verifier};
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::laws;
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::positive;
use crate::units::time::Span;

/// The most faults.
pub const MOST: usize = 256;

/// Settings of a fault.
pub const KEYS: [Key; 11] = [
    Key::optional(
        "part",
        Value::Name,
        "none: another key says what fails",
        "The part that is down: an issuer cannot be asked and publishes nothing, a channel carries nothing, a verifier rejects everything.",
    ),
    Key::optional(
        "between",
        Value::Names,
        "none: another key says what fails",
        "Two parts, in either order, between which the way is cut: a verifier and the issuer that it asks, or a channel that it hears (for that verifier the other is down); an issuer and its channel (what is revoked does not come into it); a verifier and one `behind` it (nothing passes there).",
    ),
    Key::optional(
        "slow",
        Value::Name,
        "none: another key says what fails",
        "The issuer, of limited `introspection`, that takes longer over every question that comes meanwhile.",
    ),
    Key::optional(
        "times",
        Value::Number,
        "none: nothing is slow",
        "How many times as long; of several such faults the largest counts.",
    ),
    Key::optional(
        "clock_of",
        Value::Name,
        "none: another key says what fails",
        "The verifier whose clocks are off, beside its `clock_skew`.",
    ),
    Key::optional("by", Value::Form("`DURATION ahead` or `DURATION behind`"), "none: no clock is off", "By how much."),
    Key::optional(
        "restarts",
        Value::Name,
        "none: another key says what fails",
        "What restarts and has lost what it kept: a shared cache, a verifier with its own caches or connections, or the subscribers of a `deny_list`. It has no `for`.",
    ),
    Key::optional(
        "from",
        Value::Form("`DURATION after revocation`, `DURATION before revocation`, or a law of durations from the start"),
        "none: the fault recurs",
        "When it begins. The revocation here is the first that is recorded, by the playbook or by an issuer itself (`on_reuse`); what comes before it goes by the playbook's, since nobody can foretell the other.",
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

/// The keys that say what fails, of which a fault has one.
const WHAT: [&str; 5] = ["part", "between", "slow", "clock_of", "restarts"];

/// What a fault is read with.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Credentials.
    pub credentials: &'a [Option<Credential>],
    /// Issuers.
    pub issuers: &'a [Issuer],
    /// Caches.
    pub caches: &'a [Option<Cache>],
    /// Channels.
    pub channels: &'a [Option<NamedChannel>],
    /// Verifiers.
    pub verifiers: &'a [Option<Verifier>],
    /// Routes.
    pub routes: Option<&'a [Route]>,
}

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
    around: Around<'_>,
    context: &mut Context,
) -> Option<Fault> {
    let mut reader = Reader::open(node, name.place, format!("fault `{}`", name.text), &[&KEYS], context)?;
    if WHAT.iter().filter(|key| reader.has(key)).count() != 1 {
        let message = format!("{} does not say what fails, or says it twice", reader.what());
        let place = reader.place();
        let help = "write one of `part: NAME`, `between: [NAME, NAME]`, `slow: ISSUER`, `clock_of: VERIFIER` and `restarts: NAME`";
        reader.context().fault(place, message, help);
    }
    for (key, with) in [("times", "slow"), ("by", "clock_of")] {
        if reader.has(key) && !reader.has(with) {
            reader.without_effect(key, &format!("it belongs to `{with}`; name the part there, or remove it"));
        } else if reader.has(with) && !reader.has(key) {
            reader.wrong(with, &format!("`{with}` needs `{key}`"), &format!("add `{key}`"));
        }
    }
    let failing = failing(&mut reader, parts, around);
    let when = when(&mut reader);
    let (part, ails) = failing?;
    Some(Fault { name: name.text.to_owned(), part, ails, when: when? })
}

/// What fails, and in which way.
fn failing(reader: &mut Reader<'_>, parts: &mut Parts, around: Around<'_>) -> Option<(Part, Ails)> {
    let ends = reader.names("between");
    if let Some(named) = reader.name("part") {
        let part = part(named, parts, reader.context())?;
        if let Part::Channel(id) = part
            && around.channels[id.index()].as_ref().is_some_and(|one| matches!(one.channel.role(), Role::Asked(_)))
        {
            reader.context().fault(
                named.place,
                format!("`{}` is a way to ask, and goes down with the issuer that is asked", named.text),
                "name the issuer as the part that is down",
            );
        }
        return Some((part, Ails::Down));
    }
    if !ends.is_empty() {
        return between(&ends, parts, around, reader).map(|part| (part, Ails::Down));
    }
    if let Some(named) = reader.name("slow") {
        return slow(named, parts, around, reader);
    }
    if let Some(named) = reader.name("clock_of") {
        return clock_of(named, parts, around, reader);
    }
    let named = reader.name("restarts")?;
    restarts(named, parts, around, reader).map(|part| (part, Ails::Restarted))
}

fn slow(named: Named<'_>, parts: &mut Parts, around: Around<'_>, reader: &mut Reader<'_>) -> Option<(Part, Ails)> {
    let times = reader.number_at_least("times", 1.0);
    let at = parts.issuers.find(named, reader.context())?;
    if around.issuers[at].capacity.is_none() {
        let message = format!("`{}` answers every question at once, so that nothing can be slow there", named.text);
        reader.context().fault(named.place, message, "say with `introspection` at the issuer how much it can answer");
    }
    if times == Some(1.0) {
        reader.without_effect("times", "once as long is as ever; write more than 1");
    }
    Some((Part::Issuer(IssuerId::at(at)), Ails::Slow(times?)))
}

fn clock_of(named: Named<'_>, parts: &mut Parts, around: Around<'_>, reader: &mut Reader<'_>) -> Option<(Part, Ails)> {
    let off = reader.parsed("by", |text| {
        let (span, behind) = match (text.strip_suffix(" ahead"), text.strip_suffix(" behind")) {
            (Some(span), _) => (span, false),
            (_, Some(span)) => (span, true),
            _ => return Err(format!("`{text}` does not say to which side; write `2s ahead` or `2s behind`")),
        };
        let span = positive("by", Span::parse(span)?)?;
        Ok(if behind { Span::ZERO - span } else { span })
    });
    let at = parts.verifiers.find(named, reader.context())?;
    let sees_an_end = |verifier: &Verifier| {
        let mut taken = verifier.accepts.iter().map(|id| around.credentials[id.index()].as_ref());
        taken.any(|one| one.is_none_or(|credential| credential.kind.shows_its_end()))
    };
    if around.verifiers[at].as_ref().is_some_and(|verifier| !sees_an_end(verifier)) {
        let message = format!("`{}` looks at no expiry by its own clock", named.text);
        let help = "name a verifier that accepts a `self_contained` credential or a `certificate`";
        reader.context().fault(named.place, message, help);
    }
    Some((Part::Verifier(VerifierId::at(at)), Ails::ClockOff(off?)))
}

fn restarts(named: Named<'_>, parts: &mut Parts, around: Around<'_>, reader: &mut Reader<'_>) -> Option<Part> {
    if let Some(at) = parts.caches.position(named.text) {
        return Some(Part::Cache(CacheId::at(at)));
    }
    if let Some(at) = parts.channels.position(named.text) {
        if around.channels[at].as_ref().is_some_and(|one| !one.channel.forgets_on_restart()) {
            let message = format!("a restart takes nothing from those who hear `{}`", named.text);
            reader.context().fault(
                named.place,
                message,
                "name a `deny_list` with `read: subscribed` that is not `durable`",
            );
        }
        return Some(Part::Channel(ChannelId::at(at)));
    }
    let at = parts.verifiers.find(named, reader.context())?;
    let keeps = |verifier: &Verifier| {
        let own =
            |id: &CacheId| around.caches[id.index()].as_ref().is_none_or(|one| one.placement != Placement::Shared);
        verifier.responses.is_some()
            || verifier.connections.is_some()
            || matches!(&verifier.check, Check::Asks(asks) if asks.tiers.iter().any(own))
    };
    if around.verifiers[at].as_ref().is_some_and(|verifier| !keeps(verifier)) {
        let message = format!("`{}` keeps nothing of its own that a restart could take", named.text);
        reader.context().fault(
            named.place,
            message,
            "name a verifier with a `cache` or `connections`, a shared cache or a `deny_list`",
        );
    }
    Some(Part::Verifier(VerifierId::at(at)))
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

/// The way between two parts.
fn between(ends: &[Named<'_>], parts: &Parts, around: Around<'_>, reader: &mut Reader<'_>) -> Option<Part> {
    let place = |find: &dyn Fn(&str) -> Option<usize>| -> Vec<usize> {
        ends.iter().filter_map(|name| find(name.text)).collect()
    };
    let verifiers = place(&|text| parts.verifiers.position(text));
    let issuers = place(&|text| parts.issuers.position(text));
    let channels = place(&|text| parts.channels.position(text));
    let (verifier, issuer, channel) = (verifiers.first(), issuers.first(), channels.first());
    let (part, sound, wrong, help) = match (verifiers.len(), verifier, issuer, channel) {
        _ if ends.len() != 2 => (None, false, String::new(), ""),
        (1, Some(verifier), Some(issuer), _) => {
            let asks = around.verifiers[*verifier].as_ref().map(|one| &one.check)?;
            let sound = matches!(asks, Check::Asks(asked) if asked.issuer == IssuerId::at(*issuer));
            let wrong = format!("`{}` does not ask `{}`", parts.verifiers.text(*verifier), parts.issuers.text(*issuer));
            let part = Part::Between(VerifierId::at(*verifier), IssuerId::at(*issuer));
            (Some(part), sound, wrong, "name a verifier with the issuer that it `asks`")
        }
        (1, Some(verifier), None, Some(channel)) => {
            let hears = around.verifiers[*verifier].as_ref().map(|one| &one.hears)?;
            let sound = hears.iter().any(|hearing| hearing.channel.index() == *channel);
            let wrong =
                format!("`{}` does not hear `{}`", parts.verifiers.text(*verifier), parts.channels.text(*channel));
            let part = Part::Hearing(VerifierId::at(*verifier), ChannelId::at(*channel));
            (Some(part), sound, wrong, "name a verifier with a channel that it `hears`")
        }
        (0, None, Some(issuer), Some(channel)) => {
            let from = around.channels[*channel].as_ref()?.from;
            let sound = from == Some(IssuerId::at(*issuer));
            let wrong =
                format!("`{}` carries nothing from `{}`", parts.channels.text(*channel), parts.issuers.text(*issuer));
            let part = Part::Feeding(IssuerId::at(*issuer), ChannelId::at(*channel));
            (Some(part), sound, wrong, "name a channel with the issuer that it is `from`")
        }
        (2, Some(_), None, None) => {
            let (a, b) = (VerifierId::at(verifiers[0]), VerifierId::at(verifiers[1]));
            let follows = |outer: VerifierId, inner: VerifierId| {
                let follow = |route: &Route| route.verifiers.windows(2).any(|two| two == [outer, inner]);
                around.routes.is_none_or(|routes| routes.iter().any(follow))
            };
            let part = if follows(a, b) { Part::Passing(a, b) } else { Part::Passing(b, a) };
            let wrong = format!("no request passes from `{}` to `{}`, or back", ends[0].text, ends[1].text);
            (Some(part), follows(a, b) || follows(b, a), wrong, "name a verifier with one that lies `behind` it")
        }
        _ => (None, false, String::new(), ""),
    };
    let Some(part) = part else {
        let message = "a way leads between two parts: verifier and issuer, verifier and channel, issuer and channel, or two verifiers";
        reader.wrong("between", message, "write `between: [NAME, NAME]` with the names of two such parts");
        return None;
    };
    if !sound {
        reader.wrong("between", &wrong, help);
        return None;
    }
    Some(part)
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
    let restarts = reader.has("restarts");
    if restarts {
        reader.none_have_effect(
            &["for", "mttr", "mtbf"],
            "a restart takes no time, and `restarts` at the part itself says how often there is one; write `from`",
        );
    }
    let lasts = if restarts { Some(Law::ZERO) } else { reader.law("for") };
    let (mtbf, mttr) = (reader.positive_duration("mtbf"), reader.positive_duration("mttr"));
    let place = reader.place();
    let help = "write `from` and `for` for one window, or `mtbf` and `mttr` for a part that fails again and again";
    if once && recurring {
        reader.context().fault(place, "a fault happens once or again and again, not both", help);
        return None;
    }
    for (key, other) in [("from", "for"), ("for", "from"), ("mtbf", "mttr"), ("mttr", "mtbf")] {
        if reader.has(key) && !reader.has(other) && !restarts {
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
