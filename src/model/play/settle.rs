//! What a request leaves behind when it is decided: in the tally, and with its source.

use super::request::Passage;
use super::world::{Errand, Presentation, World};
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::id::{RouteId, TargetId};
use crate::model::ledger::{Presenter, Reason, RequestEntry};
use crate::model::workload::Arrivals;
use crate::random::law::Delay;
use crate::units::time::Moment;

impl World<'_> {
    /// Takes note of what became of a request.
    #[inline]
    pub fn settle(&mut self, now: Moment, request: &Presentation, passage: Passage, agenda: &mut Agenda<Happening>) {
        let (accepted, reason) = match passage {
            Passage::Waiting => return,
            Passage::Accepted(reason) => (true, reason),
            Passage::Rejected(reason) => (false, reason),
        };
        if request.errand == Errand::Probe {
            return;
        }
        let source = request.source as usize;
        // What was presented before time 0 belongs to no count, unless it is let in after the revocation.
        let in_flight = accepted && now >= self.tally.revoked_at;
        if request.at >= Moment::ZERO || in_flight {
            if source < self.plan.attacker_sources {
                self.tally_replay(now, request, accepted);
            } else if !accepted {
                self.tally_refusal(request);
            }
            if self.requests.is_some() && request.at >= Moment::ZERO {
                self.write_down(now, request, accepted, reason);
            }
        }
        if accepted {
            self.sources[source].accepted(&self.plan.sources[source]);
        } else {
            let place = self.plan.sources[source].routes.iter().position(|route| *route == request.route);
            self.react(now, source, place.unwrap_or(0));
        }
        self.work_on(now, request.source, request.worker, agenda);
    }

    /// A worker of a closed loop, told at `now` what became of its request, waits for the answer and thinks.
    pub fn work_on(&mut self, now: Moment, source: u16, worker: u16, agenda: &mut Agenda<Happening>) {
        let index = source as usize;
        if let Arrivals::ClosedLoop { answer, think, .. } = &self.plan.sources[index].arrivals {
            let Delay::After(answered) = answer.sample(self.streams.spacing[index].at(&self.trial)) else { return };
            if let Some(next) = self.think(now + answered, index, think) {
                agenda.schedule(next, Happening::Presented { source, worker });
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
        seen.used = true;
        if after {
            seen.last_accepted = seen.last_accepted.max(Some(request.at));
            seen.accepted_after += 1;
        } else if now >= revoked_at {
            self.tally.in_flight_accepts += 1;
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
}
