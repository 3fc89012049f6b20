//! When the issuer, or what carries the news, is down.

use super::acceptance::judge;
use super::drill::play;
use super::law::Law;

const DOWN: &str = r"
revdrill: 1
teaches: An outage decides what a cached yes is worth.
horizon: 2m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, cache: { ttl: 60s }, when_issuer_down: POLICY } }
attacker: { steals: token, replays: { arrivals: poisson 0.05/s } }
faults: { down: { part: idp, from: FROM, for: 30s } }
defender: { detects: 10m, playbook: { revoke: token } }
";

fn down(policy: &str, from: &str) -> String {
    DOWN.replace("POLICY", policy).replace("FROM", from)
}

/// P(rest > y) of the entry at an instant that knows nothing of it, T = 60 s and lam = 0.05/s: uniform with 3/4; else it
/// ended Exp(20 s) ago, and its rest is negative.
fn rest(y: f64) -> f64 {
    if y >= 60.0 {
        0.0
    } else if y >= 0.0 {
        0.05 * (60.0 - y) / 4.0
    } else {
        (4.0 - (0.05 * y).exp()) / 4.0
    }
}

#[test]
fn an_outage_at_the_revocation_stretches_stale_entries_to_its_end() {
    // Down for D = 30 s from the revocation, stale for S = 20 s: with the rest r of the entry the door is open to
    // max(r, min(r + S, D), 0): beyond t if r > t - S while t < D, if r > t after it.
    let played = play(&down("stale for 20s", "0s after revocation"));
    let law = Law::up_to(60.0, |t| if t < 30.0 { rest(t - 20.0) } else { rest(t) });
    judge("stale during an outage", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn an_outage_that_began_before_has_kept_entries_from_being_renewed() {
    // Down from B = 10 s before to 20 s after: the rest r at its start has become r - B, and nothing was renewed since.
    let played = play(&down("stale for 20s", "10s before revocation"));
    let law = Law::up_to(50.0, |t| if t < 20.0 { rest(t + 10.0 - 20.0) } else { rest(t + 10.0) });
    judge("stale, outage from before", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn failing_open_holds_the_door_for_the_whole_outage() {
    // Open to max(r, D).
    let played = play(&down("fail_open", "0s after revocation"));
    let law = Law::up_to(60.0, |t| if t < 30.0 { 1.0 } else { rest(t) });
    judge("fail open", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn failing_closed_leaves_only_what_is_fresh() {
    // Down from 10 s before: only entries that were fresh then and live on. The law of the window is that of r - B; an outage
    // that fails closed shuts the door earlier than none at all.
    let played = play(&down("fail_closed", "10s before revocation"));
    let law = Law::up_to(50.0, |t| rest(t + 10.0));
    judge("fail closed", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn an_outage_after_the_revocation_opens_a_door_again_where_it_fails_open() {
    // Down from 70 s to 100 s after the revocation, when every entry has ended: shut at r, open again for those 30 s.
    let played = play(&down("fail_open", "70s after revocation"));
    judge("fail open again", |checks| {
        checks.mean("window", &played.values("time_to_contain"), 100.0);
        let reopened = played.values("reopenings");
        checks.share("opened again", (reopened.equal_to(1), reopened.n()), 1.0);
        checks.law("first shut", &played.values("first_contained"), &Law::up_to(60.0, rest));
        // E[r^+] = 0.05 x 60^2 / (2 x 4) = 22.5 s.
        checks.mean("open in all", &played.values("exposure_time"), 22.5 + 30.0);
    });
}

#[test]
fn a_cache_may_serve_stale_on_errors_by_itself() {
    // RFC 5861 section 4 in the cache is the same as a verifier that goes on with what it remembers.
    let text = down("fail_closed", "0s after revocation").replace("ttl: 60s", "ttl: 60s, stale_on_error: 20s");
    let played = play(&text);
    let law = Law::up_to(60.0, |t| if t < 30.0 { rest(t - 20.0) } else { rest(t) });
    judge("stale on error", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn polls_fail_while_the_issuer_is_down() {
    // Every 60 s, down for 90 s from the revocation: the first poll after that, 90 s + U(0, 60 s).
    let played = play(
        r"
revdrill: 1
teaches: An issuer that is down publishes nothing.
horizon: 3m after revocation
credentials: { token: { kind: self_contained, issuer: idp, lifetime: forever } }
channels: { list: { kind: status_list, every: 60s } }
verifiers: { api: { hears: { list: deny } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
faults: { down: { part: idp, from: 0s after revocation, for: 90s } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(150.0, |t| if t < 90.0 { 1.0 } else { (150.0 - t) / 60.0 });
    judge("polls during an outage", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_push_into_a_bus_that_is_down_is_lost_unless_it_is_tried_again() {
    // The bus is down for 5 s from the revocation. At most once, a saturated cache of 60 s decides; at least once, with pauses of
    // 1, 2, 4 s, the attempt at 7 s gets through, 100 ms under way.
    const TEXT: &str = r"
revdrill: 1
teaches: At least once outlives an outage of the bus.
start: saturated
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { bus: { kind: set_push, delay: 100ms, delivery: PROMISE } }
verifiers: { api: { asks: idp, cache: { ttl: 60s }, hears: { bus: evict } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
faults: { down: { part: bus, from: 0s after revocation, for: 5s } }
defender: { detects: 0s, playbook: { revoke: token } }
";
    let once = play(&TEXT.replace("PROMISE", "at_most_once"));
    let again = play(&TEXT.replace("PROMISE", "at_least_once"));
    judge("bus down", |checks| {
        checks.law("at most once", &once.values("time_to_contain"), &Law::up_to(60.0, |t| 1.0 - t / 60.0));
        let law = Law::up_to(7.1, |t| 1.0 - t / 60.0);
        checks.law("at least once", &again.values("time_to_contain"), &law);
    });
}

#[test]
fn an_issuer_that_is_down_publishes_nothing() {
    // The issuer is down for 5 s from the revocation: what it would send once, or write into a list, is lost, and a
    // saturated cache of 60 s decides. A push that is tried again gets through at 7 s, as above.
    const TEXT: &str = r"
revdrill: 1
teaches: Who is down tells nobody.
start: saturated
horizon: 61s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { news: { kind: KIND, delay: 100ms } }
verifiers: { api: { asks: idp, cache: { ttl: 60s }, hears: { news: deny } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
faults: { down: { part: PART, from: 0s after revocation, for: 5s } }
defender: { detects: 0s, playbook: { revoke: token } }
";
    let lost = Law::up_to(60.0, |t| 1.0 - t / 60.0);
    let tried_again = "set_push, delivery: at_least_once";
    for (kind, law) in [
        ("set_push", &lost),
        ("deny_list, read: subscribed", &lost),
        ("deny_list", &lost),
        (tried_again, &Law::up_to(7.1, |t| 1.0 - t / 60.0)),
    ] {
        let played = play(&TEXT.replace("KIND", kind).replace("PART", "idp"));
        judge(&format!("issuer down: {kind}"), |checks| {
            checks.law("window", &played.values("time_to_contain"), law);
        });
    }
}

#[test]
fn failures_and_repairs_meet_a_revocation_as_often_as_they_last() {
    // MTBF 300 s, MTTR 100 s: down at the revocation with 1/4, and then for Exp(100 s) more. Nothing is cached and the verifier
    // fails open; the horizon is 1 ns, so that the window is not contained iff it is down.
    let played = play(
        r"
revdrill: 1
teaches: An issuer that is often down is often down at the wrong time.
horizon: 1ns after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp, when_issuer_down: fail_open } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
faults: { down: { part: idp, mtbf: 5m, mttr: 100s } }
defender: { detects: 10m, playbook: { revoke: token } }
",
    );
    let (contained, of) = played.share("contained");
    judge("failures and repairs", |checks| checks.share("down at the revocation", (of - contained, of), 0.25));
}

#[test]
fn a_rejection_from_before_the_revocation_ends_while_the_verifier_fails_open() {
    // The token expires at 60 s and is tried every second, first at 0 s: refused at 60 s, which is remembered for 10 min,
    // until 660 s. Revoked at 90 s with the issuer down from 91 s for an hour: the door opens at 660 s, 570 s after the
    // revocation, and is open to the end, 30 min after it. For 1 s before the outage nothing is open either.
    let played = super::drill::play_trials(
        r"
revdrill: 1
teaches: A remembered rejection ends as well.
horizon: 30m after revocation
credentials:
  token: { kind: opaque, issuer: idp, lifetime: 1m, age: 0s }
  key: { kind: opaque, issuer: idp, lifetime: forever }
verifiers:
  api: { asks: idp, accepts: token, cache: { ttl: 20s, capped_by_expiry: true, negative_ttl: 10m }, when_issuer_down: fail_open }
  other: { asks: idp, accepts: key }
attacker: { steals: [token, key], first_try: 0s, replays: { arrivals: every 1s, on_reject: give_up(after=1), targets: api } }
defender: { detects: 90s, playbook: [ { revoke: token }, { revoke: key } ] }
faults: { down: { part: idp, from: 1s after revocation, for: 1h } }
",
        20,
    );
    judge("a rejection that ends in an outage", |checks| {
        checks.share("contained", played.share("contained{target=api}"), 0.0);
        checks.mean("open", &played.values("exposure_time{target=api}"), 1230.0);
    });
}

#[test]
fn a_verifier_that_fails_open_lets_in_what_was_minted_and_is_long_dead() {
    // Tokens of 5 min are minted from a key that is revoked at 1 h. The issuer is down from 30 min to 60 min after that,
    // when every token is dead: the verifier cannot see it, and is open for those 30 min and no others.
    let played = super::drill::play_trials(
        r"
revdrill: 1
teaches: Who cannot ask and fails open lets in the dead.
horizon: 2h after revocation
credentials:
  key: { kind: opaque, issuer: idp, lifetime: forever }
  token: { kind: opaque, issuer: idp, lifetime: 5m, from: key, cascade: grant }
verifiers: { api: { asks: idp, accepts: token, when_issuer_down: fail_open } }
attacker: { steals: key, first_try: 0s, replays: { arrivals: poisson 1/m }, mints: { token: at_expiry } }
defender: { detects: 1h, playbook: { revoke: key } }
faults: { down: { part: idp, from: 30m after revocation, for: 30m } }
",
        20,
    );
    judge("dead tokens in an outage", |checks| {
        checks.mean("open", &played.values("exposure_time"), 1800.0);
        checks.mean("window", &played.values("time_to_contain"), 3600.0);
    });
}
