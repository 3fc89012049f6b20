//! Where the end of an interval passes a level that it goes on to be beyond, but for the first steps of a curve.
//!
//! After few ends the interval of a curve is wide, and its lower end may pass the level and rise above it again; after
//! more of them it only falls. So the first steps are looked through, and the others are bisected.

use std::ops::Range;

/// So many are looked through one by one.
const LOOKED_THROUGH: u64 = 2000;

/// The first number in a range for which something holds, that goes on to hold once it does but perhaps for the first
/// ones; the end of the range if there is none.
pub fn first_of(range: Range<u64>, holds: impl Fn(u64) -> bool) -> u64 {
    let looked_through = range.end.min(range.start + LOOKED_THROUGH);
    if let Some(first) = (range.start..looked_through).find(|number| holds(*number)) {
        return first;
    }
    let (mut from, mut to) = (looked_through, range.end);
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_early_and_rises_again_is_found_and_so_is_what_passes_late() {
        // Among the first it holds at 3 alone, else from 7000 on.
        assert_eq!(first_of(0..10_000, |number| number == 3 || number >= 7000), 3);
        assert_eq!(first_of(4..10_000, |number| number == 3 || number >= 7000), 7000);
        assert_eq!((first_of(1..50, |_| false), first_of(1..50_000, |_| false)), (50, 50_000));
        assert_eq!(first_of(5..5, |_| true), 5);
    }
}
