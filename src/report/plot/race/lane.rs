//! One lane of a race: bars where a door is open or a part is down, dots and crosses for replays, marks with labels.

use super::scale::Scale;
use super::spots::Spots;
use crate::record::estimate::Figure;
use crate::record::story::{Event, EventKind, Lane, LaneKind, Replays, State, Story, Stretch};
use crate::report::phrase;
use crate::report::plot::canvas::{Canvas, Pen, Point};
use crate::report::plot::label::Rect;
use crate::report::plot::palette::{AT_ONCE, BAND, CURVES, GRID, INK, OPEN, OTHERS, QUIET, Rgb, for_text};

/// Height of a lane in points.
pub const HEIGHT: f64 = 48.0;

/// Half the height of a bar, and where marks and replays stand below its middle.
const BAR: f64 = 6.0;
const MARKS: f64 = -5.0;
const ACCEPTED: f64 = 9.5;
const REJECTED: f64 = 17.5;

/// Dots closer than this many points would be one.
const APART: f64 = 5.0;

/// Draws what happened on lane `number`, whose middle is at height `y`.
pub fn draw(canvas: &mut Canvas<'_>, story: &Story, number: usize, scale: &Scale, y: f64) {
    let lane = &story.lanes[number];
    let bounds = Rect { left: scale.left, top: y - HEIGHT / 2.0, right: scale.right + 14.0, bottom: y + HEIGHT / 2.0 };
    let mut spots = Spots::new(bounds);
    let is_door = matches!(lane.kind, LaneKind::Verifier | LaneKind::Target);
    for x in lines(story, scale) {
        spots.take(Rect { left: x - 1.0, right: x + 1.0, ..bounds });
    }
    if is_door {
        if !lane.checks_nothing() {
            rightly_open(canvas, lane.ended.or(story.turning_point), scale, y);
        }
        // Dots and crosses have the lower half for themselves.
        let replayed = story.replays.iter().any(|replays| replays.lane == number);
        if replayed {
            spots.take(Rect { left: scale.left, top: y + 4.0, right: scale.right, bottom: bounds.bottom });
        }
    }
    if lane.checks_nothing() {
        let (top, bottom) = (y + MARKS - BAR, y + MARKS + BAR);
        hatched(canvas, Rect { left: scale.x(0.0), top, right: scale.right, bottom });
    } else {
        lane.stretches.iter().for_each(|stretch| bar(canvas, stretch, scale, y + MARKS));
    }
    let replays = story.replays.iter().filter(|replays| replays.lane == number);
    replays.for_each(|replays| draw_replays(canvas, replays, scale, y));
    let events: Vec<&Event> =
        story.events.iter().filter(|event| event.lane == number && scale.shows(event.at)).collect();
    for event in &events {
        mark(canvas, event, is_door, scale, y + MARKS);
    }
    labels(canvas, lane, &events, scale, y, &mut spots);
}

/// Where lines run through all lanes: the turning point and the containment.
fn lines(story: &Story, scale: &Scale) -> impl Iterator<Item = f64> {
    let contained = match (story.turning_point, story.time_to_contain) {
        (Some(turn), Some(Figure::At(time))) => Some(scale.x(turn + time)),
        _ => None,
    };
    story.turning_point.map(|turn| scale.x(turn)).into_iter().chain(contained)
}

/// Until the turning point a door is open as it should be, or until what opened it had ended before.
fn rightly_open(canvas: &mut Canvas<'_>, until: Option<f64>, scale: &Scale, y: f64) {
    let end = until.map_or(scale.right, |at| scale.x(at));
    canvas.rectangle((scale.x(0.0), y + MARKS - BAR), (end, y + MARKS + BAR), GRID, 0.7);
}

fn bar(canvas: &mut Canvas<'_>, stretch: &Stretch, scale: &Scale, y: f64) {
    let (colour, opacity) = match stretch.state {
        State::Good => (BAND, 0.6),
        State::Open => (OPEN, 0.85),
        State::Down => (QUIET, 0.75),
    };
    let (from, to) = (scale.x(stretch.from), stretch.to.map_or(scale.right, |to| scale.x(to)));
    canvas.rectangle((from, y - BAR), (to.max(from + 1.5), y + BAR), colour, opacity);
}

/// A bar without a colour, for a door that there is not.
pub fn hatched(canvas: &mut Canvas<'_>, bar: Rect) {
    let Rect { left, top, right, bottom } = bar;
    let (high, pen) = (bottom - top, Pen { colour: OTHERS, width: 1.0 });
    let mut x = left;
    while x + high <= right {
        canvas.path(&[(x, bottom), (x + high, top)], pen);
        x += 7.0;
    }
    canvas.path(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], pen);
}

/// Replays of one kind: where they came closer than the eye can tell, a line between the dots.
fn draw_replays(canvas: &mut Canvas<'_>, replays: &Replays, scale: &Scale, y: f64) {
    let (colour, y) = if replays.accepted { (INK, y + ACCEPTED) } else { (QUIET, y + REJECTED) };
    if !scale.shows(replays.from) {
        return;
    }
    let (from, to) = (scale.x(replays.from), scale.x(replays.to));
    if replays.count as usize > replays.at.len() {
        canvas.path(&[(from, y), (to, y)], Pen { colour, width: if replays.accepted { 2.0 } else { 1.0 } });
    }
    let mut last = f64::NEG_INFINITY;
    for x in replays.at.iter().filter(|at| scale.shows(**at)).map(|at| scale.x(*at)) {
        if x - last >= APART {
            if replays.accepted {
                canvas.dot((x, y), 2.3, colour)
            } else {
                cross(canvas, (x, y), colour)
            }
            last = x;
        }
    }
}

/// A small cross.
pub fn cross(canvas: &mut Canvas<'_>, (x, y): Point, colour: Rgb) {
    let pen = Pen { colour, width: 1.5 };
    canvas.path(&[(x - 3.0, y - 3.0), (x + 3.0, y + 3.0)], pen);
    canvas.path(&[(x - 3.0, y + 3.0), (x + 3.0, y - 3.0)], pen);
}

fn mark(canvas: &mut Canvas<'_>, event: &Event, is_door: bool, scale: &Scale, y: f64) {
    let told = matches!(event.kind, EventKind::Heard | EventKind::Trouble);
    if event.label.is_empty() || (is_door && !told) {
        return;
    }
    let x = scale.x(event.at);
    canvas.area(&[(x, y - 6.5), (x + 5.0, y), (x, y + 6.5), (x - 5.0, y)], colour(event), 1.0);
}

fn colour(event: &Event) -> Rgb {
    match event.kind {
        EventKind::Exposed | EventKind::Attack | EventKind::Accepted | EventKind::Opened => OPEN,
        EventKind::Defence | EventKind::Sent | EventKind::Heard => CURVES[0],
        EventKind::Revoked => INK,
        EventKind::Closed | EventKind::Rejected | EventKind::End => AT_ONCE,
        EventKind::Trouble => OTHERS,
    }
}

/// Labels, those that the story needs most first. Containment and the turning point have lines of their own.
fn labels(canvas: &mut Canvas<'_>, lane: &Lane, events: &[&Event], scale: &Scale, y: f64, spots: &mut Spots) {
    let heights = [y + MARKS - 14.0, y + MARKS + 14.0];
    let is_door = matches!(lane.kind, LaneKind::Verifier | LaneKind::Target);
    if is_door && !lane.checks_nothing() {
        ends(canvas, lane, scale, y, spots);
    }
    let mut by_weight: Vec<&&Event> = events.iter().filter(|event| !event.label.is_empty()).collect();
    by_weight.sort_by_key(|event| event.weight);
    for event in by_weight {
        let on_bar = is_door && !matches!(event.kind, EventKind::Heard | EventKind::Trouble | EventKind::Opened);
        if on_bar || event.kind == EventKind::End {
            continue;
        }
        spots.write(canvas, scale.x(event.at), &heights, &event.label, for_text(colour(event)));
    }
}

/// What shut a door, and when, beside the end of its last bar.
fn ends(canvas: &mut Canvas<'_>, lane: &Lane, scale: &Scale, y: f64, spots: &mut Spots) {
    for stretch in &lane.stretches {
        let (left, right) = (scale.x(stretch.from), stretch.to.map_or(scale.right, |to| scale.x(to)));
        spots.take(Rect { left, top: y + MARKS - BAR + 1.0, right, bottom: y + MARKS + BAR - 1.0 });
    }
    let Some(last) = lane.stretches.last() else { return };
    let (x, words) = match last.to {
        Some(to) if to > scale.turn => {
            (scale.x(to), format!("{} +{}", last.closed_by, phrase::duration(to - scale.turn)))
        }
        Some(to) => match lane.ended {
            Some(ended) => (scale.x(ended.max(0.0)), "shut before".to_owned()),
            None => (scale.x(to), "shut at once".to_owned()),
        },
        None => (scale.right, format!("still open: {}", last.held_open_by)),
    };
    let heights = [y + MARKS, y + MARKS - 14.0, y + MARKS + 14.0];
    // Beside the bar where there is room to its right, else above it.
    let fits = x + 6.0 + crate::report::plot::label::width(&words, super::spots::SIZE) <= scale.right + 14.0;
    spots.write(canvas, x, if fits { &heights } else { &heights[1..] }, &words, for_text(OPEN));
}
