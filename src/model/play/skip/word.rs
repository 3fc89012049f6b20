//! What one verifier says to a request, until when, and only if saying it changes nothing there.
//!
//! Mirrors `requests/request.rs` from the choice of a replica on.

use crate::model::cache::{Renewal, Ttl};
use crate::model::ledger::Reason;
use crate::model::play::compiled::plan::{PlanCheck, PlanVerifier};
use crate::model::play::state::cell::Look;
use crate::model::play::state::stand::Stand;
use crate::model::play::state::world::World;
use crate::model::system::PeakLoad;
use crate::model::verifier::OutagePolicy;
use crate::units::time::Moment;

/// What a verifier says for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Word {
    /// Whether it lets a request through.
    pub accepted: bool,
    /// Why.
    pub reason: Reason,
    /// Questions to its issuer that a request costs.
    pub questions: u64,
    /// The first moment at which it may say something else.
    pub until: Moment,
}

impl Word {
    /// It lets requests through.
    pub const fn accept(reason: Reason, until: Moment) -> Self {
        Self { accepted: true, reason, questions: 0, until }
    }

    /// It turns them away.
    pub const fn reject(reason: Reason, until: Moment) -> Self {
        Self { accepted: false, reason, questions: 0, until }
    }

    const fn asked(self) -> Self {
        Self { questions: 1, ..self }
    }

    /// What both say, if it is the same.
    fn with(self, other: Self) -> Option<Self> {
        let until = self.until.min(other.until);
        let same = (self.accepted, self.reason, self.questions) == (other.accepted, other.reason, other.questions);
        same.then_some(Self { until, ..self })
    }
}

impl World<'_> {
    /// What a verifier says, whichever replica a request comes to.
    pub(super) fn foresee_place(
        &self,
        now: Moment,
        source: u16,
        (verifier, replica): (u16, Option<u32>),
        credential: u16,
        target: u16,
    ) -> Option<Word> {
        let place = &self.plan.verifiers[verifier as usize];
        let all = place.first_replica..place.first_replica + place.replicas;
        let at = |replica: u32| {
            let stand = Stand { verifier, replica, credential, target: Some(target) };
            self.foresee_replica(now, stand, place)
        };
        if let Some(replica) = replica.or_else(|| self.stays_at(verifier, source)) {
            return at(replica);
        }
        let first = at(all.start)?;
        (all.start + 1..all.end).try_fold(first, |word, replica| word.with(at(replica)?))
    }

    /// The replica of a verifier at which a source stays, if its load balancer has it so.
    pub(super) fn stays_at(&self, verifier: u16, source: u16) -> Option<u32> {
        let stuck = self.plan.verifiers[verifier as usize].stuck?;
        Some(self.stuck[stuck as usize + source as usize])
    }

    fn foresee_replica(&self, now: Moment, stand: Stand, place: &PlanVerifier) -> Option<Word> {
        let (verifier, credential) = (stand.verifier, stand.credential);
        let state = &self.replicas[stand.replica as usize];
        if state.blocked > 0 {
            return Some(Word::reject(self.faulted.reason(verifier), Moment::NEVER));
        }
        if place.check == PlanCheck::Nothing {
            return Some(Word::accept(Reason::NoCheck, Moment::NEVER));
        }
        if state.fetches_keys.is_some() && self.lineage.newer_key[credential as usize] {
            return None;
        }
        let at = stand.replica as usize * self.plan.credentials + credential as usize;
        if self.lacks[at] {
            return Some(Word::reject(Reason::Denied, Moment::NEVER));
        }
        if now < self.denied_until[at] {
            return Some(Word::reject(Reason::Denied, self.denied_until[at]));
        }
        let (listed, turns) = self.read_lists(now, verifier, credential);
        if listed {
            return Some(Word::reject(Reason::Listed, turns));
        }
        let ends = self.own_end(verifier, stand.replica, credential);
        if now >= ends {
            return Some(Word::reject(Reason::Credential, turns));
        }
        let bound = turns.min(ends);
        let word = if place.check == PlanCheck::Itself {
            Word::accept(Reason::Credential, bound)
        } else {
            let trusted = self.trusted_until(verifier, credential);
            if now < trusted {
                Word::accept(Reason::NewlyIssued, trusted)
            } else {
                self.foresee_caches(now, stand, place)?
            }
        };
        Some(Word { until: word.until.min(bound), ..word })
    }

    fn foresee_caches(&self, now: Moment, stand: Stand, place: &PlanVerifier) -> Option<Word> {
        let plan = self.plan;
        let mut fills_nearer = false;
        for tier in plan.tiers_of(place) {
            let cache = plan.cache(tier);
            if stand.passes_by(cache) {
                continue;
            }
            let cell = &self.cells[plan.cell_of(tier, place.first_replica, stand.replica, stand.credential)];
            match cell.look(now, cache) {
                Look::Fresh => {
                    let moves = cache.renewal == Renewal::EveryHit || cache.idle.is_some() || fills_nearer;
                    return (!moves).then(|| Word::accept(Reason::CacheHit, cell.fresh_until.min(cell.refresh_at)));
                }
                Look::FreshButDue | Look::StaleButServed => return None,
                Look::Denied => return Some(Word::reject(Reason::NegativeHit, cell.denied_until)),
                Look::Absent => fills_nearer |= cache.ttl != Ttl::Disabled,
            }
        }
        self.foresee_issuer(now, stand, place)
    }

    fn foresee_issuer(&self, now: Moment, stand: Stand, place: &PlanVerifier) -> Option<Word> {
        let plan = self.plan;
        if place.check != PlanCheck::AsksAtOnce || plan.system.peak_load == PeakLoad::Counted {
            return None;
        }
        let tiers = || plan.tiers_of(place).iter().filter(|tier| !stand.passes_by(plan.cache(tier)));
        let mut cells = tiers().map(|tier| {
            (plan.cache(tier), &self.cells[plan.cell_of(tier, place.first_replica, stand.replica, stand.credential)])
        });
        if self.cannot_ask(stand.verifier, place.issuer) {
            // Another verifier that looks into the same cache may fill it at any request of its own.
            let asks = |reader: &u16| !self.cannot_ask(*reader, plan.verifiers[*reader as usize].issuer);
            if tiers().any(|tier| plan.readers[tier.cache as usize].iter().any(asks)) {
                return None;
            }
            let policy = plan.system.verifiers[stand.verifier as usize].when_issuer_down;
            if policy == OutagePolicy::FailOpen {
                return Some(Word::accept(Reason::Outage, Moment::NEVER));
            }
            let kept = cells.map(|(cache, cell)| cell.kept_until(cache, policy.grace(cache.stale_on_error)));
            let kept = kept.filter(|kept| now < *kept).max();
            return Some(match kept {
                Some(until) => Word::accept(Reason::StaleOnOutage, until),
                None => Word::reject(Reason::Outage, Moment::NEVER),
            });
        }
        let (active, until) = self.foresee_answer(now, place.issuer, stand.credential)?;
        if active {
            let kept = cells.any(|(cache, _)| cache.ttl != Ttl::Disabled);
            return (!kept).then(|| Word::accept(Reason::Asked, until).asked());
        }
        let drops = cells.any(|(cache, cell)| cell.holds_entry() || cache.negative_ttl.is_some());
        (!drops).then(|| Word::reject(Reason::Asked, until).asked())
    }

    /// What every read replica of an issuer says of a credential, and until when; none if they differ.
    fn foresee_answer(&self, now: Moment, issuer: u16, credential: u16) -> Option<(bool, Moment)> {
        let slot = credential as usize;
        let replicas = usize::from(self.plan.system.issuers[issuer as usize].read_replicas).max(1);
        let known = &self.known_at[slot * self.read_replica_width()..][..replicas];
        let (expires, forgotten) = (self.expires[slot], self.lineage.forgotten[slot]);
        if now >= expires {
            return Some((false, Moment::NEVER));
        }
        let turns = [expires, forgotten].into_iter().filter(|at| *at > now).min().unwrap_or(Moment::NEVER);
        if now >= forgotten {
            return Some((true, turns));
        }
        let (first, last) =
            known.iter().fold((Moment::NEVER, Moment::LONG_AGO), |(first, last), at| (first.min(*at), last.max(*at)));
        if now < first {
            Some((true, turns.min(first)))
        } else if now >= last {
            Some((false, turns))
        } else {
            None
        }
    }
}
