//! The doors that are watched since the invalidation: what was announced of each, and of all targets together.
//!
//! Promises that the whole closes when its last target does, without looking at all of them at every change.

use super::spell::{Hold, Spells};
use crate::model::ledger::{ClosedBy, HeldOpenBy};
use crate::model::play::compiled::plan::Plan;
use crate::units::time::Moment;

/// The doors that are watched since the invalidation.
pub struct Watch {
    /// Whether the invalidation has happened.
    pub on: bool,
    /// One a target.
    pub targets: Vec<Spells>,
    /// One a verifier.
    pub verifiers: Vec<Spells>,
    /// All targets together.
    pub whole: Spells,
    /// Until when some target is known to stay open.
    last_known: Moment,
    /// Targets to be looked at again, by target.
    stale: Vec<bool>,
}

impl Watch {
    /// Nothing is watched yet.
    pub fn new(plan: &Plan<'_>) -> Self {
        let closed = Spells::starting(Moment::ZERO);
        Self {
            on: false,
            targets: vec![closed; plan.system.targets.len()],
            verifiers: vec![closed; plan.verifiers.len()],
            whole: closed,
            last_known: Moment::ZERO,
            stale: vec![false; plan.system.targets.len()],
        }
    }

    /// Forgets the trial before.
    pub fn reset(&mut self) {
        self.on = false;
    }

    /// Watches every door from `now` on.
    pub fn start(&mut self, now: Moment) {
        self.on = true;
        let spells = Spells::starting(now);
        self.targets.fill(spells);
        self.verifiers.fill(spells);
        self.whole = spells;
        self.last_known = now;
    }

    /// Notes that a target is to be looked at again.
    pub fn mark(&mut self, target: usize) {
        self.stale[target] = true;
    }

    /// Whether a target is to be looked at again; it is asked once a mark.
    pub fn take_mark(&mut self, target: usize) -> bool {
        std::mem::take(&mut self.stale[target])
    }

    /// Learns until when a target stays open if nothing changes.
    pub fn learn_target(&mut self, now: Moment, target: usize, hold: Hold, cause: ClosedBy) {
        let spells = &mut self.targets[target];
        let before = spells.known_until();
        spells.learn(now, hold, cause);
        let after = spells.known_until();
        // Only the target that closes last decides about the whole; it is sought again only when it moves.
        if after >= self.last_known {
            self.last_known = after;
        } else if before >= self.last_known {
            self.last_known = self.targets.iter().map(Spells::known_until).max().unwrap_or(now);
        }
    }

    /// Learns of the whole from what is known of the targets.
    pub fn learn_whole(&mut self, now: Moment, cause: ClosedBy) {
        let hold = Hold { until: self.last_known, by: HeldOpenBy::Cache, at: None };
        self.whole.learn(now, if self.last_known > now { hold } else { Hold::SHUT }, cause);
    }
}
