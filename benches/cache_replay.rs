//! How long an event takes on the workload cache-replay, as a ratio to the textbook engine in the same run.
//!
//! Before anything is timed both engines must agree: the means over trials of what they find may not lie further
//! apart than four standard errors. `cargo bench --bench cache_replay -- --gate` fails above the limit that holds now.

#[path = "textbook/loaded.rs"]
mod loaded;
#[path = "textbook/rounds.rs"]
mod rounds;
mod textbook;

use revdrill::model::ledger::Ledger;
use revdrill::model::play::plan::Plan;
use revdrill::model::play::trial::{Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::units::time::{Moment, Span};
use std::hint::black_box;
use std::process::ExitCode;

const SEED: u64 = 1;
const TRIALS_COMPARED: u64 = 400;
const ROUNDS: usize = 60;
const TRIALS_A_ROUND: u64 = 20;

fn main() -> ExitCode {
    match measure() {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("cache_replay: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<ExitCode, String> {
    let limit = rounds::limit()?;
    let (name, text) = loaded::CACHE_REPLAY;
    let scenario = loaded::scenario(name, text)?;
    let plan = Plan::new(&scenario.system);
    let mut player = Player::new(&plan);
    agree(&mut player)?;

    let (mut next_textbook, mut next_product) = (0, 0);
    let rounds = rounds::alternate(
        ROUNDS,
        || in_turn(&mut next_textbook, |trial| black_box(textbook::play(SEED, trial)).events),
        || in_turn(&mut next_product, |trial| black_box(player.play(Seed(SEED), trial, Requests::Counted)).0.events),
    );
    let events = textbook::play(SEED, 0).events as f64;
    println!("{:<10}{:>14}{:>16}", "", "ns an event", "trials a second");
    for (name, nanos) in [("textbook", rounds.textbook), ("product", rounds.product)] {
        println!("{name:<10}{nanos:>14.2}{:>16.0}", 1e9 / (nanos * events));
    }
    Ok(rounds.judge(limit))
}

/// Plays the next trials; their events.
fn in_turn(next: &mut u64, play: impl FnMut(u64) -> u64) -> u64 {
    let first = *next;
    *next += TRIALS_A_ROUND;
    (first..*next).map(play).sum()
}

/// What both engines find in a trial, by name.
const FOUND: [&str; 5] =
    ["last accepted replay", "accepted replays", "time to contain", "questions to the issuer", "events"];

/// Compares the means of what both engines find.
fn agree(player: &mut Player<'_>) -> Result<(), String> {
    let textbook: Vec<_> = (0..TRIALS_COMPARED).map(|trial| by_textbook(textbook::play(SEED, trial))).collect();
    let product: Vec<_> =
        (0..TRIALS_COMPARED).map(|trial| by_product(&player.play(Seed(SEED), trial, Requests::Counted).0)).collect();
    println!("means of {TRIALS_COMPARED} trials{:>20}{:>16}{:>18}", "textbook", "product", "standard errors");
    let mut faults = Vec::new();
    for (column, name) in FOUND.iter().enumerate() {
        let (mean, error) = mean_and_error(textbook.iter().map(|row| row[column]));
        let (other_mean, other_error) = mean_and_error(product.iter().map(|row| row[column]));
        let apart = (mean - other_mean).abs() / f64::hypot(error, other_error);
        println!("{name:<24}{mean:>18.3}{other_mean:>16.3}{apart:>18.2}");
        if apart.is_nan() || apart > 4.0 {
            faults.push(*name);
        }
    }
    println!();
    if faults.is_empty() { Ok(()) } else { Err(format!("the engines do not agree on: {}", faults.join(", "))) }
}

fn by_textbook(found: textbook::Found) -> [f64; 5] {
    [found.last_accepted, found.accepted as f64, found.time_to_contain, found.asked as f64, found.events as f64]
}

fn by_product(ledger: &Ledger) -> [f64; 5] {
    let since_revocation = |at: Option<Moment>| match (at, ledger.revoked_at) {
        (Some(at), Some(revoked)) => at.since(revoked).max(Span::ZERO).seconds(),
        _ => 0.0,
    };
    let last = ledger.uses.iter().filter_map(|target| target.last_accepted).max();
    let accepted: u64 = ledger.uses.iter().map(|target| target.accepted_after).sum();
    [
        since_revocation(last),
        accepted as f64,
        since_revocation(ledger.whole.closed_at),
        ledger.load.asked as f64,
        ledger.events as f64,
    ]
}

fn mean_and_error(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}
