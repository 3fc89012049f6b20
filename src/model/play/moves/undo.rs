//! The race of an attacker with write access: it undoes a revocation as long as it is accepted where it can.

use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::ledger::ClosedBy;
use crate::model::play::state::under_way::Errand;
use crate::model::play::state::world::World;
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

    /// It was accepted: what the revocation recorded is as good as before, everywhere at once, unless another revocation
    /// of the same still stands.
    pub fn undo(&mut self, now: Moment, recorded: u16) {
        self.recorded[recorded as usize].undone = true;
        let at = self.recorded[recorded as usize].at;
        for index in 0..self.recorded[recorded as usize].credentials.len() {
            let slot = self.recorded[recorded as usize].credentials[index];
            if self.lineage.issued[slot as usize] <= at {
                self.forget_revocation(slot);
                self.lineage.undone[slot as usize] = true;
                self.stand_by_others(slot);
            }
        }
        self.look_at_every_door(now, ClosedBy::Nothing);
    }

    /// What lies in a slot is as if nobody had ever revoked it.
    pub(super) fn forget_revocation(&mut self, slot: u16) {
        let (readers, slot) = (self.read_replica_width(), slot as usize);
        self.revoked[slot] = Moment::NEVER;
        self.known_everywhere[slot] = Moment::NEVER;
        self.known_at[slot * readers..(slot + 1) * readers].fill(Moment::NEVER);
    }

    /// Revocations that were not undone go on to hold for what lies in a slot, as from when they were recorded.
    fn stand_by_others(&mut self, slot: u16) {
        let issued = self.lineage.issued[slot as usize];
        let standing = self.recorded.iter().filter(|one| !one.undone && one.at >= issued);
        let first = standing.filter(|one| one.credentials.contains(&slot)).map(|one| one.at).min();
        if let Some(at) = first {
            self.revoked[slot as usize] = at;
            self.lineage.undone[slot as usize] = false;
            self.tell_read_replicas(at, slot);
        }
    }
}
