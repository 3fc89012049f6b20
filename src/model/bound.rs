//! The analytic bound: the longest time from revocation after which no presentation at a target can be accepted.
//!
//! It is the largest over the ways to the target (route and credential) of the smallest over the verifiers on
//! the way of the soonest of: the end of the credential itself, news that cannot be lost, and the caches between
//! the verifier and its issuer. Where something can go wrong without limit there is no bound, and the reason is
//! said. A trial beyond a bound is a fault of this program, and is asserted.

use super::cache::{Placement, Ttl};
use super::channel::contract::Role;
use super::credential::CredentialKind;
use super::defender::Reach;
use super::fault::Part;
use super::filling::{Filling, answers_at_once, life_left, sharing};
use super::id::{ChannelId, CredentialId, RouteId, TargetId, VerifierId};
use super::lingering;
use super::place::Route;
use super::response::{KeyedBy, ResponseCache};
use super::system::System;
use super::verifier::{Action, Check, Introspection, OutagePolicy, SkewSide, Verifier};
use crate::units::probability::Share;
use crate::units::time::Span;

/// A bound, or none, with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The bound.
    pub span: Option<Span>,
    /// How it is made up, or why there is none.
    pub because: String,
}

/// The bound of `target`.
pub fn bound(system: &System, target: TargetId) -> Bound {
    let mut worst: Option<Bound> = None;
    for route in system.routes.iter().filter(|route| route.target == target) {
        for copy in &system.attacker.steals {
            if route.verifiers.iter().all(|v| system.verifiers[v.index()].accepts.contains(&copy.credential)) {
                let way = way(system, route, copy.credential);
                let held = system.attacker.holds_open.contains(&target);
                let way = if held { held_open(system, &route.verifiers, copy.credential, way) } else { way };
                worst = Some(worst.map_or(way.clone(), |worst| later(worst, way)));
            }
        }
    }
    worst
        .unwrap_or_else(|| Bound { span: Some(Span::ZERO), because: "no compromised credential is taken there".into() })
}

fn later(a: Bound, b: Bound) -> Bound {
    match (a.span, b.span) {
        (None, _) => a,
        (_, None) => b,
        (Some(x), Some(y)) => {
            if y > x {
                b
            } else {
                a
            }
        }
    }
}

fn sooner(a: Bound, b: Bound) -> Bound {
    match (a.span, b.span) {
        (Some(x), Some(y)) => {
            if y < x {
                b
            } else {
                a
            }
        }
        (None, Some(_)) => b,
        (_, None) => a,
    }
}

fn way(system: &System, route: &Route, credential: CredentialId) -> Bound {
    let mut behind: Option<Bound> = None;
    for (place, verifier) in route.verifiers.iter().enumerate().rev() {
        let own = hop(system, *verifier, credential);
        let responses = system.verifiers[verifier.index()].responses.as_ref();
        behind = Some(match (behind, responses.filter(|kept| !kept.kept.bypass.contains(&route.target))) {
            (Some(behind), Some(kept)) => past_responses(system, route, place, kept, behind),
            (Some(behind), None) => sooner(own, behind),
            (None, _) => own,
        });
    }
    behind.unwrap_or_else(|| Bound { span: None, because: "no verifier stands before it".into() })
}

/// The bound before a cache of responses: what lies behind fills it until its own bound.
fn past_responses(system: &System, route: &Route, place: usize, kept: &ResponseCache, behind: Bound) -> Bound {
    let name = &system.verifiers[route.verifiers[place].index()].name;
    let Some(filled_until) = behind.span else { return behind };
    let passes = |id: &RouteId| system.routes[id.index()].verifiers.contains(&route.verifiers[place]);
    let calls =
        |routes: &[RouteId]| routes.iter().any(|id| system.routes[id.index()].target == route.target && passes(id));
    let others = system.others.iter().any(|traffic| calls(&traffic.routes))
        || system.lawful.iter().any(|client| calls(&client.routes));
    if kept.keyed_by == KeyedBy::Url && others {
        let because = format!("{name} answers whoever asks with responses that others keep fresh");
        return Bound { span: None, because };
    }
    let late = "is filled by answers that can be late without limit";
    let Some(answered) = lingering::slowest_answer(system, &route.verifiers[place + 1..]) else {
        return Bound { span: None, because: format!("{name} {late}") };
    };
    let Ttl::For(ttl) = kept.kept.ttl else { return behind };
    let life = Span::from_seconds(ttl.seconds() * (1.0 + kept.kept.jitter.value())).max(ttl);
    let life = life + kept.kept.stale_while_revalidate.unwrap_or(Span::ZERO);
    let because = format!("{}; {name} serves a response for {}", behind.because, life.human());
    Bound { span: Some(filled_until + answered + life), because }
}

/// A way over which the attacker holds a connection open, which outlasts the presentation that opened it.
fn held_open(system: &System, verifiers: &[VerifierId], credential: CredentialId, way: Bound) -> Bound {
    let Some(presented) = way.span else { return way };
    match lingering::latest_end(system, verifiers, presented, |id| hop(system, id, credential).span) {
        Ok((end, because)) => Bound { span: Some(end), because: format!("{}; {because}", way.because) },
        Err(because) => Bound { span: None, because },
    }
}

fn hop(system: &System, id: VerifierId, credential: CredentialId) -> Bound {
    let verifier = &system.verifiers[id.index()];
    let name = &verifier.name;
    let none = |why: &str| Bound { span: None, because: format!("{name} {why}") };
    let revoked_at_once = revoked_first(system, credential);
    match &verifier.check {
        Check::Nothing => none("checks nothing"),
        Check::Itself | Check::Asks(_) => {
            let own_end = own_end(system, verifier, credential);
            let unheard = || none("hears no news that cannot be lost");
            if !revoked_at_once {
                return own_end.unwrap_or_else(unheard);
            }
            let asking = match &verifier.check {
                Check::Asks(asks) => by_asking(system, verifier, asks, credential).unwrap_or_else(none),
                Check::Itself | Check::Nothing => unheard(),
            };
            let best = own_end.map_or(asking.clone(), |end| sooner(end, asking));
            let news = verifier
                .hears
                .iter()
                .filter_map(|hearing| by_news(system, verifier, hearing.channel, hearing.action, credential));
            news.fold(best, sooner)
        }
    }
}

/// Whether the revocation that starts the clock surely covers `credential` and changes something.
fn revoked_first(system: &System, credential: CredentialId) -> bool {
    let settings = &system.credentials[credential.index()];
    let effective = settings.issuer.is_none_or(|issuer| {
        let issuer = &system.issuers[issuer.index()];
        issuer.ineffective == Share::NONE && !issuer.ignores.contains(&settings.kind)
    });
    let covers = |step: &super::defender::Step| match step.reach {
        Reach::Credential => step.credential == credential,
        Reach::Subject => system.credentials[step.credential.index()].subject == settings.subject,
    };
    effective && system.defender.playbook.iter().all(covers)
}

/// The end of the credential itself, where the verifier sees it.
fn own_end(system: &System, verifier: &Verifier, id: CredentialId) -> Option<Bound> {
    let credential = &system.credentials[id.index()];
    let seen = credential.kind == CredentialKind::SelfContained || verifier.check == Check::Itself;
    let left = life_left(credential).filter(|_| seen)?;
    if credential.kind != CredentialKind::SelfContained {
        return Some(Bound {
            span: Some(left),
            because: format!("{} looks at its end, at most {} away", verifier.name, left.human()),
        });
    }
    let leeway = verifier.leeway.unwrap_or(credential.leeway);
    let behind = match &verifier.clock_skew {
        Some(skew) if skew.side != SkewSide::Ahead => skew.by.max()?,
        _ => Span::ZERO,
    };
    let because = format!(
        "{}: {} of life left at most, leeway {}, clock behind by at most {}",
        verifier.name,
        left.human(),
        leeway.human(),
        behind.human()
    );
    Some(Bound { span: Some(left + leeway + behind), because })
}

/// Caches and read replicas between a verifier and its issuer.
fn by_asking(
    system: &System,
    verifier: &Verifier,
    asks: &Introspection,
    credential: CredentialId,
) -> Result<Bound, &'static str> {
    let mut filling = Filling::of(system, asks, &system.credentials[credential.index()])?;
    let limited = system.issuers[asks.issuer.index()].capacity.is_some();
    if limited || asks.request_leg.share_never() > Share::NONE || part_fails(system, Part::Issuer(asks.issuer)) {
        outage_is_harmless(system, verifier, asks)?;
    }
    let answered = filling.answered();
    // Without a cache no answer outlives the request that asked for it.
    let lag = system.issuers[asks.issuer.index()].read_lag.max().unwrap_or(answered);
    let mut bound = if asks.tiers.is_empty() { lag } else { answered };
    let mut parts = vec![];
    if answered > Span::ZERO {
        parts.push(format!("last answer in at {}", answered.human()));
    }
    for tier in asks.tiers.iter().rev() {
        let cache = &system.caches[tier.index()];
        let Some(end) = filling.end_of(*tier)? else { continue };
        bound = bound.max(end + cache.stale_while_revalidate.unwrap_or(Span::ZERO));
        parts.push(format!("cache {} to {}", cache.name, end.human()));
    }
    let how = if parts.is_empty() { "asks every time".to_owned() } else { parts.join(", ") };
    Ok(Bound { span: Some(bound), because: format!("{}: {how}", verifier.name) })
}

fn outage_is_harmless(system: &System, verifier: &Verifier, asks: &Introspection) -> Result<(), &'static str> {
    if verifier.when_issuer_down != OutagePolicy::FailClosed {
        return Err("goes on accepting while its issuer is down");
    }
    let stale = asks.tiers.iter().any(|tier| system.caches[tier.index()].stale_on_error.is_some());
    if stale { Err("serves stale answers while its issuer is down") } else { Ok(()) }
}

/// News that surely arrives, and what it does there.
fn by_news(
    system: &System,
    verifier: &Verifier,
    id: ChannelId,
    action: Action,
    credential: CredentialId,
) -> Option<Bound> {
    let named = &system.channels[id.index()];
    let carried = system.defender.playbook.iter().all(|step| named.carries.contains(&step.trigger));
    let from_here = named.from.is_none() || named.from == system.credentials[credential.index()].issuer;
    let fails = part_fails(system, Part::Channel(id))
        || named.from.is_some_and(|issuer| part_fails(system, Part::Issuer(issuer)));
    if !carried || !from_here || fails {
        return None;
    }
    let within = named.channel.surely_within()?;
    let closes = match (named.channel.role(), action) {
        (Role::LookedUp(_), _) | (_, Action::Deny(None)) => true,
        (_, Action::Deny(Some(lasts))) => {
            own_end(system, verifier, credential).and_then(|end| end.span).is_some_and(|end| end <= lasts)
        }
        (_, Action::Evict | Action::Refetch) => nothing_refills(system, verifier),
        (_, Action::Close) => false,
    };
    closes.then(|| Bound {
        span: Some(within),
        because: format!("{} hears {} within {}", verifier.name, named.name, within.human()),
    })
}

/// Whether no answer from before the revocation can fill a cache after it.
fn nothing_refills(system: &System, verifier: &Verifier) -> bool {
    let Check::Asks(asks) = &verifier.check else { return false };
    let others = sharing(system, asks);
    let others = || others.iter().filter(|other| !std::ptr::eq(**other, asks));
    // What the news evicts, another verifier must not fill again from a tier that the news does not reach.
    let nothing_behind = |other: &&&Introspection| {
        other.tiers.iter().rev().skip(1).all(|tier| system.caches[tier.index()].placement != Placement::Shared)
    };
    answers_at_once(system, asks)
        && others().all(|other| answers_at_once(system, other))
        && others().all(|other| nothing_behind(&other))
        && (others().next().is_none() || asks.tiers.len() == 1)
        && stale_never_serves(system, verifier, asks)
}

fn stale_never_serves(system: &System, verifier: &Verifier, asks: &Introspection) -> bool {
    let fails = part_fails(system, Part::Issuer(asks.issuer)) || system.issuers[asks.issuer.index()].capacity.is_some();
    !fails || outage_is_harmless(system, verifier, asks).is_ok()
}

fn part_fails(system: &System, part: Part) -> bool {
    system.faults.iter().any(|fault| fault.part == part)
}
