//! How long the queue before an issuer of limited capacity remembers what standing traffic asked it.

use super::pace::mean_rate;
use crate::model::cache::Ttl;
use crate::model::play::compiled::capacity_plan::{Feed, forgets};
use crate::model::play::compiled::plan::{Plan, PlanCheck};
use crate::units::time::Span;

/// The longest memory of all queues that standing traffic meets; none if it meets no queue.
pub fn longest(plan: &Plan<'_>) -> Option<Span> {
    let issuers = plan.capacities.iter().enumerate();
    let remembered = issuers.filter_map(|(issuer, capacity)| {
        let capacity = capacity.as_ref()?;
        let asked = asked_by_standing(plan, issuer);
        let others: f64 = capacity.feeds.iter().map(Feed::settled).sum();
        let tries = 1.0 + f64::from(capacity.settings.retries);
        let queue = forgets(capacity.settings, (others + asked) * tries);
        (asked > 0.0).then(|| queue + Span::from_seconds(capacity.settings.timeout.seconds() * tries))
    });
    remembered.max()
}

/// Questions a second that standing traffic asks an issuer, roughly: by each route once in the life of an entry at most.
fn asked_by_standing(plan: &Plan<'_>, issuer: usize) -> f64 {
    let standing = plan.sources.iter().filter(|source| source.standing);
    let each = standing.flat_map(|source| {
        let rate = mean_rate(&source.arrivals) / source.routes.len().max(1) as f64;
        source.routes.iter().flat_map(|route| plan.hops_of(*route)).map(move |verifier| (rate, *verifier))
    });
    let asks = each.filter(|(rate, verifier)| {
        let place = &plan.verifiers[usize::from(*verifier)];
        let asks = matches!(place.check, PlanCheck::AsksAtOnce | PlanCheck::AsksWithLegs);
        asks && usize::from(place.issuer) == issuer && *rate > 0.0
    });
    asks.map(|(rate, verifier)| {
        let place = &plan.verifiers[usize::from(verifier)];
        let lives = plan.tiers_of(place).iter().map(|tier| match plan.cache(tier).ttl {
            Ttl::For(ttl) => ttl.seconds(),
            Ttl::Disabled => 0.0,
            Ttl::Forever => f64::INFINITY,
        });
        rate / (1.0 + rate * lives.fold(0.0, f64::max) / f64::from(place.replicas))
    })
    .sum()
}
