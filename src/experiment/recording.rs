//! Recording: from a scenario to a record, with every trial shown to whoever writes tables.

use super::blocks::{self, Collected, Progress, Task, TrialRow};
use super::column::{Column, columns};
use super::computed_load::computed_load;
use super::estimation::{ALPHA, Finding, proportion, rounded};
use super::judgement::{Evidence, asked_for, judge};
use super::price::skipping_pays;
use super::summing_up::{Summed, sum_up};
use super::wording;
use crate::metric::definition::Limits;
use crate::metric::seen::Circumstances;
use crate::model::bound::Bound;
use crate::model::id::TargetId;
use crate::model::play::compiled::plan::Plan;
use crate::model::play::skip::reason::{Because, Played};
use crate::model::play::trial::{Engine, Requests};
use crate::model::system::{Start, System};
use crate::model::verifier::Check;
use crate::model::worst::bound;
use crate::random::stream::Seed;
use crate::record::estimate::{Figure, MetricEstimate, Unit};
use crate::record::summary::{
    Assumption, EvidenceKind, FORMAT, InputFile, ObjectiveResult, Outcomes, PlayedBy, Record, Run, ScenarioIdentity,
    SourcePlayed, TargetBound,
};
use crate::report::phrase;
use crate::scenario::load::Scenario;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The metrics whose ratio is recorded.
const RATIO: [&str; 2] = ["time_to_contain", "time_to_next_replay"];

/// How a scenario is to be played.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name under which it is recorded.
    pub name: String,
    /// The seed.
    pub seed: u64,
    /// Trials.
    pub trials: u64,
    /// Threads.
    pub threads: usize,
    /// Whether every request is written down.
    pub requests: Requests,
    /// How requests are played.
    pub engine: Engine,
}

/// A scenario made ready to be played: its plan, columns and bounds.
pub struct Drill<'s> {
    /// The scenario.
    pub scenario: &'s Scenario,
    /// Its compiled system.
    pub plan: Plan<'s>,
    /// What is collected.
    pub columns: Vec<Column>,
    /// The bound of each target.
    pub bounds: Vec<Bound>,
    /// Whether requests are skipped where nobody asked for every one.
    pub skips: bool,
}

impl<'s> Drill<'s> {
    /// Makes a scenario ready.
    pub fn new(scenario: &'s Scenario) -> Self {
        let system = &scenario.system;
        let rules: Vec<_> = scenario.objectives.iter().map(|aim| &aim.rule).collect();
        let plan = Plan::new(system);
        Self {
            scenario,
            skips: skipping_pays(&plan),
            plan,
            columns: columns(system, &rules),
            bounds: (0..system.targets.len()).map(|target| bound(system, TargetId::at(target))).collect(),
        }
    }

    /// The engine that plays it where that one is asked for.
    pub fn engine(&self, asked: Engine) -> Engine {
        if self.skips { asked } else { Engine::EveryRequest }
    }

    /// How the requests of a source are played.
    fn plays(&self, asked: Engine, source: u16) -> Played {
        match asked.plays(&self.plan, source) {
            Played::Skipped if !self.skips => Played::OneByOne(Because::TooFew),
            played => played,
        }
    }

    /// Plays it and records what was found; `each` sees every trial in order, on this thread.
    ///
    /// # Errors
    /// Whatever `each` says.
    pub fn run<E>(
        &self,
        settings: &Settings,
        progress: &Progress,
        mut each: impl FnMut(&TrialRow<'_>) -> Result<(), E>,
    ) -> Result<Record, E> {
        let look = |row: &TrialRow<'_>| (row.number, row.ledger.clone(), row.requests.to_vec());
        let (columns, circumstances) = (self.columns.as_slice(), self.circumstances());
        self.record(settings, progress, look, |(number, ledger, requests)| {
            each(&TrialRow { number, ledger: &ledger, requests: &requests, columns, circumstances })
        })
    }

    /// Plays it and records what was found. `look` makes something of every trial, on the thread that played it; `take`
    /// gets it in the order of the trials, on this thread.
    ///
    /// # Errors
    /// Whatever `take` says.
    pub fn record<V: Send, E>(
        &self,
        settings: &Settings,
        progress: &Progress,
        look: impl Fn(&TrialRow<'_>) -> V + Sync,
        take: impl FnMut(V) -> Result<(), E>,
    ) -> Result<Record, E> {
        Ok(self.recorded(settings, self.play(settings, progress, look, take)?))
    }

    /// Plays it without making a record, as [`Drill::record`] does.
    ///
    /// # Errors
    /// Whatever `take` says.
    pub fn play<V: Send, E>(
        &self,
        settings: &Settings,
        progress: &Progress,
        look: impl Fn(&TrialRow<'_>) -> V + Sync,
        take: impl FnMut(V) -> Result<(), E>,
    ) -> Result<Collected, E> {
        let spans: Vec<_> = self.bounds.iter().map(|bound| bound.span).collect();
        let task = Task {
            plan: &self.plan,
            columns: &self.columns,
            circumstances: self.circumstances(),
            bounds: &spans,
            seed: Seed(settings.seed),
            trials: settings.trials,
            threads: settings.threads,
            requests: settings.requests,
            engine: self.engine(settings.engine),
        };
        blocks::play(&task, progress, look, take)
    }

    /// What metrics need to know beside a ledger.
    pub fn circumstances(&self) -> Circumstances {
        let system = &self.scenario.system;
        let always_there = self.plan.sources[..self.plan.attacker_sources].iter().any(|source| source.standing)
            && system.start != Start::FirstUse;
        let mut reached: Vec<u16> = self.plan.sources[..self.plan.attacker_sources]
            .iter()
            .flat_map(|source| &source.routes)
            .map(|route| self.plan.routes[*route as usize].target)
            .collect();
        reached.sort_unstable();
        reached.dedup();
        Circumstances {
            computed_load: computed_load(&self.plan),
            used_elsewhere_before: always_there && reached.len() > 1,
        }
    }

    fn recorded(&self, settings: &Settings, collected: Collected) -> Record {
        let system = &self.scenario.system;
        let Collected { tallies, causes, outcomes, trials, events } = collected;
        let (columns, bounds) = (&self.columns, &self.bounds);
        let mut asked = asked_for(&self.scenario.objectives, columns, system);
        asked.extend(RATIO.iter().filter_map(|metric| self.of_the_whole(metric)));
        let summed = sum_up(columns, system.horizon.nanos(), tallies, &asked, settings.threads);
        let Summed { estimates, findings, rounded } = summed;
        let evidence = Evidence { system, columns, findings: &findings, bounds, never_revoked: outcomes[2], trials };
        let objectives = judge(&self.scenario.objectives, &evidence);
        let mut warnings = self.warnings(&estimates, &objectives);
        warnings.extend(wording::warnings_of_memory(rounded, causes.left_out()));
        let [revoked, expired_before_revocation, never_revoked] =
            outcomes.map(|count| proportion(count, trials, ALPHA));
        Record {
            format: FORMAT.into(),
            evidence_kind: EvidenceKind::Simulated,
            version: env!("CARGO_PKG_VERSION").into(),
            scenario: self.identity(settings),
            run: self.run_of(settings, trials, events),
            outcomes: Outcomes { revoked, expired_before_revocation, never_revoked },
            objectives,
            containment_ratio: self.containment_ratio(&findings),
            estimates,
            attribution: causes.table(system),
            bounds: self.recorded_bounds(),
            assumptions: self.assumptions(),
            warnings,
            method: wording::method(self.engine(settings.engine)),
            does_not_prove: wording::does_not_prove(),
        }
    }

    fn assumptions(&self) -> Vec<Assumption> {
        let stated = self.scenario.assumptions.iter();
        stated.map(|a| Assumption { what: a.what.clone(), source: a.source.clone() }).collect()
    }

    /// The digest of everything that decides the result but the seed.
    pub fn digest(&self, settings: &Settings) -> String {
        let (trials, engine) = (settings.trials, settings.engine.name());
        let rest = format!("{}\n{trials}\n{engine}\n{}\n", self.scenario.digest(), env!("CARGO_PKG_VERSION"));
        Sha256::digest(rest.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn identity(&self, settings: &Settings) -> ScenarioIdentity {
        let scenario = self.scenario;
        let checking_nothing = scenario.system.verifiers.iter().filter(|verifier| verifier.check == Check::Nothing);
        ScenarioIdentity {
            name: settings.name.clone(),
            teaches: scenario.teaches.clone(),
            digest: self.digest(settings),
            resolved: scenario.resolved.clone(),
            order: scenario.order.clone(),
            files: scenario
                .files
                .iter()
                .map(|file| InputFile { path: file.path.clone(), sha256: file.sha256.clone() })
                .collect(),
            injected: scenario.injected.clone(),
            start: scenario.system.start.name().into(),
            horizon: scenario.system.horizon.seconds(),
            targets: scenario.system.targets.iter().map(|target| target.name.clone()).collect(),
            check_nothing: checking_nothing.map(|verifier| verifier.name.clone()).collect(),
        }
    }

    fn recorded_bounds(&self) -> Vec<TargetBound> {
        let pairs = self.scenario.system.targets.iter().zip(&self.bounds);
        pairs
            .map(|(target, bound)| TargetBound {
                target: target.name.clone(),
                bound: bound.span.map(|span| Figure::At(span.seconds())),
                because: bound.because.clone(),
            })
            .collect()
    }

    /// p90 of time to contain over p10 of the time to the next presented replay.
    fn containment_ratio(&self, findings: &BTreeMap<usize, Finding>) -> Option<f64> {
        let quantile = |metric: &str, p: f64| match findings
            .get(&self.of_the_whole(metric)?)?
            .quantile(p, ALPHA, Unit::Seconds)?
            .value
        {
            Figure::At(value) => Some(value),
            Figure::Beyond(_) | Figure::Unbounded | Figure::Limitless => None,
        };
        let [contain, replay] = RATIO;
        let replay = quantile(replay, 0.1).filter(|replay| *replay > 0.0)?;
        Some(rounded(quantile(contain, 0.9)? / replay))
    }

    /// Where the column of a metric for the whole system stands.
    fn of_the_whole(&self, metric: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.metric.name == metric && column.labels.is_empty())
    }

    fn warnings(&self, estimates: &[MetricEstimate], objectives: &[ObjectiveResult]) -> Vec<String> {
        let mut warnings = wording::warnings_of_system(&self.plan, &self.bounds);
        warnings.extend(wording::warning_of_presets(&self.scenario.figures));
        if objectives.is_empty() {
            warnings.push("the scenario has no objectives, so this run gives no verdict".into());
        }
        let ttc = estimates.iter().find(|estimate| estimate.metric == "time_to_contain" && estimate.labels.is_empty());
        if let Some(ttc) = ttc
            && let Some(short) = ttc.quantiles.iter().find(|q| q.p >= 0.5 && q.estimate.high == Figure::Unbounded)
        {
            warnings.push(format!(
                "{} revoked {} too few to bound p{} of time_to_contain from above",
                phrase::count(ttc.n),
                if ttc.n == 1 { "trial is" } else { "trials are" },
                rounded(short.p * 100.0)
            ));
        }
        warnings.extend(undetected(estimates, &self.scenario.system));
        let differing = self.columns.iter().map(|column| column.metric.limits == Limits::Differing);
        if differing.zip(estimates).any(|(differing, estimate)| differing && estimate.censored > 0) {
            warnings.push("some durations from detection or compromise were cut short where their trial ended (`horizon`, `give_up_after`), which may depend on the outcome; their Kaplan-Meier estimates assume that it does not".into());
        }
        warnings
    }

    fn run_of(&self, settings: &Settings, trials: u64, events: u64) -> Run {
        let sources = (0..self.plan.sources.len() as u16).map(|source| {
            let (by, because) = match self.plays(settings.engine, source) {
                Played::Skipped => (PlayedBy::Skipping, None),
                Played::OneByOne(because) => (PlayedBy::EveryRequest, Some(because.phrase().to_owned())),
            };
            SourcePlayed { source: self.name_of(source), by, because }
        });
        Run {
            seed: settings.seed.to_string(),
            trials_asked: settings.trials,
            trials,
            interrupted: trials < settings.trials,
            engine: settings.engine.name().into(),
            sources: sources.collect(),
            events,
        }
    }

    /// Where a source stands in the scenario.
    fn name_of(&self, source: u16) -> String {
        match (source as usize).checked_sub(self.plan.attacker_sources) {
            None => format!("attacker.replays.{source}"),
            Some(client) => format!("lawful.{}", self.plan.system.lawful[client].name),
        }
    }
}

/// That an estimate leaves out the revoked trials in which nobody had detected anything when they ended, if there were any.
fn undetected(estimates: &[MetricEstimate], system: &System) -> Option<String> {
    let n = |metric: &str| {
        let whole = estimates.iter().find(|estimate| estimate.metric == metric && estimate.labels.is_empty());
        whole.map(|estimate| estimate.n)
    };
    let (revoked, detected) = (n("time_to_contain")?, n("time_to_contain_from_detection")?);
    let left_out = revoked.checked_sub(detected).filter(|left_out| *left_out > 0)?;
    let why = match system.defender.false_alarms {
        Some(_) => "a false alarm, or an issuer by itself, was so much sooner",
        None => "a longer `horizon` may take them in",
    };
    Some(format!(
        "time_to_contain_from_detection leaves out at least {} of {} revoked trials: nobody had detected anything when they ended; {why}",
        phrase::count(left_out),
        phrase::count(revoked)
    ))
}
