//! How news of a revocation arrives: pushed, polled, published, looked up; lost, late, tried again.
//!
//! Where the credential lives for ever and nobody asks, the window is the delay of the news itself; before a saturated
//! cache of lifetime T it is the smaller of that and a uniform rest, so that P(W > t) = P(delay > t) (1 - t / T).

use super::acceptance::{Values, judge};
use super::drill::{play, play_trials};
use super::law::{Law, integral};

/// A verifier that accepts until it hears otherwise, with the channel and what is done with its news.
fn heard(channel: &str, verifier: &str, horizon: &str) -> String {
    format!(
        r"
revdrill: 1
teaches: The window is as long as the news takes.
horizon: {horizon} after revocation
credentials: {{ token: {{ kind: self_contained, issuer: idp, lifetime: forever }} }}
channels: {{ news: {{ {channel} }} }}
verifiers: {{ api: {{ {verifier} }} }}
attacker: {{ steals: token, replays: {{ arrivals: poisson 1/h }} }}
defender: {{ detects: 0s, playbook: {{ revoke: token }} }}
"
    )
}

/// A busy cache of 5 minutes, emptied by the news.
fn evicted(channel: &str, verifier: &str) -> String {
    format!(
        r"
revdrill: 1
teaches: Without news the cache decides.
start: saturated
horizon: 301s after revocation
credentials: {{ token: {{ kind: opaque, issuer: idp, lifetime: forever }} }}
channels: {{ news: {{ {channel} }} }}
verifiers: {{ api: {{ asks: idp, cache: {{ ttl: 5m }}, {verifier} }} }}
attacker: {{ steals: token, replays: {{ arrivals: poisson 1/h }} }}
defender: {{ detects: 0s, playbook: {{ revoke: token }} }}
"
    )
}

/// P(W > t) of a poll every `period` of which each fails with `loss` (O5c).
fn lossy_poll(period: f64, loss: f64, t: f64) -> f64 {
    let whole = (t / period).floor();
    loss.powf(whole + 1.0) + loss.powf(whole) * (1.0 - loss) * (1.0 - (t - whole * period) / period)
}

#[test]
fn a_lossy_poll_is_one_law_whatever_is_polled() {
    // O5c for RFC 8936 and for a polled deny list, one poll in five lost.
    for channel in ["kind: set_poll, every: 60s, loss: 20%", "kind: deny_list, read: polled, every: 60s, loss: 20%"] {
        let played = play(&heard(channel, "hears: { news: deny }", "1h"));
        let law = Law::beyond(3_000.0, |t| lossy_poll(60.0, 0.2, t));
        judge(channel, |checks| checks.law("window", &played.values("time_to_contain"), &law));
    }
}

#[test]
fn an_entry_that_is_written_late_waits_for_the_poll_after_it() {
    // A constant delay shifts the law of the poll: W = 7 s + U(0, 60 s).
    let played = play(&heard("kind: deny_list, read: polled, every: 60s, delay: 7s", "hears: { news: deny }", "2m"));
    let law = Law::up_to(67.0, |t| if t < 7.0 { 1.0 } else { (67.0 - t) / 60.0 });
    judge("delay, then poll", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn gaps_that_are_spread_are_met_by_their_length() {
    // Gaps G uniform on 60 s -+ 50 %: P(W > t) = E[(G - t)^+] / 60, (60 - t) / 60 below 30 s, (90 - t)^2 / 120 / 60 above.
    let played = play(&heard("kind: set_poll, every: 60s, jitter: 50%", "hears: { news: deny }", "2m"));
    let law = Law::up_to(90.0, |t| if t < 30.0 { (60.0 - t) / 60.0 } else { (90.0 - t).powi(2) / 7_200.0 });
    judge("jittered poll", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_slow_question_may_be_overtaken_by_the_next() {
    // Every 10 s; the way to the source takes Exp(8 s), the way back 1 s. A poll that starts at s learns of the revocation
    // by t if its answer is composed in [0, t - 1 s]: with probability e^(-max(0, -s) / 8) - e^(-(t - 1 - s) / 8). The
    // window is the first of these over s = u + 10 j, all j, given the phase u: P(W > t) = E_u[product of the others].
    let played = play(&heard(
        "kind: set_poll, every: 10s, request_leg: exponential(mean=8s), response_leg: 1s",
        "hears: { news: deny }",
        "5m",
    ));
    let law = Law::beyond(120.0, |t| {
        if t < 1.0 {
            return 1.0;
        }
        integral(0.0, 10.0, 64, |phase| {
            let starts = (-40..12).map(|j| phase + 10.0 * f64::from(j)).filter(|start| *start <= t - 1.0);
            let misses = starts.map(|start| {
                let known = (-(-start).max(0.0) / 8.0).exp() - (-(t - 1.0 - start) / 8.0).exp();
                1.0 - known
            });
            misses.product::<f64>()
        }) / 10.0
    });
    judge("overtaking polls", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law.coarse(4_000));
    });
}

#[test]
fn a_published_list_waits_three_times() {
    // Publication every 60 s, cache 30 s, poll every 100 s, each at a phase of its own: the sum of three uniforms,
    // P(W <= t) = (1 / (6 a b c)) sum over subsets S of (-1)^|S| (t - sum S)^3+.
    let played = play(&heard(
        "kind: status_list, published_every: 60s, cached_for: 30s, every: 100s",
        "hears: { news: deny }",
        "4m",
    ));
    let law = Law::up_to(190.0, |t| {
        let terms = (0..8_u32).map(|subset| {
            let taken = [60.0, 30.0, 100.0].iter().enumerate().filter(|(bit, _)| subset & (1 << bit) != 0);
            let sum: f64 = taken.map(|(_, width)| width).sum();
            let sign = if subset.count_ones() % 2 == 0 { 1.0 } else { -1.0 };
            sign * (t - sum).max(0.0).powi(3)
        });
        1.0 - terms.sum::<f64>() / (6.0 * 60.0 * 30.0 * 100.0)
    });
    judge("three clocks", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn pollers_of_one_list_share_its_publication_and_its_cache() {
    // Four replicas: the publication and the cache are common, only the polls are each replica's own, so that the mean is
    // 60 / 2 + 30 / 2 + 100 x 4 / 5 = 125 s.
    let played = play(&heard(
        "kind: status_list, published_every: 60s, cached_for: 30s, every: 100s",
        "replicas: 4, hears: { news: deny }",
        "4m",
    ));
    judge("three clocks, four pollers", |checks| {
        checks.mean("window", &played.values("time_to_contain"), 125.0);
        checks.largest("window", &played.values("time_to_contain"), 190.0);
    });
}

#[test]
fn a_list_past_its_validity_shuts_the_door_by_itself() {
    // Every 60 s, half of the polls fail; a list is good for 90 s, and without one everything is rejected. At the revocation
    // the last good poll is A = (1 - u) + G1 periods old, the next one is u + G2 away, G1 and G2 geometric: the window is
    // min(60 (u + G2), max(0, 90 - 60 (1 - u + G1))). A good poll brings the news as well, so the door stays shut.
    let played = play(&heard(
        "kind: status_list, every: 60s, loss: 50%, validity: 90s, when_expired: reject",
        "hears: { news: deny }",
        "1h",
    ));
    let law = Law::up_to(90.0, |t| {
        integral(0.0, 1.0, 600, |u| {
            // P(next good poll later than t) and P(last good poll young enough), independent given the phase u.
            let missed = if t < 60.0 * u { 0.0 } else { ((t / 60.0 - u).floor() + 1.0).max(0.0) };
            let younger = (90.0 - t) / 60.0 - (1.0 - u);
            let young = if younger <= 0.0 { 0.0 } else { 1.0 - 0.5_f64.powf(younger.ceil()) };
            0.5_f64.powf(missed) * young
        })
    });
    judge("validity", |checks| {
        checks.law("window", &played.values("time_to_contain"), &law.coarse(3_000));
        checks.mean_count("reopenings", &played.values("reopenings"), 0.0);
    });
}

#[test]
fn a_looked_up_list_acts_as_soon_as_it_is_written_for_everybody() {
    // One entry, one delay, however many verifiers read it: Exp(2 s) for one replica and for twenty.
    for replicas in [1, 20] {
        let verifier = format!("replicas: {replicas}, hears: {{ news: deny }}");
        let played = play(&heard("kind: deny_list, delay: exponential(mean=2s)", &verifier, "5m"));
        let law = Law::beyond(60.0, |t| (-t / 2.0).exp());
        judge(&format!("looked up by {replicas}"), |checks| {
            checks.law("window", &played.values("time_to_contain"), &law);
        });
    }
}

#[test]
fn a_list_that_forgets_too_early_lets_the_credential_in_again() {
    // Written after 2 s, kept for 60 s, token of 10 minutes at any age A: shut from 2 s to 62 s, open again until the end
    // of the token, R = U(0, 600 s). W = R if R > 62 s, else min(R, 2 s); it opens again with probability 538 / 600.
    let text = heard("kind: deny_list, delay: 2s, kept_for: 60s", "hears: { news: deny }", "11m");
    let played = play(&text.replace("lifetime: forever", "lifetime: 10m"));
    let values = played.values("time_to_contain");
    judge("kept too short", |checks| {
        let law = Law::up_to(600.0, |t| if t < 2.0 { 1.0 - t / 600.0 } else { (600.0 - t.max(62.0)) / 600.0 });
        checks.law("window", &values, &law);
        let reopened = played.values("reopenings");
        checks.share("opened again", (reopened.equal_to(1), reopened.n()), 538.0 / 600.0);
        let first = Law::up_to(2.0, |t| 1.0 - t / 600.0);
        checks.law("first shut", &played.values("first_contained"), &first);
        // Open for min(R, 2 s), and for R - 62 s if that is positive.
        let open = (2.0 - 4.0 / 1_200.0) + 538.0 * 538.0 / 1_200.0;
        checks.mean("open in all", &played.values("exposure_time"), open);
    });
}

#[test]
fn a_subscriber_that_missed_the_message_learns_from_the_next_full_read() {
    // Lost with p = 5 %, else there after Exp(2 s); a full read every 300 s: (p + (1 - p) e^(-t / 2)) (1 - t / 300).
    let played = play(&heard(
        "kind: deny_list, read: subscribed, delay: exponential(mean=2s), loss: 5%, every: 5m",
        "hears: { news: deny }",
        "301s",
    ));
    let law = Law::up_to(300.0, |t| (0.05 + 0.95 * (-t / 2.0).exp()) * (1.0 - t / 300.0));
    judge("subscribed, with full reads", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_restart_forgets_what_was_only_kept_in_memory() {
    // The message comes after 1 s; restarts come every 100 s on average and lose it; nothing is read again. The token has
    // R = U(0, 600 s) to live: W = R if a restart falls into (1 s, R), else min(R, 1 s).
    let text = heard(
        "kind: deny_list, read: subscribed, delay: 1s, restarts: exponential(mean=100s)",
        "hears: { news: deny }",
        "11m",
    );
    let played = play(&text.replace("lifetime: forever", "lifetime: 10m"));
    let law = Law::up_to(600.0, |t| {
        if t < 1.0 {
            return 1.0 - t / 600.0;
        }
        // P(R > t, a restart in (1 s, R)) = int_t^600 (1 - e^(-(r - 1) / 100)) dr / 600.
        let tail = 100.0 * ((-(t - 1.0) / 100.0).exp() - (-599.0_f64 / 100.0).exp());
        ((600.0 - t) - tail) / 600.0
    });
    judge("restarts forget", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_bus_that_fails_for_all_leaves_all_to_their_caches() {
    // O6a over N = 5 replicas: with c = 1 % the bus loses the message for all, 1 - (t / T)^N; else each has lost it with
    // p = 2 % or waits Exp(0.5 s): F1(t) = 1 - (1 - t / T) (p + (1 - p) e^(-2 t)), F1^5.
    let channel = "kind: set_push, delay: exponential(mean=500ms), loss: 2%, bus_loss: 1%";
    let played = play(&evicted(channel, "replicas: 5, hears: { news: evict }"));
    let law = Law::up_to(300.0, |t| {
        let one = 1.0 - (1.0 - t / 300.0) * (0.02 + 0.98 * (-2.0 * t).exp());
        0.01 * (1.0 - (t / 300.0).powi(5)) + 0.99 * (1.0 - one.powi(5))
    });
    judge("bus loss", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_push_that_gives_up_after_three_attempts_leaves_the_rest_to_the_cache() {
    // Attempts at 0, 2 and 8 s (pauses 2 s, 6 s: factor 3), each lost with p = 30 %, else there after Exp(1 s), before a
    // cache of 300 s: (1 - t / 300) times the product over attempts b <= t of 1 - 0.7 (1 - e^(-(t - b))).
    let channel = "kind: set_push, delay: exponential(mean=1s), loss: 30%, delivery: at_least_once, \
                   retry: { first: 2s, factor: 3, attempts: 3 }";
    let played = play(&evicted(channel, "hears: { news: evict }"));
    let law = Law::up_to(300.0, |t| {
        let late = [0.0, 2.0, 8.0].iter().filter(|b| **b <= t).map(|b| 1.0 - 0.7 * (1.0 - (b - t).exp()));
        (1.0 - t / 300.0) * late.product::<f64>()
    });
    judge("three attempts", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn the_longest_pause_caps_those_after_it() {
    // Pauses 1, 2, 3, 3 s, ...: attempts at 0, 1, 3, 6, 9 s, ..., each lost with p = 50 %, 100 ms under way.
    let channel = "kind: set_push, delay: 100ms, loss: 50%, delivery: at_least_once, \
                   retry: { first: 1s, factor: 2, longest: 3s }";
    let played = play(&heard(channel, "hears: { news: deny }", "10m"));
    let values = played.values("time_to_contain");
    judge("longest pause", |checks| {
        let mut left = values.n();
        for (attempt, at) in [0_i64, 1, 3, 6, 9, 12, 15].into_iter().enumerate() {
            let here = values.equal_to(at * 1_000_000_000 + 100_000_000);
            checks.share(&format!("attempt {} of those left", attempt + 1), (here, left), 0.5);
            left -= here;
        }
    });
}

#[test]
fn a_dead_stream_swallows_everything_until_it_is_verified() {
    // Dead with 10 %, found within U(0, 60 s), then sent again; 2 s under way: W = 2 s, or 2 s + U(0, 60 s).
    let channel = "kind: set_push, delay: 2s, delivery: at_least_once, dead: 10%, verified_every: 60s";
    let played = play(&heard(channel, "hears: { news: deny }", "2m"));
    let law = Law::up_to(62.0, |t| if t < 2.0 { 1.0 } else { 0.1 * (62.0 - t) / 60.0 });
    judge("dead streams", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_push_that_reaches_one_replica_leaves_the_others_to_their_caches() {
    // Three replicas, one of them hears at once: the later of two uniform rests, F(t) = (t / 300)^2.
    let channel = "kind: set_push, delay: 0s, reaches: one_replica";
    let played = play(&evicted(channel, "replicas: 3, hears: { news: evict }"));
    let law = Law::up_to(300.0, |t| 1.0 - (t / 300.0).powi(2));
    judge("one replica hears", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn a_denial_that_ends_before_the_token_lets_it_in_again() {
    // Heard at once and denied for 100 s; the token lives R = U(0, 600 s) on: W = 0 if R <= 100 s, else R.
    let text = heard("kind: set_push, delay: 0s", "hears: { news: deny for 100s }", "11m");
    let played = play(&text.replace("lifetime: forever", "lifetime: 10m"));
    let law = Law::up_to(600.0, |t| (600.0 - t.max(100.0)) / 600.0);
    judge("denial too short", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn the_first_of_several_news_wins() {
    // A push that loses 10 % and takes Exp(1 s), a poll every 60 s, a cache of 300 s, independent of one another.
    let played = play(
        r"
revdrill: 1
teaches: Channels side by side multiply what each leaves open.
start: saturated
horizon: 301s after revocation
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
channels:
  push: { kind: set_push, delay: exponential(mean=1s), loss: 10% }
  poll: { kind: set_poll, every: 60s }
verifiers: { api: { asks: idp, cache: { ttl: 5m }, hears: { push: evict, poll: evict } } }
attacker: { steals: token, replays: { arrivals: poisson 1/h } }
defender: { detects: 0s, playbook: { revoke: token } }
",
    );
    let law = Law::up_to(60.0, |t| (0.1 + 0.9 * (-t).exp()) * (1.0 - t / 60.0) * (1.0 - t / 300.0));
    judge("push, poll and cache", |checks| checks.law("window", &played.values("time_to_contain"), &law));
}

#[test]
fn news_of_another_kind_of_revocation_is_not_heard() {
    // The channel carries only disabled subjects: the cache alone decides.
    let played = play(&evicted("kind: set_push, delay: 0s, carries: disable_subject", "hears: { news: evict }"));
    judge("carries something else", |checks| {
        checks.law("window", &played.values("time_to_contain"), &Law::up_to(300.0, |t| 1.0 - t / 300.0));
    });
}

#[test]
fn two_revocations_meet_the_same_polls() {
    // A list that is good for 50 s, fetched every 10 s or so with every second poll lost: a verifier is told, or rejects everything
    // for want of a valid list. Where the second of two credentials is revoked 35 s after the first, it is shut as long after
    // that as where it is the only one, for it is told of both by the same polls. If each had polls of its own, both would end
    // the list, and the distributions would lie 0.04 apart; at 40,000 trials each chance goes beyond 0.0138 once in a thousand.
    let drill = |steals: &str, playbook: &str| {
        let text = format!(
            r"
revdrill: 1
teaches: One poller has one history.
horizon: 30m
credentials:
  one: {{ kind: self_contained, issuer: idp, lifetime: forever }}
  two: {{ kind: self_contained, issuer: idp, lifetime: forever }}
channels:
  list: {{ kind: status_list, every: 10s, jitter: 50%, loss: 50%, cached_for: 30s, validity: 50s, when_expired: reject }}
verifiers: {{ api: {{ accepts: [one, two], hears: {{ list: deny }} }} }}
attacker: {{ steals: {steals}, replays: {{ arrivals: poisson 1/m }} }}
defender: {{ detects: 2m..10m, playbook: [ {playbook} ] }}
"
        );
        play_trials(&text, 40_000).values("time_to_contain")
    };
    let (alone, second) =
        (drill("two", "{ revoke: two }"), drill("[one, two]", "{ revoke: one }, { revoke: two, takes: 35s }"));
    let share = |values: &Values, seconds: i64| values.at_most(seconds * 1_000_000_000) as f64 / values.n() as f64;
    let distance = (0..80).map(|q| (share(&alone, q) - share(&second, 35 + q)).abs()).fold(0.0, f64::max);
    judge("one history of polls", |checks| {
        checks.holds("distance", distance < 0.0138, &distance.to_string());
    });
}
