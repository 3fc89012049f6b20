//! When a pool flows: until when nothing counts on it but the ends of its entries, and what a request that meets none does;
//! and while it does, until when the requests of a stream can be passed.
//!
//! It is exact for five reasons. Whoever meets the same entry carries the same credential, and is told the same where it has
//! ended. While all entries on the ways of a stream are fresh, or all behind a load balancer have ended for good, its requests
//! change nothing but counts. Whose turn it is matters only where entries behind one load balancer differ, and then every
//! stream that moves that turn is played, whatever it carries, unless one alone does: then their number says how many of its
//! requests met which. What a client sends to several targets is one stream where it carries the same to the same entry: no
//! count hangs on the target, and memoryless streams add up to one. And a well is memoryless, because its streams neither
//! take turns nor leave marks.

use super::flow::{Flow, Stream};
use super::outlook::Foresight;
use super::pool::{Pool, PooledUnit};
use super::short::Short;
use super::state::{Skipping, UnitState};
use super::tracks::Tracks;
use crate::model::play::state::world::World;
use crate::model::workload::OnReject;
use crate::units::time::{Moment, Span};
use std::ops::Range;

/// What requests of a stream meet.
struct Found {
    /// When the first entry ends that is fresh or is filled anew.
    until: Moment,
    /// Whether some requests are turned away.
    turned_away: bool,
}

impl World<'_> {
    /// Whether the requests of an island flow from `now` on; they begin to if they do.
    pub(super) fn begins_to_flow(&mut self, skipping: &mut Skipping, island: usize, now: Moment) -> bool {
        let Some((pool, mut flow)) = skipping.take_pool(island) else { return false };
        debug_assert!(flow.until.is_none(), "the island flows already");
        if flow.takes_question() {
            flow.until = self.flows_until(&pool, &mut flow, (&skipping.tracks, &skipping.units), now);
        }
        let begins = flow.until.is_some();
        if begins {
            self.begin_to_flow(skipping, island, now, (&pool, &mut flow));
        }
        skipping.put_back(island, (pool, flow));
        begins
    }

    fn begin_to_flow(&mut self, skipping: &mut Skipping, island: usize, now: Moment, (pool, flow): (&Pool, &mut Flow)) {
        let members = pool.units.iter().flat_map(|unit| &unit.members);
        members.for_each(|member| skipping.units[member.unit as usize].next = Moment::NEVER);
        for bundle in skipping.tracks.islands[island].bundles.clone() {
            if skipping.bundles[bundle].quiet {
                self.account(skipping, bundle, now);
                skipping.bundles[bundle].quiet = false;
            }
        }
        let gaps = &mut skipping.islands[island].gaps;
        for well in 0..flow.wells.len() {
            flow.wait_at_well(well, now, gaps.at(&self.trial).unit_exponential());
        }
        flow.add_up();
        flow.forget_vain_questions();
    }

    /// Until when nothing counts on a pool but its entries; none if more does now.
    fn flows_until(
        &self,
        pool: &Pool,
        flow: &mut Flow,
        (tracks, units): (&Tracks, &[UnitState]),
        now: Moment,
    ) -> Option<Moment> {
        flow.begin_anew(pool, |unit| units[unit as usize].rate);
        self.note_what_is_carried(now, (pool, flow), tracks);
        let mut until = Moment::NEVER;
        for (number, unit) in pool.units.iter().enumerate() {
            if flow.streams[number].rate == 0.0 {
                continue;
            }
            if unit.attacks && self.pauses_after_rejections(unit.source as usize) {
                return None;
            }
            let state = &self.sources[unit.source as usize];
            let all = state.living == state.alive.len();
            let mut carried = None;
            for (track, way) in (unit.first..).zip(&unit.ways) {
                if !all && !state.alive[tracks.tracks[track].place as usize] {
                    continue;
                }
                let (assured, credential) = flow.carried[way.presents as usize]?;
                let replaced = credential != way.short.credential;
                if *carried.get_or_insert(replaced) != replaced {
                    return None;
                }
                let entries = way.entries(if replaced { pool.entries } else { 0 });
                if way.apart {
                    flow.note_dealt(way.short.verifier, entries.clone());
                }
                let short = way.short.carrying(credential);
                until = until.min(assured).min(self.way_flows_until(now, &short, entries, (pool, flow))?);
            }
            let replaced = carried == Some(true);
            let first = if replaced { pool.entries } else { 0 };
            flow.streams[number] = Stream { replaced, first, ..flow.streams[number] };
            flow.streams[number].refilled = all && flow.is_refilled(number, pool);
            flow.dig(number, pool);
        }
        (until > now).then_some(until)
    }

    /// Notes what the sources of a pool carry, and until when nothing but an entry decides what becomes of it.
    fn note_what_is_carried(&self, now: Moment, (pool, flow): (&Pool, &mut Flow), tracks: &Tracks) {
        flow.carried.clear();
        flow.carried.extend(pool.presents.iter().map(|presents| {
            let track = &tracks.tracks[presents.track];
            let holds = now >= self.holds_from(presents.source, track.route);
            holds.then(|| self.assure(now, presents.source, track)).flatten().filter(|(until, _)| now < *until)
        }));
    }

    /// Until when what follows from a request to some entries hangs on whether it meets a fresh one, and on nothing else. It
    /// is noted whether it fills one that is not.
    fn way_flows_until(
        &self,
        now: Moment,
        short: &Short,
        entries: Range<usize>,
        (pool, flow): (&Pool, &mut Flow),
    ) -> Option<Moment> {
        for entry in entries.clone() {
            let cell = &self.cells[pool.cells[entry].number];
            if now < cell.denied_until {
                return None;
            }
            flow.fresh[entry] = cell.fresh_until;
        }
        let credential = short.credential as usize;
        if !(self.watch.on && short.lineage) && self.would_refill(now, short) {
            flow.refills[entries].fill(true);
            let known = self.known_at[credential * self.read_replica_width()];
            return Some(known.min(self.expires[credential]));
        }
        if self.refuses_shortly(now, short) {
            let expired = now >= self.expires[credential];
            return Some(if expired { Moment::NEVER } else { self.lineage.forgotten[credential] });
        }
        // Whatever it may be: it comes to it when the first entry ends.
        flow.fresh[entries].iter().copied().min()
    }

    /// Whether a source has been rejected and makes something of that.
    fn pauses_after_rejections(&self, source: usize) -> bool {
        let lets_be = matches!(self.plan.sources[source].on_reject, OnReject::Retry | OnReject::MoveOn);
        !lets_be && self.sources[source].rejected > 0
    }

    /// Until when every request of a stream meets what those before it met, and nothing follows from any; none if that is not
    /// so, or not beyond `soon`.
    pub(super) fn quiet_until(
        &self,
        (now, soon): (Moment, Moment),
        number: usize,
        (pool, flow): (&Pool, &mut Flow),
        tracks: &Tracks,
    ) -> Option<Moment> {
        let unit = &pool.units[number];
        let Found { mut until, turned_away } = self.look_over(now, number, (pool, flow));
        // What is turned away is counted unit by unit.
        let counted = if turned_away { unit.members.len() as i64 } else { 1 };
        let soon = now + Span::from_nanos(soon.since(now).nanos().saturating_mul(counted));
        flow.streams[number].waits_for = None;
        if until <= soon {
            flow.streams[number].waits_for = self.last_to_be_filled((now, soon), number, (pool, flow));
            return None;
        }
        let matters = if unit.moves_turns { flow.turns_matter_from(now, &unit.dealers) } else { Some(until) };
        let alone = matters.is_none() && self.is_alone(number, (pool, flow));
        if !alone {
            until = until.min(matters?);
        }
        let asks = turned_away || unit.attacks && !flow.streams[number].marked;
        let goes_on = || match alone {
            true => self.goes_on_alone(now, number, (pool, flow)),
            false => self.goes_on(now, number, (pool, flow), tracks),
        };
        if until <= soon || asks && !goes_on() {
            return None;
        }
        flow.streams[number] = Stream { marked: true, turned_away, alone, ..flow.streams[number] };
        Some(until)
    }

    /// Whether the requests of a client to one place alone move the turn at a load balancer: how many of them meet an entry
    /// that has ended follows from their number.
    fn is_alone(&self, number: usize, (pool, flow): (&Pool, &Flow)) -> bool {
        let unit = &pool.units[number];
        let [way] = &unit.ways[..] else { return false };
        let comes_there = |(other, unit): (usize, &PooledUnit)| {
            let alive = &self.sources[unit.source as usize].alive;
            let mut places = alive.iter().zip(&unit.ways).filter(|(alive, _)| **alive || !unit.dealt);
            other != number
                && flow.streams[other].rate > 0.0
                && places.any(|(_, other)| other.short.verifier == way.short.verifier)
        };
        way.apart && !unit.attacks && !pool.units.iter().enumerate().any(comes_there)
    }

    /// Whether a client that is let in at some replicas and turned away at others has left every mark that it would leave.
    fn goes_on_alone(&self, now: Moment, number: usize, (pool, flow): (&Pool, &Flow)) -> bool {
        let unit = &pool.units[number];
        self.client_goes_on(now, unit.source, &Foresight::refused(flow.credential(number, &unit.ways[0])))
    }

    /// Looks over the entries that requests of a stream meet.
    fn look_over(&self, now: Moment, number: usize, (pool, flow): (&Pool, &Flow)) -> Found {
        let (unit, kind) = (&pool.units[number], flow.kind_of(number, pool));
        if flow.streams[number].refilled {
            let fresh = &flow.fresh[kind];
            let mut until = Moment::NEVER;
            unit.entries.iter().for_each(|entry| until = until.min(fresh[*entry as usize]));
            return Found { until, turned_away: false };
        }
        let (fresh, refills) = (&flow.fresh[kind.clone()], &flow.refills[kind]);
        let mut met = Found { until: Moment::NEVER, turned_away: false };
        let mut look = |entry: u16| {
            let (fresh, refills) = (fresh[entry as usize], refills[entry as usize]);
            if fresh > now || refills {
                met.until = met.until.min(fresh);
            } else {
                met.turned_away = true;
            }
        };
        let state = &self.sources[unit.source as usize];
        if !unit.dealt || state.living == state.alive.len() {
            unit.entries.iter().for_each(|entry| look(*entry));
        } else {
            let alive = unit.met.iter().filter(|(place, _)| state.alive[*place as usize]);
            alive.for_each(|(_, entry)| look(*entry));
        }
        met
    }

    /// Of the entries of a stream that have ended or do soon, and are filled anew, the one at which that comes last, as far as
    /// the order of the stream tells. Looked at before that is filled, the stream could not be passed yet.
    fn last_to_be_filled(
        &self,
        (now, soon): (Moment, Moment),
        number: usize,
        (pool, flow): (&Pool, &Flow),
    ) -> Option<u16> {
        let (unit, kind) = (&pool.units[number], flow.kind_of(number, pool));
        let wave = soon + Span::from_seconds(unit.met.len() as f64 / flow.streams[number].rate);
        let state = &self.sources[unit.source as usize];
        let (places, cursor) = (unit.ways.len() as u16, state.cursor as u16);
        let refilled = flow.streams[number].refilled;
        let (fresh, refills) = (&flow.fresh[kind.clone()], &flow.refills[kind.clone()]);
        let mut last = (Moment::LONG_AGO, 0, None);
        for (place, entry) in &unit.met {
            let end = fresh[*entry as usize].max(now);
            if end > wave || end < last.0 {
                continue;
            }
            let fills = refills[*entry as usize] && state.alive[*place as usize];
            if refilled || fills {
                let ahead = if *place < cursor { place + places - cursor } else { place - cursor };
                if end > last.0 || ahead >= last.1 {
                    last = (end, ahead, Some(kind.start as u16 + entry));
                }
            }
        }
        last.2
    }

    /// Whether the requests of a stream go on as they are, and have left every mark that they would leave.
    fn goes_on(&self, now: Moment, number: usize, (pool, flow): (&Pool, &Flow), tracks: &Tracks) -> bool {
        let unit = &pool.units[number];
        (unit.first..).zip(&unit.ways).all(|(track, way)| {
            let track = &tracks.tracks[track];
            if !self.sources[unit.source as usize].alive[track.place as usize] {
                return true;
            }
            let Some(found) = flow.meets(now, number, way) else { return false };
            if unit.attacks {
                self.attacker_goes_on(now, unit.source, track, &found)
            } else {
                self.client_goes_on(now, unit.source, &found)
            }
        })
    }
}
