//! Closed forms from the literature on caches, polling and renewal, with their figures in `truths.json`.

use super::acceptance::{Checks, Values, judge};
use super::drill::{Played, play, play_trials};
use serde_json::Value;

/// A case of `truths.json`.
struct Truth(Value);

fn truth(id: &str) -> Truth {
    let all: Value = serde_json::from_str(include_str!("truths.json")).expect("valid JSON");
    let cases = all["cases"].as_array().expect("a list of cases");
    Truth(cases.iter().find(|case| case["id"] == id).unwrap_or_else(|| panic!("no case {id}")).clone())
}

impl Truth {
    fn figure(&self, name: &str) -> f64 {
        let figure = self.0["expected"][name].as_f64();
        figure.unwrap_or_else(|| panic!("no figure {name} in {}", self.0["id"]))
    }

    fn figures(&self, name: &str) -> Vec<f64> {
        let list = self.0["expected"][name].as_array().expect("a list");
        list.iter().map(|figure| figure.as_f64().expect("a number")).collect()
    }

    fn cdf(&self) -> Vec<(f64, f64)> {
        let pairs = self.0["expected"]["cdf"].as_array().expect("a list");
        pairs.iter().map(|pair| (pair[0].as_f64().expect("a time"), pair[1].as_f64().expect("a share"))).collect()
    }

    /// Compares the values of the metric of the case with every figure that it gives of it.
    fn compare(&self, checks: &mut Checks, values: &Values) {
        checks.mean("mean", values, self.figure("mean"));
        checks.share("none at all", (values.at_most(0), values.n()), self.figure("p_zero"));
        for (name, p) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("p99999", 0.99999)] {
            checks.quantile(name, values, p, self.figure(name));
        }
        checks.cdf("distribution", values, &self.cdf());
        if let Some(most) = self.0["expected"]["max"].as_f64() {
            checks.largest("largest", values, most);
        }
    }

    /// The same for the metric that the case names, as it was played.
    fn compare_played(&self, checks: &mut Checks, played: &Played) {
        let metric = self.0["metric"].as_str().expect("a metric");
        self.compare(checks, &played.values(metric));
    }
}

fn accepts(checks: &mut Checks, truth: &Truth, played: &Played) {
    let accepted = played.values("accepted_after_revocation");
    checks.mean_count("mean accepted after revocation", &accepted, truth.figure("E_accepts_after_revoke"));
    if !truth.0["expected"]["P_no_accept"].is_null() {
        let none = played.share("no_replay_after_revocation");
        checks.share("no replay after revocation", none, truth.figure("P_no_accept"));
    }
}

#[test]
fn one_cache_replayed_at_random_holds_the_door_as_the_classical_formula_says() {
    // O1a: figures and formula in truths.json.
    let played = play(
        r"
revdrill: 1
teaches: One cache of 60 s, replayed at random every 10 s on average.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let truth = truth("O1a");
    judge("O1a", |checks| {
        truth.compare_played(checks, &played);
        accepts(checks, &truth, &played);
        checks.mean("mean window", &played.values("time_to_contain"), truth.figure("E_window"));
        let accepted = played.values("accepted_after_revocation");
        for (count, share) in truth.figures("pmf_accepts_0_4").into_iter().enumerate() {
            let found = (accepted.equal_to(count as i64), accepted.n());
            checks.share(&format!("{count} accepted"), found, share);
        }
    });
}

#[test]
fn one_cache_asks_its_issuer_as_often_as_it_misses() {
    // O1a: lam / (1 + lam T) questions a second for as long as nobody revokes: here for 1000 s, and the trial ends
    // with the revocation. Every request that is no question was a hit.
    let played = play_trials(
        r"
revdrill: 1
teaches: What one cache of 60 s costs its issuer.
horizon: 1ns after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 1000s, playbook: { revoke: token } }
",
        20_000,
    );
    let truth = truth("O1a");
    let load = played.values("issuer_load");
    judge("O1a load", |checks| {
        checks.mean("questions a second", &load, truth.figure("introspections_per_s"));
        checks.mean("questions a second, from the hit ratio", &load, 0.1 * (1.0 - truth.figure("hit_ratio")));
    });
}

#[test]
fn lawful_traffic_keeps_an_entry_warm_for_the_thief() {
    // O1b: lawful requests at 0.5/s on the same entry, replays at 0.05/s.
    let played = play(
        r"
revdrill: 1
teaches: A lawful client keeps the entry warm that the thief needs.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.05/s } }
lawful: { owner: { uses: token, sends: poisson 0.5/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let truth = truth("O1b");
    judge("O1b", |checks| {
        truth.compare_played(checks, &played);
        accepts(checks, &truth, &played);
        checks.mean("mean window", &played.values("time_to_contain"), truth.figure("E_window"));
    });
}

#[test]
fn lawful_traffic_and_replays_together_ask_as_often_as_their_sum_misses() {
    // O1b: Lam / (1 + Lam T) with Lam = 0.55/s; the hit ratio is over all requests.
    let played = play_trials(
        r"
revdrill: 1
teaches: What one cache of 60 s costs its issuer when a thief shares it.
horizon: 1ns after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.05/s } }
lawful: { owner: { uses: token, sends: poisson 0.5/s } }
defender: { detects: 1000s, playbook: { revoke: token } }
",
        20_000,
    );
    let truth = truth("O1b");
    let load = played.values("issuer_load");
    judge("O1b load", |checks| {
        checks.mean("questions a second", &load, truth.figure("introspections_per_s"));
        checks.mean("questions a second, from the hit ratio", &load, 0.55 * (1.0 - truth.figure("hit_ratio")));
    });
}

#[test]
fn a_drill_that_revokes_right_after_first_use_sees_no_uniform_window() {
    // O1c: the first use loads the entry at 0, and the revocation comes 30 s later.
    let played = play(
        r"
revdrill: 1
teaches: Revoking a fixed time after the first use is not revoking at any time.
start: first_use
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, first_try: 0s, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 30s, playbook: { revoke: token } }
",
    );
    judge("O1c", |checks| truth("O1c").compare_played(checks, &played));
}

#[test]
fn replays_at_a_steady_pace_that_does_not_divide_the_lifetime_end_on_their_own_grid() {
    // O1e: every 7 s against 60 s, so that the last accepted replay is at most 56 s after the revocation.
    let played = play(
        r"
revdrill: 1
teaches: A steady pace is accepted on its own grid.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: every 7s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let truth = truth("O1e");
    judge("O1e", |checks| {
        truth.compare_played(checks, &played);
        accepts(checks, &truth, &played);
    });
}

#[test]
fn serving_stale_while_revalidating_holds_the_door_for_one_more_request() {
    // O1g: TTL 60 s and 30 s of stale-while-revalidate.
    let played = play(
        r"
revdrill: 1
teaches: Stale-while-revalidate lengthens the window by its own length.
horizon: 91s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s, stale_while_revalidate: 30s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("O1g", |checks| truth("O1g").compare_played(checks, &played));
}

#[test]
fn refreshing_ahead_holds_the_door_just_as_long_as_stale_while_revalidate() {
    // O1g, second half: a hard TTL of 90 s whose last 30 s refresh is the same law.
    let played = play(
        r"
revdrill: 1
teaches: Refreshing ahead of a longer TTL is stale-while-revalidate by another name.
horizon: 91s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 90s, refresh_ahead: 30s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("O1g refresh ahead", |checks| truth("O1g").compare_played(checks, &played));
}

#[test]
fn the_slowest_of_three_caches_decides() {
    // O2: three caches with a stream of replays each.
    let played = play(
        r"
revdrill: 1
teaches: The slowest cache decides, not the average one.
horizon: 301s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  slow:   { asks: idp, cache: { ttl: 5m } }
  medium: { asks: idp, cache: { ttl: 60s } }
  quick:  { asks: idp, cache: { ttl: 30s } }
attacker:
  steals: token
  replays:
    - { arrivals: poisson 0.02/s, targets: slow }
    - { arrivals: poisson 0.1/s, targets: medium }
    - { arrivals: poisson 0.5/s, targets: quick }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let truth = truth("O2");
    judge("O2", |checks| {
        truth.compare_played(checks, &played);
        accepts(checks, &truth, &played);
    });
}

#[test]
fn four_replicas_with_a_cache_each_hold_the_door_longer_than_one() {
    // O3: 0.5 replays a second, spread at random over four replicas.
    let played = play(
        r"
revdrill: 1
teaches: Every replica has its own memory.
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s }, replicas: 4, balance: random } }
attacker: { steals: token, replays: { arrivals: poisson 0.5/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let truth = truth("O3");
    judge("O3", |checks| {
        truth.compare_played(checks, &played);
        accepts(checks, &truth, &played);
    });
}

#[test]
fn fifty_pollers_learn_as_late_as_the_unluckiest() {
    // O5a: every 300 s, 0.5 s to the issuer and 1.5 s back; only the way back adds.
    let played = play(
        r"
revdrill: 1
teaches: The way to the issuer costs nothing, the way back does.
horizon: 302s after revocation
credentials: { token: { kind: self_contained, issuer: idp, lifetime: forever } }
channels: { list: { kind: status_list, every: 5m, request_leg: 500ms, response_leg: 1500ms } }
verifiers: { api: { replicas: 50, hears: { list: deny } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("O5a", |checks| truth("O5a").compare_played(checks, &played));
}

#[test]
fn a_poll_that_fails_waits_a_whole_period() {
    // O5c: every 60 s, one poll in twenty fails, the old list is used on.
    let played = play(
        r"
revdrill: 1
teaches: A failed poll costs a period.
horizon: 20m after revocation
credentials: { token: { kind: self_contained, issuer: idp, lifetime: forever } }
channels: { list: { kind: status_list, every: 60s, loss: 5% } }
verifiers: { api: { hears: { list: deny } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("O5c", |checks| truth("O5c").compare_played(checks, &played));
}

const PUSHED: &str = r"
revdrill: 1
teaches: Whether one message in a hundred is lost decides about the 99th percentile.
start: saturated
horizon: 301s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { bus: { kind: set_push, delay: exponential(mean=500ms), loss: LOSS } }
verifiers: { api: { asks: idp, cache: { ttl: 5m }, hears: { bus: evict } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
";

#[test]
fn a_push_that_is_rarely_lost_decides_the_99th_percentile() {
    // O6a with a loss of 0.5 %.
    let played = play(&PUSHED.replace("LOSS", "0.5%"));
    judge("O6a rare", |checks| truth("O6a-rare").compare_played(checks, &played));
}

#[test]
fn a_push_that_is_lost_more_often_leaves_the_99th_percentile_to_the_cache() {
    // O6a with a loss of 2 %.
    let played = play(&PUSHED.replace("LOSS", "2%"));
    judge("O6a common", |checks| truth("O6a-common").compare_played(checks, &played));
}

#[test]
fn the_last_accepted_replay_under_a_push_is_its_own_law() {
    // O6b: replays at 0.1/s, loss 5 %, mean delay 2 s.
    let played = play(
        r"
revdrill: 1
teaches: Most often nobody replays before the push arrives.
horizon: 301s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { bus: { kind: set_push, delay: exponential(mean=2s), loss: 5% } }
verifiers: { api: { asks: idp, cache: { ttl: 5m }, hears: { bus: evict } } }
attacker: { steals: token, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("O6b", |checks| truth("O6b").compare_played(checks, &played));
}

#[test]
fn a_push_that_is_tried_again_and_again_arrives_on_the_grid_of_its_retries() {
    // O6c: loss 20 %, retries after 1, 2, 4, ... s, 50 ms under way, cache of an hour.
    let played = play(
        r"
revdrill: 1
teaches: At least once turns losses into delays.
start: saturated
horizon: 1h after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { bus: { kind: set_push, delay: 50ms, loss: 20%, delivery: at_least_once, retry: { first: 1s, factor: 2 } } }
verifiers: { api: { asks: idp, cache: { ttl: 1h }, hears: { bus: evict } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("O6c", |checks| truth("O6c").compare_played(checks, &played));
}

#[test]
fn a_token_that_nobody_asks_about_lives_to_its_end_and_the_leeway() {
    // O7a: 15 minutes, a minute of leeway, any age at the revocation.
    let played = play(
        r"
revdrill: 1
teaches: Revoking a self-contained token changes nothing where nobody hears of it.
horizon: 17m after revocation
credentials: { token: { kind: self_contained, issuer: idp, lifetime: 15m, leeway: 60s } }
verifiers: { api: {} }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("O7a", |checks| truth("O7a").compare_played(checks, &played));
}

#[test]
fn a_chain_of_detection_and_approval_races_the_first_use() {
    // O9a: means of 600 s and 300 s against a first use after 1800 s on average.
    let played = play(
        r"
revdrill: 1
teaches: Whoever is first decides whether there is anything to contain.
horizon: 61s after revocation
give_up_after: 1d
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, first_try: exponential(mean=30m), replays: { arrivals: poisson 10/h } }
defender: { detects: exponential(mean=10m), approves: exponential(mean=5m), playbook: { revoke: token } }
",
    );
    let truth = truth("O9a");
    judge("O9a", |checks| {
        truth.compare_played(checks, &played);
        let first = played.share("revoked_before_first_use");
        checks.share("revoked before first use", first, truth.figure("P_revoke_first"));
    });
}

#[test]
fn a_drill_that_asks_whether_it_still_works_lengthens_its_own_window() {
    // O11a: a probe at the instant before the revocation loads an entry that may not have been there.
    let played = play(
        r"
revdrill: 1
teaches: Asking changes the answer.
start: preprobed
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s } } }
attacker: { steals: token, replays: { arrivals: poisson 0.02/s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    judge("O11a", |checks| truth("O11a").compare_played(checks, &played));
}
