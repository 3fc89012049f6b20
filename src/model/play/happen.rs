//! What happens at each event, and what a request leaves in the tally.

use super::request::Passage;
use super::world::{Presentation, World};
use crate::engine::agenda::Agenda;
use crate::engine::simulation::Model;
use crate::model::event::Happening;
use crate::model::fault::Part;
use crate::model::id::{RouteId, TargetId};
use crate::model::ledger::{Blast, ClosedBy, Outcome, Presenter, Reason, RequestEntry};
use crate::model::workload::Arrivals;
use crate::random::law::Delay;
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
        if let Some(request) = self.compose_request(now, source, worker) {
            let passage = self.pass(now, &request, 0, agenda);
            self.settle(now, &request, passage, agenda);
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
            Arrivals::Trace(trace) => trace.requests.get(number as usize).copied(),
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

    /// The credential that a source presents on a route: for an attacker the first it has found, for a lawful
    /// client the first that fits, or its replacement once it holds that.
    #[inline]
    fn credential_for(&self, now: Moment, source: u16, route: u16) -> Option<u16> {
        let presents = &self.plan.sources[source as usize].presents[route as usize];
        if (source as usize) < self.plan.attacker_sources {
            return presents.iter().copied().find(|c| self.tally.acquired[*c as usize] <= now);
        }
        let credential = *presents.first()?;
        let client = source as usize - self.plan.attacker_sources;
        let ended = self.revoked[credential as usize] <= now || self.expires[credential as usize] <= now;
        let replaced =
            if self.revoked[credential as usize] <= now { self.tally.replaced[client] <= now } else { ended };
        Some(if ended && replaced { self.plan.replacement(credential) } else { credential })
    }

    /// Takes note of what became of a request.
    #[inline]
    pub fn settle(&mut self, now: Moment, request: &Presentation, passage: Passage, agenda: &mut Agenda<Happening>) {
        let (accepted, reason) = match passage {
            Passage::Waiting => return,
            Passage::Accepted(reason) => (true, reason),
            Passage::Rejected(reason) => (false, reason),
        };
        let source = request.source as usize;
        if request.at >= Moment::ZERO {
            if source < self.plan.attacker_sources {
                self.tally_replay(now, request, accepted);
            } else if !accepted {
                self.tally_refusal(request);
            }
            if self.requests.is_some() {
                self.write_down(now, request, accepted, reason);
            }
        }
        if accepted {
            self.sources[source].accepted(&self.plan.sources[source]);
        } else {
            let place = self.plan.sources[source].routes.iter().position(|route| *route == request.route);
            self.react(now, source, place.unwrap_or(0));
        }
        if let Arrivals::ClosedLoop { answer, think, .. } = &self.plan.sources[source].arrivals {
            let Delay::After(answered) = answer.sample(self.streams.spacing[source].at(&self.trial)) else { return };
            if let Some(next) = self.think(now + answered, source, think) {
                agenda.schedule(next, Happening::Presented { source: request.source, worker: request.worker });
            }
        }
    }

    #[inline]
    fn tally_replay(&mut self, now: Moment, request: &Presentation, accepted: bool) {
        let plan = self.plan;
        let revoked_at = self.tally.revoked_at;
        let after = request.at >= revoked_at;
        if after && request.at < self.tally.next_presented_at {
            self.tally.next_presented_at = request.at;
        }
        if !accepted {
            self.tally.rejected_after += u64::from(after);
            return;
        }
        let target = plan.routes[request.route as usize].target as usize;
        self.tally.first_use_at = self.tally.first_use_at.min(request.at);
        let seen = &mut self.tally.uses[target];
        let new_place = !seen.used;
        seen.used = true;
        let new_after = after && seen.last_accepted.is_none();
        if after {
            seen.last_accepted = seen.last_accepted.max(Some(request.at));
            seen.accepted_after += 1;
        } else if now >= revoked_at {
            self.tally.in_flight_accepts += 1;
        }
        if new_place || new_after {
            self.spread_out();
        }
    }

    /// Counts again how far the attacker got; only a target used for the first time can change that.
    fn spread_out(&mut self) {
        self.tally.blast = self.blast(|seen| seen.used);
        self.tally.blast_after = self.blast(|seen| seen.last_accepted.is_some());
    }

    fn blast(&self, counts: impl Fn(&crate::model::ledger::TargetUse) -> bool) -> Blast {
        let reached: Vec<usize> =
            (0..self.tally.uses.len()).filter(|target| counts(&self.tally.uses[*target])).collect();
        let verifiers = reached.iter().filter_map(|target| {
            let route = self.plan.system.routes.iter().find(|route| route.target.index() == *target)?;
            route.verifiers.last().map(|verifier| &self.plan.system.verifiers[verifier.index()])
        });
        let mut environments: Vec<&str> = Vec::new();
        let mut scopes: Vec<&str> = Vec::new();
        for verifier in verifiers {
            environments.extend(verifier.environment.as_deref());
            scopes.extend(verifier.needs.as_deref());
        }
        let distinct = |names: &mut Vec<&str>| {
            names.sort_unstable();
            names.dedup();
            names.len() as u32
        };
        Blast {
            targets: reached.len() as u32,
            environments: distinct(&mut environments),
            scopes: distinct(&mut scopes),
        }
    }

    fn tally_refusal(&mut self, request: &Presentation) {
        let credential = request.credential as usize;
        let client = request.source as usize - self.plan.attacker_sources;
        if self.revoked[credential] <= request.at {
            self.tally.collateral_rejections += 1;
            let first = &mut self.tally.first_refused[client];
            *first = (*first).min(request.at);
        } else if request.at < self.expires[credential] {
            self.tally.false_rejections += 1;
        }
    }

    fn write_down(&mut self, now: Moment, request: &Presentation, accepted: bool, reason: Reason) {
        let attackers = self.plan.attacker_sources as u16;
        let by = if request.source < attackers {
            Presenter::Attacker(request.source)
        } else {
            Presenter::Lawful(request.source - attackers)
        };
        let target = TargetId(self.plan.routes[request.route as usize].target);
        if let Some(requests) = &mut self.requests {
            requests.push(RequestEntry {
                by,
                number: request.number,
                presented_at: request.at,
                answered_at: now,
                target,
                route: RouteId(request.route),
                accepted,
                reason,
            });
        }
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

    fn fault(&mut self, now: Moment, window: u16, change: i32) {
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
