//! What is said in words of a run and of a trial, against the ledger: who won, who revoked, what held a door and shut it.

use revdrill::experiment::chosen_trial::Chosen;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::experiment::telling::tell;
use revdrill::model::ledger::{ClosedBy, HeldOpenBy, Ledger, Outcome};
use revdrill::model::play::trial::{Engine, Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::record::story::{Story, Winner};
use revdrill::scenario::load::{Input, Scenario, load};
use revdrill::scenario::objectives::Catalogue;

fn scenario(text: &str) -> Scenario {
    let text = format!("revdrill: 1\nteaches: x\n{text}");
    let input = Input::Text { name: "claims".into(), text, folder: None };
    load(&input, &[], &Catalogue).unwrap_or_else(|faults| panic!("{faults:?}")).scenario
}

/// The ledgers and stories of some trials of a system.
fn told(text: &str, trials: u64) -> Vec<(Ledger, Story)> {
    let scenario = scenario(text);
    let drill = Drill::new(&scenario);
    let (requests, engine) = (Requests::Counted, Engine::Auto);
    let settings = Settings { name: "claims".into(), seed: 1, trials, threads: 1, requests, engine };
    let mut player = Player::with_engine(&drill.plan, engine);
    let story = |number| tell(&drill, &settings, &Chosen { number, because: "it is asked for".into() });
    (0..trials).map(|number| (player.play(Seed(1), number, requests).0, story(number))).collect()
}

fn faults(text: &str) -> String {
    let text = format!("revdrill: 1\nteaches: x\n{text}");
    let input = Input::Text { name: "claims".into(), text, folder: None };
    let Err(faults) = load(&input, &[], &Catalogue) else { return String::new() };
    format!("{faults:?}")
}

#[test]
fn a_trial_ends_a_horizon_after_its_revocation_whoever_recorded_it() {
    // Both refresh, so the issuer sees a spent token within minutes; the playbook, set off by a request, is later.
    let all = told(
        "horizon: 30m after revocation\n\
         credentials:\n  r: { kind: refresh_token, issuer: i, lifetime: 30d, rotation: { on_reuse: revoke_family } }\n  \
         a: { kind: self_contained, issuer: i, lifetime: 1h, from: r }\n\
         verifiers: { ra: { checks: itself, accepts: a } }\n\
         attacker: { steals: r, first_try: 1m..5m, mints: { a: at_expiry }, replays: { arrivals: poisson 6/m } }\n\
         lawful: { x: { uses: a, refreshes: every 5m, sends: poisson 4/m } }\n\
         defender: { detects: { by: requests, chance: 2%, otherwise: 30m }, playbook: { revoke: r, takes: 10m } }\n",
        100,
    );
    let (mut by_issuer, mut known_before) = (0, 0);
    for (ledger, story) in &all {
        let revoked = ledger.revoked_at.expect("the playbook revokes in any case");
        assert_eq!(ledger.ended_at.since(revoked).seconds(), 1800.0);
        if story.decided_by[0].contains("by the issuer itself") {
            by_issuer += 1;
            known_before += u32::from(story.decided_by[0].contains("after the defender knew"));
            assert!(!story.decided_by[0].contains("to act"), "{:?}", story.decided_by);
        }
    }
    assert!(by_issuer > 50 && known_before > 0, "{by_issuer} {known_before}");
}

#[test]
fn who_never_found_anything_has_used_nothing() {
    let steals = |attacker: &str, found: &str| {
        format!(
            "horizon: 10m after revocation\ncredentials: {{ k: {{ kind: opaque, issuer: i, lifetime: forever }} }}\n\
             copies: {{ c: {{ of: k, {found} }} }}\nverifiers: {{ gw: {{ asks: i }} }}\n\
             attacker: {{ steals: c, {attacker}replays: {{ arrivals: poisson 1/s }} }}\n\
             defender: {{ detects: 1m, playbook: {{ revoke: k }} }}\n"
        )
    };
    let all = told(&steals("", "found: 50%"), 60);
    let found = all.iter().filter(|(ledger, _)| ledger.acquired_at.is_some()).count();
    assert!((15..=45).contains(&found), "{found} of 60");
    for (ledger, _) in &all {
        assert_eq!(ledger.first_use_at.is_some(), ledger.acquired_at.is_some());
    }
    // When it finds something tells nothing of one that has always been there.
    let refused = faults(&steals("", "found_after: 10m"));
    assert!(refused.contains("`found_after` contradicts"), "{refused}");
    assert_eq!(faults(&steals("first_try: 0s, ", "found_after: 10m")), "");
    // Nobody revoked it, and nobody had it.
    let missed = steals("", "found: 50%").replace("detects: 1m", "detects: 1m, misses: 50%");
    let all = told(&missed, 60);
    let never: Vec<_> = all.iter().filter(|(ledger, _)| ledger.outcome == Outcome::NeverRevoked).collect();
    assert!((15..=45).contains(&never.len()), "{}", never.len());
    for (ledger, story) in never {
        let winner = if ledger.acquired_at.is_some() { Winner::Attacker } else { Winner::Nobody };
        assert_eq!(story.won_by, winner, "{}", story.result);
    }
}

#[test]
fn who_lets_everybody_in_while_nobody_answers_is_named_as_that_whatever_it_looks_at() {
    // The outage begins an hour after the revocation, when entries and lifetimes do not matter any more.
    for kind in ["opaque, issuer: i, lifetime: forever", "certificate, issuer: i, lifetime: 365d"] {
        let (ledger, story) = &told(
            &format!(
                "horizon: 3h after revocation\ncredentials: {{ k: {{ kind: {kind} }} }}\n\
                 verifiers: {{ gw: {{ asks: i, when_issuer_down: fail_open, cache: {{ ttl: 10s }} }} }}\n\
                 attacker: {{ steals: k, first_try: 1m, replays: {{ arrivals: poisson 1/m }} }}\n\
                 defender: {{ detects: 5m, playbook: {{ revoke: k }} }}\n\
                 faults: {{ f: {{ part: i, from: 1h after revocation, for: 30m }} }}\n"
            ),
            1,
        )[0];
        let door = &ledger.targets[0];
        assert_eq!((door.held_open_by.0, door.closed_by), (HeldOpenBy::FailOpen, ClosedBy::Recovery), "{kind}");
        assert!(story.decided_by.iter().any(|line| line.contains("fail_open")), "{:?}", story.decided_by);
    }
}

#[test]
fn what_is_revoked_in_vain_is_shut_by_its_end() {
    let all = told(
        "horizon: 10h after revocation\ncredentials: { c: { kind: opaque, issuer: i, lifetime: 30m } }\n\
         issuers: { i: { revocation: { ineffective: 100% } } }\nverifiers: { gw: { asks: i } }\n\
         attacker: { steals: c, first_try: 1m, replays: { arrivals: poisson 10/m } }\n\
         defender: { detects: 10s, playbook: { revoke: c } }\n",
        50,
    );
    let revoked: Vec<_> = all.iter().filter(|(ledger, _)| ledger.outcome == Outcome::Revoked).collect();
    assert!(revoked.len() > 40, "{}", revoked.len());
    for (ledger, story) in revoked {
        let door = &ledger.targets[0];
        assert_eq!(door.held_open_by.0, HeldOpenBy::IneffectiveRevocation);
        assert_eq!(door.closed_by, ClosedBy::CredentialExpiry);
        assert!(!story.decided_by.iter().any(|line| line.contains("What shut it: nothing")), "{:?}", story.decided_by);
    }
}

#[test]
fn an_entry_that_never_ends_is_not_what_ended_when_the_credential_does() {
    let (ledger, _) = &told(
        "horizon: 1h after revocation\ncredentials: { c: { kind: certificate, issuer: i, lifetime: 30m, age: 0s } }\n\
         verifiers: { gw: { asks: i, cache: { ttl: forever, capped_by_expiry: false } } }\n\
         attacker: { steals: c, first_try: 1m, replays: { arrivals: poisson 10/m } }\n\
         defender: { detects: 5m, playbook: { revoke: c } }\n",
        1,
    )[0];
    assert_eq!(ledger.targets[0].closed_by, ClosedBy::CredentialExpiry);
}

#[test]
fn an_outage_that_was_over_before_the_exposure_is_no_part_of_the_story() {
    let all = told(
        "horizon: 30m after revocation\ncredentials: { k: { kind: opaque, issuer: i, lifetime: forever } }\n\
         verifiers: { gw: { asks: i, cache: { ttl: 8h, restarts: exponential(mean=2h) } } }\nlawful: { x: { uses: k, sends: poisson 1/m } }\n\
         attacker: { steals: k, replays: { arrivals: poisson 1/m } }\n\
         defender: { detects: 1h, playbook: { revoke: k } }\nfaults: { f: { part: i, mtbf: 2h, mttr: 3m } }\n",
        20,
    );
    // Of restarts the same: one in two hours, of which half an hour and an hour are told.
    let restarts = all.iter().flat_map(|(_, story)| &story.events).filter(|event| event.label == "restart").count();
    assert!((3..60).contains(&restarts), "{restarts}");
    let outages = all.iter().flat_map(|(_, story)| &story.events).filter(|event| event.label == "down");
    let outages: Vec<&str> = outages.map(|event| event.what.as_str()).collect();
    // Half an hour and an hour, of which each hour sees half an outage.
    assert!((3..60).contains(&outages.len()), "{}", outages.len());
    assert!(outages.iter().all(|what| what.starts_with("is down for ") && !what.contains("for -")), "{outages:?}");
}

#[test]
fn a_connection_that_ran_on_is_no_replay() {
    let (ledger, story) = &told(
        "horizon: 1h after revocation\ncredentials: { k: { kind: opaque, issuer: i, lifetime: forever } }\n\
         verifiers: { feed: { asks: i, connections: { max_age: 15m } } }\n\
         attacker: { steals: k, first_try: 0s, holds_open: feed, replays: { arrivals: every 30m } }\n\
         defender: { detects: 1m, playbook: { revoke: k } }\n",
        1,
    )[0];
    assert_eq!(ledger.uses[0].accepted_after, 0);
    assert_eq!(story.won_by, Winner::Attacker);
    let expected =
        "the attacker: no replay was accepted after the revocation, but a connection ran on until 14m 00s after it";
    assert_eq!(story.result, expected);
}

#[test]
fn a_door_that_is_open_when_the_trial_ends_is_not_won() {
    let (ledger, story) = &told(
        "horizon: 3m after revocation\ncredentials: { k: { kind: opaque, issuer: i, lifetime: forever } }\n\
         verifiers: { gw: { asks: i, cache: { ttl: 10m } } }\n\
         attacker: { steals: k, first_try: 0s, replays: { arrivals: every 8m } }\n\
         defender: { detects: 1m, playbook: { revoke: k } }\n",
        1,
    )[0];
    assert_eq!((ledger.uses[0].accepted_after, ledger.targets[0].closed_at), (0, None));
    assert_eq!(story.won_by, Winner::Attacker);
    assert!(story.result.ends_with("but a door was still open when the trial ended"), "{}", story.result);
}

#[test]
fn a_false_alarm_that_sets_the_playbook_off_is_no_issuer() {
    let all = told(
        "horizon: 10m after revocation\ncredentials: { k: { kind: opaque, issuer: i, lifetime: forever } }\n\
         verifiers: { gw: { asks: i } }\nattacker: { steals: k, first_try: 1m, replays: { arrivals: poisson 1/m } }\n\
         defender: { detects: 20m, false_alarms: poisson 1/10m, playbook: { revoke: k } }\n",
        30,
    );
    let lucky: Vec<_> = all.iter().filter(|(ledger, _)| ledger.by_luck).collect();
    assert!(lucky.len() > 10, "{}", lucky.len());
    for (_, story) in lucky {
        assert!(story.decided_by[0].contains(": after a false alarm"), "{}", story.decided_by[0]);
    }
}
