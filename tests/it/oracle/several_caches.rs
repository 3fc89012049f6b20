//! Several caches: replicas and how requests are spread over them, tiers, and verifiers one behind the other.

use super::acceptance::judge;
use super::drill::{play, play_trials};
use super::law::{Law, erlang, integral};

/// The law of the last accepted replay at one cache of lifetime `ttl` under Poisson requests (O1a).
fn classical(rate: f64, ttl: f64) -> Law {
    Law::up_to(ttl, move |t| {
        let x = ttl - t;
        rate / (1.0 + rate * ttl) * (x - (1.0 - (-rate * x).exp()) / rate)
    })
}

/// The window of one cache of lifetime `ttl` under Poisson requests.
fn window(rate: f64, ttl: f64) -> Law {
    Law::up_to(ttl, move |t| rate * (ttl - t) / (1.0 + rate * ttl))
}

#[test]
fn roaming_over_four_targets_is_spreading_over_four_replicas() {
    // Both thin a Poisson stream into four: O3, F(t) = F1(t)^4 with F1 the classical law at 0.125/s.
    let played = play(
        r"
revdrill: 1
teaches: Roaming over services keeps the entries of all of them.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  a: { asks: idp, cache: { ttl: 60s } }
  b: { asks: idp, cache: { ttl: 60s } }
  c: { asks: idp, cache: { ttl: 60s } }
  d: { asks: idp, cache: { ttl: 60s } }
attacker: { steals: token, replays: { arrivals: poisson 0.5/s, order: roam } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("roaming", |checks| {
        let one = classical(0.125, 60.0);
        let all = Law::up_to(60.0, move |t| 1.0 - one.cdf(t).powi(4));
        checks.law("last accepted replay", &played.values("last_accepted_replay"), &all);
        let one = window(0.125, 60.0);
        let all = Law::up_to(60.0, move |t| 1.0 - one.cdf(t).powi(4));
        checks.law("window", &played.values("time_to_contain"), &all);
    });
}

#[test]
fn a_sticky_attacker_sees_one_cache_whatever_the_replicas() {
    // All requests go to one of four replicas, so that the classical law holds at the whole rate.
    let played = play(
        r"
revdrill: 1
teaches: A sticky balancer gives the thief one memory to keep warm.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s }, replicas: 4, balance: sticky } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("sticky", |checks| {
        checks.law("last accepted replay", &played.values("last_accepted_replay"), &classical(0.1, 60.0));
        checks.law("window", &played.values("time_to_contain"), &window(0.1, 60.0));
    });
}

#[test]
fn replicas_that_share_a_cache_are_one() {
    // `placement: per_verifier`: the classical law at the whole rate, though the balancer spreads over four.
    let played = play(
        r"
revdrill: 1
teaches: A shared cache has one memory.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s, placement: per_verifier }, replicas: 4 } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("shared by replicas", |checks| {
        checks.law("last accepted replay", &played.values("last_accepted_replay"), &classical(0.1, 60.0));
    });
}

#[test]
fn verifiers_that_share_a_named_cache_are_one() {
    // Two verifiers, two streams, one named cache: the window at the sum of the rates.
    let played = play(
        r"
revdrill: 1
teaches: What one service asks, the other may use.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
caches: { common: { ttl: 60s } }
verifiers:
  a: { asks: idp, cache: common }
  b: { asks: idp, cache: common }
attacker:
  steals: token
  replays: [ { arrivals: poisson 0.03/s, targets: a }, { arrivals: poisson 0.07/s, targets: b } ]
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("shared by verifiers", |checks| {
        checks.law("window", &played.values("time_to_contain"), &window(0.1, 60.0));
        checks.law("last accepted replay", &played.values("last_accepted_replay"), &classical(0.1, 60.0));
    });
}

/// Requests that follow a load at the same of `k` places within `x`, on average, where Poisson requests go to the
/// places in turn: of N requests, floor(N / k), so the sum over j of P(Erlang(j k) <= x).
fn in_turn(k: u32, rate: f64, x: f64) -> f64 {
    (1..40).map(|j| erlang(j * k, rate, x)).sum()
}

#[test]
fn replicas_in_turn_are_asked_less_often_than_replicas_at_random() {
    // Each of k = 3 replicas gets every third request: C = (k / lam) (1 + m(T)) with m the renewal function above, and
    // E[accepted] = k int_0^T (m(T) - m(s)) ds / C. The same for three services called one after the other.
    const TEXT: &str = r"
revdrill: 1
teaches: Round robin spaces the requests of a replica.
horizon: 31s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { VERIFIERS }
attacker: { steals: token, replays: { arrivals: poisson 0.5/s } }
defender: { detects: 0s, playbook: { revoke: token } }
";
    let replicas = "api: { asks: idp, cache: { ttl: 30s }, replicas: 3, balance: round_robin }";
    let services = "a: { asks: idp, cache: { ttl: 30s } }, b: { asks: idp, cache: { ttl: 30s } }, c: { asks: idp, cache: { ttl: 30s } }";
    let cycle = 6.0 * (1.0 + in_turn(3, 0.5, 30.0));
    let hits = 3.0 * integral(0.0, 30.0, 5_000, |s| in_turn(3, 0.5, 30.0) - in_turn(3, 0.5, s)) / cycle;
    for (name, verifiers) in [("round robin", replicas), ("enumerating", services)] {
        let played = play(&TEXT.replace("VERIFIERS", verifiers));
        judge(name, |checks| {
            checks.mean_count("accepted", &played.values("accepted_after_revocation"), hits);
        });
        let long = TEXT.replace("VERIFIERS", verifiers).replace("31s after", "1ns after").replace(": 0s", ": 300s");
        let played = play_trials(&long, 15_000);
        judge(name, |checks| checks.mean("questions a second", &played.values("issuer_load"), 3.0 / cycle));
    }
}

#[test]
fn a_steady_pace_in_turn_is_a_steady_pace_at_each_replica() {
    // Every 7 s in turn over 3 replicas: every 21 s at each, so K = floor(60 / 21) = 2 of 3 requests of a cycle of 63 s are
    // hits; each replica's part of E[accepted] is K / 2, and it asks once in 63 s.
    const TEXT: &str = r"
revdrill: 1
teaches: A steady pace in turn is a slower steady pace.
horizon: HORIZON after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s }, replicas: 3, balance: round_robin } }
attacker: { steals: token, replays: { arrivals: every 7s } }
defender: { detects: LATER, playbook: { revoke: token } }
";
    let played = play(&TEXT.replace("HORIZON", "61s").replace("LATER", "0s"));
    let long = play_trials(&TEXT.replace("HORIZON", "1ns").replace("LATER", "1000s"), 30_000);
    judge("steady pace in turn", |checks| {
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 3.0);
        checks.mean("questions a second", &long.values("issuer_load"), 3.0 / 63.0);
    });
}

const TWO_TIERS: &str = r"
revdrill: 1
teaches: A cache before a cache adds its lifetime.
start: START
horizon: 131s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: [ { ttl: NEAR AGE }, { ttl: FAR } ] } }
attacker: { steals: token, replays: { arrivals: poisson RATE } }
defender: { detects: DETECTS, playbook: { revoke: token } }
";

fn two_tiers(start: &str, near: &str, age: &str, far: &str, rate: &str) -> String {
    let text = TWO_TIERS.replace("START", start).replace("NEAR", near).replace("AGE", age).replace("FAR", far);
    text.replace("RATE", rate).replace("DETECTS", "0s")
}

/// Mean number of loads of the near tier in `[0, y)` of a cycle that begins when both are loaded at 0: further loads
/// come at n T1 + Erlang(n).
fn near_loads(near: f64, rate: f64, y: f64) -> f64 {
    if y < 0.0 {
        return 0.0;
    }
    1.0 + (1..)
        .map_while(|n: u32| (y > f64::from(n) * near).then(|| erlang(n, rate, y - f64::from(n) * near)))
        .sum::<f64>()
}

#[test]
fn a_tier_that_restarts_the_age_adds_up_to_its_whole_lifetime() {
    // T1 = 20 s before T2 = 50 s, lam = 0.3/s, stationary. A cycle begins with a question that loads both. The near tier is
    // loaded again at T1 + E1, ... as long as the far one lives; the last load y < T2 holds the door to e = max(T2, y + T1),
    // and P(e > s) = M(T2) - M(s - T1) for T2 <= s, M the mean number of near loads (at most one falls into that window).
    // The next near load after T2 is the next question, so by Wald C = M(T2) (T1 + 1 / lam), and
    // P(W > t) = E[(e - t)^+] / C.
    let played = play(&two_tiers("stationary", "20s", "", "50s", "0.3/s"));
    let long = two_tiers("stationary", "20s", "", "50s", "0.3/s").replace("131s after", "1ns after");
    let load = play_trials(&long.replace("detects: 0s", "detects: 1000s"), 20_000);
    let loads = |y| near_loads(20.0, 0.3, y);
    let cycle = loads(50.0) * (20.0 + 1.0 / 0.3);
    let beyond = move |t: f64| integral(t, 70.0, 400, |s| loads(50.0) - loads(s - 20.0));
    let all = beyond(50.0);
    let law = Law::up_to(70.0, move |t| if t < 50.0 { (50.0 - t + all) / cycle } else { beyond(t) / cycle });
    judge("two tiers, age restarts, stationary", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law.coarse(4_000));
        checks.mean("questions a second", &load.values("issuer_load"), 1.0 / cycle);
    });
}

#[test]
fn saturated_tiers_have_phases_of_their_own() {
    // Each tier is renewed the instant it ends, so that the rests R1 ~ U(0, T1), R2 ~ U(0, T2) are independent; then real
    // requests load the near tier at R1 + E1, R1 + E1 + T1 + E2, ... while the far one lives. Given R2 = r <= t, the door is
    // open after t if the near tier was loaded in (t - T1, r), or if R1 > t. The mean number of loads in (0, y) is
    // H(y) = (1 / T1) sum over n of I_n(y - (n - 1) T1) - I_n(y - n T1), I_n the integral of the Erlang distribution.
    let (near, far, rate) = (20.0, 50.0, 0.3);
    let played = play(&two_tiers("saturated", "20s", "", "50s", "0.3/s"));
    let area = move |n: u32, z: f64| {
        if z <= 0.0 { 0.0 } else { z * erlang(n, rate, z) - f64::from(n) / rate * erlang(n + 1, rate, z) }
    };
    let loads = move |y: f64| {
        let terms = (1..).map_while(|n: u32| {
            let z = y - f64::from(n - 1) * near;
            (z > 0.0).then(|| area(n, z) - area(n, z - near))
        });
        terms.sum::<f64>() / near
    };
    let law = Law::up_to(near + far, move |t| {
        let (low, high) = ((t - near).max(0.0), t.min(far));
        let reloaded = if high > low { integral(low, high, 200, loads) - (high - low) * loads(low) } else { 0.0 };
        ((far - t).max(0.0) + reloaded + high * (1.0 - t / near).max(0.0)) / far
    });
    judge("two tiers, age restarts, saturated", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law.coarse(4_000));
    });
}

#[test]
fn a_tier_that_inherits_the_age_adds_nothing() {
    // Near 20 s before far 50 s: once the near entry is 20 s old, requests pass through to the far one until it is 50 s old.
    // Near 50 s before far 20 s: the near entry holds alone. Both are one cache of 50 s.
    for (near, far) in [("20s", "50s"), ("50s", "20s")] {
        let played = play(&two_tiers("stationary", near, ", age: inherited", far, "0.3/s"));
        judge(&format!("two tiers, age inherited, {near} before {far}"), |checks| {
            checks.law("window", &played.values("time_to_contain"), &window(0.3, 50.0));
            checks.law("last accepted replay", &played.values("last_accepted_replay"), &classical(0.3, 50.0));
        });
    }
}

#[test]
fn a_saturated_tier_that_inherits_a_shorter_age_never_sees_it_fresh() {
    // T1 = 100 s before T2 = 30 s, each renewed the instant it ends. The far tier composes on a grid of 30 s; the near one
    // takes over the newest composition g and ends at g + T1, so that it is renewed every m T2 = 90 s, when the far entry is
    // r = T1 - m T2 = 10 s old. Revoked in those 10 s, one more renewal follows. With the rest x of the near entry uniform over
    // 90 s, W = x + 90 s if x < 10 s, else x: uniform over (10 s, 100 s). (A request every 10 ms makes the renewal sure.)
    let played = play_trials(&two_tiers("saturated", "100s", ", age: inherited", "30s", "2/s"), 100_000);
    let law = Law::up_to(100.0, |t| if t < 10.0 { 1.0 } else { (100.0 - t) / 90.0 });
    judge("two tiers, age inherited, saturated", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law);
    });
}

#[test]
fn a_saturated_tier_that_inherits_a_longer_age_lets_through() {
    // T1 = 30 s before T2 = 100 s: the door is open as long as the far entry lives, U(0, 100 s).
    let played = play(&two_tiers("saturated", "30s", ", age: inherited", "100s", "0.1/s"));
    let law = Law::up_to(100.0, |t| (100.0 - t) / 100.0);
    judge("two tiers, longer age inherited, saturated", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law);
    });
}

#[test]
fn a_gateway_and_a_service_of_one_lifetime_stay_in_step() {
    // Both caches see every request, and both were loaded by the first one: entries begin and end together for ever, so
    // that the two are one cache, with twice the load.
    let played = play(
        r"
revdrill: 1
teaches: Two caches in a row that keep an answer equally long are one.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  gateway: { asks: idp, cache: { ttl: 60s } }
  service: { asks: idp, cache: { ttl: 60s }, behind: gateway }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("gateway and service", |checks| {
        checks.law("window", &played.values("time_to_contain"), &window(0.1, 60.0));
        checks.law("last accepted replay", &played.values("last_accepted_replay"), &classical(0.1, 60.0));
    });
}

#[test]
fn an_attacker_that_gives_up_at_the_first_rejection_is_stopped_by_the_first_replica() {
    // Saturated, 3 replicas, lam = 0.5/s, T = 30 s: by s no request was rejected with phi(s)^3,
    // phi(s) = ((T - s) + (3 / lam) (1 - e^(-lam s / 3))) / T, and the next goes to a live replica with (T - s) / T, so
    // E[accepted] = lam int_0^T (T - s) / T phi(s)^2 ds.
    let played = play(
        r"
revdrill: 1
teaches: Who stops at the first rejection stops early.
start: saturated
horizon: 31s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 30s }, replicas: 3 } }
attacker: { steals: token, replays: { arrivals: poisson 0.5/s, on_reject: give_up(after=1) } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let unrejected = |s: f64| ((30.0 - s) + 6.0 * (1.0 - (-s / 6.0).exp())) / 30.0;
    let accepted = 0.5 * integral(0.0, 30.0, 5_000, |s| (30.0 - s) / 30.0 * unrejected(s).powi(2));
    judge("giving up over replicas", |checks| {
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), accepted);
        let rejected = played.values("rejected_after_revocation");
        checks.share("rejected more than once", (rejected.n() - rejected.at_most(1), rejected.n()), 0.0);
    });
}

#[test]
fn an_attacker_that_backs_off_misses_some_of_what_is_left() {
    // Saturated, 2 replicas, lam = 0.5/s, T = 30 s. Until the first replica ends, lam T / 3 requests are accepted. From then on,
    // with D = |R1 - R2| left, half of them are: after an acceptance the next comes Exp(lam) later, after the j-th rejection
    // in a row 2 s x 2^j later. A(z): accepted in the z left after an acceptance; B_j(z): at a request after j rejections;
    // B_j(z) = (1 + A(z)) / 2 + B_(j+1)(z - 2 s x 2^j) / 2, A(z) = int_0^z lam e^(-lam y) B_0(z - y) dy.
    let played = play(
        r"
revdrill: 1
teaches: Backing off costs the thief some of its window.
start: saturated
horizon: 31s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 30s }, replicas: 2 } }
attacker: { steals: token, replays: { arrivals: poisson 0.5/s, on_reject: back_off(first=2s factor=2) } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    const STEP: f64 = 0.002;
    const LEVELS: usize = 5;
    let points = (30.0 / STEP) as usize;
    let keep = (-0.5 * STEP).exp();
    let mut after = vec![0.0; points + 1];
    let mut at = vec![vec![0.0; points + 1]; LEVELS + 1];
    for z in 0..=points {
        if z > 0 {
            after[z] = keep * after[z - 1] + (1.0 - keep) * at[0][z - 1];
        }
        for level in (0..LEVELS).rev() {
            let pause = (2.0 * f64::from(1 << level) / STEP).round() as usize;
            let later = if z >= pause { at[level + 1][z - pause] } else { 0.0 };
            at[level][z] = 0.5 * (1.0 + after[z]) + 0.5 * later;
        }
    }
    let late: f64 = (0..points).map(|z| 2.0 * (30.0 - z as f64 * STEP) / 900.0 * after[z] * STEP).sum();
    judge("backing off over replicas", |checks| {
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 0.5 * 10.0 + late);
    });
}

#[test]
fn a_thief_who_sticks_to_one_target_keeps_one_entry() {
    // All requests go to the first target until it rejects: its window is that of the whole rate, and nothing was ever cached
    // for the other.
    let played = play(
        r"
revdrill: 1
teaches: Who sticks to one target warms one cache.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  a: { asks: idp, cache: { ttl: 60s } }
  b: { asks: idp, cache: { ttl: 60s } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s, order: stick } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("sticking", |checks| {
        checks.law("window of a", &played.values("time_to_contain{target=a}"), &window(0.1, 60.0));
        checks.mean("window of b", &played.values("time_to_contain{target=b}"), 0.0);
        checks.law("last accepted replay", &played.values("last_accepted_replay"), &classical(0.1, 60.0));
    });
}

#[test]
fn traffic_on_other_credentials_loads_the_issuer_as_its_own_misses_say() {
    // 1000 other credentials at 50 requests a second over two replicas with caches of 60 s: each key of each replica comes at
    // 0.025/s and asks 0.025 / (1 + 1.5) = 0.01 times a second, 20 in all. Two replicas poll every 10 s: 0.2. The stolen one, at
    // 0.1/s over two replicas: 2 x 0.05 / (1 + 3) = 0.025. The detection comes after 1000 s, the end with it.
    let played = play_trials(
        r"
revdrill: 1
teaches: What everybody else costs the issuer.
horizon: 1ns after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { events: { kind: set_poll, every: 10s } }
verifiers: { api: { asks: idp, cache: { ttl: 60s }, replicas: 2, hears: { events: evict } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
lawful: { others: { uses: 1000 other credentials, sends: poisson 50/s } }
defender: { detects: 1000s, playbook: { revoke: token } }
",
        20_000,
    );
    judge("load of others", |checks| {
        checks.mean("questions a second", &played.values("issuer_load"), 20.0 + 0.2 + 0.025);
    });
}

#[test]
fn defence_in_depth_closes_with_the_first_of_its_caches() {
    // Three verifiers in a row with caches of their own, saturated: the way is shut when the first of three uniform rests
    // ends, P(W > t) = (1 - t/60) (1 - t/90) (1 - t/120). Side by side behind the outermost,
    // the two lead to a target each: open until the later of two such minima, (1 - t/60) P(some inner rest > t).
    let text = r"
revdrill: 1
teaches: One closed door on the way is enough, and one open way is.
start: saturated
horizon: 3m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  outer:  { asks: idp, cache: { ttl: 60s } }
  middle: { asks: idp, cache: { ttl: 90s }, behind: outer }
  inner:  { asks: idp, cache: { ttl: 120s }, behind: BEHIND }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
";
    let rest = |t: f64, ttl: f64| (1.0 - t / ttl).max(0.0);
    let row = play(&text.replace("BEHIND", "middle"));
    let law = Law::up_to(60.0, move |t| rest(t, 60.0) * rest(t, 90.0) * rest(t, 120.0));
    judge("in a row", |checks| checks.law("contained", &row.values("time_to_contain"), &law));
    let text = text
        .replace("behind: outer }", "behind: outer, fronts: api }")
        .replace("behind: BEHIND }", "behind: outer, fronts: other }");
    let both = play(&text);
    let law = Law::up_to(60.0, move |t| rest(t, 60.0) * (1.0 - (1.0 - rest(t, 90.0)) * (1.0 - rest(t, 120.0))));
    judge("side by side", |checks| checks.law("contained", &both.values("time_to_contain"), &law));
}
