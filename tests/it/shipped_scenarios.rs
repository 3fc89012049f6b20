//! The shipped scenarios: each teaches something, holds what it says, and reads alike under YAML 1.1 and 1.2.

use revdrill::document::diagnostic::Diagnostics;
use revdrill::document::node::{Node, Style, Value};
use revdrill::document::parse::parse;
use revdrill::document::source::{Source, Sources};
use revdrill::experiment::blocks::Progress;
use revdrill::experiment::price::price;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::record::summary::Record;
use revdrill::scenario::load::{Input, Scenario, load};
use revdrill::scenario::objectives::Catalogue;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Every shipped scenario.
pub fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).expect("the folder is shipped");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    assert!(files.len() >= 10, "scenarios are missing: {files:?}");
    files
}

fn scenario(path: &Path) -> Scenario {
    match load(&Input::Path(path.to_owned()), &[], &Catalogue) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{}: {error:?}", path.display()),
    }
}

fn played(scenario: &Scenario) -> Record {
    let settings = Settings {
        name: "shipped".into(),
        seed: scenario.seed,
        trials: scenario.trials,
        threads: 2,
        requests: Requests::Counted,
        engine: Engine::Auto,
    };
    let Ok(record) = Drill::new(scenario).run(&settings, &Progress::default(), |_| Ok::<(), Infallible>(()));
    record
}

#[test]
fn every_shipped_scenario_meets_its_objectives_or_fails_those_meant_to_fail() {
    for file in files() {
        let record = played(&scenario(&file));
        assert!(!record.objectives.is_empty(), "{} judges nothing", file.display());
        for objective in &record.objectives {
            assert_eq!(objective.met, Some(true), "{}: {objective:?}", file.display());
        }
    }
}

#[test]
fn some_shipped_objectives_are_meant_to_fail_and_say_why() {
    let meant = files().into_iter().flat_map(|file| scenario(&file).objectives).filter(|aim| {
        matches!(&aim.expected, revdrill::scenario::objectives::Expectation::Failed(why) if !why.trim().is_empty())
    });
    assert!(meant.count() >= files().len() / 2);
}

#[test]
fn every_shipped_scenario_opens_with_a_drawing_that_fits_a_terminal() {
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("readable");
        let drawing: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(drawing.len() >= 2, "{} has no drawing", file.display());
        for line in drawing {
            assert!(line.chars().count() <= 80, "{}: {line}", file.display());
        }
    }
}

#[test]
fn the_first_drill_is_cheap() {
    // The README promises a first answer within seconds: at most 60,000 events a trial, 10,000 trials.
    let scenario = scenario(&folder().join("leaked-ci-token.yaml"));
    let drill = Drill::new(&scenario);
    assert_eq!(scenario.trials, 10_000);
    assert!(
        price(&drill.plan, scenario.trials, &drill.columns, (Requests::Counted, drill.engine(Engine::Auto)))
            .events_per_trial()
            <= 60_000.0
    );
    let record = played(&scenario);
    assert!(record.run.events / record.run.trials <= 60_000);
}

#[test]
fn a_priced_trial_is_within_a_factor_of_three_of_a_played_one() {
    let mut wrong = Vec::new();
    for file in files() {
        let scenario = Scenario { trials: 400, ..scenario(&file) };
        let drill = Drill::new(&scenario);
        let priced =
            price(&drill.plan, scenario.trials, &drill.columns, (Requests::Counted, drill.engine(Engine::Auto)))
                .events_per_trial();
        let run = played(&scenario).run;
        let ratio = priced / (run.events as f64 / run.trials as f64);
        // Where an issuer revokes by itself what is used twice, a trial may end long before the playbook: it costs at most so much.
        let may_end_early = scenario.system.credentials.iter().any(|one| one.rotation.is_some());
        let most = if may_end_early { f64::INFINITY } else { 3.0 };
        if !(1.0 / 3.0..=most).contains(&ratio) {
            wrong.push(format!("{}: {priced} events priced, {ratio} times those played", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn shipped_files_read_alike_under_yaml_1_1_and_1_2() {
    // YAML 1.1 takes yes, no, on, off, y, n and their capitals for truth values, 1:30 and 010 for numbers, and 1_0 too.
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("readable");
        let mut sources = Sources::new();
        let id = sources.add(Source::new(&file.display().to_string(), text));
        let mut faults = Diagnostics::new();
        let tree = parse(&sources, id, &mut faults).expect("a shipped file parses");
        walk(&tree, &file);
    }
}

fn walk(node: &Node, file: &Path) {
    match &node.value {
        Value::Scalar { text, style: Style::Plain } => assert!(!is_ambiguous(text), "{}: `{text}`", file.display()),
        Value::Scalar { .. } | Value::Empty => {}
        Value::Sequence(items) => items.iter().for_each(|item| walk(item, file)),
        Value::Mapping(entries) => {
            for entry in entries {
                assert!(!is_ambiguous(&entry.key.text), "{}: `{}`", file.display(), entry.key.text);
                walk(&entry.value, file);
            }
        }
    }
}

fn is_ambiguous(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    let truth = ["y", "n", "yes", "no", "on", "off"].contains(&word.as_str());
    let number_like =
        text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || "_:.".contains(c));
    let odd_number = number_like
        && (text.contains(['_', ':']) || (text.len() > 1 && text.starts_with('0') && !text.starts_with("0.")));
    truth || odd_number
}

#[test]
fn the_table_of_scenarios_is_what_the_files_say() {
    let page = std::fs::read_to_string(folder().join("README.md")).expect("shipped");
    let mut expected = String::new();
    for file in files() {
        let name = file.file_stem().expect("a file").to_string_lossy().into_owned();
        let teaches = scenario(&file).teaches.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(expected, "| [{0}]({0}.yaml) | {teaches} |", name);
    }
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        let start =
            page.find("| ---").map_or(page.len(), |at| page[at..].find('\n').map_or(page.len(), |end| at + end + 1));
        std::fs::write(folder().join("README.md"), format!("{}{expected}", &page[..start])).expect("writable");
        return;
    }
    assert!(page.contains(&expected), "scenarios/README.md is out of date; UPDATE_EXPECTED=1 cargo test rewrites it");
}
