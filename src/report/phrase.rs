//! Numbers as words for a reader: durations, shares and intervals, the same in every report.
//!
//! A share of zero trials is never "0%": it prints as the upper end of its interval with the count behind it. A
//! number that a trial could not see prints as `> limit`, and an end that the sample cannot support as `inf`.

use crate::record::estimate::{Estimate, Figure, Proportion, Unit};
use crate::record::summary::{EvidenceKind, ObjectiveResult, Verdict};
use crate::units::time::Span;

/// A number of trials with its noun: `1 trial`, `10,000 trials`.
pub fn trials(n: u64) -> String {
    format!("{} {}", count(n), if n == 1 { "trial" } else { "trials" })
}

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
    number_to(value, 3)
}

fn number_to(value: f64, figures: usize) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return if value.is_nan() { "unknown".into() } else { format!("{value}") };
    }
    if size >= 1e15 {
        return format!("{value:.*e}", figures - 1);
    }
    if size >= 999.5 && (figures == 3 || size >= 1e9) {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", count(libm::rint(size) as u64));
    }
    if size > 0.0 && size < 1e-6 {
        return format!("{value:.*e}", figures - 1);
    }
    let text = format!("{value:.*}", decimals(size, figures));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A share as a percentage with as many decimals as its distance from 0 or 1 needs: `36.0%`, `0.30%`, `99.963%`.
pub fn percent(share: f64) -> String {
    percent_to(share, 2)
}

fn percent_to(share: f64, figures: usize) -> String {
    if share <= 0.0 {
        return "0%".into();
    }
    if share >= 1.0 {
        return "100%".into();
    }
    let distance = share.min(1.0 - share) * 100.0;
    format!("{:.*}%", decimals(distance, figures).max(1), share * 100.0)
}

/// A duration in seconds: `0s`, `349ms`, `4m 58s`, `1h 05m`.
pub fn duration(seconds: f64) -> String {
    Span::from_seconds(seconds).human()
}

/// A duration in seconds, whole: `60.004s`, `1h 00m 25s`.
pub fn exact_duration(seconds: f64) -> String {
    Span::from_seconds(seconds).exact()
}

/// A duration with this many decimals to its seconds: `59.26s`, `4m 59.3s`, `1h 05m 12.3s`.
fn duration_to(seconds: f64, decimals: usize) -> String {
    let unit = libm::pow(10.0, decimals as f64);
    let ticks = libm::rint(seconds.abs() * unit);
    let sign = if seconds < 0.0 { "-" } else { "" };
    let (minutes, rest) = (libm::floor(ticks / unit / 60.0), ticks / unit % 60.0);
    let (hours, minute) = (libm::floor(minutes / 60.0), minutes % 60.0);
    let width = if decimals == 0 { 2 } else { decimals + 3 };
    match (hours, minutes) {
        _ if minutes == 0.0 => format!("{sign}{rest:.decimals$}s"),
        _ if hours == 0.0 => format!("{sign}{minutes}m {rest:0width$.decimals$}s"),
        _ => format!("{sign}{hours}h {minute:02}m {rest:0width$.decimals$}s"),
    }
}

/// A value in its unit, with `more` steps of precision beyond the usual.
fn value_to(at: f64, unit: Unit, more: usize) -> String {
    match unit {
        _ if more == 0 => value(at, unit),
        Unit::Seconds => duration_to(at, more - 1),
        Unit::Count => number_to(at, 3 + more),
        Unit::Share => percent_to(at, 2 + more),
        Unit::PerSecond => format!("{}/s", number_to(at, 3 + more)),
    }
}

/// Steps of precision beyond the usual that tell two ends apart which differ.
fn precision(estimate: &Estimate, unit: Unit) -> usize {
    let (Figure::At(low), Figure::At(high)) = (estimate.low, estimate.high) else { return 0 };
    if low == high {
        return 0;
    }
    // Seconds have nine decimals, doubles at most sixteen figures.
    (0..=10).find(|more| value_to(low, unit, *more) != value_to(high, unit, *more)).unwrap_or(0)
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
    figure_to(figure, unit, 0)
}

/// The point estimate, as precise as its interval: whole where both ends are the same.
pub fn point(estimate: &Estimate, unit: Unit) -> String {
    if let (Figure::At(low), Figure::At(at), Figure::At(high), Unit::Seconds) =
        (estimate.low, estimate.value, estimate.high, unit)
        && low == high
    {
        return exact_duration(at);
    }
    figure_to(estimate.value, unit, precision(estimate, unit))
}

fn figure_to(figure: Figure, unit: Unit, more: usize) -> String {
    match figure {
        Figure::At(at) => value_to(at, unit, more),
        Figure::Beyond(at) if unit == Unit::Seconds => format!("> {}", limit(at)),
        Figure::Beyond(at) => format!("> {}", value(at, unit)),
        Figure::Unbounded => "unknown".into(),
        Figure::Limitless => "no bound".into(),
    }
}

/// The interval of an estimate: `[4m 57s, 4m 59s]`, with 0, below which nothing that is measured lies, and `inf` where the
/// sample gives no end, and with as
/// many digits as show that its ends differ; `exactly` where they do not, which is so where many trials share a value.
pub fn interval(estimate: &Estimate, unit: Unit) -> String {
    let more = precision(estimate, unit);
    let end = |side| match (side, unit) {
        (Figure::Unbounded, _) => "inf".to_owned(),
        (Figure::At(at), Unit::PerSecond) => number_to(at, 3 + more),
        _ => figure_to(side, unit, more),
    };
    if matches!((estimate.low, estimate.high), (Figure::At(low), Figure::At(high)) if low == high) {
        return "exactly".into();
    }
    let low = if estimate.low == Figure::Unbounded { Figure::At(0.0) } else { estimate.low };
    format!("[{}, {}]", end(low), end(estimate.high))
}

/// An estimate over `n` trials with its interval; a share of none or of all of them as a bound.
pub fn estimate(estimate: &Estimate, unit: Unit, n: u64) -> String {
    if n == 0 || estimate.value == Figure::Unbounded {
        return format!("unknown (n = {})", count(n));
    }
    match (unit, estimate.value, estimate.low, estimate.high) {
        (Unit::Share, Figure::At(0.0), _, Figure::At(high)) => none_of(high, n),
        (Unit::Share, Figure::At(1.0), Figure::At(low), _) => all_of(low, n),
        _ => format!("{} {}", point(estimate, unit), interval(estimate, unit)),
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

/// A share of trials with its interval, as a bound alone where it was seen in none or in all.
pub fn brief_share(share: &Proportion) -> String {
    match share.count {
        _ if share.of == 0 => "unknown".into(),
        0 => format!("<= {}", percent(share.high)),
        n if n == share.of => format!(">= {}", percent(share.low)),
        _ => format!("{} [{}, {}]", percent(share.share), percent(share.low), percent(share.high)),
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
    fn an_interval_that_has_a_width_is_seen_to_have_one() {
        let of = |value, low, high| Estimate { value: Figure::At(value), low: Figure::At(low), high: Figure::At(high) };
        for (found, unit, text) in [
            (of(298.9, 298.7, 299.2), Unit::Seconds, "4m 58.9s [4m 58.7s, 4m 59.2s]"),
            (of(59.841, 59.8401, 59.8449), Unit::Seconds, "59.841s [59.840s, 59.845s]"),
            (of(3912.3, 3912.1, 3912.4), Unit::Seconds, "1h 05m 12.3s [1h 05m 12.1s, 1h 05m 12.4s]"),
            (of(59.999_96, 59.999_9, 60.000_1), Unit::Seconds, "1m 00.0000s [59.9999s, 1m 00.0001s]"),
            (of(28.811, 28.804, 28.814), Unit::PerSecond, "28.81/s [28.8, 28.81]"),
            (of(0.360_02, 0.360_01, 0.360_04), Unit::Share, "36.002% [36.001%, 36.004%]"),
            (of(0.5, 0.5, 0.5), Unit::Seconds, "500ms exactly"),
            (of(298.0, 297.0, 299.0), Unit::Seconds, "4m 58s [4m 57s, 4m 59s]"),
        ] {
            assert_eq!(estimate(&found, unit, 100), text);
        }
    }

    #[test]
    fn what_no_trial_could_see_prints_as_beyond_and_a_missing_end_as_inf() {
        let tail = Estimate { value: Figure::Beyond(1800.0), low: Figure::At(299.0), high: Figure::Unbounded };
        assert_eq!(estimate(&tail, Unit::Seconds, 100), "> 30m [4m 59s, inf]");
        // Of one trial no rank is below any quantile; but no duration is below 0.
        let only = Estimate { value: Figure::At(12.0), low: Figure::Unbounded, high: Figure::Unbounded };
        assert_eq!(interval(&only, Unit::Seconds), "[0s, inf]");
        assert_eq!(interval(&only, Unit::Count), "[0, inf]");
        assert_eq!(limit(60.0), "60s");
        assert_eq!(limit(5400.0), "1h30m");
        assert_eq!(limit(1234.567), "20m 35s");
    }
}
