//! The setting `cache` of a verifier that holds whole responses, such as a CDN.

use super::caches::{self, OWN_KEYS};
use super::names::Parts;
use crate::document::node::Value as Content;
use crate::model::cache::{Cache, ClockPhase, Coalescing, Ends, ExpiryCap, Placement, Renewal, TierAge, Ttl};
use crate::model::place::Route;
use crate::model::response::{KeyedBy, ResponseCache};
use crate::model::verifier::{Check, Verifier};
use crate::settings::context::Context;
use crate::settings::reader::Reader;
use crate::settings::values::DurationOr;
use crate::units::probability::Share;

/// The most URLs of a target.
pub const MOST_URLS: u64 = 1_000;

/// Whether the cache of a verifier holds responses.
pub fn declared(reader: &mut Reader<'_>) -> bool {
    let holds = reader.node("cache").and_then(|node| node.get("holds"));
    holds.is_some_and(|word| matches!(&word.value, Content::Scalar { text, .. } if text == "responses"))
}

/// Reads a cache of responses; `check` is what its verifier looks at, none if that is at fault.
pub fn read(verifier: &str, reader: &mut Reader<'_>, check: Option<&Check>, parts: &Parts) -> Option<ResponseCache> {
    let node = reader.node("cache")?;
    if check.is_some_and(|check| *check != Check::Nothing) {
        reader.wrong(
            "cache",
            "a verifier that checks credentials is not the one that keeps responses",
            "put a verifier with `checks: nothing` and this cache before or behind it",
        );
    }
    let what = format!("the cache of `{verifier}`");
    let mut inner = Reader::open(node, node.head(), what, &[&OWN_KEYS], reader.context())?;
    inner.none_have_effect(
        &[
            "capped_by_expiry",
            "renewal",
            "age",
            "negative_ttl",
            "refresh_ahead",
            "stale_on_error",
            "coalescing",
            "ends",
            "idle",
            "restarts",
            "placement",
        ],
        "responses live for their `ttl`, at each replica; remove it",
    );
    let ttl = match inner.duration_or("ttl", "a response that lives for no time is not kept; remove the cache") {
        Some(DurationOr::For(ttl)) => ttl,
        Some(DurationOr::Word(_)) => {
            inner.wrong("ttl", "a cache of responses keeps them for a time", "write a duration, or remove the cache");
            return None;
        }
        None => return None,
    };
    let word = inner.one_of("keyed_by").unwrap_or("url_and_credential");
    let keyed = KeyedBy::ALL.iter().find(|(_, name)| *name == word);
    let kept = Cache {
        name: verifier.to_owned(),
        placement: Placement::PerReplica,
        ttl: Ttl::For(ttl),
        jitter: inner.share("jitter").unwrap_or(Share::NONE),
        capped_by_expiry: ExpiryCap::Ignored,
        renewal: Renewal::Insertion,
        age: TierAge::Restarts,
        negative_ttl: None,
        refresh_ahead: None,
        stale_while_revalidate: inner.positive_duration("stale_while_revalidate"),
        stale_on_error: None,
        coalescing: Coalescing::Separate,
        ends: Ends::Exact,
        idle: None,
        restarts: None,
        bypass: caches::bypass(&mut inner, parts),
        clock: ClockPhase::Drawn,
    };
    Some(ResponseCache {
        keyed_by: keyed.map_or(KeyedBy::UrlAndCredential, |(keyed, _)| *keyed),
        urls: inner.count("urls", 1..=MOST_URLS).unwrap_or(1) as u16,
        kept,
    })
}

/// A request can be answered from one cache of responses on its way.
pub fn one_a_route(routes: &[Route], verifiers: &[Option<Verifier>], parts: &Parts, context: &mut Context) {
    for route in routes {
        let keeps = |at: &&crate::model::id::VerifierId| {
            verifiers[at.index()].as_ref().is_some_and(|verifier| verifier.responses.is_some())
        };
        let keeping: Vec<_> = route.verifiers.iter().filter(keeps).collect();
        if let [_, second, ..] = keeping[..] {
            let message =
                format!("a way to `{}` passes two caches of responses", parts.targets.text(route.target.index()));
            context.fault(parts.verifiers.place(second.index()), message, "keep the one with the longer `ttl`");
        }
    }
}
