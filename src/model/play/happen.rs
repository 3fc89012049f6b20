//! What happens at each event.

use super::state::cell::Cell;
use super::state::world::World;
use crate::engine::agenda::Agenda;
use crate::engine::simulation::Model;
use crate::model::event::Happening;
use crate::model::ledger::{ClosedBy, Outcome};
use crate::model::system::Start;
use crate::units::time::Moment;

impl Model for World<'_> {
    type Event = Happening;

    #[inline]
    fn until(&self) -> Moment {
        self.end
    }

    fn advance(&mut self, to: Moment, agenda: &mut Agenda<Happening>) {
        self.skip_until(to, agenda);
    }

    #[inline]
    fn happen(&mut self, now: Moment, event: Happening, agenda: &mut Agenda<Happening>) {
        if self.skipping.is_some() {
            self.before_event(now, event);
        }
        if !matches!(event, Happening::Presented { .. }) {
            self.happened += 1;
        }
        match event {
            Happening::Presented { source, worker } => self.present(now, source, worker, agenda),
            Happening::Composed(fetch) => self.composed(now, fetch, agenda),
            Happening::Answered(fetch) => self.answered(now, fetch, agenda),
            Happening::AskedAgain(fetch) => self.asked_again(now, fetch, agenda),
            Happening::Delivered(number) => self.delivered(now, number, agenda),
            Happening::Detected(alarm) => self.detected(now, alarm, agenda),
            Happening::Attempt(number) => self.attempt(now, number, agenda),
            Happening::Replaced(copy) => self.copy_replaced(now, copy),
            Happening::Expired(credential) => self.expired(now, credential),
            Happening::Turns(channel) => self.list_turns(now, channel),
            Happening::Validates => self.validate(now, agenda),
            Happening::Finds(place) => self.find_hidden(now, place),
            Happening::CutOffEnds => self.look_at_every_door(now, ClosedBy::Nothing),
            Happening::Mint(ring) => self.mint_in_turn(now, ring, agenda),
            Happening::Refresh(client) => self.client_refreshes(now, client, agenda),
            Happening::Undo(recorded) => self.try_to_undo(now, recorded, agenda),
            Happening::DenialEnds(verifier) => self.look_behind(now, verifier, ClosedBy::Nothing),
            Happening::FaultStarts(window) => self.fault(now, window, 1, agenda),
            Happening::FaultEnds(window) => self.fault(now, window, -1, agenda),
            Happening::CacheRestarts(instance) => self.restart(now, instance, agenda),
            Happening::Issued(credential) => self.issued(credential),
            Happening::ConnectionEnds(number) => self.connection_ends(now, number, agenda),
            Happening::Rechecked { connection, keeper } => self.recheck(now, connection, keeper, agenda),
            Happening::OthersAsk { place, target, cell } => {
                self.others_ask(now, (place, target, cell as usize), agenda);
            }
            Happening::Reconnects { source, route } => self.reconnect(now, source, route, agenda),
            Happening::Stepped(island) => self.play_due(now, island, agenda),
        }
        self.after_event();
        while let Some((at, verifier)) = self.wakes.pop() {
            agenda.schedule(at, Happening::DenialEnds(verifier));
        }
    }
}

impl World<'_> {
    /// A compromised credential expires; when the last one does before any revocation, the race is over.
    fn expired(&mut self, now: Moment, credential: u16) {
        if self.watch.on {
            // What was minted says beforehand when it ends.
            if (credential as usize) < self.plan.first_instance() {
                self.look_at_every_door(now, ClosedBy::CredentialExpiry);
            }
            return;
        }
        if self.plan.system.start == Start::Saturated && (credential as usize) < self.plan.originals {
            self.saturate_credential(now, credential as usize);
        }
        let rings = self.plan.slots.rings.iter().enumerate();
        let newest = rings.filter_map(|(number, ring)| self.lineage.held(number, ring).next());
        let stolen = self.plan.compromised.iter().copied().filter(|c| self.has_it(now, *c));
        let mut lineage = stolen.chain(newest);
        let all = lineage.all(|c| self.expires[c as usize] <= now) && !self.is_about_to_find(now);
        if all {
            self.tally.outcome = Outcome::ExpiredBeforeRevocation;
            self.tally.invalidated_at = now;
            self.end = now + self.plan.system.horizon;
            self.start_watching(now);
        }
    }

    /// A credential is issued: what a warm-up has left of it from before that never was, but for a question under way.
    fn issued(&mut self, credential: u16) {
        let credentials = self.plan.credentials;
        self.cells.iter_mut().skip(credential as usize).step_by(credentials).for_each(Cell::evict);
        for place in &self.plan.responses {
            place.cells_with(credential).for_each(|cell| self.responses[cell].evict());
        }
    }

    /// A cache restarts: every entry is gone, and the time of the next restart is drawn.
    fn restart(&mut self, now: Moment, instance: u32, agenda: &mut Agenda<Happening>) {
        let cache = self.plan.instances[instance as usize];
        let credentials = self.plan.credentials;
        for cell in &mut self.cells[instance as usize * credentials..][..credentials] {
            cell.evict();
        }
        self.surge_after(now, instance);
        self.look_behind_cache(now, cache, ClosedBy::Restart);
        self.schedule_restart(now, instance, agenda);
    }
}
