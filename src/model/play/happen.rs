//! What happens at each event.

use super::world::{Presentation, World};
use crate::engine::agenda::Agenda;
use crate::engine::simulation::Model;
use crate::model::event::Happening;
use crate::model::fault::Part;
use crate::model::ledger::{ClosedBy, Outcome};
use crate::model::workload::Arrivals;
use crate::units::time::Moment;

impl Model for World<'_> {
    type Event = Happening;

    #[inline]
    fn until(&self) -> Moment {
        self.end
    }

    #[inline]
    fn happen(&mut self, now: Moment, event: Happening, agenda: &mut Agenda<Happening>) {
        match event {
            Happening::Presented { source, worker } => self.present(now, source, worker, agenda),
            Happening::Composed(fetch) => self.composed(now, fetch, agenda),
            Happening::Answered(fetch) => self.answered(now, fetch, agenda),
            Happening::Delivered(number) => self.delivered(now, number, agenda),
            Happening::Attempt(number) => self.attempt(now, number, agenda),
            Happening::Expired(credential) => self.expired(now, credential),
            Happening::Turns(channel) => self.list_turns(now, channel),
            Happening::DenialEnds(verifier) => self.look_behind(now, verifier, ClosedBy::Nothing),
            Happening::FaultStarts(window) => self.fault(now, window, 1),
            Happening::FaultEnds(window) => self.fault(now, window, -1),
            Happening::CacheRestarts(instance) => self.restart(now, instance, agenda),
        }
        while let Some((at, verifier)) = self.wakes.pop() {
            agenda.schedule(at, Happening::DenialEnds(verifier));
        }
    }
}

impl World<'_> {
    /// A source presents a request and, unless it waits for answers, schedules its next.
    #[inline]
    fn present(&mut self, now: Moment, source: u16, worker: u16, agenda: &mut Agenda<Happening>) {
        let index = source as usize;
        if self.sources[index].stopped {
            return;
        }
        // A rejection that came back late put off what was already scheduled.
        if self.sources[index].rejected > 0 && now < self.sources[index].paused_until {
            agenda.schedule(self.sources[index].paused_until, Happening::Presented { source, worker });
            return;
        }
        match self.compose_request(now, source, worker) {
            Some(request) => {
                let passage = self.pass(now, &request, 0, agenda);
                self.settle(now, &request, passage, agenda);
            }
            // A worker that holds nothing for this place goes on to the next.
            None => self.think_again(now, source, worker, agenda),
        }
        if self.sources[index].stopped {
            return;
        }
        if let Some(next) = self.next_arrival(now, index) {
            agenda.schedule(next, Happening::Presented { source, worker });
        }
    }

    /// The next request of a source: where it goes and what it carries; none if it holds nothing that fits.
    #[inline]
    fn compose_request(&mut self, now: Moment, source: u16, worker: u16) -> Option<Presentation> {
        let plan = self.plan;
        let settings = &plan.sources[source as usize];
        let number = self.sources[source as usize].presented;
        self.sources[source as usize].presented += 1;
        let recorded = match &settings.arrivals {
            Arrivals::Trace(trace) => trace.trial(self.number).requests.get(number as usize).copied(),
            _ => None,
        };
        let route = match recorded.and_then(|request| request.target) {
            Some(target) => {
                settings.routes.iter().copied().find(|route| plan.routes[*route as usize].target == target.0)?
            }
            None => {
                let Some(place) = self.next_route(source as usize) else {
                    self.sources[source as usize].stopped = true;
                    return None;
                };
                settings.routes[place]
            }
        };
        let credential = self.credential_for(now, source, route)?;
        let latency = recorded.and_then(|request| request.latency);
        Some(Presentation { source, worker, route, credential, at: now, latency, number })
    }

    /// The credential that a source presents on a route: for an attacker the first it holds that was not refused
    /// since it last worked, else the first it holds; for a lawful
    /// client the first that fits, or its replacement once it holds that.
    #[inline]
    fn credential_for(&self, now: Moment, source: u16, route: u16) -> Option<u16> {
        let presents = &self.plan.sources[source as usize].presents[route as usize];
        if (source as usize) < self.plan.attacker_sources {
            let held = |c: &u16| self.tally.acquired[*c as usize] <= now;
            let refused = self.sources[source as usize].refused;
            let untried = presents.iter().copied().find(|c| held(c) && refused & (1 << *c) == 0);
            return untried.or_else(|| presents.iter().copied().find(held));
        }
        let credential = *presents.first()?;
        let client = source as usize - self.plan.attacker_sources;
        let ended = self.revoked[credential as usize] <= now || self.expires[credential as usize] <= now;
        let replaced =
            if self.revoked[credential as usize] <= now { self.tally.replaced[client] <= now } else { ended };
        Some(if ended && replaced { self.plan.replacement(credential) } else { credential })
    }

    /// A compromised credential expires; when the last one does before any revocation, the race is over.
    fn expired(&mut self, now: Moment, _credential: u16) {
        if self.watch.on {
            self.look_at_every_door(now, ClosedBy::CredentialExpiry);
            return;
        }
        let all = self.plan.compromised.iter().all(|c| self.expires[*c as usize] <= now);
        if all {
            self.tally.outcome = Outcome::ExpiredBeforeRevocation;
            self.tally.invalidated_at = now;
            self.end = now + self.plan.system.horizon;
            self.start_watching(now);
        }
    }

    fn fault(&mut self, now: Moment, window: u32, change: i32) {
        let fault = self.faults[window as usize].fault;
        let part = self.plan.system.faults[fault as usize].part;
        let down = match part {
            Part::Issuer(issuer) => &mut self.issuers[issuer.index()].down,
            Part::Channel(channel) => &mut self.channels[channel.index()].down,
        };
        *down = down.saturating_add_signed(change);
        self.look_at_every_door(now, if change < 0 { ClosedBy::Recovery } else { ClosedBy::Nothing });
    }

    /// A cache restarts: every entry is gone, and the time of the next restart is drawn.
    fn restart(&mut self, now: Moment, instance: u32, agenda: &mut Agenda<Happening>) {
        let cache = self.plan.instances[instance as usize];
        let credentials = self.plan.credentials;
        for cell in &mut self.cells[instance as usize * credentials..][..credentials] {
            cell.evict();
        }
        self.look_behind_cache(now, cache, ClosedBy::Restart);
        self.schedule_restart(now, instance, agenda);
    }
}
