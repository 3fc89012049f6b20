//! A plain request is decided in a few steps, and a trial is the same as if each had taken the whole path.
//!
//! Where requests are written down, every one takes the whole path; so a trial played both ways must leave one ledger.

use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::scenario::load::{Input, Scenario, load};
use revdrill::scenario::objectives::Catalogue;
use std::path::Path;

/// Everything that stands in the way of a plain request at once: news that is heard and denials that end, expiry before
/// and after the revocation, replacements, an issuer that is down, restarts, sources that move on, back off or roam.
const IN_THE_WAY: &str = "
revdrill: 1
teaches: Everything in the way of a plain request.
horizon: 4m after revocation
credentials:
  a: { kind: opaque, issuer: idp, lifetime: 10m }
  b: { kind: opaque, issuer: idp, lifetime: 4m }
  c: { kind: opaque, issuer: other, lifetime: forever }
channels:
  bus: { kind: set_push, from: idp, delay: exponential(mean=5s), loss: 20%, delivery: at_most_once }
verifiers:
  deaf: { asks: idp, cache: { ttl: 40s, capped_by_expiry: false } }
  told: { asks: idp, cache: { ttl: 60s }, hears: { bus: evict } }
  denies: { asks: idp, accepts: a, cache: { ttl: 30s, jitter: 10% }, hears: { bus: deny } }
  twice: { asks: other, cache: { ttl: 30s, restarts: exponential(mean=20s) }, fronts: [one, two] }
  forgetful: { asks: idp, cache: { ttl: 20s, negative_ttl: 3s, stale_while_revalidate: 5s } }
  passed: { asks: idp, cache: { ttl: 25s, bypass: [pay] }, fronts: [pay, browse] }
attacker:
  steals: [a, b, c]
  first_try: 10s
  replays:
    - { arrivals: poisson 5/s, order: roam, on_reject: move_on }
    - { arrivals: poisson 3/s, order: enumerate, on_reject: back_off(first=1s factor=2 longest=20s give_up=8) }
    - { arrivals: paced 2/s, order: stick, on_reject: give_up(after=5) }
    - { arrivals: bursty(rate=9/s burst=2s silence=5s), order: enumerate }
    - { arrivals: closed_loop(workers=2 answer=50ms think=exponential(mean=1s)), order: enumerate }
lawful:
  one: { uses: a, sends: poisson 4/s, replaced_after: exponential(mean=30s) }
  two: { uses: [b, c], sends: poisson 2/s, order: enumerate }
defender: { detects: exponential(mean=2m), playbook: [ { revoke: a, takes: 5s }, { revoke: b }, { disable_subject: c } ] }
faults:
  down: { part: idp, from: 10s after revocation, for: 30s }
";

/// Memoryless sources that never stop, each with one credential, and everything that ends what is known of their
/// requests: so runs of several sources are long, and are cut short by all of it.
const RUNS: &str = "
revdrill: 1
teaches: Whatever cuts a run of plain requests short.
horizon: 10m after revocation
credentials:
  a: { kind: opaque, issuer: idp, lifetime: 9m }
  b: { kind: opaque, issuer: idp, lifetime: forever }
channels:
  bus: { kind: set_push, from: idp, delay: exponential(mean=5s), loss: 20%, delivery: at_most_once }
verifiers:
  deaf: { asks: idp, cache: { ttl: 40s, capped_by_expiry: false } }
  told: { asks: idp, cache: { ttl: 60s }, hears: { bus: evict } }
  denies: { asks: idp, cache: { ttl: 30s, jitter: 10% }, hears: { bus: deny } }
  twice: { asks: idp, cache: { ttl: 30s, restarts: exponential(mean=20s) }, fronts: [one, two] }
  far: { asks: idp, cache: [ { ttl: 10s }, { ttl: 1m, placement: per_verifier } ] }
  forgetful: { asks: idp, cache: { ttl: 20s, negative_ttl: 3s } }
attacker:
  steals: [a]
  first_try: 10s
  replays:
    - { arrivals: poisson 5/s, order: roam }
    - { arrivals: poisson 3/s, order: enumerate }
    - { arrivals: poisson 2/s, order: stick }
lawful:
  one: { uses: a, sends: poisson 4/s, replaced_after: exponential(mean=30s) }
  two: { uses: b, sends: poisson 20/s, order: enumerate }
  three: { uses: b, sends: poisson 1/s, order: roam }
defender: { detects: exponential(mean=2m), playbook: [ { revoke: a, takes: 5s } ] }
faults:
  down: { part: idp, from: 10s after revocation, for: 30s }
";

/// A rejection turns the attacker to what else it carries at that place, and nowhere else.
const TWO: &str = "
revdrill: 1
teaches: What is refused at one place is tried first at another all the same.
horizon: 10m after revocation
credentials:
  a: { kind: opaque, issuer: idp, lifetime: forever }
  b: { kind: opaque, issuer: idp, lifetime: forever }
verifiers:
  both: { asks: idp, accepts: [a, b], cache: { ttl: 5m } }
  one: { asks: idp, accepts: a, cache: { ttl: 20s } }
attacker: { steals: [a, b], replays: { arrivals: poisson 2/s, order: roam } }
defender: { detects: 1m, playbook: [ { revoke: a } ] }
";

/// Questions of several sources fall into one second.
const PEAK: &str = "
revdrill: 1
teaches: The busiest second counts the questions of all.
horizon: 10m after revocation
peak_load: true
credentials: { a: { kind: opaque, issuer: idp, lifetime: forever } }
verifiers: { gate: { asks: idp, cache: { ttl: 20s } } }
attacker: { steals: a, replays: [ { arrivals: poisson 10/s }, { arrivals: poisson 10/s }, { arrivals: poisson 10/s } ] }
defender: { detects: 1m, playbook: [ { revoke: a } ] }
";

/// Three sources that begin at one instant, one of them paced, whose questions take times from one stream: what comes
/// first takes the first.
const TIED: &str = "
revdrill: 1
teaches: Requests of one instant come in the order of their sources.
horizon: 2m after revocation
credentials: { a: { kind: opaque, issuer: idp, lifetime: forever } }
channels: { ask: { kind: introspection, from: idp, request_leg: 0s..2s, response_leg: 0s..2s } }
verifiers: { gate: { asks: ask, cache: { ttl: 20s }, fronts: [one, two] } }
attacker:
  steals: a
  replays:
    - { arrivals: poisson 1/s, order: stick }
    - { arrivals: poisson 1/s, order: roam }
    - { arrivals: paced 1/s, order: enumerate }
defender: { detects: 1m, playbook: [ { revoke: a } ] }
";

fn read(input: &Input) -> Scenario {
    load(input, &[], &Catalogue).unwrap_or_else(|_| panic!("{input:?} is a scenario")).scenario
}

fn assert_same_both_ways(scenario: &Scenario, trials: u64) {
    let plan = Plan::new(&scenario.system);
    let (mut short, mut whole) = (Player::new(&plan), Player::new(&plan));
    for trial in 0..trials {
        let (counted, _) = short.play(Seed(7), trial, Requests::Counted);
        let (written, _) = whole.play(Seed(7), trial, Requests::WrittenDown);
        assert_eq!(counted, written, "trial {trial} of `{}`", scenario.teaches);
    }
}

#[test]
fn a_trial_is_the_same_whichever_way_its_requests_take() {
    let text = |name: &str, text: &str| Input::Text { name: name.into(), text: text.into(), folder: None };
    assert_same_both_ways(&read(&text("in the way", IN_THE_WAY)), 60);
    assert_same_both_ways(&read(&text("runs", RUNS)), 60);
    assert_same_both_ways(&read(&text("two", TWO)), 60);
    assert_same_both_ways(&read(&text("peak", PEAK)), 5);
    assert_same_both_ways(&read(&text("tied", TIED)), 60);
    assert_same_both_ways(&read(&text("cache-replay", include_str!("../../benches/cache-replay.yaml"))), 3);
}

#[test]
fn shipped_scenarios_are_the_same_whichever_way_their_requests_take() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).expect("the shipped scenarios");
    let mut played = 0;
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.extension().is_some_and(|extension| extension == "yaml") {
            assert_same_both_ways(&read(&Input::Path(path)), 5);
            played += 1;
        }
    }
    assert!(played > 5, "the scenarios are there");
}
