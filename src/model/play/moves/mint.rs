//! Minting: the attacker presents a parent, at its issuer or at a target, and holds what comes out.
//!
//! An instance begins with empty caches everywhere. It lives in the next place of its ring, which is only taken again
//! once what lay there is dead; with no place left nothing is minted (see `compiled/slots.rs` for how unlikely that is).

use crate::engine::agenda::Agenda;
use crate::model::credential::{Lifetime, Rounding};
use crate::model::event::Happening;
use crate::model::ledger::ClosedBy;
use crate::model::lineage::{Cadence, Cascade};
use crate::model::play::compiled::slots::Ring;
use crate::model::play::state::under_way::{Answer, Errand, Presentation};
use crate::model::play::state::world::World;
use crate::random::purpose::Purpose;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Draws which stolen keys there are, and schedules the first of everything that the attacker mints.
    pub fn start_minting(&mut self, agenda: &mut Agenda<Happening>) {
        let trial = &self.trial;
        self.lineage.draw_keys(self.plan, |credential, share| {
            trial.open(Purpose::KeyStolen, u32::from(credential)).happens(share)
        });
        let attacker = &self.plan.system.attacker;
        if attacker.validates.is_some() {
            return;
        }
        let has_one = self.tally.found.iter().min().copied().unwrap_or(Moment::NEVER);
        let waits = attacker
            .first_try
            .as_ref()
            .and_then(|law| law.sample(&mut self.trial.open(Purpose::AttackerFirstTry, 0)).span());
        if let Some(waits) = waits.filter(|_| !has_one.is_never()) {
            self.start_minting_at(has_one + waits, agenda);
        }
    }

    /// Schedules the first of everything that the attacker mints, once it has begun.
    pub(super) fn start_minting_at(&mut self, begins: Moment, agenda: &mut Agenda<Happening>) {
        self.lineage.minting_from = begins;
        for (number, ring) in self.plan.slots.rings.iter().enumerate() {
            let from = begins.max(match ring.parent_ring {
                Some(_) => Moment::ZERO,
                None => self.tally.acquired[ring.parent as usize],
            });
            let first = if let Cadence::Poisson(_) = ring.cadence { self.next_mint(from, number) } else { Some(from) };
            agenda.schedule(first.unwrap_or(Moment::NEVER), Happening::Mint(number as u16));
        }
    }

    /// When the attacker mints after `now` by itself; none if that depends on what happens.
    fn next_mint(&mut self, now: Moment, number: usize) -> Option<Moment> {
        match self.plan.slots.rings[number].cadence {
            Cadence::Poisson(rate) => {
                let gap = self.streams.minting[number].at(&self.trial).exponential_by_inversion();
                Some(now + Span::from_seconds(gap * rate.mean_gap_seconds()))
            }
            Cadence::Every(gap) => Some(now + gap),
            Cadence::OnRejection | Cadence::AtExpiry => None,
        }
    }

    /// It is time to mint; the next time is scheduled as well.
    pub fn mint_in_turn(&mut self, now: Moment, number: u16, agenda: &mut Agenda<Happening>) {
        let ring = &self.plan.slots.rings[number as usize];
        // One that it gave up for a newer one ends without a turn of its own.
        let waits = match ring.cadence {
            Cadence::AtExpiry => self.newest_lives(now, number as usize),
            // Its turn is only ever the first.
            Cadence::OnRejection => self.lineage.minted[number as usize] > 0,
            Cadence::Poisson(_) | Cadence::Every(_) => false,
        };
        if self.may_mint(number as usize) && !waits {
            if let Some(next) = self.next_mint(now, number as usize) {
                agenda.schedule(next, Happening::Mint(number));
            }
            self.mint(now, number, agenda);
        }
    }

    /// Whether the newest of a ring has not expired.
    fn newest_lives(&self, now: Moment, number: usize) -> bool {
        let newest = self.lineage.held(number, &self.plan.slots.rings[number]).next();
        newest.is_some_and(|slot| now < self.expires[slot as usize])
    }

    fn may_mint(&self, number: usize) -> bool {
        self.plan.slots.rings[number].limit.is_none_or(|limit| self.lineage.minted[number] < limit)
    }

    /// After a rejection on a route, or where there is nothing to present on it: the attacker mints anew what it would present
    /// there, if that is its way.
    pub fn mint_after_rejection(&mut self, now: Moment, source: usize, route: u16, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        if now < self.lineage.minting_from {
            return;
        }
        for number in &plan.sources[source].mints[route as usize] {
            if self.needs_another(now, source, *number as usize) && self.may_mint(*number as usize) {
                self.mint(now, *number, agenda);
            }
        }
    }

    /// What was asked for at a target comes: of several that were asked for while the first was on its way it keeps that.
    pub fn receive_minted(&mut self, now: Moment, number: u16, parent: u16, agenda: &mut Agenda<Happening>) {
        let by_the_clock =
            matches!(self.plan.slots.rings[number as usize].cadence, Cadence::Poisson(_) | Cadence::Every(_));
        let wanted = (0..self.plan.attacker_sources).any(|source| self.needs_another(now, source, number as usize));
        if by_the_clock || wanted {
            self.issue(now, number, parent, agenda);
        }
    }

    /// Whether an attacker that mints when it must has to, as `source` sees it: it has none, or was rejected with the
    /// newest anywhere, or was told no when that ended and tries again. Who mints by the clock does not.
    fn needs_another(&self, now: Moment, source: usize, number: usize) -> bool {
        let ring = &self.plan.slots.rings[number];
        match ring.cadence {
            Cadence::OnRejection => {
                let newest = self.lineage.held(number, ring).next();
                newest.is_none_or(|newest| self.sources[source].refusals.anywhere(newest))
            }
            Cadence::AtExpiry => !self.newest_lives(now, number),
            Cadence::Poisson(_) | Cadence::Every(_) => false,
        }
    }

    /// Presents the parent for a new instance.
    fn mint(&mut self, now: Moment, number: u16, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let ring = &plan.slots.rings[number as usize];
        let settings = &plan.system.credentials[ring.credential as usize];
        match settings.derived.as_ref().and_then(|derived| derived.minted_at) {
            Some(target) => self.present_errand(now, target.0, Some(ring), Errand::Mint(number), agenda),
            None => self.mint_at_issuer(now, number, ring, agenda),
        }
    }

    fn mint_at_issuer(&mut self, now: Moment, number: u16, ring: &Ring, agenda: &mut Agenda<Happening>) {
        if let Some(family) = self.lineage.family_of(ring.parent) {
            let held = self.tally.acquired[ring.parent as usize] <= now && !self.lineage.is_useless(ring.parent);
            if held && self.spend(now, family, 0, agenda) == Answer::Active {
                self.issue(now, number, ring.parent, agenda);
            }
            return;
        }
        let Some(issuer) = self.plan.system.credentials[ring.parent as usize].issuer else { return };
        for parent in self.parents(now, ring) {
            match self.issuer_says(now, issuer.0, parent) {
                Answer::Active => return self.issue(now, number, parent, agenda),
                Answer::Inactive => {}
                Answer::Unreachable => return,
            }
        }
    }

    /// What the attacker holds and could present for an instance: the stolen copy, then what it minted, newest first.
    fn parents(&self, now: Moment, ring: &Ring) -> Vec<u16> {
        let stolen = self.tally.acquired[ring.parent as usize] <= now && !self.lineage.is_useless(ring.parent);
        let mut found: Vec<u16> = stolen.then_some(ring.parent).into_iter().collect();
        if let Some(above) = ring.parent_ring {
            let held = self.lineage.held(above, &self.plan.slots.rings[above]);
            found.extend(held.take_while(|slot| now < self.expires[*slot as usize]));
        }
        found
    }

    /// Presents what the attacker holds at a target for the sake of something other than its use there.
    pub fn present_errand(
        &mut self,
        now: Moment,
        target: u16,
        ring: Option<&Ring>,
        errand: Errand,
        agenda: &mut Agenda<Happening>,
    ) {
        let plan = self.plan;
        let held = match ring {
            Some(ring) => self.parents(now, ring),
            None => self.all_held(now),
        };
        let routes = (0..plan.routes.len() as u16).filter(|route| plan.routes[*route as usize].target == target);
        let ways = held.iter().flat_map(|slot| routes.clone().map(move |route| (route, *slot)));
        let ways = ways.filter(|(route, slot)| plan.taken_on(*route, *slot));
        // Of several the first that was not refused, or else that whose rejection is longest ago.
        let Some((route, credential)) = ways.min_by_key(|(route, slot)| self.last_refused(0, *route, *slot)) else {
            return;
        };
        let number = self.sources.first().map_or(0, |source| source.presented);
        let request = Presentation {
            source: 0,
            worker: 0,
            route,
            credential,
            at: now,
            latency: None,
            number,
            errand,
            response: None,
        };
        self.send(now, &request, agenda);
    }

    /// Everything that the attacker holds.
    fn all_held(&self, now: Moment) -> Vec<u16> {
        let stolen = self.plan.compromised.iter().copied().filter(|c| self.tally.acquired[*c as usize] <= now);
        let rings = self.plan.slots.rings.iter().enumerate();
        let minted = rings.flat_map(|(number, ring)| self.lineage.held(number, ring));
        stolen.chain(minted).collect()
    }

    /// A new instance is given out to the attacker for `parent`.
    pub fn issue(&mut self, now: Moment, number: u16, parent: u16, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let ring = &plan.slots.rings[number as usize];
        if !self.may_mint(number as usize) {
            return;
        }
        let Some(slot) = self.free_place(now, number as usize, ring) else { return };
        self.lineage.minted[number as usize] += 1;
        self.tally.minted += 1;
        self.begin_instance(now, slot);
        self.tally.acquired[slot as usize] = now;
        let derived = plan.system.credentials[ring.credential as usize].derived.as_ref();
        if derived.is_some_and(|edge| edge.cascade == Cascade::Grant) {
            self.inherit_revocation(parent, slot);
        }
        let expires = self.expires[slot as usize];
        if !self.watch.on {
            agenda.schedule(expires, Happening::Expired(slot));
        }
        // One that is dead at birth, its end rounded down, is found so when it is to be presented.
        if ring.cadence == Cadence::AtExpiry && expires > now {
            agenda.schedule(expires, Happening::Mint(number));
        }
        for (below, other) in plan.slots.rings.iter().enumerate() {
            let waits = match other.cadence {
                Cadence::OnRejection => self.lineage.minted[below] == 0,
                Cadence::AtExpiry => !self.newest_lives(now, below),
                Cadence::Poisson(_) | Cadence::Every(_) => false,
            };
            if waits && other.parent_ring == Some(number as usize) {
                agenda.schedule(now, Happening::Mint(below as u16));
            }
        }
        if self.watch.on {
            let taking = (0..plan.verifiers.len()).filter(|v| plan.verifiers[*v].takes[slot as usize]);
            taking.for_each(|verifier| self.look_behind(now, verifier as u16, ClosedBy::Nothing));
        }
    }

    /// The next place of a ring, if nothing in it lives.
    fn free_place(&self, now: Moment, number: usize, ring: &Ring) -> Option<u16> {
        let minted = self.lineage.minted[number];
        let slot = ring.first + (minted % u32::from(ring.places).max(1)) as u16;
        if minted < u32::from(ring.places) {
            return Some(slot);
        }
        let dead = ring.slack.is_some_and(|slack| self.expires[slot as usize] + slack < now);
        let asked_about = self.plan.questions_travel
            && (0..self.fetches.len() as u32)
                .any(|fetch| self.fetches[fetch as usize].credential == slot && !self.free_fetches.contains(&fetch));
        (ring.places > 0 && dead && !asked_about).then_some(slot)
    }

    /// A slot begins anew with an instance issued at `now`.
    pub fn begin_instance(&mut self, now: Moment, slot: u16) {
        let (at, width) = (slot as usize, self.plan.credentials);
        self.cells.iter_mut().skip(at).step_by(width).for_each(|cell| cell.evict());
        self.denied_until.iter_mut().skip(at).step_by(width).for_each(|until| *until = Moment::LONG_AGO);
        self.sign(slot);
        self.listed.iter_mut().skip(at).step_by(width).for_each(|entry| *entry = (Moment::NEVER, Moment::NEVER));
        self.denials.retain(|denial| denial.stand.credential != slot);
        self.plan
            .responses
            .iter()
            .flat_map(|place| place.cells_with(slot))
            .for_each(|cell| self.responses[cell].evict());
        self.forget_opener(slot);
        let attackers = &mut self.sources[..self.plan.attacker_sources];
        attackers.iter_mut().for_each(|source| source.refusals.forget(slot));
        let readers = self.read_replica_width();
        self.known_at[at * readers..(at + 1) * readers].fill(Moment::NEVER);
        self.known_everywhere[at] = Moment::NEVER;
        self.revoked[at] = Moment::NEVER;
        self.lineage.forgotten[at] = Moment::NEVER;
        self.lineage.undone[at] = false;
        self.lineage.issued[at] = now;
        self.expires[at] = self.end_of_instance(now, slot);
    }

    /// What is minted is signed with the key that its issuer uses now; a replica that lacks a newer one does not take it.
    fn sign(&mut self, slot: u16) {
        let original = self.plan.original(slot) as u16;
        let new = self.plan.replacement(original) as usize;
        // Replacements are there from the start, and are signed with the newer key once there is one.
        let newer = self.lineage.newer_key[new];
        self.lineage.newer_key[slot as usize] = newer;
        for row in self.lacks.chunks_mut(self.plan.credentials) {
            row[slot as usize] = newer && row[new];
        }
    }

    fn end_of_instance(&self, now: Moment, slot: u16) -> Moment {
        let original = self.plan.original(slot);
        let settings = &self.plan.system.credentials[original];
        let Lifetime::For(lifetime) = settings.lifetime else { return Moment::NEVER };
        let phase = self.issuer_phase(original as u32);
        match settings.rounding {
            Rounding::None => now + lifetime,
            Rounding::Down => (now + lifetime).previous_whole_second(phase),
            Rounding::Up => (now + lifetime).next_whole_second(phase),
        }
    }

    /// What is derived from a grant that is revoked already is revoked with it.
    fn inherit_revocation(&mut self, parent: u16, child: u16) {
        let (parent, child, readers) = (parent as usize, child as usize, self.read_replica_width());
        self.revoked[child] = self.revoked[parent];
        self.known_everywhere[child] = self.known_everywhere[parent];
        self.known_at.copy_within(parent * readers..(parent + 1) * readers, child * readers);
        self.lineage.forgotten[child] = self.lineage.forgotten[parent];
    }
}
