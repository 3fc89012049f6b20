//! What an attacker does with its first success: it finds what lies behind a target, and begins to automate.
//!
//! A copy behind a target is found by whoever was accepted there, once a trial and after a time; from then on what it is a
//! copy of belongs to the compromised set (pivoting). An attacker that validates calls one target first, and drops what
//! is rejected there.

use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::ledger::ClosedBy;
use crate::model::play::compiled::plan::PlanCheck;
use crate::model::play::state::under_way::Errand;
use crate::model::play::state::world::World;
use crate::model::workload::Arrivals;
use crate::random::purpose::Purpose;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// The attacker was accepted at a target: it looks around there.
    pub fn look_around(&mut self, now: Moment, target: u16, agenda: &mut Agenda<Happening>) {
        for (place, (copy, behind)) in self.plan.hidden.iter().enumerate() {
            if *behind == target
                && !std::mem::replace(&mut self.met[place], true)
                && let Some(after) = self.finds_after(*copy)
            {
                agenda.schedule(now + after, Happening::Finds(place as u16));
            }
        }
    }

    /// How long after it could the attacker finds a copy that lies behind a target; none if it never does.
    fn finds_after(&self, copy: u16) -> Option<Span> {
        let settings = &self.plan.system.attacker.steals[copy as usize];
        let mut chance = self.trial.open(Purpose::CopyBehindTarget, u32::from(copy));
        let finds = chance.happens(settings.found);
        settings.found_after.sample(&mut chance).span().filter(|_| finds)
    }

    /// The attacker finds what lies behind a target.
    pub fn find_hidden(&mut self, now: Moment, place: u16) {
        let (copy, _) = self.plan.hidden[place as usize];
        self.tally.found[copy as usize] = now;
        let credential = self.plan.system.attacker.steals[copy as usize].credential;
        let acquired = &mut self.tally.acquired[credential.index()];
        *acquired = (*acquired).min(now);
        self.look_at_every_door(now, ClosedBy::Nothing);
    }

    /// Whether the attacker has been where something lies that is still good, and will find it.
    pub fn is_about_to_find(&self, now: Moment) -> bool {
        // Who has always been there has found what it ever will.
        let standing = self.plan.sources[..self.plan.attacker_sources].iter().any(|source| source.standing);
        !standing
            && self.plan.hidden.iter().zip(&self.met).any(|((copy, _), met)| {
                let credential = self.plan.system.attacker.steals[*copy as usize].credential;
                let pending = *met && self.tally.found[*copy as usize].is_never();
                pending && self.expires[credential.index()] > now && self.finds_after(*copy).is_some()
            })
    }

    /// An attacker that has always been there has found long ago what lies where it was let in.
    pub fn find_what_was_near(&mut self, from: Moment) {
        for (place, (copy, behind)) in self.plan.hidden.iter().enumerate() {
            self.met[place] = true;
            if self.was_let_in(*behind) && self.finds_after(*copy).is_some() {
                let credential = self.plan.system.attacker.steals[*copy as usize].credential;
                self.tally.found[*copy as usize] = Moment::ZERO;
                self.tally.acquired[credential.index()] = from;
            }
        }
    }

    /// Whether the attacker has a stolen credential, as far as it had to be found behind a target first.
    #[inline]
    pub fn has_it(&self, now: Moment, credential: u16) -> bool {
        !self.plan.only_hidden[credential as usize] || self.tally.acquired[credential as usize] <= now
    }

    /// The attacker finds out whether what it has works at all.
    pub fn validate(&mut self, now: Moment, agenda: &mut Agenda<Happening>) {
        if let Some(validating) = &self.plan.system.attacker.validates {
            self.present_errand(now, validating.at.0, None, Errand::Validate, agenda);
        }
    }

    /// It works: the automation begins.
    pub fn automate(&mut self, now: Moment, agenda: &mut Agenda<Happening>) {
        let Some(validating) = &self.plan.system.attacker.validates else { return };
        let then = validating.then.sample(&mut self.trial.open(Purpose::AttackerValidates, 0)).span();
        let Some(begins) = then.map(|then| now + then) else { return };
        self.start_minting_at(begins, agenda);
        for source in 0..self.plan.attacker_sources {
            if !matches!(self.plan.sources[source].arrivals, Arrivals::Trace(_)) {
                self.start_cold(source, begins, agenda);
            }
        }
    }

    /// Whether what it had from the start, if it found anything, would ever have been let through at `target`, as long as it
    /// was good.
    pub fn was_let_in(&self, target: u16) -> bool {
        self.plan.ways_to[target as usize].iter().any(|(route, credential)| {
            let hidden = self.plan.only_hidden[*credential as usize];
            let has = !hidden && self.tally.acquired[*credential as usize] <= Moment::ZERO;
            has && self.would_be_let_through(*route, *credential)
        })
    }

    /// Whether the attacker would ever be let through on a route with a credential, as long as that is good.
    pub fn would_be_let_through(&self, route: u16, credential: u16) -> bool {
        self.plan.hops_of(route).iter().all(|verifier| {
            let place = &self.plan.verifiers[*verifier as usize];
            place.check == PlanCheck::Nothing
                || !self.lineage.is_useless(credential) && !self.seen.turned_away(place.looks_at)
        })
    }
}
