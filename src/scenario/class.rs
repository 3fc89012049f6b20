//! `attacker.class`: presets over the open settings of the attacker, laid under what the scenario says itself.
//!
//! A class is a text in the scenario language, no more: whatever it sets could be written out, and what the scenario
//! writes goes before. The key is dropped once it is carried out, so that what is left says the same either way. What
//! only the system can tell, a pace just below the shortest TTL, is worked out from the document.

use super::edit::{Workbench, get_mut, take, texts};
use crate::document::node::{Node, Value};
use crate::document::overlay;
use crate::document::parse::parse;
use crate::document::source::{Place, Source, Sources};
use crate::document::suggestion::nearest;
use crate::model::cache::Ttl;
use crate::settings::context::Context;
use crate::units::time::Span;

/// A class of attackers.
#[derive(Clone, Copy, Debug)]
pub struct AttackerClass {
    /// Its name.
    pub name: &'static str,
    /// How it behaves.
    pub summary: &'static str,
    /// What it sets of the attacker, as a scenario writes it; empty for nothing.
    pub attacker: &'static str,
    /// What it sets of every stream of replays.
    pub stream: &'static str,
    /// What else it sets, in words; empty for nothing.
    pub works_out: &'static str,
    /// Where such attackers are described.
    pub seen: &'static str,
}

/// Names of the classes.
pub const NAMES: [&str; CLASSES.len()] = {
    let mut names = [""; CLASSES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = CLASSES[at].name;
        at += 1;
    }
    names
};

/// Every class.
pub const CLASSES: [AttackerClass; 5] = [
    AttackerClass {
        name: "blind",
        summary: "A script that fires at everything at one pace and never looks at an answer.",
        attacker: "",
        stream: "{ arrivals: poisson 1/s, order: enumerate, on_reject: retry }",
        works_out: "",
        seen: "assumption; how fast copies are found: comparitech.com, honeypot with keys on GitHub",
    },
    AttackerClass {
        name: "scanner",
        summary: "A tool that tries the credential at one target after the other and leaves those that reject it.",
        attacker: "{ first_try: 90% in 20s..4m }",
        stream: "{ arrivals: paced 2/s jitter=20%, order: enumerate, on_reject: move_on }",
        works_out: "",
        seen: "assumption; a first try within minutes: comparitech.com, honeypot with keys on GitHub",
    },
    AttackerClass {
        name: "cache_warmer",
        summary: "Somebody patient who calls each target again just before its answer would be forgotten.",
        attacker: "",
        stream: "{ order: enumerate, on_reject: back_off(first=5s factor=2 longest=10m) }",
        works_out: "`arrivals: every DURATION` with which each target is called again after 90 % of the shortest TTL",
        seen: "assumption; what it lives on: ory/oathkeeper, pull request 968",
    },
    AttackerClass {
        name: "re_minter",
        summary: "Somebody who notices a rejection and gets a new credential with what is still good.",
        attacker: "{ first_try: 90% in 20s..4m }",
        stream: "{ arrivals: poisson 1/s, order: roam, on_reject: back_off(first=1s factor=2 longest=1m) }",
        works_out: "`mints: on_rejection` for each credential that is derived from what it steals, directly or not, unless the scenario says what it mints",
        seen: "assumption; tokens that outlive a key: AWS, temporary credentials live up to 36 h",
    },
    AttackerClass {
        name: "stream_holder",
        summary: "Somebody who opens a connection wherever one can be held, and stays on it.",
        attacker: "{ first_try: 90% in 20s..4m }",
        stream: "{ arrivals: every 1m, order: enumerate, on_reject: retry }",
        works_out: "`holds_open` for every target whose verifier has `connections`, unless the scenario says what it holds open",
        seen: "assumption; streams that survive: OpenRisk, 345; Tr3kkR/Yuzu, 887",
    },
];

/// How near to the end of an entry a cache warmer comes, in percent of the TTL.
const WARM_AT: i64 = 90;

/// Carries out `attacker.class`; nothing after a fault.
pub fn expand(tree: &mut Node, sources: &mut Sources, context: &mut Context) -> Option<()> {
    let Some(attacker) = get_mut(tree, "attacker") else { return Some(()) };
    let Some(class) = take(attacker, "class") else { return Some(()) };
    let name = class.text("`class`", &mut context.diagnostics)?;
    let Some(found) = CLASSES.iter().find(|known| known.name == name) else {
        let help = match nearest(name, NAMES) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known: {}", NAMES.join(", ")),
        };
        context.fault(class.place, format!("there is no class of attackers `{name}`"), help);
        return None;
    };
    let pace = (name == "cache_warmer").then(|| warm_pace(tree, class.place));
    let mut text = |yaml: &str| {
        let file = sources.add(Source::new(&format!("class/{name}"), yaml));
        parse(sources, file, &mut context.diagnostics)
    };
    let mut stream = text(found.stream)?;
    let base = if found.attacker.is_empty() { None } else { Some(text(found.attacker)?) };
    match pace {
        Some(Some(every)) => {
            let arrivals = text(&format!("{{ arrivals: every {every} }}"))?;
            stream = overlay::merge(stream, arrivals, &mut context.diagnostics);
        }
        Some(None) if streams(tree).iter().any(|stream| stream.get("arrivals").is_none()) => {
            let help = "give a verifier a `cache` with a `ttl`, or say with `arrivals` how its requests are spaced";
            context.fault(class.place, "no cache of this scenario has a TTL below which one could call again", help);
            return None;
        }
        _ => {}
    }
    let mints = if name == "re_minter" && get_mut(tree, "attacker")?.get("mints").is_none() {
        derived(tree)
    } else {
        Vec::new()
    };
    if name == "re_minter" && mints.is_empty() && get_mut(tree, "attacker")?.get("mints").is_none() {
        let help = "say with `from` at a credential that it is derived from one that the attacker steals";
        context.fault(class.place, "nothing is derived from what the attacker steals, so it has nothing to mint", help);
        return None;
    }
    if !mints.is_empty() {
        let mut bench = Workbench { tree: &mut *tree, at: None, place: class.place, changed: 0, met: false };
        let mut pen = bench.pen();
        if let Some(mut attacker) = pen.within("attacker")
            && let Some(mut minting) = attacker.within("mints")
        {
            mints.iter().for_each(|credential| minting.set(credential, "on_rejection"));
        }
    }
    let own_streams = get_mut(tree, "attacker")?.get("holds_open").is_some();
    let base = if name == "stream_holder" && !own_streams {
        let held = with_connections(tree);
        if held.is_empty() {
            let help = "let a verifier have `connections`, or choose another class";
            context.fault(class.place, "no verifier keeps connections open, so there is nothing to hold", help);
            return None;
        }
        let file =
            sources.add(Source::new(&format!("class/{name}"), format!("{{ holds_open: [{}] }}", held.join(", "))));
        let holds = parse(sources, file, &mut context.diagnostics)?;
        base.map(|base| overlay::merge(base, holds, &mut context.diagnostics))
    } else {
        base
    };
    let attacker = get_mut(tree, "attacker")?;
    let own = std::mem::replace(attacker, Node { value: Value::Empty, place: class.place });
    *attacker = laid_under(base, stream, own, context);
    Some(())
}

/// What an attacker says itself over what its class sets: of the attacker, and of each of its streams.
fn laid_under(base: Option<Node>, stream: Node, mut own: Node, context: &mut Context) -> Node {
    let place = own.place;
    let mut over = |written: Node| {
        // Whoever replays a recording follows its rows: settings of a class would have no effect there.
        let recorded = written.get("arrivals").is_some_and(|arrivals| arrivals.entries().is_some());
        if recorded { written } else { overlay::merge(stream.clone(), written, &mut context.diagnostics) }
    };
    let replays = match take(&mut own, "replays") {
        None => over(Node { value: Value::Mapping(Vec::new()), place }),
        Some(Node { value: Value::Sequence(items), place }) => {
            Node { value: Value::Sequence(items.into_iter().map(&mut over).collect()), place }
        }
        Some(one) => over(one),
    };
    if let Value::Mapping(entries) = &mut own.value {
        let key = crate::document::node::Key { text: "replays".to_owned(), place };
        entries.push(crate::document::node::Entry { key, value: replays });
    }
    match base {
        Some(base) => overlay::merge(base, own, &mut context.diagnostics),
        None => own,
    }
}

/// The streams of replays that a scenario writes; one empty one if it writes none.
fn streams(tree: &Node) -> Vec<&Node> {
    match tree.get("attacker").and_then(|attacker| attacker.get("replays")) {
        Some(Node { value: Value::Sequence(items), .. }) => items.iter().collect(),
        Some(one) => vec![one],
        None => tree.get("attacker").into_iter().filter(|attacker| attacker.get("arrivals").is_none()).collect(),
    }
}

/// Credentials that are derived from what the attacker steals, directly or not.
fn derived(tree: &Node) -> Vec<String> {
    let stolen = tree.get("attacker").and_then(|attacker| attacker.get("steals")).map(texts).unwrap_or_default();
    let copied = |name: &str| Some(texts(tree.get("copies")?.get(name)?.get("of")?).first()?.to_string());
    let mut held: Vec<String> = stolen.iter().map(|name| copied(name).unwrap_or_else(|| (*name).to_owned())).collect();
    let credentials = tree.get("credentials").and_then(Node::entries).unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    while let Some(next) = credentials.iter().find(|entry| {
        let from = entry.value.get("from").map(texts).unwrap_or_default();
        !found.contains(&entry.key.text) && from.iter().any(|from| held.iter().any(|held| held == from))
    }) {
        found.push(next.key.text.clone());
        held.push(next.key.text.clone());
    }
    found
}

/// Targets behind verifiers that keep connections open, quoted.
fn with_connections(tree: &Node) -> Vec<String> {
    let verifiers = tree.get("verifiers").and_then(Node::entries).unwrap_or_default();
    let open = verifiers.iter().filter(|entry| entry.value.get("connections").is_some());
    let targets = open.flat_map(|entry| match entry.value.get("fronts").map(texts) {
        Some(fronts) if !fronts.is_empty() => fronts.into_iter().map(str::to_owned).collect(),
        _ => vec![entry.key.text.clone()],
    });
    targets.map(|name| format!("{name:?}")).collect()
}

/// The gap between two requests with which every target in turn is called again after 90 % of the shortest TTL.
fn warm_pace(tree: &mut Node, place: Place) -> Option<String> {
    let mut shortest: Option<Span> = None;
    Workbench { tree: &mut *tree, at: None, place, changed: 0, met: false }.caches(|cache| {
        if let Some(Ttl::For(ttl)) = cache.ttl() {
            shortest = Some(shortest.map_or(ttl, |least| least.min(ttl)));
        }
    });
    let named = |key: &str, node: &Node| match node.get(key).map(|names| &names.value) {
        Some(Value::Sequence(items)) => items.len(),
        Some(Value::Scalar { .. }) => 1,
        _ => 0,
    };
    let by_stream = streams(tree).iter().map(|stream| named("targets", stream)).max().unwrap_or(0);
    let verifiers = tree.get("verifiers").and_then(Node::entries).unwrap_or_default();
    let fronted: usize = verifiers.iter().map(|entry| named("fronts", &entry.value).max(1)).sum();
    let targets = if by_stream > 0 { by_stream } else { fronted.max(1) };
    let every = Span::from_nanos(shortest?.nanos() / 100 * WARM_AT / targets as i64);
    (every > Span::ZERO).then(|| every.to_string())
}
