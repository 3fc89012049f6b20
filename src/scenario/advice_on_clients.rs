//! Advice on lawful clients whose credential expires before it is revoked: what they go on with is revoked by nobody.

use super::names::Parts;
use crate::model::credential::{Age, Credential, Lifetime};
use crate::model::defender::{Detects, Reach, Revoking, Step};
use crate::model::id::{CredentialId, RouteId};
use crate::model::system::System;
use crate::model::workload::LawfulClient;
use crate::settings::reader::Reader;
use crate::units::time::Span;

/// A client that has another credential by the time of the revocation, which no step ends, so that it is refused less
/// than it would be.
pub fn on_clients(system: &System, top: &mut Reader<'_>, parts: &Parts) {
    let latest = latest_revocation(system);
    for client in system.lawful.iter().filter(|client| client.refreshes.is_none()) {
        let ends = |id: &&CredentialId| {
            let left = least_left(&system.credentials[id.index()]);
            left.is_some_and(|left| latest.is_none_or(|latest| left < latest))
                && is_presented(system, client, **id)
                && is_not_alone(system, **id)
                && system.defender.playbook.iter().any(|step| reaches_the_next(system, step, **id))
        };
        let names: Vec<String> =
            client.uses.iter().filter(ends).map(|id| format!("`{}`", parts.credentials.text(id.index()))).collect();
        if names.is_empty() {
            continue;
        }
        let names = names.join(" and ");
        let message = format!(
            "{names} may expire before the revocation, and `{}` then goes on with a next one that no step revokes: `collateral_rejections` may be too low",
            client.name
        );
        let help = format!(
            "derive {names} from a `refresh_token` with `rotation`, so that the client `refreshes` and loses what is revoked; or read the number as a lower limit"
        );
        let place = top.place_of("lawful");
        top.context().advise(place, message, help);
    }
}

/// Whether a client presents a credential anywhere: at each target it is the first that is taken there.
fn is_presented(system: &System, client: &LawfulClient, id: CredentialId) -> bool {
    let taken = |route: &RouteId, one: &CredentialId| {
        let way = &system.routes[route.index()].verifiers;
        way.iter().all(|at| system.verifiers[at.index()].accepts.contains(one))
    };
    client.routes.iter().any(|route| client.uses.iter().find(|one| taken(route, one)) == Some(&id))
}

/// Whether the attacker has anything else, so that there is something to revoke when this has expired.
fn is_not_alone(system: &System, id: CredentialId) -> bool {
    let stolen = system.attacker.steals.iter().map(|copy| copy.credential);
    stolen.chain(system.attacker.mints.iter().map(|minting| minting.credential)).any(|other| other != id)
}

/// Whether a step would in truth end what a client has in the place of a credential that has expired: everything of a
/// grant, of a subject or under a key, and not that credential alone; or what a next one would have to be derived from.
fn reaches_the_next(system: &System, step: &Step, id: CredentialId) -> bool {
    let alone = |revoking: &Revoking| revoking.credential == id && revoking.reach == Reach::Credential;
    let reached = system.reached(step);
    let above = |id: &CredentialId| Some(system.credentials[id.index()].derived.as_ref()?.from);
    let mut parents = std::iter::successors(above(&id), above);
    reached.contains(&id) && !step.revokes().is_some_and(alone) || parents.any(|parent| reached.contains(&parent))
}

/// The least that may be left of a credential's life at the exposure; none for one that does not end.
fn least_left(credential: &Credential) -> Option<Span> {
    let Lifetime::For(lifetime) = credential.lifetime else { return None };
    Some(match &credential.age {
        Age::UniformOverLife => Span::ZERO,
        Age::Drawn(law) => lifetime - law.max().map_or(lifetime, |oldest| oldest.min(lifetime)),
    })
}

/// The latest that the last step is carried out, if nothing fails; none where that may take any time.
fn latest_revocation(system: &System) -> Option<Span> {
    let defender = &system.defender;
    let Detects::After(detects) = &defender.detects else { return None };
    let delays = [detects, &defender.triages, &defender.approves].into_iter();
    delays
        .chain(defender.playbook.iter().map(|step| &step.takes))
        .try_fold(Span::ZERO, |sum, law| Some(sum + law.max()?))
}
