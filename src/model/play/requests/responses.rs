//! Caches of responses on the path of a request: what they answer, what fills them, and the doors that they hold.
//!
//! A fresh response answers whoever asks for the same key, and the request goes no further. Every request that is
//! accepted by what lies behind fills the entry. Requests of other credentials are not simulated: since they come as
//! a Poisson process, the next of them after the end of an entry is an exponential time away, and that one is an event.

use super::request::Passage;
use crate::engine::agenda::Agenda;
use crate::model::cache::{Placement, Ttl};
use crate::model::channel::poll::spread;
use crate::model::event::Happening;
use crate::model::id::VerifierId;
use crate::model::ledger::{ClosedBy, HeldOpenBy, Reason};
use crate::model::play::compiled::response_plan::ResponsePlace;
use crate::model::play::doors::spell::Hold;
use crate::model::play::state::cell::{Cell, Look};
use crate::model::play::state::held::RECONNECTS;
use crate::model::play::state::under_way::Presentation;
use crate::model::play::state::world::World;
use crate::units::time::{Moment, Span};
use std::ops::Range;

/// The worker of a request that only fetches a stale response anew.
const REVALIDATES: u16 = RECONNECTS - 1;

impl World<'_> {
    /// Looks for a response to a request that stands at `hop`, and sends it on if there is none.
    pub(super) fn pass_responses(
        &mut self,
        now: Moment,
        request: &Presentation,
        hop: u32,
        (number, replica): (u16, u32),
        agenda: &mut Agenda<Happening>,
    ) -> Passage {
        let plan = self.plan;
        let place = &plan.responses[number as usize];
        let urls = usize::from(place.settings.urls);
        let url = if urls > 1 { self.response_streams.urls[number as usize].at(&self.trial).index(urls) } else { 0 };
        let target = plan.routes[request.route as usize].target;
        let Some(cell) = place.cell(replica, target, request.credential, url) else {
            return self.pass(now, request, hop + 1, agenda);
        };
        let on = Presentation { response: Some((number, cell as u32)), ..*request };
        match self.responses[cell].look(now, &place.settings.kept) {
            Look::Fresh | Look::FreshButDue => return Passage::Accepted(Reason::ResponseHit),
            Look::StaleButServed => {
                if self.responses[cell].fetch.is_none() {
                    self.responses[cell].fetch = Some(0);
                    let anew = Presentation { worker: REVALIDATES, ..on };
                    let passage = self.pass(now, &anew, hop + 1, agenda);
                    self.settle_response(now, &anew, passage);
                }
                return Passage::Accepted(Reason::ResponseHit);
            }
            Look::Denied | Look::Absent => {}
        }
        let passage = self.pass(now, &on, hop + 1, agenda);
        if let Passage::Accepted(_) = passage {
            self.keep_response(now, number, cell, target);
        }
        passage
    }

    /// What a decided request leaves in a response cache that it has passed; true if nobody waits for it.
    pub(super) fn settle_response(&mut self, now: Moment, request: &Presentation, passage: Passage) -> bool {
        let Some((number, cell)) = request.response else { return false };
        let cell = cell as usize;
        let target = self.plan.routes[request.route as usize].target;
        match passage {
            Passage::Accepted(_) => self.keep_response(now, number, cell, target),
            // A rejection takes the place of the stale response.
            Passage::Rejected(_) if request.worker == REVALIDATES => {
                self.responses[cell] = Cell::default();
                self.look_at_one(now, target, ClosedBy::FreshAnswer);
            }
            Passage::Rejected(_) | Passage::Waiting => {}
        }
        request.worker == REVALIDATES
    }

    /// Keeps a response of `target`, from now on.
    pub fn keep_response(&mut self, now: Moment, number: u16, cell: usize, target: u16) {
        let place = &self.plan.responses[number as usize];
        let kept = &place.settings.kept;
        let Ttl::For(ttl) = kept.ttl else { return };
        let lifetime = if kept.jitter.value() == 0.0 {
            ttl
        } else {
            spread(ttl, kept.jitter, self.response_streams.lifetimes[number as usize].at(&self.trial).uniform())
        };
        let entry = &mut self.responses[cell];
        entry.fetch = None;
        entry.insert(now, now, Some(lifetime), kept, Span::ZERO, Moment::NEVER);
        self.look_at_one(now, target, ClosedBy::FreshAnswer);
    }

    /// Until when a route is open for one presentation, response caches on it included.
    pub fn route_hold_with_responses(&self, route: u16, hops: impl Fn(u16) -> Hold, credential: u16) -> Hold {
        let plan = self.plan;
        let target = plan.routes[route as usize].target;
        let mut behind: Option<Hold> = None;
        let route = plan.hops_of(route);
        for (place, verifier) in route.iter().enumerate().rev() {
            let own = hops(*verifier);
            if place + 1 < route.len() && !self.faulted.are_joined(&route[place..place + 2]) {
                behind = Some(Hold::SHUT);
            }
            let place = &plan.verifiers[*verifier as usize];
            if let (Some(number), Some(reached)) = (place.responses, behind) {
                behind = Some(self.response_hold(&plan.responses[number as usize], target, credential).or(reached));
            } else {
                behind = Some(behind.map_or(own, |behind| own.and(behind)));
            }
        }
        behind.unwrap_or(Hold::SHUT)
    }

    /// Until when some response of a target is served to whoever presents `credential`.
    fn response_hold(&self, responses: &ResponsePlace<'_>, target: u16, credential: u16) -> Hold {
        let place = &self.plan.verifiers[responses.verifier as usize];
        let sticky = place.stuck.map(|first| &self.stuck[first as usize..][..self.plan.attacker_sources]);
        let replicas = place.first_replica..place.first_replica + place.replicas;
        let at = Some(VerifierId(responses.verifier));
        let ends = replicas
            .filter(|replica| sticky.is_none_or(|stuck| stuck.contains(replica)))
            .flat_map(|replica| responses.every_cell(replica, target, credential))
            .map(|cell| self.responses[cell].served_until(&responses.settings.kept).1);
        ends.max().map_or(Hold::SHUT, |until| Hold { until, by: HeldOpenBy::ResponseCache, at })
    }

    /// Schedules, for every entry that requests of other credentials keep warm, the next of them that finds it ended.
    pub fn start_other_requests(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        for (number, place) in plan.responses.iter().enumerate() {
            let verifier = &plan.verifiers[place.verifier as usize];
            for target in 0..place.others.len() {
                for replica in verifier.first_replica..verifier.first_replica + verifier.replicas {
                    for cell in place.every_cell(replica, target as u16, 0) {
                        self.await_other(from, number, target, cell, agenda);
                    }
                }
            }
        }
    }

    /// The next request of other credentials that finds the entry ended.
    fn await_other(&mut self, now: Moment, number: usize, target: usize, cell: usize, agenda: &mut Agenda<Happening>) {
        let rate = self.plan.responses[number].others[target] / self.entries_of(number);
        if rate > 0.0 {
            let gap = self.response_streams.others[number].at(&self.trial).exponential_by_inversion() / rate;
            // An entry that is always renewed until the revocation can end only after it.
            let ends = self.responses[cell].fresh_until;
            let ends = if ends.is_never() { self.tally.planned_revocation } else { ends };
            if !ends.is_never() {
                agenda.schedule(
                    now.max(ends) + Span::from_seconds(gap),
                    Happening::OthersAsk { place: number as u16, target: target as u16, cell: cell as u32 },
                );
            }
        }
    }

    /// Entries over which requests for one target are spread.
    pub(super) fn entries_of(&self, number: usize) -> f64 {
        let place = &self.plan.responses[number];
        f64::from(place.settings.urls) * f64::from(self.plan.verifiers[place.verifier as usize].replicas)
    }

    /// A request of other credentials for an entry that had ended; whatever lies behind accepts it.
    pub fn others_ask(
        &mut self,
        now: Moment,
        (number, target, cell): (u16, u16, usize),
        agenda: &mut Agenda<Happening>,
    ) {
        if now >= self.responses[cell].fresh_until {
            self.keep_response(now, number, cell, target);
        }
        self.await_other(now, number as usize, target as usize, cell, agenda);
    }

    /// Empties a cache of introspection answers, in all its instances.
    pub fn purge_cache(&mut self, now: Moment, cache: u16, cause: ClosedBy) {
        let plan = self.plan;
        for (instance, _) in plan.instances.iter().enumerate().filter(|(_, of)| **of == cache) {
            for cell in &mut self.cells[instance * plan.credentials..][..plan.credentials] {
                cell.evict();
            }
            self.surge_after(now, instance as u32);
        }
        self.look_behind_cache(now, cache, cause);
    }

    /// Empties what some replicas of a verifier, counted over all verifiers, keep themselves: answers and responses.
    /// A cache that the replicas share is emptied as a whole, one that several verifiers share is not touched.
    pub fn purge_replicas(&mut self, now: Moment, verifier: u16, replicas: Range<u32>, cause: ClosedBy) {
        let plan = self.plan;
        let place = &plan.verifiers[verifier as usize];
        for tier in plan.tiers_of(place).iter().filter(|tier| plan.cache(tier).placement != Placement::Shared) {
            for replica in replicas.clone() {
                let first = plan.cell_of(tier, place.first_replica, replica, 0);
                for cell in &mut self.cells[first..first + plan.credentials] {
                    cell.evict();
                }
                self.surge_after(now, (first / plan.credentials) as u32);
            }
        }
        if let Some(number) = place.responses {
            for cell in plan.responses[number as usize].cells_of(replicas) {
                self.responses[cell].evict();
            }
        }
        self.look_behind(now, verifier, cause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::play::compiled::plan::Plan;
    use crate::model::play::fixture::at;
    use crate::random::stream::{Seed, Trial};
    use crate::scenario::load::{Input, LoadError, Scenario, load};
    use crate::scenario::objectives::Catalogue;

    fn scenario() -> Scenario {
        let text = "revdrill: 1\nteaches: Purges.\nhorizon: 30m\n\
             credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }\n\
             verifiers:\n  cdn: { checks: nothing, replicas: 2, cache: { holds: responses, urls: 3, ttl: 5m } }\n  \
             api: { behind: cdn, asks: idp, replicas: 2, cache: { ttl: 60s } }\n\
             attacker: { steals: token, replays: { arrivals: poisson 2/s } }\n\
             defender: { detects: 5m, playbook: [ { revoke: token } ] }\n";
        let input = Input::Text { name: "s.yaml".into(), text: text.into(), folder: None };
        match load(&input, &[], &Catalogue) {
            Ok(loaded) => loaded.scenario,
            Err(LoadError::Unreadable(error)) => panic!("{error}"),
            Err(LoadError::Invalid { diagnostics, .. }) => panic!("{}", diagnostics.in_order()[0].message()),
        }
    }

    #[test]
    fn a_purge_of_one_replica_leaves_what_the_others_keep() {
        // 2 replicas with 3 responses for each of 2 credentials (the token and its replacement), and 2 with an answer.
        let scenario = scenario();
        let plan = Plan::new(&scenario.system);
        let mut world = World::new(&plan);
        world.reset(Trial::new(Seed(1), 0), 0);
        world.fill_for_good();
        world.fill_responses_for_good();
        let kept = |world: &World<'_>| {
            let fresh = |cells: &[Cell]| cells.iter().filter(|c| c.fresh_until > at(0.0)).count();
            (fresh(&world.responses), fresh(&world.cells))
        };
        assert_eq!(kept(&world), (12, 2));
        let first = plan.verifiers[0].first_replica;
        world.purge_replicas(at(1.0), 0, first..first + 1, ClosedBy::Purge);
        assert_eq!(kept(&world), (6, 2));
        let first = plan.verifiers[1].first_replica;
        world.purge_replicas(at(1.0), 1, first + 1..first + 2, ClosedBy::Purge);
        assert_eq!(kept(&world), (6, 1));
        world.purge_cache(at(1.0), 0, ClosedBy::Purge);
        assert_eq!(kept(&world), (6, 0));
    }
}
