//! The exact law of a duration, from its survival function.

/// The law of a duration in seconds.
pub struct Law {
    survival: Box<dyn Fn(f64) -> f64>,
    end: f64,
    bounded: bool,
    points: usize,
}

impl Law {
    /// A law on `[0, end]` with `survival(t) = P(X > t)`.
    pub fn up_to(end: f64, survival: impl Fn(f64) -> f64 + 'static) -> Self {
        Self { survival: Box::new(survival), end, bounded: true, points: 200_000 }
    }

    /// A law without a largest value; what lies beyond `end` has no weight that matters.
    pub fn beyond(end: f64, survival: impl Fn(f64) -> f64 + 'static) -> Self {
        Self { bounded: false, ..Self::up_to(end, survival) }
    }

    /// The same, with fewer points for integrals, where the survival function is dear.
    pub fn coarse(self, points: usize) -> Self {
        Self { points, ..self }
    }

    /// `P(X <= t)`.
    pub fn cdf(&self, t: f64) -> f64 {
        if t < 0.0 {
            0.0
        } else if self.bounded && t >= self.end {
            1.0
        } else {
            1.0 - (self.survival)(t)
        }
    }

    /// Where it ends, or as good as ends.
    pub fn end(&self) -> f64 {
        self.end
    }

    /// The largest possible value, if there is one.
    pub fn largest(&self) -> Option<f64> {
        self.bounded.then_some(self.end)
    }

    /// The mean, as the integral of the survival function (midpoint rule).
    pub fn mean(&self) -> f64 {
        integral(0.0, self.end, self.points, &self.survival)
    }

    /// `inf{t : F(t) >= p}`.
    pub fn quantile(&self, p: f64) -> f64 {
        if self.cdf(0.0) >= p {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, self.end);
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if self.cdf(middle) >= p { high = middle } else { low = middle }
        }
        high
    }
}

/// The integral of a function, by the midpoint rule.
pub fn integral(from: f64, to: f64, points: usize, f: impl Fn(f64) -> f64) -> f64 {
    let step = (to - from) / points as f64;
    (0..points).map(|point| f(from + (point as f64 + 0.5) * step)).sum::<f64>() * step
}

/// `P(X <= x)` of a sum of `n` exponentials of a rate (Erlang); 1 for `n = 0` and `x >= 0`.
pub fn erlang(n: u32, rate: f64, x: f64) -> f64 {
    if x < 0.0 {
        return 0.0;
    }
    1.0 - (0..n).map(|k| poisson(k, rate * x)).sum::<f64>()
}

/// `P(N = k)` of a Poisson count.
pub fn poisson(k: u32, mean: f64) -> f64 {
    if mean == 0.0 {
        return if k == 0 { 1.0 } else { 0.0 };
    }
    let log_factorial: f64 = (1..=k).map(|i| f64::from(i).ln()).sum();
    (f64::from(k) * mean.ln() - mean - log_factorial).exp()
}
