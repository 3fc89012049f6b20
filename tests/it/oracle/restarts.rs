//! What has run for ever has restarted for ever, and what is filled in one go is filled once.

use super::acceptance::judge;
use super::drill::play;
use super::law::{Law, integral};

/// The window of one cache of lifetime `ttl` under Poisson requests.
fn window(rate: f64, ttl: f64) -> Law {
    Law::up_to(ttl, move |t| rate * (ttl - t) / (1.0 + rate * ttl))
}

#[test]
fn the_gap_between_restarts_that_is_met_is_drawn_by_its_length() {
    // Weibull of shape 1/2 and scale s = 50 s, mean 100 s: S(x) = e^-sqrt(x / s). Age a and rest r have the density
    // f(a + r) / 100 together, and the entry is there if a request came since: P(W > t) = int (1 - e^(-a / 50)) S(a + t) da
    // / 100, of which the part without the exponential is (1 + sqrt(t / s)) S(t).
    let played = play(
        r"
revdrill: 1
teaches: Long times between restarts are met more often than short ones.
horizon: 10h after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: forever, restarts: weibull(shape=0.5 scale=50s) } } }
attacker: { steals: token, replays: { arrivals: poisson 0.02/s, on_reject: give_up(after=1) } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let survives = |x: f64| (-(x / 50.0).sqrt()).exp();
    let law = Law::beyond(15_000.0, move |t| {
        let unasked = integral(0.0, 1_000.0, 500, |a| (-a / 50.0).exp() * survives(a + t));
        (1.0 + (t / 50.0).sqrt()) * survives(t) - unasked / 100.0
    });
    judge("Weibull restarts", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law.coarse(6_000));
    });
}

#[test]
fn a_subscriber_that_restarts_at_a_steady_pace_has_restarted_for_ever() {
    // Every 10 minutes at a phase that nobody knows: within 5 minutes of the revocation half of the lists are lost.
    let played = play(
        r"
revdrill: 1
teaches: A nightly restart forgets the list on some night.
horizon: 5m after revocation
credentials: { token: { kind: self_contained, issuer: idp, lifetime: forever } }
channels: { news: { kind: deny_list, read: subscribed, delay: 0s, restarts: 10m } }
verifiers: { api: { hears: { news: deny } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let (contained, of) = played.share("contained");
    judge("steady restarts of a subscriber", |checks| checks.share("forgotten", (of - contained, of), 0.5));
}

#[test]
fn an_entry_that_is_kept_for_ever_is_there_only_if_somebody_asked_since_the_issue() {
    // Ten minutes of life at any age A, kept to its end R = 600 s - A if a request came since the issue, at 0.01/s:
    // P(W > t) = int_0^s (1 - e^(-a / 100)) da / 600 with s = 600 - t.
    let played = play(
        r"
revdrill: 1
teaches: A young token that nobody used is in no cache.
horizon: 11m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: 10m } }
verifiers: { api: { asks: idp, cache: { ttl: forever } } }
attacker: { steals: token, replays: { arrivals: poisson 0.01/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(600.0, |t| {
        let s: f64 = 600.0 - t;
        (s - 100.0 * (1.0 - (-s / 100.0).exp())) / 600.0
    });
    judge("kept for ever, young", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_gateway_and_a_service_that_share_a_cache_ask_once() {
    // The service finds what the gateway has just put in: one cache at 0.1/s, not at 0.2/s.
    let played = play(
        r"
revdrill: 1
teaches: A request that looks into one cache twice counts once.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
caches: { common: { ttl: 60s } }
verifiers:
  gateway: { asks: idp, cache: common }
  service: { asks: idp, cache: common, behind: gateway }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("shared along the way", |checks| {
        checks.law("window", &played.values("time_to_contain"), &window(0.1, 60.0));
    });
}

#[test]
fn a_gateway_and_a_service_under_a_steady_pace_stay_in_step() {
    // Every 8 s, T = 60 s: both are loaded by every eighth request, the same one since the first, and empty for the last
    // 4 s of 64: P(W > t) = (60 - t) / 64.
    let played = play(
        r"
revdrill: 1
teaches: A steady pace loads two caches in a row together.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  gateway: { asks: idp, cache: { ttl: 60s } }
  service: { asks: idp, cache: { ttl: 60s }, behind: gateway }
attacker: { steals: token, replays: { arrivals: every 8s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(60.0, |t| (60.0 - t) / 64.0);
    judge("steady, in step", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn replicas_of_a_verifier_go_by_one_clock() {
    // Saturated, T = 3 s up to the next whole second: each rest is c + k with one c = U(0, 1 s) for both replicas and k any
    // of 0..3. The later of two: F(j + x) = x ((j + 1) / 4)^2 + (1 - x) (j / 4)^2, not the square of a uniform on 4 s.
    let played = play(
        r"
revdrill: 1
teaches: Two replicas of one clock turn their seconds together.
start: saturated
horizon: 5s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 3s, ends: next_whole_second }, replicas: 2 } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(4.0, |t| {
        let (j, x) = (t.floor(), t - t.floor());
        1.0 - x * ((j + 1.0) / 4.0).powi(2) - (1.0 - x) * (j / 4.0).powi(2)
    });
    judge("one clock", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}
