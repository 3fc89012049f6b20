//! Requests of a pool that were passed: whose turn is next after them, and what whoever wants to see them is told.

use super::flow::{Flow, Well};
use super::pool::{Member, Pool, PooledUnit, Way};
use super::state::{Island, Skipping};
use crate::model::ledger::Reason;
use crate::model::play::state::world::World;
use crate::random::poisson;
use crate::units::time::Moment;

/// How many requests of a stream were passed.
#[derive(Clone, Copy, Debug)]
enum Count {
    /// So many.
    Exactly(u64),
    /// As many as `like`, but for whole periods, after which all turns are where they were.
    Like { like: u64, period: u64 },
}

impl Count {
    /// As many as there may be.
    const ANY: Self = Self::Like { like: 0, period: 1 };
}

impl World<'_> {
    /// Passes what the streams of a pool make before `to`.
    pub(super) fn pass_all(&mut self, skipping: &mut Skipping, island: usize, to: Moment) {
        let Some((pool, mut flow)) = skipping.take_pool(island) else { return };
        for number in 0..flow.streams.len() {
            self.pass_stream(skipping, (island, number), to, (&pool, &mut flow));
        }
        for well in 0..flow.wells.len() {
            self.tell_of_well(skipping, (island, well), to, (&pool, &mut flow));
        }
        skipping.put_back(island, (pool, flow));
    }

    /// Passes the requests of a stream before `to`, from each of which the same follows as from those before it.
    pub(super) fn pass_stream(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        to: Moment,
        (pool, flow): (&Pool, &mut Flow),
    ) {
        let Some(since) = &mut flow.streams[number].since else { return };
        let from = std::mem::replace(since, to);
        if from >= to {
            return;
        }
        if flow.streams[number].alone {
            self.pass_alone(skipping, (island, number), (from, to), (pool, flow));
            return;
        }
        let unit = &pool.units[number];
        let counts = flow.streams[number].turned_away || unit.attacks && from >= self.tally.revoked_at;
        if !counts {
            self.pass_uncounted(skipping, (island, number), (from, to), (pool, flow));
            return;
        }
        for Member { unit: counted, first, .. } in &unit.members {
            for (track, way) in (*first..).zip(&unit.ways) {
                skipping.foreseen[track] = flow.meets(from, number, way);
            }
            self.account_unit(skipping, *counted as usize, (from, to));
            // It was foreseen for this stretch alone.
            skipping.foreseen[*first..first + unit.ways.len()].fill(None);
        }
    }

    /// The same for a client that alone moves the turn among replicas of which some let it in and others turn it away.
    fn pass_alone(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        (from, to): (Moment, Moment),
        (pool, flow): (&Pool, &Flow),
    ) {
        let (unit, way) = (&pool.units[number], &pool.units[number].ways[0]);
        let mean = flow.streams[number].rate * Self::seconds_between(from, to);
        let count = skipping.islands[island].counts.at(&self.trial).poisson(mean);
        let fresh = &flow.fresh[flow.entries(number, way)];
        let (turn, replicas) = (&mut self.turn[way.short.verifier as usize], fresh.len() as u64);
        let first = u64::from(std::mem::replace(turn, ((u64::from(*turn) + count) % replicas) as u32));
        let is_fresh = |nth: u64| fresh[((first + nth) % replicas) as usize] > from;
        let rounds = count / replicas * fresh.iter().filter(|fresh| **fresh <= from).count() as u64;
        let refused = rounds + (0..count % replicas).filter(|nth| !is_fresh(*nth)).count() as u64;
        self.sources[unit.source as usize].presented += count;
        if from >= Moment::ZERO {
            self.tally.load.asked += refused;
            let client = unit.source as usize - self.plan.attacker_sources;
            self.count_refusals(from, client, flow.credential(number, way), refused);
        }
        if self.requests.is_some() {
            for (nth, at) in (0..).zip(self.told_times(skipping, island, (from, to), count)) {
                let decided = if is_fresh(nth) { (true, Reason::CacheHit) } else { (false, Reason::Asked) };
                self.tell_pooled(skipping, (island, unit), 0, at, decided);
            }
        }
    }

    /// The same for a stream of which nothing counts but whose turns are next.
    fn pass_uncounted(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        (from, to): (Moment, Moment),
        (pool, flow): (&Pool, &Flow),
    ) {
        let Skipping { islands, order, .. } = skipping;
        let Island { picks, counts, .. } = &mut islands[island];
        let (unit, rate) = (&pool.units[number], flow.streams[number].rate);
        if !unit.dealt && !unit.moves_turns {
            if self.requests.is_some() {
                order.clear();
                order.push(0);
                self.tell_passed(skipping, (island, number), (from, to), Count::ANY, (pool, flow));
            }
            return;
        }
        let mean = rate * Self::seconds_between(from, to);
        let state = &mut self.sources[unit.source as usize];
        let everywhere = state.living == state.alive.len();
        let places = if unit.dealt { state.living as u64 } else { 1 };
        let remainder = unit.turns[places as usize - 1];
        let count = if mean <= remainder.quick_from() {
            Count::Exactly(counts.at(&self.trial).poisson(mean))
        } else {
            let like = remainder.at(mean, picks.at(&self.trial).uniform()) as u64;
            Count::Like { like, period: remainder.places() as u64 }
        };
        let (Count::Exactly(like) | Count::Like { like, .. }) = count;
        let turns = like % places;
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
        let rounds = like / places;
        for (position, place) in (0..).zip(&*order).filter(|_| unit.moves_turns) {
            let way = &unit.ways[*place];
            if way.in_turn > 1 {
                self.move_turn(way, rounds + u64::from(position < turns));
            }
        }
        if self.requests.is_some() {
            self.tell_passed(skipping, (island, number), (from, to), count, (pool, flow));
        }
    }

    /// So many requests come to a load balancer that deals them out in turn.
    #[inline]
    fn move_turn(&mut self, way: &Way, requests: u64) {
        let turn = &mut self.turn[way.short.verifier as usize];
        // A division of such words takes a third of the time.
        *turn = match u32::try_from(requests).ok().and_then(|requests| turn.checked_add(requests)) {
            Some(after) => after % way.in_turn,
            None => ((u64::from(*turn) + requests) % u64::from(way.in_turn)) as u32,
        };
    }

    /// Writes down requests of a stream that was passed, so many that the turns end where they do.
    fn tell_passed(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        (from, to): (Moment, Moment),
        count: Count,
        (pool, flow): (&Pool, &Flow),
    ) {
        let order = std::mem::take(&mut skipping.order);
        let places = order.len() as u64;
        let mean = flow.streams[number].rate * Self::seconds_between(from, to);
        let times = skipping.islands[island].times.at(&self.trial);
        let count = match count {
            Count::Exactly(count) => count,
            Count::Like { like, period } => loop {
                let count = poisson::draw(mean, || times.uniform());
                if count % period == like {
                    break count;
                }
            },
        };
        for (nth, at) in (0..).zip(self.told_times(skipping, island, (from, to), count)) {
            let place = order[(nth % places) as usize];
            self.tell_pooled(skipping, (island, &pool.units[number]), place, at, (true, Reason::CacheHit));
        }
        skipping.order = order;
    }

    /// Writes down one request of a stream: where several units make it up, of any of them.
    fn tell_pooled(
        &mut self,
        skipping: &mut Skipping,
        (island, unit): (usize, &PooledUnit),
        place: usize,
        at: Moment,
        decided: (bool, Reason),
    ) {
        let times = &mut skipping.islands[island].times;
        let route = unit.route_told(place, |members| times.at(&self.trial).index(members));
        self.tell(unit.source, route, at, decided);
    }

    /// Writes down the requests that came to a well before `to` and met a fresh entry, and the one that comes now.
    #[inline]
    pub(super) fn tell_of_well(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        to: Moment,
        (pool, flow): (&Pool, &mut Flow),
    ) {
        let since = std::mem::replace(&mut flow.wells[number].since, to);
        if self.requests.is_some() {
            self.tell_who_came(skipping, (island, number), (since, to), (pool, flow));
        }
    }

    #[cold]
    fn tell_who_came(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        (since, to): (Moment, Moment),
        (pool, flow): (&Pool, &Flow),
    ) {
        let Well { entry, until, next, rate, .. } = flow.wells[number];
        let streams = (0..).zip(&flow.streams).filter(|(_, stream)| stream.well == Some(number as u16));
        let streams: Vec<(usize, f64)> = streams.map(|(stream, of)| (stream, of.rate)).collect();
        for (stream, _) in &streams {
            skipping.order.clear();
            skipping.order.push(0);
            let stretch = (since, until.min(to).max(since));
            self.tell_passed(skipping, (island, *stream), stretch, Count::ANY, (pool, flow));
        }
        if next > to {
            return;
        }
        let mut rest = skipping.islands[island].times.at(&self.trial).uniform() * rate;
        let comes = streams.iter().find(|(_, rate)| {
            rest -= rate;
            rest < 0.0
        });
        let comes = comes.map_or(streams[0].0, |(stream, _)| *stream);
        let reason = if flow.fresh[entry as usize] <= to { Reason::Asked } else { Reason::CacheHit };
        self.tell_pooled(skipping, (island, &pool.units[comes]), 0, to, (true, reason));
    }
}
