//! The standard normal law: its distribution function and the inverse, to about 16 figures.
//!
//! The inverse is what makes one uniform number one lognormal delay, rising with it. Source: Wichura, "Algorithm AS
//! 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), routine PPND16: ratios of
//! polynomials in three ranges, with its published coefficients.

/// The probability of a standard normal value at most `z`.
pub fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The value that a standard normal one does not exceed with probability `p`; infinite at 0 and 1.
pub fn quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.425 * 0.425 - q * q;
        return q * polynomial(&CENTRE_OVER, r) / polynomial(&CENTRE_UNDER, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = libm::sqrt(-libm::log(tail));
    let size = if r <= 5.0 {
        polynomial(&MIDDLE_OVER, r - 1.6) / polynomial(&MIDDLE_UNDER, r - 1.6)
    } else {
        polynomial(&FAR_OVER, r - 5.0) / polynomial(&FAR_UNDER, r - 5.0)
    };
    if q < 0.0 { -size } else { size }
}

/// Horner's rule; the constant term comes first.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const CENTRE_OVER: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_UNDER: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const MIDDLE_OVER: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    0.000_774_545_014_278_341_4,
];
const MIDDLE_UNDER: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    0.000_547_593_808_499_534_5,
    1.050_750_071_644_416_9e-9,
];
const FAR_OVER: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_UNDER: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    0.000_786_869_131_145_613_3,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_7e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Roots of erfc(-z / sqrt 2) = 2p, worked out to 40 digits with mpmath.
    const TABLE: [(f64, f64); 12] = [
        (1e-300, -37.047_096_299_361_2),
        (1e-30, -11.464_024_688_443_615),
        (1.110_223_024_625_156_5e-16, -8.209_536_151_601_387),
        (1e-10, -6.361_340_902_404_056),
        (0.001, -3.090_232_306_167_813_5),
        (0.0749, -1.440_238_267_527_963_7),
        (0.0751, -1.438_825_392_752_54),
        (0.4, -0.253_347_103_135_799_7),
        (0.75, 0.674_489_750_196_081_7),
        (0.95, 1.644_853_626_951_472_3),
        (0.99, 2.326_347_874_040_840_8),
        (0.9999, 3.719_016_485_455_708_4),
    ];

    #[test]
    fn the_quantile_agrees_with_a_table_to_fifteen_figures() {
        for (p, z) in TABLE {
            assert!((quantile(p) / z - 1.0).abs() < 1e-15, "at {p}: {} against {z}", quantile(p));
        }
        assert_eq!([quantile(0.0), quantile(0.5), quantile(1.0)], [f64::NEG_INFINITY, 0.0, f64::INFINITY]);
    }

    #[test]
    fn the_distribution_function_takes_the_table_back() {
        // A relative error e of z becomes one of about z * z * e in a far tail: 1370 roundings at -37.
        for (p, z) in TABLE {
            assert!((cdf(z) / p - 1.0).abs() < 1e-12, "at {z}: {} against {p}", cdf(z));
        }
    }

    #[test]
    fn the_quantile_rises_across_the_seams_of_its_three_ranges() {
        for seam in [0.075, 0.925, libm::exp(-25.0)] {
            let around = (-200..=200).map(|step| quantile(seam * (1.0 + f64::from(step) * 1e-15)));
            let values: Vec<f64> = around.collect();
            assert!(values.windows(2).all(|pair| pair[1] >= pair[0] - 4e-16 * pair[0].abs()), "near {seam}");
        }
    }
}
