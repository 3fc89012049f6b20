//! What is played beside requests and news: questions of others to a limited issuer, what keeps responses warm, and
//! connections that are held open.
//!
//! Promises, as the rest of the price does, rather too much than too little.

use super::lasting::Lasting;
use crate::model::cache::Ttl;
use crate::model::defender::Does;
use crate::model::play::compiled::capacity_plan::{Feed, PlanCapacity};
use crate::model::play::compiled::plan::{Plan, PlanCheck};
use crate::model::play::compiled::response_plan::ResponsePlace;

/// Questions about other credentials that are played before an issuer of limited capacity.
pub fn other_questions(plan: &Plan<'_>, capacity: &PlanCapacity<'_>, lasts: &Lasting) -> f64 {
    let purged = plan.system.defender.playbook.iter().any(|step| matches!(step.does, Does::Purge { .. }));
    let lost = purged || plan.system.caches.iter().any(|cache| cache.restarts.is_some());
    let rates = capacity.feeds.iter().map(|feed| drawn(feed, lost));
    let times = f64::from(capacity.settings.retries) + 1.0;
    rates.sum::<f64>() * times * lasts.whole()
}

/// Questions drawn a second: where entries may be lost, as many as there are requests, which are then thinned out.
fn drawn(feed: &Feed, lost: bool) -> f64 {
    if lost { feed.keys * feed.rate } else { feed.settled() }
}

/// Requests on other credentials that renew responses which have ended.
pub fn other_requests(plan: &Plan<'_>, place: &ResponsePlace<'_>, lasts: &Lasting) -> f64 {
    let Ttl::For(ttl) = place.settings.kept.ttl else { return 0.0 };
    let entries = f64::from(place.settings.urls) * f64::from(plan.verifiers[usize::from(place.verifier)].replicas);
    let renewed = place.others.iter().map(|rate| rate / (1.0 + rate * ttl.seconds() / entries));
    renewed.sum::<f64>() * lasts.whole()
}

/// What happens on the connection that the attacker holds open at a target: its ends, and looks at it.
pub fn connection(plan: &Plan<'_>, target: u16, lasts: &Lasting) -> f64 {
    let routes = (0..plan.routes.len() as u16).filter(|route| plan.routes[usize::from(*route)].target == target);
    let on_route = |route: u16| {
        let each = plan.keepers_of(route).map(|(verifier, kept)| {
            let travels = plan.verifiers[usize::from(verifier)].check == PlanCheck::AsksWithLegs;
            let looks = kept.recheck.map_or(0.0, |every| lasts.whole() / every.seconds());
            let ends = kept.max_age.map_or(0.0, |age| lasts.whole() / age.seconds());
            2.0 * ends + if travels { 3.0 } else { 1.0 } * looks
        });
        each.sum::<f64>()
    };
    let closed = plan.system.defender.playbook.iter().filter(|step| matches!(step.does, Does::CloseConnections(_)));
    // Each step, and the first revocation, ends it at most once, and it is opened anew.
    routes.map(on_route).fold(0.0, f64::max) + 2.0 * (closed.count() as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_of_others_are_those_of_a_warm_cache_unless_it_can_be_lost() {
        // 1000 credentials at 0.1/s, kept 60 s: each is asked about once in 60 + 10 s, 14.3/s; 100/s are drawn if all may be lost.
        let feed = Feed { instance: None, keys: 1000.0, rate: 0.1, ttl: 60.0 };
        assert!((drawn(&feed, false) - 1000.0 / 70.0).abs() < 1e-9);
        assert!((drawn(&feed, true) - 100.0).abs() < 1e-9);
    }
}
