//! One request of a unit that is awake: decided in a few steps where a single entry decides, else played in its turn.

use super::outlook::Assurance;
use super::short::Short;
use super::state::{Due, Skipping};
use super::track::UnitKind;
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::play::state::stand::Stand;
use crate::model::play::state::world::World;
use crate::model::verifier::Balance;
use crate::random::slot::StreamSlot;
use crate::units::time::Moment;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shortly {
    /// It was accepted.
    Accepted,
    /// It was rejected by the issuer.
    Refused,
    /// It takes the whole path.
    Whole {
        /// The replica that it comes to, where that is decided already.
        replica: Option<u32>,
        /// Whether that is only because every request is written down.
        plain: bool,
    },
}

impl World<'_> {
    /// Plays the next request of a unit at `now`, or schedules it; whether the bundle should be looked at again.
    #[inline]
    pub(super) fn step(
        &mut self,
        skipping: &mut Skipping,
        unit: u32,
        now: Moment,
        agenda: &mut Agenda<Happening>,
    ) -> bool {
        let laid = &skipping.tracks.units[unit as usize];
        let (source, kind, bundle) = (laid.source as usize, laid.kind, laid.bundle as usize);
        let track = if kind == UnitKind::Single {
            laid.tracks.start
        } else {
            match self.next_route(source, &self.plan.sources[source]) {
                Some(place) => laid.tracks.start + place,
                None => return true,
            }
        };
        self.sources[source].presented += 1;
        let island = skipping.tracks.bundles[bundle].island as usize;
        let laid = &skipping.tracks.tracks[track];
        let (mut replica, mut plain) = (laid.replica, false);
        if let Some(short) = &laid.short {
            let assured = self.assured(&mut skipping.assured[track], now, source as u16, laid);
            match self.step_short(now, source, (short, assured), replica, &mut skipping.islands[island].picks) {
                Shortly::Accepted => {
                    skipping.steps += 1;
                    let state = &skipping.bundles[bundle];
                    return skipping.tracks.bundles[bundle].tracks[state.witness as usize] == track as u32;
                }
                Shortly::Refused => {
                    skipping.steps += 1;
                    let before = self.sources[source].living;
                    self.react(now, source, laid.route);
                    skipping.islands[island].disturbed |= self.sources[source].stopped;
                    let state = &skipping.bundles[bundle];
                    // Who left a place may have left the one that kept its bundle awake.
                    return self.sources[source].living != before
                        || skipping.tracks.bundles[bundle].tracks[state.witness as usize] == track as u32;
                }
                Shortly::Whole { replica: at, plain: only_written } => (replica, plain) = (at, only_written),
            }
        }
        skipping.islands[island].due = Some(Due { unit, track: track as u32, replica, plain });
        agenda.schedule(now, Happening::Stepped(island as u16));
        false
    }

    #[inline]
    fn step_short(
        &mut self,
        now: Moment,
        source: usize,
        (short, assured): (&Short, Assurance),
        replica: Option<u32>,
        picks: &mut StreamSlot,
    ) -> Shortly {
        let plan = self.plan;
        let Some((_, credential)) = assured.beyond(now) else {
            // It may be stopped before any replica is chosen.
            return Shortly::Whole { replica, plain: false };
        };
        let short = &short.carrying(credential);
        let place = &plan.verifiers[short.verifier as usize];
        let replica = match replica {
            Some(replica) => replica,
            None if place.replicas == 1 => place.first_replica,
            None => match place.balance {
                Balance::Random => place.first_replica + picks.at(&self.trial).index(place.replicas as usize) as u32,
                Balance::RoundRobin | Balance::Sticky => self.replica_for(short.verifier, place, source as u16),
            },
        };
        let attacks = plan.attacks(source as u16);
        let cell = plan.cell_of(&short.tier, place.first_replica, replica, short.credential);
        let fresh = now < self.cells[cell].fresh_until;
        let misses = !fresh && self.refills_shortly(now, short, cell);
        let refused = !fresh && !misses && self.refuses_shortly(now, short);
        if !(fresh || misses || refused) {
            return Shortly::Whole { replica: Some(replica), plain: false };
        }
        if self.requests.is_some() {
            return Shortly::Whole { replica: Some(replica), plain: true };
        }
        if refused {
            self.refuse_shortly(now, source, short, cell);
            return Shortly::Refused;
        }
        if misses {
            self.count_question(now, place.issuer);
            let (verifier, credential, target) = (short.verifier, short.credential, Some(short.target));
            self.insert(now, Stand { verifier, replica, credential, target }, &short.tier, cell, now);
        }
        if attacks && (now >= Moment::ZERO || now >= self.tally.revoked_at) {
            self.tally_replay(now, now, short.target, true);
        }
        if attacks {
            self.note_refused(source, short.route, short.credential, false);
        }
        if self.sources[source].rejected > 0 {
            self.sources[source].accepted(&plan.sources[source]);
        }
        Shortly::Accepted
    }

    /// Whether a miss fills the cache for sure, and no door is watched that this could move.
    #[inline]
    fn refills_shortly(&self, now: Moment, short: &Short, cell: usize) -> bool {
        let denied = now < self.cells[cell].denied_until;
        let stale = self.plan.cache(&short.tier).stale_while_revalidate.is_some();
        let watched = self.watch.on && short.lineage;
        !(denied || stale || watched) && self.would_refill(now, short)
    }

    /// Whether the issuer says no for sure, and that leaves nothing behind.
    #[inline]
    pub(super) fn refuses_shortly(&self, now: Moment, short: &Short) -> bool {
        let credential = short.credential as usize;
        let known = self.known_at[credential * self.read_replica_width()];
        let refused = now >= self.expires[credential] || known <= now && now < self.lineage.forgotten[credential];
        short.refuses
            && refused
            && !self.cannot_ask(short.verifier, self.plan.verifiers[short.verifier as usize].issuer)
    }

    /// Asks the issuer and turns the request away.
    #[inline]
    pub(super) fn refuse_shortly(&mut self, now: Moment, source: usize, short: &Short, cell: usize) {
        self.count_question(now, self.plan.verifiers[short.verifier as usize].issuer);
        // The entry had ended, so that no door moves.
        self.cells[cell].evict();
        if self.plan.attacks(source as u16) {
            self.note_refused(source, short.route, short.credential, true);
            self.tally_replay(now, now, short.target, false);
        } else if now >= Moment::ZERO {
            self.count_refusals(now, source - self.plan.attacker_sources, short.credential, 1);
        }
    }
}
