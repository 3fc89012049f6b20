//! The defence of a trial: when the defender knows, decides and acts, and so when the trial ends.
//!
//! Where nothing depends on what the attacker sends, all of it is drawn at once when a trial begins. Where a request
//! may give the attacker away, the playbook is planned when that happens, and with it all that hangs on the planned
//! revocation. The requests up to the one that tells are a geometric number, drawn beforehand.

use crate::engine::agenda::Agenda;
use crate::model::defender::{Defender, Detects, ReplaceOrder, Step};
use crate::model::event::{Alarm, Happening};
use crate::model::id::CredentialId;
use crate::model::ledger::Outcome;
use crate::model::play::state::deeds::Part;
use crate::model::play::state::deeds::{Attempt, Missed};
use crate::model::play::state::lookout::Lookout;
use crate::model::play::state::world::World;
use crate::random::law::Law;
use crate::random::purpose::Purpose;
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Draws the defender's moments, as far as they do not depend on traffic.
    pub fn plan_defence(&mut self, agenda: &mut Agenda<Happening>) {
        let defender = &self.plan.system.defender;
        self.end = Moment::ZERO + self.plan.system.give_up_after;
        self.lookout = Lookout::default();
        let missed = self.trial.open(Purpose::DetectionOutcome, 0).happens(defender.misses);
        let by_law = if missed { Moment::NEVER } else { self.known_without_traffic(defender) };
        let alarm = defender.false_alarms.map_or(Moment::NEVER, |rate| {
            let gap = self.trial.open(Purpose::FalseAlarm, 0).exponential_by_inversion();
            Moment::ZERO + Span::from_seconds(gap * rate.mean_gap_seconds())
        });
        if let (Detects::Requests { chance, .. }, false) = (&defender.detects, missed) {
            let u = self.trial.open(Purpose::DetectionSignal, 0).uniform();
            self.lookout.left = Some(geometric(*chance, u));
            agenda.schedule(by_law, Happening::Detected(Alarm::True));
            agenda.schedule(alarm, Happening::Detected(Alarm::False));
            return;
        }
        self.tally.detected_at = by_law;
        self.tally.by_luck = alarm < by_law;
        self.respond(by_law.min(alarm), agenda);
    }

    /// When it comes to light by what is known at the start.
    fn known_without_traffic(&self, defender: &Defender) -> Moment {
        let after = |law: &Law, purpose| match law.sample(&mut self.trial.open(purpose, 0)).span() {
            Some(span) => Moment::ZERO + span,
            None => Moment::NEVER,
        };
        let otherwise = after(defender.detects.otherwise(), Purpose::Detection);
        let Detects::Canary { stolen, chance, takes, .. } = &defender.detects else { return otherwise };
        let mut luck = self.trial.open(Purpose::DetectionSignal, 0);
        if !luck.happens(*chance) {
            return otherwise;
        }
        // The same draw by which the attacker finds the copy.
        let copy = &self.plan.system.attacker.steals[*stolen as usize];
        let found = copy.found_after.sample(&mut self.trial.open(Purpose::CopyFound, u32::from(*stolen))).span();
        let finds = copy.found == Share::ALL
            || self.trial.open(Purpose::CopyBehindTarget, u32::from(*stolen)).happens(copy.found);
        let found = found.filter(|_| finds);
        let told = takes.sample(&mut luck).span();
        let told = found.zip(told).map_or(Moment::NEVER, |(found, told)| Moment::ZERO + found + told);
        told.min(otherwise)
    }

    /// A request of the attacker is presented: it may be the one that gives it away.
    pub fn heed(&mut self, now: Moment, agenda: &mut Agenda<Happening>) {
        let Some(left) = self.lookout.left.filter(|_| now >= Moment::ZERO) else { return };
        self.lookout.left = (left > 1).then(|| left - 1);
        if left > 1 {
            return;
        }
        if let Detects::Requests { takes, .. } = &self.plan.system.defender.detects {
            let mut chance = self.trial.open(Purpose::DetectionSignal, 1);
            if let Some(takes) = takes.sample(&mut chance).span() {
                agenda.schedule(now + takes, Happening::Detected(Alarm::True));
            }
        }
    }

    /// The defender knows, or believes to, while the trial is played: the first time sets the playbook off.
    pub fn detected(&mut self, now: Moment, alarm: Alarm, agenda: &mut Agenda<Happening>) {
        if alarm == Alarm::True {
            self.tally.detected_at = self.tally.detected_at.min(now);
        }
        if self.lookout.responded {
            return;
        }
        self.tally.by_luck = alarm == Alarm::False;
        self.respond(now, agenda);
        self.plan_late_faults(now, agenda);
        self.plan_replacements();
    }

    /// Plans what is done about it from `from` on.
    fn respond(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        self.lookout.responded = !from.is_never();
        let defender = &self.plan.system.defender;
        let draw = |law: &Law, purpose| law.sample(&mut self.trial.open(purpose, 0)).span();
        let decided = (!from.is_never()).then_some(from).and_then(|at| {
            Some(at + draw(&defender.triages, Purpose::Triage)? + draw(&defender.approves, Purpose::Approval)?)
        });
        self.tally.decided_at = decided.unwrap_or(Moment::NEVER);
        if let Some(decided) = decided {
            self.plan_attempts(decided);
        }
        for (number, attempt) in self.attempts.iter().enumerate() {
            agenda.schedule(attempt.at, Happening::Attempt(number as u16));
        }
        let lineage = &self.plan.slots.lineage;
        let reaching = self.attempts.iter().filter(|attempt| {
            let step = &defender.playbook[attempt.step as usize];
            self.invalidates(attempt) && self.plan.system.reached(step).iter().any(|c| lineage.contains(&c.0))
        });
        self.tally.planned_revocation = reaching.map(|attempt| attempt.at).min().unwrap_or(Moment::NEVER);
        // An issuer may have revoked before, or all have expired: the horizon has begun then.
        if !self.tally.planned_revocation.is_never() && self.tally.outcome == Outcome::NeverRevoked {
            self.end = self.tally.planned_revocation + self.plan.system.horizon;
        }
    }

    /// When the first step is carried out that makes any of some credentials invalid; where none does, what the trial is about.
    pub fn planned_revocation_of(&self, credentials: &[CredentialId]) -> Moment {
        let system = self.plan.system;
        let reaches = |attempt: &&Attempt| {
            let reached = system.reached(&system.defender.playbook[attempt.step as usize]);
            self.invalidates(attempt) && reached.iter().any(|credential| credentials.contains(credential))
        };
        let first = self.attempts.iter().filter(reaches).map(|attempt| attempt.at).min();
        first.unwrap_or(self.tally.planned_revocation)
    }

    /// Draws when each step is carried out. A step begins when all that come before it are done with; one that never
    /// ends is waited for in vain.
    fn plan_attempts(&mut self, decided: Moment) {
        self.step_ends.clear();
        for (number, step) in self.plan.system.defender.playbook.iter().enumerate() {
            let before = step.after.iter().map(|step| self.step_ends[*step as usize]).max();
            let begins = before.unwrap_or(decided);
            let (carried_out, ends) = self.tries(number as u32, step, begins);
            if carried_out {
                self.attempts.push(Attempt { step: number as u16, at: ends, part: Part::Whole });
                self.plan_withdrawal(number as u16, step, ends);
            }
            self.step_ends.push(ends);
        }
    }

    /// What an issuer knows is withdrawn when all its known copies have been replaced, which hangs on no channel: it is
    /// drawn together with the order.
    fn plan_withdrawal(&mut self, number: u16, step: &Step, order: Moment) {
        let Some(replacing) = step.replaces() else { return };
        if self.plan.system.credentials[replacing.revoking.credential.index()].issuer.is_none() {
            return;
        }
        let at = self.draw_replacement(order, replacing);
        if replacing.order == ReplaceOrder::RotateFirst && !at.is_never() {
            self.attempts.push(Attempt { step: number, at, part: Part::Withdrawal });
        }
    }

    /// Whether an attempt makes the credentials invalid that its step reaches.
    fn invalidates(&self, attempt: &Attempt) -> bool {
        let Some(replacing) = self.plan.system.defender.playbook[attempt.step as usize].replaces() else { return true };
        let issued = self.plan.system.credentials[replacing.revoking.credential.index()].issuer.is_some();
        let waits = issued && replacing.order == ReplaceOrder::RotateFirst;
        waits == (attempt.part == Part::Withdrawal)
    }

    /// Whether a step is carried out in the end, and when the defender is done with it.
    fn tries(&mut self, number: u32, step: &Step, begins: Moment) -> (bool, Moment) {
        let mut delays = self.trial.open(Purpose::StepDelay, number);
        let mut luck = self.trial.open(Purpose::StepOutcome, number);
        let mut at = begins;
        for _ in 0..=step.retries {
            let takes = step.takes.sample(&mut delays).span().filter(|_| !at.is_never());
            let Some(takes) = takes else { return (false, Moment::NEVER) };
            at = at + takes;
            let (carried_out, refused) = (luck.happens(step.succeeds), luck.uniform());
            if carried_out && refused >= self.refusal(step) {
                return (true, at);
            }
            self.missed.push(Missed { step: number as u16, at, refused: carried_out });
        }
        (false, at)
    }

    /// Probability that an issuer refuses an attempt.
    fn refusal(&self, step: &Step) -> f64 {
        let Some(revoking) = step.revokes() else { return 0.0 };
        let issuer = self.plan.system.credentials[revoking.credential.index()].issuer;
        issuer.map_or(0.0, |issuer| self.plan.system.issuers[issuer.index()].refuses.value())
    }
}

/// The number of requests up to the first that tells, where each does with a probability.
fn geometric(chance: Share, u: f64) -> u64 {
    if chance == Share::ALL {
        return 1;
    }
    let number = libm::floor(libm::log1p(-u) / libm::log1p(-chance.value()));
    1 + number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_that_tells_is_the_first_to_do_so() {
        // P(N > n) = (1 - p)^n. With p = 1/4: N = 1 up to u = 0.25, N = 2 up to 0.4375, N = 3 up to 0.578125.
        let quarter = Share::new(0.25).expect("a share");
        for (u, number) in [(0.0, 1), (0.249, 1), (0.251, 2), (0.437, 2), (0.438, 3), (0.578, 3), (0.579, 4)] {
            assert_eq!(geometric(quarter, u), number, "{u}");
        }
        assert_eq!(geometric(Share::ALL, 0.999), 1);
    }
}
