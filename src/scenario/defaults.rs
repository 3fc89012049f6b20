//! What holds where a scenario says nothing: every key left out, with its default and its meaning.

use super::channels;
use super::keys::SCENARIO;
use super::preset::LIKE;
use crate::model::channel::list;
use crate::settings::key::{Key, Value};
use serde_json::Value as Json;

/// A key that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it would stand, as `--set` takes it.
    pub path: String,
    /// What holds instead.
    pub default: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// Every key that a resolved scenario leaves out, in the order of the reference.
pub fn left_out(resolved: &Json) -> Vec<LeftOut> {
    let mut found = Vec::new();
    section("", resolved, &SCENARIO, &mut found);
    found
}

fn section(path: &str, json: &Json, keys: &'static [Key], found: &mut Vec<LeftOut>) {
    // What a part is like has been carried out; there is nothing left that could be left out.
    for key in keys.iter().filter(|key| key.name != LIKE.name) {
        let at = joined(path, key.name);
        match (json.get(key.name), key.default) {
            (Some(given), _) => inside(&at, given, key.value, found),
            (None, Some(default)) => found.push(LeftOut { path: at, default, doc: key.doc }),
            (None, None) => {}
        }
    }
}

fn inside(path: &str, json: &Json, value: Value, found: &mut Vec<LeftOut>) {
    match value {
        Value::Section(keys)
        | Value::SectionOrList(keys)
        | Value::SectionsOrNames(keys)
        | Value::FormOrSection(_, keys) => match json {
            Json::Array(items) => {
                let sections = items.iter().enumerate().filter(|(_, item)| item.is_object());
                sections.for_each(|(at, item)| section(&joined(path, &at.to_string()), item, keys, found));
            }
            Json::Object(_) => section(path, json, keys, found),
            _ => {}
        },
        Value::Sections(keys) => each(json, |name, item| section(&joined(path, name), item, keys, found)),
        Value::Kinds => each(json, |name, item| {
            let at = joined(path, name);
            section(&at, item, &channels::KEYS, found);
            if let Some(kind) = item.get("kind").and_then(Json::as_str).and_then(list::kind) {
                section(&at, item, kind.keys, found);
            }
        }),
        _ => {}
    }
}

fn each(json: &Json, mut visit: impl FnMut(&str, &Json)) {
    json.as_object().into_iter().flatten().for_each(|(name, item)| visit(name, item));
}

fn joined(path: &str, key: &str) -> String {
    let key = if key.contains(['.', '=']) { format!("\"{key}\"") } else { key.to_owned() };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_key_left_out_is_told_with_its_path_and_default() {
        let resolved = json!({
            "channels": { "bus": { "kind": "set_push", "delay": "1s" } },
            "verifiers": { "a.b": { "cache": [{ "ttl": "5m" }, "shared"] } },
        });
        let found = left_out(&resolved);
        let default = |path: &str| found.iter().find(|one| one.path == path).map(|one| one.default);
        assert_eq!(default("trials"), Some("10000"));
        assert_eq!(default("channels.bus.loss"), Some("0%"));
        assert_eq!(default("channels.bus.delay"), None);
        assert_eq!(default("verifiers.\"a.b\".cache.0.jitter"), Some("0%"));
        assert_eq!(default("verifiers.\"a.b\".replicas"), Some("1"));
        assert_eq!(default("teaches"), None, "required keys have no default");
    }
}
