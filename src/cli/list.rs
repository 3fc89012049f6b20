//! `list`: what is there to use, read from the lists that the program itself works with.

use super::arguments::ListArguments;
use super::complaint::Complaint;
use super::exit::Exit;
use super::output;
use crate::metric::catalogue::METRICS;
use crate::model::channel::list::KINDS;
use crate::scenario::class::CLASSES;
use crate::scenario::failure_modes::MODES;
use crate::scenario::preset::{self, Figure};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Prints everything that can be named.
///
/// # Errors
/// If it cannot be printed, or if there is no such folder as is named.
pub fn list(arguments: &ListArguments) -> Result<Exit, Complaint> {
    let scenarios = match &arguments.folder {
        Some(folder) => scenarios(folder).map_err(|why| Complaint::machine("list the scenarios of", folder, &why))?,
        None => scenarios(Path::new(HERE)).unwrap_or_default(),
    };
    let everything = everything(scenarios);
    let text = if arguments.json { format!("{everything:#}\n") } else { as_text(&everything) };
    output::print(&text).map_err(|why| Complaint::fault("print", why))?;
    Ok(Exit::Met)
}

/// Where scenarios are looked for unless a folder is named.
const HERE: &str = "scenarios";

fn everything(scenarios: Vec<Value>) -> Value {
    let channels: Vec<Value> = KINDS
        .iter()
        .map(|kind| json!({ "name": kind.name, "summary": kind.summary, "specification": kind.specification }))
        .collect();
    let metrics: Vec<Value> = METRICS.iter().map(|metric| {
        json!({ "name": metric.name, "unit": metric.unit, "labels": metric.label_names(), "summary": metric.definition })
    }).collect();
    let modes: Vec<Value> = MODES
        .iter()
        .map(|mode| json!({ "name": mode.name, "number": mode.number, "summary": mode.what, "knob": mode.knob, "needs": mode.needs, "seen": mode.seen }))
        .collect();
    let classes: Vec<Value> = CLASSES
        .iter()
        .map(|class| json!({ "name": class.name, "summary": class.summary, "attacker": class.attacker, "replays": class.stream, "works_out": class.works_out, "seen": class.seen }))
        .collect();
    json!({ "scenarios": scenarios, "presets": presets(), "channels": channels, "metrics": metrics, "failure_modes": modes, "attacker_classes": classes })
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

/// The scenarios of a folder with their lessons.
fn scenarios(folder: &Path) -> io::Result<Vec<Value>> {
    let mut files: Vec<_> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    let lesson = |path: &Path| super::opening::open(path, &[]).ok().map(|loaded| loaded.scenario.teaches);
    Ok(files.iter().filter_map(|path| Some(json!({ "name": super::opening::name(path), "file": path.display().to_string(), "summary": lesson(path)? }))).collect())
}

fn as_text(everything: &Value) -> String {
    let mut text = String::new();
    for (section, entries) in everything.as_object().into_iter().flatten() {
        let entries: &[Value] = entries.as_array().map_or(&[], Vec::as_slice);
        let _ = writeln!(text, "{}", section.replace('_', " "));
        if entries.is_empty() {
            let _ = writeln!(text, "  none here; `revdrill list FOLDER` names those of a folder");
        }
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
