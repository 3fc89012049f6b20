//! How requests are spaced: `poisson 2/s`, `every 7s jitter=10%`, bursts, workers in a closed loop, or a recording.

use super::names::Parts;
use super::trace::{self, TRACE_KEYS};
use crate::document::node::Node;
use crate::model::workload::Arrivals;
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::form::Form;
use crate::settings::key::{Key, Value};
use crate::settings::laws;
use crate::settings::reader::Reader;
use crate::settings::values::{positive, word};
use crate::units::probability::Share;
use crate::units::rate::Rate;
use crate::units::time::Span;

/// How arrivals are written.
pub const GRAMMAR: &str = "`poisson RATE`, `paced RATE` or `every DURATION` (each also `jitter=SHARE`), `bursty(rate=RATE burst=DURATION silence=DURATION)`, `closed_loop(workers=COUNT answer=LAW think=LAW)`";

/// Arrivals that are a section: a recording.
pub const SECTION_KEYS: [Key; 1] =
    [Key::required("trace", Value::Section(&TRACE_KEYS), "A recording of requests, which are made one by one.")];

/// What stands under a key for arrivals.
pub const VALUE: Value = Value::FormOrSection(GRAMMAR, &SECTION_KEYS);

/// The most workers of a closed loop.
const MOST_WORKERS: u64 = 10_000;

/// Reads the arrivals under a key.
pub fn read(reader: &mut Reader<'_>, key: &str, parts: &Parts) -> Option<Arrivals> {
    let node = reader.node(key)?;
    if node.entries().is_some() {
        return section(node, reader, parts);
    }
    reader.form(key, form)
}

fn section(node: &Node, reader: &mut Reader<'_>, parts: &Parts) -> Option<Arrivals> {
    let mut inner = Reader::open(node, node.head(), "the arrivals", &[&SECTION_KEYS], reader.context())?;
    inner.section("trace", "trace", &TRACE_KEYS, |trace| trace::read(trace, parts)).flatten().map(Arrivals::Trace)
}

fn form(form: &mut Form, context: &mut Context) -> Result<Arrivals, String> {
    const HEADS: [&str; 5] = ["poisson", "paced", "every", "bursty", "closed_loop"];
    let head = word(&form.head, &HEADS).map_err(|_| {
        let bare = format!("{}{}", form.head, form.plain);
        if Rate::parse(&bare).is_ok() {
            return format!("`{bare}` does not say how requests are spaced; write `poisson {bare}` for memoryless ones or `paced {bare}` for even ones");
        }
        let near = crate::document::suggestion::nearest(&form.head, HEADS);
        let remedy = near.map_or_else(|| format!("write {GRAMMAR}"), |near| format!("did you mean `{near}`?"));
        format!("`{}` is not a way in which requests arrive; {remedy}", form.head)
    })?;
    // A fault of an argument is kept by the form; the value built meanwhile is dropped.
    let any_rate = Rate::per_second(1.0).expect("one a second is a rate");
    Ok(match head {
        "poisson" => Arrivals::Poisson(form.rest(Rate::parse).unwrap_or(any_rate)),
        "paced" => {
            let rate = form.rest(Rate::parse).unwrap_or(any_rate);
            Arrivals::Paced {
                every: Span::from_seconds(rate.mean_gap_seconds()).max(Span::from_nanos(1)),
                jitter: jitter(form),
            }
        }
        "every" => {
            let every = form.rest(|text| positive("every", Span::parse(text)?)).unwrap_or(Span::SECOND);
            Arrivals::Paced { every, jitter: jitter(form) }
        }
        "bursty" => Arrivals::Bursty {
            rate: form.required("rate", Rate::parse).unwrap_or(any_rate),
            burst: form.required("burst", |text| positive("burst", Span::parse(text)?)).unwrap_or(Span::SECOND),
            silence: form.required("silence", |text| positive("silence", Span::parse(text)?)).unwrap_or(Span::SECOND),
        },
        _ => closed_loop(form, context)?,
    })
}

fn jitter(form: &mut Form) -> Share {
    form.optional("jitter", Share::parse).unwrap_or(Share::NONE)
}

fn closed_loop(form: &mut Form, context: &mut Context) -> Result<Arrivals, String> {
    let workers = form.required("workers", |text| match text.parse::<u64>() {
        Ok(count) if (1..=MOST_WORKERS).contains(&count) => Ok(count as u16),
        _ => Err(format!("`{text}` is not a number of workers; write 1 to {MOST_WORKERS}")),
    });
    let answer = form.optional("answer", |text| laws::law(text, &mut context.folder));
    let think = form.required("think", |text| laws::law(text, &mut context.folder));
    let longest = |law: &Option<Law>| law.as_ref().map_or(Some(Span::ZERO), Law::max);
    if think.is_some() && longest(&answer) == Some(Span::ZERO) && longest(&think) == Some(Span::ZERO) {
        return Err(
            "workers that neither wait nor think never let time pass; give `answer` or `think` a duration".into()
        );
    }
    Ok(Arrivals::ClosedLoop {
        workers: workers.unwrap_or(1),
        answer: answer.unwrap_or(Law::ZERO),
        think: think.unwrap_or(Law::ZERO),
    })
}
