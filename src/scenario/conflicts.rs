//! Settings that are each right and cannot stand together.

use super::names::Parts;
use crate::model::cache::{Cache, Placement, TierAge};
use crate::model::channel::contract::NamedChannel;
use crate::model::id::{CacheId, CredentialId};
use crate::model::system::{Start, System};
use crate::model::verifier::{Check, Verifier};
use crate::model::workload::Arrivals;
use crate::settings::context::Context;
use crate::settings::laws;
use crate::settings::reader::Reader;
use crate::units::time::Span;

/// The most replicas in all.
pub const MOST_REPLICAS: usize = 100_000;

/// The most replicas that hear one channel: a listener has a number of 16 bits, the last of which is taken.
pub const MOST_LISTENERS: usize = 65_535;

/// Conflicts between verifiers and what they share; parts at fault are left out.
pub fn across_verifiers(
    verifiers: &[Option<Verifier>],
    caches: &[Option<Cache>],
    channels: &[Option<NamedChannel>],
    parts: &Parts,
    context: &mut Context,
) {
    inherited_age(verifiers, caches, parts, context);
    let replicas: usize = verifiers.iter().flatten().map(|verifier| usize::from(verifier.replicas)).sum();
    if let Some(largest) = verifiers
        .iter()
        .position(|verifier| verifier.as_ref().is_some_and(|one| replicas > MOST_REPLICAS && one.replicas > 1))
    {
        let message = format!("the verifiers have {replicas} replicas in all and at most {MOST_REPLICAS} are allowed");
        context.fault(parts.verifiers.place(largest), message, "let one replica stand for several alike");
    }
    for (at, channel) in channels.iter().enumerate().filter_map(|(at, channel)| Some((at, channel.as_ref()?))) {
        let hears = |verifier: &&Verifier| verifier.hears.iter().any(|hearing| hearing.channel.index() == at);
        let listeners: usize =
            verifiers.iter().flatten().filter(hears).map(|verifier| usize::from(verifier.replicas)).sum();
        if listeners > MOST_LISTENERS {
            let message = format!("{listeners} replicas hear `{}` and at most {MOST_LISTENERS} can", channel.name);
            context.fault(parts.channels.place(at), message, "let fewer replicas hear it, or split the channel");
        }
    }
}

/// A shared cache that inherits ages needs a tier behind it somewhere; those of verifiers were looked at as they were read.
fn inherited_age(verifiers: &[Option<Verifier>], caches: &[Option<Cache>], parts: &Parts, context: &mut Context) {
    if verifiers.iter().any(Option::is_none) {
        return;
    }
    for (at, cache) in caches.iter().enumerate().filter_map(|(at, cache)| Some((at, cache.as_ref()?))) {
        let id = CacheId::at(at);
        let has_tier_behind = |verifier: &Verifier| match &verifier.check {
            Check::Asks(asked) => asked.tiers.iter().rev().skip(1).any(|tier| *tier == id),
            _ => false,
        };
        if cache.placement == Placement::Shared
            && cache.age == TierAge::Inherited
            && !verifiers.iter().flatten().any(has_tier_behind)
        {
            let message = format!("`age` has no effect in `{}`: no tier lies behind it", cache.name);
            context.fault(
                parts.caches.place(at),
                message,
                "only an entry copied from a tier behind has an age; remove it",
            );
        }
    }
}

/// Conflicts that only a whole system can have.
pub fn of_the_whole(system: &System, top: &mut Reader<'_>, parts: &Parts) {
    shut_routes(system, top.context(), parts);
    first_use_without_a_time(system, top);
    nobody_ever_revokes(system, top);
}

fn shut_routes(system: &System, context: &mut Context, parts: &Parts) {
    for route in &system.routes {
        let opens = |id: &CredentialId| super::routes::passes_all(route, *id, system);
        let mut all = (0..system.credentials.len()).map(CredentialId::at);
        if !all.any(|id| opens(&id)) {
            let names: Vec<&str> = route.verifiers.iter().map(|at| parts.verifiers.text(at.index())).collect();
            let last = route.verifiers.last().map_or(0, |at| at.index());
            let message = format!(
                "no credential passes every verifier on the way to `{}`: {}",
                parts.targets.text(route.target.index()),
                names.join(", then ")
            );
            context.fault(
                parts.verifiers.place(last),
                message,
                "let them accept a credential in common, or remove the route",
            );
        }
    }
}

fn first_use_without_a_time(system: &System, top: &mut Reader<'_>) {
    let recorded = system.attacker.replays.iter().any(|stream| matches!(stream.arrivals, Arrivals::Trace(_)));
    if system.start == Start::FirstUse && system.attacker.first_try.is_none() && !recorded {
        top.wrong(
            "start",
            "an attacker that has always been there does not start with cold caches",
            "add `first_try` to the attacker, for example `first_try: 0s`",
        );
    }
}

fn nobody_ever_revokes(system: &System, top: &mut Reader<'_>) {
    let defender = &system.defender;
    let least = defender.detects.min() + defender.triages.min() + defender.approves.min();
    let first = defender.playbook.iter().map(|step| step.takes.min()).next().unwrap_or(Span::ZERO);
    if least + first >= system.give_up_after {
        let message = format!(
            "no trial is ever revoked: the defender needs at least {} and `give_up_after` is {}",
            least + first,
            system.give_up_after
        );
        top.wrong("give_up_after", &message, "make `give_up_after` longer");
    }
    let never = [&defender.detects, &defender.triages, &defender.approves]
        .into_iter()
        .any(|law| law.share_never().value() >= 1.0);
    if never || laws::constant(&defender.detects) == Some(crate::units::time::LONGEST) {
        top.wrong(
            "defender",
            "no trial is ever revoked: one of `detects`, `triages` and `approves` never ends",
            "give it a law of which some delays end",
        );
    }
}
