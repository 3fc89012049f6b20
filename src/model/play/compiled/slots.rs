//! Slots: the places in which instances of credentials live during a trial, numbered through.
//!
//! First every credential of the scenario, then as many replacements, then for each credential that the attacker mints
//! a ring of places, then the tokens that lawful clients refresh. A ring has as many places as the attacker can hold
//! at once, worked out here: a place is used again only once what lay in it is dead everywhere.

use crate::model::cache::{ExpiryCap, Renewal, Ttl};
use crate::model::credential::{Credential, Lifetime};
use crate::model::id::{CredentialId, VerifierId};
use crate::model::lineage::{Cadence, Minting};
use crate::model::lingering::slowest_answer;
use crate::model::system::System;
use crate::model::verifier::{Check, Introspection, OutagePolicy, Verifier};
use crate::model::workload::LawfulClient;
use crate::random::law::Law;
use crate::units::probability::Share;
use crate::units::time::Span;

/// The most places of a ring.
pub const MOST_PLACES: u64 = 4_096;

/// Places of a ring that rejections fill: an attacker holds at most so many at once.
const FOR_REJECTIONS: u64 = 64;

/// The most slots in all: a slot has a number of 16 bits.
pub const MOST_SLOTS: u64 = 65_535;

/// Slots and what lives in them.
#[derive(Debug)]
pub struct Slots {
    /// For each slot, the credential of the scenario that it is an instance of.
    pub origin: Vec<u16>,
    /// Rings, parents before what is derived from them.
    pub rings: Vec<Ring>,
    /// For each lawful client, the credentials that it refreshes, each with its slot.
    pub refreshed: Vec<Vec<(u16, u16)>>,
    /// Credentials of the scenario that the attacker steals or mints.
    pub lineage: Vec<u16>,
}

/// The places of a credential that the attacker mints.
#[derive(Clone, Copy, Debug)]
pub struct Ring {
    /// The credential.
    pub credential: u16,
    /// Its first place.
    pub first: u16,
    /// Number of places.
    pub places: u16,
    /// How long after its end an instance may still be accepted somewhere; none for ever.
    pub slack: Option<Span>,
    /// Whether some verifier may have to decide without the issuer, and then accepts an instance however dead it is.
    pub may_fail_open: bool,
    /// The credential that is presented for it.
    pub parent: u16,
    /// The ring of the parent, if that is minted as well.
    pub parent_ring: Option<usize>,
    /// When it is minted.
    pub cadence: Cadence,
    /// How many at most.
    pub limit: Option<u32>,
}

impl Slots {
    /// The slots of a system.
    pub fn of(system: &System) -> Self {
        let originals = system.credentials.len();
        let mut origin: Vec<u16> = (0..2 * originals).map(|slot| (slot % originals) as u16).collect();
        let mut lineage: Vec<u16> = Vec::new();
        for credential in system.attacked() {
            if !lineage.contains(&credential.0) {
                lineage.push(credential.0);
            }
        }
        let mut rings: Vec<Ring> = Vec::new();
        for minting in &system.attacker.mints {
            let places = places(system, minting).unwrap_or(0).min(MOST_PLACES) as u16;
            let parent = parent_of(system, minting.credential.0);
            rings.push(Ring {
                credential: minting.credential.0,
                first: next_slot(&origin),
                places,
                slack: slack(system, minting.credential),
                may_fail_open: may_fail_open(system, minting.credential),
                parent,
                parent_ring: rings.iter().position(|ring| ring.credential == parent),
                cadence: minting.cadence,
                limit: minting.limit,
            });
            origin.extend(std::iter::repeat_n(minting.credential.0, places as usize));
        }
        let mut refreshed = Vec::new();
        for client in &system.lawful {
            let mut own = Vec::new();
            for credential in refreshed_by(system, client) {
                own.push((credential.0, next_slot(&origin)));
                origin.push(credential.0);
            }
            refreshed.push(own);
        }
        Self { origin, rings, refreshed, lineage }
    }
}

/// How many slots a system needs.
pub fn needed(system: &System) -> u64 {
    let minted: u64 = system.attacker.mints.iter().map(|one| places(system, one).unwrap_or(0).min(MOST_PLACES)).sum();
    let refreshed: usize = system.lawful.iter().map(|client| refreshed_by(system, client).count()).sum();
    2 * system.credentials.len() as u64 + minted + refreshed as u64
}

/// The number of the slot that comes next.
fn next_slot(origin: &[u16]) -> u16 {
    u16::try_from(origin.len()).expect("a scenario that needs more slots is refused")
}

/// The credentials that a lawful client refreshes.
fn refreshed_by<'s>(system: &'s System, client: &'s LawfulClient) -> impl Iterator<Item = CredentialId> + 's {
    client.refreshes.iter().flat_map(move |refreshing| {
        let of_it = |used: &CredentialId| parent_of(system, used.0) == refreshing.with.0 && is_derived(system, *used);
        client.uses.iter().copied().filter(of_it)
    })
}

fn is_derived(system: &System, credential: CredentialId) -> bool {
    system.credentials[credential.index()].derived.is_some()
}

/// What is presented to get a credential; itself if it is derived from nothing.
fn parent_of(system: &System, credential: u16) -> u16 {
    system.credentials[credential as usize].derived.as_ref().map_or(credential, |derived| derived.from.0)
}

/// How many instances of a minted credential the attacker can hold at once; none without limit.
///
/// Poisson minting is given eight standard deviations and a few more: it runs out of places in less than one trial in
/// a million million.
pub fn places(system: &System, minting: &Minting) -> Option<u64> {
    let settings = &system.credentials[minting.credential.index()];
    let span = match settings.lifetime {
        Lifetime::Forever => None,
        Lifetime::For(life) => slack(system, minting.credential).map(|slack| (life + Span::SECOND + slack, life)),
    };
    let held = span.map(|(span, life)| match minting.cadence {
        Cadence::Poisson(rate) => {
            let mean = span.seconds() / rate.mean_gap_seconds();
            (mean + 8.0 * libm::sqrt(mean)) as u64 + 16
        }
        Cadence::Every(gap) => (span.nanos() / gap.nanos().max(1)) as u64 + 3,
        Cadence::AtExpiry => ((span.nanos() / life.nanos().max(1)) as u64 + 3).max(FOR_REJECTIONS),
        Cadence::OnRejection => FOR_REJECTIONS,
    });
    match (held, minting.limit.map(u64::from)) {
        (Some(held), Some(limit)) => Some(held.min(limit)),
        (held, limit) => held.or(limit),
    }
}

/// How long after its end a credential may still be accepted somewhere; none for ever.
fn slack(system: &System, id: CredentialId) -> Option<Span> {
    let taking = system.verifiers.iter().filter(|one| one.check != Check::Nothing && one.accepts.contains(&id));
    let mut longest = Span::ZERO;
    for verifier in taking {
        longest = longest.max(slack_at(system, verifier, &system.credentials[id.index()])?);
    }
    // A response outlives what it was fetched with.
    let before = system.verifiers.iter().filter(|one| one.accepts.contains(&id));
    for kept in before.filter_map(|one| one.responses.as_ref()) {
        let all: Vec<VerifierId> = (0..system.verifiers.len()).map(VerifierId::at).collect();
        longest = longest + kept.longest_life() + slowest_answer(system, &all)?;
    }
    Some(longest)
}

fn slack_at(system: &System, verifier: &Verifier, credential: &Credential) -> Option<Span> {
    if credential.kind.shows_its_end() {
        return Some(verifier.leeway.unwrap_or(credential.leeway) + system.clock_behind(verifier)?);
    }
    let Check::Asks(asks) = &verifier.check else { return Some(Span::ZERO) };
    remembered(system, verifier, asks)
}

/// Whether some verifier that takes a credential may be left alone with it, cannot see its end, and lets it in then.
///
/// What is so accepted is kept in no cache: that a place is taken again takes nothing from an attacker that holds others.
fn may_fail_open(system: &System, id: CredentialId) -> bool {
    let blind = !system.credentials[id.index()].kind.shows_its_end();
    let opens = |verifier: &Verifier| match &verifier.check {
        Check::Asks(asks) if verifier.when_issuer_down == OutagePolicy::FailOpen => {
            let never = |leg: &Law| leg.share_never() > Share::NONE;
            let limited = system.issuers[asks.issuer.index()].capacity.is_some();
            !system.faults.is_empty() || limited || never(&asks.request_leg) || never(&asks.response_leg)
        }
        _ => false,
    };
    blind && system.verifiers.iter().any(|verifier| verifier.accepts.contains(&id) && opens(verifier))
}

/// How long after its composition an answer may be remembered, however it travels through the tiers.
fn remembered(system: &System, verifier: &Verifier, asks: &Introspection) -> Option<Span> {
    let recorded = system.recordings().flat_map(|trace| trace.requests().filter_map(|request| request.latency)).max();
    let mut total = asks.response_leg.max()?.max(recorded.unwrap_or(Span::ZERO));
    for cache in asks.tiers.iter().map(|tier| &system.caches[tier.index()]) {
        let capped = cache.capped_by_expiry == ExpiryCap::Capped;
        let life = match cache.ttl {
            _ if capped => Span::ZERO,
            Ttl::Disabled => Span::ZERO,
            Ttl::For(ttl) if cache.renewal == Renewal::Insertion => {
                Span::from_seconds(ttl.seconds() * (1.0 + cache.jitter.value())) + Span::SECOND
            }
            Ttl::For(_) | Ttl::Forever => return None,
        };
        let stale = match verifier.when_issuer_down {
            OutagePolicy::Stale(longest) => longest,
            OutagePolicy::FailClosed | OutagePolicy::FailOpen => Span::ZERO,
        };
        let grace = stale.max(cache.stale_on_error.unwrap_or(Span::ZERO));
        total = total + life + cache.stale_while_revalidate.unwrap_or(Span::ZERO) + grace;
    }
    Some(total)
}
