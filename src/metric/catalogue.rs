//! The catalogue: every metric once, with its name, unit, meaning, and how it is read from the ledger of a trial.
//!
//! Reports, CSV headers, objectives, `revdrill list` and the reference follow from this list. Which trials a
//! metric speaks of is part of its meaning: a trial that it does not speak of is *not applicable*, and is never
//! silently counted as good.

use super::definition::{Better, Ceiling, Collection, Labels, Limits, Metric, Picture, Population, Read};
use super::observation::Observation;
use super::reading::Reading;
use super::seen::{Asked, Seen};
use crate::model::ledger::Outcome;
use crate::record::estimate::Unit;
use crate::units::time::Moment;

/// How a metric is read, from what it says of one ledger.
macro_rules! read {
    (|$seen:ident| $said:expr) => {
        |asked: &Asked<'_>, reading: &mut Reading| {
            let one = |$seen: &Seen<'_>| -> Observation { $said };
            for ledger in asked.ledgers {
                let seen = Seen { ledger, selection: asked.selection, circumstances: asked.circumstances };
                reading.push(one(&seen), asked.limit);
            }
        }
    };
}

/// A metric that is known of every trial at its end, over all trials.
const fn metric(
    name: &'static str,
    unit: Unit,
    better: Better,
    labels: Labels,
    definition: &'static str,
    read: Read,
) -> Metric {
    Metric {
        name,
        unit,
        better,
        labels,
        limits: Limits::None,
        over: Population::All,
        ceiling: Ceiling::None,
        picture: Picture::None,
        collected: Collection::Always,
        definition,
        read,
    }
}

/// A duration from revocation, cut short at the horizon.
const fn from_revocation(
    name: &'static str,
    better: Better,
    labels: Labels,
    definition: &'static str,
    read: Read,
) -> Metric {
    let plain = metric(name, Unit::Seconds, better, labels, definition, read);
    Metric { limits: Limits::Horizon, over: Population::Revoked, ceiling: Ceiling::Horizon, ..plain }
}

/// A duration from an earlier moment, cut short at limits that differ.
const fn limited(name: &'static str, better: Better, labels: Labels, definition: &'static str, read: Read) -> Metric {
    Metric { limits: Limits::Differing, ..metric(name, Unit::Seconds, better, labels, definition, read) }
}

/// A count of what the attacker mints.
const fn of_lineage(name: &'static str, definition: &'static str, read: Read) -> Metric {
    let plain = metric(name, Unit::Count, Better::Lower, Labels::None, definition, read);
    Metric { collected: Collection::WhereMinted, ..plain }
}

impl Metric {
    /// The metric of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    const fn over(self, over: Population) -> Self {
        Self { over, ..self }
    }

    const fn below(self, ceiling: Ceiling) -> Self {
        Self { ceiling, ..self }
    }

    const fn drawn(self) -> Self {
        Self { picture: Picture::Drawn, ..self }
    }

    const fn with_capacity(self) -> Self {
        Self { collected: Collection::WithCapacity, ..self }
    }

    const fn with_peak_load(self) -> Self {
        Self { collected: Collection::WithPeakLoad, ..self }
    }
}

/// Every metric, in the order in which it is shown.
pub const METRICS: &[Metric] = &[
    from_revocation(
        "time_to_contain",
        Better::Lower,
        Labels::Target,
        "Time from revocation until no presentation of a compromised credential could be accepted any more, over the revoked trials. Not contained by the horizon is censored.",
        read!(|seen| seen.after_revocation(seen.closed_at())),
    ).drawn(),
    from_revocation(
        "last_accepted_replay",
        Better::Lower,
        Labels::Target,
        "Time from revocation to the presentation of the last accepted replay, or to the end of the attacker's last connection, 0 if there was neither, over the revoked trials. Censored where a door was still open at the horizon.",
        read!(|seen| seen.last_accepted()),
    ).drawn(),
    metric(
        "exposure_time",
        Unit::Seconds,
        Better::Lower,
        Labels::Target,
        "Time after revocation, up to the horizon, for which some target was open (several selected targets: the sum over them), over the revoked trials.",
        read!(|seen| seen.exposure()),
    ).over(Population::Revoked).below(Ceiling::HorizonPerTarget).drawn(),
    from_revocation(
        "first_contained",
        Better::Lower,
        Labels::Target,
        "Time from revocation until every target had been shut for the first time, over the revoked trials; some may have opened again.",
        read!(|seen| seen.after_revocation(seen.first_closed_at())),
    ),
    limited(
        "time_to_contain_from_detection",
        Better::Lower,
        Labels::Target,
        "Time from detection until containment, at least 0, over the trials in which somebody detected before they ended; expired ones end when the last door was shut, at the expiry or after it. Limits differ per trial (Kaplan-Meier).",
        read!(|seen| seen.since(seen.ledger.detected_at)),
    ).over(Population::Detected),
    limited(
        "time_to_contain_from_compromise",
        Better::Lower,
        Labels::Target,
        "Time from exposure until containment, never before the revocation, or before the last credential had expired where that came first; over all trials. Limits differ per trial (Kaplan-Meier).",
        read!(|seen| seen.since(Some(Moment::ZERO))),
    ),
    limited(
        "time_to_detect",
        Better::Lower,
        Labels::None,
        "Time from exposure until the defender knows, over all trials.",
        read!(|seen| seen.reached(seen.ledger.detected_at)),
    ),
    limited(
        "time_to_revoke",
        Better::Lower,
        Labels::None,
        "Time from exposure until the first durable recording of a revocation, over the trials that did not expire first.",
        read!(|seen| {
            if seen.ledger.outcome == Outcome::ExpiredBeforeRevocation {
                Observation::NotApplicable
            } else {
                seen.reached(seen.ledger.revoked_at)
            }
        }),
    ).over(Population::NotExpired),
    limited(
        "time_to_rotate",
        Better::Lower,
        Labels::None,
        "Time from the order to replace a credential until every copy of it was replaced, missed ones included, over the trials in which it was ordered.",
        read!(|seen| {
            let Some(ordered) = seen.ledger.rotation_ordered_at else { return Observation::NotApplicable };
            match seen.ledger.rotated_at {
                Some(at) => Observation::Value(at.since(ordered).nanos()),
                None => Observation::Censored(seen.ledger.ended_at.since(ordered).nanos()),
            }
        }),
    ).over(Population::Ordered),
    from_revocation(
        "propagation_delay",
        Better::Lower,
        Labels::Verifier,
        "Time from revocation until this verifier, taken alone, accepted no compromised credential any more, over the revoked trials.",
        read!(|seen| seen.propagation()),
    ).drawn(),
    from_revocation(
        "time_to_next_replay",
        Better::Higher,
        Labels::None,
        "Time from revocation to the next replay presented, accepted or not, over the revoked trials.",
        read!(|seen| seen.after_revocation(seen.ledger.next_presented_at)),
    ),
    metric(
        "accepted_after_revocation",
        Unit::Count,
        Better::Lower,
        Labels::Target,
        "Replays presented after the revocation and accepted, over the revoked trials.",
        read!(|seen| seen.revoked(|seen| seen.uses().map(|used| used.accepted_after as i64).sum())),
    ).over(Population::Revoked),
    metric(
        "rejected_after_revocation",
        Unit::Count,
        Better::Higher,
        Labels::None,
        "Replays presented after the revocation and rejected, over the revoked trials.",
        read!(|seen| seen.revoked(|seen| seen.ledger.rejected_after as i64)),
    ).over(Population::Revoked),
    metric(
        "in_flight_accepts",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Replays presented before the revocation and answered with acceptance after it, over the revoked trials.",
        read!(|seen| seen.revoked(|seen| seen.ledger.in_flight_accepts as i64)),
    ).over(Population::Revoked),
    metric(
        "reopenings",
        Unit::Count,
        Better::Lower,
        Labels::Target,
        "How often a door that was shut opened again, over the revoked trials (whole system: how often it opened again after all were shut).",
        read!(|seen| seen.revoked(Seen::reopenings)),
    ).over(Population::Revoked),
    metric(
        "blast_radius",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Distinct targets at which the attacker was accepted, over all trials.",
        read!(|seen| Observation::Value(i64::from(seen.ledger.blast.targets))),
    ),
    metric(
        "blast_radius_environments",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Distinct environments at which the attacker was accepted, over all trials; 0 where none is declared.",
        read!(|seen| Observation::Value(i64::from(seen.ledger.blast.environments))),
    ),
    metric(
        "blast_radius_scopes",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Distinct needed scopes at which the attacker was accepted, over all trials; 0 where none is declared.",
        read!(|seen| Observation::Value(i64::from(seen.ledger.blast.scopes))),
    ),
    metric(
        "blast_radius_after_revocation",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Distinct targets at which the attacker was accepted after the revocation, over the revoked trials.",
        read!(|seen| seen.revoked(|seen| i64::from(seen.ledger.blast_after.targets))),
    ).over(Population::Revoked),
    metric(
        "blast_radius_environments_after_revocation",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Distinct environments at which the attacker was accepted after the revocation, over the revoked trials; 0 where none is declared.",
        read!(|seen| seen.revoked(|seen| i64::from(seen.ledger.blast_after.environments))),
    ).over(Population::Revoked),
    metric(
        "blast_radius_scopes_after_revocation",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Distinct needed scopes at which the attacker was accepted after the revocation, over the revoked trials; 0 where none is declared.",
        read!(|seen| seen.revoked(|seen| i64::from(seen.ledger.blast_after.scopes))),
    ).over(Population::Revoked),
    of_lineage(
        "derived_credentials",
        "Derived credentials that the attacker minted, from the compromise until nobody took the parent any more, over all trials; only where the attacker mints.",
        read!(|seen| Observation::Value(seen.ledger.minted as i64)),
    ),
    of_lineage(
        "surviving_credentials",
        "Derived credentials that the attacker minted and that were still accepted somewhere at the horizon, over the revoked trials; only where the attacker mints.",
        read!(|seen| seen.revoked(|seen| seen.ledger.surviving as i64)),
    ).over(Population::Revoked),
    metric(
        "collateral_rejections",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Lawful requests refused that still carried a revoked credential, or one that had ended since its issuer refused to renew it, up to the end of the trial, over all trials: as many more as the horizon is longer, where nobody holds a replacement by then.",
        read!(|seen| Observation::Value(seen.ledger.collateral_rejections as i64)),
    ),
    metric(
        "false_rejections",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Lawful requests refused that carried a valid credential, over all trials.",
        read!(|seen| Observation::Value(seen.ledger.false_rejections as i64)),
    ),
    metric(
        "lawful_outage",
        Unit::Seconds,
        Better::Lower,
        Labels::None,
        "Time from a lawful client's first refusal until it held the replacement and every verifier that it calls took that, at most to the end of the trial, added over clients, over all trials.",
        read!(|seen| Observation::Value(seen.ledger.lawful_outage.nanos())),
    ),
    metric(
        "issuer_load",
        Unit::PerSecond,
        Better::Lower,
        Labels::None,
        "Requests a second at the issuers, mean over each trial from exposure to its end, over all trials: questions as simulated, polls of issuers and other credentials as computed; a `deny_list` is read from a store of its own.",
        read!(|seen| seen.load()),
    ),
    metric(
        "issuer_peak_load",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "The largest number of simulated questions to an issuer in an aligned second, over all trials; polls and other credentials come on top. Only with `peak_load: true`.",
        read!(|seen| Observation::Value(seen.ledger.load.peak as i64)),
    ).with_peak_load(),
    metric(
        "issuer_response_time",
        Unit::Seconds,
        Better::Lower,
        Labels::None,
        "Mean time from a simulated question's arrival at an issuer of limited capacity until it was answered there, of those answered in time, over all trials with one; only with `introspection` at an issuer.",
        read!(|seen| seen.response_time()),
    ).with_capacity(),
    metric(
        "issuer_timeouts",
        Unit::Count,
        Better::Lower,
        Labels::None,
        "Simulated questions that an issuer of limited capacity refused or did not answer in time, retries counted each, over all trials; only with `introspection` at an issuer.",
        read!(|seen| Observation::Value(seen.ledger.load.unserved as i64)),
    ).with_capacity(),
    metric(
        "revoked",
        Unit::Share,
        Better::Higher,
        Labels::None,
        "A revocation was recorded before every compromised credential had ended by itself, over all trials.",
        read!(|seen| Observation::Was(seen.ledger.outcome == Outcome::Revoked)),
    ),
    metric(
        "revoked_by_luck",
        Unit::Share,
        Better::Higher,
        Labels::None,
        "A false alarm had set the playbook off before anybody knew of the compromise, over the revoked trials.",
        read!(|seen| {
            if seen.ledger.outcome == Outcome::Revoked {
                Observation::Was(seen.ledger.by_luck)
            } else {
                Observation::NotApplicable
            }
        }),
    ).over(Population::Revoked),
    metric(
        "expired_before_revocation",
        Unit::Share,
        Better::Lower,
        Labels::None,
        "Every compromised credential expired before anybody revoked it, over all trials.",
        read!(|seen| Observation::Was(seen.ledger.outcome == Outcome::ExpiredBeforeRevocation)),
    ),
    metric(
        "never_revoked",
        Unit::Share,
        Better::Lower,
        Labels::None,
        "Nobody revoked it, however long one waited, over all trials; the trial ended when the drill gave up.",
        read!(|seen| Observation::Was(seen.ledger.outcome == Outcome::NeverRevoked)),
    ),
    metric(
        "contained",
        Unit::Share,
        Better::Higher,
        Labels::Target,
        "No presentation could be accepted any more by the end of the trial, over all trials; never revoked counts as not contained.",
        read!(|seen| Observation::Was(seen.ledger.outcome != Outcome::NeverRevoked && seen.closed_at().is_some())),
    ),
    metric(
        "no_replay_after_revocation",
        Unit::Share,
        Better::Higher,
        Labels::Target,
        "No replay presented after the revocation was accepted and no connection of the attacker ran on, over the trials that did not expire first; never revoked, and still open at the horizon, count as lost.",
        read!(|seen| seen.race(|seen| seen.closed_at().is_some() && seen.uses().all(|used| used.last_accepted.is_none()))),
    ).over(Population::NotExpired),
    metric(
        "revoked_before_first_use",
        Unit::Share,
        Better::Higher,
        Labels::None,
        "The revocation was recorded before the attacker's first accepted use, or at the same instant, over the trials that did not expire first; never revoked counts as lost.",
        read!(|seen| {
            seen.race(|seen| {
                seen.ledger
                    .first_use_at
                    .is_none_or(|first| seen.ledger.revoked_at.is_some_and(|revoked| revoked <= first))
            })
        }),
    ).over(Population::NotExpired),
    metric(
        "contained_before_reuse_elsewhere",
        Unit::Share,
        Better::Higher,
        Labels::None,
        "Contained before the credential was accepted elsewhere: at a second target, in a second environment, or through a derived credential; over the trials that did not expire first, never revoked counts as lost.",
        read!(|seen| seen.race(Seen::stayed_in_one_place)),
    ).over(Population::NotExpired),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name_of_its_own_and_says_what_it_means() {
        for (number, metric) in METRICS.iter().enumerate() {
            assert!(METRICS[..number].iter().all(|other| other.name != metric.name), "{} twice", metric.name);
            assert!(metric.definition.ends_with('.') && metric.definition.contains("trials"), "{}", metric.name);
        }
    }

    #[test]
    fn the_trials_that_a_metric_speaks_of_are_those_that_its_definition_names() {
        for metric in METRICS {
            let words = match metric.over {
                Population::All => "over all trials",
                Population::Detected => "over the trials in which somebody detected",
                Population::NotExpired => "over the trials that did not expire first",
                Population::Ordered => "over the trials in which it was ordered",
                Population::Revoked => "over the revoked trials",
            };
            assert!(metric.definition.contains(words), "{}: {words}", metric.name);
        }
    }

    #[test]
    fn only_durations_are_cut_short_or_drawn() {
        for metric in METRICS.iter().filter(|metric| metric.unit != Unit::Seconds) {
            assert_eq!((metric.limits, metric.picture), (Limits::None, Picture::None), "{}", metric.name);
        }
    }
}
