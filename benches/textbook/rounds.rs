//! Several ways of doing things, timed in turn: A B C A B C, so that a busy neighbour slows them all.
//!
//! Every result is a ratio to the first of them within one round; the median over rounds is what counts. The first round
//! warms up and is not counted.

use std::process::ExitCode;
use std::time::Instant;

/// Something to be timed.
pub struct Contender<'a> {
    /// What it is called in the table.
    pub name: &'a str,
    /// Does some of it and says how many items that were.
    pub work: Box<dyn FnMut() -> u64 + 'a>,
}

/// What was found of one contender.
pub struct Timed {
    /// Its name.
    pub name: String,
    /// Nanoseconds an item, the median over rounds.
    pub nanos: f64,
    /// Its time an item over that of the first contender, the median over rounds.
    pub ratio: f64,
    /// The middle half of the rounds lies between these ratios.
    pub quartiles: (f64, f64),
}

/// A limit that the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gate {
    /// None.
    Open,
    /// The ones that hold now.
    Shut,
    /// This ratio.
    At(f64),
}

/// Times all, each over the items it says it did, for as many rounds and one more.
pub fn alternate(rounds: usize, mut contenders: Vec<Contender<'_>>) -> Vec<Timed> {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    for round in 0..=rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let nanos = per_item(&mut contender.work);
            if round > 0 {
                times.push(nanos);
            }
        }
    }
    let first = times[0].clone();
    let ratios = |times: &[f64]| sorted(times.iter().zip(&first).map(|(time, first)| time / first).collect());
    let timed = |(contender, times): (&Contender<'_>, &Vec<f64>)| {
        let ratios = ratios(times);
        let at = |share: usize| ratios[ratios.len() * share / 4];
        let nanos = sorted(times.clone())[times.len() / 2];
        Timed { name: contender.name.into(), nanos, ratio: at(2), quartiles: (at(1), at(3)) }
    };
    contenders.iter().zip(&times).map(timed).collect()
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn per_item(work: &mut dyn FnMut() -> u64) -> f64 {
    let start = Instant::now();
    let items = work();
    start.elapsed().as_secs_f64() * 1e9 / items as f64
}

/// Whether every ratio is within its limit; those above are named on standard error.
pub fn judge<'a>(ratios: impl IntoIterator<Item = (&'a str, f64, f64)>) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for (name, ratio, limit) in ratios {
        if ratio.is_nan() || ratio > limit {
            eprintln!("{name}: the ratio {ratio:.3} is above its limit {limit}");
            code = ExitCode::FAILURE;
        } else {
            println!("{name}: {ratio:.3}, within its limit {limit}");
        }
    }
    code
}

/// The limit that the command line sets: `--max-ratio X`, or `--gate` for those that hold now.
///
/// # Errors
/// What was not understood.
pub fn gate() -> Result<Gate, String> {
    let mut arguments = std::env::args().skip(1);
    let mut gate = Gate::Open;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo says this to every benchmark.
            "--bench" => {}
            "--gate" => gate = Gate::Shut,
            "--max-ratio" => {
                let value = arguments.next().and_then(|text| text.parse().ok()).filter(|value| *value > 0.0);
                gate = Gate::At(value.ok_or("`--max-ratio` needs a number above zero, for example `--max-ratio 0.6`")?);
            }
            _ => return Err(format!("`{argument}` is not known here; use `--gate` or `--max-ratio X`")),
        }
    }
    Ok(gate)
}
