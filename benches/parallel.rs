//! How much faster two threads run a whole drill than one: trials, columns, tallies, causes, estimates and verdicts.
//!
//! Both must write the same record. `cargo bench --bench parallel -- --gate` fails below the limit that holds now; it needs
//! two processors that nobody else uses.

#[path = "textbook/loaded.rs"]
mod loaded;
#[path = "textbook/rounds.rs"]
mod rounds;

use revdrill::experiment::blocks::Progress;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::play::trial::{Engine, Requests};
use rounds::{Contender, Gate};
use std::convert::Infallible;
use std::process::ExitCode;

const ROUNDS: usize = 5;
const TRIALS: u64 = 10_000;

/// The most that two threads may take of one thread's time. Found: 0.52 and 0.53.
const LIMIT: f64 = 0.6;

fn main() -> ExitCode {
    match measure() {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("parallel: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<ExitCode, String> {
    let limit = match rounds::gate()? {
        Gate::Open => None,
        Gate::Shut => Some(LIMIT),
        Gate::At(limit) => Some(limit),
    };
    let mut ratios = Vec::new();
    for (name, text) in [loaded::CACHE_REPLAY, loaded::README] {
        let scenario = loaded::scenario(name, text)?;
        let drill = Drill::new(&scenario);
        if record(&drill, 1) != record(&drill, 2) {
            return Err(format!("{name}: two threads do not write what one does"));
        }
        let by = |threads: usize| {
            let drill = &drill;
            move || {
                std::hint::black_box(record(drill, threads));
                TRIALS
            }
        };
        let contenders = vec![
            Contender { name: "one thread", work: Box::new(by(1)) },
            Contender { name: "two threads", work: Box::new(by(2)) },
        ];
        let timed = rounds::alternate(ROUNDS, contenders);
        println!("{name}");
        for timed in &timed {
            let (low, high) = timed.quartiles;
            let (nanos, faster) = (timed.nanos, 1.0 / timed.ratio);
            println!(
                "{:<14}{nanos:>12.0} ns a trial{faster:>8.2} times ({:.2} to {:.2})",
                timed.name,
                1.0 / high,
                1.0 / low
            );
        }
        ratios.push((name, timed[1].ratio));
    }
    let judged = |limit: f64| rounds::judge(ratios.iter().map(|(name, ratio)| (*name, *ratio, limit)));
    Ok(limit.map_or(ExitCode::SUCCESS, judged))
}

/// A whole drill; what it records.
fn record(drill: &Drill<'_>, threads: usize) -> String {
    let settings = Settings {
        name: "parallel".into(),
        seed: 1,
        trials: TRIALS,
        threads,
        requests: Requests::Counted,
        engine: Engine::EveryRequest,
    };
    let found = drill.record(&settings, &Progress::default(), |_| (), |()| Ok::<(), Infallible>(()));
    found.map_or_else(|_| String::new(), |record| format!("{record:?}"))
}
