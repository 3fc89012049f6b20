//! What is foreseen of the requests on a track, as it is kept.

use crate::model::ledger::Reason;
use crate::units::time::Moment;

/// Before everything that happens.
pub const LONG_AGO: Moment = Moment::from_nanos(i64::MIN);

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
