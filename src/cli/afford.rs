//! What a run may cost: it is priced before it is played, and refused beyond these limits.
//!
//! Promises the same answer to `check` and to `run`, with the part of the scenario that costs most at its place.

use super::complaint::Complaint;
use super::exit::Exit;
use super::output;
use crate::document::diagnostic::Diagnostic;
use crate::document::rendering::render_one;
use crate::experiment::price::{Cost, Price, price};
use crate::experiment::recording::{Drill, Settings};
use crate::model::play::trial::{Engine, Requests};
use crate::scenario::load::Loaded;
use std::cmp::Ordering;

/// Events and steps that one trial may take, so that Ctrl-C is heard within seconds.
const MOST_A_TRIAL: f64 = 2e8;

/// Memory, in bytes, that a run may hold.
const MOST_BYTES: f64 = 2e9;

/// How a run is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Trials.
    pub trials: u64,
    /// Threads.
    pub threads: usize,
    /// Events and steps that all of it may take.
    pub max_events: u64,
    /// Whether every request is written down.
    pub requests: Requests,
    /// How requests are played.
    pub engine: Engine,
}

impl Asked {
    /// As settings say.
    pub const fn of(settings: &Settings, max_events: u64) -> Self {
        let Settings { trials, threads, requests, engine, .. } = *settings;
        Self { trials, threads, max_events, requests, engine }
    }
}

/// The price of a run that may be played.
///
/// # Errors
/// If a trial, or all of them, would take too many events, or too much memory.
pub fn afford(drill: &Drill<'_>, loaded: &Loaded, asked: Asked) -> Result<Price, Complaint> {
    let price = price(&drill.plan, asked.trials, &drill.columns, (asked.requests, drill.engine(asked.engine)));
    let (long, all) = (price.work_of_a_long_trial(), price.work_per_trial() * asked.trials as f64);
    let bytes = price.bytes(asked.threads);
    // What is not a number is too dear as well.
    let within = |what: f64, most: f64| what <= most;
    let refusal = if !within(long, MOST_A_TRIAL) {
        let message =
            format!("a long trial would take {} events, and at most {} are played", count(long), count(MOST_A_TRIAL));
        Some((message, dearest(&price.long, Cost::work), String::new()))
    } else if !within(all, asked.max_events as f64) {
        let message = format!(
            "{} trials would take {} events, more than --max-events {}",
            asked.trials,
            count(all),
            asked.max_events
        );
        let affordable = (asked.max_events as f64 / price.work_per_trial()).floor();
        let or = if affordable >= 1.0 {
            format!("; or ask for at most {affordable} trials with --trials, or raise --max-events")
        } else {
            "; or raise --max-events".into()
        };
        Some((message, dearest(&price.mean, Cost::work), or))
    } else if !within(bytes, MOST_BYTES) {
        let message = format!(
            "the run would hold {} GB on {} threads, and at most 2 GB are allowed",
            count(bytes / 1e9),
            asked.threads
        );
        let or = format!("; or lower --threads{}", if price.kept > MOST_BYTES / 2.0 { " or --trials" } else { "" });
        Some((message, dearest(&price.long, |cost| cost.bytes), or))
    } else {
        None
    };
    match refusal {
        None => Ok(price),
        Some((message, dearest, or)) => Err(refused(loaded, &message, dearest, &or)),
    }
}

fn refused(loaded: &Loaded, message: &str, dearest: Option<&Cost>, or: &str) -> Complaint {
    let text = match dearest {
        None => format!("error: {message}"),
        Some(cost) => {
            let place = loaded.tree.nearest(cost.path.iter().map(String::as_str));
            let fault = Diagnostic::error(place, format!("{message}; most for {}", cost.what))
                .help(format!("{}{or}", cost.remedy));
            render_one(&fault, &loaded.sources, output::message_colour())
        }
    };
    Complaint { exit: Exit::Invalid, text }
}

fn dearest(costs: &[Cost], by: impl Fn(&Cost) -> f64) -> Option<&Cost> {
    costs.iter().max_by(|a, b| by(a).partial_cmp(&by(b)).unwrap_or(Ordering::Equal))
}

/// Two significant digits, as a power of ten where it is large.
fn count(number: f64) -> String {
    if number < 1e4 { format!("{number:.1}") } else { format!("{number:.1e}") }
}
