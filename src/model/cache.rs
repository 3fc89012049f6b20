//! Caches as the scenario describes them: how long an answer of the issuer may be reused, and by whom.

use super::id::TargetId;
use crate::random::law::Law;
use crate::units::probability::Share;
use crate::units::time::Span;

/// How long an entry is fresh. Products disagree about the meaning of 0, so there is no 0 here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// Nothing is cached.
    Disabled,
    /// Entries are fresh for this long.
    For(Span),
    /// Entries never age.
    Forever,
}

/// Who shares one instance of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// One instance in every replica of a verifier.
    PerReplica,
    /// One instance a verifier, shared by its replicas.
    PerVerifier,
    /// One instance for every verifier that names it.
    Shared,
}

/// From when the lifetime counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// From insertion: an absolute TTL.
    Insertion,
    /// From the last hit: a sliding TTL, which polling keeps alive (failure mode 1).
    EveryHit,
}

/// The age of an entry that is copied from the tier behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierAge {
    /// It starts again at 0, so that the tiers' lifetimes add.
    Restarts,
    /// It goes on, as with the `Age` header (RFC 9111 section 5.1).
    Inherited,
}

/// When exactly an entry ends (`docs/explanation`: the lifetime rules of real caches).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// At insertion plus TTL.
    Exact,
    /// At the start of that second of the cache's clock: a lifetime in (T-1, T].
    PreviousWholeSecond,
    /// At the end of that second: a lifetime in (T, T+1].
    NextWholeSecond,
}

/// Whether an entry may outlive the credential it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryCap {
    /// Cut at the credential's expiry (RFC 7662 section 4).
    Capped,
    /// The expiry is ignored.
    Ignored,
}

/// Whether requests that miss at the same time share one question to the tier behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coalescing {
    /// They wait for the one under way.
    Shared,
    /// Each asks for itself.
    Separate,
}

/// A cache of introspection answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    /// Its name where it has one, else the verifier's.
    pub name: String,
    /// Who shares an instance.
    pub placement: Placement,
    /// How long an entry is fresh.
    pub ttl: Ttl,
    /// Each lifetime is spread uniformly by this share of itself to both sides.
    pub jitter: Share,
    /// Whether the credential's expiry cuts an entry.
    pub capped_by_expiry: ExpiryCap,
    /// From when the lifetime counts.
    pub renewal: Renewal,
    /// The age of an entry copied from the tier behind.
    pub age: TierAge,
    /// How long a rejection is remembered; none if it is not.
    pub negative_ttl: Option<Span>,
    /// A hit this close to the end fetches anew in the background.
    pub refresh_ahead: Option<Span>,
    /// For this long after its end, an entry is served once more while it is fetched anew (RFC 5861 section 3).
    pub stale_while_revalidate: Option<Span>,
    /// For this long after its end, an entry is served while the issuer cannot be asked (RFC 5861 section 4).
    pub stale_on_error: Option<Span>,
    /// Whether concurrent misses share one question.
    pub coalescing: Coalescing,
    /// When exactly an entry ends.
    pub ends: Ends,
    /// An entry that is not hit for this long is dropped.
    pub idle: Option<Span>,
    /// Time between restarts that empty the cache; none if it never restarts.
    pub restarts: Option<Law>,
    /// Targets whose requests go past the cache.
    pub bypass: Vec<TargetId>,
    /// The clock by which whole seconds are told.
    pub clock: ClockPhase,
}

/// Where the whole seconds of a clock fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockPhase {
    /// Anywhere: one uniform a clock and trial.
    Drawn,
    /// The clock shows this fraction of a second at time 0.
    AtStart(Span),
    /// The clock shows this fraction of a second at the instant of revocation.
    AtRevocation(Span),
}
