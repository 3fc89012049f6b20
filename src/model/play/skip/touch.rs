//! What an event may touch: that much is accounted for before it, and looked at again after it, and no more.

use super::state::{Skipping, Touched};
use crate::model::defender::Does;
use crate::model::event::Happening;
use crate::model::fault::Part;
use crate::model::play::state::world::World;
use crate::units::time::Moment;

impl World<'_> {
    /// An event is about to happen: what it finds must be up to date.
    pub fn before_event(&mut self, now: Moment, event: Happening) {
        let Some(mut skipping) = self.skipping.take() else { return };
        skipping.touched = self.touched_by(&skipping, event);
        match skipping.touched {
            Touched::Nothing => {}
            Touched::Island(island) => self.account_island(&mut skipping, island as usize, now),
            Touched::Behind(verifier) => {
                for place in 0..skipping.tracks.behind[verifier as usize].len() {
                    let bundle = skipping.tracks.behind[verifier as usize][place] as usize;
                    self.account(&mut skipping, bundle, now);
                }
            }
            Touched::Revoked(_) | Touched::Everything => self.account_for_all(&mut skipping, now),
        }
        self.skipping = Some(skipping);
    }

    /// Accounts for all that was skipped before `now`.
    pub fn catch_up(&mut self, now: Moment) {
        let Some(mut skipping) = self.skipping.take() else { return };
        self.account_for_all(&mut skipping, now);
        self.skipping = Some(skipping);
    }

    fn account_for_all(&mut self, skipping: &mut Skipping, now: Moment) {
        for island in 0..skipping.islands.len() {
            self.account_island(skipping, island, now);
        }
    }

    /// The event has happened: whatever it may have touched is looked at again before more is skipped.
    #[inline]
    pub fn after_event(&mut self) {
        let Some(skipping) = &mut self.skipping else { return };
        match skipping.touched {
            Touched::Nothing => {}
            Touched::Island(island) => skipping.disturb(island),
            Touched::Behind(verifier) => {
                for place in 0..skipping.tracks.behind[verifier as usize].len() {
                    skipping.stir(skipping.tracks.behind[verifier as usize][place] as usize);
                }
            }
            Touched::Revoked(step) => {
                let system = self.plan.system;
                let reached = system.reached(&system.defender.playbook[step as usize]);
                let carried = reached.iter().filter_map(|credential| skipping.tracks.island_with[credential.index()]);
                let attacked = (0..self.plan.attacker_sources).filter_map(|source| skipping.tracks.island_of[source]);
                for island in carried.chain(attacked) {
                    skipping.islands[island as usize].disturbed = true;
                }
            }
            Touched::Everything => skipping.islands.iter_mut().for_each(|island| island.disturbed = true),
        }
    }

    fn touched_by(&self, skipping: &Skipping, event: Happening) -> Touched {
        let plan = self.plan;
        let island = |island: Option<u16>| island.map_or(Touched::Nothing, Touched::Island);
        match event {
            // It looks by itself at what it may have changed.
            Happening::Stepped(_) => Touched::Nothing,
            // What a request does stays on its island.
            Happening::Presented { source, .. } => island(skipping.tracks.island_of[source as usize]),
            // Whoever may present the same credential lies on one island.
            Happening::Composed(fetch) | Happening::Answered(fetch) | Happening::AskedAgain(fetch) => {
                island(skipping.tracks.island_with[plan.original(self.fetches[fetch as usize].credential)])
            }
            Happening::Delivered(number) => {
                let sent = self.deliveries[number as usize];
                Touched::Behind(plan.channels[sent.channel as usize].listeners[sent.listener as usize].verifier)
            }
            Happening::DenialEnds(verifier) => Touched::Behind(verifier),
            Happening::CacheRestarts(instance) => {
                let readers = &plan.readers[plan.instances[instance as usize] as usize];
                readers.first().map_or(Touched::Nothing, |reader| Touched::Behind(*reader))
            }
            Happening::Replaced(copy) => match plan.system.copies[copy as usize].at {
                Some(verifier) => Touched::Behind(verifier.0),
                None => Touched::Nothing,
            },
            Happening::FaultStarts(window) | Happening::FaultEnds(window) => {
                match plan.system.faults[self.faults[window as usize].fault as usize].part {
                    Part::Verifier(verifier)
                    | Part::Between(verifier, _)
                    | Part::Hearing(verifier, _)
                    | Part::Passing(_, verifier) => Touched::Behind(verifier.0),
                    Part::Cache(_) | Part::Issuer(_) | Part::Channel(_) | Part::Feeding(..) => Touched::Everything,
                }
            }
            Happening::Attempt(number) => {
                let step = self.attempts[number as usize].step;
                let does = &plan.system.defender.playbook[step as usize].does;
                if matches!(does, Does::Revoke(_)) { Touched::Revoked(step) } else { Touched::Everything }
            }
            _ => Touched::Everything,
        }
    }
}
