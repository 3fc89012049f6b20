//! Requests over time: the attacker's replays and the lawful traffic beside them.

use super::id::{CredentialId, IssuerId, RouteId, TargetId};
use super::lineage::Cadence;
use crate::random::law::Law;
use crate::units::probability::Share;
use crate::units::rate::Rate;
use crate::units::time::Span;

/// How requests are spaced.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Memoryless, at a mean rate.
    Poisson(Rate),
    /// Evenly spaced, each gap spread uniformly by a share of itself.
    Paced {
        /// The gap between two requests.
        every: Span,
        /// Spread of each gap to both sides.
        jitter: Share,
    },
    /// Memoryless within bursts of exponential length, silent between (an interrupted Poisson process).
    Bursty {
        /// Rate within a burst.
        rate: Rate,
        /// Mean length of a burst.
        burst: Span,
        /// Mean length of a silence.
        silence: Span,
    },
    /// Workers that each wait for the answer and then think.
    ClosedLoop {
        /// Number of workers.
        workers: u16,
        /// Time until an answer is back.
        answer: Law,
        /// Time until the next request.
        think: Law,
    },
    /// The requests of a recording, one by one.
    Trace(Trace),
}

impl Arrivals {
    /// The recording that is replayed, if one is.
    pub const fn recording(&self) -> Option<&Trace> {
        match self {
            Self::Trace(trace) => Some(trace),
            Self::Poisson(_) | Self::Paced { .. } | Self::Bursty { .. } | Self::ClosedLoop { .. } => None,
        }
    }
}

/// A recording of requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Its trials, at least one, none of them empty.
    pub trials: Vec<RecordedTrial>,
    /// What its time 0 is.
    pub origin: TraceOrigin,
}

/// What was recorded in one trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedTrial {
    /// What the recording calls it; empty if it does not tell trials apart.
    pub name: String,
    /// The requests, in order of time.
    pub requests: Vec<TraceRequest>,
    /// The fraction of a second that clocks showed at the origin; none if it was not recorded.
    pub clock: Option<Span>,
}

impl Trace {
    /// What trial `number` of a run plays: the recorded trials in their order, over and over.
    ///
    /// # Panics
    /// If the recording has no trial.
    #[inline]
    pub fn trial(&self, number: u64) -> &RecordedTrial {
        &self.trials[(number % self.trials.len() as u64) as usize]
    }

    /// The requests of all trials.
    pub fn requests(&self) -> impl Iterator<Item = &TraceRequest> {
        self.trials.iter().flat_map(|trial| &trial.requests)
    }
}

/// One request of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceRequest {
    /// Time from the origin, possibly negative.
    pub at: Span,
    /// Its target; none where the order of the stream decides.
    pub target: Option<TargetId>,
    /// How long the recorded answer took, if known: a question to the issuer is taken to need all of it.
    pub latency: Option<Span>,
}

/// What the time 0 of a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceOrigin {
    /// The exposure of the credential: time 0 of the trial.
    Start,
    /// The instant of revocation.
    Revocation,
}

/// In which order targets are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// One after the other, over and over.
    Enumerate,
    /// One of them, until rejected there.
    Stick,
    /// Any of them with the same probability, request by request.
    Roam,
}

impl Order {
    /// Every order with its name in scenarios.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Enumerate, "enumerate"), (Self::Stick, "stick"), (Self::Roam, "roam")];
}

/// What an attacker's automation does when it is rejected (HTTP 401 or 403).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OnReject {
    /// Goes on as if nothing had happened.
    Retry,
    /// Waits `first`, then `first * factor`, and so on, until accepted again; stops after `give_up` rejections in a row.
    BackOff {
        /// The first wait.
        first: Span,
        /// By how much each wait is longer than the last.
        factor: f64,
        /// The longest wait; none for no limit.
        longest: Option<Span>,
        /// Rejections in a row after which the stream stops; none for never.
        give_up: Option<u32>,
    },
    /// Leaves the target for good and goes on with the others; stops when none is left.
    MoveOn,
    /// Stops after this many rejections in a row.
    GiveUp {
        /// Rejections in a row.
        after: u32,
    },
}

/// A stream of replays.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayStream {
    /// Spacing of its requests.
    pub arrivals: Arrivals,
    /// Routes it knows, in the order of the scenario.
    pub routes: Vec<RouteId>,
    /// Order in which it calls them.
    pub order: Order,
    /// Reaction to rejection.
    pub on_reject: OnReject,
}

/// A lawful client: one that uses named credentials and is simulated request by request.
#[derive(Clone, Debug, PartialEq)]
pub struct LawfulClient {
    /// Its name in the scenario.
    pub name: String,
    /// Credentials it uses; at each route the first that is taken there.
    pub uses: Vec<CredentialId>,
    /// Spacing of its requests.
    pub arrivals: Arrivals,
    /// Routes it calls.
    pub routes: Vec<RouteId>,
    /// Order in which it calls them.
    pub order: Order,
    /// Time from revocation until it holds the replacement; none if it never does within the drill.
    pub replaced_after: Option<Law>,
    /// Probability that it is in the map of who depends on the credential.
    pub mapped: Share,
    /// Time from revocation until it is found out that it depends on it, if it is not in the map.
    pub turns_up_after: Law,
    /// How it uses a refresh token that rotates, if it does.
    pub refreshes: Option<Refreshing>,
}

/// How a lawful client uses a refresh token that rotates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refreshing {
    /// The refresh token.
    pub with: CredentialId,
    /// When.
    pub cadence: Cadence,
}

/// Lawful traffic on other credentials: it only loads the issuer, so its load is computed, not simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherTraffic {
    /// Its name in the scenario.
    pub name: String,
    /// Number of credentials it is spread over.
    pub credentials: u64,
    /// Rate of all of it together.
    pub rate: Rate,
    /// Routes it calls, each with the same probability.
    pub routes: Vec<RouteId>,
    /// The issuer at which all of them sign in again once it has a new key, and within how long.
    pub signs_in_again: Option<(IssuerId, Span)>,
}
