//! Nothing of the scenario language is without a shipped scenario that shows it.
//!
//! Promises that every key, every word that a key may hold, every argument of a written form, every law, metric,
//! statistic, label, failure mode and preset is used by some file in `scenarios/`. What there is comes from the
//! declarations that the reader, the schema and the reference follow, so that a word which is added asks for a scenario
//! by itself. A default counts where its section stands, and what a preset or a class brings counts as written. Lists
//! that repeat one that is asked for elsewhere are one property each: units, and the kinds that an issuer ignores.

use revdrill::document::canonical::canonical;
use revdrill::document::diagnostic::Diagnostics;
use revdrill::document::parse::parse;
use revdrill::document::source::{Source, Sources};
use revdrill::metric::catalogue::METRICS;
use revdrill::model::channel::list::KINDS;
use revdrill::random::law_families::NAMED_LAWS;
use revdrill::scenario::channels;
use revdrill::scenario::failure_modes::MODES;
use revdrill::scenario::keys::SCENARIO;
use revdrill::scenario::load::{Input, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::scenario::preset;
use revdrill::settings::key::{Key, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;

type Things = BTreeSet<String>;

#[test]
fn every_property_of_the_language_is_exercised_by_a_shipped_scenario() {
    let used = shipped().iter().fold(Things::new(), |mut used, document| {
        written(&SCENARIO, "", document, &mut used);
        texts(document, &mut |text| laws(text, &mut used));
        used
    });
    // A verifier cannot hear `expiry`, which needs no channel: whatever expires by itself shows it.
    let unheard = Things::from(["channels.kind: expiry".to_owned()]);
    let missing: Vec<String> = everything().difference(&used).filter(|one| !unheard.contains(*one)).cloned().collect();
    assert!(missing.is_empty(), "no shipped scenario uses these {}:\n  {}", missing.len(), missing.join("\n  "));
}

#[test]
fn a_word_that_no_document_says_is_told() {
    let document = serde_json::json!({ "credentials": { "token": { "kind": "opaque", "lifetime": "5m" } } });
    let mut used = Things::new();
    written(&SCENARIO, "", &document, &mut used);
    assert!(used.contains("credentials.kind") && used.contains("credentials.kind: opaque"));
    assert!(!used.contains("credentials.kind: certificate") && !used.contains("credentials.rotation"));
    // Left out, `binding` is `bearer`; nothing else says `sender_constrained`.
    assert!(used.contains("credentials.binding: bearer") && !used.contains("credentials.binding: sender_constrained"));
    assert!(used.is_subset(&everything()), "{:?}", used.difference(&everything()));
}

/// Every shipped scenario twice: as it is written, with what it names, and as it is once all of that is carried out.
fn shipped() -> Vec<Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).expect("the folder is shipped");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut documents = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")) {
        let text = std::fs::read_to_string(&path).expect("readable");
        let mut sources = Sources::new();
        let file = sources.add(Source::new(&path.display().to_string(), text));
        documents.push(canonical(&parse(&sources, file, &mut Diagnostics::new()).expect("a shipped file parses")));
        let loaded = load(&Input::Path(path.clone()), &[], &Catalogue);
        documents.push(loaded.unwrap_or_else(|error| panic!("{}: {error:?}", path.display())).scenario.resolved);
    }
    documents
}

/// All that is declared.
fn everything() -> Things {
    let mut all = Things::new();
    declared(&SCENARIO, "", &mut all);
    all.extend(MODES.iter().map(|mode| format!("inject: {}", mode.name)));
    all.extend(preset::all().iter().map(|one| format!("preset: {}", one.name)));
    all.extend(METRICS.iter().map(|metric| format!("objectives: {}", metric.name)));
    for other in
        ["mean", "share", "bound", "quantile", "target", "except", "verifier", "<=", "<", ">=", ">", "meant to fail"]
    {
        all.insert(format!("objectives: {other}"));
    }
    all.extend(NAMED_LAWS.iter().map(|law| format!("law: {}", law.name)));
    all.extend(["mixture", "empirical", "% in", "never"].map(|law| format!("law: {law}")));
    all
}

fn declared(keys: &'static [Key], path: &str, all: &mut Things) {
    for key in keys {
        let at = inside(path, key.name);
        all.insert(at.clone());
        all.extend(words(key).iter().map(|word| format!("{at}: {word}")));
        if let Some(inner) = inner(key.value) {
            declared(inner, &at, all);
        }
        if matches!(key.value, Value::Kinds) {
            declared(&channels::KEYS, &at, all);
            for kind in KINDS {
                all.insert(format!("{at}.kind: {}", kind.name));
                declared(kind.keys, &format!("{at}({})", kind.name), all);
            }
        }
    }
}

/// Marks what a document says of a section with these keys.
fn written(keys: &'static [Key], path: &str, document: &Json, used: &mut Things) {
    for key in keys {
        let at = inside(path, key.name);
        let Some(value) = document.get(key.name) else {
            let default = key.default.map(tokens).unwrap_or_default();
            used.extend(words(key).intersection(&default).map(|word| format!("{at}: {word}")));
            continue;
        };
        used.insert(at.clone());
        let mut said = BTreeSet::new();
        leaves(value, &mut |text| said.extend(tokens(text)));
        used.extend(words(key).intersection(&said).map(|word| format!("{at}: {word}")));
        match key.name {
            "inject" => used.extend(said.iter().filter(|word| is_mode(word)).map(|word| format!("inject: {word}"))),
            "like" | "extends" => leaves(value, &mut |text| presets(text, used)),
            "objectives" => leaves(value, &mut |text| objective(text, used)),
            _ => {}
        }
        let each = matches!(key.value, Value::Sections(_) | Value::Kinds);
        for section in sections(value, each) {
            if let Some(inner) = inner(key.value) {
                written(inner, &at, section, used);
            }
            if matches!(key.value, Value::Kinds) {
                written(&channels::KEYS, &at, section, used);
            }
            let kind =
                section.get("kind").and_then(Json::as_str).and_then(|name| KINDS.iter().find(|k| k.name == name));
            if let (Value::Kinds, Some(kind)) = (key.value, kind) {
                used.insert(format!("{at}.kind: {}", kind.name));
                written(kind.keys, &format!("{at}({})", kind.name), section, used);
            }
        }
    }
}

/// Where a key stands, with one place for what is declared in several: steps within steps, recordings, caches.
fn inside(path: &str, key: &str) -> String {
    let place = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let place = place.replace(".at_once.in_order.", ".").replace("playbook.at_once.", "playbook.");
    let place = place.replace("playbook.in_order", "playbook.at_once.in_order");
    let place = place.strip_prefix("caches.").map_or(place.clone(), |rest| format!("verifiers.cache.{rest}"));
    place.strip_prefix("lawful.sends.").map_or(place.clone(), |rest| format!("attacker.replays.arrivals.{rest}"))
}

fn inner(value: Value) -> Option<&'static [Key]> {
    match value {
        Value::Section(keys)
        | Value::Sections(keys)
        | Value::SectionOrList(keys)
        | Value::SectionsOrNames(keys)
        | Value::FormOrSection(_, keys) => Some(keys),
        _ => None,
    }
}

/// The sections at a key: under names of the scenario's choosing, one, or several in a list.
fn sections(value: &Json, named: bool) -> Vec<&Json> {
    match value {
        Json::Object(parts) if named => parts.values().collect(),
        Json::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// The words that may stand at a key; of a written form, those in its grammar that are not for the scenario to fill in.
fn words(key: &Key) -> BTreeSet<String> {
    let grammar = match key.value {
        _ if ["unit", "ignores"].contains(&key.name) => return BTreeSet::new(),
        Value::OneOf(known) | Value::SomeOf(known) | Value::DurationOr(known) => {
            return known.iter().map(|word| (*word).to_owned()).collect();
        }
        Value::CountOr(word) => return BTreeSet::from([word.to_owned()]),
        Value::Form(grammar) | Value::Forms(grammar) | Value::FormOrSection(grammar, _) => grammar,
        _ => return BTreeSet::new(),
    };
    let quoted = grammar.split('`').skip(1).step_by(2);
    quoted.flat_map(tokens).filter(|word| !word.contains(|c: char| c.is_ascii_uppercase())).collect()
}

/// The words in a text, without numbers and their units.
fn tokens(text: &str) -> BTreeSet<String> {
    let pieces = text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c));
    let words = pieces.filter(|piece| piece.starts_with(|c: char| c.is_ascii_alphabetic()));
    words.map(str::to_owned).collect()
}

/// Every text that stands directly at a key: alone, in a list, or under names of the scenario's choosing.
fn leaves(value: &Json, take: &mut impl FnMut(&str)) {
    match value {
        Json::String(text) => take(text),
        Json::Array(items) => items.iter().for_each(|item| leaves(item, take)),
        Json::Object(entries) => {
            let said = entries.iter().filter_map(|(key, value)| Some(format!("{key}: {}", value.as_str()?)));
            said.for_each(|text| take(&text));
        }
        _ => {}
    }
}

/// Every text of a document.
fn texts(value: &Json, take: &mut impl FnMut(&str)) {
    match value {
        Json::String(text) => take(text),
        Json::Array(items) => items.iter().for_each(|item| texts(item, take)),
        Json::Object(entries) => entries
            .iter()
            .filter(|(key, _)| !["teaches", "assumptions", "objectives"].contains(&key.as_str()))
            .for_each(|(_, value)| texts(value, take)),
        _ => {}
    }
}

fn is_mode(word: &str) -> bool {
    MODES.iter().any(|mode| mode.name == word)
}

fn presets(text: &str, used: &mut Things) {
    used.extend(text.split_once(preset::PREFIX).map(|(_, name)| format!("preset: {name}")));
}

fn objective(text: &str, used: &mut Things) {
    let (rule, why) = text.split_once(": meant to fail").map_or((text, None), |(rule, why)| (rule, Some(why)));
    let said = tokens(rule);
    let known = METRICS.iter().map(|metric| metric.name);
    let known = known.chain(["mean", "share", "bound", "target", "except", "verifier"]);
    used.extend(known.filter(|word| said.contains(*word)).map(|word| format!("objectives: {word}")));
    if said.iter().any(|word| word.strip_prefix('p').is_some_and(|number| number.parse::<f64>().is_ok())) {
        used.insert("objectives: quantile".into());
    }
    let sign = rule.split_whitespace().find(|part| ["<=", "<", ">=", ">"].contains(part));
    used.extend(sign.map(|sign| format!("objectives: {sign}")));
    used.extend(why.map(|_| "objectives: meant to fail".to_owned()));
}

/// Marks the laws that a text names; a duration alone is a constant, two with dots a uniform law, two quantiles a lognormal one.
fn laws(text: &str, used: &mut Things) {
    let named = |name: &str| text.contains(&format!("{name}("));
    let plain = text.starts_with(|c: char| c.is_ascii_digit());
    let alone = |name: &str| match name {
        "constant" => plain && text.chars().all(|c| c.is_ascii_alphanumeric()),
        "uniform" => plain && text.contains("..") && !text.contains('%'),
        "lognormal" => text.starts_with("p50="),
        _ => false,
    };
    let families = NAMED_LAWS.iter().map(|law| law.name).chain(["mixture", "empirical"]);
    used.extend(families.filter(|name| named(name) || alone(name)).map(|name| format!("law: {name}")));
    used.extend(["% in", "never"].iter().filter(|part| text.contains(**part)).map(|part| format!("law: {part}")));
}
