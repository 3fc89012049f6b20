//! Issuers that can answer only so much, against the closed forms of queues.

use super::acceptance::judge;
use super::drill::play_trials;
use super::law::Law;

const ISSUER: &str = r"
revdrill: 1
teaches: What an issuer cannot answer in time is as if it were down.
horizon: 1m after revocation
credentials:
  token: { kind: opaque, issuer: idp, lifetime: forever }
  other: { kind: opaque, issuer: idp, lifetime: forever }
issuers: { idp: { introspection: { LIMITS } } }
verifiers: { api: { asks: idp, when_issuer_down: POLICY } }
attacker: { steals: token, ATTACKER }
lawful: { others: { uses: 1000 other credentials, sends: poisson OTHERS }CLIENT }
defender: { detects: 10s, playbook: { revoke: token } }
objectives:
  - mean(issuer_timeouts) <= 1
  - mean(issuer_response_time) <= 1s
  - mean(accepted_after_revocation) <= 1
  - mean(false_rejections) <= 1
";

fn issuer(limits: &str, policy: &str, attacker: &str, others: &str, client: &str) -> String {
    ISSUER
        .replace("LIMITS", limits)
        .replace("POLICY", policy)
        .replace("ATTACKER", attacker)
        .replace("OTHERS", others)
        .replace("CLIENT", client)
}

#[test]
fn a_question_to_one_server_takes_an_exponential_time() {
    // O8a: M/M/1 with 80 questions a second and 100 served: the time in the system is exponential with rate 100 - 80,
    // mean 50 ms. One question a trial, 5 s from the start; 100 places to wait are lost with 0.8^100 = 2e-10.
    let text = issuer(
        "servers: 1, service_time: exponential(mean=10ms), queue: 100, timeout: 10s",
        "fail_closed",
        "first_try: 5s, replays: { arrivals: every 1d }",
        "80/s",
        "",
    );
    let played = play_trials(&text, 100_000);
    let law = Law::beyond(1.0, |t| (-20.0 * t).exp());
    judge("M/M/1", |checks| checks.law("response time", &played.values("issuer_response_time"), &law));
}

#[test]
fn a_timeout_at_a_verifier_that_fails_open_lets_a_revoked_credential_in() {
    // O8a: P(T > 100 ms) = e^(-20 0.1) = 0.1353 of the replays, which are one of the 80 questions a second, after the
    // revocation: 59.9 s, as those of the last 100 ms are not decided by the end. Timeouts count from time 0, for 70 s.
    let text = issuer(
        "servers: 1, service_time: exponential(mean=10ms), queue: 100, timeout: 100ms",
        "fail_open",
        "replays: { arrivals: poisson 1/s }",
        "79/s",
        "",
    );
    let played = play_trials(&text, 3_000);
    let late = (-2.0_f64).exp();
    judge("timeouts that fail open", |checks| {
        checks.mean_count("accepted", &played.values("accepted_after_revocation"), 59.9 * late);
        checks.mean_count("timeouts", &played.values("issuer_timeouts"), 70.0 * late);
        // Where an overload can come at any time, no presentation is surely the last to be accepted.
        checks.share("no replay after", played.share("no_replay_after_revocation"), 0.0);
    });
    assert_eq!(played.record.attribution[0].held_open_by, "fail_open");
}

#[test]
fn what_finds_every_server_busy_is_lost_by_the_formula_of_erlang() {
    // Two servers, nowhere to wait, 20 questions a second of 100 ms each: a = 2 and B = (4/2) / (1 + 2 + 4/2) = 0.4,
    // whatever the law of the service. A lawful client of a valid credential sends 1/s for 70 s: 28 are refused. The
    // thief's requests are 1/s too, so that 56 questions are lost, and none of his is let in.
    for service in ["exponential(mean=100ms)", "100ms", "50ms..150ms"] {
        let text = issuer(
            &format!("servers: 2, service_time: {service}, queue: 0, timeout: 10s"),
            "fail_closed",
            "replays: { arrivals: poisson 1/s }",
            "18/s",
            ", app: { uses: other, sends: poisson 1/s }",
        );
        let played = play_trials(&text, 3_000);
        judge(&format!("M/G/2/2, {service}"), |checks| {
            checks.mean_count("lawful requests refused", &played.values("false_rejections"), 70.0 * 0.4);
            checks.mean_count("questions lost", &played.values("issuer_timeouts"), 140.0 * 0.4);
            checks.mean_count("accepted", &played.values("accepted_after_revocation"), 0.0);
        });
    }
}

#[test]
fn a_cache_takes_its_hits_off_the_load_of_other_credentials() {
    // 1000 credentials at 100/s, each kept 10 s: 0.1/s a credential, of which 0.1 / (1 + 1) are asked: 50/s at two
    // servers of 100 ms: a = 5 and B = (25/2) / (1 + 5 + 25/2) = 0.6757. The thief asks once, 5 s from the start, so
    // that questions are lost in that share of trials.
    let text = issuer(
        "servers: 2, service_time: exponential(mean=100ms), queue: 0, timeout: 10s",
        "fail_closed",
        "first_try: 5s, replays: { arrivals: every 1d }",
        "100/s",
        "",
    );
    let played = play_trials(&text.replace("asks: idp,", "asks: idp, cache: { ttl: 10s },"), 20_000);
    let lost = played.values("issuer_timeouts");
    judge("load past a cache", |checks| checks.share("lost", (lost.equal_to(1), lost.n()), 12.5 / 18.5));
}

#[test]
fn two_servers_with_three_places_to_wait_lose_and_delay_as_their_states_say() {
    // M/M/2/5 with a = 20 / 10 = 2: p_0 = 1 / (1 + 2 + 4 x 2) = 1/11, p_1 = 2/11, and p_2 to p_5 = 2/11 each. Lost 2/11; on
    // average (2 + 2 (2 + 3 + 4 + 5)) / 11 = 30/11 are there, so that who is let in takes 30/11 / (20 x 9/11) = 1/6 s. One
    // question of the thief a trial, 5 s from the start, meets that as any other does.
    let text = issuer(
        "servers: 2, service_time: exponential(mean=100ms), queue: 3, timeout: 10s",
        "fail_closed",
        "first_try: 5s, replays: { arrivals: every 1d }",
        "20/s",
        "",
    );
    let played = play_trials(&text, 100_000);
    let lost = played.values("issuer_timeouts");
    judge("M/M/2/5", |checks| {
        checks.share("lost", (lost.equal_to(1), lost.n()), 2.0 / 11.0);
        checks.mean("response time", &played.values("issuer_response_time"), 1.0 / 6.0);
    });
}

#[test]
fn a_queue_of_standing_traffic_stands_when_a_trial_begins() {
    // M/M/1 with 8 questions a second and 10 served, each about a token that nobody steals, and 2 s from the exposure to the
    // end: of 16 questions e^(-(10 - 8) 0.5) take longer than 500 ms, as they have for ever. From an empty queue, which
    // takes 9 s to forget that it was, it would be a fourth of that.
    let text = r"
revdrill: 1
teaches: Who has always asked has always waited.
horizon: 2s
credentials:
  token: { kind: opaque, issuer: idp, lifetime: forever }
  other: { kind: opaque, issuer: idp, lifetime: forever }
issuers: { idp: { introspection: { servers: 1, service_time: exponential(mean=100ms), queue: 200, timeout: 500ms } } }
verifiers: { api: { asks: idp } }
attacker: { steals: token, first_try: 1h, replays: { arrivals: every 1d } }
lawful: { shop: { uses: other, sends: poisson 8/s } }
defender: { detects: 0s, playbook: { revoke: token } }
objectives: [ mean(issuer_timeouts) <= 20 ]
";
    let played = play_trials(text, 20_000);
    let late = (-1.0_f64).exp();
    judge("a queue that has always been there", |checks| {
        checks.mean_count("timeouts", &played.values("issuer_timeouts"), 16.0 * late);
    });
}
