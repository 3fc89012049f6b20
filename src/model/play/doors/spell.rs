//! Spells: the stretches of time for which a door is open, from changes that say until when it will stay open.
//!
//! After every change of what a verifier remembers, the world says until when the door would stay open if
//! nothing else changed. That is enough to know every closing and reopening without an event for each: if the
//! next change comes later than that, the door was shut at the time announced.

use crate::model::id::VerifierId;
use crate::model::ledger::{ClosedBy, Closing, HeldOpenBy};
use crate::units::time::{Moment, Span};

/// Until when a door stays open if nothing changes, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The first moment at which it is shut.
    pub until: Moment,
    /// What keeps it open until then.
    pub by: HeldOpenBy,
    /// Where.
    pub at: Option<VerifierId>,
}

impl Hold {
    /// A door that is shut.
    pub const SHUT: Self = Self { until: Moment::from_nanos(i64::MIN / 2), by: HeldOpenBy::Nothing, at: None };

    /// The hold that lasts longer.
    #[inline]
    pub fn or(self, other: Self) -> Self {
        if other.until > self.until { other } else { self }
    }

    /// The hold that ends sooner.
    #[inline]
    pub fn and(self, other: Self) -> Self {
        if other.until < self.until { other } else { self }
    }

    /// The same, where who lets everybody in does so as long as there is anything to let in, and names the cause.
    #[inline]
    pub fn and_until(self, other: Self) -> Self {
        if self.by == HeldOpenBy::FailOpen { Self { until: other.until, ..self } } else { self.and(other) }
    }

    /// What shuts the door when this hold runs out by itself.
    fn runs_out_by(self) -> ClosedBy {
        match self.by {
            HeldOpenBy::Nothing => ClosedBy::Revocation,
            // What lets everything in, and an issuer that goes on saying yes, do so until the credential ends.
            HeldOpenBy::FailOpen
            | HeldOpenBy::IneffectiveRevocation
            | HeldOpenBy::CredentialLifetime
            | HeldOpenBy::NotRevoked
            | HeldOpenBy::DerivedCredential
            | HeldOpenBy::ForgottenCutOff
            | HeldOpenBy::UndoneRevocation => ClosedBy::CredentialExpiry,
            HeldOpenBy::Cache
            | HeldOpenBy::StaleWhileRevalidate
            | HeldOpenBy::StaleOnOutage
            | HeldOpenBy::ResponseCache => ClosedBy::TimeToLive,
            HeldOpenBy::ReadLag => ClosedBy::ReadReplica,
            HeldOpenBy::AnswerInFlight | HeldOpenBy::IssuanceGrace => ClosedBy::FreshAnswer,
            HeldOpenBy::OpenConnection => ClosedBy::ConnectionAge,
            HeldOpenBy::NoCheck | HeldOpenBy::DenyListGap | HeldOpenBy::Copy => ClosedBy::Nothing,
        }
    }
}

/// The spells of one door since the invalidation.
#[derive(Clone, Copy, Debug)]
pub struct Spells {
    from: Moment,
    open_since: Option<Moment>,
    hold: Hold,
    closed_at: Moment,
    first_closed_at: Option<Moment>,
    open_for: Span,
    openings: u32,
    closed_by: ClosedBy,
    /// Since when the hold is by the same cause.
    held_since: Moment,
    /// The hold whose cause lasted longest without a break in this spell, or in the last one that ended, and for how long.
    longest: (Hold, Span),
}

impl Spells {
    /// A door that is watched from `from` on, and was open before it.
    pub const fn starting(from: Moment) -> Self {
        Self {
            from,
            open_since: Some(from),
            hold: Hold { until: from, by: HeldOpenBy::Nothing, at: None },
            closed_at: from,
            first_closed_at: None,
            open_for: Span::ZERO,
            openings: 0,
            closed_by: ClosedBy::Revocation,
            held_since: from,
            longest: (Hold::SHUT, Span::ZERO),
        }
    }

    /// Learns at `now` that the door is held as `hold` says, because of `cause`.
    pub fn learn(&mut self, now: Moment, hold: Hold, cause: ClosedBy) {
        if self.open_since.is_some() && self.hold.until < now {
            self.shut(self.hold.until, self.hold.runs_out_by());
        }
        let open = hold.until > now;
        match (self.open_since, open) {
            (Some(_), true) => {
                if hold.by != self.hold.by {
                    self.note_stretch(now);
                    self.held_since = now;
                }
                self.hold = hold;
            }
            (Some(_), false) => {
                let by_itself = self.hold.until == now && self.hold.by != HeldOpenBy::Nothing;
                self.shut(now, if by_itself { self.hold.runs_out_by() } else { cause });
            }
            (None, true) => {
                self.open_since = Some(now);
                self.openings += 1;
                self.hold = hold;
                self.held_since = now;
                self.longest = (Hold::SHUT, Span::ZERO);
            }
            (None, false) => {}
        }
    }

    /// Until when the door is known to stay open.
    pub fn known_until(&self) -> Moment {
        if self.open_since.is_some() { self.hold.until } else { self.closed_at }
    }

    /// What holds the door now.
    pub const fn held_by(&self) -> (HeldOpenBy, Option<VerifierId>) {
        (self.hold.by, self.hold.at)
    }

    /// What was found, at the end of the trial.
    pub fn finish(mut self, end: Moment) -> Closing {
        if self.open_since.is_some() && self.hold.until <= end {
            self.shut(self.hold.until, self.hold.runs_out_by());
        }
        if self.open_since.is_some() {
            self.note_stretch(end);
        }
        let held_open_by = (self.longest.0.by, self.longest.0.at);
        match self.open_since {
            None => Closing {
                closed_at: Some(self.closed_at),
                first_closed_at: self.first_closed_at,
                open_for: self.open_for,
                reopenings: self.openings,
                held_open_by,
                closed_by: self.closed_by,
            },
            Some(since) => Closing {
                closed_at: None,
                first_closed_at: self.first_closed_at,
                open_for: self.open_for + end.since(since),
                reopenings: self.openings,
                held_open_by,
                closed_by: ClosedBy::Nothing,
            },
        }
    }

    /// A door whose invalidation never came: open to the end.
    pub const fn open_for_good(end: Moment) -> Closing {
        Closing {
            closed_at: None,
            first_closed_at: None,
            open_for: Span::from_nanos(end.nanos()),
            reopenings: 0,
            held_open_by: (HeldOpenBy::Nothing, None),
            closed_by: ClosedBy::Nothing,
        }
    }

    fn shut(&mut self, at: Moment, cause: ClosedBy) {
        let at = at.max(self.from);
        self.note_stretch(at);
        let since = self.open_since.take().unwrap_or(at);
        self.open_for += at.since(since);
        self.closed_at = at;
        self.first_closed_at.get_or_insert(at);
        self.closed_by = cause;
    }

    /// The cause of a hold ends at `at`; of two that lasted equally long the later counts.
    fn note_stretch(&mut self, at: Moment) {
        let lasted = at.since(self.held_since);
        if lasted >= self.longest.1 {
            self.longest = (self.hold, lasted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Moment {
        Moment::from_nanos(seconds * 1_000_000_000)
    }

    fn cache(seconds: i64) -> Hold {
        Hold { until: at(seconds), by: HeldOpenBy::Cache, at: None }
    }

    #[test]
    fn a_door_closes_when_its_hold_runs_out_though_nothing_happens_then() {
        let mut spells = Spells::starting(at(10));
        spells.learn(at(10), cache(40), ClosedBy::Revocation);
        let closing = spells.finish(at(100));
        assert_eq!(closing.closed_at, Some(at(40)));
        assert_eq!((closing.closed_by, closing.reopenings), (ClosedBy::TimeToLive, 0));
        assert_eq!(closing.open_for, Span::from_nanos(30_000_000_000));
    }

    #[test]
    fn a_door_that_opens_again_counts_the_time_it_was_open_only() {
        // Open 10..20, shut, open again 50..60: 20 s in all, shut for the first time at 20, for good at 60.
        let mut spells = Spells::starting(at(10));
        spells.learn(at(10), cache(20), ClosedBy::Revocation);
        spells.learn(at(50), cache(60), ClosedBy::FreshAnswer);
        let closing = spells.finish(at(100));
        assert_eq!((closing.closed_at, closing.first_closed_at), (Some(at(60)), Some(at(20))));
        assert_eq!((closing.open_for, closing.reopenings), (Span::from_nanos(20_000_000_000), 1));
    }

    #[test]
    fn news_shuts_a_door_before_its_hold_runs_out() {
        let mut spells = Spells::starting(at(0));
        spells.learn(at(0), cache(300), ClosedBy::Revocation);
        spells.learn(at(2), Hold::SHUT, ClosedBy::Channel(0));
        let closing = spells.finish(at(1000));
        assert_eq!((closing.closed_at, closing.closed_by), (Some(at(2)), ClosedBy::Channel(0)));
        assert_eq!(closing.held_open_by.0, HeldOpenBy::Cache);
    }

    #[test]
    fn what_held_a_door_open_is_what_did_for_the_longest_stretch() {
        // Not revoked for 60 s, then 10 s until a list says so; by the end of 200 s the other way round.
        let by = |by| Hold { until: Moment::NEVER, by, at: None };
        let mut spells = Spells::starting(at(0));
        spells.learn(at(0), by(HeldOpenBy::NotRevoked), ClosedBy::Revocation);
        spells.learn(at(60), by(HeldOpenBy::DenyListGap), ClosedBy::Revocation);
        let mut shut = spells;
        shut.learn(at(70), Hold::SHUT, ClosedBy::Channel(0));
        assert_eq!(shut.finish(at(200)).held_open_by.0, HeldOpenBy::NotRevoked);
        assert_eq!(spells.finish(at(200)).held_open_by.0, HeldOpenBy::DenyListGap);
        // Open again, only the new spell counts.
        shut.learn(at(80), cache(90), ClosedBy::Nothing);
        assert_eq!(shut.finish(at(200)).held_open_by.0, HeldOpenBy::Cache);
    }

    #[test]
    fn a_door_that_is_open_at_the_end_is_not_closed() {
        let mut spells = Spells::starting(at(0));
        spells.learn(at(0), cache(300), ClosedBy::Revocation);
        let closing = spells.finish(at(299));
        assert_eq!((closing.closed_at, closing.open_for), (None, Span::from_nanos(299_000_000_000)));
    }

    #[test]
    fn a_door_that_is_shut_at_once_took_no_time() {
        let mut spells = Spells::starting(at(5));
        spells.learn(at(5), Hold::SHUT, ClosedBy::Revocation);
        let closing = spells.finish(at(10));
        assert_eq!(
            (closing.closed_at, closing.open_for, closing.closed_by),
            (Some(at(5)), Span::ZERO, ClosedBy::Revocation)
        );
    }
}
