//! Judgement: each objective against what was found, with Bonferroni over the objectives of a file.

use super::column::{Column, column_of};
use super::estimation::{ALPHA, Finding};
use crate::metric::definition::{Better, Limits, Metric, Population};
use crate::metric::objective::{Comparator, Objective, Statistic};
use crate::metric::verdict::{Outlook, Shrinking, outlook, verdict};
use crate::model::bound::Bound;
use crate::model::system::System;
use crate::record::estimate::{Estimate, Figure, Unit};
use crate::record::summary::{ObjectiveResult, Verdict};
use crate::report::phrase;
use crate::scenario::objectives::{Aim, Expectation};
use crate::stats::{interval, normal};
use std::collections::BTreeMap;

/// What there is to judge by.
pub struct Evidence<'a> {
    /// The system.
    pub system: &'a System,
    /// Columns that were collected.
    pub columns: &'a [Column],
    /// What those came to of which the objectives speak.
    pub findings: &'a BTreeMap<usize, Finding>,
    /// The bound of each target.
    pub bounds: &'a [Bound],
    /// Trials that nobody revoked.
    pub never_revoked: u64,
    /// Trials that were played.
    pub trials: u64,
}

/// Columns of which the objectives speak.
pub fn asked_for(aims: &[Aim], columns: &[Column], system: &System) -> Vec<usize> {
    aims.iter().filter_map(|aim| column_of(columns, &aim.rule, system)).collect()
}

/// Judges every objective.
pub fn judge(aims: &[Aim], evidence: &Evidence<'_>) -> Vec<ObjectiveResult> {
    let alpha = ALPHA / aims.len().max(1) as f64;
    aims.iter().map(|aim| one(aim, alpha, evidence)).collect()
}

fn one(aim: &Aim, alpha: f64, evidence: &Evidence<'_>) -> ObjectiveResult {
    let rule = &aim.rule;
    let judged = match rule.statistic {
        Statistic::Bound => by_bound(rule, evidence),
        Statistic::Quantile(_) | Statistic::Mean | Statistic::Share => by_sampling(rule, alpha, evidence),
    };
    let meant_to_fail = match &aim.expected {
        Expectation::Met => None,
        Expectation::Failed(reason) => Some(reason.clone()),
    };
    let wanted = if meant_to_fail.is_some() { Verdict::Fail } else { Verdict::Pass };
    ObjectiveResult {
        rule: rule.to_string(),
        metric: rule.metric.clone(),
        limit: rule.limit.value,
        observed: judged.observed.unwrap_or(UNKNOWN),
        confidence: 1.0 - alpha,
        n: judged.n,
        verdict: judged.verdict,
        meant_to_fail,
        met: (judged.verdict != Verdict::Inconclusive).then_some(judged.verdict == wanted),
        hint: judged.hint,
    }
}

/// What came out for one rule.
struct Judged {
    observed: Option<Estimate>,
    n: u64,
    verdict: Verdict,
    hint: Option<String>,
}

const UNKNOWN: Estimate = Estimate { value: Figure::Unbounded, low: Figure::Unbounded, high: Figure::Unbounded };

fn by_sampling(rule: &Objective, alpha: f64, evidence: &Evidence<'_>) -> Judged {
    let column = column_of(evidence.columns, rule, evidence.system);
    let seen = column.and_then(|at| Some((evidence.findings.get(&at)?, evidence.columns[at].metric)));
    let n = seen.map_or(0, |(finding, _)| finding.n());
    let Some((finding, metric, observed)) =
        seen.and_then(|(finding, metric)| Some((finding, metric, estimate(rule.statistic, alpha, finding, metric)?)))
    else {
        return Judged {
            observed: None,
            n,
            verdict: Verdict::Inconclusive,
            hint: Some("no trial speaks of it".into()),
        };
    };
    let plain = compared(rule, &observed);
    let (verdict, hint) = match counting_never_revoked(rule, plain, alpha, finding, metric, evidence.never_revoked) {
        Standing::Overturned(hint) => (Verdict::Inconclusive, Some(hint.to_owned())),
        Standing::Stands if plain == Verdict::Inconclusive => {
            let undecided = Undecided { rule, observed: &observed, finding, unit: metric.unit, alpha };
            (plain, Some(what_would_decide(&undecided, evidence.trials)))
        }
        Standing::Stands => (plain, None),
    };
    Judged { observed: Some(observed), n, verdict, hint }
}

fn estimate(statistic: Statistic, alpha: f64, finding: &Finding, metric: &Metric) -> Option<Estimate> {
    match statistic {
        Statistic::Quantile(p) => finding.quantile(p, alpha, metric.unit),
        Statistic::Mean => finding.mean(alpha, metric.unit).map(|mean| open_above(mean, finding)),
        Statistic::Share => finding.share(alpha),
        Statistic::Bound => None,
    }
}

fn compared(rule: &Objective, estimate: &Estimate) -> Verdict {
    verdict(rule.comparator, rule.limit.value, estimate.low, estimate.high)
}

/// A mean over trials of which some were not seen to their end is only known from below.
fn open_above(mean: Estimate, finding: &Finding) -> Estimate {
    if finding.censored() > 0 { Estimate { high: Figure::Unbounded, ..mean } } else { mean }
}

/// The largest bound over the targets that the rule speaks of: an exact number, which no trial can overturn.
fn by_bound(rule: &Objective, evidence: &Evidence<'_>) -> Judged {
    let named = |label: &str| rule.labels.iter().find(|l| l.name == label).map(|l| l.values.as_slice());
    let mut worst = Figure::At(0.0);
    for (target, bound) in evidence.system.targets.iter().zip(evidence.bounds) {
        let wanted = named("target").is_none_or(|names| names.contains(&target.name));
        let left_out = named("except").is_some_and(|names| names.contains(&target.name));
        if wanted && !left_out {
            worst = match (worst, bound.span) {
                (Figure::At(worst), Some(span)) => Figure::At(worst.max(span.seconds())),
                _ => Figure::Limitless,
            };
        }
    }
    let observed = Estimate { value: worst, low: worst, high: worst };
    Judged { observed: Some(observed), n: 0, verdict: compared(rule, &observed), hint: None }
}

/// Whether a verdict stands when trials are counted of which the metric does not speak.
enum Standing {
    Stands,
    Overturned(&'static str),
}

/// `time_to_contain` and its like speak of the revoked trials only; durations with limits of their own are cut short in
/// those that nobody revokes, for that very reason. A verdict that would not hold if the trials that nobody revoked were
/// counted at their worst (it never happens) is none.
///
/// With a share `s` of them at the worst end, the quantile of `p` is that of `p / (1 - s)` among the revoked. The error
/// is split evenly between `s` and that quantile, so that both hold at once at the level of the rule. Trials that
/// expired before the revocation take no part. Where trials are cut short, the estimate of Kaplan and Meier takes them to
/// go on as others do that went on as long, so that it lies between what is true of all at the worst and what is true of
/// the others: its quantile of `p / (1 - s)` is no earlier than that of the others.
fn counting_never_revoked(
    rule: &Objective,
    plain: Verdict,
    alpha: f64,
    finding: &Finding,
    metric: &Metric,
    never: u64,
) -> Standing {
    let cut_short = metric.limits == Limits::Differing;
    if never == 0 || plain == Verdict::Inconclusive || !(cut_short || metric.over == Population::Revoked) {
        return Standing::Stands;
    }
    // The worst end only moves a value towards it: a verdict that it lies on that side already can but grow firmer.
    let upper_limit = matches!(rule.comparator, Comparator::AtMost | Comparator::Below);
    let lies_below = upper_limit == (plain == Verdict::Pass);
    if lies_below != (metric.better == Better::Lower) {
        return Standing::Stands;
    }
    let takes_part = if metric.over == Population::All { finding.n() } else { finding.n() + never };
    let most = interval::clopper_pearson(never, takes_part, alpha / 2.0).high;
    let with_share = |share| counted(rule.statistic, share, alpha / 2.0, finding, metric);
    let holds = with_share(most).is_some_and(|found| compared(rule, &found) == plain);
    // More trials help only if what is most likely would hold.
    let likely = with_share(never as f64 / takes_part as f64);
    let likely = likely
        .is_some_and(|Estimate { value, .. }| compared(rule, &Estimate { value, low: value, high: value }) == plain);
    if holds {
        Standing::Stands
    } else if likely {
        Standing::Overturned(
            "the trials that nobody revoked are not counted, and could overturn it; more trials may decide",
        )
    } else {
        Standing::Overturned(
            "the trials that nobody revoked are not counted, and could overturn it; no number of trials decides that",
        )
    }
}

/// The statistic if a share of further trials lay at the worst end of the metric.
fn counted(statistic: Statistic, share: f64, alpha: f64, finding: &Finding, metric: &Metric) -> Option<Estimate> {
    let at = match (statistic, metric.better) {
        (Statistic::Quantile(p), Better::Lower) => Statistic::Quantile(p / (1.0 - share)),
        (Statistic::Quantile(p), Better::Higher) => Statistic::Quantile((p - share) / (1.0 - share)),
        // The worst is 0 where more is better, and without a limit where less is.
        (Statistic::Mean, Better::Higher) => Statistic::Mean,
        (Statistic::Mean, Better::Lower) | (Statistic::Share | Statistic::Bound, _) => return None,
    };
    if matches!(at, Statistic::Quantile(p) if p <= 0.0 || p >= 1.0) {
        return None;
    }
    let among_revoked = estimate(at, alpha, finding, metric)?;
    let shrunk = |figure: Figure| match (at, figure) {
        (Statistic::Mean, Figure::At(x)) => Figure::At(x * (1.0 - share)),
        (_, figure) => figure,
    };
    let Estimate { value, low, high } = among_revoked;
    Some(Estimate { value: shrunk(value), low: shrunk(low), high: shrunk(high) })
}

/// An objective that the trials leave open.
struct Undecided<'a> {
    rule: &'a Objective,
    observed: &'a Estimate,
    finding: &'a Finding,
    unit: Unit,
    alpha: f64,
}

/// What would decide an objective that `played` trials left open, of which the metric may speak of some alone.
fn what_would_decide(undecided: &Undecided<'_>, played: u64) -> String {
    let Undecided { rule, observed, finding, alpha, .. } = *undecided;
    let uniform = finding.is_uniform() && rule.statistic != Statistic::Bound;
    if rule.statistic == Statistic::Mean && uniform && observed.high == Figure::Unbounded && finding.censored() == 0 {
        return match observed.value {
            Figure::At(0.0) => "no trial showed any, which bounds no mean".into(),
            _ => "every trial showed the same, which bounds no mean".into(),
        };
    }
    // Of so many trials in all; beyond any machine's means is as good as never.
    let in_all = |trials: u64| {
        let wanted = trials as f64 * (played.max(finding.n()) as f64 / finding.n() as f64);
        (wanted < 1e15).then(|| phrase::count(to_three_figures((libm::ceil(wanted) as u64).max(played + 1))))
    };
    let decided_by = |trials: Option<String>| {
        trials.map_or_else(|| NO_NUMBER.to_owned(), |trials| format!("about {trials} trials would decide"))
    };
    if let Some(trials) = of_none_or_all(undecided).filter(|_| uniform) {
        return decided_by(in_all(trials));
    }
    let shrinking = if uniform { Shrinking::WithNumber } else { Shrinking::WithRoot };
    match outlook(rule.statistic, rule.limit.value, observed, finding.n(), alpha, shrinking) {
        Outlook::Trials(trials) => decided_by(in_all(trials)),
        Outlook::OnTheLimit => on_the_limit(undecided, in_all),
        Outlook::WidthUnknown => {
            "the trials do not reach far enough to decide; a longer `horizon` or `give_up_after` may".into()
        }
    }
}

const NO_NUMBER: &str = "the estimate sits on the limit; no number of trials promises a decision";

/// A number of at most three figures that is not less, of one that is not beyond all means.
fn to_three_figures(n: u64) -> u64 {
    let unit = 10_u64.pow(n.max(1).ilog10().saturating_sub(2));
    n.div_ceil(unit) * unit
}

/// After how many trials the exact interval of a share of none or of all of them comes to the limit, if it goes on so.
fn of_none_or_all(undecided: &Undecided<'_>) -> Option<u64> {
    let Undecided { rule, observed, alpha, .. } = *undecided;
    let Figure::At(value) = observed.value else { return None };
    // Of `n` trials alike the interval ends at the share of which that has a probability of `alpha / 2`.
    let as_many = if value == 1.0 { rule.limit.value } else { 1.0 - rule.limit.value };
    let is_open = rule.statistic == Statistic::Share && as_many > 0.0 && as_many < 1.0;
    is_open.then(|| libm::ceil(libm::log(alpha / 2.0) / libm::log(as_many)) as u64)
}

/// What would decide where the estimate is the limit itself. If many trials show just that value, the ends of a quantile
/// come to lie on it as well, and that decides: unless the share of trials below it, or up to it, is the quantile's own.
fn on_the_limit(undecided: &Undecided<'_>, in_all: impl Fn(u64) -> Option<String>) -> String {
    let Undecided { rule, finding, unit, alpha, .. } = *undecided;
    let nothing = || NO_NUMBER.to_owned();
    let (Statistic::Quantile(p), Some(seen)) = (rule.statistic, finding.around(rule.limit.value, unit)) else {
        return nothing();
    };
    let (below, at) = (seen.below as f64 / seen.of as f64, seen.at as f64 / seen.of as f64);
    let apart = match rule.comparator {
        Comparator::AtMost | Comparator::Above => below + at - p,
        Comparator::Below | Comparator::AtLeast => p - below,
    };
    // The interval takes in the shares within so many standard errors of the quantile.
    let wanted = normal::quantile(1.0 - alpha / 2.0) / apart;
    let trials = libm::ceil(wanted * wanted * p * (1.0 - p));
    if seen.at < 2 || apart <= 0.0 || trials >= 1e15 {
        return nothing();
    }
    let share = libm::round(at * 1000.0) / 10.0;
    in_all(trials as u64).map_or_else(nothing, |trials| {
        format!("{share}% of the trials show the limit itself; about {trials} trials would decide")
    })
}

#[cfg(test)]
mod tests {
    use super::super::column::columns;
    use super::super::fixture::scenario;
    use super::super::tallies::{Kind, Tally};
    use super::*;
    use crate::metric::reading::Reading;
    use crate::units::time::Span;

    const S: i64 = 1_000_000_000;

    /// Results where every trial took `contain` seconds, some more were cut short and some were never revoked.
    fn results(objectives: &str, contain: &[i64], cut_short: u64, never: u64) -> Vec<ObjectiveResult> {
        let scenario = scenario(objectives);
        let rules: Vec<&Objective> = scenario.objectives.iter().map(|aim| &aim.rule).collect();
        let columns = columns(&scenario.system, &rules);
        let finding = |column: &Column| {
            let mut tally = Tally::keeping(10_000);
            if column.name() == "time_to_contain" {
                tally.take(&Reading {
                    ended: contain.iter().map(|seconds| seconds * S).collect(),
                    cut: vec![1800 * S; cut_short as usize],
                });
            }
            if column.name() == "reopenings" {
                tally.take(&Reading { ended: vec![0; contain.len()], cut: Vec::new() });
            }
            let (ended, cut) = tally.finish();
            Finding::from(&ended, &cut, Kind::of(column, 1800 * S))
        };
        let findings = columns.iter().map(finding).enumerate().collect();
        let bound =
            |seconds: Option<i64>| Bound { span: seconds.map(|s| Span::from_nanos(s * S)), because: "x".into() };
        let bounds = [bound(Some(300)), bound(Some(60)), bound(None)];
        let evidence = Evidence {
            system: &scenario.system,
            columns: &columns,
            findings: &findings,
            bounds: &bounds,
            never_revoked: never,
            trials: contain.len() as u64 + cut_short + never,
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
    fn a_limit_on_a_value_that_many_trials_show_is_decided_by_more_of_them() {
        // Of 100 trials 97 took 5 s, 2 took 60 s and one 70 s: p98 is 60 s and its interval of 95% reaches beyond. Up to
        // 60 s lie 99%, one hundredth above 98%: with 1.96 standard errors of a share, 1.96^2 0.98 0.02 / 0.01^2 = 753
        // trials. Below it are 97%: as many decide `< 60s`, which fails.
        let seconds: Vec<i64> = [vec![5; 97], vec![60; 2], vec![70]].concat();
        let told = |rule: &str| {
            let found = results(&format!("[ {rule} ]"), &seconds, 0, 0).remove(0);
            assert_eq!(found.verdict, Inconclusive, "{rule}");
            found.hint.unwrap_or_default()
        };
        for comparison in ["<=", "<", ">=", ">"] {
            let hint = told(&format!("\"p98(time_to_contain) {comparison} 60s\""));
            assert_eq!(hint, "2% of the trials show the limit itself; about 753 trials would decide", "{comparison}");
        }
        // p99 is 60 s too, and just as many as 99% lie up to it: nothing promises that this stays so.
        let hint = told("p99(time_to_contain) <= 60s");
        assert_eq!(hint, "the estimate sits on the limit; no number of trials promises a decision");
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
        assert!(found[0].hint.as_ref().is_some_and(|hint| hint.ends_with("no number of trials decides that")));
        // A failure stays one: more that are not contained only make it worse.
        assert_eq!(verdicts("[ p50(time_to_contain) <= 100ms ]", &[1; 1000], 0, 50), [Fail]);
    }

    #[test]
    fn trials_that_nobody_revoked_can_overturn_a_failure() {
        // 1000 times 1 s: p50 is not above 60 s, but with 1100 of 2100 never contained it is above every limit. One that
        // says it lies above already can but be confirmed.
        let rules = "[ p50(time_to_contain) >= 60s, { p50(time_to_contain) > 60s: \"meant to fail, to show it\" }, \
            p50(time_to_contain) >= 500ms ]";
        let rules = rules.replace("\\\n", "");
        let found = results(&rules, &[1; 1000], 0, 1100);
        assert_eq!(found.iter().map(|one| one.verdict).collect::<Vec<_>>(), [Inconclusive, Inconclusive, Pass]);
        assert_eq!(found[1].met, None);
        assert_eq!(verdicts(&rules, &[1; 1000], 0, 0), [Fail, Fail, Pass]);
    }

    #[test]
    fn a_bound_is_exact_whoever_was_not_revoked() {
        // The bound of ci is 60 s by the description, and 500 of 501 trials that nobody revoked change nothing of it.
        assert_eq!(verdicts("[ bound(ci) <= 60s, bound(ci) < 60s ]", &[1], 0, 500), [Pass, Fail]);
        assert_eq!(results("[ bound(gate) <= 60s ]", &[1], 0, 0)[0].observed.value, Figure::Limitless);
    }

    #[test]
    fn the_error_is_split_between_the_share_and_the_quantile() {
        // 919 of 1 s and 81 of 100 s, 30 of 1030 never revoked. At 97.5 % each, the share is at most 4.318 % and p86 of
        // all is at most the quantile 0.89881 of the revoked, whose upper end has rank 921: 100 s. At 95 % each, which
        // is less than 95 % together, it would be rank 917: 1 s. At the 2.9 % seen it is the quantile 0.886: 1 s.
        let contain = [vec![1; 919], vec![100; 81]].concat();
        let found = results("[ p86(time_to_contain) <= 10s ]", &contain, 0, 30);
        assert_eq!(found[0].verdict, Inconclusive);
        assert!(found[0].hint.as_ref().is_some_and(|hint| hint.ends_with("more trials may decide")), "{found:?}");
    }

    #[test]
    fn a_mean_of_zeros_is_as_uncertain_as_what_was_never_seen() {
        let found = results("[ mean(time_to_contain) <= 1s ]", &[0; 100], 0, 0);
        // At most 3.62 % of the trials differ, each by 1800 s at most: 65 s. 1 s takes about 65 times as many.
        assert_eq!(found[0].verdict, Inconclusive);
        assert_eq!(found[0].hint.as_deref(), Some("about 6,520 trials would decide"));
        let found = results("[ mean(reopenings) <= 1 ]", &[0; 100], 0, 0);
        assert_eq!(found[0].hint.as_deref(), Some("no trial showed any, which bounds no mean"));
    }

    #[test]
    fn it_is_said_how_many_trials_decide_a_share_of_all_or_none() {
        let hint = |n: u64, played: u64, limit: f64| {
            let load = format!("[ share(contained) >= {}% ]", limit * 100.0);
            let scenario = scenario(&load);
            let finding = Finding::Share { count: n, of: n };
            let observed = finding.share(ALPHA).expect("a share of some");
            let rule = &scenario.objectives[0].rule;
            let undecided = Undecided { rule, observed: &observed, finding: &finding, unit: Unit::Share, alpha: ALPHA };
            what_would_decide(&undecided, played)
        };
        // 0.99 to the 368th is the first below 0.025, from wherever it is asked.
        for n in [1, 10, 100, 300] {
            assert_eq!(hint(n, n, 0.99), "about 368 trials would decide");
        }
        assert_eq!(hint(1000, 1000, 0.9999999999999999), NO_NUMBER);
        // Where it speaks of one trial in four, four times as many are to be played.
        assert_eq!(hint(100, 400, 0.99), "about 1,480 trials would decide");
        let enough = interval::clopper_pearson(368, 368, ALPHA).low;
        assert!(enough > 0.99 && interval::clopper_pearson(367, 367, ALPHA).low < 0.99, "{enough}");
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
