//! The defender through the language: how it comes to know, and what the steps of its playbook do and wait for.

use super::acceptance::judge;
use super::drill::play;
use super::law::Law;
use revdrill::metric::observation::Observation;

/// A token that is asked about at every request, so that nothing but the defender takes time.
const TEXT: &str = r"
revdrill: 1
teaches: Who knows, and what is done then.
horizon: 1s after revocation
give_up_after: 2h
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
copies: { log: { of: token, found_after: exponential(mean=50s) } }
verifiers: { api: { asks: idp } }
attacker: { steals: STOLEN, FIRST_TRYreplays: { arrivals: poisson 0.1/s } }
defender: { DEFENDER, playbook: { revoke: token } }
";

/// Who finds a copy begins then; who has the token itself has always been there.
fn text(stolen: &str) -> String {
    let first_try = if stolen == "token" { "" } else { "first_try: 0s, " };
    TEXT.replace("STOLEN", stolen).replace("FIRST_TRY", first_try)
}

fn defended(stolen: &str, defender: &str) -> super::drill::Played {
    play(&text(stolen).replace("DEFENDER", defender))
}

#[test]
fn the_request_that_gives_the_thief_away_comes_after_an_exponential_time() {
    // Poisson requests at 0.1/s, each of which tells with 5 %, are thinned to one in 200 s; beside a law of 100 s on
    // average the sooner of both comes after 1 / (1/200 + 1/100) s = 66.7 s; a delay of 30 s is added to the first.
    let exponential = |mean: f64| Law::beyond(40.0 * mean, move |t| (-t / mean).exp());
    let alone = defended("token", "detects: { by: requests, chance: 5% }");
    let raced = defended("token", "detects: { by: requests, chance: 5%, otherwise: exponential(mean=100s) }");
    let later = defended("token", "detects: { by: requests, chance: 5%, takes: 30s }");
    judge("signals of requests", |checks| {
        checks.law("alone", &alone.values("time_to_detect"), &exponential(200.0));
        checks.law("revoked at once", &alone.values("time_to_revoke"), &exponential(200.0));
        checks.law("beside a law", &raced.values("time_to_revoke"), &exponential(200.0 / 3.0));
        checks.mean("after a delay", &later.values("time_to_detect"), 230.0);
    });
}

#[test]
fn a_canary_tells_when_its_copy_is_taken_or_not_at_all() {
    // With 25 % after Exp(50 s), if that is sooner than 600 s, else after 600 s: 12.5 (1 - e^-12) + 0.75 x 600 s.
    let played = defended("log", "detects: { by: canary on log, chance: 25%, otherwise: 10m }");
    judge("canary", |checks| {
        let detected = played.values("time_to_detect");
        checks.mean("detected", &detected, 12.5 * (1.0 - (-12.0_f64).exp()) + 450.0);
        let survival = |t: f64| 0.25 * (-t / 50.0).exp() + 0.75;
        let places: Vec<(f64, f64)> = [1.0, 30.0, 100.0, 599.0].map(|t| (t, 1.0 - survival(t))).to_vec();
        checks.cdf("detected", &detected, &places);
        checks.largest("detected", &detected, 600.0);
    });
}

#[test]
fn what_is_missed_is_never_revoked() {
    let played = defended("token", "detects: 10s, misses: 20%");
    judge("misses", |checks| checks.share("revoked", played.share("revoked"), 0.8));
}

#[test]
fn a_false_alarm_revokes_by_luck() {
    // Alarms once in 1000 s race a detection after Exp(500 s): first in 1 of 3 cases, the sooner of both after 333.3 s.
    let played = defended("token", "detects: exponential(mean=500s), false_alarms: poisson 1/1000s");
    judge("false alarms", |checks| {
        checks.share("by luck", played.share("revoked_by_luck"), 1.0 / 3.0);
        let raced = Law::beyond(12_000.0, |t| (-t * 0.003).exp());
        checks.law("revoked", &played.values("time_to_revoke"), &raced);
    });
}

#[test]
fn sums_of_lognormals_have_the_sum_of_means_and_variances() {
    // p95 = 2 p50: sigma = ln 2 / 1.6448536. Mean p50 e^(s^2/2), variance mean^2 (e^(s^2) - 1), for medians of 4, 2, 1 min.
    let text = text("token").replace("{ revoke: token }", "{ revoke: token, takes: lognormal(p50=1m p95=2m) }");
    let played =
        play(&text.replace("DEFENDER", "detects: lognormal(p50=4m p95=8m), approves: lognormal(p50=2m p95=4m)"));
    let s2 = (2.0_f64.ln() / 1.644_853_627).powi(2);
    let means = [240.0, 120.0, 60.0].map(|median| median * (s2 / 2.0).exp());
    let variance: f64 = means.iter().map(|mean| mean * mean * (s2.exp() - 1.0)).sum();
    let each: Vec<f64> = played.each("time_to_revoke").into_iter().map(|nanos| nanos as f64 / 1e9).collect();
    judge("sum of lognormals", |checks| {
        let mean: f64 = means.iter().sum();
        checks.mean("time to revoke", &played.values("time_to_revoke"), mean);
        // The mean of (x - mean)^2, within four of its own standard errors.
        let squares: Vec<f64> = each.iter().map(|x| (x - mean).powi(2)).collect();
        let n = squares.len() as f64;
        let found = squares.iter().sum::<f64>() / n;
        let error = (squares.iter().map(|one| (one - found).powi(2)).sum::<f64>() / n / n).sqrt();
        let z = (found - variance) / error;
        checks.holds("variance", z.abs() < 4.0, &format!("{found} for {variance}, z {z}"));
    });
}

#[test]
fn what_follows_a_block_waits_for_its_slowest_branch() {
    // One step of Exp(100 s) beside two in order of Exp(50 s) each: F = (1 - e^(-t/100)) (1 - e^(-t/50) (1 + t/50)).
    let text = text("token").replace("DEFENDER", "detects: 0s");
    let text = text.replace("{ asks: idp }", "{ asks: idp, cache: { ttl: 1s } }").replace(
        "{ revoke: token }",
        "[ { at_once: [ { purge: api, takes: exponential(mean=100s) }, { in_order: [ \
         { purge: api, takes: exponential(mean=50s) }, { purge: api, takes: exponential(mean=50s) } ] } ] }, { revoke: token } ]",
    );
    let played = play(&text);
    let slower =
        Law::beyond(3_000.0, |t| 1.0 - (1.0 - (-t / 100.0).exp()) * (1.0 - (-t / 50.0).exp() * (1.0 + t / 50.0)));
    judge("at once", |checks| checks.law("revoked", &played.values("time_to_revoke"), &slower));
}

/// Entries that are renewed the instant they end, until the revocation: each has a uniform age then.
const SATURATED: &str = r"
revdrill: 1
teaches: What helps beside a revocation.
start: saturated
horizon: 301s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { bus: { kind: set_push, delay: 0s, loss: 50% } }
verifiers: { api: { asks: idp, cache: { ttl: 300s }, REPLICAS } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: [ { revoke: token }, STEP ] }
";

#[test]
fn a_purge_ends_every_entry_and_one_that_reaches_a_single_replica_ends_half_of_them() {
    // Emptied after 20 s: min(U(0, 300), 20). At one of two replicas only, the other lasts on: 1 - (t/300)^2, then 1 - t/300.
    let all = play(&SATURATED.replace("REPLICAS", "replicas: 1").replace("STEP", "{ purge: api, takes: 20s }"));
    let one = SATURATED.replace("REPLICAS", "replicas: 2");
    let one = play(&one.replace("STEP", "{ purge: api, takes: 20s, reaches: one_replica }"));
    let cut = Law::up_to(20.0, |t| 1.0 - t / 300.0);
    let half = Law::up_to(300.0, |t| 1.0 - if t < 20.0 { (t / 300.0).powi(2) } else { t / 300.0 });
    judge("purge", |checks| {
        checks.law("all", &all.values("time_to_contain"), &cut);
        checks.law("one of two", &one.values("time_to_contain"), &half);
    });
}

#[test]
fn news_that_is_pushed_again_has_luck_of_its_own() {
    // Half of the messages are lost: 1/2 at once, 1/4 after 10 s, 1/4 by the end of the entry.
    let text = SATURATED.replace("REPLICAS", "hears: { bus: evict }").replace("STEP", "{ push: bus, takes: 10s }");
    let played = play(&text);
    let law = Law::up_to(300.0, |t| (1.0 - t / 300.0) * if t < 10.0 { 0.5 } else { 0.25 });
    judge("push again", |checks| checks.law("contained", &played.values("time_to_contain"), &law));
}

const NETWORK: &str = r"
revdrill: 1
teaches: A network can be blocked, unless the thief comes from elsewhere.
horizon: 100s after revocation
credentials: { token: { kind: self_contained, issuer: idp, lifetime: forever } }
verifiers: { api: { checks: itself } }
attacker: { steals: token, CHANGES replays: { arrivals: poisson 1/s } }
defender: { detects: 10s, playbook: [ { revoke: token }, STEP ] }
";

#[test]
fn a_blocked_network_shuts_everything_unless_the_thief_comes_from_elsewhere() {
    let text = NETWORK.replace("CHANGES", "changes_address: 40%,");
    let played = play(&text.replace("STEP", "{ block_network: all, takes: 30s }"));
    judge("block", |checks| {
        checks.share("contained", played.share("contained"), 0.6);
        let at = |observation: &Observation| matches!(observation, Observation::Value(30_000_000_000));
        let shut = played.observed("time_to_contain").iter().filter(|one| at(one)).count() as u64;
        checks.holds("after 30 s", shut == played.share("contained").0, &format!("{shut}"));
    });
}

#[test]
fn a_block_of_three_quarters_lets_a_quarter_through() {
    // 1/s over 100 s, of which 25 % come through.
    let played = play(&NETWORK.replace("CHANGES", "").replace("STEP", "{ block_network: 75% }"));
    judge("partial block", |checks| {
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 25.0);
        checks.share("contained", played.share("contained"), 0.0);
    });
}
