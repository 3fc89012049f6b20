//! How often sources send, on average.

use crate::model::workload::Arrivals;
use crate::random::law::Law;

/// Requests a second of a source, on average.
pub fn mean_rate(arrivals: &Arrivals) -> f64 {
    match arrivals {
        Arrivals::Poisson(rate) => rate.value(),
        Arrivals::Paced { every, .. } => 1.0 / every.seconds(),
        Arrivals::Bursty { rate, burst, silence } => {
            rate.value() * burst.seconds() / (burst.seconds() + silence.seconds())
        }
        Arrivals::ClosedLoop { workers, answer, think } => {
            let cycle = loop_seconds(answer, think);
            if cycle > 0.0 { f64::from(*workers) / cycle } else { 0.0 }
        }
        Arrivals::Trace(_) => 0.0,
    }
}

/// The mean time, in seconds, between two requests of a worker that waits and thinks; 0 if that is not known.
pub fn loop_seconds(answer: &Law, think: &Law) -> f64 {
    let cycle = answer.mean_seconds().zip(think.mean_seconds()).map_or(0.0, |(answer, think)| answer + think);
    if cycle.is_finite() { cycle } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::play::fixture::seconds;
    use crate::random::bounded::Constant;
    use crate::random::shape::Shape;
    use crate::units::probability::Share;
    use crate::units::rate::Rate;

    fn constant(seconds: f64) -> Law {
        Shape::Constant(Constant::new(seconds).expect("valid")).into()
    }

    #[test]
    fn mean_rates_follow_from_the_spacing() {
        // 1/8 s; 20/s in 10 s of every 60 s; 4 workers that take 1.5 + 0.5 s each.
        let rate = |value| Rate::per_second(value).expect("a rate");
        let paced = Arrivals::Paced { every: seconds(8.0), jitter: Share::NONE };
        let bursty = Arrivals::Bursty { rate: rate(20.0), burst: seconds(10.0), silence: seconds(50.0) };
        let workers = |think| Arrivals::ClosedLoop { workers: 4, answer: constant(1.5), think };
        assert_eq!(mean_rate(&Arrivals::Poisson(rate(2.5))), 2.5);
        assert_eq!(mean_rate(&paced), 0.125);
        assert!((mean_rate(&bursty) - 20.0 / 6.0).abs() < 1e-12);
        assert_eq!(mean_rate(&workers(constant(0.5))), 2.0);
        // A worker that may never come back has no mean cycle, and counts as none.
        assert_eq!(mean_rate(&workers(Law::never())), 0.0);
        assert_eq!(loop_seconds(&constant(1.5), &Law::never()), 0.0);
    }
}
