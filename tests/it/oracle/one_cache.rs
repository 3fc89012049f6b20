//! One cache before one target: how long it holds the door, by the way it is loaded and the way its entries end.
//!
//! Nearly every law here comes from one argument. If loads of a cache form a stationary process with a mean cycle
//! C from one to the next, and an entry lives for a random time X, then an instant that knows nothing of it meets
//! an entry with more than t left with probability E[(X - t)^+] / C.

use super::acceptance::judge;
use super::drill::play;
use super::law::{Law, erlang, integral};

#[test]
fn a_pace_that_divides_the_lifetime_loses_the_request_at_the_very_end() {
    // Every 10 s against 60 s: an entry is usable while now < expiry, so of the 6 requests of a cycle 5 are hits, and
    // O1e holds with K = 5: P(L > t) = (K d - t) / ((K + 1) d) up to K d = 50 s, and K / 2 accepted on average.
    let played = play(
        r"
revdrill: 1
teaches: At the instant of its end an entry is gone.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: every 10s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("steady pace, T/d whole", |checks| {
        let law = Law::up_to(50.0, |t| (50.0 - t) / 60.0);
        checks.law("last accepted replay", &played.values("last_accepted_replay"), &law);
        checks.law("window", &played.values("time_to_contain"), &Law::up_to(60.0, |t| (60.0 - t) / 60.0));
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 2.5);
    });
}

#[test]
fn a_spread_of_lifetimes_spreads_the_end_of_the_window() {
    // Lives are uniform on [l, h] = 60 s -+ 20 %, gaps exponential of mean 10 s: C = 70 s, and
    // E[(X - t)^+] is 60 - t below l and (h - t)^2 / (2 (h - l)) above it.
    let played = play(
        r"
revdrill: 1
teaches: Jitter lengthens the longest window.
horizon: 73s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s, jitter: 20% } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(72.0, |t| (if t < 48.0 { 60.0 - t } else { (72.0 - t).powi(2) / 48.0 }) / 70.0);
    judge("jittered lifetime", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn jitter_of_saturated_entries_is_met_by_length() {
    // Renewed at once, so that C is the mean life of 60 s: the same law without the idle time.
    let played = play(
        r"
revdrill: 1
teaches: A busy cache with jitter.
start: saturated
horizon: 73s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s, jitter: 20% } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(72.0, |t| (if t < 48.0 { 60.0 - t } else { (72.0 - t).powi(2) / 48.0 }) / 60.0);
    judge("jittered lifetime, saturated", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

/// The window of a cache whose entries end on whole seconds of a clock. An entry ends on the grid; the next load
/// comes E ~ Exp(rate) later, at the fraction {E}, and lives for `longest - {E}` with `longest` a whole number of
/// seconds; so C = longest + E[floor(E)], and E[floor(E)] = 1 / (e^rate - 1).
fn whole_seconds(longest: f64, rate: f64) -> Law {
    let idle = 1.0 / (rate.exp() - 1.0);
    let fraction = 1.0 / rate - idle;
    Law::up_to(longest, move |t| {
        let s = longest - t;
        let left = if s >= 1.0 {
            s - fraction
        } else {
            // E[(s - V)^+] where V has the density of an exponential cut at 1.
            (s - (1.0 - (-rate * s).exp()) / rate) / (1.0 - (-rate).exp())
        };
        left / (longest + idle)
    })
}

const WHOLE_SECONDS: &str = r"
revdrill: 1
teaches: A cache that counts whole seconds lives up to a second longer or shorter.
horizon: 7s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { CLOCK asks: idp, cache: { ttl: 5s, ends: RULE } } }
attacker: { steals: token, replays: { arrivals: poisson 0.4/s } }
defender: { detects: 0s, playbook: { revoke: token } }
";

#[test]
fn an_entry_that_ends_with_its_second_lives_up_to_a_second_longer() {
    // Loaded at the fraction {E}, it ends T + 1 - {E} later: the longest life is T + 1 = 6 s.
    let played = play(&WHOLE_SECONDS.replace("RULE", "next_whole_second").replace("CLOCK ", ""));
    judge("ends on the next whole second", |checks| {
        checks.law("window", &played.values("time_to_contain"), &whole_seconds(6.0, 0.4));
    });
}

#[test]
fn an_entry_that_ends_as_its_second_begins_lives_up_to_a_second_less() {
    // Loaded at the fraction {E}, it ends T - {E} later.
    let played = play(&WHOLE_SECONDS.replace("RULE", "previous_whole_second").replace("CLOCK ", ""));
    judge("ends on the previous whole second", |checks| {
        checks.law("window", &played.values("time_to_contain"), &whole_seconds(5.0, 0.4));
    });
}

#[test]
fn a_clock_set_at_the_revocation_leaves_whole_seconds_and_its_fraction() {
    // The clock shows .3 at the revocation, so that entries end 0.7 s, 1.7 s, ... later. In seconds of the grid a cycle
    // takes M = longest + floor(E), and each second of it is met alike: each possible time left has 1 / E[M],
    // but the longest, which needs a load in the first 0.3 s of its second: P({E} <= 0.3) / E[M].
    for (rule, longest) in [("next_whole_second", 6), ("previous_whole_second", 5)] {
        let text = WHOLE_SECONDS.replace("RULE", rule).replace("CLOCK", "clock: 0.3s at revocation,");
        let values = play(&text).values("time_to_contain");
        let cycle = f64::from(longest) + 1.0 / (0.4_f64.exp() - 1.0);
        let early = (1.0 - (-0.4_f64 * 0.3).exp()) / (1.0 - (-0.4_f64).exp());
        judge(&format!("clock at revocation, {rule}"), |checks| {
            for step in 0..longest {
                let found = (values.equal_to(i64::from(step) * 1_000_000_000 + 700_000_000), values.n());
                let weight = if step + 1 == longest { early } else { 1.0 };
                checks.share(&format!("{step}.7 s left"), found, weight / cycle);
            }
            let none = 1.0 - (f64::from(longest) - 1.0 + early) / cycle;
            checks.share("nothing left", (values.at_most(0), values.n()), none);
        });
    }
}

/// The window of a cache of lifetime `ttl` that every hit renews, under Poisson requests. A run of entries lasts
/// Z = (gaps shorter than the lifetime) + lifetime; with F(s) = P(Z > s), which is 1 below the lifetime,
/// F(s) = 1 - e^(-rate ttl) (1 + rate int_0^(s - ttl) F), because it ends at s if a request came at s - ttl and
/// none after it. The cycle is e^(rate ttl) / rate, so P(W > t) = (E[Z] - int_0^t F) rate e^(-rate ttl).
fn sliding(ttl: f64, rate: f64, end: f64) -> Law {
    const STEP: f64 = 0.005;
    let quiet = (-rate * ttl).exp();
    let lag = (ttl / STEP).round() as usize;
    let mut survival = Vec::new();
    let mut area = vec![0.0_f64];
    for place in 0..=(end / STEP) as usize {
        let alive: f64 = if place < lag { 1.0 } else { 1.0 - quiet * (1.0 + rate * area[place - lag]) };
        if let Some(before) = survival.last() {
            // Trapezoids, except over the jump at the lifetime, which lies on the grid.
            let left: f64 = if place == lag { 1.0 } else { *before };
            let right = if place == lag { 1.0 } else { alive };
            area.push(area[place - 1] + STEP * 0.5 * (left + right));
        }
        survival.push(alive);
    }
    let mean = (1.0 / quiet - 1.0) / rate;
    Law::beyond(end, move |t| (mean - area[((t / STEP).round() as usize).min(area.len() - 1)]) * rate * quiet)
}

const SLIDING: &str = r"
revdrill: 1
teaches: Polling faster than a sliding TTL keeps a revoked token alive.
horizon: 1h after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 30s, renewal: every_hit } } }
attacker: { steals: token, replays: { arrivals: poisson 0.05/s } }
defender: { detects: 0s, playbook: { revoke: token } }
";

#[test]
fn an_entry_that_every_hit_renews_lives_until_the_first_gap_as_long_as_its_lifetime() {
    // The last accepted replay is the window less one lifetime, if anything was accepted at all.
    let played = play(SLIDING);
    let (window, last) = (played.each("time_to_contain"), played.each("last_accepted_replay"));
    let contradictions = window.iter().zip(&last).filter(|(w, l)| (**w - 30_000_000_000).max(0) != **l).count();
    judge("sliding lifetime", |checks| {
        checks.law("window", &played.values("time_to_contain"), &sliding(30.0, 0.05, 1_500.0));
        checks.holds("last accepted is a lifetime before the end", contradictions == 0, &contradictions.to_string());
    });
}

#[test]
fn an_entry_kept_for_ever_while_it_is_used_is_a_sliding_lifetime() {
    let played = play(&SLIDING.replace("ttl: 30s, renewal: every_hit", "ttl: forever, idle: 30s"));
    judge("idle limit", |checks| {
        checks.law("window", &played.values("time_to_contain"), &sliding(30.0, 0.05, 1_500.0));
    });
}

#[test]
fn a_restart_empties_the_cache_and_shortens_the_window() {
    // Entries live for min(T, Exp(40 s)), so E[(X - t)^+] = M (e^(-t/M) - e^(-T/M)) with M = 40 s, T = 60 s.
    let played = play(
        r"
revdrill: 1
teaches: A process that restarts forgets.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s, restarts: exponential(mean=40s) } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let (mean, end) = (40.0_f64, (-60.0_f64 / 40.0).exp());
    let law = Law::up_to(60.0, move |t| mean * ((-t / mean).exp() - end) / (mean * (1.0 - end) + 10.0));
    judge("restarts", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_cache_that_restarts_at_a_steady_pace_has_restarted_for_ever() {
    // Nothing but the restart, every 10 minutes at a phase that nobody knows, ends an entry, and the first request after it
    // loads the next: E after it, so that 600 s - E of a period have one, P(W > t) = E[(600 - t - E)^+] / 600, which is
    // (s - (1 - e^(-s))) / 600 with s = 600 - t at one request a second.
    let played = play(
        r"
revdrill: 1
teaches: A nightly restart is the only thing that ends an entry.
horizon: 11m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: forever, restarts: 10m } } }
attacker: { steals: token, replays: { arrivals: poisson 1/s, on_reject: give_up(after=1) } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(600.0, |t| {
        let s: f64 = 600.0 - t;
        (s - (1.0 - (-s).exp())) / 600.0
    });
    judge("steady restarts", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_cache_that_only_restarts_is_empty_until_somebody_asks() {
    // Entries live until a restart, Exp(100 s), and the next request comes Exp(50 s) later: P(W > t) = 100 e^(-t / 100) / 150.
    let played = play(
        r"
revdrill: 1
teaches: After a restart nothing is remembered until somebody asks.
horizon: 30m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: forever, restarts: exponential(mean=100s) } } }
attacker: { steals: token, replays: { arrivals: poisson 0.02/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::beyond(1_500.0, |t| 100.0 * (-t / 100.0).exp() / 150.0);
    judge("restarts alone", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_lifetime_cuts_a_sliding_idle_limit() {
    // An entry of T = 60 s is dropped when idle for I = 15 s: its life is min(T, Z) with Z the run of the sliding lifetime I, so
    // that P(W > t) = int_t^T P(Z > s) ds / (int_0^T P(Z > s) ds + 10 s) at 0.1/s. F(s) = P(Z > s) is 1 below I, and
    // 1 - e^(-I / 10) (1 + int_0^(s - I) F / 10) above it, so 1 - q (1 + (s - I) / 10) up to 2 I, and so on.
    let played = play(
        r"
revdrill: 1
teaches: An idle limit beside a lifetime.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s, idle: 15s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    // The window of the sliding lifetime alone is P(V > t) = (E[Z] - int_0^t F) / cycle, which gives the integral of F back.
    let (mean, cycle) = (((1.5_f64).exp() - 1.0) * 10.0, (1.5_f64).exp() * 10.0);
    let run = sliding(15.0, 0.1, 60.0);
    let area = move |t: f64| mean - (1.0 - run.cdf(t)) * cycle;
    let law = Law::up_to(60.0, move |t| (area(60.0) - area(t)) / (area(60.0) + 10.0));
    judge("lifetime and idle limit", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law.coarse(20_000));
    });
}

#[test]
fn bursts_load_a_cache_as_their_own_renewals_say() {
    // Requests at r = 1/s in bursts of mean 20 s with silences of mean 60 s; T = 30 s. A load happens within a burst; T
    // later a burst is on with p = pi + (1 - pi) e^(-k T), pi = 1/4, k = 1/20 + 1/60; the next request then comes
    // after m = (1 + 60/20) / r on average, or after 60 s more. C = T + p m + (1 - p) (60 + m).
    // Requests u after a load come at r (pi + (1 - pi) e^(-k u)), so by stationarity
    // E[accepted] = (r / C) (pi T^2 / 2 + (1 - pi) (1 - e^(-k T) (1 + k T)) / k^2).
    let played = play(
        r"
revdrill: 1
teaches: Bursts leave an entry behind that nobody uses.
horizon: 31s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 30s } } }
attacker: { steals: token, replays: { arrivals: bursty(rate=1/s burst=20s silence=60s) } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let (pi, k, ttl) = (0.25_f64, 1.0 / 20.0 + 1.0 / 60.0, 30.0_f64);
    let on = pi + (1.0 - pi) * (-k * ttl).exp();
    let cycle = ttl + on * 4.0 + (1.0 - on) * 64.0;
    let hits = pi * ttl * ttl / 2.0 + (1.0 - pi) * (1.0 - (-k * ttl).exp() * (1.0 + k * ttl)) / (k * k);
    judge("bursts", |checks| {
        checks.law("window", &played.values("time_to_contain"), &Law::up_to(ttl, move |t| (ttl - t) / cycle));
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), hits / cycle);
    });
}

#[test]
fn a_worker_that_waits_and_thinks_loads_a_cache_as_its_renewals_say() {
    // Gaps of 2 s + Exp(5 s); m(x) = sum over n of P(2 n + Erlang(n) <= x) requests follow a load within x on average,
    // so C = 7 s (1 + m(T)), and E[accepted] = int_0^T (m(T) - m(s)) ds / C.
    let played = play(
        r"
revdrill: 1
teaches: A closed loop is not a Poisson stream.
horizon: 31s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 30s } } }
attacker: { steals: token, replays: { arrivals: closed_loop(workers=1 answer=2s think=exponential(mean=5s)) } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let follow = |x: f64| (1..=15_u32).map(|n| erlang(n, 0.2, x - 2.0 * f64::from(n))).sum::<f64>();
    let cycle = 7.0 * (1.0 + follow(30.0));
    let hits = integral(0.0, 30.0, 5_000, |s| follow(30.0) - follow(s)) / cycle;
    judge("closed loop", |checks| {
        checks.law("window", &played.values("time_to_contain"), &Law::up_to(30.0, move |t| (30.0 - t) / cycle));
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), hits);
    });
}

const IN_FLIGHT: &str = r"
revdrill: 1
teaches: An answer on its way brings the past with it.
horizon: 46s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { ask: { kind: introspection, from: idp, request_leg: 2s, response_leg: 5s } }
verifiers: { api: { asks: ask, cache: { ttl: 30s, coalescing: HOW } } }
attacker: { steals: token, replays: { arrivals: poisson 0.2/s } }
defender: { detects: 0s, playbook: { revoke: token } }
";

#[test]
fn an_answer_composed_before_the_revocation_holds_the_door_for_a_whole_lifetime_more() {
    // A question takes a = 2 s to the issuer and its answer b = 5 s back; requests meanwhile wait for it. A cycle is
    // a + b + T + Exp(5 s), C = 42 s. Revoked while the answer is on its way, the door is open until it is old; revoked
    // before the answer was composed, not at all: the end is uniform over T + b of the cycle,
    // P(W > t) = (T + b - t) / C, and the last request before it P(L > t) = (x - (1 - e^(-x/5)) 5) / C, x = T + b - t.
    // Waiting at the revocation: 1 + 0.2 x requests at the age x of a question in (a, a + b).
    let played = play(&IN_FLIGHT.replace("HOW", "shared"));
    let last = Law::up_to(35.0, |t| {
        let x = 35.0 - t;
        (x - (1.0 - (-0.2 * x).exp()) * 5.0) / 42.0
    });
    let waiting = (5.0 + 0.2 * (49.0 - 4.0) / 2.0) / 42.0;
    judge("answers in flight, shared", |checks| {
        checks.law("window", &played.values("time_to_contain"), &Law::up_to(35.0, |t| (35.0 - t) / 42.0));
        checks.law("last accepted replay", &played.values("last_accepted_replay"), &last);
        checks.mean_count("in flight", &played.values("in_flight_accepts"), waiting);
    });
}

#[test]
fn every_question_of_its_own_can_fill_and_empty_the_cache_again() {
    // The same without sharing: each request of the first w = a + b = 7 s of a cycle asks for itself, and the last of
    // them, at v, fills last; E[C] = E[v] + w + T + 5 s with E[v] = w - (1 - e^(-w/5)) 5. Let s = age of the cycle - a:
    // requests before s were composed before the revocation. If one comes Y later, s + Y < w, its refusal empties
    // the cache at Y + b after the revocation; else the entry of v, the last before s, lives on until v + w + T.
    let played = play(&IN_FLIGHT.replace("HOW", "separate"));
    let (rate, ttl, a, b) = (0.2_f64, 30.0, 2.0, 5.0);
    let w = a + b;
    let cycle = (w - (1.0 - (-rate * w).exp()) / rate) + w + ttl + 1.0 / rate;
    let v_after = move |s: f64, c: f64| {
        if c < 0.0 {
            1.0
        } else if c < s {
            1.0 - (-rate * (s - c)).exp()
        } else {
            0.0
        }
    };
    let law = Law::up_to(ttl + b, move |t| {
        let late = (t - b).max(0.0);
        let first = integral(0.0, w, 400, |s| {
            let refused = ((-rate * late).exp() - (-rate * (w - s)).exp()).max(0.0);
            refused + (-rate * (w - s)).exp() * v_after(s, t + s + a - w - ttl)
        });
        (first + integral(w, w + w + ttl, 800, |s| v_after(w, t + s + a - w - ttl))) / cycle
    });
    judge("answers in flight, separate", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law.coarse(2_000));
    });
}

#[test]
fn a_probe_loads_the_entry_of_every_target() {
    // O11a at three targets: each has the whole lifetime left with 1 / (1 + lam_i T_i), else a uniform rest, and the
    // probe disturbs each: F(t) = product of lam_i t / (1 + lam_i T_i), with an atom at each lifetime.
    let played = play(
        r"
revdrill: 1
teaches: A drill that asks everywhere lengthens the window everywhere.
start: preprobed
horizon: 91s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  one:   { asks: idp, cache: { ttl: 30s } }
  two:   { asks: idp, cache: { ttl: 60s } }
  three: { asks: idp, cache: { ttl: 90s } }
attacker:
  steals: token
  replays:
    - { arrivals: poisson 0.02/s, targets: one }
    - { arrivals: poisson 0.05/s, targets: two }
    - { arrivals: poisson 0.01/s, targets: three }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(90.0, |t| {
        let parts = [(0.02, 30.0), (0.05, 60.0), (0.01, 90.0)];
        1.0 - parts.iter().map(|(l, ttl)| if t < *ttl { l * t / (1.0 + l * ttl) } else { 1.0 }).product::<f64>()
    });
    judge("probe at three targets", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_probe_whose_answer_takes_time_is_not_counted_as_a_replay() {
    // The probe is the defender's: when the attacker presents next, and what it had on its way at the revocation, is the
    // same trial by trial, whether a probe is sent or not. Its answer is composed at the instant before the
    // revocation, so that the whole lifetime is left when it arrives 5 s later.
    let text = IN_FLIGHT.replace("HOW", "separate").replace("request_leg: 2s", "request_leg: 0s");
    let (plain, probed) = (play(&text), play(&text.replace("horizon", "start: preprobed\nhorizon")));
    judge("probe with legs", |checks| {
        for metric in ["in_flight_accepts", "time_to_next_replay"] {
            let differ = plain.observed(metric).iter().zip(probed.observed(metric)).filter(|(a, b)| a != b).count();
            checks.holds(metric, differ == 0, &format!("{differ} trials differ"));
        }
    });
}

#[test]
fn a_credential_younger_than_the_lifetime_of_its_entry_has_been_cached_all_the_same() {
    // Opaque, 10 minutes of life, any age at the revocation; the cache keeps T = 5 minutes and is asked twice a second. The
    // first entry is loaded E1 after the issue and lives for T: T - t of the ages leave more than t of it. The second is
    // loaded E2 after that and is cut at the end of the credential, 2 T: E[(T - t - E1 - E2)^+] of them, the integral of the
    // distribution of E1 + E2: x P(Erlang(2) <= x) - (2 / rate) P(Erlang(3) <= x) with x = T - t.
    let played = play(
        r"
revdrill: 1
teaches: A young token is in the caches as well.
horizon: 301s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: 10m } }
verifiers: { api: { asks: idp, cache: { ttl: 5m } } }
attacker: { steals: token, replays: { arrivals: poisson 2/s, on_reject: give_up(after=1) } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(300.0, |t| {
        let x = 300.0 - t;
        (x + x * erlang(2, 2.0, x) - erlang(3, 2.0, x)) / 600.0
    });
    judge("young credential", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn an_entry_ends_with_its_credential_unless_the_cache_ignores_that() {
    // Saturated, T = 5 min, 10 min of life at any age: min(U(0, T), U(0, L)) if capped, U(0, T) if not.
    const TEXT: &str = r"
revdrill: 1
teaches: A cached answer should not outlive the token.
start: saturated
horizon: 301s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: 10m } }
verifiers: { api: { asks: idp, cache: { ttl: 5m, capped_by_expiry: CAPPED } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
";
    let capped = play(&TEXT.replace("CAPPED", "true"));
    let ignored = play(&TEXT.replace("CAPPED", "false"));
    judge("capped by expiry", |checks| {
        let both = Law::up_to(300.0, |t| (1.0 - t / 300.0) * (1.0 - t / 600.0));
        checks.law("capped", &capped.values("time_to_contain"), &both);
        checks.law("ignored", &ignored.values("time_to_contain"), &Law::up_to(300.0, |t| 1.0 - t / 300.0));
    });
}

#[test]
fn lawful_requests_are_refused_from_the_end_of_the_window_to_the_replacement() {
    // One cache, Lam = 0.55/s, T = 60 s: P(W <= t) = 1 - Lam (T - t) / (1 + Lam T). Lawful requests at mu = 0.5/s are
    // refused between W and the replacement at R = 50 s: mu int_0^R P(W <= t) dt of them. The client is without a
    // working credential from its first refusal: int_0^R P(W <= t) (1 - e^(-mu (R - t))) dt, E[(R - W - Exp)^+].
    let played = play(
        r"
revdrill: 1
teaches: What a revocation costs those who use the credential lawfully.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.05/s } }
lawful: { owner: { uses: token, sends: poisson 0.5/s, replaced_after: 50s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let shut = |t: f64| 1.0 - 0.55 * (60.0 - t) / 34.0;
    let refused = 0.5 * integral(0.0, 50.0, 20_000, shut);
    let outage = integral(0.0, 50.0, 20_000, |t| shut(t) * (1.0 - (-0.5 * (50.0 - t)).exp()));
    judge("collateral", |checks| {
        checks.mean_count("refused", &played.values("collateral_rejections"), refused);
        checks.mean("without a credential", &played.values("lawful_outage"), outage);
        checks.mean_count("valid ones refused", &played.values("false_rejections"), 0.0);
    });
}

#[test]
fn a_target_that_goes_past_the_cache_is_shut_at_once() {
    // Two targets behind one cache, one of which bypasses it; the other has the window of its own stream alone:
    // P(W > t) = 0.1 (60 - t) / 7.
    let played = play(
        r"
revdrill: 1
teaches: Sensitive routes ask every time.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s, bypass: admin }, fronts: [admin, public] } }
attacker:
  steals: token
  replays:
    - { arrivals: poisson 0.3/s, targets: admin }
    - { arrivals: poisson 0.1/s, targets: public }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("bypass", |checks| {
        checks.mean("window of admin", &played.values("time_to_contain{target=admin}"), 0.0);
        let law = Law::up_to(60.0, |t| (60.0 - t) / 70.0);
        checks.law("window of public", &played.values("time_to_contain{target=public}"), &law);
    });
}

#[test]
fn the_next_replay_comes_as_its_spacing_says() {
    // Memoryless: Exp(10 s). Steady: U(0, 7 s). Spread by 50 %: met by length, E[(G - t)^+] / 7 with G uniform on 3.5 s..10.5 s.
    const TEXT: &str = r"
revdrill: 1
teaches: How soon the thief comes back.
horizon: 5m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp } }
attacker: { steals: token, replays: { arrivals: HOW } }
defender: { detects: 1m, playbook: { revoke: token } }
";
    let next = |how: &str| play(&TEXT.replace("HOW", how)).values("time_to_next_replay");
    judge("next replay", |checks| {
        checks.law("memoryless", &next("poisson 0.1/s"), &Law::beyond(200.0, |t| (-t / 10.0).exp()));
        checks.law("steady", &next("every 7s"), &Law::up_to(7.0, |t| (7.0 - t) / 7.0));
        let met = |t: f64| if t < 3.5 { (7.0 - t) / 7.0 } else { (10.5 - t).powi(2) / 14.0 / 7.0 };
        checks.law("spread", &next("every 7s jitter=50%"), &Law::up_to(10.5, met));
    });
}

#[test]
fn a_recording_is_played_back_to_the_second() {
    // Requests 1, 5, 12.5, 30 and 59 s after the revocation, before a saturated cache of 60 s whose rest is uniform: the one at
    // x is accepted with 1 - x / 60.
    let played = play(
        r"
revdrill: 1
teaches: What was recorded is what is replayed.
start: saturated
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: { trace: { file: requests.csv, at: seconds, origin: revocation } } } }
defender: { detects: 1m, playbook: { revoke: token } }
",
    );
    let times = [1.0, 5.0, 12.5, 30.0, 59.0];
    judge("recording", |checks| {
        let accepted = played.values("accepted_after_revocation");
        checks.mean_count("accepted", &accepted, times.iter().map(|x| 1.0 - x / 60.0).sum());
        let last = played.values("last_accepted_replay");
        for (place, at) in times.iter().enumerate() {
            let next = times.get(place + 1).map_or(60.0, |next| *next);
            let count = last.equal_to((at * 1e9) as i64);
            checks.share(&format!("last accepted at {at} s"), (count, last.n()), (next - at) / 60.0);
        }
    });
}
