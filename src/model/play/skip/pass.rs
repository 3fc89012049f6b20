//! Requests of a pool that were passed: whose turn is next after them, and what whoever wants to see them is told.

use super::flow::Well;
use super::pool::Member;
use super::state::{Island, Skipping};
use crate::model::ledger::Reason;
use crate::model::play::world::World;
use crate::random::poisson;
use crate::units::time::Moment;

impl World<'_> {
    /// Passes what the streams of a pool make before `to`.
    pub(super) fn pass_all(&mut self, skipping: &mut Skipping, island: usize, to: Moment) {
        for number in 0..skipping.islands[island].flow.streams.len() {
            self.pass_stream(skipping, (island, number), to);
        }
        for well in 0..skipping.islands[island].flow.wells.len() {
            self.tell_of_well(skipping, (island, well), to);
        }
    }

    /// Passes the requests of a stream before `to`, from each of which the same follows as from those before it.
    pub(super) fn pass_stream(&mut self, skipping: &mut Skipping, (island, number): (usize, usize), to: Moment) {
        let Skipping { tracks, islands, .. } = skipping;
        let (Some(pool), flow) = (&tracks.islands[island].pool, &mut islands[island].flow) else { return };
        let Some(since) = &mut flow.streams[number].since else { return };
        let from = std::mem::replace(since, to);
        if from >= to {
            return;
        }
        let unit = &pool.units[number];
        let counts = flow.streams[number].turned_away || unit.attacks && from >= self.tally.revoked_at;
        if counts {
            for member in 0..unit.members.len() {
                let Skipping { tracks, islands, foreseen, .. } = &mut *skipping;
                let (Some(pool), flow) = (&tracks.islands[island].pool, &islands[island].flow) else { return };
                let (unit, Member { unit: counted, first, .. }) =
                    (&pool.units[number], pool.units[number].members[member]);
                for (track, way) in (first..).zip(&unit.ways) {
                    foreseen[track] = flow.meets(from, pool, number, way);
                }
                let tracks = first..first + unit.ways.len();
                self.account_unit(skipping, counted as usize, (from, to));
                // It was foreseen for this stretch alone.
                skipping.foreseen[tracks].fill(None);
            }
        } else {
            self.pass_uncounted(skipping, (island, number), (from, to));
        }
    }

    /// The same for a stream of which nothing counts but whose turns are next.
    fn pass_uncounted(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        (from, to): (Moment, Moment),
    ) {
        let Skipping { tracks, islands, order, .. } = skipping;
        let Some(pool) = &tracks.islands[island].pool else { return };
        let Island { flow, picks, counts, .. } = &mut islands[island];
        let (unit, rate) = (&pool.units[number], flow.streams[number].rate);
        if !unit.dealt && !unit.moves_turns {
            if self.requests.is_some() {
                order.clear();
                order.push(0);
                self.tell_passed(skipping, (island, number), (from, to), (0, None));
            }
            return;
        }
        let mean = rate * Self::seconds_between(from, to);
        let state = &mut self.sources[unit.source as usize];
        let everywhere = state.living == state.alive.len();
        let places = if unit.dealt { state.living as u64 } else { 1 };
        let counted = unit.moves_turns || mean <= unit.evens_out;
        let count = counted.then(|| counts.at(&self.trial).poisson(mean));
        let turns = count.map_or_else(|| picks.at(&self.trial).index(places as usize) as u64, |count| count % places);
        if everywhere && unit.dealt && !unit.moves_turns && self.requests.is_none() {
            state.cursor = (state.cursor + turns as usize) % state.alive.len();
            return;
        }
        if unit.dealt {
            self.put_in_order(unit.source as usize, order);
            self.sources[unit.source as usize].cursor = order[turns as usize];
        } else {
            order.clear();
            order.push(0);
        }
        for (position, place) in (0..).zip(&*order).filter(|_| unit.moves_turns) {
            let way = &unit.ways[*place];
            let here = count.map_or(0, |count| count / places + u64::from(position < turns));
            let turn = &mut self.turn[way.short.verifier as usize];
            *turn = ((u64::from(*turn) + here) % u64::from(way.in_turn)) as u32;
        }
        if self.requests.is_some() {
            self.tell_passed(skipping, (island, number), (from, to), (turns as usize, count));
        }
    }

    /// Writes down requests of a stream that was passed, so many that the turn ends where it does.
    fn tell_passed(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        (from, to): (Moment, Moment),
        (turns, count): (usize, Option<u64>),
    ) {
        let order = std::mem::take(&mut skipping.order);
        let places = order.len() as u64;
        let mean = skipping.islands[island].flow.streams[number].rate * Self::seconds_between(from, to);
        let times = skipping.islands[island].times.at(&self.trial);
        let count = count.unwrap_or_else(|| {
            loop {
                let count = poisson::draw(mean, || times.uniform());
                if count % places == turns as u64 {
                    break count;
                }
            }
        });
        for (nth, at) in (0..).zip(self.told_times(skipping, island, (from, to), count)) {
            self.tell_pooled(skipping, (island, number), order[(nth % places) as usize], at, (true, Reason::CacheHit));
        }
        skipping.order = order;
    }

    /// Writes down one request of a stream: where several units make it up, of any of them.
    fn tell_pooled(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        place: usize,
        at: Moment,
        decided: (bool, Reason),
    ) {
        let Skipping { tracks, islands, .. } = skipping;
        let Some(pool) = &tracks.islands[island].pool else { return };
        let unit = &pool.units[number];
        let route = unit.route_told(place, |members| islands[island].times.at(&self.trial).index(members));
        self.tell(unit.source, route, at, decided);
    }

    /// Writes down the requests that came to a well before `to` and met a fresh entry, and the one that comes now.
    pub(super) fn tell_of_well(&mut self, skipping: &mut Skipping, (island, number): (usize, usize), to: Moment) {
        let Well { entry, since, until, next, .. } = skipping.islands[island].flow.wells[number];
        skipping.islands[island].flow.wells[number].since = to;
        if self.requests.is_none() {
            return;
        }
        let fills = skipping.islands[island].flow.fresh[entry as usize] <= to;
        let mut streams = Vec::new();
        for (stream, of) in (0..).zip(&skipping.islands[island].flow.streams) {
            if of.well == Some(number as u16) {
                streams.push((stream, of.rate));
            }
        }
        for (stream, _) in &streams {
            skipping.order.clear();
            skipping.order.push(0);
            self.tell_passed(skipping, (island, *stream), (since, until.min(to).max(since)), (0, None));
        }
        if next > to {
            return;
        }
        let u = skipping.islands[island].times.at(&self.trial).uniform();
        let mut rest = u * skipping.islands[island].flow.wells[number].rate;
        let comes = streams.iter().find(|(_, rate)| {
            rest -= rate;
            rest < 0.0
        });
        let comes = comes.map_or(streams[0].0, |(stream, _)| *stream);
        let reason = if fills { Reason::Asked } else { Reason::CacheHit };
        self.tell_pooled(skipping, (island, comes), 0, to, (true, reason));
    }
}
