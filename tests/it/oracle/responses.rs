//! Caches of whole responses, such as a CDN, before a service that would reject.

use super::acceptance::judge;
use super::drill::{play, play_trials, scenario};
use super::law::{Law, integral};
use revdrill::experiment::recording::Drill;

const CDN: &str = r"
revdrill: 1
teaches: What a CDN keeps is served to whoever asks for it.
start: START
horizon: 10m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  cdn: { checks: nothing, cache: { holds: responses, KEPT } }
  api: { behind: cdn, asks: idp, CACHE }
attacker: { steals: token, replays: { arrivals: poisson RATE } }
OTHERS
defender: { detects: 10m, playbook: { revoke: token } }
objectives: [ p99(time_to_contain) <= 1m, mean(exposure_time) <= 1m ]
";

fn cdn(start: &str, kept: &str, cache: &str, rate: &str, others: &str) -> String {
    CDN.replace("START", start)
        .replace("KEPT", kept)
        .replace(", CACHE", cache)
        .replace("RATE", rate)
        .replace("OTHERS\n", others)
}

/// The bound of the only target, in seconds.
fn bound(text: &str) -> Option<f64> {
    Drill::new(&scenario(text)).bounds[0].span.map(|span| span.seconds())
}

#[test]
fn a_response_that_is_kept_warm_outlives_the_revocation_by_a_uniform_time() {
    // Renewed the instant it ends, until the revocation: uniform on the TTL, which is also the bound.
    let text = cdn("saturated", "ttl: 60s", "", "1/h", "");
    let played = play(&text);
    let law = Law::up_to(60.0, |t| (60.0 - t) / 60.0);
    judge("warm response", |checks| checks.law("window", &played.values("time_to_contain"), &law));
    let cause = &played.record.attribution[0];
    assert_eq!((cause.held_open_by.as_str(), cause.closed_by.as_str()), ("response_cache", "time_to_live"));
    assert_eq!((cause.verifier.as_str(), bound(&text)), ("cdn", Some(60.0)));
}

#[test]
fn a_response_that_the_attacker_alone_keeps_warm_is_sometimes_gone() {
    // A cycle is the TTL and an exponential gap of mean 10 s: more than t left with (60 - t) / 70. With 4 URLs a fourth
    // of the requests is for each, a cycle is 60 + 40 s, and any of the four holds the door: 1 - (1 - (60 - t) / 100)^4.
    let played = play(&cdn("stationary", "ttl: 60s", "", "0.1/s", ""));
    let four = play(&cdn("stationary", "ttl: 60s, urls: 4", "", "0.1/s", ""));
    judge("responses loaded by replays", |checks| {
        let law = Law::up_to(60.0, |t| (60.0 - t) / 70.0);
        checks.law("one URL", &played.values("time_to_contain"), &law);
        let law = Law::up_to(60.0, |t| 1.0 - (1.0 - (60.0 - t) / 100.0).powi(4));
        checks.law("four URLs", &four.values("time_to_contain"), &law);
    });
}

#[test]
fn a_stale_response_is_served_for_its_window_on_top() {
    // Nobody asks in between, so that nobody has it fetched anew: uniform on 60 s, and 30 s more.
    let text = cdn("saturated", "ttl: 60s, stale_while_revalidate: 30s", "", "1/365d", "");
    let law = Law::up_to(90.0, |t| if t < 30.0 { 1.0 } else { (90.0 - t) / 60.0 });
    let played = play(&text);
    judge("stale response", |checks| checks.law("window", &played.values("time_to_contain"), &law));
    assert_eq!(bound(&text), Some(90.0));
}

#[test]
fn a_cdn_before_a_cache_of_answers_adds_to_it() {
    // The response has C1 ~ U(0, 60) left and the answer behind it C2 ~ U(0, 20). The first request after C1 comes at
    // X = C1 + Exp(10 s); if X < C2 (event A) it loads the response anew, until X + 60. Else the door shuts at
    // max(C1, C2). With f(x) = (1 - e^(-x/10)) / 60 the density of X on [0, 60] and F its integral:
    // P(A, X > s) = integral over s..20 of f(x) (1 - x/20); P(A, C2 > t) = integral over t..20 of F(c) / 20; so for
    // t < 60 P(W > t) = P(A) + 1 - t/60 min(t/20, 1) - P(A, C2 > t), and P(A, X > t - 60) beyond.
    let text = cdn("saturated", "ttl: 60s", ", cache: { ttl: 20s }", "0.1/s", "");
    let played = play(&text);
    let missed =
        |from: f64| integral(from.clamp(0.0, 20.0), 20.0, 400, |x| (1.0 - (-x / 10.0).exp()) / 60.0 * (1.0 - x / 20.0));
    let late = |t: f64| {
        let arrived = |c: f64| (c - 10.0 * (1.0 - (-c / 10.0).exp())) / 60.0;
        integral(t.clamp(0.0, 20.0), 20.0, 400, |c| arrived(c) / 20.0)
    };
    let law = Law::up_to(80.0, move |t| {
        if t < 60.0 { missed(0.0) + 1.0 - t / 60.0 * (t / 20.0).min(1.0) - late(t) } else { missed(t - 60.0) }
    });
    let law = law.coarse(2_000);
    judge("CDN and cache of answers", |checks| checks.law("window", &played.values("time_to_contain"), &law));
    assert_eq!(bound(&text), Some(80.0));
}

#[test]
fn a_response_keyed_by_its_url_alone_is_kept_fresh_by_everybody() {
    // Others ask every 10 s on average, and are accepted for ever: of every 70 s the response is there for 60, before
    // the revocation and after it, so open for 600 * 6/7 s on average. No bound.
    let others = "lawful: { others: { uses: 1000 other credentials, sends: poisson 0.1/s } }\n";
    let text = cdn("stationary", "ttl: 60s, keyed_by: url", "", "1/365d", others);
    let played = play(&text);
    judge("a response for everybody", |checks| {
        checks.mean("open", &played.values("exposure_time"), 600.0 * 6.0 / 7.0);
    });
    assert_eq!(bound(&text), None);
    // Keyed by the credential as well, others fill entries of their own.
    let own = cdn("stationary", "ttl: 60s", "", "1/365d", others);
    assert_eq!(bound(&own), Some(60.0));
}

#[test]
fn a_response_keyed_by_its_url_alone_is_served_to_a_token_that_was_minted_and_has_ended() {
    // The app's new tokens fetch anew every second, so that a replay with a token that ended minutes ago is answered to
    // the end: the door stands open for the 20 min of the horizon, and the 20 replays in it are accepted.
    let played = play_trials(
        "revdrill: 1\nteaches: A response outlives what it was asked for with.\nhorizon: 20m\n\
         credentials:\n  root: { kind: static_key, issuer: idp, lifetime: forever }\n  \
         token: { kind: self_contained, issuer: idp, lifetime: 5m, from: root }\n\
         verifiers:\n  cdn: { checks: nothing, cache: { holds: responses, keyed_by: url, ttl: 60s, stale_while_revalidate: 60s } }\n  \
         api: { behind: cdn, accepts: token }\n\
         attacker: { steals: root, first_try: 1s, mints: { token: at_expiry }, replays: { arrivals: every 1m } }\n\
         lawful: { app: { uses: token, sends: every 1s, replaced_after: 0s } }\n\
         defender: { detects: 5m..6m, playbook: { revoke: root } }\n\
         objectives: [ mean(exposure_time) <= 1m, p99(time_to_contain) <= 1m ]\n",
        64,
    );
    let minutes = played.each("exposure_time").iter().all(|open| *open == 1_200_000_000_000);
    assert!(minutes, "{:?}", played.each("exposure_time"));
    assert!(played.each("accepted_after_revocation").iter().all(|count| *count == 20));
}

#[test]
fn a_purge_ends_what_a_response_cache_still_serves() {
    // Of uniform age on 60 s at the revocation, and purged 10 s after it; nothing behind accepts any more. The sooner of
    // U(0, 60) and 10 s: F(t) = t / 60 before 10 s, the mean is the integral of 1 - F up to there, 10 - 10^2 / 120 s.
    let text = cdn("saturated", "ttl: 60s", "", "1/h", "");
    let text =
        text.replace("playbook: { revoke: token }", "playbook: [ { revoke: token }, { purge: cdn, takes: 10s } ]");
    let played = play(&text);
    judge("purged response", |checks| {
        let window = played.values("time_to_contain");
        checks.cdf("window", &window, &[1.0, 5.0, 9.9].map(|t| (t, t / 60.0)));
        checks.mean("window", &window, 10.0 - 100.0 / 120.0);
        checks.largest("window", &window, 10.0);
    });
    let cause = &played.record.attribution[0];
    assert_eq!((cause.held_open_by.as_str(), cause.closed_by.as_str()), ("response_cache", "purge"));
}
