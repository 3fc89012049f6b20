//! Targets under `bypass` that no request of the cache is for.
//!
//! A request goes past a cache only where it passes a verifier that looks into it; for any other target the setting has
//! no effect, and is most likely meant for another verifier on the way.

use super::names::Parts;
use super::targets;
use crate::document::node::{Node, Value as Content};
use crate::model::id::{CacheId, VerifierId};
use crate::model::place::Route;
use crate::model::verifier::{Check, Verifier};
use crate::settings::context::Context;
use crate::settings::named::Named;
use std::collections::BTreeSet;

/// Reports targets that are not behind the verifiers which look into the cache that they are to go past.
pub fn not_behind(
    written: &[(Named<'_>, &Node)],
    shared: &[(Named<'_>, &Node)],
    routes: &[Route],
    verifiers: &[Option<Verifier>],
    parts: &Parts,
    context: &mut Context,
) {
    for (at, (name, node)) in written.iter().enumerate() {
        let tiers: &[Node] = match node.get("cache") {
            Some(Node { value: Content::Sequence(items), .. }) => items,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        for tier in tiers {
            report(tier, &format!("behind `{}`", name.text), &behind(&[at], routes), parts, context);
        }
    }
    for (name, node) in shared {
        let Some(cache) = parts.caches.position(name.text).map(CacheId::at) else { continue };
        let looks = |verifier: &Option<Verifier>| match verifier.as_ref().map(|verifier| &verifier.check) {
            Some(Check::Asks(asked)) => asked.tiers.contains(&cache),
            Some(Check::Nothing | Check::Itself) => false,
            // Whoever is at fault may look into it.
            None => true,
        };
        let readers: Vec<usize> =
            verifiers.iter().enumerate().filter(|(_, one)| looks(one)).map(|(at, _)| at).collect();
        if !readers.is_empty() {
            let where_from = format!("behind a verifier that looks into `{}`", name.text);
            report(node, &where_from, &behind(&readers, routes), parts, context);
        }
    }
}

/// The targets behind any of some verifiers.
fn behind(verifiers: &[usize], routes: &[Route]) -> BTreeSet<usize> {
    let passes = |route: &&Route| verifiers.iter().any(|at| route.verifiers.contains(&VerifierId::at(*at)));
    routes.iter().filter(passes).map(|route| route.target.index()).collect()
}

fn report(cache: &Node, place: &str, behind: &BTreeSet<usize>, parts: &Parts, context: &mut Context) {
    for name in targets::names(cache, "bypass") {
        let Some(target) = parts.targets.position(name.text).filter(|at| !behind.contains(at)) else { continue };
        let message = format!("`bypass` has no effect for `{}`: it is not {place}", parts.targets.text(target));
        let there: Vec<&str> = behind.iter().take(5).map(|at| parts.targets.text(*at)).collect();
        let help = if there.is_empty() {
            "remove it".to_owned()
        } else {
            format!("name one of the targets behind it ({}), or remove it", there.join(", "))
        };
        context.fault(name.place, message, help);
    }
}
