//! The requests that reach each entry of a response cache, and what of them comes through to what lies behind.

use super::load::{CellLoad, Passing, Rhythm};
use crate::model::cache::Ttl;
use crate::model::play::compiled::plan::Plan;
use crate::model::verifier::Balance;
use crate::units::time::Span;
use std::collections::BTreeMap;

/// Adds requests that reach the response cache of a verifier, if it has one, to the load of its entries; what is left
/// of them behind it, as a rate and a rhythm.
pub fn add(plan: &Plan<'_>, passing: Passing, loads: &mut BTreeMap<usize, CellLoad>) -> (f64, Rhythm) {
    let verifier = &plan.verifiers[passing.verifier as usize];
    let Some(place) = verifier.responses.map(|number| &plan.responses[number as usize]) else {
        return (passing.rate, passing.rhythm);
    };
    let entries = f64::from(place.settings.urls) * f64::from(verifier.replicas);
    let rate = passing.rate / entries;
    let spread = verifier.replicas == 1 || verifier.balance == Balance::Random;
    let rhythm = if spread && passing.rhythm == Rhythm::Poisson { Rhythm::Poisson } else { Rhythm::Mixed };
    let mut kept = false;
    for replica in verifier.first_replica..verifier.first_replica + verifier.replicas {
        for cell in place.every_cell(replica, passing.target, passing.credential) {
            kept = true;
            let load = loads.entry(cell).or_insert(CellLoad { cell, rate: 0.0, rhythm, in_turn: false, draws: cell });
            load.rate += rate;
            if rhythm != Rhythm::Poisson {
                load.rhythm = Rhythm::Mixed;
            }
        }
    }
    if !kept {
        return (passing.rate, passing.rhythm);
    }
    let all = rate + place.others[passing.target as usize] / entries;
    // What comes through is what misses; how that comes is not known.
    (passing.rate / (1.0 + all * lifetime(place.settings.kept.ttl)), Rhythm::Mixed)
}

/// Adds requests of other credentials, which load entries beside everybody.
pub fn add_others(plan: &Plan<'_>, loads: &mut BTreeMap<usize, CellLoad>) {
    for place in &plan.responses {
        let verifier = &plan.verifiers[place.verifier as usize];
        let entries = f64::from(place.settings.urls) * f64::from(verifier.replicas);
        for (target, rate) in place.others.iter().enumerate().filter(|(_, rate)| **rate > 0.0) {
            for replica in verifier.first_replica..verifier.first_replica + verifier.replicas {
                for cell in place.every_cell(replica, target as u16, 0) {
                    let rhythm = Rhythm::Poisson;
                    let empty = CellLoad { cell, rate: 0.0, rhythm, in_turn: false, draws: cell };
                    loads.entry(cell).or_insert(empty).rate += rate / entries;
                }
            }
        }
    }
}

/// The longest life of a response, in seconds.
pub fn longest_life(plan: &Plan<'_>) -> f64 {
    let lives = plan.responses.iter().map(|place| {
        let kept = &place.settings.kept;
        lifetime(kept.ttl) + kept.stale_while_revalidate.map_or(0.0, Span::seconds)
    });
    lives.fold(0.0, f64::max)
}

fn lifetime(ttl: Ttl) -> f64 {
    match ttl {
        Ttl::For(ttl) => ttl.seconds(),
        Ttl::Disabled | Ttl::Forever => 0.0,
    }
}
