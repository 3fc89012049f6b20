//! Issuers of limited capacity, compiled: what other credentials ask them, and how long their queue remembers.

use crate::model::cache::Ttl;
use crate::model::capacity::Capacity;
use crate::model::system::System;
use crate::model::verifier::Check;
use crate::units::time::Span;

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
    /// How long an answer is kept, in seconds; infinite for one that is kept for ever.
    pub ttl: f64,
}

/// What stands between a verifier and its issuer.
#[derive(Debug)]
pub struct Way {
    /// Replicas of the verifier.
    pub replicas: u32,
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
    let mut feeds = Vec::new();
    for traffic in &system.others {
        let each = traffic.rate.value() / traffic.routes.len().max(1) as f64;
        for route in traffic.routes.iter().map(|route| &system.routes[route.index()]) {
            let mut rate = each;
            for verifier in &route.verifiers {
                let settings = &system.verifiers[verifier.index()];
                rate = settings.past_responses(route.target, rate, traffic.credentials);
                let Check::Asks(asks) = &settings.check else { continue };
                if asks.issuer.index() == issuer {
                    feeds_of(system, &ways[verifier.index()], rate, traffic.credentials as f64, &mut feeds);
                }
            }
        }
    }
    feeds
}

fn feeds_of(system: &System, way: &Way, rate: f64, keys: f64, feeds: &mut Vec<Feed>) {
    let lifetime = |cache: u16| match system.caches[cache as usize].ttl {
        Ttl::Disabled => 0.0,
        Ttl::For(ttl) => ttl.seconds(),
        Ttl::Forever => f64::INFINITY,
    };
    match way.tiers[..] {
        [(cache, first, instances)] => {
            let rate = rate / keys / f64::from(instances);
            let ttl = lifetime(cache);
            feeds.extend((0..instances).map(|n| Feed { instance: Some(first + n), keys, rate, ttl }));
        }
        // Behind several tiers it stays as it is on average.
        _ => {
            let keys = keys * f64::from(way.replicas);
            let passed = |rate: f64, tier: &(u16, u32, u32)| {
                let ttl = lifetime(tier.0);
                if ttl.is_finite() { rate / (1.0 + rate * ttl) } else { 0.0 }
            };
            let rate = way.tiers.iter().fold(rate / keys, passed);
            feeds.push(Feed { instance: None, keys, rate, ttl: 0.0 });
        }
    }
}

/// How long a queue remembers: until a full one has been served once, and twelve relaxation times of the queue.
fn forgets(capacity: &Capacity, rate: f64) -> Span {
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
