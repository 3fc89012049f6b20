//! Shares of one: probabilities, losses, confidence levels.

use std::fmt;

/// A number in `[0, 1]`, written in scenarios as a percentage (`2%`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// Never.
    pub const NONE: Self = Self(0.0);
    /// Always.
    pub const ALL: Self = Self(1.0);

    /// A share, or `None` outside `[0, 1]`.
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The share as a number in `[0, 1]`.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// Reads `2%` or `99.9%`.
    ///
    /// # Errors
    /// A fragment that says what is wrong, for a diagnostic to place.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let number = text
            .strip_suffix('%')
            .ok_or_else(|| format!("`{text}` is not a share; write it with a percent sign, for example `2%`"))?;
        let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let percent: f64 = number
            .parse()
            .ok()
            .filter(|_| plain)
            .ok_or_else(|| format!("`{text}` is not a share; write for example `2%`"))?;
        Self::new(percent / 100.0)
            .ok_or_else(|| format!("`{text}` is more than 100%; a share lies between 0% and 100%"))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = format!("{:.6}", self.0 * 100.0);
        write!(f, "{}%", percent.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_needs_its_percent_sign_and_stays_below_one() {
        assert_eq!(Share::parse("2%").map(Share::value), Ok(0.02));
        for text in ["2", "0.02", "101%", "-1%", "NaN%", "inf%", "%", "1e1%"] {
            assert!(Share::parse(text).is_err(), "{text} was accepted");
        }
    }
}
