//! The right-hand side of an objective: a comparison, and a limit with its unit.
//!
//! A limit is kept in the unit in which estimates are kept (seconds, shares, events per second), and
//! decimals are read to the nearest double: `99.9%` is 0.999 and not the quotient of 99.9 and 100.

use crate::units::probability::Share;
use crate::units::rate::Rate;
use crate::units::time::Span;
use std::fmt;

/// On which side of a limit a value must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// `<=`
    AtMost,
    /// `<`
    Below,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
}

/// A limit in the unit in which estimates are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The number: seconds, a share in `[0, 1]`, events per second, or a plain number.
    pub value: f64,
    /// Its unit.
    pub unit: LimitUnit,
}

/// The unit in which a limit was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitUnit {
    /// A duration.
    Seconds,
    /// A percentage.
    Share,
    /// A rate.
    PerSecond,
    /// A number without unit.
    Plain,
}

impl Limit {
    /// Reads a duration, a percentage, a rate or a plain number.
    ///
    /// # Errors
    /// A fragment that says what is wrong, for a diagnostic to place.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (value, unit) = if let Some(number) = text.strip_suffix('%') {
            // The nearest double to the decimal, where a division by 100 may miss it.
            let share = Share::parse(text)?.value();
            (percent(number).unwrap_or(share), LimitUnit::Share)
        } else if text.contains('/') {
            (Rate::parse(text)?.value(), LimitUnit::PerSecond)
        } else if is_number(text) {
            (finite(text).ok_or_else(|| format!("`{text}` is too large a number"))?, LimitUnit::Plain)
        } else {
            (Span::parse(text)?.seconds(), LimitUnit::Seconds)
        };
        Ok(Self { value, unit })
    }
}

/// Whether a text is made of digits with at most one point between or before them.
pub fn is_number(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.bytes().filter(|&b| b == b'.').count() <= 1
}

/// The hundredth part of a decimal number, correctly rounded.
pub fn percent(digits: &str) -> Option<f64> {
    format!("{digits}e-2").parse().ok()
}

/// A fraction as the shortest percentage that reads back as the same fraction.
pub fn as_percent(fraction: f64) -> f64 {
    format!("{fraction}e2").parse().unwrap_or(fraction * 100.0)
}

fn finite(digits: &str) -> Option<f64> {
    digits.parse().ok().filter(|value: &f64| value.is_finite())
}

impl fmt::Display for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtMost => "<=",
            Self::Below => "<",
            Self::AtLeast => ">=",
            Self::Above => ">",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            LimitUnit::Seconds => Span::from_seconds(self.value).fmt(f),
            LimitUnit::Share => write!(f, "{}%", as_percent(self.value)),
            LimitUnit::PerSecond => write!(f, "{}/s", self.value),
            LimitUnit::Plain => write!(f, "{}", self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_to_the_nearest_double_and_written_back() {
        // 99.9 / 100 is 0.9990000000000001 in doubles, and 0.07 * 100 is 7.000000000000001.
        for (digits, fraction, written) in [("99.9", 0.999, "99.9"), ("7", 0.07, "7"), ("99.999", 0.999_99, "99.999")] {
            assert_eq!(percent(digits), Some(fraction));
            assert_eq!(as_percent(fraction).to_string(), written);
        }
    }

    #[test]
    fn a_number_has_digits_and_at_most_one_point() {
        for (text, expected) in [("3", true), ("0.5", true), (".5", true), ("5.", false), ("1.2.3", false), ("", false)]
        {
            assert_eq!(is_number(text), expected, "{text}");
        }
        assert!(Limit::parse(&"9".repeat(400)).is_err());
    }
}
