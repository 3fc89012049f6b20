//! Faults as the scenario describes them: when a part of the system is down, slow, cut off, restarted, or its clock off.

use super::id::{CacheId, ChannelId, IssuerId, VerifierId};
use crate::random::law::Law;
use crate::units::time::Span;

/// A part that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An issuer cannot be asked and publishes nothing.
    Issuer(IssuerId),
    /// A channel carries nothing: what is sent meanwhile is lost, what is asked meanwhile fails.
    Channel(ChannelId),
    /// A verifier rejects everything; it keeps what it remembers, and hears what it would hear.
    Verifier(VerifierId),
    /// The way from a verifier to the issuer that it asks is cut: for it the issuer is down, for others not.
    Between(VerifierId, IssuerId),
    /// The way from a channel to a verifier is cut: for it the channel is down, for others not.
    Hearing(VerifierId, ChannelId),
    /// The way from an issuer to a channel is cut: what is revoked meanwhile does not come into it, and it goes on with
    /// what it has.
    Feeding(IssuerId, ChannelId),
    /// The way from a verifier to one behind it is cut: no request passes there.
    Passing(VerifierId, VerifierId),
    /// A cache that verifiers share; it can only restart.
    Cache(CacheId),
}

/// What is wrong with a part while a fault lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ails {
    /// It is down, or the way is cut.
    Down,
    /// An issuer of limited capacity works this many times as long on every question.
    Slow(f64),
    /// The clocks of a verifier are this much further ahead; behind if negative.
    ClockOff(Span),
    /// It restarts: a cache is empty then, a subscriber has lost its list.
    Restarted,
}

/// When a part is down.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// For a time that starts at or after the exposure.
    FromStart {
        /// Start, from exposure.
        from: Law,
        /// Length.
        lasts: Law,
    },
    /// For a time that starts before or after the revocation.
    FromRevocation {
        /// Start, from revocation; negative if before it.
        from: Span,
        /// Length.
        lasts: Law,
    },
    /// Again and again: up for exponential times, down for others.
    Recurring {
        /// Mean time between the end of a failure and the next.
        mtbf: Span,
        /// Mean time to repair.
        mttr: Span,
    },
}

impl Fault {
    /// Whether it may be there before the exposure.
    pub fn may_come_before_the_trial(&self) -> bool {
        match self.when {
            When::FromStart { .. } => false,
            When::FromRevocation { from, .. } => from < Span::ZERO,
            When::Recurring { .. } => true,
        }
    }
}

/// A fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its name in the scenario.
    pub name: String,
    /// What fails.
    pub part: Part,
    /// In which way.
    pub ails: Ails,
    /// When.
    pub when: When,
}

impl Fault {
    /// Whether it takes a part down, or cuts a way.
    pub fn takes_down(&self, part: Part) -> bool {
        self.part == part && self.ails == Ails::Down
    }
}
