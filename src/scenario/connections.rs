//! The setting `connections` of a verifier: how long it keeps a connection open that it accepted once.

use crate::model::connection::Connections;
use crate::model::verifier::Check;
use crate::random::law::Law;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::settings::values::DurationOr;

/// Settings of connections.
pub const KEYS: [Key; 3] = [
    Key::required(
        "max_age",
        Value::DurationOr(&["forever"]),
        "The longest life of a connection; then it must be opened anew.",
    ),
    Key::optional(
        "recheck",
        Value::DurationOr(&["never"]),
        "never",
        "Time between two looks at the credential of an open connection, each as at a request.",
    ),
    Key::optional(
        "answer",
        Value::Law,
        "0s",
        "For how long an answer under way runs on when a look or the defender ends its connection.",
    ),
];

/// Reads them; `check` is what the verifier looks at, none if that is at fault.
pub fn read(reader: &mut Reader<'_>, check: Option<&Check>) -> Option<Connections> {
    reader.section("connections", "connections", &KEYS, |inner| {
        let at_zero = "a connection of no age is no connection; remove `connections`, or give a duration";
        let max_age = inner.duration_or("max_age", at_zero);
        let recheck = inner.duration_or("recheck", "nothing is looked at all the time; write `never` or a duration");
        let answer = inner.law("answer").unwrap_or(Law::ZERO);
        let span = |given: Option<DurationOr>| match given {
            Some(DurationOr::For(span)) => Some(span),
            Some(DurationOr::Word(_)) | None => None,
        };
        let (max_age, recheck) = (span(max_age), span(recheck));
        if recheck.is_some() && check == Some(&Check::Nothing) {
            inner.without_effect("recheck", "a verifier that checks nothing rejects nobody; remove it");
        } else if let (Some(every), Some(age)) = (recheck, max_age)
            && every >= age
        {
            inner.without_effect("recheck", "a connection ends by its `max_age` first; make `recheck` shorter");
        }
        Connections { max_age, recheck, answer }
    })
}
