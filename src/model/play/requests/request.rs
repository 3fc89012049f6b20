//! The path of a request: hop by hop along its route, through local checks and caches to the issuer.
//!
//! Nothing here hashes, and nothing allocates once the vectors of the world have grown to what a trial needs. A request
//! that must wait for an answer is put aside with its place on the route, and goes on from there.

use crate::engine::agenda::Agenda;
use crate::model::cache::{Coalescing, Renewal, Ttl};
use crate::model::event::Happening;
use crate::model::ledger::{ClosedBy, Reason};
use crate::model::play::compiled::plan::{PlanCheck, PlanVerifier, Tier};
use crate::model::play::state::cell::Look;
use crate::model::play::state::stand::Stand;
use crate::model::play::state::under_way::{Answer, Errand, Presentation};
use crate::model::play::state::world::World;
use crate::model::verifier::{Balance, OutagePolicy};
use crate::units::time::{Moment, Span};

/// What becomes of a request at a verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is let through.
    Accept(Reason),
    /// It is turned away.
    Reject(Reason),
    /// It waits for this question to be answered.
    Wait(u32),
}

/// What becomes of a request on its route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Every verifier let it through.
    Accepted(Reason),
    /// A verifier turned it away.
    Rejected(Reason),
    /// It waits.
    Waiting,
}

impl World<'_> {
    /// Sends a request along its route, from the hop `from` on.
    #[inline]
    pub fn pass(&mut self, now: Moment, request: &Presentation, from: u32, agenda: &mut Agenda<Happening>) -> Passage {
        let plan = self.plan;
        let mut last = Reason::NoCheck;
        let target = Some(plan.routes[request.route as usize].target);
        let attacks = (request.source as usize) < plan.attacker_sources;
        let useless = attacks && self.lineage.is_useless(request.credential);
        let hops = plan.hops_of(request.route);
        for (hop, verifier) in (from..).zip(&hops[from as usize..]) {
            let place = &plan.verifiers[*verifier as usize];
            if let Some(reason) = self.stopped_before(place, (hops, hop as usize), (attacks, useless)) {
                return Passage::Rejected(reason);
            }
            let replica = self.replica_for(*verifier, place, request.source);
            if self.plain_hit(now, place, replica, request.credential) {
                last = Reason::CacheHit;
                continue;
            }
            if let Some(responses) = place.responses.filter(|_| request.errand == Errand::Use) {
                return self.pass_responses(now, request, hop, (responses, replica), agenda);
            }
            let stand = Stand { verifier: *verifier, replica, credential: request.credential, target };
            match self.stand_before(now, stand, place, request.latency, agenda) {
                Step::Accept(reason) => last = reason,
                Step::Reject(reason) => return Passage::Rejected(reason),
                Step::Wait(fetch) => {
                    self.wait_for(fetch, *request, hop, replica);
                    return Passage::Waiting;
                }
            }
        }
        Passage::Accepted(last)
    }

    /// Why a request is turned away before any replica of the verifier at a hop is chosen: whether the attacker makes it,
    /// and with a credential that is of no use without its key.
    #[inline(always)]
    pub fn stopped_before(
        &self,
        place: &PlanVerifier,
        (hops, hop): (&[u16], usize),
        (attacks, useless): (bool, bool),
    ) -> Option<Reason> {
        if useless && place.check != PlanCheck::Nothing {
            return Some(Reason::KeyMissing);
        }
        if attacks && self.seen.turned_away(place.looks_at) {
            return Some(Reason::Context);
        }
        (hop > 0 && !self.faulted.are_joined(&hops[hop - 1..=hop])).then_some(Reason::Down)
    }

    /// The replica of `verifier` that the load balancer picks for a request of `source`.
    #[inline]
    pub fn replica_for(&mut self, verifier: u16, place: &PlanVerifier, source: u16) -> u32 {
        if place.replicas == 1 {
            return place.first_replica;
        }
        if let Some((_, replica)) = self.comes_to.take_if(|(at, _)| *at == verifier) {
            return replica;
        }
        let (first, replicas) = (place.first_replica, place.replicas);
        match place.balance {
            Balance::Random => {
                first + self.streams.balance[verifier as usize].at(&self.trial).index(replicas as usize) as u32
            }
            Balance::RoundRobin => first + self.take_turn(verifier, replicas),
            Balance::Sticky => place.stuck.map_or(first, |stuck| self.stuck[stuck as usize + source as usize]),
        }
    }

    /// The replica of a verifier whose turn it is, counted from its first; the next one's comes after it.
    #[inline]
    pub fn take_turn(&mut self, verifier: u16, replicas: u32) -> u32 {
        let turn = &mut self.turn[verifier as usize];
        let replica = *turn;
        *turn = if replica + 1 == replicas { 0 } else { replica + 1 };
        replica
    }

    /// Whether a fresh entry lets a request through and nothing follows from that: what most requests meet, decided in
    /// a few steps. What it says is what `stand_before` would say.
    #[inline]
    fn plain_hit(&self, now: Moment, place: &PlanVerifier, replica: u32, credential: u16) -> bool {
        place.plain_tier.as_ref().is_some_and(|tier| {
            let cell = self.plan.cell_of(tier, place.first_replica, replica, credential);
            now < self.cells[cell].fresh_until
                && self.replicas[replica as usize].blocked == 0
                && !self.denies(now, replica, credential)
        })
    }

    /// What becomes of a request at one verifier.
    pub(super) fn stand_before(
        &mut self,
        now: Moment,
        stand: Stand,
        place: &PlanVerifier,
        latency: Option<Span>,
        agenda: &mut Agenda<Happening>,
    ) -> Step {
        if self.replicas[stand.replica as usize].blocked > 0 {
            return Step::Reject(self.faulted.reason(stand.verifier));
        }
        if place.check == PlanCheck::Nothing {
            return Step::Accept(Reason::NoCheck);
        }
        if self.replicas[stand.replica as usize].fetches_keys.is_some()
            && self.lineage.newer_key[stand.credential as usize]
        {
            self.meet_unknown_key(now, stand.verifier, stand.replica, stand.credential);
        }
        if self.denies(now, stand.replica, stand.credential) {
            return Step::Reject(Reason::Denied);
        }
        if place.lookups.0 != place.lookups.1 && self.shut_by_list(now, stand.verifier, stand.credential) {
            return Step::Reject(Reason::Listed);
        }
        if now >= self.own_end(stand.verifier, stand.replica, stand.credential) {
            return Step::Reject(Reason::Credential);
        }
        match place.check {
            PlanCheck::Nothing | PlanCheck::Itself => Step::Accept(Reason::Credential),
            PlanCheck::AsksAtOnce | PlanCheck::AsksWithLegs
                if now < self.trusted_until(stand.verifier, stand.credential) =>
            {
                Step::Accept(Reason::NewlyIssued)
            }
            PlanCheck::AsksAtOnce | PlanCheck::AsksWithLegs => self.look_or_ask(now, stand, place, latency, agenda),
        }
    }

    /// Until when a verifier takes a credential for good because it is new.
    #[inline]
    pub fn trusted_until(&self, verifier: u16, credential: u16) -> Moment {
        let trusts = self.plan.system.verifiers[verifier as usize].trusts_new_for;
        if trusts == Span::ZERO { Moment::LONG_AGO } else { self.lineage.issued[credential as usize] + trusts }
    }

    /// Looks through the tiers, nearest first, and asks the issuer if none of them knows.
    #[inline]
    fn look_or_ask(
        &mut self,
        now: Moment,
        stand: Stand,
        place: &PlanVerifier,
        latency: Option<Span>,
        agenda: &mut Agenda<Happening>,
    ) -> Step {
        let plan = self.plan;
        for (depth, tier) in plan.tiers_of(place).iter().enumerate() {
            let cache = plan.cache(tier);
            if stand.passes_by(cache) {
                continue;
            }
            let cell = self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential);
            let look = self.cells[cell].look(now, cache);
            if look == Look::Absent {
                continue;
            }
            return self.serve(now, stand, place, depth, cell, look, agenda);
        }
        self.ask(now, stand, place, latency, agenda)
    }

    /// Serves a request from the tier at `depth`, with what follows from a hit.
    #[inline]
    #[allow(clippy::too_many_arguments)]
    fn serve(
        &mut self,
        now: Moment,
        stand: Stand,
        place: &PlanVerifier,
        depth: usize,
        cell: usize,
        look: Look,
        agenda: &mut Agenda<Happening>,
    ) -> Step {
        let plan = self.plan;
        let tier = &plan.tiers_of(place)[depth];
        let cache = plan.cache(tier);
        match look {
            Look::Denied | Look::Absent => return Step::Reject(Reason::NegativeHit),
            Look::StaleButServed => {
                self.refresh(now, stand, place, depth, agenda);
                return Step::Accept(Reason::StaleHit);
            }
            Look::Fresh | Look::FreshButDue => {}
        }
        if cache.renewal == Renewal::EveryHit || cache.idle.is_some() {
            self.renew(now, stand, tier, cell);
        }
        if depth > 0 {
            let composed = self.cells[cell].composed_at;
            self.fill(now, stand, place, depth, composed);
        }
        if look == Look::FreshButDue {
            self.refresh(now, stand, place, depth, agenda);
        }
        Step::Accept(Reason::CacheHit)
    }

    /// A hit that keeps an entry alive.
    fn renew(&mut self, now: Moment, stand: Stand, tier: &Tier, cell: usize) {
        let cache = self.plan.cache(tier);
        let phase = self.phases[cell / self.plan.credentials];
        if self.cells[cell].hit(now, cache, phase, self.expires[stand.credential as usize]) {
            self.look_behind_cache(now, tier.cache, ClosedBy::TimeToLive);
        }
    }

    /// Fetches anew, in the background, what the tier at `depth` holds: from the tiers behind it, else from the issuer.
    fn refresh(
        &mut self,
        now: Moment,
        stand: Stand,
        place: &PlanVerifier,
        depth: usize,
        agenda: &mut Agenda<Happening>,
    ) {
        let plan = self.plan;
        let tiers = plan.tiers_of(place);
        let cell = self.plan.cell_of(&tiers[depth], place.first_replica, stand.replica, stand.credential);
        if self.cells[cell].fetch.is_some() {
            return;
        }
        for behind in &tiers[depth + 1..] {
            if stand.passes_by(plan.cache(behind)) {
                continue;
            }
            let source = self.plan.cell_of(behind, place.first_replica, stand.replica, stand.credential);
            if let Look::Fresh | Look::FreshButDue = self.cells[source].look(now, plan.cache(behind)) {
                let composed = self.cells[source].composed_at;
                self.insert(now, stand, &tiers[depth], cell, composed);
                return;
            }
        }
        if place.check == PlanCheck::AsksWithLegs {
            self.start_fetch(now, stand, place, None, agenda);
            return;
        }
        match self.verifier_hears(now, stand.verifier, place.issuer, stand.credential) {
            Answer::Active => self.fill(now, stand, place, tiers.len(), now),
            Answer::Inactive => self.forget(now, stand, place),
            Answer::Unreachable => {}
        }
    }

    /// Asks the issuer at once because news said so, and remembers the answer.
    pub fn fetch_anew(&mut self, now: Moment, stand: Stand, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let place = &plan.verifiers[stand.verifier as usize];
        match place.check {
            PlanCheck::Nothing | PlanCheck::Itself => {}
            PlanCheck::AsksAtOnce | PlanCheck::AsksWithLegs => {
                self.ask(now, stand, place, None, agenda);
            }
        }
    }

    /// Puts an acceptance into every tier nearer than `depth`.
    pub fn fill(&mut self, now: Moment, stand: Stand, place: &PlanVerifier, depth: usize, composed_at: Moment) {
        let plan = self.plan;
        for tier in &plan.tiers_of(place)[..depth] {
            if stand.passes_by(plan.cache(tier)) {
                continue;
            }
            let cell = self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential);
            self.insert(now, stand, tier, cell, composed_at);
        }
    }

    /// Puts an acceptance into a cell of a tier.
    pub fn insert(&mut self, now: Moment, stand: Stand, tier: &Tier, cell: usize, composed_at: Moment) {
        self.insert_into(now, (tier.cache, cell / self.plan.credentials), stand.credential, cell, composed_at);
    }

    /// The same, where it is known which instance of which cache holds the cell.
    pub fn insert_into(
        &mut self,
        now: Moment,
        (number, instance): (u16, usize),
        credential: u16,
        cell: usize,
        composed_at: Moment,
    ) {
        let cache = &self.plan.system.caches[number as usize];
        let lifetime = match cache.ttl {
            Ttl::Disabled => return,
            Ttl::Forever => None,
            Ttl::For(ttl) if cache.jitter.value() == 0.0 => Some(ttl),
            Ttl::For(ttl) => {
                let stream = instance * self.plan.originals + self.plan.original(credential);
                let u = self.streams.lifetime[stream].at(&self.trial).uniform();
                Some(crate::model::channel::poll::spread(ttl, cache.jitter, u))
            }
        };
        let (phase, expires) = (self.phases[instance], self.expires[credential as usize]);
        self.cells[cell].insert(now, composed_at, lifetime, cache, phase, expires);
        // No door is watched that an entry for somebody else's credential could move.
        if self.watch.on && self.plan.opens_doors(credential) {
            self.look_behind_cache(now, number, ClosedBy::FreshAnswer);
        }
    }

    /// Forgets the credential in every tier of the verifier, after a rejection by the issuer.
    pub fn forget(&mut self, now: Moment, stand: Stand, place: &PlanVerifier) {
        let plan = self.plan;
        for tier in plan.tiers_of(place) {
            let cell = self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential);
            let cache = plan.cache(tier);
            if stand.passes_by(cache) {
                continue;
            }
            // No door moves where the entry had ended, and nobody would have taken it any more.
            let holds = now < self.cells[cell].kept_until(cache, plan.kept_past_end[tier.cache as usize]);
            let watched =
                self.watch.on && self.plan.opens_doors(stand.credential) && (holds || cache.negative_ttl.is_some());
            self.cells[cell].reject(now, cache);
            if let Some(negative) = cache.negative_ttl {
                self.wake_readers(tier.cache, now + negative);
            }
            if watched {
                self.look_behind_cache(now, tier.cache, ClosedBy::FreshAnswer);
            }
        }
    }

    /// What a verifier remembers turns by itself at `at`: its doors are to be looked at again then.
    fn wake_readers(&mut self, cache: u16, at: Moment) {
        if self.watch.on {
            self.wakes.extend(self.plan.readers[cache as usize].iter().map(|verifier| (at, *verifier)));
        }
    }

    /// Puts what the issuer says at `now` into the caches that stand before it, unless one of them knows already.
    pub fn probe(&mut self, now: Moment, stand: Stand) {
        let plan = self.plan;
        let place = &plan.verifiers[stand.verifier as usize];
        let known = plan.tiers_of(place).iter().any(|tier| {
            let cell = plan.cell_of(tier, place.first_replica, stand.replica, stand.credential);
            let look = self.cells[cell].look(now, plan.cache(tier));
            !stand.passes_by(plan.cache(tier)) && matches!(look, Look::Fresh | Look::FreshButDue)
        });
        let asks = matches!(place.check, PlanCheck::AsksAtOnce | PlanCheck::AsksWithLegs);
        if asks && !known && self.verifier_hears(now, stand.verifier, place.issuer, stand.credential) == Answer::Active
        {
            self.fill(now, stand, place, plan.tiers_of(place).len(), now);
        }
    }

    /// Asks the issuer, at once or with a question that travels.
    #[inline]
    fn ask(
        &mut self,
        now: Moment,
        stand: Stand,
        place: &PlanVerifier,
        latency: Option<Span>,
        agenda: &mut Agenda<Happening>,
    ) -> Step {
        if place.check == PlanCheck::AsksWithLegs || latency.is_some_and(|latency| latency > Span::ZERO) {
            if let Some(under_way) = self.shared_fetch(stand, place) {
                return Step::Wait(under_way);
            }
            return Step::Wait(self.start_fetch(now, stand, place, latency, agenda));
        }
        let answer = self.verifier_hears(now, stand.verifier, place.issuer, stand.credential);
        self.take_answer(now, stand, place, answer, now)
    }

    /// A question under way that this request may share.
    fn shared_fetch(&self, stand: Stand, place: &PlanVerifier) -> Option<u32> {
        let tiers = self.plan.tiers_of(place).iter();
        let shares = |tier: &&Tier| {
            self.plan.cache(tier).coalescing == Coalescing::Shared && !stand.passes_by(self.plan.cache(tier))
        };
        let sharing = tiers.filter(shares);
        sharing
            .map(|tier| self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential))
            .find_map(|cell| self.cells[cell].fetch)
    }

    /// What a verifier makes of an answer: it remembers it and lets the request through or not.
    pub fn take_answer(
        &mut self,
        now: Moment,
        stand: Stand,
        place: &PlanVerifier,
        answer: Answer,
        composed_at: Moment,
    ) -> Step {
        match answer {
            Answer::Active => {
                self.fill(now, stand, place, self.plan.tiers_of(place).len(), composed_at);
                Step::Accept(Reason::Asked)
            }
            Answer::Inactive => {
                self.forget(now, stand, place);
                Step::Reject(Reason::Asked)
            }
            Answer::Unreachable => self.without_issuer(now, stand, place),
        }
    }

    /// What a verifier does that cannot ask.
    fn without_issuer(&self, now: Moment, stand: Stand, place: &PlanVerifier) -> Step {
        let policy = self.plan.system.verifiers[stand.verifier as usize].when_issuer_down;
        if policy == OutagePolicy::FailOpen {
            return Step::Accept(Reason::Outage);
        }
        let served =
            self.plan.tiers_of(place).iter().filter(|tier| !stand.passes_by(self.plan.cache(tier))).any(|tier| {
                let cell = &self.cells[self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential)];
                let cache = self.plan.cache(tier);
                now < cell.kept_until(cache, policy.grace(cache.stale_on_error))
            });
        if served { Step::Accept(Reason::StaleOnOutage) } else { Step::Reject(Reason::Outage) }
    }
}
