//! A delay law as a scenario writes it, on its way to a [`Law`].
//!
//! The grammar is in `law_grammar.rs`. Reading touches no file: an empirical law names its file, and
//! [`LawText::resolve`] is handed the values.

use crate::random::empirical::Empirical;
use crate::random::law::Law;
use crate::random::law_error::LawError;
use crate::random::law_grammar::{self, MeasuredDelays, Written};
use crate::random::shape::Shape;

/// A law as a scenario writes it, understood but for the values of its files.
#[derive(Clone, Debug, PartialEq)]
pub struct LawText {
    written: Written,
}

impl LawText {
    /// Reads a law.
    ///
    /// # Errors
    /// The first fault, with its place in `text` and the remedy.
    pub fn parse(text: &str) -> Result<Self, LawError> {
        law_grammar::read(text).map(|written| Self { written })
    }

    /// The law, with `read` giving the numbers of a file's column. The file is read relative to what `read` decides.
    ///
    /// # Errors
    /// What `read` refuses, or values that are no delays, with the file's name.
    pub fn resolve(&self, mut read: impl FnMut(&str, &str) -> Result<Vec<f64>, String>) -> Result<Law, String> {
        resolve(&self.written, &mut read)
    }

    /// The columns that [`LawText::resolve`] will ask for, in order.
    pub fn measured(&self) -> Vec<&MeasuredDelays> {
        let mut found = Vec::new();
        collect(&self.written, &mut found);
        found
    }
}

/// Gives the numbers in a file's column, named in this order.
type Reader<'a> = dyn FnMut(&str, &str) -> Result<Vec<f64>, String> + 'a;

fn resolve(written: &Written, read: &mut Reader<'_>) -> Result<Law, String> {
    match written {
        Written::Known(law) => Ok(law.clone()),
        Written::Measured(MeasuredDelays { file, column, unit }) => {
            let seconds = read(file, column)?.iter().map(|value| value * unit.seconds()).collect();
            let law = Empirical::new(seconds).map_err(|error| format!("column `{column}` of `{file}`: {error}"))?;
            Ok(Shape::Empirical(law).into())
        }
        Written::Mixture(parts) => {
            let laws: Result<_, String> =
                parts.iter().map(|(weight, part)| Ok((*weight, resolve(part, &mut *read)?))).collect();
            Law::mixture(laws?)
        }
    }
}

fn collect<'a>(written: &'a Written, found: &mut Vec<&'a MeasuredDelays>) {
    match written {
        Written::Known(_) => {}
        Written::Measured(measured) => found.push(measured),
        Written::Mixture(parts) => parts.iter().for_each(|(_, part)| collect(part, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Law {
        LawText::parse(text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .resolve(|_, _| Err("no file is named".into()))
            .expect("a law")
    }

    #[test]
    #[rustfmt::skip]
    fn every_way_to_write_a_law_is_read() {
        // Left as written, right as shown back. Fits by hand: a central 90 % has its median at sqrt(20 s * 240 s) =
        // 69.282 s; lognormal of sigma 0.8: p95 = exp(0.8 * 1.644854) = 3.72804 s; Weibull through p50 = 4 m, p95 =
        // 20 m: shape ln(ln 20 / ln 2) / ln 5 = 0.909449, scale 240 s / (ln 2)^(1 / shape) = 359.116 s;
        // Pareto: shape (ln 20 - ln 2) / ln 5 = 1.43068, min 240 s / 2^(1 / shape) = 147.843 s.
        for (text, shown) in [
            ("5s", "5s"),
            (" 1h30m ", "1h30m"),
            ("constant(5s)", "5s"),
            ("0s..3s", "0s..3s"),
            ("1s .. 3s", "1s..3s"),
            ("uniform(1s 3s)", "1s..3s"),
            ("uniform(max=3s min=1s)", "1s..3s"),
            ("exponential(mean=500ms)", "exponential(mean=500ms)"),
            ("lognormal(p50=4m p95=20m)", "lognormal(p50=4m p95=20m)"),
            ("lognormal(p95=20m p50=4m)", "lognormal(p50=4m p95=20m)"),
            ("p50=4m p95=20m", "lognormal(p50=4m p95=20m)"),
            ("lognormal(median=1s sigma=0.8)", "lognormal(p50=1s p95=3.72804s)"),
            ("90% in 20s..4m", "lognormal(p50=1m9.282s p95=4m)"),
            ("weibull(shape=1.5 scale=5m)", "weibull(shape=1.5 scale=5m)"),
            ("weibull(p50=4m p95=20m)", "weibull(shape=0.909449 scale=5m59.116s)"),
            ("gamma(shape=2 mean=5m)", "gamma(shape=2 mean=5m)"),
            ("pareto(min=1s shape=2.5)", "pareto(min=1s shape=2.5)"),
            ("pareto(p50=4m p95=20m)", "pareto(min=2m27.843s shape=1.43068)"),
            ("triangular(min=1m mode=3m max=10m)", "triangular(min=1m mode=3m max=10m)"),
            ("pert( min=1m  mode=3m max=10m )", "pert(min=1m mode=3m max=10m)"),
            ("mixture(90% exponential(mean=1s) | 10% 5m..1h)", "mixture(90% exponential(mean=1s) | 10% 5m..1h)"),
            ("mixture(97% p50=4m p95=20m|3% never)", "mixture(97% lognormal(p50=4m p95=20m) | 3% never)"),
            ("mixture(50% mixture(50% 1s | 50% 2s) | 50% 90% in 1s..100s)", "mixture(25% 1s | 25% 2s | 50% lognormal(p50=10s p95=1m40s))"),
            ("mixture(100% 5s)", "5s"),
            ("never", "never"),
        ] {
            assert_eq!(read(text).to_string(), shown, "{text}");
            assert_eq!(read(shown).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn a_gamma_law_through_two_quantiles_has_them() {
        let law = read("gamma(p50=4m p95=20m)");
        let at = |p| law.quantile(p).expect("it ends");
        assert!((at(0.5) - 240.0).abs() < 1e-6 && (at(0.95) - 1200.0).abs() < 1e-6, "{law}");
    }

    #[test]
    fn a_fault_is_placed_and_comes_with_its_remedy() {
        // The text, the part of it at fault, and words of the fault and of the remedy.
        for (text, place, what, help) in [
            ("", "", "a delay is missing", "write for example"),
            ("5", "5", "`5` has no unit", "`5s`"),
            ("-5s", "-5s", "is negative", "at least `0s`"),
            ("lognormal(p50=4m p95=20)", "20", "`20` has no unit", "`20m`"),
            ("lognormal(p50=20m p95=4m)", "p50=20m p95=4m", "p50=20m lies above p95=4m", "exchange"),
            ("p50=4m p95=4m", "p50=4m p95=4m", "p50=4m equals p95=4m", "write `4m`"),
            ("p50=4m p50.0=5m", "p50=4m p50.0=5m", "p50 stands twice", "two different"),
            ("p50=4m", "p50=4m", "one quantile does not fix", "p95=20m"),
            ("p50=4m p90=10m p95=20m", "p95=20m", "two quantiles fix the law", "leave out"),
            ("p50=0s p95=20m", "0s", "`p50` is zero", "above zero"),
            ("p0=1s p95=20m", "p0=1s", "is not the share of a quantile", "p50"),
            ("p100=1m p95=20s", "p100=1m", "is not the share of a quantile", "p50"),
            ("lognormal(p50=-4m p95=20m)", "-4m", "is negative", "`0s`"),
            ("lognormal(p50=4m sigma=1)", "sigma=1", "`sigma` does not go with quantiles", "median=4m"),
            ("lognormal(median=4m sigma=-1)", "-1", "not a number above zero", "sigma=0.8"),
            ("lognormal(4m 20m)", "4m", "`4m` has no name", "p50=4m p95=20m"),
            ("lognormal", "lognormal", "without its arguments", "p50=4m p95=20m"),
            ("exponential(mean=0s)", "0s", "`mean` is zero", "above zero"),
            ("exponential(maen=1s)", "maen=1s", "takes no `maen`", "did you mean `mean`?"),
            ("exponential()", "", "needs `mean=`", "exponential(mean=500ms)"),
            ("mean=1s", "mean=1s", "does not say which law", "name the law"),
            ("lognoraml(p50=4m p95=20m)", "lognoraml", "no law `lognoraml`", "did you mean `lognormal`?"),
            ("neveer", "neveer", "no law `neveer`", "did you mean `never`?"),
            ("exponential(mean=1s", "(", "never closed", "`)`"),
            ("exponential(mean=1s) x", "x", "stands after the law", "remove"),
            ("lognormal(p50=4m, p95=20m)", ",", "a comma", "spaces"),
            ("lognormal(p50 = 4m)", "=", "half an argument", "without spaces"),
            ("3s..1s", "3s..1s", "does not rise", "shorter delay first"),
            ("1s..1s", "1s..1s", "does not rise", "constant"),
            ("1s...3s", "1s...3s", "not a range", "20s..4m"),
            ("1..3s", "1", "has no unit", "`1s`"),
            ("uniform(3s 1s)", "3s 1s", "lies above", "exchange"),
            ("uniform(1s)", "1s", "takes 2", "min=1s max=3s"),
            ("pert(min=1m mode=30s max=3m)", "min=1m mode=30s max=3m", "mode=30s lies outside", "between"),
            ("pareto(min=0s shape=2)", "0s", "`min` is zero", "above zero"),
            ("gamma(shape=0.001 mean=1s)", "shape=0.001 mean=1s", "shape is 0.001", "between 0.01"),
            ("90% in 4m..20s", "4m..20s", "does not rise", "shorter"),
            ("90% in 0s..4m", "0s..4m", "no quantile of zero", "above zero"),
            ("100% in 1s..4m", "100%", "leaves no law", "90%"),
            ("90% 20s..4m", "90% 20s..4m", "not a share of a range", "90% in 20s..4m"),
            ("mixture(90% 1s | 9% 2s)", "90% 1s | 9% 2s", "sum to 99%", "100%"),
            ("mixture(1s | 10% 2s)", "1s", "not a weight", "share"),
            ("mixture(50% 1s | 50%)", "", "a delay is missing", "write"),
            ("mixture(50% 1s | 50% zipf(s=1))", "zipf", "no law `zipf`", "known: constant"),
            ("empirical(file=a.csv column=t)", "file=a.csv column=t", "needs `unit=`", "unit=s"),
            ("empirical(file=a.csv column=t unit=1s)", "1s", "not a unit of time", "ns, us, ms"),
            ("200000d", "200000d", "longer than a hundred years", "write"),
            ("p50=4m p95=ß", "ß", "not a duration", "write"),
        ] {
            let error = LawText::parse(text).map(|_| ()).expect_err(text);
            assert_eq!(&text[error.at.clone()], place, "{text}: {error}");
            assert!(error.what.contains(what) && error.help.contains(help), "{text}: {error}");
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic() {
        // Both ends of every cut of valid texts, and every text with one sign put in, at every place.
        for text in [
            "mixture(97% lognormal(p50=4m p95=20m) | 3% never)",
            "90% in 20s..4m",
            "empirical(file=\"ä b\" column=t unit=s)",
        ] {
            for (place, _) in text.char_indices() {
                let (head, tail) = text.split_at(place);
                for sign in ["", "(", ")", "|", "=", "%", "..", " ", ",", "\"", "-", "ß", "9999999999999999999"] {
                    for cut in [format!("{head}{sign}"), format!("{sign}{tail}"), format!("{head}{sign}{tail}")] {
                        if let Err(error) = LawText::parse(&cut) {
                            assert!(cut.get(error.at.clone()).is_some(), "{cut}: {error:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn measured_delays_come_from_the_column_in_its_unit() {
        let text = LawText::parse("mixture(50% empirical(file=\"my delays.csv\" column=took unit=ms) | 50% never)");
        let text = text.expect("a law");
        assert_eq!(text.measured().iter().map(|m| m.file.as_str()).collect::<Vec<_>>(), ["my delays.csv"]);
        let law = text.resolve(|file, column| {
            assert_eq!((file, column), ("my delays.csv", "took"));
            Ok(vec![3000.0, 1000.0])
        });
        let law = law.expect("values");
        assert_eq!((law.quantile(0.2), law.quantile(0.3), law.quantile(0.6)), (Some(1.0), Some(3.0), None));
        let error = text.resolve(|_, _| Ok(vec![1.0, -1.0])).expect_err("a negative delay");
        assert!(error.starts_with("column `took` of `my delays.csv`: value 2 "), "{error}");
        assert_eq!(text.resolve(|file, _| Err(format!("no file {file}"))), Err("no file my delays.csv".into()));
    }
}
