//! What every family of delay laws can say of itself.
//!
//! Numbers are seconds here; whole nanoseconds begin where a delay is drawn (`law.rs`). A family is valid by
//! construction: its constructors refuse parameters that make no law, in words that end with the remedy.

use crate::units::time::Span;
use std::fmt;

/// A law of positive delays in seconds, written as scenarios write it (`Display`).
pub trait Family: fmt::Display {
    /// The delay that is not exceeded with probability `p`, where `p` lies in `[0, 1]`.
    fn quantile(&self, p: f64) -> f64;
    /// The probability of a delay of at most `x` seconds.
    fn cdf(&self, x: f64) -> f64;
    /// The mean, or `None` where the tail is too heavy to have one.
    fn mean(&self) -> Option<f64>;
    /// The shortest delay.
    fn min(&self) -> f64 {
        0.0
    }
    /// The longest delay, or `None` where there is none.
    fn max(&self) -> Option<f64> {
        None
    }
}

/// Accepts a parameter that must be positive and finite.
///
/// # Errors
/// A fragment that names the parameter.
pub fn positive(name: &str, value: f64) -> Result<f64, String> {
    if value > 0.0 && value.is_finite() {
        return Ok(value);
    }
    Err(format!("{name} is {value}; it must be above zero and finite"))
}

/// Accepts a parameter that is a length of time, zero allowed.
///
/// # Errors
/// A fragment that names the parameter.
pub fn length(name: &str, seconds: f64) -> Result<f64, String> {
    if (0.0..=crate::units::time::LONGEST.seconds()).contains(&seconds) {
        return Ok(seconds);
    }
    Err(format!("{name} is {seconds} seconds; a delay lies between 0 s and a hundred years"))
}

/// A duration to six figures, as scenarios write it: `4m`, `1m9.282s`, `412.5ms`.
pub fn shown_seconds(seconds: f64) -> String {
    const UNITS: [(&str, f64); 3] = [("d", 86_400.0), ("h", 3_600.0), ("m", 60.0)];
    if seconds < 1e-9 {
        return "0s".into();
    }
    if seconds < 1.0 {
        let (unit, size) = if seconds < 1e-6 {
            ("ns", 1e9)
        } else if seconds < 1e-3 {
            ("us", 1e6)
        } else {
            ("ms", 1e3)
        };
        return format!("{}{unit}", shown_number(seconds * size));
    }
    let digits = usize::try_from(5 - libm::floor(libm::log10(seconds)) as i64).unwrap_or(0);
    let mut rest: f64 = format!("{seconds:.digits$}").parse().unwrap_or(seconds);
    let mut text = String::new();
    for (unit, size) in UNITS {
        let count = libm::floor(rest / size);
        if count > 0.0 {
            text += &format!("{count}{unit}");
            rest -= count * size;
        }
    }
    let seconds = trimmed(format!("{rest:.digits$}"));
    if seconds == "0" { text } else { text + &seconds + "s" }
}

/// A plain number to six figures: `0.8`, `1.38629`.
pub fn shown_number(value: f64) -> String {
    let magnitude = libm::floor(libm::log10(value.abs().max(1e-9))) as i64;
    trimmed(format!("{value:.digits$}", digits = usize::try_from(5 - magnitude).unwrap_or(0)))
}

/// The nearest representable span, for a reader.
pub fn human(seconds: f64) -> String {
    Span::from_seconds(seconds).human()
}

fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_as_it_would_be_written() {
        for (seconds, text) in [
            (0.0, "0s"),
            (5.0, "5s"),
            (240.0, "4m"),
            (69.282_032_3, "1m9.282s"),
            (0.412_5, "412.5ms"),
            (0.000_02, "20us"),
            (3e-9, "3ns"),
            (5_400.0, "1h30m"),
            (59.999_999_9, "1m"),
            (90_061.0, "1d1h1m1s"),
            (3_153_600_000.0, "36500d"),
            (1.0 / 3.0, "333.333ms"),
        ] {
            assert_eq!(shown_seconds(seconds), text);
            let read = Span::parse(text).expect("it is written as scenarios write it").seconds();
            assert!((read - seconds).abs() <= 1e-5 * seconds, "{text}");
        }
    }

    #[test]
    fn a_number_is_shown_to_six_figures() {
        assert_eq!([0.8, 2.0, 1.386_294_4, 1234.0, 0.05].map(shown_number), ["0.8", "2", "1.38629", "1234", "0.05"]);
    }

    #[test]
    fn a_parameter_out_of_its_range_is_refused() {
        assert!(positive("mean", 0.0).is_err() && positive("mean", f64::NAN).is_err());
        assert!(length("min", -1.0).is_err() && length("min", 4e9).is_err() && length("min", 0.0).is_ok());
    }
}
