//! The record of a drill: who was asked, what came out, what it rests on and what it does not prove.

use super::estimate::{Estimate, Figure, MetricEstimate, Proportion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name and version of the record's form.
pub const FORMAT: &str = "revdrill-record/1";

/// Everything a run found. Same scenario, seed and version give the same bytes: no clock, no thread count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// Always [`FORMAT`].
    pub format: String,
    /// Whether this was simulated or measured on real systems.
    pub evidence_kind: EvidenceKind,
    /// Version of revdrill.
    pub version: String,
    /// What was asked.
    pub scenario: ScenarioIdentity,
    /// How it was played.
    pub run: Run,
    /// How the trials ended.
    pub outcomes: Outcomes,
    /// The objectives of the scenario and their verdicts, in the order of the file.
    pub objectives: Vec<ObjectiveResult>,
    /// Every metric, the whole system first, then per target and verifier.
    pub estimates: Vec<MetricEstimate>,
    /// Attacker's pace against the defender's: p90 of time to contain over p10 of the time to the next
    /// presented replay; absent where the denominator is 0 or unknown.
    pub containment_ratio: Option<f64>,
    /// What held the last path open, over the revoked trials.
    pub attribution: Vec<Attribution>,
    /// The analytic worst case of each target.
    pub bounds: Vec<TargetBound>,
    /// What was taken as given, and on whose word.
    pub assumptions: Vec<Assumption>,
    /// What a reader must know before using a number.
    pub warnings: Vec<String>,
    /// How the numbers were made.
    pub method: Vec<String>,
    /// What this record is no evidence of.
    pub does_not_prove: Vec<String>,
}

/// Whether evidence was simulated or measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Played over a model.
    Simulated,
    /// Observed on real systems.
    Measured,
}

/// The scenario as it was resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioIdentity {
    /// File stem of the scenario.
    pub name: String,
    /// Its lesson, in the author's words.
    pub teaches: String,
    /// SHA-256 of the resolved scenario, the files it reads, trials, engine and version, in hexadecimal.
    pub digest: String,
    /// The resolved scenario: `extends` merged and `--set` applied, as JSON.
    pub resolved: serde_json::Value,
    /// The names of its parts in the order of the file, by which chance is dealt out; only sections with several.
    pub order: BTreeMap<String, Vec<String>>,
    /// Files read beside the scenario.
    pub files: Vec<InputFile>,
    /// Failure modes that were put into it (`inject`), as written; the resolved scenario holds what they set.
    pub injected: Vec<String>,
    /// How trials start: stationary, saturated, first_use or preprobed.
    pub start: String,
    /// Seconds after revocation to which each revoked trial runs.
    pub horizon: f64,
    /// Names of the targets, in the order of the scenario.
    pub targets: Vec<String>,
    /// Names of the verifiers that check nothing: their own doors are never shut, whatever is revoked.
    pub check_nothing: Vec<String>,
}

/// A file that the scenario read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputFile {
    /// Path as written in the scenario.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// How the trials were played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The seed, as a decimal string (it may exceed 2^53).
    pub seed: String,
    /// Trials asked for.
    pub trials_asked: u64,
    /// Trials counted: the unbroken prefix that was played.
    pub trials: u64,
    /// Whether the run was stopped before all trials were played.
    pub interrupted: bool,
    /// The engine that was asked for: `auto`, which skips requests from which nothing follows, or `every_request`.
    pub engine: String,
    /// How the requests of each source were played.
    pub sources: Vec<SourcePlayed>,
    /// Events processed over all counted trials.
    pub events: u64,
}

/// How the requests of a source were played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourcePlayed {
    /// Where it stands in the scenario: `attacker.replays.N`, from 0, or `lawful.NAME`.
    pub source: String,
    /// By which engine.
    pub by: PlayedBy,
    /// Why every one of them was played, if so.
    pub because: Option<String>,
}

/// The engine that plays the requests of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlayedBy {
    /// Requests from which nothing follows are skipped.
    Skipping,
    /// One by one.
    EveryRequest,
}

/// How the trials ended: the three shares are always shown together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outcomes {
    /// Somebody revoked the credential while it was alive.
    pub revoked: Proportion,
    /// It expired before anybody revoked it.
    pub expired_before_revocation: Proportion,
    /// Nobody revoked it, however long one waited; the trial ended when the drill gave up.
    pub never_revoked: Proportion,
}

/// The verdict on an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval satisfies the rule.
    Pass,
    /// The whole interval violates the rule.
    Fail,
    /// The interval lies on both sides: more trials would be needed.
    Inconclusive,
}

/// An objective with what was observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectiveResult {
    /// The rule as written.
    pub rule: String,
    /// The metric it speaks of.
    pub metric: String,
    /// The limit in the metric's unit.
    pub limit: f64,
    /// What was observed, with its interval (Bonferroni over the objectives of the file).
    pub observed: Estimate,
    /// Confidence level of that interval.
    pub confidence: f64,
    /// Sample size behind it.
    pub n: u64,
    /// The verdict on the rule itself.
    pub verdict: Verdict,
    /// Why the author means it to fail, if so: then a failure is what it should do.
    pub meant_to_fail: Option<String>,
    /// Whether the outcome is what the author wants: pass, or fail where that is meant.
    pub met: Option<bool>,
    /// For an inconclusive verdict, the number of trials that would probably decide it, or why none would.
    pub hint: Option<String>,
}

/// How often a mechanism held the last path open, and what shut it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attribution {
    /// The target that closed last.
    pub target: String,
    /// The verifier whose door it was.
    pub verifier: String,
    /// What kept it open.
    pub held_open_by: String,
    /// What shut it; `nothing` where it was still open at the horizon.
    pub closed_by: String,
    /// Over all revoked trials.
    pub trials: u64,
    /// Over the worst 1 % of them (at least one trial).
    pub worst_trials: u64,
    /// Of all of them, those in which a target that was held open at another verifier closed as late.
    pub shared_trials: u64,
}

/// The analytic worst case of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetBound {
    /// The target.
    pub target: String,
    /// Seconds from revocation after which no presentation can be accepted, where such a bound exists.
    pub bound: Option<Figure>,
    /// How the bound is made up, or why there is none.
    pub because: String,
}

/// Something taken as given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assumption {
    /// What was assumed.
    pub what: String,
    /// Where the figure comes from: a source, or `assumed`.
    pub source: String,
}
