//! What skipping saves: requests are only played while something may follow from one of them.
//!
//! A stream that takes turns, or shares a load balancer, is awake as long as any entry on its ways is empty. An entry that
//! lives for `T` and is asked for after a gap of `g` is empty for `g / (T + g)` of the time.

use super::request_price::Requests;
use crate::model::cache::{Cache, Renewal, Ttl};
use crate::model::defender::{Detects, Does};
use crate::model::kept::mean_life;
use crate::model::lineage::Binding;
use crate::model::play::beginning::pace::mean_rate;
use crate::model::play::compiled::plan::{Plan, PlanCheck, PlanVerifier, Tier};
use crate::model::play::skip::track::{Track, UnitKind};
use crate::model::play::skip::tracks::Tracks;
use crate::model::workload::OnReject;
use std::collections::BTreeMap;

/// Which share of its requests a source plays one by one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Awake {
    /// As long as it is let in, before the revocation.
    pub let_in: f64,
    /// And after it, when no entry is filled again.
    pub let_in_after: f64,
    /// While it is rejected.
    pub rejected: f64,
    /// Beside that, while it is rejected by issuers that take time to say so.
    pub refused_late: f64,
    /// How many it plays beside them, as it begins and whenever something turns on its ways.
    pub at_turns: f64,
}

impl Awake {
    /// It plays all of them.
    pub const ALWAYS: Self = Self { let_in: 1.0, let_in_after: 1.0, rejected: 1.0, refused_late: 0.0, at_turns: 0.0 };

    /// How many are skipped.
    pub fn skipped(self, found: &Requests) -> f64 {
        let let_in = found.before + found.let_in;
        let played = self.rejected + self.refused_late * found.asking;
        let open = found.before * (1.0 - self.let_in) + found.let_in * (1.0 - self.let_in_after);
        let skipped = open + (found.presented - let_in) * (1.0 - played.min(1.0));
        (skipped - self.at_turns).max(0.0)
    }
}

/// Of every source.
pub fn awake(plan: &Plan<'_>, tracks: &Tracks) -> Vec<Awake> {
    let rates = rates(plan);
    let again = quiet(plan, tracks, &rates, Filled::Again);
    let once = quiet(plan, tracks, &rates, Filled::Once);
    (0..plan.sources.len())
        .map(|source| {
            let units = tracks.units_of[source].clone();
            if units.is_empty() {
                return Awake::ALWAYS;
            }
            let of = |quiet: &[f64]| {
                let skipped: f64 = units
                    .clone()
                    .map(|unit| share(plan, tracks, unit) * quiet[tracks.units[unit].bundle as usize])
                    .sum();
                1.0 - skipped.min(1.0)
            };
            let attacks = plan.attacks(source as u16);
            let let_in = of(&again);
            let let_in_after = if attacks { of(&once) } else { let_in };
            // A lawful client is let in again with what replaces its credential.
            let (rejected, refused_late) = if attacks { rejected(plan, tracks, source) } else { (let_in, 0.0) };
            Awake { let_in, let_in_after, rejected, refused_late, at_turns: at_turns(plan, source) }
        })
        .collect()
}

/// How many ways are looked at anew after each request of a source that is played beside others that are skipped: all on its
/// island, if it is never skipped itself, or if what follows from any request there may reach all of them.
pub fn looks_after_each(tracks: &Tracks) -> Vec<f64> {
    let looked_at = |source: usize| {
        let island = &tracks.islands[usize::from(tracks.island_of[source]?)];
        let ways = tracks.bundles[island.bundles.clone()].iter().map(|bundle| bundle.tracks.len()).sum::<usize>();
        (island.restless || tracks.units_of[source].is_empty()).then_some(ways as f64)
    };
    (0..tracks.units_of.len()).map(|source| looked_at(source).unwrap_or(0.0)).collect()
}

/// Requests a second that meet each cell.
fn rates(plan: &Plan<'_>) -> BTreeMap<usize, f64> {
    let mut rates = BTreeMap::new();
    for source in &plan.sources {
        let rate = mean_rate(&source.arrivals) / source.routes.len().max(1) as f64;
        for route in &source.routes {
            let Some(credential) = source.presents[usize::from(*route)].first() else { continue };
            for verifier in plan.hops_of(*route) {
                let place = &plan.verifiers[usize::from(*verifier)];
                for cell in cells(plan, place, *credential) {
                    *rates.entry(cell).or_default() += rate / f64::from(place.replicas);
                }
            }
        }
    }
    rates
}

/// The cells of the nearest cache of a verifier, one a replica.
fn cells(plan: &Plan<'_>, place: &PlanVerifier, credential: u16) -> impl Iterator<Item = usize> {
    let tier = nearest(plan, place);
    let replicas = place.first_replica..place.first_replica + place.replicas;
    replicas.filter_map(move |replica| Some(plan.cell_of(&tier?, place.first_replica, replica, credential)))
}

/// The nearest cache of a verifier that keeps anything.
fn nearest(plan: &Plan<'_>, place: &PlanVerifier) -> Option<Tier> {
    plan.tiers_of(place).iter().copied().find(|tier| plan.cache(tier).ttl != Ttl::Disabled)
}

/// Whether an entry that has ended is filled again, as long as issuers say yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filled {
    Again,
    Once,
}

/// The share of the time at which nothing is empty on any way of a bundle, for each of them.
fn quiet(plan: &Plan<'_>, tracks: &Tracks, rates: &BTreeMap<usize, f64>, filled: Filled) -> Vec<f64> {
    let on = |track: &Track| quiet_on(plan, track, tracks.units[track.unit as usize].source, (rates, filled));
    let ways = tracks.bundles.iter().map(|bundle| bundle.tracks.iter().map(|track| &tracks.tracks[*track as usize]));
    ways.map(|ways| ways.map(on).product()).collect()
}

/// The share of the time at which every request on a way is foreseen.
fn quiet_on(plan: &Plan<'_>, track: &Track, source: u16, (rates, filled): (&BTreeMap<usize, f64>, Filled)) -> f64 {
    let attacks = plan.attacks(source);
    let watched = matches!(plan.system.defender.detects, Detects::Requests { .. });
    if attacks && (watched || plan.held.contains(&plan.routes[usize::from(track.route)].target)) {
        return 0.0;
    }
    if !plan.sources[usize::from(source)].mints.get(usize::from(track.route)).is_none_or(Vec::is_empty) {
        return 0.0;
    }
    let Some(credential) = plan.sources[usize::from(source)].presents[usize::from(track.route)].first() else {
        return 1.0;
    };
    let bound = plan.system.credentials[plan.original(*credential)].binding != Binding::Bearer;
    if bound && track.chooses {
        // A copy is mostly of no use without its key, and each rejection is a reason to try another.
        return 0.0;
    }
    let quiet = plan.hops_of(track.route).iter().map(|verifier| {
        let place = &plan.verifiers[usize::from(*verifier)];
        if place.responses.is_some() {
            return 0.0;
        }
        if matches!(place.check, PlanCheck::Nothing | PlanCheck::Itself) {
            return 1.0;
        }
        let travels = place.check == PlanCheck::AsksWithLegs;
        let Some(cache) = nearest(plan, place).map(|tier| plan.cache(&tier)) else {
            return if travels { 0.0 } else { 1.0 };
        };
        let legs = plan
            .introspection(*verifier)
            .map_or(0.0, |asks| asks.request_leg.mean_within(60.0) + asks.response_leg.mean_within(60.0));
        let fresh = |cell: usize| {
            if filled == Filled::Once {
                return if lives(cache).is_some() { 1.0 } else { 0.0 };
            }
            let rate = rates.get(&cell).copied().unwrap_or(0.0);
            let gap = 1.0 / rate.max(1e-9) + legs;
            lives(cache).map_or(0.0, |life| if life.is_finite() { life / (life + gap) } else { 1.0 })
        };
        match track.replica {
            Some(replica) => nearest(plan, place)
                .map_or(1.0, |tier| fresh(plan.cell_of(&tier, place.first_replica, replica, *credential))),
            // Whoever stays with one replica meets the entry of that alone.
            None if place.stuck.is_some() => cells(plan, place, *credential).map(fresh).fold(1.0, f64::min),
            None => cells(plan, place, *credential).map(fresh).product(),
        }
    });
    quiet.product()
}

/// How long an entry is fresh and a hit changes nothing, in seconds; none if a hit always does.
fn lives(cache: &Cache) -> Option<f64> {
    if cache.renewal == Renewal::EveryHit || cache.idle.is_some() {
        return None;
    }
    // A request that comes at once after the end: what its rate adds to a life does not matter to a price.
    (cache.ttl != Ttl::Disabled).then(|| mean_life(cache, 0.0).max(1e-9))
}

/// An attacker's first acceptance at a target is played; so is the request that finds out at an issuer what was revoked.
fn at_turns(plan: &Plan<'_>, source: usize) -> f64 {
    let marks = if plan.attacks(source as u16) { 1.0 } else { 0.0 };
    let asks = |route: &u16| {
        let mut way = plan.hops_of(*route).iter().map(|verifier| plan.verifiers[usize::from(*verifier)].check);
        way.any(|check| matches!(check, PlanCheck::AsksAtOnce | PlanCheck::AsksWithLegs))
    };
    let turns = plan.sources[source].routes.iter().map(|route| marks + if asks(route) { 1.0 } else { 0.0 });
    1.0 + turns.sum::<f64>()
}

/// The share of rejections that are played, and of those that are while issuers take time to say so.
fn rejected(plan: &Plan<'_>, tracks: &Tracks, source: usize) -> (f64, f64) {
    let settings = &plan.sources[source];
    let blocks = plan.system.defender.playbook.iter().any(|step| matches!(step.does, Does::BlockNetwork(_)));
    let chooses = settings.routes.iter().any(|route| plan.chooses(source, *route));
    if settings.on_reject != OnReject::Retry || chooses || blocks {
        return (1.0, 0.0);
    }
    let travels = |track: &Track| {
        let mut way = plan.hops_of(track.route).iter();
        way.any(|verifier| plan.verifiers[usize::from(*verifier)].check == PlanCheck::AsksWithLegs)
    };
    let played = |unit: &usize| tracks.tracks[tracks.units[*unit].tracks.clone()].iter().any(travels);
    (0.0, tracks.units_of[source].clone().filter(played).map(|unit| share(plan, tracks, unit)).sum())
}

/// Which share of the requests of its source a unit makes.
fn share(plan: &Plan<'_>, tracks: &Tracks, unit: usize) -> f64 {
    let laid = &tracks.units[unit];
    match laid.kind {
        UnitKind::Single => 1.0 / (plan.sources[usize::from(laid.source)].routes.len() as f64 * f64::from(laid.among)),
        UnitKind::Dealt | UnitKind::Stuck => 1.0,
    }
}
