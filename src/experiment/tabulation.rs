//! Tabulation: the rows of `trials.csv` and of a table of requests.
//!
//! A line is made by the thread that played its trial, and written by whoever puts the trials in order.

use super::blocks::TrialRow;
use super::column::Column;
use crate::metric::observation::{Observation, scale};
use crate::model::ledger::{Presenter, RequestEntry};
use crate::model::system::System;
use crate::report::trials::{Cell, TrialTable, line};
use crate::units::time::Moment;
use std::io::{self, Write};

/// Moments of a trial that stand in front of the metrics.
const MOMENTS: [&str; 6] = ["acquired_at", "first_use_at", "detected_at", "decided_at", "revoked_at", "ended_at"];

/// Opens the table of trials.
///
/// # Errors
/// If `out` cannot be written.
pub fn trials<W: Write>(out: W, columns: &[Column]) -> io::Result<TrialTable<W>> {
    let fixed = ["trial", "outcome"].into_iter().chain(MOMENTS).map(str::to_owned);
    let names: Vec<String> = fixed.chain(columns.iter().map(Column::name)).collect();
    TrialTable::new(out, &names)
}

/// The line of a trial in that table.
pub fn trial_line(trial: &TrialRow<'_>) -> Vec<u8> {
    let ledger = trial.ledger;
    let moments = [
        ledger.acquired_at,
        ledger.first_use_at,
        ledger.detected_at,
        ledger.decided_at,
        ledger.revoked_at,
        Some(ledger.ended_at),
    ];
    let first = [Cell::Integer(trial.number), Cell::Text(ledger.outcome.name())];
    let moments = moments.map(|at| at.map_or(Cell::Missing, |at| Cell::Number(seconds(at))));
    let said = trial.observations().zip(trial.columns).map(|(observation, column)| cell(observation, column));
    line(first.into_iter().chain(moments).chain(said))
}

fn cell(observation: Observation, column: &Column) -> Cell<'static> {
    let scale = scale(column.metric.unit);
    match observation {
        Observation::Value(value) => Cell::Number(value as f64 / scale),
        Observation::Censored(limit) => Cell::Beyond(limit as f64 / scale),
        Observation::Was(was) => Cell::Integer(u64::from(was)),
        Observation::NotApplicable => Cell::Missing,
    }
}

fn seconds(at: Moment) -> f64 {
    at.since(Moment::ZERO).seconds()
}

/// Columns of the table of requests.
const REQUEST_COLUMNS: [&str; 11] = [
    "trial",
    "recorded_trial",
    "source",
    "request",
    "target",
    "route",
    "presented_at",
    "since_revocation",
    "answered_after",
    "accepted",
    "reason",
];

/// The first line of a table of requests.
pub fn request_header() -> String {
    format!("{}\n", REQUEST_COLUMNS.join(","))
}

/// Opens the table of requests.
///
/// # Errors
/// If `out` cannot be written.
pub fn requests<W: Write>(out: W) -> io::Result<TrialTable<W>> {
    TrialTable::new(out, &REQUEST_COLUMNS.map(str::to_owned))
}

/// The lines of a trial's requests in that table.
pub fn request_lines(trial: &TrialRow<'_>, system: &System) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = trial.requests.iter().map(|request| request_line(trial, request, system)).collect();
    lines.concat()
}

fn request_line(trial: &TrialRow<'_>, request: &RequestEntry, system: &System) -> Vec<u8> {
    let source = match request.by {
        Presenter::Attacker(0) => "attacker".to_owned(),
        Presenter::Attacker(stream) => format!("attacker/{stream}"),
        Presenter::Lawful(client) => system.lawful[client as usize].name.clone(),
    };
    let recorded = recorded_trial(system, request.by, trial.number);
    let since = trial.ledger.revoked_at.map(|revoked| request.presented_at.since(revoked).seconds());
    line([
        Cell::Integer(trial.number),
        recorded.map_or(Cell::Missing, Cell::Text),
        Cell::Text(&source),
        Cell::Integer(request.number),
        Cell::Text(&system.targets[request.target.index()].name),
        Cell::Integer(u64::from(request.route.0)),
        Cell::Number(seconds(request.presented_at)),
        since.into(),
        Cell::Number(request.answered_at.since(request.presented_at).seconds()),
        Cell::Integer(u64::from(request.accepted)),
        Cell::Text(request.reason.name()),
    ])
}

/// What a recording calls the trial of its own that trial `number` of the run plays; none where it has but one.
fn recorded_trial(system: &System, by: Presenter, number: u64) -> Option<&str> {
    let arrivals = match by {
        Presenter::Attacker(stream) => &system.attacker.replays[usize::from(stream)].arrivals,
        Presenter::Lawful(client) => &system.lawful[usize::from(client)].arrivals,
    };
    let name = arrivals.recording()?.trial(number).name.as_str();
    Some(name).filter(|name| !name.is_empty())
}
