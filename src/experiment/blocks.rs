//! Blocks of trials, played on several threads and collected in order.
//!
//! Threads take the next block that nobody has; what they find is put together in the order of the blocks, so
//! that the number of threads leaves no trace. A run that is stopped early counts the unbroken prefix of blocks
//! and nothing else, so that quick blocks are not favoured.

use super::attribution::{self, Causes};
use super::column::Column;
use super::tallies::Tally;
use crate::metric::catalogue::{Circumstances, Observation};
use crate::model::ledger::{Ledger, Outcome, RequestEntry};
use crate::model::play::plan::Plan;
use crate::model::play::trial::{Player, Requests};
use crate::random::stream::Seed;
use crate::units::time::Span;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

/// Trials in a block, and blocks a thread that may be ahead of the one that is collected next: what they found waits
/// in memory, so both are few where every request is written down.
const fn blocks_of(requests: Requests) -> (u64, u64) {
    match requests {
        Requests::Counted => (128, 32),
        Requests::WrittenDown => (8, 2),
    }
}

/// Trials whose findings a thread may hold in memory.
pub const fn most_trials_held(requests: Requests) -> u64 {
    let (block, ahead) = blocks_of(requests);
    block * (ahead + 1)
}

/// What is to be played.
pub struct Task<'a> {
    /// The compiled system.
    pub plan: &'a Plan<'a>,
    /// Columns to collect.
    pub columns: &'a [Column],
    /// What metrics need to know beside a ledger.
    pub circumstances: Circumstances,
    /// The bound of each target, which no trial may exceed.
    pub bounds: &'a [Option<Span>],
    /// The seed.
    pub seed: Seed,
    /// Trials.
    pub trials: u64,
    /// Threads.
    pub threads: usize,
    /// Whether every request is written down.
    pub requests: Requests,
}

/// A trial as it is handed to whoever writes the table of trials.
pub struct TrialRow<'a> {
    /// Its number.
    pub number: u64,
    /// Its ledger.
    pub ledger: &'a Ledger,
    /// What it says of each column.
    pub observations: &'a [Observation],
    /// Its requests, if they are written down.
    pub requests: &'a [RequestEntry],
}

/// What a run collected.
#[derive(Debug)]
pub struct Collected {
    /// One tally a column.
    pub tallies: Vec<Tally>,
    /// What held doors open.
    pub causes: Causes,
    /// Trials by outcome: revoked, expired before revocation, never revoked.
    pub outcomes: [u64; 3],
    /// Trials that are counted.
    pub trials: u64,
    /// Events that happened in them.
    pub events: u64,
}

/// How a run goes on, and whether it should.
#[derive(Debug, Default)]
pub struct Progress {
    /// Trials that are collected.
    pub done: AtomicU64,
    /// Set by whoever wants the run to stop at the next block.
    pub stop: AtomicBool,
}

struct Block {
    number: u64,
    trials: Vec<(Ledger, Vec<Observation>, Vec<RequestEntry>)>,
}

/// Plays a task. `each` sees every trial in order, and stops the run by an error.
///
/// # Errors
/// Whatever `each` says.
///
/// # Panics
/// If a trial contradicts itself or a bound: a fault of ours.
pub fn play<E>(
    task: &Task<'_>,
    progress: &Progress,
    mut each: impl FnMut(&TrialRow<'_>) -> Result<(), E>,
) -> Result<Collected, E> {
    let horizon = task.plan.system.horizon.nanos();
    let mut collected = Collected {
        tallies: task.columns.iter().map(|column| Tally::new(column.metric, horizon)).collect(),
        causes: Causes::default(),
        outcomes: [0; 3],
        trials: 0,
        events: 0,
    };
    let blocks = task.trials.div_ceil(blocks_of(task.requests).0);
    let next = AtomicU64::new(0);
    let finished = AtomicU64::new(0);
    let (send, receive) = mpsc::channel::<Block>();
    let threads = task.threads.max(1);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let send = send.clone();
            let (next, finished) = (&next, &finished);
            scope.spawn(move || work(task, progress, next, finished, blocks, &send));
        }
        drop(send);
        let mut early: BTreeMap<u64, Block> = BTreeMap::new();
        for block in receive {
            early.insert(block.number, block);
            while let Some(block) = early.remove(&finished.load(Ordering::Relaxed)) {
                collected.take(&block, &mut each).inspect_err(|_| progress.stop.store(true, Ordering::Relaxed))?;
                progress.done.store(collected.trials, Ordering::Relaxed);
                finished.fetch_add(1, Ordering::Release);
            }
        }
        Ok(collected)
    })
}

fn work(
    task: &Task<'_>,
    progress: &Progress,
    next: &AtomicU64,
    finished: &AtomicU64,
    blocks: u64,
    send: &mpsc::Sender<Block>,
) {
    let mut player = Player::new(task.plan);
    let (block, ahead) = blocks_of(task.requests);
    let ahead = ahead * task.threads.max(1) as u64;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        while number < blocks
            && number >= finished.load(Ordering::Acquire) + ahead
            && !progress.stop.load(Ordering::Relaxed)
        {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        if number >= blocks || progress.stop.load(Ordering::Relaxed) {
            return;
        }
        let first = number * block;
        let last = task.trials.min(first + block);
        let stopped = || progress.stop.load(Ordering::Relaxed);
        let trials: Vec<_> =
            (first..last).take_while(|_| !stopped()).map(|trial| one(task, &mut player, trial)).collect();
        // A block that was broken off is not counted: the next run would not break it off at the same trial.
        let whole = trials.len() as u64 == last - first;
        if !whole || send.send(Block { number, trials }).is_err() {
            return;
        }
    }
}

fn one(task: &Task<'_>, player: &mut Player<'_>, number: u64) -> (Ledger, Vec<Observation>, Vec<RequestEntry>) {
    let (ledger, requests) = player.play(task.seed, number, task.requests);
    check_bounds(task, &ledger, number);
    let read = |column: &Column| column.metric.read(&ledger, &column.selection, task.circumstances);
    let observations = task.columns.iter().map(read).collect();
    (ledger, observations, requests)
}

/// A trial beyond the analytic bound of a target is a fault of ours.
fn check_bounds(task: &Task<'_>, ledger: &Ledger, number: u64) {
    let Some(revoked) = ledger.revoked_at else { return };
    for (target, (bound, door)) in task.bounds.iter().zip(&ledger.targets).enumerate() {
        if let Some(bound) = bound {
            let open_until = door.closed_at.unwrap_or(ledger.ended_at).since(revoked);
            let name = &task.plan.system.targets[target].name;
            assert!(
                open_until <= *bound,
                "trial {number}: {name} was open for {open_until}, beyond its bound of {bound}"
            );
        }
    }
}

impl Collected {
    fn take<E>(&mut self, block: &Block, each: &mut impl FnMut(&TrialRow<'_>) -> Result<(), E>) -> Result<(), E> {
        for (ledger, observations, requests) in &block.trials {
            for (tally, observation) in self.tallies.iter_mut().zip(observations) {
                tally.push(*observation);
            }
            if let Some((time, cause)) = attribution::cause(ledger) {
                self.causes.push(time, cause);
            }
            let outcome = match ledger.outcome {
                Outcome::Revoked => 0,
                Outcome::ExpiredBeforeRevocation => 1,
                Outcome::NeverRevoked => 2,
            };
            self.outcomes[outcome] += 1;
            self.events += ledger.events;
            each(&TrialRow { number: self.trials, ledger, observations, requests })?;
            self.trials += 1;
        }
        Ok(())
    }
}
