//! How far apart the two engines are, column by column.

use revdrill::experiment::blocks::{Progress, TrialRow};
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::metric::observation::Observation;
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::scenario::load::Scenario;
use std::convert::Infallible;

/// In units of `sqrt(2 / n)`, a distance that chance exceeds with probability `2 exp(-2 * 3.27^2) = 1.0e-9`.
pub const LIMIT: f64 = 3.27;

/// Plays as many trials by either engine, with seeds of their own; each column with its distance, in units of
/// `sqrt(2 / n)`.
pub fn compare(scenario: &Scenario, trials: u64) -> Vec<(String, f64)> {
    let drill = Drill { skips: true, ..Drill::new(scenario) };
    let every = observed(&drill, Engine::EveryRequest, 101, trials);
    let skipping = observed(&drill, Engine::Auto, 202, trials);
    let names = drill.columns.iter().map(|column| column.name());
    let distances = every.into_iter().zip(skipping).map(|(one, other)| distance(one, other));
    names.zip(distances).collect()
}

/// What a run counts, as any run plays it.
fn observed(drill: &Drill<'_>, engine: Engine, seed: u64, trials: u64) -> Vec<Vec<i64>> {
    let settings = Settings { name: "engines".into(), seed, trials, threads: 2, requests: Requests::Counted, engine };
    let mut columns = vec![Vec::new(); drill.columns.len()];
    let look = |row: &TrialRow<'_>| row.observations().map(as_number).collect::<Vec<i64>>();
    let played = drill.play(&settings, &Progress::default(), look, |row| {
        columns.iter_mut().zip(row).for_each(|(values, value)| values.push(value));
        Ok::<(), Infallible>(())
    });
    let Ok(played) = played;
    assert_eq!(played.trials, trials);
    columns
}

/// An observation as a number, so that any two kinds of it differ.
fn as_number(observation: Observation) -> i64 {
    match observation {
        Observation::Value(value) => value,
        Observation::Censored(limit) => limit.saturating_add(1),
        Observation::Was(was) => i64::from(was),
        Observation::NotApplicable => i64::MIN,
    }
}

/// The greatest distance of two empirical distributions, in units of `sqrt(2 / n)`.
fn distance(mut one: Vec<i64>, mut other: Vec<i64>) -> f64 {
    one.sort_unstable();
    other.sort_unstable();
    let n = one.len() as f64;
    let (mut i, mut j, mut greatest) = (0, 0, 0.0_f64);
    while i < one.len() && j < other.len() {
        let at = one[i].min(other[j]);
        i += one[i..].iter().take_while(|value| **value <= at).count();
        j += other[j..].iter().take_while(|value| **value <= at).count();
        greatest = greatest.max((i as f64 - j as f64).abs() / n);
    }
    greatest * (n / 2.0).sqrt()
}
