//! One trial as a story: who did what when, which doors were open, who won the race and what decided it.
//!
//! All times are seconds since the exposure. A story speaks of one trial and supports no estimate: the numbers of a
//! run stand in its record.

use super::estimate::Figure;
use super::summary::EvidenceKind;
use serde::{Deserialize, Serialize};

/// Name and version of the format.
pub const FORMAT: &str = "revdrill-story/1";

/// A trial, told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// The format and its version.
    pub format: String,
    /// Whether it was simulated.
    pub evidence_kind: EvidenceKind,
    /// Version of the program.
    pub version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Digest of everything that decides the run but the seed.
    pub digest: String,
    /// Failure modes that were put into the scenario, as written.
    pub injected: Vec<String>,
    /// In what state trials start.
    pub start: String,
    /// The seed.
    pub seed: String,
    /// Trials of the run it belongs to.
    pub trials: u64,
    /// Its number among them, from 0.
    pub trial: u64,
    /// Why this one is told.
    pub chosen: String,
    /// How it ended, in the words of `trials.csv`.
    pub outcome: String,
    /// When the revocation was recorded, or the credentials expired before it; none if neither came.
    pub turning_point: Option<f64>,
    /// Time to contain of the row of this trial; none if it was not revoked.
    pub time_to_contain: Option<Figure>,
    /// When it ended.
    pub ended_at: f64,
    /// Who took part, and when their doors were open or their parts down.
    pub lanes: Vec<Lane>,
    /// What happened, in order of time.
    pub events: Vec<Event>,
    /// What the attacker presented, folded.
    pub replays: Vec<Replays>,
    /// Who won the race.
    pub won_by: Winner,
    /// The same in a sentence.
    pub result: String,
    /// What decided it, in sentences.
    pub decided_by: Vec<String>,
}

/// Who won the race between invalidation and reuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// No replay was accepted after the revocation.
    Defender,
    /// Replays were accepted after the revocation, or nobody revoked.
    Attacker,
    /// The credentials expired before anybody revoked them.
    Nobody,
}

/// Somebody or something that took part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// What it is.
    pub kind: LaneKind,
    /// Its name in the scenario.
    pub name: String,
    /// Targets that stand behind a verifier and were open exactly as it was.
    pub fronts: Vec<String>,
    /// Until when anything of the attacker's opened its door, where that had ended before the turning point and nothing
    /// held the door open then; the exposure where nothing had opened it by then.
    pub ended: Option<f64>,
    /// When its door was open since the turning point, or its part was down, or it or any instance of it was good.
    pub stretches: Vec<Stretch>,
}

impl Lane {
    /// Whether it is of a verifier that lets everything pass and is no target's only door: it is never shut, and nothing
    /// of the race depends on it.
    pub fn checks_nothing(&self) -> bool {
        let last = self.stretches.last();
        self.kind == LaneKind::Verifier
            && self.fronts.is_empty()
            && last.is_some_and(|stretch| stretch.to.is_none() && stretch.held_open_by == "no_check")
    }
}

/// What a lane is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneKind {
    /// The attacker.
    Attacker,
    /// The defender.
    Defender,
    /// An issuer.
    Issuer,
    /// A credential that was stolen or minted.
    Credential,
    /// A channel of news.
    Channel,
    /// A target whose door is not that of a single verifier.
    Target,
    /// A verifier.
    Verifier,
}

/// A stretch of time on a lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// When it began.
    pub from: f64,
    /// When it ended; none if it had not by the end of the trial.
    pub to: Option<f64>,
    /// What it is.
    pub state: State,
    /// What held a door open last, in the words of a record; empty for other lanes.
    pub held_open_by: String,
    /// The verifier where it was held.
    pub held_at: String,
    /// What shut it, in the words of a record.
    pub closed_by: String,
    /// How often what held it was prolonged.
    pub prolonged: u64,
    /// The entry of a cache that held it last.
    pub entry: Option<Entry>,
}

/// What a stretch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A credential is good.
    Good,
    /// A door is open though the credentials have ended.
    Open,
    /// A part is down.
    Down,
}

/// An entry of a cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The cache.
    pub cache: String,
    /// The replica that held it, from 0, where each has its own.
    pub replica: Option<u32>,
    /// When the issuer composed the answer; before 0 where standing traffic had loaded it.
    pub answered_at: f64,
    /// When it was put into the cache.
    pub loaded_at: f64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: f64,
    /// The number of its lane.
    pub lane: usize,
    /// What it is.
    pub kind: EventKind,
    /// What happened, in words.
    pub what: String,
    /// What it is called in a picture.
    pub label: String,
    /// How much the story needs it.
    pub weight: Weight,
}

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The credentials lay open.
    Exposed,
    /// The attacker has a copy, or uses it.
    Attack,
    /// The defender knows, decides or tries.
    Defence,
    /// A revocation was recorded.
    Revoked,
    /// News set out, or was written into a list.
    Sent,
    /// News arrived.
    Heard,
    /// A part is down, restarts, or a lawful client is refused.
    Trouble,
    /// A door is held open, or opens again.
    Opened,
    /// A door is shut.
    Closed,
    /// A replay was accepted.
    Accepted,
    /// A replay was rejected.
    Rejected,
    /// Every door is shut, or the trial ended.
    End,
}

/// How much a story needs an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Without it the story is another.
    Decisive,
    /// It belongs to the story.
    Notable,
    /// It may be left out.
    Detail,
}

/// Replays at one target, one after the other, with the same verdict for the same reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replays {
    /// The target.
    pub target: String,
    /// The number of the lane on which its door is drawn.
    pub lane: usize,
    /// Whether they were accepted.
    pub accepted: bool,
    /// Why, in the words of a table of requests.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// When the first was presented.
    pub from: f64,
    /// When the last was.
    pub to: f64,
    /// When they were presented: all of them, or the first and the last thirty-two.
    pub at: Vec<f64>,
}
