//! The workload cache-replay on other simulators, each as its documentation would have one write it: every request is an
//! event. They share what a request does (`workload.rs`) and differ in how events are kept and dispatched.

mod by_desru;
mod by_simcore;
#[allow(dead_code, reason = "the textbook engine is shared with the benches of the crate")]
#[path = "../../textbook/mod.rs"]
mod textbook;
mod workload;

use std::time::Instant;
use workload::Found;

const TRIALS: u64 = 100;

fn main() {
    println!("{:<12}{:>14}{:>18}{:>20}", "", "ns an event", "trials a second", "accepted replays");
    let by_textbook = |trial| {
        let found = textbook::play(1, trial);
        Found { accepted: found.accepted, events: found.events }
    };
    let engines: [(&str, &dyn Fn(u64) -> Found); 3] =
        [("textbook", &by_textbook), ("simcore", &by_simcore::play), ("desru", &by_desru::play)];
    for (name, play) in engines {
        play(0);
        let start = Instant::now();
        let (accepted, events) = (0..TRIALS).map(play).fold((0, 0), |(accepted, events), found| {
            (accepted + found.accepted, events + found.events)
        });
        let nanos = start.elapsed().as_secs_f64() * 1e9;
        println!(
            "{name:<12}{:>14.1}{:>18.1}{:>20.2}",
            nanos / events as f64,
            1e9 * TRIALS as f64 / nanos,
            accepted as f64 / TRIALS as f64
        );
    }
}
