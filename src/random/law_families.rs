//! The laws that a scenario can name, in one list: name, use, and how the arguments become a law.
//!
//! The reader of laws, its suggestions and the reference all take from this list.

use crate::random::bounded::{Constant, Pert, Triangular, Uniform};
use crate::random::gamma::Gamma;
use crate::random::law_arguments::Arguments;
use crate::random::law_error::LawError;
use crate::random::shape::Shape;
use crate::random::tailed::{Exponential, Lognormal, Pareto, Weibull};

/// A law that a scenario can name.
#[derive(Debug)]
pub struct NamedLaw {
    /// The word before the bracket.
    pub name: &'static str,
    /// How it is written, for a reader.
    pub usage: &'static str,
    /// What it is, for the reference.
    pub summary: &'static str,
    read: fn(&Arguments<'_>) -> Result<Shape, LawError>,
}

impl NamedLaw {
    /// Reads the text between the brackets, which stands at byte `start`.
    ///
    /// # Errors
    /// At the argument that is missing, unknown, or makes no law.
    pub fn read(&self, text: &str, start: usize) -> Result<Shape, LawError> {
        (self.read)(&Arguments::read(self.name, self.usage, text, start)?)
    }
}

/// All laws that take plain arguments.
pub const NAMED_LAWS: [NamedLaw; 9] = [
    NamedLaw {
        name: "constant",
        usage: "`constant(5s)` or `5s`",
        summary: "always the same delay",
        read: |given| Ok(Shape::Constant(given.place(Constant::new(given.unnamed_seconds::<1>()?[0]))?)),
    },
    NamedLaw {
        name: "uniform",
        usage: "`uniform(min=1s max=3s)` or `1s..3s`",
        summary: "every delay between two bounds alike",
        read: |given| {
            let [min, max] = if given.is_unnamed() { given.unnamed_seconds()? } else { named(given, ["min", "max"])? };
            Ok(Shape::Uniform(given.place(Uniform::new(min, max))?))
        },
    },
    NamedLaw {
        name: "exponential",
        usage: "`exponential(mean=500ms)`",
        summary: "a delay without memory",
        read: |given| {
            given.only(&["mean"])?;
            Ok(Shape::Exponential(given.place(Exponential::new(given.positive_seconds("mean")?))?))
        },
    },
    NamedLaw {
        name: "lognormal",
        usage: "`lognormal(p50=4m p95=20m)` or `lognormal(median=4m sigma=0.8)`",
        summary: "a delay whose logarithm is normal; two quantiles alone, or `90% in 20s..4m`, mean this law",
        read: |given| {
            if given.has_quantiles() {
                return Ok(Shape::Lognormal(given.place(Lognormal::through(given.quantile_pair()?))?));
            }
            given.only(&["median", "sigma"])?;
            let (median, sigma) = (given.positive_seconds("median")?, given.positive_number("sigma")?);
            Ok(Shape::Lognormal(given.place(Lognormal::new(median, sigma))?))
        },
    },
    NamedLaw {
        name: "weibull",
        usage: "`weibull(p50=4m p95=20m)` or `weibull(shape=1.5 scale=5m)`",
        summary: "a power of an exponential delay; a shape below 1 has the heavier tail",
        read: |given| {
            if given.has_quantiles() {
                return Ok(Shape::Weibull(given.place(Weibull::through(given.quantile_pair()?))?));
            }
            given.only(&["shape", "scale"])?;
            let (shape, scale) = (given.positive_number("shape")?, given.positive_seconds("scale")?);
            Ok(Shape::Weibull(given.place(Weibull::new(shape, scale))?))
        },
    },
    NamedLaw {
        name: "gamma",
        usage: "`gamma(p50=4m p95=20m)` or `gamma(shape=2 mean=5m)`",
        summary: "a delay made of several steps in a row",
        read: |given| {
            if given.has_quantiles() {
                return Ok(Shape::Gamma(given.place(Gamma::through(given.quantile_pair()?))?));
            }
            given.only(&["shape", "mean"])?;
            let (shape, mean) = (given.positive_number("shape")?, given.positive_seconds("mean")?);
            Ok(Shape::Gamma(given.place(Gamma::new(shape, mean))?))
        },
    },
    NamedLaw {
        name: "pareto",
        usage: "`pareto(min=1s shape=2.5)` or `pareto(p50=4m p95=20m)`",
        summary: "a power law above a least delay",
        read: |given| {
            if given.has_quantiles() {
                return Ok(Shape::Pareto(given.place(Pareto::through(given.quantile_pair()?))?));
            }
            given.only(&["min", "shape"])?;
            let (min, shape) = (given.positive_seconds("min")?, given.positive_number("shape")?);
            Ok(Shape::Pareto(given.place(Pareto::new(min, shape))?))
        },
    },
    NamedLaw {
        name: "triangular",
        usage: "`triangular(min=1m mode=3m max=10m)`",
        summary: "an expert's three numbers, with straight sides",
        read: |given| {
            let [min, mode, max] = named(given, ["min", "mode", "max"])?;
            Ok(Shape::Triangular(given.place(Triangular::new(min, mode, max))?))
        },
    },
    NamedLaw {
        name: "pert",
        usage: "`pert(min=1m mode=3m max=10m)`",
        summary: "an expert's three numbers, smooth, with weight 4 on the mode",
        read: |given| {
            let [min, mode, max] = named(given, ["min", "mode", "max"])?;
            Ok(Shape::Pert(given.place(Pert::new(min, mode, max))?))
        },
    },
];

fn named<const N: usize>(given: &Arguments<'_>, names: [&str; N]) -> Result<[f64; N], LawError> {
    given.only(&names)?;
    let mut seconds = [0.0; N];
    for (slot, name) in seconds.iter_mut().zip(names) {
        *slot = given.seconds(name)?;
    }
    Ok(seconds)
}
