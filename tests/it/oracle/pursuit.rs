//! What the attacker does with its first success, and where it is not let in whatever it holds.

use super::acceptance::judge;
use super::drill::{Played, play};
use revdrill::metric::observation::Observation;

/// A token that opens `api` for ever until it is revoked, and behind that the key of a database, which nobody revokes.
const PIVOT: &str = r"
revdrill: 1
teaches: What lies behind a door is found by who was let in.
horizon: 2h after revocation
credentials:
  token: { kind: opaque, issuer: idp, lifetime: forever }
  key:   { kind: opaque, issuer: idp, lifetime: forever }
copies: { in-config: { of: key, found_at: api, found_after: exponential(mean=60s), found: 80% } }
verifiers:
  api: { asks: idp, accepts: token }
  db:  { asks: idp, accepts: key }
attacker: { steals: [token, in-config], first_try: 0s, replays: { arrivals: poisson 0.1/s } }
defender: { detects: 100s, playbook: { revoke: token } }
";

#[test]
fn what_is_found_behind_a_door_opens_another_and_outlives_the_first() {
    // Let in at 0, it finds the key with 80 % after Exp(60 s). Only trials without it are ever contained: 20 %. Found after
    // the revocation, at 100 s, the key opens again what was shut: 80 % e^(-100 / 60).
    let played = play(PIVOT);
    judge("pivot", |checks| {
        checks.share("contained", played.share("contained"), 0.2);
        checks.mean_count("opened again", &played.values("reopenings"), 0.8 * (-100.0_f64 / 60.0).exp());
        let reached = played.values("blast_radius");
        checks.share("both doors", (reached.equal_to(2), reached.n()), 0.8);
    });
}

#[test]
fn an_attacker_that_has_always_been_there_has_long_found_what_lies_near() {
    let played = play(&PIVOT.replace("first_try: 0s, ", "").replace("found_after: exponential(mean=60s), ", ""));
    judge("standing", |checks| {
        checks.share("contained", played.share("contained"), 0.2);
        checks.mean_count("opened again", &played.values("reopenings"), 0.0);
    });
}

#[test]
fn a_copy_that_may_not_be_found_leaves_some_trials_without_an_attacker() {
    // Without `found_at`, a copy of the token itself: found with 30 % after Exp(50 s), before a revocation at 100 s with
    // 30 % (1 - e^-2), and used at once.
    let text = PIVOT
        .replace(
            "of: key, found_at: api, found_after: exponential(mean=60s), found: 80%",
            "of: token, found_after: exponential(mean=50s), found: 30%",
        )
        .replace("steals: [token, in-config]", "steals: in-config")
        .replace("  key:   { kind: opaque, issuer: idp, lifetime: forever }\n", "")
        .replace("  db:  { asks: idp, accepts: key }\n", "");
    let played = play(&text);
    judge("not always found", |checks| {
        let won = 1.0 - 0.3 * (1.0 - (-2.0_f64).exp());
        checks.share("revoked before first use", played.share("revoked_before_first_use"), won);
    });
}

/// An attacker that calls `sts` first, 10 s after the start, and begins 30 s after it was accepted there.
const VALIDATES: &str = r"
revdrill: 1
teaches: Whether it works is one call; what it is good for are many.
horizon: 10m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { sts: { asks: idp }, api: { asks: idp } }
attacker: { steals: token, first_try: 10s, validates: { at: sts, then: 30s }, replays: { arrivals: every 1s, targets: api } }
defender: { detects: DETECTS, playbook: { revoke: token } }
";

#[test]
fn one_call_tells_whether_the_rest_is_worth_it() {
    // Revoked at 5 s: the call at 10 s is refused, and nothing follows. At 20 s: accepted at `sts`, and the automation that
    // begins at 40 s is refused from the first of its requests, 581 to the end at 620 s. At 44.5 s: five of them accepted.
    let at = |detects: &str| play(&VALIDATES.replace("DETECTS", detects));
    let always = |played: &Played, metric: &str, value: i64| {
        let found = played.values(metric);
        (found.equal_to(value) == found.n(), format!("{metric}: {value} in {} of {}", found.equal_to(value), found.n()))
    };
    let cases = [("5s", 0, 1, 5_000_000_000), ("20s", 1, 581, 20_000_000_000), ("44500ms", 2, 600, 500_000_000)];
    for (detects, reached, rejected, next) in cases {
        let played = at(detects);
        judge(detects, |checks| {
            let (good, found) = always(&played, "blast_radius", reached);
            checks.holds("targets", good, &found);
            let (good, found) = always(&played, "rejected_after_revocation", rejected);
            checks.holds("rejected", good, &found);
            let (good, found) = always(&played, "time_to_next_replay", next);
            checks.holds("next replay", good, &found);
        });
    }
}

/// A token that lives for ever and is taken by whoever looks at it alone.
const CONTEXT: &str = r"
revdrill: 1
teaches: Where a request comes from tells a thief who holds the right token.
horizon: 100s after revocation
credentials: { token: { kind: self_contained, issuer: idp, lifetime: forever } }
verifiers: { api: { checks: itself, CHECKS } }
attacker: { steals: token, SEEN replays: { arrivals: poisson 0.5/s } }
defender: { detects: 10s, playbook: { revoke: token } }
";

#[test]
fn who_calls_from_elsewhere_is_not_let_in_whatever_it_holds() {
    // Inside with 30 %: then for ever, 0.5/s for 100 s; else never. Looked at twice, both must pass: 30 % of 40 %.
    let play = |checks: &str, seen: &str| play(&CONTEXT.replace("CHECKS", checks).replace("SEEN", seen));
    let network = play("checks_context: network", "inside: 30%,");
    let both = play("checks_context: [network, request]", "inside: 30%, imitates: 40%,");
    judge("context", |checks| {
        for (name, played, passes) in [("network", &network, 0.3), ("both", &both, 0.12)] {
            checks.share(name, played.share("contained"), 1.0 - passes);
            checks.share(name, played.share("no_replay_after_revocation"), 1.0 - passes * (1.0 - (-50.0_f64).exp()));
            checks.share(name, played.share("revoked_before_first_use"), 1.0 - passes);
            checks.mean_count(name, &played.values("accepted_after_revocation"), 50.0 * passes);
            let contained = played.observed("time_to_contain").iter().filter(|seen| **seen == Observation::Value(0));
            let never = played.share("contained").0;
            checks.holds(name, contained.count() as u64 == never, "contained at once or never");
        }
    });
}

#[test]
fn legacy_middleware_beside_a_check_of_the_network_is_the_way_round_it() {
    // Two ways to one target, each over a verifier of its own; only one looks at the network.
    let text = CONTEXT
        .replace("verifiers: { api: { checks: itself, CHECKS } }", "verifiers: { new: { checks: itself, checks_context: network }, old: { checks: itself }, api: { checks: itself, behind: [new, old] } }")
        .replace("SEEN", "");
    let played = play(&text);
    judge("way round", |checks| {
        checks.share("contained", played.share("contained"), 0.0);
        // Half of the requests go by either way.
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 25.0);
    });
}

const LAWFUL: &str = r"
revdrill: 1
teaches: Who is not in the map breaks first and is found late.
horizon: 4h after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
lawful: { app: { uses: token, sends: every 1s, replaced_after: 10m, mapped: 75%, turns_up_after: 1h } }
defender: { detects: 10s, playbook: { revoke: token } }
";

#[test]
fn a_dependency_that_nobody_mapped_is_out_until_it_turns_up() {
    // Refused from U(0, 1 s) on until 600 s, or with 25 % until 4200 s. That is 600 or 4200 refusals, one a second.
    let played = super::drill::play_trials(LAWFUL, 4_000);
    judge("unmapped", |checks| {
        let outage = played.values("lawful_outage");
        checks.mean("outage", &outage, 0.75 * 600.0 + 0.25 * 4200.0 - 0.5);
        let refused = played.values("collateral_rejections");
        checks.share("mapped", (refused.equal_to(600), refused.n()), 0.75);
        checks.share("found late", (refused.equal_to(4200), refused.n()), 0.25);
    });
}

/// An issuer whose clients all come back to it after a key was rotated.
const STORM: &str = r"
revdrill: 1
teaches: A new key brings everybody back at once.
horizon: 500s after revocation
credentials:
  token: { kind: self_contained, issuer: idp, lifetime: forever }
  ticket: { kind: opaque, issuer: idp, lifetime: forever }
issuers: { idp: { introspection: { servers: 2, service_time: 100ms, queue: 0, timeout: 10s } } }
channels: { jwks: { kind: key_rotation, from: idp, refetch: every 10m } }
verifiers:
  api: { checks: itself, accepts: token, hears: { jwks: refetch } }
  web: { asks: idp, accepts: ticket }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
lawful:
  others: { uses: 1800 other credentials, sends: poisson 1/h, to: api, signs_in_again: idp within 100s }
  app: { uses: ticket, sends: poisson 1/s, to: web }
defender: { detects: 100s, playbook: { rotate_key: jwks } }
objectives: [ mean(issuer_timeouts) <= 1000, mean(false_rejections) <= 1000 ]
";

#[test]
fn everybody_comes_back_at_once_and_the_issuer_refuses_who_asks_meanwhile() {
    // For 100 s there are 18 sign-ins and one question a second, 100 ms each, at two servers without a queue: a = 1.9 and
    // B = (a^2 / 2) / (1 + a + a^2 / 2); before and after it 1/s alone, a = 0.1. The client's questions that are lost are
    // refused: 100 B(1.9) + 500 B(0.1). The load is 1 + 1800 / 600 a second, and a fetch of keys every 10 min.
    let played = super::drill::play_trials(STORM, 4_000);
    let lost = |a: f64| a * a / 2.0 / (1.0 + a + a * a / 2.0);
    judge("storm", |checks| {
        let refused = 100.0 * lost(1.9) + 500.0 * lost(0.1);
        // A second after the storm, and before it, two servers are as busy as it left them: less than 0.2 refusals.
        let found = played.values("false_rejections");
        let mean = played.each("false_rejections").iter().sum::<i64>() as f64 / found.n() as f64;
        checks.holds(
            "refused",
            (mean - refused).abs() < 0.2 + 4.0 * (refused / found.n() as f64).sqrt(),
            &format!("{mean} for {refused}"),
        );
        checks.mean("load", &played.values("issuer_load"), 4.0 + 1.0 / 600.0);
    });
}

#[test]
fn a_door_behind_the_first_is_reuse_elsewhere() {
    // Nobody revokes for an hour: by then the key is found in 80 % of trials, and used within seconds.
    let played = play(&PIVOT.replace("detects: 100s", "detects: 1h"));
    judge("reuse elsewhere", |checks| {
        checks.share("contained before", played.share("contained_before_reuse_elsewhere"), 0.2);
    });
}
