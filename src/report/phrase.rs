//! Numbers as words for a reader: durations, shares and intervals, the same in every report.
//!
//! A share of zero trials is never "0%": it prints as the upper end of its interval with the count behind it. A
//! number that a trial could not see prints as `> limit`, and an end that the sample cannot support as `inf`.

use crate::record::estimate::{Estimate, Figure, Proportion, Unit};
use crate::record::summary::{EvidenceKind, ObjectiveResult, Verdict};
use crate::units::time::Span;

/// A whole number with a comma at every third digit: `10,000`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number to three figures: `0.0123`, `12.1`, `560`, `12,345`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return if value.is_nan() { "unknown".into() } else { format!("{value}") };
    }
    if size >= 1e15 {
        return format!("{value:.2e}");
    }
    if size >= 999.5 {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", count(libm::rint(size) as u64));
    }
    if size > 0.0 && size < 1e-6 {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.*}", decimals(size, 3));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A share as a percentage with as many decimals as its distance from 0 or 1 needs: `36.0%`, `0.30%`, `99.963%`.
pub fn percent(share: f64) -> String {
    if share <= 0.0 {
        return "0%".into();
    }
    if share >= 1.0 {
        return "100%".into();
    }
    let distance = share.min(1.0 - share) * 100.0;
    format!("{:.*}%", decimals(distance, 2).max(1), share * 100.0)
}

/// A duration in seconds: `0s`, `349ms`, `4m 58s`, `1h 05m`.
pub fn duration(seconds: f64) -> String {
    Span::from_seconds(seconds).human()
}

/// A round duration as scenarios write it (`60s`, `30m`, `1h30m`); one that is not round as [`duration`].
pub fn limit(seconds: f64) -> String {
    let exact = Span::from_seconds(seconds).to_string();
    if seconds < 100.0 || exact.len() > 6 { duration(seconds) } else { exact }
}

/// A value in its unit.
pub fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => duration(value),
        Unit::Count => number(value),
        Unit::Share => percent(value),
        Unit::PerSecond => format!("{}/s", number(value)),
    }
}

/// A figure in its unit; `> limit` where it lies beyond, `unknown` where the sample supports none.
pub fn figure(figure: Figure, unit: Unit) -> String {
    match figure {
        Figure::At(at) => value(at, unit),
        Figure::Beyond(at) if unit == Unit::Seconds => format!("> {}", limit(at)),
        Figure::Beyond(at) => format!("> {}", value(at, unit)),
        Figure::Unbounded => "unknown".into(),
        Figure::Limitless => "no bound".into(),
    }
}

/// The interval of an estimate: `[4m 57s, 4m 59s]`, with `-inf` and `inf` where an end cannot be given.
pub fn interval(estimate: &Estimate, unit: Unit) -> String {
    let end = |side, word: &str| match (side, unit) {
        (Figure::Unbounded, _) => word.to_owned(),
        (Figure::At(at), Unit::PerSecond) => number(at),
        _ => figure(side, unit),
    };
    format!("[{}, {}]", end(estimate.low, "-inf"), end(estimate.high, "inf"))
}

/// An estimate over `n` trials with its interval; a share of none or of all of them as a bound.
pub fn estimate(estimate: &Estimate, unit: Unit, n: u64) -> String {
    if n == 0 || estimate.value == Figure::Unbounded {
        return format!("unknown (n = {})", count(n));
    }
    match (unit, estimate.value, estimate.low, estimate.high) {
        (Unit::Share, Figure::At(0.0), _, Figure::At(high)) => none_of(high, n),
        (Unit::Share, Figure::At(1.0), Figure::At(low), _) => all_of(low, n),
        _ => format!("{} {}", figure(estimate.value, unit), interval(estimate, unit)),
    }
}

/// A share of trials with its interval, as a bound where it was seen in none or in all: `<= 0.037% (0 of 10,000)`.
pub fn share(share: &Proportion) -> String {
    match share.count {
        _ if share.of == 0 => "unknown (n = 0)".into(),
        0 => none_of(share.high, share.of),
        n if n == share.of => all_of(share.low, share.of),
        _ => format!("{} [{}, {}]", percent(share.share), percent(share.low), percent(share.high)),
    }
}

/// A share of trials without its interval, as a bound where it was seen in none or in all.
pub fn brief_share(share: &Proportion) -> String {
    match share.count {
        _ if share.of == 0 => "unknown".into(),
        0 => format!("<= {}", percent(share.high)),
        n if n == share.of => format!(">= {}", percent(share.low)),
        _ => percent(share.share),
    }
}

/// `PASS`, `FAIL` or `INCONCLUSIVE`.
pub fn verdict(objective: &ObjectiveResult) -> &'static str {
    match objective.verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
    }
}

/// `SIMULATED` or `MEASURED`.
pub fn evidence(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Simulated => "SIMULATED",
        EvidenceKind::Measured => "MEASURED",
    }
}

/// The first digits of a digest, enough to tell runs apart.
pub fn short_digest(digest: &str) -> String {
    digest.chars().take(12).collect()
}

fn none_of(high: f64, n: u64) -> String {
    format!("<= {} (0 of {})", percent(high), count(n))
}

fn all_of(low: f64, n: u64) -> String {
    format!(">= {} ({n} of {n})", percent(low), n = count(n))
}

/// Decimals that show `figures` figures of a number of this size.
fn decimals(size: f64, figures: usize) -> usize {
    let mut decimals = figures.saturating_sub(1);
    let mut power = 1.0;
    while decimals > 0 && size >= power * 10.0 {
        power *= 10.0;
        decimals -= 1;
    }
    power = 1.0;
    while size > 0.0 && size < power && decimals < 15 {
        power /= 10.0;
        decimals += 1;
    }
    decimals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: u64, of: u64, low: f64, high: f64) -> Proportion {
        Proportion { count, of, share: if of == 0 { 0.0 } else { count as f64 / of as f64 }, low, high }
    }

    #[test]
    fn a_share_of_no_trial_is_a_bound_and_never_zero_percent() {
        // Clopper-Pearson for 0 of 10,000: 1 - 0.025^(1/10000) = 0.0369 %.
        assert_eq!(share(&of(0, 10_000, 0.0, 0.000_368_8)), "<= 0.037% (0 of 10,000)");
        assert_eq!(share(&of(10_000, 10_000, 0.999_631_2, 1.0)), ">= 99.963% (10,000 of 10,000)");
        assert_eq!(share(&of(0, 0, 0.0, 1.0)), "unknown (n = 0)");
        assert_eq!(share(&of(30, 10_000, 0.002_025, 0.004_28)), "0.30% [0.20%, 0.43%]");
        let none = Estimate { value: Figure::At(0.0), low: Figure::At(0.0), high: Figure::At(0.000_368_8) };
        assert_eq!(estimate(&none, Unit::Share, 10_000), "<= 0.037% (0 of 10,000)");
    }

    #[test]
    fn percentages_keep_two_figures_of_their_distance_from_the_ends() {
        for (share, text) in
            [(0.36, "36.0%"), (0.021, "2.1%"), (0.003, "0.30%"), (0.000_037, "0.0037%"), (0.999_63, "99.963%")]
        {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn numbers_keep_three_figures() {
        for (value, text) in
            [(0.0, "0"), (0.012_34, "0.0123"), (3.2, "3.2"), (12.34, "12.3"), (560.4, "560"), (12_345.6, "12,346")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn what_no_trial_could_see_prints_as_beyond_and_a_missing_end_as_inf() {
        let tail = Estimate { value: Figure::Beyond(1800.0), low: Figure::At(299.0), high: Figure::Unbounded };
        assert_eq!(estimate(&tail, Unit::Seconds, 100), "> 30m [4m 59s, inf]");
        assert_eq!(limit(60.0), "60s");
        assert_eq!(limit(5400.0), "1h30m");
        assert_eq!(limit(1234.567), "20m 35s");
    }
}
