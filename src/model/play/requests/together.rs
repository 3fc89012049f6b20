//! Plain requests of several sources between two things that happen: they do not meet, so each source is played by
//! itself.
//!
//! As long as every verdict holds, requests of one source mean nothing to those of another. Up to the first moment at
//! which a verdict ends, or anything else happens, sources need not take turns.

use super::plain::Run;
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::play::state::turn::Turn;
use crate::model::play::state::world::World;
use crate::model::workload::Order;
use crate::units::time::{Moment, Span};

/// What was played of sources together.
#[derive(Clone, Copy, Debug)]
pub enum Played {
    /// Nothing: more than one source may meet something else first, or it is too early to look again.
    Nothing,
    /// All up to the next event of another kind, or the end of a verdict.
    AllUntil,
    /// All up to this request, which is not plain, to this place among the routes of its source.
    Until(Turn, usize),
}

impl World<'_> {
    /// Just after the last instant that is played.
    #[inline]
    pub(super) fn past_the_end(&self) -> Moment {
        self.end + Span::from_nanos(1)
    }

    /// Plays `first` and the next requests of all sources as long as all are plain.
    pub(super) fn run_together(&mut self, first: Turn, agenda: &mut Agenda<Happening>) -> Played {
        if self.run_on < self.together.looks_after {
            return Played::Nothing;
        }
        let mut turns = std::mem::take(&mut self.together.turns);
        self.gather(first, &mut turns, agenda);
        let until = agenda.first_at().min(self.past_the_end());
        let before = self.run_on;
        let places: usize = turns.iter().map(|turn| self.sources[turn.source as usize].verdicts.len()).sum();
        let played = self.play_apart(&mut turns, until);
        // Looking costs a step for each place, and is to cost no more than what is played.
        self.together.looks_after = (before + places as u64).max(self.run_on);
        let left = match played {
            Played::Nothing => 1,
            Played::AllUntil => 0,
            Played::Until(met, _) => {
                turns.retain(|turn| turn.source != met.source);
                0
            }
        };
        for turn in turns.drain(left..) {
            match turn.rank {
                Some(rank) => agenda.put_back(turn.at, turn.event(), rank),
                None => agenda.schedule(turn.at, turn.event()),
            }
        }
        turns.clear();
        self.together.turns = turns;
        played
    }

    /// Takes the next requests of sources that run plainly out of the agenda, up to the first event that is none.
    fn gather(&self, first: Turn, turns: &mut Vec<Turn>, agenda: &mut Agenda<Happening>) {
        turns.push(first);
        let runs = |event| matches!(event, Happening::Presented { source, .. } if self.runs_plainly(source as usize));
        while let Some((at, Happening::Presented { source, worker }, rank)) = agenda.borrow_if(self.end, runs) {
            turns.push(Turn { at, source, worker, rank: Some(rank) });
        }
    }

    /// Plays each of some sources by itself until the first moment at which what one of them meets, or `until`, matters
    /// to the others. Of one source it need not be known beforehand when that is: it goes first.
    fn play_apart(&mut self, turns: &mut [Turn], until: Moment) -> Played {
        let mut limit = until;
        let mut unsure = None;
        for (number, turn) in turns.iter().enumerate() {
            match self.sure_until(*turn) {
                Some(sure) => limit = limit.min(sure),
                None if unsure.is_none() => unsure = Some(number),
                None => return Played::Nothing,
            }
        }
        let mut met = None;
        if let Some(number) = unsure {
            met = self.play_alone(&mut turns[number], limit, number == 0);
            limit = met.map_or(limit, |(turn, _)| turn.at);
        }
        for (number, turn) in turns.iter_mut().enumerate() {
            if unsure == Some(number) || number > 0 && turn.at >= limit {
                continue;
            }
            if self.only_counts(turn.source) {
                self.count_until(turn, limit, number == 0);
            } else {
                let met = self.play_alone(turn, limit, number == 0);
                debug_assert!(met.is_none(), "a source met something that no verdict knew of");
            }
        }
        met.map_or(Played::AllUntil, |(turn, place)| Played::Until(turn, place))
    }

    /// Plays requests of one source up to `limit`, its next at least if it is `due`; the request that is not plain.
    fn play_alone(&mut self, turn: &mut Turn, limit: Moment, due: bool) -> Option<(Turn, usize)> {
        if turn.at >= limit && !due {
            return None;
        }
        self.run_on += u64::from(!due);
        match self.run_plainly(turn.at, turn.source as usize, limit) {
            Run::Ends(next) => {
                (turn.at, turn.rank) = (next, None);
                None
            }
            Run::Meets(at, place) => Some((Turn { at, ..*turn }, place)),
        }
    }

    /// Whether nothing of plain requests of a source counts but their number: they are lawful, and go round in turn.
    fn only_counts(&self, source: u16) -> bool {
        let settings = &self.plan.sources[source as usize];
        let turns = settings.order != Order::Roam || settings.routes.len() == 1;
        source as usize >= self.plan.attacker_sources && self.sources[source as usize].rejected == 0 && turns
    }

    /// Counts requests of a source up to `limit`, its next at least if it is `due`.
    fn count_until(&mut self, turn: &mut Turn, limit: Moment, due: bool) {
        let source = turn.source as usize;
        let gaps = self.streams.gaps[source].as_mut().expect("a source whose requests are plain is memoryless");
        let until = if due { limit.max(turn.at + Span::from_nanos(1)) } else { limit };
        let (count, next) = gaps.count(&self.trial, turn.at, until);
        let state = &mut self.sources[source];
        let routes = state.alive.len();
        if self.plan.sources[source].order == Order::Enumerate && routes > 1 {
            state.cursor = (state.cursor + count as usize) % routes;
        }
        state.presented += count;
        self.run_on += count - u64::from(due);
        (turn.at, turn.rank) = (next, None);
    }

    /// Until when requests of a source are known to be plain wherever they go, if nothing happens.
    fn sure_until(&self, turn: Turn) -> Option<Moment> {
        let verdicts = &self.sources[turn.source as usize].verdicts;
        let known = verdicts.iter().all(|verdict| verdict.found_after == self.happened && turn.at < verdict.until);
        known.then(|| verdicts.iter().map(|verdict| verdict.until).min()).flatten()
    }
}
