//! Tabulation: the rows of `trials.csv` and of a table of requests.

use super::blocks::TrialRow;
use super::column::Column;
use crate::metric::catalogue::{Observation, scale};
use crate::model::ledger::Presenter;
use crate::model::system::System;
use crate::report::trials::{Cell, TrialTable};
use crate::units::time::Moment;
use std::io::{self, Write};

/// Moments of a trial that stand in front of the metrics.
const MOMENTS: [&str; 6] = ["acquired_at", "first_use_at", "detected_at", "decided_at", "revoked_at", "ended_at"];

/// The table of trials.
pub struct Trials<W: Write> {
    table: TrialTable<W>,
}

impl<W: Write> Trials<W> {
    /// Opens the table.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W, columns: &[Column]) -> io::Result<Self> {
        let fixed = ["trial", "outcome"].into_iter().chain(MOMENTS).map(str::to_owned);
        let names: Vec<String> = fixed.chain(columns.iter().map(Column::name)).collect();
        Ok(Self { table: TrialTable::new(out, &names)? })
    }

    /// Adds a trial.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn row(&mut self, trial: &TrialRow<'_>, columns: &[Column]) -> io::Result<()> {
        let ledger = trial.ledger;
        let moments = [
            ledger.acquired_at,
            ledger.first_use_at,
            ledger.detected_at,
            ledger.decided_at,
            ledger.revoked_at,
            Some(ledger.ended_at),
        ];
        let mut cells = vec![Cell::Integer(trial.number), Cell::Text(ledger.outcome.name())];
        cells.extend(moments.map(|at| at.map_or(Cell::Missing, |at| Cell::Number(seconds(at)))));
        cells.extend(trial.observations.iter().zip(columns).map(|(observation, column)| cell(*observation, column)));
        self.table.row(&cells)
    }

    /// Ends the table.
    ///
    /// # Errors
    /// If what is held back cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.table.finish()
    }
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

/// The table of requests.
pub struct RequestTable<W: Write> {
    table: TrialTable<W>,
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

impl<W: Write> RequestTable<W> {
    /// Opens the table.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W) -> io::Result<Self> {
        let names: Vec<String> = REQUEST_COLUMNS.iter().map(|name| (*name).to_owned()).collect();
        Ok(Self { table: TrialTable::new(out, &names)? })
    }

    /// Adds the requests of a trial.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn trial(&mut self, trial: &TrialRow<'_>, system: &System) -> io::Result<()> {
        for request in trial.requests {
            let source = match request.by {
                Presenter::Attacker(0) => "attacker".to_owned(),
                Presenter::Attacker(stream) => format!("attacker/{stream}"),
                Presenter::Lawful(client) => system.lawful[client as usize].name.clone(),
            };
            let recorded = recorded_trial(system, request.by, trial.number);
            let since = trial.ledger.revoked_at.map(|revoked| request.presented_at.since(revoked).seconds());
            self.table.row(&[
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
            ])?;
        }
        Ok(())
    }

    /// Ends the table.
    ///
    /// # Errors
    /// If what is held back cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.table.finish()
    }
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
