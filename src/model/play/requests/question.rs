//! Questions to the issuer: what it says at an instant, and questions on their way to it.

use crate::engine::agenda::Agenda;
use crate::model::cache::Coalescing;
use crate::model::event::Happening;
use crate::model::ledger::ClosedBy;
use crate::model::play::compiled::plan::PlanVerifier;
use crate::model::play::state::stand::Stand;
use crate::model::play::state::under_way::{Answer, Fetch, Presentation, Waiting};
use crate::model::play::state::world::World;
use crate::model::system::PeakLoad;
use crate::units::time::{Moment, NANOS_PER_SECOND, Span};

impl World<'_> {
    /// What the issuer says of a credential at `now`.
    #[inline]
    pub fn issuer_says(&mut self, now: Moment, issuer: u16, credential: u16) -> Answer {
        if self.issuers[issuer as usize].down > 0 {
            return Answer::Unreachable;
        }
        self.count_question(now, issuer);
        self.issuer_knows(now, issuer, credential)
    }

    /// What an issuer that can be asked says of a credential at `now`.
    #[inline]
    fn issuer_knows(&mut self, now: Moment, issuer: u16, credential: u16) -> Answer {
        let active = now < self.expires[credential as usize]
            && (now < self.known_by_answerer(issuer, credential) || now >= self.lineage.forgotten[credential as usize]);
        if active { Answer::Active } else { Answer::Inactive }
    }

    /// What a verifier hears when it asks the issuer of a credential at `now`.
    #[inline]
    pub fn verifier_hears(&mut self, now: Moment, verifier: u16, issuer: u16, credential: u16) -> Answer {
        if self.cannot_ask(verifier, issuer) {
            return Answer::Unreachable;
        }
        self.issuer_says(now, issuer, credential)
    }

    /// From when the read replica that answers knows of the revocation.
    #[inline]
    fn known_by_answerer(&mut self, issuer: u16, credential: u16) -> Moment {
        let replicas = self.plan.system.issuers[issuer as usize].read_replicas;
        let answering = if replicas > 1 {
            self.streams.read_replica[issuer as usize].at(&self.trial).index(usize::from(replicas))
        } else {
            0
        };
        self.known_at[credential as usize * self.read_replica_width() + answering]
    }

    /// Counts a question to an issuer, from time 0 on.
    #[inline]
    pub fn count_question(&mut self, now: Moment, issuer: u16) {
        if now < Moment::ZERO {
            return;
        }
        self.tally.load.asked += 1;
        if self.plan.system.peak_load == PeakLoad::Counted {
            let second = now.nanos().div_euclid(NANOS_PER_SECOND);
            let (current, count) = &mut self.issuers[issuer as usize].second;
            *count = if *current == second { *count + 1 } else { 1 };
            *current = second;
            self.tally.load.peak = self.tally.load.peak.max(*count);
        }
    }

    /// Sends a question on its way.
    pub fn start_fetch(
        &mut self,
        now: Moment,
        stand: Stand,
        place: &PlanVerifier,
        latency: Option<Span>,
        agenda: &mut Agenda<Happening>,
    ) -> u32 {
        let fetch = Fetch {
            verifier: stand.verifier,
            replica: stand.replica,
            credential: stand.credential,
            way_back: latency.map(|latency| latency - half(latency)),
            answer: None,
            back_at: Moment::NEVER,
            waiting: None,
            target: stand.target,
            sent_at: now,
            retries: self.plan.capacity_of(place.issuer).map_or(0, |capacity| capacity.settings.retries),
            served: false,
        };
        let number = match self.free_fetches.pop() {
            Some(free) => {
                self.fetches[free as usize] = fetch;
                free
            }
            None => {
                self.fetches.push(fetch);
                self.fetches.len() as u32 - 1
            }
        };
        self.mark_under_way(stand, place, Some(number));
        let way = latency.map(half).or_else(|| self.way_to_issuer(stand));
        self.set_off(now, number, way, agenda);
        number
    }

    /// A question is asked again.
    pub fn asked_again(&mut self, now: Moment, number: u32, agenda: &mut Agenda<Happening>) {
        let fetch = self.fetches[number as usize];
        let (verifier, replica, credential) = (fetch.verifier, fetch.replica, fetch.credential);
        let way = self.way_to_issuer(Stand { verifier, replica, credential, target: fetch.target });
        self.set_off(now, number, way, agenda);
    }

    fn set_off(&mut self, now: Moment, number: u32, way: Option<Span>, agenda: &mut Agenda<Happening>) {
        match way {
            Some(Span::ZERO) => self.composed(now, number, agenda),
            Some(way) => agenda.schedule(now + way, Happening::Composed(number)),
            // A question that never arrives is answered, by nobody, at once: the verifier gives up.
            None => {
                self.fetches[number as usize].answer = Some((Answer::Unreachable, now));
                agenda.schedule(now, Happening::Answered(number));
            }
        }
    }

    /// The issuer composes its answer.
    pub fn composed(&mut self, now: Moment, number: u32, agenda: &mut Agenda<Happening>) {
        let fetch = self.fetches[number as usize];
        let issuer = self.plan.verifiers[fetch.verifier as usize].issuer;
        let cut = self.cannot_ask(fetch.verifier, issuer);
        if !fetch.served && !cut && self.plan.capacity_of(issuer).is_some() {
            return self.queue_up(now, number, agenda);
        }
        let answer = match (cut, fetch.served) {
            (true, _) => Answer::Unreachable,
            // It was counted when it arrived.
            (false, true) => self.issuer_knows(now, issuer, fetch.credential),
            (false, false) => self.issuer_says(now, issuer, fetch.credential),
        };
        let way_back = fetch.way_back.or_else(|| self.way_from_issuer(fetch));
        let (answer, back_at) = match way_back {
            Some(way) => (answer, now + way),
            None => (Answer::Unreachable, now),
        };
        let slot = &mut self.fetches[number as usize];
        slot.answer = Some((answer, now));
        slot.back_at = back_at;
        if answer == Answer::Active {
            // An acceptance on its way keeps a door open for whoever may share it.
            self.look_behind(now, fetch.verifier, ClosedBy::FreshAnswer);
        }
        agenda.schedule(back_at, Happening::Answered(number));
    }

    /// Puts a request aside until a question is answered; requests go on in the order in which they came.
    pub fn wait_for(&mut self, fetch: u32, request: Presentation, hop: u32, replica: u32) {
        let entry = Waiting { request, hop, replica, next: None };
        let number = match self.free_waiting.pop() {
            Some(free) => {
                self.waiting[free as usize] = entry;
                free
            }
            None => {
                self.waiting.push(entry);
                self.waiting.len() as u32 - 1
            }
        };
        let queue = &mut self.fetches[fetch as usize].waiting;
        match queue {
            None => *queue = Some((number, number)),
            Some((_, last)) => {
                self.waiting[*last as usize].next = Some(number);
                *last = number;
            }
        }
    }

    /// Notes a question under way in the cells whose requests may share it.
    fn mark_under_way(&mut self, stand: Stand, place: &PlanVerifier, fetch: Option<u32>) {
        let plan = self.plan;
        for tier in plan.tiers_of(place) {
            if plan.cache(tier).coalescing == Coalescing::Shared && !stand.passes_by(plan.cache(tier)) {
                let cell = self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential);
                self.cells[cell].fetch = self.cells[cell].fetch.or(fetch);
            }
        }
    }

    fn way_to_issuer(&mut self, stand: Stand) -> Option<Span> {
        let law = &self.plan.introspection(stand.verifier)?.request_leg;
        law.sample(self.streams.request_leg[stand.replica as usize].at(&self.trial)).span()
    }

    pub(super) fn way_from_issuer(&mut self, fetch: Fetch) -> Option<Span> {
        let law = &self.plan.introspection(fetch.verifier)?.response_leg;
        law.sample(self.streams.response_leg[fetch.replica as usize].at(&self.trial)).span()
    }
}

fn half(span: Span) -> Span {
    Span::from_nanos(span.nanos() / 2)
}
