//! A verdict: what is known of the next requests of a source at one of its places.

use crate::units::time::Moment;

/// What becomes of the requests that a source sends to one of its places, until something else happens.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// Of requests before this.
    pub until: Moment,
    /// What had happened when it was found (see `World::happened`).
    pub found_after: u64,
    /// What becomes of them.
    pub ruling: Ruling,
}

/// What becomes of a plain request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// A fresh entry lets it through.
    Accepted,
    /// The issuer turns it away.
    Refused,
}

impl Default for Verdict {
    fn default() -> Self {
        Self { until: Moment::LONG_AGO, found_after: 0, ruling: Ruling::Accepted }
    }
}
