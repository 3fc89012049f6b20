//! Two ways of doing one thing, timed in turn: A B A B, so that a busy neighbour slows both.
//!
//! The result is the median over rounds of the ratio within a round; the first round warms up and is not counted.

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The most that the product may take of the textbook's time when `--gate` is given.
const GATE: f64 = 1.1;

/// What the rounds found.
pub struct Rounds {
    /// Nanoseconds an item of the textbook, the median over rounds.
    pub textbook: f64,
    /// The same of the product.
    pub product: f64,
    /// Product over textbook, the median over rounds.
    pub ratio: f64,
    /// The middle half of the rounds lies between these ratios.
    pub quartiles: (f64, f64),
}

/// Times both, each over the items it says it did, for as many rounds and one more.
pub fn alternate(rounds: usize, mut textbook: impl FnMut() -> u64, mut product: impl FnMut() -> u64) -> Rounds {
    let timed: Vec<(f64, f64)> = (0..=rounds).map(|_| (per_item(&mut textbook), per_item(&mut product))).collect();
    let mut ratios: Vec<f64> = timed[1..].iter().map(|(textbook, product)| product / textbook).collect();
    ratios.sort_by(f64::total_cmp);
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Rounds {
        textbook: median(timed[1..].iter().map(|(textbook, _)| *textbook).collect()),
        product: median(timed[1..].iter().map(|(_, product)| *product).collect()),
        ratio: ratios[ratios.len() / 2],
        quartiles: (ratios[ratios.len() / 4], ratios[ratios.len() * 3 / 4]),
    }
}

fn per_item(work: &mut impl FnMut() -> u64) -> f64 {
    let start = Instant::now();
    let items = work();
    nanos(start.elapsed()) / items as f64
}

fn nanos(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

impl Rounds {
    /// The line of the ratio, and whether it passes.
    pub fn judge(&self, limit: Option<f64>) -> ExitCode {
        let (low, high) = self.quartiles;
        println!("product / textbook: {:.3} (middle half of the rounds {low:.3} to {high:.3})", self.ratio);
        match limit {
            Some(limit) if self.ratio > limit => {
                eprintln!("the ratio {:.3} is above its limit {limit}", self.ratio);
                ExitCode::FAILURE
            }
            Some(limit) => {
                println!("within its limit {limit}");
                ExitCode::SUCCESS
            }
            None => ExitCode::SUCCESS,
        }
    }
}

/// The limit that the command line sets: `--max-ratio X`, or `--gate` for the one that holds now.
///
/// # Errors
/// What was not understood.
pub fn limit() -> Result<Option<f64>, String> {
    let mut arguments = std::env::args().skip(1);
    let mut limit = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo says this to every benchmark.
            "--bench" => {}
            "--gate" => limit = Some(GATE),
            "--max-ratio" => {
                let value = arguments.next().and_then(|text| text.parse().ok()).filter(|value| *value > 0.0);
                limit = Some(value.ok_or("`--max-ratio` needs a number above zero, for example `--max-ratio 1.1`")?);
            }
            _ => return Err(format!("`{argument}` is not known here; use `--gate` or `--max-ratio X`")),
        }
    }
    Ok(limit)
}
