//! Attribution: which door closed last in each trial, what kept it open, and what shut it.

use crate::model::ledger::{ClosedBy, Closing, HeldOpenBy, Ledger, Outcome};
use crate::model::system::System;
use crate::record::summary::Attribution;
use std::collections::BTreeMap;

/// A cause: target, verifier, what kept it open, what shut it.
type Cause = (usize, Option<usize>, HeldOpenBy, ClosedBy);

/// Trials whose time to contain is kept with its cause, to tell the worst of them.
const MOST_KEPT: usize = 1_000_000;

/// Causes over the revoked trials.
#[derive(Debug, Default)]
pub struct Causes {
    numbers: BTreeMap<Cause, u32>,
    counts: Vec<u64>,
    /// Time to contain (none if not contained) and the number of its cause.
    kept: Vec<(Option<i64>, u32)>,
}

/// The cause of a trial's time to contain, if it was revoked.
pub fn cause(ledger: &Ledger) -> Option<(Option<i64>, Cause)> {
    if ledger.outcome != Outcome::Revoked {
        return None;
    }
    let revoked = ledger.revoked_at?;
    let last = |closing: &Closing| closing.closed_at.map_or(i64::MAX, |at| at.nanos());
    let (target, door) = ledger.targets.iter().enumerate().rev().max_by_key(|(_, closing)| last(closing))?;
    let (held, at) = door.held_open_by;
    let time = door.closed_at.map(|at| at.since(revoked).nanos());
    Some((time, (target, at.map(|verifier| verifier.index()), held, door.closed_by)))
}

impl Causes {
    /// Takes in the cause of a trial.
    pub fn push(&mut self, time: Option<i64>, cause: Cause) {
        let next = self.counts.len() as u32;
        let number = *self.numbers.entry(cause).or_insert(next);
        if number == next {
            self.counts.push(0);
        }
        self.counts[number as usize] += 1;
        if self.kept.len() < MOST_KEPT {
            self.kept.push((time, number));
        }
    }

    /// The table of causes, the most frequent among the worst 1 % first.
    pub fn table(mut self, system: &System) -> Vec<Attribution> {
        // Not contained is worse than any time.
        self.kept.sort_by_key(|(time, _)| std::cmp::Reverse(time.unwrap_or(i64::MAX)));
        let worst = self.kept.len().div_ceil(100);
        let mut worst_counts = vec![0_u64; self.counts.len()];
        for (_, number) in &self.kept[..worst] {
            worst_counts[*number as usize] += 1;
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
        ClosedBy::Restart => "cache_restart".into(),
        ClosedBy::Channel(number) => system.channels[number as usize].channel.kind().name.into(),
    }
}
