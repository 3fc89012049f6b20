//! Whether an interval meets a limit, and what would settle it where it does neither.
//!
//! A verdict is given only where the whole interval lies on one side of the limit: no data is no verdict.
//! A value beyond the horizon counts as greater than the horizon and as nothing else, so that it may break
//! an upper limit but never keep one.

use super::objective::{Comparator, Statistic};
use crate::record::estimate::{Estimate, Figure};
use crate::record::summary::Verdict;
use crate::stats::quantile;

/// What would decide an inconclusive objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// About so many trials in all, if the estimate stays where it is.
    Trials(u64),
    /// The estimate sits on the limit: no number of trials promises a decision.
    OnTheLimit,
    /// The interval has no finite end towards the limit, so that nothing can be foretold.
    WidthUnknown,
}

/// The verdict on `value <comparator> limit`, where the value lies between `low` and `high`.
pub fn verdict(comparator: Comparator, limit: f64, low: Figure, high: Figure) -> Verdict {
    let above = is_above(low, limit);
    let at_least = above || low == Figure::At(limit);
    let below = matches!(high, Figure::At(high) if high < limit);
    let at_most = below || high == Figure::At(limit);
    let (met, broken) = match comparator {
        Comparator::AtMost => (at_most, above),
        Comparator::Below => (below, at_least),
        Comparator::AtLeast => (at_least, below),
        Comparator::Above => (above, at_most),
    };
    match (met, broken) {
        (true, false) => Verdict::Pass,
        (false, true) => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

/// How the width of an interval shrinks as trials are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shrinking {
    /// With the root of their number, where trials differ.
    WithRoot,
    /// With their number, where all of them showed the same.
    WithNumber,
}

/// About how many trials would decide what `n` trials left open, with intervals at level `1 - alpha`, so that
/// the end of the interval comes to the limit.
pub fn outlook(
    statistic: Statistic,
    limit: f64,
    observed: &Estimate,
    n: u64,
    alpha: f64,
    shrinking: Shrinking,
) -> Outlook {
    let (value, is_low) = match observed.value {
        Figure::At(value) if value == limit => return Outlook::OnTheLimit,
        Figure::At(value) => (value, value < limit),
        // The value is greater still: taking the horizon for it errs towards more trials.
        Figure::Beyond(horizon) if horizon > limit => (horizon, false),
        Figure::Beyond(_) | Figure::Unbounded | Figure::Limitless => return Outlook::WidthUnknown,
    };
    let end = if is_low { observed.high } else { observed.low };
    let wanted = match (end, statistic) {
        (Figure::At(end), _) => {
            let ratio = (end - value) / (limit - value);
            libm::ceil(match shrinking {
                Shrinking::WithRoot => n as f64 * ratio * ratio,
                Shrinking::WithNumber => n as f64 * ratio,
            })
        }
        (Figure::Unbounded, Statistic::Quantile(p)) if is_low => quantile::trials_for_upper_end(p, alpha / 2.0) as f64,
        (Figure::Unbounded, Statistic::Quantile(p)) => quantile::trials_for_lower_end(p, alpha / 2.0) as f64,
        (Figure::Unbounded | Figure::Beyond(_) | Figure::Limitless, _) => return Outlook::WidthUnknown,
    };
    // Beyond any machine's means is as good as on the limit.
    if wanted < 1e15 { Outlook::Trials((wanted as u64).max(n + 1)) } else { Outlook::OnTheLimit }
}

fn is_above(low: Figure, limit: f64) -> bool {
    match low {
        Figure::At(low) => low > limit,
        Figure::Beyond(horizon) => horizon >= limit,
        Figure::Unbounded => false,
        Figure::Limitless => true,
    }
}

#[cfg(test)]
mod tests {
    use super::Comparator::{Above, AtLeast, AtMost, Below};
    use super::Figure::{At, Beyond, Unbounded};
    use super::Verdict::{Fail, Inconclusive, Pass};
    use super::*;

    #[test]
    fn a_verdict_needs_the_whole_interval_on_one_side() {
        // Limit 60; for each interval the verdicts on <=, <, >=, > by hand.
        for (low, high, expected) in [
            (At(10.0), At(50.0), [Pass, Pass, Fail, Fail]),
            (At(70.0), At(90.0), [Fail, Fail, Pass, Pass]),
            (At(50.0), At(70.0), [Inconclusive; 4]),
            // Ends that touch the limit separate the strict from the loose.
            (At(50.0), At(60.0), [Pass, Inconclusive, Inconclusive, Fail]),
            (At(60.0), At(70.0), [Inconclusive, Fail, Pass, Inconclusive]),
            (At(60.0), At(60.0), [Pass, Fail, Pass, Fail]),
        ] {
            let found = [AtMost, Below, AtLeast, Above].map(|comparator| verdict(comparator, 60.0, low, high));
            assert_eq!(found, expected, "{low:?} to {high:?}");
        }
    }

    #[test]
    fn a_value_beyond_the_horizon_never_keeps_an_upper_limit() {
        for (low, high, limit, expected) in [
            // Beyond 60 is above 60, also where 60 is the limit itself; it is not known to be above 61.
            (Beyond(60.0), Beyond(60.0), 50.0, [Fail, Fail, Pass, Pass]),
            (Beyond(60.0), Beyond(60.0), 60.0, [Fail, Fail, Pass, Pass]),
            (Beyond(60.0), Beyond(60.0), 61.0, [Inconclusive; 4]),
            (At(10.0), Beyond(60.0), 100.0, [Inconclusive; 4]),
            (At(10.0), Beyond(60.0), 5.0, [Fail, Fail, Pass, Pass]),
        ] {
            let found = [AtMost, Below, AtLeast, Above].map(|comparator| verdict(comparator, limit, low, high));
            assert_eq!(found, expected, "{low:?} to {high:?} against {limit}");
        }
    }

    #[test]
    fn an_end_that_is_unknown_decides_nothing_on_its_side() {
        assert_eq!(verdict(AtMost, 60.0, At(10.0), Unbounded), Inconclusive);
        assert_eq!(verdict(AtMost, 60.0, At(70.0), Unbounded), Fail);
        assert_eq!(verdict(AtMost, 60.0, Unbounded, At(50.0)), Pass);
        assert_eq!(verdict(AtLeast, 60.0, Unbounded, At(70.0)), Inconclusive);
        assert_eq!(verdict(AtLeast, 60.0, Unbounded, Unbounded), Inconclusive);
        assert_eq!(verdict(AtMost, 60.0, At(f64::NAN), At(f64::NAN)), Inconclusive);
    }

    fn estimate(value: Figure, low: Figure, high: Figure) -> Estimate {
        Estimate { value, low, high }
    }

    #[test]
    fn trials_grow_with_the_square_of_the_missing_precision() {
        // Value 50, limit 60, high 70: the half-width 20 must shrink to 10, so four times 1000 trials.
        let open = estimate(At(50.0), At(45.0), At(70.0));
        assert_eq!(outlook(Statistic::Mean, 60.0, &open, 1000, 0.05, Shrinking::WithRoot), Outlook::Trials(4000));
        // From above, the lower half counts: 5 must shrink to 2.
        let open = estimate(At(50.0), At(45.0), At(70.0));
        assert_eq!(outlook(Statistic::Mean, 48.0, &open, 1000, 0.05, Shrinking::WithRoot), Outlook::Trials(6250));
        // Beyond 100 with a low end of 40 against 60: at most (60/40)^2 times as many.
        let open = estimate(Beyond(100.0), At(40.0), Beyond(100.0));
        assert_eq!(
            outlook(Statistic::Quantile(0.99), 60.0, &open, 1000, 0.05, Shrinking::WithRoot),
            Outlook::Trials(2250)
        );
    }

    #[test]
    fn trials_grow_with_the_missing_precision_itself_where_all_showed_the_same() {
        // 0 of 1000 is at most 3.69/1000 at 95 %; to come below 1/1000 it takes 3.69 times as many.
        let open = estimate(At(0.0), At(0.0), At(0.003_69));
        assert_eq!(outlook(Statistic::Share, 0.001, &open, 1000, 0.05, Shrinking::WithNumber), Outlook::Trials(3690));
    }

    #[test]
    fn what_has_no_bound_is_above_every_limit() {
        use super::Figure::Limitless;
        let found = [AtMost, Below, AtLeast, Above].map(|comparator| verdict(comparator, 1e300, Limitless, Limitless));
        assert_eq!(found, [Fail, Fail, Pass, Pass]);
    }

    #[test]
    fn an_estimate_on_the_limit_promises_nothing() {
        let open = estimate(At(60.0), At(55.0), At(70.0));
        assert_eq!(outlook(Statistic::Mean, 60.0, &open, 1000, 0.05, Shrinking::WithRoot), Outlook::OnTheLimit);
        let open = estimate(At(60.0 - 1e-12), At(55.0), At(70.0));
        assert_eq!(outlook(Statistic::Mean, 60.0, &open, 1000, 0.05, Shrinking::WithRoot), Outlook::OnTheLimit);
    }

    #[test]
    fn a_quantile_without_an_end_first_needs_the_trials_that_give_it_one() {
        // p99 two-sided at 95 % has an upper end from 368 trials on; a p1 a lower end.
        let open = estimate(At(50.0), At(45.0), Unbounded);
        assert_eq!(
            outlook(Statistic::Quantile(0.99), 60.0, &open, 100, 0.05, Shrinking::WithRoot),
            Outlook::Trials(368)
        );
        let open = estimate(At(50.0), Unbounded, At(70.0));
        assert_eq!(
            outlook(Statistic::Quantile(0.01), 40.0, &open, 100, 0.05, Shrinking::WithRoot),
            Outlook::Trials(368)
        );
        assert_eq!(outlook(Statistic::Mean, 40.0, &open, 1, 0.05, Shrinking::WithRoot), Outlook::WidthUnknown);
        let open = estimate(At(50.0), At(45.0), Beyond(100.0));
        assert_eq!(
            outlook(Statistic::Quantile(0.99), 60.0, &open, 1000, 0.05, Shrinking::WithRoot),
            Outlook::WidthUnknown
        );
    }
}
