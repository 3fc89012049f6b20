//! A pool flows: its requests are played in a few steps each while some entry is to be filled, and passed between.

use super::flow::{Flow, Met, Stream, Well};
use super::pool::{Life, Pool, PooledCell, PooledUnit, Way};
use super::short::Short;
use super::state::{Island, Skipping};
use crate::model::ledger::Reason;
use crate::model::play::state::world::World;
use crate::model::system::PeakLoad;
use crate::model::workload::Order;
use crate::random::slot::StreamSlot;
use crate::random::stream::ExponentialStream;
use crate::units::time::{Moment, Span};

/// A stream is passed only if so many requests are expected: to draw their number, or whose turn is next, and to look at it
/// again costs as much as to play them; less where it calls one place alone.
const WORTH_PASSING_MANY: f64 = 8.0;
const WORTH_PASSING_ONE: f64 = 3.0;

/// Gaps between requests of all streams that are played one by one.
struct Gaps<'a> {
    drawn: &'a mut ExponentialStream,
    /// The mean, in seconds.
    mean: f64,
}

impl Gaps<'_> {
    // Called for every request that is played.
    #[inline(always)]
    fn next(&mut self) -> Span {
        Span::from_seconds(self.drawn.unit_exponential() * self.mean)
    }
}

/// What a stream meets that is played alone.
struct Laps<'a> {
    ways: &'a [Way],
    cells: &'a [PooledCell],
    replaced: bool,
    /// So many requests at most.
    most: u32,
    /// The entry at which it ends, before that is filled.
    last: usize,
}

impl World<'_> {
    /// Lets the requests of an island flow up to `to`, or until it does not flow any more.
    pub(super) fn flow(&mut self, skipping: &mut Skipping, island: usize, to: Moment) {
        let Some((pool, mut flow)) = skipping.take_pool(island) else { return };
        let ends = flow.until.unwrap_or(to);
        let limit = to.min(ends);
        while skipping.islands[island].now < limit && !skipping.islands[island].disturbed {
            let met = self.play_streams(skipping, island, limit, (&pool, &mut flow));
            self.look_at_streams(skipping, (island, met), (&pool, &mut flow));
        }
        skipping.islands[island].disturbed |= skipping.islands[island].now >= ends;
        skipping.put_back(island, (pool, flow));
    }

    /// Plays requests of the streams of a pool that are played one by one, until something else is to be done.
    fn play_streams(
        &mut self,
        skipping: &mut Skipping,
        island: usize,
        limit: Moment,
        (pool, flow): (&Pool, &mut Flow),
    ) -> Met {
        let Skipping { islands, steps, .. } = skipping;
        let Island { now, gaps, picks, times, disturbed, .. } = &mut islands[island];
        let until = limit.min(flow.next);
        if flow.awake.is_empty() {
            *now = until;
            return Met::Nothing;
        }
        let mut gaps = Gaps { drawn: gaps.at(&self.trial), mean: 1.0 / flow.rate };
        let mut at = flow.drawn.take().unwrap_or_else(|| *now + gaps.next());
        while at < until {
            if let [(only, _)] = flow.awake[..] {
                *steps += self.run_stream(&mut at, until, only, (pool, flow), &mut gaps);
                if at >= until {
                    break;
                }
            }
            let number = pick(flow, || picks.at(&self.trial).uniform());
            *steps += 1;
            let met = self.play_pooled(at, number, (pool, flow), times);
            if met != Met::Nothing {
                *disturbed = met == Met::Stopped;
                *now = at;
                return met;
            }
            at = at + gaps.next();
        }
        *now = until;
        flow.drawn = Some(at);
        Met::Nothing
    }

    /// Plays requests of the only stream that is played, the first of them at `at`, as long as nothing follows from them but
    /// that an entry is filled and the next one's turn comes; how many they were.
    #[inline]
    fn run_stream(
        &mut self,
        at: &mut Moment,
        until: Moment,
        number: usize,
        (pool, flow): (&Pool, &mut Flow),
        gaps: &mut Gaps<'_>,
    ) -> u64 {
        let (unit, stream) = (&pool.units[number], flow.streams[number]);
        if !self.is_plain(*at, unit, &stream) {
            return 0;
        }
        // The request after which it is looked at is played like any other.
        let most = stream.looks_after.saturating_sub(1);
        let last = stream.waits_for.map_or(usize::MAX, |entry| entry as usize - stream.first);
        let kind = flow.kind_of(number, pool);
        let (fresh, cells) = (&mut flow.fresh[kind.clone()], &pool.cells[kind]);
        let source = unit.source as usize;
        let laps = Laps { ways: &unit.ways, cells, replaced: stream.replaced, most, last };
        let cursor = if unit.dealt { self.sources[source].cursor } else { 0 };
        let (cursor, passed) = if unit.moves_turns {
            self.run_laps::<true>((at, until), cursor, (&laps, fresh), gaps)
        } else {
            self.run_laps::<false>((at, until), cursor, (&laps, fresh), gaps)
        };
        if unit.dealt {
            self.sources[source].cursor = cursor;
        }
        flow.streams[number].looks_after = stream.looks_after.saturating_sub(passed);
        u64::from(passed)
    }

    /// The same from the place `cursor` on, where some load balancer deals out in turn or none does: whose turn is next after
    /// it, and how many they were.
    #[inline]
    fn run_laps<const TURNS: bool>(
        &mut self,
        (at, until): (&mut Moment, Moment),
        mut cursor: usize,
        (laps, fresh): (&Laps<'_>, &mut [Moment]),
        gaps: &mut Gaps<'_>,
    ) -> (usize, u32) {
        let ways = laps.ways;
        let mut passed = 0;
        while *at < until && passed < laps.most {
            let way = &ways[cursor];
            let turn = if TURNS && way.apart { self.turn[way.short.verifier as usize] as usize } else { 0 };
            let entry = way.entry as usize + turn;
            if fresh[entry] <= *at {
                if entry == laps.last {
                    break;
                }
                let credential = if laps.replaced { way.short.replacement } else { way.short.credential };
                fresh[entry] = self.fill_entry(*at, credential, &laps.cells[entry]);
            }
            if TURNS && way.in_turn > 1 {
                self.take_turn(way.short.verifier, way.in_turn);
            }
            cursor = if cursor + 1 == ways.len() { 0 } else { cursor + 1 };
            *at = *at + gaps.next();
            passed += 1;
        }
        (cursor, passed)
    }

    /// Whether nothing follows from a request of a stream that is let in but what follows from those of everybody.
    fn is_plain(&self, now: Moment, unit: &PooledUnit, stream: &Stream) -> bool {
        let state = &self.sources[unit.source as usize];
        let marks = now >= self.tally.revoked_at || !state.refusals.is_empty() || now >= Moment::ZERO && !stream.marked;
        stream.refilled && state.rejected == 0 && !(unit.attacks && marks) && self.requests.is_none()
    }

    /// Looks at what was met, or else at the wells that are due and the streams that are passed no longer.
    fn look_at_streams(
        &mut self,
        skipping: &mut Skipping,
        (island, met): (usize, Met),
        (pool, flow): (&Pool, &mut Flow),
    ) {
        let now = skipping.islands[island].now;
        let moved = match met {
            Met::Nothing if now < flow.next => return,
            Met::Nothing => self.look_at_what_is_due(skipping, island, now, (pool, flow)),
            Met::Stream(number) => !self.look_at_stream(skipping, (island, number), now, (pool, flow)),
            Met::Filled(entry) => self.look_at_those_who_wait(skipping, (island, entry), now, (pool, flow)),
            Met::Stopped => return,
        };
        if moved {
            flow.add_up();
        } else if met == Met::Nothing {
            flow.find_next();
        }
    }

    /// Looks at the wells that are due and the streams that are passed no longer; whether others are played one by one now.
    fn look_at_what_is_due(
        &mut self,
        skipping: &mut Skipping,
        island: usize,
        now: Moment,
        (pool, flow): (&Pool, &mut Flow),
    ) -> bool {
        let mut moved = false;
        for well in 0..flow.wells.len() {
            if flow.wells[well].next <= now {
                self.come_to_well(skipping, (island, well), now, (pool, flow));
                let entry = flow.wells[well].entry;
                moved |= self.look_at_those_who_wait(skipping, (island, entry), now, (pool, flow));
            }
        }
        for number in 0..flow.streams.len() {
            if flow.streams[number].is_passed_until(now) {
                moved |= self.look_at_stream(skipping, (island, number), now, (pool, flow));
            }
        }
        moved
    }

    /// Looks at the streams that were played until an entry is filled; whether one of them is passed now.
    fn look_at_those_who_wait(
        &mut self,
        skipping: &mut Skipping,
        (island, entry): (usize, u16),
        now: Moment,
        (pool, flow): (&Pool, &mut Flow),
    ) -> bool {
        let mut passed = false;
        for place in 0..flow.awake.len() {
            let number = flow.awake[place].0;
            if flow.streams[number].waits_for == Some(entry) && flow.streams[number].is_awake() {
                passed |= !self.look_at_stream(skipping, (island, number), now, (pool, flow));
            }
        }
        passed
    }

    /// A request comes to a well, and fills it unless another has done so before.
    fn come_to_well(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        now: Moment,
        (pool, flow): (&Pool, &mut Flow),
    ) {
        self.tell_of_well(skipping, (island, number), now, (pool, flow));
        let Well { entry, stream, .. } = flow.wells[number];
        if flow.fresh[entry as usize] <= now {
            let credential = flow.credential(stream as usize, &pool.units[stream as usize].ways[0]);
            flow.fresh[entry as usize] = self.fill_entry(now, credential, &pool.cells[entry as usize]);
        }
        skipping.steps += 1;
        flow.wait_at_well(number, now, skipping.islands[island].gaps.at(&self.trial).unit_exponential());
    }

    /// Looks whether the requests of a stream can be passed from now on, or are to be played one by one, which is returned.
    fn look_at_stream(
        &mut self,
        skipping: &mut Skipping,
        (island, number): (usize, usize),
        now: Moment,
        (pool, flow): (&Pool, &mut Flow),
    ) -> bool {
        self.pass_stream(skipping, (island, number), now, (pool, flow));
        let worth = if pool.units[number].dealt { WORTH_PASSING_MANY } else { WORTH_PASSING_ONE };
        let soon = now + Span::from_seconds(worth / flow.streams[number].rate);
        let quiet = self.quiet_until((now, soon), number, (pool, flow), &skipping.tracks);
        let stream = &mut flow.streams[number];
        stream.since = quiet.map(|_| now);
        stream.until = quiet.unwrap_or(Moment::NEVER);
        stream.looks_after = if stream.waits_for.is_some() { u32::MAX } else { stream.looks_every };
        stream.is_awake()
    }

    /// Plays one request of a pool.
    #[inline]
    fn play_pooled(
        &mut self,
        now: Moment,
        number: usize,
        (pool, flow): (&Pool, &mut Flow),
        times: &mut StreamSlot,
    ) -> Met {
        let unit = &pool.units[number];
        let source = unit.source as usize;
        let place = if unit.dealt { self.next_route(source, &self.plan.sources[source]).unwrap_or(0) } else { 0 };
        let way = &unit.ways[place];
        let turn = if way.in_turn > 1 { self.take_turn(way.short.verifier, way.in_turn) } else { 0 };
        let entry = flow.streams[number].first + way.entry as usize + if way.apart { turn as usize } else { 0 };
        let fresh = now < flow.fresh[entry];
        let accepted = fresh || flow.refills[entry];
        if self.requests.is_some() {
            let reason = if fresh { Reason::CacheHit } else { Reason::Asked };
            let route = unit.route_told(place, |members| times.at(&self.trial).index(members));
            self.tell(unit.source, route, now, (accepted, reason));
        }
        if !accepted {
            let short = way.short.carrying(flow.credential(number, way));
            let stopped = self.turn_away(now, source, &short, pool.cells[entry].number);
            return if stopped { Met::Stopped } else { flow.after(number) };
        }
        if !fresh {
            flow.fresh[entry] = self.fill_entry(now, flow.credential(number, way), &pool.cells[entry]);
        }
        let after = now >= self.tally.revoked_at;
        if unit.attacks {
            if after || !flow.streams[number].marked && now >= Moment::ZERO {
                self.tally_replay(now, now, way.short.target, true);
            }
            self.note_refused(source, way.short.route, way.short.credential, false);
        }
        if self.sources[source].rejected > 0 {
            self.sources[source].accepted(&self.plan.sources[source]);
        }
        if fresh { flow.after(number) } else { flow.after_filling(entry, number) }
    }

    /// A request asks the issuer, who says yes, and an entry keeps that: until when.
    #[inline(always)]
    fn fill_entry(&mut self, now: Moment, credential: u16, cell: &PooledCell) -> Moment {
        debug_assert!(self.plan.system.peak_load == PeakLoad::Ignored, "no request is short where seconds are counted");
        self.tally.load.asked += u64::from(now >= Moment::ZERO);
        let Some(Life { lasts, capped }) = cell.life else {
            let cache = self.plan.instances[cell.instance];
            self.insert_into(now, (cache, cell.instance), credential, cell.number, now);
            return self.cells[cell.number].fresh_until;
        };
        let end = now + lasts;
        let end = if capped { end.min(self.expires[credential as usize]) } else { end };
        self.cells[cell.number].insert_plainly(now, end);
        end
    }

    /// Asks the issuer, who says no; whether the source does something else from then on.
    fn turn_away(&mut self, now: Moment, source: usize, short: &Short, cell: usize) -> bool {
        self.refuse_shortly(now, source, short, cell);
        self.react(now, source, short.route);
        // Who calls its targets in turn goes on as before where it has left one; who roams does not leave any.
        debug_assert!(
            self.plan.sources[source].order != Order::Roam
                || self.sources[source].living == self.plan.sources[source].routes.len()
        );
        self.sources[source].stopped
    }
}

/// The stream that is played to which a request belongs; `u` is even on `[0, 1)`, and not drawn where there is one alone.
#[inline]
fn pick(flow: &Flow, u: impl FnOnce() -> f64) -> usize {
    if let [(only, _)] = flow.awake[..] {
        return only;
    }
    let mut rest = u() * flow.rate;
    let found = flow.awake.iter().find(|(_, rate)| {
        rest -= rate;
        rest < 0.0
    });
    // What lies beyond the last is lost in rounding.
    found.or(flow.awake.last()).map_or(0, |(number, _)| *number)
}
