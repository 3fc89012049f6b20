//! Settings that are each right and cannot stand together.

use super::names::Parts;
use super::routes::passes;
use crate::model::attacker::Attacker;
use crate::model::cache::{Cache, ClockPhase, Ends, Placement, TierAge};
use crate::model::channel::contract::NamedChannel;
use crate::model::credential::Credential;
use crate::model::id::{CacheId, CredentialId};
use crate::model::place::Route;
use crate::model::system::Start;
use crate::model::verifier::{Check, Verifier};
use crate::model::workload::{Arrivals, Trace};
use crate::settings::context::Context;
use crate::settings::reader::Reader;

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

/// Routes that no credential passes from end to end.
pub fn shut_routes(
    routes: &[Route],
    credentials: &[Option<Credential>],
    verifiers: &[Option<Verifier>],
    parts: &Parts,
    context: &mut Context,
) {
    let opens = |route: &Route, (at, credential): (usize, &Option<Credential>)| {
        credential.as_ref().is_none_or(|credential| passes(route, CredentialId::at(at), credential, verifiers))
    };
    for route in routes.iter().filter(|route| !credentials.iter().enumerate().any(|one| opens(route, one))) {
        let names: Vec<&str> = route.verifiers.iter().map(|at| parts.verifiers.text(at.index())).collect();
        let last = route.verifiers.last().map_or(0, |at| at.index());
        let target = parts.targets.text(route.target.index());
        let message =
            format!("no credential passes every verifier on the way to `{target}`: {}", names.join(", then "));
        let help = "let them accept a credential in common, or remove the route";
        context.fault(parts.verifiers.place(last), message, help);
    }
}

/// `first_use` without a first use.
pub fn first_use_without_a_time(start: Start, attacker: Option<&Attacker>, top: &mut Reader<'_>) {
    let Some(attacker) = attacker.filter(|attacker| start == Start::FirstUse && attacker.first_try.is_none()) else {
        return;
    };
    if !attacker.replays.iter().any(|stream| matches!(stream.arrivals, Arrivals::Trace(_))) {
        let message = "an attacker that has always been there does not start with cold caches";
        top.wrong("start", message, "add `first_try` to the attacker, for example `first_try: 0s`");
    }
}

/// Several recordings must tell the same trials apart, and one of them at most says what clocks showed.
pub fn recordings_that_disagree(recordings: &[&Trace], caches: &[Option<Cache>], top: &mut Reader<'_>) {
    let mut several = recordings.iter().filter(|trace| trace.trials.len() > 1);
    let names = |trace: &Trace| trace.trials.iter().map(|trial| trial.name.clone()).collect::<Vec<_>>();
    if let Some(first) = several.next().map(|trace| names(trace))
        && several.any(|other| names(other) != first)
    {
        let message = "recordings disagree about their trials, so they cannot be played side by side";
        top.wrong("attacker", message, "let their columns under `trials` hold the same trials in the same order");
    }
    let told = recordings.iter().filter(|trace| trace.trials.iter().any(|trial| trial.clock.is_some())).count();
    if told > 1 {
        top.wrong("attacker", "several recordings say what clocks showed", "leave `clock` to one of them");
    }
    let follows = |cache: &Cache| cache.ends != Ends::Exact && cache.clock == ClockPhase::Drawn;
    if told == 1 && !caches.iter().any(|cache| cache.as_ref().is_none_or(follows)) {
        let message = "`clock` of the recording has no effect: no cache waits for it";
        let help = "let a cache without a clock of its own end on a whole second with `ends`, or remove it";
        top.wrong("attacker", message, help);
    }
}
