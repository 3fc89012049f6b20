//! What is foreseen of the requests on a track, as it is kept.

use crate::model::ledger::Reason;
use crate::units::time::Moment;

/// What requests on a track meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Foresight {
    /// Whether they are accepted.
    pub accepted: bool,
    /// Why, in the words of the last verifier that decides.
    pub reason: Reason,
    /// How many questions to issuers each of them costs.
    pub questions: u64,
    /// How many verifiers each of them reaches.
    pub hops: u32,
    /// What they carry.
    pub credential: u16,
    /// The first moment at which it may be otherwise.
    pub until: Moment,
}

impl Foresight {
    /// What requests meet that carry `credential` to an entry that has ended, if the issuer turns them away.
    pub fn refused(credential: u16) -> Self {
        let (reason, until) = (Reason::Asked, Moment::NEVER);
        Self { accepted: false, reason, questions: 1, hops: 1, credential, until }
    }
}

/// Whether nothing but the entry of its cache decides on a track, unless something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assurance {
    /// Nobody has looked since something happened.
    NotLookedAt,
    /// More decides.
    None,
    /// It does until the moment, for requests that carry the credential.
    Until(Moment, u16),
}

impl Assurance {
    /// Until when and with which credential, if it does now.
    #[inline]
    pub fn beyond(self, now: Moment) -> Option<(Moment, u16)> {
        match self {
            Self::Until(until, credential) if now < until => Some((until, credential)),
            Self::NotLookedAt | Self::None | Self::Until(..) => None,
        }
    }
}
