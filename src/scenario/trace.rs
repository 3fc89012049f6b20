//! Recordings of requests: a table in the scenario's folder, one row a request, in order of time.

use super::names::Parts;
use crate::model::id::TargetId;
use crate::model::workload::{Trace, TraceOrigin, TraceRequest};
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::settings::table::{Row, Table};
use crate::units::time::{LONGEST, Span};

/// Settings of a recording.
pub const TRACE_KEYS: [Key; 7] = [
    Key::required(
        "file",
        Value::Text,
        "A `.csv` or `.csv.gz` file in the scenario's folder, its first line naming the columns.",
    ),
    Key::required("at", Value::Text, "The column that says when a request was made."),
    Key::optional("unit", Value::OneOf(&UNITS), "s", "The unit of `at` and `latency`."),
    Key::optional(
        "origin",
        Value::OneOf(&["start", "revocation"]),
        "start",
        "What the time 0 of the recording is: the exposure of the credential, or its revocation.",
    ),
    Key::optional("target", Value::Text, "none: `order` decides", "The column that names the target."),
    Key::optional("latency", Value::Text, "not recorded", "The column that says how long the answer took."),
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
    match requests(&mut table, &columns, parts) {
        Ok(requests) if requests.is_empty() => {
            let (key, what) = if columns.conditions.is_empty() {
                ("file", "holds no row")
            } else {
                ("where", "holds no row like that")
            };
            reader.wrong(key, &format!("`{path}` {what}"), "check the file and the conditions");
            None
        }
        Ok(requests) => Some(Trace { requests, origin }),
        Err(fault) => {
            reader.context().fault_of_text(place, &fault);
            None
        }
    }
}

/// The columns that the settings name; none if one does not exist.
fn columns(reader: &mut Reader<'_>, table: &Table, unit: f64) -> Option<Columns> {
    let mut one = |key: &str| reader.parsed(key, |name| table.column(name));
    let (at, target, latency) = (one("at"), one("target"), one("latency"));
    let mut whole =
        at.is_some() && target.is_some() == reader.has("target") && latency.is_some() == reader.has("latency");
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
    whole.then_some(Columns { at: at?, target, latency, conditions, unit })
}

fn requests(table: &mut Table, columns: &Columns, parts: &Parts) -> Result<Vec<TraceRequest>, String> {
    let mut found: Vec<TraceRequest> = Vec::new();
    while let Some(row) = table.next_row()? {
        if columns.conditions.iter().any(|(column, text)| row.text(*column) != text) {
            continue;
        }
        let request = request(&row, columns, parts)?;
        if let Some(before) = found.last().map(|before| before.at)
            && request.at < before
        {
            let message = format!("its time {} lies before that of the row above, {before}", request.at);
            return Err(row.fault(&message, "sort the recording by time"));
        }
        found.push(request);
    }
    Ok(found)
}

fn request(row: &Row<'_>, columns: &Columns, parts: &Parts) -> Result<TraceRequest, String> {
    let span = |column| {
        let seconds = row.number(column)? * columns.unit;
        let within = seconds.abs() <= LONGEST.seconds();
        if within {
            Ok(Span::from_seconds(seconds))
        } else {
            Err(row.fault("its time is more than a hundred years away from the origin", "check `unit`"))
        }
    };
    let target = columns.target.map(|column| {
        let name = row.text(column);
        let found = parts.targets.position(name).map(TargetId::at);
        found.ok_or_else(|| row.fault(&format!("there is no target `{name}`"), &parts.targets.remedy(name)))
    });
    let latency = columns.latency.map(|column| {
        let latency: Span = span(column)?;
        if latency >= Span::ZERO { Ok(latency) } else { Err(row.fault("its latency is negative", "correct it")) }
    });
    Ok(TraceRequest { at: span(columns.at)?, target: target.transpose()?, latency: latency.transpose()? })
}

/// Whether the rows of a recording name their targets.
pub fn names_targets(trace: &Trace) -> bool {
    trace.requests.iter().any(|request| request.target.is_some())
}
