//! The race of an attacker with write access: it undoes a revocation as long as it is accepted where it can.

use super::world::{Errand, World};
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::ledger::ClosedBy;
use crate::random::purpose::Purpose;
use crate::units::time::Moment;

impl World<'_> {
    /// A revocation was recorded: the attacker may try to undo it.
    pub fn plan_undoing(&mut self, now: Moment, recorded: u16, agenda: &mut Agenda<Happening>) {
        let Some(undoing) = &self.plan.system.attacker.undoes else { return };
        let mut chance = self.trial.open(Purpose::UndoOutcome, u32::from(recorded));
        let after = undoing.after.sample(&mut self.trial.open(Purpose::UndoDelay, u32::from(recorded))).span();
        if let (true, Some(after)) = (chance.happens(undoing.chance), after) {
            agenda.schedule(now + after, Happening::Undo(recorded));
        }
    }

    /// The attacker tries to undo a revocation.
    pub fn try_to_undo(&mut self, now: Moment, recorded: u16, agenda: &mut Agenda<Happening>) {
        if let Some(undoing) = &self.plan.system.attacker.undoes {
            self.present_errand(now, undoing.at.0, None, Errand::Undo(recorded), agenda);
        }
    }

    /// It was accepted: what the revocation recorded is as good as before, everywhere at once.
    pub fn undo(&mut self, now: Moment, recorded: u16) {
        let readers = self.read_replica_width();
        let at = self.recorded[recorded as usize].at;
        for index in 0..self.recorded[recorded as usize].credentials.len() {
            let slot = self.recorded[recorded as usize].credentials[index] as usize;
            if self.lineage.issued[slot] <= at {
                self.revoked[slot] = Moment::NEVER;
                self.known_everywhere[slot] = Moment::NEVER;
                self.known_at[slot * readers..(slot + 1) * readers].fill(Moment::NEVER);
                self.lineage.undone[slot] = true;
            }
        }
        self.look_at_every_door(now, ClosedBy::Nothing);
    }
}
