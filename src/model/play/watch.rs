//! The doors that are watched, from the invalidation on.

use super::plan::Plan;
use super::spell::Spells;
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
    pub last_known: Moment,
    /// Targets to be looked at again, by target.
    pub stale: Vec<bool>,
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
}
