//! Answers from the issuer as they come back: caches are filled, and whoever waited goes on.

use super::request::{Passage, Step};
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::ledger::ClosedBy;
use crate::model::play::compiled::plan::PlanVerifier;
use crate::model::play::state::stand::Stand;
use crate::model::play::state::under_way::{Answer, Waiting};
use crate::model::play::state::world::World;
use crate::units::time::Moment;

impl World<'_> {
    /// The answer is back: caches are filled, and whoever waited goes on.
    pub fn answered(&mut self, now: Moment, number: u32, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let fetch = self.fetches[number as usize];
        let place = &plan.verifiers[fetch.verifier as usize];
        let stand = Stand {
            verifier: fetch.verifier,
            replica: fetch.replica,
            credential: fetch.credential,
            target: fetch.target,
        };
        let (answer, composed_at) = fetch.answer.unwrap_or((Answer::Unreachable, now));
        self.mark_answered(stand, place, number);
        self.take_answer(now, stand, place, answer, composed_at);
        self.free_fetches.push(number);
        let mut next = fetch.waiting.map(|(first, _)| first);
        while let Some(place_of_waiting) = next {
            let waiting = self.waiting[place_of_waiting as usize];
            next = waiting.next;
            self.free_waiting.push(place_of_waiting);
            self.go_on(now, waiting, answer, composed_at, agenda);
        }
        if !plan.held.is_empty() {
            self.recheck_answered(now, number, answer, composed_at, agenda);
        }
        if answer != Answer::Inactive {
            self.look_behind(now, fetch.verifier, ClosedBy::FreshAnswer);
        }
    }

    fn go_on(
        &mut self,
        now: Moment,
        waiting: Waiting,
        answer: Answer,
        composed_at: Moment,
        agenda: &mut Agenda<Happening>,
    ) {
        let plan = self.plan;
        let route = plan.routes[waiting.request.route as usize];
        let verifier = plan.hops[(route.first + waiting.hop) as usize];
        let (replica, credential) = (waiting.replica, waiting.request.credential);
        let stand = Stand { verifier, replica, credential, target: Some(route.target) };
        let place = &plan.verifiers[verifier as usize];
        let step = self.take_answer(now, stand, place, answer, composed_at);
        let passage = match step {
            Step::Accept(reason) if waiting.hop + 1 == route.hops => Passage::Accepted(reason),
            Step::Accept(_) => self.pass(now, &waiting.request, waiting.hop + 1, agenda),
            Step::Reject(reason) => Passage::Rejected(reason),
            Step::Wait(_) => Passage::Waiting,
        };
        self.settle(now, &waiting.request, passage, agenda);
    }

    fn mark_answered(&mut self, stand: Stand, place: &PlanVerifier, fetch: u32) {
        let plan = self.plan;
        for tier in plan.tiers_of(place) {
            let cell = self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential);
            if self.cells[cell].fetch == Some(fetch) {
                self.cells[cell].fetch = None;
            }
        }
    }
}
