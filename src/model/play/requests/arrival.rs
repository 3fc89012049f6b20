//! The requests of a source as they come: when the next one does, where it goes, and how a rejection changes that.

use crate::model::channel::poll::spread;
use crate::model::play::compiled::plan::Source;
use crate::model::play::state::source::longer;
use crate::model::play::state::world::World;
use crate::model::workload::{Arrivals, OnReject, Order, TraceOrigin};
use crate::units::time::{Moment, Span};

// What every request passes is inlined by force: called, it takes a fifth longer.
impl World<'_> {
    /// The place, among its routes, to which a source sends its next request; none if it has nowhere to go.
    #[inline(always)]
    pub fn next_route(&mut self, source: usize, settings: &Source) -> Option<usize> {
        let state = &mut self.sources[source];
        let routes = state.alive.len();
        if state.living == 0 {
            return None;
        }
        if routes == 1 {
            return Some(0);
        }
        if settings.order == Order::Roam {
            let pick = self.streams.order[source].at(&self.trial).index(state.living);
            return if state.living == routes { Some(pick) } else { nth_living(&state.alive, pick) };
        }
        let mut at = state.cursor;
        while state.living < routes && !state.alive[at] {
            at = if at + 1 == routes { 0 } else { at + 1 };
        }
        state.cursor = match settings.order {
            Order::Enumerate if at + 1 == routes => 0,
            Order::Enumerate => at + 1,
            Order::Stick | Order::Roam => at,
        };
        Some(at)
    }

    /// When the request after the one presented at `now` comes; none if it depends on an answer or none comes.
    pub fn next_arrival(&mut self, now: Moment, source: usize) -> Option<Moment> {
        let pause = self.sources[source].pause_at(now);
        pause.or_else(|| self.next_by_spacing(now, source, &self.plan.sources[source]))
    }

    /// The same for a source that does not pause.
    #[inline(always)]
    pub fn next_by_spacing(&mut self, now: Moment, source: usize, settings: &Source) -> Option<Moment> {
        match &settings.arrivals {
            Arrivals::Poisson(_) => Some(now + self.streams.gaps[source].as_mut()?.take(&self.trial)),
            _ => self.next_spaced(now, source),
        }
    }

    /// The same for any spacing.
    fn next_spaced(&mut self, now: Moment, source: usize) -> Option<Moment> {
        let plan = self.plan;
        match &plan.sources[source].arrivals {
            Arrivals::Paced { every, jitter } if jitter.value() == 0.0 => Some(now + *every),
            Arrivals::Paced { every, jitter } => {
                let u = self.streams.spacing[source].at(&self.trial).uniform();
                Some(now + spread(*every, *jitter, u))
            }
            Arrivals::Bursty { burst, silence, .. } => {
                self.next_in_burst(now, source, burst.seconds(), silence.seconds())
            }
            Arrivals::Trace(trace) => {
                let next = trace.trial(self.number).requests.get(self.sources[source].presented as usize)?;
                Some(self.origin(trace.origin) + next.at)
            }
            Arrivals::Poisson(_) => Some(now + self.streams.gaps[source].as_mut()?.take(&self.trial)),
            Arrivals::ClosedLoop { .. } => None,
        }
    }

    /// Time 0 of a recording.
    pub fn origin(&self, origin: TraceOrigin) -> Moment {
        match origin {
            TraceOrigin::Start => Moment::ZERO,
            TraceOrigin::Revocation => self.tally.planned_revocation,
        }
    }

    /// The next arrival of an interrupted Poisson process: gaps count only while a burst lasts.
    fn next_in_burst(&mut self, now: Moment, source: usize, burst: f64, silence: f64) -> Option<Moment> {
        let mut left = self.streams.gaps[source].as_mut()?.take(&self.trial);
        let mut at = now;
        loop {
            let ends = self.sources[source].burst_ends;
            if at + left <= ends {
                return Some(at + left);
            }
            left = left - ends.since(at);
            let state = self.streams.spacing[source].at(&self.trial);
            at = ends + Span::from_seconds(silence * state.exponential_by_inversion());
            self.sources[source].burst_ends = at + Span::from_seconds(burst * state.exponential_by_inversion());
        }
    }

    /// Starts the bursts of a source at `now`: within one, or between two, as often as that is the case.
    pub fn start_bursts(&mut self, now: Moment, source: usize, burst: f64, silence: f64, within: bool) {
        let state = self.streams.spacing[source].at(&self.trial);
        let inside = state.uniform() * (burst + silence) < burst || within;
        let length = burst * state.exponential_by_inversion();
        self.sources[source].burst_ends = if inside { now + Span::from_seconds(length) } else { now };
    }

    /// What a source makes of a rejection at `now` on a route.
    pub fn react(&mut self, now: Moment, source: usize, route: u16) {
        let settings = &self.plan.sources[source];
        let state = &mut self.sources[source];
        state.rejected += 1;
        match settings.on_reject {
            OnReject::Retry => {}
            OnReject::MoveOn => {
                for (_, place) in settings.places_at(self.plan.routes[route as usize].target) {
                    if std::mem::replace(&mut state.alive[*place as usize], false) {
                        state.living -= 1;
                    }
                }
                state.stopped |= state.living == 0;
            }
            OnReject::GiveUp { after } => state.stopped |= state.rejected >= after,
            OnReject::BackOff { factor, longest, give_up, .. } => {
                // Workers of a closed loop pause one by one.
                if state.pauses.is_empty() {
                    state.paused_until = now + state.pause;
                    state.pause = longer(state.pause, factor, longest);
                }
                state.stopped |= give_up.is_some_and(|most| state.rejected >= most);
            }
        }
    }
}

fn nth_living(alive: &[bool], n: usize) -> Option<usize> {
    alive.iter().enumerate().filter(|(_, alive)| **alive).nth(n).map(|(place, _)| place)
}
