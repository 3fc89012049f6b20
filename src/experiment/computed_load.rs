//! Load on issuers that is computed instead of simulated: polls, and lawful traffic on other credentials.
//!
//! One credential that is called at rate `r` through a cache of lifetime `T` is asked about `r / (1 + r T)`
//! times a second. A second tier sees what the first lets through, taken as memoryless. Traffic that can change
//! no state of the compromised credential needs no events: only this number is wanted of it.

use crate::model::cache::{Cache, Ttl};
use crate::model::id::VerifierId;
use crate::model::play::plan::Plan;
use crate::model::system::System;
use crate::model::verifier::Check;
use crate::model::workload::OtherTraffic;

/// Requests a second at the issuers, beside those that are simulated.
pub fn computed_load(plan: &Plan<'_>) -> f64 {
    let polls = plan.system.channels.iter().zip(&plan.channels);
    let polls: f64 =
        polls.map(|(named, listed)| named.channel.requests_per_second() * listed.listeners.len() as f64).sum();
    polls + plan.system.others.iter().map(|traffic| load_of(traffic, plan.system)).sum::<f64>()
}

fn load_of(traffic: &OtherTraffic, system: &System) -> f64 {
    let per_route = traffic.rate.value() / traffic.routes.len().max(1) as f64;
    let routes = traffic.routes.iter().map(|route| &system.routes[route.index()]);
    routes
        .map(|route| {
            let mut rate = per_route;
            let asks = route.verifiers.iter().map(|verifier| {
                let place = &system.verifiers[verifier.index()];
                rate = place.past_responses(route.target, rate, traffic.credentials);
                asked(*verifier, rate, traffic.credentials, system)
            });
            asks.sum::<f64>()
        })
        .sum()
}

/// What one verifier asks its issuer, a second, for `rate` requests a second over `credentials` credentials.
pub fn asked(verifier: VerifierId, rate: f64, credentials: u64, system: &System) -> f64 {
    let verifier = &system.verifiers[verifier.index()];
    let Check::Asks(asks) = &verifier.check else { return 0.0 };
    let keys = credentials as f64 * f64::from(verifier.replicas);
    let mut per_key = rate / keys;
    for tier in &asks.tiers {
        per_key = passed_on(per_key, &system.caches[tier.index()]);
    }
    per_key * keys
}

fn passed_on(rate: f64, cache: &Cache) -> f64 {
    match cache.ttl {
        Ttl::Disabled => rate,
        Ttl::For(ttl) => rate / (1.0 + rate * ttl.seconds()),
        Ttl::Forever => 0.0,
    }
}
