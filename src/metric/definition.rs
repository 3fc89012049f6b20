//! What a metric is: its name, unit and meaning, over which trials it speaks, and the function that reads it.

use super::observation::Observation;
use super::reading::Reading;
use super::seen::{Asked, Circumstances, Selection};
use crate::model::ledger::Ledger;
use crate::record::estimate::Unit;

/// A metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Which direction is better for the defender.
    pub better: Better,
    /// What may select a part of the system.
    pub labels: Labels,
    /// For how long trials are observed.
    pub limits: Limits,
    /// Over which trials it speaks.
    pub over: Population,
    /// What no value of it exceeds.
    pub ceiling: Ceiling,
    /// Whether its distribution is drawn.
    pub picture: Picture,
    /// When it is collected.
    pub collected: Collection,
    /// What it means, and over which trials.
    pub definition: &'static str,
    /// How it is read.
    pub(super) read: Read,
}

/// Reads ledgers one after the other: a function each, so that reading many is one call.
pub(super) type Read = fn(&Asked<'_>, &mut Reading);

/// Which direction is better for the defender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The less, the better.
    Lower,
    /// The more, the better.
    Higher,
}

/// What may select a part of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// Nothing: it speaks of the whole.
    None,
    /// `target=`, and `except=` for all but some.
    Target,
    /// `verifier=`, which must be given.
    Verifier,
}

/// For how long trials are observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// It is known of every trial at its end: counts, sums and shares.
    None,
    /// From revocation up to the horizon, the same for all.
    Horizon,
    /// Each up to a limit of its own, so that Kaplan-Meier is needed.
    Differing,
}

/// Over which trials a metric speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// All of them.
    All,
    /// Those in which somebody detected.
    Detected,
    /// Those that did not expire before the revocation.
    NotExpired,
    /// Those in which the replacement of copies was ordered.
    Ordered,
    /// Those that were revoked.
    Revoked,
}

/// What no value of a metric exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceiling {
    /// Nothing that is known beforehand.
    None,
    /// The horizon.
    Horizon,
    /// The horizon once for each selected target.
    HorizonPerTarget,
}

/// Whether the distribution of a metric is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// It is, and so it is kept in the record.
    Drawn,
    /// Its quantiles are enough.
    None,
}

/// When a metric is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// In every run.
    Always,
    /// Where the scenario asks for peaks of load.
    WithPeakLoad,
    /// Where the capacity of an issuer is limited.
    WithCapacity,
    /// Where the attacker mints.
    WhereMinted,
}

impl Metric {
    /// What a trial says of this metric for a selection.
    pub fn read(&self, ledger: &Ledger, selection: &Selection, circumstances: Circumstances) -> Observation {
        let mut reading = Reading::default();
        let asked = Asked { ledgers: std::slice::from_ref(ledger), selection, circumstances, limit: None };
        (self.read)(&asked, &mut reading);
        match (self.unit, reading.ended.first(), reading.cut.first()) {
            (Unit::Share, Some(value), _) => Observation::Was(*value == 1),
            (_, Some(value), _) => Observation::Value(*value),
            (_, None, Some(at)) => Observation::Censored(*at),
            (_, None, None) => Observation::NotApplicable,
        }
    }

    /// Reads trials one after the other; what exceeds `limit` nanoseconds, if there is one, is cut short at it.
    pub fn read_all(
        &self,
        ledgers: &[Ledger],
        selection: &Selection,
        circumstances: Circumstances,
        limit: Option<i64>,
        into: &mut Reading,
    ) {
        (self.read)(&Asked { ledgers, selection, circumstances, limit }, into);
    }

    /// Names of the labels that may select.
    pub const fn label_names(&self) -> &'static [&'static str] {
        match self.labels {
            Labels::None => &[],
            Labels::Target => &["target", "except"],
            Labels::Verifier => &["verifier"],
        }
    }
}
