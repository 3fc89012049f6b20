//! Caches: the section `caches` for shared ones, and `cache` of a verifier for its own and for tiers.

use super::names::Parts;
use crate::document::node::{Node, Value as Content};
use crate::model::cache::{Cache, ClockPhase, Coalescing, Ends, ExpiryCap, Placement, Renewal, TierAge, Ttl};
use crate::model::id::{CacheId, TargetId};
use crate::settings::context::Context;
use crate::settings::key::{Key, Value, joined};
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::{DurationOr, positive};
use crate::units::probability::Share;
use crate::units::time::Span;

/// The most shared caches.
pub const MOST: usize = 1_000;

/// The most tiers between a verifier and its issuer.
pub const MOST_TIERS: usize = 4;

const SETTINGS: [Key; 14] = [
    Key::required("ttl", Value::DurationOr(&["disabled", "forever"]), "How long an entry is fresh."),
    Key::optional(
        "jitter",
        Value::Share,
        "0%",
        "Each lifetime is spread uniformly by this share of itself to both sides.",
    ),
    Key::optional(
        "capped_by_expiry",
        Value::Flag,
        "true",
        "Whether an entry ends with the credential that it speaks of (RFC 7662 section 4).",
    ),
    Key::optional(
        "renewal",
        Value::OneOf(&["insertion", "every_hit"]),
        "insertion",
        "From when the lifetime counts; `every_hit` is a sliding TTL, which polling keeps alive.",
    ),
    Key::optional(
        "age",
        Value::OneOf(&["restarts", "inherited"]),
        "restarts",
        "The age of an entry that is copied from the tier behind; `inherited` as with the Age header (RFC 9111 section 5.1).",
    ),
    Key::optional("negative_ttl", Value::Duration, "rejections are not cached", "How long a rejection is remembered."),
    Key::optional(
        "refresh_ahead",
        Value::Duration,
        "off",
        "A hit this close to the end fetches anew in the background.",
    ),
    Key::optional(
        "stale_while_revalidate",
        Value::Duration,
        "off",
        "For this long after its end, an entry is served once more while it is fetched anew (RFC 5861 section 3).",
    ),
    Key::optional(
        "stale_on_error",
        Value::Duration,
        "off",
        "For this long after its end, an entry is served while the issuer cannot be asked (RFC 5861 section 4).",
    ),
    Key::optional(
        "coalescing",
        Value::OneOf(&["shared", "separate"]),
        "separate",
        "Whether requests that miss at the same time share one question.",
    ),
    Key::optional(
        "ends",
        Value::OneOf(&["exact", "previous_whole_second", "next_whole_second"]),
        "exact",
        "When exactly an entry ends: at insertion plus TTL, or at the start or the end of that second.",
    ),
    Key::optional("idle", Value::Duration, "off", "An entry that is not hit for this long is dropped."),
    Key::optional("restarts", Value::Law, "never", "Time between restarts that empty the cache."),
    Key::optional("bypass", Value::Names, "none", "Targets whose requests go past the cache."),
];

/// Settings of a shared cache.
pub const SHARED_KEYS: [Key; 15] = joined(
    &SETTINGS,
    &[Key::optional(
        "clock",
        Value::Form("`0.3s`, `0.3s at start` or `0.3s at revocation`"),
        "drawn in every trial",
        "The fraction of a second that its clock shows then; whole seconds follow it.",
    )],
);

/// Settings of a verifier's own cache.
pub const OWN_KEYS: [Key; 18] = joined(
    &SETTINGS,
    &[
        Key::optional(
            "placement",
            Value::OneOf(&["per_replica", "per_verifier"]),
            "per_replica",
            "Whether every replica has a cache of its own.",
        ),
        Key::optional(
            "holds",
            Value::OneOf(&["answers", "responses"]),
            "answers",
            "What it keeps: answers of the issuer, or whole `responses`, as a CDN does; then no revocation reaches what it keeps.",
        ),
        Key::optional(
            "keyed_by",
            Value::OneOf(&["url", "url_and_credential"]),
            "url_and_credential",
            "Who is served a response: whoever asks for the same URL, or only the same credential again.",
        ),
        Key::optional("urls", Value::Count, "1", "URLs of each target; a request asks for any of them alike."),
    ],
);

/// Reads a shared cache.
pub fn read_shared(name: Named<'_>, node: &Node, parts: &mut Parts, context: &mut Context) -> Option<Cache> {
    let what = format!("cache `{}`", name.text);
    let mut reader = Reader::open(node, name.place, what, &[&SHARED_KEYS], context)?;
    let mut cache = settings(&mut reader, name.text, parts);
    cache.placement = Placement::Shared;
    cache.clock = clock(&mut reader).unwrap_or(ClockPhase::Drawn);
    if reader.has("clock") && cache.ends == Ends::Exact {
        reader.without_effect("clock", "only a cache that `ends` on a whole second looks at its clock");
    }
    Some(cache)
}

/// Reads what stands under `cache` of a verifier: a section, the name of a shared cache, or a list of these, nearest
/// first. Own caches are added to `caches`.
pub fn read_tiers(
    verifier: &str,
    reader: &mut Reader<'_>,
    clock: ClockPhase,
    parts: &mut Parts,
    caches: &mut Vec<Option<Cache>>,
) -> Vec<CacheId> {
    let nodes = reader.one_or_many("cache", MOST_TIERS);
    let mut tiers = Vec::new();
    for node in &nodes {
        let tier = match &node.value {
            Content::Scalar { .. } => named_tier(node, parts, reader.context()),
            _ => own_tier(verifier, node, clock, parts, caches, reader.context()),
        };
        if let Some(tier) = tier {
            if tiers.contains(&tier) {
                reader.context().fault(node.place, "one cache is named twice among the tiers", "keep one of them");
            } else {
                tiers.push(tier);
            }
        }
    }
    // A tier that copies from the issuer itself has no age to inherit.
    let last = tiers.last().copied().filter(|_| tiers.len() == nodes.len());
    let last_is_own = nodes.last().is_some_and(|node| node.entries().is_some());
    if let (Some(node), Some(id), true) = (nodes.last(), last, last_is_own)
        && caches.get(id.index()).and_then(Option::as_ref).is_some_and(|cache| cache.age == TierAge::Inherited)
    {
        let place = node.get("age").map_or(node.head(), |age| age.place);
        reader.context().fault(
            place,
            "`age` has no effect in a cache that asks the issuer itself",
            "only an entry copied from a tier behind has an age; remove it",
        );
    }
    tiers
}

/// Reads `0.3s`, `0.3s at start` or `0.3s at revocation` under `clock`.
pub fn clock(reader: &mut Reader<'_>) -> Option<ClockPhase> {
    reader.parsed("clock", |text| {
        let (span, anchor): (&str, fn(Span) -> ClockPhase) = match text.split_once(" at ") {
            Some((span, "revocation")) => (span, ClockPhase::AtRevocation),
            Some((span, "start")) => (span, ClockPhase::AtStart),
            Some((_, other)) => {
                return Err(format!("`at {other}` is not known here; write `at start` or `at revocation`"));
            }
            None => (text, ClockPhase::AtStart),
        };
        let span = Span::parse(span)?;
        if span < Span::SECOND {
            Ok(anchor(span))
        } else {
            Err(format!("`{text}` is not a fraction of a second; write less than `1s`"))
        }
    })
}

fn named_tier(node: &Node, parts: &mut Parts, context: &mut Context) -> Option<CacheId> {
    let text = node.name("`cache`", &mut context.diagnostics)?;
    if matches!(text, "disabled" | "none") || Span::parse(text).is_ok() {
        context.fault(
            node.place,
            format!("`{text}` is not a cache"),
            format!("write `cache: {{ ttl: {} }}`, or name a shared cache", text.replace("none", "disabled")),
        );
        return None;
    }
    parts.caches.find(Named { text, place: node.place }, context).map(CacheId::at)
}

fn own_tier(
    verifier: &str,
    node: &Node,
    clock: ClockPhase,
    parts: &Parts,
    caches: &mut Vec<Option<Cache>>,
    context: &mut Context,
) -> Option<CacheId> {
    let mut reader = Reader::open(node, node.head(), format!("the cache of `{verifier}`"), &[&OWN_KEYS], context)?;
    not_of_answers(&mut reader);
    let mut cache = settings(&mut reader, verifier, parts);
    if reader.one_of("placement") == Some("per_verifier") {
        cache.placement = Placement::PerVerifier;
    }
    cache.clock = clock;
    caches.push(Some(cache));
    Some(CacheId::at(caches.len() - 1))
}

/// Reports settings that only a cache of responses has.
fn not_of_answers(reader: &mut Reader<'_>) {
    if reader.one_of("holds") == Some("responses") {
        reader.wrong(
            "holds",
            "a verifier that asks keeps answers and not responses",
            "put a verifier with `checks: nothing` and this cache before it",
        );
    }
    reader.none_have_effect(&["keyed_by", "urls"], "only a cache with `holds: responses` has URLs; remove it");
}

fn settings(reader: &mut Reader<'_>, name: &str, parts: &Parts) -> Cache {
    let at_zero = "a ttl of zero means `nothing is cached` to some products and `for ever` to others; write `disabled` or `forever`";
    let ttl = match reader.duration_or("ttl", at_zero) {
        Some(DurationOr::For(span)) => Ttl::For(span),
        Some(DurationOr::Word("disabled")) => Ttl::Disabled,
        _ => Ttl::Forever,
    };
    let cache = Cache {
        name: name.to_owned(),
        placement: Placement::PerReplica,
        ttl,
        jitter: reader.share("jitter").unwrap_or(Share::NONE),
        capped_by_expiry: if reader.flag("capped_by_expiry").unwrap_or(true) {
            ExpiryCap::Capped
        } else {
            ExpiryCap::Ignored
        },
        renewal: if reader.one_of("renewal") == Some("every_hit") { Renewal::EveryHit } else { Renewal::Insertion },
        age: if reader.one_of("age") == Some("inherited") { TierAge::Inherited } else { TierAge::Restarts },
        negative_ttl: reader.positive_duration("negative_ttl"),
        refresh_ahead: reader.positive_duration("refresh_ahead"),
        stale_while_revalidate: reader.positive_duration("stale_while_revalidate"),
        stale_on_error: reader.positive_duration("stale_on_error"),
        coalescing: if reader.one_of("coalescing") == Some("shared") {
            Coalescing::Shared
        } else {
            Coalescing::Separate
        },
        ends: match reader.one_of("ends") {
            Some("previous_whole_second") => Ends::PreviousWholeSecond,
            Some("next_whole_second") => Ends::NextWholeSecond,
            _ => Ends::Exact,
        },
        idle: reader.parsed("idle", |text| positive("idle", Span::parse(text)?)),
        restarts: reader.law("restarts"),
        bypass: bypass(reader, parts),
        clock: ClockPhase::Drawn,
    };
    reject_settings_without_effect(reader, &cache);
    cache
}

/// The targets under `bypass`.
pub fn bypass(reader: &mut Reader<'_>, parts: &Parts) -> Vec<TargetId> {
    let mut found = Vec::new();
    for name in reader.names("bypass") {
        match parts.targets.position(name.text) {
            Some(at) => found.push(TargetId::at(at)),
            None => {
                let remedy = parts.targets.remedy(name.text);
                reader.context().fault(name.place, format!("there is no target `{}`", name.text), remedy);
            }
        }
    }
    found
}

fn reject_settings_without_effect(reader: &mut Reader<'_>, cache: &Cache) {
    match cache.ttl {
        Ttl::Disabled => {
            let others = [
                "jitter",
                "capped_by_expiry",
                "renewal",
                "age",
                "negative_ttl",
                "refresh_ahead",
                "stale_while_revalidate",
                "stale_on_error",
                "coalescing",
                "ends",
                "idle",
                "restarts",
                "bypass",
            ];
            reader.none_have_effect(&others, "nothing is cached with `ttl: disabled`; remove it, or give a `ttl`");
        }
        // A faulty `ttl` also stands as for ever; then these may well have an effect.
        Ttl::Forever if reader.says("ttl", "forever") => {
            let others = ["jitter", "renewal", "age", "refresh_ahead", "ends"];
            reader.none_have_effect(&others, "an entry with `ttl: forever` does not age; remove it, or give a `ttl`");
        }
        Ttl::For(ttl) if cache.refresh_ahead.is_some_and(|ahead| ahead >= ttl) => {
            reader.wrong(
                "refresh_ahead",
                "every hit would fetch anew, because `refresh_ahead` is not shorter than `ttl`",
                "make it shorter than `ttl`",
            );
        }
        _ => {}
    }
    if let (Ttl::For(ttl), Some(idle), Renewal::EveryHit) = (cache.ttl, cache.idle, cache.renewal)
        && idle >= ttl
    {
        reader.without_effect(
            "idle",
            "an entry that is renewed on every hit ends by its `ttl` before it is idle for so long",
        );
    }
}
