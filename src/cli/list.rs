//! `list`: what is there to use, read from the lists that the program itself works with.

use super::arguments::ListArguments;
use super::complaint::Complaint;
use super::exit::Exit;
use super::output;
use crate::metric::catalogue::METRICS;
use crate::model::channel::list::KINDS;
use crate::scenario::preset::{self, Figure};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Prints everything that can be named.
///
/// # Errors
/// If it cannot be printed.
pub fn list(arguments: &ListArguments) -> Result<Exit, Complaint> {
    let everything = everything();
    let text = if arguments.json { format!("{everything:#}\n") } else { as_text(&everything) };
    output::print(&text).map_err(|why| Complaint::fault("print", why))?;
    Ok(Exit::Met)
}

fn everything() -> Value {
    let channels: Vec<Value> = KINDS
        .iter()
        .map(|kind| json!({ "name": kind.name, "summary": kind.summary, "specification": kind.specification }))
        .collect();
    let metrics: Vec<Value> = METRICS.iter().map(|metric| {
        json!({ "name": metric.name, "unit": metric.unit, "labels": metric.label_names(), "summary": metric.definition })
    }).collect();
    // There are no named failure modes or attacker classes yet: their lists are there, and empty.
    json!({ "scenarios": scenarios(Path::new("scenarios")), "presets": presets(), "channels": channels, "metrics": metrics, "failure_modes": [], "attacker_classes": [] })
}

/// The shipped presets with their figures.
fn presets() -> Vec<Value> {
    let figure = |figure: &Figure| {
        json!({
            "key": figure.key, "value": figure.value, "source": figure.source, "year": figure.year,
            "confidence": figure.confidence.name(), "says": figure.says, "check_yours": figure.check,
        })
    };
    let presets = preset::all().into_iter();
    presets
        .map(|one| {
            json!({
                "name": format!("{}{}", preset::PREFIX, one.name), "summary": one.summary,
                "parts": one.parts.iter().map(|(part, _)| part.name()).collect::<Vec<_>>(),
                "figures": one.figures.iter().map(figure).collect::<Vec<_>>(),
            })
        })
        .collect()
}

/// The scenarios of the folder `scenarios` here, if there is one, with their lessons.
fn scenarios(folder: &Path) -> Vec<Value> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    let lesson = |path: &Path| super::opening::open(path, &[]).ok().map(|loaded| loaded.scenario.teaches);
    files.iter().filter_map(|path| Some(json!({ "name": super::opening::name(path), "file": path.display().to_string(), "summary": lesson(path)? }))).collect()
}

fn as_text(everything: &Value) -> String {
    let mut text = String::new();
    for (section, entries) in everything.as_object().into_iter().flatten() {
        let entries: &[Value] = entries.as_array().map_or(&[], Vec::as_slice);
        if entries.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}", section.replace('_', " "));
        for entry in entries {
            let field = |name: &str| entry[name].as_str().unwrap_or_default();
            let summary = crate::report::inert::text(field("summary"));
            let _ = writeln!(text, "  {}\n      {}", field("name"), summary.trim());
            for figure in entry["figures"].as_array().into_iter().flatten() {
                let of = |name: &str| figure[name].as_str().unwrap_or_default();
                let year = figure["year"].as_u64().map_or_else(String::new, |year| format!(" ({year})"));
                let (key, value) = (of("key"), of("value"));
                let _ = writeln!(text, "      {key}: {value}  {}: {}{year}", of("confidence"), of("source"));
                let _ = writeln!(text, "          check yours: {}", of("check_yours"));
            }
        }
        text.push('\n');
    }
    text
}
