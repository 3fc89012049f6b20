//! Good scenarios become the systems that they describe.

use revdrill::document::rendering::{Colour, render};
use revdrill::model::cache::{ClockPhase, Ends, Placement, TierAge, Ttl};
use revdrill::model::credential::{CredentialKind, Rounding};
use revdrill::model::defender::{Reach, Trigger};
use revdrill::model::fault::When;
use revdrill::model::system::{PeakLoad, Start};
use revdrill::model::verifier::{Action, Balance, Check, OutagePolicy, SkewSide};
use revdrill::model::workload::{Arrivals, OnReject, Order};
use revdrill::scenario::load::{Input, LoadError, Loaded, load};
use revdrill::scenario::objectives::{Catalogue, Expectation};
use revdrill::scenario::template;
use revdrill::units::time::Span;

const FIRST: &str = r#"
revdrill: 1
teaches: One token behind three gateways. The slowest one decides, not the average one.
horizon: 30m after revocation
credentials:
  deploy-token: { kind: opaque, issuer: ci-idp, lifetime: forever }
channels:
  bus: { kind: set_push, from: ci-idp, delay: exponential(mean=500ms), loss: 2%, delivery: at_most_once }
verifiers:
  edge-gw: { asks: ci-idp, cache: { ttl: 5m }, replicas: 4, balance: round_robin, fronts: [releases, packages] }
  ci-gw:   { asks: ci-idp, cache: { ttl: 60s, ends: next_whole_second },          fronts: [runners, artifacts] }
  ops-gw:  { asks: ci-idp, cache: { ttl: 5m }, hears: { bus: evict },             fronts: [deploys, secrets] }
attacker: { steals: deploy-token, first_try: 90% in 20s..4m, replays: { arrivals: poisson 2/s, order: enumerate, on_reject: move_on } }
lawful:   { pipelines: { uses: deploy-token, sends: poisson 0.5/s, replaced_after: lognormal(p50=10m p95=45m) } }
defender: { detects: lognormal(p50=5m p95=12m), playbook: [ { revoke: deploy-token, takes: 30s } ] }
objectives:
  - p99(time_to_contain) <= 60s: meant to fail, edge-gw caches for five minutes
  - share(no_replay_after_revocation{target=secrets}) >= 95%
"#;

fn text(text: &str) -> Input {
    Input::Text { name: "s.yaml".into(), text: text.into(), folder: None }
}

fn loaded(scenario: &str, sets: &[(&str, &str)]) -> Loaded {
    let sets: Vec<_> = sets.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    load(&text(scenario), &sets, &Catalogue).unwrap_or_else(|error| match error {
        LoadError::Unreadable(error) => panic!("{error}"),
        LoadError::Invalid { diagnostics, sources } => panic!("{}", render(&diagnostics, &sources, Colour::Never)),
    })
}

fn seconds(seconds: i64) -> Span {
    Span::from_nanos(seconds * 1_000_000_000)
}

#[test]
fn the_first_scenario_becomes_the_system_that_it_describes() {
    let Loaded { scenario, advice, .. } = loaded(FIRST, &[]);
    assert!(advice.is_empty());
    let system = &scenario.system;
    assert_eq!((system.horizon, scenario.trials, scenario.seed), (seconds(1800), 10_000, 1));
    let names: Vec<&str> = system.targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["releases", "packages", "runners", "artifacts", "deploys", "secrets"]);
    let routes: Vec<(u16, u16)> = system.routes.iter().map(|route| (route.target.0, route.verifiers[0].0)).collect();
    assert_eq!(routes, [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2)]);
    let caches: Vec<_> = system.caches.iter().map(|cache| (cache.name.as_str(), cache.ttl, cache.ends)).collect();
    assert_eq!(
        caches,
        [
            ("edge-gw", Ttl::For(seconds(300)), Ends::Exact),
            ("ci-gw", Ttl::For(seconds(60)), Ends::NextWholeSecond),
            ("ops-gw", Ttl::For(seconds(300)), Ends::Exact)
        ]
    );
    let edge = &system.verifiers[0];
    assert_eq!((edge.replicas, edge.balance, edge.accepts.len()), (4, Balance::RoundRobin, 1));
    assert!(matches!(&edge.check, Check::Asks(asked) if asked.issuer.0 == 0 && asked.tiers.len() == 1));
    assert!(matches!(system.verifiers[2].hears[..], [hearing] if hearing.action == Action::Evict));
    let stream = &system.attacker.replays[0];
    assert!(matches!(stream.arrivals, Arrivals::Poisson(rate) if rate.value() == 2.0));
    assert_eq!((stream.order, stream.on_reject, stream.routes.len()), (Order::Enumerate, OnReject::MoveOn, 6));
    assert_eq!(system.lawful[0].order, Order::Roam);
    assert_eq!(scenario.objectives[0].expected, Expectation::Failed("edge-gw caches for five minutes".into()));
    assert_eq!(scenario.objectives[1].expected, Expectation::Met);
    assert_eq!(system.issuers[0].name, "ci-idp", "an issuer that is only named exists");
}

#[test]
fn an_odd_system_becomes_the_settings_that_it_names() {
    let odd = r#"
revdrill: 1
teaches: How far the vocabulary reaches.
start: preprobed
horizon: 12h
give_up_after: 2d
peak_load: true
credentials:
  access:  { kind: self_contained, issuer: idp, lifetime: 15m, leeway: 30s, rounding: up, age: 0s..15m, scopes: [orders] }
  payment: { kind: opaque, issuer: idp, lifetime: 1h, scopes: [pay], subject: shop, environments: production }
  partner-key: { kind: static_key, lifetime: forever }
issuers:
  idp: { read_lag: 0s..3s, revocation: { ineffective: 5%, ignores: self_contained, refuses: 1% } }
caches:
  redis: { ttl: 2m, jitter: 10%, ends: previous_whole_second, clock: 0.3s at revocation, restarts: exponential(mean=30d) }
channels:
  ask:  { kind: introspection, request_leg: 5ms, response_leg: 5ms }
  ssf:  { kind: set_push, from: idp, carries: revoke, delay: 1s, delivery: at_least_once, retry: { first: 5s, attempts: 6 } }
  list: { kind: deny_list, when_down: reject }
verifiers:
  cdn:      { checks: nothing }
  api-gw:   { behind: cdn, asks: ask, cache: [ { ttl: 30s, age: inherited, placement: per_verifier, bypass: feed }, redis ], replicas: 6, balance: sticky,
              hears: { ssf: deny for 20m, list: deny }, when_issuer_down: stale for 5m }
  orders:   { behind: [api-gw, nothing], accepts: access, needs: orders, leeway: 60s, clock_skew: within 2s, fronts: [orders-api, feed] }
  partner:  { accepts: partner-key, environment: theirs, clock_skew: exponential(mean=1s) behind }
copies:
  laptop: { of: access, found_after: 1h }
attacker:
  steals: [laptop, partner-key]
  first_try: 90% in 20s..4m
  replays:
    - { arrivals: "closed_loop(workers=4 answer=50ms think=90% in 1s..5s)", targets: [feed, partner], order: roam, on_reject: back_off(first=1s give_up=8) }
    - { arrivals: every 7s jitter=10%, on_reject: give_up(after=3) }
lawful:
  shop:   { uses: access, sends: bursty(rate=20/s burst=10s silence=50s), to: orders-api, order: stick }
  others: { uses: 20000 other credentials, sends: poisson 900/s }
defender:
  detects: 11m
  triages: 1m
  playbook:
    - { revoke: access, reach: subject, takes: 20s, succeeds: 99%, retries: 3 }
    - { disable_subject: partner-key }
faults:
  idp-down: { part: idp, from: 1m before revocation, for: 3m }
  bus-lost: { part: ssf, mtbf: 30d, mttr: 20m }
  early:    { part: ssf, from: 5m..10m, for: 1m }
objectives:
  - p99(time_to_contain{except=[partner, feed]}) <= 20m
  - mean(issuer_peak_load) < 200
assumptions: { what: detection takes 11 minutes, source: our incidents of last year }
"#;
    let system = loaded(odd, &[]).scenario.system;
    assert_eq!(
        (system.start, system.horizon, system.give_up_after),
        (Start::Preprobed, seconds(43_200), seconds(172_800))
    );
    assert_eq!(system.peak_load, PeakLoad::Counted);
    assert_eq!((system.credentials[0].rounding, system.credentials[0].leeway), (Rounding::Up, seconds(30)));
    assert_eq!((system.credentials[1].subject.as_str(), system.credentials[2].issuer), ("shop", None));
    let idp = &system.issuers[0];
    assert_eq!((idp.read_replicas, idp.ineffective.value(), idp.refuses.value()), (1, 0.05, 0.01));
    assert_eq!(idp.ignores, [CredentialKind::SelfContained]);
    // Shared caches come first, so that their ids are their positions.
    let [redis, own] = &system.caches[..] else { panic!("two caches") };
    assert_eq!(
        (redis.placement, redis.clock),
        (Placement::Shared, ClockPhase::AtRevocation(Span::from_nanos(300_000_000)))
    );
    assert_eq!((own.placement, own.age, own.bypass.len()), (Placement::PerVerifier, TierAge::Inherited, 1));
    let Check::Asks(asked) = &system.verifiers[1].check else { panic!("it asks") };
    assert_eq!(
        (asked.tiers.iter().map(|tier| tier.0).collect::<Vec<_>>(), asked.request_leg.min()),
        (vec![1, 0], Span::from_nanos(5_000_000))
    );
    assert_eq!(system.verifiers[1].when_issuer_down, OutagePolicy::Stale(seconds(300)));
    let actions: Vec<Action> = system.verifiers[1].hears.iter().map(|hearing| hearing.action).collect();
    assert_eq!(actions, [Action::Deny(Some(seconds(1200))), Action::Deny(None)]);
    assert_eq!(system.verifiers[2].clock_skew.as_ref().map(|skew| skew.side), Some(SkewSide::Either));
    // What each could take by itself: the issuer knows both of its own, and a static key is compared.
    let accepted: Vec<Vec<u16>> =
        system.verifiers.iter().map(|one| one.accepts.iter().map(|id| id.0).collect()).collect();
    assert_eq!(accepted, [vec![0, 1, 2], vec![0, 1], vec![0], vec![2]]);
    // orders-api and feed by way of cdn and api-gw, and directly; the partner alone.
    let mut routes: Vec<(u16, Vec<u16>)> =
        system.routes.iter().map(|one| (one.target.0, one.verifiers.iter().map(|at| at.0).collect())).collect();
    routes.sort();
    assert_eq!(routes, [(0, vec![0, 1, 2]), (0, vec![2]), (1, vec![0, 1, 2]), (1, vec![2]), (2, vec![3])]);
    let stolen: Vec<_> =
        system.attacker.steals.iter().map(|copy| (copy.credential.0, copy.found_after.min())).collect();
    assert_eq!(stolen, [(0, seconds(3600)), (2, Span::ZERO)]);
    let [first, second] = &system.attacker.replays[..] else { panic!("two streams") };
    assert!(matches!(first.arrivals, Arrivals::ClosedLoop { workers: 4, .. }));
    let back_off = OnReject::BackOff { first: seconds(1), factor: 2.0, longest: None, give_up: Some(8) };
    assert_eq!((first.on_reject, first.routes.len(), second.routes.len()), (back_off, 3, 5));
    assert!(matches!(second.arrivals, Arrivals::Paced { every, .. } if every == seconds(7)));
    assert_eq!((system.others[0].credentials, system.others[0].rate.value()), (20_000, 900.0));
    let steps: Vec<_> = system
        .defender
        .playbook
        .iter()
        .map(|step| (step.revokes().map(|revoking| (revoking.trigger, revoking.reach)), step.retries))
        .collect();
    assert_eq!(
        steps,
        [(Some((Trigger::Revoke, Reach::Subject)), 3), (Some((Trigger::DisableSubject, Reach::Subject)), 0)]
    );
    assert!(matches!(&system.faults[0].when, When::FromRevocation { from, .. } if *from == seconds(-60)));
    assert!(matches!(&system.faults[1].when, When::Recurring { mtbf, .. } if *mtbf == seconds(30 * 86_400)));
    assert!(matches!(&system.faults[2].when, When::FromStart { .. }));
}

#[test]
fn the_template_loads_without_advice() {
    let Loaded { scenario, advice, sources, .. } = loaded(template::FIRST, &[]);
    assert!(advice.is_empty(), "{}", render(&advice, &sources, Colour::Never));
    assert_eq!(scenario.objectives.len(), 3);
}

#[test]
fn an_assignment_changes_the_system_and_the_digest() {
    let plain = loaded(FIRST, &[]).scenario;
    let set = loaded(FIRST, &[("verifiers.edge-gw.cache.ttl", "2m"), ("trials", "7")]).scenario;
    assert_eq!((set.system.caches[0].ttl, set.trials), (Ttl::For(seconds(120)), 7));
    assert_ne!(plain.digest(), set.digest());
    let same = loaded(&FIRST.replace("{ ttl: 5m }, replicas", "{ \"ttl\": '5m' }, replicas"), &[]).scenario;
    assert_eq!(plain.digest(), same.digest(), "quotes leave no trace");
    let sown = loaded(FIRST, &[("seed", "5"), ("trials", "7")]).scenario;
    assert_eq!((sown.seed, sown.trials), (5, 7));
    assert_eq!(plain.digest(), sown.digest(), "seed and trials may be said by the command line as well");
}

#[test]
fn a_scenario_lies_over_the_one_that_it_extends() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("base.yaml"), FIRST).expect("a file");
    let over = "extends: base.yaml\nteaches: Shorter.\nverifiers: { edge-gw: { cache: { ttl: 30s } } }\n";
    std::fs::write(folder.path().join("over.yaml"), over).expect("a file");
    let loaded = load(&Input::Path(folder.path().join("over.yaml")), &[], &Catalogue).expect("valid");
    assert_eq!(loaded.scenario.teaches, "Shorter.");
    assert_eq!(loaded.scenario.system.caches[0].ttl, Ttl::For(seconds(30)));
    assert_eq!(loaded.scenario.system.verifiers[0].replicas, 4);
    assert!(loaded.scenario.resolved.get("extends").is_none());
}

#[test]
fn recorded_requests_are_read_with_their_targets_and_digests() {
    // Rows of status 200 only: 1 s and 2.5 s; the unit of the table is seconds.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let table = "t,target,status,ms\n1,secrets,200,5\n2,secrets,401,5\n2.5,deploys,200,7\n";
    std::fs::write(folder.path().join("trace.csv"), table).expect("a file");
    let scenario = FIRST.replace(
        "{ arrivals: poisson 2/s, order: enumerate, on_reject: move_on }",
        "{ arrivals: { trace: { file: trace.csv, at: t, target: target, where: { status: 200 } } } }",
    );
    let scenario = scenario.replace("first_try: 90% in 20s..4m, ", "");
    std::fs::write(folder.path().join("s.yaml"), scenario).expect("a file");
    let loaded = load(&Input::Path(folder.path().join("s.yaml")), &[], &Catalogue).expect("valid");
    let Arrivals::Trace(trace) = &loaded.scenario.system.attacker.replays[0].arrivals else { panic!("a trace") };
    let found: Vec<_> = trace.requests().map(|one| (one.at, one.target.map(|target| target.0))).collect();
    assert_eq!(found, [(seconds(1), Some(5)), (Span::from_nanos(2_500_000_000), Some(4))]);
    assert_eq!(loaded.scenario.files.len(), 1);
    assert_eq!(loaded.scenario.files[0].path, "trace.csv");
}

#[test]
fn no_prefix_of_a_scenario_makes_the_reader_panic() {
    for end in (0..FIRST.len()).filter(|end| FIRST.is_char_boundary(*end)) {
        let _ = load(&text(&FIRST[..end]), &[], &Catalogue);
    }
}

#[test]
fn no_value_in_any_place_makes_the_reader_panic() {
    // Every scalar of the template in turn becomes each of these.
    let odd = [
        "",
        "0",
        "-1",
        "nothing",
        "[]",
        "{}",
        "[[a]]",
        "{ a: { b: c } }",
        "1e999",
        "🦀",
        "99999999999999999999d",
        "((((",
        "p50=1s",
    ];
    let words: Vec<&str> = template::FIRST.split_inclusive([' ', ',', '\n']).collect();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| word.len() > 2 && !word.ends_with(": ")) {
        for odd in odd {
            let end = &word[word.len() - 1..];
            let changed = format!("{}{odd}{end}{}", words[..at].concat(), words[at + 1..].concat());
            let _ = load(&text(&changed), &[], &Catalogue);
        }
    }
}

#[test]
fn a_scenario_of_thousands_of_verifiers_is_read_in_reasonable_time() {
    let mut scenario = FIRST.to_owned();
    let start = scenario.find("  ci-gw:").expect("a verifier");
    for at in 0..3_000 {
        scenario.insert_str(
            start,
            &format!("  v{at}: {{ asks: ci-idp, cache: {{ ttl: 5m }}, hears: {{ bus: evict }} }}\n"),
        );
    }
    assert_eq!(loaded(&scenario, &[]).scenario.system.targets.len(), 3_006);
}
