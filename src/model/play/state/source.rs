//! What a source of requests remembers from one request to the next.

use super::verdict::Verdict;
use crate::model::play::compiled::plan::{Plan, Source};
use crate::model::workload::OnReject;
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
    /// Credentials, a bit each, that were refused since they last worked; the reader allows 64.
    pub refused: u64,
    /// The same for what is minted during the trial, by slot from the first of them.
    pub refused_instances: Vec<bool>,
    /// The pause after the next rejection.
    pub pause: Span,
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
    pub fn new(source: &Source, plan: &Plan<'_>) -> Self {
        let mut state = Self {
            presented: 0,
            cursor: 0,
            alive: vec![true; source.routes.len()],
            living: 0,
            rejected: 0,
            refused: 0,
            refused_instances: vec![false; plan.credentials - plan.first_instance()],
            pause: Span::ZERO,
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
        self.refused = 0;
        self.refused_instances.fill(false);
        self.cursor = 0;
        self.alive.fill(true);
        self.living = self.alive.len();
        self.accepted(source);
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
}
