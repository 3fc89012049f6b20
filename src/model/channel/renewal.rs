//! Renewals: when something that has happened again and again for ever, like a restart, happens next.
//!
//! The time left at a moment that knows nothing of the last one is not drawn from the law of the gaps: long gaps are
//! met more often, and the moment falls anywhere in them. So gaps are followed from long before, from a start that
//! is spread evenly over a mean gap: exact for a steady pace, whose phase that makes uniform, and for
//! memoryless gaps; for others as close as the renewals in between make it.

use crate::random::law::{Delay, Law};
use crate::random::stream::Stream;
use crate::units::time::{Moment, Span};

/// Mean gaps that are followed before the moment in question.
const GAPS_BACK: f64 = 20.0;

/// Gaps that are drawn at most: with a heavy tail, most of them are far shorter than their mean.
const MOST_GAPS: u32 = 10_000;

/// The first renewal after `from`; none if it never comes. Gaps without a mean are counted from `from` itself.
pub fn first_after(from: Moment, gaps: &Law, chance: &mut Stream) -> Option<Moment> {
    let mean = gaps.mean_seconds().filter(|mean| mean.is_finite() && *mean > 0.0);
    let phase = chance.uniform();
    let mut at = match mean {
        Some(mean) => from - Span::from_seconds(mean * (GAPS_BACK + phase)),
        None => from,
    };
    for _ in 0..MOST_GAPS {
        at = next(at, gaps, chance)?;
        if at > from {
            return Some(at);
        }
    }
    next(from, gaps, chance)
}

/// The renewal after the one at `at`; none if it never comes.
pub fn next(at: Moment, gaps: &Law, chance: &mut Stream) -> Option<Moment> {
    match gaps.sample(chance) {
        Delay::After(gap) => Some(at + gap.max(Span::from_nanos(1))),
        Delay::Never => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::law_text::LawText;
    use crate::random::purpose::Purpose;
    use crate::random::stream::{Seed, Trial};

    fn law(text: &str) -> Law {
        LawText::parse(text).expect("a law").resolve(|_, _| Err("no file".into())).expect("a law")
    }

    /// Mean time, in seconds, from 1000 s to the first renewal after it.
    fn mean_left(gaps: &str) -> f64 {
        let law = law(gaps);
        let from = Moment::from_nanos(1_000_000_000_000);
        let left = (0..20_000).map(|trial| {
            let mut chance = Trial::new(Seed(1), trial).open(Purpose::RestartTimes, 0);
            first_after(from, &law, &mut chance).expect("it comes").since(from).seconds()
        });
        left.sum::<f64>() / 20_000.0
    }

    #[test]
    fn the_time_left_is_half_the_mean_square_of_a_gap_over_its_mean() {
        // E[X^2] / (2 E[X]): 30 s for a steady 60 s; 60 s for a memoryless mean of 60 s; for 0..120 s uniform
        // (120^2 / 3) / 120 = 40 s. Twenty thousand draws of standard deviation below 60 s err by 0.43 s.
        for (gaps, expected) in [("60s", 30.0), ("exponential(mean=60s)", 60.0), ("0s..120s", 40.0)] {
            let found = mean_left(gaps);
            assert!((found - expected).abs() < 1.7, "{gaps}: {found} instead of {expected}");
        }
    }

    #[test]
    fn what_may_never_come_again_counts_from_the_moment_itself() {
        let mut chance = Trial::new(Seed(1), 1).open(Purpose::RestartTimes, 0);
        assert_eq!(first_after(Moment::ZERO, &law("never"), &mut chance), None);
    }
}
