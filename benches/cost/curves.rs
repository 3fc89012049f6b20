//! What is made larger: five curves, each a family of scenarios that differ in one number.

use std::fmt::Write;

/// A family of scenarios.
pub struct Curve {
    /// What grows.
    pub name: &'static str,
    /// How far.
    pub sizes: &'static [u64],
    /// The scenario of one size.
    pub text: fn(u64) -> String,
    /// Requests a trial of one size, about: what the engine that plays every request must play.
    pub requests: fn(u64) -> f64,
}

/// All of them. What does not grow is an attacker of 50 requests a second before caches of 30 s, a revocation after a
/// minute and another minute and a half.
pub const ALL: [Curve; 5] = [
    Curve {
        name: "verifiers",
        sizes: &[1, 10, 100, 1_000, 10_000],
        text: |size| scenario(&verifiers(size), 50, MINUTE_AND_HALF, &stolen()),
        requests: |_| 7_500.0,
    },
    Curve {
        name: "replicas of one verifier",
        sizes: &[1, 10, 100, 300, 1_000],
        text: |size| {
            let spread = if size > 1 { format!(", replicas: {size}, balance: random") } else { String::new() };
            let one = format!("  v: {{ asks: idp, cache: {{ ttl: 30s }}{spread} }}\n");
            scenario(&one, 50, MINUTE_AND_HALF, &stolen())
        },
        requests: |_| 7_500.0,
    },
    Curve {
        name: "requests a second",
        sizes: &[1, 10, 100, 1_000, 10_000],
        text: |size| scenario(&verifiers(20), size, MINUTE_AND_HALF, &stolen()),
        requests: |size| 150.0 * size as f64,
    },
    Curve {
        name: "seconds of horizon",
        sizes: &[60, 3_600, 86_400, 2_592_000, 31_536_000],
        text: |size| scenario(&verifiers(20), 50, &format!("{size}s"), &stolen()),
        requests: |size| 50.0 * (60.0 + size as f64),
    },
    Curve {
        name: "credentials in the lineage",
        sizes: &[1, 3, 10, 30, 60],
        text: |size| scenario(&verifiers(20), 50, MINUTE_AND_HALF, &lineage(size)),
        requests: |_| 7_500.0,
    },
];

const MINUTE_AND_HALF: &str = "90s";

/// Verifiers; where there are many, several of them are ways to one target.
fn verifiers(count: u64) -> String {
    let targets = count.min(2_500);
    (0..count).fold(String::new(), |mut text, number| {
        let target = number % targets;
        let _ = writeln!(text, "  v{number}: {{ asks: idp, cache: {{ ttl: 30s }}, fronts: [t{target}] }}");
        text
    })
}

fn stolen() -> String {
    lineage(1)
}

/// A credential and, one from the other, those derived from it: all end with the first.
fn lineage(count: u64) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let parent = number.checked_sub(1).map_or(String::new(), |parent| format!(", from: c{parent}"));
        let _ = writeln!(text, "  c{number}: {{ kind: opaque, issuer: idp, lifetime: forever{parent} }}");
        text
    })
}

fn scenario(verifiers: &str, rate: u64, horizon: &str, credentials: &str) -> String {
    format!(
        "revdrill: 1\nteaches: What a trial costs.\nstart: first_use\nhorizon: {horizon} after revocation\n\
         credentials:\n{credentials}verifiers:\n{verifiers}\
         attacker: {{ steals: c0, first_try: 0s, replays: {{ arrivals: poisson {rate}/s, order: enumerate }} }}\n\
         defender: {{ detects: 60s, playbook: [ {{ revoke: c0 }} ] }}\n"
    )
}
