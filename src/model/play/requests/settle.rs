//! What a request leaves behind when it is decided: in the tally, and with its source.

use super::request::Passage;
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::id::{RouteId, TargetId};
use crate::model::ledger::{Presenter, Reason, RequestEntry};
use crate::model::play::state::held::RECONNECTS;
use crate::model::play::state::under_way::{Errand, Presentation};
use crate::model::play::state::world::World;
use crate::model::workload::Arrivals;
use crate::random::law::Delay;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Takes note of what became of a request.
    #[inline]
    pub fn settle(&mut self, now: Moment, request: &Presentation, passage: Passage, agenda: &mut Agenda<Happening>) {
        if request.response.is_some() && self.settle_response(now, request, passage) {
            return;
        }
        let (accepted, reason) = match passage {
            Passage::Waiting => return,
            Passage::Accepted(reason) => (true, reason),
            Passage::Rejected(reason) => (false, reason),
        };
        let source = request.source as usize;
        // What is played before time 0 only warms up what has always run, unless it is answered after the revocation;
        // a recording counts as a whole.
        let recorded = matches!(self.plan.sources[source].arrivals, Arrivals::Trace(_));
        if request.at >= Moment::ZERO || now >= self.tally.revoked_at || recorded {
            if source < self.plan.attacker_sources {
                let target = self.plan.routes[request.route as usize].target;
                self.tally_replay(now, request.at, target, accepted);
            } else if !accepted {
                self.tally_refusal(request);
            }
            if self.requests.is_some() {
                self.write_down(now, request, accepted, reason);
            }
        }
        if accepted && source < self.plan.attacker_sources && !self.plan.hidden.is_empty() {
            self.look_around(now, self.plan.routes[request.route as usize].target, agenda);
        }
        if request.errand != Errand::Use {
            return self.settle_errand(now, request, accepted, agenda);
        }
        let mut pause = None;
        if accepted {
            if source < self.plan.attacker_sources {
                self.note_refused(source, request.route, request.credential, false);
            }
            self.sources[source].accepted(&self.plan.sources[source]);
            self.sources[source].worker_accepted(request.worker, &self.plan.sources[source]);
            if source < self.plan.attacker_sources && !self.plan.held.is_empty() {
                self.connect(now, request, agenda);
            }
            if source < self.plan.attacker_sources && request.credential as usize >= self.plan.first_instance() {
                self.tally.used_derived = true;
            }
        } else if !self.holds_another(now, request, agenda) {
            self.react(now, source, request.route);
            pause = self.sources[source].worker_pauses(request.worker, &self.plan.sources[source]);
        }
        self.think_again(now, request.source, request.worker, pause, agenda);
    }

    /// After a rejection: whether an attacker holds another credential that it can try there, before it gives way.
    fn holds_another(&mut self, now: Moment, request: &Presentation, agenda: &mut Agenda<Happening>) -> bool {
        let source = request.source as usize;
        if let Some(client) = source.checked_sub(self.plan.attacker_sources) {
            self.client_refused(now, client, request.credential, agenda);
            return false;
        }
        self.note_refused(source, request.route, request.credential, true);
        self.mint_after_rejection(now, source, request.route, agenda);
        self.holds_untried(now, request.source, request.route)
    }

    /// What follows from a request that was made for something else than its target.
    fn settle_errand(&mut self, now: Moment, request: &Presentation, accepted: bool, agenda: &mut Agenda<Happening>) {
        self.note_refused(request.source as usize, request.route, request.credential, !accepted);
        match request.errand {
            Errand::Mint(ring) if accepted => self.receive_minted(now, ring, request.credential, agenda),
            Errand::Undo(recorded) if accepted => self.undo(now, recorded),
            Errand::Validate if accepted => self.automate(now, agenda),
            Errand::Use | Errand::Mint(_) | Errand::Undo(_) | Errand::Validate => {}
        }
    }

    /// A worker of a closed loop, done with a request at `now`, waits for its answer, thinks, or pauses instead, and sends
    /// the next.
    pub fn think_again(
        &mut self,
        now: Moment,
        source: u16,
        worker: u16,
        pause: Option<Span>,
        agenda: &mut Agenda<Happening>,
    ) {
        let index = source as usize;
        if let Arrivals::ClosedLoop { answer, think, .. } = &self.plan.sources[index].arrivals {
            if worker == RECONNECTS {
                return;
            }
            let Delay::After(answered) = answer.sample(self.streams.spacing[index].at(&self.trial)) else { return };
            let thinks = pause.or_else(|| think.sample(self.streams.spacing[index].at(&self.trial)).span());
            if let Some(thinks) = thinks {
                agenda.schedule(now + answered + thinks, Happening::Presented { source, worker });
            }
        }
    }

    /// Counts a replay that was presented at `at`.
    #[inline]
    pub fn tally_replay(&mut self, now: Moment, at: Moment, target: u16, accepted: bool) {
        let revoked_at = self.tally.revoked_at;
        let after = at >= revoked_at;
        if after && at < self.tally.next_presented_at {
            self.tally.next_presented_at = at;
        }
        if !accepted {
            self.tally.rejected_after += u64::from(after);
            return;
        }
        self.tally.first_use_at = self.tally.first_use_at.min(at);
        let seen = &mut self.tally.uses[target as usize];
        seen.used = true;
        if after {
            seen.last_accepted = seen.last_accepted.max(Some(at));
            seen.accepted_after += 1;
        } else if now >= revoked_at {
            self.tally.in_flight_accepts += 1;
        }
    }

    fn tally_refusal(&mut self, request: &Presentation) {
        let client = request.source as usize - self.plan.attacker_sources;
        self.count_refusals(request.at, client, request.credential, 1);
    }

    /// Counts requests of a client that were refused from `at` on, the first of them then.
    pub fn count_refusals(&mut self, at: Moment, client: usize, slot: u16, count: u64) {
        let credential = slot as usize;
        let thrown_out = self.lineage.clients[client].out_since <= at;
        if self.revoked[credential] <= at || thrown_out && at >= self.expires[credential] {
            self.tally.collateral_rejections += count;
            let first = &mut self.tally.first_refused[client];
            *first = (*first).min(at);
        } else if at < self.expires[credential] {
            self.tally.false_rejections += count;
            let original = self.plan.original(slot);
            // Where it presents a new value that is not taken yet, it has nothing that works.
            if original != credential && self.switched[client * self.plan.originals + original].is_some() {
                let first = &mut self.tally.first_refused[client];
                *first = (*first).min(at);
            }
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
