//! Where the lanes of a plan lie: which requests may be decided in a few steps, as far as the system alone tells.

use super::lane::Lane;
use super::plan::{Plan, PlanCheck, PlanVerifier, Source};
use crate::model::lineage::Binding;
use crate::model::system::PeakLoad;
use crate::model::workload::{Arrivals, OnReject};
use crate::units::time::Span;

impl Plan<'_> {
    /// Lays the lanes of every source, and lists its routes by target.
    pub(super) fn lay_lanes(&mut self) {
        for number in 0..self.sources.len() {
            let source = &self.sources[number];
            // What answers is scheduled by them: that is more than a count.
            let follows = matches!(source.arrivals, Arrivals::ClosedLoop { .. });
            let client = number.checked_sub(self.attacker_sources).map(|client| &self.system.lawful[client]);
            let follows = follows || client.is_some_and(|client| client.refreshes.is_some());
            let attacks = number < self.attacker_sources;
            let lane = |route: &u16| {
                let looked_at = attacks && self.hops_of(*route).iter().any(|v| self.looks(*v));
                self.lane(source, *route)
                    .filter(|lane| !(follows || looked_at || attacks && self.is_constrained(lane.credential)))
            };
            let lanes: Vec<Option<Lane>> = source.routes.iter().map(lane).collect();
            let memoryless = matches!(source.arrivals, Arrivals::Poisson(_));
            let plain = memoryless && lanes.iter().any(Option::is_some);
            let places = source.routes.iter().map(|route| self.routes[*route as usize].target).zip(0..);
            let mut places: Vec<(u16, u32)> = places.collect();
            places.sort_unstable();
            self.sources[number].places = places;
            self.sources[number].lanes = lanes;
            self.sources[number].plain = plain;
        }
    }

    fn looks(&self, verifier: u16) -> bool {
        self.verifiers[verifier as usize].looks_at.anything()
    }

    /// Whether a copy of a credential may be of no use.
    fn is_constrained(&self, credential: u16) -> bool {
        self.system.credentials[self.original(credential)].binding != Binding::Bearer
    }

    fn lane(&self, source: &Source, route: u16) -> Option<Lane> {
        let credential = *source.presents[route as usize].first()?;
        let [verifier] = self.hops_of(route) else { return None };
        // An acceptance where connections are held may open one, and something may be found behind a target.
        let target = self.routes[route as usize].target;
        if self.held.contains(&target) || self.hidden.iter().any(|(_, behind)| *behind == target) {
            return None;
        }
        let place = &self.verifiers[*verifier as usize];
        let tier = place.plain_tier.as_ref().filter(|_| place.replicas == 1)?;
        let alone = source.has_one_on(route);
        let apart = alone && place.check == PlanCheck::AsksAtOnce && self.capacity_of(place.issuer).is_none();
        // What is asked in one second is counted as it comes.
        let in_turn = self.system.peak_load == PeakLoad::Counted;
        let asks = apart && !in_turn && source.on_reject == OnReject::Retry && self.forgets_nothing(*verifier, place);
        Some(Lane {
            cell: self.cell_of(tier, place.first_replica, place.first_replica, credential),
            credential,
            route,
            target,
            replica: place.first_replica,
            hears: self.is_told(*verifier),
            asks: asks.then_some(*verifier),
            alone,
            apart,
        })
    }

    /// Whether a rejection by the issuer leaves nothing behind but counts, where no cache holds an entry.
    fn forgets_nothing(&self, verifier: u16, place: &PlanVerifier) -> bool {
        let [tier] = self.tiers_of(place) else { return false };
        let cache = self.cache(tier);
        let settings = &self.system.verifiers[verifier as usize];
        cache.negative_ttl.is_none()
            && cache.stale_while_revalidate.is_none()
            && settings.trusts_new_for == Span::ZERO
            && self.system.issuers[place.issuer as usize].read_replicas <= 1
            && place.responses.is_none()
    }
}
