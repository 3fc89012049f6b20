//! Recordings of requests, small enough to be played by hand.

use revdrill::experiment::blocks::Progress;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::model::workload::Arrivals;
use revdrill::scenario::load::{Input, LoadError, Loaded, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::units::time::Span;

const SCENARIO: &str = "
revdrill: 1
teaches: A recording.
horizon: 12s after revocation
credentials:
  token: { kind: opaque, issuer: idp, lifetime: 1h, age: 0s }
verifiers:
  up:   { asks: idp, cache: { ttl: 4s, ends: next_whole_second } }
  down: { asks: idp, cache: { ttl: 4s, ends: previous_whole_second } }
attacker:
  steals: token
  replays:
    arrivals:
      trace: { file: trace.csv, at: at, target: target, latency: latency, trials: trial, clock: clock, origin: revocation }
defender: { detects: 1s, playbook: { revoke: token } }
objectives: [ p50(time_to_contain) <= 5s ]
";

fn loaded(scenario: &str, rows: &str) -> Result<Loaded, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let table = format!("trial,target,at,latency,clock\n{rows}");
    std::fs::write(folder.path().join("trace.csv"), table).expect("a file");
    std::fs::write(folder.path().join("s.yaml"), scenario).expect("a file");
    load(&Input::Path(folder.path().join("s.yaml")), &[], &Catalogue).map_err(|error| match error {
        LoadError::Unreadable(error) => error.to_string(),
        LoadError::Invalid { diagnostics, .. } => {
            diagnostics.in_order().into_iter().map(|one| one.message().to_owned()).collect::<Vec<_>>().join("; ")
        }
    })
}

/// Trial, seconds after the revocation and verdict of each request, in the order in which they are written down.
fn verdicts(rows: &str, trials: u64) -> Vec<(u64, f64, bool)> {
    let scenario = loaded(SCENARIO, rows).expect("valid").scenario;
    let requests = Requests::WrittenDown;
    let settings = Settings { name: "s".into(), seed: 1, trials, threads: 1, requests, engine: Engine::Auto };
    let mut found = Vec::new();
    let played = Drill::new(&scenario).run(&settings, &Progress::default(), |trial| {
        let revoked = trial.ledger.revoked_at.expect("every trial is revoked");
        let verdict = |one: &revdrill::model::ledger::RequestEntry| {
            (trial.number, one.presented_at.since(revoked).seconds(), one.accepted)
        };
        found.extend(trial.requests.iter().map(verdict));
        Ok::<(), std::io::Error>(())
    });
    played.expect("nothing is written");
    found
}

#[test]
fn an_entry_ends_by_the_recorded_clock() {
    // The miss at -2 is inserted when its answer is back, at -1.8. The clock then shows 0.3 - 1.8 = -1.5, whose second
    // is -2: `up` keeps the entry until -2 + 4 + 1 = 3 on the clock, 2.7 after the revocation, `down` until 1.7.
    let rows = "1,up,-2,0.2,0.3\n1,up,2.699,0.1,0.3\n1,up,2.7,0.1,0.3\n\
                1,down,-2,0.2,0.3\n1,down,1.699,0.1,0.3\n1,down,1.7,0.1,0.3\n";
    let expected = [(-2.0, true), (-2.0, true), (1.699, true), (1.7, false), (2.699, true), (2.7, false)]
        .map(|(at, v)| (0, at, v));
    assert_eq!(verdicts(rows, 1), expected);
}

#[test]
fn an_answer_is_composed_half_way() {
    // Of two misses at -0.1, the one that took 0.18 s was composed at -0.01, before the revocation, and is inserted
    // at 0.08: the clock shows 0.58, so it is kept until 5 on the clock. The one that took 0.22 s was composed at 0.01.
    let rows = "1,up,-0.1,0.18,0.5\n1,up,4.499,0.1,0.5\n1,up,4.5,0.1,0.5\n2,up,-0.1,0.22,0.5\n2,up,0.2,0.1,0.5\n";
    let expected = [(0, -0.1, true), (0, 4.499, true), (0, 4.5, false), (1, -0.1, false), (1, 0.2, false)];
    assert_eq!(verdicts(rows, 2), expected);
}

#[test]
fn trials_are_played_in_order_of_their_numbers_over_and_over() {
    // 10 stands before 9 in the table; the third trial of the run plays 9 again.
    let rows = "10,up,3,0,0.25\n9,up,1,0,0.5\n9,down,0.5,0,0.5\n";
    let played: Vec<_> = verdicts(rows, 3).iter().map(|(trial, at, _)| (*trial, *at)).collect();
    assert_eq!(played, [(0, 0.5), (0, 1.0), (1, 3.0), (2, 0.5), (2, 1.0)]);
    let system = loaded(SCENARIO, rows).expect("valid").scenario.system;
    let Arrivals::Trace(trace) = &system.attacker.replays[0].arrivals else { panic!("a recording") };
    let clocks: Vec<_> = trace.trials.iter().map(|trial| (trial.name.as_str(), trial.clock)).collect();
    let millis = |millis: i64| Some(Span::from_nanos(millis * 1_000_000));
    assert_eq!(clocks, [("9", millis(500)), ("10", millis(250))]);
}

#[test]
fn trials_without_numbers_are_played_in_order_of_their_first_rows() {
    let rows = "b,up,1,0,0.5\na,up,2,0,0.5\nb,up,3,0,0.5\n";
    let played: Vec<_> = verdicts(rows, 2).iter().map(|(trial, at, _)| (*trial, *at)).collect();
    assert_eq!(played, [(0, 1.0), (0, 3.0), (1, 2.0)]);
}

#[test]
fn requests_before_the_exposure_are_played_and_count() {
    // The revocation comes 1 s after the exposure, and the first request 5 s before it: 4 s before the exposure. The
    // entry of -5 ends at -0.5 (clock 0.5, TTL 4 s and the rest of the second), so the one at -0.2 asks again.
    let rows = "1,up,-5,0,0.5\n1,up,-0.6,0,0.5\n1,up,-0.2,0,0.5\n1,up,4.4,0,0.5\n1,up,4.6,0,0.5\n";
    let expected = [(-5.0, true), (-0.6, true), (-0.2, true), (4.4, true), (4.6, false)].map(|(at, v)| (0, at, v));
    assert_eq!(verdicts(rows, 1), expected);
}

#[test]
fn a_clock_may_be_given_as_the_time_of_day() {
    // Only the fraction of the second counts, also of seconds since 1970 and of times before that.
    let of = |clock: &str| {
        let system = loaded(SCENARIO, &format!("1,up,1,0,{clock}\n")).expect("valid").scenario.system;
        system.recordings().next().expect("a recording").trials[0].clock.expect("a clock").nanos()
    };
    assert_eq!((of("0.25"), of("1700000000.25"), of("-0.75")), (250_000_000, 250_000_000, 250_000_000));
}

#[test]
fn faults_of_recorded_trials_are_told() {
    let told = |scenario: &str, rows: &str| loaded(scenario, rows).map(|_| ()).expect_err("a fault");
    assert_eq!(
        told(SCENARIO, "1,up,1,0,0.5\n1,up,2,0,0.6\n"),
        "line 3 of `trace.csv`: its clock differs from that of an earlier row of the same trial"
    );
    assert_eq!(
        told(SCENARIO, "1,up,2,0,0.5\n1,down,3,0,0.5\n1,up,1,0,0.5\n"),
        "line 4 of `trace.csv`: its time 1s lies before that of an earlier row, 2s"
    );
    let exact = SCENARIO.replace(", ends: next_whole_second", "").replace(", ends: previous_whole_second", "");
    assert_eq!(told(&exact, "1,up,1,0,0.5\n"), "`clock` of the recording has no effect: no cache waits for it");
    let stream = |gateway: &str, clock: &str| {
        format!(
            "{{ arrivals: {{ trace: {{ file: trace.csv, at: at, target: target, trials: trial{clock}, where: {{ target: {gateway} }} }} }} }}"
        )
    };
    let several = |first: &str, second: &str| {
        let head = SCENARIO.split("  replays:").next().expect("a head");
        let tail = SCENARIO.split("revocation }\n").last().expect("a tail");
        format!("{head}  replays: [ {}, {} ]\n{tail}", stream("up", first), stream("down", second))
    };
    let rows = "1,up,1,0,0.5\n1,down,1,0,0.5\n2,up,1,0,0.5\n2,down,1,0,0.5\n";
    assert!(loaded(&several(", clock: clock", ""), rows).is_ok());
    assert_eq!(told(&several(", clock: clock", ", clock: clock"), rows), "several recordings say what clocks showed");
    let missing = "1,up,1,0,0.5\n2,up,1,0,0.5\n2,down,1,0,0.5\n3,down,1,0,0.5\n";
    assert_eq!(
        told(&several("", ""), missing),
        "recordings disagree about their trials, so they cannot be played side by side"
    );
}
