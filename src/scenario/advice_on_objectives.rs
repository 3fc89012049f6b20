//! Advice on objectives that no run could decide, and on a horizon that ends before a door may be shut.
//!
//! Promises to speak only where the scenario alone says so, whatever is drawn: an objective that can never fail looks like
//! a proof in every report, and one that can never pass like a fault of the system.

use super::advice::long_caches;
use super::objectives::{Aim, MOST};
use crate::document::node::{Node, Value as Content};
use crate::document::source::Place;
use crate::metric::definition::{Ceiling, Limits, Metric};
use crate::metric::objective::{Comparator, Objective, Statistic};
use crate::model::bound::Bound;
use crate::model::id::TargetId;
use crate::model::system::System;
use crate::model::worst::bound_of_ways;
use crate::settings::reader::Reader;
use crate::units::time::Span;

/// What an objective can never do, why, and what to do about it.
struct Fate {
    never: Never,
    why: String,
    help: &'static str,
}

/// What an objective can never do.
enum Never {
    Fails,
    Passes,
}

impl Fate {
    fn new(never: Never, why: impl Into<String>) -> Self {
        let help = match never {
            Never::Fails => "set a limit that a run could break, or remove it",
            Never::Passes => "set a limit that a run could keep, or remove it",
        };
        Self { never, why: why.into(), help }
    }
}

/// Advice on objectives, which stand in the order in which they are written, and on the horizon.
pub fn on_objectives(aims: &[Aim], system: &System, top: &mut Reader<'_>) {
    let ways = (0..system.targets.len()).map(|at| bound_of_ways(system, TargetId::at(at)));
    let ways: Vec<Option<Bound>> = ways.collect();
    let bounds: Vec<Option<Span>> =
        ways.iter().map(|bound| bound.as_ref().map_or(Some(Span::ZERO), |b| b.span)).collect();
    short_horizon(aims, system, &bounds, top);
    let places: Vec<Place> = top.one_or_many("objectives", MOST).into_iter().map(place_of).collect();
    for (aim, place) in aims.iter().zip(places) {
        let reached = |at: usize| ways[at].is_some();
        let fate = of_unreached(&aim.rule, system, reached).or_else(|| fate(&aim.rule, system, &bounds));
        let Some(Fate { never, why, help }) = fate else { continue };
        let can = match never {
            Never::Fails => "fail",
            Never::Passes => "pass",
        };
        top.context().advise(place, format!("`{}` can never {can}: {why}", aim.rule), help);
    }
}

/// A horizon that ends before a target that an objective speaks of is shut for sure.
fn short_horizon(aims: &[Aim], system: &System, bounds: &[Option<Span>], top: &mut Reader<'_>) {
    let contained = |aim: &&Aim| aim.rule.metric == "time_to_contain" && aim.rule.statistic != Statistic::Bound;
    let meant = |at: &usize| aims.iter().filter(contained).any(|aim| speaks_of(&aim.rule, system, *at));
    // What a cache that outlives the horizon does to it is told at the verifier.
    let told = |at: usize| {
        let mut ways = system.routes.iter().filter(|route| route.target.index() == at);
        ways.any(|route| {
            route.verifiers.iter().any(|id| long_caches(&system.verifiers[id.index()], system).next().is_some())
        })
    };
    let late = |at: usize| bounds[at].filter(|span| *span > system.horizon && !told(at)).map(|span| (span, at));
    let Some((span, at)) = (0..bounds.len()).filter(meant).filter_map(late).max_by_key(|(span, _)| *span) else {
        return;
    };
    let message = format!(
        "the horizon is shorter than the {} in which `{}` is surely shut, so that trials may end before it is",
        span.exact(),
        system.targets[at].name
    );
    let place = top.place_of("horizon");
    top.context().advise(place, message, "make the horizon longer, or expect trials that are not contained");
}

fn place_of(node: &Node) -> Place {
    match &node.value {
        Content::Mapping(entries) if entries.len() == 1 => entries[0].key.place,
        _ => node.place,
    }
}

/// Whether a rule speaks of a target.
fn speaks_of(rule: &Objective, system: &System, target: usize) -> bool {
    let name = &system.targets[target].name;
    rule.labels.iter().all(|label| match label.name.as_str() {
        "target" => label.values.contains(name),
        "except" => !label.values.contains(name),
        _ => true,
    })
}

fn fate(rule: &Objective, system: &System, bounds: &[Option<Span>]) -> Option<Fate> {
    let metric = Metric::named(&rule.metric)?;
    match rule.statistic {
        Statistic::Bound => None,
        Statistic::Share => of_share(rule.comparator, rule.limit.value),
        Statistic::Quantile(_) | Statistic::Mean => {
            at_zero(rule).or_else(|| beyond(rule, metric, system)).or_else(|| past_bound(rule, system, bounds))
        }
    }
}

/// A time to contain where nothing that is stolen or minted is taken; who writes a limit of 0 says just that.
fn of_unreached(rule: &Objective, system: &System, reached: impl Fn(usize) -> bool) -> Option<Fate> {
    let mut meant = (0..system.targets.len()).filter(|at| speaks_of(rule, system, *at));
    if rule.metric != "time_to_contain" || rule.limit.value == 0.0 || meant.any(reached) {
        return None;
    }
    let why = "no compromised credential is taken at what it speaks of";
    let help = "name a target that what is stolen opens, or remove it";
    Some(Fate { help, ..of_limit_above(rule, why.into()) })
}

/// The interval of a share reaches 0 only where none were seen and 100% only where all were, and never with both ends.
fn of_share(comparator: Comparator, limit: f64) -> Option<Fate> {
    use Comparator::{Above, AtLeast, AtMost, Below};
    let never = |what: &str| format!("no number of trials shows that a share is {what}");
    match (comparator, limit) {
        (AtLeast, 0.0) => Some(Fate::new(Never::Fails, "no share is below 0%")),
        (AtMost, 1.0) => Some(Fate::new(Never::Fails, "no share is above 100%")),
        (Below, 0.0) => Some(Fate::new(Never::Passes, "no share is below 0%")),
        (Above, 1.0) => Some(Fate::new(Never::Passes, "no share is above 100%")),
        (Above, 0.0) => Some(Fate::new(Never::Fails, never("exactly 0%"))),
        (AtMost, 0.0) => Some(Fate::new(Never::Passes, never("exactly 0%"))),
        (Below, 1.0) => Some(Fate::new(Never::Fails, never("exactly 100%"))),
        (AtLeast, 1.0) => Some(Fate::new(Never::Passes, never("exactly 100%"))),
        _ => None,
    }
}

/// Nothing that is measured is below 0.
fn at_zero(rule: &Objective) -> Option<Fate> {
    if rule.limit.value != 0.0 {
        return None;
    }
    let below = format!("no `{}` is below 0", rule.metric);
    let mean = rule.statistic == Statistic::Mean;
    match rule.comparator {
        Comparator::AtLeast => Some(Fate::new(Never::Fails, below)),
        Comparator::Below => Some(Fate::new(Never::Passes, below)),
        Comparator::Above if mean => {
            Some(Fate::new(Never::Fails, "no number of trials shows that a mean is exactly 0"))
        }
        Comparator::AtMost if mean => {
            Some(Fate::new(Never::Passes, "no number of trials shows that a mean is exactly 0"))
        }
        Comparator::Above | Comparator::AtMost => None,
    }
}

/// A duration that ends at the horizon, against a limit beyond it.
fn beyond(rule: &Objective, metric: &Metric, system: &System) -> Option<Fate> {
    let ends = metric.limits == Limits::Horizon || metric.ceiling == Ceiling::Horizon;
    if !ends || Span::from_seconds(rule.limit.value) <= system.horizon {
        return None;
    }
    Some(of_limit_above(rule, format!("trials end {} after the revocation", system.horizon.exact())))
}

/// A time to contain against a limit that its analytic bound does not exceed.
fn past_bound(rule: &Objective, system: &System, bounds: &[Option<Span>]) -> Option<Fate> {
    if rule.metric != "time_to_contain" {
        return None;
    }
    let meant: Vec<Option<Span>> =
        (0..bounds.len()).filter(|at| speaks_of(rule, system, *at)).map(|at| bounds[at]).collect();
    let all = if meant.len() == bounds.len() { "all" } else { "what it speaks of" };
    let latest = meant.into_iter().reduce(|a, b| Some(a?.max(b?)))??;
    let limit = Span::from_seconds(rule.limit.value);
    // A limit at the bound itself says what the bound says, and is often written so.
    let why = format!("by analysis {all} is shut {} after the revocation", latest.exact());
    let help = "write `bound(...)`, which needs no trials, or set a limit below it";
    (limit > latest).then(|| Fate { help, ..of_limit_above(rule, why) })
}

fn of_limit_above(rule: &Objective, why: String) -> Fate {
    match rule.comparator {
        Comparator::AtMost | Comparator::Below => Fate::new(Never::Fails, why),
        Comparator::AtLeast | Comparator::Above => Fate::new(Never::Passes, why),
    }
}
