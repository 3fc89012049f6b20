//! The loop: plays islands up to a moment, request by request where something may follow, past everything else at once.

use super::outlook::Assurance;
use super::state::{Bundle, Island, Skipping};
use super::track::UnitKind;
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::play::beginning::pace::mean_rate;
use crate::model::play::state::world::World;
use crate::model::workload::OnReject;
use crate::units::time::{Moment, Span};
use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;

impl World<'_> {
    /// Plays what is skipped or played in short before `to`. A request that takes the whole path is scheduled, and nothing
    /// on its island is played beyond it.
    pub fn skip_until(&mut self, to: Moment, agenda: &mut Agenda<Happening>) {
        let Some(mut skipping) = self.skipping.take() else { return };
        let mut to = to;
        for island in 0..skipping.islands.len() {
            // When the last source has left, what it leaves is still to be looked at.
            let state = &skipping.islands[island];
            if (state.joined > 0 || state.is_moved()) && state.now < to {
                self.advance_island(&mut skipping, island, to, agenda);
                if skipping.islands[island].due.is_some() {
                    to = to.min(skipping.islands[island].now);
                }
            }
        }
        self.skipping = Some(skipping);
    }

    fn advance_island(&mut self, skipping: &mut Skipping, island: usize, to: Moment, agenda: &mut Agenda<Happening>) {
        while skipping.islands[island].due.is_none() && skipping.islands[island].now < to {
            if skipping.islands[island].is_moved() {
                self.look_again(skipping, island);
            }
            if skipping.islands[island].flow.until.is_some() {
                self.flow(skipping, island, to);
            } else {
                self.play_awake(skipping, island, to, agenda);
            }
        }
    }

    /// Plays the requests that are not quiet, until a request is due, the island begins to flow, or nothing is left before
    /// `to`.
    fn play_awake(&mut self, skipping: &mut Skipping, island: usize, to: Moment, agenda: &mut Agenda<Happening>) {
        let units = skipping.units.len();
        loop {
            let Island { next, gaps, now, .. } = &mut skipping.islands[island];
            let Some(mut first) = next.peek_mut() else { break };
            let Reverse((at, who)) = *first;
            if at >= to {
                break;
            }
            let Some(unit) = skipping.units.get_mut(who as usize) else {
                PeekMut::pop(first);
                let bundle = who as usize - units;
                if skipping.bundles[bundle].quiet && skipping.bundles[bundle].until == at {
                    *now = at;
                    self.look_at_bundle(skipping, bundle, at);
                }
                continue;
            };
            if unit.next != at {
                PeekMut::pop(first);
                continue;
            }
            unit.next = at + Span::from_seconds(gaps.at(&self.trial).unit_exponential() / unit.rate);
            *first = Reverse((unit.next, who));
            drop(first);
            *now = at;
            let changed = self.step(skipping, who, at, agenda);
            if skipping.islands[island].due.is_some() {
                return;
            }
            if skipping.islands[island].is_moved() {
                self.look_again(skipping, island);
            } else if changed {
                self.look_at_bundle(skipping, skipping.tracks.units[who as usize].bundle as usize, at);
                self.begins_to_flow(skipping, island, at);
            }
            if skipping.islands[island].flow.until.is_some() {
                return;
            }
        }
        skipping.islands[island].now = to;
    }

    /// Something happened: every bundle that may feel it is looked at again.
    fn look_again(&mut self, skipping: &mut Skipping, island: usize) {
        let now = skipping.islands[island].now;
        let mut stirred = std::mem::take(&mut skipping.islands[island].stirred);
        let flowed = skipping.islands[island].flow.until.is_some();
        if flowed {
            self.pass_all(skipping, island, now);
            skipping.islands[island].flow.until = None;
        }
        if std::mem::take(&mut skipping.islands[island].disturbed) || flowed {
            self.look_everywhere(skipping, island, now);
        } else {
            for bundle in &stirred {
                self.forget_foresight(skipping, *bundle as usize, now);
                self.look_at_bundle(skipping, *bundle as usize, now);
            }
        }
        stirred.drain(..).for_each(|bundle| skipping.bundles[bundle as usize].stirred = false);
        skipping.islands[island].stirred = stirred;
    }

    /// Something happened that anybody on an island may feel.
    fn look_everywhere(&mut self, skipping: &mut Skipping, island: usize, now: Moment) {
        let all = skipping.tracks.islands[island].bundles.clone();
        all.clone().for_each(|bundle| self.forget_foresight(skipping, bundle, now));
        for number in 0..skipping.tracks.islands[island].sources.len() {
            let source = skipping.tracks.islands[island].sources[number] as usize;
            self.set_rates(skipping, island, source);
        }
        skipping.islands[island].flow.forget_vain_questions();
        if !self.begins_to_flow(skipping, island, now) {
            all.for_each(|bundle| self.look_at_bundle(skipping, bundle, now));
        }
    }

    /// Forgets what was foreseen of a bundle, once what it skipped is accounted for.
    fn forget_foresight(&mut self, skipping: &mut Skipping, bundle: usize, now: Moment) {
        self.account(skipping, bundle, now);
        for place in 0..skipping.tracks.bundles[bundle].tracks.len() {
            let number = skipping.tracks.bundles[bundle].tracks[place] as usize;
            skipping.foreseen[number] = None;
            skipping.assured[number] = Assurance::NotLookedAt;
        }
    }

    /// Looks whether the requests of a bundle can be skipped from `now` on.
    fn look_at_bundle(&mut self, skipping: &mut Skipping, bundle: usize, now: Moment) {
        self.account(skipping, bundle, now);
        match self.find_quiet(skipping, bundle, now) {
            Ok((until, counts)) => {
                skipping.lull(bundle, until);
                skipping.bundles[bundle] = Bundle { since: now, counts, ..skipping.bundles[bundle] };
            }
            Err(witness) => {
                skipping.bundles[bundle] = Bundle { quiet: false, witness, ..skipping.bundles[bundle] };
                skipping.wake(bundle, now, &self.trial);
            }
        }
    }

    /// Until when a bundle is quiet and whether that leaves counts behind, or the place of a track that is not quiet.
    fn find_quiet(&self, skipping: &mut Skipping, bundle: usize, now: Moment) -> Result<(Moment, bool), u32> {
        let laid = &skipping.tracks.bundles[bundle];
        let (tracks, first) = (laid.tracks.len(), skipping.bundles[bundle].witness as usize);
        let (mut until, mut counts) = (Moment::NEVER, false);
        for step in 0..tracks {
            let place = (first + step) % tracks;
            let number = laid.tracks[place] as usize;
            let track = &skipping.tracks.tracks[number];
            let unit = &skipping.tracks.units[track.unit as usize];
            let source = unit.source as usize;
            let called = self.sources[source].alive[track.place as usize]
                && skipping.units[track.unit as usize].rate > 0.0
                && (unit.kind != UnitKind::Stuck
                    || self.place_from(source, self.sources[source].cursor) == Some(track.place as usize));
            if !called {
                continue;
            }
            let holds_from = self.holds_from(unit.source, track.route);
            if now < holds_from {
                until = until.min(holds_from);
                continue;
            }
            if skipping.foreseen[number].is_none_or(|found| found.until <= now) {
                let assured = self.assured(&mut skipping.assured[number], now, unit.source, track);
                skipping.foreseen[number] = self.foresee_now(now, unit.source, track, assured);
            }
            let Some(found) = skipping.foreseen[number] else { return Err(place as u32) };
            until = until.min(found.until);
            counts |= unit.kind == UnitKind::Dealt
                || !track.dealers.is_empty()
                || self.leaves_counts(now, unit.source, &found);
        }
        Ok((until, counts))
    }

    /// A source begins, or comes back, at `now`; whether its requests are skipped from then on.
    pub fn join(&mut self, source: usize, now: Moment) -> bool {
        let paused = self.sources[source].rejected > 0 && self.backs_off(source);
        let Some(skipping) = &mut self.skipping else { return false };
        let Some(island) = skipping.island_of(source).filter(|_| !paused) else { return false };
        let state = &mut skipping.islands[island];
        if state.joined == 0 || state.now < now {
            state.now = now;
        }
        state.joined += 1;
        state.disturbed = true;
        for unit in skipping.tracks.units_of[source].clone() {
            skipping.units[unit].joined = true;
        }
        true
    }

    /// What of a source's reaction to rejections bears upon its other requests: among how many places it is thinned, whether its next
    /// acceptance ends a row of rejections that counts, and how often what it would rather not present somewhere has changed.
    fn reaction_of(&self, source: usize, chooses: bool, thinned: bool) -> (usize, bool, u32) {
        let state = &self.sources[source];
        let counts = matches!(self.plan.sources[source].on_reject, OnReject::BackOff { .. } | OnReject::GiveUp { .. });
        let changes = if chooses { state.refusals.changes } else { 0 };
        (if thinned { state.living } else { 0 }, counts && state.rejected > 0, changes)
    }

    fn backs_off(&self, source: usize) -> bool {
        matches!(self.plan.sources[source].on_reject, OnReject::BackOff { .. })
    }

    /// Gives each unit of a source the rate at which its requests come now.
    fn set_rates(&self, skipping: &mut Skipping, island: usize, source: usize) {
        let state = &self.sources[source];
        let whole = mean_rate(&self.plan.sources[source].arrivals);
        for unit in skipping.tracks.units_of[source].clone() {
            let laid = &skipping.tracks.units[unit];
            let called = match laid.kind {
                UnitKind::Single => state.alive[skipping.tracks.tracks[laid.tracks.start].place as usize],
                UnitKind::Dealt | UnitKind::Stuck => state.living > 0,
            };
            let share = match laid.kind {
                UnitKind::Single => 1.0 / (state.living.max(1) as f64 * f64::from(laid.among)),
                UnitKind::Dealt | UnitKind::Stuck => 1.0,
            };
            let present = skipping.units[unit].joined && !state.stopped && called;
            let (now, rate) = (skipping.islands[island].now, if present { whole * share } else { 0.0 });
            skipping.set_rate(unit, rate, now, &self.trial);
        }
    }

    /// Plays the request that is due on an island, with whatever follows.
    pub fn play_due(&mut self, now: Moment, island: u16, agenda: &mut Agenda<Happening>) {
        let Some(mut skipping) = self.skipping.take() else { return };
        let due = skipping.islands[island as usize].due.take().expect("a request is due where one was scheduled");
        let source = skipping.tracks.units[due.unit as usize].source;
        let track = &skipping.tracks.tracks[due.track as usize];
        let (chooses, thinned) = (track.chooses, skipping.tracks.units[due.unit as usize].kind == UnitKind::Single);
        let before = self.reaction_of(source as usize, chooses, thinned);
        if let (Some(replica), Some(verifier)) = (due.replica, self.plan.hops_of(track.route).first()) {
            self.comes_to = Some((*verifier, replica));
        }
        let bundle = skipping.tracks.units[due.unit as usize].bundle as usize;
        let witness = skipping.tracks.bundles[bundle].tracks[skipping.bundles[bundle].witness as usize];
        let living = self.sources[source as usize].living;
        self.present_on(now, source, 0, track.route, None, agenda);
        self.comes_to = None;
        let state = &self.sources[source as usize];
        let paused = state.rejected > 0 && self.backs_off(source as usize);
        if state.stopped || paused {
            for unit in skipping.tracks.units_of[source as usize].clone() {
                skipping.units[unit].joined = false;
            }
            skipping.islands[island as usize].joined -= 1;
            skipping.disturb(island);
            let next = if state.stopped { None } else { self.next_arrival(now, source as usize) };
            if let Some(next) = next {
                agenda.schedule(next, Happening::Presented { source, worker: 0 });
            }
        } else if !due.plain
            && (before != self.reaction_of(source as usize, chooses, thinned)
                || skipping.tracks.islands[island as usize].restless)
        {
            skipping.disturb(island);
        } else if witness == due.track || living != self.sources[source as usize].living {
            self.look_at_bundle(&mut skipping, bundle, now);
            self.begins_to_flow(&mut skipping, island as usize, now);
        }
        self.skipping = Some(skipping);
    }
}
