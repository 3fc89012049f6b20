//! The price of a run, before it is run: events a trial and memory, from rates and mean times.

use crate::model::play::capacity_plan::{Feed, PlanCapacity};
use crate::model::play::plan::Plan;
use crate::model::play::standing::{Standing, mean_rate};
use crate::model::workload::Arrivals;
use crate::random::law::Law;
use crate::units::time::Span;

/// What a run will cost, roughly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Mean events a trial.
    pub events_per_trial: f64,
    /// Bytes kept for the trials.
    pub bytes: f64,
}

/// Nanoseconds an event takes on a machine of today, to turn events into a time that is only a guide.
pub const NANOSECONDS_PER_EVENT: f64 = 30.0;

/// The price of `trials` trials with `columns` columns.
pub fn price(plan: &Plan<'_>, trials: u64, columns: usize) -> Price {
    let system = plan.system;
    let playbook = system.defender.playbook.iter().map(|step| mean_or(&step.takes, 0.0)).sum::<f64>();
    let to_revocation = mean_or(&system.defender.detects, system.give_up_after.seconds())
        + mean_or(&system.defender.triages, 0.0)
        + mean_or(&system.defender.approves, 0.0)
        + playbook;
    let warm_up = Standing::of(plan).warm_up.map_or(0.0, |length| 1.25 * length.seconds());
    let length = to_revocation + system.horizon.seconds();
    let requests: f64 = plan
        .sources
        .iter()
        .map(|source| {
            let lasts = if source.standing { length + warm_up } else { length };
            match &source.arrivals {
                Arrivals::Trace(trace) => trace.requests().count() as f64 / trace.trials.len() as f64,
                arrivals => mean_rate(arrivals) * lasts,
            }
        })
        .sum();
    let asked = |capacity: &PlanCapacity<'_>| capacity.feeds.iter().map(Feed::settled).sum::<f64>();
    let others: f64 = plan.capacities.iter().flatten().map(asked).sum::<f64>() * (length + warm_up);
    let kept = trials.min(crate::stats::order::EXACT_UP_TO as u64) as f64;
    Price { events_per_trial: requests + others + 10.0, bytes: kept * columns as f64 * 16.0 }
}

/// How long a run will take on so many threads, roughly.
pub fn time(price: &Price, trials: u64, threads: usize) -> Span {
    let events = price.events_per_trial * trials as f64 + 200.0 * trials as f64;
    Span::from_seconds(events * NANOSECONDS_PER_EVENT / 1e9 / threads.max(1) as f64)
}

fn mean_or(law: &Law, otherwise: f64) -> f64 {
    law.mean_seconds().filter(|mean| mean.is_finite()).unwrap_or_else(|| law.quantile(0.5).unwrap_or(otherwise))
}
