//! Advice on what the attacker mints: what no revocation reaches, what nobody hears of, and what it could mint and does not.

use super::names::Parts;
use crate::model::id::CredentialId;
use crate::model::place::Route;
use crate::model::system::System;
use crate::model::verifier::{Action, Check, Verifier};
use crate::settings::context::Context;
use std::collections::BTreeSet;

/// Advice on credentials that are derived from others.
pub fn on_lineage(system: &System, context: &mut Context, parts: &Parts) {
    out_of_reach(system, context, parts);
    could_be_minted(system, context, parts);
}

/// A credential that the attacker can get and that no step of the playbook revokes, or whose revocation is not heard of
/// where it is taken.
fn out_of_reach(system: &System, context: &mut Context, parts: &Parts) {
    let reached: Vec<CredentialId> = system.defender.playbook.iter().flat_map(|step| system.reached(step)).collect();
    for (at, credential) in system.credentials.iter().enumerate() {
        let id = CredentialId::at(at);
        let minted = system.attacker.mints.iter().any(|minting| minting.credential == id);
        let Some(edge) = credential.derived.as_ref().filter(|_| minted) else { continue };
        let deaf = deaf(system, id);
        let names: Vec<String> = deaf.iter().map(|at| format!("`{}`", parts.verifiers.text(*at))).collect();
        let names = names.join(" and ");
        let parent = &system.credentials[edge.from.index()].name;
        let (are, hear) = if deaf.len() == 1 { ("it checks", "it hears") } else { ("they check", "they hear") };
        if !reached.contains(&id) {
            let message = format!(
                "no step of the playbook revokes `{}`, which the attacker gets with `{parent}`: it is good until it expires, whatever is heard",
                credential.name
            );
            let mut help = format!(
                "let revoking `{parent}` reach it with `cascade: grant`, or revoke with `reach: subject` or `issued_before`"
            );
            if !deaf.is_empty() {
                help += &format!(
                    "; {names} must hear of that as well, over a channel with `deny`: {are} `{}` without asking",
                    credential.name
                );
            }
            context.advise(parts.credentials.place(at), message, help);
        } else if !deaf.is_empty() {
            let message = format!(
                "revoking `{}` changes nothing at {names}: {are} it without asking, and {hear} of no revocation, so it is good there until it expires",
                credential.name
            );
            let help = "let a channel with `deny` tell of it there, unless this is what the scenario shows";
            context.advise(parts.credentials.place(at), message, help);
        }
    }
}

/// The verifiers that look at a credential alone and hear of no revocation, on ways where nobody else would stop it.
fn deaf(system: &System, id: CredentialId) -> BTreeSet<usize> {
    let verifier = |at: usize| &system.verifiers[at];
    let hears =
        |one: &Verifier| one.hears.iter().any(|hearing| matches!(hearing.action, Action::Deny(_) | Action::Replace));
    let stops = |one: &Verifier| match one.check {
        Check::Nothing => false,
        Check::Itself => hears(one),
        Check::Asks(_) => true,
    };
    let takes = |route: &&Route| route.verifiers.iter().all(|at| verifier(at.index()).accepts.contains(&id));
    let ways = system.routes.iter().filter(takes);
    let open = ways.filter(|route| !route.verifiers.iter().any(|at| stops(verifier(at.index()))));
    let all = open.flat_map(|route| route.verifiers.iter().map(|at| at.index()));
    all.filter(|at| verifier(*at).check == Check::Itself).collect()
}

/// A target that nothing opens which the attacker has, though it has what the key to it is derived from.
fn could_be_minted(system: &System, context: &mut Context, parts: &Parts) {
    let has = |id: CredentialId| {
        system.attacker.steals.iter().any(|copy| copy.credential == id)
            || system.attacker.mints.iter().any(|minting| minting.credential == id)
    };
    let all = || (0..system.credentials.len()).map(CredentialId::at);
    // Routes are grouped by target.
    for ways in system.routes.chunk_by(|one, next| one.target == next.target) {
        let takes =
            |route: &Route, id| route.verifiers.iter().all(|at| system.verifiers[at.index()].accepts.contains(&id));
        let opens = |id: CredentialId| ways.iter().any(|route| takes(route, id));
        if all().any(|id| has(id) && opens(id)) {
            continue;
        }
        let target = ways[0].target;
        let Some(chain) = all().filter(|id| opens(*id)).find_map(|id| down_to(system, id, has)) else {
            continue;
        };
        let name = |id: &CredentialId| &system.credentials[id.index()].name;
        let (Some(opener), Some(from)) = (chain.first(), chain.last()) else { continue };
        let message = format!(
            "nothing that the attacker has opens `{}`, so that it is never let in there; with `{}` it could get `{}`, which does",
            system.targets[target.index()].name,
            name(from),
            name(opener)
        );
        let minted: Vec<String> = chain.iter().rev().skip(1).map(|id| format!("{}: at_expiry", name(id))).collect();
        let help = format!(
            "let the attacker mint it, as in `mints: {{ {} }}`, unless this is what the scenario shows",
            minted.join(", ")
        );
        context.advise(parts.targets.place(target.index()), message, help);
    }
}

/// A credential and those above it, down to the nearest that the attacker has; none where it has none of them.
fn down_to(system: &System, id: CredentialId, has: impl Fn(CredentialId) -> bool) -> Option<Vec<CredentialId>> {
    let mut chain = vec![id];
    while let Some(last) = chain.last().copied().filter(|last| !has(*last)) {
        chain.push(system.credentials[last.index()].derived.as_ref()?.from);
    }
    Some(chain)
}
