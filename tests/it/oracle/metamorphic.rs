//! Relations that must hold between two scenarios, trial by trial, whatever the numbers are.
//!
//! Streams of chance belong to a seed, a trial, a purpose and an entity, so that a change of one setting leaves all other
//! draws as they were: what a setting cannot touch must stay the same to the nanosecond. So it is where every request is
//! played; requests that are skipped are drawn by stretches, which any event may cut.

use super::acceptance::judge;
use super::drill::{Played, play, play_every_request, play_on, play_trials};
use revdrill::metric::observation::Observation;
use revdrill::report::json;

/// A system with a bit of everything: two caches with replicas, a push, lawful traffic, a race.
const MIXED: &str = r"
revdrill: 1
teaches: A bit of everything.
START
horizon: 10m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { bus: { kind: set_push, delay: exponential(mean=2s), loss: 20% } }
verifiers:
  edge: { asks: idp, cache: { ttl: 5m, jitter: 10% }, REPLICAS hears: { bus: evict } }
  core: { asks: idp, cache: { ttl: 60s, stale_while_revalidate: 10s } }
attacker: { steals: token, replays: { arrivals: poisson 0.05/s, order: roam } }
lawful: { owner: { uses: token, sends: poisson 0.2/s, to: edge } }
defender: { detects: exponential(mean=2m), playbook: { revoke: token, takes: 5s..15s } }
";

fn mixed(start: &str, replicas: &str) -> String {
    MIXED.replace("START\n", start).replace("REPLICAS ", replicas)
}

const DURATIONS: [&str; 4] = ["time_to_contain", "last_accepted_replay", "exposure_time", "time_to_revoke"];

fn differing(one: &Played, other: &Played, metric: &str) -> usize {
    one.observed(metric).iter().zip(other.observed(metric)).filter(|(a, b)| a != b).count()
}

#[test]
fn one_replica_needs_no_load_balancer() {
    // `replicas: 1` is the default: the same system, the same draws.
    let (plain, one) =
        (play_every_request(&mixed("", ""), 20_000), play_every_request(&mixed("", "replicas: 1, "), 20_000));
    judge("one replica", |checks| {
        for metric in DURATIONS {
            let differ = differing(&plain, &one, metric);
            checks.holds(metric, differ == 0, &format!("{differ} trials differ"));
        }
    });
}

#[test]
fn a_push_that_is_never_lost_needs_no_second_attempt() {
    // At most once without loss, and at least once: the first attempt arrives, its delay from the same draw. (The pause
    // after it is an hour, because a sender that hears nothing for a shorter time sends again, and may overtake itself.)
    let sure = mixed("", "").replace("loss: 20%", "delivery: at_most_once");
    let again = mixed("", "").replace("loss: 20%", "delivery: at_least_once, retry: { first: 1h }");
    let (sure, again) = (play_every_request(&sure, 20_000), play_every_request(&again, 20_000));
    judge("no loss", |checks| {
        for metric in DURATIONS {
            let differ = differing(&sure, &again, metric);
            checks.holds(metric, differ == 0, &format!("{differ} trials differ"));
        }
    });
}

#[test]
fn a_push_that_is_always_lost_is_no_push() {
    let lost = play_every_request(&mixed("", "").replace("loss: 20%", "loss: 100%"), 20_000);
    let none = mixed("", "")
        .replace(", hears: { bus: evict }", "")
        .replace("channels: { bus: { kind: set_push, delay: exponential(mean=2s), loss: 20% } }\n", "");
    let none = play_every_request(&none.replace(" hears: { bus: evict }", ""), 20_000);
    judge("always lost", |checks| {
        for metric in DURATIONS {
            let differ = differing(&lost, &none, metric);
            checks.holds(metric, differ == 0, &format!("{differ} trials differ"));
        }
    });
}

#[test]
fn a_remembered_rejection_changes_nothing_for_a_credential_that_stays_revoked() {
    // A negative TTL spares the issuer questions, and a revoked credential is refused with it and without.
    let plain = play_every_request(&mixed("", ""), 20_000);
    let kept = mixed("", "")
        .replace("ttl: 5m,", "ttl: 5m, negative_ttl: 30s,")
        .replace("ttl: 60s,", "ttl: 60s, negative_ttl: 2m,");
    let kept = play_every_request(&kept, 20_000);
    judge("negative TTL", |checks| {
        for metric in DURATIONS.into_iter().chain(["rejected_after_revocation", "collateral_rejections"]) {
            let differ = differing(&plain, &kept, metric);
            checks.holds(metric, differ == 0, &format!("{differ} trials differ"));
        }
        let asked = |played: &Played| played.each("issuer_load").iter().sum::<i64>();
        let (before, after) = (asked(&plain), asked(&kept));
        checks.holds("questions", after < before, &format!("{after} instead of {before}"));
    });
}

#[test]
fn a_duplicate_changes_nothing() {
    let plain = play_every_request(&mixed("", ""), 20_000);
    let twice = play_every_request(&mixed("", "").replace("loss: 20%", "loss: 20%, duplicates: 50%"), 20_000);
    judge("duplicates", |checks| {
        for metric in DURATIONS {
            let differ = differing(&plain, &twice, metric);
            checks.holds(metric, differ == 0, &format!("{differ} trials differ"));
        }
    });
}

#[test]
fn a_system_that_is_seven_times_slower_is_the_same_system() {
    // All durations times 7, all rates divided by 7: every duration is 7 times as long, up to a nanosecond for each of the
    // draws that it is the sum of, which a trial has no more than a few thousand of.
    let slow = mixed("", "")
        .replace("horizon: 10m", "horizon: 70m")
        .replace("mean=2s", "mean=14s")
        .replace("ttl: 5m", "ttl: 35m")
        .replace("ttl: 60s", "ttl: 7m")
        .replace("stale_while_revalidate: 10s", "stale_while_revalidate: 70s")
        .replace("0.05/s", "0.05/7s")
        .replace("0.2/s", "0.2/7s")
        .replace("mean=2m", "mean=14m")
        .replace("5s..15s", "35s..105s");
    let (plain, slow) = (play_every_request(&mixed("", ""), 20_000), play_every_request(&slow, 20_000));
    judge("seven times slower", |checks| {
        for metric in DURATIONS {
            let apart = plain.observed(metric).iter().zip(slow.observed(metric)).map(|(a, b)| match (a, b) {
                (Observation::Value(a), Observation::Value(b)) => (7 * a - b).abs(),
                (Observation::Censored(a), Observation::Censored(b)) => (7 * a - b).abs(),
                (a, b) if a == b => 0,
                _ => i64::MAX,
            });
            let worst = apart.max().unwrap_or(0);
            checks.holds(metric, worst <= 20_000, &format!("at most {worst} ns apart"));
        }
    });
}

/// A saturated system without news, and the same with more and more of it.
const DEFENDED: &str = r"
revdrill: 1
teaches: News never lengthens a window.
start: saturated
horizon: 10m after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
CHANNELS
verifiers: { api: { asks: idp, cache: { ttl: 5m, jitter: 20% }, replicas: 3 HEARS } }
attacker: { steals: token, replays: { arrivals: poisson 0.2/s } }
defender: { detects: exponential(mean=2m), playbook: { revoke: token } }
";

#[test]
fn another_channel_never_lengthens_a_window() {
    // With common random numbers, trial by trial: entries begin alike, and news can only take them away.
    let channels = [
        ("push", "{ kind: set_push, delay: exponential(mean=20s), loss: 30% }", "evict"),
        ("list", "{ kind: deny_list, delay: 1s..2m }", "deny"),
        ("poll", "{ kind: set_poll, every: 90s, loss: 20% }", "refetch"),
        ("subscribed", "{ kind: deny_list, read: subscribed, delay: 1m, loss: 50% }", "deny"),
    ];
    let mut before = play_every_request(&DEFENDED.replace("CHANNELS\n", "").replace(" HEARS", ""), 20_000);
    for count in 1..=channels.len() {
        let listed: Vec<String> = channels[..count].iter().map(|(name, what, _)| format!("{name}: {what}")).collect();
        let heard: Vec<String> = channels[..count].iter().map(|(name, _, how)| format!("{name}: {how}")).collect();
        let text = DEFENDED.replace("CHANNELS", &format!("channels: {{ {} }}", listed.join(", ")));
        let after =
            play_every_request(&text.replace(" HEARS", &format!(", hears: {{ {} }}", heard.join(", "))), 20_000);
        judge(&format!("{count} channels"), |checks| {
            for metric in ["time_to_contain", "last_accepted_replay", "accepted_after_revocation", "exposure_time"] {
                let (old, new) = (before.each(metric), after.each(metric));
                let longer = old.iter().zip(&new).filter(|(old, new)| new > old).count();
                let shorter = old.iter().zip(&new).filter(|(old, new)| new < old).count();
                let found = format!("longer in {longer} trials, shorter in {shorter}");
                checks.holds(metric, longer == 0 && shorter > 0, &found);
            }
        });
        before = after;
    }
}

#[test]
fn a_longer_lifetime_never_shortens_a_saturated_window() {
    // Phases are one uniform each: in `start: saturated` the rest of an entry is its share of the lifetime.
    let text = DEFENDED.replace("CHANNELS\n", "").replace(" HEARS", "");
    let (short, long) =
        (play_every_request(&text, 20_000), play_every_request(&text.replace("ttl: 5m", "ttl: 6m"), 20_000));
    let (short, long) = (short.each("time_to_contain"), long.each("time_to_contain"));
    let wrong = short.iter().zip(&long).filter(|(short, long)| **long * 5 / 6 - **short > 1 || short > long).count();
    judge("longer lifetime", |checks| checks.holds("window", wrong == 0, &format!("{wrong} trials")));
}

#[test]
fn the_number_of_threads_leaves_no_trace() {
    // The whole record, byte by byte, and every observation of every trial.
    let (one, two) = (play_on(&mixed("", ""), 5_000, 1), play_on(&mixed("", ""), 5_000, 2));
    judge("threads", |checks| {
        let same = json::bytes(&one.record) == json::bytes(&two.record);
        checks.holds("record", same, "the same bytes");
        for metric in DURATIONS {
            let differ = differing(&one, &two, metric);
            checks.holds(metric, differ == 0, &format!("{differ} trials differ"));
        }
    });
}

#[test]
fn trials_do_not_know_how_many_there_are() {
    // The first of many trials are those of few.
    let (few, many) = (play_trials(&mixed("", ""), 300), play(&mixed("start: saturated\n", "replicas: 2, ")));
    let again = play_trials(&mixed("start: saturated\n", "replicas: 2, "), 300);
    let few_of_many = many.observed("time_to_contain")[..300] == *again.observed("time_to_contain");
    judge("more trials", |checks| {
        checks.holds("first trials", few_of_many, "the same");
        checks.holds("another system", few.observed("time_to_contain") != again.observed("time_to_contain"), "differs");
    });
}
