//! The command line as a shell sees it: exit codes, files whole or absent, pipes, and the same bytes on any threads.

use revdrill::cli::own_fault;
use revdrill::experiment::blocks::{Progress, TrialRow};
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::scenario::load::{Input, load};
use revdrill::scenario::objectives::Catalogue;
use std::convert::Infallible;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

const SCENARIO: &str = "\
revdrill: 1
teaches: One cache.
horizon: 2m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { gate: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.5/s } }
defender: { detects: 10s, playbook: [ { revoke: token } ] }
objectives: [ p99(time_to_contain) <= 60s ]
";

fn revdrill(folder: &Path, arguments: &[&str]) -> Output {
    let command =
        Command::new(env!("CARGO_BIN_EXE_revdrill")).args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    command.expect("the program starts")
}

fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("s.yaml"), text).expect("writable");
    folder
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("not ended by a signal")
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_exit_code_tells_pass_fail_inconclusive_usage_and_invalid_apart() {
    let folder = folder_with(SCENARIO);
    let run = |rest: &[&str]| code(&revdrill(folder.path(), &[&["run", "s.yaml", "--trials", "1000"], rest].concat()));
    assert_eq!(run(&[]), 0);
    // The cache holds up to 60 s: a p99 of at most 10 s fails.
    assert_eq!(run(&["--set", "objectives=[p99(time_to_contain) <= 10s]"]), 10);
    // Ten trials cannot bound a p99 from above (method: n >= 368).
    assert_eq!(code(&revdrill(folder.path(), &["run", "s.yaml", "--trials", "10"])), 11);
    assert_eq!(run(&["--set", "objectives=['p99(time_to_contain) <= 10s': 'meant to fail, the cache is long']"]), 0);
    assert_eq!(run(&["--set", "objectives=['p99(time_to_contain) <= 60s': 'meant to fail, but it holds']"]), 10);
    assert_eq!(run(&["--bogus"]), 2);
    assert_eq!(run(&["--set", "verifiers.gate.cache.ttl=0s"]), 3);
    assert_eq!(code(&revdrill(folder.path(), &["run", "absent.yaml"])), 3);
}

#[test]
fn a_run_too_dear_is_refused_before_it_starts() {
    let folder = folder_with(SCENARIO);
    let output = revdrill(folder.path(), &["run", "s.yaml", "--trials", "1000000000000"]);
    assert_eq!(code(&output), 3);
    for words in ["--max-events", "--trials", "the attacker's requests", "s.yaml:6:"] {
        assert!(complaint(&output).contains(words), "{}", complaint(&output));
    }
    assert!(!folder.path().join("reports").exists());
}

#[test]
fn whatever_repeats_absurdly_is_refused_by_check_and_by_run_with_the_part_that_does() {
    let bus = |settings: &str, action: &str| {
        SCENARIO.replace(
            "cache: { ttl: 60s } }",
            &format!("cache: {{ ttl: 60s }}, replicas: 20, hears: {{ bus: {action} }} }}"),
        ) + &format!("channels: {{ bus: {{ {settings} }} }}\n")
    };
    let requests = |arrivals: &str| SCENARIO.replace("poisson 0.5/s", arrivals);
    let legs = "channels: { wire: { kind: introspection, request_leg: 1w } }\n";
    let waiting = SCENARIO
        .replace("poisson 0.5/s", "poisson 1000/s")
        .replace("2m after", "4h after")
        .replace("asks: idp, cache: { ttl: 60s }", "asks: wire")
        + &legs.replace("kind: introspection", "kind: introspection, from: idp");
    let retry = "delivery: at_least_once, retry: { first: 1ns, factor: 1 }";
    let absurd = [
        (SCENARIO.replace("ttl: 60s", "ttl: 60s, restarts: 1ns"), "the restarts of cache"),
        (SCENARIO.replace("ttl: 60s", "ttl: 60s, restarts: lognormal(median=1ns sigma=0.1)"), "the restarts of cache"),
        (requests("bursty(rate=1/s burst=1ns silence=1ns)"), "the attacker's requests"),
        (requests("every 1ns"), "the attacker's requests"),
        (requests("closed_loop(workers=9 think=1ns)"), "the attacker's requests"),
        (requests("closed_loop(workers=9 think=pareto(min=1ns shape=0.9))"), "the attacker's requests"),
        (SCENARIO.replace("detects: 10s", "detects: lognormal(median=1h sigma=50)"), "the attacker's requests"),
        (SCENARIO.replace("detects: 10s", "detects: pareto(min=1s shape=0.01)"), "the attacker's requests"),
        (bus("kind: set_poll, every: 1ns, loss: 100%", "evict"), "what channel `bus` sends"),
        (bus("kind: status_list, every: 1ns, validity: 1h, when_expired: reject", "deny"), "what channel `bus` sends"),
        (bus("kind: deny_list, read: subscribed, delay: 1s, restarts: 1ns", "deny"), "what channel `bus` sends"),
        (bus(&format!("kind: set_push, delay: 1w, {retry}"), "evict"), "what channel `bus` sends"),
        (bus(&format!("kind: set_push, delay: 1s, loss: 99.999%, {retry}"), "evict"), "what channel `bus` sends"),
        (waiting, "the attacker's requests"),
    ];
    for (text, part) in absurd {
        let folder = folder_with(&text);
        // Played, each of them would go on for years.
        for verb in ["check", "run"] {
            let output = revdrill(folder.path(), &[verb, "s.yaml"]);
            assert_eq!(code(&output), 3, "{verb} {text}\n{}", complaint(&output));
            assert!(
                complaint(&output).contains(part) && complaint(&output).contains("s.yaml:"),
                "{}",
                complaint(&output)
            );
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_thread_and_on_three() {
    let folder = folder_with(SCENARIO);
    let bytes = |engine: &str, threads: &str| {
        let out = format!("{engine}-{threads}");
        let how = ["--trials", "700", "--threads", threads, "--out", &out, "--engine", engine, "--quiet"];
        let output = revdrill(folder.path(), &[&["run", "s.yaml"][..], &how].concat());
        assert_eq!(code(&output), 0, "{}", complaint(&output));
        ["record.json", "trials.csv", "summary.csv", "time-to-contain.svg", "time-to-contain.png"]
            .map(|file| fs::read(folder.path().join(&out).join(file)).expect("written"))
    };
    let [skipping, every_request] = ["auto", "every-request"].map(|engine| bytes(engine, "1"));
    assert_eq!(skipping, bytes("auto", "3"));
    assert_eq!(every_request, bytes("every-request", "3"));
    assert_ne!(skipping[1], every_request[1], "the engines draw from streams of their own");
}

#[test]
fn another_seed_gives_other_trials() {
    let folder = folder_with(SCENARIO);
    let bytes = |seed: &str| {
        revdrill(folder.path(), &["run", "s.yaml", "--trials", "200", "--seed", seed, "--out", seed, "--quiet"]);
        fs::read(folder.path().join(seed).join("trials.csv")).expect("written")
    };
    assert_ne!(bytes("1"), bytes("2"));
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = folder_with(SCENARIO);
    let theirs = folder.path().join("theirs");
    fs::create_dir(&theirs).expect("created");
    fs::write(theirs.join("record.json"), "{\"mine\": true}").expect("written");
    for out in ["theirs", "s.yaml"] {
        let output = revdrill(folder.path(), &["run", "s.yaml", "--trials", "10", "--out", out]);
        assert_eq!(code(&output), 2, "{}", complaint(&output));
    }
    assert_eq!(fs::read_to_string(theirs.join("record.json")).expect("still there"), "{\"mine\": true}");
    assert_eq!(fs::read_to_string(folder.path().join("s.yaml")).expect("still there"), SCENARIO);
    let left: Vec<_> =
        fs::read_dir(folder.path()).expect("readable").map(|e| e.expect("readable").file_name()).collect();
    assert_eq!(left.len(), 2, "something half-written was left: {left:?}");
}

#[test]
fn a_run_again_replaces_its_own_folder() {
    let folder = folder_with(SCENARIO);
    for trials in ["300", "400"] {
        let output = revdrill(folder.path(), &["run", "s.yaml", "--trials", trials, "--out", "mine", "--quiet"]);
        assert!([0, 11].contains(&code(&output)), "{}", complaint(&output));
    }
    let rows = fs::read_to_string(folder.path().join("mine/trials.csv")).expect("written").lines().count();
    assert_eq!(rows, 401);
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = folder_with(SCENARIO);
    let mut child = Command::new(env!("CARGO_BIN_EXE_revdrill"))
        .args(["schema"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut one = [0];
    child.stdout.take().expect("piped").read_exact(&mut one).expect("something is printed");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((code(&output), complaint(&output)), (0, String::new()));
}

#[test]
fn standard_input_is_a_scenario_and_standard_output_a_record() {
    let folder = folder_with(SCENARIO);
    let input = fs::File::open(folder.path().join("s.yaml")).expect("there");
    let output = Command::new(env!("CARGO_BIN_EXE_revdrill"))
        .args(["run", "-", "--trials", "400", "--out", "-"])
        .current_dir(folder.path())
        .stdin(input)
        .output()
        .expect("the program starts");
    let record = revdrill::report::json::parse(&output.stdout).expect("a record");
    assert_eq!(record.run.trials, 400);
    assert!(!folder.path().join("reports").exists());
}

#[test]
fn what_init_writes_passes_check_and_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(code(&revdrill(folder.path(), &["init"])), 0);
    assert_eq!(code(&revdrill(folder.path(), &["init"])), 2, "an existing file is not overwritten");
    assert_eq!(code(&revdrill(folder.path(), &["check", "drill.yaml"])), 0);
    let output = revdrill(folder.path(), &["run", "drill.yaml", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", complaint(&output));
}

#[test]
fn every_bad_file_of_a_check_is_told_and_the_good_ones_too() {
    let folder = folder_with(SCENARIO);
    fs::write(folder.path().join("bad.yaml"), "revdrill: 1\nteaches: x\nhorizn: 3\n").expect("written");
    let output = revdrill(folder.path(), &["check", "bad.yaml", "s.yaml", "missing.yaml"]);
    assert_eq!(code(&output), 3);
    assert!(
        complaint(&output).contains("bad.yaml:3:1") && complaint(&output).contains("missing.yaml"),
        "{}",
        complaint(&output)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("s.yaml: valid"));
}

#[test]
fn the_list_names_what_programs_look_for() {
    let output = revdrill(Path::new(env!("CARGO_MANIFEST_DIR")), &["list", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for section in ["scenarios", "presets", "channels", "metrics", "failure_modes", "attacker_classes"] {
        assert!(list[section].is_array(), "{section}");
    }
    let kinds: Vec<&str> =
        list["channels"].as_array().expect("an array").iter().filter_map(|kind| kind["name"].as_str()).collect();
    for kind in
        ["expiry", "introspection", "status_list", "set_push", "set_poll", "deny_list", "key_rotation", "manual"]
    {
        assert!(kinds.contains(&kind), "{kind} is missing from {kinds:?}");
    }
    assert!(list["scenarios"].as_array().is_some_and(|all| all.len() >= 10));
}

#[test]
fn the_list_names_the_scenarios_of_any_folder_and_says_where_it_found_none() {
    let folder = folder_with(SCENARIO);
    let output =
        revdrill(Path::new(env!("CARGO_MANIFEST_DIR")), &["list", "--json", &folder.path().display().to_string()]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let names: Vec<&str> =
        list["scenarios"].as_array().expect("an array").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!((code(&output), names), (0, vec!["s"]));
    // Where there is no folder `scenarios`, the text says how to name one; a folder that is named must be there.
    let output = revdrill(folder.path(), &["list"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("scenarios\n  none here; `revdrill list FOLDER`"), "{}", &text[..200]);
    let output = revdrill(folder.path(), &["list", "elsewhere"]);
    assert_eq!(code(&output), 1);
    assert!(complaint(&output).contains("failed to list the scenarios of elsewhere"), "{}", complaint(&output));
}

#[test]
fn every_request_of_a_run_can_be_written_down() {
    let folder = folder_with(SCENARIO);
    let output = revdrill(
        folder.path(),
        &["run", "s.yaml", "--trials", "5", "--quiet", "--out", "-", "--requests-csv", "requests.csv"],
    );
    assert_eq!(code(&output), 11, "{}", complaint(&output));
    let table = fs::read_to_string(folder.path().join("requests.csv")).expect("written");
    let header = table.lines().next().expect("a header");
    for column in ["trial", "target", "presented_at", "since_revocation", "accepted", "reason"] {
        assert!(header.split(',').any(|name| name == column), "{header}");
    }
    // 0.5 a second over 10 s before and 120 s after the revocation, five times: about 325, sd 18.
    let rows = table.lines().count() - 1;
    assert!((235..=415).contains(&rows), "{rows} requests");
}

#[test]
fn the_table_of_requests_is_the_same_on_any_threads_and_replaces_only_its_own() {
    let folder = folder_with(SCENARIO);
    let run = |threads: &str, table: &str| {
        let arguments = [
            "run",
            "s.yaml",
            "--trials",
            "100",
            "--quiet",
            "--out",
            "-",
            "--threads",
            threads,
            "--requests-csv",
            table,
        ];
        revdrill(folder.path(), &arguments)
    };
    for threads in ["1", "3", "3"] {
        assert_eq!(code(&run(threads, &format!("{threads}.csv"))), 11);
    }
    let bytes = |name: &str| fs::read(folder.path().join(name)).expect("written");
    assert_eq!(bytes("1.csv"), bytes("3.csv"));
    let refused = run("1", "s.yaml");
    assert_eq!(code(&refused), 2, "{}", complaint(&refused));
    assert!(complaint(&refused).contains("name another file"), "{}", complaint(&refused));
    assert_eq!(bytes("s.yaml"), SCENARIO.as_bytes());
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 3, "nothing half-written is left");
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_names_every_file_and_the_trials_that_it_counted() {
    let folder = folder_with(SCENARIO);
    let arguments = ["run", "s.yaml", "--trials", "20000000", "--threads", "1", "--out", "here"];
    let child = Command::new(env!("CARGO_BIN_EXE_revdrill"))
        .args(arguments)
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It is interrupted while it plays: once its unfinished folder stands beside the scenario.
    let begun = || fs::read_dir(folder.path()).expect("a folder").count() > 1;
    for _ in 0..600 {
        std::thread::sleep(std::time::Duration::from_millis(100));
        if begun() {
            break;
        }
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(sent.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 130, "{}", complaint(&output));
    let bytes = fs::read(folder.path().join("here/record.json")).expect("written");
    let record = revdrill::report::json::parse(&bytes).expect("a record");
    let screen = String::from_utf8(output.stdout).expect("text");
    let shown = screen.replace(" \\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let command = format!("revdrill run s.yaml --trials {} --seed 1", record.run.trials);
    assert!(record.run.trials < 20_000_000 && shown.contains(&command), "{screen}");
    for file in ["record.json", "summary.csv", "time-to-contain.svg", "time-to-contain.png"] {
        assert!(shown.contains(file), "{file} is not named:\n{screen}");
    }
}

#[test]
fn names_that_look_like_paths_or_carry_escapes_are_refused() {
    for name in ["../../etc/x", "a\\u001b[2Jb", "a/b"] {
        let text = SCENARIO.replace("gate:", &format!("\"{name}\":"));
        let folder = folder_with(&text);
        let output = revdrill(folder.path(), &["run", "s.yaml", "--trials", "10"]);
        assert_eq!(code(&output), 3, "{name}: {}", complaint(&output));
        assert!(!complaint(&output).contains('\u{1b}'), "an escape reached the terminal");
    }
}

#[test]
fn a_number_beyond_all_measure_is_told_with_its_place() {
    // A hundred years are the longest duration, and nothing is negative, endless or no number.
    let absurd = [
        ("poisson 0.5/s", ["poisson 1e300/s", "poisson -1/s", "poisson NaN/s", "every 1000000000000000000y"]),
        ("ttl: 60s", ["ttl: -60s", "ttl: .inf", "ttl: 1000000000000w", "ttl: 99999999999999999999999s"]),
        ("horizon: 2m", ["horizon: 1e400s", "horizon: -2m", "horizon: NaN", "horizon: 0x10m"]),
        (
            "detects: 10s",
            [
                "detects: 1000000000000000000y",
                "detects: pareto(min=1s shape=-1)",
                "detects: lognormal(median=1m sigma=1e308)",
                "detects: exponential(mean=0s)",
            ],
        ),
        ("lifetime: forever", ["lifetime: 1e18h", "lifetime: -1h", "lifetime: 0s", "lifetime: NaN"]),
        (
            "revdrill: 1",
            [
                "revdrill: 1\ntrials: 1000000000000",
                "revdrill: 1\nseed: -1",
                "revdrill: 1\ntrials: 1e12",
                "revdrill: 1e0",
            ],
        ),
        (
            "cache: {",
            [
                "replicas: 99999999999999999999, cache: {",
                "replicas: 100000, cache: {",
                "replicas: 0, cache: {",
                "replicas: -1, cache: {",
            ],
        ),
    ];
    for (plain, instead) in absurd {
        for one in instead {
            let folder = folder_with(&SCENARIO.replace(plain, one));
            let output = revdrill(folder.path(), &["run", "s.yaml"]);
            assert_eq!(code(&output), 3, "{one}: {}", complaint(&output));
            assert!(complaint(&output).contains("s.yaml:"), "{one}: {}", complaint(&output));
        }
    }
}

#[test]
fn what_is_no_scenario_file_at_all_is_invalid_and_what_the_machine_refuses_is_its_fault() {
    let folder = folder_with(SCENARIO);
    let of = |place: &str| code(&revdrill(folder.path(), &["check", place]));
    fs::create_dir(folder.path().join("d.yaml")).expect("a folder");
    fs::write(folder.path().join("noise.yaml"), [0xC3, 0x28].repeat(1 << 20)).expect("writable");
    assert_eq!(["d.yaml", "noise.yaml", "absent.yaml"].map(of), [3; 3]);
    // A folder that cannot be made, for a file stands in its way.
    let output = revdrill(folder.path(), &["run", "s.yaml", "--trials", "10", "--out", "s.yaml/out"]);
    assert_eq!(code(&output), 1, "{}", complaint(&output));
    assert_eq!(fs::read_to_string(folder.path().join("s.yaml")).expect("it is still there"), SCENARIO);
}

/// Plays a scenario in which the program panics at trial 37, as `run` does; it does not come back.
fn panic_at_trial_37() {
    let input = Input::Text { name: "s.yaml".into(), text: SCENARIO.into(), folder: None };
    let scenario = load(&input, &[], &Catalogue).expect("a valid scenario").scenario;
    let (requests, engine) = (Requests::Counted, Engine::Auto);
    let settings = Settings { name: "s".into(), seed: 5, trials: 100, threads: 2, requests, engine };
    let progress = Arc::new(Progress::default());
    let repeat = Box::new(|trial: Option<u64>| format!("play up to {trial:?} again"));
    own_fault::expect(Some(own_fault::Job { seed: 5, repeat, progress: Arc::clone(&progress) }));
    let look = |trial: &TrialRow<'_>| assert!(trial.number != 37, "made up");
    let _ = Drill::new(&scenario).play(&settings, &progress, look, |()| Ok::<(), Infallible>(()));
    // Going on would make this child a parent of children without end.
    std::process::exit(70);
}

#[test]
fn a_panic_ends_with_the_code_of_our_own_faults_and_says_how_to_meet_it_again() {
    // The test is its own child: what panics there must end the whole process.
    const CHILD: &str = "REVDRILL_TEST_PANICS";
    if std::env::var_os(CHILD).is_some() {
        panic_at_trial_37();
    }
    let name = "command_line::a_panic_ends_with_the_code_of_our_own_faults_and_says_how_to_meet_it_again";
    let mut child = Command::new(std::env::current_exe().expect("a program"));
    let ended = child.args(["--exact", name, "--nocapture"]).env(CHILD, "1").env_remove("RUST_BACKTRACE").output();
    let ended = ended.expect("it starts");
    assert_eq!(code(&ended), 1, "{}", complaint(&ended));
    for words in ["a fault of our own: made up (", "seed 5, trial 37\n", "play up to Some(37) again\n"] {
        assert!(complaint(&ended).contains(words), "`{words}` is not in\n{}", complaint(&ended));
    }
}
