//! A law shown back: as scenarios write it, and with what follows from it.

use crate::random::family::human;
use crate::random::law::Law;
use crate::random::shape::Shape;
use std::fmt;

impl Law {
    /// The law with what follows from it, for a reader: `lognormal(p50=4m p95=20m), mean 6m 27s, p99 38m 58s`.
    pub fn describe(&self) -> String {
        if let Self::Plain(Shape::Constant(_)) = self {
            return self.to_string();
        }
        let never = self.share_never();
        let mean = match self.mean_seconds() {
            Some(seconds) => format!("mean {}", human(seconds)),
            None if never.value() > 0.0 => format!("never in {never}"),
            None => "no finite mean".into(),
        };
        let p99 = self.quantile(0.99).map_or_else(|| "never".into(), human);
        format!("{self}, {mean}, p99 {p99}")
    }
}

impl fmt::Display for Law {
    /// As scenarios write it, numbers to six figures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |shape: Option<&Shape>| shape.map_or_else(|| "never".to_owned(), Shape::to_string);
        let parts: Vec<String> = self.parts().map(|(weight, shape)| format!("{weight} {}", shown(shape))).collect();
        match (self.parts().next(), parts.len()) {
            (Some((_, shape)), 1) => f.write_str(&shown(shape)),
            _ => write!(f, "mixture({})", parts.join(" | ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::bounded::Constant;
    use crate::random::tailed::{Lognormal, Pareto};
    use crate::units::probability::Share;

    #[test]
    fn a_law_is_shown_with_what_follows_from_it() {
        // sigma = ln 5 / 1.6448536 = 0.9784688: mean 240 s * exp(sigma^2 / 2) = 387.35 s = 6 min 27 s,
        // p99 240 s * exp(2.3263479 sigma) = 2337.64 s = 38 min 58 s.
        let law: Law = Shape::Lognormal(Lognormal::new(240.0, 0.978_468_774_402_126_9).expect("valid")).into();
        assert_eq!(law.describe(), "lognormal(p50=4m p95=20m), mean 6m 27s, p99 38m 58s");
        let five: Law = Shape::Constant(Constant::new(5.0).expect("valid")).into();
        assert_eq!(five.describe(), "5s");
        let some_never = five.or_never(Share::new(0.1).expect("a share"));
        assert_eq!(some_never.describe(), "mixture(90% 5s | 10% never), never in 10%, p99 never");
        let heavy: Law = Shape::Pareto(Pareto::new(1.0, 1.0).expect("valid")).into();
        assert_eq!(heavy.describe(), "pareto(min=1s shape=1), no finite mean, p99 1m 40s");
    }
}
