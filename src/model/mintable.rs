//! How long after the revocation the attacker can still mint, and so how long what it minted can live.
//!
//! Beside the bound of what was stolen (`bound.rs`). A bound is only given where minting surely ends: the parent is
//! revoked in every way that starts the clock, and its issuer, or the target that mints, forgets it within a bound.

use super::bound::{Bound, later, surely_revoked, way, whole_way};
use super::credential::{Lifetime, Rounding};
use super::id::{CredentialId, TargetId, VerifierId};
use super::lineage::{Cascade, Derivation};
use super::place::Route;
use super::system::System;
use super::verifier::Check;
use crate::units::time::Span;

/// The bound of what the attacker mints, on a route.
pub fn minted_way(system: &System, route: &Route, credential: CredentialId) -> Bound {
    let until = match minted_until(system, credential) {
        Ok(until) => until,
        Err(because) => return Bound { span: None, because },
    };
    whole_way(system, route, |id| hop(system, id, credential, until))
}

/// The latest minting after the revocation; why there is none otherwise.
fn minted_until(system: &System, credential: CredentialId) -> Result<Span, String> {
    let settings = &system.credentials[credential.index()];
    let Some(edge) = &settings.derived else { return Err(format!("{} is derived from nothing", settings.name)) };
    let parent = &system.credentials[edge.from.index()];
    let endless = format!("{} can be minted for as long as {} is good", settings.name, parent.name);
    if let Some(target) = edge.minted_at {
        return at_target(system, target, edge).ok_or(endless);
    }
    let own_end = if is_minted(system, edge.from) {
        // Revoking a minted parent ends those that are there, not those that are minted from above afterwards.
        let until = minted_until(system, edge.from)?;
        let ended = parent.derived.as_ref().is_some_and(|edge| edge.cascade == Cascade::Grant) && until == Span::ZERO;
        match parent.lifetime {
            _ if ended => Span::ZERO,
            Lifetime::For(lifetime) => until + lifetime + rounding(parent.rounding),
            Lifetime::Forever => return Err(endless),
        }
    } else {
        Span::ZERO
    };
    let Some(issuer) = parent.issuer else { return Err(endless) };
    if let Err(why) = surely_revoked(system, edge.from) {
        return Err(format!("{} is minted from {}, whose issuer {why}", settings.name, parent.name));
    }
    let lag = system.issuers[issuer.index()].read_lag.max().ok_or(endless)?;
    Ok(own_end.max(lag))
}

/// The latest acceptance of the parent at a target that mints.
fn at_target(system: &System, target: TargetId, edge: &Derivation) -> Option<Span> {
    let routes = system.routes.iter().filter(|route| route.target == target);
    let taken = routes
        .filter(|route| route.verifiers.iter().all(|id| system.verifiers[id.index()].accepts.contains(&edge.from)));
    let stolen = system.attacker.steals.iter().any(|copy| copy.credential == edge.from);
    let ways = taken.flat_map(|route| {
        let by_copy = stolen.then(|| way(system, route, edge.from));
        let by_minting = is_minted(system, edge.from).then(|| minted_way(system, route, edge.from));
        by_copy.into_iter().chain(by_minting)
    });
    ways.reduce(later)?.span
}

fn is_minted(system: &System, id: CredentialId) -> bool {
    system.attacker.mints.iter().any(|minting| minting.credential == id)
}

fn rounding(rounding: Rounding) -> Span {
    if rounding == Rounding::Up { Span::SECOND } else { Span::ZERO }
}

/// The end of a credential minted as late as `until`, where a verifier sees it.
fn hop(system: &System, id: VerifierId, credential: CredentialId, until: Span) -> Bound {
    let verifier = &system.verifiers[id.index()];
    let settings = &system.credentials[credential.index()];
    let none = |why: String| Bound { span: None, because: format!("{} {why}", verifier.name) };
    if verifier.check == Check::Nothing {
        return none("checks nothing".into());
    }
    let Lifetime::For(lifetime) = settings.lifetime else {
        return none(format!("accepts {}, which is minted and never ends", settings.name));
    };
    if !settings.kind.shows_its_end() && verifier.check != Check::Itself {
        return none(format!("asks about {}, which the attacker mints until the end", settings.name));
    }
    let Some(behind) = system.clock_behind(verifier) else {
        return none("has a clock that may be behind without limit".into());
    };
    let leeway = if settings.kind.shows_its_end() { verifier.leeway.unwrap_or(settings.leeway) } else { Span::ZERO };
    let because = format!(
        "{}: {} minted until {}, lives {}, leeway {}, clock behind by at most {}",
        verifier.name,
        settings.name,
        until.exact(),
        lifetime.exact(),
        leeway.exact(),
        behind.exact()
    );
    Bound { span: Some(until + lifetime + rounding(settings.rounding) + leeway + behind), because }
}
