//! The limits that objectives set on time to contain, as lines across a picture.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Pen};
use super::label::{shorten, width};
use super::palette::{OPEN, QUIET, for_text};
use crate::record::summary::{ObjectiveResult, Record, Verdict};
use crate::report::{inert, phrase};

/// Lines drawn at most; the others stand in the table of objectives.
const MOST: usize = 4;

/// Size of the labels and height of one row of them, in points.
const SIZE: f64 = 15.0;
const ROW: f64 = 20.0;

/// A limit to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Where, in seconds.
    pub at: f64,
    /// The share that the rule asks for there, where it is a quantile over all targets.
    pub share: Option<f64>,
    /// The rule without the name of the metric, and its verdict.
    pub label: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it speaks of all targets together.
    pub of_all: bool,
}

/// A limit with the place of its label.
struct Placed {
    x: f64,
    row: usize,
    text: String,
    anchor: Anchor,
    left: f64,
    right: f64,
}

/// The limits on time to contain, those on all targets before others.
pub fn limits(record: &Record) -> Vec<Limit> {
    let drawn = record
        .objectives
        .iter()
        .filter(|o| o.metric == "time_to_contain" && !o.rule.trim_start().starts_with("share("));
    let mut limits: Vec<Limit> = drawn.filter(|o| o.limit.is_finite() && o.limit >= 0.0).map(limit).collect();
    limits.sort_by_key(|limit| !limit.of_all);
    limits.truncate(MOST);
    limits
}

/// Rows of labels that the limits need above a panel.
pub fn height(limits: &[Limit], axis: &Axis) -> f64 {
    let rows = placed(limits, axis).iter().map(|label| label.row + 1).max().unwrap_or(0);
    rows as f64 * ROW
}

/// Dashed lines from `top` to `bottom`, their labels in rows above `top`.
pub fn draw(canvas: &mut Canvas<'_>, limits: &[Limit], axis: &Axis, top: f64, bottom: f64) {
    for (limit, label) in limits.iter().zip(placed(limits, axis)) {
        let colour = colour(limit);
        let y = top - 12.0 - label.row as f64 * ROW;
        let pen = Pen { colour, width: 1.5 };
        canvas.path(&[(label.x, y - 6.0), (label.x, top)], pen);
        canvas.dashes((label.x, top), (label.x, bottom), 6.0, pen);
        let side = if label.anchor == Anchor::Start { 6.0 } else { -6.0 };
        canvas.text((label.x + side, y), &label.text, SIZE, for_text(colour), label.anchor);
    }
}

/// Dashed lines without labels, for a second panel about all targets together.
pub fn repeat(canvas: &mut Canvas<'_>, limits: &[Limit], axis: &Axis, top: f64, bottom: f64) {
    for limit in limits.iter().filter(|limit| limit.of_all && (axis.from..=axis.to).contains(&limit.at)) {
        let x = axis.x(limit.at);
        canvas.dashes((x, top), (x, bottom), 6.0, Pen { colour: colour(limit), width: 1.5 });
    }
}

/// The colour of a limit's line and label.
pub fn colour(limit: &Limit) -> super::palette::Rgb {
    if limit.verdict == Verdict::Fail { OPEN } else { QUIET }
}

fn limit(objective: &ObjectiveResult) -> Limit {
    let rule = inert::text(&objective.rule).replace("<=", "≤").replace(">=", "≥");
    let short = rule.replacen("(time_to_contain)", "", 1).replacen("(time_to_contain{", " {", 1).replacen("})", "}", 1);
    let percent = short.strip_prefix('p').and_then(|rest| rest.split(' ').next()).and_then(|p| p.parse::<f64>().ok());
    let of_all = !short.contains('{');
    Limit {
        at: objective.limit,
        share: percent.map(|p| p / 100.0).filter(|p| of_all && *p > 0.0 && *p < 1.0),
        label: format!("{short} {}", phrase::verdict(objective)),
        verdict: objective.verdict,
        of_all,
    }
}

/// Places for the labels, in the order of the limits: in the lowest row where a label meets no other and no line that
/// leads to a label above it. Those that stand to the right of their line are placed from right to left, and then the
/// others from left to right, so that few lines are in the way.
fn placed(limits: &[Limit], axis: &Axis) -> Vec<Placed> {
    let mut labels: Vec<Placed> = limits.iter().map(|limit| on_its_side(limit, axis)).collect();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    let key = |label: &Placed| if label.anchor == Anchor::Start { (0, -label.x) } else { (1, label.x) };
    order.sort_by(|a, b| key(&labels[*a]).partial_cmp(&key(&labels[*b])).unwrap_or(std::cmp::Ordering::Equal));
    for (done, this) in order.iter().enumerate() {
        let free = |row: &usize| {
            order[..done].iter().map(|other| &labels[*other]).all(|other| {
                let beside = other.row != *row
                    || labels[*this].right + 10.0 < other.left
                    || other.right + 10.0 < labels[*this].left;
                let crossed = other.row > *row && (labels[*this].left..labels[*this].right).contains(&other.x);
                beside && !crossed
            })
        };
        labels[*this].row = (0..).find(free).unwrap_or(0);
    }
    labels
}

fn on_its_side(limit: &Limit, axis: &Axis) -> Placed {
    let x = axis.x(limit.at);
    let beyond = if limit.at > axis.to { " (beyond the horizon)" } else { "" };
    let room = (axis.right - x).max(x - axis.left) - 8.0;
    let text = shorten(&format!("{}{beyond}", limit.label), SIZE, room);
    let long = width(&text, SIZE) + 6.0;
    if x + long <= axis.right {
        Placed { x, row: 0, text, anchor: Anchor::Start, left: x, right: x + long }
    } else {
        Placed { x, row: 0, text, anchor: Anchor::End, left: x - long, right: x }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::plot::axis::Scale;

    #[test]
    fn a_rule_is_shortened_and_its_share_read() {
        let limits = limits(&fixture::mixed());
        let words: Vec<_> = limits.iter().map(|limit| (limit.label.as_str(), limit.share)).collect();
        assert_eq!(words, [("p99 ≤ 60s FAIL", Some(0.99)), ("p95 {target=secrets} ≤ 55s INCONCLUSIVE", None)]);
    }

    #[test]
    fn labels_that_would_overlap_stand_in_rows() {
        let axis = Axis { scale: Scale::Linear, from: 0.0, to: 300.0, left: 60.0, right: 860.0, zero: 60.0 };
        let limits = limits(&fixture::mixed());
        assert_eq!(height(&limits, &axis), 2.0 * ROW);
        assert_eq!(height(&[], &axis), 0.0);
    }
}
