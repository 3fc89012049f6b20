//! Blocks of trials, played and summed up on several threads.
//!
//! Threads take the next block that nobody has. What a trial says is read, and made ready for a table, by the thread that
//! played it; what has to be in order is handed over in the order of the blocks, and what is summed up does not depend
//! on any order, so that the number of threads leaves no trace. A run that is stopped early counts the unbroken prefix of
//! blocks and nothing else, so that quick blocks are not favoured. What was played and not collected yet waits in memory:
//! the larger the system, the fewer trials make a block and the fewer blocks wait.

use super::attribution::{self, Causes};
use super::column::Column;
use super::playing::{Playing, Threads};
use super::tallies::{Kind, Tallies};
use crate::metric::observation::Observation;
use crate::metric::reading::Reading;
use crate::metric::seen::Circumstances;
use crate::model::ledger::{Closing, Ledger, Outcome, RequestEntry, TargetUse};
use crate::model::play::compiled::plan::Plan;
use crate::model::play::trial::{Engine, Player, Requests};
use crate::random::stream::Seed;
use crate::units::time::Span;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

/// Bytes that a block may leave, requests that are written down not counted; a trial that leaves more is a block by itself.
const BLOCK_BYTES: u64 = 1 << 20;

/// Into so many blocks a run is split if it can be, so that no thread is left alone with a long one at the end.
const BLOCKS_OF_A_RUN: u64 = 256;

/// Ledgers that are read at once, column by column: few enough to stay in the cache nearest to a processor.
const READ_AT_ONCE: usize = 16;

/// The most trials in a block, and blocks a thread that may be ahead of the one that is collected next: what they found
/// waits in memory, so both are few where every request is written down.
const fn blocks_of(requests: Requests) -> (u64, u64) {
    match requests {
        Requests::Counted => (1024, 32),
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
    /// How requests are played.
    pub engine: Engine,
}

/// A trial as it is shown to whoever makes a row of it.
#[derive(Clone, Copy)]
pub struct TrialRow<'a> {
    /// Its number.
    pub number: u64,
    /// Its ledger.
    pub ledger: &'a Ledger,
    /// Its requests, if they are written down.
    pub requests: &'a [RequestEntry],
    /// The columns of the run.
    pub columns: &'a [Column],
    /// What metrics need to know beside a ledger.
    pub circumstances: Circumstances,
}

impl TrialRow<'_> {
    /// What it says of a column.
    pub fn observation(&self, column: usize) -> Observation {
        let Column { metric, selection, .. } = &self.columns[column];
        metric.read(self.ledger, selection, self.circumstances)
    }

    /// What it says of each column.
    pub fn observations(&self) -> impl Iterator<Item = Observation> {
        (0..self.columns.len()).map(|column| self.observation(column))
    }
}

/// What a run collected.
#[derive(Debug)]
pub struct Collected {
    /// What the columns said.
    pub tallies: Tallies,
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
    /// What its threads play.
    pub threads: Threads,
}

/// What the trials of a block say.
#[derive(Default)]
struct Block {
    number: u64,
    readings: Vec<Reading>,
    causes: Causes,
    outcomes: [u64; 3],
    trials: u64,
    events: u64,
}

/// How many trials of a task make a block.
fn trials_a_block(task: &Task<'_>) -> u64 {
    let (targets, verifiers) = (task.plan.system.targets.len(), task.plan.verifiers.len());
    let doors = (targets + verifiers) * size_of::<Closing>() + targets * size_of::<TargetUse>();
    let bytes = size_of::<Ledger>() + doors + task.columns.len() * size_of::<i64>();
    let most = (BLOCK_BYTES / bytes as u64).min(blocks_of(task.requests).0);
    (task.trials / BLOCKS_OF_A_RUN).clamp(1, most.max(1))
}

/// Where the threads of a run stand.
struct Shared<'a, L> {
    task: &'a Task<'a>,
    kinds: Vec<Kind>,
    progress: &'a Progress,
    /// Makes of a trial what is handed over in order.
    look: L,
    /// Trials in a block.
    block: u64,
    /// Blocks in all.
    blocks: u64,
    /// The next block that nobody has.
    next: AtomicU64,
    /// Blocks of the unbroken prefix.
    finished: AtomicU64,
    collected: Mutex<Collected>,
}

impl<L> Shared<'_, L> {
    fn stopped(&self) -> bool {
        self.progress.stop.load(Ordering::Relaxed)
    }

    /// Whether a block has to wait until others are collected; never the one that is collected next.
    fn too_early(&self, number: u64) -> bool {
        let ahead = blocks_of(self.task.requests).1 * self.task.threads.max(1) as u64;
        number >= self.finished.load(Ordering::Acquire) + ahead
    }

    fn collected(&self) -> MutexGuard<'_, Collected> {
        // Whoever panicked while it was locked ends the run: nobody looks at what is half collected.
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Plays a task. `look` makes something of every trial, on the thread that played it; `take` gets it, in the order of the
/// trials and on this thread, and stops the run by an error.
///
/// # Errors
/// Whatever `take` says.
///
/// # Panics
/// If a trial contradicts itself or a bound: a fault of ours.
pub fn play<V: Send, E>(
    task: &Task<'_>,
    progress: &Progress,
    look: impl Fn(&TrialRow<'_>) -> V + Sync,
    mut take: impl FnMut(V) -> Result<(), E>,
) -> Result<Collected, E> {
    let horizon = task.plan.system.horizon.nanos();
    let block = trials_a_block(task);
    let shared = Shared {
        task,
        kinds: task.columns.iter().map(|column| Kind::of(column, horizon)).collect(),
        progress,
        look,
        block,
        blocks: task.trials.div_ceil(block),
        next: AtomicU64::new(0),
        finished: AtomicU64::new(0),
        collected: Mutex::new(Collected {
            tallies: Tallies::new(task.columns, task.trials),
            causes: Causes::default(),
            outcomes: [0; 3],
            trials: 0,
            events: 0,
        }),
    };
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        let _guard = StopOnPanic(&progress.stop);
        let threads: Vec<_> = (0..task.threads.max(1))
            .map(|_| {
                let (send, shared) = (send.clone(), &shared);
                scope.spawn(move || work(shared, &send))
            })
            .collect();
        drop(send);
        let mut early: BTreeMap<u64, Vec<V>> = BTreeMap::new();
        for (number, seen) in receive {
            early.insert(number, seen);
            let mut finished = shared.finished.load(Ordering::Relaxed);
            while let Some(seen) = early.remove(&finished) {
                let taken = seen.into_iter().try_for_each(&mut take);
                taken.inspect_err(|_| progress.stop.store(true, Ordering::Relaxed))?;
                finished += 1;
                shared.finished.store(finished, Ordering::Release);
                progress.done.store(task.trials.min(finished * block), Ordering::Relaxed);
            }
        }
        // Of a run that was stopped, what came after the first block that is missing does not count.
        let finished = shared.finished.load(Ordering::Relaxed);
        let waiting = threads.into_iter().flat_map(|thread| match thread.join() {
            Ok(waiting) => waiting,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        waiting.filter(|block| block.number < finished).for_each(|block| shared.collected().take(&block));
        Ok(())
    })?;
    Ok(shared.collected.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Plays blocks until there are no more, and adds them up once all before them are there; what is left is given back.
fn work<V, L: Fn(&TrialRow<'_>) -> V>(shared: &Shared<'_, L>, send: &mpsc::Sender<(u64, Vec<V>)>) -> VecDeque<Block> {
    let _guard = StopOnPanic(&shared.progress.stop);
    let mut player = Player::with_engine(shared.task.plan, shared.task.engine);
    let playing = shared.progress.threads.this();
    let (mut waiting, mut spare) = (VecDeque::<Block>::new(), Vec::new());
    loop {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        while number < shared.blocks && shared.too_early(number) && !shared.stopped() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        if number >= shared.blocks || shared.stopped() {
            return waiting;
        }
        let mut block = spare.pop().unwrap_or_default();
        // A block that was broken off is not counted: the next run would not break it off at the same trial.
        let Some(seen) = one_block(shared, (&mut player, &playing), number, &mut block) else { return waiting };
        waiting.push_back(block);
        if send.send((number, seen)).is_err() {
            return waiting;
        }
        while waiting.front().is_some_and(|block| block.number < shared.finished.load(Ordering::Acquire)) {
            let Some(block) = waiting.pop_front() else { break };
            shared.collected().take(&block);
            spare.push(block);
        }
    }
}

/// Plays a block; nothing if the run was stopped before its end.
fn one_block<V, L: Fn(&TrialRow<'_>) -> V>(
    shared: &Shared<'_, L>,
    (player, playing): (&mut Player<'_>, &Playing),
    number: u64,
    block: &mut Block,
) -> Option<Vec<V>> {
    let Task { columns, circumstances, seed, requests, .. } = *shared.task;
    let first = number * shared.block;
    let last = shared.task.trials.min(first + shared.block);
    block.begin(number, columns.len());
    let mut seen = Vec::with_capacity((last - first) as usize);
    let mut ledgers = Vec::with_capacity(READ_AT_ONCE);
    for number in first..last {
        if shared.stopped() {
            return None;
        }
        playing.begin(number);
        let (ledger, requests) = player.play(seed, number, requests);
        check_bounds(shared.task, &ledger, number);
        seen.push((shared.look)(&TrialRow { number, ledger: &ledger, requests: &requests, columns, circumstances }));
        playing.end();
        block.count(number, &ledger);
        ledgers.push(ledger);
        if ledgers.len() == READ_AT_ONCE || number + 1 == last {
            for ((column, kind), reading) in columns.iter().zip(&shared.kinds).zip(&mut block.readings) {
                column.metric.read_all(&ledgers, &column.selection, circumstances, kind.limit(), reading);
            }
            ledgers.clear();
        }
    }
    Some(seen)
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

impl Block {
    fn begin(&mut self, number: u64, columns: usize) {
        self.number = number;
        self.readings.resize_with(columns, Reading::default);
        self.readings.iter_mut().for_each(Reading::clear);
        self.causes.clear();
        (self.outcomes, self.trials, self.events) = ([0; 3], 0, 0);
    }

    fn count(&mut self, number: u64, ledger: &Ledger) {
        if let Some(found) = attribution::cause(ledger) {
            self.causes.push(number, found);
        }
        let outcome = match ledger.outcome {
            Outcome::Revoked => 0,
            Outcome::ExpiredBeforeRevocation => 1,
            Outcome::NeverRevoked => 2,
        };
        self.outcomes[outcome] += 1;
        self.trials += 1;
        self.events += ledger.events;
    }
}

impl Collected {
    fn take(&mut self, block: &Block) {
        self.tallies.take(&block.readings);
        self.causes.merge(&block.causes);
        self.outcomes.iter_mut().zip(block.outcomes).for_each(|(all, some)| *all += some);
        self.trials += block.trials;
        self.events += block.events;
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
        Task {
            plan,
            columns: &[],
            circumstances,
            bounds,
            seed: Seed(1),
            trials,
            threads: 2,
            requests,
            engine: Engine::Auto,
        }
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
        let look = |row: &TrialRow<'_>| row.ledger.targets[0].closed_at.zip(row.ledger.revoked_at);
        let played = play(&task(&plan, &[], 300), &Progress::default(), look, |ends| {
            longest = ends.map_or(longest, |(closed, revoked)| longest.max(closed.since(revoked)));
            Ok::<(), Infallible>(())
        });
        assert!(played.is_ok() && longest > Span::ZERO);
        let bounds = [Some(longest - Span::from_nanos(1))];
        let progress = Progress::default();
        let run = catch_unwind(AssertUnwindSafe(|| {
            play(&task(&plan, &bounds, BEYOND), &progress, |_| (), |()| Ok::<(), Infallible>(())).is_ok()
        }));
        assert!(run.is_err(), "a broken bound is a panic");
        assert!(progress.stop.load(Ordering::Relaxed));
    }

    #[test]
    fn whoever_looks_at_the_trials_and_panics_ends_the_run_too() {
        // Panics at the first trial: nothing is ever collected, and threads would wait from the 64th block on.
        let scenario = scenario(1);
        let plan = Plan::new(&scenario.system);
        let take = |()| -> Result<(), Infallible> { panic!("at the first trial") };
        let run = catch_unwind(AssertUnwindSafe(|| {
            play(&task(&plan, &[], BEYOND), &Progress::default(), |_| (), take).is_ok()
        }));
        assert!(run.is_err());
    }

    #[test]
    fn blocks_are_many_enough_to_share_out_and_small_enough_to_hold() {
        // 256 blocks of a run if it has so many trials, none of more than 1024; of 3,000 verifiers with 3,000 targets, no
        // block leaves more than 1 MiB.
        let (small, large) = (scenario(1), scenario(3000));
        let (small, large) = (Plan::new(&small.system), Plan::new(&large.system));
        let a_block = |plan: &Plan<'_>, trials: u64| trials_a_block(&task(plan, &[], trials));
        assert_eq!([1, 256, 2560, 10_000_000].map(|trials| a_block(&small, trials)), [1, 1, 10, 1024]);
        let (ledger, _) = Player::new(&large).play(Seed(1), 0, Requests::Counted);
        let doors = size_of_val(&*ledger.targets) + size_of_val(&*ledger.verifiers) + size_of_val(&*ledger.uses);
        let bytes = (size_of::<Ledger>() + doors) as u64;
        assert!(bytes > 6000 * size_of::<Closing>() as u64);
        assert_eq!(a_block(&large, 10_000_000), BLOCK_BYTES / bytes);
    }

    #[test]
    fn blocks_wait_while_many_are_not_collected_but_never_the_next() {
        // Two threads may be 64 blocks ahead of the next: of 1000 blocks the 10th is next, and the 74th waits.
        let scenario = scenario(1);
        let plan = Plan::new(&scenario.system);
        let (task, progress) = (task(&plan, &[], 1000), Progress::default());
        let collected = Collected {
            tallies: Tallies::new(&[], 1000),
            causes: Causes::default(),
            outcomes: [0; 3],
            trials: 0,
            events: 0,
        };
        let shared = Shared {
            task: &task,
            kinds: Vec::new(),
            progress: &progress,
            look: (),
            block: 1,
            blocks: 1000,
            next: AtomicU64::new(0),
            finished: AtomicU64::new(10),
            collected: Mutex::new(collected),
        };
        assert_eq!([10, 73, 74].map(|number| shared.too_early(number)), [false, false, true]);
    }

    #[test]
    fn a_run_that_is_stopped_counts_what_was_handed_over_and_nothing_else() {
        // Whoever takes the 3,000th trial stops the run: blocks that are played by then still come, in order; the next
        // run of so many trials finds the same.
        let scenario = scenario(1);
        let plan = Plan::new(&scenario.system);
        let progress = Progress::default();
        let mut taken = Vec::new();
        let look = |row: &TrialRow<'_>| (row.number, row.ledger.events);
        let stopped = play(&task(&plan, &[], 1_000_000), &progress, look, |(number, events)| {
            taken.push((number, events));
            progress.stop.fetch_or(number == 3000, Ordering::Relaxed);
            Ok::<(), Infallible>(())
        });
        let Ok(stopped) = stopped;
        assert!(stopped.trials > 3000 && stopped.trials < 100_000, "{}", stopped.trials);
        assert!(taken.iter().map(|(number, _)| *number).eq(0..stopped.trials));
        assert_eq!(stopped.events, taken.iter().map(|(_, events)| events).sum::<u64>());
    }
}
