//! Questions to issuers of limited capacity: they wait for a server, are refused where no place is left, or come too late.

use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::id::IssuerId;
use crate::model::play::state::under_way::Answer;
use crate::model::play::state::world::World;
use crate::units::time::Moment;

impl World<'_> {
    /// A question arrives at an issuer of limited capacity.
    pub(super) fn queue_up(&mut self, now: Moment, number: u32, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let mut fetch = self.fetches[number as usize];
        let issuer = plan.verifiers[fetch.verifier as usize].issuer;
        let Some(capacity) = &plan.capacities[issuer as usize] else { return };
        self.count_question(now, issuer);
        fetch.way_back = fetch.way_back.or_else(|| self.way_from_issuer(fetch));
        let done = self.queues[issuer as usize].arrive(now, capacity, &self.trial);
        let gives_up = fetch.sent_at + capacity.settings.timeout;
        let back = done.zip(fetch.way_back).map(|(done, way)| (done, done + way));
        if let Some((done, _)) = back.filter(|(_, back)| *back <= gives_up) {
            fetch.served = true;
            self.fetches[number as usize] = fetch;
            if now >= Moment::ZERO {
                self.tally.load.served += 1;
                self.tally.load.served_for += done.since(now);
            }
            agenda.schedule(done, Happening::Composed(number));
            return;
        }
        if now >= Moment::ZERO {
            self.tally.load.unserved += 1;
        }
        if fetch.retries > 0 {
            fetch.retries -= 1;
            fetch.sent_at = gives_up;
            fetch.way_back = None;
            self.fetches[number as usize] = fetch;
            agenda.schedule(gives_up, Happening::AskedAgain(number));
            return;
        }
        // A refusal is known at once, a timeout only when it has passed.
        let known = if done.is_none() { now } else { gives_up };
        fetch.answer = Some((Answer::Unreachable, known));
        self.fetches[number as usize] = fetch;
        agenda.schedule(known, Happening::Answered(number));
    }

    /// An instance of a cache has lost its entries: every credential in it is asked about anew.
    pub fn surge_after(&mut self, now: Moment, instance: u32) {
        let plan = self.plan;
        for (capacity, queue) in plan.capacities.iter().zip(&mut self.queues) {
            if let Some(capacity) = capacity {
                queue.purge(now, instance, capacity, &self.trial);
            }
        }
    }

    /// Nothing that others hold of an issuer is good any more: all of them come back to it for something new.
    pub fn let_others_sign_in(&mut self, now: Moment, issuer: Option<IssuerId>) {
        let plan = self.plan;
        for traffic in &plan.system.others {
            let Some((at, within)) = traffic.signs_in_again.filter(|(at, _)| Some(*at) == issuer) else { continue };
            let count = traffic.credentials as f64;
            let seen = (self.end.since(now).seconds() / within.seconds()).clamp(0.0, 1.0);
            self.tally.load.asked += libm::round(count * seen) as u64;
            if let Some(capacity) = plan.capacity_of(at.0) {
                self.queues[at.index()].sign_in(now, (count, within), capacity, &self.trial);
            }
        }
    }
}
