//! A source presents a request: where it goes, what it carries, and when the next one comes.
//!
//! Most requests are plain: a fresh entry lets them through and nothing follows but counts. Those are decided here in
//! a few steps, just as the whole path would decide them (`request.rs`, `settle.rs`). Where every request is written
//! down, all take the whole path, so that playing a trial both ways tells whether the two agree.

use super::plan::{Lane, Source};
use super::request::Passage;
use super::world::{Errand, Presentation, World};
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::ledger::Reason;
use crate::model::workload::{Arrivals, Trace};
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// A source presents a request and, unless it waits for answers, schedules its next.
    #[inline]
    pub fn present(&mut self, now: Moment, source: u16, worker: u16, agenda: &mut Agenda<Happening>) {
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
        let plain = if let Arrivals::Trace(trace) = &settings.arrivals {
            self.present_recorded(now, source, worker, trace, agenda);
            false
        } else if let Some(place) = self.next_route(index, settings) {
            let plain = self.pass_plainly(now, index, settings, place);
            if !plain {
                self.present_on(now, source, worker, settings.routes[place], None, agenda);
            }
            plain
        } else {
            self.sources[index].stopped = true;
            false
        };
        if !self.sources[index].stopped && self.join(index, now) {
            return;
        }
        // After an acceptance a source neither stops nor pauses.
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

    /// Plays a plain request to its end; if it is not plain, nothing has happened yet.
    #[inline]
    fn pass_plainly(&mut self, now: Moment, source: usize, settings: &Source, place: usize) -> bool {
        let Some(lane) = &settings.lanes[place] else { return false };
        let attacks = source < self.plan.attacker_sources;
        if !self.carries(now, source, lane.credential) || !self.is_open(now, lane) || self.requests.is_some() {
            return false;
        }
        if attacks && (self.lookout.left.is_some() || self.blocked > Share::NONE) {
            return false;
        }
        // What is played before time 0 only warms up what has always run.
        if attacks && (now >= Moment::ZERO || now >= self.tally.revoked_at) {
            self.tally_replay(now, now, lane.target, true);
        }
        let state = &mut self.sources[source];
        if state.rejected > 0 {
            state.accepted(settings);
        }
        true
    }

    /// Whether a source still, or already, carries the credential that it prefers.
    #[inline]
    pub(super) fn carries(&self, now: Moment, source: usize, credential: u16) -> bool {
        let credential = credential as usize;
        if source < self.plan.attacker_sources {
            self.tally.acquired[credential] <= now && self.sources[source].refused & (1 << credential) == 0
        } else {
            let client = source - self.plan.attacker_sources;
            let switched = self.switched[client * self.plan.originals + credential];
            now < self.revoked[credential] && now < self.expires[credential] && switched.is_none_or(|at| now < at)
        }
    }

    /// Whether a fresh entry lets a request through, and no news has told otherwise.
    #[inline]
    fn is_open(&self, now: Moment, lane: &Lane) -> bool {
        let told =
            |replica: u32| self.replicas[replica as usize].blocked > 0 || self.denies(now, replica, lane.credential);
        now < self.cells[lane.cell].fresh_until && !(lane.hears && told(lane.replica))
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
    pub(super) fn present_on(
        &mut self,
        now: Moment,
        source: u16,
        worker: u16,
        route: u16,
        latency: Option<Span>,
        agenda: &mut Agenda<Happening>,
    ) {
        let Some(credential) = self.credential_for(now, source, route) else {
            // A worker that holds nothing for this place goes on to the next.
            self.think_again(now, source, worker, agenda);
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
    pub(super) fn send(&mut self, now: Moment, request: &Presentation, agenda: &mut Agenda<Happening>) {
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

    /// The credential that a source presents on a route: for an attacker the first it holds that was not refused
    /// since it last worked, else the first it holds; for a lawful
    /// client the first that fits, or its replacement once it holds that.
    #[inline]
    pub(super) fn credential_for(&self, now: Moment, source: u16, route: u16) -> Option<u16> {
        let presents = &self.plan.sources[source as usize].presents[route as usize];
        if (source as usize) < self.plan.attacker_sources {
            let held = |c: &u16| self.tally.acquired[*c as usize] <= now;
            let refused = self.sources[source as usize].refused;
            let untried = presents.iter().copied().find(|c| held(c) && refused & (1 << *c) == 0);
            let untried = untried.or_else(|| self.untried_instance(source, route));
            return untried
                .or_else(|| presents.iter().copied().find(held))
                .or_else(|| self.newest_instance(source, route));
        }
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
        let ended = self.revoked[credential as usize] <= now || self.expires[credential as usize] <= now;
        let replaced =
            if self.revoked[credential as usize] <= now { self.tally.replaced[client] <= now } else { ended };
        Some(if ended && replaced { self.plan.replacement(credential) } else { credential })
    }

    /// The newest minted instance that fits a route and was not refused since it last worked.
    fn untried_instance(&self, source: u16, route: u16) -> Option<u16> {
        let rings = self.plan.sources[source as usize].mints[route as usize].iter().map(|ring| *ring as usize);
        let mut held = rings.flat_map(|ring| self.lineage.held(ring, &self.plan.slots.rings[ring]));
        held.find(|slot| !self.was_refused(source as usize, *slot))
    }

    /// The newest minted instance that fits a route.
    fn newest_instance(&self, source: u16, route: u16) -> Option<u16> {
        let rings = self.plan.sources[source as usize].mints[route as usize].iter().map(|ring| *ring as usize);
        rings.filter_map(|ring| self.lineage.held(ring, &self.plan.slots.rings[ring]).next()).next()
    }

    /// What a client that refreshes presents: what it keeps, until it has a new grant.
    fn after_refreshes(&self, now: Moment, client: usize, kept: u16) -> u16 {
        let lost = !self.lineage.clients[client].out_since.is_never() || self.revoked[kept as usize] <= now;
        let original = self.plan.original(kept) as u16;
        if lost && self.tally.replaced[client] <= now { self.plan.replacement(original) } else { kept }
    }

    /// Whether a credential was refused to a source since it last worked there.
    #[inline]
    pub fn was_refused(&self, source: usize, slot: u16) -> bool {
        let state = &self.sources[source];
        match (slot as usize).checked_sub(self.plan.first_instance()) {
            Some(instance) => state.refused_instances[instance],
            None => state.refused & (1 << (slot as usize % self.plan.originals)) != 0,
        }
    }

    /// Takes note of whether a credential was refused.
    #[inline]
    pub fn note_refused(&mut self, source: usize, slot: u16, refused: bool) {
        let state = &mut self.sources[source];
        match (slot as usize).checked_sub(self.plan.first_instance()) {
            Some(instance) => state.refused_instances[instance] = refused,
            None => {
                let bit = 1 << (slot as usize % self.plan.originals);
                state.refused = if refused { state.refused | bit } else { state.refused & !bit };
            }
        }
    }
}
