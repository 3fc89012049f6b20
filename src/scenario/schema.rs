//! The JSON Schema (2020-12) of scenarios, made from the declared keys, so that editors complete and check as one types.
//!
//! The schema knows shapes, not meanings: names that dangle, laws that make no law and settings without effect are
//! found by `check`.

use super::channels;
use super::keys::SCENARIO;
use super::preset::LIKE;
use crate::model::channel::list::KINDS;
use crate::settings::key::{Key, Value};
use serde_json::{Map, Value as Json, json};

/// The schema.
pub fn schema() -> Json {
    let mut schema = section(&SCENARIO, Written::Here);
    let head = [
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("title", json!("revdrill scenario")),
        (
            "description",
            json!("A revocation drill: who steals what, who accepts it, who revokes it, and how the news spreads."),
        ),
    ];
    let mut whole = Map::new();
    head.into_iter().for_each(|(key, value)| _ = whole.insert(key.to_owned(), value));
    if let Json::Object(rest) = &mut schema {
        whole.append(rest);
    }
    Json::Object(whole)
}

/// Where that stands which a section needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// In the section.
    Here,
    /// There, or in what the part around it is laid over.
    HereOrBelow,
}

/// Keys that name what a section is laid over, which then gives what the section leaves out.
const BELOW: [&str; 3] = ["extends", "class", LIKE.name];

fn section(keys: &[Key], written: Written) -> Json {
    let below = BELOW.into_iter().find(|name| keys.iter().any(|key| key.name == *name));
    // Of what lies below a part, its inner sections are a part too; of what a file extends, only `check` can tell.
    let inner = if below.is_some_and(|name| name != "extends") { Written::HereOrBelow } else { written };
    let mut properties = Map::new();
    for key in keys {
        properties.insert(key.name.to_owned(), property(key, inner));
    }
    let required: Vec<&str> = keys.iter().filter(|key| key.default.is_none()).map(|key| key.name).collect();
    let mut object = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    match below {
        _ if required.is_empty() || written == Written::HereOrBelow => {}
        None => object["required"] = json!(required),
        Some(name) => object["anyOf"] = json!([{ "required": required }, { "required": [name] }]),
    }
    object
}

fn property(key: &Key, written: Written) -> Json {
    let mut schema = value(key.value, written);
    let described = match key.default {
        Some(default) => format!("{} Default: {default}.", key.doc),
        None => key.doc.to_owned(),
    };
    schema["description"] = json!(described);
    schema
}

fn value(value: Value, written: Written) -> Json {
    match value {
        Value::Text => json!({ "type": "string" }),
        Value::Name => name(),
        Value::Names => one_or_list(name()),
        Value::Duration => duration(),
        Value::DurationOr(words) => json!({ "anyOf": [{ "enum": words }, duration()] }),
        Value::Law => {
            json!({ "type": "string", "examples": ["5s", "0s..3s", "lognormal(p50=4m p95=20m)", "90% in 20s..4m"] })
        }
        Value::Rate => json!({ "type": "string", "pattern": "^[0-9.]+/", "examples": ["2/s", "30/h"] }),
        Value::Share => json!({ "type": "string", "pattern": "^[0-9.]+%$", "examples": ["2%"] }),
        Value::Count => json!({ "type": "integer", "minimum": 0 }),
        Value::CountOr(word) => json!({ "anyOf": [{ "const": word }, { "type": "integer", "minimum": 1 }] }),
        Value::Number => json!({ "type": "number", "minimum": 0 }),
        Value::Flag => json!({ "type": "boolean" }),
        Value::OneOf(words) => json!({ "enum": words }),
        Value::SomeOf(words) => one_or_list(json!({ "enum": words })),
        Value::Form(grammar) => json!({ "type": ["string", "number", "array"], "$comment": grammar }),
        Value::Forms(grammar) => {
            json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"], "$comment": grammar } })
        }
        Value::Section(keys) => section(keys, written),
        Value::Sections(keys) => named(section(keys, written)),
        Value::SectionOrList(keys) => one_or_list(section(keys, written)),
        Value::SectionsOrNames(keys) => one_or_list(json!({ "anyOf": [name(), section(keys, written)] })),
        Value::FormOrSection(grammar, keys) => {
            json!({ "anyOf": [{ "type": "string", "$comment": grammar }, section(keys, written)] })
        }
        Value::Kinds => {
            let mut kinds: Vec<Json> = KINDS.iter().map(|kind| channel(kind.name, kind.summary, kind.keys)).collect();
            kinds.push(
                json!({ "type": "object", "required": [LIKE.name], "properties": { LIKE.name: property(&LIKE, written) } }),
            );
            named(json!({ "oneOf": kinds }))
        }
        Value::Rules(grammar) => {
            let remark = json!({ "type": "object", "additionalProperties": { "type": "string" }, "maxProperties": 1 });
            json!({ "type": "array", "items": { "anyOf": [{ "type": "string", "$comment": grammar }, remark] } })
        }
    }
}

fn channel(name: &str, summary: &str, keys: &[Key]) -> Json {
    let written = channels::KEYS.iter().filter(|key| key.name != LIKE.name);
    let all: Vec<Key> = written.chain(keys).copied().collect();
    let mut schema = section(&all, Written::Here);
    schema["title"] = json!(name);
    schema["description"] = json!(summary);
    schema["properties"]["kind"] = json!({ "const": name, "description": summary });
    schema
}

fn name() -> Json {
    json!({ "type": ["string", "integer"], "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" })
}

fn duration() -> Json {
    json!({ "type": "string", "pattern": "^([0-9.]+(ns|us|ms|s|m|min|h|d|w))+$", "examples": ["5m", "1h30m", "250ms"] })
}

fn one_or_list(item: Json) -> Json {
    json!({ "anyOf": [item.clone(), { "type": "array", "items": item, "minItems": 1 }] })
}

fn named(item: Json) -> Json {
    json!({ "type": "object", "additionalProperties": item })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_every_kind_of_channel_with_its_keys() {
        let schema = schema();
        let kinds =
            schema["properties"]["channels"]["additionalProperties"]["oneOf"].as_array().expect("a list of kinds");
        for (kind, schema) in KINDS.iter().zip(kinds) {
            assert_eq!(schema["properties"]["kind"]["const"], kind.name);
            assert!(kind.keys.iter().all(|key| schema["properties"][key.name]["description"].is_string()));
        }
        assert_eq!(schema["anyOf"][0]["required"][0], "revdrill");
        assert_eq!(schema["properties"]["verifiers"]["additionalProperties"]["additionalProperties"], false);
    }
    #[test]
    fn what_lies_below_may_give_what_is_needed() {
        // A class brings `replays` and the arrivals of each; a preset the TTL of a cache; a file that is extended anything.
        let schema = schema();
        let needs = |node: &Json| (node["required"].clone(), node["anyOf"][1]["required"].clone());
        assert_eq!(needs(&schema), (Json::Null, json!(["extends"])));
        let attacker = &schema["properties"]["attacker"];
        assert_eq!(needs(attacker), (Json::Null, json!(["class"])));
        assert_eq!(needs(&attacker["properties"]["replays"]["anyOf"][0]), (Json::Null, Json::Null));
        let verifier = &schema["properties"]["verifiers"]["additionalProperties"];
        let cache = &verifier["properties"]["cache"]["anyOf"][0]["anyOf"][1];
        assert!(cache["properties"]["ttl"].is_object() && cache["required"].is_null(), "{cache}");
        // Nothing lies below a cache of its own.
        assert_eq!(schema["properties"]["caches"]["additionalProperties"]["required"], json!(["ttl"]));
    }
}
