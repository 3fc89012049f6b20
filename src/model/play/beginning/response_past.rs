//! The past of response caches: what the requests that reach each entry have left there when a trial begins.

use super::memoryless::{Entry, poisson_entry};
use super::past::{fill_since, is_recent};
use super::saturated::saturated_entry;
use super::standing::Standing;
use crate::model::play::state::world::World;
use crate::random::purpose::Purpose;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Fills every entry as standing traffic leaves it at `from`.
    pub(super) fn fill_responses(&mut self, from: Moment, standing: &Standing) {
        let plan = self.plan;
        for load in &standing.responses {
            let Some(place) = plan.responses.iter().rev().find(|place| {
                let verifier = &plan.verifiers[place.verifier as usize];
                let replicas = verifier.first_replica..verifier.first_replica + verifier.replicas;
                place.cells_of(replicas).contains(&load.cell)
            }) else {
                continue;
            };
            let mut chance = self.trial.open(Purpose::ResponseStart, load.cell as u32);
            let kept = &place.settings.kept;
            let issued = place.credential_of(load.cell).map(|credential| self.issued_at(credential));
            let cell = &mut self.responses[load.cell];
            if let Some(issued) = issued.filter(|issued| is_recent(from.since(*issued), kept, load)) {
                fill_since(cell, (issued, from), load, (kept, (Span::ZERO, Moment::NEVER)), &mut chance);
                continue;
            }
            let entry = poisson_entry(from, kept, load, Span::ZERO, &mut chance);
            let since = |entry: &Entry| issued.is_none_or(|issued| entry.inserted >= issued);
            if let Some(Entry { inserted, lifetime, .. }) = entry.filter(since) {
                cell.insert(inserted, inserted, lifetime, kept, Span::ZERO, Moment::NEVER);
            }
        }
    }

    /// Entries that are always fresh until the revocation gives each its age.
    pub fn fill_responses_for_good(&mut self) {
        for cell in &mut self.responses {
            cell.fresh_until = Moment::NEVER;
        }
    }

    /// Gives every entry the age that it has when it is renewed the instant it expires, until `now`.
    pub fn saturate_responses(&mut self, now: Moment) {
        let plan = self.plan;
        for place in &plan.responses {
            let verifier = &plan.verifiers[place.verifier as usize];
            let kept = &place.settings.kept;
            for cell in place.cells_of(verifier.first_replica..verifier.first_replica + verifier.replicas) {
                let mut chance = self.trial.open(Purpose::ResponseStart, cell as u32);
                self.responses[cell].evict();
                if let Some((at, composed, lives)) = saturated_entry(now, kept, None, Span::ZERO, &mut chance) {
                    self.responses[cell].insert(at, composed, lives, kept, Span::ZERO, Moment::NEVER);
                }
            }
        }
    }
}
