//! How the requests of a source are played where skipping is allowed: skipped, or one by one and why.

use crate::model::play::compiled::plan::{Plan, PlanCheck};
use crate::model::workload::{Arrivals, OnReject};

/// How the requests of a source are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// Those from which nothing follows are skipped.
    Skipped,
    /// One by one.
    OneByOne(Because),
}

/// Why every request of a source is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It was asked for.
    AskedFor,
    /// They come at intervals of their own, or in bursts.
    Spaced,
    /// Each waits for the answer to the one before.
    Looped,
    /// They were recorded.
    Recorded,
    /// Their client gets new credentials by itself.
    Refreshes,
    /// It pauses after rejections, some of which come back late.
    PausesLate,
    /// Too few of the requests of all sources could be skipped.
    TooFew,
}

impl Because {
    /// The reason, for a reader.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::AskedFor => "every request was asked for",
            Self::Spaced => "its requests keep their distance or come in bursts",
            Self::Looped => "its requests wait for the answers before them",
            Self::Recorded => "its requests are recorded",
            Self::Refreshes => "it refreshes its credential",
            Self::TooFew => "too few requests could be skipped for that to be faster",
            Self::PausesLate => "it pauses after rejections that take time to come back",
        }
    }
}

/// How the requests of a source are played where skipping is allowed.
pub fn how(plan: &Plan<'_>, source: u16) -> Played {
    let settings = &plan.sources[source as usize];
    let client = (source as usize).checked_sub(plan.attacker_sources).map(|client| &plan.system.lawful[client]);
    let travels = |route: &u16| {
        let mut way = plan.hops_of(*route).iter();
        way.any(|verifier| plan.verifiers[*verifier as usize].check == PlanCheck::AsksWithLegs)
    };
    let pauses = matches!(settings.on_reject, OnReject::BackOff { .. });
    let because = match &settings.arrivals {
        Arrivals::Paced { .. } | Arrivals::Bursty { .. } => Because::Spaced,
        Arrivals::ClosedLoop { .. } => Because::Looped,
        Arrivals::Trace(_) => Because::Recorded,
        Arrivals::Poisson(_) if client.is_some_and(|client| client.refreshes.is_some()) => Because::Refreshes,
        Arrivals::Poisson(_) if pauses && settings.routes.iter().any(travels) => Because::PausesLate,
        Arrivals::Poisson(_) => return Played::Skipped,
    };
    Played::OneByOne(because)
}
