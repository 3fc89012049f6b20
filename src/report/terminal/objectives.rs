//! The objectives on the end screen: first what came out, last what was missed.

use super::fit::{Block, Gap};
use super::line::{COLUMNS, Ink, Line, columns, cut, wrap, wrap_to};
use crate::record::estimate::Figure;
use crate::record::summary::{ObjectiveResult, Record, Verdict};
use crate::report::{find, inert, phrase};

/// Column of the rules, after the longest verdict.
const RULE: usize = 14;

/// Objectives of the list at the top that stay as long as there is anything else to shorten.
pub const KEPT: usize = 4;

/// Lines of what is said to an objective, at most, below what was observed.
const NOTE: usize = 2;

/// Every objective with its rule, what was observed and the verdict.
///
/// The order is that of the file where all are met and can be shown; else, since the list may be shortened, what was
/// missed comes first, then what is undecided, then what failed as it was meant to, and what passed last.
pub fn block(record: &Record, room: usize) -> Block {
    let mut objectives: Vec<&ObjectiveResult> = record.objectives.iter().collect();
    if objectives.len() > room || record.objectives.iter().any(|objective| objective.met != Some(true)) {
        objectives.sort_by_key(|objective| rank(objective));
    }
    let observed: Vec<String> = objectives.iter().map(|objective| observed(record, objective)).collect();
    let widest = observed.iter().map(|text| columns(text)).max().unwrap_or(0);
    let space = (COLUMNS - RULE).saturating_sub(widest + 2);
    let brief = objectives.iter().filter(|objective| note(objective).is_none());
    let rules = brief.map(|objective| columns(&inert::text(&objective.rule)));
    let column = rules.filter(|width| *width <= space).max().map_or(0, |width| RULE + width + 2);
    let items = objectives.iter().zip(&observed).map(|(objective, observed)| item(objective, observed, column));
    let below = record.objectives.iter().filter(|objective| objective.met != Some(true)).count();
    let not_passed = record.objectives.iter().filter(|objective| objective.verdict != Verdict::Pass).count();
    // What was missed and what is undecided also stands below, where all of it is shown.
    let must = if record.objectives.len() > room { not_passed.min(KEPT) } else { 0 };
    Block {
        opening: vec![heading(record)],
        items: items.collect(),
        keep: KEPT,
        must,
        last: true,
        below,
        indent: RULE,
        gap: Gap::Empty,
        ..Block::default()
    }
}

/// The last lines: all that was missed or could not be decided, however much that is, or that all was met. Where an interval
/// has no end, the reason is said here as well, unless it stands at the top with the first `told`.
pub fn closing(record: &Record, told: usize) -> Block {
    let missed = record.objectives.iter().filter(|objective| objective.met != Some(true));
    let mut missed: Vec<&ObjectiveResult> = missed.collect();
    missed.sort_by_key(|objective| rank(objective));
    let item = |(at, objective): (usize, &&ObjectiveResult)| {
        let mut lines = closing_lines(record, objective);
        if at >= told && has_no_end(objective) {
            let reason = note(objective).map(|note| cut(&inert::text(&note), COLUMNS - RULE));
            lines.extend(reason.map(|reason| Line::default().to(RULE).with(Ink::Faint, &reason)));
        }
        lines
    };
    let items: Vec<_> = missed.iter().enumerate().map(item).collect();
    let mut opening = Vec::new();
    if record.run.interrupted {
        let (played, asked) = (phrase::count(record.run.trials), phrase::count(record.run.trials_asked));
        opening
            .push(Line::new(Ink::Bad, "INTERRUPTED").with(Ink::Plain, &format!(" after {played} of {asked} trials")));
    }
    opening.push(tally(&record.objectives));
    Block { opening, must: items.len(), items, indent: RULE, gap: Gap::Empty, ..Block::default() }
}

fn rank(objective: &ObjectiveResult) -> u8 {
    match (objective.met, objective.verdict) {
        (Some(false), _) => 0,
        (None, _) => 1,
        (Some(true), Verdict::Fail) => 2,
        (Some(true), _) => 3,
    }
}

fn ink(objective: &ObjectiveResult) -> Ink {
    match objective.met {
        Some(true) => Ink::Good,
        Some(false) => Ink::Bad,
        None => Ink::Unsure,
    }
}

fn heading(record: &Record) -> Line {
    let line = Line::new(Ink::Strong, "OBJECTIVES");
    let words = match record.objectives.as_slice() {
        [] => "  none in this scenario, so there is no verdict".to_owned(),
        [only] => format!("  observed with its {} interval", phrase::percent(only.confidence)),
        [first, ..] => format!("  observed with {} intervals (95% jointly)", phrase::percent(first.confidence)),
    };
    line.with(if record.objectives.is_empty() { Ink::Plain } else { Ink::Faint }, &words)
}

fn observed(record: &Record, objective: &ObjectiveResult) -> String {
    if objective.rule.starts_with("bound(") {
        return by_analysis(objective);
    }
    phrase::estimate(&objective.observed, find::unit(record, objective), objective.n)
}

/// A bound comes from the description, not from trials: it has no sample and no interval.
fn by_analysis(objective: &ObjectiveResult) -> String {
    match objective.observed.value {
        Figure::At(seconds) => format!("{} by analysis", phrase::exact_duration(seconds)),
        Figure::Beyond(_) | Figure::Unbounded | Figure::Limitless => "no bound exists".into(),
    }
}

fn item(objective: &ObjectiveResult, observed: &str, column: usize) -> Vec<Line> {
    let mut rule = wrap(&inert::text(&objective.rule), COLUMNS - RULE).into_iter();
    let first = rule.next().unwrap_or_default();
    let start = Line::new(ink(objective), word(objective)).to(RULE).with(Ink::Plain, &first);
    let rest: Vec<Line> = rule.map(|part| Line::default().to(RULE).with(Ink::Plain, &part)).collect();
    match note(objective) {
        None if rest.is_empty() && RULE + columns(&first) < column => {
            vec![start.to(column).with(Ink::Strong, observed)]
        }
        None => {
            let observed = Line::default().to(RULE).with(Ink::Strong, observed);
            [start].into_iter().chain(rest).chain([observed]).collect()
        }
        Some(note) => {
            // Beside what was observed as far as there is room, and on below.
            let note = inert::text(&note).split_whitespace().collect::<Vec<_>>().join(" ");
            let observed = Line::default().to(RULE).with(Ink::Strong, observed);
            let beside = wrap(&note, COLUMNS.saturating_sub(observed.width() + 2)).swap_remove(0);
            let more = note.strip_prefix(&beside).unwrap_or_default().trim_start();
            let below = if more.is_empty() { Vec::new() } else { wrap_to(more, COLUMNS - RULE, NOTE) };
            let below = below.iter().map(|line| Line::default().to(RULE).with(Ink::Faint, line));
            let observed = observed.with(Ink::Faint, &format!("  {beside}"));
            [start].into_iter().chain(rest).chain([observed]).chain(below).collect()
        }
    }
}

fn word(objective: &ObjectiveResult) -> &'static str {
    match (&objective.meant_to_fail, objective.verdict) {
        (Some(_), Verdict::Fail) => "FAIL (meant)",
        _ => phrase::verdict(objective),
    }
}

fn note(objective: &ObjectiveResult) -> Option<String> {
    let hint = objective.hint.clone().filter(|_| objective.verdict == Verdict::Inconclusive);
    match (&objective.meant_to_fail, objective.verdict) {
        (Some(why), Verdict::Pass) => Some(format!("was meant to fail: {why}")),
        (Some(why), Verdict::Fail) => Some(format!("\"{why}\"")),
        (Some(why), Verdict::Inconclusive) => Some(hint.unwrap_or_else(|| format!("meant to fail: {why}"))),
        (None, _) => hint,
    }
}

/// Whether an undecided one has an interval of which the trials give no end, so that it does not say what would decide.
fn has_no_end(objective: &ObjectiveResult) -> bool {
    objective.verdict == Verdict::Inconclusive
        && [objective.observed.low, objective.observed.high].contains(&Figure::Unbounded)
}

fn tally(objectives: &[ObjectiveResult]) -> Line {
    let of = |met| objectives.iter().filter(|objective| objective.met == met).count();
    let (missed, undecided, met, all) = (of(Some(false)), of(None), of(Some(true)), objectives.len());
    let noun = if all == 1 { "objective" } else { "objectives" };
    let others: Vec<String> = [(met, "met"), (if missed > 0 { undecided } else { 0 }, "undecided")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("; {n} {word}"))
        .collect();
    let (ink, word, words) = match (missed, undecided) {
        _ if all == 0 => (Ink::Unsure, "NO VERDICT", "the scenario has no objectives".to_owned()),
        (0, 0) => (Ink::Good, "MET", format!("{all} of {all} {noun}{}", as_meant(objectives))),
        (0, n) => (Ink::Unsure, "UNDECIDED", format!("{n} of {all} {noun}{}", others.concat())),
        (n, _) => (Ink::Bad, "MISSED", format!("{n} of {all} {noun}{}", others.concat())),
    };
    Line::new(ink, word).to(RULE).with(Ink::Plain, &words)
}

/// How many of the objectives are met by failing.
fn as_meant(objectives: &[ObjectiveResult]) -> String {
    let meant = |objective: &&ObjectiveResult| objective.meant_to_fail.is_some() && objective.verdict == Verdict::Fail;
    match objectives.iter().filter(meant).count() {
        0 => String::new(),
        n => format!(", {n} of them by failing as meant"),
    }
}

/// A rule is told whole, on lines of its own where it leaves no room for what was observed: its limit stands at its end.
fn closing_lines(record: &Record, objective: &ObjectiveResult) -> Vec<Line> {
    let observed = observed(record, objective);
    let but = match (&objective.meant_to_fail, objective.verdict) {
        (Some(_), Verdict::Pass) => ", was meant to fail",
        _ => "",
    };
    let told = wrap(&format!("{}{but}:", inert::text(&objective.rule)), COLUMNS - RULE);
    let mut lines: Vec<Line> = told.iter().map(|part| Line::default().to(RULE).with(Ink::Plain, part)).collect();
    lines[0] = Line::new(ink(objective), word(objective)).to(RULE).with(Ink::Plain, &told[0]);
    match lines.pop() {
        Some(last) if last.width() + 1 + columns(&observed) <= COLUMNS => {
            lines.push(last.with(Ink::Plain, " ").with(Ink::Strong, &observed));
        }
        last => {
            lines.extend(last);
            lines.push(Line::default().to(RULE).with(Ink::Strong, &observed));
        }
    }
    lines
}
