//! Rates of events, kept per second.

use crate::units::time::{NoSpan, Span};
use std::fmt;

/// Events per second, positive and finite.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// A rate, or `None` unless positive and at most a thousand million a second.
    pub fn per_second(value: f64) -> Option<Self> {
        (value > 0.0 && value <= 1e9).then_some(Self(value))
    }

    /// Events per second.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// The mean time between two events, in seconds.
    pub fn mean_gap_seconds(self) -> f64 {
        1.0 / self.0
    }

    /// Reads `2/s`, `30/m`, `100/h`, `1/d` or `1/90s` (events per any duration).
    ///
    /// # Errors
    /// A fragment that says what is wrong, for a diagnostic to place.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a rate; write a count per unit of time, for example `2/s` or `30/h`");
        let (count, unit) = text.trim().split_once('/').ok_or_else(wrong)?;
        let plain = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let count: f64 = count.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        let unit = unit.trim();
        let per = if unit.starts_with(|c: char| c.is_ascii_digit()) {
            Span::read(unit)
        } else {
            Span::read(&format!("1{unit}"))
        };
        let per = per.map_err(|fault| match fault {
            NoSpan::NotUnderstood => wrong(),
            NoSpan::TooLong => format!("`{text}` is less than one in a hundred years; write for example `1/365d`"),
        })?;
        let per = per.seconds();
        Self::per_second(count / per).ok_or_else(|| {
            format!("`{text}` is not above zero, or is more than a thousand million a second; write for example `2/s`")
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_count_per_unit_of_time() {
        assert_eq!(Rate::parse("2/s").map(Rate::value), Ok(2.0));
        assert_eq!(Rate::parse("30/m").map(Rate::value), Ok(0.5));
        assert_eq!(Rate::parse("1/4s").map(Rate::value), Ok(0.25));
        for text in ["2", "0/s", "-1/s", "2/", "/s", "1e3/s", "2/0s", "9999999999/s"] {
            assert!(Rate::parse(text).is_err(), "{text} was accepted");
        }
    }
}
