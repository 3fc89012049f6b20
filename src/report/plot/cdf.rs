//! The upper panel: the share contained by each moment, with its band, over all targets and for each.

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Canvas, Pen, Point};
use super::curve::{Curve, share_at, time_at};
use super::label::{Placer, Rect, shorten};
use super::limits::{Limit, colour};
use super::palette::{AT_ONCE, BAND, GRID, INK, OPEN, PAPER, QUIET, Rgb, for_text};
use crate::report::phrase;

/// Size of the labels in points.
const SIZE: f64 = 15.0;

/// Width of the places set apart for 0 on a logarithmic axis and for what was not contained, and how far from the
/// edge their marks stand.
const APART: f64 = 84.0;
const INSET: f64 = 32.0;

/// What the panel shows.
pub struct Panel<'a> {
    /// The plotting area.
    pub frame: Rect,
    /// Time, between the places set apart.
    pub axis: Axis,
    /// The common limit of the trials, in seconds.
    pub horizon: f64,
    /// The curve over all targets, then those of the targets.
    pub curves: &'a [Curve<'a>],
}

impl<'a> Panel<'a> {
    /// A panel whose axis is linear if that shows every curve, and else logarithmic.
    pub fn new(frame: Rect, curves: &'a [Curve<'a>], limits: &[Limit], horizon: f64) -> Self {
        let largest =
            curves.iter().filter_map(|curve| curve.distribution.cdf.last()).map(|(x, _)| *x).fold(0.0, f64::max);
        let asked = limits.iter().map(|limit| limit.at).filter(|at| *at <= horizon).fold(0.0, f64::max);
        let open = curves.iter().any(|curve| curve.open > 0.0);
        let to = match largest.max(asked) {
            _ if largest == 0.0 && open => horizon,
            0.0 => 1.0,
            most => (most * 1.06).min(horizon.max(largest)),
        };
        let half = |curve: &Curve<'_>| quantile_of_positive(curve, 0.5);
        let shortest = curves.iter().filter_map(half).fold(f64::INFINITY, f64::min);
        let scale = if shortest < to / 60.0 { Scale::Log } else { Scale::Linear };
        let from = match scale {
            Scale::Linear => 0.0,
            Scale::Log => {
                let low = curves.iter().filter_map(|curve| quantile_of_positive(curve, 0.01));
                low.fold(to / 10.0, f64::min).max(to / 1e8)
            }
        };
        let (left, zero) = match scale {
            Scale::Linear => (frame.left, frame.left),
            Scale::Log => (frame.left + APART, frame.left + INSET),
        };
        let right = if open { frame.right - APART } else { frame.right };
        Self { frame, axis: Axis { scale, from, to, left, right, zero }, horizon, curves }
    }

    /// Moves the upper edge of the plotting area.
    pub fn below(mut self, top: f64) -> Self {
        self.frame.top = top;
        self
    }

    /// Draws the panel without its limits.
    pub fn draw(&self, canvas: &mut Canvas<'_>, limits: &[Limit]) {
        self.grid(canvas);
        if let Some(whole) = self.curves.first() {
            canvas.area(&self.band(whole), BAND, 0.35);
            let pen = Pen { colour: INK, width: 3.5 };
            canvas.path(&[(self.axis.zero, self.y(0.0)), (self.axis.zero, self.y(whole.at_once))], pen);
            canvas.path(&self.steps(whole), pen);
        }
        for curve in self.curves.iter().skip(1) {
            canvas.path(&self.steps(curve), Pen { colour: curve.colour, width: 1.75 });
        }
        for limit in limits {
            if let Some(share) = limit.share.filter(|_| limit.at <= self.axis.to) {
                let (x, y) = (self.axis.x(limit.at), self.y(share));
                canvas.path(&[(x - 9.0, y), (x + 9.0, y)], Pen { colour: colour(limit), width: 3.0 });
            }
        }
        self.labels(canvas, limits);
    }

    fn y(&self, share: f64) -> f64 {
        self.frame.bottom - share.clamp(0.0, 1.0) * (self.frame.bottom - self.frame.top)
    }

    fn grid(&self, canvas: &mut Canvas<'_>) {
        for quarter in 0..=4 {
            let share = f64::from(quarter) / 4.0;
            let y = self.y(share);
            canvas.path(&[(self.frame.left, y), (self.frame.right, y)], Pen { colour: GRID, width: 1.0 });
            canvas.text((self.frame.left - 8.0, y), &format!("{}%", quarter * 25), SIZE, QUIET, Anchor::End);
        }
        let floor = self.frame.bottom;
        canvas.path(&[(self.axis.left, floor), (self.axis.right, floor)], Pen { colour: QUIET, width: 1.25 });
        let mut marks: Vec<(f64, String)> = Vec::new();
        if self.axis.scale == Scale::Log {
            marks.push((self.axis.zero, "at once".to_owned()));
        }
        if self.axis.right < self.frame.right {
            marks.push((self.open_x(), format!("> {}", phrase::limit(self.horizon))));
        }
        let ends: Vec<Rect> = marks.iter().map(|(x, word)| self.mark(*x, word)).collect();
        let free = |(x, word): &(f64, String)| ends.iter().all(|end| !end.overlaps(&self.mark(*x, word)));
        let between = self.axis.marks().into_iter().map(|(seconds, word)| (self.axis.x(seconds), word));
        marks.extend(between.filter(free));
        for (x, word) in marks {
            canvas.path(&[(x, floor), (x, floor + 5.0)], Pen { colour: QUIET, width: 1.25 });
            canvas.text((x, floor + 16.0), &word, SIZE, QUIET, Anchor::Middle);
        }
    }

    fn mark(&self, x: f64, word: &str) -> Rect {
        Rect::of_text((x, self.frame.bottom + 16.0), &format!(" {word} "), SIZE, Anchor::Middle)
    }

    fn open_x(&self) -> f64 {
        self.frame.right - INSET
    }

    /// The steps of a curve, from its share at once to the right edge.
    fn steps(&self, curve: &Curve<'_>) -> Vec<Point> {
        self.stairs(curve, 0.0)
    }

    fn stairs(&self, curve: &Curve<'_>, shift: f64) -> Vec<Point> {
        let mut last = self.y(curve.at_once + shift);
        let mut points = vec![(self.axis.zero, last)];
        for (seconds, share) in &curve.distribution.cdf {
            let (x, y) = (self.axis.x(*seconds), self.y(share + shift));
            points.push((x, last));
            points.push((x, y));
            last = y;
        }
        let end = if curve.open > 0.0 { self.open_x() } else { self.axis.right };
        points.push((end, last));
        points
    }

    fn band(&self, curve: &Curve<'_>) -> Vec<Point> {
        let mut outline = self.stairs(curve, curve.distribution.band);
        outline.extend(self.stairs(curve, -curve.distribution.band).into_iter().rev());
        outline
    }

    fn labels(&self, canvas: &mut Canvas<'_>, limits: &[Limit]) {
        let frame = self.frame;
        let mut placer = Placer::new(Rect {
            left: frame.left + 4.0,
            top: frame.top - 2.0,
            right: frame.right,
            bottom: frame.bottom,
        });
        for (at, curve) in self.curves.iter().enumerate() {
            placer.avoid(&self.steps(curve), if at == 0 { 3 } else { 2 });
        }
        for limit in limits {
            let x = self.axis.x(limit.at);
            placer.avoid(&[(x, frame.top), (x, frame.bottom)], 1);
        }
        if let Some(whole) = self.curves.first() {
            self.at_once(canvas, &mut placer, whole);
            self.open(canvas, &mut placer, whole);
        }
        if self.curves.len() > 1 {
            let named = self.curves.iter().filter(|curve| !curve.name.is_empty());
            for (at, curve) in named.enumerate() {
                let colour = if at == 0 { INK } else { for_text(curve.colour) };
                self.name(canvas, &mut placer, curve, colour);
            }
        }
    }

    fn at_once(&self, canvas: &mut Canvas<'_>, placer: &mut Placer, whole: &Curve<'_>) {
        if whole.at_once <= 0.0 {
            return;
        }
        let y = self.y(whole.at_once);
        canvas.dot((self.axis.zero, y), 5.5, AT_ONCE);
        let text = format!("{} at once", phrase::percent(whole.at_once));
        let right = [14.0, 26.0, -14.0, -26.0, 0.0].map(|dy| ((self.axis.zero + 12.0, y + dy), Anchor::Start));
        put(canvas, placer, &text, for_text(AT_ONCE), &right);
    }

    fn open(&self, canvas: &mut Canvas<'_>, placer: &mut Placer, whole: &Curve<'_>) {
        if whole.open <= 0.0 {
            return;
        }
        let (x, top, bottom) = (self.open_x(), self.y(1.0), self.y(1.0 - whole.open));
        canvas.path(&[(x, top), (x, bottom)], Pen { colour: OPEN, width: 5.0 });
        for y in [top, bottom] {
            canvas.path(&[(x - 7.0, y), (x + 7.0, y)], Pen { colour: OPEN, width: 2.0 });
        }
        let text = format!("{} not contained by {}", phrase::percent(whole.open), phrase::limit(self.horizon));
        let mut places: Vec<(Point, Anchor)> = Vec::new();
        if bottom - top > SIZE * 2.0 {
            places.push(((x - 12.0, (top + bottom) / 2.0), Anchor::End));
        }
        places.extend((0..8).map(|row| ((self.frame.right, bottom + 20.0 + 18.0 * f64::from(row)), Anchor::End)));
        let at = put(canvas, placer, &text, for_text(OPEN), &places);
        if at > bottom + 30.0 {
            canvas.path(&[(x, bottom + 3.0), (x, at - SIZE * 0.7)], Pen { colour: OPEN, width: 1.0 });
        }
    }

    /// Names a curve where nothing stands in the way, right below or left above it.
    fn name(&self, canvas: &mut Canvas<'_>, placer: &mut Placer, curve: &Curve<'_>, colour: Rgb) {
        let reach = 1.0 - curve.open;
        let mut places = Vec::new();
        for tenth in [11, 10, 12, 9, 13, 8, 14, 7, 15, 6, 16, 5, 17, 4, 18, 3, 2] {
            let share = curve.at_once + (reach - curve.at_once) * f64::from(tenth) / 20.0;
            let seconds = time_at(curve.distribution, share);
            let Some(x) = seconds.filter(|s| *s > 0.0).map(|s| self.axis.x(s)) else { continue };
            let y = self.y(share);
            for (aside, away) in [(9.0, 5.0), (9.0, 14.0), (16.0, 5.0)] {
                places.push(((x - aside, y - away), Anchor::End));
                places.push(((x + aside, y + away), Anchor::Start));
            }
        }
        if places.is_empty() {
            let y = self.y(share_at(curve.distribution, self.axis.to));
            // Level all along: right beside it, wherever there is room, before further off.
            let along = |tenths: f64| self.axis.left + (self.axis.right - self.axis.left) * tenths / 10.0;
            for dy in [14.0, -14.0, 34.0, -34.0, 54.0, -54.0] {
                places.extend([5.0, 3.5, 6.5, 2.0, 8.0].map(|tenths| ((along(tenths), y + dy), Anchor::Middle)));
            }
        }
        let text = shorten(&curve.name, SIZE, (self.axis.right - self.axis.left) * 0.4);
        put(canvas, placer, &text, colour, &places);
    }
}

/// Writes a text on a light ground at the best of several places, and says at which height.
fn put(canvas: &mut Canvas<'_>, placer: &mut Placer, text: &str, colour: Rgb, places: &[(Point, Anchor)]) -> f64 {
    let boxes: Vec<Rect> = places.iter().map(|(at, anchor)| Rect::of_text(*at, text, SIZE, *anchor)).collect();
    let Some(best) = placer.place(&boxes) else { return 0.0 };
    let ground = boxes[best];
    canvas.rectangle((ground.left - 2.0, ground.top), (ground.right + 2.0, ground.bottom), PAPER, 0.8);
    canvas.text(places[best].0, text, SIZE, colour, places[best].1);
    places[best].0.1
}

fn quantile_of_positive(curve: &Curve<'_>, part: f64) -> Option<f64> {
    let positive = 1.0 - curve.open - curve.at_once;
    time_at(curve.distribution, curve.at_once + positive * part).filter(|x| *x > 0.0 && positive > 0.0)
}
