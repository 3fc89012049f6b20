//! `explain`: one trial of a run as a story on the terminal, and as a picture.

use super::arguments::{ExplainArguments, Format, WhichTrial};
use super::complaint::Complaint;
use super::exit::Exit;
use super::folder::write_file;
use super::{opening, output, progress};
use crate::experiment::blocks::Progress;
use crate::experiment::chosen_trial::{Choice, Chosen, NoTrial, choose};
use crate::experiment::price::price;
use crate::experiment::recording::{Drill, Settings};
use crate::experiment::telling::tell;
use crate::model::play::trial::Requests;
use crate::record::story::Story;
use crate::report::plot::race::picture;
use crate::report::png;
use crate::report::story::json as story_json;
use crate::report::story::screen::{self, Trailer};
use crate::scenario::load::Scenario;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Tells a trial.
///
/// # Errors
/// If the scenario is invalid, the run has no such trial, or something cannot be written.
pub fn explain(arguments: ExplainArguments) -> Result<Exit, Complaint> {
    let loaded = opening::open(&arguments.scenario.file, &arguments.scenario.sets)?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let settings = Settings {
        name: opening::name(&arguments.scenario.file),
        seed: arguments.seed.unwrap_or(loaded.scenario.seed),
        trials: arguments.trials.unwrap_or(loaded.scenario.trials),
        threads: arguments.threads.map_or(processors, usize::from),
        requests: Requests::Counted,
    };
    let job = Job { arguments, scenario: loaded.scenario, settings };
    let progress = Arc::new(Progress::default());
    let watched = Arc::clone(&progress);
    let told = progress::watch(job.settings.trials, progress::Bar::OnTerminal, &progress, move || job.tell(&watched));
    told.map_err(|why| Complaint { exit: Exit::Fault, text: format!("error: failed to start: {why}") })?
}

struct Job {
    arguments: ExplainArguments,
    scenario: Scenario,
    settings: Settings,
}

impl Job {
    fn tell(&self, progress: &Progress) -> Result<Exit, Complaint> {
        let drill = Drill::new(&self.scenario);
        let choice = match self.arguments.trial {
            WhichTrial::Worst => Choice::Worst,
            WhichTrial::Median => Choice::Median,
            WhichTrial::Number(number) => Choice::Number(number),
        };
        self.refuse_too_dear(&drill, choice)?;
        let chosen = match choose(&drill, &self.settings, progress, choice) {
            Ok(chosen) => chosen,
            Err(NoTrial::Interrupted) => return Ok(Exit::Interrupted),
            Err(why) => return Err(Complaint::usage(no_trial(why))),
        };
        let story = tell(&drill, &self.settings, &chosen);
        let files = self.write(&drill, &story, &chosen)?;
        let text = match self.arguments.format {
            Format::Text => {
                let trailer = Trailer { files, reproduce: self.reproduce(&chosen) };
                screen::render(&story, &trailer, output::screen_colour())
            }
            Format::Json => story_json::text(&story),
        };
        output::print(&text)
            .map_err(|why| Complaint { exit: Exit::Fault, text: format!("error: failed to print: {why}") })?;
        Ok(Exit::Met)
    }

    /// Finding the worst or the median plays the whole run; one trial of a known number costs a trial.
    fn refuse_too_dear(&self, drill: &Drill<'_>, choice: Choice) -> Result<(), Complaint> {
        let price = price(&drill.plan, self.settings.trials, drill.columns.len());
        let trials = if matches!(choice, Choice::Number(_)) { 1 } else { self.settings.trials };
        let events = price.events_per_trial * trials as f64;
        if events <= self.arguments.max_events as f64 {
            return Ok(());
        }
        Err(Complaint::usage(format!(
            "finding the trial would play about {events:.1e} events ({:.1e} a trial), more than --max-events {}; lower --trials, or give --trial a number",
            price.events_per_trial, self.arguments.max_events
        )))
    }

    /// Writes the picture in both forms; nothing if `--out -` says so.
    fn write(&self, drill: &Drill<'_>, story: &Story, chosen: &Chosen) -> Result<Vec<String>, Complaint> {
        let folder = match &self.arguments.out {
            Some(out) if out == Path::new("-") => return Ok(Vec::new()),
            Some(out) => out.clone(),
            None => {
                let run = format!("{}-{}", &drill.digest(self.settings.trials)[..12], self.settings.seed);
                PathBuf::from("reports").join(&self.settings.name).join(format!("{run}-trial-{}", chosen.number))
            }
        };
        let svg = picture::svg(story);
        let pixels = png::render(&svg)
            .map_err(|why| Complaint { exit: Exit::Fault, text: format!("error: failed to draw: {why}") })?;
        fs::create_dir_all(&folder).map_err(|why| Complaint::machine("create", &folder, &why))?;
        let mut files = Vec::new();
        for (name, bytes) in [("race.svg", svg.as_bytes()), ("race.png", &pixels)] {
            let place = folder.join(name);
            write_file(&place, |file| file.write_all(bytes))?;
            files.push(place.display().to_string());
        }
        Ok(files)
    }

    fn reproduce(&self, chosen: &Chosen) -> String {
        let file = self.arguments.scenario.file.display().to_string();
        let mut command = format!("revdrill explain {}", output::quoted(&file));
        for set in &self.arguments.scenario.sets {
            command.push_str(&format!(" --set {}", output::quoted(set)));
        }
        let Settings { trials, seed, .. } = self.settings;
        format!("{command} --trials {trials} --seed {seed} --trial {}", chosen.number)
    }
}

fn no_trial(why: NoTrial) -> String {
    match why {
        NoTrial::Beyond(trials) => {
            format!(
                "the run has {trials} trials, numbered from 0 to {}; ask for one of them, or raise --trials",
                trials - 1
            )
        }
        NoTrial::NoneRevoked(trials) => format!(
            "none of {trials} trials was revoked, so none has a time to contain; give --trial a number to be told one"
        ),
        NoTrial::Interrupted => "the search was interrupted".into(),
    }
}
