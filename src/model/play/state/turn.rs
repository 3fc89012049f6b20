//! Turns of sources: whose request comes next, and when.

use crate::engine::agenda::Rank;
use crate::model::event::Happening;
use crate::units::time::Moment;

/// The next request of a source: when, and whose.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// When it is presented.
    pub at: Moment,
    /// The source.
    pub source: u16,
    /// The worker within the source.
    pub worker: u16,
    /// Where it stands among what happens at its instant, as long as it was not played.
    pub rank: Option<Rank>,
}

/// Sources that are played together, and when that is worth a look.
#[derive(Debug, Default)]
pub struct Together {
    /// A place to gather them.
    pub turns: Vec<Turn>,
    /// No look before so many requests were played in runs (see `World::run_on`).
    pub looks_after: u64,
}

impl Turn {
    /// The event that it is.
    pub const fn event(self) -> Happening {
        Happening::Presented { source: self.source, worker: self.worker }
    }
}

impl Together {
    /// Back to before a trial.
    pub fn reset(&mut self) {
        self.looks_after = 0;
    }
}
