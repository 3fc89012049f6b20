//! How long an event and a trial take on the workload cache-replay and on the README's scenario, request by request and by
//! skipping, as ratios to the textbook engine in the same run.
//!
//! Before anything is timed the engines must agree: the means over trials of what they find may not lie further
//! apart than four standard errors. `cargo bench --bench cache_replay -- --gate` fails above the limits that hold now.

#[path = "textbook/loaded.rs"]
mod loaded;
#[path = "textbook/rounds.rs"]
mod rounds;
mod textbook;

use revdrill::model::ledger::Ledger;
use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Engine, Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::scenario::load::Scenario;
use revdrill::units::time::{Moment, Span};
use rounds::{Contender, Gate};
use std::hint::black_box;
use std::process::ExitCode;

const SEED: u64 = 1;
const TRIALS_COMPARED: u64 = 400;
const ROUNDS: usize = 40;
const TRIALS_A_ROUND: u64 = 10;

fn main() -> ExitCode {
    match measure() {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("cache_replay: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// The most that each may take of the textbook's time: an event request by request, and a trial of cache-replay and of
/// the README's scenario by skipping, against a trial of cache-replay by the textbook. Found:
/// 0.42, 0.014 and 0.027.
const LIMITS: [f64; 3] = [0.6, 0.03, 0.07];

fn measure() -> Result<ExitCode, String> {
    let gate = rounds::gate()?;
    let (cache_replay, readme) = (load(loaded::CACHE_REPLAY)?, load(loaded::README)?);
    let plans = [Plan::new(&cache_replay.system), Plan::new(&readme.system)];
    agree(&mut Player::with_engine(&plans[0], Engine::EveryRequest), "every request", &FOUND)?;
    // By skipping, requests that were not played are no events.
    agree(&mut Player::with_engine(&plans[0], Engine::Auto), "skipping", &FOUND[..4])?;

    let mut next = 0;
    let textbook = Box::new(move || {
        in_turn(&mut next, TRIALS_A_ROUND, |trial| {
            black_box(textbook::play(SEED, trial));
        })
    });
    let mut contenders = vec![Contender { name: "cache-replay, textbook", work: textbook }];
    contenders.push(by_product("cache-replay, every request", &plans[0], Engine::EveryRequest, 2 * TRIALS_A_ROUND));
    contenders.push(by_product("cache-replay, skipping", &plans[0], Engine::Auto, 20 * TRIALS_A_ROUND));
    contenders.push(by_product("README, every request", &plans[1], Engine::EveryRequest, 4 * TRIALS_A_ROUND));
    contenders.push(by_product("README, skipping", &plans[1], Engine::Auto, 10 * TRIALS_A_ROUND));
    let timed = rounds::alternate(ROUNDS, contenders);

    let events = events_a_trial(&plans);
    println!("{:<30}{:>16}{:>14}{:>20}", "", "trials a second", "ns an event", "times the textbook");
    for (timed, events) in timed.iter().zip(events) {
        let an_event = events.map_or(String::from("-"), |events| format!("{:.2}", timed.nanos / events));
        println!("{:<30}{:>16.0}{an_event:>14}{:>20.1}", timed.name, 1e9 / timed.nanos, 1.0 / timed.ratio);
    }
    let same_work = events[0].unwrap_or(1.0) / events[1].unwrap_or(1.0);
    let an_event = timed[1].ratio * same_work;
    let (low, high) = (timed[1].quartiles.0 * same_work, timed[1].quartiles.1 * same_work);
    println!("\nan event of cache-replay, every request: {an_event:.3} of the textbook's");
    println!("(middle half of the rounds {low:.3} to {high:.3})");
    let ratios = [an_event, timed[2].ratio, timed[4].ratio];
    let names = ["an event, request by request", "a trial, skipping", "a trial of the README's scenario, skipping"];
    Ok(match gate {
        Gate::Open => ExitCode::SUCCESS,
        Gate::Shut => rounds::judge((0..3).map(|row| (names[row], ratios[row], LIMITS[row]))),
        Gate::At(limit) => rounds::judge([(names[0], ratios[0], limit)]),
    })
}

fn load((name, text): (&str, &str)) -> Result<Scenario, String> {
    loaded::scenario(name, text)
}

/// Trials of a plan by one of the engines.
fn by_product<'p>(name: &'p str, plan: &'p Plan<'p>, engine: Engine, trials: u64) -> Contender<'p> {
    let mut player = Player::with_engine(plan, engine);
    let mut next = 0;
    let play = move |trial| {
        black_box(player.play(Seed(SEED), trial, Requests::Counted));
    };
    let mut play = Box::new(play);
    Contender { name, work: Box::new(move || in_turn(&mut next, trials, &mut play)) }
}

/// Plays the next trials; how many.
fn in_turn(next: &mut u64, trials: u64, play: impl FnMut(u64)) -> u64 {
    let first = *next;
    *next += trials;
    (first..*next).for_each(play);
    trials
}

/// Events a trial of each contender, the mean of some; none where not every request is one.
fn events_a_trial(plans: &[Plan<'_>; 2]) -> [Option<f64>; 5] {
    const SOME: u64 = 50;
    let mean = |events: &mut dyn FnMut(u64) -> u64| {
        let all: u64 = (0..SOME).map(events).sum();
        Some(all as f64 / SOME as f64)
    };
    let played = |plan| {
        let mut player = Player::with_engine(plan, Engine::EveryRequest);
        mean(&mut |trial| player.play(Seed(SEED), trial, Requests::Counted).0.events)
    };
    [mean(&mut |trial| textbook::play(SEED, trial).events), played(&plans[0]), None, played(&plans[1]), None]
}

/// What both engines find in a trial, by name.
const FOUND: [&str; 5] =
    ["last accepted replay", "accepted replays", "time to contain", "questions to the issuer", "events"];

/// Compares the means of what the textbook and the product find.
fn agree(player: &mut Player<'_>, engine: &str, found: &[&str]) -> Result<(), String> {
    let textbook: Vec<_> = (0..TRIALS_COMPARED).map(|trial| by_textbook(textbook::play(SEED, trial))).collect();
    let product: Vec<_> =
        (0..TRIALS_COMPARED).map(|trial| of_ledger(&player.play(Seed(SEED), trial, Requests::Counted).0)).collect();
    println!("means of {TRIALS_COMPARED} trials{:>20}{engine:>16}{:>18}", "textbook", "standard errors");
    let mut faults = Vec::new();
    for (column, name) in found.iter().enumerate() {
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

fn of_ledger(ledger: &Ledger) -> [f64; 5] {
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
