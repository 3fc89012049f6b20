//! Plays a scenario from its text, as a user would write it, and keeps what every trial says of every metric.

use super::acceptance::Values;
use revdrill::document::rendering::{Colour, render};
use revdrill::experiment::blocks::{Progress, TrialRow};
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::metric::observation::Observation;
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::record::summary::Record;
use revdrill::scenario::load::{Input, LoadError, Scenario, load};
use revdrill::scenario::objectives::Catalogue;
use std::convert::Infallible;
use std::path::Path;

/// Trials of a case, unless it says otherwise.
pub const TRIALS: u64 = 100_000;

/// The seed of every case.
const SEED: u64 = 1;

/// What the trials of a drill said.
pub struct Played {
    /// What a run records of them.
    pub record: Record,
    names: Vec<String>,
    columns: Vec<Vec<Observation>>,
}

/// The scenario that a text describes.
pub fn scenario(text: &str) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/oracle");
    let input = Input::Text { name: "oracle.yaml".into(), text: text.into(), folder: Some(folder) };
    match load(&input, &[], &Catalogue) {
        Ok(loaded) => loaded.scenario,
        Err(LoadError::Unreadable(error)) => panic!("{error}"),
        Err(LoadError::Invalid { diagnostics, sources }) => panic!("{}", render(&diagnostics, &sources, Colour::Never)),
    }
}

/// Plays a scenario for the usual number of trials.
pub fn play(text: &str) -> Played {
    play_trials(text, TRIALS)
}

/// Plays a scenario for a number of trials.
pub fn play_trials(text: &str, trials: u64) -> Played {
    // One thread: the test runner plays several cases at once.
    play_on(text, trials, 1)
}

/// Plays every request of a scenario: a change of a setting leaves all other draws as they were, so that trials can be
/// compared one by one. What is skipped is drawn by stretches instead, which any event may cut.
pub fn play_every_request(text: &str, trials: u64) -> Played {
    play_by(Engine::EveryRequest, text, trials, 1)
}

/// Plays a scenario on a number of threads.
pub fn play_on(text: &str, trials: u64, threads: usize) -> Played {
    play_by(Engine::Auto, text, trials, threads)
}

fn play_by(engine: Engine, text: &str, trials: u64, threads: usize) -> Played {
    let scenario = scenario(text);
    let drill = Drill::new(&scenario);
    let settings = Settings { name: "oracle".into(), seed: SEED, trials, threads, requests: Requests::Counted, engine };
    let mut columns = vec![Vec::with_capacity(trials as usize); drill.columns.len()];
    let record = drill.run(&settings, &Progress::default(), |trial: &TrialRow<'_>| -> Result<(), Infallible> {
        for (column, observation) in columns.iter_mut().zip(trial.observations()) {
            column.push(observation);
        }
        Ok(())
    });
    let Ok(record) = record;
    Played { record, names: drill.columns.iter().map(|column| column.name()).collect(), columns }
}

impl Played {
    /// What each trial said of a metric, by its name in tables (`time_to_contain{target=edge}`).
    pub fn observed(&self, name: &str) -> &[Observation] {
        let number = self.names.iter().position(|other| other == name);
        let number = number.unwrap_or_else(|| panic!("no column {name}; there are {:?}", self.names));
        &self.columns[number]
    }

    /// Values of a metric, over the trials of which it speaks; none may be censored.
    pub fn values(&self, name: &str) -> Values {
        let value = |observation: &Observation| match observation {
            Observation::Value(value) => Some(*value),
            Observation::NotApplicable => None,
            other => panic!("{name}: {other:?} where a value was expected"),
        };
        Values::new(self.observed(name).iter().filter_map(value).collect())
    }

    /// Values of a metric, trial by trial; every one must have one.
    pub fn each(&self, name: &str) -> Vec<i64> {
        let value = |observation: &Observation| match observation {
            Observation::Value(value) => *value,
            other => panic!("{name}: {other:?} where a value was expected"),
        };
        self.observed(name).iter().map(value).collect()
    }

    /// How often it was so, and of how many trials.
    pub fn share(&self, name: &str) -> (u64, u64) {
        let was = |observation: &Observation| match observation {
            Observation::Was(was) => Some(u64::from(*was)),
            Observation::NotApplicable => None,
            other => panic!("{name}: {other:?} where a share was expected"),
        };
        let known: Vec<u64> = self.observed(name).iter().filter_map(was).collect();
        (known.iter().sum(), known.len() as u64)
    }
}
