//! Plain requests: those from which nothing follows but counts, and runs of them.
//!
//! Most requests are plain: a fresh entry lets them through, or the issuer turns them away as it did before. Those are
//! decided in a few steps, just as the whole path would decide them (`request.rs`, `settle.rs`). What is decided for
//! one holds for those after it until something else happens: that is its verdict. Where every request is written
//! down, all take the whole path, so that playing a trial both ways tells whether the two agree.

use crate::model::play::compiled::lane::Lane;
use crate::model::play::compiled::plan::Source;
use crate::model::play::state::verdict::{Ruling, Verdict};
use crate::model::play::state::world::World;
use crate::units::probability::Share;
use crate::units::time::Moment;

/// How a run of plain requests ends.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// With the source's next request, which is not its turn.
    Ends(Moment),
    /// With a request that is not plain: when it is presented, and the place among the routes of its source.
    Meets(Moment, usize),
}

impl World<'_> {
    /// Whether requests of a source at `now` may be plain, wherever they go.
    #[inline]
    pub(super) fn runs_plainly(&self, source: usize) -> bool {
        let state = &self.sources[source];
        let heeded = source < self.plan.attacker_sources && self.is_heeded();
        self.plan.sources[source].plain
            && self.skipping.is_none()
            && self.requests.is_none()
            && !(state.stopped || state.rejected > 0 && state.paused_until > Moment::LONG_AGO)
            && state.living == state.alive.len()
            && !heeded
    }

    /// Whether each request of an attacker may give it away, or be stopped by a block of its network.
    #[inline]
    fn is_heeded(&self) -> bool {
        self.lookout.left.is_some() || self.blocked > Share::NONE
    }

    /// Presents requests of a source, from one at `now` on, while they are plain and come before `limit`.
    #[inline]
    pub(super) fn run_plainly(&mut self, mut now: Moment, source: usize, limit: Moment) -> Run {
        let settings = &self.plan.sources[source];
        loop {
            let Some(place) = self.next_route(source, settings) else { return Run::Ends(Moment::NEVER) };
            let known = self.sources[source].verdicts[place];
            let ruling = if known.found_after == self.happened && now < known.until {
                known.ruling
            } else {
                let Some(verdict) = self.verdict(now, source, place) else { return Run::Meets(now, place) };
                self.sources[source].verdicts[place] = verdict;
                verdict.ruling
            };
            self.sources[source].presented += 1;
            if let Some(lane) = &settings.lanes[place] {
                self.count_plain(now, source, settings, lane, ruling);
            }
            let Some(next) = self.next_by_spacing(now, source, settings) else { return Run::Ends(Moment::NEVER) };
            if next >= limit {
                return Run::Ends(next);
            }
            self.run_on += 1;
            now = next;
        }
    }

    /// What becomes of requests of a source at one of its places from `now` on; none if they are not plain.
    pub(super) fn verdict(&self, now: Moment, source: usize, place: usize) -> Option<Verdict> {
        let lane = self.plan.sources[source].lanes[place].as_ref()?;
        let attacks = source < self.plan.attacker_sources;
        if self.requests.is_some() || attacks && self.is_heeded() {
            return None;
        }
        let accepted = self.carried_until(now, source, lane).map(|until| (until, Ruling::Accepted));
        let accepted = accepted.filter(|_| self.is_open(now, lane));
        let accepted = accepted.map(|(until, ruling)| (until.min(self.cells[lane.cell].fresh_until), ruling));
        let refused = || self.refused_until(now, source, lane).map(|until| (until, Ruling::Refused));
        let (until, ruling) = accepted.or_else(refused)?;
        Some(Verdict { until, found_after: self.happened, ruling })
    }

    /// Takes note of a plain request.
    #[inline]
    pub(super) fn count_plain(&mut self, now: Moment, source: usize, settings: &Source, lane: &Lane, ruling: Ruling) {
        let accepted = ruling == Ruling::Accepted;
        let state = &mut self.sources[source];
        if accepted {
            if state.rejected > 0 {
                state.accepted(settings);
            }
        } else {
            state.rejected += 1;
        }
        if source >= self.plan.attacker_sources {
            return;
        }
        state.refusals.note(lane.route, lane.credential, !accepted);
        // What is played before time 0 only warms up what has always run.
        if now >= Moment::ZERO || now >= self.tally.revoked_at {
            self.tally_replay(now, now, lane.target, accepted);
        }
        if let Some(verifier) = lane.asks.filter(|_| !accepted) {
            self.count_question(now, self.plan.verifiers[verifier as usize].issuer);
        }
    }

    /// Until when a source carries the credential that it prefers, if nothing happens; none if it does not.
    #[inline]
    fn carried_until(&self, now: Moment, source: usize, lane: &Lane) -> Option<Moment> {
        let credential = lane.credential as usize;
        let Some(client) = source.checked_sub(self.plan.attacker_sources) else {
            let held = self.tally.acquired[credential] <= now;
            let preferred = lane.alone || !self.was_refused(source as u16, lane.route, lane.credential);
            return (held && preferred).then_some(Moment::NEVER);
        };
        let switched = self.switched[client * self.plan.originals + credential];
        let until = self.revoked[credential].min(self.expires[credential]).min(switched.unwrap_or(Moment::NEVER));
        (now < until).then_some(until)
    }

    /// Whether a fresh entry lets a request through, and no news has told otherwise.
    #[inline]
    fn is_open(&self, now: Moment, lane: &Lane) -> bool {
        now < self.cells[lane.cell].fresh_until && !(lane.hears && self.is_told(now, lane))
    }

    #[inline]
    fn is_told(&self, now: Moment, lane: &Lane) -> bool {
        self.replicas[lane.replica as usize].blocked > 0 || self.denies(now, lane.replica, lane.credential)
    }

    /// Until when the issuer turns an attacker's requests away and nothing follows from that, if nothing happens: no
    /// cache has an entry to forget.
    fn refused_until(&self, now: Moment, source: usize, lane: &Lane) -> Option<Moment> {
        let verifier = lane.asks.filter(|_| source < self.plan.attacker_sources)?;
        let credential = lane.credential as usize;
        let issuer = self.plan.verifiers[verifier as usize].issuer;
        let held = self.tally.acquired[credential] <= now;
        let cell = &self.cells[lane.cell];
        let empty = !cell.holds_entry() && now >= cell.denied_until;
        let known = self.known_at[credential * self.read_replica_width()];
        let reaches = !self.cannot_ask(verifier, issuer) && !self.is_told(now, lane);
        // A verifier with a lane takes nothing that shows its end or its key: neither can turn a request away there.
        debug_assert!(self.own_end(verifier, lane.replica, lane.credential).is_never(), "a lane leads past an end");
        let until = self.lineage.forgotten[credential];
        (held && empty && reaches && known <= now && now < until).then_some(until)
    }
}
