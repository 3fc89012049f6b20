//! What ends by itself: the life of a self-contained credential, as clocks see it.

use super::acceptance::judge;
use super::drill::play;
use super::law::{Law, integral};

/// A token of 15 minutes and a minute of leeway, that nobody asks about.
fn looked_at(credential: &str, verifier: &str) -> String {
    format!(
        r"
revdrill: 1
teaches: A token that nobody asks about lives to its end.
horizon: 20m after revocation
credentials: {{ token: {{ kind: self_contained, issuer: idp, lifetime: 15m, {credential} }} }}
verifiers: {{ api: {{ {verifier} }} }}
attacker: {{ steals: token, replays: {{ arrivals: poisson 1/h }} }}
defender: {{ detects: 0s, playbook: {{ revoke: token }} }}
"
    )
}

/// The integral of the uniform distribution on `[0, width]` up to `x`: P(U <= x) integrated.
fn ramp(x: f64, width: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < width {
        x * x / (2.0 * width)
    } else {
        x - width / 2.0
    }
}

#[test]
fn a_clock_that_is_off_to_either_side_blurs_the_end() {
    // W = U(0, 900 s) + 60 s + U(-30 s, 30 s): P(W <= t) = (ramp(x) - ramp(x - 60)) / 60 with x = t - 30 s.
    let played = play(&looked_at("leeway: 60s", "clock_skew: within 0s..30s"));
    let law = Law::up_to(990.0, |t| 1.0 - (ramp(t - 30.0, 900.0) - ramp(t - 90.0, 900.0)) / 60.0);
    judge("skew", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn the_replica_whose_clock_is_most_behind_decides() {
    // Five replicas, each behind by U(0, 30 s): the largest of them, F(v) = (v / 30)^5, adds to U(0, 900 s).
    let played = play(&looked_at("leeway: 0s", "replicas: 5, clock_skew: 0s..30s behind"));
    let law = Law::up_to(930.0, |t| {
        1.0 - integral(0.0, 30.0, 400, |v| 5.0 * v.powi(4) / 30.0_f64.powi(5) * ((t - v) / 900.0).clamp(0.0, 1.0))
    });
    judge("five clocks", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law.coarse(4_000));
    });
}

#[test]
fn a_clock_that_is_ahead_ends_a_token_early() {
    // Ahead by 30 s, no leeway: the token is already dead there with R <= 30 s: W = (U(0, 900 s) - 30 s)^+.
    let played = play(&looked_at("leeway: 0s", "clock_skew: 30s ahead"));
    let law = Law::up_to(870.0, |t| (870.0 - t) / 900.0);
    judge("clock ahead", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn an_expiry_in_whole_seconds_lies_up_to_a_second_away() {
    // Rounded up: the end of its second, U(0, 900 s) + U(0, 1 s); rounded down: U(0, 900 s) - U(0, 1 s), at least 0.
    let up = play(&looked_at("rounding: up", ""));
    let down = play(&looked_at("rounding: down", ""));
    judge("rounding", |checks| {
        let law = Law::up_to(901.0, |t| 1.0 - (ramp(t, 900.0) - ramp(t - 1.0, 900.0)));
        checks.law("up", &up.values("time_to_contain"), &law);
        // Those that are over by then were never revoked in time: of the others, R - V > t given R > V.
        let law = Law::up_to(900.0, |t| (900.0 - t - 0.5).max(0.0) / 899.5);
        checks.law("down", &down.values("time_to_contain"), &law);
    });
}

#[test]
fn the_leeway_of_a_verifier_is_its_own() {
    // The slower of two verifiers grants 2 minutes where the credential says one.
    let text = looked_at("leeway: 60s", "").replace("api: {  }", "strict: { leeway: 0s }, lax: { leeway: 2m }");
    let played = play(&text);
    let law = |leeway: f64| Law::up_to(900.0 + leeway, move |t| ((900.0 + leeway - t) / 900.0).min(1.0));
    judge("leeway", |checks| {
        checks.law("strict", &played.values("time_to_contain{target=strict}"), &law(0.0));
        checks.law("lax", &played.values("time_to_contain{target=lax}"), &law(120.0));
        checks.law("both", &played.values("time_to_contain"), &law(120.0));
    });
}

#[test]
fn a_slow_detection_lets_some_tokens_expire_first() {
    // Life left R = U(0, L), L = 900 s; detected after Exp(m), m = 600 s. P(R > D + t) = x / L - (m / L) (1 - e^(-x / m)) with
    // x = L - t; at t = 0 that is the share revoked, and over it the law of the window of those.
    let played = play(&looked_at("leeway: 0s", "").replace("detects: 0s", "detects: exponential(mean=10m)"));
    let alive = |t: f64| {
        let x: f64 = 900.0 - t;
        x / 900.0 - 600.0 / 900.0 * (1.0 - (-x / 600.0).exp())
    };
    judge("expired first", |checks| {
        checks.share("revoked", played.share("revoked"), alive(0.0));
        checks.share("expired first", played.share("expired_before_revocation"), 1.0 - alive(0.0));
        let law = Law::up_to(900.0, move |t| alive(t) / alive(0.0));
        checks.law("window", &played.values("time_to_contain"), &law);
    });
}

#[test]
fn an_age_that_is_known_leaves_a_life_that_is_known() {
    // Stolen 5 minutes after its issue, detected 4 minutes later: 6 minutes left, and the leeway.
    let played = play(&looked_at("age: 5m, leeway: 60s", "").replace("detects: 0s", "detects: 4m"));
    let values = played.values("time_to_contain");
    judge("known age", |checks| checks.mean("window", &values, 420.0));
}
