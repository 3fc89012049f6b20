//! The onset of every source: when its first request is made, and where in its rhythm it stands.

use super::pace::loop_seconds;
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::play::state::world::World;
use crate::model::system::Start;
use crate::model::workload::Arrivals;
use crate::random::purpose::Purpose;
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

impl World<'_> {
    pub(super) fn start_attacker(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        let attacker = &self.plan.system.attacker;
        for (number, copy) in attacker.steals.iter().enumerate().filter(|(_, copy)| copy.behind.is_none()) {
            let finds = copy.found == Share::ALL
                || self.trial.open(Purpose::CopyBehindTarget, number as u32).happens(copy.found);
            let found = copy.found_after.sample(&mut self.trial.open(Purpose::CopyFound, number as u32)).span();
            let at = found.filter(|_| finds).map_or(Moment::NEVER, |span| Moment::ZERO + span);
            self.tally.found[number] = at;
            let acquired = &mut self.tally.acquired[copy.credential.index()];
            *acquired = (*acquired).min(at);
        }
        self.start_minting(agenda);
        let has_one = self.tally.found.iter().min().copied().unwrap_or(Moment::NEVER);
        let first_use = self.plan.system.start == Start::FirstUse;
        for source in 0..self.plan.attacker_sources {
            if let Arrivals::Trace(_) = self.plan.sources[source].arrivals {
                // Whoever was recorded had what it presented, no later than its first request.
                if let Some(first) = self.start_recording(source, agenda) {
                    for credential in &self.plan.compromised {
                        let acquired = &mut self.tally.acquired[*credential as usize];
                        *acquired = (*acquired).min(first);
                    }
                }
            } else if let Some(law) = &attacker.first_try {
                let waits = law.sample(&mut self.trial.open(Purpose::AttackerFirstTry, 0)).span();
                let at = if has_one.is_never() {
                    Moment::NEVER
                } else {
                    waits.map_or(Moment::NEVER, |waits| has_one + waits)
                };
                if attacker.validates.is_none() {
                    self.start_cold(source, at, agenda);
                } else if source == 0 {
                    agenda.schedule(at, Happening::Validates);
                }
            } else if first_use {
                self.start_cold(source, has_one, agenda);
            } else {
                // An attacker that has always been there has had its copies as long.
                self.tally.acquired.iter_mut().filter(|at| !at.is_never()).for_each(|at| *at = from.min(*at));
                if source == 0 {
                    self.find_what_was_near(from);
                }
                self.start_standing(source, from, agenda);
            }
        }
    }

    pub(super) fn start_lawful(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        self.plan_replacements();
        for client in 0..self.plan.system.lawful.len() {
            let source = self.plan.attacker_sources + client;
            match self.plan.sources[source].arrivals {
                Arrivals::Trace(_) => _ = self.start_recording(source, agenda),
                _ => self.start_standing(source, from, agenda),
            }
        }
    }

    /// When each lawful client holds the replacement, as far as that follows from the planned revocation of what it uses, or
    /// of what the trial is about where no step reaches that.
    pub fn plan_replacements(&mut self) {
        for (client, settings) in self.plan.system.lawful.iter().enumerate() {
            let replaced = settings
                .replaced_after
                .as_ref()
                .and_then(|law| law.sample(&mut self.trial.open(Purpose::LawfulReplacement, client as u32)).span());
            let mut luck = self.trial.open(Purpose::LawfulMapped, client as u32);
            let mapped = settings.mapped == Share::ALL || luck.happens(settings.mapped);
            let turns_up = if mapped { Some(Span::ZERO) } else { settings.turns_up_after.sample(&mut luck).span() };
            let replaced = replaced.zip(turns_up).map(|(takes, turns_up)| turns_up + takes);
            let revocation = self.planned_revocation_of(&settings.uses);
            self.tally.replaced[client] = match replaced {
                Some(span) if !revocation.is_never() => revocation + span,
                _ => Moment::NEVER,
            };
        }
    }

    /// A source that begins at `at` with a request at once.
    pub fn start_cold(&mut self, source: usize, at: Moment, agenda: &mut Agenda<Happening>) {
        match &self.plan.sources[source].arrivals {
            Arrivals::ClosedLoop { workers, .. } => {
                for worker in 0..*workers {
                    agenda.schedule(at, Happening::Presented { source: source as u16, worker });
                }
                return;
            }
            Arrivals::Bursty { burst, silence, .. } if !at.is_never() => {
                self.start_bursts(at, source, burst.seconds(), silence.seconds(), true);
            }
            _ => {}
        }
        agenda.schedule(at, Happening::Presented { source: source as u16, worker: 0 });
    }

    /// A source that has run for ever at `from`.
    fn start_standing(&mut self, source: usize, from: Moment, agenda: &mut Agenda<Happening>) {
        let settings = &self.plan.sources[source];
        let presented = |worker| Happening::Presented { source: source as u16, worker };
        match &settings.arrivals {
            Arrivals::Paced { every, .. } => agenda.schedule(self.first_steady(from, source, *every), presented(0)),
            Arrivals::Bursty { burst, silence, .. } => {
                self.start_bursts(from, source, burst.seconds(), silence.seconds(), false);
                if let Some(first) = self.next_arrival(from, source) {
                    agenda.schedule(first, presented(0));
                }
            }
            Arrivals::ClosedLoop { workers, answer, think } => {
                let cycle = loop_seconds(answer, think);
                let mut chance = self.trial.open(Purpose::FirstArrival, self.plan.own_number(source));
                for worker in 0..*workers {
                    agenda.schedule(from + Span::from_seconds(cycle * chance.uniform()), presented(worker));
                }
            }
            Arrivals::Poisson(_) | Arrivals::Trace(_) => {
                if self.join(source, from) {
                    return;
                }
                if let Some(first) = self.next_arrival(from, source) {
                    agenda.schedule(first, presented(0));
                }
            }
        }
    }

    /// Schedules the first request of a recording, which may lie before time 0; says when it is made.
    fn start_recording(&self, source: usize, agenda: &mut Agenda<Happening>) -> Option<Moment> {
        if let Arrivals::Trace(trace) = &self.plan.sources[source].arrivals {
            let origin = self.origin(trace.origin);
            if let (Some(first), false) = (trace.trial(self.number).requests.first(), origin.is_never()) {
                agenda.schedule(origin + first.at, Happening::Presented { source: source as u16, worker: 0 });
                return Some(origin + first.at);
            }
        }
        None
    }

    /// When a paced source that has run for ever next sends.
    pub(super) fn first_steady(&self, from: Moment, source: usize, every: Span) -> Moment {
        from + Span::from_seconds(
            every.seconds() * self.trial.open(Purpose::FirstArrival, self.plan.own_number(source)).uniform(),
        )
    }

    /// The place in its order at which a source that has run for ever stands.
    pub(super) fn first_place(&self, source: usize, places: usize) -> usize {
        self.trial.open(Purpose::FirstPlace, self.plan.own_number(source)).index(places)
    }
}
