//! Telling: from a tape and a ledger to a story, with who won the race and what decided it.
//!
//! Promises the numbers of the run: time to contain is read by the metric of the table of trials, and the doors are
//! those that the ledger was summed up from.

use super::chosen_trial::Chosen;
use super::recording::{Drill, Settings};
use super::story_events::{Facts, events};
use super::story_lanes::Lanes;
use super::story_words::{closed, count, entry, held, length, names, relative, seconds};
use crate::metric::definition::Metric;
use crate::metric::observation::Observation;
use crate::metric::seen::Selection;
use crate::model::id::VerifierId;
use crate::model::ledger::{HeldOpenBy, Ledger, Outcome, RequestEntry};
use crate::model::play::trial::Player;
use crate::model::system::System;
use crate::model::tape::{Attempted, Scene, Tape};
use crate::random::stream::Seed;
use crate::record::estimate::Figure;
use crate::record::story::{FORMAT, Replays, Story, Winner};
use crate::record::summary::EvidenceKind;
use crate::units::time::{Moment, Span};

/// Times that are kept at each end of a fold of replays.
const KEPT: usize = 32;

/// Plays the chosen trial again, with a tape, and tells it.
pub fn tell(drill: &Drill<'_>, settings: &Settings, chosen: &Chosen) -> Story {
    let (ledger, mut tape) =
        Player::with_engine(&drill.plan, drill.engine(settings.engine)).play_taped(Seed(settings.seed), chosen.number);
    as_seen(&mut tape, &ledger);
    as_shut(&mut tape, drill.plan.system);
    let time_to_contain = time_to_contain(drill, &ledger);
    let contained_at = match (ledger.invalidated_at, time_to_contain) {
        (Some(zero), Some(Observation::Value(nanos))) => Some(zero + Span::from_nanos(nanos)),
        (Some(_), None) => last_closing(&ledger),
        _ => None,
    };
    let lanes = Lanes::new(&drill.plan, &tape, &ledger);
    let last_target = last_target(&ledger);
    let facts = Facts { plan: &drill.plan, tape: &tape, ledger: &ledger, lanes: &lanes, contained_at, last_target };
    let (won_by, result) = winner(facts);
    Story {
        format: FORMAT.into(),
        evidence_kind: EvidenceKind::Simulated,
        version: env!("CARGO_PKG_VERSION").into(),
        scenario: settings.name.clone(),
        digest: drill.digest(settings),
        injected: drill.scenario.injected.clone(),
        start: drill.scenario.system.start.name().into(),
        seed: settings.seed.to_string(),
        trials: settings.trials,
        trial: chosen.number,
        chosen: chosen.because.clone(),
        outcome: ledger.outcome.name().into(),
        turning_point: ledger.invalidated_at.map(seconds),
        time_to_contain: time_to_contain.map(|observation| match observation {
            Observation::Censored(nanos) => Figure::Beyond(Span::from_nanos(nanos).seconds()),
            Observation::Value(nanos) => Figure::At(Span::from_nanos(nanos).seconds()),
            Observation::Was(_) | Observation::NotApplicable => Figure::Unbounded,
        }),
        ended_at: seconds(ledger.ended_at),
        events: events(facts),
        replays: replays(facts),
        won_by,
        result,
        decided_by: decided_by(facts),
        lanes: lanes.lanes,
    }
}

/// Where questions travel, a door is open as long as the ledger says that a replay went through it.
fn as_seen(tape: &mut Tape, ledger: &Ledger) {
    for (stretches, door) in tape.targets.iter_mut().zip(&ledger.targets) {
        if let (Some(last), Some(closed)) = (stretches.last_mut(), door.closed_at)
            && last.to.is_some_and(|to| to < closed)
        {
            last.to = Some(closed);
        }
    }
}

/// Of several verifiers on a way the one whose hold would have run out first is named as what held it. Where news or a
/// step shut another before that, it is the hold of that other one which ended.
fn as_shut(tape: &mut Tape, system: &System) {
    let Tape { targets, verifiers, .. } = tape;
    for (number, stretches) in targets.iter_mut().enumerate() {
        for stretch in stretches.iter_mut().filter(|stretch| stretch.to.is_some()) {
            let (to, by) = (stretch.to, stretch.closed_by);
            let ended = |id: &VerifierId| verifiers[id.index()].iter().find(|s| (s.to, s.closed_by) == (to, by));
            let routes = system.routes.iter().filter(|route| route.target.index() == number);
            let ways = routes.filter(|route| stretch.held_open_by.1.is_some_and(|at| route.verifiers.contains(&at)));
            let another = ways.flat_map(|route| &route.verifiers).find_map(ended);
            if let Some(other) = another.filter(|_| stretch.held_open_by.1.is_some_and(|at| ended(&at).is_none())) {
                (stretch.held_open_by, stretch.entry) = (other.held_open_by, other.entry);
            }
        }
    }
}

fn time_to_contain(drill: &Drill<'_>, ledger: &Ledger) -> Option<Observation> {
    let metric = Metric::named("time_to_contain").expect("the catalogue has time_to_contain");
    let read = metric.read(ledger, &Selection::default(), drill.circumstances());
    matches!(read, Observation::Value(_) | Observation::Censored(_)).then_some(read)
}

fn last_closing(ledger: &Ledger) -> Option<Moment> {
    let closings: Option<Vec<Moment>> = ledger.targets.iter().map(|door| door.closed_at).collect();
    closings?.into_iter().max()
}

/// The target whose door shut last; of several the first.
fn last_target(ledger: &Ledger) -> Option<usize> {
    let shut = |target: &usize| ledger.targets[*target].closed_at.unwrap_or(Moment::NEVER);
    (0..ledger.targets.len()).rev().max_by_key(shut)
}

fn winner(facts: Facts<'_>) -> (Winner, String) {
    let ledger = facts.ledger;
    match (ledger.outcome, facts.turning_point()) {
        (Outcome::Revoked, Some(zero)) => winner_after_a_revocation(facts, zero),
        (Outcome::ExpiredBeforeRevocation, Some(zero)) => {
            let ended =
                format!("it expired {} after the exposure, before anybody revoked it", length(zero, Moment::ZERO));
            (Winner::Nobody, format!("nobody: {ended}"))
        }
        _ => {
            let played = length(ledger.ended_at, Moment::ZERO);
            if ledger.acquired_at.is_none() {
                let told = format!("nobody: the attacker never had it, and nobody revoked it in the {played} played");
                return (Winner::Nobody, told);
            }
            (Winner::Attacker, format!("the attacker: nobody revoked it in the {played} that were played"))
        }
    }
}

fn winner_after_a_revocation(facts: Facts<'_>, zero: Moment) -> (Winner, String) {
    let ledger = facts.ledger;
    let accepted: u64 = ledger.uses.iter().map(|seen| seen.accepted_after).sum();
    let went_on = ledger.uses.iter().filter_map(|seen| seen.last_accepted).max();
    let replays = facts.replays().filter(|request| request.accepted && request.presented_at >= zero);
    let last = replays.map(|request| request.presented_at).max();
    let ran_on = went_on.filter(|end| last.is_none_or(|last| *end > last));
    let held = ran_on.map(|end| format!("a connection ran on until {} after it", length(end, zero)));
    match (last, held) {
        (Some(last), held) => {
            let replays = count(accepted, "replay was", "replays were");
            let after = format!("{replays} accepted after the revocation, the last {} after it", length(last, zero));
            let and = held.map_or(String::new(), |held| format!("; {held}"));
            (Winner::Attacker, format!("the attacker: {after}{and}"))
        }
        (None, Some(held)) => {
            (Winner::Attacker, format!("the attacker: no replay was accepted after the revocation, but {held}"))
        }
        (None, None) if facts.contained_at.is_none() => {
            let open = "but a door was still open when the trial ended";
            (Winner::Attacker, format!("the attacker: no replay was accepted after the revocation, {open}"))
        }
        (None, None) => {
            let rejected = match ledger.next_presented_at {
                Some(next) => format!("; the next came {} after it and was rejected", length(next, zero)),
                None => String::new(),
            };
            let unused = ledger.first_use_at.is_none_or(|first| first >= zero);
            let before = if unused { ", nor before it" } else { "" };
            (Winner::Defender, format!("the defender: no replay was accepted after the revocation{before}{rejected}"))
        }
    }
}

/// Who had the revocation recorded, and when the defender knew of the theft.
fn who_revoked(facts: Facts<'_>, revoked: Moment) -> Option<String> {
    let Facts { plan, ledger, tape, .. } = facts;
    let steps = plan.system.defender.playbook.len();
    let by_step = |(at, scene): &(Moment, Scene)| match scene {
        Scene::Attempted { step, end: Attempted::Recorded { .. } } if *at == revoked => {
            Some(usize::from(*step) < steps)
        }
        _ => None,
    };
    let by_step = tape.scenes.iter().find_map(by_step).unwrap_or(true);
    let detected = ledger.detected_at;
    let knew = match detected {
        Some(detected) if detected > revoked => {
            format!(", {} before the defender knew", length(detected, revoked))
        }
        Some(detected) if !by_step && detected < revoked => {
            format!(", {} after the defender knew", length(revoked, detected))
        }
        _ => String::new(),
    };
    match (by_step, ledger.by_luck) {
        (false, _) => Some(format!("by the issuer itself, which saw a spent token used again{knew}")),
        (true, true) => Some(format!("after a false alarm{knew}")),
        (true, false) => detected.map(|detected| {
            let known = length(detected, Moment::ZERO);
            format!("{known} of it until somebody knew, {} to act", length(revoked, detected))
        }),
    }
}

fn decided_by(facts: Facts<'_>) -> Vec<String> {
    let Facts { plan, ledger, lanes, tape, .. } = facts;
    let mut told = Vec::new();
    if let Some(revoked) = ledger.revoked_at {
        let recorded = format!("The revocation was recorded {} after the exposure", length(revoked, Moment::ZERO));
        let who = who_revoked(facts, revoked).map_or(String::new(), |who| format!(": {who}"));
        told.push(format!("{recorded}{who}."));
    }
    let Some(zero) = facts.turning_point() else { return told };
    let Some(target) = facts.last_target else { return told };
    let (door, name) = (&ledger.targets[target], facts.turning_name());
    let title = lanes.title(lanes.targets[target]);
    let (by, at) = tape.targets[target].last().map_or(door.held_open_by, |stretch| stretch.held_open_by);
    if by == HeldOpenBy::Nothing || door.closed_at == Some(zero) {
        told.push(format!("Every door was shut at the instant of the {name}."));
        return told;
    }
    let place = at.map_or(String::new(), |at| format!(" at {}", plan.system.verifiers[at.index()].name));
    told.push(match door.closed_at {
        Some(closed_at) => format!("The last door, {title}, was shut {}.", relative(closed_at, Some(zero), name)),
        None => format!("{title} was never shut."),
    });
    // What others held in between is told among the events.
    let mostly = if tape.targets[target].last().is_some_and(|stretch| stretch.took_over) { "mostly " } else { "" };
    told.push(format!("It was {mostly}held open{place} by {}.", held((by, at), plan.system, tape)));
    if let Some(stretch) = tape.targets[target].last() {
        if let Some(holding) = stretch.entry {
            told.push(format!("It was the {}.", entry(&holding, plan.system, Some(zero), name)));
        }
        if stretch.prolonged > 0 {
            told.push(format!("It was prolonged {}.", count(stretch.prolonged, "time", "times")));
        }
    }
    if door.closed_at.is_some() {
        told.push(format!("What shut it: {}.", closed(door.closed_by, plan.system)));
    }
    let alike =
        ledger.targets.iter().enumerate().filter(|(other, d)| *other != target && d.closed_at == door.closed_at);
    let alike: Vec<&str> = alike
        .filter(|(other, _)| lanes.targets[*other] != lanes.targets[target])
        .map(|(other, _)| plan.system.targets[other].name.as_str())
        .collect();
    if !alike.is_empty() {
        told.push(format!("As late: {}.", names(alike)));
    }
    told
}

/// Replays by target, one run of the same verdict and reason after the other.
fn replays(facts: Facts<'_>) -> Vec<Replays> {
    let system = facts.plan.system;
    let mut runs: Vec<(Replays, Vec<f64>)> = Vec::new();
    let mut current: Vec<Option<usize>> = vec![None; system.targets.len()];
    let zero = facts.turning_point();
    let side = |request: &RequestEntry| zero.is_some_and(|zero| request.presented_at >= zero);
    let mut sides: Vec<bool> = Vec::new();
    for request in facts.replays() {
        let (target, at) = (request.target.index(), seconds(request.presented_at));
        let goes_on = current[target].filter(|run| {
            let known = &runs[*run].0;
            known.accepted == request.accepted && known.reason == request.reason.name() && sides[*run] == side(request)
        });
        let run = goes_on.unwrap_or_else(|| {
            let fresh = Replays {
                target: system.targets[target].name.clone(),
                lane: facts.lanes.targets[target],
                accepted: request.accepted,
                reason: request.reason.name().to_owned(),
                count: 0,
                from: at,
                to: at,
                at: Vec::new(),
            };
            runs.push((fresh, Vec::new()));
            sides.push(side(request));
            runs.len() - 1
        });
        current[target] = Some(run);
        let (told, last) = &mut runs[run];
        told.count += 1;
        told.to = at;
        if told.at.len() < KEPT {
            told.at.push(at);
        } else {
            if last.len() == KEPT {
                last.remove(0);
            }
            last.push(at);
        }
    }
    let whole = |(mut told, last): (Replays, Vec<f64>)| {
        told.at.extend(last);
        told
    };
    runs.into_iter().map(whole).collect()
}
