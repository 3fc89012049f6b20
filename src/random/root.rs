//! Where a rising function of positive numbers reaches its goal.
//!
//! Both searches end after a bounded number of steps on any input and give the same bits everywhere. They halve an
//! interval by its bit pattern: positive doubles are ordered as their patterns are, so sixty-odd halvings reach
//! neighbours from any start, whether the interval spans ulps or hundreds of orders of magnitude.

/// The smallest double in `[low, high]` at which `reached` holds, for a test that stays true once it is; `high`
/// where it never holds. Both ends are at least zero.
pub fn smallest(low: f64, high: f64, reached: impl Fn(f64) -> bool) -> f64 {
    if reached(low) {
        return low;
    }
    let (mut before, mut after) = (low, high);
    loop {
        let middle = halfway(before, after);
        if middle == before {
            return after;
        }
        if reached(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
}

/// The zero of a rising function in `[low, high]` by Newton's method, kept inside the interval by halving. The function
/// returns its value and its slope. Accurate to what the function's own rounding allows.
pub fn zero(start: f64, low: f64, high: f64, function: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut before, mut after) = (low, high);
    let mut x = start;
    let mut last_step = f64::INFINITY;
    for _ in 0..200 {
        let (value, slope) = function(x);
        if value == 0.0 {
            return x;
        }
        if value > 0.0 {
            after = x;
        } else {
            before = x;
        }
        let newton = x - value / slope;
        let step = (newton - x).abs();
        if newton > before && newton < after {
            // Once steps are small and no longer shrink, only rounding is left.
            if step <= 1e-15 * x || (step < 1e-9 * x && step > 0.5 * last_step) {
                return newton;
            }
            if step <= 0.5 * last_step {
                (x, last_step) = (newton, step);
                continue;
            }
        }
        let middle = halfway(before, after);
        // A small step that leads out of the interval by no more than a rounding has found the zero at its end.
        let end = if newton <= before { before } else { after };
        let outside = newton <= before || newton >= after;
        let at_end = outside && step < 1e-9 * x && (newton - end).abs() <= 1e-14 * end;
        if at_end || middle == before {
            return end;
        }
        (x, last_step) = (middle, (middle - x).abs());
    }
    x
}

fn halfway(low: f64, high: f64) -> f64 {
    f64::from_bits(low.to_bits() + (high.to_bits() - low.to_bits()) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_double_is_found_to_the_last_bit() {
        // x * x >= 2 first holds at the double just above or at the root of two, from any interval.
        let found = smallest(0.0, f64::INFINITY, |x| x * x >= 2.0);
        assert!(found * found >= 2.0 && found.next_down() * found.next_down() < 2.0);
        assert_eq!(smallest(3.0, 5.0, |x| x >= 1.0), 3.0);
        assert_eq!(smallest(3.0, 5.0, |_| false), 5.0);
        assert_eq!(smallest(0.0, 1.0, |x| x >= 1e-300), 1e-300);
    }

    #[test]
    fn newton_is_kept_inside_its_interval() {
        // The slope of the arc tangent misleads Newton's method from 50; its zero shifted to 3 is still found.
        let function = |x: f64| (libm::atan(x - 3.0), 1.0 / (1.0 + (x - 3.0) * (x - 3.0)));
        let found = zero(50.0, 0.0, 1e9, function);
        assert!((found - 3.0).abs() < 1e-14, "{found}");
    }
}
