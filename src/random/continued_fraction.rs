//! Continued fractions, from the front until the value settles (the modified Lentz method).
//!
//! Source: Thompson and Barnett, "Coulomb and Bessel functions of complex arguments and order", J. Comput. Phys. 64
//! (1986), section 5.1; see also DLMF section 3.10.

/// The value of `b0 + a1/(b1 + a2/(b2 + ...))`, where `term(n)` is `(an, bn)` for `n` from 1.
pub fn value(b0: f64, term: impl Fn(f64) -> (f64, f64)) -> f64 {
    /// Stands in for a denominator of zero, far below anything that matters.
    const TINY: f64 = 1e-300;
    let nonzero = |x: f64| if x == 0.0 { TINY } else { x };
    let mut value = nonzero(b0);
    let mut c = value;
    let mut d = 0.0;
    for n in 1..100_000_u32 {
        let (a, b) = term(f64::from(n));
        d = 1.0 / nonzero(b + a * d);
        c = nonzero(b + a / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 3e-16 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_all_the_way_down_give_the_golden_ratio() {
        // x = 1 + 1/x has the positive root (1 + sqrt 5) / 2.
        assert!((value(1.0, |_| (1.0, 1.0)) - 1.618_033_988_749_895).abs() < 1e-15);
    }

    #[test]
    fn the_fraction_of_the_tangent_is_its_value() {
        // tan z = z/(1 - z^2/(3 - z^2/(5 - ...))), DLMF 4.25.1; tan 1 = 1.5574077246549022.
        let found = value(0.0, |n| (if n == 1.0 { 1.0 } else { -1.0 }, 2.0 * n - 1.0));
        assert!((found - 1.557_407_724_654_902_2).abs() < 1e-14, "{found}");
    }
}
