//! The arguments of a law as written, separated by spaces: `p50=4m p95=20m`, `min=1s max=3s`, `1s 3s`.
//!
//! Every argument keeps its place, so that a fault points at what is wrong.

use crate::random::law_error::{LawError, suggestion};
use crate::random::quantile_pair::{QuantilePair, QuantilePoint};
use crate::units::time::Span;
use std::ops::Range;

/// The arguments of one law.
#[derive(Debug)]
pub struct Arguments<'a> {
    law: &'static str,
    usage: &'static str,
    at: Range<usize>,
    list: Vec<Argument<'a>>,
}

/// One argument: its name, if it has one, and its value.
#[derive(Debug)]
struct Argument<'a> {
    name: Option<&'a str>,
    value: &'a str,
    at: Range<usize>,
    value_at: Range<usize>,
}

impl<'a> Arguments<'a> {
    /// Reads `text`, which stands at byte `start`, as the arguments of a law with an example of its use.
    ///
    /// # Errors
    /// At an argument that is not `value` or `name=value`, or whose name was given before.
    pub fn read(law: &'static str, usage: &'static str, text: &'a str, start: usize) -> Result<Self, LawError> {
        let mut list: Vec<Argument<'a>> = Vec::new();
        for (word, from) in words(text, start) {
            let argument = Argument::read(word, from)?;
            if argument.name.is_some() && list.iter().any(|before| before.name == argument.name) {
                let what = format!("`{}` stands twice", argument.name.unwrap_or_default());
                return Err(LawError::new(argument.at, what, "leave one of them out"));
            }
            list.push(argument);
        }
        Ok(Self { law, usage, at: start..start + text.len(), list })
    }

    /// Whether some argument is a quantile (`p95=`).
    pub fn has_quantiles(&self) -> bool {
        self.list.iter().any(|argument| argument.share().is_some())
    }

    /// Whether arguments stand without their names.
    pub fn is_unnamed(&self) -> bool {
        self.list.iter().any(|argument| argument.name.is_none())
    }

    /// Accepts these names only; an argument without a name is refused.
    ///
    /// # Errors
    /// At the first other argument.
    pub fn only(&self, names: &[&str]) -> Result<(), LawError> {
        for argument in &self.list {
            let Some(name) = argument.name else {
                let what = format!("`{}` has no name", argument.value);
                return Err(LawError::new(argument.at.clone(), what, format!("write {}", self.usage)));
            };
            if !names.contains(&name) {
                let what = format!("{} takes no `{name}`", self.law);
                let help = format!("{}; write {}", suggestion(name, names), self.usage);
                return Err(LawError::new(argument.at.clone(), what, help));
            }
        }
        Ok(())
    }

    /// The values of exactly `N` arguments without names, as seconds.
    ///
    /// # Errors
    /// If there are more or fewer, one has a name, or one is no duration.
    pub fn unnamed_seconds<const N: usize>(&self) -> Result<[f64; N], LawError> {
        let mut seconds = [0.0; N];
        if self.list.len() != N || self.list.iter().any(|argument| argument.name.is_some()) {
            let what = format!("{} takes {N} unnamed or only named arguments", self.law);
            return Err(LawError::new(self.at.clone(), what, format!("write {}", self.usage)));
        }
        for (slot, argument) in seconds.iter_mut().zip(&self.list) {
            *slot = span(argument.value, argument.value_at.start)?.seconds();
        }
        Ok(seconds)
    }

    /// A named duration in seconds.
    ///
    /// # Errors
    /// If it is missing or no duration.
    pub fn seconds(&self, name: &str) -> Result<f64, LawError> {
        let argument = self.named(name)?;
        Ok(span(argument.value, argument.value_at.start)?.seconds())
    }

    /// A named duration above zero, in seconds.
    ///
    /// # Errors
    /// If it is missing, no duration, or zero.
    pub fn positive_seconds(&self, name: &str) -> Result<f64, LawError> {
        self.named(name)?.positive_seconds()
    }

    /// A named number above zero, without a unit.
    ///
    /// # Errors
    /// If it is missing, no number, or zero.
    pub fn positive_number(&self, name: &str) -> Result<f64, LawError> {
        let argument = self.named(name)?;
        let plain = argument.value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        match argument.value.parse::<f64>() {
            Ok(number) if plain && number > 0.0 && number.is_finite() => Ok(number),
            _ => {
                let what = format!("`{}` is not a number above zero", argument.value);
                let help = format!("write for example `{name}=0.8`, without a unit");
                Err(LawError::new(argument.value_at.clone(), what, help))
            }
        }
    }

    /// A named word.
    ///
    /// # Errors
    /// If it is missing.
    pub fn word(&self, name: &str) -> Result<(&'a str, Range<usize>), LawError> {
        self.named(name).map(|argument| (argument.value, argument.value_at.clone()))
    }

    /// The two quantiles that are the only arguments.
    ///
    /// # Errors
    /// If there are more or fewer, something else stands beside them, or they do not rise.
    pub fn quantile_pair(&self) -> Result<QuantilePair, LawError> {
        let mut points = Vec::new();
        for argument in &self.list {
            let Some(share) = argument.share() else {
                let what = format!("`{}` does not go with quantiles", argument.name.unwrap_or(argument.value));
                return Err(LawError::new(argument.at.clone(), what, format!("write {}", self.usage)));
            };
            let seconds = argument.positive_seconds()?;
            let point =
                QuantilePoint::new(share, seconds).map_err(|e| LawError::from_fragment(argument.at.clone(), &e))?;
            points.push((point, argument.at.clone()));
        }
        match points.as_slice() {
            [(one, first), (other, second)] => {
                let both = first.start..second.end;
                QuantilePair::new(*one, *other).map_err(|fragment| LawError::from_fragment(both, &fragment))
            }
            [_, _, (_, third), ..] => {
                Err(LawError::new(third.clone(), "two quantiles fix the law", "leave out all but two"))
            }
            _ => {
                let what = format!("one quantile does not fix a {} law", self.law);
                Err(LawError::new(self.at.clone(), what, format!("write {}", self.usage)))
            }
        }
    }

    /// Places a constructor's refusal at the arguments as a whole.
    ///
    /// # Errors
    /// The refusal, placed.
    pub fn place<T>(&self, made: Result<T, String>) -> Result<T, LawError> {
        made.map_err(|fragment| LawError::from_fragment(self.at.clone(), &fragment))
    }

    fn named(&self, name: &str) -> Result<&Argument<'a>, LawError> {
        self.list.iter().find(|argument| argument.name == Some(name)).ok_or_else(|| {
            LawError::new(self.at.clone(), format!("{} needs `{name}=`", self.law), format!("write {}", self.usage))
        })
    }
}

impl<'a> Argument<'a> {
    fn read(word: &'a str, from: usize) -> Result<Self, LawError> {
        let at = from..from + word.len();
        if let Some(comma) = unquoted(word, ',') {
            let place = from + comma..from + comma + 1;
            return Err(LawError::new(place, "a comma stands between arguments", "separate them by spaces alone"));
        }
        let Some(equals) = word.find('=') else {
            return Ok(Self { name: None, value: word, value_at: at.clone(), at });
        };
        let (name, value) = (&word[..equals], &word[equals + 1..]);
        if name.is_empty() || value.is_empty() {
            let what = format!("`{word}` is half an argument");
            return Err(LawError::new(at, what, "write `name=value` without spaces around the `=`"));
        }
        let unquoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let value_at = from + equals + 1..at.end;
        Ok(Self { name: Some(name), value: unquoted.unwrap_or(value), at, value_at })
    }

    /// The share of `p95=`, if this is a quantile.
    fn share(&self) -> Option<f64> {
        let digits = self.name?.strip_prefix('p')?;
        let plain =
            digits.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        digits.parse::<f64>().ok().filter(|_| plain).map(|percent| percent / 100.0)
    }

    fn positive_seconds(&self) -> Result<f64, LawError> {
        let span = span(self.value, self.value_at.start)?;
        if span == Span::ZERO {
            let what = format!("`{}` is zero", self.name.unwrap_or_default());
            return Err(LawError::new(self.value_at.clone(), what, "write a duration above zero, for example `1ms`"));
        }
        Ok(span.seconds())
    }
}

/// Reads a duration that stands at byte `start`.
///
/// # Errors
/// If it is none; a number without its unit is told apart.
pub fn span(text: &str, start: usize) -> Result<Span, LawError> {
    let at = start..start + text.len();
    if text.starts_with('-') {
        return Err(LawError::new(at, format!("`{text}` is negative"), "a delay is at least `0s`"));
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        let help = format!("write for example `{text}s`, `{text}ms` or `{text}m`");
        return Err(LawError::new(at, format!("`{text}` has no unit"), help));
    }
    Span::parse(text).map_err(|fragment| LawError::from_fragment(at, &fragment))
}

/// The words of a text that stands at byte `start`, with their places; quotes hold spaces.
fn words(text: &str, start: usize) -> Vec<(&str, usize)> {
    let mut words = Vec::new();
    let mut begun = None;
    let mut quoted = false;
    for (place, letter) in text.char_indices() {
        quoted ^= letter == '"';
        if letter.is_whitespace() && !quoted {
            words.extend(begun.take().map(|from| (&text[from..place], start + from)));
        } else {
            begun.get_or_insert(place);
        }
    }
    words.extend(begun.map(|from| (&text[from..], start + from)));
    words
}

fn unquoted(word: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    word.char_indices().find_map(|(place, letter)| {
        quoted ^= letter == '"';
        (letter == wanted && !quoted).then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_separated_by_spaces_outside_quotes() {
        assert_eq!(words(" a=1s  b=\"x y\" ", 10), [("a=1s", 11), ("b=\"x y\"", 17)]);
    }

    #[test]
    fn a_quoted_word_keeps_its_spaces_and_commas() {
        let read = Arguments::read("empirical", "", "file=\"a, b.csv\"", 0).expect("arguments");
        assert_eq!(read.word("file"), Ok(("a, b.csv", 5..15)));
    }

    #[test]
    fn a_name_stands_once() {
        let error = Arguments::read("pert", "", "min=1s min=2s", 5).expect_err("twice");
        assert_eq!((error.at, error.what.as_str()), (12..18, "`min` stands twice"));
    }
}
