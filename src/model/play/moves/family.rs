//! Families of refresh tokens that rotate: who spends what, what the issuer makes of a spent one, and lawful clients
//! that are thrown out.
//!
//! A thief holds a copy of the token that the client holds. Whoever refreshes first spends it; the other then presents
//! a spent token, which is reuse unless the grace still runs (failure mode 7).

use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::id::CredentialId;
use crate::model::lineage::{Cadence, OnReuse};
use crate::model::play::state::lineage::Holder;
use crate::model::play::state::under_way::Answer;
use crate::model::play::state::world::World;
use crate::model::workload::Refreshing;
use crate::random::purpose::Purpose;
use crate::units::time::{Moment, Span};

/// How long a lawful client waits that could not reach its issuer.
const TRIES_AGAIN_AFTER: Span = Span::from_nanos(10_000_000_000);

impl World<'_> {
    /// Schedules the first refresh of every lawful client that refreshes.
    pub fn start_refreshing(&mut self, agenda: &mut Agenda<Happening>) {
        for (client, settings) in self.plan.system.lawful.iter().enumerate() {
            let Some(refreshing) = settings.refreshes else { continue };
            let first = match refreshing.cadence {
                Cadence::Every(gap) => {
                    let u = self.streams.refreshing[client].at(&self.trial).uniform();
                    Some(Moment::ZERO + Span::from_seconds(gap.seconds() * u))
                }
                _ => self.next_refresh(Moment::ZERO, client, refreshing),
            };
            let started = self.plan.slots.refreshed[client].iter().map(|(origin, _)| self.expires[*origin as usize]);
            self.plan_refresh(client, first, started.min(), agenda);
        }
    }

    fn next_refresh(&mut self, now: Moment, client: usize, refreshing: Refreshing) -> Option<Moment> {
        match refreshing.cadence {
            Cadence::Poisson(rate) => {
                let gap = self.streams.refreshing[client].at(&self.trial).exponential_by_inversion();
                Some(now + Span::from_seconds(gap * rate.mean_gap_seconds()))
            }
            Cadence::Every(gap) => Some(now + gap),
            Cadence::AtExpiry | Cadence::OnRejection => None,
        }
    }

    /// A client refreshes in its turn, and at the latest when its first credential ends.
    fn plan_refresh(
        &mut self,
        client: usize,
        turn: Option<Moment>,
        ends: Option<Moment>,
        agenda: &mut Agenda<Happening>,
    ) {
        let at = turn.unwrap_or(Moment::NEVER).min(ends.unwrap_or(Moment::NEVER));
        self.lineage.clients[client].next = at;
        agenda.schedule(at, Happening::Refresh(client as u16));
    }

    /// A lawful client refreshes.
    pub fn client_refreshes(&mut self, now: Moment, client: u16, agenda: &mut Agenda<Happening>) {
        let index = client as usize;
        let Some(refreshing) = self.plan.system.lawful[index].refreshes else { return };
        let state = self.lineage.clients[index];
        if state.next != now || !state.out_since.is_never() {
            return;
        }
        let Some(family) = self.lineage.family_of(refreshing.with.0) else { return };
        match self.spend(now, family, 1 + index, agenda) {
            Answer::Active => {
                self.lineage.clients[index].refreshed = true;
                let plan = self.plan;
                for (_, slot) in &plan.slots.refreshed[index] {
                    self.begin_instance(now, *slot);
                }
                let ends = plan.slots.refreshed[index].iter().map(|(_, slot)| self.expires[*slot as usize]).min();
                let turn = self.next_refresh(now, index, refreshing);
                self.plan_refresh(index, turn, ends, agenda);
            }
            Answer::Inactive => self.throw_out(now, index, refreshing.with.0),
            Answer::Unreachable => self.plan_refresh(index, Some(now + TRIES_AGAIN_AFTER), None, agenda),
        }
    }

    /// A client whose credential was revoked refreshes at once when it is refused, and learns whether it is thrown out.
    pub fn client_refused(&mut self, now: Moment, client: usize, credential: u16, agenda: &mut Agenda<Happening>) {
        let refreshes = self.plan.system.lawful[client].refreshes.is_some();
        let gone = self.revoked[credential as usize] <= now;
        if refreshes && gone && self.lineage.clients[client].out_since.is_never() {
            self.lineage.clients[client].next = now;
            self.client_refreshes(now, client as u16, agenda);
        }
    }

    /// A client learns that its grant is gone: it signs in again, after a time, or at once where nobody took it away and it
    /// ended as it does every time.
    fn throw_out(&mut self, now: Moment, client: usize, grant: u16) {
        let state = &mut self.lineage.clients[client];
        if !state.out_since.is_never() {
            return;
        }
        state.out_since = now;
        state.next = Moment::NEVER;
        let ended = self.expires[grant as usize];
        let as_ever = ended <= now && ended <= self.revoked[grant as usize];
        let law = self.plan.system.lawful[client].replaced_after.as_ref();
        let after = || law?.sample(&mut self.trial.open(Purpose::LawfulReplacement, client as u32)).span();
        let span = if as_ever { Some(Span::ZERO) } else { after() };
        if let Some(span) = span {
            let replaced = &mut self.tally.replaced[client];
            *replaced = (*replaced).min(now + span);
        }
    }

    /// A holder presents its token of a family: what the issuer says, and what that does to the family.
    pub fn spend(&mut self, now: Moment, family: usize, holder: usize, agenda: &mut Agenda<Happening>) -> Answer {
        let credential = self.lineage.families[family].credential;
        let Some(issuer) = self.plan.system.credentials[credential as usize].issuer else { return Answer::Inactive };
        let answer = self.issuer_says(now, issuer.0, credential);
        if answer != Answer::Active {
            return answer;
        }
        let state = &mut self.lineage.families[family];
        let own = state.holders[holder];
        let fresh = own.spent_at.is_never();
        if !fresh && now >= own.spent_at + state.rotation.grace {
            match state.rotation.on_reuse {
                OnReuse::Ignore => {}
                OnReuse::Reject => return Answer::Inactive,
                OnReuse::RevokeFamily => {
                    self.reuse_detected(now, credential, agenda);
                    return Answer::Inactive;
                }
            }
        }
        for other in state.holders.iter_mut().filter(|other| fresh && other.token == own.token) {
            other.spent_at = now;
        }
        state.holders[holder] = Holder { token: state.tokens, spent_at: Moment::NEVER };
        state.tokens += 1;
        Answer::Active
    }

    /// The issuer revokes a family by itself.
    fn reuse_detected(&mut self, now: Moment, credential: u16, agenda: &mut Agenda<Happening>) {
        // Who asked may have met a replica that lags; the store itself knows, and records nothing a second time.
        let slot = credential as usize;
        let in_force = self.revoked[slot] <= now && now < self.lineage.forgotten[slot];
        if in_force && self.recorded.iter().any(|recorded| recorded.credentials.contains(&credential)) {
            return;
        }
        let reached = self.plan.system.with_cascades(vec![CredentialId(credential)]);
        self.issuer_revokes(now, &reached, agenda);
    }

    /// The slot in which a lawful client keeps what it presents: what it began with, or what it has refreshed since.
    #[inline]
    pub fn kept_by(&self, client: usize, credential: u16) -> u16 {
        if !self.lineage.clients[client].refreshed {
            return credential;
        }
        let own = self.plan.slots.refreshed[client].iter().find(|(origin, _)| *origin == credential);
        own.map_or(credential, |(_, slot)| *slot)
    }
}
