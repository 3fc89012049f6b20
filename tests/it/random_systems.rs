//! Systems made up at random from the grammar of the language: each is refused with a diagnostic or plays without
//! contradicting itself.
//!
//! Every text has a fixed number, so that a fault is found again; the texts differ in caches, tiers, channels, faults,
//! attackers, defenders and starts.

use super::dice::Dice;
use revdrill::model::id::TargetId;
use revdrill::model::ledger::{Ledger, Presenter, RequestEntry};
use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Player, Requests};
use revdrill::model::worst::bound;
use revdrill::random::purpose::Purpose;
use revdrill::random::stream::{Seed, Trial};
use revdrill::scenario::load::{Input, LoadError, Scenario, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::units::time::Span;

/// How many texts there are.
pub const SYSTEMS: u64 = 300;
const TRIALS: u64 = 100;

impl Dice {
    fn cache(&mut self) -> String {
        let ttl = self.one(&["5s", "20s", "1m", "forever", "disabled"]);
        let jitter = self.some(5, &["jitter: 10%"]);
        let renewal = self.some(6, &["renewal: every_hit"]);
        let ends = self.some(6, &["ends: next_whole_second", "ends: previous_whole_second"]);
        let stale = self.some(6, &["stale_while_revalidate: 7s", "stale_on_error: 9s", "refresh_ahead: 2s"]);
        let more = self.some(6, &["restarts: exponential(mean=30s)", "restarts: 40s", "idle: 4s", "negative_ttl: 3s"]);
        let shared = self.some(6, &["placement: per_verifier", "coalescing: shared", "capped_by_expiry: false"]);
        format!("{{ ttl: {ttl}{jitter}{renewal}{ends}{stale}{more}{shared} }}")
    }

    fn tiers(&mut self) -> String {
        match self.0.index(6) {
            0 => String::new(),
            1 => ", cache: common".to_owned(),
            2 => format!(", cache: [ {}, common ]", self.cache()),
            3 => format!(", cache: [ {}, {} ]", self.cache(), self.cache()),
            _ => format!(", cache: {}", self.cache()),
        }
    }

    fn verifier(&mut self) -> String {
        let asks = self.one(&["idp", "idp", "idp", "ask"]);
        let tiers = self.tiers();
        let replicas =
            self.some(3, &["replicas: 2", "replicas: 3, balance: round_robin", "replicas: 2, balance: sticky"]);
        let down = self.some(4, &["when_issuer_down: fail_open", "when_issuer_down: stale for 8s"]);
        let hears = self.some(2, &["hears: { bus: evict }", "hears: { bus: deny }", "hears: { bus: refetch }"]);
        format!("asks: {asks}{tiers}{replicas}{down}{hears}")
    }

    fn text(&mut self) -> String {
        let start = self.one(&["stationary", "stationary", "saturated", "first_use", "preprobed"]);
        let lifetime = self.one(&["forever", "10m", "1m"]);
        let bus = self.one(&[
            "kind: set_push, delay: exponential(mean=2s), loss: 10%",
            "kind: set_push, delay: 1s, delivery: at_least_once",
            "kind: set_poll, every: 20s",
            "kind: status_list, every: 15s",
            "kind: deny_list, delay: 1s",
            "kind: deny_list, read: subscribed, delay: 1s, restarts: 1m",
        ]);
        let leg = self.one(&["request_leg: 100ms", "response_leg: 0s..2s", "response_leg: exponential(mean=300ms)"]);
        let issuer = self.one(&[
            "{ idp: { read_lag: 0s..3s } }",
            "{ idp: { revocation: { ineffective: 5% } } }",
            "{ idp: { introspection: { servers: 1, service_time: 100ms, queue: 1, timeout: 300ms, retries: 1 } } }",
            "{ idp: {} }",
            "{ idp: {} }",
        ]);
        let behind = self.one(&["", ", behind: edge"]);
        let (edge, service, common) = (self.verifier(), self.verifier(), self.cache());
        let arrivals = self.one(&[
            "poisson 0.5/s",
            "every 3s",
            "bursty(rate=2/s burst=5s silence=20s)",
            "poisson 0.05/s",
            "every 4s jitter=20%",
        ]);
        let reject = self.some(3, &["on_reject: give_up(after=2)", "order: roam"]);
        let first = self.some(4, &["first_try: exponential(mean=10s)"]);
        let faults = faults(&edge, bus, issuer, behind);
        let fault = self.one(&faults);
        let fault = if fault.is_empty() { String::new() } else { format!("faults: {{ f: {{ {fault} }} }}\n") };
        // Something lies behind a door, or nothing does; a verifier may look at where requests come from.
        // Who has always been there has found long ago what it could.
        let after = if first.is_empty() { "" } else { ", found_after: exponential(mean=20s)" };
        let hidden = if self.one(&["", "", "found"]).is_empty() {
            String::new()
        } else {
            format!("found_at: service{after}, found: 70%")
        };
        let (more, copies, steals) = if hidden.is_empty() {
            ("", String::new(), "token")
        } else {
            let copies = format!("copies: {{ vault: {{ of: key, {hidden} }} }}\n");
            (", key: { kind: opaque, issuer: idp, lifetime: forever }", copies, "[token, vault]")
        };
        let looks = self.one(&["", "", "", "network"]);
        let (checks, inside) = if looks.is_empty() { ("", "") } else { (", checks_context: network", ", inside: 60%") };
        let lawful = self.one(&["", "", "lawful: { shop: { uses: token, sends: poisson 0.2/s } }\n"]);
        let detects = self.one(&["0s", "20s..40s", "exponential(mean=20s)"]);
        format!(
            "revdrill: 1\nteaches: Anything.\nstart: {start}\nhorizon: 3m after revocation\n\
             give_up_after: 1d\ncredentials: {{ token: {{ kind: opaque, issuer: idp, lifetime: {lifetime} }}{more} }}\nissuers: {issuer}\n{copies}\
             caches: {{ common: {common} }}\nchannels: {{ bus: {{ {bus} }}, ask: {{ kind: introspection, {leg} }} }}\n\
             verifiers:\n  edge: {{ {edge} }}\n  service: {{ {service}{behind}{checks} }}\n\
             attacker: {{ steals: {steals}{first}{inside}, replays: {{ arrivals: {arrivals}{reject} }} }}\n{fault}{lawful}\
             defender: {{ detects: {detects}, playbook: {{ revoke: token }} }}\n"
        )
    }
}

/// What can fail where `edge`, the channel, the issuer and what lies behind `edge` are these.
fn faults(edge: &str, bus: &str, issuer: &str, behind: &str) -> Vec<&'static str> {
    let mut found = vec![
        "",
        "part: idp, from: 5s before revocation, for: 20s",
        "part: bus, from: 0s after revocation, for: 10s",
        "part: idp, mtbf: 1m, mttr: 5s",
        "between: [bus, idp], from: 1s before revocation, for: 30s",
        "restarts: common, from: 3s after revocation",
    ];
    let more = [
        (edge.contains("hears"), "between: [edge, bus], from: 0s after revocation, for: 10s"),
        (edge.contains("ttl"), "restarts: edge, from: 2s after revocation"),
        (bus.contains("subscribed"), "restarts: bus, from: 8s after revocation"),
        (issuer.contains("introspection"), "slow: idp, times: 5, from: 0s after revocation, for: 30s"),
        (!behind.is_empty(), "between: [edge, service], mtbf: 20s, mttr: 10s"),
    ];
    found.extend(more.iter().filter(|(possible, _)| *possible).map(|(_, fault)| *fault));
    found
}

/// The text of a number.
pub fn text(number: u64) -> String {
    Dice(Trial::new(Seed(2026), number).open(Purpose::LawfulOrder, 0)).text()
}

/// The scenario of a text; none where it is refused, which must come with a diagnostic.
pub fn loaded(text: &str) -> Option<Scenario> {
    match load(&Input::Text { name: "s.yaml".into(), text: text.into(), folder: None }, &[], &Catalogue) {
        Ok(loaded) => Some(loaded.scenario),
        Err(LoadError::Unreadable(error)) => panic!("{error}\n{text}"),
        Err(LoadError::Invalid { diagnostics, .. }) => {
            assert!(!diagnostics.in_order().is_empty(), "refused without a word:\n{text}");
            None
        }
    }
}

/// What must hold in a trial, whatever is played.
fn check(ledger: &Ledger, requests: &[RequestEntry], bounds: &[Option<Span>]) -> Result<(), String> {
    let Some(revoked) = ledger.revoked_at else { return Ok(()) };
    for ((door, seen), limit) in ledger.targets.iter().zip(&ledger.uses).zip(bounds) {
        let open_until = door.closed_at.unwrap_or(ledger.ended_at);
        if seen.last_accepted.is_some_and(|last| last > open_until) {
            return Err(format!("a replay at {:?} after the door shut at {open_until:?}", seen.last_accepted));
        }
        if limit.is_some_and(|limit| open_until.since(revoked) > limit) {
            return Err(format!("open for {} beyond the bound {limit:?}", open_until.since(revoked)));
        }
        if door.open_for < Span::ZERO || door.first_closed_at.is_some_and(|first| first > open_until) {
            return Err(format!("a door that contradicts itself: {door:?}"));
        }
    }
    let by_attacker = |entry: &&RequestEntry| matches!(entry.by, Presenter::Attacker(_));
    let presented: Vec<&RequestEntry> = requests.iter().filter(by_attacker).collect();
    let after = presented.iter().filter(|entry| entry.presented_at >= revoked);
    let accepted: u64 = ledger.uses.iter().map(|seen| seen.accepted_after).sum();
    let listed = after.clone().filter(|entry| entry.accepted).count() as u64;
    if accepted != listed || ledger.rejected_after > after.clone().count() as u64 - listed {
        return Err(format!("{accepted} accepted, {} rejected, {listed} listed", ledger.rejected_after));
    }
    let in_flight = presented.iter().filter(|entry| entry.presented_at < revoked && entry.answered_at >= revoked);
    if ledger.in_flight_accepts > in_flight.filter(|entry| entry.accepted).count() as u64 {
        return Err(format!("{} in flight", ledger.in_flight_accepts));
    }
    Ok(())
}

#[test]
fn whatever_is_written_is_refused_or_plays_without_contradiction() {
    // No number is expected: only what holds between the numbers of one trial.
    let mut played = 0;
    for number in 0..SYSTEMS {
        let text = text(number);
        let Some(scenario) = loaded(&text) else { continue };
        played += 1;
        let targets = 0..scenario.system.targets.len();
        let bounds: Vec<_> = targets.map(|target| bound(&scenario.system, TargetId::at(target)).span).collect();
        let plan = Plan::new(&scenario.system);
        let mut player = Player::new(&plan);
        for trial in 0..TRIALS {
            let (ledger, requests) = player.play(Seed(1), trial, Requests::WrittenDown);
            if let Err(why) = check(&ledger, &requests, &bounds) {
                panic!("trial {trial} of system {number}: {why}\n{text}");
            }
            // Requests that are only counted are decided in fewer steps.
            let (counted, _) = player.play(Seed(1), trial, Requests::Counted);
            assert_eq!(counted, ledger, "trial {trial} of system {number}\n{text}");
        }
    }
    assert!(played >= SYSTEMS / 4, "only {played} of {SYSTEMS} systems are valid");
}
