//! How a ledger is read for a selection of targets or a verifier: what metrics say of one trial is made of these.

use super::observation::{Observation, scale};
use crate::model::ledger::{Closing, Ledger, Outcome, TargetUse};
use crate::record::estimate::Unit;
use crate::units::time::{Moment, Span};

/// The part of the system that is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Targets by number; none for all of them.
    pub targets: Option<Vec<usize>>,
    /// A verifier by number.
    pub verifier: Option<usize>,
}

/// What a metric needs to know beside the ledger.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances {
    /// Requests a second at the issuers that are computed instead of simulated: polls, and lawful traffic on other credentials.
    pub computed_load: f64,
    /// Whether the attacker has been calling several targets for ever.
    pub used_elsewhere_before: bool,
}

/// What is asked of some ledgers.
pub struct Asked<'a> {
    /// These.
    pub ledgers: &'a [Ledger],
    /// Of which part of the system.
    pub selection: &'a Selection,
    /// What is known beside them.
    pub circumstances: Circumstances,
    /// Nanoseconds at which what exceeds them is cut short, if any.
    pub limit: Option<i64>,
}

/// A ledger, looked at for one selection.
pub struct Seen<'a> {
    /// This one.
    pub ledger: &'a Ledger,
    /// The part of the system that is asked about.
    pub selection: &'a Selection,
    /// What is known beside it.
    pub circumstances: Circumstances,
}

impl<'a> Seen<'a> {
    /// What is selected of something there is for each target; mostly all of it, or one.
    #[inline]
    pub(super) fn selected<T>(&self, all: &'a [T]) -> impl Iterator<Item = &'a T> {
        let (side_by_side, apart) = match self.selection.targets.as_deref() {
            None => (all, [].as_slice()),
            Some([one]) => (&all[*one..=*one], [].as_slice()),
            Some(some) => ([].as_slice(), some),
        };
        side_by_side.iter().chain(apart.iter().map(|target| &all[*target]))
    }

    #[inline]
    pub(super) fn closings(&self) -> impl Iterator<Item = &'a Closing> {
        self.selected(&self.ledger.targets)
    }

    #[inline]
    pub(super) fn uses(&self) -> impl Iterator<Item = &'a TargetUse> {
        self.selected(&self.ledger.uses)
    }

    /// When the last of the selected doors was shut for good; none if one is still open.
    #[inline]
    pub(super) fn closed_at(&self) -> Option<Moment> {
        latest(self.closings().map(|closing| closing.closed_at))
    }

    pub(super) fn first_closed_at(&self) -> Option<Moment> {
        latest(self.closings().map(|closing| closing.first_closed_at))
    }

    /// Time from revocation to a moment; censored at the end of the trial if it did not come.
    #[inline]
    pub(super) fn after_revocation(&self, moment: Option<Moment>) -> Observation {
        let Some(revoked) = self.ledger.revoked_at else { return Observation::NotApplicable };
        match moment {
            Some(moment) => Observation::Value(moment.since(revoked).max(Span::ZERO).nanos()),
            None => Observation::Censored(self.ledger.ended_at.since(revoked).nanos()),
        }
    }

    #[inline]
    pub(super) fn last_accepted(&self) -> Observation {
        let Some(revoked) = self.ledger.revoked_at else { return Observation::NotApplicable };
        if self.closed_at().is_none() {
            return Observation::Censored(self.ledger.ended_at.since(revoked).nanos());
        }
        let last = self.uses().filter_map(|used| used.last_accepted).max();
        Observation::Value(last.map_or(0, |last| last.since(revoked).nanos()))
    }

    #[inline]
    pub(super) fn exposure(&self) -> Observation {
        self.revoked(|seen| match seen.selection.targets {
            None => seen.ledger.whole.open_for.nanos(),
            Some(_) => seen.closings().map(|closing| closing.open_for.nanos()).sum(),
        })
    }

    #[inline]
    pub(super) fn reopenings(&self) -> i64 {
        match self.selection.targets {
            None => i64::from(self.ledger.whole.reopenings),
            Some(_) => self.closings().map(|closing| i64::from(closing.reopenings)).sum(),
        }
    }

    /// Time from an earlier moment to containment, each trial with its own limit.
    #[inline]
    pub(super) fn since(&self, from: Option<Moment>) -> Observation {
        let Some(from) = from else { return Observation::NotApplicable };
        let closed = self.closed_at().filter(|_| self.ledger.outcome != Outcome::NeverRevoked);
        match closed {
            Some(closed) => Observation::Value(closed.since(from).max(Span::ZERO).nanos()),
            None => Observation::Censored(self.ledger.ended_at.since(from).max(Span::ZERO).nanos()),
        }
    }

    pub(super) fn reached(&self, moment: Option<Moment>) -> Observation {
        match moment {
            Some(moment) => Observation::Value(moment.nanos()),
            None => Observation::Censored(self.ledger.ended_at.nanos()),
        }
    }

    #[inline]
    pub(super) fn propagation(&self) -> Observation {
        match self.selection.verifier {
            Some(verifier) => self.after_revocation(self.ledger.verifiers[verifier].closed_at),
            None => Observation::NotApplicable,
        }
    }

    #[inline]
    pub(super) fn revoked(&self, value: impl Fn(&Self) -> i64) -> Observation {
        if self.ledger.outcome == Outcome::Revoked {
            Observation::Value(value(self))
        } else {
            Observation::NotApplicable
        }
    }

    /// A form of "invalidation beats reuse": not asked where the credential expired first, lost where nobody revoked.
    #[inline]
    pub(super) fn race(&self, won: impl Fn(&Self) -> bool) -> Observation {
        match self.ledger.outcome {
            Outcome::Revoked => Observation::Was(won(self)),
            Outcome::NeverRevoked => Observation::Was(false),
            Outcome::ExpiredBeforeRevocation => Observation::NotApplicable,
        }
    }

    pub(super) fn stayed_in_one_place(&self) -> bool {
        let blast = self.ledger.blast;
        self.closed_at().is_some()
            && blast.targets <= 1
            && blast.environments <= 1
            && !self.ledger.used_derived
            && !self.circumstances.used_elsewhere_before
    }

    pub(super) fn response_time(&self) -> Observation {
        let load = &self.ledger.load;
        match i64::try_from(load.served) {
            Ok(served) if served > 0 => Observation::Value(load.served_for.nanos() / served),
            _ => Observation::NotApplicable,
        }
    }

    pub(super) fn load(&self) -> Observation {
        let seconds = self.ledger.ended_at.since(Moment::ZERO).seconds();
        let simulated = if seconds > 0.0 { self.ledger.load.asked as f64 / seconds } else { 0.0 };
        Observation::Value(libm::rint((simulated + self.circumstances.computed_load) * scale(Unit::PerSecond)) as i64)
    }
}

/// The latest of some moments; none if one never came.
#[inline]
fn latest(moments: impl Iterator<Item = Option<Moment>>) -> Option<Moment> {
    // Never is later than every moment, and nothing is the latest of none.
    let latest = moments.map(|moment| moment.unwrap_or(Moment::NEVER)).max()?;
    (!latest.is_never()).then_some(latest)
}
