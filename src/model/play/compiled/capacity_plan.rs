//! Issuers of limited capacity, compiled: what other credentials ask them, and how long their queue remembers.

use crate::model::cache::Cache;
use crate::model::capacity::Capacity;
use crate::model::id::CacheId;
use crate::model::kept::undisturbed_life;
use crate::model::questions::{Calls, Questions, spread};
use crate::model::system::System;
use crate::model::verifier::Verifier;
use crate::units::time::Span;
use std::collections::BTreeSet;
use std::ops::Range;

/// An issuer of limited capacity.
#[derive(Debug)]
pub struct PlanCapacity<'s> {
    /// Its settings.
    pub settings: &'s Capacity,
    /// What other credentials ask it.
    pub feeds: Vec<Feed>,
    /// Its queue has forgotten what lies this far back.
    pub forgets: Span,
}

/// Questions about other credentials from one instance of a cache, or from a verifier that has none.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// The instance, if there is just one tier.
    pub instance: Option<u32>,
    /// Credentials that it is asked about.
    pub keys: f64,
    /// Requests a second about each.
    pub rate: f64,
    /// How long an answer is kept on average, in seconds; infinite for one that is kept for ever.
    pub ttl: f64,
}

/// What stands between a verifier and its issuer.
#[derive(Debug)]
pub struct Way {
    /// Its tiers: settings of the cache, the first instance, and how many instances.
    pub tiers: Vec<(u16, u32, u32)>,
}

/// So many renewals after a purge, entries are taken to be spread over their lives as ever.
const RENEWALS: u32 = 32;

impl Feed {
    /// Questions a second, long after any purge: a credential is asked about once in a lifetime and a gap.
    pub fn settled(&self) -> f64 {
        if self.ttl.is_finite() { self.keys * self.rate / (1.0 + self.rate * self.ttl) } else { 0.0 }
    }

    /// Questions a second, `since` seconds after every entry was lost: each credential is asked about at its first
    /// request, an exponential gap later, and then after a lifetime and a gap again. The density of the question after
    /// `k` renewals is that of Erlang's law of `k + 1` gaps, `k` lifetimes later.
    pub fn since_purge(&self, since: f64) -> f64 {
        if self.ttl == 0.0 || since > f64::from(RENEWALS) * self.ttl {
            return self.settled();
        }
        let mut density = 0.0;
        for k in 0..RENEWALS {
            let x = self.rate * (since - if k == 0 { 0.0 } else { f64::from(k) * self.ttl });
            if x < 0.0 {
                break;
            }
            let log_factorial: f64 = (2..=k).map(|i| libm::log(f64::from(i))).sum();
            density += if k == 0 {
                libm::exp(-x)
            } else if x > 0.0 {
                libm::exp(f64::from(k) * libm::log(x) - x - log_factorial)
            } else {
                0.0
            };
        }
        self.keys * self.rate * density
    }
}

/// Compiles the capacity of every issuer; `ways` are those of the verifiers.
pub fn lay<'s>(system: &'s System, ways: &[Way]) -> Vec<Option<PlanCapacity<'s>>> {
    let one = |(number, issuer): (usize, &'s crate::model::issuer::Issuer)| {
        let settings = issuer.capacity.as_ref()?;
        let feeds = feeds(system, number, ways);
        let forgets = forgets(settings, feeds.iter().map(Feed::settled).sum());
        Some(PlanCapacity { settings, feeds, forgets })
    };
    system.issuers.iter().enumerate().map(one).collect()
}

fn feeds(system: &System, issuer: usize, ways: &[Way]) -> Vec<Feed> {
    let calls: Vec<Calls> = system.others.iter().map(Calls::of).collect();
    let questions = Questions::settled(system, &calls);
    let asked = questions.asked();
    let mut feeds = Vec::new();
    for (number, of) in calls.iter().enumerate() {
        let all = || asked.iter().filter(|one| one.calls == number);
        // The only cache that anybody looks into who looks there: it remembers when it was purged.
        let alone = |cache: CacheId| all().all(|one| one.past == [cache] || !one.past.contains(&cache));
        let mut found = BTreeSet::new();
        let mut rest = 0.0;
        for one in all().filter(|one| one.issuer.index() == issuer) {
            match one.past[..] {
                [cache] if alone(cache) => {
                    if found.insert(cache) {
                        let verifier = &system.verifiers[one.verifier.index()];
                        let looks = questions.looks_into(number, cache);
                        let kept = Kept { cache: &system.caches[cache.index()], keys: of.credentials, looks };
                        feeds.extend(kept.feeds(verifier, ways[one.verifier.index()].instances_of(cache)));
                    }
                }
                // Past no cache, or behind several tiers, it stays as it is on average.
                _ => rest += one.rate,
            }
        }
        if rest > 0.0 {
            feeds.push(Feed { instance: None, keys: of.credentials, rate: rest / of.credentials, ttl: 0.0 });
        }
    }
    feeds
}

/// A cache that is looked into for so many credentials, so often a second over all its instances.
struct Kept<'s> {
    cache: &'s Cache,
    keys: f64,
    looks: f64,
}

impl Kept<'_> {
    fn feeds(&self, verifier: &Verifier, instances: Range<u32>) -> Vec<Feed> {
        let entries = self.keys * spread(self.cache, verifier);
        let keys = entries / f64::from(instances.end - instances.start);
        let rate = self.looks / entries;
        // After a restart of the cache everything is asked about, which is played.
        let ttl = undisturbed_life(self.cache, rate);
        instances.map(|instance| Feed { instance: Some(instance), keys, rate, ttl }).collect()
    }
}

impl Way {
    /// The instances of a cache on the way.
    fn instances_of(&self, cache: CacheId) -> Range<u32> {
        let tier = self.tiers.iter().find(|(number, ..)| *number == cache.0);
        tier.map_or(0..0, |(_, first, count)| *first..first + count)
    }
}

/// How long a queue remembers: until a full one has been served once, and twelve relaxation times of the queue.
pub fn forgets(capacity: &Capacity, rate: f64) -> Span {
    const RELAXATIONS: f64 = 12.0;
    let service = capacity.service_time.mean_seconds().unwrap_or(0.0);
    let each = service / f64::from(capacity.servers);
    let drained = (f64::from(capacity.queue) + f64::from(capacity.servers)) * each + service;
    let slack = 1.0 - libm::sqrt((rate * each).min(1.0));
    let relaxed = RELAXATIONS * each / (slack * slack);
    Span::from_seconds(drained + relaxed.min(20.0 * drained) + 20.0 * service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purge_brings_every_credential_once_and_then_in_step() {
        // 1000 credentials, a request every 10 s each, kept 60 s: 1000 / 70 = 14.3/s settled. Right after a purge 100/s,
        // falling as e^(-s/10); at 59.9 s nearly none are left of it, and just after 60 s the first are due again:
        // at 70 s 100 (1 + ...): e^(-7) + 1 e^(-1) = 0.0009 + 0.3679 of 100/s.
        let feed = Feed { instance: Some(0), keys: 1000.0, rate: 0.1, ttl: 60.0 };
        assert!((feed.settled() - 1000.0 / 70.0).abs() < 1e-9);
        assert_eq!(feed.since_purge(0.0), 100.0);
        for (since, share) in [(10.0, (-1.0_f64).exp()), (59.9, (-5.99_f64).exp())] {
            assert!((feed.since_purge(since) - 100.0 * share).abs() < 1e-9, "at {since} s");
        }
        assert!((feed.since_purge(70.0) - 100.0 * ((-7.0_f64).exp() + (-1.0_f64).exp())).abs() < 1e-9);
    }
}
