//! What a trial costs after its ledger: reading it for every column, adding up, finding causes, and the estimates.
//!
//! The trials of cache-replay are played beforehand and gone through again and again as a run goes through them, so that
//! the engine takes no part. Prints nanoseconds a trial, and the parts of them.

#[path = "textbook/loaded.rs"]
mod loaded;

use revdrill::experiment::attribution::{Causes, cause};
use revdrill::experiment::recording::Drill;
use revdrill::experiment::summing_up::sum_up;
use revdrill::experiment::tallies::{Kind, Tallies};
use revdrill::metric::reading::Reading;
use revdrill::model::ledger::Ledger;
use revdrill::model::play::trial::{Player, Requests};
use revdrill::random::stream::Seed;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const SEED: u64 = 1;
const PLAYED: u64 = 10_000;
const COUNTED: u64 = 200_000;
const A_BLOCK: u64 = 160;
const READ_AT_ONCE: u64 = 16;

fn main() -> ExitCode {
    for (name, text) in [loaded::CACHE_REPLAY, loaded::README] {
        if let Err(fault) = measure(name, text) {
            eprintln!("after_the_ledger: {fault}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measure(name: &str, text: &str) -> Result<(), String> {
    let scenario = loaded::scenario(name, text)?;
    let drill = Drill::new(&scenario);
    let mut player = Player::new(&drill.plan);
    let ledgers: Vec<Ledger> = (0..PLAYED).map(|trial| player.play(Seed(SEED), trial, Requests::Counted).0).collect();
    let horizon = scenario.system.horizon.nanos();
    let kinds: Vec<Kind> = drill.columns.iter().map(|column| Kind::of(column, horizon)).collect();
    let mut readings = vec![Reading::default(); drill.columns.len()];
    let circumstances = drill.circumstances();
    let mut tallies = Tallies::new(&drill.columns, COUNTED);
    let (mut causes, mut of_block) = (Causes::default(), Causes::default());
    let (mut reading, mut tallying, mut attributing) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for first in (0..COUNTED).step_by(A_BLOCK as usize) {
        for some in (first..first + A_BLOCK).step_by(READ_AT_ONCE as usize) {
            // As fresh from the engine.
            let ledgers: Vec<Ledger> =
                (some..some + READ_AT_ONCE).map(|trial| ledgers[(trial % PLAYED) as usize].clone()).collect();
            let start = Instant::now();
            for ((column, kind), reading) in drill.columns.iter().zip(&kinds).zip(&mut readings) {
                column.metric.read_all(&ledgers, &column.selection, circumstances, kind.limit(), reading);
            }
            reading += start.elapsed();
            let start = Instant::now();
            for (ledger, number) in ledgers.iter().zip(some..) {
                if let Some(found) = cause(ledger) {
                    of_block.push(number, found);
                }
            }
            attributing += start.elapsed();
        }
        let start = Instant::now();
        tallies.take(&readings);
        tallying += start.elapsed();
        let start = Instant::now();
        causes.merge(&of_block);
        attributing += start.elapsed();
        of_block.clear();
        readings.iter_mut().for_each(Reading::clear);
    }
    let start = Instant::now();
    black_box(causes.table(&scenario.system));
    attributing += start.elapsed();
    let start = Instant::now();
    let shared = tallies.clone().into_shared().len();
    black_box(sum_up(&drill.columns, horizon, tallies, &[], 1));
    let summing = start.elapsed();
    println!("{name}: {} columns of {COUNTED} trials in {shared} tallies, ns a trial", drill.columns.len());
    let parts = [("reading", reading), ("adding up", tallying), ("causes", attributing), ("estimates", summing)];
    let nanos = |duration: Duration| duration.as_secs_f64() * 1e9 / COUNTED as f64;
    for (part, took) in parts {
        println!("{part:<10}{:>9.1}", nanos(took));
    }
    println!("{:<10}{:>9.1}\n", "all", nanos(parts.iter().map(|(_, took)| *took).sum()));
    Ok(())
}
