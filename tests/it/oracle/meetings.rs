//! Where parts of the model meet: reuse and the horizon, pushes and issuers, restarts and rotations, minting and blocks.

use super::acceptance::judge;
use super::drill::{TRIALS, play_trials};
use super::law::Law;

/// A constant duration as metrics give it.
const fn seconds(count: i64) -> i64 {
    count * 1_000_000_000
}

#[test]
fn reuse_among_honest_twins_does_not_begin_the_horizon() {
    // Two clients present one refresh token in turn, so its family is revoked within minutes. The thief has another key,
    // revoked at 5 h and asked for at every request: 5 h until then in every trial, and nothing after it.
    let played = play_trials(
        r"
revdrill: 1
teaches: Reuse by honest twins is not about the thief.
horizon: 30m
credentials:
  key: { kind: static_key, issuer: idp, lifetime: forever }
  refresh: { kind: refresh_token, issuer: idp, lifetime: 30d, age: 1d, rotation: { on_reuse: revoke_family }, subject: other }
  access: { kind: opaque, issuer: idp, lifetime: 5m, from: refresh, subject: other }
verifiers: { api: { asks: idp, accepts: [key, access] } }
attacker: { steals: key, first_try: 0s, replays: { arrivals: poisson 1/m } }
lawful:
  one: { uses: access, sends: poisson 1/m, refreshes: every 5m }
  two: { uses: access, sends: poisson 1/m, refreshes: every 5m }
defender: { detects: 5h, playbook: { revoke: key } }
",
        200,
    );
    let revoked = played.values("time_to_revoke");
    assert_eq!((revoked.equal_to(seconds(5 * 3_600)), revoked.n()), (200, 200));
    assert_eq!(played.values("time_to_contain").equal_to(0), 200);
}

#[test]
fn a_reuse_of_what_is_revoked_already_records_nothing_again() {
    // Revoked at 1 s, heard at once and denied for 100 s; the issuer's replica lags by an hour, so spent tokens go on
    // being presented. The stolen access token is good for ever: it is let in again after 100 s, in every trial.
    let played = play_trials(
        r"
revdrill: 1
teaches: What is revoked already is not revoked anew.
horizon: 30m
issuers: { idp: { read_lag: 1h } }
credentials:
  refresh: { kind: refresh_token, issuer: idp, lifetime: forever, rotation: { on_reuse: revoke_family } }
  access: { kind: self_contained, issuer: idp, lifetime: forever, from: refresh, cascade: grant }
channels: { bus: { kind: set_push, delay: 0s } }
verifiers: { api: { accepts: access, hears: { bus: deny for 100s } } }
attacker: { steals: access, first_try: 0s, replays: { arrivals: poisson 1/m } }
lawful:
  one: { uses: access, sends: poisson 1/h, refreshes: every 20m }
  two: { uses: access, sends: poisson 1/h, refreshes: every 20m }
defender: { detects: 1s, playbook: { revoke: access, reach: grant } }
",
        200,
    );
    // Open for all of the half hour but the 100 s.
    let open = played.values("exposure_time");
    assert_eq!((open.equal_to(seconds(1_800 - 100)), open.n()), (200, 200));
}

/// Twins whose reuse revokes a family within 40 min, and a playbook that revokes another key at 2 h and then pushes.
const REUSE_THEN_PUSH: &str = r"
revdrill: 1
teaches: Push after reuse.
horizon: 4h
credentials:
  key: { kind: static_key, issuer: idp, lifetime: forever, subject: other }
  refresh: { kind: refresh_token, issuer: idp, lifetime: forever, rotation: { on_reuse: revoke_family } }
  access: { kind: self_contained, issuer: idp, lifetime: forever, from: refresh, cascade: grant }
channels: { bus: { kind: set_push, delay: 1s } }
verifiers: { billing: { accepts: [access, key], hears: { bus: deny for 100s } } }
attacker: { steals: access, first_try: 0s, replays: { arrivals: poisson 1/m } }
lawful:
  one: { uses: access, sends: poisson 1/h, refreshes: every 20m }
  two: { uses: access, sends: poisson 1/h, refreshes: every 20m }
defender: { detects: 2h, playbook: [ { revoke: key }, { push: bus, takes: 1m } ] }
";

#[test]
fn a_push_sends_what_an_issuer_revoked_by_itself() {
    // The stolen token is denied for 100 s from 1 s after the reuse, and for 100 s from 1 s after the push: open for the
    // rest of the 4 h after the reuse, which comes within 40 min, so that all of it is looked at.
    let played = play_trials(REUSE_THEN_PUSH, 200);
    let open = played.values("exposure_time");
    assert_eq!((open.equal_to(seconds(4 * 3_600 - 200)), open.n()), (200, 200));
}

#[test]
fn a_block_of_the_network_stops_minting_too() {
    // Minted at 1/min at a target that never forgets the key, from the theft until the network is blocked, 1 min after
    // the revocation: Poisson, 61 in the mean for a detection after 55 to 65 min.
    let played = play_trials(
        r"
revdrill: 1
teaches: Minting does not get round a block.
horizon: 30m
credentials:
  key: { kind: static_key, issuer: iam, lifetime: forever }
  session: { kind: session, issuer: iam, lifetime: 1h, from: key, minted_at: sts, cascade: none }
verifiers:
  sts: { asks: iam, accepts: key, cache: { ttl: forever } }
  storage: { asks: iam, accepts: [key, session] }
attacker: { steals: key, first_try: 0s, replays: { arrivals: poisson 1/m }, mints: { session: poisson 1/m } }
defender: { detects: 55m..65m, playbook: [ { revoke: key, takes: 0s }, { block_network: all, takes: 1m } ] }
",
        4_000,
    );
    judge("minting and a block", |checks| checks.mean_count("minted", &played.values("derived_credentials"), 61.0));
}

#[test]
fn a_restart_of_a_deny_list_does_not_bring_an_old_key_back() {
    // Keys are fetched every 10 s, at U = U(0, 10 s) after the rotation: then the old one is gone for good. The list
    // denies from 1 s on, until a restart, every 100 s on average, forgets that. W = U if U < 1 s or a restart falls
    // into (1 s, U), else 1 s: P(W > t) = int_t^10 (1 - e^(-(u - 1) / 100)) du / 10 from 1 s on.
    let played = play_trials(
        r"
revdrill: 1
teaches: A restart brings no old key back.
horizon: 30m
credentials: { token: { kind: self_contained, issuer: idp, lifetime: forever } }
channels:
  jwks: { kind: key_rotation, from: idp, refetch: every 10s }
  list: { kind: deny_list, from: idp, read: subscribed, delay: 1s, restarts: exponential(mean=100s) }
verifiers: { api: { checks: itself, hears: { jwks: refetch, list: deny } } }
attacker: { steals: token, replays: { arrivals: poisson 1/m } }
defender: { detects: 1h, playbook: [ { revoke: token }, { rotate_key: jwks } ] }
",
        20_000,
    );
    let law = Law::up_to(10.0, |t| {
        if t < 1.0 {
            return 1.0 - t / 10.0;
        }
        let untouched = 100.0 * ((-(t - 1.0) / 100.0).exp() - (-9.0_f64 / 100.0).exp());
        ((10.0 - t) - untouched) / 10.0
    });
    judge("restart and rotation", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

/// A signing key that is rotated at 1 min, for verifiers that fetch the set in one way.
fn rotated(refetch: &str, more: &str, attacker: &str) -> String {
    format!(
        "revdrill: 1\nteaches: A new key has to be met.\nhorizon: 10m\n\
         channels: {{ keys: {{ kind: key_rotation, refetch: {refetch} }} }}\n\
         verifiers: {{ api: {{ accepts: access, hears: {{ keys: refetch }} }} }}\n\
         attacker: {{ {attacker}, first_try: 0s, replays: {{ arrivals: every 1s }} }}\n\
         defender: {{ detects: 1m, playbook: [ {{ rotate_key: keys }} ] }}\n{more}\n"
    )
}

#[test]
fn an_old_token_does_not_make_anybody_fetch_a_new_key() {
    // The one token that was minted was signed with the old key, and nobody ever presents another: nothing is fetched.
    let credentials = "credentials:
  refresh: { kind: refresh_token, issuer: idp, lifetime: forever }
  access: { kind: self_contained, issuer: idp, lifetime: 2h, from: refresh }";
    let attacker = "steals: refresh, mints: { access: every 10s limit=1 }";
    let played = play_trials(&rotated("on_unknown_key", credentials, attacker), 200);
    assert_eq!(played.share("contained"), (0, 200));
}

#[test]
fn the_first_refreshed_token_brings_the_new_key() {
    // The app refreshes every 100 s and sends every 10 s, at phases of their own: the next refresh comes U(0, 100 s) after the
    // rotation, its first use U(0, 10 s) later: 55 s.
    let more = "credentials:
  refresh: { kind: refresh_token, issuer: idp, lifetime: forever, rotation: { on_reuse: ignore } }
  access: { kind: self_contained, issuer: idp, lifetime: 2h, age: 0s, from: refresh }
lawful: { app: { uses: access, sends: every 10s, refreshes: every 100s } }";
    let played = play_trials(&rotated("on_unknown_key", more, "steals: access"), TRIALS / 10);
    judge("first refreshed token", |checks| checks.mean("contained", &played.values("time_to_contain"), 55.0));
}

#[test]
fn what_is_minted_with_a_new_key_waits_for_the_fetch() {
    // Tokens live 5 s and are minted every 4 s. The set is fetched U(0, 100 s) after the rotation; until then only what was
    // minted before is taken, for at most 5 s: open for 600 s - 50 s and at most 5 s more.
    let credentials = "credentials:
  refresh: { kind: refresh_token, issuer: idp, lifetime: forever }
  access: { kind: self_contained, issuer: idp, lifetime: 5s, from: refresh }";
    let text = rotated("every 100s", credentials, "steals: refresh, mints: { access: every 4s }");
    let played = play_trials(&text, 4_000);
    let open = played.each("exposure_time").iter().map(|nanos| *nanos as f64 / 1e9).sum::<f64>() / 4_000.0;
    // Four standard errors of the mean of U(0, 100 s) are 1.8 s.
    assert!((550.0 - 1.8..555.0 + 1.8).contains(&open), "open for {open} s");
}
