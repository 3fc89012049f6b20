//! Where parts of the model meet: reuse and the horizon, pushes and issuers, restarts and rotations, minting and blocks.

use super::drill::play_trials;

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
