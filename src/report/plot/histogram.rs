//! The lower panel: how the trials spread over the orders of magnitude of time, with both ends set apart.

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Canvas, Pen};
use super::label::Rect;
use super::limits::{Limit, repeat};
use super::palette::{AT_ONCE, BARS, GRID, INK, OPEN, PAPER, QUIET, Rgb, for_text};
use crate::record::estimate::{Bin, Distribution};
use crate::report::phrase;

const SIZE: f64 = 15.0;

/// Width of the places set apart for 0 and for what was not contained, and of their bars.
const APART: f64 = 78.0;
const BAR: f64 = 36.0;

/// Draws the histogram of `n` trials into `frame`.
pub fn draw(canvas: &mut Canvas<'_>, frame: Rect, distribution: &Distribution, n: u64, limits: &[Limit]) {
    let bins = shown(&distribution.histogram);
    let axis = axis(frame, bins, limits, distribution.limit);
    let share = |count: u64| (count as f64 / n.max(1) as f64).min(1.0);
    let ends = [share(distribution.zeros), share(distribution.censored)];
    let tallest = bins.iter().map(|bin| share(bin.count)).fold(0.0, f64::max);
    let tallest = if tallest > 0.0 { tallest } else { ends[0].max(ends[1]).max(1e-9) };
    let scale = Height { frame, top: tallest * 1.25 };
    grid(canvas, &scale, &axis, distribution.limit);
    for bin in bins.iter().filter(|bin| bin.count > 0) {
        let (left, right) = (axis.x(bin.from) + 0.75, axis.x(bin.to) - 0.75);
        canvas.rectangle((left, scale.y(share(bin.count))), (right.max(left + 1.0), frame.bottom), BARS, 1.0);
    }
    repeat(canvas, limits, &axis, frame.top, frame.bottom);
    end(canvas, &scale, frame.left + APART / 2.0, ends[0], AT_ONCE);
    end(canvas, &scale, frame.right - APART / 2.0, ends[1], OPEN);
    let below = (sum(&distribution.histogram) - sum(bins)) as u64;
    if let (Some(first), true) = (bins.first(), below > 0) {
        let text = format!("← {} below {}", phrase::percent(share(below)), phrase::limit(first.from));
        // The line of a limit may run there.
        let at = (axis.left + 4.0, frame.top + 8.0);
        let Rect { left, top, right, bottom } = Rect::of_text(at, &text, SIZE, Anchor::Start);
        canvas.rectangle((left - 3.0, top), (right + 3.0, bottom), PAPER, 1.0);
        canvas.text(at, &text, SIZE, QUIET, Anchor::Start);
    }
}

/// A share's height; what is taller than the panel ends in a break.
struct Height {
    frame: Rect,
    top: f64,
}

impl Height {
    fn y(&self, share: f64) -> f64 {
        self.frame.bottom - (share / self.top).min(1.0) * (self.frame.bottom - self.frame.top)
    }
}

/// The bins worth drawing: without the lowest two-hundredth of the trials, which would stretch the axis.
fn shown(bins: &[Bin]) -> &[Bin] {
    let total = sum(bins);
    let mut seen = 0;
    let first = bins.iter().position(|bin| {
        seen += u128::from(bin.count);
        seen * 200 > total
    });
    match (first, bins.iter().rposition(|bin| bin.count > 0)) {
        (Some(first), Some(last)) if first <= last => &bins[first..=last],
        _ => &[],
    }
}

fn sum(bins: &[Bin]) -> u128 {
    bins.iter().map(|bin| u128::from(bin.count)).sum()
}

fn axis(frame: Rect, bins: &[Bin], limits: &[Limit], horizon: f64) -> Axis {
    let asked =
        limits.iter().filter(|limit| limit.of_all).map(|limit| limit.at).filter(|at| *at > 0.0 && *at <= horizon);
    let mut from = bins.first().map_or(f64::INFINITY, |bin| bin.from);
    let mut to = bins.last().map_or(0.0, |bin| bin.to);
    for at in asked {
        from = from.min(at * 0.8);
        to = to.max(at * 1.25);
    }
    if !(from > 0.0 && to > from && to.is_finite()) {
        (from, to) = if horizon > 0.0 && horizon.is_finite() { (horizon / 1000.0, horizon) } else { (1.0, 1000.0) };
    }
    let decade = libm::sqrt(from * to);
    if to / from < 10.0 {
        (from, to) = (decade / libm::sqrt(10.0), decade * libm::sqrt(10.0));
    }
    let zero = frame.left + APART / 2.0;
    Axis { scale: Scale::Log, from, to, left: frame.left + APART, right: frame.right - APART, zero }
}

fn grid(canvas: &mut Canvas<'_>, scale: &Height, axis: &Axis, horizon: f64) {
    let frame = scale.frame;
    let steps = [0.5, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 1e-4, 1e-5];
    let step = steps.into_iter().find(|step| scale.top / step >= 2.0).unwrap_or(scale.top);
    let count = (scale.top / step) as u32;
    for i in 0..=count {
        let share = f64::from(i) * step;
        let y = scale.y(share);
        canvas.path(&[(frame.left, y), (frame.right, y)], Pen { colour: GRID, width: 1.0 });
        let word = format!("{}%", phrase::number(share * 100.0));
        canvas.text((frame.left - 8.0, y), &word, SIZE, QUIET, Anchor::End);
    }
    let floor = frame.bottom;
    let mut stretch = |left: f64, right: f64| {
        canvas.path(&[(left, floor), (right, floor)], Pen { colour: QUIET, width: 1.25 });
    };
    stretch(axis.left, axis.right);
    stretch(frame.left + 8.0, frame.left + APART - 8.0);
    stretch(frame.right - APART + 8.0, frame.right - 8.0);
    for (seconds, word) in axis.marks() {
        let x = axis.x(seconds);
        canvas.path(&[(x, floor), (x, floor + 5.0)], Pen { colour: QUIET, width: 1.25 });
        canvas.text((x, floor + 16.0), &word, SIZE, QUIET, Anchor::Middle);
    }
    canvas.text((frame.left + APART / 2.0, floor + 16.0), "at once", SIZE, for_text(AT_ONCE), Anchor::Middle);
    let beyond = format!("> {}", phrase::limit(horizon));
    canvas.text((frame.right - APART / 2.0, floor + 16.0), &beyond, SIZE, for_text(OPEN), Anchor::Middle);
}

/// The bar of an end of the axis with its share, broken where it is taller than the panel.
fn end(canvas: &mut Canvas<'_>, scale: &Height, x: f64, share: f64, colour: Rgb) {
    let (left, right, floor) = (x - BAR / 2.0, x + BAR / 2.0, scale.frame.bottom);
    let room = scale.frame.top + SIZE * 1.4;
    let top = scale.y(share).max(room);
    if share > 0.0 {
        canvas.rectangle((left, top.min(floor - 1.0)), (right, floor), colour, 1.0);
    }
    if share > scale.top {
        let y = top + 14.0;
        let slanted = [(left - 3.0, y + 5.0), (right + 3.0, y - 3.0), (right + 3.0, y + 1.0), (left - 3.0, y + 9.0)];
        canvas.area(&slanted, PAPER, 1.0);
    }
    let word = if share > 0.0 { phrase::percent(share) } else { "none".into() };
    let ink = if share > 0.0 { INK } else { QUIET };
    canvas.text((x, top.min(floor) - SIZE * 0.7), &word, SIZE, ink, Anchor::Middle);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_two_hundredth_does_not_stretch_the_axis() {
        // 1 trial of 1,000 lies three decades below the rest, and empty bins follow the last.
        let bin =
            |i: i32, count| Bin { from: libm::pow(10.0, f64::from(i)), to: libm::pow(10.0, f64::from(i + 1)), count };
        let bins = [bin(-3, 1), bin(-2, 0), bin(-1, 0), bin(0, 500), bin(1, 499), bin(2, 0)];
        assert_eq!(shown(&bins), &bins[3..5]);
        assert_eq!(shown(&[]), &[]);
        assert_eq!(shown(&[bin(0, 0)]), &[]);
    }
}
