//! What the requests of a source cost: as many as arrive, the questions that they cause, and those that wait.
//!
//! Promises that nothing in the spacing of requests is free: switches between bursts are steps, a loop whose workers
//! hardly wait is as dear as it is fast, and an automation that comes back at once after a rejection too.

use super::lasting::Lasting;
use crate::model::cache::{Cache, Renewal};
use crate::model::channel::work::pauses_within;
use crate::model::id::{RouteId, TargetId, VerifierId};
use crate::model::play::beginning::pace::mean_rate;
use crate::model::play::compiled::plan::{Plan, PlanCheck, Source};
use crate::model::questions::{Calls, Questions};
use crate::model::verifier::Check;
use crate::model::workload::{Arrivals, OnReject};
use crate::model::worst::bound;

/// What the requests of one source cost in one trial.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Requests {
    /// Events: requests, and questions on their way and back.
    pub events: f64,
    /// Steps beside them: switches between bursts and silence, and looks at doors that a hit keeps open.
    pub steps: f64,
    /// Requests among the events.
    pub presented: f64,
    /// Those of them before the revocation.
    pub before: f64,
    /// Those after it that are made while doors are open.
    pub let_in: f64,
    /// For which share of the time after the revocation its rejections are asked for with questions that travel.
    pub asking: f64,
    /// Requests that wait at once for answers.
    pub waiting: f64,
}

/// The price of a source.
pub fn requests(plan: &Plan<'_>, source: &Source, lasts: &Lasting) -> Requests {
    let early = if source.standing { lasts.warm_up + lasts.before } else { lasts.before - lasts.idle };
    let (before, after, steps) = match &source.arrivals {
        Arrivals::Trace(trace) => {
            let requests = trace.requests().count() as f64 / trace.trials.len().max(1) as f64;
            (0.0, requests, 0.0)
        }
        arrivals => {
            let before = arrived(arrivals, early);
            let steps = match arrivals {
                Arrivals::Bursty { burst, silence, .. } => {
                    (early + lasts.after) / (burst.seconds() + silence.seconds()).max(1e-9)
                }
                _ => 0.0,
            };
            (before, after_revocation(plan, source, lasts), steps)
        }
    };
    let per_second = |count: f64, seconds: f64| if seconds > 0.0 { count / seconds } else { 0.0 };
    let mut found = Requests {
        events: before + after,
        presented: before + after,
        before,
        let_in: let_in(plan, source, lasts).min(after),
        asking: 0.0,
        steps,
        waiting: 0.0,
    };
    let share = 1.0 / source.routes.len() as f64;
    for route in &source.routes {
        for verifier in plan.hops_of(*route) {
            found.steps += after * share * looks_a_hit(plan, *verifier);
        }
    }
    let presented = source.routes.iter().map(|route| source.presents[usize::from(*route)].first());
    let asked_for = presented.map(|one| one.map_or(lasts.after, |credential| lasts.asked_after(plan, *credential)));
    let alive = asked_for.fold(0.0, f64::max);
    let asking = alive / lasts.after.max(1e-9);
    let (rate, rejected) = (per_second(before, early), per_second(after, lasts.after));
    let calls = [rate, rejected].map(|rate| calls_of(source, rate * share));
    let asked = Questions::settled(plan.system, &calls).asked();
    for one in asked.iter().filter(|one| plan.verifiers[one.verifier.index()].check == PlanCheck::AsksWithLegs) {
        found.events += 2.0
            * match one.calls {
                0 => (one.rate * early).min(before),
                _ if remembers_rejections(plan, one.verifier) => one.rate * alive,
                // Once revoked, whatever is not remembered as rejected is asked for again.
                _ => after * asking * share,
            };
        if one.calls == 1 {
            let busiest = rate.max(rejected) * share;
            found.asking = asking;
            found.waiting += waiting(plan, one.verifier, busiest, lasts).min(found.presented);
        }
    }
    if let Arrivals::ClosedLoop { workers, .. } = source.arrivals {
        found.waiting = found.waiting.min(f64::from(workers));
    }
    found
}

/// The calls of a source, at so many requests a second on each of its routes.
fn calls_of(source: &Source, each: f64) -> Calls {
    Calls { credentials: 1.0, on: source.routes.iter().map(|route| (RouteId(*route), each)).collect() }
}

/// Replicas whose entries are looked at when a hit moves the end of one, which it does where entries slide or go idle.
fn looks_a_hit(plan: &Plan<'_>, verifier: u16) -> f64 {
    let place = &plan.verifiers[usize::from(verifier)];
    let moves = |cache: &Cache| cache.renewal == Renewal::EveryHit || cache.idle.is_some();
    if !plan.tiers_of(place).iter().any(|tier| moves(plan.cache(tier))) {
        return 0.0;
    }
    let once = 1.0 + plan.routes_of[usize::from(verifier)].len() as f64;
    f64::from(place.replicas) * plan.compromised.len() as f64 * once
}

/// Requests of undisturbed arrivals in a time.
fn arrived(arrivals: &Arrivals, seconds: f64) -> f64 {
    match arrivals {
        Arrivals::ClosedLoop { workers, answer, think } => {
            let cycle = answer.mean_within(seconds) + think.mean_within(seconds);
            if seconds > 0.0 { f64::from(*workers) * seconds / cycle.max(1e-9) } else { 0.0 }
        }
        arrivals => mean_rate(arrivals) * seconds,
    }
}

/// Requests from the revocation on: as before while doors may be open, then as the rejected automation goes on.
fn after_revocation(plan: &Plan<'_>, source: &Source, lasts: &Lasting) -> f64 {
    let seconds = lasts.after;
    let all = arrived(&source.arrivals, seconds);
    let open = || while_open(plan, source, lasts);
    match source.on_reject {
        OnReject::Retry => all,
        OnReject::MoveOn => (open() + source.routes.len() as f64).min(all + 1.0),
        OnReject::GiveUp { after } => (open() + f64::from(after)).min(all + 1.0),
        OnReject::BackOff { first, factor, longest, give_up } => {
            let longest = longest.map_or(f64::INFINITY, |longest| longest.seconds());
            let again = pauses_within(first.seconds(), factor, longest, seconds);
            open() + again.min(give_up.map_or(f64::INFINITY, f64::from))
        }
    }
}

/// Requests that are let in from the revocation on: each target for its own bound, or, by an automation that gives way
/// where it is rejected, until the last door is closed.
fn let_in(plan: &Plan<'_>, source: &Source, lasts: &Lasting) -> f64 {
    if source.on_reject != OnReject::Retry {
        return while_open(plan, source, lasts);
    }
    let targets = source.routes.iter().map(|route| TargetId(plan.routes[usize::from(*route)].target));
    let bounds = targets.map(|target| bound(plan.system, target).span.map_or(lasts.after, |span| span.seconds()));
    let sum: f64 = bounds.map(|bound| bound.min(lasts.after)).sum();
    arrived(&source.arrivals, lasts.open * sum / source.routes.len().max(1) as f64)
}

/// Requests from the revocation on while any door may be open.
fn while_open(plan: &Plan<'_>, source: &Source, lasts: &Lasting) -> f64 {
    let targets = source.routes.iter().map(|route| TargetId(plan.routes[usize::from(*route)].target));
    let bounds = targets.map(|target| bound(plan.system, target).span.map_or(lasts.after, |span| span.seconds()));
    arrived(&source.arrivals, lasts.open * bounds.fold(0.0, f64::max).min(lasts.after))
}

fn remembers_rejections(plan: &Plan<'_>, verifier: VerifierId) -> bool {
    let Check::Asks(asks) = &plan.system.verifiers[verifier.index()].check else { return false };
    asks.tiers.iter().any(|tier| plan.system.caches[tier.index()].negative_ttl.is_some())
}

/// Requests that wait at a verifier at once: as many as come while a question is under way.
fn waiting(plan: &Plan<'_>, verifier: VerifierId, rate: f64, lasts: &Lasting) -> f64 {
    let Check::Asks(asks) = &plan.system.verifiers[verifier.index()].check else { return 0.0 };
    let whole = lasts.whole();
    let under_way = asks.request_leg.mean_within(whole) + asks.response_leg.mean_within(whole);
    rate * under_way.min(whole)
}
