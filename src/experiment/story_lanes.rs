//! The lanes of a story: who took part in a trial, and when their doors were open.
//!
//! Targets that stand behind one verifier and were open exactly as it was share its lane, so that a gateway with a
//! dozen targets is one line of the picture and not a dozen. So do the instances of a credential that was minted again
//! and again: its lane says when any of them was good, and the events on it when each began.

use super::attribution;
use super::story_words::seconds;
use crate::model::fault::{Ails, Part};
use crate::model::id::VerifierId;
use crate::model::ledger::Ledger;
use crate::model::play::compiled::plan::Plan;
use crate::model::system::System;
use crate::model::tape::{Scene, Stretch, Tape};
use crate::model::verifier::{Check, Verifier};
use crate::record::story::{self, Lane, LaneKind, State};
use crate::units::time::{Moment, Span};

/// The lanes, and where each part of the system is found among them.
#[derive(Debug, Default)]
pub struct Lanes {
    /// The lanes.
    pub lanes: Vec<Lane>,
    /// The lane of each issuer.
    pub issuers: Vec<usize>,
    /// The lane of each channel; the attacker's where nobody hears it.
    pub channels: Vec<usize>,
    /// The lane of each credential that was stolen or minted; the attacker's for others.
    pub credentials: Vec<usize>,
    /// The lane of each verifier.
    pub verifiers: Vec<usize>,
    /// The lane on which each target is found.
    pub targets: Vec<usize>,
}

/// The lane of the attacker.
pub const ATTACKER: usize = 0;
/// The lane of the defender.
pub const DEFENDER: usize = 1;

impl Lanes {
    /// The lanes of a trial.
    pub fn new(plan: &Plan<'_>, tape: &Tape, ledger: &Ledger) -> Self {
        let system = plan.system;
        let mut all = Self::default();
        all.add(LaneKind::Attacker, "attacker", Vec::new());
        all.add(LaneKind::Defender, "defender", Vec::new());
        for (number, issuer) in system.issuers.iter().enumerate() {
            let down = outages(tape, system, |part| matches!(part, Part::Issuer(id) if id.index() == number));
            let lane = all.add(LaneKind::Issuer, &issuer.name, down);
            all.issuers.push(lane);
        }
        all.credentials = vec![ATTACKER; plan.originals];
        let minted = tape.lives.iter().filter(|life| life.minted).map(|life| life.credential);
        for number in plan.compromised.iter().copied().chain(minted).map(usize::from) {
            if all.credentials[number] == ATTACKER {
                let lane = all.add(LaneKind::Credential, &system.credentials[number].name, good(tape, ledger, number));
                all.credentials[number] = lane;
            }
        }
        for (number, channel) in system.channels.iter().enumerate() {
            let of = &plan.channels[number];
            let heard = !of.listeners.is_empty() || !of.readers.is_empty();
            let down = outages(tape, system, |part| matches!(part, Part::Channel(id) if id.index() == number));
            let lane = if heard { all.add(LaneKind::Channel, &channel.name, down) } else { ATTACKER };
            all.channels.push(lane);
        }
        for (number, verifier) in system.verifiers.iter().enumerate() {
            let lane = all.add(LaneKind::Verifier, &verifier.name, doors(&tape.verifiers[number], system));
            all.lanes[lane].ended = ended(plan, tape, ledger, &tape.verifiers[number], [&[VerifierId::at(number)][..]]);
            all.verifiers.push(lane);
        }
        all.place_targets(plan, tape, ledger);
        all
    }

    fn add(&mut self, kind: LaneKind, name: &str, stretches: Vec<story::Stretch>) -> usize {
        self.lanes.push(Lane { kind, name: name.to_owned(), fronts: Vec::new(), ended: None, stretches });
        self.lanes.len() - 1
    }

    fn place_targets(&mut self, plan: &Plan<'_>, tape: &Tape, ledger: &Ledger) {
        for (number, target) in plan.system.targets.iter().enumerate() {
            let stretches = &tape.targets[number];
            let lane = match only_verifier(plan, number) {
                Some(verifier) if alike(stretches, &tape.verifiers[verifier]) => {
                    let lane = self.verifiers[verifier];
                    self.lanes[lane].fronts.push(target.name.clone());
                    lane
                }
                _ => {
                    let lane = self.add(LaneKind::Target, &target.name, doors(stretches, plan.system));
                    self.lanes[lane].fronts.push(target.name.clone());
                    let routes = plan.system.routes.iter().filter(|route| route.target.index() == number);
                    let ways = routes.map(|route| route.verifiers.as_slice());
                    self.lanes[lane].ended = ended(plan, tape, ledger, stretches, ways);
                    lane
                }
            };
            self.targets.push(lane);
        }
    }

    /// Whether a lane is of a verifier taken alone, while a target of the same name has a lane of its own.
    pub fn is_called_like_a_target(&self, lane: usize) -> bool {
        let Lane { kind, name, fronts, .. } = &self.lanes[lane];
        let alike = |other: &Lane| other.kind == LaneKind::Target && other.name == *name;
        *kind == LaneKind::Verifier && fronts.is_empty() && self.lanes.iter().any(alike)
    }

    /// The name of a lane with the targets on it, where they are called otherwise.
    pub fn title(&self, lane: usize) -> String {
        let Lane { name, fronts, .. } = &self.lanes[lane];
        let others: Vec<&str> = fronts.iter().map(String::as_str).filter(|target| target != name).collect();
        if others.is_empty() { name.clone() } else { format!("{name} ({})", super::story_words::names(others)) }
    }
}

/// The verifier before a target, if every way to it passes that one alone.
fn only_verifier(plan: &Plan<'_>, target: usize) -> Option<usize> {
    let mut routes =
        (0..plan.routes.len() as u16).filter(|route| usize::from(plan.routes[usize::from(*route)].target) == target);
    match (routes.next().map(|route| plan.hops_of(route)), routes.next()) {
        (Some([verifier]), None) => Some(usize::from(*verifier)),
        _ => None,
    }
}

fn alike(these: &[Stretch], those: &[Stretch]) -> bool {
    let pairs = these.iter().zip(those);
    these.len() == those.len()
        && pairs.into_iter().all(|(a, b)| {
            (a.from, a.to, a.held_open_by.0, a.closed_by) == (b.from, b.to, b.held_open_by.0, b.closed_by)
        })
}

/// When a credential was good at its issuer, or any instance of it: stretches that meet are one.
fn good(tape: &Tape, ledger: &Ledger, credential: usize) -> Vec<story::Stretch> {
    let lives = tape.lives.iter().filter(|life| usize::from(life.credential) == credential);
    let mut spans: Vec<(Moment, Moment)> = lives.flat_map(|life| life.good.iter().copied()).collect();
    spans.retain(|(from, _)| *from <= ledger.ended_at);
    spans.sort_unstable();
    let mut joined: Vec<((Moment, Moment), u64)> = Vec::new();
    for (from, to) in spans {
        match joined.last_mut() {
            Some(((_, end), more)) if from <= *end => {
                *more += 1;
                *end = to.max(*end);
            }
            _ => joined.push(((from, to), 0)),
        }
    }
    let told = |((from, to), more)| story::Stretch { prolonged: more, ..plain(from, to, ledger.ended_at, State::Good) };
    joined.into_iter().map(told).collect()
}

/// Until when anything of the attacker's opened a door that was shut when the turning point came, if it had ended
/// before; each way to the door is the verifiers on it.
fn ended<'w>(
    plan: &Plan<'_>,
    tape: &Tape,
    ledger: &Ledger,
    stretches: &[Stretch],
    ways: impl IntoIterator<Item = &'w [VerifierId]>,
) -> Option<f64> {
    let zero = ledger.invalidated_at?;
    if stretches.first()?.to != Some(zero) {
        return None;
    }
    let of_way = |way: &[VerifierId]| {
        let verifiers = || way.iter().map(|id| &plan.system.verifiers[id.index()]);
        let ends = tape.lives.iter().filter_map(|life| {
            let credential = &plan.system.credentials[usize::from(life.credential)];
            let good = life.good.iter().filter(|(from, _)| *from < zero).map(|(_, to)| *to).max()?;
            let leeway = |one: &Verifier| one.leeway.unwrap_or(credential.leeway);
            // Who looks at the end that a credential shows lets it in for the leeway beyond it.
            let shown = good == life.expires && credential.kind.shows_its_end();
            let leeways = verifiers().filter(|one| shown && one.check != Check::Nothing).map(leeway);
            let taken = verifiers().all(|one| one.accepts.iter().any(|id| id.0 == life.credential));
            taken.then(|| good + leeways.min().unwrap_or(Span::ZERO))
        });
        ends.max().unwrap_or(Moment::ZERO)
    };
    let last = ways.into_iter().map(of_way).max().unwrap_or(Moment::ZERO);
    (last < zero).then(|| seconds(last))
}

fn outages(tape: &Tape, system: &System, is: impl Fn(Part) -> bool) -> Vec<story::Stretch> {
    let down = tape.scenes.iter().filter_map(|(from, scene)| match scene {
        Scene::Down { fault, until }
            if is(system.faults[usize::from(*fault)].part) && system.faults[usize::from(*fault)].ails == Ails::Down =>
        {
            Some(plain(*from, *until, Moment::NEVER, State::Down))
        }
        _ => None,
    });
    down.collect()
}

fn plain(from: Moment, to: Moment, end: Moment, state: State) -> story::Stretch {
    story::Stretch {
        from: seconds(from),
        to: (!to.is_never() && to <= end).then(|| seconds(to)),
        state,
        held_open_by: String::new(),
        held_at: String::new(),
        closed_by: String::new(),
        prolonged: 0,
        entry: None,
    }
}

fn doors(stretches: &[Stretch], system: &System) -> Vec<story::Stretch> {
    let told = |stretch: &Stretch| story::Stretch {
        from: seconds(stretch.from),
        to: stretch.to.map(seconds),
        state: State::Open,
        held_open_by: stretch.held_open_by.0.name().to_owned(),
        held_at: stretch.held_open_by.1.map_or_else(String::new, |at| system.verifiers[at.index()].name.clone()),
        closed_by: attribution::closed_by(stretch.closed_by, system),
        prolonged: stretch.prolonged,
        entry: stretch.entry.map(|entry| story::Entry {
            cache: system.caches[entry.cache.index()].name.clone(),
            replica: entry.replica,
            answered_at: seconds(entry.answered_at),
            loaded_at: seconds(entry.loaded_at),
        }),
    };
    stretches.iter().map(told).collect()
}
