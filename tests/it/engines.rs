//! Both engines play the same law: what is found by skipping is distributed as what is found request by request.
//!
//! Two samples, one an engine, with seeds of their own, are compared in every column that a run collects, by the test of
//! Kolmogorov and Smirnov: with `n` trials each, the greatest distance of the distributions exceeds `c sqrt(2 / n)`
//! by chance with probability at most `2 exp(-2 c^2)`, whatever the law, atoms included.

#[path = "engines/distance.rs"]
pub mod distance;

use distance::{LIMIT, compare};
use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::skip::reason::Played;
use revdrill::model::play::trial::{Engine, Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::scenario::load::{Input, Scenario, load};
use revdrill::scenario::objectives::Catalogue;
use std::path::{Path, PathBuf};

fn scenario(input: &Input) -> Scenario {
    load(input, &[], &Catalogue).unwrap_or_else(|_| panic!("{input:?} is a scenario")).scenario
}

fn shipped() -> Vec<PathBuf> {
    scenarios_in("scenarios")
}

fn scenarios_in(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).expect("a folder of scenarios");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    paths.sort();
    paths
}

/// No column is further apart than [`LIMIT`] allows, which 1000 columns are by chance once in a million runs.
fn assert_same_law(name: &str, scenario: &Scenario, trials: u64) {
    for (column, distance) in compare(scenario, trials) {
        assert!(distance <= LIMIT, "{name}: {column} is {distance} apart, of {LIMIT}");
    }
}

#[test]
fn shipped_scenarios_have_the_same_law_by_either_engine() {
    for path in shipped() {
        // Few trials where a trial is long: a distance of 2 LIMIT / sqrt(2 n) would still be seen.
        let scenario = scenario(&Input::Path(path.clone()));
        assert_same_law(&path.display().to_string(), &scenario, 300);
    }
}

#[test]
fn the_law_is_the_same_where_much_stands_in_the_way() {
    for path in scenarios_in("src/model/play/skip") {
        assert_same_law(&path.display().to_string(), &scenario(&Input::Path(path.clone())), 3_000);
    }
    assert_same_law("cache-replay", &cache_replay(), 300);
}

fn cache_replay() -> Scenario {
    let text = include_str!("../../benches/cache-replay.yaml").to_owned();
    scenario(&Input::Text { name: "cache-replay".into(), text, folder: None })
}

#[test]
#[ignore = "it plays 20,000 trials of every scenario by either engine, and takes ten minutes"]
fn the_table_of_distances() {
    // One line a scenario whose requests are skipped: how many columns, and which of them lies furthest apart.
    let named = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, scenario(&Input::Path(path)))
    };
    let all = shipped().into_iter().map(named).chain([("cache-replay".to_owned(), cache_replay())]);
    println!("{:<34} {:>7} {:>8}  {:<40}", "scenario", "columns", "furthest", "by");
    let mut faults = Vec::new();
    for (name, scenario) in all.filter(|(_, scenario)| skips(scenario)) {
        let distances = compare(&scenario, 20_000);
        let columns = distances.len();
        let furthest = distances.into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
        let (column, distance) = furthest.expect("every scenario has columns");
        println!("{name:<34} {columns:>7} {distance:>8.3}  {column:<40}");
        if distance > LIMIT {
            faults.push(format!("{name}: {column}"));
        }
    }
    assert!(faults.is_empty(), "{faults:?}");
}

/// Whether the requests of some source are skipped.
fn skips(scenario: &Scenario) -> bool {
    let plan = Plan::new(&scenario.system);
    (0..plan.sources.len() as u16).any(|source| Engine::Auto.plays(&plan, source) == Played::Skipped)
}

#[test]
fn who_pauses_after_a_rejection_that_came_back_late_pauses_by_either_engine() {
    // Answers take up to 4 s, in which four more requests are on their way: each of them lengthens the pause.
    let text = "
revdrill: 1
teaches: Late rejections.
start: first_use
horizon: 10m after revocation
credentials: { key: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { ask: { kind: introspection, from: idp, request_leg: 0s..2s, response_leg: 0s..2s } }
verifiers: { gw: { asks: ask, cache: { ttl: 10s } } }
attacker:
  steals: key
  first_try: 1s
  replays: { arrivals: poisson 1/s, on_reject: back_off(first=5s factor=2 longest=2m) }
defender: { detects: exponential(mean=1m), playbook: [ { revoke: key } ] }
";
    let late = scenario(&Input::Text { name: "late".into(), text: text.into(), folder: None });
    assert_same_law("late", &late, 2_000);
}

#[test]
fn a_trial_is_the_same_whether_or_not_its_requests_are_written_down() {
    // Written down, skipped requests get times from chance of their own, and everything else stays as it was.
    for path in scenarios_in("scenarios").into_iter().chain(scenarios_in("src/model/play/skip")) {
        let scenario = scenario(&Input::Path(path.clone()));
        let plan = Plan::new(&scenario.system);
        let mut counted = Player::with_engine(&plan, Engine::Auto);
        let mut written = Player::with_engine(&plan, Engine::Auto);
        for trial in 0..5 {
            let (expected, _) = counted.play(Seed(7), trial, Requests::Counted);
            let (found, requests) = written.play(Seed(7), trial, Requests::WrittenDown);
            let events = (expected.events, found.events);
            assert_eq!(revdrill::model::ledger::Ledger { events: events.0, ..found }, expected, "{}", path.display());
            let revoked = expected.revoked_at;
            let accepted = requests.iter().filter(|request| {
                let attacks = matches!(request.by, revdrill::model::ledger::Presenter::Attacker(_));
                attacks && request.accepted && revoked.is_some_and(|revoked| request.presented_at >= revoked)
            });
            let counted: u64 = expected.uses.iter().map(|target| target.accepted_after).sum();
            assert_eq!(accepted.count() as u64, counted, "{} trial {trial}", path.display());
        }
    }
}

#[test]
fn what_takes_turns_is_passed() {
    // 20 caches of 30 s in 150 s, for two credentials at most 5 fills each, and a round of requests on either side of a wave:
    // some 400 of 37,500. In the other a thief calls 2 times a second for minutes, while entries live for 1 and 5 minutes and
    // wait for the next request a few seconds each: most of what is left are the requests of that time.
    let leaked = scenario(&Input::Path("scenarios/leaked-ci-token.yaml".into()));
    for (scenario, share) in [(cache_replay(), 0.015), (leaked, 0.3)] {
        let plan = Plan::new(&scenario.system);
        let events = |engine| -> u64 {
            let mut player = Player::with_engine(&plan, engine);
            (0..50).map(|trial| player.play(Seed(3), trial, Requests::Counted).0.events).sum()
        };
        let (every, skipping) = (events(Engine::EveryRequest), events(Engine::Auto));
        assert!((skipping as f64) < share * every as f64, "{skipping} of {every}");
    }
}

#[test]
fn a_year_of_waiting_is_skipped() {
    // 30 days at 50 requests a second are 130 million requests; an entry of 5 min is filled some 8,640 times. Twice as
    // many events are allowed, and a tenth of the requests would be a thousand times as many.
    let text = "
revdrill: 1
teaches: A year.
horizon: 365d after revocation
give_up_after: 800d
credentials: { key: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { gw: { asks: idp, cache: { ttl: 5m } } }
attacker: { steals: key, first_try: 1h, replays: { arrivals: poisson 50/s, order: stick, on_reject: retry } }
defender: { detects: 30d, playbook: [ { revoke: key } ] }
";
    let scenario = scenario(&Input::Text { name: "a year".into(), text: text.into(), folder: None });
    let plan = Plan::new(&scenario.system);
    let (ledger, _) = Player::with_engine(&plan, Engine::Auto).play(Seed(1), 0, Requests::Counted);
    assert!(ledger.events < 2 * 8_640, "{} events", ledger.events);
    // A year of rejections at 50/s: 1.577 * 10^9, of standard deviation 4 * 10^4.
    assert!((ledger.rejected_after as f64 - 365.0 * 86_400.0 * 50.0).abs() < 6.0 * 4e4 + 50.0 * 300.0);
}
