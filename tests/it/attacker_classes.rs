//! Classes of attackers: what each sets, and that what a scenario says itself goes before.

use revdrill::scenario::load::{Input, LoadError, Loaded, load};
use revdrill::scenario::objectives::Catalogue;
use serde_json::Value;

const SYSTEM: &str = "
revdrill: 1
teaches: Classes.
horizon: 30m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  edge: { asks: idp, cache: [ { ttl: 5m }, { ttl: 60s } ], fronts: [a, b] }
  core: { asks: idp, cache: { ttl: 10m } }
attacker: ATTACKER
defender: { detects: 10m, playbook: { revoke: token } }
";

fn loaded(attacker: &str, sets: &[(&str, &str)]) -> Result<Loaded, LoadError> {
    let text = SYSTEM.replace("ATTACKER", attacker);
    let sets: Vec<_> = sets.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    load(&Input::Text { name: "classes".into(), text, folder: None }, &sets, &Catalogue)
}

/// The attacker as it is in the resolved document.
fn attacker(written: &str, sets: &[(&str, &str)]) -> Value {
    let Ok(loaded) = loaded(written, sets) else { panic!("{written} is sound") };
    loaded.scenario.resolved["attacker"].clone()
}

#[test]
fn a_class_says_the_same_as_its_settings_written_out() {
    let blind = "{ steals: token, replays: { arrivals: poisson 1/s, order: enumerate, on_reject: retry } }";
    assert_eq!(attacker("{ class: blind, steals: token }", &[]), attacker(blind, &[]));
    let scanner = "{ steals: token, first_try: 90% in 20s..4m, \
                   replays: { arrivals: paced 2/s jitter=20%, order: enumerate, on_reject: move_on } }";
    assert_eq!(attacker("{ class: scanner, steals: token }", &[]), attacker(scanner, &[]));
}

#[test]
fn what_the_scenario_says_goes_before_its_class_in_every_stream() {
    let own = attacker(
        "{ class: scanner, steals: token, first_try: 1s, replays: [ { order: roam }, { arrivals: poisson 9/s, targets: core } ] }",
        &[],
    );
    assert_eq!(own["first_try"], "1s");
    assert_eq!(own["replays"][0]["order"], "roam");
    assert_eq!(own["replays"][0]["arrivals"], "paced 2/s jitter=20%");
    assert_eq!(own["replays"][1]["arrivals"], "poisson 9/s");
    assert_eq!(own["replays"][1]["on_reject"], "move_on");
}

#[test]
fn a_class_can_be_set_from_outside_and_so_can_what_it_set() {
    let own = attacker("{ steals: token }", &[("attacker.class", "blind"), ("attacker.replays.order", "roam")]);
    assert_eq!(own["replays"]["order"], "roam");
    assert_eq!(own["replays"]["arrivals"], "poisson 1/s");
}

#[test]
fn a_cache_warmer_calls_each_target_again_after_nine_tenths_of_the_shortest_ttl() {
    // The shortest TTL is 60 s, and three targets take turns: 54 s / 3 = 18 s; of two targets, 27 s.
    let pace = |written: &str| attacker(written, &[])["replays"]["arrivals"].clone();
    assert_eq!(pace("{ class: cache_warmer, steals: token }"), "every 18s");
    assert_eq!(pace("{ class: cache_warmer, steals: token, replays: { targets: [a, core] } }"), "every 27s");
    assert_eq!(pace("{ class: cache_warmer, steals: token, replays: { arrivals: every 1s } }"), "every 1s");
}

#[test]
fn a_class_that_is_not_known_is_refused_with_the_nearest_that_is() {
    let Err(LoadError::Invalid { diagnostics, .. }) = loaded("{ class: scaner, steals: token }", &[]) else {
        panic!("there is no such class");
    };
    assert_eq!(diagnostics.in_order()[0].message(), "there is no class of attackers `scaner`");
}

#[test]
fn a_re_minter_mints_whatever_is_derived_from_what_it_steals() {
    // `session` comes from the stolen key, `token` from the session; `other` from nothing that it holds.
    let system = SYSTEM
        .replace("credentials: {", "credentials: { key: { kind: static_key, issuer: idp, lifetime: forever },\n  session: { kind: session, issuer: idp, lifetime: 1h, from: key },\n  side: { kind: static_key, issuer: idp, lifetime: forever },\n  other: { kind: session, issuer: idp, lifetime: 1h, from: side },\n  access: { kind: opaque, issuer: idp, lifetime: 1h, from: session },\n ")
        .replace("ATTACKER", "{ class: re_minter, steals: key }");
    let Ok(loaded) = load(&Input::Text { name: "classes".into(), text: system, folder: None }, &[], &Catalogue) else {
        panic!("it is sound");
    };
    let own = &loaded.scenario.resolved["attacker"];
    assert_eq!(own["mints"], serde_json::json!({ "session": "on_rejection", "access": "on_rejection" }));
    assert_eq!(own["first_try"], "90% in 20s..4m");
}

#[test]
fn a_re_minter_with_nothing_to_mint_is_refused() {
    let Err(LoadError::Invalid { diagnostics, .. }) = loaded("{ class: re_minter, steals: token }", &[]) else {
        panic!("nothing is derived from the token");
    };
    assert!(diagnostics.in_order()[0].message().starts_with("nothing is derived from what the attacker steals"));
}

#[test]
fn a_stream_holder_holds_whatever_can_be_held_open() {
    // Only `core` keeps connections, and it is a target itself.
    let system = SYSTEM.replace("cache: { ttl: 10m }", "cache: { ttl: 10m }, connections: { max_age: 1h }");
    let text = system.replace("ATTACKER", "{ class: stream_holder, steals: token }");
    let Ok(loaded) = load(&Input::Text { name: "classes".into(), text, folder: None }, &[], &Catalogue) else {
        panic!("it is sound");
    };
    assert_eq!(loaded.scenario.resolved["attacker"]["holds_open"], serde_json::json!(["core"]));
    let Err(LoadError::Invalid { diagnostics, .. }) = self::loaded("{ class: stream_holder, steals: token }", &[])
    else {
        panic!("nothing can be held");
    };
    let found = diagnostics.in_order()[0].message().to_owned();
    assert_eq!(found, "no verifier keeps connections open, so there is nothing to hold");
}
