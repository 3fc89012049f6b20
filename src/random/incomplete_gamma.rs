//! The gamma law of scale 1: both tails of its distribution function, and the inverse.
//!
//! Accurate to about 13 figures in the smaller tail for shapes from 0.01 to a million, built on `libm` alone, so that
//! platforms agree. Sources: DLMF 8.11.4 (series), 8.9.2 (continued fraction), 5.11.1 (Stirling's series).

use crate::random::continued_fraction;
use crate::random::normal;
use crate::random::root;

/// The probabilities of a value at most `x` and above `x`, each without cancellation.
pub fn tails(shape: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        (0.0, 1.0)
    } else if x < shape + 1.0 {
        let below = weight(shape, x) * series(shape, x);
        (below, 1.0 - below)
    } else if x.is_infinite() {
        (1.0, 0.0)
    } else {
        let above = weight(shape, x) * shape / fraction(shape, x);
        (1.0 - above, above)
    }
}

/// The value that is not exceeded with probability `p`; 0 at 0 and infinite at 1.
pub fn quantile(shape: f64, p: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let start = first_guess(shape, p);
    if start == 0.0 {
        return 0.0; // Below the smallest double: a small shape raises p to a large power.
    }
    root::zero(start, 0.0, f64::INFINITY, |x| {
        let (below, above) = tails(shape, x);
        let excess = if p < 0.5 { below - p } else { (1.0 - p) - above };
        (excess, shape * weight(shape, x) / x)
    })
}

/// `x^shape e^-x / Gamma(shape + 1)`: the density times `x / shape`.
fn weight(shape: f64, x: f64) -> f64 {
    if shape < 16.0 {
        return libm::exp(shape * libm::log(x) - x - libm::lgamma(shape + 1.0));
    }
    // Around the mean the exponent is a small difference of large numbers: take the difference by hand.
    let off = (x - shape) / shape;
    let exponent = -shape * (off - libm::log1p(off)) - stirling(shape);
    libm::exp(exponent) / libm::sqrt(2.0 * std::f64::consts::PI * shape)
}

/// What Stirling's formula leaves out of `ln Gamma(a + 1)`, for `a` of at least 16.
fn stirling(a: f64) -> f64 {
    let square = a * a;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / a
}

/// `1 + x/(a+1) + x^2/((a+1)(a+2)) + ...`
fn series(shape: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut over) = (1.0, 1.0, shape);
    while term > sum * 1e-17 {
        over += 1.0;
        term *= x / over;
        sum += term;
    }
    sum
}

/// `x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))`
fn fraction(shape: f64, x: f64) -> f64 {
    continued_fraction::value(x + 1.0 - shape, |n| (-n * (n - shape), x + 2.0 * n + 1.0 - shape))
}

/// The cube of a normal value (Wilson and Hilferty), or the leading term of the series where that fails.
fn first_guess(shape: f64, p: f64) -> f64 {
    let ninth = 1.0 / (9.0 * shape);
    let root = 1.0 - ninth + normal::quantile(p) * libm::sqrt(ninth);
    let leading = libm::exp((libm::log(p) + libm::lgamma(shape + 1.0)) / shape);
    if root > 0.3 || leading > shape + 1.0 { shape * root.max(0.1) * root.max(0.1) * root.max(0.1) } else { leading }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tails_agree_with_a_table() {
        // Regularised incomplete gamma functions to 30 digits, worked out with mpmath.
        for (shape, x, below, above) in TABLE {
            let (found_below, found_above) = tails(shape, x);
            assert!((found_below / below - 1.0).abs() < 2e-13, "P({shape}, {x}) = {found_below} against {below}");
            assert!((found_above / above - 1.0).abs() < 2e-13, "Q({shape}, {x}) = {found_above} against {above}");
        }
    }

    #[test]
    fn shape_one_is_the_exponential_law() {
        // P(1, x) = 1 - e^-x, so the quantile is -ln(1 - p).
        for p in [1e-12, 1e-3, 0.5, 0.9, 0.999_999] {
            let exact = -libm::log1p(-p);
            assert!((quantile(1.0, p) / exact - 1.0).abs() < 1e-13, "at {p}");
        }
    }

    #[test]
    fn the_inverse_takes_the_distribution_function_back_over_seven_orders_of_shape() {
        // Relative to the smaller tail; 1 - p itself is known to 1e-16 only, which bounds the upper end. A value of x
        // known to one rounding moves a tail by its density: up to about sqrt(shape) roundings around the middle.
        for shape in [0.06, 0.1, 0.7, 1.0, 2.5, 15.9, 16.1, 300.0, 1e4, 1e6] {
            for p in [1e-15, 1e-6, 0.01, 0.3, 0.499_999, 0.5, 0.7, 0.95, 0.999, 1.0 - 1e-9] {
                let (below, above) = tails(shape, quantile(shape, p));
                let error = if p < 0.5 { below / p - 1.0 } else { above / (1.0 - p) - 1.0 };
                assert!(error.abs() < 3e-12, "shape {shape}, p {p}: {error}");
            }
        }
    }

    #[test]
    fn the_ends_are_the_ends() {
        assert_eq!((quantile(2.0, 0.0), quantile(2.0, 1.0)), (0.0, f64::INFINITY));
        // p^(1/shape) is 1e-1500 here, below the smallest double.
        assert_eq!(quantile(0.01, 1e-15), 0.0);
        assert_eq!((tails(2.0, 0.0), tails(2.0, f64::INFINITY)), ((0.0, 1.0), (1.0, 0.0)));
    }

    const TABLE: [(f64, f64, f64, f64); 12] = [
        (0.01, 1.0e-30, 0.504_047_272_859_995_4, 0.495_952_727_140_004_55),
        (0.01, 0.5, 0.994_373_243_806_032_9, 0.005_626_756_193_967_184_4),
        (0.5, 0.1, 0.345_279_153_981_423, 0.654_720_846_018_577),
        (0.5, 4.0, 0.995_322_265_018_952_7, 0.004_677_734_981_047_266),
        (2.5, 0.3, 0.011_996_757_205_906_266, 0.988_003_242_794_093_7),
        (2.5, 9.0, 0.997_053_595_412_119_7, 0.002_946_404_587_880_290_6),
        (15.5, 10.0, 0.064_196_379_258_845_58, 0.935_803_620_741_154_4),
        (16.5, 30.0, 0.997_233_188_204_922_1, 0.002_766_811_795_077_905),
        (300.0, 280.0, 0.122_607_282_671_143_14, 0.877_392_717_328_856_8),
        (300.0, 360.0, 0.999_473_171_786_234_3, 0.000_526_828_213_765_728_9),
        (1_000_000.0, 998_000.0, 0.022_696_114_006_736_802, 0.977_303_885_993_263_2),
        (1_000_000.0, 1_003_000.0, 0.998_638_259_353_782_4, 0.001_361_740_646_217_591_5),
    ];
}
