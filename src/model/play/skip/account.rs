//! Requests that were skipped are accounted for: how many they were, and when the last of them came.
//!
//! Backwards from the end of a stretch, memoryless arrivals are again memoryless: the last lies an exponential time before
//! it, the one before that another. What comes before those is a Poisson count.

use super::outlook::Foresight;
use super::state::Skipping;
use super::tell::Skipped;
use super::track::UnitKind;
use crate::model::play::state::world::World;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Accounts for all that was skipped on an island before `to`.
    pub(super) fn account_island(&mut self, skipping: &mut Skipping, island: usize, to: Moment) {
        if skipping.islands[island].flow.until.is_some() {
            self.pass_all(skipping, island, to);
            return;
        }
        for bundle in skipping.tracks.islands[island].bundles.clone() {
            self.account(skipping, bundle, to);
        }
    }

    /// Accounts for what a quiet bundle skipped before `to`, or all of its island where that flows.
    pub(super) fn account(&mut self, skipping: &mut Skipping, bundle: usize, to: Moment) {
        let island = skipping.tracks.bundles[bundle].island as usize;
        if skipping.islands[island].flow.until.is_some() {
            self.pass_all(skipping, island, to);
            return;
        }
        let state = &mut skipping.bundles[bundle];
        if !state.quiet || to <= state.since {
            return;
        }
        let from = std::mem::replace(&mut state.since, to);
        if !state.counts && self.requests.is_none() {
            return;
        }
        for number in 0..skipping.tracks.bundles[bundle].units.len() {
            let unit = skipping.tracks.bundles[bundle].units[number] as usize;
            if skipping.units[unit].rate > 0.0 {
                self.account_unit(skipping, unit, (from, to));
            }
        }
    }

    /// Accounts for what a stream skipped from one moment to another.
    pub(super) fn account_unit(&mut self, skipping: &mut Skipping, unit: usize, (from, to): (Moment, Moment)) {
        match skipping.tracks.units[unit].kind {
            UnitKind::Single => {
                let track = skipping.tracks.units[unit].tracks.start;
                self.account_single(skipping, unit, track, (from, to));
            }
            UnitKind::Stuck => {
                let source = skipping.tracks.units[unit].source as usize;
                if let Some(place) = self.place_from(source, self.sources[source].cursor) {
                    let track = skipping.tracks.units[unit].tracks.start + place;
                    self.account_single(skipping, unit, track, (from, to));
                }
            }
            UnitKind::Dealt => self.account_dealt(skipping, unit, (from, to)),
        }
    }

    /// Whether skipped requests of a source leave counts behind where they meet what is foreseen.
    pub(super) fn leaves_counts(&self, now: Moment, source: u16, found: &Foresight) -> bool {
        let attacks = self.plan.attacks(source);
        found.questions > 0 || if attacks { now >= self.tally.revoked_at } else { !found.accepted }
    }

    fn account_single(&mut self, skipping: &mut Skipping, unit: usize, track: usize, (from, to): (Moment, Moment)) {
        let source = skipping.tracks.units[unit].source;
        let Some(found) = skipping.foreseen[track] else { return };
        let island =
            &mut skipping.islands[skipping.tracks.bundles[skipping.tracks.units[unit].bundle as usize].island as usize];
        let rate = skipping.units[unit].rate;
        let attacks = self.plan.attacks(source);
        let (count, last) = if attacks && found.accepted && from >= self.tally.revoked_at {
            let back = Span::from_seconds(island.lasts.at(&self.trial).unit_exponential() / rate);
            let last = (to - back).min(to - Span::from_nanos(1));
            if last < from {
                return;
            }
            (1 + island.counts.at(&self.trial).poisson(rate * Self::seconds_between(from, last)), Some(last))
        } else if self.leaves_counts(from, source, &found) || !skipping.tracks.tracks[track].dealers.is_empty() {
            (island.counts.at(&self.trial).poisson(rate * Self::seconds_between(from, to)), None)
        } else {
            // Only for whoever wants to see every request, from chance of its own.
            (self.told_count(skipping, unit, rate * Self::seconds_between(from, to)), None)
        };
        let skipped = Skipped { source, track, from, count, last };
        self.enter(skipping, &skipped, &found);
        self.tell_single(skipping, &skipped, &found, to);
    }

    fn account_dealt(&mut self, skipping: &mut Skipping, unit: usize, (from, to): (Moment, Moment)) {
        let source = skipping.tracks.units[unit].source;
        let mut order = std::mem::take(&mut skipping.order);
        self.put_in_order(source as usize, &mut order);
        if !order.is_empty() {
            self.account_in_order(skipping, unit, (from, to), &order);
        }
        skipping.order = order;
    }

    /// The same for the places of a source in their order.
    fn account_in_order(
        &mut self,
        skipping: &mut Skipping,
        unit: usize,
        (from, to): (Moment, Moment),
        order: &[usize],
    ) {
        let source = skipping.tracks.units[unit].source;
        let first = skipping.tracks.units[unit].tracks.start;
        let rate = skipping.units[unit].rate;
        let attacks = self.plan.attacks(source);
        let marks = attacks
            && from >= self.tally.revoked_at
            && order.iter().any(|place| skipping.foreseen[first + *place].is_some_and(|met| met.accepted));
        let island = skipping.tracks.bundles[skipping.tracks.units[unit].bundle as usize].island as usize;
        let mut lasts = std::mem::take(&mut skipping.lasts);
        lasts.clear();
        let mut rest = to;
        if marks {
            while lasts.len() < order.len() {
                let back = Span::from_seconds(skipping.islands[island].lasts.at(&self.trial).unit_exponential() / rate);
                rest = (rest - back).min(rest - Span::from_nanos(1));
                if rest < from {
                    break;
                }
                lasts.push(rest);
            }
        }
        let before = if marks && rest < from {
            0
        } else {
            skipping.islands[island].counts.at(&self.trial).poisson(rate * Self::seconds_between(from, rest))
        };
        let (count, places) = (lasts.len() as u64 + before, order.len() as u64);
        let told = self
            .requests
            .is_some()
            .then(|| self.told_times(skipping, island, (from, if marks { rest.max(from) } else { to }), before));
        let counts = order
            .iter()
            .any(|place| skipping.foreseen[first + *place].is_some_and(|met| self.leaves_counts(from, source, &met)))
            || order.iter().any(|place| !skipping.tracks.tracks[first + *place].dealers.is_empty());
        self.sources[source as usize].presented += if counts { 0 } else { count };
        for (position, place) in (0..).zip(order).filter(|_| counts) {
            let Some(met) = skipping.foreseen[first + *place] else { continue };
            let turns = count / places + u64::from(position < count % places);
            // The last request of all came to the place before the one whose turn is next.
            let ago = (count + places - 1 - position) % places;
            let last = lasts.get(ago as usize).copied();
            self.enter(skipping, &Skipped { source, track: first + *place, from, count: turns, last }, &met);
        }
        if let Some(mut times) = told {
            times.extend(lasts.iter().rev());
            for (number, at) in (0..).zip(times) {
                let track = first + order[(number % places) as usize];
                if let Some(met) = skipping.foreseen[track] {
                    self.tell(source, skipping.tracks.tracks[track].route, at, (met.accepted, met.reason));
                }
            }
        }
        self.sources[source as usize].cursor = order[(count % places) as usize];
        skipping.lasts = lasts;
    }

    /// Enters the requests of one stretch on one track into the tally.
    fn enter(&mut self, skipping: &Skipping, skipped: &Skipped, found: &Foresight) {
        let Skipped { source, track, from, count, last } = *skipped;
        let plan = self.plan;
        let track = &skipping.tracks.tracks[track];
        self.sources[source as usize].presented += count;
        if !track.dealers.is_empty() {
            for verifier in &plan.hops_of(track.route)[..found.hops as usize] {
                if track.dealers.contains(verifier) {
                    let (turn, replicas) =
                        (&mut self.turn[*verifier as usize], u64::from(plan.verifiers[*verifier as usize].replicas));
                    *turn = ((u64::from(*turn) + count) % replicas) as u32;
                }
            }
        }
        if from < Moment::ZERO {
            return;
        }
        self.tally.load.asked += count * found.questions;
        if plan.attacks(source) {
            if from < self.tally.revoked_at {
                return;
            }
            if !found.accepted {
                self.tally.rejected_after += count;
                return;
            }
            let seen = &mut self.tally.uses[plan.routes[track.route as usize].target as usize];
            seen.accepted_after += count;
            seen.last_accepted = seen.last_accepted.max(last);
        } else if !found.accepted {
            self.count_refusals(from, source as usize - plan.attacker_sources, found.credential, count);
        }
    }

    /// Places that a source has not left, beginning with the one whose turn is next.
    pub(super) fn put_in_order(&self, source: usize, order: &mut Vec<usize>) {
        let state = &self.sources[source];
        let places = (state.cursor..state.alive.len()).chain(0..state.cursor);
        order.clear();
        order.extend(places.filter(|place| state.alive[*place]));
    }

    /// The first place from `cursor` on that a source has not left.
    pub(super) fn place_from(&self, source: usize, cursor: usize) -> Option<usize> {
        let alive = &self.sources[source].alive;
        (0..alive.len()).map(|step| (cursor + step) % alive.len()).find(|place| alive[*place])
    }
}
