//! The analytic bound: the longest time from revocation after which no presentation at a target can be accepted.
//!
//! It is (`worst.rs`) the largest over the ways to the target (route and credential) of the smallest over the verifiers on
//! the way of the soonest of: the end of the credential itself, news that cannot be lost, and the caches between
//! the verifier and its issuer. Where something can go wrong without limit there is no bound, and the reason is
//! said. A trial beyond a bound is a fault of this program, and is asserted.

use super::cache::Placement;
use super::channel::contract::Role;
use super::credential::Credential;
use super::defender::{Does, ReplaceOrder, Revoking, Step, Trigger};
use super::fault::{Part, When};
use super::filling::{Filling, answers_at_once, life_left, sharing};
use super::id::{CacheId, ChannelId, CredentialId, RouteId, TargetId, VerifierId};
use super::lineage::OnReuse;
use super::lingering;
use super::place::Route;
use super::response::{KeyedBy, ResponseCache};
use super::system::System;
use super::verifier::{Action, Check, Introspection, OutagePolicy, Verifier};
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

/// The bound that lasts longer.
pub fn later(a: Bound, b: Bound) -> Bound {
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

/// The bound that ends sooner.
pub fn sooner(a: Bound, b: Bound) -> Bound {
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

/// The bound of a stolen credential on a route.
pub fn way(system: &System, route: &Route, credential: CredentialId) -> Bound {
    whole_way(system, route, |id| hop(system, id, route.target, credential))
}

/// The bound of a route and of whatever connection the attacker holds open over it; `hop` gives that of each verifier.
pub fn whole_way(system: &System, route: &Route, hop: impl Fn(VerifierId) -> Bound) -> Bound {
    let mut behind: Option<Bound> = None;
    for (place, verifier) in route.verifiers.iter().enumerate().rev() {
        let own = hop(*verifier);
        let responses = system.verifiers[verifier.index()].responses.as_ref();
        behind = Some(match (behind, responses.filter(|kept| !kept.kept.bypass.contains(&route.target))) {
            (Some(behind), Some(kept)) => past_responses(system, route, place, kept, behind),
            // Who checks nothing lets in what those behind it let in, and is not why.
            (Some(behind), None) if system.verifiers[verifier.index()].check == Check::Nothing => behind,
            (Some(behind), None) => sooner(own, behind),
            (None, _) => own,
        });
    }
    let way = behind.unwrap_or_else(|| Bound { span: None, because: "no verifier stands before it".into() });
    if system.attacker.holds_open.contains(&route.target) { held_open(system, route, way, hop) } else { way }
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
    let life = kept.longest_life();
    let because = format!("{}; {name} serves a response for {}", behind.because, life.exact());
    Bound { span: Some(filled_until + answered + life), because }
}

/// A way over which the attacker holds a connection open, which outlasts the presentation that opened it.
fn held_open(system: &System, route: &Route, way: Bound, hop: impl Fn(VerifierId) -> Bound) -> Bound {
    let Some(presented) = way.span else { return way };
    match lingering::latest_end(system, &route.verifiers, presented, |id| hop(id).span) {
        Ok((end, because)) => Bound { span: Some(end), because: format!("{}; {because}", way.because) },
        Err(because) => Bound { span: None, because },
    }
}

fn hop(system: &System, id: VerifierId, target: TargetId, credential: CredentialId) -> Bound {
    let verifier = &system.verifiers[id.index()];
    let name = &verifier.name;
    let none = |why: &str| Bound { span: None, because: format!("{name} {why}") };
    match &verifier.check {
        Check::Nothing => none("checks nothing"),
        Check::Itself | Check::Asks(_) => {
            let own_end = own_end(system, verifier, credential);
            if let Err(why) = surely_revoked(system, credential) {
                let asked = asked_after_its_end(system, verifier, target, credential);
                return own_end.into_iter().chain(asked).reduce(sooner).unwrap_or_else(|| none(why));
            }
            let asking = match &verifier.check {
                Check::Asks(asks) => by_asking(system, verifier, asks, target, credential).unwrap_or_else(none),
                Check::Itself | Check::Nothing => none("hears no news that surely comes within a time"),
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

/// Whether the revocation that starts the clock surely covers `credential` and changes something; if not, why.
pub fn surely_revoked(system: &System, credential: CredentialId) -> Result<(), &'static str> {
    let settings = &system.credentials[credential.index()];
    if let Some(issuer) = settings.issuer.map(|issuer| &system.issuers[issuer.index()]) {
        if issuer.ignores.contains(&settings.kind) {
            return Err("takes a kind of credential whose revocations its issuer ignores");
        }
        if issuer.ineffective > Share::NONE {
            return Err("takes a credential whose revocation may be ineffective");
        }
    }
    if revocations(system).any(|revoking| revoking.retention.is_some()) {
        return Err("takes a credential whose revocation may be forgotten");
    }
    let rotates = rotations(system).next().is_some();
    if !rotates && revocations(system).next().is_none() && families(system).next().is_none() {
        return Err("takes a credential that nothing in the playbook reaches");
    }
    if rotates {
        // What starts the clock is either a revocation or the new key, and each is heard in another way.
        if revocations(system).next().is_some() || families(system).next().is_some() {
            return Err(
                "stands under a playbook of both revocations and new keys, and a bound is only worked out under one of the two",
            );
        }
        let all = is_signed_anew(system, credential);
        return all.then_some(()).ok_or("takes a credential that not every new key of the playbook ends");
    }
    let covers = |revoking: &Revoking| system.reached_by(revoking).contains(&credential);
    let by_issuer = |id: CredentialId| system.with_cascades(vec![id]).contains(&credential);
    let all = revocations(system).all(covers) && families(system).all(by_issuer);
    all.then_some(()).ok_or(
        "takes a credential that not every revocation covers, and a bound is only worked out where each of them does",
    )
}

/// Families of refresh tokens that their issuers may revoke by themselves, which starts the clock as well.
fn families(system: &System) -> impl Iterator<Item = CredentialId> {
    let revokes = |one: &Credential| one.rotation.is_some_and(|rotation| rotation.on_reuse == OnReuse::RevokeFamily);
    let credentials = system.credentials.iter().enumerate();
    let families = credentials.filter(move |(_, one)| revokes(one)).map(|(number, _)| CredentialId::at(number));
    families.filter(|id| is_attacked(system, &system.with_cascades(vec![*id])))
}

/// Whether every new key that starts the clock puts an end to a credential.
fn is_signed_anew(system: &System, credential: CredentialId) -> bool {
    rotations(system).all(|channel| system.signed_for(channel).contains(&credential))
}

/// The channels by which steps of the playbook bring a new key for anything that the attacker steals or mints: no other
/// starts the clock.
fn rotations(system: &System) -> impl Iterator<Item = ChannelId> {
    let brought = system.defender.playbook.iter().filter_map(|step| match step.does {
        Does::RotateKey(channel) => Some(channel),
        _ => None,
    });
    brought.filter(|channel| is_attacked(system, &system.signed_for(*channel)))
}

/// The steps of the playbook that record a revocation of anything that the attacker steals or mints: no other starts the
/// clock.
fn revocations(system: &System) -> impl Iterator<Item = &Revoking> {
    let revocations = system.defender.playbook.iter().filter_map(Step::revokes);
    revocations.filter(|revoking| is_attacked(system, &system.reached_by(revoking)))
}

/// Whether the attacker steals or mints any of some credentials.
fn is_attacked(system: &System, credentials: &[CredentialId]) -> bool {
    system.attacked().any(|credential| credentials.contains(&credential))
}

/// The end of the credential itself, where the verifier sees it.
fn own_end(system: &System, verifier: &Verifier, id: CredentialId) -> Option<Bound> {
    let credential = &system.credentials[id.index()];
    let seen = credential.kind.shows_its_end() || verifier.check == Check::Itself;
    let left = life_left(credential).filter(|_| seen)?;
    if !credential.kind.shows_its_end() {
        return Some(Bound {
            span: Some(left),
            because: format!("{} looks at its end, at most {} away", verifier.name, left.exact()),
        });
    }
    let leeway = verifier.leeway.unwrap_or(credential.leeway);
    let behind = system.clock_behind(verifier)?;
    let because = format!(
        "{}: {} of life left at most, leeway {}, clock behind by at most {}",
        verifier.name,
        left.exact(),
        leeway.exact(),
        behind.exact()
    );
    Some(Bound { span: Some(left + leeway + behind), because })
}

/// The end of a credential that nothing surely revokes, where it is the issuer who says that it has ended: what was answered
/// before is kept as if it were revoked then.
fn asked_after_its_end(system: &System, verifier: &Verifier, target: TargetId, id: CredentialId) -> Option<Bound> {
    let Check::Asks(asks) = &verifier.check else { return None };
    let left = life_left(&system.credentials[id.index()])?;
    let asking = by_asking(system, verifier, asks, target, id).ok()?;
    let because = format!("at most {} of life left, and from its end on {}", left.exact(), asking.because);
    asking.span.map(|span| Bound { span: Some(left + span), because })
}

/// Caches and read replicas between a verifier and its issuer, as requests for `target` meet them.
fn by_asking(
    system: &System,
    verifier: &Verifier,
    asks: &Introspection,
    target: TargetId,
    credential: CredentialId,
) -> Result<Bound, &'static str> {
    let mut filling = Filling::of(system, asks, &system.credentials[credential.index()])?;
    let alone = may_be_unanswered(system, verifier, asks) || asks.request_leg.share_never() > Share::NONE;
    if alone && verifier.when_issuer_down == OutagePolicy::FailOpen {
        return Err("lets everybody in while its issuer does not answer");
    }
    let looked_into = |tier: &&CacheId| !system.caches[tier.index()].bypass.contains(&target);
    let tiers: Vec<CacheId> = asks.tiers.iter().filter(looked_into).copied().collect();
    let answered = filling.answered();
    // Without a cache no answer outlives the request that asked for it.
    let lag = system.issuers[asks.issuer.index()].read_lag.max().unwrap_or(answered);
    let mut bound = if tiers.is_empty() { lag } else { answered }.max(verifier.trusts_new_for);
    let mut parts = vec![];
    if bound > Span::ZERO {
        parts.push(format!("last answer in at {}", bound.exact()));
    }
    let until = if alone { asked_in_vain_until(system, verifier, asks) } else { None };
    for tier in tiers.iter().rev() {
        let cache = &system.caches[tier.index()];
        let Some(end) = filling.end_of(*tier)? else { continue };
        parts.push(format!("cache {} to {}", tier_name(system, asks, *tier), end.exact()));
        let stale = cache.stale_while_revalidate.unwrap_or(Span::ZERO);
        if stale > Span::ZERO {
            parts.push(format!("served stale while revalidated to {}", (end + stale).exact()));
        }
        // What is served so is neither renewed nor copied to another tier, so it ends with the entry.
        let kept = if alone { verifier.when_issuer_down.grace(cache.stale_on_error) } else { Span::ZERO };
        let kept_to = until.map_or(end + kept, |until| until.min(end + kept));
        if kept_to > end {
            parts.push(format!("served stale while its issuer is down to {}", kept_to.exact()));
        }
        bound = bound.max(end + stale).max(kept_to);
    }
    let how = if parts.is_empty() { "asks every time".to_owned() } else { parts.join(", ") };
    Ok(Bound { span: Some(bound), because: format!("{}: {how}", verifier.name) })
}

/// The name of a cache, with its place among the tiers where several have the same.
fn tier_name(system: &System, asks: &Introspection, tier: CacheId) -> String {
    let name = |tier: &CacheId| &system.caches[tier.index()].name;
    let alike = asks.tiers.iter().filter(|other| name(other) == name(&tier)).count();
    match asks.tiers.iter().position(|other| *other == tier) {
        Some(place) if alike > 1 => format!("{} (tier {})", name(&tier), place + 1),
        _ => name(&tier).clone(),
    }
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
    let carried = if named.channel.starts_by_itself() {
        revocations(system).all(|revoking| named.carries.contains(&revoking.trigger))
            && (families(system).next().is_none() || named.carries.contains(&Trigger::Revoke))
            && rotations(system).next().is_none()
    } else {
        revocations(system).next().is_none()
            && families(system).next().is_none()
            && rotations(system).all(|by| by == id)
    };
    let from_here = named.speaks_of(system.credentials[credential.index()].issuer);
    let concerns = |part: Part| match part {
        Part::Channel(other) | Part::Feeding(_, other) => other == id,
        Part::Hearing(by, other) => other == id && system.verifiers[by.index()].name == verifier.name,
        Part::Issuer(_) | Part::Verifier(_) | Part::Between(..) | Part::Passing(..) | Part::Cache(_) => false,
    };
    // A way that is cut, and a subscriber that restarts, are as bad as a channel that is down.
    let fails = system.faults.iter().any(|fault| concerns(fault.part))
        || named.from.is_some_and(|issuer| part_fails(system, Part::Issuer(issuer)));
    if !carried || !from_here || fails {
        return None;
    }
    let within = named.channel.surely_within()?;
    let closes = match (named.channel.role(), action) {
        (Role::LookedUp(_), _) | (_, Action::Deny(None)) => true,
        // The old value may be kept beside the new one for a time.
        (_, Action::Replace) => {
            let mut replaced = system.defender.playbook.iter().filter_map(Step::replaces);
            let kept = replaced.any(|replacing| replacing.order != ReplaceOrder::RevokeFirst);
            // Only a secret that no issuer knows is compared with a value that could be replaced.
            !kept && system.credentials[credential.index()].issuer.is_none()
        }
        (_, Action::Deny(Some(lasts))) => {
            own_end(system, verifier, credential).and_then(|end| end.span).is_some_and(|end| end <= lasts)
        }
        (_, Action::Evict | Action::Refetch) => nothing_refills(system, verifier),
        (_, Action::Close) => false,
    };
    // What was just issued is not asked about, whatever the caches have forgotten.
    let trusted = match action {
        Action::Evict | Action::Refetch => verifier.trusts_new_for,
        _ => Span::ZERO,
    };
    closes.then(|| Bound {
        span: Some(within.max(trusted)),
        because: format!("{} hears {} within {}", verifier.name, named.name, within.exact()),
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
    let serves = |tier: &CacheId| system.caches[tier.index()].stale_on_error.is_some();
    let harmless = verifier.when_issuer_down == OutagePolicy::FailClosed && !asks.tiers.iter().any(serves);
    !may_be_unanswered(system, verifier, asks) || harmless
}

/// Whether a verifier can ever be unable to ask: its issuer is down, or busy, or the way to it cut.
fn may_be_unanswered(system: &System, verifier: &Verifier, asks: &Introspection) -> bool {
    let cut = |by: VerifierId| system.verifiers[by.index()].name == verifier.name;
    let way = system.faults.iter().any(|fault| matches!(fault.part, Part::Between(by, _) if cut(by)));
    let limited = system.issuers[asks.issuer.index()].capacity.is_some();
    way || limited || part_fails(system, Part::Issuer(asks.issuer))
}

/// The end, after the revocation, of all times at which a verifier cannot ask; none where it is not known.
///
/// Only where each of them is fixed to the revocation, nobody but the defender revokes, and an answer takes no time, so
/// that who presents something later is answered.
fn asked_in_vain_until(system: &System, verifier: &Verifier, asks: &Introspection) -> Option<Span> {
    let limited = system.issuers[asks.issuer.index()].capacity.is_some();
    let lost = asks.request_leg.share_never() > Share::NONE || asks.response_leg.share_never() > Share::NONE;
    if limited || lost || families(system).next().is_some() || !answers_at_once(system, asks) {
        return None;
    }
    let concerns = |part: Part| match part {
        Part::Between(by, _) => system.verifiers[by.index()].name == verifier.name,
        Part::Issuer(issuer) => issuer == asks.issuer,
        _ => false,
    };
    system.faults.iter().filter(|fault| concerns(fault.part)).try_fold(Span::ZERO, |latest, fault| match &fault.when {
        When::FromRevocation { from, lasts } if lasts.share_never() == Share::NONE => {
            Some(latest.max(*from + lasts.max()?))
        }
        _ => None,
    })
}

fn part_fails(system: &System, part: Part) -> bool {
    system.faults.iter().any(|fault| fault.takes_down(part))
}
