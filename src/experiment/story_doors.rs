//! The doors of a story, and what the attacker got through them: when each was shut and opened again, by what, and the
//! replays at it, folded.
//!
//! Promises a line for each door that a reader cares for: those of targets. A verifier that is no target's only door
//! is a detail.

use super::story_events::{Facts, Teller};
use super::story_lanes::{ATTACKER, DEFENDER};
use super::story_words::{closed, count, entry, held, names};
use crate::model::ledger::RequestEntry;
use crate::model::tape::Stretch;
use crate::record::story::EventKind as Kind;
use crate::record::story::LaneKind;
use crate::record::story::Weight::{self, Decisive, Detail, Notable};
use crate::report::phrase;

impl Teller<'_> {
    /// The doors that a reader cares for: those of targets, and verifiers that are no target's only door.
    pub fn doors(&mut self) {
        let Facts { tape, lanes, .. } = self.facts;
        let Some(zero) = self.facts.turning_point() else { return };
        let last = self.facts.last_target.map(|target| lanes.targets[target]);
        let (mut open, mut shut, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for lane in 0..lanes.lanes.len() {
            let stretches: &[Stretch] = match lanes.lanes[lane].kind {
                LaneKind::Target => lanes.targets.iter().position(|l| *l == lane).map_or(&[], |t| &tape.targets[t]),
                LaneKind::Verifier => {
                    lanes.verifiers.iter().position(|l| *l == lane).map_or(&[], |v| &tape.verifiers[v])
                }
                _ => &[],
            };
            let Some(first) = stretches.first() else { continue };
            let is_door = !lanes.lanes[lane].fronts.is_empty();
            if is_door {
                let list = match (first.to == Some(zero), lanes.lanes[lane].ended) {
                    // What nothing stolen or minted opens was no door.
                    (true, Some(_)) if !self.is_opened(lane) => continue,
                    (true, Some(_)) => &mut before,
                    (true, None) => &mut shut,
                    (false, _) => &mut open,
                };
                list.extend(lanes.lanes[lane].fronts.iter().map(String::as_str));
            }
            let weight = if Some(lane) == last {
                Decisive
            } else if is_door {
                Notable
            } else {
                Detail
            };
            for (at, stretch) in stretches.iter().enumerate() {
                let edge = at < 2 || at + 2 >= stretches.len();
                self.door(lane, at, stretch, if edge { weight } else { Detail });
            }
        }
        let plural = |doors: &[&str]| if doors.len() == 1 { "door" } else { "doors" };
        if !before.is_empty() {
            let (many, them) = (plural(&before), names(before.iter().copied()));
            let what = format!("finds {} {many} shut already: {them}", before.len());
            self.tell(zero, self.turning_lane(), Kind::Closed, Notable, ("", what));
        }
        if !shut.is_empty() {
            let what = format!("shuts {} {} at once: {}", shut.len(), plural(&shut), names(shut.iter().copied()));
            self.tell(zero, self.turning_lane(), Kind::Closed, Notable, ("", what));
        }
        if !open.is_empty() {
            let what = format!("leaves {} {} open: {}", open.len(), plural(&open), names(open.iter().copied()));
            self.tell(zero, self.turning_lane(), Kind::Opened, Decisive, ("", what));
        }
    }

    /// Whether anything that is stolen or minted opens a target of a lane.
    fn is_opened(&self, lane: usize) -> bool {
        let Facts { plan, lanes, .. } = self.facts;
        let of_it = (0..lanes.targets.len()).filter(|target| lanes.targets[*target] == lane);
        of_it.into_iter().any(|target| !plan.ways_to[target].is_empty() || !plan.minted_ways_to[target].is_empty())
    }

    /// The lane on which the turning point is told.
    fn turning_lane(&self) -> usize {
        self.told.iter().find(|event| event.kind == Kind::Revoked).map_or(DEFENDER, |event| event.lane)
    }

    fn door(&mut self, lane: usize, number: usize, stretch: &Stretch, weight: Weight) {
        let (zero, name) = (self.facts.turning_point(), self.facts.turning_name());
        let system = self.facts.plan.system;
        let alone = if self.facts.lanes.is_called_like_a_target(lane) { " (verifier alone)" } else { "" };
        let by = stretch.entry.map_or_else(
            || held(stretch.held_open_by, system, self.facts.tape),
            |e| format!("{} ({})", stretch.held_open_by.0.name(), entry(&e, system, zero, name)),
        );
        if number > 0 {
            let at_first = if stretch.opened_by == stretch.held_open_by && stretch.prolonged == 0 {
                by.clone()
            } else {
                held(stretch.opened_by, system, self.facts.tape)
            };
            self.tell(
                stretch.from,
                lane,
                Kind::Opened,
                weight,
                ("opens again", format!("opens again{alone}: {at_first}")),
            );
        }
        let Some(to) = stretch.to else { return };
        if number == 0 && Some(to) == zero {
            return;
        }
        let prolonged = match (stretch.prolonged, stretch.prolonged_at) {
            (0, _) | (_, None) => String::new(),
            (n, Some(at)) => format!("; prolonged {}, last {}", count(n, "time", "times"), self.facts.when(at)),
        };
        // Of several things one after the other it is named what did for the longest stretch.
        let mostly = if stretch.took_over { "mostly " } else { "" };
        let closed = closed(stretch.closed_by, system);
        let what = format!("shut{alone} by {closed}, held until then {mostly}by {by}{prolonged}");
        let label = super::attribution::closed_by(stretch.closed_by, system);
        self.tell(to, lane, Kind::Closed, weight, (&label, what));
    }

    /// What the attacker got, folded: its first use, and by lane the first rejection and the last acceptance.
    pub fn reuse(&mut self) {
        let facts = self.facts;
        let system = facts.plan.system;
        let target = |request: &RequestEntry| system.targets[request.target.index()].name.as_str();
        let before: Vec<&RequestEntry> = facts.replays().filter(|r| r.accepted && !facts.after(r)).collect();
        if let Some(first) = before.first().filter(|_| !self.always_there()) {
            let what = format!("is accepted for the first time, at {} ({})", target(first), first.reason.name());
            self.tell(first.presented_at, ATTACKER, Kind::Accepted, Decisive, ("first use", what));
        }
        if let (Some(last), Some(_)) = (before.last(), facts.turning_point()) {
            let mut at: Vec<&str> = before.iter().map(|request| target(request)).collect();
            at.sort_unstable();
            at.dedup();
            let many = count(before.len() as u64, "replay was accepted", "replays were accepted");
            let what = format!("{many} before the {}, at {}", facts.turning_name(), names(at));
            self.tell(last.presented_at, ATTACKER, Kind::Accepted, Notable, ("", what));
        }
        let after: Vec<&RequestEntry> = facts.replays().filter(|r| facts.after(r)).collect();
        let last_of_all = after.iter().filter(|r| r.accepted).map(|r| r.presented_at).max();
        for lane in 0..facts.lanes.lanes.len() {
            let here: Vec<&RequestEntry> =
                after.iter().copied().filter(|r| facts.lanes.targets[r.target.index()] == lane).collect();
            let accepted: Vec<&RequestEntry> = here.iter().copied().filter(|r| r.accepted).collect();
            if let Some(last) = accepted.last() {
                let weight = if Some(last.presented_at) == last_of_all { Decisive } else { Notable };
                let of = match accepted.len() {
                    1 => "the only replay accepted".to_owned(),
                    n => format!("the last of {} replays accepted", phrase::count(n as u64)),
                };
                let what =
                    format!("{of} after the {}, at {} ({})", facts.turning_name(), target(last), last.reason.name());
                self.tell(last.presented_at, lane, Kind::Accepted, weight, ("last accepted", what));
            }
            if let Some(first) = here.iter().find(|r| !r.accepted) {
                let what =
                    format!("a replay is rejected for the first time, at {} ({})", target(first), first.reason.name());
                self.tell(first.answered_at, lane, Kind::Rejected, Notable, ("first rejected", what));
            }
        }
    }
}
