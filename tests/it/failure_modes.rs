//! Failure modes, each injected by one line: what it does to a drill, worked out by hand.
//!
//! The attacker calls once a second from time 0 on, and the revocation comes at 600.5 s unless a case says otherwise.
//! With an empty cache of 60 s at time 0, entries begin at 0 s, 60 s, ..., 600 s; the last one ends 59.5 s after the
//! revocation.

use revdrill::document::diagnostic::Severity;
use revdrill::experiment::blocks::Progress;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::ledger::Ledger;
use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Engine, Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::record::summary::Record;
use revdrill::report::terminal::screen::{Colour, Trailer, render};
use revdrill::scenario::failure_modes::MODES;
use revdrill::scenario::load::{Input, LoadError, Scenario, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::units::time::{Moment, Span};
use std::convert::Infallible;

const TRIALS: u64 = 1_000;

/// A gateway with these settings, and more lines of the scenario.
fn text(gw: &str, more: &str) -> String {
    format!(
        "revdrill: 1\nteaches: Failure modes.\nstart: first_use\nhorizon: 30m after revocation\n\
         credentials: {{ token: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
         verifiers: {{ gw: {{ {gw} }} }}\n\
         attacker: {{ steals: token, first_try: 0s, replays: {{ arrivals: every 1s }} }}\n\
         defender: {{ detects: 600500ms, playbook: {{ revoke: token }} }}\n{more}\n"
    )
}

fn read(text: &str, inject: Option<&str>) -> Result<Scenario, String> {
    let sets: Vec<_> = inject.map(|mode| ("inject".to_owned(), mode.to_owned())).into_iter().collect();
    match load(&Input::Text { name: "modes".into(), text: text.into(), folder: None }, &sets, &Catalogue) {
        Ok(loaded) => Ok(loaded.scenario),
        Err(LoadError::Unreadable(error)) => Err(error.to_string()),
        Err(LoadError::Invalid { diagnostics, .. }) => Err(diagnostics.in_order()[0].message().to_owned()),
    }
}

/// The ledgers of all trials, none of which was beyond its bound: that would have panicked.
fn trials(text: &str, inject: Option<&str>) -> Vec<Ledger> {
    let scenario = read(text, inject).unwrap_or_else(|fault| panic!("{inject:?}: {fault}"));
    let settings = Settings {
        name: "modes".into(),
        seed: 1,
        trials: 64,
        threads: 1,
        requests: Requests::Counted,
        engine: Engine::Auto,
    };
    let Ok(_) = Drill::new(&scenario).run::<Infallible>(&settings, &Progress::default(), |_| Ok(()));
    let plan = Plan::new(&scenario.system);
    let mut player = Player::new(&plan);
    (0..TRIALS).map(|number| player.play(Seed(1), number, Requests::Counted).0).collect()
}

/// Seconds from the revocation until all is shut; none if that did not come.
fn contained(ledger: &Ledger) -> Option<f64> {
    Some(ledger.whole.closed_at?.since(ledger.revoked_at?).seconds().max(0.0))
}

/// The time to contain, the same in every trial.
fn always(ledgers: &[Ledger]) -> Option<f64> {
    let first = contained(&ledgers[0]);
    assert!(ledgers.iter().all(|ledger| contained(ledger) == first), "it differs from trial to trial");
    first
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    values.sum::<f64>() / TRIALS as f64
}

/// Four standard errors of a share of the trials.
fn four(p: f64) -> f64 {
    4.0 * (p * (1.0 - p) / TRIALS as f64).sqrt()
}

const CACHED: &str = "asks: idp, cache: { ttl: 60s }";
const PUSHED: &str = "asks: idp, cache: { ttl: 60s }, hears: { bus: evict }";
const BUS: &str = "channels: { bus: { kind: set_push, from: idp, delay: 1s } }";

#[test]
fn ttl_renewed_on_hit_keeps_a_polled_entry_for_ever() {
    let text = text(CACHED, "");
    assert_eq!(always(&trials(&text, None)), Some(59.5));
    assert_eq!(always(&trials(&text, Some("ttl_renewed_on_hit"))), None);
}

#[test]
fn local_purge_leaves_the_siblings_to_their_ttl() {
    // News after 1 s empties all four replicas, or one: the last of three uniform rests of 60 s ends after 45 s on
    // average, with a standard deviation of 60 s x sqrt(3/80).
    let text = text(&format!("{PUSHED}, replicas: 4"), BUS).replace("first_use", "saturated");
    assert_eq!(always(&trials(&text, None)), Some(1.0));
    for inject in ["local_purge", "local_purge at gw", "local_purge at bus"] {
        let mean = mean(trials(&text, Some(inject)).iter().filter_map(contained));
        let error = 60.0 * (3.0_f64 / 80.0).sqrt() / (TRIALS as f64).sqrt();
        assert!((mean - 45.0).abs() < 4.0 * error, "{inject}: {mean}");
    }
}

#[test]
fn missing_trigger_leaves_the_cache_alone_with_the_revocation() {
    let text = text(PUSHED, BUS);
    assert_eq!(always(&trials(&text, None)), Some(1.0));
    assert_eq!(always(&trials(&text, Some("missing_trigger"))), Some(59.5));
}

#[test]
fn partial_bypass_shuts_the_first_target_at_once_and_not_the_second() {
    // Both in turn, `a` at even seconds. Without: entries begin at 0, 60, ..., 600 and end at 660. With: `b` alone fills
    // the cache, at 1, 61, ..., 601, which ends at 661. The revocation comes at 605.5 s.
    let text = text(&format!("{CACHED}, fronts: [a, b]"), "").replace("600500ms", "605500ms");
    let closed = |inject: Option<&str>| {
        let ledger = trials(&text, inject).remove(0);
        let revoked = ledger.revoked_at.expect("revoked");
        let after = |target: usize| ledger.targets[target].closed_at.expect("shut").since(revoked).seconds();
        (after(0), after(1))
    };
    assert_eq!(closed(None), (54.5, 54.5));
    assert_eq!(closed(Some("partial_bypass")), (0.0, 55.5));
}

#[test]
fn whole_second_clocks_let_entries_live_up_to_a_second_longer() {
    // An entry lives 60 s and a uniform rest of a second, so that the request 61 s later loads the next: at 0, 61, ...,
    // 549 s, which ends at 609 s and the rest: between 8.5 s and 9.5 s after the revocation, 9 s on average.
    let times: Vec<f64> = trials(&text(CACHED, ""), Some("whole_second_clocks")).iter().filter_map(contained).collect();
    assert_eq!(times.len(), TRIALS as usize);
    assert!(times.iter().all(|time| (8.5..=9.5).contains(time)));
    let mean = mean(times.iter().copied());
    assert!((mean - 9.0).abs() < 4.0 * (1.0 / 12.0_f64).sqrt() / (TRIALS as f64).sqrt(), "{mean}");
}

#[test]
fn revocation_ignored_is_recorded_and_changes_nothing() {
    let ledgers = trials(&text(CACHED, ""), Some("revocation_ignored at idp"));
    assert!(ledgers.iter().all(|ledger| ledger.revoked_at.is_some()));
    assert_eq!(always(&ledgers), None);
}

#[test]
fn list_lost_on_restart_opens_the_door_again() {
    // Heard after 1 s. Restarts come once an hour: one falls into the 1799 s that are left with 1 - exp(-1799/3600).
    let text = text("hears: { list: deny }", "channels: { list: { kind: deny_list, read: subscribed, delay: 1s } }")
        .replace(
            "kind: opaque, issuer: idp, lifetime: forever",
            "kind: self_contained, issuer: idp, lifetime: 9d, age: 0s, leeway: 0s",
        );
    assert_eq!(always(&trials(&text, None)), Some(1.0));
    let ledgers = trials(&text, Some("list_lost_on_restart"));
    let again = mean(ledgers.iter().map(|ledger| f64::from(u8::from(ledger.whole.reopenings > 0))));
    let expected = 1.0 - (-1799.0_f64 / 3600.0).exp();
    assert!((again - expected).abs() < four(expected), "{again} against {expected}");
}

#[test]
fn status_source_down_lets_everybody_in_for_the_whole_outage() {
    assert_eq!(always(&trials(&text(CACHED, ""), Some("status_source_down"))), Some(600.0));
}

#[test]
fn stale_deny_spares_the_issuer_the_questions_of_whoever_is_rejected() {
    // Questions at 0, 60, ..., 600 s: 11. After the entry ends, one a second from 660 s to 2400 s: 1741. With rejections
    // kept for 300 s: at 660, 960, ..., 2160 s: 6.
    let asked = |inject| trials(&text(CACHED, ""), inject)[0].load.asked;
    assert_eq!(asked(None), 1752);
    assert_eq!(asked(Some("stale_deny")), 17);
}

#[test]
fn long_default_cache_turns_no_window_into_five_minutes() {
    // Entries begin at 0, 300, 600 s; the last ends at 900 s.
    let text = text("asks: idp", "");
    assert_eq!(always(&trials(&text, None)), Some(0.0));
    assert_eq!(always(&trials(&text, Some("long_default_cache"))), Some(299.5));
}

#[test]
fn push_without_promise_loses_one_message_in_ten() {
    // Heard after 1 s, or left to the cache.
    let bus = BUS.replace("delay: 1s", "delay: 1s, delivery: at_least_once, loss: 1%");
    let ledgers = trials(&text(PUSHED, &bus), Some("push_without_promise"));
    let times: Vec<f64> = ledgers.iter().filter_map(contained).collect();
    assert!(times.iter().all(|time| *time == 1.0 || *time == 59.5));
    let lost = mean(times.iter().map(|time| f64::from(u8::from(*time > 1.0))));
    assert!((lost - 0.1).abs() < four(0.1), "{lost}");
}

#[test]
fn cache_for_availability_trades_questions_for_the_window() {
    // Ten times 60 s: entries begin at 0 and 600 s, and the last ends at 1200 s; then 1201 questions to 2400 s.
    let ledgers = trials(&text(CACHED, ""), Some("cache_for_availability"));
    assert_eq!(always(&ledgers), Some(599.5));
    assert_eq!(ledgers[0].load.asked, 2 + 1201);
}

#[test]
fn an_injection_says_the_same_as_the_setting_written_out() {
    let injected = read(&text(CACHED, "inject: ttl_renewed_on_hit"), None).expect("sound");
    let written = read(&text("asks: idp, cache: { ttl: 60s, renewal: every_hit }", ""), None).expect("sound");
    assert_eq!(injected.digest(), written.digest());
}

/// The record of a small run, with its scenario.
fn record(scenario: &Scenario) -> Record {
    let settings = Settings {
        name: "modes".into(),
        seed: 7,
        trials: 20,
        threads: 1,
        requests: Requests::Counted,
        engine: Engine::Auto,
    };
    let Ok(record) = Drill::new(scenario).run::<Infallible>(&settings, &Progress::default(), |_| Ok(()));
    record
}

#[test]
fn a_record_names_what_was_injected_and_its_scenario_is_played_again_to_the_same_bytes() {
    // Ten times 60 s are 600 s, and would be 6,000 s if the mode were put in once more from the scenario of the record.
    let asked = text(CACHED, "inject: [ cache_for_availability, stale_deny at gw ]");
    let first = record(&read(&asked, None).expect("sound"));
    assert_eq!(first.scenario.injected, ["cache_for_availability", "stale_deny at gw"]);
    assert_eq!(first.scenario.resolved["verifiers"]["gw"]["cache"]["ttl"], "10m");
    let again = record(&read(&first.scenario.resolved.to_string(), None).expect("sound"));
    assert_eq!(serde_json::to_string(&again).expect("JSON"), serde_json::to_string(&first).expect("JSON"));
    // One more on top stands behind the others.
    let more = read(&first.scenario.resolved.to_string(), Some("ttl_renewed_on_hit")).expect("sound");
    assert_eq!(more.injected, ["cache_for_availability", "stale_deny at gw", "ttl_renewed_on_hit"]);
    let screen = render(&record(&more), &Trailer::default(), Colour::Plain);
    let named = "injected: cache_for_availability, stale_deny at gw, ttl_renewed_on_hit\n";
    assert!(screen.contains(named), "{screen}");
    assert_eq!(
        read(&text(CACHED, "injected: ttl_renewed"), None).err().as_deref(),
        Some("there is no failure mode `ttl_renewed`")
    );
}

#[test]
fn several_modes_can_be_put_in_at_once_and_each_at_a_part() {
    let both = read(&text(CACHED, "inject: [ ttl_renewed_on_hit at gw, stale_deny ]"), None).expect("sound");
    let cache = &both.resolved["verifiers"]["gw"]["cache"];
    assert_eq!((&cache["renewal"], &cache["negative_ttl"]), (&"every_hit".into(), &"5m".into()));
}

#[test]
fn a_trigger_that_is_pulled_in_a_sequence_within_a_block_goes_missing_too() {
    // The playbook only revokes, wherever that stands: what is left for the channel to carry is the other trigger.
    for playbook in
        ["{ revoke: token }", "{ at_once: { revoke: token } }", "{ at_once: { in_order: { revoke: token } } }"]
    {
        let bus = format!("{BUS}\ninject: missing_trigger");
        let text = text(PUSHED, &bus).replace("{ revoke: token }", playbook);
        assert!(text.contains(playbook), "{text}");
        let scenario = read(&text, None).expect("sound");
        assert_eq!(
            scenario.resolved["channels"]["bus"]["carries"],
            serde_json::json!(["disable_subject"]),
            "{playbook}"
        );
    }
}

#[test]
fn an_injection_that_changes_nothing_is_refused() {
    let fault = |inject| read(&text(CACHED, ""), Some(inject)).err();
    assert_eq!(fault("local_purge").as_deref(), Some("`local_purge` changes nothing in this scenario"));
    assert_eq!(
        fault("stale_deny at edge").as_deref(),
        Some("`stale_deny` cannot happen at `edge`: there is no such part that it could change")
    );
    assert_eq!(fault("local_perge").as_deref(), Some("there is no failure mode `local_perge`"));
    let fast = text("asks: idp, cache: { ttl: 60s, renewal: every_hit }", "");
    assert_eq!(
        read(&fast, Some("ttl_renewed_on_hit at gw")).err().as_deref(),
        Some("`ttl_renewed_on_hit` changes nothing at `gw`")
    );
}

#[test]
fn keys_kept_until_unknown_leave_the_old_key_good_where_nobody_brings_a_new_one() {
    // Fetched every 10 min, the key set is new after 300 s on average (a standard deviation of 600 s / sqrt(12)). Without
    // a lawful token of the new key no verifier ever asks for it.
    let text = text("hears: { jwks: refetch }", "channels: { jwks: { kind: key_rotation, refetch: every 10m } }")
        .replace(
            "kind: opaque, issuer: idp, lifetime: forever",
            "kind: self_contained, issuer: idp, lifetime: 10d, age: 0s",
        )
        .replace("revoke: token", "rotate_key: jwks");
    let times: Vec<f64> = trials(&text, None).iter().filter_map(contained).collect();
    assert_eq!(times.len(), TRIALS as usize);
    let mean = mean(times.iter().copied());
    assert!((mean - 300.0).abs() < 4.0 * 600.0 / (12.0 * TRIALS as f64).sqrt(), "{mean}");
    assert_eq!(always(&trials(&text, Some("keys_kept_until_unknown"))), None);
}

#[test]
fn refresh_grace_keeps_the_thief_in_if_it_comes_close_enough() {
    // A client refreshes at 2/min and a thief at 1/min: the later of the two first refreshes is noticed, unless it falls
    // into the 60 s of grace after the earlier: 1 - 1/3 e^-2 - 2/3 e^-1. Then only the defender revokes, after 2 h.
    let text = "revdrill: 1\nteaches: Refreshing.\nhorizon: 1m\ncredentials:\n  \
        refresh: { kind: refresh_token, issuer: idp, lifetime: forever, rotation: { on_reuse: revoke_family } }\n  \
        access: { kind: opaque, issuer: idp, lifetime: 4h, age: 0s, from: refresh }\n\
        verifiers: { api: { asks: idp, accepts: access } }\n\
        attacker: { steals: refresh, first_try: 0s, replays: { arrivals: poisson 1/h }, mints: { access: poisson 1/60s } }\n\
        lawful: { app: { uses: access, sends: poisson 0.1/s, refreshes: poisson 2/60s } }\n\
        defender: { detects: 2h, playbook: { revoke: refresh } }\n";
    let unnoticed = |inject| {
        let late =
            |ledger: &Ledger| ledger.revoked_at.is_some_and(|at| at >= Moment::ZERO + Span::from_seconds(7_200.0));
        mean(trials(text, inject).iter().map(|ledger| f64::from(u8::from(late(ledger)))))
    };
    assert!(unnoticed(None) < 0.001);
    let expected = 1.0 - (-2.0_f64).exp() / 3.0 - 2.0 * (-1.0_f64).exp() / 3.0;
    let seen = unnoticed(Some("refresh_grace"));
    assert!((seen - expected).abs() < four(expected), "{seen} against {expected}");
}

#[test]
fn unchecked_after_issue_takes_a_young_credential_unasked() {
    // Issued at time 0 and revoked at 4.5 s: taken unasked to 10 s.
    let text =
        text("asks: idp", "").replace("lifetime: forever", "lifetime: 9d, age: 0s").replace("600500ms", "4500ms");
    assert_eq!(always(&trials(&text, None)), Some(0.0));
    assert_eq!(always(&trials(&text, Some("unchecked_after_issue"))), Some(5.5));
}

#[test]
fn cutoff_forgotten_opens_the_door_again_after_a_minute() {
    // Shut at once and, a minute later, open to the end of the horizon.
    let text = text("asks: idp", "")
        .replace("lifetime: forever", "lifetime: 9d, age: 0s")
        .replace("revoke: token", "revoke: token, reach: issued_before");
    assert_eq!(always(&trials(&text, None)), Some(0.0));
    let ledgers = trials(&text, Some("cutoff_forgotten"));
    assert_eq!(always(&ledgers), None);
    assert!(ledgers.iter().all(|ledger| ledger.whole.reopenings == 1));
    assert!(ledgers.iter().all(|ledger| ledger.whole.open_for == Span::from_seconds(29.0 * 60.0)));
}

#[test]
fn streams_survive_never_closes_what_is_open() {
    // Opened at 0 s, opened again at 600 s when it is ten minutes old, and rechecked every minute: the recheck at 660 s,
    // 59.5 s after the revocation, closes it. Without a longest life and rechecks nothing does.
    let held = text("asks: idp, connections: { max_age: 10m, recheck: 1m }", "");
    let held = held.replace("steals: token,", "steals: token, holds_open: gw,");
    assert_eq!(always(&trials(&held, None)), Some(59.5));
    assert_eq!(always(&trials(&held, Some("streams_survive"))), None);
}

#[test]
fn every_mode_can_be_put_into_every_shipped_scenario_or_is_refused_as_without_effect() {
    // It edits the parts at which it can make a difference, so what is left of a valid scenario is valid.
    let mut wrong = Vec::new();
    let (mut valid, mut refused) = (0, 0);
    for mode in &MODES {
        let sets = [("inject".to_owned(), mode.name.to_owned())];
        let nothing = format!("`{}` changes nothing in this scenario", mode.name);
        for path in super::shipped_scenarios::files() {
            match load(&Input::Path(path.clone()), &sets, &Catalogue) {
                Ok(_) => valid += 1,
                Err(LoadError::Unreadable(error)) => wrong.push(format!("{}: {error}", path.display())),
                Err(LoadError::Invalid { diagnostics, .. }) => {
                    let faults: Vec<&str> = diagnostics
                        .in_order()
                        .iter()
                        .filter(|found| found.severity() == Severity::Error)
                        .map(|fault| fault.message())
                        .collect();
                    if faults == [nothing.as_str()] {
                        refused += 1
                    } else {
                        wrong.push(format!("{} in {}: {faults:?}", mode.name, path.display()))
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(valid > 0 && refused > 0, "{valid} valid and {refused} refused");
}
