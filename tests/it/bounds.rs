//! Bounds: each way to have one or to lose it, found by hand, and never exceeded by trials.

use revdrill::experiment::blocks::Progress;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::bound::Bound;
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::scenario::load::{Input, LoadError, Scenario, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::units::time::Span;
use std::convert::Infallible;

/// The parts of a scenario that bounds depend on; the verifier whose bound is asked for is `gw`.
struct Parts<'a> {
    token: &'a str,
    more: &'a str,
    gw: &'a str,
    start: &'a str,
}

const PLAIN: Parts<'_> = Parts {
    token: "kind: opaque, issuer: idp, lifetime: forever",
    more: "",
    gw: "asks: idp, cache: { ttl: 5m }",
    start: "saturated",
};

fn scenario(parts: &Parts<'_>) -> Scenario {
    let text = format!(
        "revdrill: 1\nteaches: Bounds.\nhorizon: 30m\nstart: {}\ncredentials:\n  token: {{ {} }}\n\
         verifiers:\n  gw: {{ {} }}\n{}\n\
         attacker: {{ steals: token, replays: {{ arrivals: poisson 0.2/s }} }}\n\
         defender: {{ detects: 1m..2m, playbook: [ {{ revoke: token }} ] }}\nobjectives: [ p99(time_to_contain) <= 60s ]\n",
        parts.start, parts.token, parts.gw, parts.more
    );
    match load(&Input::Text { name: "s.yaml".into(), text: text.clone(), folder: None }, &[], &Catalogue) {
        Ok(loaded) => loaded.scenario,
        Err(LoadError::Unreadable(error)) => panic!("{error}"),
        Err(LoadError::Invalid { diagnostics, .. }) => panic!("{}\n{text}", diagnostics.in_order()[0].message()),
    }
}

/// The bounds of a scenario, after trials that would have panicked beyond one.
fn bounds(scenario: &Scenario) -> Vec<Bound> {
    let drill = Drill::new(scenario);
    let settings = Settings {
        name: "bounds".into(),
        seed: 1,
        trials: 256,
        threads: 1,
        requests: Requests::Counted,
        engine: Engine::Auto,
    };
    let Ok(_) = drill.run::<Infallible>(&settings, &Progress::default(), |_| Ok(()));
    drill.bounds
}

/// The bound at `gw`, in text, or why there is none.
fn bound(parts: &Parts<'_>) -> String {
    let bound = bounds(&scenario(parts)).remove(0);
    bound.span.map_or(bound.because, |span: Span| span.to_string())
}

fn of_gw(gw: &str) -> String {
    bound(&Parts { gw, ..PLAIN })
}

#[test]
fn a_cache_bounds_by_the_longest_life_of_an_entry() {
    // TTL; TTL and 10 %; cut down to a second; cut up, one more; served stale for 30 s more; none.
    assert_eq!(of_gw("asks: idp, cache: { ttl: 5m }"), "5m");
    assert_eq!(of_gw("asks: idp, cache: { ttl: 5m, jitter: 10% }"), "5m30s");
    assert_eq!(of_gw("asks: idp, cache: { ttl: 5m, ends: previous_whole_second }"), "5m");
    assert_eq!(of_gw("asks: idp, cache: { ttl: 5m, ends: next_whole_second }"), "5m1s");
    assert_eq!(of_gw("asks: idp, cache: { ttl: 5m, stale_while_revalidate: 30s }"), "5m30s");
    assert_eq!(of_gw("asks: idp, cache: { ttl: disabled }"), "0s");
    assert_eq!(of_gw("asks: idp"), "0s");
}

#[test]
fn a_ttl_below_a_second_that_is_cut_down_keeps_its_bound() {
    assert_eq!(of_gw("asks: idp, cache: { ttl: 500ms, ends: previous_whole_second }"), "500ms");
}

#[test]
fn tiers_add_unless_the_nearer_inherits_the_age() {
    // The tier behind is filled until 2 min, what is copied then lives another 5 min; with its age, 5 min in all.
    assert_eq!(of_gw("asks: idp, cache: [ { ttl: 5m }, { ttl: 2m } ]"), "7m");
    assert_eq!(of_gw("asks: idp, cache: [ { ttl: 5m, age: inherited }, { ttl: 2m } ]"), "5m");
    assert_eq!(of_gw("asks: idp, cache: [ { ttl: 1m, age: inherited }, { ttl: 2m } ]"), "2m");
}

#[test]
fn an_answer_on_its_way_and_a_replica_behind_come_on_top() {
    // An answer composed at the last moment is back 3 s later; a read replica is behind by up to 4 s.
    let asking = "channels: { ask: { kind: introspection, response_leg: 1s..3s } }";
    let slow = Parts { more: asking, gw: "asks: ask, cache: { ttl: 5m }", ..PLAIN };
    assert_eq!(bound(&slow), "5m3s");
    let lag = Parts { more: "issuers: { idp: { read_lag: 0s..4s } }", ..PLAIN };
    assert_eq!(bound(&lag), "5m4s");
    let open = Parts { more: "issuers: { idp: { read_lag: exponential(mean=1s) } }", ..PLAIN };
    assert_eq!(bound(&open), "gw asks an issuer whose read replicas can be late without limit");
}

#[test]
fn an_entry_that_is_kept_alive_has_no_bound() {
    assert_eq!(
        of_gw("asks: idp, cache: { ttl: 5m, renewal: every_hit }"),
        "gw has a cache whose entries every hit renews"
    );
    assert_eq!(of_gw("asks: idp, cache: { ttl: forever }"), "gw caches an answer for ever");
    assert_eq!(of_gw("checks: nothing"), "gw checks nothing");
}

#[test]
fn what_nothing_surely_revokes_ends_with_its_life_where_the_issuer_says_so() {
    // 10 min of life, and an entry of 1 min that was filled just before.
    let revoked = |issuer: &str, gw: &str| {
        let more = format!("issuers: {{ idp: {{ {issuer} }} }}");
        bound(&Parts { token: "kind: opaque, issuer: idp, lifetime: 10m", more: &more, gw, ..PLAIN })
    };
    let cached = "asks: idp, cache: { ttl: 1m, capped_by_expiry: false }";
    assert_eq!(revoked("revocation: { ineffective: 10% }", cached), "11m");
    assert_eq!(revoked("revocation: { ineffective: 10% }", "asks: idp"), "10m");
    let kept = "asks: idp, cache: { ttl: 1m, renewal: every_hit }";
    assert_eq!(
        revoked("revocation: { ineffective: 10% }", kept),
        "gw takes a credential whose revocation may be ineffective"
    );
}

#[test]
fn the_end_of_the_credential_bounds_where_it_is_seen() {
    // At most 15 min of life left, 30 s of leeway, a clock behind by at most 2 s; 1 s more where `exp` is rounded up.
    let jwt = |token| bound(&Parts { token, gw: "clock_skew: within 2s", ..PLAIN });
    assert_eq!(jwt("kind: self_contained, issuer: idp, lifetime: 15m, leeway: 30s"), "15m32s");
    assert_eq!(jwt("kind: self_contained, issuer: idp, lifetime: 15m, leeway: 30s, rounding: up"), "15m33s");
    // At least 5 min old: 10 min left.
    assert_eq!(jwt("kind: self_contained, issuer: idp, lifetime: 15m, leeway: 0s, age: 5m..8m"), "10m2s");
    // A cache is cut there, if it is capped.
    let opaque = |cache| bound(&Parts { token: "kind: opaque, issuer: idp, lifetime: 2m", gw: cache, ..PLAIN });
    assert_eq!(opaque("asks: idp, cache: { ttl: 5m }"), "2m");
    assert_eq!(opaque("asks: idp, cache: { ttl: 5m, capped_by_expiry: false }"), "5m");
}

#[test]
fn news_bounds_only_if_it_can_neither_be_lost_nor_undone() {
    let hearing = |channel: &str, gw: &str| {
        let more = format!("channels: {{ bus: {{ {channel} }} }}");
        bound(&Parts { more: &more, gw: &format!("asks: idp, cache: {{ ttl: 5m }}, {gw}"), ..PLAIN })
    };
    assert_eq!(hearing("kind: set_push, from: idp, delay: 1s..4s", "hears: { bus: evict }"), "4s");
    assert_eq!(hearing("kind: set_push, from: idp, delay: 1s..4s", "hears: { bus: deny }"), "4s");
    assert_eq!(hearing("kind: set_poll, from: idp, every: 10s", "hears: { bus: evict }"), "10s");
    assert_eq!(hearing("kind: deny_list, delay: 2s", "hears: { bus: deny }"), "2s");
    // Lost, or forgotten before the credential ends: the TTL again.
    assert_eq!(hearing("kind: set_push, from: idp, delay: 1s, loss: 1%", "hears: { bus: evict }"), "5m");
    assert_eq!(hearing("kind: set_push, from: idp, delay: 1s", "hears: { bus: deny for 1m }"), "5m");
    // A trigger that it does not carry.
    let deaf = "kind: set_push, from: idp, delay: 1s, carries: disable_subject";
    assert_eq!(hearing(deaf, "hears: { bus: evict }"), "5m");
}

#[test]
fn an_outage_of_the_channel_takes_its_bound_away() {
    let faulty = Parts {
        more: "channels: { bus: { kind: set_push, from: idp, delay: 1s } }\nfaults: { f: { part: bus, from: 10s before revocation, for: 1m } }",
        gw: "asks: idp, cache: { ttl: 5m }, hears: { bus: evict }",
        ..PLAIN
    };
    assert_eq!(bound(&faulty), "5m");
}

#[test]
fn an_outage_of_the_issuer_has_no_bound_only_where_verifiers_fail_open() {
    let down = |policy: &str| {
        let gw = format!("asks: idp, cache: {{ ttl: 5m }}, when_issuer_down: {policy}");
        bound(&Parts { more: "faults: { f: { part: idp, from: 10s before revocation, for: 1m } }", gw: &gw, ..PLAIN })
    };
    assert_eq!(down("fail_closed"), "5m");
    assert_eq!(down("fail_open"), "gw lets everybody in while its issuer does not answer");
}

#[test]
fn an_entry_that_is_served_past_its_end_while_the_issuer_is_down_ends_with_its_grace() {
    // An outage of 1 h from the revocation, of which every second of the grace is used: TTL 5 min and 4 min; the longer
    // of 4 min and 6 min at the cache; the tier behind to 2 min, copied to 7 min, and 4 min; not where the issuer is up.
    let long = "faults: { f: { part: idp, from: 0s after revocation, for: 1h } }";
    let down = |gw: &str, more: &str| bound(&Parts { more, gw: &format!("asks: idp, {gw}"), ..PLAIN });
    assert_eq!(down("cache: { ttl: 5m }, when_issuer_down: stale for 4m", long), "9m");
    assert_eq!(down("cache: { ttl: 5m, stale_on_error: 6m }, when_issuer_down: stale for 4m", long), "11m");
    assert_eq!(down("cache: { ttl: 5m, stale_on_error: 1m }", long), "6m");
    assert_eq!(down("cache: [ { ttl: 5m }, { ttl: 2m } ], when_issuer_down: stale for 4m", long), "11m");
    assert_eq!(down("cache: { ttl: 5m }, when_issuer_down: stale for 4m", ""), "5m");
    // It is the longer of what is served stale for one reason and for another.
    let both = "cache: { ttl: 5m, stale_while_revalidate: 30s }, when_issuer_down: stale for 4m";
    assert_eq!(down(both, long), "9m");
}

#[test]
fn nothing_is_served_stale_after_the_end_of_an_outage_that_is_fixed_to_the_revocation() {
    // Down until 7 min after the revocation: an entry of 15 min outlives that, one of 5 min is served until then and not
    // to 10 min, one of 1 min to 6 min. It may last until 4 min + 5 min. Not known where it recurs, or an answer travels.
    let down = |ttl: &str, fault: &str, more: &str| {
        let gw = format!("asks: idp, cache: {{ ttl: {ttl} }}, when_issuer_down: stale for 5m{more}");
        bound(&Parts { more: &format!("faults: {{ f: {{ part: idp, {fault} }} }}"), gw: &gw, ..PLAIN })
    };
    let fixed = "from: 1m after revocation, for: 6m";
    assert_eq!(down("15m", fixed, ""), "15m");
    assert_eq!(down("5m", fixed, ""), "7m");
    assert_eq!(down("1m", fixed, ""), "6m");
    assert_eq!(down("5m", "from: 4m after revocation, for: 1m..5m", ""), "9m");
    assert_eq!(down("5m", "from: 10m before revocation, for: 6m", ""), "5m");
    assert_eq!(down("5m", "mtbf: 10m, mttr: 1m", ""), "10m");
    assert_eq!(down("5m", "from: 1m, for: 6m", ""), "10m");
}

#[test]
fn why_a_second_step_takes_the_bound_away_is_said_as_it_is() {
    let text = |playbook: &str| {
        format!(
            "revdrill: 1
teaches: Bounds.
horizon: 1h
credentials:
  session: {{ kind: opaque, issuer: idp, lifetime: forever }}
  pass: {{ kind: self_contained, issuer: idp, lifetime: 45m, from: session }}
channels: {{ jwks: {{ kind: key_rotation, from: idp, refetch: every 1s }} }}
verifiers:
  port: {{ checks: itself, accepts: pass, hears: {{ jwks: refetch }}, fronts: manifest }}
  gw: {{ asks: idp, accepts: session, fronts: bookings }}
attacker: {{ steals: session, first_try: 0s, mints: {{ pass: at_expiry }}, replays: {{ arrivals: poisson 1/m }} }}
defender: {{ detects: 5m..6m, playbook: {playbook} }}
"
        )
    };
    let why = |playbook: &str| {
        let input = Input::Text { name: "s.yaml".into(), text: text(playbook), folder: None };
        let loaded = load(&input, &[], &Catalogue).unwrap_or_else(|_| panic!("{playbook} is valid"));
        bounds(&loaded.scenario).into_iter().map(|bound| bound.because).collect::<Vec<_>>()
    };
    let both =
        "stands under a playbook of both revocations and new keys, and a bound is only worked out under one of the two";
    let told = why("[ { revoke: session }, { rotate_key: jwks } ]");
    assert_eq!(told, [format!("pass is minted from session, whose issuer {both}"), format!("gw {both}")]);
    let told = why("[ { revoke: pass }, { revoke: session } ]");
    let not_every =
        "takes a credential that not every revocation covers, and a bound is only worked out where each of them does";
    assert_eq!(told, [format!("pass is minted from session, whose issuer {not_every}"), format!("gw {not_every}")]);
}

#[test]
fn what_no_step_reaches_has_no_bound_and_steps_that_reach_nothing_stolen_take_none_away() {
    // The one that is stolen is revoked or not; the other is never stolen.
    let why = |playbook: &str| {
        let text = format!(
            "revdrill: 1\nteaches: x\nhorizon: 10m after revocation\ngive_up_after: 1h\n\
             credentials:\n  one: {{ kind: opaque, issuer: idp, lifetime: forever }}\n  \
             other: {{ kind: opaque, issuer: idp, lifetime: forever }}\n  \
             minted: {{ kind: self_contained, issuer: idp, lifetime: 2m, from: one, cascade: none }}\n\
             verifiers:\n  gw: {{ asks: idp, accepts: [one, other], cache: {{ ttl: 30s }} }}\n  \
             api: {{ accepts: minted }}\n\
             attacker: {{ steals: one, first_try: 0s, mints: {{ minted: every 50s }}, replays: {{ arrivals: poisson 1/s }} }}\n\
             defender: {{ detects: 1m, playbook: [ {playbook} ] }}\n"
        );
        let input = Input::Text { name: "b.yaml".into(), text, folder: None };
        let loaded = load(&input, &[], &Catalogue).unwrap_or_else(|faults| panic!("{faults:?}"));
        bounds(&loaded.scenario).into_iter().map(|bound| bound.span.map(Span::human)).collect::<Vec<_>>()
    };
    assert_eq!(why("{ revoke: other }"), [None, None]);
    // An entry of 30 s; a token of 2 min, minted while its parent is good: not a moment longer than that is revoked.
    let both = [Some("30s".to_owned()), Some("2m 00s".to_owned())];
    assert_eq!(why("{ revoke: one }"), both);
    assert_eq!(why("{ revoke: other }, { revoke: one }"), both);
}

#[test]
fn a_new_key_of_another_issuer_takes_no_bound_away() {
    // A blocklist that is read every 10 min, a tenth more or less: told within 11 min. The key that is rotated signs nothing
    // that the attacker has; where it signs what it mints there are two clocks, and a token of 5 min ends by itself.
    let with = |attacker: &str, rotate: &str| {
        bounds_of(&format!(
            "horizon: 30m after revocation\n\
             credentials:\n  key: {{ kind: static_key, issuer: registry, lifetime: forever }}\n  \
             token: {{ kind: self_contained, issuer: idp, lifetime: 5m, from: key, cascade: none }}\n\
             channels:\n  list: {{ kind: deny_list, from: registry, read: polled, every: 10m, jitter: 10% }}\n  \
             keys: {{ kind: key_rotation, from: idp, refetch: every 1h }}\n\
             verifiers:\n  old: {{ checks: itself, accepts: key, hears: {{ list: deny }} }}\n  \
             new: {{ checks: itself, accepts: token, hears: {{ keys: refetch }} }}\n\
             attacker: {{ steals: key, first_try: 0s, replays: {{ arrivals: poisson 1/s }}{attacker} }}\n\
             defender: {{ detects: 1m, playbook: [ {{ revoke: key }}{rotate} ] }}\n"
        ))
    };
    let minutes = |n: i64| Some(Span::from_nanos(n * 60_000_000_000));
    let rotate = ", { rotate_key: keys, takes: 5m }";
    assert_eq!(with("", "")[0], minutes(11));
    assert_eq!(with("", rotate)[0], minutes(11));
    assert_eq!(with(", mints: { token: at_expiry }", rotate)[0], None);
}

#[test]
fn a_list_that_runs_out_bounds_though_polls_are_lost() {
    // Good for 3 min from its publication, then everything is rejected; news alone may never come.
    let list = |more: &str| {
        let more = format!("channels: {{ l: {{ kind: status_list, every: 45s, loss: 30%{more} }} }}");
        bound(&Parts {
            token: "kind: self_contained, issuer: idp, lifetime: forever",
            gw: "hears: { l: deny }",
            more: &more,
            ..PLAIN
        })
    };
    assert_eq!(list(", validity: 3m, when_expired: reject"), "3m");
    assert_eq!(list(""), "gw hears no news that surely comes within a time");
    assert_eq!(list(", cached_for: 5m, validity: 2m, when_expired: reject"), "2m");
}

#[test]
fn a_response_is_kept_past_the_grace_of_an_outage() {
    // The gateway to 1 min and 5 min, its responses kept for 2 min before it: 8 min, and 6 min past the cache.
    let text = "horizon: 20m
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  cdn: { checks: nothing, cache: { holds: responses, ttl: 2m, bypass: other } }
  gw: { asks: idp, behind: cdn, cache: { ttl: 1m }, fronts: [api, other], when_issuer_down: stale for 5m }
attacker: { steals: token, replays: { arrivals: every 1s, order: roam } }
defender: { detects: 5m..6m, playbook: { revoke: token } }
faults: { f: { part: idp, from: 0s after revocation, for: 1h } }
";
    assert_eq!(bounds_of(text), [Span::parse("8m").ok(), Span::parse("6m").ok()]);
}

#[test]
fn who_checks_nothing_is_not_why_there_is_no_bound_behind_it() {
    let text = "revdrill: 1
teaches: Bounds.
horizon: 20m
credentials: { token: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers:
  cdn: { checks: nothing, cache: { holds: responses, ttl: 2m, bypass: other } }
  gw: { asks: idp, behind: cdn, cache: { ttl: 1m }, fronts: [api, other], when_issuer_down: fail_open }
attacker: { steals: token, replays: { arrivals: every 1s, order: roam } }
defender: { detects: 5m..6m, playbook: { revoke: token } }
faults: { f: { part: idp, from: 0s after revocation, for: 1h } }
";
    let loaded = load(&Input::Text { name: "s.yaml".into(), text: text.into(), folder: None }, &[], &Catalogue);
    let scenario = loaded.unwrap_or_else(|_| panic!("{text} is valid")).scenario;
    for bound in bounds(&scenario) {
        assert_eq!(bound.because, "gw lets everybody in while its issuer does not answer");
    }
}

#[test]
fn a_revocation_that_may_change_nothing_bounds_nothing() {
    let ineffective = Parts { more: "issuers: { idp: { revocation: { ineffective: 5% } } }", ..PLAIN };
    assert_eq!(bound(&ineffective), "gw takes a credential whose revocation may be ineffective");
}

#[test]
fn a_target_is_bounded_by_its_worst_route_and_a_route_by_its_best_verifier() {
    // In series the sooner of 5 and 1 min; a second way past the inner one, of 2 min, is the later of the two.
    let series = Parts {
        gw: "asks: idp, cache: { ttl: 5m }",
        more: "  inner: { behind: gw, asks: idp, cache: { ttl: 1m }, fronts: api }",
        ..PLAIN
    };
    assert_eq!(bound(&series), "1m");
    let parallel = Parts {
        more: "  inner: { behind: gw, asks: idp, cache: { ttl: 1m }, fronts: api }\n  side: { asks: idp, cache: { ttl: 2m }, fronts: api }",
        ..series
    };
    assert_eq!(bound(&parallel), "2m");
}

#[test]
fn a_cache_that_others_fill_late_is_bounded_by_their_answers() {
    // The other gateway's question is answered up to 20 s late, into the cache that both share: 5 min and 20 s. News
    // that evicts at once does not help: the late answer comes after it.
    let more = "  slow: { asks: ask, cache: redis }\ncaches: { redis: { ttl: 5m } }\nchannels: { bus: { kind: set_push, from: idp, delay: 0s }, ask: { kind: introspection, response_leg: 10s..20s } }";
    let shared = Parts { gw: "asks: idp, cache: redis, hears: { bus: refetch }", more, start: "stationary", ..PLAIN };
    assert_eq!(bound(&shared), "5m20s");
    let evicting = Parts { gw: "asks: idp, cache: redis, hears: { bus: evict }", ..shared };
    assert_eq!(bound(&evicting), "5m20s");
    let endless = more.replace("10s..20s", "exponential(mean=1s)");
    assert_eq!(
        bound(&Parts { more: &endless, ..evicting }),
        "gw shares a cache with a verifier whose answers can be late without limit"
    );
}

#[test]
fn a_cache_that_others_fill_from_behind_is_bounded_by_what_lies_there() {
    // The other gateway has 5 min of its own behind the 20 s that both share: 5 min 20 s, whoever hears of it.
    let more = "  other: { asks: idp, cache: [ near, { ttl: 5m } ] }\ncaches: { near: { ttl: 20s } }\nchannels: { bus: { kind: set_push, from: idp, delay: 0s } }";
    let shared = Parts { gw: "asks: idp, cache: near", more, start: "stationary", ..PLAIN };
    let shared = Parts { gw: "asks: idp, cache: near, hears: { bus: evict }", ..shared };
    assert_eq!(bound(&shared), "5m20s");
    // With the 5 min in front instead, they fill nothing that both share: the news counts.
    let front = more.replace("[ near, { ttl: 5m } ]", "[ { ttl: 5m }, near ]");
    assert_eq!(bound(&Parts { more: &front, ..shared }), "0s");
}

#[test]
fn caches_that_lie_behind_each_other_have_no_bound() {
    let more = "  other: { asks: idp, cache: [ far, near ] }\ncaches: { near: { ttl: 20s }, far: { ttl: 30s } }";
    let shared = Parts { gw: "asks: idp, cache: [ near, far ]", more, ..PLAIN };
    assert_eq!(bound(&shared), "gw shares caches that can fill each other for ever");
}

/// Why the bound at `gw` is what it is.
fn because(gw: &str, more: &str) -> String {
    bounds(&scenario(&Parts { gw, more, start: "stationary", ..PLAIN })).remove(0).because
}

#[test]
fn an_answer_that_may_never_come_takes_the_bound_away() {
    // One answer in ten is lost on its way back, and the verifier fails open.
    let more = "channels: { ask: { kind: introspection, response_leg: mixture(90% 1s | 10% never) } }";
    assert_eq!(
        because("asks: ask, cache: { ttl: 5m }, when_issuer_down: fail_open", more),
        "gw waits for answers that may never come"
    );
}

#[test]
fn a_target_that_bypasses_a_cache_is_bounded_by_what_it_does_not_bypass() {
    // Nothing is left to look into: 0 s, or the lag of 4 s; behind a bypassed tier of 5 min one of 1 min is left.
    let at = |cache: &str, more: &str| {
        let gw = format!("asks: idp, cache: {cache}, fronts: [ api, other ]");
        bound(&Parts { gw: &gw, more, start: "stationary", ..PLAIN })
    };
    assert_eq!(at("{ ttl: 5m, bypass: api }", ""), "0s");
    assert_eq!(at("{ ttl: 5m, bypass: api }", "issuers: { idp: { read_lag: 0s..4s } }"), "4s");
    assert_eq!(at("[ { ttl: 5m, bypass: api }, { ttl: 1m } ]", ""), "1m");
    assert_eq!(at("{ ttl: 5m, bypass: other }", ""), "5m");
}

#[test]
fn reasons_name_every_part_and_tell_tiers_apart() {
    assert_eq!(
        because("asks: idp, cache: { ttl: 5m, stale_while_revalidate: 30s }", ""),
        "gw: cache gw to 5m 00s, served stale while revalidated to 5m 30s"
    );
    assert_eq!(
        because("asks: idp, cache: [ { ttl: 5m }, { ttl: 2m } ]", ""),
        "gw: cache gw (tier 2) to 2m 00s, cache gw (tier 1) to 7m 00s"
    );
}

/// The bounds of a whole text, after trials that would have panicked beyond one.
fn bounds_of(text: &str) -> Vec<Option<Span>> {
    let text = format!("revdrill: 1\nteaches: Bounds.\n{text}");
    match load(&Input::Text { name: "s.yaml".into(), text, folder: None }, &[], &Catalogue) {
        Ok(loaded) => bounds(&loaded.scenario).into_iter().map(|bound| bound.span).collect(),
        Err(LoadError::Unreadable(error)) => panic!("{error}"),
        Err(LoadError::Invalid { diagnostics, .. }) => panic!("{}", diagnostics.in_order()[0].message()),
    }
}

#[test]
fn what_is_minted_from_a_parent_that_is_minted_anew_has_no_bound() {
    // Revoking the session leaves the key, which mints sessions, which mint tokens for as long as the trial lasts.
    let text = "horizon: 10m
credentials:
  key: { kind: static_key, issuer: idp, lifetime: forever }
  session: { kind: session, issuer: idp, lifetime: 1h, from: key }
  token: { kind: self_contained, issuer: idp, lifetime: 1m, from: session }
verifiers: { api: { accepts: token } }
attacker:
  steals: key
  first_try: 0s
  replays: { arrivals: poisson 1/s }
  mints: { session: poisson 1/20s, token: on_rejection }
defender: { detects: 1m, playbook: { revoke: session } }
";
    assert_eq!(bounds_of(text), [None]);
}

#[test]
fn news_that_evicts_does_not_reach_what_was_just_issued() {
    // Heard after 1 s, but trusted for 20 s from its issue, which may have been at the revocation.
    let text = "horizon: 5m
credentials: { token: { kind: opaque, issuer: idp, lifetime: 1h, age: 0s } }
channels: { bus: { kind: set_push, delay: 1s } }
verifiers: { api: { asks: idp, cache: { ttl: 20s }, trusts_new_for: 20s, hears: { bus: evict } } }
attacker: { steals: token, first_try: 0s, replays: { arrivals: poisson 0.2/s } }
defender: { detects: 10s, playbook: { revoke: token } }
";
    assert_eq!(bounds_of(text), [Span::parse("20s").ok()]);
}
