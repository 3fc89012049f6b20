//! Attribution: which door closed last in each trial, what kept it open, and what shut it.

use crate::model::ledger::{ClosedBy, Closing, HeldOpenBy, Ledger, Outcome};
use crate::model::system::System;
use crate::record::summary::Attribution;
use std::collections::BTreeMap;

/// A cause: target, verifier, what kept it open, what shut it.
pub type Cause = (usize, Option<usize>, HeldOpenBy, ClosedBy);

/// What is said of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Time to contain; none if it was not contained.
    pub time: Option<i64>,
    /// Its cause; of several doors that shut last the first in the scenario.
    pub cause: Cause,
    /// Whether a door that was held open elsewhere shut as late.
    pub shared: bool,
}

/// Trials whose time to contain is kept with its cause, to tell the worst of them; beyond, the worst are those of the
/// first so many, and the record says so.
pub const MOST_KEPT: u64 = 1_000_000;

/// Causes over the revoked trials.
#[derive(Debug, Default)]
pub struct Causes {
    numbers: BTreeMap<Cause, u32>,
    counts: Vec<u64>,
    shared: Vec<u64>,
    kept: Vec<Kept>,
}

/// What is kept of a trial.
#[derive(Clone, Copy, Debug)]
struct Kept {
    /// Time to contain; none if it was not contained.
    time: Option<i64>,
    /// Number of the trial.
    trial: u32,
    /// Number of its cause.
    cause: u32,
}

/// Bytes that the causes of so many trials may take.
pub fn bytes(trials: u64) -> u64 {
    trials.min(MOST_KEPT) * size_of::<Kept>() as u64
}

/// The cause of a trial's time to contain, if it was revoked.
pub fn cause(ledger: &Ledger) -> Option<Found> {
    if ledger.outcome != Outcome::Revoked {
        return None;
    }
    let revoked = ledger.revoked_at?;
    let last = |closing: &Closing| closing.closed_at.map_or(i64::MAX, |at| at.nanos());
    let (target, door) = ledger.targets.iter().enumerate().rev().max_by_key(|(_, closing)| last(closing))?;
    let (held, at) = door.held_open_by;
    let time = door.closed_at.map(|at| at.since(revoked).nanos());
    let elsewhere = |other: &Closing| last(other) == last(door) && other.held_open_by.1 != at;
    let shared = held != HeldOpenBy::Nothing && ledger.targets.iter().any(elsewhere);
    Some(Found { time, cause: (target, at.map(|verifier| verifier.index()), held, door.closed_by), shared })
}

impl Causes {
    /// Trials that are counted and whose time to contain is not kept.
    pub fn left_out(&self) -> u64 {
        self.counts.iter().sum::<u64>() - self.kept.len() as u64
    }

    /// Takes in the cause of a trial.
    pub fn push(&mut self, trial: u64, Found { time, cause, shared }: Found) {
        let cause = self.number(cause);
        self.counts[cause as usize] += 1;
        self.shared[cause as usize] += u64::from(shared);
        if trial < MOST_KEPT {
            self.kept.push(Kept { time, trial: trial as u32, cause });
        }
    }

    /// Takes in the causes of other trials.
    pub fn merge(&mut self, others: &Self) {
        let mut numbers = vec![0; others.counts.len()];
        for (cause, theirs) in &others.numbers {
            numbers[*theirs as usize] = self.number(*cause);
        }
        for (theirs, count) in others.counts.iter().enumerate() {
            self.counts[numbers[theirs] as usize] += count;
            self.shared[numbers[theirs] as usize] += others.shared[theirs];
        }
        self.kept.extend(others.kept.iter().map(|kept| Kept { cause: numbers[kept.cause as usize], ..*kept }));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.counts.clear();
        self.shared.clear();
        self.kept.clear();
    }

    fn number(&mut self, cause: Cause) -> u32 {
        let next = self.counts.len() as u32;
        let number = *self.numbers.entry(cause).or_insert(next);
        if number == next {
            self.counts.push(0);
            self.shared.push(0);
        }
        number
    }

    /// The table of causes, the most frequent among the worst 1 % first.
    pub fn table(mut self, system: &System) -> Vec<Attribution> {
        let worst = self.kept.len().div_ceil(100);
        if worst < self.kept.len() {
            // Not contained is worse than any time; of equal times, the earlier trial.
            let badness = |kept: &Kept| (std::cmp::Reverse(kept.time.unwrap_or(i64::MAX)), kept.trial);
            self.kept.select_nth_unstable_by_key(worst, badness);
        }
        let mut worst_counts = vec![0_u64; self.counts.len()];
        for kept in &self.kept[..worst] {
            worst_counts[kept.cause as usize] += 1;
        }
        let mut rows: Vec<Attribution> = self
            .numbers
            .iter()
            .map(|(cause, number)| {
                let (target, verifier, held, closed) = *cause;
                Attribution {
                    target: system.targets[target].name.clone(),
                    verifier: verifier.map_or_else(String::new, |verifier| system.verifiers[verifier].name.clone()),
                    held_open_by: held.name().to_owned(),
                    closed_by: closed_by(closed, system),
                    trials: self.counts[*number as usize],
                    worst_trials: worst_counts[*number as usize],
                    shared_trials: self.shared[*number as usize],
                }
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.worst_trials, row.trials)));
        rows
    }
}

/// What shut a door, in the words of a record.
pub fn closed_by(cause: ClosedBy, system: &System) -> String {
    match cause {
        ClosedBy::Nothing => "nothing".into(),
        ClosedBy::Revocation => "revocation".into(),
        ClosedBy::TimeToLive => "time_to_live".into(),
        ClosedBy::CredentialExpiry => "credential_expiry".into(),
        ClosedBy::ReadReplica => "read_replica".into(),
        ClosedBy::FreshAnswer => "introspection".into(),
        ClosedBy::Recovery => "recovery".into(),
        ClosedBy::List => "deny_list".into(),
        ClosedBy::Restart => "restart".into(),
        ClosedBy::ConnectionAge => "connection_age".into(),
        ClosedBy::Recheck => "recheck".into(),
        ClosedBy::ClosedConnections => "closed_connections".into(),
        ClosedBy::Purge => "purge".into(),
        ClosedBy::Replacement => "replacement".into(),
        ClosedBy::NetworkBlock => "network_block".into(),
        ClosedBy::Channel(number) => system.channels[number as usize].channel.kind().name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::scenario;
    use super::*;
    use crate::model::id::VerifierId;
    use crate::model::ledger::{Blast, Load};
    use crate::units::time::{Moment, Span};

    const CACHE: Cause = (0, Some(0), HeldOpenBy::Cache, ClosedBy::TimeToLive);
    const PUSH: Cause = (1, Some(1), HeldOpenBy::Cache, ClosedBy::Channel(0));
    const OPEN: Cause = (2, Some(2), HeldOpenBy::NoCheck, ClosedBy::Nothing);

    fn door(closed_at: Option<i64>, held_open_by: (HeldOpenBy, Option<VerifierId>), closed_by: ClosedBy) -> Closing {
        let at = closed_at.map(Moment::from_nanos);
        Closing { closed_at: at, first_closed_at: at, open_for: Span::ZERO, reopenings: 0, held_open_by, closed_by }
    }

    fn ledger(outcome: Outcome, targets: Vec<Closing>) -> Ledger {
        Ledger {
            outcome,
            detected_at: None,
            by_luck: false,
            rotation_ordered_at: None,
            rotated_at: None,
            decided_at: None,
            revoked_at: Some(Moment::from_nanos(100)),
            invalidated_at: None,
            acquired_at: None,
            first_use_at: None,
            next_presented_at: None,
            ended_at: Moment::from_nanos(1000),
            whole: targets[0],
            targets,
            verifiers: Vec::new(),
            uses: Vec::new(),
            blast: Blast::default(),
            blast_after: Blast::default(),
            rejected_after: 0,
            in_flight_accepts: 0,
            collateral_rejections: 0,
            false_rejections: 0,
            lawful_outage: Span::ZERO,
            load: Load::default(),
            minted: 0,
            used_derived: false,
            surviving: 0,
            events: 0,
        }
    }

    fn found(time: Option<i64>, cause: Cause) -> Found {
        Found { time, cause, shared: false }
    }

    #[test]
    fn a_door_at_another_verifier_that_shut_as_late_is_not_forgotten() {
        let held_at = |at: usize| (HeldOpenBy::NoCheck, Some(VerifierId(at as u16)));
        let open = |at: usize| door(None, held_at(at), ClosedBy::Nothing);
        let shared = |targets| cause(&ledger(Outcome::Revoked, targets)).is_some_and(|found| found.shared);
        // Two targets behind one verifier are one reason; two verifiers are two.
        assert!(!shared(vec![open(0), open(0)]) && shared(vec![open(0), open(1)]));
        let mut causes = Causes::default();
        causes.push(0, found(None, OPEN));
        causes.push(1, Found { shared: true, ..found(None, OPEN) });
        let mut more = Causes::default();
        more.push(2, Found { shared: true, ..found(None, OPEN) });
        causes.merge(&more);
        let table = causes.table(&scenario("[ p99(time_to_contain) <= 60s ]").system);
        assert_eq!((table[0].trials, table[0].shared_trials), (3, 2));
    }

    #[test]
    fn the_cause_is_that_of_the_door_that_shut_last() {
        // Revoked at 100: shut at 150 and 300, so 200 after it; of two that shut together the first in the scenario.
        let early = door(Some(150), (HeldOpenBy::Cache, Some(VerifierId(0))), ClosedBy::TimeToLive);
        let late = door(Some(300), (HeldOpenBy::ReadLag, Some(VerifierId(1))), ClosedBy::ReadReplica);
        let late_cause = |target| (target, Some(1), HeldOpenBy::ReadLag, ClosedBy::ReadReplica);
        assert_eq!(
            cause(&ledger(Outcome::Revoked, vec![early, late, late])),
            Some(Found { time: Some(200), cause: late_cause(1), shared: false })
        );
        // One that never shut is later than all.
        let never = door(None, (HeldOpenBy::NoCheck, Some(VerifierId(2))), ClosedBy::Nothing);
        assert_eq!(
            cause(&ledger(Outcome::Revoked, vec![never, late])),
            Some(Found { time: None, cause: (0, OPEN.1, OPEN.2, OPEN.3), shared: false })
        );
        assert_eq!(cause(&ledger(Outcome::NeverRevoked, vec![late])), None);
        assert_eq!(cause(&ledger(Outcome::ExpiredBeforeRevocation, vec![late])), None);
    }

    #[test]
    fn the_most_frequent_among_the_worst_hundredth_comes_first() {
        // 300 trials: 297 by the cache at 5 s, two by a lost push at 9 s, one never. The worst 3 are the latter.
        let mut causes = Causes::default();
        causes.push(0, found(Some(9), PUSH));
        (1..298).for_each(|trial| causes.push(trial, found(Some(5), CACHE)));
        let mut later = Causes::default();
        later.push(299, found(Some(9), PUSH));
        later.push(298, found(None, OPEN));
        causes.merge(&later);
        let table = causes.table(&scenario("[ p99(time_to_contain) <= 60s ]").system);
        let rows: Vec<_> = table
            .iter()
            .map(|row| {
                let names = (row.target.as_str(), row.verifier.as_str(), row.closed_by.as_str());
                (names, row.trials, row.worst_trials)
            })
            .collect();
        let expected = [
            (("ci", "ci", "set_push"), 2, 2),
            (("gate", "gate", "nothing"), 1, 1),
            (("edge", "edge", "time_to_live"), 297, 0),
        ];
        assert_eq!(rows, expected);
        assert_eq!(table[1].held_open_by, "no_check");
    }

    #[test]
    fn causes_beyond_those_kept_are_counted_and_said_to_be_missing() {
        let mut causes = Causes::default();
        (0..MOST_KEPT).for_each(|trial| causes.push(trial, found(Some(5), CACHE)));
        assert_eq!(causes.left_out(), 0);
        causes.push(MOST_KEPT, found(None, OPEN));
        assert_eq!(causes.left_out(), 1);
        let table = causes.table(&scenario("[ p99(time_to_contain) <= 60s ]").system);
        assert_eq!(
            table.iter().map(|row| (row.trials, row.worst_trials)).collect::<Vec<_>>(),
            [(1_000_000, 10_000), (1, 0)]
        );
    }

    #[test]
    fn no_trial_has_no_cause_and_a_single_one_is_the_worst() {
        let scenario = scenario("[ p99(time_to_contain) <= 60s ]");
        assert_eq!(Causes::default().table(&scenario.system), []);
        let mut one = Causes::default();
        one.push(0, found(Some(0), (0, None, HeldOpenBy::Nothing, ClosedBy::Revocation)));
        let table = one.table(&scenario.system);
        assert_eq!((table[0].verifier.as_str(), table[0].trials, table[0].worst_trials), ("", 1, 1));
    }

    #[test]
    fn every_cause_has_a_word_of_its_own() {
        let scenario = scenario("[ p99(time_to_contain) <= 60s ]");
        let all = [
            ClosedBy::Nothing,
            ClosedBy::Revocation,
            ClosedBy::TimeToLive,
            ClosedBy::CredentialExpiry,
            ClosedBy::ReadReplica,
            ClosedBy::FreshAnswer,
            ClosedBy::Recovery,
            ClosedBy::List,
            ClosedBy::Restart,
            ClosedBy::ConnectionAge,
            ClosedBy::Recheck,
            ClosedBy::ClosedConnections,
            ClosedBy::Purge,
            ClosedBy::Channel(0),
        ];
        let words: std::collections::BTreeSet<String> =
            all.iter().map(|cause| closed_by(*cause, &scenario.system)).collect();
        assert_eq!(words.len(), all.len());
    }
}
