//! Arguments: what each command may be told.

use super::exit;
use crate::model::play::trial::Engine;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::convert::Infallible;
use std::path::PathBuf;

/// Revocation drill simulator: does invalidation of a stolen credential beat its reuse, and what holds the door open?
#[derive(Debug, Parser)]
#[command(name = "revdrill", version, after_help = exit::HELP)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a scenario many times, judge its objectives and write a report folder
    Run(RunArguments),
    /// Tell one trial of a run as a story and draw it: who won the race, and why
    Explain(ExplainArguments),
    /// Say whether scenarios are valid, with advice, the analytic bound of each target and the price of a run
    Check(CheckArguments),
    /// List what is there: scenarios of a folder, presets, channels, metrics, failure modes, attacker classes
    List(ListArguments),
    /// Print the JSON Schema of a scenario, or of a record
    Schema(SchemaArguments),
    /// Write a commented first scenario
    Init(InitArguments),
}

/// A scenario and the settings laid over it.
#[derive(Clone, Debug, Args)]
pub struct ScenarioArguments {
    /// The scenario file, or `-` for standard input
    pub file: PathBuf,
    /// Lay a setting over the scenario, e.g. --set verifiers.edge-gw.cache.ttl=60s
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
}

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArguments {
    /// What to play.
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// Number of trials [default: the scenario's, else 10000]
    #[arg(long, value_parser = count)]
    pub trials: Option<u64>,
    /// Seed of all chance [default: the scenario's, else 1]
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// Threads [default: one a processor]; the result does not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Folder for the report, or `-` to print the record and write nothing [default: reports/SCENARIO/DIGEST-SEED]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// How requests are played; the law of a trial is the same
    #[arg(long, value_enum, default_value_t = EngineName::Auto)]
    pub engine: EngineName,
    /// Print nothing but faults
    #[arg(long)]
    pub quiet: bool,
    /// Write trials.csv however many trials there are (else up to 100,000)
    #[arg(long)]
    pub all_trials: bool,
    /// Write the verdict of every request to this file
    #[arg(long, value_name = "FILE")]
    pub requests_csv: Option<PathBuf>,
    /// Refuse a run that would play more events than this
    #[arg(long, default_value_t = 100_000_000_000)]
    pub max_events: u64,
}

/// Arguments of `explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArguments {
    /// What to play.
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// A trial that is named without `--trial`, which is refused with what to write
    #[arg(hide = true, value_name = "TRIAL", value_parser = misplaced_trial)]
    pub misplaced: Option<Infallible>,
    /// Which trial of the run: `worst` or `median` by time to contain, or its number
    #[arg(long, value_name = "worst|median|N", default_value = "worst", value_parser = which_trial)]
    pub trial: WhichTrial,
    /// Number of trials of the run [default: the scenario's, else 10000]
    #[arg(long, value_parser = count)]
    pub trials: Option<u64>,
    /// Seed of all chance [default: the scenario's, else 1]
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// Threads [default: one a processor]; the result does not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// How requests are played: as in the run
    #[arg(long, value_enum, default_value_t = EngineName::Auto)]
    pub engine: EngineName,
    /// Folder for race.svg and race.png, or `-` to draw nothing [default: reports/SCENARIO/DIGEST-SEED-trial-N]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Refuse to play more events than this to find the trial
    #[arg(long, default_value_t = 100_000_000_000)]
    pub max_events: u64,
}

/// Which trial is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichTrial {
    /// The one that took longest to contain.
    Worst,
    /// The one in the middle.
    Median,
    /// The one of this number.
    Number(u64),
}

fn misplaced_trial(text: &str) -> Result<Infallible, String> {
    match which_trial(text) {
        Ok(_) => Err(format!("write `--trial {text}`")),
        Err(_) => Err("one scenario file is told at a time".to_owned()),
    }
}

/// A number of at least one, in digits.
fn count(text: &str) -> Result<u64, String> {
    let found = text.parse().ok().filter(|count| *count > 0);
    found.ok_or_else(|| format!("write a number from 1 to {}, digits only, for example `10000`", u64::MAX))
}

/// A seed, in digits.
fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("write a number up to {}, digits only, for example `7`", u64::MAX))
}

fn which_trial(text: &str) -> Result<WhichTrial, String> {
    match text {
        "worst" => Ok(WhichTrial::Worst),
        "median" => Ok(WhichTrial::Median),
        number => number
            .parse()
            .map(WhichTrial::Number)
            .map_err(|_| "write `worst`, `median`, or the number of a trial, from 0".to_owned()),
    }
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Scenario files, or `-` for standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Lay a setting over each scenario
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Show what holds for every key that is left out
    #[arg(long)]
    pub defaults: bool,
    /// How requests would be played
    #[arg(long, value_enum, default_value_t = EngineName::Auto)]
    pub engine: EngineName,
    /// Trials to price [default: the scenario's]
    #[arg(long, value_parser = count)]
    pub trials: Option<u64>,
    /// Refuse a run that would play more events than this
    #[arg(long, default_value_t = 100_000_000_000)]
    pub max_events: u64,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// The folder of the scenarios to list; without it, `scenarios` in the current folder, if there is one
    pub folder: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArguments {
    /// The schema of a record instead of a scenario's
    #[arg(long)]
    pub record: bool,
    /// The reference of the scenario language as Markdown instead of a schema
    #[arg(long, conflicts_with = "record")]
    pub reference: bool,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// Where to write it; `-` for standard output
    #[arg(default_value = "drill.yaml")]
    pub file: PathBuf,
}

/// How requests are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// Skips requests from which nothing follows, exactly, wherever they are memoryless and that is faster.
    Auto,
    /// Plays them one by one.
    EveryRequest,
}

impl EngineName {
    /// The engine.
    pub const fn engine(self) -> Engine {
        match self {
            Self::Auto => Engine::Auto,
            Self::EveryRequest => Engine::EveryRequest,
        }
    }

    /// What a command says to get it; nothing for the one that is used unless another is asked for.
    pub const fn as_argument(self) -> &'static str {
        match self {
            Self::Auto => "",
            Self::EveryRequest => " --engine every-request",
        }
    }
}

/// What is printed on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A screen for people.
    Text,
    /// JSON for programs.
    Json,
}
