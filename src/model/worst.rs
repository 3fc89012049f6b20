//! The worst case of a target: the latest of the bounds of all ways by which the attacker can reach it.
//!
//! What it stole has the bounds of `bound.rs`, what it mints those of `mintable.rs`. An attacker that undoes revocations
//! leaves none.

use super::bound::{Bound, later, way};
use super::id::TargetId;
use super::mintable::minted_way;
use super::system::System;
use crate::units::time::Span;

/// The bound of `target`.
pub fn bound(system: &System, target: TargetId) -> Bound {
    bound_of_ways(system, target)
        .unwrap_or_else(|| Bound { span: Some(Span::ZERO), because: "no compromised credential is taken there".into() })
}

/// The bound of `target`; none if no way leads there with anything that is stolen or minted.
pub fn bound_of_ways(system: &System, target: TargetId) -> Option<Bound> {
    if system.attacker.undoes.is_some() {
        return Some(Bound { span: None, because: "the attacker may undo the revocation".into() });
    }
    let mut worst: Option<Bound> = None;
    let mut add = |way: Bound| worst = Some(worst.take().map_or(way.clone(), |worst| later(worst, way)));
    for route in system.routes.iter().filter(|route| route.target == target) {
        let verifiers = &route.verifiers;
        let kept = verifiers.iter().any(|v| system.verifiers[v.index()].responses.is_some());
        if !kept && verifiers.iter().any(|v| system.always_turns_away(&system.verifiers[v.index()])) {
            continue;
        }
        let taken = |id| verifiers.iter().all(|v| system.verifiers[v.index()].accepts.contains(&id));
        let stolen = system.attacker.steals.iter().map(|copy| copy.credential);
        stolen.filter(|id| taken(*id)).for_each(|id| add(way(system, route, id)));
        let minted = system.attacker.mints.iter().map(|minting| minting.credential);
        minted.filter(|id| taken(*id)).for_each(|id| add(minted_way(system, route, id)));
    }
    worst
}
