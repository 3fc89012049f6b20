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

#[cfg(test)]
mod tests {
    use super::super::column::columns;
    use super::super::tallies::Tally;
    use super::*;
    use crate::metric::catalogue::Observation;
    use crate::scenario::load::{Input, LoadError, Scenario, load};
    use crate::scenario::objectives::Catalogue;
    use crate::units::time::Span;

    /// A scenario with these objectives, over two gateways with caches and one that checks nothing.
    fn scenario(objectives: &str) -> Scenario {
        let text = format!(
            "revdrill: 1\nteaches: Sizes.\nhorizon: 30m\n\
             credentials: {{ token: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
             channels: {{ bus: {{ kind: set_push, delay: 1s, loss: 1% }} }}\n\
             verifiers:\n  edge: {{ asks: idp, cache: {{ ttl: 5m }} }}\n  \
             ci: {{ asks: idp, cache: {{ ttl: 60s }}, hears: {{ bus: evict }} }}\n  gate: {{ checks: nothing }}\n\
             attacker: {{ steals: token, replays: {{ arrivals: poisson 2/s }} }}\n\
             defender: {{ detects: 5m, playbook: [ {{ revoke: token }} ] }}\n\
             objectives: {objectives}\n"
        );
        let input = Input::Text { name: "s.yaml".into(), text, folder: None };
        match load(&input, &[], &Catalogue) {
            Ok(loaded) => loaded.scenario,
            Err(LoadError::Unreadable(error)) => panic!("{error}"),
            Err(LoadError::Invalid { diagnostics, .. }) => panic!("{}", diagnostics.in_order()[0].message()),
        }
    }

    const S: i64 = 1_000_000_000;

    /// Results where every trial took `contain` seconds, some more were cut short and some were never revoked.
    fn results(objectives: &str, contain: &[i64], cut_short: u64, never: u64) -> Vec<ObjectiveResult> {
        let scenario = scenario(objectives);
        let rules: Vec<&Objective> = scenario.objectives.iter().map(|aim| &aim.rule).collect();
        let columns = columns(&scenario.system, &rules);
        let finding = |column: &Column| {
            let mut tally = Tally::new(column.metric, 1800 * S);
            if column.name() == "time_to_contain" {
                contain.iter().for_each(|seconds| tally.push(Observation::Value(seconds * S)));
                (0..cut_short).for_each(|_| tally.push(Observation::Censored(1800 * S)));
            }
            Finding::from(tally)
        };
        let findings: Vec<Finding> = columns.iter().map(finding).collect();
        let bound =
            |seconds: Option<i64>| Bound { span: seconds.map(|s| Span::from_nanos(s * S)), because: "x".into() };
        let bounds = [bound(Some(300)), bound(Some(60)), bound(None)];
        let trials = contain.len() as u64 + cut_short + never;
        let evidence = Evidence {
            system: &scenario.system,
            columns: &columns,
            findings: &findings,
            bounds: &bounds,
            never_revoked: (never, trials),
        };
        judge(&scenario.objectives, &evidence)
    }

    fn verdicts(objectives: &str, contain: &[i64], cut_short: u64, never: u64) -> Vec<Verdict> {
        results(objectives, contain, cut_short, never).into_iter().map(|result| result.verdict).collect()
    }

    use Verdict::{Fail, Inconclusive, Pass};

    #[test]
    fn a_bound_is_that_of_the_worst_target_that_is_meant() {
        // Bounds of 300 s (edge), 60 s (ci) and none (gate), which is above every limit.
        let rules = "[ bound(edge) <= 5m, bound(edge) < 5m, bound(ci) <= 1m, bound(gate) <= 99d, \
            \"bound(time_to_contain) <= 99d\", \"bound(time_to_contain{except=gate}) <= 5m\", \
            \"bound(time_to_contain{except=[gate, edge]}) <= 1m\", \"bound(time_to_contain{target=ci}) <= 59s\" ]";
        let rules = rules.replace("\\\n", "");
        assert_eq!(verdicts(&rules, &[], 0, 0), [Pass, Fail, Pass, Fail, Fail, Pass, Pass, Fail]);
        let results = results("[ bound(edge) <= 5m ]", &[], 0, 0);
        assert_eq!((results[0].n, results[0].observed.value), (0, Figure::At(300.0)));
    }

    #[test]
    fn one_that_is_meant_to_fail_is_met_by_failing_only() {
        let rules = "[ { p50(time_to_contain) <= 5s: \"meant to fail, to show it\" }, { p50(time_to_contain) <= 60s: \"meant to fail, to show it\" } ]";
        let found = results(rules, &[10; 1000], 0, 0);
        assert_eq!(
            found.iter().map(|one| (one.verdict, one.met)).collect::<Vec<_>>(),
            [(Fail, Some(true)), (Pass, Some(false))]
        );
        assert_eq!(found[0].meant_to_fail.as_deref(), Some("to show it"));
    }

    #[test]
    fn trials_that_nobody_revoked_can_overturn_a_pass() {
        // 1000 times 1 s and 50 of 1050 never revoked, 4.8 % (at most 6.6 % by its interval): they could lift p99 above
        // any limit, and any mean; the median is at most the 0.5 / (1 - 0.066) = 0.54 quantile of the others, 1 s.
        let rules = "[ p99(time_to_contain) <= 10s, p50(time_to_contain) <= 10s, mean(time_to_contain) <= 10s ]";
        assert_eq!(verdicts(rules, &[1; 1000], 0, 0), [Pass; 3]);
        let found = results(rules, &[1; 1000], 0, 50);
        assert_eq!(found.iter().map(|one| one.verdict).collect::<Vec<_>>(), [Inconclusive, Pass, Inconclusive]);
        assert_eq!((found[0].met, found[1].met), (None, Some(true)));
        assert!(found[0].hint.as_ref().is_some_and(|hint| hint.contains("nobody revoked")));
        // A failure stays one: more that are not contained only make it worse.
        assert_eq!(verdicts("[ p50(time_to_contain) <= 100ms ]", &[1; 1000], 0, 50), [Fail]);
    }

    #[test]
    fn a_quantile_that_moves_beyond_its_limit_is_overturned() {
        // 700 of 1 s and 300 of 100 s: p50 is 1 s. With 400 of 1400 never revoked (28.6 %, at most 31 %) it is the
        // quantile 0.5 / 0.69 = 0.72 of the revoked: 100 s.
        let contain = [vec![1; 700], vec![100; 300]].concat();
        assert_eq!(verdicts("[ p50(time_to_contain) <= 10s ]", &contain, 0, 0), [Pass]);
        assert_eq!(verdicts("[ p50(time_to_contain) <= 10s ]", &contain, 0, 400), [Inconclusive]);
    }

    #[test]
    fn a_mean_over_trials_cut_short_is_known_from_below_only() {
        // 990 of 1 s and 10 that were still open after 1800 s: the mean is at least 19 s, and nothing bounds it above.
        let rules = "[ mean(time_to_contain) <= 30m, mean(time_to_contain) <= 1s ]";
        assert_eq!(verdicts(rules, &[1; 990], 10, 0), [Inconclusive, Fail]);
        assert_eq!(results(rules, &[1; 990], 10, 0)[0].observed.high, Figure::Unbounded);
    }

    #[test]
    fn the_error_is_shared_by_the_objectives() {
        // 5 % over four: 98.75 %.
        let rules =
            "[ p50(time_to_contain) <= 1s, p60(time_to_contain) <= 1s, p70(time_to_contain) <= 1s, bound(ci) <= 1s ]";
        assert!(results(rules, &[1; 10], 0, 0).iter().all(|one| (one.confidence - 0.9875).abs() < 1e-12));
    }

    #[test]
    fn of_what_no_trial_speaks_there_is_no_verdict() {
        let found = results("[ p50(time_to_contain) <= 1s, share(no_replay_after_revocation) >= 95% ]", &[], 0, 0);
        for one in found {
            assert_eq!((one.verdict, one.met, one.n), (Inconclusive, None, 0));
            assert_eq!(one.hint.as_deref(), Some("no trial speaks of it"));
        }
    }

    #[test]
    fn too_few_trials_are_told_how_many_would_do() {
        // The upper end of p99 needs 368 trials at 95 %.
        let found = results("[ p99(time_to_contain) <= 60s ]", &[1; 100], 0, 0);
        assert_eq!(found[0].verdict, Inconclusive);
        assert_eq!(found[0].hint.as_deref(), Some("about 368 trials would decide"));
    }
}
