//! The picture of a race: lanes one under the other, the turning point and the containment as lines through all.
//!
//! The same story gives the same bytes; all text is made inert. The finding stands in the title and in the description
//! for those who cannot see the picture.

use super::chosen;
use super::lane::{self, HEIGHT, cross};
use super::scale::Scale;
use crate::record::estimate::Figure;
use crate::record::story::{LaneKind, Story};
use crate::report::plot::canvas::{Anchor, Canvas, Pen, picture};
use crate::report::plot::label::{shorten, width};
use crate::report::plot::palette::{AT_ONCE, BAND, GRID, INK, OPEN, QUIET, for_text};
use crate::report::{inert, phrase};

/// Width in points.
pub const WIDTH: u32 = 900;

const LEFT: f64 = 200.0;
const RIGHT: f64 = 868.0;
const TOP: f64 = 124.0;
const EDGE: f64 = 18.0;

/// The picture as SVG.
pub fn svg(story: &Story) -> String {
    let (lanes, left_out) = chosen::lanes(story);
    let bottom = TOP + HEIGHT * lanes.len() as f64;
    let size = (WIDTH, libm::ceil(bottom + 116.0) as u32);
    let title = format!("{}: the race of trial {}", story.scenario, story.trial);
    let finding = finding(story);
    picture(size, &title, &format!("{finding}. {}", story.decided_by.join(" ")), |canvas| {
        let scale = Scale::new(story, LEFT, RIGHT);
        heading(canvas, &title, &finding);
        axis(canvas, &scale, bottom, story);
        for (row, number) in lanes.iter().enumerate() {
            let y = TOP + HEIGHT * (row as f64 + 0.5);
            name(canvas, story, *number, y);
            canvas.path(&[(EDGE, y + HEIGHT / 2.0), (RIGHT, y + HEIGHT / 2.0)], Pen { colour: GRID, width: 0.75 });
            lane::draw(canvas, story, *number, &scale, y);
        }
        turns(canvas, story, &scale, bottom);
        footing(canvas, story, bottom, left_out);
    })
}

/// Who won, in one line, and what kind of evidence it is.
fn finding(story: &Story) -> String {
    format!("Won by {} ({})", inert::text(&story.result), phrase::evidence(story.evidence_kind))
}

fn heading(canvas: &mut Canvas<'_>, title: &str, finding: &str) {
    canvas.text((EDGE, 26.0), &shorten(&inert::text(title), 22.0, RIGHT - EDGE), 22.0, INK, Anchor::Start);
    let (first, rest) = broken(finding, 15.0, RIGHT - EDGE);
    canvas.text((EDGE, 54.0), &first, 15.0, INK, Anchor::Start);
    canvas.text((EDGE, 73.0), &shorten(&rest, 15.0, RIGHT - EDGE), 15.0, INK, Anchor::Start);
}

/// A text as a first line that fits, and the rest.
fn broken(text: &str, size: f64, most: f64) -> (String, String) {
    let fits = |end: &usize| width(&text[..*end], size) <= most;
    if fits(&text.len()) {
        return (text.to_owned(), String::new());
    }
    let spaces: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
    let at = spaces.into_iter().rev().find(fits).unwrap_or(text.len());
    (text[..at].to_owned(), text[at..].trim_start().to_owned())
}

fn axis(canvas: &mut Canvas<'_>, scale: &Scale, bottom: f64, story: &Story) {
    for (x, words) in scale.marks() {
        canvas.path(&[(x, TOP), (x, bottom)], Pen { colour: GRID, width: 0.75 });
        canvas.text((x, bottom + 15.0), &words, 14.0, QUIET, Anchor::Middle);
    }
    let from = match (story.turning_point, story.outcome.as_str()) {
        (None, _) => "exposure",
        (Some(_), "expired_before_revocation") => "expiry",
        (Some(_), _) => "revocation",
    };
    let words = format!("time from the {from}, even near it and logarithmic beyond");
    canvas.text(((LEFT + RIGHT) / 2.0, bottom + 37.0), &words, 14.0, QUIET, Anchor::Middle);
}

fn name(canvas: &mut Canvas<'_>, story: &Story, number: usize, y: f64) {
    let lane = &story.lanes[number];
    let others: Vec<&str> = lane.fronts.iter().map(String::as_str).filter(|target| *target != lane.name).collect();
    let below = match lane.kind {
        _ if !others.is_empty() => others.join(", "),
        LaneKind::Attacker | LaneKind::Defender => String::new(),
        LaneKind::Issuer => "issuer".into(),
        LaneKind::Credential => "credential".into(),
        LaneKind::Channel => "channel".into(),
        LaneKind::Target => "target".into(),
        LaneKind::Verifier if lane.checks_nothing() => "verifier, checks nothing".into(),
        LaneKind::Verifier => "verifier".into(),
    };
    let room = LEFT - EDGE - 14.0;
    let middle = if below.is_empty() { y } else { y - 9.0 };
    canvas.text((EDGE, middle), &shorten(&inert::text(&lane.name), 15.0, room), 15.0, INK, Anchor::Start);
    canvas.text((EDGE, y + 9.0), &shorten(&inert::text(&below), 12.0, room), 12.0, QUIET, Anchor::Start);
}

/// The lines through all lanes: the turning point and the containment, their labels above.
fn turns(canvas: &mut Canvas<'_>, story: &Story, scale: &Scale, bottom: f64) {
    let y = TOP - 14.0;
    if let Some(turn) = story.turning_point {
        let x = scale.x(turn);
        let words = if story.outcome == "expired_before_revocation" { "expired" } else { "revoked" };
        let words = format!("{words} {} after exposure", phrase::duration(turn));
        canvas.path(&[(x, y + 9.0), (x, bottom)], Pen { colour: INK, width: 2.0 });
        let beside = x - width(&words, 14.0) > EDGE;
        let anchor = if beside { Anchor::End } else { Anchor::Start };
        canvas.text((if beside { x + 3.0 } else { x - 3.0 }, y), &words, 14.0, INK, anchor);
        if let Some(Figure::At(time)) = story.time_to_contain {
            let x = scale.x(turn + time);
            let words =
                if time > 0.0 { format!("contained +{}", phrase::duration(time)) } else { "contained at once".into() };
            canvas.dashes((x, y + 9.0), (x, bottom), 6.0, Pen { colour: AT_ONCE, width: 2.0 });
            let wide = width(&words, 14.0);
            // To the left of its line only where the label of the turning point leaves room.
            let left = x - wide > scale.x + 10.0 && x + wide > RIGHT + 20.0;
            let (at, anchor) =
                if left { (x + 3.0, Anchor::End) } else { ((x - 3.0).max(scale.x + 12.0), Anchor::Start) };
            canvas.text((at, y), &words, 14.0, for_text(AT_ONCE), anchor);
        }
    }
}

fn footing(canvas: &mut Canvas<'_>, story: &Story, bottom: f64, left_out: usize) {
    let y = bottom + 66.0;
    let mut x = EDGE;
    let mut next = |canvas: &mut Canvas<'_>, words: &str| {
        let at = x;
        canvas.text((at + 26.0, y), words, 13.0, INK, Anchor::Start);
        x += 26.0 + width(words, 13.0) + 22.0;
        at
    };
    let open_after = match story.outcome.as_str() {
        "expired_before_revocation" => "open after the expiry",
        _ => "open after the revocation",
    };
    for (words, colour, opacity) in
        [(open_after, OPEN, 0.85), ("open, rightly", GRID, 0.9), ("credential good", BAND, 0.6), ("down", QUIET, 0.75)]
    {
        let at = next(canvas, words);
        canvas.rectangle((at, y - 6.0), (at + 20.0, y + 6.0), colour, opacity);
    }
    let at = next(canvas, "replay accepted");
    canvas.dot((at + 12.0, y), 2.6, INK);
    let at = next(canvas, "rejected");
    cross(canvas, (at + 12.0, y), QUIET);
    let more = match left_out {
        0 => String::new(),
        1 => " · 1 lane is not drawn".to_owned(),
        lanes => format!(" · {lanes} lanes are not drawn"),
    };
    let words = format!(
        "revdrill {} · digest {} · seed {} · trial {} of {}{more}",
        story.version,
        phrase::short_digest(&story.digest),
        story.seed,
        phrase::count(story.trial),
        phrase::count(story.trials)
    );
    canvas.text((EDGE, y + 30.0), &shorten(&words, 13.0, RIGHT - EDGE), 13.0, QUIET, Anchor::Start);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::story;

    #[test]
    fn the_picture_is_well_formed_and_draws_no_foreign_markup() {
        let mut evil = story();
        evil.scenario = "<script>&\u{1b}".into();
        evil.lanes[4].name = "<b>\"".into();
        evil.events[1].label = "<i>".into();
        let never = Story { turning_point: None, time_to_contain: None, replays: Vec::new(), ..story() };
        for story in [story(), evil, never] {
            let svg = svg(&story);
            let tree = resvg::usvg::roxmltree::Document::parse(&svg).expect("well-formed");
            let known = ["svg", "title", "desc", "text", "polyline", "polygon", "circle"];
            let foreign =
                tree.descendants().filter(|node| node.is_element() && !known.contains(&node.tag_name().name()));
            assert_eq!(foreign.count(), 0);
            assert!(!svg.contains("NaN") && !svg.contains('\u{1b}') && !svg.contains("<script>"));
        }
    }

    #[test]
    fn the_lines_stand_at_the_revocation_and_at_the_containment() {
        // The turning point stands at 200 + 0.38 * 668 = 453.84, or 1815 on a grid four times as fine.
        let svg = svg(&story());
        assert!(svg.contains("points=\"1815,"), "no line at the revocation");
        for words in
            ["revoked 1m 40s after exposure", "contained +4m 00s", "time_to_live +4m 00s", "payments", "SIMULATED"]
        {
            assert!(svg.contains(words), "`{words}` is not in the picture");
        }
    }

    #[test]
    fn a_verifier_that_checks_nothing_is_no_door_of_the_race() {
        // The door of `gate` shuts at 340 s; a CDN that lets everything pass is open to the end of the trial at 1,900 s,
        // and neither stretches the axis nor is drawn in the colour of doors that are open.
        let open = "fill=\"#D55E00\" points=";
        let polygons = |svg: &str| svg.matches(open).count();
        let plain = svg(&story());
        let mut with_cdn = story();
        let mut cdn = with_cdn.lanes[4].clone();
        (cdn.name, cdn.fronts) = ("cdn".into(), Vec::new());
        (cdn.stretches[0].to, cdn.stretches[0].held_open_by) = (None, "no_check".into());
        with_cdn.lanes.push(cdn);
        let drawn = svg(&with_cdn);
        assert!(drawn.contains("verifier, checks nothing") && !plain.contains("checks nothing"));
        assert!(polygons(&plain) > 0, "{plain}");
        assert_eq!(polygons(&drawn), polygons(&plain));
        let ends = |story: &Story| Scale::new(story, LEFT, RIGHT).x(340.0);
        assert_eq!(ends(&with_cdn), ends(&story()));
        // Where it is a target's only door, it is one.
        with_cdn.lanes[5].fronts.push("assets".into());
        assert_eq!(polygons(&svg(&with_cdn)), polygons(&plain) + 1);
    }

    #[test]
    fn the_same_story_gives_the_same_bytes() {
        assert_eq!(svg(&story()), svg(&story()));
    }
}
