//! Relations that must hold between two scenarios, trial by trial, whatever the scenario: for systems made up at random.
//!
//! Streams of chance belong to a purpose and an entity, so that both scenarios of a pair meet the same luck; where a relation
//! needs something of a system (a start, an issuer without limits), what lacks it is left out, and enough must be left.

use super::random_systems::{SYSTEMS, loaded, text};
use revdrill::model::ledger::{Closing, Ledger};
use revdrill::model::play::beginning::standing::Standing;
use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::units::time::{Moment, Span};

const TRIALS: u64 = 50;

/// The ledgers of a text; none where it is refused.
fn ledgers(text: &str) -> Option<Vec<Ledger>> {
    let scenario = loaded(text)?;
    let plan = Plan::new(&scenario.system);
    let mut player = Player::new(&plan);
    Some((0..TRIALS).map(|trial| player.play(Seed(1), trial, Requests::Counted).0).collect())
}

/// Plays every text that is taken, and its counterpart, and compares them trial by trial; how many pairs there were.
fn compare(
    take: impl Fn(&str) -> bool,
    pair: impl Fn(&str) -> (String, String),
    differs: impl Fn(&str, &Ledger, &Ledger) -> Option<String>,
) -> u64 {
    let mut pairs = 0;
    for number in 0..SYSTEMS {
        let (one, other) = pair(&text(number));
        if !take(&one) {
            continue;
        }
        let (Some(before), Some(after)) = (ledgers(&one), ledgers(&other)) else { continue };
        pairs += 1;
        for (trial, (a, b)) in before.iter().zip(&after).enumerate() {
            if let Some(why) = differs(&one, a, b) {
                panic!("trial {trial} of system {number}: {why}\n{one}\nbeside\n{other}");
            }
        }
    }
    pairs
}

fn same(_: &str, a: &Ledger, b: &Ledger) -> Option<String> {
    (a != b).then(|| format!("{a:?}\nis not\n{b:?}"))
}

/// The same text with another setting at every verifier.
fn at_every_verifier(text: &str, change: impl Fn(&str) -> String) -> String {
    let lines = text.lines().map(|line| if line.starts_with("  ") { change(line) } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn one_replica_is_no_load_balancing() {
    let spelt_out = |line: &str| {
        if line.contains("replicas") { line.to_owned() } else { line.replacen(": { ", ": { replicas: 1, ", 1) }
    };
    let pairs = compare(|_| true, |text| (text.to_owned(), at_every_verifier(text, spelt_out)), same);
    assert!(pairs > SYSTEMS / 4, "{pairs} pairs");
}

#[test]
fn a_channel_without_loss_delivers_for_certain() {
    // No loss spelt out; and a second attempt that is never needed, an hour later, where nothing else fails.
    let lossy = "delay: exponential(mean=2s), loss: 10%";
    let with = |text: &str, how: &str| text.replace(lossy, &format!("delay: exponential(mean=2s){how}"));
    let spelt_out = |text: &str| (with(text, ""), with(text, ", loss: 0%, bus_loss: 0%"));
    let pairs = compare(|_| true, spelt_out, same);
    let whole = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("faults"));
        lines.collect::<Vec<_>>().join("\n") + "\n"
    };
    let again = ", delivery: at_least_once, retry: { first: 1h }";
    let pushed = |text: &str| text.contains("delay: exponential(mean=2s)");
    let retried = compare(pushed, |text| (with(&whole(text), ""), with(&whole(text), again)), same);
    assert!(pairs > SYSTEMS / 4 && retried > 10, "{pairs} and {retried} pairs");
}

/// The same text with every duration `times` as long and every rate as much lower.
fn slower(text: &str, times: u64) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("/s") {
            out += &format!("/{times}s");
            rest = &rest[2..];
        } else if first.is_ascii_digit() && !out.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let whole = digits(rest);
            if let Some(fraction) = rest[whole..].strip_prefix('.').map(digits).filter(|fraction| *fraction > 0) {
                // No duration here has a fraction.
                out += &rest[..whole + 1 + fraction];
                rest = &rest[whole + 1 + fraction..];
                continue;
            }
            let digits = whole;
            let after = &rest[digits..];
            let unit = after.len() - after.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
            let number: u64 = rest[..digits].parse().expect("digits");
            let is_time = ["ms", "s", "m", "h", "d"].contains(&&after[..unit]);
            out += &(if is_time { number * times } else { number }).to_string();
            out += &after[..unit];
            rest = &after[unit..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

#[test]
fn what_is_three_times_slower_is_the_same_system() {
    // Every duration is three times as long, up to a nanosecond for each draw that it is the sum of, of which there are no
    // more than events: half a nanosecond of rounding here and 3 / 2 there. Whole seconds do not grow with anything, and the
    // length of a warm-up has a second that does not; those are left out.
    assert_eq!(slower("poisson 0.5/s 90ms..2s, loss: 10%, 1m", 3), "poisson 0.5/3s 270ms..6s, loss: 10%, 3m");
    let steady = |text: &str| {
        let plain = !text.contains("whole_second");
        plain
            && loaded(text).is_some_and(|one| {
                Standing::of(&Plan::new(&one.system)).warm_up.is_none()
                    || !text.contains("start: stationary") && !text.contains("start: preprobed")
            })
    };
    let since = |ledger: &Ledger, at: Option<Moment>| Some(at?.since(ledger.revoked_at?));
    let apart = |a: Option<Span>, b: Option<Span>, most: i64| match (a, b) {
        (Some(a), Some(b)) => (3 * a.nanos() - b.nanos()).abs() > most,
        (a, b) => a.is_some() != b.is_some(),
    };
    let differs = |_: &str, a: &Ledger, b: &Ledger| {
        let most = 2 * i64::try_from(a.events + 10).expect("few events");
        let doors = a.targets.iter().chain([&a.whole]).zip(b.targets.iter().chain([&b.whole]));
        let moved = |(x, y): (&Closing, &Closing)| {
            apart(since(a, x.closed_at), since(b, y.closed_at), most)
                || apart(since(a, x.first_closed_at), since(b, y.first_closed_at), most)
                || apart(Some(x.open_for), Some(y.open_for), most)
                || x.reopenings != y.reopenings
        };
        let used = a.uses.iter().zip(&b.uses).any(|(x, y)| {
            x.accepted_after != y.accepted_after || apart(since(a, x.last_accepted), since(b, y.last_accepted), most)
        });
        (doors.into_iter().any(moved) || used).then(|| format!("more than {most} ns apart: {a:?}\nand\n{b:?}"))
    };
    let pairs = compare(steady, |text| (text.to_owned(), slower(text, 3)), differs);
    assert!(pairs > 20, "{pairs} pairs");
}

#[test]
fn one_more_push_or_list_never_lengthens_an_exposure() {
    // Saturated caches and an issuer that answers everybody at once and is never behind: whatever news takes away can only
    // be filled with a refusal. A hit that keeps an entry alive is left out: who is refused at one replica may by his turn
    // hit another one instead. So is a hit that asks in the background, which
    // is news of its own to whoever shares the cache, and does not come of who is denied. So is a second credential: refused with one sooner, he loads caches with the other sooner.
    let saturated = |text: &str| {
        let start = text.lines().find(|line| line.starts_with("start: ")).expect("a start");
        text.replace(start, "start: saturated").replace("asks: ask", "asks: idp")
    };
    let plain = |text: &str| {
        let limits =
            ["read_lag", "introspection: {", "every_hit", "idle", "refresh_ahead", "while_revalidate", "vault"];
        limits.iter().all(|limit| !text.contains(limit))
    };
    let hearing = |text: &str, how: &str, kind: &str| {
        let heard = at_every_verifier(text, |line| {
            if line.contains("hears: { ") {
                line.replace("hears: { ", &format!("hears: {{ extra: {how}, "))
            } else {
                line.replacen(": { ", &format!(": {{ hears: {{ extra: {how} }}, "), 1)
            }
        });
        // Last of all, so that the others keep their numbers and their luck.
        let last = heard.lines().find(|line| line.starts_with("channels: ")).expect("channels");
        let more = format!("{}, extra: {{ {kind} }} }}", last.strip_suffix(" }").expect("a map"));
        heard.replace(last, &more)
    };
    let longer = |_: &str, a: &Ledger, b: &Ledger| {
        let end = |ledger: &Ledger, door: &Closing| door.closed_at.unwrap_or(ledger.ended_at);
        let doors = a.targets.iter().chain([&a.whole]).zip(b.targets.iter().chain([&b.whole]));
        let worse = doors.into_iter().any(|(x, y)| end(b, y) > end(a, x) || y.open_for > x.open_for);
        let used = a.uses.iter().zip(&b.uses).any(|(x, y)| y.accepted_after > x.accepted_after);
        (worse || used).then(|| {
            format!("longer with one more channel: {:?} {:?}\nand\n{:?} {:?}", a.targets, a.uses, b.targets, b.uses)
        })
    };
    let push = "kind: set_push, from: idp, delay: exponential(mean=3s), loss: 40%";
    let list = "kind: deny_list, from: idp, delay: 0s..20s";
    for (how, kind) in [("evict", push), ("deny", push), ("deny", list)] {
        let pair = |text: &str| (saturated(text), hearing(&saturated(text), how, kind));
        let pairs = compare(plain, pair, longer);
        assert!(pairs > 10, "{pairs} pairs with {how}");
    }
}
