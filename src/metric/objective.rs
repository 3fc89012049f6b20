//! Objectives: one line of text that says what a drill must achieve, read into a typed rule.
//!
//! ```text
//! objective  = statistic "(" metric [ "{" label { "," label } "}" ] ")" comparator limit
//! statistic  = "p" number        a quantile: p50, p99, p99.9; between 0 and 100, both excluded
//!            | "mean"            the mean over the trials
//!            | "share"           the share of trials in which the metric holds; its limit is a percentage
//!            | "bound"           the analytic worst case; its limit is a duration
//! label      = name "=" ( value | "[" value { "," value } "]" )
//! comparator = "<=" | "<" | ">=" | ">"
//! limit      = duration (60s, 1h30m) | percentage (95%) | rate (20/s, 30/h) | number (3, 0.5)
//! ```
//!
//! Metrics, names and values are made of letters, digits, `_`, `-` and `.`; spaces may stand between any two
//! parts. `bound(edge)` is short for `bound(time_to_contain{target=edge})`. `max(...)` and `min(...)` are
//! refused, because no number of trials can decide them. Whether a metric or a label exists is for the
//! catalogue to say; the byte ranges kept here let it point at the culprit, as an [`ObjectiveError`] does.

use super::limit::{as_percent, is_number, percent};
use super::reader::Reader;
use std::fmt;
use std::ops::Range;

pub use super::limit::{Comparator, Limit, LimitUnit};
pub use super::reader::ObjectiveError;

/// The metric that `bound(...)` speaks of.
const BOUNDED_METRIC: &str = "time_to_contain";

/// A rule that a drill must meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// What is computed from the metric.
    pub statistic: Statistic,
    /// Name of the metric.
    pub metric: String,
    /// Where the metric (or, for `bound(edge)`, the target that stands for it) is written in `text`, in bytes.
    pub metric_at: Range<usize>,
    /// The part of the system that is meant, in the order written; none for the whole.
    pub labels: Vec<Label>,
    /// On which side of the limit the statistic must lie.
    pub comparator: Comparator,
    /// The limit.
    pub limit: Limit,
    /// Where the limit is written in `text`, in bytes.
    pub limit_at: Range<usize>,
    /// The rule as written.
    pub text: String,
}

/// What is computed from a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The quantile of this probability, in `(0, 1)`.
    Quantile(f64),
    /// The mean over the trials.
    Mean,
    /// The share of trials in which the metric holds.
    Share,
    /// The analytic worst case, which no trial exceeds.
    Bound,
}

/// A choice of a part of the system, such as `verifier=payments`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Name of the label.
    pub name: String,
    /// Its value, or the values of a list.
    pub values: Vec<String>,
    /// Where the label is written, in bytes.
    pub range: Range<usize>,
}

impl Label {
    /// Its value as a rule spells it: `edge`, or `[edge, ci]`.
    pub fn value(&self) -> String {
        match self.values.as_slice() {
            [value] => value.clone(),
            values => format!("[{}]", values.join(", ")),
        }
    }
}

impl Objective {
    /// Reads a rule.
    ///
    /// # Errors
    /// The first part of the text that does not follow the grammar, with a remedy.
    pub fn parse(text: &str) -> Result<Self, ObjectiveError> {
        let mut reader = Reader::new(text);
        let (word, statistic_at) = reader.word("a statistic", "start with `p99(`, `mean(`, `share(` or `bound(`")?;
        let statistic = Statistic::parse(word, statistic_at)?;
        reader.symbol('(', "write the metric in parentheses, as in `p99(time_to_contain)`")?;
        let (metric, metric_at) = reader.word("a metric", "`revdrill list` names the metrics")?;
        let mut metric = metric.to_owned();
        let mut labels = Vec::new();
        if reader.peek() == Some('{') {
            labels = labels_of(&mut reader)?;
        } else if statistic == Statistic::Bound && metric != BOUNDED_METRIC {
            let target = std::mem::replace(&mut metric, BOUNDED_METRIC.to_owned());
            labels.push(Label { name: "target".into(), values: vec![target], range: metric_at.clone() });
        }
        reader.symbol(')', "close the parenthesis after the metric and its labels")?;
        let comparator = comparator(&mut reader)?;
        let (limit, limit_at) = limit(&mut reader)?;
        statistic.check_unit(limit.unit, &limit_at)?;
        Ok(Self { statistic, metric, metric_at, labels, comparator, limit, limit_at, text: text.to_owned() })
    }

    /// Whether two rules ask for the same, however they are written.
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        let chosen = |rule: &Self| {
            let mut labels: Vec<(String, Vec<String>)> =
                rule.labels.iter().map(|label| (label.name.clone(), label.values.clone())).collect();
            labels.iter_mut().for_each(|(_, values)| values.sort());
            labels.sort();
            labels
        };
        self.statistic == other.statistic
            && self.metric == other.metric
            && self.comparator == other.comparator
            && self.limit == other.limit
            && chosen(self) == chosen(other)
    }
}

impl Statistic {
    fn parse(word: &str, at: Range<usize>) -> Result<Self, ObjectiveError> {
        let refused = |what: String, help: &str| Err(ObjectiveError { at: at.clone(), what, help: help.into() });
        match word {
            "mean" => Ok(Self::Mean),
            "share" => Ok(Self::Share),
            "bound" => Ok(Self::Bound),
            "max" | "min" => refused(
                format!(
                    "`{word}(...)` cannot be decided by sampling: one more trial may always go beyond what was seen"
                ),
                "use a high quantile such as `p99.9(...)`, or for the time to contain of a target its worst case, `bound(TARGET)`",
            ),
            "median" => refused("`median` is not a statistic".into(), "write `p50(...)`"),
            _ => match word.strip_prefix('p').filter(|digits| is_number(digits)) {
                None => refused(
                    format!("`{word}` is not a statistic"),
                    "write a quantile such as `p50` or `p99.9`, or `mean`, `share` or `bound`",
                ),
                Some(digits) => match percent(digits).filter(|&p| p > 0.0 && p < 1.0) {
                    Some(p) => Ok(Self::Quantile(p)),
                    None => refused(
                        format!("`{word}` is not a quantile that trials can estimate"),
                        "a quantile lies between p0 and p100, both excluded; for the worst case use `bound(...)`",
                    ),
                },
            },
        }
    }

    /// A share is compared with a share and a bound with a duration, whatever the metric.
    fn check_unit(self, unit: LimitUnit, at: &Range<usize>) -> Result<(), ObjectiveError> {
        let (what, help) = match (self, unit) {
            (Self::Share, LimitUnit::Share) | (Self::Bound, LimitUnit::Seconds) => return Ok(()),
            (Self::Share, _) => ("a share of trials is compared with a percentage", "write for example `>= 95%`"),
            (Self::Bound, _) => ("a bound is compared with a duration", "write for example `<= 5m`"),
            (Self::Quantile(_) | Self::Mean, _) => return Ok(()),
        };
        Err(ObjectiveError { at: at.clone(), what: what.into(), help: help.into() })
    }
}

fn labels_of(reader: &mut Reader) -> Result<Vec<Label>, ObjectiveError> {
    let help = "write labels as in `{verifier=payments}` or `{except=[partner, feed]}`";
    let mut labels: Vec<Label> = Vec::new();
    reader.symbol('{', help)?;
    loop {
        let (name, name_at) = reader.word("a label", help)?;
        if labels.iter().any(|label| label.name == name) {
            let what = format!("the label `{name}` is given twice");
            let help = format!("give one list, as in `{{{name}=[a, b]}}`");
            return Err(ObjectiveError { at: name_at, what, help });
        }
        reader.symbol('=', help)?;
        let values = values(reader, help)?;
        labels.push(Label { name: name.to_owned(), values, range: name_at.start..reader.at() });
        if reader.peek() != Some(',') {
            break;
        }
        reader.symbol(',', help)?;
    }
    reader.symbol('}', help)?;
    Ok(labels)
}

/// One value, or a list of at least one.
fn values(reader: &mut Reader, help: &str) -> Result<Vec<String>, ObjectiveError> {
    if reader.peek() != Some('[') {
        return Ok(vec![reader.word("a value", help)?.0.to_owned()]);
    }
    let mut values = Vec::new();
    let mut before = '[';
    while before != ']' {
        reader.symbol(before, help)?;
        values.push(reader.word("a value", help)?.0.to_owned());
        before = if reader.peek() == Some(',') { ',' } else { ']' };
    }
    reader.symbol(']', help)?;
    Ok(values)
}

fn comparator(reader: &mut Reader) -> Result<Comparator, ObjectiveError> {
    let help = "compare with `<=`, `<`, `>=` or `>`";
    let (word, at) = reader.take_while(|c| matches!(c, '<' | '>' | '=' | '!' | '≤' | '≥' | '~'));
    match word {
        "<=" => Ok(Comparator::AtMost),
        "<" => Ok(Comparator::Below),
        ">=" => Ok(Comparator::AtLeast),
        ">" => Ok(Comparator::Above),
        "" => Err(reader.expected("a comparison", help)),
        _ => Err(ObjectiveError { at, what: format!("`{word}` is not a comparison"), help: help.into() }),
    }
}

/// All that is left.
fn limit(reader: &mut Reader) -> Result<(Limit, Range<usize>), ObjectiveError> {
    let help = "a limit is a duration (`60s`), a percentage (`95%`), a rate (`20/s`) or a number (`3`)";
    if reader.peek().is_none() {
        return Err(reader.expected("a limit", help));
    }
    let text = reader.rest();
    let at = reader.at()..reader.at() + text.len();
    match Limit::parse(text) {
        Ok(limit) => Ok((limit, at)),
        Err(what) => Err(ObjectiveError { at, what, help: help.into() }),
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantile(p) => write!(f, "p{}", as_percent(*p)),
            Self::Mean => f.write_str("mean"),
            Self::Share => f.write_str("share"),
            Self::Bound => f.write_str("bound"),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value())
    }
}

impl fmt::Display for Objective {
    /// The rule in one form, whatever spaces and short forms it was written with, but with its limit as written; it
    /// reads back as itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({}", self.statistic, self.metric)?;
        if !self.labels.is_empty() {
            let labels: Vec<String> = self.labels.iter().map(Label::to_string).collect();
            write!(f, "{{{}}}", labels.join(", "))?;
        }
        write!(f, ") {} {}", self.comparator, &self.text[self.limit_at.clone()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Objective {
        Objective::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_rule_is_read_into_its_parts() {
        let found = parse(" p99.9( time_to_contain{except=[partner, feed],target=a-b} )<= 20m ");
        assert_eq!((found.statistic, found.metric.as_str()), (Statistic::Quantile(0.999), "time_to_contain"));
        assert_eq!(&found.text[found.metric_at.clone()], "time_to_contain");
        assert_eq!(&found.text[found.limit_at.clone()], "20m");
        let labels: Vec<_> = found.labels.iter().map(|label| (label.name.as_str(), label.values.join("+"))).collect();
        assert_eq!(labels, [("except", "partner+feed".to_owned()), ("target", "a-b".to_owned())]);
        assert_eq!(&found.text[found.labels[0].range.clone()], "except=[partner, feed]");
        assert_eq!(found.comparator, Comparator::AtMost);
        assert_eq!(found.limit, Limit { value: 1200.0, unit: LimitUnit::Seconds });
    }

    #[test]
    fn rules_that_ask_for_the_same_are_known_however_they_are_written() {
        let read = |text: &str| Objective::parse(text).expect("a rule");
        let same = [
            ("p99(time_to_contain) <= 1m", "p99( time_to_contain )<=60s"),
            ("bound(edge) <= 11m", "bound(time_to_contain{target=edge}) <= 660s"),
            ("mean(exposure_time{target=[a, b]}) < 5s", "mean(exposure_time{target=[b,a]}) < 5000ms"),
        ];
        assert!(same.iter().all(|(one, other)| read(one).asks_the_same_as(&read(other))));
        let other = [
            ("p99(time_to_contain) <= 1m", "p99(time_to_contain) < 1m"),
            ("p99(time_to_contain) <= 1m", "p90(time_to_contain) <= 1m"),
            ("bound(edge) <= 1m", "bound(ci) <= 1m"),
            ("p99(time_to_contain) <= 1m", "p99(time_to_contain) <= 61s"),
        ];
        assert!(!other.iter().any(|(one, other)| read(one).asks_the_same_as(&read(other))));
    }

    #[test]
    fn limits_keep_the_unit_they_were_written_in() {
        for (text, value, unit) in [
            ("mean(false_rejections) < 1", 1.0, LimitUnit::Plain),
            ("share(no_replay_after_revocation) >= 99.9%", 0.999, LimitUnit::Share),
            ("mean(issuer_load) <= 30/m", 0.5, LimitUnit::PerSecond),
            ("bound(time_to_contain{target=edge}) > 1h30m", 5400.0, LimitUnit::Seconds),
        ] {
            assert_eq!(parse(text).limit, Limit { value, unit }, "{text}");
        }
    }

    #[test]
    fn every_rule_reads_back_as_itself() {
        // The second column is the one form of the first; where absent, the first is it.
        for (text, form) in [
            ("p99(time_to_contain) <= 60s", None),
            ("p99.99(time_to_contain)>250ms", Some("p99.99(time_to_contain) > 250ms")),
            ("p7(x) < 0s", None),
            ("mean( false_rejections )<1", Some("mean(false_rejections) < 1")),
            ("share(contained{target=secrets}) >= 95%", None),
            ("share(contained) >= 99.99%", None),
            ("p95(propagation_delay{verifier=payments}) <= 30s", None),
            (
                "p99(time_to_contain{except=[partner,feed]}) <= 20m",
                Some("p99(time_to_contain{except=[partner, feed]}) <= 20m"),
            ),
            ("mean(issuer_load) <= 20/s", None),
            ("bound(edge-gw) <= 5m", Some("bound(time_to_contain{target=edge-gw}) <= 5m")),
            ("bound(time_to_contain) <= 5m", None),
        ] {
            let found = parse(text);
            let written = found.to_string();
            assert_eq!(written, form.unwrap_or(text));
            let again = parse(&written);
            assert_eq!(again.to_string(), written);
            assert_eq!(
                (again.statistic, again.comparator, again.limit),
                (found.statistic, found.comparator, found.limit)
            );
        }
    }

    #[test]
    fn the_short_bound_points_at_its_target() {
        let found = parse("bound(edge) <= 5m");
        assert_eq!(found.metric, "time_to_contain");
        assert_eq!((found.labels[0].name.as_str(), &found.labels[0].values[0][..]), ("target", "edge"));
        assert_eq!(&found.text[found.labels[0].range.clone()], "edge");
    }

    #[test]
    fn a_maximum_is_refused_with_a_way_out() {
        for (text, word) in [("max(time_to_contain) <= 60s", "max"), (" min(x) > 1", "min")] {
            let error = Objective::parse(text).expect_err("an extreme");
            assert_eq!(&text[error.at.clone()], word);
            assert!(error.what.contains("cannot be decided by sampling"), "{error}");
            assert!(error.help.contains("bound(TARGET)"), "{error}");
        }
    }

    #[test]
    fn an_error_points_at_its_culprit() {
        // Text, the part that is at fault (empty: the end), and a word of the message.
        for (text, culprit, word) in [
            ("", "", "statistic"),
            ("(x) < 1", "(", "statistic"),
            ("pp(x) < 1", "pp", "not a statistic"),
            ("p(x) < 1", "p", "not a statistic"),
            ("median(x) < 1", "median", "not a statistic"),
            ("p0(x) < 1", "p0", "quantile"),
            ("p100(x) < 1", "p100", "quantile"),
            ("p99.99999999999999999(x) < 1", "p99.99999999999999999", "quantile"),
            ("p9.9.9(x) < 1", "p9.9.9", "not a statistic"),
            ("p99", "", "expected `(`"),
            ("p99 x < 1", "x", "expected `(`"),
            ("p99() < 1", ")", "metric"),
            ("p99(x < 1", "<", "expected `)`"),
            ("p99(x{}) < 1", "}", "label"),
            ("p99(x{a}) < 1", "}", "expected `=`"),
            ("p99(x{a=}) < 1", "}", "value"),
            ("p99(x{a=[]}) < 1", "]", "value"),
            ("p99(x{a=[b c]}) < 1", "c", "expected `]`"),
            ("p99(x{a=b,a=c}) < 1", "a", "twice"),
            ("p99(x{a=b) < 1", ")", "expected `}`"),
            ("p99(x)", "", "comparison"),
            ("p99(x) 60s", "6", "comparison"),
            ("p99(x) = 60s", "=", "not a comparison"),
            ("p99(x) ≤ 60s", "≤", "not a comparison"),
            ("p99(x) <=", "", "limit"),
            ("p99(x) <= 60 s", "60 s", "not a duration"),
            ("p99(x) <= soon ", "soon", "not a duration"),
            ("p99(x) <= -1s", "-1s", "not a duration"),
            ("share(x) >= 101%", "101%", "more than 100%"),
            ("mean(x) <= 3/fortnight", "3/fortnight", "not a rate"),
            ("share(x) >= 0.95", "0.95", "percentage"),
            ("bound(edge) <= 5", "5", "duration"),
        ] {
            let error = Objective::parse(text).expect_err(text);
            assert_eq!(&text[error.at.clone()], culprit, "{text}: {error}");
            assert!(error.what.contains(word), "{text}: {error}");
            assert!(!error.help.is_empty(), "{text} has no remedy");
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic() {
        // Every prefix of a rule, each with every odd character put in, multi-byte ones among them.
        let rule = "p99.9(time_to_contain{except=[partner, feed]}) <= 20m";
        for end in 0..=rule.len() {
            for odd in ["", "é", "≤", "%", "/", "(", "]", "\u{3000}", "\0", "."] {
                let _ = Objective::parse(&format!("{}{odd}", &rule[..end]));
                let _ = Objective::parse(&format!("{}{odd}{}", &rule[..end], &rule[end..]));
            }
        }
    }
}
