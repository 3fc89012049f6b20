//! What changes on a pool: when its entries end, which of its streams are played one by one, and when its wells are filled.

use super::outlook::Foresight;
use super::pool::{Pool, Way};
use crate::model::ledger::Reason;
use crate::units::time::{Moment, Span};
use std::ops::Range;

/// What changes on a pool.
#[derive(Debug, Default)]
pub struct Flow {
    /// Until when it flows; before all others while it does not.
    pub until: Option<Moment>,
    /// Until when its entries are fresh; for ever if nobody can meet them.
    pub fresh: Vec<Moment>,
    /// Whether a request that meets none fills it; else the issuer turns it away, or nobody knows and the pool flows only until
    /// the first of them ends.
    pub refills: Vec<bool>,
    /// Its streams.
    pub streams: Vec<Stream>,
    /// Its wells.
    pub wells: Vec<Well>,
    /// The entries behind each load balancer that deals requests out in turn, those of one credential at a time: whose
    /// request meets which of them hangs on every request that comes there.
    pub dealt: Vec<(u16, Range<usize>)>,
    /// The streams that are played one by one, each with its requests a second.
    pub awake: Vec<(usize, f64)>,
    /// Requests a second of all of these.
    pub rate: f64,
    /// When a well is filled next, or a stream that is passed meets something else.
    pub next: Moment,
    /// The next request of the streams that are played one by one, if it is drawn already.
    pub drawn: Option<Moment>,
    /// What its sources carry, by what the pool lists of that: the credential, and until when nothing but an entry decides.
    pub carried: Vec<Option<(Moment, u16)>>,
    /// How often it was asked in vain whether it flows since something happened, and when it is asked again.
    pub asked: (u32, u32),
}

/// A stream of a pool that flows.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// Requests a second.
    pub rate: f64,
    /// Whether it carries what replaces the credential that it prefers.
    pub replaced: bool,
    /// The first entry of those of what it carries.
    pub first: usize,
    /// Whether it calls all its places, and is let in at each.
    pub refilled: bool,
    /// Its well, if it belongs to one.
    pub well: Option<u16>,
    /// Whether the attacker has been everywhere that its requests lead.
    pub marked: bool,
    /// An entry that is to be filled anew before it can be passed.
    pub waits_for: Option<u16>,
    /// Whether some of the requests that are passed are turned away.
    pub turned_away: bool,
    /// Whether, of those, some meet a fresh entry and others one that has ended, and no other stream moves the turn there.
    pub alone: bool,
    /// From when on its requests are passed; none while they are played one by one.
    pub since: Option<Moment>,
    /// Until when they can be passed.
    pub until: Moment,
    /// After how many of its requests it is looked at again, where it waits for nothing.
    pub looks_after: u32,
    /// The same, once that has been done: looking costs a step for every few entries.
    pub looks_every: u32,
}

/// Lawful requests that are memoryless at one entry: nothing counts of them but those that fill it.
#[derive(Clone, Copy, Debug)]
pub struct Well {
    /// The entry.
    pub entry: u16,
    /// The first of its streams.
    pub stream: u16,
    /// Requests a second of all of them.
    pub rate: f64,
    /// When they were last looked at.
    pub since: Moment,
    /// Until when the entry was fresh then.
    pub until: Moment,
    /// Their first request from that moment on.
    pub next: Moment,
}

/// What a request has met, if something else is to be done after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// Nothing of that kind.
    Nothing,
    /// A stream is to be looked at again.
    Stream(usize),
    /// An entry was filled for which somebody waits.
    Filled(u16),
    /// Its source stops.
    Stopped,
}

impl Stream {
    /// Whether its requests are played one by one.
    #[inline]
    pub fn is_awake(&self) -> bool {
        self.rate > 0.0 && self.since.is_none() && self.well.is_none()
    }

    /// Whether its requests are passed up to now and not beyond.
    #[inline]
    pub fn is_passed_until(&self, now: Moment) -> bool {
        self.since.is_some() && now >= self.until
    }
}

impl Flow {
    /// Forgets the trial before.
    pub fn reset(&mut self) {
        self.until = None;
        self.asked = (0, 0);
    }

    /// What was asked in vain before something happened does not count after it.
    pub fn forget_vain_questions(&mut self) {
        self.asked = (0, 0);
    }

    /// Counts a question whether it flows; whether it is to be answered: less and less often while that is in vain.
    pub(super) fn takes_question(&mut self) -> bool {
        self.asked.0 += 1;
        let now = self.asked.0 > self.asked.1;
        if now {
            self.asked.1 = 2 * self.asked.0;
        }
        now
    }

    /// Looks at a pool as if nothing were known of it.
    pub(super) fn begin_anew(&mut self, pool: &Pool, rate: impl Fn(u32) -> f64) {
        self.fresh.clear();
        self.fresh.resize(pool.cells.len(), Moment::NEVER);
        self.refills.clear();
        self.refills.resize(pool.cells.len(), false);
        self.streams.clear();
        self.streams.extend(pool.units.iter().map(|unit| {
            let looks_every = (unit.met.len() as u32).div_ceil(2);
            let rate = unit.members.iter().map(|member| rate(member.unit)).sum();
            let (well, until) = (None, Moment::NEVER);
            Stream {
                rate,
                replaced: false,
                first: 0,
                refilled: false,
                well,
                marked: false,
                waits_for: None,
                turned_away: false,
                alone: false,
                since: None,
                until,
                looks_after: 1,
                looks_every,
            }
        }));
        self.wells.clear();
        self.dealt.clear();
    }

    /// Notes that requests meet some entries behind a load balancer in turn.
    pub(super) fn note_dealt(&mut self, verifier: u16, entries: Range<usize>) {
        if !self.dealt.contains(&(verifier, entries.clone())) {
            self.dealt.push((verifier, entries));
        }
    }

    /// Until when it does not matter to anybody whose turn it is at some load balancers; none if it does now.
    pub(super) fn turns_matter_from(&self, now: Moment, dealers: &[u16]) -> Option<Moment> {
        let mut until = Moment::NEVER;
        for (_, entries) in self.dealt.iter().filter(|(verifier, _)| dealers.contains(verifier)) {
            let fresh = &self.fresh[entries.clone()];
            let ended = fresh.iter().filter(|fresh| **fresh <= now).count();
            if ended > 0 && (ended < fresh.len() || self.refills[entries.start]) {
                return None;
            }
            until = fresh.iter().copied().filter(|fresh| *fresh > now).min().unwrap_or(until).min(until);
        }
        Some(until)
    }

    /// Lets a stream that is memoryless at one entry belong to the well there, if nothing counts of its requests but those
    /// that fill it.
    pub(super) fn dig(&mut self, number: usize, pool: &Pool) {
        let (unit, rate) = (&pool.units[number], self.streams[number].rate);
        let entry = self.entries(number, &unit.ways[0]).start;
        if unit.attacks || unit.dealt || unit.moves_turns || !self.refills[entry] {
            return;
        }
        let known = self.wells.iter().position(|well| well.entry as usize == entry);
        let well = known.unwrap_or_else(|| {
            let never = Moment::NEVER;
            let (entry, stream) = (entry as u16, number as u16);
            self.wells.push(Well { entry, stream, rate: 0.0, since: never, until: never, next: never });
            self.wells.len() - 1
        });
        self.wells[well].rate += rate;
        self.streams[number].well = Some(well as u16);
    }

    /// From `now` on somebody waits at a well for the end of its entry, and comes `gap` mean gaps after that.
    pub(super) fn wait_at_well(&mut self, well: usize, now: Moment, gap: f64) {
        let well = &mut self.wells[well];
        well.since = now;
        well.until = self.fresh[well.entry as usize].max(now);
        well.next = well.until + Span::from_seconds(gap / well.rate);
    }

    /// What is to be done after a request of a stream that has changed nothing.
    #[inline]
    pub(super) fn after(&mut self, number: usize) -> Met {
        let stream = &mut self.streams[number];
        stream.looks_after = stream.looks_after.saturating_sub(1);
        if stream.looks_after == 0 { Met::Stream(number) } else { Met::Nothing }
    }

    /// The same after one that has filled an entry.
    #[inline]
    pub(super) fn after_filling(&mut self, entry: usize, number: usize) -> Met {
        let waits = |(number, _): &(usize, f64)| self.streams[*number].waits_for == Some(entry as u16);
        if self.awake.iter().any(waits) { Met::Filled(entry as u16) } else { self.after(number) }
    }

    /// Adds up what is played one by one, and finds what is to be done next of the rest.
    pub(super) fn add_up(&mut self) {
        self.awake.clear();
        self.rate = 0.0;
        for (number, stream) in self.streams.iter().enumerate() {
            if stream.is_awake() {
                self.awake.push((number, stream.rate));
                self.rate += stream.rate;
            }
        }
        self.drawn = None;
        self.find_next();
    }

    /// Finds what is to be done next of what is not played one by one.
    pub(super) fn find_next(&mut self) {
        let mut next = Moment::NEVER;
        self.streams.iter().for_each(|stream| next = next.min(stream.until));
        self.wells.iter().for_each(|well| next = next.min(well.next));
        self.next = next;
    }

    /// The entries of the kind that one of its streams meets: those of what it prefers, or of what replaces that.
    #[inline]
    pub(super) fn kind_of(&self, stream: usize, pool: &Pool) -> Range<usize> {
        let first = self.streams[stream].first;
        first..first + pool.entries
    }

    /// Whether a stream, which calls all its places, is let in at each.
    pub(super) fn is_refilled(&self, stream: usize, pool: &Pool) -> bool {
        let refills = &self.refills[self.kind_of(stream, pool)];
        pool.units[stream].entries.iter().all(|entry| refills[*entry as usize])
    }

    /// The entries on a way of one of its streams.
    #[inline]
    pub(super) fn entries(&self, unit: usize, way: &Way) -> Range<usize> {
        way.entries(self.streams[unit].first)
    }

    /// What requests on a way of one of its streams carry.
    #[inline]
    pub(super) fn credential(&self, unit: usize, way: &Way) -> u16 {
        if self.streams[unit].replaced { way.short.replacement } else { way.short.credential }
    }

    /// What requests on a way of one of its streams meet; none if it is not the same for all of them.
    pub(super) fn meets(&self, now: Moment, unit: usize, way: &Way) -> Option<Foresight> {
        let fresh = &self.fresh[self.entries(unit, way)];
        let accepted = fresh.iter().all(|fresh| *fresh > now);
        let mixed = !accepted && fresh.iter().any(|fresh| *fresh > now);
        let refused = Foresight::refused(self.credential(unit, way));
        let met =
            if accepted { Foresight { accepted, reason: Reason::CacheHit, questions: 0, ..refused } } else { refused };
        (!mixed).then_some(met)
    }
}
