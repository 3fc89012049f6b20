//! How often issuers are asked about credentials that are called at steady rates, long after everything has warmed up.
//!
//! A credential that is looked for at rate `r` in a cache that keeps it for `T` is asked about `r / (1 + r T)` times a
//! second, wherever its calls come from: there is one entry for all targets that a verifier fronts, and in a shared
//! cache for all verifiers that look there. What passes is taken as memoryless, as what comes is: where a tier stands
//! alone behind another that is not so, and the law is known (see `kept.rs`); elsewhere [`roughly`] says so.

use super::cache::{Cache, Placement, Ttl};
use super::id::{CacheId, IssuerId, RouteId, TargetId, VerifierId};
use super::kept::{in_a_row, in_a_row_is_known, life_is_known, mean_life, passing, sees_through};
use super::response::KeyedBy;
use super::system::System;
use super::verifier::{Balance, Check, Introspection, Verifier};
use super::workload::OtherTraffic;
use std::collections::BTreeMap;

/// Calls with so many credentials, each as often as any other.
#[derive(Clone, Debug, PartialEq)]
pub struct Calls {
    /// How many credentials.
    pub credentials: f64,
    /// Requests a second on each of some routes, of all credentials together.
    pub on: Vec<(RouteId, f64)>,
}

/// What one verifier asks its issuer for the calls on one route.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Which of the calls.
    pub calls: usize,
    /// Which of their routes.
    pub on: usize,
    /// Who asks.
    pub verifier: VerifierId,
    /// Whom.
    pub issuer: IssuerId,
    /// Caches that were looked into before, nearest first.
    pub past: Vec<CacheId>,
    /// How often a second.
    pub rate: f64,
}

/// The settled flow of calls through caches to the issuers.
#[derive(Debug)]
pub struct Questions<'s> {
    system: &'s System,
    calls: &'s [Calls],
    arriving: Arriving,
}

/// Requests a second that arrive at caches, over all their instances and entries.
#[derive(Clone, Debug, Default, PartialEq)]
struct Arriving {
    /// At caches of answers, by calls.
    answers: BTreeMap<(usize, CacheId), f64>,
    /// For a target at a verifier that keeps responses, by calls where the credential is part of the key.
    responses: BTreeMap<(Option<usize>, VerifierId, TargetId), f64>,
}

impl Calls {
    /// The calls of traffic on other credentials.
    pub fn of(traffic: &OtherTraffic) -> Self {
        let each = traffic.rate.value() / traffic.routes.len().max(1) as f64;
        Self {
            credentials: traffic.credentials as f64,
            on: traffic.routes.iter().map(|route| (*route, each)).collect(),
        }
    }
}

impl<'s> Questions<'s> {
    /// Settles the flow.
    pub fn settled(system: &'s System, calls: &'s [Calls]) -> Self {
        let mut found = Self { system, calls, arriving: Arriving::default() };
        // What arrives depends on what passes before it: as often as there are caches in a row, and once to see it.
        for _ in 0..=system.caches.len() + system.verifiers.len() {
            let next = found.walk(|_| ());
            if next == found.arriving {
                break;
            }
            found.arriving = next;
        }
        found
    }

    /// What issuers are asked.
    pub fn asked(&self) -> Vec<Asked> {
        let mut all = Vec::new();
        self.walk(|asked| all.push(asked));
        all
    }

    /// How often a second a cache is looked into for any of the credentials of some calls, over all its instances.
    pub fn looks_into(&self, calls: usize, cache: CacheId) -> f64 {
        self.arriving.answers.get(&(calls, cache)).copied().unwrap_or(0.0)
    }

    /// Sends every call along its route, past caches at which as much arrives as was found so far; what arrives now.
    fn walk(&self, mut tell: impl FnMut(Asked)) -> Arriving {
        let mut arriving = Arriving::default();
        for (number, calls) in self.calls.iter().enumerate() {
            for (on, (route, rate)) in calls.on.iter().enumerate() {
                let route = &self.system.routes[route.index()];
                let mut rate = *rate;
                // The same requests look again where a verifier before looked: only those that did not get there count.
                let mut looked: BTreeMap<CacheId, f64> = BTreeMap::new();
                for id in &route.verifiers {
                    let verifier = &self.system.verifiers[id.index()];
                    rate *= self.past_responses(number, *id, route.target, rate, &mut arriving);
                    let Check::Asks(asks) = &verifier.check else { continue };
                    let (mut past, mut rate) = (Vec::new(), rate);
                    let tiers: Vec<CacheId> = self.looked_into(asks, route.target).collect();
                    let row = self.row(*id, &tiers);
                    for (depth, tier) in tiers.iter().copied().enumerate() {
                        let before = looked.entry(tier).or_insert(0.0);
                        let counts = (rate - *before).max(0.0);
                        *before = before.max(rate);
                        *arriving.answers.entry((number, tier)).or_insert(0.0) += counts;
                        past.push(tier);
                        let cache = &self.system.caches[tier.index()];
                        let all = self.looks_into(number, tier) / (calls.credentials * spread(cache, verifier));
                        rate = match row {
                            // What a tier lets through because its copy is as old as the original finds that gone as well.
                            _ if tiers.get(depth + 1).is_some_and(|next| sees_through(cache, self.cache(*next))) => {
                                counts
                            }
                            Some(outer) if depth == 1 => {
                                let first = self.looks_into(number, outer)
                                    / (calls.credentials * spread(self.cache(outer), verifier));
                                counts * in_a_row(self.cache(outer), cache, first)
                            }
                            _ => counts * passing(mean_life(cache, all), all),
                        };
                    }
                    tell(Asked { calls: number, on, verifier: *id, issuer: asks.issuer, past, rate });
                }
            }
        }
        arriving
    }

    fn cache(&self, id: CacheId) -> &'s Cache {
        &self.system.caches[id.index()]
    }

    /// The outer of two tiers that nobody else looks into, entry by entry one behind the other.
    fn row(&self, id: VerifierId, tiers: &[CacheId]) -> Option<CacheId> {
        let [outer, inner] = tiers else { return None };
        let verifier = &self.system.verifiers[id.index()];
        let alone = |tier: &CacheId| looking_into(self.system, *tier).eq([id]);
        let (first, second) = (self.cache(*outer), self.cache(*inner));
        let paired = spread(first, verifier) == spread(second, verifier) && first.bypass == second.bypass;
        let known = in_a_row_is_known(first, second) && !sees_through(first, second);
        (alone(outer) && alone(inner) && paired && known).then_some(*outer)
    }

    /// The caches into which a verifier looks for a target, nearest first.
    fn looked_into(&self, asks: &'s Introspection, target: TargetId) -> impl Iterator<Item = CacheId> {
        asks.tiers.iter().copied().filter(move |tier| {
            let cache = &self.system.caches[tier.index()];
            cache.ttl != Ttl::Disabled && !cache.bypass.contains(&target)
        })
    }

    /// The share of requests for a target that comes past the responses that a verifier keeps.
    fn past_responses(
        &self,
        calls: usize,
        id: VerifierId,
        target: TargetId,
        rate: f64,
        arriving: &mut Arriving,
    ) -> f64 {
        let verifier = &self.system.verifiers[id.index()];
        let Some(responses) = verifier.responses.as_ref().filter(|kept| !kept.kept.bypass.contains(&target)) else {
            return 1.0;
        };
        let replicas = f64::from(verifier.replicas);
        let (of, callers) = match responses.keyed_by {
            KeyedBy::Url => (None, replicas),
            KeyedBy::UrlAndCredential => {
                (Some(calls), self.calls[calls].credentials * spread(&responses.kept, verifier))
            }
        };
        let key = (of, id, target);
        *arriving.responses.entry(key).or_insert(0.0) += rate;
        let all = self.arriving.responses.get(&key).copied().unwrap_or(0.0) / (callers * f64::from(responses.urls));
        passing(mean_life(&responses.kept, all), all)
    }
}

/// Verifiers that look into a cache.
fn looking_into(system: &System, cache: CacheId) -> impl Iterator<Item = VerifierId> {
    let looks = move |verifier: &Verifier| match &verifier.check {
        Check::Asks(asks) => asks.tiers.contains(&cache),
        Check::Nothing | Check::Itself => false,
    };
    (0..system.verifiers.len()).map(VerifierId::at).filter(move |id| looks(&system.verifiers[id.index()]))
}

/// Verifiers at which what other credentials ask is worked out only roughly: why, and how many times as much it may be.
///
/// What comes in a rhythm is passed on at most as often as it comes and at most once a life, which is no more than twice
/// what memoryless requests would be, and one time more for each tier before.
pub fn roughly(system: &System) -> Vec<(VerifierId, &'static str, usize)> {
    let questions = Questions { system, calls: &[], arriving: Arriving::default() };
    let routes = || system.others.iter().flat_map(|traffic| traffic.routes.iter().map(move |route| (traffic, route)));
    let mut found: Vec<(VerifierId, &'static str, usize)> = Vec::new();
    for (traffic, route) in routes() {
        let route = &system.routes[route.index()];
        let mut behind_responses = false;
        for id in &route.verifiers {
            let verifier = &system.verifiers[id.index()];
            behind_responses |= verifier.responses.is_some();
            let Check::Asks(asks) = &verifier.check else { continue };
            let tiers: Vec<CacheId> = questions.looked_into(asks, route.target).collect();
            let shown: Vec<CacheId> = (0..tiers.len())
                .filter(|at| {
                    tiers
                        .get(at + 1)
                        .is_none_or(|next| !sees_through(questions.cache(tiers[*at]), questions.cache(*next)))
                })
                .map(|at| tiers[at])
                .collect();
            let in_turn = |tier: &CacheId| {
                let cache = questions.cache(*tier);
                verifier.balance == Balance::RoundRobin
                    && spread(cache, verifier) > 1.0
                    && (traffic.credentials as f64) < 10.0 * spread(cache, verifier)
            };
            let why = if shown.len() > 1 && questions.row(*id, &tiers).is_none() {
                "one tier of its caches lets through what comes in no simple rhythm to the next"
            } else if shown.iter().any(|tier| !life_is_known(questions.cache(*tier))) {
                "how long an entry is kept there is known only roughly"
            } else if behind_responses && !shown.is_empty() {
                "what comes past kept responses has no simple rhythm"
            } else if shown.iter().any(in_turn) {
                "few credentials come to its replicas in turn"
            } else {
                continue;
            };
            if !found.iter().any(|(other, ..)| other == id) {
                found.push((*id, why, shown.len().max(2)));
            }
        }
    }
    found
}

/// Over how many instances of a cache the calls with one credential are spread.
pub fn spread(cache: &Cache, verifier: &Verifier) -> f64 {
    match (cache.placement, verifier.balance) {
        // A caller stays where it is.
        (Placement::PerReplica, Balance::Sticky) | (Placement::PerVerifier | Placement::Shared, _) => 1.0,
        (Placement::PerReplica, Balance::Random | Balance::RoundRobin) => f64::from(verifier.replicas),
    }
}
