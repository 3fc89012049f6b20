//! Recordings of requests: a table in the scenario's folder, one row a request, at each target in order of time.
//!
//! A recording may hold several trials; each trial of a run plays one of them.

use super::names::Parts;
use crate::model::id::TargetId;
use crate::model::workload::{RecordedTrial, Trace, TraceOrigin, TraceRequest};
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::settings::table::{Row, Table};
use crate::units::time::{LONGEST, NANOS_PER_SECOND, Span};
use std::collections::BTreeMap;

/// Settings of a recording.
pub const TRACE_KEYS: [Key; 9] = [
    Key::required(
        "file",
        Value::Text,
        "A `.csv` or `.csv.gz` file in the scenario's folder, its first line naming the columns.",
    ),
    Key::required("at", Value::Text, "The column that says when a request was made."),
    Key::optional("unit", Value::OneOf(&UNITS), "s", "The unit of `at`, `latency` and `clock`."),
    Key::optional(
        "origin",
        Value::OneOf(&["start", "revocation"]),
        "start",
        "What the time 0 of the recording is: the exposure of the credential, or its revocation.",
    ),
    Key::optional("target", Value::Text, "none: `order` decides", "The column that names the target."),
    Key::optional("latency", Value::Text, "not recorded", "The column that says how long the answer took."),
    Key::optional(
        "trials",
        Value::Text,
        "the recording is one trial",
        "The column that tells recorded trials apart; each trial of the run plays one of them, in order of their numbers or else of their first rows, over and over.",
    ),
    Key::optional(
        "clock",
        Value::Text,
        "not recorded",
        "The column that says what clocks showed at the time 0 of the recording, of which only the fraction of a second counts; it sets every clock of a cache that is not set otherwise.",
    ),
    Key::optional(
        "where",
        Value::Forms("the text that the column must hold"),
        "every row",
        "Columns and the text that each must hold; other rows are passed over.",
    ),
];

const UNITS: [&str; 6] = ["ns", "us", "ms", "s", "m", "h"];

/// Which columns mean what.
struct Columns {
    at: usize,
    target: Option<usize>,
    latency: Option<usize>,
    trials: Option<usize>,
    clock: Option<usize>,
    conditions: Vec<(usize, String)>,
    unit: f64,
}

/// Reads a recording; faults name the line.
pub fn read(reader: &mut Reader<'_>, parts: &Parts) -> Option<Trace> {
    let unit = reader.one_of("unit").unwrap_or("s");
    let unit = Span::parse(&format!("1{unit}")).map_or(1.0, Span::seconds);
    let origin =
        if reader.one_of("origin") == Some("revocation") { TraceOrigin::Revocation } else { TraceOrigin::Start };
    let path = reader.text("file")?;
    let place = reader.place_of("file");
    let table = Table::open(&path, &mut reader.context().folder);
    let mut table = table.map_err(|fault| reader.context().fault_of_text(place, &fault)).ok()?;
    let columns = columns(reader, &table, unit)?;
    match trials(&mut table, &columns, parts) {
        Ok(trials) if trials.is_empty() => {
            let (key, what) = if columns.conditions.is_empty() {
                ("file", "holds no row")
            } else {
                ("where", "holds no row like that")
            };
            reader.wrong(key, &format!("`{path}` {what}"), "check the file and the conditions");
            None
        }
        Ok(trials) => Some(Trace { trials, origin }),
        Err(fault) => {
            reader.context().fault_of_text(place, &fault);
            None
        }
    }
}

/// The columns that the settings name; none if one does not exist.
fn columns(reader: &mut Reader<'_>, table: &Table, unit: f64) -> Option<Columns> {
    let mut whole = true;
    let mut one = |key: &str| {
        let column = reader.parsed(key, |name| table.column(name));
        whole &= column.is_some() == reader.has(key);
        column
    };
    let at = one("at");
    let (target, latency, trials, clock) = (one("target"), one("latency"), one("trials"), one("clock"));
    let mut conditions = Vec::new();
    let entries = reader.node("where").and_then(|node| node.entries());
    if reader.has("where") && entries.is_none() {
        reader.wrong("where", "`where` must be a map of columns to texts", "write `where: { column: text }`");
        whole = false;
    }
    for entry in entries.unwrap_or_default() {
        let text = entry.value.text("`where`", &mut reader.context().diagnostics);
        match (table.column(&entry.key.text), text) {
            (Ok(column), Some(text)) => conditions.push((column, text.to_owned())),
            (Err(fault), _) => {
                reader.context().fault_of_text(entry.key.place, &fault);
                whole = false;
            }
            _ => whole = false,
        }
    }
    whole.then_some(Columns { at: at?, target, latency, trials, clock, conditions, unit })
}

/// The rows that meet the conditions, trial by trial.
fn trials(table: &mut Table, columns: &Columns, parts: &Parts) -> Result<Vec<RecordedTrial>, String> {
    let mut found: Vec<RecordedTrial> = Vec::new();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut last: BTreeMap<(usize, Option<u16>), Span> = BTreeMap::new();
    while let Some(row) = table.next_row()? {
        if columns.conditions.iter().any(|(column, text)| row.text(*column) != text) {
            continue;
        }
        let name = columns.trials.map_or("", |column| row.text(column));
        let clock = clock(&row, columns)?;
        let number = numbers.get(name).copied().unwrap_or(found.len());
        if number == found.len() {
            numbers.insert(name.to_owned(), number);
            found.push(RecordedTrial { name: name.to_owned(), requests: Vec::new(), clock });
        } else if found[number].clock != clock {
            let message = "its clock differs from that of an earlier row of the same trial";
            return Err(row.fault(message, "write what clocks showed at the origin, not at the request"));
        }
        let request = request(&row, columns, parts)?;
        if let Some(before) = last.insert((number, request.target.map(|target| target.0)), request.at)
            && request.at < before
        {
            let message = format!("its time {} lies before that of an earlier row, {before}", request.at);
            return Err(row.fault(&message, "sort the recording by time, at least within each target"));
        }
        found[number].requests.push(request);
    }
    for trial in &mut found {
        trial.requests.sort_by_key(|request| request.at);
    }
    let number = |trial: &RecordedTrial| trial.name.parse::<u64>().ok();
    if found.iter().all(|trial| number(trial).is_some()) {
        found.sort_by_key(number);
    }
    Ok(found)
}

/// A time in a column.
fn span(row: &Row<'_>, column: usize, columns: &Columns) -> Result<Span, String> {
    let seconds = row.number(column)? * columns.unit;
    if seconds.abs() <= LONGEST.seconds() {
        Ok(Span::from_seconds(seconds))
    } else {
        Err(row.fault("its time is more than a hundred years away from the origin", "check `unit`"))
    }
}

/// The fraction of a second that clocks showed at the origin.
fn clock(row: &Row<'_>, columns: &Columns) -> Result<Option<Span>, String> {
    let Some(column) = columns.clock else { return Ok(None) };
    let seconds = row.number(column)? * columns.unit;
    let fraction = Span::from_seconds(seconds - libm::floor(seconds));
    Ok(Some(Span::from_nanos(fraction.nanos().rem_euclid(NANOS_PER_SECOND))))
}

fn request(row: &Row<'_>, columns: &Columns, parts: &Parts) -> Result<TraceRequest, String> {
    let target = columns.target.map(|column| {
        let name = row.text(column);
        let found = parts.targets.position(name).map(TargetId::at);
        found.ok_or_else(|| row.fault(&format!("there is no target `{name}`"), &parts.targets.remedy(name)))
    });
    let latency = columns.latency.map(|column| {
        let latency = span(row, column, columns)?;
        if latency >= Span::ZERO { Ok(latency) } else { Err(row.fault("its latency is negative", "correct it")) }
    });
    Ok(TraceRequest { at: span(row, columns.at, columns)?, target: target.transpose()?, latency: latency.transpose()? })
}

/// Whether the rows of a recording name their targets.
pub fn names_targets(trace: &Trace) -> bool {
    trace.requests().any(|request| request.target.is_some())
}
