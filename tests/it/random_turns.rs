//! Systems made up at random in which requests take turns: whatever is skipped of them, they have the same law by either
//! engine.
//!
//! Every system has a fixed number, so that a fault is found again. They differ in who calls which targets in which order,
//! in what lies between, in what is shared, and in what happens meanwhile.

use super::dice::Dice;
use super::engines::distance::{LIMIT, compare};
use revdrill::random::purpose::Purpose;
use revdrill::random::stream::{Seed, Trial};
use revdrill::scenario::load::{Input, load};
use revdrill::scenario::objectives::Catalogue;

/// How many systems there are, and trials of each by either engine: 1,000 columns of a system are by chance further apart
/// than the limit once in a million times.
const SYSTEMS: u64 = 40;
const TRIALS: u64 = 1_500;

/// A system in which requests take turns.
struct Turns(Dice);

impl Turns {
    fn verifier(&mut self, targets: &str) -> String {
        let ttl = self.0.one(&["15s", "40s", "90s"]);
        let cache =
            self.0.some(2, &["jitter: 20%", "ends: next_whole_second", "capped_by_expiry: false", "negative_ttl: 9s"]);
        let shared = self.0.some(5, &["placement: per_verifier"]);
        let balance = ["replicas: 3, balance: round_robin", "replicas: 2", "replicas: 2, balance: sticky"];
        let replicas = self.0.some(2, &balance);
        let hears = self.0.some(3, &["hears: { bus: evict }", "hears: { bus: deny }", "hears: { bus: refetch }"]);
        format!("{{ asks: idp, cache: {{ ttl: {ttl}{cache}{shared} }}{replicas}{hears}, fronts: [{targets}] }}")
    }

    /// Some of the targets, two at least.
    fn targets(&mut self) -> String {
        let all = ["t0", "t1", "t2", "t3", "t4"];
        let picked: Vec<&str> = all.into_iter().filter(|_| self.0.0.index(5) < 3).collect();
        if picked.len() < 2 { all.join(", ") } else { picked.join(", ") }
    }

    fn client(&mut self, name: &str) -> String {
        let rate = self.0.one(&["0.05", "0.3", "2"]);
        let (to, order) = (self.targets(), self.0.some(3, &["order: roam", "order: stick"]));
        let order = if order.is_empty() { ", order: enumerate".to_owned() } else { order };
        let uses = self.0.one(&["tok", "tok", "other"]);
        let replaced = self.0.some(2, &["replaced_after: exponential(mean=1m)", "replaced_after: 40s"]);
        format!("  {name}: {{ uses: {uses}, to: [{to}], sends: poisson {rate}/s{order}{replaced} }}\n")
    }

    fn text(&mut self) -> String {
        let lifetime = self.0.one(&["forever", "forever", "9m", "9m, age: 0s..2m"]);
        let verifiers: String = ["t0, t1", "t2", "t3, t4"]
            .iter()
            .enumerate()
            .map(|(number, targets)| format!("  v{number}: {}\n", self.verifier(targets)))
            .collect();
        let rate = self.0.one(&["0.1", "1", "4"]);
        let order = self.0.one(&["enumerate", "enumerate", "roam", "stick"]);
        let reject = self.0.one(&["retry", "move_on", "give_up(after=6)"]);
        let reaches = self.targets();
        let clients: String = ["a", "b", "c"][..1 + self.0.0.index(3)].iter().map(|name| self.client(name)).collect();
        let fault = self.0.one(&[
            "",
            "",
            "faults: { f: { part: idp, from: 20s..2m, for: 30s } }\n",
            "faults: { f: { restarts: v1, from: 1m..2m } }\n",
        ]);
        let first = self.0.one(&["first_try: 10s..1m, ", "first_try: 10s..1m, ", ""]);
        format!(
            "revdrill: 1\nteaches: x\nhorizon: 4m after revocation\ngive_up_after: 20m\n\
             credentials:\n  tok: {{ kind: opaque, issuer: idp, lifetime: {lifetime} }}\n  \
             other: {{ kind: opaque, issuer: idp, lifetime: forever }}\n\
             channels: {{ bus: {{ kind: set_push, from: idp, delay: exponential(mean=4s), loss: 20%, delivery: at_most_once }} }}\n\
             verifiers:\n{verifiers}\
             attacker: {{ steals: tok, {first}replays: {{ arrivals: poisson {rate}/s, order: {order}, on_reject: {reject}, targets: [{reaches}] }} }}\n\
             lawful:\n{clients}{fault}\
             defender: {{ detects: exponential(mean=90s), playbook: [ {{ revoke: tok, takes: 5s }} ] }}\n"
        )
    }
}

#[test]
fn systems_in_which_requests_take_turns_have_the_same_law_by_either_engine() {
    for number in 0..SYSTEMS {
        let dice = Dice(Trial::new(Seed(41), number).open(Purpose::SkippedPicks, 0));
        let text = Turns(dice).text();
        let input = Input::Text { name: format!("system {number}"), text: text.clone(), folder: None };
        let scenario = load(&input, &[], &Catalogue).unwrap_or_else(|faults| panic!("{faults:?}\n{text}")).scenario;
        for (column, distance) in compare(&scenario, TRIALS) {
            assert!(distance <= LIMIT, "system {number}: {column} is {distance} apart, of {LIMIT}\n{text}");
        }
    }
}
