//! How 64 random bits become a number, an index or a phase.
//!
//! Each conversion takes one word and rises with it, as the inverse of a distribution function does: two
//! settings compared on the same word stay in step.

use crate::units::time::Span;

/// A number in (0, 1), open at both ends: an odd multiple of 2^-53, so that its complement is one too.
#[inline]
pub fn open_unit(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    // Signed, because processors turn only those into numbers in one step.
    ((bits >> 12 << 1) | 1).cast_signed() as f64 * STEP
}

/// A whole number in `0..n`: the uniform number times `n`, rounded down. None of them is favoured by more than `n` in
/// 2^64.
#[inline]
pub fn index(bits: u64, n: u64) -> u64 {
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}

/// A phase in `[0, period)`, to the nanosecond; no time at all where the period is none.
#[inline]
pub fn phase(bits: u64, period: Span) -> Span {
    Span::from_nanos(index(bits, period.nanos().max(0).unsigned_abs()).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_interval_is_open_at_both_ends() {
        // The smallest and the largest odd multiple of 2^-53 below one, exactly.
        assert_eq!(open_unit(0), 2.0_f64.powi(-53));
        assert_eq!(open_unit(u64::MAX), 1.0 - 2.0_f64.powi(-53));
        assert_eq!(open_unit(1 << 63), 0.5 + 2.0_f64.powi(-53));
    }

    #[test]
    fn an_index_is_the_uniform_number_times_n_rounded_down() {
        // Thirds of the range of a word: 2^64 / 3 lies between two words.
        let third = u64::MAX / 3;
        assert_eq!([0, third, third + 1, u64::MAX].map(|bits| index(bits, 3)), [0, 0, 1, 2]);
    }

    #[test]
    fn a_phase_stays_below_its_period_and_keeps_step_with_it() {
        assert_eq!(phase(u64::MAX, Span::from_nanos(10)), Span::from_nanos(9));
        assert_eq!(phase(1 << 62, Span::SECOND), Span::from_nanos(250_000_000));
        assert_eq!(phase(1 << 62, Span::ZERO), Span::ZERO);
    }
}
