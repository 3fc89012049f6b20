//! A source presents a request: where it goes, what it carries, and when the next one comes.

use super::plain::Run;
use super::request::Passage;
use super::together::Played;
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::ledger::Reason;
use crate::model::play::state::turn::Turn;
use crate::model::play::state::under_way::{Errand, Presentation};
use crate::model::play::state::world::World;
use crate::model::workload::{Arrivals, Trace};
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// A source presents a request, and then whatever requests come before anything else happens.
    #[inline]
    pub fn present(&mut self, now: Moment, source: u16, worker: u16, agenda: &mut Agenda<Happening>) {
        let mut turn = Turn { at: now, source, worker, rank: None };
        loop {
            if !self.runs_plainly(turn.source as usize) {
                return self.present_one(turn, None, agenda);
            }
            match self.run_together(turn, agenda) {
                Played::AllUntil => {}
                Played::Until(turn, place) => return self.present_one(turn, Some(place), agenda),
                Played::Nothing => {
                    let limit = agenda.second_at().min(self.past_the_end());
                    match self.run_plainly(turn.at, turn.source as usize, limit) {
                        Run::Ends(next) => agenda.schedule(next, turn.event()),
                        Run::Meets(at, place) => return self.present_one(Turn { at, ..turn }, Some(place), agenda),
                    }
                }
            }
            let is_request = |event| matches!(event, Happening::Presented { .. });
            let Some((at, Happening::Presented { source, worker })) = agenda.next_if(self.end, is_request) else {
                return;
            };
            self.run_on += 1;
            turn = Turn { at, source, worker, rank: None };
        }
    }

    /// A source presents a request, at a place among its routes if that was chosen, and, unless it waits for answers,
    /// schedules its next.
    fn present_one(&mut self, turn: Turn, chosen: Option<usize>, agenda: &mut Agenda<Happening>) {
        let Turn { at: now, source, worker, .. } = turn;
        let index = source as usize;
        let settings = &self.plan.sources[index];
        let state = &mut self.sources[index];
        if state.stopped {
            return;
        }
        // A rejection that came back late put off what was already scheduled.
        if let Some(until) = state.pause_at(now) {
            agenda.schedule(until, Happening::Presented { source, worker });
            return;
        }
        state.presented += 1;
        let mut plain = false;
        if let Arrivals::Trace(trace) = &settings.arrivals {
            self.happened += 1;
            self.present_recorded(now, source, worker, trace, agenda);
        } else if let Some(place) = chosen.or_else(|| self.next_route(index, settings)) {
            let lane = settings.lanes[place].as_ref();
            if let Some((lane, verdict)) = lane.zip(self.verdict(now, index, place)) {
                self.count_plain(now, index, settings, lane, verdict.ruling);
                plain = true;
            } else {
                self.present_on(now, source, worker, settings.routes[place], None, agenda);
                // What an entry decides ends with it, and an entry is only filled where it had ended, or dropped where it
                // was empty or had: no verdict counts on it any more.
                let unharmed = index < self.plan.attacker_sources || self.sources[index].rejected == 0;
                self.happened += u64::from(!(unharmed && lane.is_some_and(|lane| lane.apart)));
            }
        } else {
            self.sources[index].stopped = true;
        }
        if !self.sources[index].stopped && self.join(index, now) {
            return;
        }
        // After a plain request a source neither stops nor pauses.
        let next = if plain {
            self.next_by_spacing(now, index, settings)
        } else if self.sources[index].stopped {
            None
        } else {
            self.next_arrival(now, index)
        };
        if let Some(next) = next {
            agenda.schedule(next, Happening::Presented { source, worker });
        }
    }

    /// The next request of a recording.
    fn present_recorded(
        &mut self,
        now: Moment,
        source: u16,
        worker: u16,
        trace: &Trace,
        agenda: &mut Agenda<Happening>,
    ) {
        let plan = self.plan;
        let index = source as usize;
        let routes = &plan.sources[index].routes;
        let recorded = trace.trial(self.number).requests.get(self.sources[index].presented as usize - 1).copied();
        let route = match recorded.and_then(|request| request.target) {
            Some(target) => plan.sources[index].places_at(target.0).first().map(|(_, place)| routes[*place as usize]),
            None => {
                let place = self.next_route(index, &plan.sources[index]);
                self.sources[index].stopped = place.is_none();
                place.map(|place| routes[place])
            }
        };
        if let Some(route) = route {
            let latency = recorded.and_then(|request| request.latency);
            self.present_on(now, source, worker, route, latency, agenda);
        }
    }

    /// Presents a request on a route, with whatever follows, if the source holds a credential that fits.
    #[inline(never)]
    pub fn present_on(
        &mut self,
        now: Moment,
        source: u16,
        worker: u16,
        route: u16,
        latency: Option<Span>,
        agenda: &mut Agenda<Happening>,
    ) {
        let Some(credential) = self.credential_for(now, source, route) else {
            if (source as usize) < self.plan.attacker_sources {
                self.mint_after_rejection(now, source as usize, route, agenda);
            }
            // A worker that holds nothing for this place goes on to the next.
            self.think_again(now, source, worker, None, agenda);
            return;
        };
        let number = self.sources[source as usize].presented - 1;
        let request = Presentation {
            source,
            worker,
            route,
            credential,
            at: now,
            latency,
            number,
            errand: Errand::Use,
            response: None,
        };
        self.send(now, &request, agenda);
    }

    /// Sends a request on its way; one of the attacker may give it away, or be stopped by a block of its network.
    pub fn send(&mut self, now: Moment, request: &Presentation, agenda: &mut Agenda<Happening>) {
        let source = request.source as usize;
        if source < self.plan.attacker_sources {
            self.heed(now, agenda);
        }
        let passage = if self.stopped_on_the_way(source) {
            Passage::Rejected(Reason::Network)
        } else {
            self.pass(now, request, 0, agenda)
        };
        self.settle(now, request, passage, agenda);
    }

    /// The credential that a source presents on a route: for an attacker what `tried_next` says, for a lawful client the
    /// first that fits, or its replacement once it holds that.
    #[inline]
    pub fn credential_for(&self, now: Moment, source: u16, route: u16) -> Option<u16> {
        if self.plan.attacks(source) {
            return self.tried_next(now, source, route);
        }
        let presents = &self.plan.sources[source as usize].presents[route as usize];
        let client = source as usize - self.plan.attacker_sources;
        let credential = self.kept_by(client, *presents.first()?);
        if self.plan.system.lawful[client].refreshes.is_some() {
            return Some(self.after_refreshes(now, client, credential));
        }
        let copied = (credential as usize) < self.plan.originals;
        if let Some(switched) =
            copied.then(|| self.switched[client * self.plan.originals + credential as usize]).flatten()
        {
            let new = switched <= now || self.expires[credential as usize] <= now;
            return Some(if new { self.plan.replacement(credential) } else { credential });
        }
        let (revoked, expires) = (self.revoked[credential as usize], self.expires[credential as usize]);
        let ended = revoked <= now || expires <= now;
        // What has expired was replaced then, whatever becomes of it later.
        let expired_first = expires <= now && expires <= revoked;
        let replaced = expired_first || self.tally.replaced[client] <= now;
        Some(if ended && replaced { self.plan.replacement(credential) } else { credential })
    }

    /// What an attacker presents on a route: the first it holds that was not refused there since it last worked there, else the
    /// newest such that it has minted and that has not expired: who mints knows when that is. Where all were refused, the one
    /// whose last rejection there is longest ago, so that it finds out in turn what works again; an expired one that it minted
    /// only where it holds nothing else.
    #[inline]
    fn tried_next(&self, now: Moment, source: u16, route: u16) -> Option<u16> {
        let mut held = self.held(now, source, route);
        let untried = held.find(|slot| !self.was_refused(source, route, *slot));
        let longest_ago = || self.held(now, source, route).min_by_key(|slot| self.last_refused(source, route, *slot));
        untried.or_else(longest_ago).or_else(|| self.held_instances(source, route).next())
    }

    /// Whether an attacker holds anything for a route that was not refused there since it last worked there.
    pub(super) fn holds_untried(&self, now: Moment, source: u16, route: u16) -> bool {
        self.held(now, source, route).any(|slot| !self.was_refused(source, route, slot))
    }

    /// What an attacker holds for a route: what it stole, then what it minted that has not expired, the newest first.
    fn held(&self, now: Moment, source: u16, route: u16) -> impl Iterator<Item = u16> {
        let presents = self.plan.sources[source as usize].presents[route as usize].iter().copied();
        let stolen = presents.filter(move |slot| self.tally.acquired[*slot as usize] <= now);
        let minted = self.held_instances(source, route).filter(move |slot| now < self.expires[*slot as usize]);
        stolen.chain(minted)
    }

    /// Minted instances that fit a route, ring by ring, the newest of each first.
    fn held_instances(&self, source: u16, route: u16) -> impl Iterator<Item = u16> {
        let rings = self.plan.sources[source as usize].mints[route as usize].iter().map(|ring| *ring as usize);
        rings.flat_map(|ring| self.lineage.held(ring, &self.plan.slots.rings[ring]))
    }

    /// What a client that refreshes presents: what it keeps, until it has a new grant.
    fn after_refreshes(&self, now: Moment, client: usize, kept: u16) -> u16 {
        let lost = !self.lineage.clients[client].out_since.is_never() || self.revoked[kept as usize] <= now;
        let original = self.plan.original(kept) as u16;
        if lost && self.tally.replaced[client] <= now { self.plan.replacement(original) } else { kept }
    }

    /// Whether a credential was refused to an attacker on a route since it last worked there.
    #[inline]
    pub fn was_refused(&self, source: u16, route: u16, slot: u16) -> bool {
        self.last_refused(source, route, slot) != 0
    }

    /// Which rejection was the last of a credential on a route, the later the greater; 0 if it has worked since.
    #[inline]
    pub fn last_refused(&self, source: u16, route: u16, slot: u16) -> u64 {
        self.sources[source as usize].refusals.last(route, slot)
    }

    /// An attacker takes note of whether a credential was refused on a route.
    #[inline]
    pub fn note_refused(&mut self, source: usize, route: u16, slot: u16, refused: bool) {
        self.sources[source].refusals.note(route, slot, refused);
    }
}
