//! How long something takes: the law of a delay, which may also never end.
//!
//! A delay is the inverse distribution function of exactly one uniform number, so two settings compared on the same
//! stream stay in step (common random numbers). Within one law a greater number gives a greater delay. A
//! mixture splits its number: the part it falls into, and how far into it; parts lie in the order written, so
//! changing one part leaves the draws of the others as they were.

use crate::random::bounded::Constant;
use crate::random::root;
use crate::random::shape::Shape;
use crate::random::stream::Stream;
use crate::units::probability::Share;
use crate::units::time::{LONGEST, Span};

/// One drawn delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// It ends after this span, at least zero and at most [`LONGEST`].
    After(Span),
    /// It does not end.
    Never,
}

/// A law of delays, valid by construction.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// One law, whose delays all end.
    Plain(Shape),
    /// Several, each with a weight, and perhaps a share that never ends.
    Mixture(Mixture),
}

/// Weighted laws; the weights sum to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    parts: Vec<Part>,
    never: f64,
}

/// The uniform numbers from `start` to `start + weight` belong to this part; no shape means that the delay never ends.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    start: f64,
    weight: f64,
    shape: Option<Shape>,
}

impl Delay {
    /// The span, or `None` where the delay does not end.
    pub fn span(self) -> Option<Span> {
        match self {
            Self::After(span) => Some(span),
            Self::Never => None,
        }
    }
}

impl Law {
    /// No delay at all.
    pub const ZERO: Self = Self::Plain(Shape::Constant(Constant::ZERO));
}

impl From<Shape> for Law {
    fn from(shape: Shape) -> Self {
        Self::Plain(shape)
    }
}

impl Law {
    /// The law of a delay that never ends.
    pub fn never() -> Self {
        Self::Mixture(Mixture { parts: vec![Part { start: 0.0, weight: 1.0, shape: None }], never: 1.0 })
    }

    /// Weighted laws side by side; a mixture among them is spread out, and a part of no weight is left out.
    ///
    /// # Errors
    /// If the weights do not sum to 100 % within a thousand-millionth.
    pub fn mixture(laws: Vec<(Share, Self)>) -> Result<Self, String> {
        let sum = sum_of_weights(laws.iter().map(|(weight, _)| *weight))?;
        let mut parts = Vec::new();
        let mut start = 0.0;
        let mut add = |weight: f64, shape: Option<Shape>| {
            if weight > 0.0 {
                parts.push(Part { start, weight, shape });
                start += weight;
            }
        };
        for (weight, law) in laws {
            let weight = weight.value() / sum;
            match law {
                Self::Plain(shape) => add(weight, Some(shape)),
                Self::Mixture(inner) => {
                    inner.parts.into_iter().for_each(|part| add(weight * part.weight, part.shape));
                }
            }
        }
        if let [Part { shape: Some(shape), .. }] = parts.as_slice() {
            return Ok(Self::Plain(shape.clone()));
        }
        let never = parts.iter().filter(|part| part.shape.is_none()).map(|part| part.weight).sum();
        Ok(Self::Mixture(Mixture { parts, never }))
    }

    /// This law, except that a share of the delays never ends.
    pub fn or_never(self, share: Share) -> Self {
        let rest = Share::new(1.0 - share.value()).unwrap_or(Share::NONE);
        Self::mixture(vec![(rest, self), (share, Self::never())]).expect("a share and its rest sum to one")
    }

    /// One delay, from exactly one word of the stream.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> Delay {
        if let Self::Plain(Shape::Constant(_)) = self {
            stream.skip();
            // Any number gives the same.
            return self.at(0.5);
        }
        self.at(stream.uniform())
    }

    /// The delay of one uniform number in (0, 1).
    #[inline]
    pub fn at(&self, uniform: f64) -> Delay {
        match self {
            Self::Plain(shape) => Delay::After(Span::from_seconds(shape.quantile(uniform))),
            Self::Mixture(mixture) => mixture.at(uniform),
        }
    }

    /// The mean in seconds, or `None` where a delay may never end or the tail is too heavy to have one. Spans are cut
    /// at [`LONGEST`]; the mean does not know of that.
    pub fn mean_seconds(&self) -> Option<f64> {
        match self {
            Self::Plain(shape) => shape.mean(),
            Self::Mixture(mixture) => {
                mixture.parts.iter().map(|part| Some(part.weight * part.shape.as_ref()?.mean()?)).sum()
            }
        }
    }

    /// A span that no delay undercuts; the shortest delay where one exists.
    pub fn min(&self) -> Span {
        let shortest = self.shapes().map(|(_, shape)| shape.min()).fold(LONGEST.seconds(), f64::min);
        Span::from_seconds(shortest)
    }

    /// The longest delay, or `None` where there is none.
    pub fn max(&self) -> Option<Span> {
        if self.share_never().value() > 0.0 {
            return None;
        }
        self.shapes().try_fold(0.0, |longest, (_, shape)| Some(shape.max()?.max(longest))).map(Span::from_seconds)
    }

    /// The share of delays that never end.
    pub fn share_never(&self) -> Share {
        match self {
            Self::Plain(_) => Share::NONE,
            Self::Mixture(mixture) => Share::new(mixture.never).unwrap_or(Share::ALL),
        }
    }

    /// The least number of seconds that a share `p` of the delays do not exceed; `None` where so many never end.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let ending = 1.0 - self.share_never().value();
        if p > ending || ending == 0.0 {
            return None;
        }
        if let Self::Plain(shape) = self {
            return Some(shape.quantile(p));
        }
        // The quantile of the whole lies between those of its parts.
        let of_parts = || self.shapes().map(|(_, shape)| shape.quantile((p / ending).min(1.0)));
        let (low, high) = (of_parts().fold(f64::INFINITY, f64::min), of_parts().fold(0.0, f64::max));
        Some(root::smallest(low, high, |seconds| self.cdf(seconds) >= p))
    }

    /// The share of delays of at most `seconds`.
    pub fn cdf(&self, seconds: f64) -> f64 {
        self.shapes().map(|(weight, shape)| weight * shape.cdf(seconds)).sum()
    }

    /// The parts with their weights, in the order written; one without a shape never ends.
    pub fn parts(&self) -> impl Iterator<Item = (Share, Option<&Shape>)> {
        let share = |part: &Part| Share::new(part.weight.min(1.0)).unwrap_or(Share::ALL);
        let (plain, parts) = match self {
            Self::Plain(shape) => (Some((Share::ALL, Some(shape))), [].as_slice()),
            Self::Mixture(mixture) => (None, mixture.parts.as_slice()),
        };
        plain.into_iter().chain(parts.iter().map(move |part| (share(part), part.shape.as_ref())))
    }

    /// The laws of the delays that end, with their weights.
    fn shapes(&self) -> impl Iterator<Item = (f64, &Shape)> {
        self.parts().filter_map(|(weight, shape)| Some((weight.value(), shape?)))
    }
}

/// The sum of a mixture's weights, which is one but for rounding.
///
/// # Errors
/// If they do not sum to 100 % within a thousand-millionth.
pub fn sum_of_weights(weights: impl Iterator<Item = Share>) -> Result<f64, String> {
    let sum: f64 = weights.map(Share::value).sum();
    if (sum - 1.0).abs() <= 1e-9 {
        return Ok(sum);
    }
    let percent = libm::rint(sum * 1e9) / 1e7;
    Err(format!("the weights sum to {percent}%; make them sum to 100%"))
}

impl Mixture {
    fn at(&self, uniform: f64) -> Delay {
        const LEAST: f64 = f64::EPSILON / 2.0;
        let index = self.parts.partition_point(|part| part.start <= uniform).max(1) - 1;
        let part = &self.parts[index];
        match &part.shape {
            None => Delay::Never,
            Some(shape) => {
                let within = ((uniform - part.start) / part.weight).clamp(LEAST, 1.0 - LEAST);
                Delay::After(Span::from_seconds(shape.quantile(within)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::bounded::{Constant, Uniform};
    use crate::random::purpose::Purpose;
    use crate::random::stream::{Seed, Trial};
    use crate::random::tailed::Exponential;

    fn share(value: f64) -> Share {
        Share::new(value).expect("a share")
    }

    fn constant(seconds: f64) -> Law {
        Shape::Constant(Constant::new(seconds).expect("valid")).into()
    }

    fn uniform(min: f64, max: f64) -> Law {
        Shape::Uniform(Uniform::new(min, max).expect("valid")).into()
    }

    fn exponential(mean: f64) -> Law {
        Shape::Exponential(Exponential::new(mean).expect("valid")).into()
    }

    fn mix(parts: &[(f64, Law)]) -> Law {
        Law::mixture(parts.iter().map(|(weight, law)| (share(*weight), law.clone())).collect()).expect("weights of one")
    }

    /// 60 % exponential of mean 2, 30 % uniform from 10 to 20, 10 % never.
    fn mixed() -> Law {
        mix(&[(0.6, exponential(2.0)), (0.3, uniform(10.0, 20.0)), (0.1, Law::never())])
    }

    #[test]
    fn a_delay_takes_exactly_one_word_of_its_stream() {
        for law in [constant(1.0), exponential(1.0), mixed(), Law::never()] {
            let mut used = Trial::new(Seed(1), 1).open(Purpose::StepDelay, 1);
            let mut spared = used.clone();
            law.sample(&mut used);
            spared.uniform();
            assert_eq!(used.uniform(), spared.uniform(), "{law}");
        }
    }

    #[test]
    fn a_mixture_splits_one_number_over_its_parts_in_order() {
        // 0.3 lies half into the first part: the median of the exponential, 2 ln 2; 0.75 lies half into the second.
        let seconds = |uniform| mixed().at(uniform).span().map(Span::seconds);
        assert!((seconds(0.3).expect("the first part ends") - 2.0 * std::f64::consts::LN_2).abs() < 1e-8);
        assert!((seconds(0.75).expect("the second part ends") - 15.0).abs() < 1e-8);
        assert_eq!([mixed().at(0.900_001), mixed().at(1.0 - 1e-16)], [Delay::Never; 2]);
    }

    #[test]
    fn draws_of_a_mixture_have_its_shares_and_mean() {
        // n = 20000, bounds of five standard errors. Never: 10 %. At most 5 s: 0.6 (1 - e^-2.5) = 0.550749.
        // Ending delays: mean (0.6 * 2 + 0.3 * 15) / 0.9 = 6.3333; mean square (0.6 * 8 + 0.3 * 700/3) / 0.9 = 83.1111,
        // so the standard deviation is sqrt(83.1111 - 40.1111) = 6.5574.
        let n = 20_000.0_f64;
        let mut stream = Trial::new(Seed(3), 0).open(Purpose::StepDelay, 0);
        let law = mixed();
        let ended: Vec<f64> = (0..20_000).filter_map(|_| Some(law.sample(&mut stream).span()?.seconds())).collect();
        let count = ended.len() as f64;
        assert!((count - 0.9 * n).abs() < 5.0 * (n * 0.09).sqrt(), "{count}");
        let early = ended.iter().filter(|&&seconds| seconds <= 5.0).count() as f64;
        assert!((early - 0.550_749 * n).abs() < 5.0 * (n * 0.550_749 * 0.449_251).sqrt(), "{early}");
        let mean = ended.iter().sum::<f64>() / count;
        assert!((mean - 6.333_333).abs() < 5.0 * 6.557_4 / count.sqrt(), "{mean}");
    }

    #[test]
    fn the_quantile_of_a_mixture_is_that_of_the_whole() {
        let law = mixed();
        for p in [0.001, 0.3, 0.59, 0.62, 0.75, 0.899] {
            let back = law.cdf(law.quantile(p).expect("so many end"));
            assert!((back - p).abs() < 1e-12, "{p}: {back}");
        }
        // 0.9 of the delays end; beyond that there is no quantile.
        assert_eq!(law.quantile(0.95), None);
        // Half at 1 s and half at 3 s: the least time that half of them do not exceed is 1 s, beyond half it is 3 s.
        let steps = mix(&[(0.5, constant(3.0)), (0.5, constant(1.0))]);
        assert_eq!([0.0, 0.5, 0.500_001, 1.0].map(|p| steps.quantile(p)), [Some(1.0), Some(1.0), Some(3.0), Some(3.0)]);
    }

    #[test]
    fn mean_and_bounds_of_a_mixture_follow_from_its_parts() {
        let law = mix(&[(0.9, uniform(1.0, 3.0)), (0.1, uniform(10.0, 30.0))]);
        // 0.9 * 2 + 0.1 * 20 = 3.8.
        assert!((law.mean_seconds().expect("finite") - 3.8).abs() < 1e-12);
        assert_eq!((law.min(), law.max()), (Span::SECOND, Some(Span::from_seconds(30.0))));
        assert_eq!((mixed().mean_seconds(), mixed().max(), mixed().min()), (None, None, Span::ZERO));
        assert_eq!((exponential(1.0).max(), constant(5.0).max()), (None, Some(Span::from_seconds(5.0))));
        assert_eq!((Law::never().min(), Law::never().max(), Law::never().quantile(0.5)), (LONGEST, None, None));
    }

    #[test]
    fn mixtures_within_mixtures_are_spread_out() {
        let inner = mix(&[(0.5, constant(1.0)), (0.5, Law::never())]);
        let law = mix(&[(0.5, inner), (0.5, constant(2.0))]);
        assert_eq!(law.to_string(), "mixture(25% 1s | 25% never | 50% 2s)");
        assert_eq!(constant(1.0).or_never(Share::NONE), constant(1.0));
        assert_eq!(constant(1.0).or_never(Share::ALL), Law::never());
    }

    #[test]
    fn weights_sum_to_one() {
        let error = Law::mixture(vec![(share(0.5), constant(1.0)), (share(0.4), constant(2.0))]).expect_err("0.9");
        assert_eq!(error, "the weights sum to 90%; make them sum to 100%");
        assert!(Law::mixture(vec![]).is_err());
    }
}
