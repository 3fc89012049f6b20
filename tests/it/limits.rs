//! Sizes are bounded, so that a hostile scenario is refused before it costs anything.

use revdrill::experiment::price::price;
use revdrill::experiment::recording::Drill;
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::scenario::load::{Input, LoadError, load};
use revdrill::scenario::objectives::Catalogue;
use std::fmt::Write as _;

/// A scenario with its sections replaced by these.
fn with(credentials: &str, verifiers: &str, playbook: &str) -> String {
    format!(
        "revdrill: 1\nteaches: Sizes.\nhorizon: 30m\ncredentials:\n  token: {{ kind: opaque, issuer: idp, lifetime: forever }}\n{credentials}\
         channels:\n  bus: {{ kind: set_push, delay: 1s }}\nverifiers:\n  gw: {{ asks: idp, cache: {{ ttl: 5m }}, hears: {{ bus: evict }} }}\n{verifiers}\
         attacker: {{ steals: token, replays: {{ arrivals: poisson 2/s }} }}\n\
         defender: {{ detects: 5m, playbook: [ {{ revoke: token }}{playbook} ] }}\nobjectives: [ \"p99(time_to_contain) <= 60s\" ]\n"
    )
}

fn many(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        write!(text, "{}", line(at)).expect("writing to a string cannot fail");
        text
    })
}

/// The first fault; empty if there is none.
fn fault(text: String) -> String {
    match load(&Input::Text { name: "s.yaml".into(), text, folder: None }, &[], &Catalogue) {
        Ok(_) => String::new(),
        Err(LoadError::Unreadable(error)) => error.to_string(),
        Err(LoadError::Invalid { diagnostics, .. }) => diagnostics.in_order()[0].message().to_owned(),
    }
}

#[test]
fn each_limit_holds_from_the_first_one_too_many_on() {
    let credential = |at| format!("  c{at}: {{ kind: opaque, issuer: idp, lifetime: 1h }}\n");
    assert_eq!(fault(with(&many(63, credential), "", "")), "");
    assert_eq!(fault(with(&many(64, credential), "", "")), "`credentials` has 65 entries and at most 64 are allowed");

    let step = |_| ", { revoke: token }".to_owned();
    assert_eq!(fault(with("", "", &many(14, step))), "");
    assert_eq!(fault(with("", "", &many(15, step))), "`playbook` has 16 items and at most 15 are allowed");

    // 1 + 100 * 1000 replicas; and 1 + 66 * 1000 listeners.
    let deaf = |at| format!("  v{at}: {{ asks: idp, replicas: 1000 }}\n");
    assert_eq!(fault(with("", &many(99, deaf), "")), "");
    assert_eq!(
        fault(with("", &many(100, deaf), "")),
        "the verifiers have 100001 replicas in all and at most 100000 are allowed"
    );
    let hearing =
        |at| format!("  v{at}: {{ asks: idp, cache: {{ ttl: 5m }}, hears: {{ bus: evict }}, replicas: 1000 }}\n");
    assert_eq!(fault(with("", &many(65, hearing), "")), "");
    assert_eq!(fault(with("", &many(66, hearing), "")), "66001 replicas hear `bus` and at most 65535 can");

    let target = |at| format!("  v{at}: {{ asks: idp }}\n");
    assert_eq!(fault(with("", &many(3_999, target), "")), "");
    assert_eq!(fault(with("", &many(4_000, target), "")), "the scenario has 4001 targets and at most 4000 are allowed");
}

#[test]
fn what_many_replicas_hear_is_priced_by_what_is_looked_at() {
    // 1000 replicas: each piece of news is looked at by itself, with the one route behind it, unless it ends by itself:
    // then all 1000 are looked at, for the verifier and the route, when it comes and when it ends. 4 million in all.
    let steps = |action: &str| {
        let hearing =
            format!("  v: {{ asks: idp, replicas: 1000, hears: {{ bus: {action} }}, cache: {{ ttl: 5m }} }}\n");
        let input = Input::Text { name: "s.yaml".into(), text: with("", &hearing, ""), folder: None };
        let loaded = load(&input, &[], &Catalogue).unwrap_or_else(|_| panic!("it is valid"));
        let price = price(&Drill::new(&loaded.scenario).plan, 1, &[], (Requests::Counted, Engine::Auto));
        price.mean.iter().filter(|cost| cost.what.contains("`bus`")).map(|cost| cost.steps).sum::<f64>()
    };
    assert!((1e3..1e4).contains(&steps("evict")), "{}", steps("evict"));
    assert!((4e6..5e6).contains(&steps("deny for 20m")), "{}", steps("deny for 20m"));
}

#[test]
fn a_tower_of_tiers_is_refused() {
    let verifier = "  b: { asks: idp, cache: [ { ttl: 1s }, { ttl: 1s }, { ttl: 1s }, { ttl: 1s }, { ttl: 1s } ] }\n";
    assert_eq!(fault(with("", verifier, "")), "`cache` has 5 items and at most 4 are allowed");
}

#[test]
fn nonsense_is_refused_in_a_time_that_grows_with_its_length() {
    // Each flood repeats one thing that could cost the square of its length: 16 times as much of it may take 16 times as
    // long, not 256 times. The quickest of three readings leaves out most of what the machine does beside it.
    for (at, flood) in FLOODS.iter().enumerate() {
        let quickest = |sixteenths: usize| {
            let text = flood(sixteenths);
            assert!(text.len() < 1 << 20, "flood {at} has {} bytes", text.len());
            let reading = |_| {
                let start = std::time::Instant::now();
                assert_ne!(fault(text.clone()), "", "flood {at}");
                start.elapsed()
            };
            (0..3).map(reading).min().expect("three readings")
        };
        let (part, whole) = (quickest(1), quickest(16));
        // A reading of less than a few milliseconds says nothing of growth.
        let floor = std::time::Duration::from_millis(5);
        assert!(whole < 100 * part.max(floor), "flood {at}: {part:?}, and 16 times as much {whole:?}");
    }
}

/// What floods a scenario, by sixteenths of nearly the largest file that is read.
const FLOODS: [fn(usize) -> String; 8] = [
    |n| with("", &many(3_125 * n, |at| format!("  v{at}: {{a: 1}}\n")), ""),
    |n| with("", &many(1_875 * n, |at| format!("  v{at}: {{ asks: idp, x: }}\n")), ""),
    |n| {
        let verifier = |at: usize| format!("  v{at}: {{ asks: idp, behind: [gw, v{}], fronts: t }}\n", at.max(1) - 1);
        with("", &many(562 * n, verifier), "")
    },
    |n| with("", &format!("  w: {{ asks: idp, behind: [{}] }}\n", many(6_250 * n, |at| format!("v{at},"))), ""),
    |n| format!("{}{}", with("", "", ""), many(3_750 * n, |at| format!("unknown{at}: 1\n"))),
    |n| {
        let stolen = many(6_250 * n, |at| format!("s{at},"));
        with("", "", "").replace("steals: token", &format!("steals: [{stolen}]"))
    },
    |n| {
        let rules = many(3_125 * n, |at| format!("mean(x{at})<1,"));
        with("", "", "").replace("objectives: [", &format!("objectives: [{rules}"))
    },
    |n| {
        let to = many(900, |_| "gw,".into());
        let client = |at: usize| format!("  l{at}: {{ uses: token, sends: poisson 1/s, to: [{to}] }}\n");
        format!("{}lawful:\n{}", with("", "", ""), many(15 * n, client))
    },
];
