//! A time axis, linear from zero or logarithmic, with round marks in a unit that suits its length.

use crate::report::phrase;

/// How times are spread along the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By their order of magnitude.
    Log,
}

/// An axis from one time to another over a stretch of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// How times are spread.
    pub scale: Scale,
    /// The time at the left end, in seconds.
    pub from: f64,
    /// The time at the right end, in seconds.
    pub to: f64,
    /// The left end, in points.
    pub left: f64,
    /// The right end, in points.
    pub right: f64,
    /// Where 0 stands, in points: the left end of a linear axis, a place of its own beside a logarithmic one.
    pub zero: f64,
}

/// Seconds in a unit, its name, and the steps between marks that suit it.
const UNITS: [(f64, f64, &str, &[f64]); 5] = [
    (0.5, 1e-3, "milliseconds", &TENS),
    (150.0, 1.0, "seconds", &TENS),
    (7_200.0, 60.0, "minutes", &[0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0]),
    (172_800.0, 3_600.0, "hours", &[0.5, 1.0, 2.0, 3.0, 6.0, 12.0]),
    (f64::INFINITY, 86_400.0, "days", &TENS),
];

const TENS: [f64; 21] = [
    1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0,
    500.0,
];

/// Round times for a logarithmic axis, coarse ones first in importance.
const LADDER: [f64; 31] = [
    1e-6,
    1e-5,
    1e-4,
    1e-3,
    3e-3,
    0.01,
    0.03,
    0.1,
    0.3,
    1.0,
    3.0,
    10.0,
    30.0,
    60.0,
    180.0,
    300.0,
    600.0,
    1_800.0,
    3_600.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    259_200.0,
    604_800.0,
    2_592_000.0,
    7_776_000.0,
    31_536_000.0,
    94_608_000.0,
    315_360_000.0,
    3_153_600_000.0,
];

/// Marks closer than this many points would run into each other.
const APART: f64 = 62.0;

impl Axis {
    /// The place of a time, in points; times outside stand at the ends.
    pub fn x(&self, seconds: f64) -> f64 {
        if seconds <= 0.0 {
            return self.zero;
        }
        let part = match self.scale {
            Scale::Linear => (seconds - self.from) / (self.to - self.from),
            Scale::Log => libm::log(seconds.max(self.from) / self.from) / libm::log(self.to / self.from),
        };
        self.left + part.clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// The name of the unit of a linear axis.
    pub fn unit(&self) -> &'static str {
        self.suiting().1
    }

    /// Times with their words.
    pub fn marks(&self) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Linear => self.even_marks(),
            Scale::Log => self.round_marks(),
        }
    }

    fn suiting(&self) -> (f64, &'static str, &'static [f64]) {
        let (_, seconds, name, steps) =
            UNITS.iter().find(|(most, ..)| self.to <= *most).unwrap_or(&UNITS[UNITS.len() - 1]);
        (*seconds, name, steps)
    }

    fn even_marks(&self) -> Vec<(f64, String)> {
        let (unit, _, steps) = self.suiting();
        let span = (self.to - self.from) / unit;
        let most = (self.right - self.left) / APART;
        let step = steps.iter().copied().find(|step| span / step <= most).unwrap_or(libm::ceil(span / most));
        let count = (libm::floor(span / step * (1.0 + 1e-9)) as usize).min(100);
        (0..=count).map(|i| (i as f64 * step * unit, phrase::number(i as f64 * step))).collect()
    }

    fn round_marks(&self) -> Vec<(f64, String)> {
        let mut marks: Vec<(f64, String)> = Vec::new();
        for seconds in LADDER.into_iter().filter(|seconds| (self.from..=self.to).contains(seconds)) {
            let near = marks.last().is_some_and(|(last, _)| self.x(seconds) - self.x(*last) < APART);
            if !near {
                marks.push((seconds, phrase::limit(seconds)));
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, from: f64, to: f64) -> Axis {
        Axis { scale, from, to, left: 100.0, right: 800.0, zero: 50.0 }
    }

    #[test]
    fn marks_are_round_in_the_unit_that_suits() {
        // Five minutes over 700 points: at most 11 marks, so one each half minute.
        let five_minutes = axis(Scale::Linear, 0.0, 300.0);
        assert_eq!(five_minutes.unit(), "minutes");
        let words: Vec<String> = five_minutes.marks().into_iter().map(|(_, word)| word).collect();
        assert_eq!(words, ["0", "0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"]);
        assert_eq!(axis(Scale::Linear, 0.0, 12.0).unit(), "seconds");
        assert_eq!(axis(Scale::Linear, 0.0, 43_200.0).unit(), "hours");
    }

    #[test]
    fn logarithmic_marks_keep_their_distance() {
        let axis = axis(Scale::Log, 0.01, 1_800.0);
        let marks = axis.marks();
        assert!(marks.len() >= 4, "{marks:?}");
        for pair in marks.windows(2) {
            assert!(axis.x(pair[1].0) - axis.x(pair[0].0) >= APART, "{marks:?}");
        }
    }

    #[test]
    fn the_middle_of_a_logarithmic_axis_is_the_geometric_mean() {
        assert!((axis(Scale::Log, 1.0, 100.0).x(10.0) - 450.0).abs() < 1e-9);
        assert!((axis(Scale::Linear, 0.0, 100.0).x(50.0) - 450.0).abs() < 1e-9);
        assert_eq!(axis(Scale::Log, 1.0, 100.0).x(0.5), 100.0);
        assert_eq!(axis(Scale::Log, 1.0, 100.0).x(0.0), 50.0, "0 has no logarithm and stands apart");
    }
}
