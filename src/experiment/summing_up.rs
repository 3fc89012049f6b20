//! Summing up: from tallies to the estimates of a record, on several threads.
//!
//! Columns that share a tally are estimated once for each way in which they are shown. A tally is let go once its
//! estimates are there, so that what a long run keeps is never in memory twice.

use super::column::Column;
use super::estimation::{Finding, estimate, is_drawn};
use super::tallies::{Kind, Shared, Tallies};
use crate::record::estimate::{MetricEstimate, Unit};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What the tallies of a run come to.
#[derive(Debug, Default)]
pub struct Summed {
    /// The estimates of each column, in order.
    pub estimates: Vec<MetricEstimate>,
    /// What was found of the columns that were asked for, to be asked more.
    pub findings: BTreeMap<usize, Finding>,
    /// Whether some values are only known to buckets.
    pub rounded: bool,
}

/// What decides, beside its tally, what is estimated of a column.
type Shown = (Kind, Unit, bool);

/// Sums up the columns; findings are kept of those in `asked`.
pub fn sum_up(columns: &[Column], horizon: i64, tallies: Tallies, asked: &[usize], threads: usize) -> Summed {
    let waiting = Mutex::new(tallies.into_shared());
    let done = Mutex::new((BTreeMap::new(), Summed::default()));
    // A function of its own, so that nobody waits for the lock while somebody works on what was taken.
    let next = || locked(&waiting).pop();
    let work = || {
        while let Some(shared) = next() {
            one(columns, horizon, shared, asked, &done);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let (estimates, summed) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    Summed { estimates: estimates.into_values().collect(), ..summed }
}

fn one(
    columns: &[Column],
    horizon: i64,
    shared: Shared,
    asked: &[usize],
    done: &Mutex<(BTreeMap<usize, MetricEstimate>, Summed)>,
) {
    let Shared { columns: numbers, tally } = shared;
    let (ended, cut) = tally.finish();
    let mut known: Vec<(Shown, MetricEstimate)> = Vec::new();
    for number in numbers {
        let column = &columns[number];
        let kind = Kind::of(column, horizon);
        let shown = (kind, column.metric.unit, is_drawn(column));
        let before = known.iter().find(|(other, _)| *other == shown).map(|(_, estimate)| estimate.clone());
        let finding = (before.is_none() || asked.contains(&number)).then(|| Finding::from(&ended, &cut, kind));
        let estimated = match (before, &finding) {
            (Some(same), _) => {
                MetricEstimate { metric: column.metric.name.to_owned(), labels: column.labels.clone(), ..same }
            }
            (None, Some(finding)) => estimate(column, finding),
            (None, None) => unreachable!("what nobody has estimated yet is found above"),
        };
        if finding.is_some() {
            known.push((shown, estimated.clone()));
        }
        let mut done = locked(done);
        done.1.rounded |= finding.as_ref().is_some_and(|finding| !finding.is_exact());
        done.0.insert(number, estimated);
        done.1.findings.extend(finding.filter(|_| asked.contains(&number)).map(|finding| (number, finding)));
    }
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Whoever panicked meanwhile ends the run.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
