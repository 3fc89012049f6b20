//! Copies and what brings new values: owners and workers, the order of revoking and rotating, keys and partners.

use super::acceptance::judge;
use super::drill::{Played, play};
use super::law::{Law, erlang};

/// A token of which copies lie in some places; the verifier asks at every request.
const TEXT: &str = r"
revdrill: 1
teaches: A secret is replaced place by place.
horizon: 5d after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { api: { asks: idp } }
copies: { COPIES }
attacker: { steals: token, replays: { arrivals: poisson 1/d } }
defender: { detects: 0s, playbook: [ { replace: token, STEP } ] }
";

fn copies(count: u32, settings: &str) -> String {
    (1..=count).map(|number| format!("c{number}: {{ of: token, {settings} }}, ")).collect()
}

fn replaced(copies: &str, step: &str) -> Played {
    play(&TEXT.replace("COPIES", copies).replace("STEP", step))
}

#[test]
fn the_slowest_of_five_owners_decides() {
    // O10a: F = (1 - e^(-t/3600))^5, mean 3600 s (1 + 1/2 + 1/3 + 1/4 + 1/5) = 8220 s.
    let played = replaced(&copies(5, "takes: exponential(mean=1h)"), "order: revoke_first");
    let law = Law::beyond(30.0 * 3600.0, |t| 1.0 - (1.0 - (-t / 3600.0).exp()).powi(5));
    judge("O10a", |checks| {
        checks.law("rotated", &played.values("time_to_rotate"), &law);
        checks.mean("rotated", &played.values("time_to_rotate"), 8220.0);
    });
}

#[test]
fn two_workers_take_five_copies_one_after_the_other() {
    // Both busy: four departures at 2/60 per s each, then the last at 1/60: Erlang(4, 1/30) + Exp(1/60), mean 180 s.
    // P(> t) = P(Erlang(4, 2r) > t) + e^(-rt) 2^4 P(Erlang(4, r) <= t).
    let played = replaced(&copies(5, "takes: exponential(mean=60s)"), "workers: 2");
    let r = 1.0 / 60.0;
    let law = Law::beyond(2_400.0, move |t| 1.0 - erlang(4, 2.0 * r, t) + (-r * t).exp() * 16.0 * erlang(4, r, t));
    judge("workers", |checks| {
        checks.law("rotated", &played.values("time_to_rotate"), &law);
        checks.mean("rotated", &played.values("time_to_rotate"), 180.0);
    });
}

#[test]
fn a_missed_copy_is_found_late_and_nobody_waits_for_it() {
    // Missed with 30 %, found after Exp(1 h) more: P(> t) = 0.3 e^(-t/3600). Rotating first, the token is revoked when
    // what is known has been replaced: at once.
    let missed = "known: 70%, turns_up_after: exponential(mean=1h)";
    let played = replaced(&copies(1, missed), "order: rotate_first");
    judge("missed copies", |checks| {
        let law = Law::beyond(40.0 * 3600.0, |t| 0.3 * (-t / 3600.0).exp());
        checks.law("rotated", &played.values("time_to_rotate"), &law);
        checks.largest("revoked", &played.values("time_to_revoke"), 0.0);
    });
}

/// Three clients, each of which presents a copy of its own.
fn three_clients(order: &str) -> Played {
    let copy = |n: u32| format!("c{n}: {{ of: token, used_by: app{n}, takes: exponential(mean=10m) }}, ");
    let client = |n: u32| format!("app{n}: {{ uses: token, sends: poisson 0.1/s }}, ");
    let text = TEXT.replace("COPIES", &(1..=3).map(copy).collect::<String>());
    let lawful = format!("lawful: {{ {} }}\ndefender", (1..=3).map(client).collect::<String>());
    super::drill::play_trials(
        &text.replace("STEP", order).replace("defender", &lawful).replace("horizon: 5d", "horizon: 3h"),
        10_000,
    )
}

#[test]
fn revoking_first_costs_refusals_and_rotating_first_costs_time() {
    // Revoked first: at 0; each client is refused at 0.1/s for 600 s: 180 in all. The outage of one begins at its first
    // refusal, which comes before its copy is replaced with 0.1 / (0.1 + 1/600), and then lasts another 600 s.
    // Rotated first: revoked when the last of three is done, 600 s (1 + 1/2 + 1/3) = 1100 s, and nobody is refused.
    let (revoked, rotated) = (three_clients("order: revoke_first"), three_clients("order: rotate_first"));
    judge("which first", |checks| {
        checks.largest("revoked at once", &revoked.values("time_to_revoke"), 0.0);
        checks.mean_count("refused", &revoked.values("collateral_rejections"), 180.0);
        checks.mean("outage", &revoked.values("lawful_outage"), 3.0 * 600.0 * 0.1 / (0.1 + 1.0 / 600.0));
        let law = Law::beyond(20_000.0, |t| 1.0 - (1.0 - (-t / 600.0).exp()).powi(3));
        checks.law("revoked in the end", &rotated.values("time_to_revoke"), &law);
        for refused in ["collateral_rejections", "false_rejections", "lawful_outage"] {
            checks.largest(refused, &rotated.values(refused), 0.0);
        }
    });
}

/// A key that no issuer knows; verifiers compare.
const SHARED: &str = r"
revdrill: 1
teaches: A shared secret has as many revocations as holders.
horizon: 1d after revocation
credentials: { key: { kind: static_key, lifetime: forever } }
channels: { CHANNELS }
verifiers: { VERIFIERS }
copies: { COPIES }
attacker: { steals: key, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: [ { replace: key, STEP } ] }
";

#[test]
fn an_owner_who_never_answers_leaves_the_drill_uncontained() {
    // O10d: five holders, each silent with 2 %: 0.98^5.
    let verifiers: String = (1..=5).map(|n| format!("v{n}: {{ accepts: key }}, ")).collect();
    let copies: String =
        (1..=5).map(|n| format!("c{n}: {{ of: key, at: v{n}, never: 2%, takes: exponential(mean=1m) }}, ")).collect();
    let text = SHARED.replace("channels: { CHANNELS }\n", "").replace("STEP", "order: revoke_first");
    let played = play(&text.replace("VERIFIERS", &verifiers).replace("COPIES", &copies));
    judge("O10d", |checks| checks.share("contained", played.share("contained"), 0.98_f64.powi(5)));
    // Copies of one owner: he answers for all of them, or for none.
    let copies = copies.replace("of: key,", "of: key, owner: platform,");
    let played = play(&text.replace("VERIFIERS", &verifiers).replace("COPIES", &copies));
    judge("one owner", |checks| checks.share("contained", played.share("contained"), 0.98));
}

#[test]
fn a_holder_that_is_late_refuses_the_new_value_unless_it_is_rotated_first() {
    // The client has the new value at once, the verifier after 100 s. Revoked first, it is refused at 0.5/s for 100 s,
    // from the first refusal on: 100 s less 2 s (1 - e^-50). Rotated first, it is given the new value once the verifier
    // takes both, and is never refused; the old one is withdrawn then.
    let text = SHARED.replace("channels: { CHANNELS }\n", "").replace("VERIFIERS", "api: { accepts: key }");
    let text = text.replace("COPIES", "vault: { of: key, at: api, takes: 100s }, app: { of: key, used_by: app }");
    let text = text.replace("defender", "lawful: { app: { uses: key, sends: poisson 0.5/s } }\ndefender");
    let text = text.replace("horizon: 1d", "horizon: 200s");
    let revoked = super::drill::play_trials(&text.replace("STEP", "order: revoke_first"), 20_000);
    let rotated = super::drill::play_trials(&text.replace("STEP", "order: rotate_first"), 20_000);
    judge("late holder", |checks| {
        checks.mean_count("refused", &revoked.values("false_rejections"), 50.0);
        checks.mean("outage", &revoked.values("lawful_outage"), 98.0);
        for refused in ["collateral_rejections", "false_rejections", "lawful_outage"] {
            checks.largest(refused, &rotated.values(refused), 0.0);
        }
        for played in [&revoked, &rotated] {
            checks.mean("contained", &played.values("time_to_contain"), 100.0);
            checks.largest("contained", &played.values("time_to_contain"), 100.0);
        }
    });
}

#[test]
fn a_partner_replaces_its_key_when_it_gets_to_it() {
    // Never with 3 %, else after Exp(2 h), within 10 d for as good as sure.
    let text =
        SHARED.replace("CHANNELS", "contract: { kind: manual, owner: them, takes: exponential(mean=2h), never: 3% }");
    let text = text.replace("VERIFIERS", "partner: { accepts: key, hears: { contract: replace } }");
    let text =
        text.replace("COPIES", "vault: { of: key, replaced_by: contract }").replace("horizon: 1d", "horizon: 10d");
    let played = play(&text.replace("STEP", "order: revoke_first"));
    judge("partner", |checks| {
        checks.share("contained", played.share("contained"), 0.97);
        let early = |p: &revdrill::metric::observation::Observation| matches!(p, revdrill::metric::observation::Observation::Value(at) if *at <= 7_200_000_000_000);
        let all = played.observed("time_to_rotate");
        let within = all.iter().filter(|one| early(one)).count() as u64;
        checks.share("rotated within 2 h", (within, all.len() as u64), 0.97 * (1.0 - (-1.0_f64).exp()));
    });
}

/// A JWT that outlives the drill.
const SIGNED: &str = r"
revdrill: 1
teaches: A new key ends every token that the old one signed, once the verifier has it.
horizon: 1h after revocation
credentials: { access: { kind: self_contained, issuer: idp, lifetime: 10d, age: 0s } }
channels: { jwks: { kind: key_rotation, REFETCH } }
verifiers: { api: { checks: itself, hears: { jwks: refetch }, REPLICAS } }
attacker: { steals: access, replays: { arrivals: poisson 1/h } }
LAWFUL
defender: { detects: 1h, playbook: [ { rotate_key: jwks } ] }
";

#[test]
fn a_key_set_that_is_fetched_by_a_clock_leaves_the_rest_of_a_period() {
    // U(0, 600 s) at one verifier, the largest of three at three replicas; a verifier that keeps old keys drops none.
    let text = SIGNED.replace("LAWFUL\n", "");
    let every = text.replace("REFETCH", "refetch: every 10m");
    let one = play(&every.replace("REPLICAS", "replicas: 1"));
    let three = play(&every.replace("REPLICAS", "replicas: 3"));
    let kept = super::drill::play_trials(
        &text.replace("REFETCH", "refetch: every 10m, keeps_old: true").replace("REPLICAS", "replicas: 1"),
        200,
    );
    judge("key set by a clock", |checks| {
        checks.law("one", &one.values("time_to_contain"), &Law::up_to(600.0, |t| 1.0 - t / 600.0));
        let last = Law::up_to(600.0, |t| 1.0 - (t / 600.0).powi(3));
        checks.law("last of three", &three.values("time_to_contain"), &last);
        checks.share("kept", kept.share("contained"), 0.0);
    });
}

#[test]
fn a_key_set_that_is_fetched_for_want_of_a_key_waits_for_the_first_lawful_token() {
    // The client signs in at once and calls at 0.02/s: Exp(50 s), and no request with the new key is refused.
    let text = SIGNED.replace("REFETCH", "refetch: on_unknown_key").replace("REPLICAS", "replicas: 1");
    let lawful = "lawful: { app: { uses: access, sends: poisson 0.02/s, replaced_after: 0s } }";
    let played = super::drill::play_trials(&text.replace("LAWFUL", lawful), 20_000);
    judge("unknown key", |checks| {
        let law = Law::beyond(2_000.0, |t| (-t / 50.0).exp());
        checks.law("contained", &played.values("time_to_contain"), &law);
        checks.largest("refused", &played.values("false_rejections"), 0.0);
    });
}

#[test]
fn a_rollout_brings_the_new_value_batch_by_batch() {
    // Ordered at 0, rolled out from 20 s on: three replicas one at a time, 10 s each, 5 s between: 20 + 3 x 10 + 2 x 5 s.
    let text = SHARED.replace("CHANNELS", "rollout: { kind: redeploy, takes: 10s, batch: 1, pause: 5s }");
    let text = text.replace("VERIFIERS", "api: { accepts: key, replicas: 3, hears: { rollout: replace } }");
    let text = text.replace("copies: { COPIES }\n", "");
    let played = super::drill::play_trials(
        &text.replace("STEP } ]", "order: revoke_first }, { redeploy: rollout, takes: 20s } ]"),
        200,
    );
    judge("rollout", |checks| {
        checks.mean("contained", &played.values("time_to_contain"), 60.0);
        checks.largest("contained", &played.values("time_to_contain"), 60.0);
    });
}
