//! One trial from its first event to its ledger.

use super::beginning::standing::Standing;
use super::compiled::plan::Plan;
use super::doors::spell::Spells;
use super::skip::reason::{Because, Played, how};
use super::skip::state::Skipping;
use super::state::world::World;
use super::taped::Taped;
use crate::engine::agenda::Agenda;
use crate::engine::simulation;
use crate::model::event::Happening;
use crate::model::ledger::{Closing, Ledger, Presenter, RequestEntry, TargetUse};
use crate::model::tape::Tape;
use crate::random::stream::{Seed, Trial};
use crate::units::time::{Moment, Span};

/// Plays trials of a plan, one after the other, in memory that is reused.
pub struct Player<'p> {
    world: World<'p>,
    agenda: Agenda<Happening>,
    standing: Standing,
}

/// How requests are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Those from which nothing follows are skipped, exactly, wherever they are memoryless.
    Auto,
    /// One by one.
    EveryRequest,
}

impl Engine {
    /// Every engine with its name in records.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Auto, "auto"), (Self::EveryRequest, "every_request")];

    /// How the requests of a source are played.
    pub fn plays(self, plan: &Plan<'_>, source: u16) -> Played {
        match self {
            Self::Auto => how(plan, source),
            Self::EveryRequest => Played::OneByOne(Because::AskedFor),
        }
    }

    /// The name in records.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(engine, _)| *engine == self).map_or("", |(_, name)| name)
    }
}

/// Whether every request is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requests {
    /// They are only counted.
    Counted,
    /// Each leaves an entry.
    WrittenDown,
}

impl<'p> Player<'p> {
    /// A player of `plan`, request by request.
    pub fn new(plan: &'p Plan<'p>) -> Self {
        Self::with_engine(plan, Engine::EveryRequest)
    }

    /// A player of `plan` by one of the engines.
    pub fn with_engine(plan: &'p Plan<'p>, engine: Engine) -> Self {
        let mut world = World::new(plan);
        world.skipping = if engine == Engine::Auto { Skipping::new(plan).map(Box::new) } else { None };
        Self { world, agenda: Agenda::default(), standing: Standing::of(plan) }
    }

    fn run(&mut self) -> u64 {
        if self.world.skipping.is_none() {
            let scheduled = simulation::play(&mut self.world, &mut self.agenda).events;
            return scheduled + self.world.run_on;
        }
        let played = simulation::play_between(&mut self.world, &mut self.agenda);
        played.events + self.world.skipping.as_ref().map_or(0, |skipping| skipping.steps)
    }

    /// Plays trial `number` under `seed`; requests that were written down are in order of presentation.
    ///
    /// # Panics
    /// If the trial contradicts itself, for example a replay accepted after every door was shut: a fault of ours.
    pub fn play(&mut self, seed: Seed, number: u64, requests: Requests) -> (Ledger, Vec<RequestEntry>) {
        self.begin(seed, number, requests);
        let events = self.run();
        self.finish(number, events)
    }

    /// Plays trial `number` under `seed` as [`Player::play`] does, and takes a tape of it.
    ///
    /// # Panics
    /// As [`Player::play`].
    pub fn play_taped(&mut self, seed: Seed, number: u64) -> (Ledger, Tape) {
        self.begin(seed, number, Requests::WrittenDown);
        let mut taped = Taped::new(&mut self.world);
        // Where nothing is skipped there is nothing between events, and this is the same play.
        let played = simulation::play_between(&mut taped, &mut self.agenda);
        let tape = taped.finish();
        let steps = self.world.skipping.as_ref().map_or(0, |skipping| skipping.steps);
        let (ledger, requests) = self.finish(number, played.events + steps);
        (ledger, Tape { requests, ..tape })
    }

    fn begin(&mut self, seed: Seed, number: u64, requests: Requests) {
        self.agenda.clear();
        self.world.reset(Trial::new(seed, number), number);
        self.world.requests = (requests == Requests::WrittenDown).then(Vec::new);
        self.world.begin(&self.standing, &mut self.agenda);
    }

    fn finish(&mut self, number: u64, events: u64) -> (Ledger, Vec<RequestEntry>) {
        self.world.catch_up(self.world.end + Span::from_nanos(1));
        let ledger = self.world.close(events);
        check(&ledger, number);
        let mut requests = self.world.requests.take().unwrap_or_default();
        requests.sort_by_key(|request| request.presented_at);
        if self.world.skipping.is_some() {
            number_anew(&mut requests);
        }
        (ledger, requests)
    }
}

/// Numbers the requests of each source in their order: those that were skipped have no numbers of their own.
fn number_anew(requests: &mut [RequestEntry]) {
    let mut next: Vec<(Presenter, u64)> = Vec::new();
    for request in requests {
        let known = next.iter().position(|(by, _)| *by == request.by);
        let at = known.unwrap_or_else(|| {
            next.push((request.by, 0));
            next.len() - 1
        });
        request.number = next[at].1;
        next[at].1 += 1;
    }
}

/// What must hold in every trial ever played.
fn check(ledger: &Ledger, number: u64) {
    for (target, (door, seen)) in ledger.targets.iter().zip(&ledger.uses).enumerate() {
        if let (Some(closed), Some(last)) = (door.closed_at, seen.last_accepted) {
            assert!(
                last <= closed,
                "trial {number}: target {target} was shut at {closed:?} but accepted a replay presented at {last:?}"
            );
        }
    }
}

impl World<'_> {
    fn close(&mut self, events: u64) -> Ledger {
        let end = self.end;
        self.note_open_connections(end);
        let watched = self.watch.on;
        let finish = |spells: &Spells| if watched { spells.finish(end) } else { Spells::open_for_good(end) };
        let tally = &self.tally;
        let known = |at: Moment| (!at.is_never() && at <= end).then_some(at);
        Ledger {
            outcome: tally.outcome,
            detected_at: known(tally.detected_at),
            by_luck: tally.by_luck,
            rotation_ordered_at: known(tally.rotation_ordered_at),
            rotated_at: self.rotated_at().and_then(known),
            decided_at: known(tally.decided_at),
            revoked_at: known(tally.revoked_at),
            invalidated_at: known(tally.invalidated_at),
            acquired_at: tally.acquired.iter().min().map(|at| (*at).max(Moment::ZERO)).and_then(known),
            first_use_at: self.first_use(known),
            next_presented_at: known(tally.next_presented_at),
            ended_at: end,
            targets: self
                .watch
                .targets
                .iter()
                .map(finish)
                .zip(&tally.uses)
                .map(|(door, seen)| self.as_seen(door, seen))
                .collect(),
            whole: finish(&self.watch.whole),
            verifiers: self.watch.verifiers.iter().map(finish).collect(),
            uses: tally.uses.clone(),
            blast: self.blast(|seen| seen.used),
            blast_after: self.blast(|seen| seen.last_accepted.is_some()),
            rejected_after: tally.rejected_after,
            in_flight_accepts: tally.in_flight_accepts,
            collateral_rejections: tally.collateral_rejections,
            false_rejections: tally.false_rejections,
            lawful_outage: self.lawful_outage(end),
            load: tally.load,
            minted: tally.minted,
            used_derived: tally.used_derived,
            surviving: if watched { self.surviving(end) } else { 0 },
            events,
        }
    }

    /// Where questions travel, a request is decided after its presentation, by what holds then: that it was accepted
    /// shows that its door was open. Where they do not, the doors must have known (see [`check`]).
    fn as_seen(&self, door: Closing, seen: &TargetUse) -> Closing {
        match (door.closed_at, seen.last_accepted) {
            (Some(closed), Some(last)) if last > closed && self.plan.questions_travel => {
                Closing { closed_at: Some(last), ..door }
            }
            _ => door,
        }
    }

    /// The first accepted use; an attacker that has always been there used it before the trial began.
    fn first_use(&self, known: impl Fn(Moment) -> Option<Moment>) -> Option<Moment> {
        let always_there = self.plan.sources[..self.plan.attacker_sources].iter().any(|source| source.standing);
        let let_in = || (0..self.plan.ways_to.len() as u16).any(|target| self.was_let_in(target));
        if always_there && self.plan.system.start != crate::model::system::Start::FirstUse && let_in() {
            return Some(Moment::ZERO);
        }
        known(self.tally.first_use_at)
    }

    /// Time from a client's first refusal with a revoked credential until it holds the replacement.
    fn lawful_outage(&self, end: Moment) -> Span {
        let clients = self.tally.first_refused.iter().zip(&self.tally.replaced).enumerate();
        let outages = clients.filter(|(_, (refused, _))| !refused.is_never()).map(|(client, (refused, replaced))| {
            self.provided_at(client).unwrap_or(*replaced).min(end).since(*refused)
        });
        outages.fold(Span::ZERO, |sum, outage| sum + outage.max(Span::ZERO))
    }
}
