//! Blocks of trials, played on several threads and collected in order.
//!
//! Threads take the next block that nobody has; what they find is put together in the order of the blocks, so
//! that the number of threads leaves no trace. A run that is stopped early counts the unbroken prefix of blocks
//! and nothing else, so that quick blocks are not favoured. What was played and not collected yet waits in memory: the
//! larger the system, the fewer trials make a block and the fewer blocks wait.

use super::attribution::{self, Causes};
use super::column::Column;
use super::tallies::Tally;
use crate::metric::catalogue::{Circumstances, Observation};
use crate::model::ledger::{Closing, Ledger, Outcome, RequestEntry, TargetUse};
use crate::model::play::plan::Plan;
use crate::model::play::trial::{Player, Requests};
use crate::random::stream::Seed;
use crate::units::time::Span;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

/// Bytes that a block may leave, requests that are written down not counted; a trial that leaves more is a block by itself.
const BLOCK_BYTES: u64 = 4 << 20;

/// The most trials in a block, and blocks a thread that may be ahead of the one that is collected next: what they found
/// waits in memory, so both are few where every request is written down.
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

/// Bytes of finished blocks from which on no block is begun but the one that is collected next.
const WAITING_BYTES: u64 = 64 << 20;

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
    trials: Vec<Trial>,
}

impl Block {
    fn bytes(&self) -> u64 {
        let bytes = |trial: &Trial| trial_bytes(&trial.0, trial.1.len()) + size_of_val(&*trial.2) as u64;
        self.trials.iter().map(bytes).sum()
    }
}

type Trial = (Ledger, Vec<Observation>, Vec<RequestEntry>);

/// What a trial leaves beside its requests, in bytes.
fn trial_bytes(ledger: &Ledger, columns: usize) -> u64 {
    let doors = size_of_val(&*ledger.targets) + size_of_val(&*ledger.verifiers) + size_of_val(&*ledger.uses);
    (size_of::<Trial>() + doors + columns * size_of::<Observation>()) as u64
}

/// How many trials of a task make a block.
fn trials_a_block(task: &Task<'_>) -> u64 {
    let (targets, verifiers) = (task.plan.system.targets.len(), task.plan.verifiers.len());
    let doors = (targets + verifiers) * size_of::<Closing>() + targets * size_of::<TargetUse>();
    let bytes = size_of::<Trial>() + doors + task.columns.len() * size_of::<Observation>();
    (BLOCK_BYTES / bytes as u64).clamp(1, blocks_of(task.requests).0)
}

/// Where the threads of a run stand.
struct Shared<'a> {
    task: &'a Task<'a>,
    progress: &'a Progress,
    /// Trials in a block.
    block: u64,
    /// Blocks in all.
    blocks: u64,
    /// The next block that nobody has.
    next: AtomicU64,
    /// Blocks that are collected.
    finished: AtomicU64,
    /// Bytes of blocks that are played and not collected.
    waiting: AtomicU64,
}

impl Shared<'_> {
    fn stopped(&self) -> bool {
        self.progress.stop.load(Ordering::Relaxed)
    }

    /// Whether a block has to wait until others are collected; never the one that is collected next.
    fn too_early(&self, number: u64) -> bool {
        let finished = self.finished.load(Ordering::Acquire);
        let ahead = blocks_of(self.task.requests).1 * self.task.threads.max(1) as u64;
        number > finished && (number >= finished + ahead || self.waiting.load(Ordering::Relaxed) >= WAITING_BYTES)
    }
}

/// Stops the run when its thread panics: nobody waits for a block that will never come.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
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
        tallies: task.columns.iter().map(|column| Tally::new(column, horizon)).collect(),
        causes: Causes::default(),
        outcomes: [0; 3],
        trials: 0,
        events: 0,
    };
    let block = trials_a_block(task);
    let shared = Shared {
        task,
        progress,
        block,
        blocks: task.trials.div_ceil(block),
        next: AtomicU64::new(0),
        finished: AtomicU64::new(0),
        waiting: AtomicU64::new(0),
    };
    let (send, receive) = mpsc::channel::<Block>();
    std::thread::scope(|scope| {
        let _guard = StopOnPanic(&progress.stop);
        for _ in 0..task.threads.max(1) {
            let (send, shared) = (send.clone(), &shared);
            scope.spawn(move || work(shared, &send));
        }
        drop(send);
        let mut early: BTreeMap<u64, Block> = BTreeMap::new();
        for block in receive {
            early.insert(block.number, block);
            while let Some(block) = early.remove(&shared.finished.load(Ordering::Relaxed)) {
                collected.take(&block, &mut each).inspect_err(|_| progress.stop.store(true, Ordering::Relaxed))?;
                progress.done.store(collected.trials, Ordering::Relaxed);
                shared.waiting.fetch_sub(block.bytes(), Ordering::Relaxed);
                shared.finished.fetch_add(1, Ordering::Release);
            }
        }
        Ok(collected)
    })
}

fn work(shared: &Shared<'_>, send: &mpsc::Sender<Block>) {
    let _guard = StopOnPanic(&shared.progress.stop);
    let mut player = Player::new(shared.task.plan);
    loop {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        while number < shared.blocks && shared.too_early(number) && !shared.stopped() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        if number >= shared.blocks || shared.stopped() {
            return;
        }
        let first = number * shared.block;
        let last = shared.task.trials.min(first + shared.block);
        let unbroken = (first..last).take_while(|_| !shared.stopped());
        let trials: Vec<_> = unbroken.map(|trial| one(shared.task, &mut player, trial)).collect();
        // A block that was broken off is not counted: the next run would not break it off at the same trial.
        let whole = trials.len() as u64 == last - first;
        let block = Block { number, trials };
        shared.waiting.fetch_add(block.bytes(), Ordering::Relaxed);
        if !whole || send.send(block).is_err() {
            return;
        }
    }
}

fn one(task: &Task<'_>, player: &mut Player<'_>, number: u64) -> Trial {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load::{Input, Scenario, load};
    use crate::scenario::objectives::Catalogue;
    use std::convert::Infallible;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn scenario(verifiers: usize) -> Scenario {
        let places: String =
            (0..verifiers).map(|n| format!("  v{n}: {{ asks: idp, cache: {{ ttl: 60s }} }}\n")).collect();
        let text = format!(
            "revdrill: 1\nteaches: Blocks.\nhorizon: 2m after revocation\ncredentials:\n  key: {{ kind: opaque, issuer: idp, \
             lifetime: forever }}\nverifiers:\n{places}attacker: {{ steals: key, first_try: 0s, replays: {{ arrivals: \
             poisson 1/s, order: enumerate }} }}\ndefender: {{ detects: 10s, playbook: [ {{ revoke: key }} ] }}\n"
        );
        let input = Input::Text { name: "blocks".into(), text, folder: None };
        load(&input, &[], &Catalogue).unwrap_or_else(|_| panic!("a scenario")).scenario
    }

    fn task<'a>(plan: &'a Plan<'a>, bounds: &'a [Option<Span>], trials: u64) -> Task<'a> {
        let circumstances = Circumstances { computed_load: 0.0, used_elsewhere_before: false };
        let requests = Requests::Counted;
        Task { plan, columns: &[], circumstances, bounds, seed: Seed(1), trials, threads: 2, requests }
    }

    /// More trials than two threads may play while one block is missing.
    const BEYOND: u64 = (2 * blocks_of(Requests::Counted).1 + 4) * blocks_of(Requests::Counted).0;

    #[test]
    fn a_trial_that_panics_ends_the_run_instead_of_leaving_others_to_wait() {
        // The bound is a nanosecond short of the longest of the first 300 trials: of those only that one breaks it, and
        // its block never comes. The other thread may go on for 64 blocks and would then wait for ever.
        let scenario = scenario(1);
        let plan = Plan::new(&scenario.system);
        let mut longest = Span::ZERO;
        let played = play(&task(&plan, &[], 300), &Progress::default(), |row: &TrialRow<'_>| {
            let ends = row.ledger.targets[0].closed_at.zip(row.ledger.revoked_at);
            longest = ends.map_or(longest, |(closed, revoked)| longest.max(closed.since(revoked)));
            Ok::<(), Infallible>(())
        });
        assert!(played.is_ok() && longest > Span::ZERO);
        let bounds = [Some(longest - Span::from_nanos(1))];
        let progress = Progress::default();
        let each = |_: &TrialRow<'_>| Ok::<(), Infallible>(());
        let run = catch_unwind(AssertUnwindSafe(|| play(&task(&plan, &bounds, BEYOND), &progress, each).is_ok()));
        assert!(run.is_err(), "a broken bound is a panic");
        assert!(progress.stop.load(Ordering::Relaxed));
    }

    #[test]
    fn whoever_looks_at_the_trials_and_panics_ends_the_run_too() {
        // Panics at the first trial: nothing is ever collected, and threads would wait from the 64th block on.
        let scenario = scenario(1);
        let plan = Plan::new(&scenario.system);
        let each = |_: &TrialRow<'_>| -> Result<(), Infallible> { panic!("at the first trial") };
        let run =
            catch_unwind(AssertUnwindSafe(|| play(&task(&plan, &[], BEYOND), &Progress::default(), each).is_ok()));
        assert!(run.is_err());
    }

    #[test]
    fn the_larger_a_system_the_fewer_trials_make_a_block() {
        // One verifier is one target: 128 trials leave far less than 4 MiB. 3,000 of each leave 2 * 3,000 doors and 3,000
        // uses a trial, and no whole block leaves more than 4 MiB.
        let small = scenario(1);
        assert_eq!(trials_a_block(&task(&Plan::new(&small.system), &[], 1)), blocks_of(Requests::Counted).0);
        let large = scenario(3000);
        let plan = Plan::new(&large.system);
        let a_block = trials_a_block(&task(&plan, &[], 1));
        let (ledger, _) = Player::new(&plan).play(Seed(1), 0, Requests::Counted);
        let bytes = trial_bytes(&ledger, 0);
        assert!(bytes > 6000 * size_of::<Closing>() as u64);
        assert_eq!(a_block, BLOCK_BYTES / bytes);
    }

    #[test]
    fn blocks_wait_while_much_is_not_collected_but_never_the_next() {
        let scenario = scenario(1);
        let plan = Plan::new(&scenario.system);
        let (task, progress) = (task(&plan, &[], 1000), Progress::default());
        let shared = |finished: u64, waiting: u64| Shared {
            task: &task,
            progress: &progress,
            block: 1,
            blocks: 1000,
            next: AtomicU64::new(0),
            finished: AtomicU64::new(finished),
            waiting: AtomicU64::new(waiting),
        };
        // Two threads: 64 blocks ahead of the next at most, and none but the next from 64 MiB on.
        let little = shared(10, 0);
        assert_eq!([10, 73, 74].map(|number| little.too_early(number)), [false, false, true]);
        let much = shared(10, WAITING_BYTES);
        assert_eq!([10, 11].map(|number| much.too_early(number)), [false, true]);
    }
}
