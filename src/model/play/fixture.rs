//! A plain cache for tests, and the units in which they count.

use crate::model::cache::{Cache, ClockPhase, Coalescing, Ends, ExpiryCap, Placement, Renewal, TierAge, Ttl};
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

/// A cache with this TTL and nothing else.
pub fn cache(ttl: f64) -> Cache {
    Cache {
        name: "plain".into(),
        placement: Placement::PerReplica,
        ttl: Ttl::For(seconds(ttl)),
        jitter: Share::NONE,
        capped_by_expiry: ExpiryCap::Capped,
        renewal: Renewal::Insertion,
        age: TierAge::Restarts,
        negative_ttl: None,
        refresh_ahead: None,
        stale_while_revalidate: None,
        stale_on_error: None,
        coalescing: Coalescing::Separate,
        ends: Ends::Exact,
        idle: None,
        restarts: None,
        bypass: Vec::new(),
        clock: ClockPhase::Drawn,
    }
}

/// A span of seconds.
pub fn seconds(seconds: f64) -> Span {
    Span::from_seconds(seconds)
}

/// The moment so many seconds after time 0.
pub fn at(seconds: f64) -> Moment {
    Moment::ZERO + Span::from_seconds(seconds)
}
