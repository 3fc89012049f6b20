//! What a trial costs as a system grows: verifiers, replicas, the attacker's rate, the horizon, the lineage.
//!
//! Prints microseconds a trial by each engine, and how cost grows with size: 1 is in step with it. With `--draw FILE.png`
//! the curves are drawn. Sizes at which the engine that plays every request would take seconds are left out for it.

#[path = "cost/curves.rs"]
mod curves;
#[path = "cost/drawing.rs"]
mod drawing;
#[path = "textbook/loaded.rs"]
mod loaded;

use curves::Curve;
use drawing::Panel;
use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Engine, Player, Requests};
use revdrill::random::stream::Seed;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A size, and nanoseconds a trial.
type Point = (f64, f64);

/// More requests a trial than this are not played one by one.
const MOST_REQUESTS: f64 = 1e7;

/// At least so long each point is measured, three times; the fastest counts.
const MEASURED_FOR: Duration = Duration::from_millis(60);

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("cost_curves: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), String> {
    let picture = picture()?;
    let mut panels = Vec::new();
    for curve in &curves::ALL {
        println!("{:<28}{:>16}{:>10}{:>16}{:>10}", curve.name, "every request", "grows", "skipping", "grows");
        let mut panel = Panel { name: curve.name, every_request: Vec::new(), skipping: Vec::new() };
        for size in curve.sizes {
            add_points(curve, *size, &mut panel)?;
        }
        println!();
        panels.push(panel);
    }
    picture.map_or(Ok(()), |path| drawing::draw(&panels, &path).map_err(|why| format!("{}: {why}", path.display())))
}

fn add_points(curve: &Curve, size: u64, panel: &mut Panel) -> Result<(), String> {
    let scenario = loaded::scenario(curve.name, &(curve.text)(size))?;
    let plan = Plan::new(&scenario.system);
    let played = ((curve.requests)(size) <= MOST_REQUESTS).then(|| {
        panel.every_request.push((size as f64, nanos_a_trial(&plan, Engine::EveryRequest)));
        &panel.every_request
    });
    let played = played.map_or((String::from("-"), String::from("-")), |points| shown(points));
    panel.skipping.push((size as f64, nanos_a_trial(&plan, Engine::Auto)));
    let skipped = shown(&panel.skipping);
    println!("{size:<28}{:>16}{:>10}{:>16}{:>10}", played.0, played.1, skipped.0, skipped.1);
    Ok(())
}

/// The last time, and by which power of the size it has grown since the one before.
fn shown(points: &[Point]) -> (String, String) {
    let [.., last] = points else { return (String::new(), String::new()) };
    let time = format!("{:.1} us", last.1 / 1e3);
    let [.., before, last] = points else { return (time, String::from("-")) };
    (time, format!("{:.2}", (last.1 / before.1).ln() / (last.0 / before.0).ln()))
}

fn nanos_a_trial(plan: &Plan<'_>, engine: Engine) -> f64 {
    let mut player = Player::with_engine(plan, engine);
    let mut next = 0;
    let mut once = || {
        let (start, first) = (Instant::now(), next);
        while start.elapsed() < MEASURED_FOR {
            std::hint::black_box(player.play(Seed(1), next, Requests::Counted));
            next += 1;
        }
        start.elapsed().as_secs_f64() * 1e9 / (next - first) as f64
    };
    once().min(once()).min(once())
}

/// Where the picture is to stand, if one is wanted.
fn picture() -> Result<Option<PathBuf>, String> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok(None),
        (Some("--draw"), Some(path)) => Ok(Some(path.into())),
        (Some(other), _) => Err(format!("`{other}` is not known here; use `--draw FILE.png`")),
    }
}
