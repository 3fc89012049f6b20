//! The events of a story: what is on a tape, in words, folded so that one line says what a hundred requests say.

use super::story_lanes::{ATTACKER, DEFENDER, Lanes};
use super::story_words::{count, deed, length, names, reaction, relative, seconds};
use crate::model::channel::contract::{Arrival, Brings, UnknownKey};
use crate::model::fault::{Ails, Part};
use crate::model::ledger::{Ledger, Outcome, Presenter, RequestEntry};
use crate::model::play::compiled::plan::Plan;
use crate::model::system::Start;
use crate::model::tape::{Attempted, Scene, Tape};
use crate::model::verifier::Action;
use crate::record::story::{Event, EventKind, Weight};
use crate::units::time::{Moment, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What a teller knows.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The plan.
    pub plan: &'a Plan<'a>,
    /// The tape.
    pub tape: &'a Tape,
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The lanes.
    pub lanes: &'a Lanes,
    /// When every door was shut, if ever.
    pub contained_at: Option<Moment>,
    /// The target whose door shut last.
    pub last_target: Option<usize>,
}

impl Facts<'_> {
    /// The revocation, or the expiry that came before it.
    pub fn turning_point(&self) -> Option<Moment> {
        self.ledger.invalidated_at
    }

    /// What the turning point is called.
    pub fn turning_name(&self) -> &'static str {
        if self.ledger.outcome == Outcome::ExpiredBeforeRevocation { "expiry" } else { "revocation" }
    }

    /// A moment as it is told.
    pub fn when(&self, at: Moment) -> String {
        relative(at, self.turning_point(), self.turning_name())
    }

    /// Replays of the attacker.
    pub fn replays(&self) -> impl Iterator<Item = &RequestEntry> {
        self.tape.requests.iter().filter(|request| matches!(request.by, Presenter::Attacker(_)))
    }

    /// Whether a replay was presented at or after the turning point.
    pub fn after(&self, request: &RequestEntry) -> bool {
        self.turning_point().is_some_and(|zero| request.presented_at >= zero)
    }
}

/// What a verifier was told: the channel, the verifier, what arrived, and which credentials it is about.
type Heard<'t> = (u16, u16, Arrival, &'t Vec<u16>);

/// Every event, in order of time.
pub fn events(facts: Facts<'_>) -> Vec<Event> {
    let mut teller = Teller { facts, told: Vec::new() };
    teller.exposure();
    teller.scenes();
    teller.lives();
    teller.news();
    teller.doors();
    teller.reuse();
    teller.ending();
    teller.told.retain(|event| event.at <= seconds(facts.ledger.ended_at));
    teller.told.sort_by(|a, b| a.at.total_cmp(&b.at));
    teller.told
}

/// A story under way.
pub struct Teller<'a> {
    /// What is known.
    pub facts: Facts<'a>,
    /// What is told so far.
    pub told: Vec<Event>,
}

use EventKind as Kind;
use Weight::{Decisive, Detail, Notable};

impl Teller<'_> {
    /// Tells one event.
    pub fn tell(&mut self, at: Moment, lane: usize, kind: Kind, weight: Weight, (label, what): (&str, String)) {
        let at = seconds(at.max(Moment::ZERO));
        let event = Event { at, lane, kind, what, label: label.to_owned(), weight };
        if self.told.last() != Some(&event) {
            self.told.push(event);
        }
    }

    fn exposure(&mut self) {
        let plan = self.facts.plan;
        let stolen = names(plan.compromised.iter().map(|c| plan.system.credentials[plan.original(*c)].name.as_str()));
        let first = plan.compromised.first().map_or(ATTACKER, |c| self.facts.lanes.credentials[plan.original(*c)]);
        self.tell(Moment::ZERO, first, Kind::Exposed, Decisive, ("exposed", format!("exposed: {stolen}")));
    }

    /// Whether the attacker has been at work for ever.
    pub fn always_there(&self) -> bool {
        let plan = self.facts.plan;
        plan.system.start != Start::FirstUse && plan.sources[..plan.attacker_sources].iter().any(|s| s.standing)
    }

    fn scenes(&mut self) {
        let Facts { plan, tape, lanes, ledger, .. } = self.facts;
        let system = plan.system;
        let always_there = self.always_there();
        if always_there {
            let what = "has been using it since before the exposure".to_owned();
            self.tell(Moment::ZERO, ATTACKER, Kind::Attack, Decisive, ("in use", what));
        }
        for (at, scene) in &tape.scenes {
            let at = *at;
            match scene {
                Scene::Found(_) if always_there => {}
                Scene::Found(copy) => {
                    let what = format!("finds {}", system.attacker.steals[usize::from(*copy)].name);
                    let first = self.facts.ledger.acquired_at == Some(at);
                    let weight = if first { Decisive } else { Notable };
                    self.tell(at, ATTACKER, Kind::Attack, weight, ("found", what));
                }
                Scene::Detected => {
                    let what = format!("knows, {} after the exposure", length(at, Moment::ZERO));
                    self.tell(at, DEFENDER, Kind::Defence, Decisive, ("detected", what));
                }
                Scene::Decided if ledger.detected_at == Some(at) => {}
                Scene::Decided => {
                    self.tell(at, DEFENDER, Kind::Defence, Notable, ("decided", "has decided to act".to_owned()));
                }
                Scene::Attempted { step, end } => self.attempted(at, usize::from(*step), end),
                Scene::ReadReplicasKnow(credential) => {
                    let issuer = system.credentials[usize::from(*credential)].issuer;
                    let lane = issuer.map_or(DEFENDER, |issuer| lanes.issuers[issuer.index()]);
                    let what = "its last read replica knows of it".to_owned();
                    self.tell(at, lane, Kind::Heard, Notable, ("replicas know", what));
                }
                Scene::Undone(credentials) => {
                    let of = names(credentials.iter().map(|c| system.credentials[usize::from(*c)].name.as_str()));
                    let what = format!("undoes a revocation of {of}: it is good again");
                    self.tell(at, ATTACKER, Kind::Attack, Decisive, ("undone", what));
                }
                Scene::Down { fault, until } => self.down(at, usize::from(*fault), *until),
                // What happened before the exposure has left its trace in the caches.
                Scene::Restarted(_) if at < Moment::ZERO => {}
                Scene::Restarted(cache) => {
                    let lane =
                        plan.readers[cache.index()].first().map_or(ATTACKER, |v| lanes.verifiers[usize::from(*v)]);
                    let what = format!("cache {} restarts empty", system.caches[cache.index()].name);
                    self.tell(at, lane, Kind::Trouble, Detail, ("restart", what));
                }
                Scene::Expired(credential) => {
                    let lane = lanes.credentials[usize::from(*credential)];
                    self.tell(at, lane, Kind::Closed, Decisive, ("expires", "expires".to_owned()));
                }
                Scene::Refused(client) => {
                    let what =
                        format!("lawful {} is refused for the first time", system.lawful[usize::from(*client)].name);
                    self.tell(at, DEFENDER, Kind::Trouble, Detail, ("", what));
                }
                Scene::Replaced(client) => {
                    let what = format!("lawful {} holds its replacement", system.lawful[usize::from(*client)].name);
                    self.tell(at, DEFENDER, Kind::Trouble, Detail, ("", what));
                }
                Scene::Sent { .. } | Scene::Listed { .. } | Scene::Arrived { .. } | Scene::Minted(_) => {}
            }
        }
    }

    fn attempted(&mut self, at: Moment, step: usize, end: &Attempted) {
        let Facts { plan, ledger, lanes, .. } = self.facts;
        let settings = plan.system.defender.playbook.get(step);
        let does = match settings {
            Some(settings) => format!("step {} ({})", step + 1, deed(&settings.does, plan.system)),
            None => "the use of a spent refresh token, and revokes its family".to_owned(),
        };
        match end {
            Attempted::Failed => {
                let what = format!("{does} fails");
                self.tell(at, DEFENDER, Kind::Defence, Decisive, ("failed", what));
            }
            Attempted::Refused => {
                let what = format!("{does} is refused by the issuer");
                self.tell(at, DEFENDER, Kind::Defence, Decisive, ("refused", what));
            }
            Attempted::Recorded { named, .. } if named.is_empty() => {
                let what = format!("carries out {does}");
                self.tell(at, DEFENDER, Kind::Defence, Decisive, ("done", what));
            }
            Attempted::Recorded { named, changed } => {
                let issuer = named.first().and_then(|c| plan.system.credentials[usize::from(*c)].issuer);
                let lane = issuer.map_or(DEFENDER, |issuer| lanes.issuers[issuer.index()]);
                let without: Vec<&str> = named
                    .iter()
                    .filter(|c| !changed.contains(c))
                    .map(|c| plan.system.credentials[plan.original(*c)].name.as_str())
                    .collect();
                let replacing = settings.is_some_and(|step| step.replaces().is_some());
                let effect = match without.as_slice() {
                    [] => String::new(),
                    ignored if replacing => {
                        format!(": {} stays good until copies are replaced", names(ignored.iter().copied()))
                    }
                    ignored => format!(", but {} stays good there", names(ignored.iter().copied())),
                };
                let first = ledger.revoked_at == Some(at);
                let (kind, label) = if first { (Kind::Revoked, "revoked") } else { (Kind::Defence, "recorded") };
                let what = format!("records {does}{effect}");
                self.tell(at, lane, kind, Decisive, (label, what));
            }
        }
    }

    fn down(&mut self, at: Moment, fault: usize, until: Moment) {
        let Facts { plan, ledger, lanes, contained_at, .. } = self.facts;
        if until <= Moment::ZERO {
            return;
        }
        let at = at.max(Moment::ZERO);
        let fault = &plan.system.faults[fault];
        let lane = match fault.part {
            Part::Issuer(issuer) => lanes.issuers[issuer.index()],
            Part::Channel(channel) => lanes.channels[channel.index()],
            Part::Feeding(_, channel) => lanes.channels[channel.index()],
            Part::Verifier(verifier) | Part::Between(verifier, _) | Part::Hearing(verifier, _) => {
                lanes.verifiers[verifier.index()]
            }
            Part::Passing(_, behind) => lanes.verifiers[behind.index()],
            // Whoever looks into it tells of its restart.
            Part::Cache(_) => return,
        };
        let during = self
            .facts
            .turning_point()
            .is_some_and(|zero| until > zero && at <= contained_at.unwrap_or(ledger.ended_at));
        let weight = if during { Decisive } else { Detail };
        let lasts = if until.is_never() { "for good".to_owned() } else { format!("for {}", length(until, at)) };
        let (label, state) = match (fault.part, fault.ails) {
            (_, Ails::Slow(times)) => ("slow", format!("takes {times} times as long {lasts}")),
            (_, Ails::ClockOff(ahead)) if ahead < Span::ZERO => {
                ("clock off", format!("has a clock that is {} behind {lasts}", (Span::ZERO - ahead).human()))
            }
            (_, Ails::ClockOff(ahead)) => ("clock off", format!("has a clock that is {} ahead {lasts}", ahead.human())),
            (_, Ails::Restarted) => ("restarts", "restarts, and has lost what it kept".to_owned()),
            (Part::Between(..), Ails::Down) => ("down", format!("cannot reach its issuer {lasts}")),
            (Part::Hearing(_, channel), Ails::Down) => {
                ("down", format!("cannot be reached by {} {lasts}", plan.system.channels[channel.index()].name))
            }
            (Part::Feeding(..), Ails::Down) => ("down", format!("is cut off from its issuer {lasts}")),
            (Part::Passing(outer, _), Ails::Down) => {
                ("down", format!("cannot be reached from {} {lasts}", plan.system.verifiers[outer.index()].name))
            }
            (_, Ails::Down) => ("down", format!("is down {lasts}")),
        };
        self.tell(at, lane, Kind::Trouble, weight, (label, format!("{state} ({})", fault.name)));
    }

    fn news(&mut self) {
        let Facts { plan, tape, lanes, .. } = self.facts;
        let system = plan.system;
        let mut heard: BTreeMap<Heard<'_>, Vec<Moment>> = BTreeMap::new();
        for (at, scene) in &tape.scenes {
            match scene {
                Scene::Sent { channel, listeners, unheard, down } => {
                    let lane = lanes.channels[usize::from(*channel)];
                    let kind = system.channels[usize::from(*channel)].channel.kind().name;
                    let fetched = matches!(
                        system.channels[usize::from(*channel)].channel.brings(),
                        Brings::Keys { unknown: UnknownKey::IsFetched, .. }
                    );
                    let what = match (*down, *unheard) {
                        (_, 1..) if fetched => {
                            let who = count(u64::from(*unheard), "replica fetches", "replicas fetch");
                            format!("has a new key: {who} it at the first token that it does not know")
                        }
                        (true, unheard) if unheard == *listeners => format!("is down: its {kind} tells nobody"),
                        (_, 0) => format!(
                            "sends the news ({kind}) to {}",
                            count(u64::from(*listeners), "replica", "replicas")
                        ),
                        (_, unheard) => format!(
                            "sends the news ({kind}) to {}: {unheard} never heard it",
                            count(u64::from(*listeners), "replica", "replicas")
                        ),
                    };
                    let lost = *unheard > 0 && !fetched;
                    let weight = if lost { Decisive } else { Notable };
                    let label = if lost { format!("sent, {unheard} of {listeners} lost") } else { "sent".into() };
                    self.tell(*at, lane, Kind::Sent, weight, (&label, what));
                }
                Scene::Listed { channel, readable } => {
                    let lane = lanes.channels[usize::from(*channel)];
                    match readable {
                        None => self.tell(
                            *at,
                            lane,
                            Kind::Sent,
                            Decisive,
                            ("not written", "the list is not written".into()),
                        ),
                        Some((from, until)) => {
                            self.tell(*from, lane, Kind::Heard, Notable, ("listed", "the list names it".into()));
                            if !until.is_never() {
                                self.tell(
                                    *until,
                                    lane,
                                    Kind::Trouble,
                                    Notable,
                                    ("forgotten", "the list forgets it".into()),
                                );
                            }
                        }
                    }
                }
                Scene::Arrived { channel, verifier, what, about } => {
                    heard.entry((*channel, *verifier, *what, about)).or_default().push(*at);
                }
                _ => {}
            }
        }
        self.heard(&heard);
    }

    /// What verifiers heard, of one revocation at a time: news of another may be no news to them.
    fn heard(&mut self, heard: &BTreeMap<Heard<'_>, Vec<Moment>>) {
        let Facts { plan, lanes, .. } = self.facts;
        let system = plan.system;
        let several = heard.keys().map(|(.., about)| *about).filter(|about| !about.is_empty()).collect::<BTreeSet<_>>();
        for ((channel, verifier, what, about), times) in heard {
            let (channel, verifier, what) = (*channel, *verifier, *what);
            let action = plan.channels[usize::from(channel)]
                .listeners
                .iter()
                .find(|listener| listener.verifier == verifier)
                .map_or(Action::Evict, |listener| listener.action);
            let (first, last) = (times[0], times[times.len() - 1]);
            let more = match times.len() {
                1 => String::new(),
                n => format!(", {n} times until {}", self.facts.when(last)),
            };
            let by = &system.channels[usize::from(channel)].name;
            let of = match several.len() {
                0 | 1 => "it".to_owned(),
                _ => names(about.iter().map(|c| system.credentials[usize::from(*c)].name.as_str())),
            };
            let told = if what == Arrival::News {
                format!("hears of {of} by {by}{more}: ")
            } else {
                format!("by {by}{more}: ")
            };
            let (weight, kind) = if what == Arrival::News { (Notable, Kind::Heard) } else { (Decisive, Kind::Trouble) };
            let label = if what == Arrival::News { "told" } else { "list" };
            let lane = lanes.verifiers[usize::from(verifier)];
            self.tell(first, lane, kind, weight, (label, format!("{told}{}", reaction(what, action))));
        }
    }

    fn ending(&mut self) {
        let Facts { ledger, tape, lanes, contained_at, .. } = self.facts;
        let Some(zero) = self.facts.turning_point() else {
            let what = "the trial ends: nobody has revoked it".to_owned();
            return self.tell(ledger.ended_at, DEFENDER, Kind::End, Decisive, ("end", what));
        };
        match contained_at {
            Some(at) => {
                let what = format!("contained, {} after the {}", length(at, zero), self.facts.turning_name());
                self.tell(at, DEFENDER, Kind::End, Decisive, ("contained", what));
            }
            None => {
                let open = tape.targets.iter().zip(&lanes.targets);
                let open = open.filter(|(s, _)| s.last().is_some_and(|s| s.to.is_none()));
                let mut open: Vec<&str> = open.map(|(_, lane)| lanes.lanes[*lane].name.as_str()).collect();
                open.dedup();
                let what = format!("the trial ends, not contained; still open: {}", names(open));
                self.tell(ledger.ended_at, DEFENDER, Kind::End, Decisive, ("end, not contained", what));
            }
        }
    }
}
