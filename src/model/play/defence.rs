//! The defence of a trial: when the defender knows, decides and acts, and so when the trial ends.
//!
//! All of it is drawn at once when a trial begins: in this model it does not depend on traffic.

use super::world::{Attempt, Missed, World};
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::id::CredentialId;
use crate::random::law::Law;
use crate::random::purpose::Purpose;
use crate::units::time::Moment;

impl World<'_> {
    /// The defender's moments are drawn at once: in this model they do not depend on traffic.
    pub(super) fn plan_defence(&mut self, agenda: &mut Agenda<Happening>) {
        let defender = &self.plan.system.defender;
        let draw = |law: &Law, purpose| law.sample(&mut self.trial.open(purpose, 0)).span();
        let detected = draw(&defender.detects, Purpose::Detection).map(|span| Moment::ZERO + span);
        let decided = detected.and_then(|at| {
            Some(at + draw(&defender.triages, Purpose::Triage)? + draw(&defender.approves, Purpose::Approval)?)
        });
        self.tally.detected_at = detected.unwrap_or(Moment::NEVER);
        self.tally.decided_at = decided.unwrap_or(Moment::NEVER);
        if let Some(decided) = decided {
            self.plan_attempts(decided);
        }
        for (number, attempt) in self.attempts.iter().enumerate() {
            agenda.schedule(attempt.at, Happening::Attempt(number as u16));
        }
        let lineage = &self.plan.slots.lineage;
        let planned = self.attempts.iter().find(|attempt| {
            let step = &defender.playbook[attempt.step as usize];
            self.plan.system.reached(step).iter().any(|c| lineage.contains(&c.0))
        });
        self.tally.planned_revocation = planned.map_or(Moment::NEVER, |attempt| attempt.at);
        self.end = match planned {
            Some(attempt) => attempt.at + self.plan.system.horizon,
            None => Moment::ZERO + self.plan.system.give_up_after,
        };
    }

    fn plan_attempts(&mut self, decided: Moment) {
        let mut at = decided;
        for (number, step) in self.plan.system.defender.playbook.iter().enumerate() {
            let entity = number as u32;
            let mut delays = self.trial.open(Purpose::StepDelay, entity);
            let mut luck = self.trial.open(Purpose::StepOutcome, entity);
            for _ in 0..=step.retries {
                let Some(takes) = step.takes.sample(&mut delays).span() else { return };
                at = at + takes;
                let (carried_out, refused) = (luck.happens(step.succeeds), luck.uniform());
                if carried_out && refused >= self.refusal(step.credential) {
                    self.attempts.push(Attempt { step: number as u16, at });
                    break;
                }
                self.missed.push(Missed { step: number as u16, at, refused: carried_out });
            }
        }
    }

    fn refusal(&self, credential: CredentialId) -> f64 {
        let issuer = self.plan.system.credentials[credential.index()].issuer;
        issuer.map_or(0.0, |issuer| self.plan.system.issuers[issuer.index()].refuses.value())
    }
}
