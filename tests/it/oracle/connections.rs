//! Connections that the attacker holds open: what ends them, and how long that takes.

use super::acceptance::judge;
use super::drill::{play, scenario};
use super::law::Law;
use revdrill::experiment::recording::Drill;

const HELD: &str = r"
revdrill: 1
teaches: What was accepted once goes on until somebody ends it.
horizon: 5m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { bus: { kind: set_push, from: idp, delay: 5s } }
verifiers: { feed: { asks: idp, CACHE connections: { KEPT }, hears: { bus: HEARD } } }
attacker: { steals: token, START replays: { arrivals: poisson 1/h }, holds_open: feed }
defender: { detects: 10m, playbook: { revoke: token } }
objectives: [ share(no_replay_after_revocation) >= 99% ]
";

fn held(kept: &str, more: &[(&str, &str)]) -> String {
    let mut text = HELD.replace("KEPT", kept);
    for (word, setting) in more {
        text = text.replace(word, setting);
    }
    text.replace(", hears: { bus: HEARD }", "")
        .replace("channels: { bus: { kind: set_push, from: idp, delay: 5s } }\n", "")
        .replace("CACHE ", "")
        .replace("START ", "")
}

/// The bound of the only target, in seconds.
fn bound(text: &str) -> Option<f64> {
    Drill::new(&scenario(text)).bounds[0].span.map(|span| span.seconds())
}

#[test]
fn a_connection_ends_with_the_first_look_after_the_revocation() {
    // Looked at every 60 s, at any phase: uniform on 60 s. The issuer is asked at each look and knows at once, so that
    // nothing but the connection is open, and 60 s is also the bound.
    let text = held("max_age: forever, recheck: 60s", &[]);
    let played = play(&text);
    let law = Law::up_to(60.0, |t| (60.0 - t) / 60.0);
    judge("stream until its recheck", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law);
        checks.law("last use", &played.values("last_accepted_replay"), &law);
        checks.share("no replay after", played.share("no_replay_after_revocation"), 0.0);
    });
    let cause = &played.record.attribution[0];
    assert_eq!((cause.held_open_by.as_str(), cause.closed_by.as_str()), ("open_connection", "recheck"));
    assert_eq!(bound(&text), Some(60.0));
}

#[test]
fn a_connection_that_nobody_looks_at_ends_at_its_greatest_age() {
    // Opened anew every 60 s for ever: of uniform age at the revocation, and not opened again after it.
    let text = held("max_age: 60s", &[]);
    let played = play(&text);
    let law = Law::up_to(60.0, |t| (60.0 - t) / 60.0);
    judge("stream until its greatest age", |checks| checks.law("window", &played.values("time_to_contain"), &law));
    assert_eq!(played.record.attribution[0].closed_by, "connection_age");
    assert_eq!(bound(&text), Some(60.0));
}

#[test]
fn a_connection_is_opened_anew_while_a_cache_still_says_yes() {
    // The connection ends R ~ U(0, 60) after the revocation, the entry C ~ U(0, 20). If R < C the credential is accepted
    // once more and 60 s are added. For t < 60: P(R > t) + P(R <= t, R < C), and from 60 s on P(R > t - 60, R < C); with
    // P(R <= x, R < C) = (x - x^2 / 40) / 60 up to x = 20, and 10 / 60 from there on. The bound is 20 + 60 s.
    let text =
        held("max_age: 60s", &[("CACHE", "cache: { ttl: 20s },")]).replace("horizon", "start: saturated\nhorizon");
    let played = play(&text);
    let again = |x: f64| {
        let x = x.min(20.0);
        (x - x * x / 40.0) / 60.0
    };
    let law =
        Law::up_to(80.0, move |t| if t < 60.0 { (60.0 - t) / 60.0 + again(t) } else { again(20.0) - again(t - 60.0) });
    judge("stream renewed by a cache", |checks| checks.law("window", &played.values("time_to_contain"), &law));
    assert_eq!(bound(&text), Some(80.0));
}

#[test]
fn news_closes_a_connection_and_the_answer_under_way_runs_on() {
    // Heard after 5 s; then the answer takes another 0 s to 10 s, each alike. Nothing is cached, so that the attacker's
    // next connection is refused.
    let text = HELD.replace("KEPT", "max_age: forever, answer: 0s..10s").replace("HEARD", "close");
    let played = play(&text.replace("CACHE ", "").replace("START ", ""));
    let law = Law::up_to(15.0, |t| if t < 5.0 { 1.0 } else { (15.0 - t) / 10.0 });
    judge("stream closed by news", |checks| checks.law("window", &played.values("time_to_contain"), &law));
    let cause = &played.record.attribution[0];
    assert_eq!((cause.held_open_by.as_str(), cause.closed_by.as_str()), ("open_connection", "set_push"));
}

#[test]
fn the_playbook_closes_a_connection_and_the_answer_under_way_runs_on() {
    // Closed 10 s after the revocation; then the answer takes another 0 s to 10 s, each alike. Nothing is cached, so that
    // the attacker's next connection is refused.
    let text = held("max_age: forever, answer: 0s..10s", &[]).replace(
        "playbook: { revoke: token }",
        "playbook: [ { revoke: token }, { close_connections: feed, takes: 10s } ]",
    );
    let played = play(&text);
    let law = Law::up_to(20.0, |t| if t < 10.0 { 1.0 } else { (20.0 - t) / 10.0 });
    judge("stream closed by the playbook", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law);
        checks.law("last use", &played.values("last_accepted_replay"), &law);
    });
    let cause = &played.record.attribution[0];
    assert_eq!((cause.held_open_by.as_str(), cause.closed_by.as_str()), ("open_connection", "closed_connections"));
}

#[test]
fn a_connection_opened_by_the_first_acceptance_is_never_contained_if_nothing_ends_it() {
    // An attacker that tries once, 5 min before the revocation, and then only every day: refused ever after, but in.
    let text = held("max_age: forever", &[("START", "first_try: 5m,")]).replace("poisson 1/h", "every 1d");
    let played = super::drill::play_trials(&text, 100);
    judge("stream without an end", |checks| {
        checks.share("contained", played.share("contained"), 0.0);
        checks.share("no replay after", played.share("no_replay_after_revocation"), 0.0);
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 0.0);
    });
    assert_eq!(bound(&text), None);
}

#[test]
fn a_look_that_closes_a_connection_leaves_nothing_to_look_at_for_whoever_else_keeps_it() {
    // The gateway looks every 7 s and the answer takes 100 ms; the service behind it keeps the connection as well. The
    // first look after the revocation closes it for both, within 7.1 s, and nothing opens it again.
    let text = r"
revdrill: 1
teaches: A stream over two that keep connections.
horizon: 10m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { ask: { kind: introspection, response_leg: 100ms } }
verifiers:
  gateway: { asks: ask, connections: { max_age: 10m, recheck: 7s } }
  feed: { asks: ask, behind: gateway, connections: { max_age: 10m, recheck: 60s } }
attacker: { steals: token, holds_open: feed, replays: { arrivals: every 1s } }
defender: { detects: exponential(mean=40s), playbook: { revoke: token } }
";
    let played = super::drill::play_trials(text, 100);
    judge("looks that close for both", |checks| {
        checks.share("contained", played.share("contained"), 1.0);
        checks.largest("window", &played.values("time_to_contain"), 7.1);
    });
}
