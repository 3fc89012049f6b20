//! How late a cache can be filled with an answer from before the revocation, and so how long it can hold one.
//!
//! An answer comes from the issuer, or from a tier behind; where verifiers share a cache, from the tiers behind it
//! at any of them. Caches that lie behind each other at different verifiers can fill each other for ever.

use super::cache::{Cache, Ends, ExpiryCap, Placement, Renewal, TierAge, Ttl};
use super::credential::{Age, Credential, Lifetime, Rounding};
use super::id::CacheId;
use super::system::System;
use super::verifier::{Check, Introspection};
use crate::random::law::Law;
use crate::units::probability::Share;
use crate::units::time::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The caches that a verifier shares with others, directly or through others, and the answers that come into them.
pub struct Filling<'s> {
    system: &'s System,
    credential: &'s Credential,
    /// Tiers behind each cache, at any verifier.
    behind: BTreeMap<CacheId, BTreeSet<CacheId>>,
    /// The latest composition of an answer from before the revocation.
    composed: Span,
    /// Its latest arrival.
    answered: Span,
    known: BTreeMap<CacheId, Option<Span>>,
}

impl<'s> Filling<'s> {
    /// Looks at the caches of a verifier that asks like this.
    ///
    /// # Errors
    /// If an answer can be late without limit: why.
    pub fn of(system: &'s System, asks: &'s Introspection, credential: &'s Credential) -> Result<Self, &'static str> {
        let (composed, back) = latest_answer(system, asks)?;
        let behind = BTreeMap::new();
        let mut filling =
            Self { system, credential, behind, composed, answered: composed + back, known: BTreeMap::new() };
        for other in sharing(system, asks) {
            let late = "shares a cache with a verifier whose answers can be late without limit";
            let (composed, back) = latest_answer(system, other).map_err(|_| late)?;
            filling.composed = filling.composed.max(composed);
            filling.answered = filling.answered.max(composed + back);
            filling.lay(other);
        }
        filling.lay(asks);
        Ok(filling)
    }

    /// The latest arrival of an answer from before the revocation.
    pub fn answered(&self) -> Span {
        self.answered
    }

    /// The latest end, from the revocation on, of an entry from before it; none if the cache keeps nothing.
    ///
    /// # Errors
    /// If there is none: why.
    pub fn end_of(&mut self, cache: CacheId) -> Result<Option<Span>, &'static str> {
        self.end_on(cache, &mut Vec::new())
    }

    fn end_on(&mut self, id: CacheId, way: &mut Vec<CacheId>) -> Result<Option<Span>, &'static str> {
        if let Some(end) = self.known.get(&id) {
            return Ok(*end);
        }
        let cache = &self.system.caches[id.index()];
        let Some(life) = longest_life(cache)? else { return Ok(None) };
        if way.contains(&id) {
            return Err("shares caches that can fill each other for ever");
        }
        way.push(id);
        let mut filled_until = self.answered;
        for tier in self.behind.get(&id).cloned().unwrap_or_default() {
            filled_until = filled_until.max(self.end_on(tier, way)?.unwrap_or(Span::ZERO));
        }
        way.pop();
        let counted_from = if cache.age == TierAge::Inherited { self.composed } else { filled_until };
        let end = capped(cache, self.credential, life.map(|life| counted_from + life));
        let end = Some(end.ok_or("caches an answer for ever")?);
        self.known.insert(id, end);
        Ok(end)
    }

    fn lay(&mut self, asks: &Introspection) {
        for (depth, tier) in asks.tiers.iter().enumerate() {
            self.behind.entry(*tier).or_default().extend(&asks.tiers[depth + 1..]);
        }
    }
}

/// Everyone who shares a cache with a verifier that asks like this, directly or through others.
pub fn sharing<'s>(system: &'s System, asks: &Introspection) -> Vec<&'s Introspection> {
    let shared = |tier: &&CacheId| system.caches[tier.index()].placement == Placement::Shared;
    let mut reached: Vec<CacheId> = asks.tiers.iter().filter(shared).copied().collect();
    if reached.is_empty() {
        return Vec::new();
    }
    let all =
        || system.verifiers.iter().filter_map(|v| if let Check::Asks(asks) = &v.check { Some(asks) } else { None });
    let mut readers: BTreeMap<CacheId, Vec<&Introspection>> = BTreeMap::new();
    for other in all() {
        other.tiers.iter().filter(shared).for_each(|tier| readers.entry(*tier).or_default().push(other));
    }
    let mut found = Vec::new();
    while let Some(tier) = reached.pop() {
        // Taken out, so that each cache is followed once.
        for other in readers.remove(&tier).unwrap_or_default() {
            reached.extend(other.tiers.iter().filter(shared));
            found.push(other);
        }
    }
    found
}

/// The latest composition of an answer from before the revocation, and how long one can be on its way back.
fn latest_answer(system: &System, asks: &Introspection) -> Result<(Span, Span), &'static str> {
    let lag = system.issuers[asks.issuer.index()].read_lag.max();
    let lag = lag.ok_or("asks an issuer whose read replicas can be late without limit")?;
    if asks.response_leg.share_never() > Share::NONE {
        return Err("waits for answers that may never come");
    }
    let back = asks.response_leg.max().ok_or("waits for answers that can take any time")?;
    Ok((lag, back.max(longest_recorded(system))))
}

/// Whether an answer takes no time and no replica is behind, so that none from before the revocation comes after it.
pub fn answers_at_once(system: &System, asks: &Introspection) -> bool {
    let none = |law: &Law| law.max() == Some(Span::ZERO);
    none(&asks.request_leg)
        && none(&asks.response_leg)
        && none(&system.issuers[asks.issuer.index()].read_lag)
        && longest_recorded(system) == Span::ZERO
}

/// The longest recorded answer: such a request is taken to wait all that time for the issuer.
fn longest_recorded(system: &System) -> Span {
    let recorded = system.recordings().flat_map(|trace| trace.requests().filter_map(|request| request.latency));
    recorded.max().unwrap_or(Span::ZERO)
}

/// The longest life of an entry: none for a cache that keeps nothing, `Some(None)` for one that keeps for ever.
fn longest_life(cache: &Cache) -> Result<Option<Option<Span>>, &'static str> {
    let ttl = match cache.ttl {
        Ttl::Disabled => return Ok(None),
        Ttl::Forever => return Ok(Some(None)),
        Ttl::For(ttl) => ttl,
    };
    if cache.renewal == Renewal::EveryHit {
        return Err("has a cache whose entries every hit renews");
    }
    let spread =
        if cache.jitter > Share::NONE { Span::from_seconds(ttl.seconds() * (1.0 + cache.jitter.value())) } else { ttl };
    let second = if cache.ends == Ends::NextWholeSecond { Span::SECOND } else { Span::ZERO };
    Ok(Some(Some(spread + second)))
}

fn capped(cache: &Cache, credential: &Credential, end: Option<Span>) -> Option<Span> {
    let expiry = life_left(credential).filter(|_| cache.capped_by_expiry == ExpiryCap::Capped);
    match (end, expiry) {
        (Some(end), Some(expiry)) => Some(end.min(expiry)),
        (end, expiry) => end.or(expiry),
    }
}

/// The longest life that a credential can have left when the trial starts.
pub fn life_left(credential: &Credential) -> Option<Span> {
    let Lifetime::For(lifetime) = credential.lifetime else { return None };
    let youngest = match &credential.age {
        Age::UniformOverLife => Span::ZERO,
        Age::Drawn(law) => law.min().min(lifetime),
    };
    let rounding = if credential.rounding == Rounding::Up { Span::SECOND } else { Span::ZERO };
    Some(lifetime - youngest + rounding)
}
