//! The setting `introspection` of an issuer: how many questions it answers, and how long whoever asks waits.

use crate::model::capacity::Capacity;
use crate::random::law::Law;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::Span;

/// Settings of the capacity of an issuer.
pub const KEYS: [Key; 5] = [
    Key::required("servers", Value::Count, "Questions that it works on at once."),
    Key::required("service_time", Value::Law, "How long it works on one."),
    Key::required("queue", Value::Count, "Questions that can wait for a server; one that finds no place is refused."),
    Key::required("timeout", Value::Duration, "How long whoever asks waits for an answer, from sending the question."),
    Key::optional(
        "retries",
        Value::Count,
        "0",
        "How often an unanswered question is asked again, each time when the timeout of the last has passed.",
    ),
];

/// Reads it, if it is given.
pub fn read(reader: &mut Reader<'_>) -> Option<Capacity> {
    let read = reader.section("introspection", "introspection", &KEYS, |inner| {
        let servers = inner.count("servers", 1..=10_000);
        let service_time = inner.law("service_time");
        let queue = inner.count("queue", 0..=100_000);
        let timeout = inner.positive_duration("timeout");
        let retries = inner.count("retries", 0..=20).unwrap_or(0) as u8;
        if let Some(law) = &service_time {
            report_endless_service(law, inner);
        }
        Some(Capacity {
            servers: servers? as u16,
            service_time: service_time?,
            queue: queue? as u32,
            timeout: timeout?,
            retries,
        })
    });
    read.flatten()
}

fn report_endless_service(law: &Law, reader: &mut Reader<'_>) {
    let finite = law.mean_seconds().is_some_and(f64::is_finite) && law.share_never() == Share::NONE;
    if !finite || law.max() == Some(Span::ZERO) {
        let help = "write a law with a mean above 0, such as `exponential(mean=4ms)`";
        reader.wrong("service_time", "a server must work on a question for some time, and come to an end", help);
    }
}
