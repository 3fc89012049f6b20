//! What goes wrong by itself in a trial: parts that are down for a time, and caches that restart.

use crate::engine::agenda::Agenda;
use crate::model::channel::contract::Outages;
use crate::model::event::Happening;
use crate::model::fault::{Ails, Fault, Part, When};
use crate::model::id::{ChannelId, VerifierId};
use crate::model::ledger::ClosedBy;
use crate::model::play::beginning::standing::Standing;
use crate::model::play::state::deeds::FaultWindow;
use crate::model::play::state::world::World;
use crate::random::purpose::Purpose;
use crate::random::recurrence::Met;
use crate::random::stream::Stream;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Draws when faults strike, from `from` on, and schedules their windows.
    pub fn plan_faults(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        self.played_from = from;
        for number in 0..self.plan.system.faults.len() {
            self.draw_windows(number, self.tally.planned_revocation);
        }
        self.list_outages();
        self.schedule_windows(from, 0, agenda);
    }

    /// Once a revocation is planned while the trial is played: what hangs on it, and what fails after the moment up to
    /// which failures were drawn.
    pub(super) fn plan_late_faults(&mut self, now: Moment, agenda: &mut Agenda<Happening>) {
        let known = self.draw_more(self.tally.revoked_at.min(self.tally.planned_revocation));
        self.list_outages();
        self.schedule_windows(now, known, agenda);
    }

    /// An issuer revokes by itself, before anybody else: what comes with the revocation or after it goes by this one. What
    /// comes before it cannot be known, and stays where the playbook's revocation puts it.
    pub(super) fn move_faults(&mut self, now: Moment, agenda: &mut Agenda<Happening>) {
        let faults = &self.plan.system.faults;
        for window in &mut self.faults {
            if let When::FromRevocation { from, .. } = &faults[window.fault as usize].when
                && *from >= Span::ZERO
                && window.from > now
            {
                (window.from, window.to) = (Moment::NEVER, Moment::NEVER);
            }
        }
        let known = self.draw_more(now);
        self.list_outages();
        // What goes down at the instant of a revocation is down before it.
        for number in known..self.faults.len() {
            if self.faults[number].from == now {
                self.fault(now, number as u32, 1, agenda);
                agenda.schedule(self.faults[number].to, Happening::FaultEnds(number as u32));
            }
        }
        let later = |number: &usize| self.faults[*number].from > now;
        for number in (known..self.faults.len()).filter(later) {
            agenda.schedule(self.faults[number].from, Happening::FaultStarts(number as u32));
            agenda.schedule(self.faults[number].to, Happening::FaultEnds(number as u32));
        }
    }

    /// Draws the windows of every fault again, and more of them where the trial has become longer or a revocation has come
    /// to be known; says where those begin that are new.
    fn draw_more(&mut self, revocation: Moment) -> usize {
        let known = self.faults.len();
        for number in 0..self.plan.system.faults.len() {
            let of = |window: &&FaultWindow| usize::from(window.fault) == number && !window.from.is_never();
            // The same draws as at the start, and more of them: those that are known already come first.
            let drawn = self.faults[..known].iter().filter(of).count();
            let first = self.faults.len();
            self.draw_windows(number, revocation);
            let again = drawn.min(self.faults.len() - first);
            self.faults.drain(first..first + again);
        }
        known
    }

    /// Draws when a part is down because of one fault.
    fn draw_windows(&mut self, number: usize, revocation: Moment) {
        let mut times = self.trial.open(Purpose::FaultTimes, number as u32);
        let played_from = self.played_from;
        let faults = &mut self.faults;
        // A window that is over before the trial begins, or that has no length, takes nothing down; a restart has none.
        let restarts = self.plan.system.faults[number].ails == Ails::Restarted;
        let mut add = |from: Moment, to: Moment| {
            if to > from.max(played_from) || restarts && from >= played_from {
                faults.push(FaultWindow { fault: number as u16, from, to });
            }
        };
        match &self.plan.system.faults[number].when {
            When::FromStart { from, lasts } => {
                let (start, length) = (from.sample(&mut times).span(), lasts.sample(&mut times).span());
                if let Some(start) = start {
                    let start = Moment::ZERO + start;
                    add(start, length.map_or(Moment::NEVER, |length| start + length));
                }
            }
            When::FromRevocation { from, lasts } => {
                let length = lasts.sample(&mut times).span();
                let known = if *from < Span::ZERO { self.tally.planned_revocation } else { revocation };
                if !known.is_never() {
                    let start = known + *from;
                    add(start, length.map_or(Moment::NEVER, |length| start + length));
                }
            }
            When::Recurring { mtbf, mttr } => recur(played_from, self.end, *mtbf, *mttr, &mut times, add),
        }
    }

    /// Puts the windows from the `first` on into the agenda.
    fn schedule_windows(&self, now: Moment, first: usize, agenda: &mut Agenda<Happening>) {
        for (number, window) in self.faults.iter().enumerate().skip(first) {
            agenda.schedule(window.from.max(now), Happening::FaultStarts(number as u32));
            agenda.schedule(window.to, Happening::FaultEnds(number as u32));
        }
    }

    /// Tells channels and issuers of their outages: what sets out must know of those that are still to come.
    fn list_outages(&mut self) {
        self.issuers.iter_mut().for_each(|issuer| issuer.outages.windows.clear());
        for channel in &mut self.channels {
            channel.outages.windows.clear();
            channel.unfed.windows.clear();
            channel.restarts.clear();
        }
        for window in self.faults.iter().filter(|window| !window.from.is_never()) {
            let fault = &self.plan.system.faults[window.fault as usize];
            let outages = match (fault.part, fault.ails) {
                (Part::Channel(channel), Ails::Restarted) => {
                    self.channels[channel.index()].restarts.push(window.from);
                    continue;
                }
                (Part::Issuer(issuer), Ails::Down) => &mut self.issuers[issuer.index()].outages,
                (Part::Channel(channel), Ails::Down) => &mut self.channels[channel.index()].outages,
                (Part::Feeding(_, channel), Ails::Down) => &mut self.channels[channel.index()].unfed,
                // What verifiers suffer is followed as it comes.
                _ => continue,
            };
            outages.windows.push((window.from, window.to));
        }
        self.issuers.iter_mut().for_each(|issuer| issuer.outages.join());
        for channel in &mut self.channels {
            channel.outages.join();
            channel.unfed.join();
            channel.restarts.sort_unstable();
        }
    }

    /// When the way from a channel to a verifier is cut.
    pub(super) fn cut_from(&self, verifier: u16, channel: u16) -> Outages {
        let of = |fault: &Fault| fault.takes_down(Part::Hearing(VerifierId(verifier), ChannelId(channel)));
        let there = self.faults.iter().filter(|window| !window.from.is_never());
        let windows = there.filter(|window| of(&self.plan.system.faults[window.fault as usize]));
        let mut cut = Outages { windows: windows.map(|window| (window.from, window.to)).collect() };
        cut.join();
        cut
    }

    /// A fault begins (`change` is 1) or ends (-1).
    pub fn fault(&mut self, now: Moment, window: u32, change: i32, agenda: &mut Agenda<Happening>) {
        if self.faults[window as usize].from.is_never() {
            return;
        }
        let fault = &self.plan.system.faults[self.faults[window as usize].fault as usize];
        let (began, cause) = if change < 0 { (false, ClosedBy::Recovery) } else { (true, ClosedBy::Nothing) };
        match fault.ails {
            Ails::Down => self.take_down(fault.part, change),
            Ails::Slow(times) => {
                if let Part::Issuer(issuer) = fault.part
                    && let Some(capacity) = self.plan.capacity_of(issuer.0)
                {
                    let queue = &mut self.queues[issuer.index()];
                    if began {
                        queue.slow_down(now, times, capacity, &self.trial);
                    } else {
                        queue.speed_up(now, times, capacity, &self.trial);
                    }
                }
            }
            Ails::ClockOff(ahead) => self.turn_clocks(fault.part, if began { ahead } else { Span::ZERO - ahead }),
            Ails::Restarted if began => self.restart_part(now, fault.part),
            Ails::Restarted => {}
        }
        if began && matches!(fault.ails, Ails::Down | Ails::Restarted) {
            self.drop_connections_over(now, fault.part, ClosedBy::Restart, agenda);
        }
        self.look_at_every_door(now, cause);
    }

    /// A part goes down once more, or once less.
    fn take_down(&mut self, part: Part, change: i32) {
        let down = match part {
            Part::Issuer(issuer) => &mut self.issuers[issuer.index()].down,
            Part::Channel(channel) => &mut self.channels[channel.index()].down,
            Part::Between(verifier, _) => &mut self.faulted.cut_off[verifier.index()],
            Part::Hearing(verifier, channel) => return self.faulted.deafen(verifier.0, channel.0, change),
            Part::Passing(outer, inner) => return self.faulted.part(outer.0, inner.0, change),
            // What comes into a channel is asked when something is revoked; a cache can only restart.
            Part::Feeding(..) | Part::Cache(_) => return,
            Part::Verifier(verifier) => {
                // Each replica has one more reason to reject: the path of a request looks at that already.
                let place = &self.plan.verifiers[verifier.index()];
                for replica in &mut self.replicas[place.first_replica as usize..][..place.replicas as usize] {
                    replica.blocked = replica.blocked.saturating_add_signed(change);
                }
                &mut self.faulted.down[verifier.index()]
            }
        };
        *down = down.saturating_add_signed(change);
    }

    /// The clocks of a verifier go ahead.
    fn turn_clocks(&mut self, part: Part, ahead: Span) {
        let Part::Verifier(verifier) = part else { return };
        let place = &self.plan.verifiers[verifier.index()];
        for replica in &mut self.replicas[place.first_replica as usize..][..place.replicas as usize] {
            replica.ahead += ahead;
        }
    }

    /// A part restarts, and what it kept is gone; what subscribers lose, their channel says.
    fn restart_part(&mut self, now: Moment, part: Part) {
        match part {
            Part::Cache(cache) => self.purge_cache(now, cache.0, ClosedBy::Restart),
            Part::Verifier(verifier) => {
                let place = &self.plan.verifiers[verifier.index()];
                let replicas = place.first_replica..place.first_replica + place.replicas;
                self.purge_replicas(now, verifier.0, replicas, ClosedBy::Restart);
            }
            _ => {}
        }
    }

    /// Whether a verifier cannot reach the issuer that it asks.
    #[inline]
    pub fn cannot_ask(&self, verifier: u16, issuer: u16) -> bool {
        self.issuers[issuer as usize].down > 0 || self.faulted.cut_off[verifier as usize] > 0
    }

    /// Caches have restarted for ever: the first restart is what is left of a gap that is met.
    pub fn plan_restarts(&self, from: Moment, standing: &Standing, agenda: &mut Agenda<Happening>) {
        for instance in 0..self.plan.instances.len() {
            if let Some(met) = self.restart_gap(instance, standing) {
                agenda.schedule(from + met.left, Happening::CacheRestarts(instance as u32));
            }
        }
    }

    /// The time between two restarts of an instance of a cache in which standing traffic begins to be played.
    pub fn restart_gap(&self, instance: usize, standing: &Standing) -> Option<Met> {
        let restarts = standing.restarts[self.plan.instances[instance] as usize].as_ref()?;
        restarts.met(&mut self.trial.open(Purpose::FirstRestart, instance as u32))
    }

    /// Schedules the next restart of an instance of a cache, if it ever restarts.
    pub fn schedule_restart(&mut self, now: Moment, instance: u32, agenda: &mut Agenda<Happening>) {
        let cache = &self.plan.system.caches[self.plan.instances[instance as usize] as usize];
        let Some(law) = &cache.restarts else { return };
        let times = self.streams.restarts[instance as usize].at(&self.trial);
        if let Some(span) = law.sample(times).span() {
            agenda.schedule(now + span.max(Span::from_nanos(1)), Happening::CacheRestarts(instance));
        }
    }
}

/// Failures and repairs from `from` to `end`, stationary at `from`.
fn recur(from: Moment, end: Moment, mtbf: Span, mttr: Span, times: &mut Stream, mut add: impl FnMut(Moment, Moment)) {
    let (up, down) = (mtbf.seconds(), mttr.seconds());
    let mut at = from;
    if times.uniform() < down / (up + down) {
        let repaired = at + Span::from_seconds(down * times.exponential_by_inversion());
        add(at, repaired);
        at = repaired;
    }
    loop {
        at = at + Span::from_seconds(up * times.exponential_by_inversion());
        if at > end {
            return;
        }
        let repaired = at + Span::from_seconds(down * times.exponential_by_inversion()) + Span::from_nanos(1);
        add(at, repaired);
        at = repaired;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::play::fixture::{at, seconds};
    use crate::random::stream::{Seed, Trial};

    const N: u64 = 20_000;

    fn chance(number: u64) -> Stream {
        Trial::new(Seed(3), number).open(Purpose::CacheStart, 0)
    }

    /// Four standard errors of a share of the draws.
    fn four(p: f64) -> f64 {
        4.0 * (p * (1.0 - p) / N as f64).sqrt()
    }

    #[test]
    fn a_part_that_fails_again_and_again_is_down_for_its_share_of_time() {
        // Up 8 s and down 2 s on average: down at the start, and at any moment, in 20 % of trials.
        let down_at = |number: u64, moment: Moment| {
            let (mut times, mut down) = (chance(number), false);
            recur(at(0.0), at(60.0), seconds(8.0), seconds(2.0), &mut times, |from, to| {
                down |= from <= moment && moment < to;
            });
            down
        };
        for moment in [0.0, 50.0] {
            let share = (0..N).filter(|number| down_at(*number, at(moment))).count() as f64 / N as f64;
            assert!((share - 0.2).abs() < four(0.2), "{share} at {moment} s");
        }
    }
}
