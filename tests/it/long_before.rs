//! What has run for ever when a trial begins stands as it would at any later moment.
//!
//! Two samples of `n` trials each, with seeds of their own: by chance their distributions lie further apart than
//! `1.95 sqrt(2 / n)` once in a thousand times (Kolmogorov and Smirnov).

use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Engine, Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::scenario::load::{Input, load};
use revdrill::scenario::objectives::Catalogue;

/// Seconds from the revocation until every door is shut, in order.
fn times_to_contain(text: String, trials: u64, seed: u64) -> Vec<f64> {
    let input = Input::Text { name: "long before".into(), text, folder: None };
    let scenario = load(&input, &[], &Catalogue).unwrap_or_else(|faults| panic!("{faults:?}")).scenario;
    let plan = Plan::new(&scenario.system);
    let mut player = Player::with_engine(&plan, Engine::Auto);
    let found = |trial| {
        let ledger = player.play(Seed(seed), trial, Requests::Counted).0;
        ledger.whole.closed_at.zip(ledger.revoked_at).map(|(closed, revoked)| closed.since(revoked).seconds())
    };
    let mut times: Vec<f64> = (0..trials).filter_map(found).collect();
    // All are contained but those in which the credential expires first.
    assert!(times.len() as u64 > trials / 20 * 19, "{} of {trials}", times.len());
    times.sort_by(f64::total_cmp);
    times
}

/// The greatest distance of two empirical distributions.
fn distance(one: &[f64], other: &[f64]) -> f64 {
    let share = |of: &[f64], at: f64| of.partition_point(|time| *time <= at) as f64 / of.len() as f64;
    one.iter().chain(other).map(|at| (share(one, *at) - share(other, *at)).abs()).fold(0.0, f64::max)
}

fn limit(trials: u64) -> f64 {
    1.95 * (2.0 / trials as f64).sqrt()
}

#[test]
fn entries_that_are_dealt_out_stand_at_the_start_as_ever_after() {
    // Four replicas in turn, and three verifiers in turn: entries that were filled one after the other drift apart slowly.
    // Days later they stand as at the start, however long that took.
    let replicas = |at: &str| {
        format!(
            "revdrill: 1\nteaches: x\nhorizon: 10m after revocation\n\
             credentials: {{ tok: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
             verifiers:\n  a: {{ asks: idp, cache: {{ ttl: 5m }}, replicas: 4, balance: round_robin, fronts: [x] }}\n\
             attacker: {{ steals: tok, first_try: {at}, replays: {{ arrivals: poisson 1/s }} }}\n\
             lawful: {{ shop: {{ uses: tok, sends: poisson 0.16/s }} }}\n\
             defender: {{ detects: {at}, playbook: [ {{ revoke: tok }} ] }}\n"
        )
    };
    let verifiers = |at: &str| {
        format!(
            "revdrill: 1\nteaches: x\nhorizon: 10m after revocation\n\
             credentials: {{ tok: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
             verifiers:\n  a: {{ asks: idp, cache: {{ ttl: 3m }}, fronts: [x] }}\n  \
             b: {{ asks: idp, cache: {{ ttl: 2m }}, fronts: [y] }}\n  c: {{ asks: idp, cache: {{ ttl: 5m }}, fronts: [z] }}\n\
             attacker: {{ steals: tok, first_try: {at}, replays: {{ arrivals: poisson 1/s, order: enumerate }} }}\n\
             lawful: {{ shop: {{ uses: tok, sends: poisson 0.1/s, order: enumerate }} }}\n\
             defender: {{ detects: {at}, playbook: [ {{ revoke: tok }} ] }}\n"
        )
    };
    // One source, two credentials: each fills entries of its own, in the same turn.
    let credentials = |at: &str| {
        format!(
            "revdrill: 1\nteaches: x\nhorizon: 10m after revocation\n\
             credentials:\n  one: {{ kind: opaque, issuer: idp, lifetime: forever }}\n  \
             two: {{ kind: opaque, issuer: idp, lifetime: forever }}\n\
             verifiers:\n  a: {{ asks: idp, accepts: one, cache: {{ ttl: 5m }}, fronts: [x] }}\n  \
             b: {{ asks: idp, accepts: two, cache: {{ ttl: 5m }}, fronts: [y] }}\n\
             attacker: {{ steals: [one, two], first_try: {at}, replays: {{ arrivals: poisson 1/s }} }}\n\
             lawful: {{ shop: {{ uses: [one, two], sends: poisson 0.02/s, order: enumerate }} }}\n\
             defender: {{ detects: {at}, playbook: [ {{ revoke: one }}, {{ revoke: two }} ] }}\n"
        )
    };
    let trials = 30_000;
    for text in [&replicas as &dyn Fn(&str) -> String, &verifiers, &credentials] {
        let (now, later) = (times_to_contain(text("0s"), trials, 1), times_to_contain(text("8h"), trials, 2));
        let apart = distance(&now, &later);
        assert!(apart <= limit(trials), "{apart}");
    }
}

#[test]
fn what_is_warmed_up_stands_at_the_start_nearly_as_ever_after() {
    // A scrape of each of twenty every 15 s, nearly. After 8 to 16 lives of entries a tenth of the trials would still lie
    // elsewhere.
    let scraped = |at: &str| {
        format!(
            "revdrill: 1\nteaches: x\nhorizon: 5m after revocation\n\
             credentials: {{ tok: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
             verifiers:\n  \
             a: {{ asks: idp, cache: {{ ttl: 2m }}, replicas: 20, balance: round_robin, fronts: [x] }}\n\
             attacker: {{ steals: tok, first_try: {at}, replays: {{ arrivals: poisson 1/m }} }}\n\
             lawful: {{ prometheus: {{ uses: tok, sends: paced 80/m jitter=20% }} }}\n\
             defender: {{ detects: {at}, playbook: [ {{ revoke: tok }} ] }}\n"
        )
    };
    let trials = 3_000;
    let (now, later) = (times_to_contain(scraped("0s"), trials, 1), times_to_contain(scraped("2h"), trials, 2));
    let apart = distance(&now, &later);
    assert!(apart <= limit(trials), "{apart}");
}

/// A drill over one token and one verifier; `more` are further lines, `at` is when it begins.
fn plain(verifier: &str, lawful: &str, more: &str, at: &str) -> String {
    format!(
        "revdrill: 1\nteaches: x\nhorizon: 5m after revocation\n{more}\n\
         verifiers: {{ a: {{ asks: idp, {verifier}, fronts: [x] }} }}\n\
         attacker: {{ steals: tok, first_try: {at}, replays: {{ arrivals: poisson 1/s }} }}\n\
         lawful: {lawful}\ndefender: {{ detects: {at}, playbook: [ {{ revoke: tok }} ] }}\n"
    )
}

const FOR_EVER: &str = "credentials: { tok: { kind: opaque, issuer: idp, lifetime: forever } }";

#[test]
fn outages_have_struck_before_as_they_do_after() {
    let faults = format!("{FOR_EVER}\nfaults: {{ f0: {{ part: idp, mtbf: 60s, mttr: 30s }} }}");
    for verifier in ["cache: { ttl: 30s }", "cache: { ttl: 40s }, replicas: 4, balance: round_robin"] {
        let text = |at| plain(verifier, "{ shop: { uses: tok, sends: poisson 0.5/s } }", &faults, at);
        let trials = 4_000;
        let apart = distance(&times_to_contain(text("0s"), trials, 1), &times_to_contain(text("1h"), trials, 2));
        assert!(apart <= limit(trials), "{verifier}: {apart}");
    }
}

#[test]
fn what_is_trusted_while_it_is_new_was_not_asked_for_before_the_trial_either() {
    // 35 s old at the revocation and trusted for 40 s, whether it was issued at the start or before it: 5 s are left. At 50 s
    // an entry is at most 10 s old.
    for verifier in ["cache: { ttl: 40s }", "cache: { ttl: 40s }, replicas: 4, balance: round_robin"] {
        for (age, at, begun) in [("35s", "35s", "0s"), ("45s", "50s", "5s")] {
            let text = |age: &str, at: &str| {
                let token =
                    format!("credentials: {{ tok: {{ kind: opaque, issuer: idp, lifetime: 10m, age: {age} }} }}");
                plain(
                    &format!("trusts_new_for: 40s, {verifier}"),
                    "{ shop: { uses: tok, sends: poisson 0.3/s } }",
                    &token,
                    at,
                )
            };
            let trials = 4_000;
            let apart =
                distance(&times_to_contain(text("0s", at), trials, 1), &times_to_contain(text(age, begun), trials, 2));
            assert!(apart <= limit(trials), "{verifier} {at}: {apart}");
        }
    }
}

#[test]
fn rare_requests_disturb_the_turn_of_those_that_keep_their_distance() {
    let lawful = "{ s1: { uses: tok, sends: paced 20/m }, s2: { uses: tok, sends: poisson 1/m } }";
    let text = |at| plain("cache: { ttl: 40s }, replicas: 4, balance: round_robin", lawful, FOR_EVER, at);
    let trials = 3_000;
    let apart = distance(&times_to_contain(text("0s"), trials, 1), &times_to_contain(text("3h"), trials, 2));
    assert!(apart <= limit(trials), "{apart}");
}

#[test]
fn a_warm_up_leaves_nothing_of_a_credential_from_before_its_issue() {
    // An entry that lives 100.5 s and then to the end of a second is warmed up; one of 101 s, the same on average, is not.
    // A credential of 3 min is on average 90 s old: counted from longer ago, entries would be 9 s older on average.
    let text = |ttl: &str, ends: &str| {
        format!(
            "revdrill: 1\nteaches: x\nhorizon: 10m after revocation\n\
             credentials: {{ tok: {{ kind: opaque, issuer: idp, lifetime: 3m }} }}\n\
             verifiers: {{ a: {{ asks: idp, cache: {{ ttl: {ttl}, ends: {ends} }}, fronts: [x] }} }}\n\
             attacker: {{ steals: tok, first_try: 1s, replays: {{ arrivals: poisson 1/s }} }}\n\
             lawful: {{ shop: {{ uses: tok, sends: poisson 0.2/s }} }}\n\
             defender: {{ detects: 3s, playbook: [ {{ revoke: tok }} ] }}\n"
        )
    };
    let trials = 10_000;
    let exact = times_to_contain(text("101s", "exact"), trials, 1);
    let rounded = times_to_contain(text("100500ms", "next_whole_second"), trials, 2);
    // Half a second more or less is 1 in 200 of an entry's life.
    let apart = distance(&exact, &rounded);
    assert!(apart <= limit(trials) + 0.005, "{apart}");
}

#[test]
fn a_response_is_kept_for_a_credential_only_since_its_issue() {
    // 30 s old at the revocation, whether it was issued at the start or before it: nothing that is kept is older, and of what
    // is kept for 60 s at least 30 s are left.
    let text = |age: &str, at: &str| {
        format!(
            "revdrill: 1\nteaches: x\nhorizon: 5m after revocation\n\
             credentials: {{ tok: {{ kind: opaque, issuer: idp, lifetime: 10m, age: {age} }} }}\n\
             verifiers:\n  cdn: {{ checks: nothing, cache: {{ holds: responses, ttl: 60s }} }}\n  \
             a: {{ asks: idp, behind: cdn, fronts: [x] }}\n\
             attacker: {{ steals: tok, first_try: {at}, replays: {{ arrivals: poisson 1/m }} }}\n\
             lawful: {{ shop: {{ uses: tok, sends: poisson 3/m }} }}\n\
             defender: {{ detects: {at}, playbook: [ {{ revoke: tok }} ] }}\n"
        )
    };
    let trials = 10_000;
    let (before, since) =
        (times_to_contain(text("30s", "0s"), trials, 1), times_to_contain(text("0s", "30s"), trials, 2));
    let apart = distance(&before, &since);
    assert!(apart <= limit(trials), "{apart}");
    assert!(before.iter().all(|left| *left == 0.0 || *left >= 30.0));
}
