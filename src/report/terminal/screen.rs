//! The end screen: what a run found, in at most 40 lines of 80 columns, the verdict first and the misses last.
//!
//! Every number carries its unit and its interval or sample size. Words say what colour says. Where a record holds
//! more than fits, the screen says how much it left out; it grows only by objectives that were missed or not decided.

pub use super::line::{COLUMNS, Colour};

use super::fit::{Block, Gap, fit};
use super::line::{Ink, Line, columns, command, cut, wrap_to};
use super::{containment, facts, objectives, reuse};
use crate::record::summary::Record;
use crate::report::{inert, phrase};

/// Lines of the screen.
pub const LINES: usize = 40;

/// The place of the objectives among the blocks.
const OBJECTIVES: usize = 1;

/// Lines of the lesson, at most.
const LESSON: usize = 3;

/// Lines of what was injected, at most.
const INJECTED: usize = 2;

/// What a run leaves behind, which the record cannot know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailer {
    /// Files written, as the operator may open them.
    pub files: Vec<String>,
    /// The command that plays the same run again.
    pub reproduce: String,
    /// The command that recomputes and compares, where there is a folder to verify.
    pub verify: Option<String>,
}

/// The end screen, every line ending in a newline.
pub fn render(record: &Record, trailer: &Trailer, colour: Colour) -> String {
    let mut out = String::new();
    let all = record.objectives.len();
    let (mut lines, shown) = fit(&blocks(record, trailer, (6, all)), LINES);
    if shown[OBJECTIVES] < all {
        // Whatever is left out, it is first what passed.
        lines = fit(&blocks(record, trailer, (0, objectives::KEPT)), LINES).0;
    }
    for line in lines {
        out.push_str(&line.render(colour));
        out.push('\n');
    }
    out
}

/// The blocks, with objectives in the order of the file if there are no more than `room`, and at least the first `told` of
/// those that were missed or not decided at the top.
fn blocks(record: &Record, trailer: &Trailer, (room, told): (usize, usize)) -> Vec<Block> {
    let mut blocks =
        vec![header(record), objectives::block(record, room), reuse::block(record), containment::block(record)];
    blocks.extend(facts::blocks(record));
    blocks.push(written(trailer));
    blocks.push(objectives::closing(record, told));
    blocks
}

fn header(record: &Record) -> Block {
    let right = format!("revdrill {} · {}", record.version, phrase::evidence(record.evidence_kind));
    let name = cut(&inert::text(&record.scenario.name), COLUMNS - columns(&right) - 2);
    let first = Line::new(Ink::Strong, &name).to(COLUMNS - columns(&right)).with(Ink::Strong, &right);
    let run = &record.run;
    let identity = format!(
        "digest {} · seed {} · {} · engine {} · {} start",
        phrase::short_digest(&record.scenario.digest),
        run.seed,
        phrase::trials(run.trials),
        run.engine,
        record.scenario.start
    );
    let mut opening = vec![first, Line::new(Ink::Faint, &identity)];
    if !record.scenario.teaches.trim().is_empty() {
        let lesson = wrap_to(&record.scenario.teaches, COLUMNS, LESSON);
        opening.extend(lesson.iter().map(|line| Line::new(Ink::Plain, line)));
    }
    if !record.scenario.injected.is_empty() {
        let injected = format!("injected: {}", record.scenario.injected.join(", "));
        opening.extend(wrap_to(&injected, COLUMNS, INJECTED).iter().map(|line| Line::new(Ink::Unsure, line)));
    }
    Block { opening, ..Block::default() }
}

fn written(trailer: &Trailer) -> Block {
    let room = COLUMNS - facts::FACT;
    let mut opening = Vec::new();
    if !trailer.files.is_empty() {
        opening.extend(facts::named("WRITTEN", Ink::Plain, wrap_to(&trailer.files.join(", "), room, 3)));
    }
    if !trailer.reproduce.is_empty() {
        let lines = facts::named("REPRODUCE", Ink::Plain, command(&trailer.reproduce, room));
        opening.extend(lines.into_iter().map(Line::whole));
    }
    if let Some(verify) = &trailer.verify {
        opening.extend(facts::named("VERIFY", Ink::Plain, command(verify, room)).into_iter().map(Line::whole));
    }
    Block { opening, gap: Gap::Empty, ..Block::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::estimate::{Estimate, Figure};
    use crate::record::summary::{EvidenceKind, Verdict};
    use crate::report::fixture;

    fn trailer() -> Trailer {
        Trailer {
            files: vec!["reports/one-token-three-gateways/3f9a1c0b52d7-1/".into(), "record.json".into()],
            reproduce: "revdrill run scenarios/one-token-three-gateways.yaml --seed 1 --trials 10000".into(),
            verify: Some("revdrill verify reports/one-token-three-gateways/3f9a1c0b52d7-1".into()),
        }
    }

    #[test]
    fn the_screen_exceeds_forty_lines_of_eighty_columns_only_by_what_was_missed() {
        let long =
            Trailer { files: vec!["f".repeat(300); 20], reproduce: "r".repeat(900), verify: Some("v".repeat(300)) };
        for (_, record) in fixture::every() {
            for trailer in [&trailer(), &Trailer::default(), &long] {
                let screen = render(&record, trailer, Colour::Plain);
                let missed = record.objectives.iter().filter(|objective| objective.met != Some(true)).count();
                // One line for each below, and of four at the top the first lines.
                let most = LINES + missed.saturating_sub(1) + 6;
                assert!(screen.lines().count() <= most, "{} lines:\n{screen}", screen.lines().count());
                // A word of a command that is wider than the screen is left whole.
                for line in screen.lines().filter(|line| !line.contains("rrr") && !line.contains("vvv")) {
                    assert!(columns(line) <= COLUMNS, "{} columns: {line}", columns(line));
                }
            }
        }
    }

    #[test]
    #[ignore = "prints the screens for a reader's eye"]
    fn show() {
        for (_, record) in fixture::every() {
            println!("{}\n{}", "-".repeat(COLUMNS), render(&record, &trailer(), Colour::Plain));
        }
    }

    #[test]
    fn no_control_character_but_our_own_colours_reaches_the_terminal() {
        let screen = render(&fixture::hostile(), &trailer(), Colour::Plain);
        assert!(!screen.chars().any(|c| c.is_control() && c != '\n'));
        assert!(!screen.contains('\u{202e}'));
        let coloured = render(&fixture::hostile(), &trailer(), Colour::Ansi);
        let ours = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[32m", "\u{1b}[1;31m", "\u{1b}[33m", "\u{1b}[36m"];
        let bare = ours.iter().fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(bare, screen, "without our colours both screens are the same words");
    }

    #[test]
    fn the_numbers_are_those_of_the_record() {
        // p99 of 36 % zeros and 6,370 values evenly up to 300 s with 30 censored: the 9,900th of 10,000 is the
        // 6,300th of 6,370, so 300 * 6300 / 6370 = 296.7 s.
        let screen = render(&fixture::mixed(), &trailer(), Colour::Plain);
        for words in [
            "p99   4m 57s",
            "at once    ",
            "36.0%",
            "never 0.30% [",
            "<= 0.037% (0 of 10,000)",
            "2.1% [1.8%, 2.4%]",
            "92 of 100: releases at edge-gw, cached_answer until cache_expiry",
            "no false rejections in any of 10,000 trials",
            "◄ 60s",
            "bound 5m 01s",
            "SIMULATED",
            "10,000 trials",
        ] {
            assert!(screen.contains(words), "`{words}` is not in\n{screen}");
        }
        assert!(!screen.contains(" 0%"), "zero percent of a sample is never claimed:\n{screen}");
    }

    #[test]
    fn a_failure_that_is_meant_is_told_from_one_that_is_not() {
        let mut record = fixture::mixed();
        let screen = render(&record, &trailer(), Colour::Plain);
        assert!(
            screen.contains("FAIL (meant)") && screen.contains("]  \"edge-gw caches for five minutes\""),
            "{screen}"
        );
        let last: Vec<&str> = screen.lines().rev().take(2).collect();
        assert!(last[0].starts_with("INCONCLUSIVE"), "{screen}");
        assert!(last[1].starts_with("UNDECIDED") && last[1].contains("1 of 4"), "{screen}");

        record.objectives[0].meant_to_fail = None;
        record.objectives[0].met = Some(false);
        let screen = render(&record, &trailer(), Colour::Plain);
        let last: Vec<&str> = screen.lines().rev().take(3).collect();
        assert!(last[2].starts_with("MISSED") && last[1].starts_with("FAIL"), "{screen}");
    }

    #[test]
    fn an_objective_that_passed_though_it_was_meant_to_fail_is_missed() {
        let mut record = fixture::mixed();
        record.objectives[0].verdict = Verdict::Pass;
        record.objectives[0].met = Some(false);
        let screen = render(&record, &trailer(), Colour::Plain);
        assert!(screen.contains("was meant to fail: edge-gw"), "{screen}");
        let missed = screen.lines().skip_while(|line| !line.starts_with("MISSED")).nth(1);
        assert!(missed.is_some_and(|line| line.contains("was meant to fail")), "{screen}");
    }

    #[test]
    fn what_was_missed_stays_when_forty_objectives_do_not_fit() {
        let screen = render(&fixture::crowded(), &trailer(), Colour::Plain);
        assert!(screen.contains("more in record.json"), "{screen}");
        let tail: Vec<&str> = screen.lines().rev().take(16).collect();
        assert_eq!(tail.iter().filter(|line| line.starts_with("FAIL")).count(), 8, "{screen}");
        assert!(screen.contains("8 of 40 objectives"), "{screen}");
    }

    #[test]
    fn every_objective_that_was_missed_or_not_decided_is_named_however_many_there_are() {
        // Of 40 objectives 8 are missed and 8 undecided; then 20 are missed and 20 undecided.
        let named = |record: &Record| {
            let screen = render(record, &trailer(), Colour::Plain);
            let last: Vec<&str> = screen.lines().skip_while(|line| !line.starts_with("MISSED")).skip(1).collect();
            let of = |met| record.objectives.iter().filter(|objective| objective.met == met).count();
            assert_eq!(last.len(), of(Some(false)) + of(None), "{screen}");
            let starts = |word: &str| last.iter().filter(|line| line.starts_with(word)).count();
            assert_eq!((starts("FAIL "), starts("INCONCLUSIVE ")), (of(Some(false)), of(None)), "{screen}");
        };
        let mut record = fixture::crowded();
        named(&record);
        for (at, objective) in record.objectives.iter_mut().enumerate() {
            let undecided = at >= 20;
            objective.meant_to_fail = None;
            objective.verdict = if undecided { Verdict::Inconclusive } else { Verdict::Fail };
            objective.met = (!undecided).then_some(false);
        }
        named(&record);
    }

    #[test]
    fn why_an_interval_without_an_end_decides_nothing_is_said_once_for_each() {
        // Of six means that no trial showed, four are told of at the top; the other two say why in the last lines.
        let mut record = fixture::crowded();
        record.warnings.clear();
        record.objectives.truncate(6);
        for (at, objective) in record.objectives.iter_mut().enumerate() {
            objective.rule = format!("mean(false_rejections{{target=target-{at}}}) < 1");
            objective.metric = "false_rejections".into();
            let none = Figure::At(0.0);
            objective.observed = Estimate { value: none, low: none, high: Figure::Unbounded };
            (objective.verdict, objective.met, objective.meant_to_fail) = (Verdict::Inconclusive, None, None);
            objective.hint = Some("no trial showed any, which bounds no mean".into());
        }
        let trailer = Trailer { files: vec!["f".repeat(60); 3], ..trailer() };
        let screen = render(&record, &trailer, Colour::Plain);
        let said = screen.matches("no trial showed any, which bounds no mean\n").count();
        assert_eq!(said, 6, "{screen}");
        assert_eq!(screen.matches("0 [0, inf]").count(), 4 + 6, "{screen}");
    }

    #[test]
    fn what_failed_as_it_was_meant_to_stands_before_what_passed_where_the_list_is_shortened() {
        // Twelve objectives, of which the last two fail as they are meant to: four are shown, these first.
        let mut record = fixture::crowded();
        record.objectives.truncate(12);
        for (at, objective) in record.objectives.iter_mut().enumerate() {
            let meant = at >= 10;
            objective.verdict = if meant { Verdict::Fail } else { Verdict::Pass };
            objective.meant_to_fail = meant.then(|| "to show it".to_owned());
            objective.met = Some(true);
        }
        let screen = render(&record, &trailer(), Colour::Plain);
        let listed: Vec<&str> = screen.lines().filter(|line| line.contains("p99(time_to_contain{")).collect();
        assert!(listed.len() >= 2 && listed[..2].iter().all(|line| line.starts_with("FAIL (meant)")), "{screen}");
        assert!(screen.contains("more in record.json"), "{screen}");
    }

    #[test]
    fn the_limit_of_an_objective_is_never_cut() {
        // 52 columns and a colon leave 13 of the 66 beside the verdict, and "4m 59s by analysis" needs 19 with its gap.
        let mut record = fixture::mixed();
        record.objectives.truncate(1);
        let missed = &mut record.objectives[0];
        missed.rule = "bound(time_to_contain{target=manifest-of-it}) <= 10m".into();
        missed.observed = crate::record::estimate::Estimate {
            value: Figure::At(299.0),
            low: Figure::At(299.0),
            high: Figure::At(299.0),
        };
        (missed.verdict, missed.met, missed.meant_to_fail, missed.hint) = (Verdict::Fail, Some(false), None, None);
        let screen = render(&record, &trailer(), Colour::Plain);
        let last: Vec<&str> = screen.lines().rev().take(3).collect();
        assert_eq!(last[1], "FAIL          bound(time_to_contain{target=manifest-of-it}) <= 10m:", "{screen}");
        assert_eq!(last[0], "              4m 59s by analysis", "{screen}");
        // One of a hundred columns is wrapped in both places where it stands.
        record.objectives[0].rule = format!("bound(time_to_contain{{target={}}}) <= 10m", "manifest-".repeat(7));
        let screen = render(&record, &trailer(), Colour::Plain);
        assert_eq!(screen.matches("<= 10m").count(), 2, "{screen}");
        assert!(screen.lines().all(|line| columns(line) <= COLUMNS), "{screen}");
    }

    #[test]
    fn a_warning_is_wrapped_and_not_cut() {
        let mut record = fixture::mixed();
        record.warnings = vec![format!("{}to the end of it.", "one two three ".repeat(20))];
        let screen = render(&record, &trailer(), Colour::Plain);
        assert!(screen.contains("to the end of it."), "{screen}");
        // Where there is no room for all of them, one is whole or not there.
        let screen = render(&fixture::crowded(), &trailer(), Colour::Plain);
        assert!(screen.contains("for its tail\n") || screen.contains("its tail "), "{screen}");
    }

    #[test]
    fn a_verifier_that_checks_nothing_hides_no_target() {
        // Of what held out, edge-gw is as slow as the slowest target; were it a CDN that is never shut, it would be slower.
        let mut record = fixture::mixed();
        record.objectives.truncate(1);
        record.warnings.clear();
        let held = |record: &Record| {
            let screen = render(record, &trailer(), Colour::Plain);
            let held: Vec<String> = screen
                .lines()
                .skip_while(|line| !line.starts_with("HELD LONGEST"))
                .take(3)
                .map(|line| line["HELD LONGEST".len()..].trim().to_owned())
                .collect();
            held
        };
        let first =
            |held: &[String], words: [&str; 3]| held.iter().zip(words).all(|(line, word)| line.starts_with(word));
        record.estimates[3].quantiles.iter_mut().for_each(|quantile| quantile.estimate.value = Figure::Beyond(1800.0));
        let as_slow = held(&record);
        assert!(first(&as_slow, ["verifier edge-gw", "target releases", "target secrets"]), "{as_slow:?}");
        record.scenario.check_nothing.push("edge-gw".into());
        let last = held(&record);
        assert!(first(&last, ["target releases", "target secrets", "verifier edge-gw"]), "{last:?}");
        assert!(last[2].ends_with("checks nothing, so it is never shut"), "{last:?}");
    }

    #[test]
    fn who_looks_for_the_slowest_of_very_many_targets_is_told_how_to_ask() {
        let mut record = fixture::mixed();
        record.estimates.retain(|estimate| estimate.labels.is_empty());
        record.bounds = vec![record.bounds[0].clone(); 70];
        let screen = render(&record, &trailer(), Colour::Plain);
        assert!(screen.contains("HELD LONGEST    not kept for each of 70 targets: name one"), "{screen}");
    }

    #[test]
    fn a_run_without_revoked_trials_claims_nothing() {
        let screen = render(&fixture::none_revoked(), &trailer(), Colour::Plain);
        assert!(screen.contains("no trial was revoked") && screen.contains("no verdict"), "{screen}");
    }

    #[test]
    fn measured_and_interrupted_runs_say_so() {
        let mut record = fixture::mixed();
        record.evidence_kind = EvidenceKind::Measured;
        record.run.interrupted = true;
        record.run.trials = 9_000;
        let screen = render(&record, &trailer(), Colour::Plain);
        assert!(screen.contains("MEASURED") && !screen.contains("SIMULATED"));
        assert!(screen.contains("INTERRUPTED after 9,000 of 10,000 trials"), "{screen}");
    }

    #[test]
    fn a_long_lesson_is_wrapped_and_not_cut() {
        let mut record = fixture::mixed();
        record.scenario.teaches = format!("{} end of the lesson.", "one two".repeat(20));
        let screen = render(&record, &trailer(), Colour::Plain);
        assert!(screen.contains("end of the lesson."), "{screen}");
    }

    #[test]
    fn what_was_shut_at_once_names_no_verifier() {
        let mut record = fixture::mixed();
        record.attribution[0].verifier = String::new();
        let screen = render(&record, &trailer(), Colour::Plain);
        assert!(screen.contains("of 100: releases, shut at once"), "{screen}");
    }

    #[test]
    fn only_limits_of_single_trials_are_marked_in_the_picture() {
        let mut record = fixture::mixed();
        assert!(render(&record, &trailer(), Colour::Plain).contains("◄ 60s"));
        // A mean is no place in the distribution of the trials; a bound is above every one of them.
        record.objectives[0].rule = "mean(time_to_contain) <= 60s".into();
        assert!(!render(&record, &trailer(), Colour::Plain).contains('◄'));
        record.objectives[0].rule = "bound(time_to_contain) <= 60s".into();
        assert!(render(&record, &trailer(), Colour::Plain).contains("◄ 60s"));
    }

    #[test]
    fn the_same_record_gives_the_same_screen() {
        assert_eq!(
            render(&fixture::spread(), &trailer(), Colour::Ansi),
            render(&fixture::spread(), &trailer(), Colour::Ansi)
        );
    }
}
