//! `check`: whether scenarios are valid, with advice, the bound of each target, and the price of a run.

use super::afford::{Asked, afford};
use super::arguments::{CheckArguments, Format};
use super::complaint::Complaint;
use super::exit::Exit;
use super::{opening, output};
use crate::document::rendering::render;
use crate::experiment::price;
use crate::experiment::recording::Drill;
use crate::model::play::trial::Requests;
use crate::report::inert;
use crate::scenario::load::Loaded;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

/// Checks every file and goes on after a bad one.
///
/// # Errors
/// If a file is invalid or a run of it would be too dear; the worst decides.
pub fn check(arguments: &CheckArguments) -> Result<Exit, Complaint> {
    let mut worst: Option<Complaint> = None;
    let mut results = Vec::new();
    for file in &arguments.files {
        match one(file, arguments) {
            Ok(result) => results.push(result),
            Err(complaint) => {
                output::complain(&complaint.text);
                worst.get_or_insert(complaint);
            }
        }
    }
    let text = match arguments.format {
        Format::Text => results.iter().map(|result| result.text.as_str()).collect(),
        Format::Json => {
            format!("{:#}\n", json!({ "scenarios": results.iter().map(|result| &result.json).collect::<Vec<_>>() }))
        }
    };
    output::print(&text).map_err(|why| Complaint::fault("print", why))?;
    Ok(worst.map_or(Exit::Met, |complaint| complaint.exit))
}

struct Checked {
    text: String,
    json: serde_json::Value,
}

fn one(file: &Path, arguments: &CheckArguments) -> Result<Checked, Complaint> {
    let loaded = opening::open(file, &arguments.sets)?;
    let Loaded { scenario, advice, sources, .. } = &loaded;
    let drill = Drill::new(scenario);
    let trials = arguments.trials.unwrap_or(scenario.trials);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (requests, engine) = (Requests::Counted, arguments.engine.engine());
    let asked = Asked { trials, threads, max_events: arguments.max_events, requests, engine };
    let cost = afford(&drill, &loaded, asked)?;
    if !advice.is_empty() {
        output::complain(&render(advice, sources, output::message_colour()));
    }
    let shown = inert::text(&file.display().to_string());
    let mut text = format!("{shown}: valid\n");
    for (target, bound) in scenario.system.targets.iter().zip(&drill.bounds) {
        let _ = match bound.span {
            Some(span) => writeln!(text, "  {}: contained at most {} ({})", target.name, span.exact(), bound.because),
            None => writeln!(text, "  {}: no bound: {}", target.name, bound.because),
        };
    }
    let time = price::time(&cost, trials, threads);
    let _ = writeln!(
        text,
        "  price: about {:.0} events a trial, {trials} trials, {} on {threads} threads, {:.0} MB",
        cost.work_per_trial(),
        time.human(),
        (cost.bytes(threads) / 1e6).max(1.0)
    );
    if arguments.defaults {
        if !scenario.figures.is_empty() {
            text.push_str("  taken over from presets:\n");
        }
        for one in &scenario.figures {
            let _ = writeln!(text, "    {}: {} ({}; {})", one.path, one.figure.value, one.preset, one.source());
        }
        text.push_str("  left out, and what holds:\n");
        for left_out in crate::scenario::defaults::left_out(&scenario.resolved) {
            let _ = writeln!(text, "    {}: {}", left_out.path, left_out.default);
        }
    }
    let bounds: Vec<_> = scenario.system.targets.iter().zip(&drill.bounds).map(|(target, bound)| json!({
        "target": target.name, "bound_seconds": bound.span.map(crate::units::time::Span::seconds), "because": bound.because,
    })).collect();
    let json = json!({
        "file": shown, "valid": true, "advice": advice.located(sources), "bounds": bounds,
        "figures": scenario.figures.iter().map(|one| json!({
            "path": one.path, "preset": one.preset, "value": one.figure.value, "source": one.figure.source,
            "year": one.figure.year, "confidence": one.figure.confidence.name(), "check_yours": one.figure.check,
        })).collect::<Vec<_>>(),
        "price": { "events_per_trial": cost.events_per_trial().round(), "trials": trials, "bytes": cost.bytes(threads) },
    });
    Ok(Checked { text, json })
}
