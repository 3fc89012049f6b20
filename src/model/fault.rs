//! Faults as the scenario describes them: when a part of the system is down.

use super::id::{ChannelId, IssuerId, VerifierId};
use crate::random::law::Law;
use crate::units::time::Span;

/// A part that can be down.
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

/// A fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its name in the scenario.
    pub name: String,
    /// What is down.
    pub part: Part,
    /// When.
    pub when: When,
}
