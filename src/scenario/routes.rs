//! Routes: every way from outside through verifiers to a target, as `behind` and `fronts` lay them out.

use super::names::Parts;
use crate::model::credential::Credential;
use crate::model::id::{CredentialId, RouteId, TargetId, VerifierId};
use crate::model::place::Route;
use crate::model::verifier::{EnvironmentCheck, Verifier};
use crate::settings::context::Context;
use std::collections::BTreeSet;

/// The most routes in all.
pub const MOST: usize = 10_000;

/// The most verifiers on one route.
pub const LONGEST: usize = 32;

/// Before each verifier: other verifiers, or nothing (`None`), by which it is reached directly.
pub type Behind = Vec<Vec<Option<usize>>>;

/// Every route, grouped by target; `fronted` are the targets right behind each verifier. None after a fault.
pub fn find(behind: &Behind, fronted: &[Vec<usize>], parts: &Parts, context: &mut Context) -> Option<Vec<Route>> {
    if report_cycle(behind, parts, context) {
        return None;
    }
    let counts = count_paths(behind);
    let total: usize = fronted
        .iter()
        .zip(&counts)
        .map(|(targets, count)| targets.len().saturating_mul(*count))
        .fold(0, usize::saturating_add);
    if total > MOST {
        let widest = (0..counts.len()).max_by_key(|at| counts[*at]).unwrap_or(0);
        let message = format!(
            "the scenario has {} routes and at most {MOST} are allowed",
            if total == usize::MAX { "too many".to_owned() } else { total.to_string() }
        );
        context.fault(parts.verifiers.place(widest), message, "let fewer verifiers lie behind several others");
        return None;
    }
    let mut routes = Vec::new();
    for (verifier, targets) in fronted.iter().enumerate().filter(|(_, targets)| !targets.is_empty()) {
        for path in paths(verifier, behind) {
            if path.len() > LONGEST {
                let message = format!(
                    "a route to `{}` passes {} verifiers and at most {LONGEST} are allowed",
                    parts.verifiers.text(verifier),
                    path.len()
                );
                context.fault(parts.verifiers.place(verifier), message, "leave out verifiers that decide nothing");
                return None;
            }
            let verifiers: Vec<VerifierId> = path.into_iter().map(VerifierId::at).collect();
            routes.extend(
                targets.iter().map(|target| Route { target: TargetId::at(*target), verifiers: verifiers.clone() }),
            );
        }
    }
    routes.sort_by_key(|route| route.target);
    Some(routes)
}

/// Whether every verifier on a route takes a credential.
pub fn passes(route: &Route, id: CredentialId, credential: &Credential, verifiers: &[Option<Verifier>]) -> bool {
    route.verifiers.iter().all(|at| {
        verifiers.get(at.index()).and_then(Option::as_ref).is_none_or(|verifier| takes(verifier, id, credential))
    })
}

/// Whether a verifier takes a credential while it is good.
pub fn takes(verifier: &Verifier, id: CredentialId, credential: &Credential) -> bool {
    let scope_suffices =
        verifier.needs.as_ref().is_none_or(|needed| credential.scopes.is_empty() || credential.scopes.contains(needed));
    let stands_there = verifier.environment_check == EnvironmentCheck::Unchecked
        || credential.environments.is_empty()
        || verifier.environment.as_ref().is_some_and(|here| credential.environments.contains(here));
    verifier.accepts.contains(&id) && scope_suffices && stands_there
}

/// The ids of the routes that satisfy a condition.
pub fn ids(routes: &[Route], condition: impl Fn(&Route) -> bool) -> Vec<RouteId> {
    routes.iter().enumerate().filter(|(_, route)| condition(route)).map(|(at, _)| RouteId::at(at)).collect()
}

/// Peels off verifiers that nothing unresolved lies before; what is left lies on a cycle or behind one.
fn report_cycle(behind: &Behind, parts: &Parts, context: &mut Context) -> bool {
    let order = peel(behind);
    if order.len() == behind.len() {
        return false;
    }
    let peeled: BTreeSet<usize> = order.into_iter().collect();
    let left: Vec<usize> = (0..behind.len()).filter(|at| !peeled.contains(at)).collect();
    let mut path = vec![left[0]];
    let cycle = loop {
        let last = path[path.len() - 1];
        let next = behind[last].iter().flatten().copied().find(|before| !peeled.contains(before));
        let Some(next) = next else { break path };
        if let Some(from) = path.iter().position(|at| *at == next) {
            break path.split_off(from);
        }
        path.push(next);
    };
    let shown: Vec<&str> = cycle.iter().chain(cycle.first()).take(8).map(|at| parts.verifiers.text(*at)).collect();
    let message = format!("`behind` goes round in a circle: {}", shown.join(" behind "));
    context.fault(parts.verifiers.place(cycle[0]), message, "the outermost verifier lies behind `nothing`");
    true
}

/// Verifiers in an order in which each comes after all those before it; those on or behind a cycle are left out.
fn peel(behind: &Behind) -> Vec<usize> {
    let mut waiting: Vec<usize> = behind.iter().map(|before| before.iter().flatten().count()).collect();
    let mut followers = vec![Vec::new(); behind.len()];
    for (at, before) in behind.iter().enumerate() {
        before.iter().flatten().for_each(|before| followers[*before].push(at));
    }
    let mut order: Vec<usize> = (0..behind.len()).filter(|at| waiting[*at] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for follower in &followers[order[next]] {
            waiting[*follower] -= 1;
            if waiting[*follower] == 0 {
                order.push(*follower);
            }
        }
        next += 1;
    }
    order
}

fn count_paths(behind: &Behind) -> Vec<usize> {
    let mut counts = vec![0_usize; behind.len()];
    for at in peel(behind) {
        let ways = behind[at].iter().map(|before| before.map_or(1, |before| counts[before]));
        counts[at] = ways.fold(0, usize::saturating_add);
    }
    counts
}

/// Every path from outside to a verifier, outermost first, in the order in which `behind` is written.
fn paths(verifier: usize, behind: &Behind) -> Vec<Vec<usize>> {
    let mut done = Vec::new();
    // Paths that are still to be followed, innermost first, and whether they reach the outside.
    let mut open = vec![(vec![verifier], false)];
    while let Some((path, whole)) = open.pop() {
        if whole {
            done.push(path.into_iter().rev().collect());
            continue;
        }
        if path.len() > LONGEST {
            return vec![path];
        }
        for before in behind[path[path.len() - 1]].iter().rev() {
            let mut longer = path.clone();
            longer.extend(before);
            open.push((longer, before.is_none()));
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::source::{Place, Source, Sources};
    use crate::settings::folder::Folder;
    use crate::settings::named::Named;

    fn parts(count: usize) -> (Parts, Context) {
        let place = Place { file: Sources::new().add(Source::new("s", "x")), start: 0, end: 1 };
        let (mut parts, mut context) = (Parts::new(), Context::new(Folder::none()));
        for at in 0..count {
            parts.verifiers.declare(Named { text: &format!("v{at}"), place }, &mut context);
        }
        (parts, context)
    }

    fn indices(routes: &[Route]) -> Vec<(u16, Vec<u16>)> {
        routes.iter().map(|route| (route.target.0, route.verifiers.iter().map(|at| at.0).collect())).collect()
    }

    #[test]
    fn a_target_behind_two_gateways_and_reachable_directly_has_three_routes() {
        // v2 lies behind v0, behind v1, and behind nothing.
        let behind = vec![vec![None], vec![None], vec![Some(0), Some(1), None]];
        let (parts, mut context) = parts(3);
        let routes = find(&behind, &[vec![], vec![], vec![0]], &parts, &mut context).expect("no fault");
        assert_eq!(indices(&routes), [(0, vec![0, 2]), (0, vec![1, 2]), (0, vec![2])]);
        // Their order is that of `behind`, which an attacker that enumerates follows.
        let behind = vec![vec![None], vec![None], vec![Some(1), None, Some(0)]];
        let routes = find(&behind, &[vec![], vec![], vec![0]], &parts, &mut context).expect("no fault");
        assert_eq!(indices(&routes), [(0, vec![1, 2]), (0, vec![2]), (0, vec![0, 2])]);
    }

    #[test]
    fn routes_are_grouped_by_target() {
        let behind = vec![vec![None], vec![None]];
        let (parts, mut context) = parts(2);
        let routes = find(&behind, &[vec![0, 1], vec![1, 0]], &parts, &mut context).expect("no fault");
        assert_eq!(indices(&routes), [(0, vec![0]), (0, vec![1]), (1, vec![0]), (1, vec![1])]);
    }

    #[test]
    fn a_circle_is_told_in_full() {
        let behind = vec![vec![None], vec![Some(3)], vec![Some(1)], vec![Some(0), Some(2)]];
        let (parts, mut context) = parts(4);
        assert!(find(&behind, &vec![vec![]; 4], &parts, &mut context).is_none());
        assert_eq!(
            context.diagnostics.in_order()[0].message(),
            "`behind` goes round in a circle: v1 behind v3 behind v2 behind v1"
        );
    }

    #[test]
    fn a_ladder_with_a_million_million_routes_is_refused_at_once() {
        // Forty rungs, each behind both of the rung before: 2^40 paths.
        let behind: Behind = (0..80)
            .map(|at| if at < 2 { vec![None] } else { vec![Some(at / 2 * 2 - 2), Some(at / 2 * 2 - 1)] })
            .collect();
        let mut fronted = vec![vec![]; 80];
        fronted[79] = vec![0];
        let (parts, mut context) = parts(80);
        assert!(find(&behind, &fronted, &parts, &mut context).is_none());
        assert!(context.diagnostics.in_order()[0].message().contains("routes and at most"));
    }

    #[test]
    fn a_chain_of_ten_thousand_verifiers_is_refused() {
        let behind: Behind = (0..10_000).map(|at: usize| vec![at.checked_sub(1)]).collect();
        let mut fronted = vec![vec![]; 10_000];
        fronted[9_999] = vec![0];
        let (parts, mut context) = parts(10_000);
        assert!(find(&behind, &fronted, &parts, &mut context).is_none());
        assert!(context.diagnostics.in_order()[0].message().contains("verifiers and at most"));
    }
}
