//! One delay law without branches: the closed list of families behind one face.
//!
//! Matched statically where delays are drawn. Every quantile is cut at the longest span there is
//! ([`LONGEST`]), and the distribution function agrees with that.

use crate::random::bounded::{Constant, Pert, Triangular, Uniform};
use crate::random::empirical::Empirical;
use crate::random::family::Family;
use crate::random::gamma::Gamma;
use crate::random::tailed::{Exponential, Lognormal, Pareto, Weibull};
use crate::units::time::LONGEST;
use std::fmt;

/// A law of delays that always end; each family is documented with its type.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant holds the type of its name")]
pub enum Shape {
    Constant(Constant),
    Uniform(Uniform),
    Exponential(Exponential),
    Lognormal(Lognormal),
    Weibull(Weibull),
    Gamma(Gamma),
    Pareto(Pareto),
    Triangular(Triangular),
    Pert(Pert),
    Empirical(Empirical),
}

impl Shape {
    /// The seconds that are not exceeded with probability `p`, for `p` in `[0, 1]`.
    #[inline]
    pub fn quantile(&self, p: f64) -> f64 {
        let seconds = match self {
            Self::Constant(law) => law.quantile(p),
            Self::Uniform(law) => law.quantile(p),
            Self::Exponential(law) => law.quantile(p),
            Self::Lognormal(law) => law.quantile(p),
            Self::Weibull(law) => law.quantile(p),
            Self::Gamma(law) => law.quantile(p),
            Self::Pareto(law) => law.quantile(p),
            Self::Triangular(law) => law.quantile(p),
            Self::Pert(law) => law.quantile(p),
            Self::Empirical(law) => law.quantile(p),
        };
        seconds.min(LONGEST.seconds())
    }

    /// The probability of a delay of at most `seconds`.
    pub fn cdf(&self, seconds: f64) -> f64 {
        if seconds >= LONGEST.seconds() { 1.0 } else { self.family().cdf(seconds) }
    }

    /// The mean in seconds before any cut, or `None` where the tail is too heavy to have one.
    pub fn mean(&self) -> Option<f64> {
        self.family().mean()
    }

    /// The shortest delay in seconds.
    pub fn min(&self) -> f64 {
        self.family().min().min(LONGEST.seconds())
    }

    /// The longest delay in seconds, or `None` where there is none.
    pub fn max(&self) -> Option<f64> {
        self.family().max()
    }

    fn family(&self) -> &dyn Family {
        match self {
            Self::Constant(law) => law,
            Self::Uniform(law) => law,
            Self::Exponential(law) => law,
            Self::Lognormal(law) => law,
            Self::Weibull(law) => law,
            Self::Gamma(law) => law,
            Self::Pareto(law) => law,
            Self::Triangular(law) => law,
            Self::Pert(law) => law,
            Self::Empirical(law) => law,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.family().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::purpose::Purpose;
    use crate::random::stream::{Seed, Trial};

    /// A law, its mean, its standard deviation, and its quantiles at [`SHARES`], all from the closed forms or, for
    /// gamma and PERT, from the incomplete functions, worked out to 30 digits with mpmath.
    type Known = (Shape, f64, f64, [f64; 4]);

    const SHARES: [f64; 4] = [0.05, 0.5, 0.9, 0.99];

    #[rustfmt::skip]
    fn known() -> Vec<Known> {
        fn law<T>(made: Result<T, String>, shape: fn(T) -> Shape) -> Shape {
            shape(made.expect("valid parameters"))
        }
        vec![
            (law(Uniform::new(1.0, 3.0), Shape::Uniform), 2.0, 0.577_350_269_189_625_7, [1.1, 2.0, 2.8, 2.98]),
            (law(Exponential::new(10.0), Shape::Exponential), 10.0, 10.0, [0.512_932_943_875_505_4, 6.931_471_805_599_453, 23.025_850_929_940_457, 46.051_701_859_880_914]),
            (law(Lognormal::new(4.0, 0.8), Shape::Lognormal), 5.508_511_057_343_829, 5.215_605_577_517_272, [1.072_949_565_796_908_1, 4.0, 11.151_071_740_996_008, 25.722_668_870_946_43]),
            (law(Weibull::new(1.5, 5.0), Shape::Weibull), 4.513_726_464_754_668, 3.064_678_958_773_382, [0.690_256_332_781_420_8, 3.916_098_843_873_257, 8.718_607_567_982_058, 13.839_926_825_112_624]),
            (law(Gamma::new(2.5, 5.0), Shape::Gamma), 5.0, 3.162_277_660_168_379_5, [1.145_476_226_061_769_2, 4.351_460_191_095_527, 9.236_356_899_781_118, 15.086_272_469_388_991]),
            (law(Gamma::new(0.5, 5.0), Shape::Gamma), 5.0, 7.071_067_811_865_475_5, [0.019_660_700_000_097_613, 2.274_682_115_597_863_6, 13.527_717_270_477_073, 33.174_483_005_106_076]),
            (law(Pareto::new(1.0, 2.5), Shape::Pareto), 1.666_666_666_666_666_7, 1.490_711_984_999_859_8, [1.020_729_244_829_137_6, 1.319_507_910_772_894_2, 2.511_886_431_509_58, 6.309_573_444_801_932_5]),
            (law(Triangular::new(0.0, 4.0, 10.0), Shape::Triangular), 4.666_666_666_666_667, 2.054_804_667_656_325_6, [std::f64::consts::SQRT_2, 4.522_774_424_948_339, 7.550_510_257_216_822, 9.225_403_330_758_517]),
            (law(Pert::new(1.0, 3.0, 10.0), Shape::Pert), 3.833_333_333_333_333_5, 1.579_883_459_636_104_2, [1.598_581_348_237_896, 3.638_532_776_608_697, 6.064_204_993_802_897, 7.857_108_663_040_703]),
        ]
    }

    #[test]
    fn means_and_quantiles_are_those_of_the_closed_forms() {
        for (law, mean, _, quantiles) in known() {
            assert!((law.mean().expect("finite") / mean - 1.0).abs() < 1e-13, "mean of {law}");
            for (share, quantile) in SHARES.into_iter().zip(quantiles) {
                assert!((law.quantile(share) / quantile - 1.0).abs() < 1e-12, "{law} at {share}");
                assert!((law.cdf(quantile) / share - 1.0).abs() < 1e-12, "{law} at {quantile}");
            }
        }
    }

    #[test]
    fn draws_have_the_mean_and_the_quantiles_of_their_law() {
        // n = 20000. The mean of n draws errs by sd / sqrt(n); the count of draws at or below the quantile of p by
        // sqrt(n p (1 - p)). Five of either: a right law misses one of the 45 bounds once in some 40,000 seeds.
        const N: u32 = 20_000;
        let n = f64::from(N);
        for (place, (law, mean, deviation, quantiles)) in (0..).zip(known()) {
            let mut stream = Trial::new(Seed(20), 0).open(Purpose::StepDelay, place);
            let drawn: Vec<f64> = (0..N).map(|_| law.quantile(stream.uniform())).collect();
            let found = drawn.iter().sum::<f64>() / n;
            assert!((found - mean).abs() < 5.0 * deviation / n.sqrt(), "{law}: mean {found} against {mean}");
            for (share, quantile) in SHARES.into_iter().zip(quantiles) {
                let below = drawn.iter().filter(|&&seconds| seconds <= quantile).count() as f64;
                let error = (n * share * (1.0 - share)).sqrt();
                assert!((below - n * share).abs() < 5.0 * error, "{law}: {below} of {n} draws up to {quantile}");
            }
        }
    }

    #[test]
    fn the_distribution_function_takes_the_quantile_back() {
        // Relative to the smaller tail, beside the rounding of 1 - p and of a value near a lower bound: 1e-15.
        for (law, ..) in known() {
            for p in [1e-9, 1e-3, 0.05, 0.25, 0.5, 0.75, 0.99, 0.999_999, 1.0 - 1e-9] {
                let back = law.cdf(law.quantile(p));
                assert!((back - p).abs() < 1e-11 * p.min(1.0 - p) + 1e-15, "{law} at {p}: {back}");
            }
        }
    }

    #[test]
    fn a_greater_number_never_gives_a_smaller_delay() {
        for (law, ..) in known() {
            let delays: Vec<f64> = (1..20_000).map(|step| law.quantile(f64::from(step) / 20_000.0)).collect();
            assert!(delays.windows(2).all(|pair| pair[0] <= pair[1]), "{law}");
            let inside = |seconds: f64| seconds >= law.min() && law.max().is_none_or(|max| seconds <= max);
            assert!(inside(law.quantile(0.0)) && inside(delays[0]) && inside(law.quantile(1.0)), "{law}");
        }
    }

    #[test]
    fn no_quantile_is_longer_than_the_longest_span() {
        // The Pareto law of shape 0.1 has its p99 at 100^10 seconds, far beyond a hundred years; its p50 at 2^10.
        let law = Shape::Pareto(Pareto::new(1.0, 0.1).expect("valid"));
        assert_eq!(law.quantile(0.99), LONGEST.seconds());
        assert_eq!(law.cdf(LONGEST.seconds()), 1.0);
        assert!((law.cdf(1024.0) - 0.5).abs() < 1e-14);
    }
}
