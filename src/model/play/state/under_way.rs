//! What is under way in a trial: requests, questions to issuers with those who wait for them, and news.

use crate::model::channel::contract::Arrival;
use crate::units::time::{Moment, Span};

/// A question to an issuer.
#[derive(Clone, Copy, Debug)]
pub struct Fetch {
    /// The verifier that asked.
    pub verifier: u16,
    /// Its replica, counted over all verifiers.
    pub replica: u32,
    /// The credential.
    pub credential: u16,
    /// The time for the way back, where it is known beforehand.
    pub way_back: Option<Span>,
    /// What the issuer answered, and when it composed that.
    pub answer: Option<(Answer, Moment)>,
    /// When the answer will be back.
    pub back_at: Moment,
    /// The first and the last request that wait for it.
    pub waiting: Option<(u32, u32)>,
    /// The target for which it was asked, if a request stands behind it.
    pub target: Option<u16>,
    /// When it was sent, the last time.
    pub sent_at: Moment,
    /// How often it may still be asked again.
    pub retries: u8,
    /// Whether an issuer of limited capacity has worked on it.
    pub served: bool,
}

/// What an issuer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The credential is active.
    Active,
    /// It is not.
    Inactive,
    /// It could not be asked.
    Unreachable,
}

/// A request that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// The request.
    pub request: Presentation,
    /// The hop at which it waits, by its place on the route.
    pub hop: u32,
    /// The replica it was sent to there.
    pub replica: u32,
    /// The next request that waits for the same answer.
    pub next: Option<u32>,
}

/// A request on its way.
#[derive(Clone, Copy, Debug)]
pub struct Presentation {
    /// Its source.
    pub source: u16,
    /// The worker within the source.
    pub worker: u16,
    /// The route.
    pub route: u16,
    /// The credential.
    pub credential: u16,
    /// When it was presented.
    pub at: Moment,
    /// How long its recorded answer took, if it was recorded.
    pub latency: Option<Span>,
    /// Its number within its source.
    pub number: u64,
    /// The response cache that it has passed, and the entry there that its acceptance fills.
    pub response: Option<(u16, u32)>,
    /// What it is for.
    pub errand: Errand,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Its target.
    Use,
    /// A derived credential, by its ring.
    Mint(u16),
    /// Undoing a recorded revocation.
    Undo(u16),
    /// Finding out whether what was found works at all.
    Validate,
}

/// Something on its way to a listener.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// The channel.
    pub channel: u16,
    /// Which recorded revocation it speaks of.
    pub recorded: u16,
    /// The listener.
    pub listener: u32,
    /// The replica that hears it.
    pub replica: u32,
    /// When.
    pub at: Moment,
    /// What it says.
    pub what: Arrival,
}
