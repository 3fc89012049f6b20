//! Judgement: each objective against what was found, with Bonferroni over the objectives of a file.

use super::column::{Column, column_of};
use super::estimation::{ALPHA, Finding};
use crate::metric::catalogue::Better;
use crate::metric::objective::{Objective, Statistic};
use crate::metric::verdict::{Outlook, outlook, verdict};
use crate::model::bound::Bound;
use crate::model::system::System;
use crate::record::estimate::{Estimate, Figure, Unit};
use crate::record::summary::{ObjectiveResult, Verdict};
use crate::scenario::objectives::{Aim, Expectation};
use crate::stats::interval;

/// What there is to judge by.
pub struct Evidence<'a> {
    /// The system.
    pub system: &'a System,
    /// Columns that were collected.
    pub columns: &'a [Column],
    /// What each came to.
    pub findings: &'a [Finding],
    /// The bound of each target.
    pub bounds: &'a [Bound],
    /// Trials that nobody revoked, and all trials.
    pub never_revoked: (u64, u64),
}

/// Judges every objective.
pub fn judge(aims: &[Aim], evidence: &Evidence<'_>) -> Vec<ObjectiveResult> {
    let alpha = ALPHA / aims.len().max(1) as f64;
    aims.iter().map(|aim| one(aim, alpha, evidence)).collect()
}

fn one(aim: &Aim, alpha: f64, evidence: &Evidence<'_>) -> ObjectiveResult {
    let rule = &aim.rule;
    let (observed, n) = if rule.statistic == Statistic::Bound {
        (by_bound(rule, evidence), 0)
    } else {
        by_sampling(rule, alpha, evidence)
    };
    let unknown = Estimate { value: Figure::Unbounded, low: Figure::Unbounded, high: Figure::Unbounded };
    let seen = observed.unwrap_or(unknown);
    let plain = if observed.is_some() {
        verdict(rule.comparator, rule.limit.value, seen.low, seen.high)
    } else {
        Verdict::Inconclusive
    };
    let (verdict, overturned) = could_be_overturned(rule, plain, alpha, evidence);
    let meant_to_fail = match &aim.expected {
        Expectation::Met => None,
        Expectation::Failed(reason) => Some(reason.clone()),
    };
    let wanted = if meant_to_fail.is_some() { Verdict::Fail } else { Verdict::Pass };
    ObjectiveResult {
        rule: rule.to_string(),
        metric: rule.metric.clone(),
        limit: rule.limit.value,
        observed: seen,
        confidence: 1.0 - alpha,
        n,
        verdict,
        meant_to_fail,
        met: (verdict != Verdict::Inconclusive).then_some(verdict == wanted),
        hint: hint(rule, verdict, overturned, observed.as_ref(), n, alpha),
    }
}

fn by_sampling(rule: &Objective, alpha: f64, evidence: &Evidence<'_>) -> (Option<Estimate>, u64) {
    let Some(number) = column_of(evidence.columns, rule, evidence.system) else { return (None, 0) };
    let (finding, unit) = (&evidence.findings[number], evidence.columns[number].metric.unit);
    let estimate = match rule.statistic {
        Statistic::Quantile(p) => finding.quantile(p, alpha, unit),
        Statistic::Mean => finding.mean(alpha, unit).map(|mean| open_above(mean, finding)),
        Statistic::Share => finding.share(alpha),
        Statistic::Bound => None,
    };
    (estimate, finding.n())
}

/// A mean over trials of which some were not seen to their end is only known from below.
fn open_above(mean: Estimate, finding: &Finding) -> Estimate {
    let cut_short = match finding {
        Finding::Values(sample) => sample.censored() > 0,
        Finding::Durations { seen, .. } => {
            seen.iter().any(|o| matches!(o, crate::stats::survival::Observation::Censored(_)))
        }
        Finding::Share { .. } => false,
    };
    if cut_short { Estimate { high: Figure::Unbounded, ..mean } } else { mean }
}

/// The largest bound over the targets that the rule speaks of.
fn by_bound(rule: &Objective, evidence: &Evidence<'_>) -> Option<Estimate> {
    let named = |label: &str| rule.labels.iter().find(|l| l.name == label).map(|l| l.values.as_slice());
    let mut worst = 0.0_f64;
    for (target, bound) in evidence.system.targets.iter().zip(evidence.bounds) {
        let wanted = named("target").is_none_or(|names| names.contains(&target.name));
        let left_out = named("except").is_some_and(|names| names.contains(&target.name));
        if wanted && !left_out {
            match bound.span {
                Some(span) => worst = worst.max(span.seconds()),
                None => {
                    // No bound at all is above every limit.
                    let none = Figure::Beyond(f64::MAX);
                    return Some(Estimate { value: none, low: none, high: none });
                }
            }
        }
    }
    Some(Estimate { value: Figure::At(worst), low: Figure::At(worst), high: Figure::At(worst) })
}

/// `time_to_contain` and its like speak of the revoked trials only. Where the trials that nobody revoked, had
/// they been counted as never contained, could turn a pass over, it is no pass.
fn could_be_overturned(rule: &Objective, verdict: Verdict, alpha: f64, evidence: &Evidence<'_>) -> (Verdict, bool) {
    let (never, trials) = evidence.never_revoked;
    if verdict != Verdict::Pass || never == 0 || !counts_revoked_only(rule, evidence) {
        return (verdict, false);
    }
    let share = interval::clopper_pearson(never, trials, alpha).high;
    let holds = match rule.statistic {
        // Ranks move up by the share that is missing at the top.
        Statistic::Quantile(p) if p + share < 1.0 => {
            let shifted =
                Objective { statistic: Statistic::Quantile((p / (1.0 - share)).min(1.0 - 1e-9)), ..rule.clone() };
            let (estimate, _) = by_sampling(&shifted, alpha, evidence);
            estimate.is_some_and(|e| self::verdict(rule.comparator, rule.limit.value, e.low, e.high) == Verdict::Pass)
        }
        _ => false,
    };
    if holds { (verdict, false) } else { (Verdict::Inconclusive, true) }
}

fn counts_revoked_only(rule: &Objective, evidence: &Evidence<'_>) -> bool {
    let Some(number) = column_of(evidence.columns, rule, evidence.system) else { return false };
    let metric = evidence.columns[number].metric;
    let (_, trials) = evidence.never_revoked;
    metric.better == Better::Lower && metric.unit != Unit::Share && evidence.findings[number].n() < trials
}

fn hint(
    rule: &Objective,
    verdict: Verdict,
    overturned: bool,
    observed: Option<&Estimate>,
    n: u64,
    alpha: f64,
) -> Option<String> {
    if verdict != Verdict::Inconclusive {
        return None;
    }
    if overturned {
        return Some(
            "the trials that nobody revoked are not counted, and could overturn it; no number of trials decides that"
                .into(),
        );
    }
    let Some(observed) = observed else { return Some("no trial speaks of it".into()) };
    Some(match outlook(rule.statistic, rule.limit.value, observed, n, alpha) {
        Outlook::Trials(trials) => format!("about {trials} trials would decide"),
        Outlook::OnTheLimit => "the estimate sits on the limit; no number of trials promises a decision".into(),
        Outlook::WidthUnknown => "the trials do not reach far enough to decide; a longer horizon may".into(),
    })
}
