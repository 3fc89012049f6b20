//! The capacity of an issuer: how many questions it answers at once, and for how long whoever asks waits.

use crate::random::law::Law;
use crate::units::time::Span;

/// What an issuer can answer, and what whoever asks does that gets no answer in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// Questions that are worked on at once.
    pub servers: u16,
    /// How long one takes.
    pub service_time: Law,
    /// Questions that can wait; one that finds no place is refused.
    pub queue: u32,
    /// How long whoever asks waits for an answer.
    pub timeout: Span,
    /// How often the question is asked again, each time when the timeout of the last has passed.
    pub retries: u8,
}
