//! Requests that were skipped are written down for whoever wants to see every one, from chance of their own.

use super::outlook::Foresight;
use super::state::Skipping;
use crate::model::id::{RouteId, TargetId};
use crate::model::ledger::{Presenter, Reason, RequestEntry};
use crate::model::play::state::world::World;
use crate::units::time::{Moment, Span};

/// The number of a skipped request within its source, until all requests are in order and counted anew.
const NUMBERED_LATER: u64 = u64::MAX;

/// Requests of one stretch on one track.
pub(super) struct Skipped {
    /// Their source.
    pub source: u16,
    /// Their track.
    pub track: usize,
    /// The beginning of the stretch.
    pub from: Moment,
    /// How many.
    pub count: u64,
    /// When the last of them came, where somebody has to know.
    pub last: Option<Moment>,
}

impl World<'_> {
    /// How many requests there were in a stretch that leaves no counts behind, if anybody wants to see them.
    pub(super) fn told_count(&mut self, skipping: &mut Skipping, unit: usize, mean: f64) -> u64 {
        if self.requests.is_none() {
            return 0;
        }
        let island = skipping.tracks.bundles[skipping.tracks.units[unit].bundle as usize].island as usize;
        let times = skipping.islands[island].times.at(&self.trial);
        let (mut count, mut sum) = (0, times.exponential_by_inversion());
        while sum < mean {
            count += 1;
            sum += times.exponential_by_inversion();
        }
        count
    }

    /// Times of a number of requests in a stretch, in order.
    pub(super) fn told_times(
        &self,
        skipping: &mut Skipping,
        island: usize,
        (from, to): (Moment, Moment),
        count: u64,
    ) -> Vec<Moment> {
        let chance = skipping.islands[island].times.at(&self.trial);
        let length = Self::seconds_between(from, to);
        let mut times: Vec<Moment> = (0..count)
            .map(|_| (from + Span::from_seconds(chance.uniform() * length)).min(to - Span::from_nanos(1)).max(from))
            .collect();
        times.sort_unstable();
        times
    }

    /// Writes down the requests of one stretch on one track.
    pub(super) fn tell_single(&mut self, skipping: &mut Skipping, skipped: &Skipped, found: &Foresight, to: Moment) {
        if self.requests.is_none() {
            return;
        }
        let unit = skipping.tracks.tracks[skipped.track].unit as usize;
        let island = skipping.tracks.bundles[skipping.tracks.units[unit].bundle as usize].island as usize;
        let before = skipped.count - u64::from(skipped.last.is_some());
        let end = skipped.last.unwrap_or(to);
        let mut times = self.told_times(skipping, island, (skipped.from, end), before);
        times.extend(skipped.last);
        let route = skipping.tracks.tracks[skipped.track].route;
        for at in times {
            self.tell(skipped.source, route, at, (found.accepted, found.reason));
        }
    }

    /// Writes down one request that was skipped, or played in a few steps.
    pub(super) fn tell(&mut self, source: u16, route: u16, at: Moment, (accepted, reason): (bool, Reason)) {
        if at < Moment::ZERO {
            return;
        }
        let attackers = self.plan.attacker_sources as u16;
        let by =
            if self.plan.attacks(source) { Presenter::Attacker(source) } else { Presenter::Lawful(source - attackers) };
        let target = TargetId(self.plan.routes[route as usize].target);
        if let Some(requests) = &mut self.requests {
            requests.push(RequestEntry {
                by,
                number: NUMBERED_LATER,
                presented_at: at,
                answered_at: at,
                target,
                route: RouteId(route),
                accepted,
                reason,
            });
        }
    }
}
