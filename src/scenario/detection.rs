//! How the defender comes to know: a law, a canary beside a copy, or a signal that any request may give.

use crate::document::node::Value as Content;
use crate::model::attacker::Attacker;
use crate::model::defender::Detects;
use crate::random::law::Law;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::settings::values::word;
use crate::units::probability::Share;

/// How detection is written where it is not a section.
pub const GRAMMAR: &str = "a law of durations from the exposure on";

/// What stands under `detects`.
pub const VALUE: Value = Value::FormOrSection(GRAMMAR, &KEYS);

/// Settings of a detection that depends on what the attacker does.
pub const KEYS: [Key; 4] = [
    Key::required(
        "by",
        Value::Form("`canary on COPY` or `requests`"),
        "What gives the attacker away: a canary that lies beside a copy it takes, or any of its requests.",
    ),
    Key::required("chance", Value::Share, "Probability that the canary tells, or that one request does."),
    Key::optional("takes", Value::Law, "0s", "Time from then until the defender knows."),
    Key::optional(
        "otherwise",
        Value::Law,
        "never",
        "Time from exposure until something else brings it to light; the sooner of both counts.",
    ),
];

/// Reads how the defender comes to know.
pub fn read(reader: &mut Reader<'_>, attacker: Option<&Attacker>) -> Option<Detects> {
    let node = reader.node("detects")?;
    if !matches!(node.value, Content::Mapping(_)) {
        return reader.law("detects").map(Detects::After);
    }
    let place = reader.place_of("detects");
    let mut inner = Reader::open(node, place, "`detects`", &[&KEYS], reader.context())?;
    let by = by(&mut inner, attacker);
    let chance = inner.share("chance");
    let takes = inner.law("takes").unwrap_or(Law::ZERO);
    let otherwise = inner.law("otherwise").unwrap_or_else(Law::never);
    if chance == Some(Share::NONE) {
        inner.wrong("chance", "it never tells", "write a share above 0%, or a law of durations for `detects`");
        return None;
    }
    let chance = chance?;
    Some(match by? {
        Some(stolen) => Detects::Canary { stolen, chance, takes, otherwise },
        None => Detects::Requests { chance, takes, otherwise },
    })
}

/// The place of the copy with the canary among those that are stolen; none for requests. The outer `None` is a fault.
fn by(reader: &mut Reader<'_>, attacker: Option<&Attacker>) -> Option<Option<u16>> {
    let canary = reader.parsed("by", |given| {
        if let Some(copy) = given.strip_prefix("canary on ") {
            return Ok(Some(copy.trim().to_owned()));
        }
        word(given, &["requests"])
            .map(|_| None)
            .map_err(|_| format!("`{given}` is not known here; write `canary on COPY` or `requests`"))
    })?;
    let Some(copy) = canary else { return Some(None) };
    // What is stolen may be at fault itself: nothing more is said about the canary then.
    let at = attacker?.steals.iter().position(|stolen| stolen.name == copy);
    if at.is_none() {
        let message = format!("the attacker steals no copy `{copy}`, so no canary beside it ever tells");
        reader.wrong("by", &message, "name a copy that `steals` names, or let the attacker steal it");
    }
    if at.is_some_and(|at| attacker.is_some_and(|attacker| attacker.steals[at].behind.is_some())) {
        let message = format!("`{copy}` lies behind a target, and when it is taken there is not known beforehand");
        reader.wrong("by", &message, "put the canary on a copy without `found_at`, or detect by requests");
    }
    at.map(|at| Some(at as u16))
}
