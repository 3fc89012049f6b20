//! Moments and spans in whole nanoseconds: the only clock of the house.
//!
//! A [`Moment`] counts from time 0 of a trial (the exposure of the credential) and may be negative while
//! traffic that has always run is warmed up. A [`Span`] is a difference of moments. Both are integers, so
//! that adding never rounds and a trial has the same bytes on every platform. Scenario files write spans
//! with units (`5m`, `1h30m`, `250ms`); a bare number is refused.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The longest span a scenario may name: a hundred years of 365 days.
pub const LONGEST: Span = Span(100 * 365 * 86_400 * NANOS_PER_SECOND);

/// A length of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

/// A point in a trial, in nanoseconds from the exposure of the credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self(NANOS_PER_SECOND);

    /// A span of `nanos` nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The nearest whole number of nanoseconds to `seconds`, a half to the even one; beyond [`LONGEST`] it is cut to that.
    /// Anything that is not a number counts as [`LONGEST`]: the callers parse before they compute.
    #[inline]
    pub fn from_seconds(seconds: f64) -> Self {
        // Added to a smaller number, this leaves no bits for a fraction: the sum is rounded, and its last bits are the
        // whole number, negative ones included. It is three instructions, on the path of every request.
        const NO_FRACTION: f64 = 1.5 * (1_u64 << 52) as f64;
        let nanos = seconds * NANOS_PER_SECOND as f64;
        if nanos.abs() < (1_u64 << 51) as f64 {
            let rounded = nanos + NO_FRACTION;
            return Self(rounded.to_bits().wrapping_sub(NO_FRACTION.to_bits()).cast_signed());
        }
        Self::from_many_nanos(nanos)
    }

    /// The same beyond some 26 days.
    #[cold]
    fn from_many_nanos(nanos: f64) -> Self {
        let limit = LONGEST.0 as f64;
        if nanos.is_nan() { LONGEST } else { Self(libm::rint(nanos.clamp(-limit, limit)) as i64) }
    }

    /// The span in nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The span in seconds, rounded to the nearest double.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// Reads `5m`, `1h30m`, `2.5s`, `250ms`, `30d` (units ns, us, ms, s, m, h, d, w), never negative.
    ///
    /// # Errors
    /// A fragment that says what is wrong, for a diagnostic to place.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("a duration is empty; write for example `5m`, `1h30m` or `250ms`".into());
        }
        Self::read(text).map_err(|fault| match fault {
            NoSpan::NotUnderstood => not_a_duration(text),
            NoSpan::TooLong => format!(
                "`{text}` is longer than a hundred years; write a shorter one, or `forever` where that is allowed"
            ),
        })
    }

    /// Reads the same, for whoever words faults otherwise.
    pub(super) fn read(text: &str) -> Result<Self, NoSpan> {
        let mut rest = text;
        let mut nanos = 0.0_f64;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number: f64 = rest[..digits].parse().map_err(|_| NoSpan::NotUnderstood)?;
            let unit_end = rest[digits..].find(|c: char| !c.is_ascii_alphabetic()).map_or(rest.len(), |at| digits + at);
            nanos += number * unit_nanos(&rest[digits..unit_end]).ok_or(NoSpan::NotUnderstood)?;
            rest = &rest[unit_end..];
        }
        if nanos > LONGEST.0 as f64 { Err(NoSpan::TooLong) } else { Ok(Self(libm::rint(nanos) as i64)) }
    }

    /// The span for a reader, to about three figures: `0s`, `348ms`, `44.6s`, `4m 12s`, `1h 05m`, `3d 02h`.
    pub fn human(self) -> String {
        let seconds = self.seconds();
        let size = seconds.abs();
        let sign = if seconds < 0.0 { "-" } else { "" };
        match size {
            0.0 => "0s".into(),
            s if s < 0.999_5e-6 => format!("{sign}{}ns", self.0.abs()),
            s if s < 0.999_5e-3 => format!("{sign}{}us", three_figures(s * 1e6)),
            s if s < 0.999_5 => format!("{sign}{}ms", three_figures(s * 1e3)),
            s if s < 99.95 => format!("{sign}{}s", three_figures(s)),
            s if s < 3_599.5 => two_units(sign, s, 60, "m", 1, "s"),
            s if s < 86_370.0 => two_units(sign, s, 3_600, "h", 60, "m"),
            s => two_units(sign, s, 86_400, "d", 3_600, "h"),
        }
    }
}

/// A second, in nanoseconds.
const A_SECOND: u64 = NANOS_PER_SECOND.unsigned_abs();

/// Why a text is no span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSpan {
    /// It is not written as one.
    NotUnderstood,
    /// It is longer than any that is allowed.
    TooLong,
}

impl Span {
    /// The span for a reader, whole: as [`Span::human`] where that loses nothing, else with what it leaves out: `60.004s`,
    /// `1h 00m 25s`.
    pub fn exact(self) -> String {
        let (nanos, sign) = (self.0.unsigned_abs(), if self.0 < 0 { "-" } else { "" });
        match nanos {
            0 => "0s".into(),
            n if n < 1_000 => format!("{sign}{n}ns"),
            n if n < 1_000_000 => format!("{sign}{}us", in_units(n, 1_000)),
            n if n < 1_000_000_000 => format!("{sign}{}ms", in_units(n, 1_000_000)),
            n if n < 100 * A_SECOND => format!("{sign}{}s", in_units(n, A_SECOND)),
            n => format!("{sign}{}", in_parts(n)),
        }
    }
}

/// A number of nanoseconds in a larger unit, with as many decimals as it takes.
fn in_units(nanos: u64, unit: u64) -> String {
    let (whole, rest) = (nanos / unit, nanos % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{whole}.{}", format!("{rest:0width$}").trim_end_matches('0'))
}

/// A number of nanoseconds in days, hours, minutes and seconds: two of them at least, more where they say something.
fn in_parts(nanos: u64) -> String {
    let sizes = [(86_400 * A_SECOND, "d"), (3_600 * A_SECOND, "h"), (60 * A_SECOND, "m"), (A_SECOND, "s")];
    let mut rest = nanos;
    let mut told: Vec<String> = Vec::new();
    for (size, unit) in sizes {
        if (told.is_empty() && nanos < size) || (told.len() >= 2 && rest == 0) {
            continue;
        }
        let (of, text) = if unit == "s" {
            (rest, in_units(rest, A_SECOND))
        } else {
            (rest / size * size, (rest / size).to_string())
        };
        let padded = if !told.is_empty() && of < 10 * size { format!("0{text}") } else { text };
        told.push(format!("{padded}{unit}"));
        rest -= of;
    }
    told.join(" ")
}

impl Moment {
    /// The exposure of the credential: time 0 of every trial.
    pub const ZERO: Self = Self(0);
    /// A moment that no trial reaches.
    pub const NEVER: Self = Self(i64::MAX);
    /// A moment before everything that happens in a trial.
    pub const LONG_AGO: Self = Self(i64::MIN);

    /// The moment `nanos` nanoseconds after time 0.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since time 0.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whether this is a moment that no trial reaches.
    pub const fn is_never(self) -> bool {
        self.0 == i64::MAX
    }

    /// The span from `earlier` to this moment, which may be negative.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The end of the whole second of a clock that runs ahead of this one by `phase`.
    pub const fn next_whole_second(self, phase: Span) -> Self {
        Self(self.previous_whole_second(phase).0.saturating_add(NANOS_PER_SECOND))
    }

    /// The start of the whole second of a clock that runs ahead of this one by `phase`.
    pub const fn previous_whole_second(self, phase: Span) -> Self {
        if self.is_never() {
            return self;
        }
        let on_that_clock = self.0.saturating_add(phase.0);
        Self(on_that_clock.saturating_sub(on_that_clock.rem_euclid(NANOS_PER_SECOND)).saturating_sub(phase.0))
    }
}

impl Add<Span> for Moment {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Moment {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        if self.is_never() { self } else { Self(self.0.saturating_sub(span.0)) }
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Span {
    /// Exact, and readable again by [`Span::parse`]: `1h30m`, `2s500ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (unit, size) in UNITS {
            let count = rest / size;
            if count > 0 {
                write!(f, "{count}{unit}")?;
                rest -= count * size;
            }
        }
        Ok(())
    }
}

const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

fn unit_nanos(unit: &str) -> Option<f64> {
    match unit {
        "w" => Some(7.0 * 86_400e9),
        "min" => Some(60e9),
        _ => UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size as f64),
    }
}

fn not_a_duration(text: &str) -> String {
    format!("`{text}` is not a duration; write a number with a unit, for example `5m`, `1h30m` or `250ms`")
}

fn three_figures(value: f64) -> String {
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn two_units(sign: &str, seconds: f64, big: u64, big_name: &str, small: u64, small_name: &str) -> String {
    let smalls = libm::rint(seconds / small as f64) as u64;
    let per_big = big / small;
    format!("{sign}{}{big_name} {:02}{small_name}", smalls / per_big, smalls % per_big)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_span_leaves_nothing_out() {
        let told = |text: &str| Span::parse(text).map(Span::exact).unwrap_or_default();
        for alike in ["44.6s", "348ms", "61s", "12us", "7ns"] {
            assert_eq!(told(alike), alike);
        }
        for (written, exact) in [
            ("60.004s", "60.004s"),
            ("59999600us", "59.9996s"),
            ("100s", "1m 40s"),
            ("5m", "5m 00s"),
            ("1h", "1h 00m"),
            ("3625s", "1h 00m 25s"),
            ("3600.5s", "1h 00m 00.5s"),
            ("1d", "1d 00h"),
            ("87900s", "1d 00h 25m"),
            ("86405s", "1d 00h 00m 05s"),
        ] {
            assert_eq!(told(written), exact, "{written}");
        }
    }

    #[test]
    fn a_duration_is_read_with_its_units_and_written_back() {
        for (text, nanos) in [("5m", 300_000_000_000), ("1h30m", 5_400_000_000_000), ("250ms", 250_000_000), ("0s", 0)]
        {
            let span = Span::parse(text).expect("a valid duration");
            assert_eq!(span.nanos(), nanos);
            assert_eq!(span.to_string(), text);
        }
        assert_eq!(Span::parse("2.5s"), Ok(Span::from_nanos(2_500_000_000)));
    }

    #[test]
    fn a_duration_without_unit_or_beyond_a_century_is_refused() {
        for text in ["", "5", "-5s", "5 m", "1e9s", "m", "NaN", "101000d", "5m-", "..s"] {
            assert!(Span::parse(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn whole_seconds_follow_the_phase_of_the_clock() {
        // A clock 0.3 s ahead shows whole seconds at 0.7, 1.7, ...; at 1.0 s its second began at 0.7.
        let phase = Span::from_nanos(300_000_000);
        let at = Moment::from_nanos(1_000_000_000);
        assert_eq!(at.previous_whole_second(phase).nanos(), 700_000_000);
        assert_eq!(at.next_whole_second(phase).nanos(), 1_700_000_000);
    }

    #[test]
    fn seconds_become_the_nearest_nanosecond_on_both_sides_of_zero_and_of_a_month() {
        // The rounding of IEEE 754: halves go to the even neighbour (2^-10 s is 976562.5 ns).
        for (seconds, nanos) in [(1.4e-9, 1), (1.6e-9, 2), (0.0, 0), (30.0, 30_000_000_000)] {
            assert_eq!(Span::from_seconds(seconds).nanos(), nanos);
            assert_eq!(Span::from_seconds(-seconds).nanos(), -nanos);
        }
        let halves = [(1.0, 976_562), (3.0, 2_929_688), (5.0, 4_882_812)];
        for (count, nanos) in halves {
            assert_eq!(Span::from_seconds(count / 1024.0).nanos(), nanos);
            assert_eq!(Span::from_seconds(-count / 1024.0).nanos(), -nanos);
        }
        // Around 2^51 ns, where the way of rounding changes, and far beyond.
        let edge = (1_u64 << 51) as f64;
        for nanos in [edge - 1.0, edge - 0.5, edge, edge + 1.0, 4.0 * edge, 1000.0 * edge] {
            let seconds = nanos / 1e9;
            assert_eq!(Span::from_seconds(seconds).nanos(), libm::rint(seconds * 1e9) as i64);
            assert_eq!(Span::from_seconds(-seconds).nanos(), -libm::rint(seconds * 1e9) as i64);
        }
        for beyond in [f64::INFINITY, f64::NAN, 1e300] {
            assert_eq!(Span::from_seconds(beyond), LONGEST);
        }
        assert_eq!(Span::from_seconds(f64::NEG_INFINITY).nanos(), -LONGEST.nanos());
    }

    #[test]
    fn a_reader_sees_three_figures() {
        for (nanos, text) in [
            (0, "0s"),
            (348_505_440, "349ms"),
            (44_600_000_000, "44.6s"),
            (252_000_000_000, "4m 12s"),
            (3_900_000_000_000, "1h 05m"),
        ] {
            assert_eq!(Span::from_nanos(nanos).human(), text);
        }
    }
}
