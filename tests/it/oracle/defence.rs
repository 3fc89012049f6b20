//! Who is first: detection, decision and playbook against the attacker.

use super::acceptance::judge;
use super::drill::play;
use super::law::{Law, integral};
use revdrill::metric::observation::Observation;

const RACE: &str = r"
revdrill: 1
teaches: Whoever is first decides whether there is anything to contain.
horizon: 61s after revocation
give_up_after: 1h
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
issuers: { idp: {} }
copies: { log: { of: token, found_after: FOUND } }
verifiers: { api: { asks: idp } }
attacker: { steals: log, first_try: TRIED, replays: { arrivals: poisson 1/h } }
defender: { detects: DETECTED, playbook: { revoke: token } }
";

fn race(found: &str, tried: &str, detected: &str) -> String {
    RACE.replace("FOUND", found).replace("TRIED", tried).replace("DETECTED", detected)
}

#[test]
fn finding_and_trying_both_take_time() {
    // Revoked first with P(D < F + X): 1 - P(D > F) P(D - F > X), memoryless: with rates d, f, x of 1/300, 1/400, 1/200,
    // P(D > F + X) = f / (f + d) x / (x + d).
    let played = play(&race("exponential(mean=400s)", "exponential(mean=200s)", "exponential(mean=300s)"));
    let (d, f, x) = (1.0 / 300.0, 1.0 / 400.0, 1.0 / 200.0);
    judge("found, then tried", |checks| {
        let first = played.share("revoked_before_first_use");
        checks.share("revoked before first use", first, 1.0 - f / (f + d) * x / (x + d));
    });
}

#[test]
fn the_sooner_of_two_copies_is_the_one_that_counts() {
    // Two copies found after 600 s and 300 s on average, tried at once: found at 1/200 s, against a detection at 1/300 s.
    let text = race("exponential(mean=600s)", "0s", "exponential(mean=300s)");
    let text = text.replace("copies: {", "copies: { mail: { of: token, found_after: exponential(mean=300s) },");
    let played = play(&text.replace("steals: log", "steals: [log, mail]"));
    judge("two copies", |checks| {
        let (found, detected) = (1.0 / 200.0, 1.0 / 300.0);
        let first = played.share("revoked_before_first_use");
        checks.share("revoked before first use", first, detected / (found + detected));
    });
}

#[test]
fn what_is_never_detected_is_never_revoked_and_never_contained() {
    // One in ten is never detected. Who is detected is revoked however late that is: `give_up_after` is for the others.
    let played = play(&race("0s", "0s", "mixture(90% exponential(mean=10m) | 10% never)"));
    let (contained, of) = played.share("contained");
    judge("never detected", |checks| {
        checks.share("never revoked", played.share("never_revoked"), 0.1);
        checks.share("not contained", (of - contained, of), 0.1);
        checks.share("race lost for good", played.share("revoked_before_first_use"), 0.0);
    });
}

#[test]
fn a_refused_revocation_is_tried_again() {
    // Each attempt takes 10 s; it is carried out with 80 % and refused with 25 %, so that 60 % succeed: the n-th at 10 n,
    // up to 4; 0.4^4 never.
    let text = race("0s", "0s", "0s").replace("idp: {}", "idp: { revocation: { refuses: 25% } }");
    let played = play(&text.replace("revoke: token", "revoke: token, takes: 10s, succeeds: 80%, retries: 3"));
    let revoked = played.share("revoked");
    let at = |seconds: i64| {
        let value = Observation::Value(seconds * 1_000_000_000);
        let count = played.observed("time_to_revoke").iter().filter(|found| **found == value).count();
        (count as u64, revoked.1)
    };
    judge("retries", |checks| {
        for (attempt, seconds) in [(0, 10), (1, 20), (2, 30), (3, 40)] {
            checks.share(&format!("after {seconds} s"), at(seconds), 0.6 * 0.4_f64.powi(attempt));
        }
        checks.share("never", (revoked.1 - revoked.0, revoked.1), 0.4_f64.powi(4));
    });
}

#[test]
fn a_revocation_that_changes_nothing_contains_nothing() {
    // Ineffective with 5 %: then the door stays open to the horizon; else it is shut at once, as nothing is cached.
    let played = play(&race("0s", "0s", "0s").replace("idp: {}", "idp: { revocation: { ineffective: 5% } }"));
    let (contained, of) = played.share("contained");
    judge("ineffective", |checks| checks.share("not contained", (of - contained, of), 0.05));
}

#[test]
fn the_slowest_read_replica_is_open_longest() {
    // Three read replicas behind by U(0, 10 s) each, and no cache: the window is the largest, F(t) = (t / 10)^3. A replay goes
    // to any of them: accepted at t with P(lag > t) = 1 - t / 10, so lam x 5 s of them on average, at 0.5/s.
    let text = race("0s", "0s", "0s").replace("idp: {}", "idp: { read_replicas: 3, read_lag: 0s..10s }");
    let played = play(&text.replace("first_try: 0s, ", "").replace("poisson 1/h", "poisson 0.5/s"));
    judge("read lag", |checks| {
        let law = Law::up_to(10.0, |t| 1.0 - (t / 10.0).powi(3));
        checks.law("window", &played.values("time_to_contain"), &law);
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 2.5);
    });
}

#[test]
fn a_cache_before_a_read_replica_keeps_what_that_says() {
    // The replica says yes for 4 s more; the window of a cache (T = 60 s, 0.1/s) begins only then: 4 s + U(0, 60 s) with 6/7, else
    // 4 s. Accepted replays: those of the 4 s, and those that the classical formula counts from there.
    let text = race("0s", "0s", "0s").replace("idp: {}", "idp: { read_lag: 4s }").replace("61s after", "65s after");
    let text = text.replace("asks: idp", "asks: idp, cache: { ttl: 60s }").replace("first_try: 0s, ", "");
    let played = play(&text.replace("poisson 1/h", "poisson 0.1/s"));
    judge("read lag before a cache", |checks| {
        let law = Law::up_to(64.0, |t| if t < 4.0 { 1.0 } else { (64.0 - t) / 70.0 });
        checks.law("window", &played.values("time_to_contain"), &law);
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 0.4 + 0.01 * 3_600.0 / 14.0);
    });
}

#[test]
fn time_from_compromise_adds_up_to_its_parts() {
    // Detected after Exp(100 s), triaged in 30 s, approved in 0 s..60 s, carried out in 10 s; a saturated cache of 60 s.
    let text = race("0s", "0s", "exponential(mean=100s), triages: 30s, approves: 0s..60s");
    let text =
        text.replace("revoke: token", "revoke: token, takes: 10s").replace("horizon", "start: saturated\nhorizon");
    let played = play(&text.replace("asks: idp", "asks: idp, cache: { ttl: 60s }"));
    judge("parts of the time", |checks| {
        checks.law("detected", &played.values("time_to_detect"), &Law::beyond(3_000.0, |t| (-t / 100.0).exp()));
        // D + U(0, 60 s) + 40 s: P(D > t - 40 - v) averaged over v.
        let law =
            Law::beyond(3_000.0, |t| integral(0.0, 60.0, 120, |v| (-(t - 40.0 - v).max(0.0) / 100.0).exp()) / 60.0);
        checks.law("revoked", &played.values("time_to_revoke"), &law.coarse(20_000));
        checks.mean("from compromise", &played.values("time_to_contain_from_compromise"), 100.0 + 40.0 + 30.0 + 30.0);
        checks.mean("from detection", &played.values("time_to_contain_from_detection"), 40.0 + 30.0 + 30.0);
    });
}

#[test]
fn disabling_a_subject_revokes_all_that_it_has() {
    // The stolen token belongs to a subject of which another credential is disabled: shut within the cache all the same.
    let text = race("0s", "0s", "0s").replace("asks: idp", "asks: idp, accepts: token, cache: { ttl: 60s }");
    let text = text.replace(
        "token: { kind: opaque, issuer: idp, lifetime: forever }",
        "token: { kind: opaque, issuer: idp, lifetime: forever, subject: robot }, other: { kind: opaque, issuer: idp, lifetime: forever, subject: robot }",
    );
    let text = text.replace("revoke: token", "disable_subject: other").replace("horizon", "start: saturated\nhorizon");
    let text = text.replace("api: {", "old: { asks: idp, accepts: other }, api: {");
    let played = play(&text);
    judge("disabled subject", |checks| {
        checks.law("window", &played.values("time_to_contain"), &Law::up_to(60.0, |t| 1.0 - t / 60.0));
    });
}

#[test]
fn the_second_target_is_reached_one_request_after_the_first() {
    // Two targets in turn, nothing cached: elsewhere is reached at F + E, first try F ~ Exp(200 s), next request E ~ Exp(100 s);
    // contained before with P(D < F + E) = 1 - x / (x + d) l / (l + d), detection D ~ Exp(300 s).
    let text = race("0s", "exponential(mean=200s)", "exponential(mean=300s)").replace("poisson 1/h", "poisson 0.01/s");
    let played = play(&text.replace("api: { asks: idp }", "a: { asks: idp }, b: { asks: idp }"));
    let (x, l, d) = (1.0 / 200.0, 0.01, 1.0 / 300.0);
    judge("elsewhere", |checks| {
        let won = played.share("contained_before_reuse_elsewhere");
        checks.share("contained before reuse elsewhere", won, 1.0 - x / (x + d) * l / (l + d));
    });
}

#[test]
fn a_roaming_thief_reaches_targets_as_a_collector_does() {
    // The first request, at once, reaches one of 5 targets; each other is reached at 0.01/s / 5 = 1/500 s before the revocation at
    // D ~ Exp(300 s) with (1/500) / (1/500 + 1/300) = 3/8: 1 + 4 x 3/8 of them.
    let text = race("0s", "0s", "exponential(mean=300s)").replace("poisson 1/h", "poisson 0.01/s, order: roam");
    let text = text.replace("api: { asks: idp }", "api: { asks: idp, fronts: [a, b, c, d, e] }");
    let played = play(&text);
    judge("blast radius", |checks| {
        checks.mean_count("targets", &played.values("blast_radius"), 2.5);
        checks.mean_count("after", &played.values("blast_radius_after_revocation"), 0.0);
    });
}
