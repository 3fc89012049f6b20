//! Something that recurs for ever, met at a moment that knows nothing of it: how long ago it last happened, and when
//! it happens next.
//!
//! The gap that is met is drawn by its length and the moment falls anywhere in it (the inspection paradox). With `Q`
//! the quantile function of a gap and `m` its mean, the gap that is met is `Q(u)` where `u` has the density
//! `Q(u) / m`. That density is laid out once, on nodes that get denser towards 1 by a constant factor of `1 - u`, so
//! that heavy tails keep their weight, and is linear between them.

use super::law::Law;
use super::stream::Stream;
use crate::units::time::Span;

/// Gaps of a law, one after the other for ever.
#[derive(Clone, Debug)]
pub struct Recurrence {
    law: Law,
    /// For each node its `u`, the gap there in seconds, and the weight up to it.
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    u: f64,
    gap: f64,
    weight: f64,
}

/// The gap that is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// How long ago it began.
    pub age: Span,
    /// How long it still lasts.
    pub left: Span,
}

/// Nodes for each halving of `1 - u`.
const NODES_A_HALVING: i32 = 32;

/// Halvings of `1 - u` that are laid out; what lies beyond has the length of the last node.
const HALVINGS: i32 = 40;

impl Recurrence {
    /// Lays out gaps of this law.
    pub fn new(law: &Law) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        // What may never happen again has stopped, and gaps without a mean outgrow every time that has passed.
        if law.mean_seconds().is_some_and(|mean| mean > 0.0 && mean.is_finite()) {
            for step in 0..=NODES_A_HALVING * HALVINGS {
                let rest = libm::exp2(-f64::from(step) / f64::from(NODES_A_HALVING));
                let u = 1.0 - rest;
                let gap = law.quantile(u.max(f64::EPSILON)).unwrap_or(0.0);
                let weight = nodes.last().map_or(0.0, |last| last.weight + (u - last.u) * (last.gap + gap) / 2.0);
                nodes.push(Node { u, gap, weight });
            }
            if let Some(last) = nodes.last().copied() {
                nodes.push(Node { u: 1.0, weight: last.weight + (1.0 - last.u) * last.gap, ..last });
            }
        }
        Self { law: law.clone(), nodes }
    }

    /// The law of a gap.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The mean gap in seconds; infinite if it happens no more.
    pub fn mean_seconds(&self) -> f64 {
        if self.nodes.is_empty() { f64::INFINITY } else { self.law.mean_seconds().unwrap_or(f64::INFINITY) }
    }

    /// The gap that is met, from two words of the stream; none where it happens no more.
    pub fn met(&self, stream: &mut Stream) -> Option<Met> {
        let (place, within) = (stream.uniform(), stream.uniform());
        let target = place * self.nodes.last()?.weight;
        let next = self.nodes.partition_point(|node| node.weight <= target).clamp(1, self.nodes.len() - 1);
        let (low, high) = (self.nodes[next - 1], self.nodes[next]);
        // The density rises from one gap to the other: its integral is a square, solved for the way between the nodes.
        let area = (target - low.weight) / (high.u - low.u);
        let rise = high.gap - low.gap;
        let way = 2.0 * area / (low.gap + libm::sqrt((low.gap * low.gap + 2.0 * rise * area).max(0.0)));
        let u = low.u + way.min(1.0) * (high.u - low.u);
        let gap = self.law.quantile(u.clamp(f64::EPSILON, 1.0 - f64::EPSILON)).unwrap_or(low.gap);
        Some(Met { age: Span::from_seconds(gap * (1.0 - within)), left: Span::from_seconds(gap * within) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::bounded::{Constant, Uniform};
    use crate::random::purpose::Purpose;
    use crate::random::stream::{Seed, Trial};
    use crate::units::probability::Share;

    const N: u64 = 40_000;

    fn left(law: &Law) -> Vec<f64> {
        let recurrence = Recurrence::new(law);
        let met = |number| recurrence.met(&mut Trial::new(Seed(9), number).open(Purpose::FirstRestart, 0));
        (0..N).map(|number| met(number).expect("it recurs").left.seconds()).collect()
    }

    fn law(text: &str) -> Law {
        crate::random::law_text::LawText::parse(text)
            .expect("a law")
            .resolve(|_, _| Err("no files".into()))
            .expect("a law")
    }

    #[test]
    fn what_is_left_of_a_gap_has_the_survival_function_of_the_gap_as_its_density() {
        // P(left > t) = E[(G - t)^+] / m. Constant 10: 1 - t/10. Uniform on 2..6 (m = 4), t = 3: 9/8 / 4. Exponential of
        // mean 5: e^(-t/5), out to e^-7. Weibull of shape 1/2 and scale 1 (m = 2): (1 + sqrt t) e^(-sqrt t).
        let constant = Law::from(crate::random::shape::Shape::Constant(Constant::new(10.0).expect("valid")));
        let uniform = Law::from(crate::random::shape::Shape::Uniform(Uniform::new(2.0, 6.0).expect("valid")));
        let weibull = |t: f64| (1.0 + t.sqrt()) * (-t.sqrt()).exp();
        for (law, t, p) in [
            (constant, 4.0, 0.6),
            (uniform, 3.0, 9.0 / 32.0),
            (law("exponential(mean=5s)"), 5.0, (-1.0_f64).exp()),
            (law("exponential(mean=5s)"), 35.0, (-7.0_f64).exp()),
            (law("weibull(shape=0.5 scale=1s)"), 1.0, weibull(1.0)),
            (law("weibull(shape=0.5 scale=1s)"), 60.0, weibull(60.0)),
        ] {
            let found = left(&law).iter().filter(|left| **left > t).count() as f64 / N as f64;
            let four = 4.0 * (p * (1.0 - p) / N as f64).sqrt();
            assert!((found - p).abs() < four, "{law:?}: {found} instead of {p} beyond {t}");
        }
    }

    #[test]
    fn age_and_rest_share_one_gap() {
        // A gap of 10 s: age and rest are 10 s together.
        let constant = Law::from(crate::random::shape::Shape::Constant(Constant::new(10.0).expect("valid")));
        let met = Recurrence::new(&constant).met(&mut Trial::new(Seed(9), 1).open(Purpose::FirstRestart, 0));
        let met = met.expect("it recurs");
        assert!(((met.age + met.left).seconds() - 10.0).abs() < 1e-8);
    }

    #[test]
    fn what_may_never_happen_again_or_has_no_mean_is_not_met() {
        let stream = || Trial::new(Seed(9), 0).open(Purpose::FirstRestart, 0);
        let ending = law("exponential(mean=5s)").or_never(Share::new(0.1).expect("a share"));
        for law in [Law::never(), ending, Law::ZERO] {
            assert_eq!(Recurrence::new(&law).met(&mut stream()), None);
            assert_eq!(Recurrence::new(&law).mean_seconds(), f64::INFINITY);
        }
    }
}
