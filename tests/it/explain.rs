//! The trial that `explain` tells is the trial that the run counted, and telling it changes nothing.

use revdrill::experiment::blocks::Progress;
use revdrill::experiment::chosen_trial::{Choice, NoTrial, choose};
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::experiment::telling::tell;
use revdrill::model::play::trial::{Engine, Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::record::estimate::Figure;
use revdrill::record::story::{LaneKind, Story};
use revdrill::report::plot::race::picture;
use revdrill::report::story::screen::{self, Trailer};
use revdrill::report::terminal::line::{COLUMNS, Colour, columns};
use revdrill::scenario::load::{Input, Scenario, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::units::time::Span;
use std::path::{Path, PathBuf};
use std::process::Command;

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).expect("the scenarios");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "yaml"));
    files.sort();
    files
}

fn scenario(file: &Path) -> Scenario {
    load(&Input::Path(file.to_owned()), &[], &Catalogue).expect("a shipped scenario is valid").scenario
}

fn settings(trials: u64) -> Settings {
    Settings { name: "s".into(), seed: 1, trials, threads: 2, requests: Requests::Counted, engine: Engine::Auto }
}

fn story(drill: &Drill<'_>, settings: &Settings, choice: Choice) -> Story {
    let chosen = choose(drill, settings, &Progress::default(), choice).expect("the run has revoked trials");
    tell(drill, settings, &chosen)
}

#[test]
fn a_taped_trial_leaves_the_same_ledger_and_its_doors_add_up_to_it() {
    for file in shipped() {
        let scenario = scenario(&file);
        let drill = Drill::new(&scenario);
        for engine in [Engine::Auto, Engine::EveryRequest] {
            let player = || Player::with_engine(&drill.plan, engine);
            let (mut plain, mut taped) = (player(), player());
            for number in 0..25 {
                let told = format!("{}, trial {number}, {}", file.display(), engine.name());
                let (ledger, requests) = plain.play(Seed(1), number, Requests::WrittenDown);
                let (same, tape) = taped.play_taped(Seed(1), number);
                assert_eq!(ledger, same, "{told}");
                assert_eq!(requests, tape.requests, "{told}");
                if ledger.invalidated_at.is_none() {
                    assert!(tape.targets.iter().all(Vec::is_empty), "{told}");
                    continue;
                }
                for (door, stretches) in ledger.verifiers.iter().zip(&tape.verifiers) {
                    let last =
                        stretches.last().unwrap_or_else(|| panic!("{told}: a door that was watched has a stretch"));
                    assert_eq!(last.to, door.closed_at, "{told}");
                    assert_eq!(last.held_open_by, door.held_open_by, "{told}");
                    assert_eq!(
                        last.closed_by,
                        if last.to.is_some() { door.closed_by } else { last.closed_by },
                        "{told}"
                    );
                    assert_eq!(stretches[0].to.or(door.closed_at), door.first_closed_at.or(door.closed_at), "{told}");
                    let open = stretches.iter().map(|s| s.to.unwrap_or(ledger.ended_at).since(s.from));
                    assert_eq!(open.fold(Span::ZERO, |sum, length| sum + length), door.open_for, "{told}");
                    assert_eq!(stretches.len() as u32, door.reopenings + 1, "{told}");
                }
            }
        }
    }
}

#[test]
fn the_worst_and_the_median_are_those_of_the_runs_own_table() {
    // The table of trials is the expected value: `> limit` is longer than every number, and a tie goes to the lowest.
    let folder = tempfile::tempdir().expect("a folder");
    for file in shipped() {
        let out = folder.path().join(file.file_stem().expect("a name"));
        let run = Command::new(env!("CARGO_BIN_EXE_revdrill"))
            .args(["run", "--trials", "150", "--seed", "1", "--quiet", "--out"])
            .arg(&out)
            .arg(&file)
            .output()
            .expect("the program starts");
        assert!(run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
        let mut table = csv::Reader::from_path(out.join("trials.csv")).expect("a table");
        let column = table.headers().expect("a header").iter().position(|name| name == "time_to_contain");
        let column = column.expect("the column");
        let cells: Vec<String> = table.records().map(|row| row.expect("a row")[column].to_owned()).collect();
        let mut timed: Vec<(f64, usize)> = cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(number, cell)| (cell.parse().unwrap_or(f64::INFINITY), number))
            .collect();
        timed.sort_by(|a, b| a.partial_cmp(b).expect("no row is without a number"));
        let scenario = scenario(&file);
        let drill = Drill::new(&scenario);
        let lowest = |at: usize| timed.iter().find(|(time, _)| *time == timed[at].0).expect("itself").1;
        for (choice, at) in [(Choice::Worst, timed.len() - 1), (Choice::Median, (timed.len() - 1) / 2)] {
            let told = story(&drill, &settings(150), choice);
            assert_eq!(told.trial as usize, lowest(at), "{} {choice:?}", file.display());
            let shown = match told.time_to_contain {
                Some(Figure::At(seconds)) => seconds.to_string(),
                Some(Figure::Beyond(limit)) => format!("> {limit}"),
                other => panic!("{other:?} for a revoked trial"),
            };
            assert_eq!(shown, cells[told.trial as usize], "{} {choice:?}", file.display());
        }
    }
}

#[test]
fn every_shipped_scenario_is_told_within_the_screen_and_drawn_alike_each_time() {
    for file in shipped() {
        let scenario = scenario(&file);
        let drill = Drill::new(&scenario);
        for number in [0, 7, 63] {
            let told = story(&drill, &settings(64), Choice::Number(number));
            let again = story(&drill, &settings(64), Choice::Number(number));
            assert_eq!(told, again, "{}", file.display());
            let trailer = Trailer { files: vec!["race.svg".into()], reproduce: "revdrill explain s.yaml".into() };
            let screen = screen::render(&told, &trailer, Colour::Plain);
            assert!(screen.lines().count() <= screen::LINES, "{}:\n{screen}", file.display());
            assert!(screen.lines().all(|line| columns(line) <= COLUMNS), "{}:\n{screen}", file.display());
            assert!(told.events.windows(2).all(|pair| pair[0].at <= pair[1].at), "{}", file.display());
            assert_eq!(picture::svg(&told), picture::svg(&again), "{}", file.display());
        }
    }
}

#[test]
fn a_derived_credential_that_was_revoked_is_not_told_as_one_that_nothing_has_revoked() {
    let told = |cascade: &str| {
        let text = format!(
            "revdrill: 1\nteaches: t.\nhorizon: 1h\ncredentials:\n  key: {{ kind: opaque, issuer: idp, lifetime: 8h }}\n  \
             jwt: {{ kind: self_contained, issuer: idp, lifetime: 10m, from: key{cascade} }}\n\
             verifiers: {{ partner: {{ checks: itself, accepts: jwt }} }}\n\
             attacker: {{ steals: key, first_try: 0s, mints: {{ jwt: at_expiry }}, replays: {{ arrivals: poisson 1/s }} }}\n\
             defender: {{ detects: 5m, playbook: {{ revoke: key }} }}\n"
        );
        let input = Input::Text { name: "s.yaml".into(), text, folder: None };
        let scenario = load(&input, &[], &Catalogue).expect("a valid scenario").scenario;
        let drill = Drill::new(&scenario);
        let told = story(&drill, &settings(8), Choice::Number(3));
        (told.decided_by.join(" "), told.events.iter().map(|event| event.what.clone()).collect::<Vec<_>>().join("; "))
    };
    let (why, events) = told(", cascade: grant");
    let revoked = "a derived one that was revoked, but nobody told the verifier";
    assert!(why.contains(revoked) && events.contains(revoked), "{why}\n{events}");
    let (why, events) = told("");
    let left = "derived_credential (a credential derived from it that nothing has revoked)";
    assert!(why.contains(left) && events.contains(left), "{why}\n{events}");
}

/// When a credential was good in a story, and when it was minted.
fn life(told: &Story, name: &str) -> (Vec<(f64, Option<f64>)>, Vec<f64>) {
    let Some(lane) = told.lanes.iter().position(|lane| lane.name == name) else { return (Vec::new(), Vec::new()) };
    assert_eq!(told.lanes[lane].kind, LaneKind::Credential, "{name}");
    let minted = told.events.iter().filter(|event| event.lane == lane && event.label == "minted");
    let good = told.lanes[lane].stretches.iter().map(|stretch| (stretch.from, stretch.to));
    (good.collect(), minted.map(|event| event.at).collect())
}

#[test]
fn what_is_minted_has_a_lane_from_when_it_exists_until_it_is_revoked_or_expires() {
    // A files-token is minted every 5 min, lives 10 min and is not revoked with its parent, so it is good from the first
    // until 10 min after the last. A search-token lives 30 min and is revoked with it: good until the revocation.
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/agent-with-delegated-children.yaml");
    let scenario = scenario(&file);
    let drill = Drill::new(&scenario);
    let mut looked = 0;
    for number in 0..40 {
        let told = story(&drill, &settings(40), Choice::Number(number));
        let (files, minted) = life(&told, "files-token");
        assert_eq!(files.is_empty(), minted.is_empty(), "trial {number}: a lane for what was never minted");
        let (Some(revoked), Some(last)) = (told.turning_point, minted.last()) else { continue };
        let near = |one: f64, other: f64| (one - other).abs() < 1e-6;
        assert_eq!(files.len(), 1, "trial {number}: {files:?}");
        assert!(near(files[0].0, minted[0]), "trial {number}: {files:?}, minted {minted:?}");
        assert!(
            near(files[0].1.expect("the horizon is 30 min"), last + 600.0),
            "trial {number}: {files:?}, {minted:?}"
        );
        let (search, minted) = life(&told, "search-token");
        if told.outcome == "revoked" && minted.last().is_some_and(|last| revoked - last < 1800.0) {
            let (from, to) = search[search.len() - 1];
            assert!(minted.iter().any(|at| near(*at, from)), "trial {number}: {search:?}, minted {minted:?}");
            assert!(near(to.expect("it was revoked"), revoked), "trial {number}: {search:?}, revoked {revoked}");
            assert!(picture::svg(&told).contains("search-token"), "trial {number}");
            looked += 1;
        }
    }
    assert!(looked >= 10, "{looked} trials with both");
}

#[test]
fn a_credential_is_good_on_its_lane_as_long_as_its_revocation_is_undone_or_ignored() {
    // Revoked 5 min after the exposure, and undone 2 s later where somebody may: good but for those 2 s. Where the issuer
    // records it and changes nothing, it is good throughout, until it expires.
    let told = |issuer: &str, attacker: &str| {
        let text = format!(
            "revdrill: 1\nteaches: t.\nhorizon: 1h\ncredentials: {{ key: {{ kind: opaque, issuer: iam, lifetime: forever }} }}\n\
             issuers: {{ iam: {{ read_lag: 10s, read_replicas: 1{issuer} }} }}\n\
             verifiers: {{ api: {{ asks: iam }} }}\n\
             attacker: {{ steals: key, first_try: 0s, replays: {{ arrivals: every 1s }}{attacker} }}\n\
             defender: {{ detects: 5m, playbook: {{ revoke: key }} }}\n"
        );
        let input = Input::Text { name: "s.yaml".into(), text, folder: None };
        let scenario = load(&input, &[], &Catalogue).expect("a valid scenario").scenario;
        life(&story(&Drill::new(&scenario), &settings(4), Choice::Number(1)), "key").0
    };
    assert_eq!(told("", ""), [(0.0, Some(300.0))]);
    assert_eq!(told("", ", undoes: { at: api, after: 2s }"), [(0.0, Some(300.0)), (302.0, None)]);
    assert_eq!(told(", revocation: { ineffective: 100% }", ""), [(0.0, None)]);
}

#[test]
fn a_trial_that_the_run_does_not_have_is_refused() {
    let scenario = scenario(&shipped()[0]);
    let drill = Drill::new(&scenario);
    let beyond = choose(&drill, &settings(10), &Progress::default(), Choice::Number(10));
    assert_eq!(beyond, Err(NoTrial::Beyond(10)));
}

#[test]
fn the_command_writes_a_picture_and_says_how_to_tell_the_same_trial_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/leaked-ci-token.yaml");
    let explain = |rest: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_revdrill"));
        command.arg("explain").arg(&file).args(["--trials", "100", "--out", "race"]).args(rest);
        command.current_dir(folder.path()).output().expect("the program starts")
    };
    let worst = explain(&[]);
    assert_eq!(worst.status.code(), Some(0), "{}", String::from_utf8_lossy(&worst.stderr));
    let picture = std::fs::read(folder.path().join("race/race.svg")).expect("a picture");
    assert!(std::fs::read(folder.path().join("race/race.png")).expect("a picture").starts_with(b"\x89PNG"));
    let screen = String::from_utf8(worst.stdout).expect("text");
    let number = screen.split("--trial ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a number");
    let again = explain(&["--trial", number, "--format", "json"]);
    let told: Story = serde_json::from_slice(&again.stdout).expect("a story");
    assert_eq!(told.trial.to_string(), number);
    assert_eq!(std::fs::read(folder.path().join("race/race.svg")).expect("a picture"), picture);
    assert_eq!(explain(&["--trial", "100"]).status.code(), Some(2));
    assert_eq!(explain(&["--trial", "best"]).status.code(), Some(2));
}

/// The story of one trial of a scenario that is told here.
fn told_of(text: &str, number: u64) -> Story {
    let input = Input::Text { name: "s.yaml".into(), text: text.to_owned(), folder: None };
    let scenario = load(&input, &[], &Catalogue).expect("a valid scenario").scenario;
    story(&Drill::new(&scenario), &settings(8), Choice::Number(number))
}

#[test]
fn a_door_that_the_expiry_shut_is_not_told_as_shut_by_the_revocation() {
    // The session ends within 10 min of the exposure, the pass that is minted at the exposure 45 min after it, and the
    // revocation comes at 30 min: it finds api shut, and leaves manifest open.
    let text = "revdrill: 1\nteaches: t.\nhorizon: 1h\ncredentials:\n  session: { kind: opaque, issuer: idp, lifetime: 10m }\n  \
                pass: { kind: self_contained, issuer: idp, lifetime: 45m, from: session }\n\
                verifiers:\n  gw: { asks: idp, accepts: session, fronts: api }\n  \
                port: { checks: itself, accepts: pass, fronts: manifest }\n\
                attacker: { steals: session, first_try: 0s, mints: { pass: at_expiry }, replays: { arrivals: poisson 1/s } }\n\
                defender: { detects: 30m, playbook: { revoke: session, reach: subject } }\n";
    for number in 0..8 {
        let told = told_of(text, number);
        let lane = |name: &str| told.lanes.iter().position(|lane| lane.name == name).expect("a lane");
        let at = |what: &str| {
            told.events
                .iter()
                .find(|event| event.what == what)
                .unwrap_or_else(|| panic!("{what}: {:?}", told.events))
                .at
        };
        let expired = at("expires");
        assert!(expired <= 600.0, "{expired}");
        assert_eq!(told.lanes[lane("gw")].ended, Some(expired));
        assert_eq!(told.lanes[lane("port")].ended, None);
        assert_eq!(at("finds 1 door shut already: api"), 1800.0);
        assert_eq!(at("leaves 1 door open: manifest"), 1800.0);
        assert!(!told.events.iter().any(|event| event.what.contains("at once")), "{:?}", told.events);
        let drawn = picture::svg(&told);
        assert!(drawn.contains("shut before") && !drawn.contains("shut at once"), "{drawn}");
    }
}

/// A gateway whose entries of 90 s news takes away after 200 ms, before a service that keeps its own for 10 s.
fn behind_a_gateway(more: &str) -> String {
    format!(
        "revdrill: 1\nteaches: t.\nhorizon: 1h\ncredentials: {{ key: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
         channels: {{ events: {{ kind: set_push, from: idp, delay: 200ms }} }}\nverifiers:\n  \
         gw: {{ asks: idp, cache: {{ ttl: 90s }}, hears: {{ events: evict }} }}\n  \
         boarding: {{ asks: idp, behind: gw, cache: {{ ttl: 10s }}{more}\n\
         attacker: {{ steals: key, replays: {{ arrivals: poisson 20/s }} }}\n\
         defender: {{ detects: p50=1h p95=5h, playbook: {{ revoke: key }} }}\n"
    )
}

#[test]
fn what_held_a_door_until_news_is_the_entry_that_the_news_took_away() {
    // The entry of the service would mostly have ended first, but it hears no news: what ends 200 ms after the
    // revocation is the entry of the gateway.
    for number in 0..8 {
        if number == 6 {
            // There the entry of the gateway has just ended, and every door is shut at once.
            continue;
        }
        let told = told_of(&behind_a_gateway(" }"), number);
        let shut: Vec<&str> = told
            .events
            .iter()
            .filter(|event| {
                told.lanes[event.lane].kind == LaneKind::Target && event.what.starts_with("shut by set_push")
            })
            .map(|event| event.what.as_str())
            .collect();
        assert!(matches!(shut[..], [what] if what.contains("entry of gw")), "{shut:?}");
        let why = told.decided_by.join(" ");
        assert!(why.contains("held open at gw by cache") && why.contains("entry of gw"), "{why}");
    }
}

#[test]
fn a_verifier_that_opens_behind_one_that_refuses_is_said_to_do_so_alone() {
    // The issuer is down from 1 min to 7 min after the revocation: the service fails open, behind a gateway that refuses.
    let text = behind_a_gateway(", when_issuer_down: fail_open }")
        + "faults: { down: { part: idp, from: 1m after revocation, for: 6m } }\n";
    let told = told_of(&text, 0);
    let opens: Vec<_> = told.events.iter().filter(|event| event.what.starts_with("opens again")).collect();
    let [opens] = opens[..] else { panic!("{opens:?}") };
    assert_eq!(told.lanes[opens.lane].kind, LaneKind::Verifier);
    assert!(opens.what.starts_with("opens again (verifier alone): fail_open"), "{}", opens.what);
}

#[test]
fn an_undone_revocation_is_told() {
    let told = told_of(
        r"
revdrill: 1
teaches: The attacker may write where it is let in.
horizon: 30m
credentials: { key: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: key, replays: { arrivals: poisson 1/s }, undoes: { at: api, after: 1s, chance: 100% } }
defender: { detects: 2m, playbook: [ { revoke: key }, { revoke: key, takes: 10m } ] }
",
        1,
    );
    let undone: Vec<&str> =
        told.events.iter().filter(|event| event.label == "undone").map(|event| event.what.as_str()).collect();
    // Warm at the first revocation, it is let in a second later; after the second, too, unless its entry ends just then.
    assert_eq!(undone.first(), Some(&"undoes a revocation of key: it is good again"));
}

#[test]
fn news_of_another_credential_is_not_told_as_news_of_this_one() {
    let told = told_of(
        r"
revdrill: 1
teaches: Two keys on one list, the second an hour later.
horizon: 3h
credentials:
  one: { kind: static_key, issuer: registry, lifetime: forever }
  two: { kind: static_key, issuer: registry, lifetime: forever }
channels: { list: { kind: deny_list, from: registry, read: polled, every: 10m } }
verifiers:
  a: { checks: itself, accepts: one, hears: { list: deny } }
  b: { checks: itself, accepts: two, hears: { list: deny } }
attacker: { steals: [one, two], replays: { arrivals: poisson 1/m } }
defender: { detects: 1h, playbook: [ { revoke: one }, { revoke: two, takes: 1h } ] }
",
        1,
    );
    let heard: Vec<(&str, f64)> = told
        .events
        .iter()
        .filter(|event| told.lanes[event.lane].name == "b" && event.what.starts_with("hears of"))
        .map(|event| (event.what.as_str(), event.at))
        .collect();
    let [one, two] = heard[..] else { panic!("{heard:?}") };
    assert!(one.0.starts_with("hears of one by list") && (3_600.0..=4_200.0).contains(&one.1), "{one:?}");
    assert!(two.0.starts_with("hears of two by list") && (7_200.0..=7_800.0).contains(&two.1), "{two:?}");
    // What kept b open for the hour is that nobody had revoked its key, and the list for some minutes after that.
    let shut = |lane: &str| {
        let events = told.events.iter().filter(|event| told.lanes[event.lane].name == lane);
        events.map(|event| event.what.as_str()).find(|what| what.starts_with("shut by deny_list")).unwrap_or_default()
    };
    assert!(shut("a").contains("held until then by deny_list_gap"), "{}", shut("a"));
    assert!(shut("b").contains("held until then mostly by not_revoked"), "{}", shut("b"));
}
