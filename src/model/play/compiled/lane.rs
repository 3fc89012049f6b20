//! A lane: a route on which most requests of a source are decided in a few steps.
//!
//! What a lane promises holds for a whole trial; what holds at an instant is a verdict (`state/verdict.rs`).

/// A route whose only verifier is one replica, where a fresh entry of the nearest cache is all that counts once no news
/// has told otherwise (see `PlanVerifier::plain_tier`).
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// The cell of the credential that is preferred.
    pub cell: usize,
    /// That credential.
    pub credential: u16,
    /// The route.
    pub route: u16,
    /// Its target.
    pub target: u16,
    /// The replica, counted over all verifiers.
    pub replica: u32,
    /// Whether the verifier hears news.
    pub hears: bool,
    /// The verifier, if nothing but counts follows from a rejection by the issuer that it asks.
    pub asks: Option<u16>,
    /// Whether nothing else is carried there that could be tried.
    pub alone: bool,
    /// Whether what the issuer answers to a request changes nothing that bears upon other lanes.
    pub apart: bool,
}
