//! `run`: plays a scenario, judges its objectives, writes the report folder and shows the end screen.

use super::afford::{Asked, afford};
use super::arguments::{Format, RunArguments};
use super::complaint::Complaint;
use super::exit::Exit;
use super::folder::{Folder, RUN};
use super::single_file::SingleFile;
use super::{opening, output, own_fault, progress};
use crate::experiment::blocks::{Progress, TrialRow};
use crate::experiment::recording::{Drill, Settings};
use crate::experiment::tabulation::{request_header, request_lines, requests, trial_line, trials};
use crate::model::play::trial::Requests;
use crate::record::summary::Record;
use crate::report::plot::time_to_contain;
use crate::report::terminal::screen::{self, Trailer};
use crate::report::trials::TrialTable;
use crate::report::{csv, json, png};
use crate::scenario::load::Loaded;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Trials up to which every one gets a row in `trials.csv` without being asked for.
const MOST_ROWS: u64 = 100_000;

/// Plays a scenario.
///
/// # Errors
/// If it is invalid, too dear, or cannot be written.
pub fn run(arguments: RunArguments) -> Result<Exit, Complaint> {
    let loaded = opening::open(&arguments.scenario.file, &arguments.scenario.sets)?;
    let job = Job::new(arguments, loaded);
    let progress = Arc::new(Progress::default());
    let bar = if job.arguments.quiet { progress::Bar::Hidden } else { progress::Bar::OnTerminal };
    let watched = Arc::clone(&progress);
    own_fault::expect(Some(job.own_fault(&progress)));
    let played = progress::watch(job.settings.trials, bar, &progress, move || job.play(&watched));
    played.map_err(|why| Complaint::fault("start", why))?
}

/// A run that is about to be played.
struct Job {
    arguments: RunArguments,
    loaded: Loaded,
    settings: Settings,
}

/// What is written while trials are played.
struct Tables {
    trials: Option<TrialTable<BufWriter<File>>>,
    requests: Option<(SingleFile, TrialTable<BufWriter<File>>)>,
}

/// What a trial adds to the tables that are written.
struct Lines {
    trials: Vec<u8>,
    requests: Vec<u8>,
}

impl Job {
    fn new(arguments: RunArguments, loaded: Loaded) -> Self {
        let scenario = &loaded.scenario;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let settings = Settings {
            name: opening::name(&arguments.scenario.file),
            seed: arguments.seed.unwrap_or(scenario.seed),
            trials: arguments.trials.unwrap_or(scenario.trials),
            threads: arguments.threads.map_or(processors, usize::from),
            requests: if arguments.requests_csv.is_some() { Requests::WrittenDown } else { Requests::Counted },
            engine: arguments.engine.engine(),
        };
        Self { arguments, loaded, settings }
    }

    fn play(&self, progress: &Progress) -> Result<Exit, Complaint> {
        let drill = Drill::new(&self.loaded.scenario);
        afford(&drill, &self.loaded, Asked::of(&self.settings, self.arguments.max_events))?;
        let folder = self.place(&drill).map(|place| Folder::start(&place, &RUN)).transpose()?;
        let mut tables = self.tables(&drill, folder.as_ref())?;
        let (trials, requests) = (tables.trials.is_some(), tables.requests.is_some());
        let look = |trial: &TrialRow<'_>| Lines {
            trials: if trials { trial_line(trial) } else { Vec::new() },
            requests: if requests { request_lines(trial, &drill.scenario.system) } else { Vec::new() },
        };
        let record = drill
            .record(&self.settings, progress, look, |lines| tables.add(&lines))
            .map_err(|why| Complaint::fault("write a table", why))?;
        let whole = self.write(&record, folder, tables)?;
        self.show(&record, whole.as_deref())?;
        Ok(if record.run.interrupted { Exit::Interrupted } else { Exit::of(&record.objectives) })
    }

    /// Where the folder is to stand; none if nothing is to be written.
    fn place(&self, drill: &Drill<'_>) -> Option<PathBuf> {
        match &self.arguments.out {
            Some(out) if out == Path::new("-") => None,
            Some(out) => Some(out.clone()),
            None => {
                let run = format!("{}-{}", &drill.digest(&self.settings)[..12], self.settings.seed);
                Some(Path::new("reports").join(&self.settings.name).join(run))
            }
        }
    }

    fn tables(&self, drill: &Drill<'_>, folder: Option<&Folder>) -> Result<Tables, Complaint> {
        let wanted = self.arguments.all_trials || self.settings.trials <= MOST_ROWS;
        let unwritten = |why: io::Error| Complaint::fault("write a table", why);
        let trials = match folder.filter(|_| wanted) {
            Some(folder) => Some(trials(folder.create("trials.csv")?, &drill.columns).map_err(unwritten)?),
            None => None,
        };
        let requests = match &self.arguments.requests_csv {
            Some(place) => {
                let (started, file) = SingleFile::start(place, &request_header())?;
                Some((started, requests(file).map_err(unwritten)?))
            }
            None => None,
        };
        Ok(Tables { trials, requests })
    }

    fn write(&self, record: &Record, folder: Option<Folder>, tables: Tables) -> Result<Option<PathBuf>, Complaint> {
        let lost = |why: io::Error| Complaint::fault("write a table", why);
        if let Some((started, requests)) = tables.requests {
            started.finish(requests.finish())?;
        }
        let Some(folder) = folder else { return Ok(None) };
        if let Some(trials) = tables.trials {
            io::Write::flush(&mut trials.finish()).map_err(lost)?;
        }
        let svg = time_to_contain::svg(record);
        let picture = png::render(&svg).map_err(|why| Complaint::fault("draw", why))?;
        folder.write("record.json", &json::bytes(record))?;
        folder.write("summary.csv", &csv::summary(record))?;
        folder.write("time-to-contain.svg", svg.as_bytes())?;
        folder.write("time-to-contain.png", &picture)?;
        folder.finish().map(Some)
    }

    fn show(&self, record: &Record, folder: Option<&Path>) -> Result<(), Complaint> {
        if self.arguments.quiet {
            return Ok(());
        }
        let printed = match (self.arguments.format, folder) {
            (Format::Text, Some(folder)) => {
                output::print(&screen::render(record, &self.trailer(record, folder), output::screen_colour()))
            }
            (Format::Json, _) | (Format::Text, None) => output::print(&String::from_utf8_lossy(&json::bytes(record))),
        };
        printed.map_err(|why| Complaint::fault("print", why))
    }

    fn trailer(&self, record: &Record, folder: &Path) -> Trailer {
        let written = RUN.files.iter().filter(|file| folder.join(file).exists()).map(ToString::to_string);
        let mut files = vec![format!("{}/", folder.display())];
        files.extend(written);
        files.extend(self.arguments.requests_csv.iter().map(|place| place.display().to_string()));
        // The trials that are counted, which after an interruption are fewer than were asked for; all, if there are none.
        let trials = if record.run.trials == 0 { self.settings.trials } else { record.run.trials };
        Trailer { files, reproduce: command(&self.arguments, self.settings.seed, trials), verify: None }
    }

    /// What is said if it meets a fault of our own; without a folder, and with the table for which requests are played
    /// otherwise.
    fn own_fault(&self, progress: &Arc<Progress>) -> own_fault::Job {
        let (arguments, seed, trials) = (self.arguments.clone(), self.settings.seed, self.settings.trials);
        let repeat = move |trial: Option<u64>| {
            let requests = arguments.requests_csv.as_ref().map_or("", |_| " --requests-csv requests.csv");
            let trials = trial.map_or(trials, |trial| trial + 1);
            format!("{}{requests} --out -", command(&arguments, seed, trials))
        };
        own_fault::Job { seed, repeat: Box::new(repeat), progress: Arc::clone(progress) }
    }
}

/// The command that plays so many trials of it again.
fn command(arguments: &RunArguments, seed: u64, trials: u64) -> String {
    let mut command = format!("revdrill run {}", output::quoted(&arguments.scenario.file.display().to_string()));
    for set in &arguments.scenario.sets {
        command.push_str(&format!(" --set {}", output::quoted(set)));
    }
    format!("{command} --trials {trials} --seed {seed}{}", arguments.engine.as_argument())
}

impl Tables {
    fn add(&mut self, lines: &Lines) -> io::Result<()> {
        if let Some(trials) = &mut self.trials {
            trials.add(&lines.trials)?;
        }
        match &mut self.requests {
            Some((_, requests)) => requests.add(&lines.requests),
            None => Ok(()),
        }
    }
}
