//! The time axis of a race: linear near the turning point and logarithmic away from it, on either side.
//!
//! Hours may lie before a revocation and seconds decide after it; an axis that is even in both would show neither.

use crate::record::story::{EventKind, State, Story};
use crate::report::phrase;

/// Round times for marks, in seconds.
const LADDER: [f64; 25] = [
    0.01,
    0.1,
    1.0,
    3.0,
    10.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1_200.0,
    1_800.0,
    3_600.0,
    7_200.0,
    14_400.0,
    28_800.0,
    43_200.0,
    86_400.0,
    172_800.0,
    345_600.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    7_776_000.0,
    31_536_000.0,
];

/// Marks closer than this many points would run into each other.
const APART: f64 = 64.0;

/// Where times stand in a picture.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// The turning point, in seconds since the exposure: 0 of the axis.
    pub turn: f64,
    /// Its place, in points.
    pub x: f64,
    /// The left end, in points.
    pub left: f64,
    /// The right end, in points.
    pub right: f64,
    before: Side,
    after: Side,
}

/// One side of the turning point: how far it reaches, and up to where it is nearly linear, in seconds.
#[derive(Clone, Copy, Debug)]
struct Side {
    reach: f64,
    even: f64,
}

impl Side {
    fn part(self, seconds: f64) -> f64 {
        libm::asinh(seconds.min(self.reach) / self.even) / libm::asinh(self.reach / self.even)
    }
}

impl Scale {
    /// The axis that suits a story.
    pub fn new(story: &Story, left: f64, right: f64) -> Self {
        let turn = story.turning_point.unwrap_or(0.0);
        let (first, last) = ends(story, turn);
        let before = Side { reach: first, even: first / 12.0 };
        let soonest = closings(story).map(|at| at - turn).filter(|after| *after > 0.0).fold(last, f64::min);
        let after = Side { reach: last, even: (soonest / 2.0).clamp(last / 500.0, last / 4.0) };
        let x = if first > 0.0 { left + (right - left) * 0.38 } else { left + 8.0 };
        Self { turn, x, left, right, before, after }
    }

    /// The place of a time since the exposure.
    pub fn x(&self, at: f64) -> f64 {
        let from_turn = at - self.turn;
        if from_turn < 0.0 {
            if self.before.reach > 0.0 {
                self.x - self.before.part(-from_turn) * (self.x - self.left)
            } else {
                self.left
            }
        } else {
            self.x + self.after.part(from_turn) * (self.right - self.x)
        }
    }

    /// Whether a time lies within the axis; what lies beyond is not drawn.
    pub fn shows(&self, at: f64) -> bool {
        at - self.turn <= self.after.reach
    }

    /// Places of marks with their words, from left to right.
    pub fn marks(&self) -> Vec<(f64, String)> {
        let mut marks = vec![(self.x, "0".to_owned())];
        let mut last = self.x;
        for seconds in LADDER.into_iter().filter(|seconds| *seconds <= self.before.reach) {
            let x = self.x(self.turn - seconds);
            if last - x >= APART {
                marks.insert(0, (x, format!("-{}", phrase::limit(seconds))));
                last = x;
            }
        }
        last = self.x;
        for seconds in LADDER.into_iter().filter(|seconds| *seconds <= self.after.reach) {
            let x = self.x(self.turn + seconds);
            if x - last >= APART {
                marks.push((x, format!("+{}", phrase::limit(seconds))));
                last = x;
            }
        }
        marks
    }
}

/// How far the axis reaches before and after the turning point.
fn ends(story: &Story, turn: f64) -> (f64, f64) {
    let first = story.events.iter().map(|event| event.at).fold(turn, f64::min);
    let reaches = |event: &&crate::record::story::Event| {
        !matches!(event.kind, EventKind::Trouble | EventKind::Exposed | EventKind::Attack) && event.label != "end"
    };
    let last = story.events.iter().filter(reaches).map(|event| event.at).fold(turn, f64::max);
    let still_open = story.lanes.iter().filter(|lane| !lane.checks_nothing()).flat_map(|lane| &lane.stretches);
    let still_open = still_open.filter(|s| s.state == State::Open && s.to.is_none()).count() > 0;
    let last = if still_open || story.turning_point.is_none() { story.ended_at } else { last };
    (turn - first, ((last - turn) * 1.06).max(1e-3))
}

fn closings(story: &Story) -> impl Iterator<Item = f64> {
    let stretches = story.lanes.iter().flat_map(|lane| &lane.stretches);
    stretches.filter(|stretch| stretch.state == State::Open).filter_map(|stretch| stretch.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::story;

    #[test]
    fn time_runs_from_left_to_right_through_the_turning_point() {
        let scale = Scale::new(&story(), 200.0, 880.0);
        let places: Vec<f64> = [0.0, 50.0, 99.0, 100.0, 101.0, 150.0, 340.0].map(|at| scale.x(at)).to_vec();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
        assert_eq!((places[0], places[3]), (200.0, scale.x));
        assert!(places[6] <= 880.0);
    }

    #[test]
    fn marks_keep_their_distance_and_count_from_the_turning_point() {
        let marks = Scale::new(&story(), 200.0, 880.0).marks();
        assert!(marks.windows(2).all(|pair| pair[1].0 - pair[0].0 >= APART), "{marks:?}");
        let words: Vec<&str> = marks.iter().map(|(_, word)| word.as_str()).collect();
        assert!(words.contains(&"0") && words.iter().any(|w| w.starts_with('+')), "{words:?}");
    }

    #[test]
    fn a_trial_that_nobody_revoked_is_told_from_the_exposure_on() {
        let never = Story { turning_point: None, time_to_contain: None, ..story() };
        let scale = Scale::new(&never, 200.0, 880.0);
        assert_eq!(scale.x(0.0), scale.x);
        assert!(scale.x(1900.0) > 800.0);
    }
}
