//! The tally of a trial: moments and counts, as they come.

use crate::model::ledger::{Load, Outcome, TargetUse};
use crate::model::play::compiled::plan::Plan;
use crate::units::time::Moment;

/// Moments and counts of a trial, as they come.
#[derive(Clone, Debug)]
pub struct Tally {
    /// How the trial ends, as far as is known.
    pub outcome: Outcome,
    /// When the defender knows.
    pub detected_at: Moment,
    /// Whether a false alarm set the playbook off first.
    pub by_luck: bool,
    /// When it has decided.
    pub decided_at: Moment,
    /// When the replacement of copies was first ordered.
    pub rotation_ordered_at: Moment,
    /// When a revocation was first recorded.
    pub revoked_at: Moment,
    /// When it will be recorded, if all goes as planned.
    pub planned_revocation: Moment,
    /// When the compromised credentials ended.
    pub invalidated_at: Moment,
    /// When the attacker has each copy, by copy.
    pub found: Vec<Moment>,
    /// When the attacker has each credential, by credential.
    pub acquired: Vec<Moment>,
    /// The first accepted use.
    pub first_use_at: Moment,
    /// The first presentation after the revocation.
    pub next_presented_at: Moment,
    /// When each lawful client holds the replacement, by client.
    pub replaced: Vec<Moment>,
    /// When each lawful client was first refused after the revocation, by client.
    pub first_refused: Vec<Moment>,
    /// What the attacker got, by target.
    pub uses: Vec<TargetUse>,
    /// Its rejected presentations after the revocation.
    pub rejected_after: u64,
    /// Presented before, accepted after.
    pub in_flight_accepts: u64,
    /// Refused with a revoked credential.
    pub collateral_rejections: u64,
    /// Refused with a valid one.
    pub false_rejections: u64,
    /// Questions.
    pub load: Load,
    /// Derived credentials that the attacker minted.
    pub minted: u64,
    /// Whether one of them was accepted at a target.
    pub used_derived: bool,
}

impl Tally {
    /// Nothing has come yet.
    pub fn new(plan: &Plan<'_>) -> Self {
        Self {
            outcome: Outcome::NeverRevoked,
            detected_at: Moment::NEVER,
            by_luck: false,
            rotation_ordered_at: Moment::NEVER,
            decided_at: Moment::NEVER,
            revoked_at: Moment::NEVER,
            planned_revocation: Moment::NEVER,
            invalidated_at: Moment::NEVER,
            found: vec![Moment::NEVER; plan.system.attacker.steals.len()],
            acquired: vec![Moment::NEVER; plan.credentials],
            first_use_at: Moment::NEVER,
            next_presented_at: Moment::NEVER,
            replaced: vec![Moment::NEVER; plan.system.lawful.len()],
            first_refused: vec![Moment::NEVER; plan.system.lawful.len()],
            uses: vec![TargetUse::default(); plan.system.targets.len()],
            rejected_after: 0,
            in_flight_accepts: 0,
            collateral_rejections: 0,
            false_rejections: 0,
            load: Load::default(),
            minted: 0,
            used_derived: false,
        }
    }

    /// Forgets the trial before.
    pub fn reset(&mut self) {
        let Self { found, acquired, replaced, first_refused, uses, .. } = self;
        for moments in [found, acquired, replaced, first_refused] {
            moments.fill(Moment::NEVER);
        }
        uses.fill(TargetUse::default());
        self.outcome = Outcome::NeverRevoked;
        for moment in [
            &mut self.detected_at,
            &mut self.decided_at,
            &mut self.rotation_ordered_at,
            &mut self.revoked_at,
            &mut self.planned_revocation,
            &mut self.invalidated_at,
            &mut self.first_use_at,
            &mut self.next_presented_at,
        ] {
            *moment = Moment::NEVER;
        }
        self.by_luck = false;
        self.rejected_after = 0;
        self.in_flight_accepts = 0;
        self.collateral_rejections = 0;
        self.false_rejections = 0;
        self.load = Load::default();
        self.minted = 0;
        self.used_derived = false;
    }
}
