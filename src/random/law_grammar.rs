//! The grammar of delay laws.
//!
//! ```text
//! 5s                                               always 5 seconds
//! 0s..3s                                           uniform
//! p50=4m p95=20m                                   lognormal, by two quantiles
//! 90% in 20s..4m                                   lognormal, by its central 90 %
//! never                                            does not end
//! exponential(mean=500ms)                          a named law (`law_families.rs`)
//! mixture(90% exponential(mean=1s) | 10% 5m..1h)   weighted laws, weights summing to 100 %
//! mixture(97% p50=4m p95=20m | 3% never)           some delays never end
//! empirical(file=delays.csv column=s unit=s)       measured delays, from a file
//! ```
//!
//! Arguments are separated by spaces, so that a law needs no quotes in YAML's flow style. The reader stops at the
//! first fault and gives its place: what follows a fault is seldom what was meant.

use crate::random::bounded::{Constant, Uniform};
use crate::random::law::{Law, sum_of_weights};
use crate::random::law_arguments::{Arguments, span};
use crate::random::law_error::{LawError, suggestion};
use crate::random::law_families::NAMED_LAWS;
use crate::random::quantile_pair::{QuantilePair, QuantilePoint};
use crate::random::shape::Shape;
use crate::random::tailed::Lognormal;
use crate::units::probability::Share;
use crate::units::time::Span;
use std::ops::Range;

/// How `empirical` is written.
pub const EMPIRICAL_USAGE: &str = "`empirical(file=delays.csv column=seconds unit=s)`";
/// How `mixture` is written.
pub const MIXTURE_USAGE: &str = "`mixture(90% exponential(mean=1s) | 10% 5m..1h)`";

/// A column of a file that holds measured delays.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredDelays {
    /// The file as written, relative to the scenario.
    pub file: String,
    /// The name of the column.
    pub column: String,
    /// The length of time that the number 1 stands for.
    pub unit: Span,
}

/// A law understood but for the values of its files.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// Complete.
    Known(Law),
    /// Awaits the values of a file.
    Measured(MeasuredDelays),
    /// Weighted parts, some of which await values; the weights sum to one.
    Mixture(Vec<(Share, Self)>),
}

/// Reads a law.
///
/// # Errors
/// The first fault, with its place in `text` and the remedy.
pub fn read(text: &str) -> Result<Written, LawError> {
    law(text, 0)
}

/// Reads a law that stands at byte `start` of the whole text.
fn law(text: &str, start: usize) -> Result<Written, LawError> {
    let (text, start) = trimmed(text, start);
    let at = start..start + text.len();
    if text.is_empty() {
        return Err(LawError::new(at, "a delay is missing", "write for example `5s`, `1s..3s` or `p50=4m p95=20m`"));
    }
    if let Some(open) = text.find('(') {
        return call(text, open, start);
    }
    if text == "never" {
        return Ok(Written::Known(Law::never()));
    }
    if text.contains('=') {
        return bare_quantiles(text, start);
    }
    if text.contains('%') {
        return central_range(text, start);
    }
    if text.contains("..") {
        let (min, max) = range(text, start)?;
        return plain(at, Uniform::new(min.seconds(), max.seconds()).map(Shape::Uniform));
    }
    if text.starts_with(|letter: char| letter.is_alphabetic()) {
        return Err(bare_word(text, start));
    }
    plain(at, Constant::new(span(text, start)?.seconds()).map(Shape::Constant))
}

/// `name(arguments)`
fn call(text: &str, open: usize, start: usize) -> Result<Written, LawError> {
    let name = text[..open].trim_end();
    let name_at = start..start + name.len();
    let close = closing(text, open)
        .ok_or_else(|| LawError::new(start + open..start + open + 1, "`(` is never closed", "add the missing `)`"))?;
    let (rest, from) = trimmed(&text[close + 1..], start + close + 1);
    if !rest.is_empty() {
        return Err(LawError::new(from..start + text.len(), format!("`{rest}` stands after the law"), "remove it"));
    }
    let (inside, inside_start) = (&text[open + 1..close], start + open + 1);
    match name {
        "mixture" => mixture(inside, inside_start),
        "empirical" => empirical(inside, inside_start),
        _ => match NAMED_LAWS.iter().find(|law| law.name == name) {
            Some(law) => law.read(inside, inside_start).map(|shape| Written::Known(shape.into())),
            None => Err(LawError::new(name_at, format!("there is no law `{name}`"), suggestion(name, &names()))),
        },
    }
}

/// `p50=4m p95=20m`
fn bare_quantiles(text: &str, start: usize) -> Result<Written, LawError> {
    let usage = "`p50=4m p95=20m`";
    let given = Arguments::read("lognormal", usage, text, start)?;
    if !given.has_quantiles() {
        let at = start..start + text.len();
        let help = format!("write {usage}, or name the law: {}", names().join(", "));
        return Err(LawError::new(at, format!("`{text}` does not say which law"), help));
    }
    let shape = Shape::Lognormal(given.place(Lognormal::through(given.quantile_pair()?))?);
    Ok(Written::Known(shape.into()))
}

/// `90% in 20s..4m`
fn central_range(text: &str, start: usize) -> Result<Written, LawError> {
    let at = start..start + text.len();
    let wrong = || {
        let what = format!("`{text}` is not a share of a range");
        LawError::new(at.clone(), what, "write for example `90% in 20s..4m`; weights stand only inside `mixture(...)`")
    };
    let (share_text, rest) = text.split_once(" in ").ok_or_else(wrong)?;
    let share_text = share_text.trim_end();
    let share_at = start..start + share_text.len();
    let share = Share::parse(share_text).map_err(|e| LawError::from_fragment(share_at.clone(), &e))?.value();
    if share <= 0.0 || share >= 1.0 {
        let what = format!("`{share_text}` leaves no law open");
        return Err(LawError::new(share_at, what, "write a share between 0% and 100%, for example `90%`"));
    }
    let rest_start = at.end - rest.len();
    let (low, high) = range(rest, rest_start)?;
    if low == Span::ZERO {
        let (_, from) = trimmed(rest, rest_start);
        let what = "a lognormal law has no quantile of zero";
        return Err(LawError::new(from..at.end, what, "begin the range above zero, for example at `1ms`"));
    }
    let point = |share, span: Span| QuantilePoint::new(share, span.seconds());
    let law = point(0.5 - share / 2.0, low)
        .and_then(|one| QuantilePair::new(one, point(0.5 + share / 2.0, high)?))
        .and_then(Lognormal::through);
    plain(at, law.map(Shape::Lognormal))
}

/// `20s..4m`
fn range(text: &str, start: usize) -> Result<(Span, Span), LawError> {
    let at = start..start + text.len();
    let parts = text.split_once("..").filter(|(_, high)| !high.starts_with('.'));
    let (low, high) = parts.ok_or_else(|| {
        LawError::new(at.clone(), format!("`{}` is not a range", text.trim()), "write for example `20s..4m`")
    })?;
    let bound = |text, start| trimmed_span(text, start);
    let (min, max) = (bound(low, start)?, bound(high, start + low.len() + 2)?);
    if min >= max {
        let what = format!("the range `{}` does not rise", text.trim());
        return Err(LawError::new(at, what, "write the shorter delay first; for a constant delay write it alone"));
    }
    Ok((min, max))
}

/// `90% exponential(mean=1s) | 10% 5m..1h`
fn mixture(text: &str, start: usize) -> Result<Written, LawError> {
    let mut parts = Vec::new();
    for (part, from) in alternatives(text, start) {
        let (part, from) = trimmed(part, from);
        let end = part.find(char::is_whitespace).unwrap_or(part.len());
        let weight = Share::parse(&part[..end]).map_err(|_| {
            let what = format!("`{}` is not a weight", &part[..end]);
            LawError::new(from..from + end, what, format!("begin each part with its share: {MIXTURE_USAGE}"))
        })?;
        parts.push((weight, law(&part[end..], from + end)?));
    }
    sum_of_weights(parts.iter().map(|(weight, _)| *weight))
        .map_err(|fragment| LawError::from_fragment(start..start + text.len(), &fragment))?;
    let known: Option<Vec<(Share, Law)>> = parts
        .iter()
        .map(|(weight, part)| if let Written::Known(law) = part { Some((*weight, law.clone())) } else { None })
        .collect();
    match known {
        Some(laws) => Law::mixture(laws)
            .map(Written::Known)
            .map_err(|fragment| LawError::from_fragment(start..start + text.len(), &fragment)),
        None => Ok(Written::Mixture(parts)),
    }
}

/// `file=delays.csv column=seconds unit=s`
fn empirical(text: &str, start: usize) -> Result<Written, LawError> {
    let given = Arguments::read("empirical", EMPIRICAL_USAGE, text, start)?;
    given.only(&["file", "column", "unit"])?;
    let (file, column) = (given.word("file")?.0.to_owned(), given.word("column")?.0.to_owned());
    let (unit, unit_at) = given.word("unit")?;
    let known = ["ns", "us", "ms", "s", "m", "h", "d", "w"];
    let unit = Span::parse(&format!("1{unit}")).ok().filter(|_| known.contains(&unit)).ok_or_else(|| {
        LawError::new(unit_at, format!("`{unit}` is not a unit of time"), format!("write one of {}", known.join(", ")))
    })?;
    Ok(Written::Measured(MeasuredDelays { file, column, unit }))
}

/// A word that is no delay: a law without its arguments, or an unknown one.
fn bare_word(text: &str, start: usize) -> LawError {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    let (word, at) = (&text[..end], start..start + end);
    let special = [("mixture", MIXTURE_USAGE), ("empirical", EMPIRICAL_USAGE)];
    let usages = NAMED_LAWS.iter().map(|law| (law.name, law.usage)).chain(special);
    if let Some((_, usage)) = usages.into_iter().find(|(name, _)| *name == word) {
        return LawError::new(at, format!("`{word}` stands without its arguments"), format!("write {usage}"));
    }
    let known: Vec<&str> = names().into_iter().chain(["never"]).collect();
    LawError::new(at, format!("there is no law `{word}`"), suggestion(word, &known))
}

fn plain(at: Range<usize>, shape: Result<Shape, String>) -> Result<Written, LawError> {
    shape.map(|shape| Written::Known(shape.into())).map_err(|fragment| LawError::from_fragment(at, &fragment))
}

fn names() -> Vec<&'static str> {
    NAMED_LAWS.iter().map(|law| law.name).chain(["mixture", "empirical"]).collect()
}

fn trimmed(text: &str, start: usize) -> (&str, usize) {
    let rest = text.trim_start();
    (rest.trim_end(), start + text.len() - rest.len())
}

fn trimmed_span(text: &str, start: usize) -> Result<Span, LawError> {
    let (text, start) = trimmed(text, start);
    span(text, start)
}

/// The place of the bracket that closes the one at `open`.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    text[open..].char_indices().find_map(|(place, letter)| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(open + place)
    })
}

/// The parts between the `|` that stand outside brackets, with their places.
fn alternatives(text: &str, start: usize) -> Vec<(&str, usize)> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_i32, 0);
    for (place, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => {
                parts.push((&text[from..place], start + from));
                from = place + 1;
            }
            _ => {}
        }
    }
    parts.push((&text[from..], start + from));
    parts
}
