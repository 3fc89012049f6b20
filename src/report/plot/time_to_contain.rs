//! The picture of time to contain: the distribution as a curve above and as bars below, with every objective on it.
//!
//! What was contained at once and what was not contained are drawn as such; quantiles never stand alone. The picture
//! is SVG text that names no clock and no chance: the same record gives the same bytes.

use super::canvas::{Anchor, Canvas, picture};
use super::cdf::Panel;
use super::curve::{Curve, targets, whole};
use super::label::{Rect, shorten};
use super::limits::{self, limits};
use super::palette::{INK, QUIET};
use super::{axis::Scale, histogram};
use crate::record::estimate::Unit;
use crate::record::summary::Record;
use crate::report::{find, inert, phrase};

/// Width and height in points.
pub const SIZE: (u32, u32) = (900, 700);

const LEFT: f64 = 66.0;
const RIGHT: f64 = 882.0;

/// The picture as SVG.
pub fn svg(record: &Record) -> String {
    let finding = finding(record);
    let title = format!("Time to contain: {}", record.scenario.name);
    picture(SIZE, &title, &finding, |canvas| {
        heading(canvas, record, &finding);
        let curves: Vec<Curve<'_>> = whole(record).into_iter().chain(targets(record)).collect();
        match curves.first() {
            Some(first) => panels(canvas, record, &curves, first),
            None => nothing(canvas, record),
        }
        footing(canvas, record);
    })
}

/// The finding in one line: the 99th percentile with its interval, the sample, and what kind of evidence it is.
pub fn finding(record: &Record) -> String {
    let kind = phrase::evidence(record.evidence_kind);
    let Some(estimate) = find::whole(record, "time_to_contain").filter(|estimate| estimate.n > 0) else {
        return format!("no trial was revoked, so time to contain is unknown (n = 0), {kind}");
    };
    let n = phrase::count(estimate.n);
    match find::quantile(estimate, 0.99) {
        Some(p99) => {
            let words = phrase::estimate(&p99.estimate, Unit::Seconds, estimate.n);
            format!("p99 {words}, n = {n} revoked trials, {kind}")
        }
        None => format!("n = {n} revoked trials, {kind}"),
    }
}

fn heading(canvas: &mut Canvas<'_>, record: &Record, finding: &str) {
    let name = shorten(&inert::text(&record.scenario.name), 24.0, RIGHT - 18.0);
    canvas.text((18.0, 26.0), &name, 24.0, INK, Anchor::Start);
    canvas.text((18.0, 56.0), &format!("Time to contain: {finding}"), 17.0, INK, Anchor::Start);
}

fn panels(canvas: &mut Canvas<'_>, record: &Record, curves: &[Curve<'_>], whole: &Curve<'_>) {
    let limits = limits(record);
    let horizon = whole.distribution.limit;
    let frame = Rect { left: LEFT, top: 120.0, right: RIGHT, bottom: 414.0 };
    let panel = Panel::new(frame, curves, &limits, horizon);
    let top = 112.0 + limits::height(&limits, &panel.axis);
    let panel = panel.below(top);
    let unlabelled = curves.iter().skip(1).any(|curve| curve.name.is_empty());
    let others = if unlabelled { "; faster targets in grey" } else { "" };
    let above = format!("Share of revoked trials contained by then, with its 95% band{others}");
    canvas.text((18.0, 90.0), &above, 16.0, INK, Anchor::Start);
    limits::draw(canvas, &limits, &panel.axis, panel.frame.top, panel.frame.bottom);
    panel.draw(canvas, &limits);
    let unit = match panel.axis.scale {
        Scale::Linear => format!("{} since revocation", panel.axis.unit()),
        Scale::Log => "time since revocation, logarithmic".to_owned(),
    };
    let middle = (panel.axis.left + panel.axis.right) / 2.0;
    canvas.text((middle, 450.0), &unit, 15.0, QUIET, Anchor::Middle);

    let n = find::whole(record, "time_to_contain").map_or(0, |estimate| estimate.n);
    canvas.text((18.0, 484.0), "Share of revoked trials by time to contain, logarithmic", 16.0, INK, Anchor::Start);
    let frame = Rect { left: LEFT, top: 502.0, right: RIGHT, bottom: 626.0 };
    histogram::draw(canvas, frame, whole.distribution, n, &limits);
    canvas.text(((LEFT + RIGHT) / 2.0, 662.0), "time from revocation to containment", 15.0, QUIET, Anchor::Middle);
}

fn nothing(canvas: &mut Canvas<'_>, record: &Record) {
    let words = match find::whole(record, "time_to_contain") {
        Some(estimate) if estimate.n > 0 => "the record holds no distribution to draw",
        _ => "no trial was revoked: there is no distribution to draw",
    };
    canvas.text(((LEFT + RIGHT) / 2.0, 340.0), words, 20.0, QUIET, Anchor::Middle);
}

fn footing(canvas: &mut Canvas<'_>, record: &Record) {
    let words = format!(
        "revdrill {} · digest {} · seed {} · {} · horizon {}",
        record.version,
        phrase::short_digest(&record.scenario.digest),
        record.run.seed,
        phrase::trials(record.run.trials),
        phrase::limit(record.scenario.horizon)
    );
    canvas.text((18.0, 688.0), &shorten(&words, 13.0, RIGHT - 18.0), 13.0, QUIET, Anchor::Start);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_record_gives_a_well_formed_picture_without_foreign_markup() {
        for (name, record) in fixture::every() {
            let svg = svg(&record);
            let tree = resvg::usvg::roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
            let known = ["svg", "title", "desc", "text", "polyline", "polygon", "circle"];
            for node in tree.descendants().filter(|node| node.is_element()) {
                assert!(known.contains(&node.tag_name().name()), "{name}: <{}>", node.tag_name().name());
            }
            assert!(!svg.chars().any(|c| c.is_control() && c != '\n'), "{name}");
            assert!(!svg.contains("NaN") && !svg.contains("inf,"), "{name}");
        }
    }

    #[test]
    fn the_numbers_are_those_of_the_record() {
        let svg = svg(&fixture::mixed());
        for words in [
            "p99 4m 57s [4m 56s, 4m 58s], n = 10,000 revoked trials, SIMULATED",
            "36.0% at once",
            "0.30% not contained by 30m",
            "p99 ≤ 60s FAIL",
            "&gt; 30m",
            "all targets",
            "releases",
            "secrets",
            "minutes since revocation",
        ] {
            assert!(svg.contains(words), "`{words}` is not in the picture");
        }
    }

    #[test]
    fn marks_stand_where_the_numbers_are() {
        // Two rows of labels put the top of the upper panel at 112 + 2 * 20 = 152 and its floor is 414, so 36 % stands
        // at 414 - 0.36 * 262 = 319.68, which is 1279 on a grid four times as fine; the left edge 66 is 264.
        let svg = svg(&fixture::mixed());
        assert!(svg.contains("<circle cx=\"264\" cy=\"1279\""), "the atom is not at its share");
        // 60 s of 300 * 1.06 s between 66 and 882 - 84 = 798 stands at 66 + 732 * 60 / 318 = 204.1, or 816 on the grid.
        assert!(svg.contains("points=\"816,"), "the limit is not at 60 s");
    }

    #[test]
    fn the_same_record_gives_the_same_bytes() {
        for (_, record) in fixture::every() {
            assert_eq!(svg(&record), svg(&record));
        }
    }

    #[test]
    fn a_run_without_revoked_trials_is_no_empty_axis() {
        let svg = svg(&fixture::none_revoked());
        assert!(svg.contains("no trial was revoked"));
        assert!(!svg.contains("polyline"));
    }
}
