//! The section `verifiers`: gateways, services and sidecars, what they look at and what they hear.

use super::accepts;
use super::caches::{self, OWN_KEYS};
use super::connections;
use super::hears::{self, Ears};
use super::names::Parts;
use super::preset::LIKE;
use super::responses;
use super::routes::takes;
use super::surroundings::Surroundings;
use crate::document::node::Node;
use crate::model::cache::{Cache, ClockPhase, Ends, Ttl};
use crate::model::channel::contract::{Legs, Role};
use crate::model::id::{CredentialId, IssuerId};
use crate::model::verifier::{
    Balance, Check, ClockSkew, EnvironmentCheck, Introspection, LooksAt, OutagePolicy, SkewSide, Verifier,
};
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::laws;
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::positive;
use crate::units::time::Span;

/// The most verifiers.
pub const MOST: usize = 10_000;

/// The most replicas of one verifier.
pub const MOST_REPLICAS: u64 = 1_000;

/// Settings of a verifier.
pub const KEYS: [Key; 19] = [
    LIKE,
    Key::optional(
        "asks",
        Value::Name,
        "nobody",
        "The issuer that it asks about each credential, or the introspection channel by which it asks one.",
    ),
    Key::optional(
        "checks",
        Value::OneOf(&["nothing", "itself"]),
        "itself, unless it `asks`",
        "What it looks at when it asks nobody: the credential itself, or nothing, so that no revocation ever reaches it.",
    ),
    Key::optional("accepts", Value::Names, "every credential that it could take", "Credentials that it takes."),
    Key::optional("needs", Value::Name, "none", "Scope that it wants to see."),
    Key::optional("environment", Value::Name, "not modelled", "Environment in which it stands."),
    Key::optional(
        "checks_context",
        Value::SomeOf(&["environment", "network", "request"]),
        "nothing, as legacy middleware",
        "What it looks at beside the credential, with every request: `environment` rejects one whose `environments` do not name where it stands; `network` rejects who calls from elsewhere than lawful clients (`inside` at the attacker), `request` what is unlike a lawful request (`imitates`).",
    ),
    Key::optional(
        "cache",
        Value::SectionsOrNames(&OWN_KEYS),
        "none",
        "Its cache, the name of a shared one, or a list of these: tiers, nearest first.",
    ),
    Key::optional("replicas", Value::Count, "1", "Copies of it behind one name."),
    Key::optional(
        "balance",
        Value::OneOf(&["random", "round_robin", "sticky"]),
        "random",
        "How requests are spread over its replicas.",
    ),
    Key::optional("leeway", Value::Duration, "what the credential says", "Clock tolerance for expiry."),
    Key::optional(
        "clock",
        Value::Form("`0.3s`, `0.3s at start` or `0.3s at revocation`"),
        "drawn in every trial",
        "The fraction of a second that its clock shows then; its own caches follow it.",
    ),
    Key::optional(
        "clock_skew",
        Value::Form("`LAW ahead`, `LAW behind` or `within LAW`"),
        "none",
        "How far the clocks of its replicas are off; `within` is to either side.",
    ),
    Key::optional(
        "when_issuer_down",
        Value::Form("`fail_closed`, `fail_open` or `stale for DURATION`"),
        "fail_closed",
        "What it does while it cannot ask; `stale` goes on with what it remembers, for at most so long past its end.",
    ),
    Key::optional(
        "trusts_new_for",
        Value::Duration,
        "0s",
        "For so long after its issue it takes a credential without asking.",
    ),
    Key::optional(
        "hears",
        Value::Forms(hears::GRAMMAR),
        "nothing",
        "Channels that it hears or looks up, and what it does with the news; a denial `for` a time must outlive the credential.",
    ),
    Key::optional(
        "connections",
        Value::Section(&connections::KEYS),
        "every answer ends at once",
        "Connections that it keeps open once it has accepted them, such as event streams.",
    ),
    Key::optional(
        "behind",
        Value::Names,
        "nothing",
        "Verifiers that a request passes before, each a route of its own; `nothing` means that it is reached directly.",
    ),
    Key::optional("fronts", Value::Names, "itself, if nothing lies behind it", "Targets right behind it."),
];

/// A verifier and what lies before it.
#[derive(Debug)]
pub struct Placed {
    /// The verifier; none if what it looks at is at fault.
    pub verifier: Option<Verifier>,
    /// Verifiers before it; `None` for none.
    pub behind: Vec<Option<usize>>,
}

/// Reads one.
pub fn read(name: Named<'_>, node: &Node, around: &mut Surroundings<'_>, context: &mut Context) -> Placed {
    let what = format!("verifier `{}`", name.text);
    let Some(mut reader) = Reader::open(node, name.place, what, &[&KEYS], context) else {
        return Placed { verifier: None, behind: vec![None] };
    };
    let behind = behind(name, &mut reader, around.parts);
    reader.names("fronts");
    Placed { verifier: looks(name, &mut reader, around), behind }
}

fn looks(name: Named<'_>, reader: &mut Reader<'_>, around: &mut Surroundings<'_>) -> Option<Verifier> {
    let clock = caches::clock(reader);
    let check = check(name, reader, around, clock.unwrap_or(ClockPhase::Drawn));
    let remembers = matches!(&check, Some(Check::Asks(asked)) if asked.tiers.iter().any(|tier| may_hold(&around.caches[tier.index()])));
    let assumed = check.clone().unwrap_or(Check::Itself);
    let responses = if responses::declared(reader) && !reader.has("asks") {
        responses::read(name.text, reader, check.as_ref(), around.parts)
    } else {
        None
    };
    let connections = connections::read(reader, check.as_ref());
    let ears = Ears { check: check.as_ref(), remembers, connects: connections.is_some() };
    let hears = hears::read(reader, ears, around.channels, around.parts);
    reject_settings_without_effect(reader, &assumed, check.is_some(), around);
    let replicas = reader.count("replicas", 1..=MOST_REPLICAS).unwrap_or(1) as u16;
    if replicas == 1 && reader.has("balance") && (!reader.has("replicas") || reader.says("replicas", "1")) {
        reader.without_effect("balance", "there is one replica only; add `replicas`, or remove it");
    }
    let word = reader.one_of("balance").unwrap_or("random");
    let balance = Balance::ALL.iter().find(|(_, name)| *name == word).map_or(Balance::Random, |(balance, _)| *balance);
    let needs = reader.name("needs");
    let (environment_check, looks_at) = context_checks(reader);
    let mut verifier = Verifier {
        name: name.text.to_owned(),
        check: assumed,
        accepts: Vec::new(),
        needs: needs.map(|scope| scope.text.to_owned()),
        environment: reader.name("environment").map(|name| name.text.to_owned()),
        environment_check,
        looks_at,
        replicas,
        balance,
        leeway: reader.duration("leeway"),
        clock_skew: reader
            .parsed_with_files("clock_skew", |text, folder| clock_skew(text, |law| laws::law(law, folder))),
        clock: clock.unwrap_or(ClockPhase::Drawn),
        when_issuer_down: when_issuer_down(reader, remembers),
        trusts_new_for: reader.duration("trusts_new_for").unwrap_or(Span::ZERO),
        hears,
        connections,
        responses,
    };
    if check.is_none() {
        reader.names("accepts");
        return None;
    }
    // A verifier that takes nothing it should would only draw further faults after this one.
    let faults_before = reader.context().diagnostics.errors();
    verifier.accepts = accepts::read(reader, &verifier, around);
    accepts::report_useless_scope(reader, needs, &verifier, around);
    // What lacks the needed scope is not taken, whatever the list says: later floors look at the list alone.
    let suffices = |id: &CredentialId| {
        around.credentials[id.index()].as_ref().is_none_or(|credential| takes(&verifier, *id, credential))
    };
    let taken: Vec<CredentialId> = verifier.accepts.iter().copied().filter(suffices).collect();
    verifier.accepts = taken;
    (reader.context().diagnostics.errors() == faults_before).then_some(verifier)
}

/// What it looks at beside the credential.
fn context_checks(reader: &mut Reader<'_>) -> (EnvironmentCheck, LooksAt) {
    let named = reader.some_of("checks_context").unwrap_or_default();
    let looks_at = LooksAt { network: named.contains(&"network"), request: named.contains(&"request") };
    if !named.contains(&"environment") {
        return (EnvironmentCheck::Unchecked, looks_at);
    }
    if !reader.has("environment") {
        let help = "it does not say where it stands; add `environment`, or remove it";
        reader.without_effect("checks_context", help);
    }
    (EnvironmentCheck::Checked, looks_at)
}

fn behind(name: Named<'_>, reader: &mut Reader<'_>, parts: &mut Parts) -> Vec<Option<usize>> {
    let mut before = Vec::new();
    for other in reader.names("behind") {
        if other.text == "nothing" {
            before.push(None);
        } else if other.text == name.text {
            reader.context().fault(
                other.place,
                format!("`{}` lies behind itself", name.text),
                "name another verifier, or `nothing`",
            );
        } else if let Some(at) = parts.verifiers.find(other, reader.context()) {
            before.push(Some(at));
        }
    }
    if before.is_empty() { vec![None] } else { before }
}

/// What it looks at; none after a fault.
fn check(name: Named<'_>, reader: &mut Reader<'_>, around: &mut Surroundings<'_>, clock: ClockPhase) -> Option<Check> {
    let checks = reader.one_of("checks");
    if reader.was_meant("asks") || reader.was_meant("checks") {
        // Whether it asks is not known, so what depends on that is read and not judged.
        caches::read_tiers(name.text, reader, clock, around.parts, &mut Vec::new());
        return None;
    }
    if !reader.has("asks") {
        if reader.has("cache") && !responses::declared(reader) {
            let why = if checks == Some("nothing") {
                "a verifier that checks nothing remembers nothing"
            } else {
                "a verifier that checks credentials itself remembers no answers"
            };
            reader.without_effect("cache", &format!("{why}; say with `asks` whom it asks"));
            caches::read_tiers(name.text, reader, clock, around.parts, &mut Vec::new());
        }
        return Some(if checks == Some("nothing") { Check::Nothing } else { Check::Itself });
    }
    if reader.has("checks") {
        reader.without_effect("checks", "a verifier that `asks` leaves the check to its issuer; remove one of both");
    }
    let named = reader.name("asks");
    let tiers = caches::read_tiers(name.text, reader, clock, around.parts, around.caches);
    let (issuer, legs) = asked(named?, reader.context(), around)?;
    Some(Check::Asks(Introspection { issuer, request_leg: legs.request, response_leg: legs.response, tiers }))
}

/// The issuer behind `asks`, and the way to it.
fn asked(name: Named<'_>, context: &mut Context, around: &mut Surroundings<'_>) -> Option<(IssuerId, Legs)> {
    let Some(channel) = around.parts.channels.position(name.text) else {
        let issuer = around.parts.issuers.find(name, context)?;
        return Some((IssuerId::at(issuer), Legs { request: Law::ZERO, response: Law::ZERO }));
    };
    around.parts.channels.mark_used(channel);
    let named = around.channels.get(channel)?.as_ref()?;
    let Role::Asked(legs) = named.channel.role() else {
        let message =
            format!("`{}` is a `{}`, and only introspection can be asked", name.text, named.channel.kind().name);
        context.fault(
            name.place,
            message,
            format!("name an issuer or an introspection channel, and put `{}` under `hears`", name.text),
        );
        return None;
    };
    let Some(issuer) = named.from else {
        context.fault(
            name.place,
            format!("`{}` leads to no issuer", name.text),
            "say with `from` at the channel whom it asks",
        );
        return None;
    };
    Some((issuer, legs))
}

fn may_hold(cache: &Option<Cache>) -> bool {
    cache.as_ref().is_none_or(|cache| cache.ttl != Ttl::Disabled)
}

fn clock_skew(text: &str, mut law: impl FnMut(&str) -> Result<Law, String>) -> Result<ClockSkew, String> {
    if let Some(by) = text.strip_prefix("within ") {
        return Ok(ClockSkew { by: law(by)?, side: SkewSide::Either });
    }
    if let Some(by) = text.strip_suffix(" ahead") {
        return Ok(ClockSkew { by: law(by)?, side: SkewSide::Ahead });
    }
    if let Some(by) = text.strip_suffix(" behind") {
        return Ok(ClockSkew { by: law(by)?, side: SkewSide::Behind });
    }
    Err(format!("`{text}` does not say to which side the clock is off; write `2s ahead`, `2s behind` or `within 2s`"))
}

fn when_issuer_down(reader: &mut Reader<'_>, remembers: bool) -> OutagePolicy {
    if reader.has("when_issuer_down") && !reader.has("asks") {
        reader.without_effect(
            "when_issuer_down",
            "this verifier asks no issuer; say with `asks` whom it asks, or remove it",
        );
    }
    let policy = reader.parsed("when_issuer_down", |text| match (text, text.strip_prefix("stale for ")) {
        ("fail_closed", _) => Ok(OutagePolicy::FailClosed),
        ("fail_open", _) => Ok(OutagePolicy::FailOpen),
        (_, Some(span)) => Ok(OutagePolicy::Stale(positive("stale for", Span::parse(span)?)?)),
        _ => Err(format!("`{text}` is not known here; write `fail_closed`, `fail_open` or `stale for 5m`")),
    });
    if matches!(policy, Some(OutagePolicy::Stale(_))) && reader.has("asks") && !remembers {
        reader.wrong(
            "when_issuer_down",
            "a verifier without a cache has nothing stale to go on with",
            "give it a `cache`, or write `fail_closed` or `fail_open`",
        );
    }
    policy.unwrap_or(OutagePolicy::FailClosed)
}

fn reject_settings_without_effect(reader: &mut Reader<'_>, check: &Check, certain: bool, around: &Surroundings<'_>) {
    if *check == Check::Nothing {
        reader.none_have_effect(
            &["accepts", "needs", "checks_context", "leeway", "clock", "clock_skew", "trusts_new_for"],
            "a verifier that checks nothing lets everything in; remove it, or remove `checks: nothing`",
        );
        return;
    }
    if certain && !matches!(check, Check::Asks(_)) {
        reader.none_have_effect(&["trusts_new_for"], "it asks nobody; say with `asks` whom it asks, or remove it");
    }
    let own_whole_second = |tiers: &[crate::model::id::CacheId]| {
        let own = tiers.iter().filter_map(|tier| around.caches[tier.index()].as_ref());
        own.filter(|cache| cache.placement != crate::model::cache::Placement::Shared)
            .any(|cache| cache.ends != Ends::Exact)
    };
    let looks_at_clock = matches!(check, Check::Asks(asked) if own_whole_second(&asked.tiers));
    if certain && !looks_at_clock {
        reader
            .none_have_effect(&["clock"], "no cache of its own ends on a whole second; set `ends` there, or remove it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_policies_are_those_of_the_model() {
        let declared = KEYS.iter().find(|key| key.name == "balance").map(|key| key.value);
        assert!(matches!(declared, Some(Value::OneOf(words)) if words == Balance::ALL.map(|(_, name)| name)));
    }
}
