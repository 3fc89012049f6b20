//! The section `objectives`: what should hold, as rules over metrics and parts that exist.

use super::names::Parts;
use crate::document::node::{Node, Style, Value as Content};
use crate::document::source::Place;
use crate::document::suggestion::{listed, nearest};
use crate::metric::catalogue::METRICS;
use crate::metric::definition::{Collection, Metric};
use crate::metric::objective::{Label, LimitUnit, Objective, Statistic};
use crate::record::estimate::Unit;
use crate::settings::context::Context;
use crate::settings::reader::Reader;
use std::ops::Range;

/// How a rule is written.
pub const GRAMMAR: &str = "`STATISTIC(METRIC{LABEL=PART}) COMPARISON LIMIT`, as in `p99(time_to_contain) <= 60s`";

/// The most objectives.
pub const MOST: usize = 256;

/// What a rule may ask for: the catalogue of metrics, which the caller hands in.
pub trait MetricNames {
    /// What is known of a metric.
    ///
    /// # Errors
    /// If there is no such metric: every name that there is.
    fn known(&self, metric: &str) -> Result<MetricRules, Vec<&'static str>>;
}

/// What a rule over a metric may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricRules {
    /// Labels that may select: `target`, `except`, `verifier`.
    pub labels: &'static [&'static str],
    /// The unit in which its limit is written.
    pub unit: Unit,
    /// Whether it needs `peak_load: true`.
    pub needs_peak_load: bool,
    /// Whether it needs an attacker that mints.
    pub needs_minting: bool,
}

/// The metrics of this program.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue;

impl MetricNames for Catalogue {
    fn known(&self, metric: &str) -> Result<MetricRules, Vec<&'static str>> {
        let found =
            Metric::named(metric).ok_or_else(|| METRICS.iter().map(|metric| metric.name).collect::<Vec<_>>())?;
        Ok(MetricRules {
            labels: found.label_names(),
            unit: found.unit,
            needs_peak_load: found.name == "issuer_peak_load",
            needs_minting: found.collected == Collection::WhereMinted,
        })
    }
}

/// What is expected of an objective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// It holds.
    Met,
    /// It fails, for this reason: the scenario shows it.
    Failed(String),
}

/// A rule and what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Aim {
    /// The rule.
    pub rule: Objective,
    /// Whether it should hold.
    pub expected: Expectation,
}

/// Reads every objective.
pub fn read(top: &mut Reader<'_>, metrics: &dyn MetricNames, parts: &Parts) -> Vec<Aim> {
    if top.node("objectives").is_some_and(|node| node.entries().is_some()) {
        top.wrong("objectives", "`objectives` must be a list of rules, not a map", "write each rule behind `- `");
        return Vec::new();
    }
    let mints = top.node("attacker").is_some_and(|attacker| attacker.get("mints").is_some());
    let counts_peak = top.says("peak_load", "true");
    let mut aims: Vec<Aim> = Vec::new();
    for node in top.one_or_many("objectives", MOST) {
        let Some((written, expected)) = rule(node, top.context()) else { continue };
        let Some(rule) = parsed(&written, top.context()) else { continue };
        if let Some(known) = metric(&rule, &written, metrics, top.context()) {
            units(&rule, known.unit, &written, top.context());
            labels(&rule, known.labels, &written, parts, top.context());
            if known.needs_peak_load && !counts_peak {
                let message = format!("`{}` is counted only if asked for", rule.metric);
                top.context().fault(
                    written.place_of(&rule.metric_at),
                    message,
                    "add `peak_load: true` to the scenario",
                );
            }
            if known.needs_minting && !mints {
                let message = format!("`{}` is always 0: the attacker mints nothing", rule.metric);
                let help = "say with `mints` at the attacker what it mints, or remove the objective";
                top.context().fault(written.place_of(&rule.metric_at), message, help);
            }
        }
        if aims.iter().any(|aim| aim.rule.asks_the_same_as(&rule)) {
            top.context().fault(written.place, format!("the objective `{rule}` is given twice"), "keep one of them");
        } else {
            aims.push(Aim { rule, expected });
        }
    }
    aims
}

/// The text of a rule and where it stands; `exact` if its bytes are those of the file.
struct Written<'a> {
    text: &'a str,
    place: Place,
    exact: bool,
}

impl Written<'_> {
    fn place_of(&self, at: &Range<usize>) -> Place {
        if !self.exact {
            return self.place;
        }
        let (start, end) = (self.place.start + at.start, self.place.start + at.end);
        Place { start: start.min(self.place.end), end: end.min(self.place.end), ..self.place }
    }
}

fn rule<'a>(node: &'a Node, context: &mut Context) -> Option<(Written<'a>, Expectation)> {
    let exact = |text: &str, place: Place| text.len() == place.end - place.start;
    match &node.value {
        Content::Scalar { text, style } => {
            let exact = *style == Style::Plain && exact(text, node.place);
            Some((Written { text, place: node.place, exact }, Expectation::Met))
        }
        Content::Mapping(entries) if entries.len() == 1 => {
            let (key, value) = (&entries[0].key, &entries[0].value);
            let written = Written { text: &key.text, place: key.place, exact: exact(&key.text, key.place) };
            let remark = value.text("the remark of an objective", &mut context.diagnostics)?;
            match remark.strip_prefix("meant to fail").map(|why| why.trim_start_matches([',', ':', ';']).trim()) {
                Some(why) if !why.is_empty() => Some((written, Expectation::Failed(why.to_owned()))),
                Some(_) => {
                    context.fault(
                        value.place,
                        "an objective that is meant to fail does not say why",
                        "write `meant to fail, WHY`",
                    );
                    None
                }
                None => {
                    context.fault(
                        value.place,
                        "the remark of an objective says something other than `meant to fail`",
                        "write `meant to fail, WHY`, or remove it",
                    );
                    None
                }
            }
        }
        _ => {
            context.fault(
                node.head(),
                format!("an objective must be a text, not {}", node.kind()),
                format!("write {GRAMMAR}"),
            );
            None
        }
    }
}

fn parsed(written: &Written<'_>, context: &mut Context) -> Option<Objective> {
    Objective::parse(written.text)
        .map_err(|error| context.fault(written.place_of(&error.at), &error.what, &error.help))
        .ok()
}

fn metric(
    rule: &Objective,
    written: &Written<'_>,
    metrics: &dyn MetricNames,
    context: &mut Context,
) -> Option<MetricRules> {
    let known = match metrics.known(&rule.metric) {
        Ok(rules) => return Some(rules),
        Err(known) => known,
    };
    let help = match nearest(&rule.metric, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", listed(known.iter().copied())),
    };
    context.fault(written.place_of(&rule.metric_at), format!("there is no metric `{}`", rule.metric), help);
    None
}

/// A limit has the unit of its metric, and a share of trials needs a metric that holds or does not.
fn units(rule: &Objective, unit: Unit, written: &Written<'_>, context: &mut Context) {
    let name = &rule.metric;
    let (at, message, help) = match (rule.statistic, unit, rule.limit.unit) {
        (Statistic::Share, Unit::Share, _) | (Statistic::Bound, Unit::Seconds, _) => return,
        (Statistic::Share, _, _) => (
            &rule.metric_at,
            format!("`{name}` is a quantity, and no share of trials"),
            "write a quantile, as in `p99(...)`, or `mean(...)`",
        ),
        (Statistic::Bound, _, _) => {
            (&rule.metric_at, format!("`{name}` has no analytic bound"), "`bound(TARGET)` bounds the time to contain")
        }
        (_, Unit::Share, _) => (
            &rule.metric_at,
            format!("`{name}` holds in a trial or does not, so it has no {}", rule.statistic),
            "write `share(...)`",
        ),
        (_, Unit::Seconds, LimitUnit::Seconds)
        | (_, Unit::Count, LimitUnit::Plain)
        | (_, Unit::PerSecond, LimitUnit::PerSecond) => return,
        (_, Unit::Seconds, _) => {
            (&rule.limit_at, format!("`{name}` is a duration"), "compare it with a duration, as in `<= 60s`")
        }
        (_, Unit::Count, _) => {
            (&rule.limit_at, format!("`{name}` is a count"), "compare it with a plain number, as in `< 200`")
        }
        (_, Unit::PerSecond, _) => {
            (&rule.limit_at, format!("`{name}` is a rate"), "compare it with a rate, as in `<= 20/s`")
        }
    };
    context.fault(written.place_of(at), message, help);
}

fn labels(rule: &Objective, known: &[&str], written: &Written<'_>, parts: &Parts, context: &mut Context) {
    for label in &rule.labels {
        if known.contains(&label.name.as_str()) {
            values(label, written, parts, context);
        } else {
            let help = if known.is_empty() {
                "it takes none".to_owned()
            } else {
                format!("it takes {}", listed(known.iter().copied()))
            };
            let message = format!("`{}` takes no label `{}`", rule.metric, label.name);
            context.fault(written.place_of(&label.range), message, help);
        }
    }
    if known.contains(&"verifier") && rule.labels.is_empty() {
        let message = format!("`{}` needs a verifier", rule.metric);
        let help = format!("write `{}{{verifier={}}}`", rule.metric, parts.verifiers.texts().next().unwrap_or("NAME"));
        context.fault(written.place_of(&rule.metric_at), message, help);
    }
}

fn values(label: &Label, written: &Written<'_>, parts: &Parts, context: &mut Context) {
    let (names, what) =
        if label.name == "verifier" { (&parts.verifiers, "verifier") } else { (&parts.targets, "target") };
    for value in label.values.iter().filter(|value| names.position(value).is_none()) {
        context.fault(written.place_of(&label.range), format!("there is no {what} `{value}`"), names.remedy(value));
    }
}
