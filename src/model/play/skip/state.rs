//! What changes where requests are skipped: how far each island is played, and which bundles lie quiet.

use super::flow::Flow;
use super::outlook::{Assurance, Foresight};
use super::pool::Pool;
use super::tracks::Tracks;
use crate::model::play::compiled::plan::Plan;
use crate::random::purpose::Purpose;
use crate::random::slot::{CountSlot, ExponentialSlot, StreamSlot};
use crate::random::stream::Trial;
use crate::units::time::{Moment, Span};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Everything about skipping that lives as long as a trial.
#[derive(Debug)]
pub struct Skipping {
    /// What is told apart.
    pub tracks: Tracks,
    /// Islands.
    pub islands: Vec<Island>,
    /// Bundles.
    pub bundles: Vec<Bundle>,
    /// Units.
    pub units: Vec<UnitState>,
    /// What was foreseen, by track; nothing but an event falsifies it before its time.
    pub foreseen: Vec<Option<Foresight>>,
    /// Whether, by track, nothing but the entry of its cache decides.
    pub assured: Vec<Assurance>,
    /// What the event that happens may touch.
    pub touched: Touched,
    /// Places of a source in their order, while they are gone through.
    pub order: Vec<usize>,
    /// Last requests of a stretch, the last one first, while they are counted.
    pub lasts: Vec<Moment>,
    /// Requests that were played one by one in a short way.
    pub steps: u64,
    /// What stands in the place of a flow that is taken out: nothing flows in it.
    spare: Option<Box<Flow>>,
}

/// What an event may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// Nothing that is skipped.
    Nothing,
    /// One island.
    Island(u16),
    /// What lies behind a verifier.
    Behind(u16),
    /// What is revoked by a step of the playbook, and the attacker.
    Revoked(u16),
    /// Anything.
    Everything,
}

/// An island.
#[derive(Debug)]
pub struct Island {
    /// Up to when its requests are played, that moment excluded.
    pub now: Moment,
    /// Whether something happened since its bundles were last looked at.
    pub disturbed: bool,
    /// Bundles to which alone something happened since.
    pub stirred: Vec<u32>,
    /// Sources that have begun.
    pub joined: u32,
    /// When units that are awake make their next requests, and when quiet bundles may wake; some of it is outdated.
    pub next: BinaryHeap<Reverse<(Moment, u32)>>,
    /// A request that is due and must be played in its turn.
    pub due: Option<Due>,
    /// Gaps between its requests.
    pub gaps: ExponentialSlot,
    /// Choices among replicas.
    pub picks: StreamSlot,
    /// Numbers of skipped requests.
    pub counts: CountSlot,
    /// Last requests of skipped stretches.
    pub lasts: ExponentialSlot,
    /// Times of skipped requests, where somebody wants to see every one.
    pub times: StreamSlot,
    /// How its requests flow, where they do.
    pub flow: Box<Flow>,
}

/// A request that is due.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// Its unit.
    pub unit: u32,
    /// Its track.
    pub track: u32,
    /// The replica that it comes to, where that is decided already.
    pub replica: Option<u32>,
    /// Whether it could be played in short, and takes the whole path only to be written down.
    pub plain: bool,
}

/// A bundle.
#[derive(Clone, Copy, Debug)]
pub struct Bundle {
    /// Whether its requests are skipped.
    pub quiet: bool,
    /// Until when.
    pub until: Moment,
    /// From when on its skipped requests are not accounted for yet.
    pub since: Moment,
    /// Whether skipped requests leave counts behind, or move a turn.
    pub counts: bool,
    /// Among its tracks, the place of one that was not quiet when last looked at.
    pub witness: u32,
    /// Whether it is to be looked at again.
    pub stirred: bool,
}

/// A unit.
#[derive(Clone, Copy, Debug)]
pub struct UnitState {
    /// Whether its source has begun, and has not left.
    pub joined: bool,
    /// Requests a second.
    pub rate: f64,
    /// When it makes its next request; never while that is skipped.
    pub next: Moment,
}

impl Skipping {
    /// The state for a plan, to be reset before each trial; none if nothing can ever be skipped.
    pub fn new(plan: &Plan<'_>) -> Option<Self> {
        let tracks = Tracks::of(plan);
        if tracks.islands.is_empty() {
            return None;
        }
        let islands = (0..tracks.islands.len() as u32).map(|number| Island {
            now: Moment::ZERO,
            disturbed: false,
            stirred: Vec::new(),
            joined: 0,
            next: BinaryHeap::new(),
            due: None,
            gaps: ExponentialSlot::new(Purpose::SkippedGaps, number),
            picks: StreamSlot::new(Purpose::SkippedPicks, number),
            counts: CountSlot::new(Purpose::SkippedCounts, number),
            lasts: ExponentialSlot::new(Purpose::SkippedLast, number),
            times: StreamSlot::new(Purpose::SkippedTimes, number),
            flow: Box::default(),
        });
        Some(Self {
            islands: islands.collect(),
            bundles: vec![ASLEEP; tracks.bundles.len()],
            units: vec![OUT; tracks.units.len()],
            foreseen: vec![None; tracks.tracks.len()],
            assured: vec![Assurance::NotLookedAt; tracks.tracks.len()],
            touched: Touched::Nothing,
            order: Vec::new(),
            lasts: Vec::new(),
            steps: 0,
            spare: None,
            tracks,
        })
    }

    /// Forgets the trial before.
    pub fn reset(&mut self) {
        for island in &mut self.islands {
            island.now = Moment::LONG_AGO;
            island.disturbed = false;
            island.stirred.clear();
            island.joined = 0;
            island.next.clear();
            island.due = None;
            island.gaps.close();
            island.picks.close();
            island.counts.close();
            island.lasts.close();
            island.times.close();
            island.flow.reset();
        }
        self.bundles.fill(ASLEEP);
        self.foreseen.fill(None);
        self.assured.fill(Assurance::NotLookedAt);
        self.units.fill(OUT);
        self.steps = 0;
    }

    /// Takes out the pool of an island and how it flows, if it has one, while something is done with them; to be put back.
    pub fn take_pool(&mut self, island: usize) -> Option<(Box<Pool>, Box<Flow>)> {
        let pool = self.tracks.islands[island].pool.take()?;
        let nothing = self.spare.take().unwrap_or_default();
        Some((pool, std::mem::replace(&mut self.islands[island].flow, nothing)))
    }

    /// Puts back what was taken out.
    pub fn put_back(&mut self, island: usize, (pool, flow): (Box<Pool>, Box<Flow>)) {
        self.tracks.islands[island].pool = Some(pool);
        self.spare = Some(std::mem::replace(&mut self.islands[island].flow, flow));
    }

    /// Notes that something happened on an island.
    pub fn disturb(&mut self, island: u16) {
        self.islands[island as usize].disturbed = true;
    }

    /// Notes that something happened that can be felt by one bundle alone.
    pub fn stir(&mut self, bundle: usize) {
        if !std::mem::replace(&mut self.bundles[bundle].stirred, true) {
            self.islands[self.tracks.bundles[bundle].island as usize].stirred.push(bundle as u32);
        }
    }

    /// The island of a source that is skipped.
    pub fn island_of(&self, source: usize) -> Option<usize> {
        self.tracks.island_of[source].filter(|_| !self.tracks.units_of[source].is_empty()).map(usize::from)
    }

    /// A bundle is quiet until then.
    pub fn lull(&mut self, bundle: usize, until: Moment) {
        let known = self.bundles[bundle].quiet && self.bundles[bundle].until == until;
        self.bundles[bundle] = Bundle { quiet: true, until, ..self.bundles[bundle] };
        for unit in &self.tracks.bundles[bundle].units {
            self.units[*unit as usize].next = Moment::NEVER;
        }
        if !known && !until.is_never() {
            let island = &mut self.islands[self.tracks.bundles[bundle].island as usize];
            island.next.push(Reverse((until, (self.units.len() + bundle) as u32)));
        }
    }

    /// The requests of a bundle are played one by one from `now` on: memoryless, each unit begins anew.
    pub fn wake(&mut self, bundle: usize, now: Moment, trial: &Trial) {
        let laid = &self.tracks.bundles[bundle];
        let island = &mut self.islands[laid.island as usize];
        for unit in &laid.units {
            let state = &mut self.units[*unit as usize];
            if state.next.is_never() && state.rate > 0.0 {
                state.next = now + island.gap(state.rate, trial);
                island.next.push(Reverse((state.next, *unit)));
            }
        }
    }

    /// The rate of a unit is another from `now` on.
    pub fn set_rate(&mut self, unit: usize, rate: f64, now: Moment, trial: &Trial) {
        let state = &mut self.units[unit];
        if state.rate == rate {
            return;
        }
        state.rate = rate;
        if !state.next.is_never() {
            let island =
                &mut self.islands[self.tracks.bundles[self.tracks.units[unit].bundle as usize].island as usize];
            state.next = if rate > 0.0 { now + island.gap(rate, trial) } else { Moment::NEVER };
            if rate > 0.0 {
                island.next.push(Reverse((state.next, unit as u32)));
            }
        }
    }
}

impl Island {
    /// Whether anything on it is to be looked at again.
    #[inline]
    pub fn is_moved(&self) -> bool {
        self.disturbed || !self.stirred.is_empty()
    }

    /// A gap between requests that come at a rate.
    #[inline]
    pub fn gap(&mut self, rate: f64, trial: &Trial) -> Span {
        Span::from_seconds(self.gaps.at(trial).unit_exponential() / rate)
    }
}

/// A bundle before its first source has begun.
const ASLEEP: Bundle =
    Bundle { quiet: false, until: Moment::NEVER, since: Moment::NEVER, counts: false, witness: 0, stirred: false };

/// A unit before its source has begun.
const OUT: UnitState = UnitState { joined: false, rate: 0.0, next: Moment::NEVER };
