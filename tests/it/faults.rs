//! Parts that are down, slow, cut off, restarted or by another clock, played from a scenario: every figure found by hand.
//!
//! The attacker calls once a second from time 0 on, and the revocation comes at 600.5 s. Entries of 60 s begin at 0 s,
//! 60 s, ..., 600 s, so that the last one ends 59.5 s after the revocation.

use revdrill::experiment::blocks::Progress;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::ledger::{Closing, Ledger};
use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Engine, Player, Requests};
use revdrill::model::tape::Scene;
use revdrill::random::stream::Seed;
use revdrill::scenario::load::{Input, LoadError, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::units::time::{Moment, Span};
use std::convert::Infallible;

/// The ledger of a trial with these verifiers and faults, and the bounds of the drill, beyond which a trial panics.
fn play(verifiers: &str, fault: &str) -> Result<(Ledger, Vec<Option<Span>>), String> {
    play_with("kind: opaque, issuer: idp, lifetime: forever", "600500ms", verifiers, fault)
}

/// The same for another token, revoked at another time.
fn play_with(token: &str, detects: &str, verifiers: &str, fault: &str) -> Result<(Ledger, Vec<Option<Span>>), String> {
    let text = format!(
        "revdrill: 1\nteaches: Faults.\nstart: first_use\nhorizon: 30m after revocation\n\
         credentials: {{ token: {{ {token} }} }}\n\
         verifiers: {{ {verifiers} }}\n\
         attacker: {{ steals: token, first_try: 0s, replays: {{ arrivals: every 1s }} }}\n\
         faults: {{ fault: {{ {fault} }} }}\n\
         defender: {{ detects: {detects}, playbook: {{ revoke: token }} }}\n"
    );
    let scenario = match load(&Input::Text { name: "faults".into(), text, folder: None }, &[], &Catalogue) {
        Ok(loaded) => loaded.scenario,
        Err(LoadError::Unreadable(error)) => return Err(error.to_string()),
        Err(LoadError::Invalid { diagnostics, .. }) => return Err(diagnostics.in_order()[0].message().to_owned()),
    };
    let drill = Drill::new(&scenario);
    let settings = Settings {
        name: "faults".into(),
        seed: 1,
        trials: 8,
        threads: 1,
        requests: Requests::Counted,
        engine: Engine::Auto,
    };
    let Ok(_) = drill.run::<Infallible>(&settings, &Progress::default(), |_| Ok(()));
    let plan = Plan::new(&scenario.system);
    let plain = Player::new(&plan).play(Seed(1), 0, Requests::Counted).0;
    // Written down, every request takes the whole path: both ways must agree.
    assert_eq!(plain, Player::new(&plan).play(Seed(1), 0, Requests::WrittenDown).0);
    Ok((plain, drill.bounds.iter().map(|bound| bound.span).collect()))
}

const GW: &str = "gw: { asks: idp, cache: { ttl: 60s } }";

fn shut(ledger: &Ledger, door: &Closing) -> f64 {
    let revoked = ledger.revoked_at.expect("revoked");
    door.closed_at.expect("shut").since(revoked).seconds()
}

#[test]
fn a_verifier_that_is_down_rejects_everybody_and_remembers_what_it_knew() {
    // Open to 10 s, down to 30 s, open again to 59.5 s. Replays come 0.5 s, 1.5 s, ... after the revocation: 10 are
    // accepted before the fault and, at 30.5 s to 58.5 s, 29 after it. The bound is the TTL, whatever is down.
    let (ledger, bounds) = play(GW, "part: gw, from: 10s after revocation, for: 20s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.whole), 59.5);
    assert_eq!(ledger.whole.reopenings, 1);
    assert_eq!(ledger.whole.open_for, Span::from_seconds(10.0 + 29.5));
    assert_eq!(ledger.uses[0].accepted_after, 10 + 29);
    assert_eq!(bounds, [Some(Span::from_seconds(60.0))]);
}

#[test]
fn even_a_verifier_that_checks_nothing_lets_nobody_in_while_it_is_down() {
    // Down from the revocation on, for 10 min; then open for good: 20 min to the end of the horizon.
    let gw = "gw: { checks: nothing }";
    let (ledger, bounds) = play(gw, "part: gw, from: 0s after revocation, for: 10m").expect("sound");
    assert_eq!(ledger.whole.closed_at, None);
    assert_eq!(ledger.whole.open_for, Span::from_seconds(1_200.0));
    assert_eq!(bounds, [None]);
}

#[test]
fn a_cut_way_leaves_one_verifier_alone_and_not_the_other() {
    // Both let everybody in who they cannot ask about; only `gw` is cut off, to 100 s after the revocation.
    let two = "gw: { asks: idp, cache: { ttl: 60s }, when_issuer_down: fail_open }, \
               other: { asks: idp, cache: { ttl: 60s }, when_issuer_down: fail_open }";
    let (ledger, bounds) = play(two, "between: [idp, gw], from: 0s after revocation, for: 100s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.targets[0]), 100.0);
    // In turn with `gw` it is called at odd seconds: entries begin at 1, 61, ..., 541, which ends at 601.
    assert_eq!(shut(&ledger, &ledger.targets[1]), 0.5);
    assert_eq!(bounds, [None, Some(Span::from_seconds(60.0))]);
}

#[test]
fn a_way_that_nobody_goes_is_no_part() {
    let fault = |fault: &str| play(GW, fault).err().unwrap_or_default();
    let two_parts = "a way leads between two parts: verifier and issuer, verifier and channel, issuer and channel, or two verifiers";
    assert_eq!(fault("between: [gw], from: 1m, for: 1m"), two_parts);
    assert_eq!(fault("from: 1m, for: 1m"), "fault `fault` does not say what fails, or says it twice");
    let two = format!("{GW}, itself: {{ checks: nothing }}");
    let wrong = play(&two, "between: [itself, idp], from: 1m, for: 1m").err();
    assert_eq!(wrong.as_deref(), Some("`itself` does not ask `idp`"));
}

/// Verifiers, and other sections after them.
fn with(verifiers: &str, sections: &str) -> String {
    let sections = sections.strip_suffix('}').expect("a section");
    format!("{verifiers} }}\n{sections}")
}

#[test]
fn a_slow_issuer_answers_too_late_and_then_decides_who_fails_open() {
    // 100 ms a question and 250 ms of patience; three times as slow it is 300 ms. Slow for 100 s from the revocation on:
    // the replays of 601 s to 700 s are let in unasked, and those after it are refused again.
    let issuer = "issuers: { idp: { introspection: { servers: 1, service_time: 100ms, queue: 10, timeout: 250ms } } }";
    let gw = with("gw: { asks: idp, when_issuer_down: fail_open }", issuer);
    let (ledger, _) = play(&gw, "slow: idp, times: 3, from: 0s after revocation, for: 100s").expect("sound");
    assert_eq!(ledger.uses[0].accepted_after, 100);
    assert_eq!(ledger.load.unserved, 100);
    let quick = play(&gw, "slow: idp, times: 2, from: 0s after revocation, for: 100s").expect("sound").0;
    assert_eq!((quick.uses[0].accepted_after, quick.load.unserved), (0, 0));
    let unlimited = play(GW, "slow: idp, times: 3, from: 1m, for: 1m").err();
    let wrong = "`idp` answers every question at once, so that nothing can be slow there";
    assert_eq!(unlimited.as_deref(), Some(wrong));
}

#[test]
fn a_verifier_that_its_channel_does_not_reach_is_left_to_its_cache() {
    // Both hear a push after 200 ms; the one to `gw` is sent into a way that is cut, once. Entries of `gw` end 59.5 s after
    // the revocation, and those of `other` are gone with the push.
    let two = "gw: { asks: idp, cache: { ttl: 60s }, hears: { bus: evict } }, \
               other: { asks: idp, cache: { ttl: 60s }, hears: { bus: evict } }";
    let push = "channels: { bus: { kind: set_push, from: idp, delay: 200ms } }";
    let (ledger, bounds) =
        play(&with(two, push), "between: [bus, gw], from: 0s after revocation, for: 10s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.targets[0]), 59.5);
    assert_eq!(shut(&ledger, &ledger.targets[1]), 0.2);
    assert_eq!(bounds, [Some(Span::from_seconds(60.0)), Some(Span::from_seconds(0.2))]);
    // Tried again after 15 s, when the way is whole: 15.2 s.
    let again = push.replace("200ms", "200ms, delivery: at_least_once, retry: { first: 15s }");
    let (ledger, _) =
        play(&with(two, &again), "between: [bus, gw], from: 0s after revocation, for: 10s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.targets[0]), 15.2);
    assert_eq!(shut(&ledger, &ledger.targets[1]), 0.2);
    let deaf = play(&with(GW, push), "between: [gw, bus], from: 1m, for: 1m").err();
    assert_eq!(deaf.as_deref(), Some("`gw` does not hear `bus`"));
}

#[test]
fn a_list_that_its_issuer_cannot_reach_says_nothing_and_is_read_all_the_same() {
    // Written at once, the list shuts the door at the revocation; cut off, it never has the entry, and is not down either:
    // a verifier that rejects while it cannot read the list goes on for the 59.5 s of its own cache.
    let gw = "gw: { asks: idp, cache: { ttl: 60s }, hears: { list: deny } }";
    let list = "channels: { list: { kind: deny_list, from: idp, when_down: reject } }";
    let cut = "between: [idp, list], from: 1s before revocation, for: 10s";
    let (ledger, bounds) = play(&with(gw, list), cut).expect("sound");
    assert_eq!(shut(&ledger, &ledger.whole), 59.5);
    assert_eq!(bounds, [Some(Span::from_seconds(60.0))]);
    let later = play(&with(gw, list), "between: [idp, list], from: 1s after revocation, for: 10s").expect("sound").0;
    assert_eq!(shut(&later, &later.whole), 0.0);
}

#[test]
fn nothing_passes_where_the_way_between_two_verifiers_is_cut() {
    // As when the verifier is down: 10 replays before the cut and 29 after it.
    let two = "gw: { asks: idp, cache: { ttl: 60s } }, inner: { asks: idp, cache: { ttl: 60s }, behind: gw }";
    let (ledger, _) = play(two, "between: [inner, gw], from: 10s after revocation, for: 20s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.whole), 59.5);
    assert_eq!(ledger.whole.reopenings, 1);
    assert_eq!(ledger.uses[0].accepted_after, 10 + 29);
    let apart = format!("{GW}, other: {{ asks: idp }}");
    let wrong = play(&apart, "between: [gw, other], from: 1m, for: 1m").err();
    assert_eq!(wrong.as_deref(), Some("no request passes from `gw` to `other`, or back"));
}

#[test]
fn a_restart_empties_a_cache_and_forgets_a_list() {
    // Restarted 10 s after the revocation, after 10 replays; a shared cache restarts by its own name.
    let (ledger, _) = play(GW, "restarts: gw, from: 10s after revocation").expect("sound");
    assert_eq!((shut(&ledger, &ledger.whole), ledger.uses[0].accepted_after), (10.0, 10));
    let shared = "gw: { asks: idp, cache: redis } }\ncaches: { redis: { ttl: 60s }";
    let (ledger, _) = play(shared, "restarts: redis, from: 10s after revocation").expect("sound");
    assert_eq!((shut(&ledger, &ledger.whole), ledger.uses[0].accepted_after), (10.0, 10));
    // Told at once to deny, `gw` forgets it after 10 s and goes on with its cache for the other 49.5 s.
    let gw = "gw: { asks: idp, cache: { ttl: 60s }, hears: { list: deny } }";
    let list = "channels: { list: { kind: deny_list, from: idp, read: subscribed } }";
    let (ledger, bounds) = play(&with(gw, list), "restarts: list, from: 10s after revocation").expect("sound");
    assert_eq!(ledger.whole.open_for, Span::from_seconds(49.5));
    assert_eq!((ledger.whole.reopenings, ledger.uses[0].accepted_after), (1, 49));
    assert_eq!(bounds, [Some(Span::from_seconds(60.0))]);
    let looked_up = "channels: { list: { kind: deny_list, from: idp } }";
    let wrong = play(&with(gw, looked_up), "restarts: list, from: 10s after revocation").err();
    assert_eq!(wrong.as_deref(), Some("a restart takes nothing from those who hear `list`"));
}

/// A token of 15 min that is 5 min old at the start and looked at by `gw` alone; revoked after 5 min, dead 5 min later.
fn clock(fault: &str) -> Result<(Ledger, Vec<Option<Span>>), String> {
    let gw = "gw: { checks: itself }";
    let text = format!("clock_of: gw, {fault}");
    play_with("kind: self_contained, issuer: idp, lifetime: 15m, age: 5m", "300s", gw, &text)
}

#[test]
fn a_clock_that_goes_wrong_for_a_time_moves_the_end_of_a_token() {
    // Behind by 60 s for an hour: until 360 s. Set right after 310 s, when the token is long dead: until then. Ahead by 60 s
    // from 250 s to 270 s, it shows an end that has passed: shut for 20 s, and open again to 300 s.
    let (ledger, bounds) = clock("by: 60s behind, from: 0s after revocation, for: 1h").expect("sound");
    assert_eq!(shut(&ledger, &ledger.whole), 360.0);
    assert_eq!(bounds, [Some(Span::from_seconds(660.0))]);
    let (ledger, _) = clock("by: 60s behind, from: 290s after revocation, for: 20s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.whole), 310.0);
    let (ledger, _) = clock("by: 60s ahead, from: 250s after revocation, for: 20s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.whole), 300.0);
    assert_eq!((ledger.whole.reopenings, ledger.whole.open_for), (1, Span::from_seconds(280.0)));
    let blind = play(GW, "clock_of: gw, by: 1m ahead, from: 1m, for: 1m").err();
    assert_eq!(blind.as_deref(), Some("`gw` looks at no expiry by its own clock"));
}

#[test]
fn a_fault_comes_after_the_revocation_that_an_issuer_makes_by_itself_if_that_is_the_first() {
    // The thief refreshes at 0 s; the app does so within 5 min, with a token that is spent by then, and the family is gone.
    // The playbook comes at 20 min. The access token that was minted at 0 s lives an hour: 3,600 s but for the 20 s in which
    // `api` is down, from 10 s after the first revocation on. What comes 30 s before the playbook's does so all the same.
    // Lost at the instant of the first revocation, a push arrives only from the playbook's: 1 s after 20 min.
    let text = |api: &str, fault: &str| {
        format!(
            "revdrill: 1\nteaches: Faults.\nstart: first_use\nhorizon: 2h after revocation\ncredentials:\n  \
             refresh: {{ kind: refresh_token, issuer: idp, lifetime: forever, rotation: {{ on_reuse: revoke_family }} }}\n  \
             access: {{ kind: self_contained, issuer: idp, lifetime: 1h, from: refresh, cascade: grant }}\n\
             verifiers: {{ api: {{ checks: itself, accepts: access{api} }} }}\n\
             attacker: {{ steals: refresh, first_try: 0s, mints: {{ access: at_expiry }}, replays: {{ arrivals: every 1s }} }}\n\
             lawful: {{ app: {{ uses: access, sends: every 10s, refreshes: every 5m, replaced_after: 1h }} }}\n\
             faults: {{ fault: {{ {fault} }} }}\n\
             defender: {{ detects: 20m, playbook: {{ revoke: refresh }} }}\n"
        )
    };
    let seconds = |from: Moment, to: Moment| to.since(from).seconds();
    for engine in [Engine::Auto, Engine::EveryRequest] {
        for (fault, late) in
            [("from: 10s after revocation, for: 20s", false), ("from: 30s before revocation, for: 20s", true)]
        {
            let input =
                Input::Text { name: "faults".into(), text: text("", &format!("part: api, {fault}")), folder: None };
            let scenario = load(&input, &[], &Catalogue).expect("sound").scenario;
            let plan = Plan::new(&scenario.system);
            for number in 0..20 {
                let (ledger, tape) = Player::with_engine(&plan, engine).play_taped(Seed(1), number);
                let revoked = ledger.revoked_at.expect("revoked");
                assert!(seconds(Moment::ZERO, revoked) < 300.0, "trial {number}: {revoked:?}");
                let down: Vec<_> =
                    tape.scenes.iter().filter(|(_, scene)| matches!(scene, Scene::Down { .. })).collect();
                let begins = if late { 1170.0 } else { seconds(Moment::ZERO, revoked) + 10.0 };
                assert_eq!(down.len(), 1, "trial {number}: {down:?}");
                assert!((seconds(Moment::ZERO, down[0].0) - begins).abs() < 1e-6, "trial {number}: {down:?}");
                let open = seconds(revoked, Moment::ZERO) + 3600.0 - 20.0;
                assert!((ledger.whole.open_for.seconds() - open).abs() < 1e-6, "trial {number}: {:?}", ledger.whole);
                assert_eq!(ledger.whole.reopenings, 1, "trial {number}");
            }
        }
    }
    let told = text(", hears: { bus: deny }", "part: bus, from: 0s after revocation, for: 10s")
        + "channels: { bus: { kind: set_push, from: idp, delay: 1s } }\n";
    let input = Input::Text { name: "faults".into(), text: told, folder: None };
    let scenario = load(&input, &[], &Catalogue).expect("sound").scenario;
    let ledger = Player::new(&Plan::new(&scenario.system)).play(Seed(1), 0, Requests::Counted).0;
    assert!(seconds(Moment::ZERO, ledger.revoked_at.expect("revoked")) < 300.0);
    assert_eq!(seconds(Moment::ZERO, ledger.whole.closed_at.expect("shut")), 1201.0);
}
