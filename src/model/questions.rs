//! How often issuers are asked about credentials that are called at steady rates, long after everything has warmed up.
//!
//! A credential that is looked for at rate `r` in a cache that keeps it for `T` is asked about `r / (1 + r T)` times a
//! second, wherever its calls come from: there is one entry for all targets that a verifier fronts, and in a shared
//! cache for all verifiers that look there. What passes is taken as memoryless, as what comes is.

use super::cache::{Cache, Placement, Renewal, Ttl};
use super::id::{CacheId, IssuerId, RouteId, TargetId, VerifierId};
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
                    for tier in self.looked_into(asks, route.target) {
                        let before = looked.entry(tier).or_insert(0.0);
                        let counts = (rate - *before).max(0.0);
                        *before = before.max(rate);
                        *arriving.answers.entry((number, tier)).or_insert(0.0) += counts;
                        let entries = calls.credentials * spread(&self.system.caches[tier.index()], verifier);
                        let all = self.looks_into(number, tier) / entries;
                        rate = counts * passing(mean_life(&self.system.caches[tier.index()], all), all);
                        past.push(tier);
                    }
                    tell(Asked { calls: number, on, verifier: *id, issuer: asks.issuer, past, rate });
                }
            }
        }
        arriving
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

/// Over how many instances of a cache the calls with one credential are spread.
pub fn spread(cache: &Cache, verifier: &Verifier) -> f64 {
    match (cache.placement, verifier.balance) {
        // A caller stays where it is.
        (Placement::PerReplica, Balance::Sticky) | (Placement::PerVerifier | Placement::Shared, _) => 1.0,
        (Placement::PerReplica, Balance::Random | Balance::RoundRobin) => f64::from(verifier.replicas),
    }
}

/// How long an entry that is looked for at `rate` is kept on average, in seconds; infinite if for good.
pub fn mean_life(cache: &Cache, rate: f64) -> f64 {
    // A run of requests of which none comes later than this after the one before: it ends with a gap that is longer.
    let run = |gap: f64| if rate > 0.0 { libm::expm1(rate * gap) / rate } else { gap };
    let idle = cache.idle.map_or(f64::INFINITY, |idle| run(idle.seconds()));
    match cache.ttl {
        Ttl::Disabled => 0.0,
        Ttl::For(ttl) if cache.renewal == Renewal::EveryHit => run(ttl.seconds()).min(idle),
        Ttl::For(ttl) => ttl.seconds().min(idle),
        Ttl::Forever => idle,
    }
}

/// The share of requests that find nothing where an entry is kept for `life` seconds.
fn passing(life: f64, rate: f64) -> f64 {
    if life.is_finite() { 1.0 / (1.0 + rate * life) } else { 0.0 }
}
