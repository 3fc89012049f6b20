//! What lies behind the verdict: replays that got through, who held out, why, at what cost, and with what caveats.

use super::fit::{Block, Gap};
use super::line::{COLUMNS, Ink, Line, columns, cut, wrap_to};
use crate::record::estimate::{Figure, MetricEstimate};
use crate::record::summary::Record;
use crate::report::{find, inert, phrase};
use std::cmp::Ordering;

/// Lines of a warning, at most: more than any of ours takes, unless the names in it are very long.
const WARNING: usize = 8;

/// Column of the facts, after their names.
pub const FACT: usize = 16;

/// The facts, each a block of its own so that each can be shortened.
pub fn blocks(record: &Record) -> Vec<Block> {
    let mut blocks = vec![accepted(record), held_out(record), why(record), cost(record), warnings(record)];
    blocks.retain(|block| !block.opening.is_empty() || !block.items.is_empty());
    if let Some(first) = blocks.first_mut() {
        first.gap = Gap::Empty;
    }
    blocks
}

/// Lines of text under a name, which stands before the first.
pub fn named(name: &str, ink: Ink, lines: Vec<String>) -> Vec<Line> {
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    lines.iter().zip(names).map(|(text, name)| Line::new(Ink::Strong, name).to(FACT).with(ink, text)).collect()
}

fn accepted(record: &Record) -> Block {
    let Some(estimate) = find::whole(record, "accepted_after_revocation").filter(|e| e.n > 0) else {
        return Block::default();
    };
    let mut parts: Vec<String> =
        estimate.mean.iter().map(|mean| format!("mean {}", with_interval(mean, estimate))).collect();
    if let Some(p99) = find::quantile(estimate, 0.99) {
        parts.push(format!("p99 {}", with_interval(&p99.estimate, estimate)));
    }
    if let Some(max) = estimate.max {
        parts.push(format!("max {}", phrase::figure(max, estimate.unit)));
    }
    let text = parts.join(" · ");
    Block { opening: named("ACCEPTED AFTER", Ink::Plain, wrap_to(&text, COLUMNS - FACT, 2)), ..Block::default() }
}

/// Targets by time to contain and verifiers by propagation delay, the slowest at p99 first. A verifier that checks
/// nothing is never shut and decides no race: it comes after all that could be.
fn held_out(record: &Record) -> Block {
    let targets = find::labelled(record, "time_to_contain", "target").into_iter().map(|(name, e)| ("target", name, e));
    let verifiers = find::labelled(record, "propagation_delay", "verifier").into_iter();
    let mut all: Vec<_> =
        targets.chain(verifiers.map(|(name, e)| ("verifier", name, e))).filter(|x| x.2.n > 0).collect();
    // The only target is the whole system, and is told of where its verifiers alone do not say how late it was.
    if let (Some(whole), [only]) = (find::whole(record, "time_to_contain").filter(|e| e.n > 0), &record.bounds[..])
        && all.iter().all(|(kind, _, estimate)| *kind == "verifier" && slowness(estimate) < slowness(whole))
    {
        all.push(("target", only.target.as_str(), whole));
    }
    // A verifier and the only target behind it, which has its name, are one door.
    let doors: Vec<(&str, f64)> =
        all.iter().filter(|one| one.0 == "target").map(|(_, name, estimate)| (*name, slowness(estimate).0)).collect();
    all.retain(|(kind, name, estimate)| *kind == "target" || !doors.contains(&(*name, slowness(estimate).0)));
    let checks_nothing = |(kind, name, _): &(&str, &str, &MetricEstimate)| {
        *kind == "verifier" && record.scenario.check_nothing.iter().any(|one| one == name)
    };
    all.sort_by(|a, b| slowness(b.2).partial_cmp(&slowness(a.2)).unwrap_or(Ordering::Equal));
    all.sort_by_key(checks_nothing);
    if all.is_empty() && record.bounds.len() > 1 && find::whole(record, "time_to_contain").is_some_and(|e| e.n > 0) {
        return not_each(record.bounds.len());
    }
    let item = |(at, one): (usize, &(&str, &str, &MetricEstimate))| {
        let (kind, name, estimate) = one;
        let heading = if at == 0 { "HELD LONGEST" } else { "" };
        let shown = cut(&format!("{kind} {}", inert::text(name)), 24);
        let tail = find::quantile(estimate, 0.99);
        let whole = tail.map(|q| format!("p99 {}", with_interval(&q.estimate, estimate)));
        let bare = tail.map(|q| format!("p99 {}", phrase::figure(q.estimate.value, estimate.unit)));
        let bound = if *kind == "target" { bound(record, name) } else { None };
        let both = |tail: Option<String>| [tail, bound.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        // Where there is no room for both, the bound is worth more than the interval, which the record has.
        let fits = |text: &String| FACT + 22 + columns(text) <= COLUMNS;
        let rest = Some(both(whole)).filter(fits).unwrap_or_else(|| both(bare));
        let rest = if checks_nothing(one) { "checks nothing, so it is never shut".to_owned() } else { rest };
        let line = Line::new(Ink::Strong, heading).to(FACT).with(Ink::Plain, &shown).to(FACT + 22);
        vec![line.with(Ink::Plain, &rest)]
    };
    Block { items: all.iter().enumerate().map(item).collect(), keep: 2, indent: FACT, ..Block::default() }
}

/// Where no target has estimates of its own, because there are too many of them.
fn not_each(targets: usize) -> Block {
    let text = format!("not kept for each of {} targets: name one in an objective", phrase::count(targets as u64));
    Block { opening: named("HELD LONGEST", Ink::Plain, wrap_to(&text, COLUMNS - FACT, 2)), ..Block::default() }
}

/// What kept the last path open in the worst hundredth of the trials.
fn why(record: &Record) -> Block {
    let all = record.attribution.iter().fold(0_u64, |sum, a| sum.saturating_add(a.worst_trials));
    let mut worst: Vec<_> = record.attribution.iter().filter(|a| a.worst_trials > 0).collect();
    worst.sort_by_key(|a| std::cmp::Reverse(a.worst_trials));
    let item = |(at, a): (usize, &&crate::record::summary::Attribution)| {
        let until = if a.closed_by == "nothing" { "still open" } else { &format!("until {}", a.closed_by) };
        let (n, all) = (phrase::count(a.worst_trials), phrase::count(all));
        let shared = match a.shared_trials {
            n if n == a.trials => ", others as late",
            n if 2 * n > a.trials => ", others mostly as late",
            _ => "",
        };
        let text = if a.verifier.is_empty() {
            format!("{n} of {all}: {}, shut at once", a.target)
        } else {
            format!("{n} of {all}: {} at {}, {} {until}{shared}", a.target, a.verifier, a.held_open_by)
        };
        named(if at == 0 { "WHY, WORST 1%" } else { "" }, Ink::Plain, wrap_to(&text, COLUMNS - FACT, 2))
    };
    Block { items: worst.iter().enumerate().map(item).collect(), keep: 2, indent: FACT, ..Block::default() }
}

fn cost(record: &Record) -> Block {
    let part = |(metric, words): (&str, &str)| {
        let estimate = find::whole(record, metric).filter(|e| e.n > 0)?;
        if estimate.at_zero.count == estimate.at_zero.of && estimate.at_zero.of > 0 {
            return Some(format!("no {words} in any of {}", phrase::trials(estimate.n)));
        }
        Some(format!("{words} {}", with_interval(estimate.mean.as_ref()?, estimate)))
    };
    let metrics = [
        ("issuer_load", "issuer load"),
        ("collateral_rejections", "collateral rejections"),
        ("false_rejections", "false rejections"),
    ];
    let parts: Vec<String> = metrics.into_iter().filter_map(part).collect();
    let lines = if parts.is_empty() { Vec::new() } else { wrap_to(&parts.join(" · "), COLUMNS - FACT, 3) };
    Block { opening: named("COST, MEANS", Ink::Plain, lines), ..Block::default() }
}

fn warnings(record: &Record) -> Block {
    let item = |(at, warning): (usize, &String)| {
        let name = if at == 0 { "WARNINGS" } else { "" };
        named(name, Ink::Unsure, wrap_to(warning, COLUMNS - FACT, WARNING))
    };
    let items = record.warnings.iter().enumerate().map(item).collect();
    Block { items, keep: 2, indent: FACT, whole: true, ..Block::default() }
}

fn with_interval(estimate: &crate::record::estimate::Estimate, of: &MetricEstimate) -> String {
    phrase::estimate(estimate, of.unit, of.n)
}

fn bound(record: &Record, target: &str) -> Option<String> {
    let bound = record.bounds.iter().find(|bound| bound.target == target)?.bound?;
    match bound {
        Figure::At(seconds) => Some(format!("bound {}", phrase::exact_duration(seconds))),
        Figure::Beyond(_) | Figure::Unbounded | Figure::Limitless => None,
    }
}

/// Slower is greater: first by the 99th percentile, then by the share that was never contained.
fn slowness(estimate: &MetricEstimate) -> (f64, f64) {
    let p99 = find::quantile(estimate, 0.99).map_or(-1.0, |q| match q.estimate.value {
        Figure::At(seconds) => seconds,
        Figure::Beyond(_) | Figure::Unbounded | Figure::Limitless => f64::INFINITY,
    });
    (p99, estimate.censored_share.share)
}
