//! What a source of requests remembers from one request to the next.

use super::refusals::Refusals;
use super::verdict::Verdict;
use crate::model::play::compiled::plan::{Plan, Source};
use crate::model::workload::{Arrivals, OnReject};
use crate::units::time::{Moment, Span};

/// The state of a source.
#[derive(Clone, Debug)]
pub struct SourceState {
    /// Requests presented so far.
    pub presented: u64,
    /// The place, among its routes, of the next request.
    pub cursor: usize,
    /// Routes that it has not left for good.
    pub alive: Vec<bool>,
    /// How many of them.
    pub living: usize,
    /// Rejections in a row.
    pub rejected: u32,
    /// Which credentials were refused to an attacker where; a lawful client does not choose.
    pub refusals: Refusals,
    /// The pause after the next rejection.
    pub pause: Span,
    /// The same for each worker of a closed loop.
    pub pauses: Vec<Span>,
    /// Nothing is presented before this.
    pub paused_until: Moment,
    /// Whether it has stopped for good.
    pub stopped: bool,
    /// The end of the burst under way.
    pub burst_ends: Moment,
    /// What is known of its requests, by the place among its routes.
    pub verdicts: Vec<Verdict>,
}

impl SourceState {
    /// A source before its first request.
    pub fn new(source: &Source, attacks: bool, plan: &Plan<'_>) -> Self {
        let refusals = if attacks { Refusals::new(plan.routes.len(), plan.credentials) } else { Refusals::default() };
        let mut state = Self {
            presented: 0,
            cursor: 0,
            alive: vec![true; source.routes.len()],
            living: 0,
            rejected: 0,
            refusals,
            pause: Span::ZERO,
            pauses: vec![Span::ZERO; workers_that_pause(source)],
            paused_until: Moment::LONG_AGO,
            stopped: false,
            burst_ends: Moment::NEVER,
            verdicts: vec![Verdict::default(); source.routes.len()],
        };
        state.reset(source);
        state
    }

    /// Back to before the first request.
    pub fn reset(&mut self, source: &Source) {
        self.presented = 0;
        self.refusals.reset();
        self.cursor = 0;
        self.alive.fill(true);
        self.living = self.alive.len();
        self.accepted(source);
        if let OnReject::BackOff { first, .. } = source.on_reject {
            self.pauses.fill(first);
        }
        self.paused_until = Moment::LONG_AGO;
        self.stopped = self.living == 0;
        self.burst_ends = Moment::NEVER;
    }

    /// Until when it pauses, if rejections make it pause at `now`.
    #[inline]
    pub fn pause_at(&self, now: Moment) -> Option<Moment> {
        (self.rejected > 0 && now < self.paused_until).then_some(self.paused_until)
    }

    /// An acceptance ends a row of rejections.
    #[inline]
    pub fn accepted(&mut self, source: &Source) {
        self.rejected = 0;
        if let OnReject::BackOff { first, .. } = source.on_reject {
            self.pause = first;
        }
    }

    /// An acceptance ends the row of rejections of a worker of a closed loop.
    #[inline]
    pub fn worker_accepted(&mut self, worker: u16, source: &Source) {
        if let (Some(pause), OnReject::BackOff { first, .. }) =
            (self.pauses.get_mut(usize::from(worker)), source.on_reject)
        {
            *pause = first;
        }
    }

    /// How long a worker of a closed loop that backs off pauses after a rejection; the next time it is longer.
    pub fn worker_pauses(&mut self, worker: u16, source: &Source) -> Option<Span> {
        let OnReject::BackOff { factor, longest, .. } = source.on_reject else { return None };
        let pause = self.pauses.get_mut(usize::from(worker))?;
        let next = longer(*pause, factor, longest);
        Some(std::mem::replace(pause, next))
    }
}

/// The pause after another rejection.
pub fn longer(pause: Span, factor: f64, longest: Option<Span>) -> Span {
    let next = Span::from_seconds(pause.seconds() * factor);
    longest.map_or(next, |longest| next.min(longest))
}

/// How many workers of a source pause by themselves.
fn workers_that_pause(source: &Source) -> usize {
    match (&source.arrivals, &source.on_reject) {
        (Arrivals::ClosedLoop { workers, .. }, OnReject::BackOff { .. }) => usize::from(*workers),
        _ => 0,
    }
}
