//! Sizes are bounded, so that a hostile scenario is refused before it costs anything.

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
fn a_tower_of_tiers_is_refused() {
    let verifier = "  b: { asks: idp, cache: [ { ttl: 1s }, { ttl: 1s }, { ttl: 1s }, { ttl: 1s }, { ttl: 1s } ] }\n";
    assert_eq!(fault(with("", verifier, "")), "`cache` has 5 items and at most 4 are allowed");
}

#[test]
fn a_mebibyte_of_nonsense_is_refused_within_seconds() {
    // Each file is close to the largest that is read, and repeats one thing that could cost the square of its length.
    let base = with("", "", "");
    let floods = [
        with("", &many(50_000, |at| format!("  v{at}: {{a: 1}}\n")), ""),
        with("", &many(30_000, |at| format!("  v{at}: {{ asks: idp, x: }}\n")), ""),
        with(
            "",
            &many(9_000, |at| format!("  v{at}: {{ asks: idp, behind: [gw, v{}], fronts: t }}\n", at.max(1) - 1)),
            "",
        ),
        with("", &format!("  w: {{ asks: idp, behind: [{}] }}\n", many(100_000, |at| format!("v{at},"))), ""),
        format!("{base}{}", many(60_000, |at| format!("unknown{at}: 1\n"))),
        base.replace("steals: token", &format!("steals: [{}]", many(100_000, |at| format!("s{at},")))),
        base.replace("objectives: [", &format!("objectives: [{}", many(50_000, |at| format!("mean(x{at})<1,")))),
        format!(
            "{base}lawful:\n{}",
            many(250, |at| format!(
                "  l{at}: {{ uses: token, sends: poisson 1/s, to: [{}] }}\n",
                many(900, |_| "gw,".into())
            ))
        ),
    ];
    for (at, flood) in floods.into_iter().enumerate() {
        assert!(flood.len() < 1 << 20, "flood {at} has {} bytes", flood.len());
        let start = std::time::Instant::now();
        assert_ne!(fault(flood), "", "flood {at}");
        assert!(start.elapsed().as_secs() < 5, "flood {at} took {:?}", start.elapsed());
    }
}
