//! `explain`: one trial of a run as a story on the terminal, and as a picture.

use super::afford::{Asked, afford};
use super::arguments::{ExplainArguments, Format, WhichTrial};
use super::complaint::Complaint;
use super::exit::Exit;
use super::folder::{Folder, STORY};
use super::{opening, output, own_fault, progress};
use crate::experiment::blocks::Progress;
use crate::experiment::chosen_trial::{Choice, Chosen, NoTrial, choose};
use crate::experiment::recording::{Drill, Settings};
use crate::experiment::telling::tell;
use crate::model::play::trial::Requests;
use crate::record::story::Story;
use crate::report::plot::race::picture;
use crate::report::png;
use crate::report::story::json as story_json;
use crate::report::story::screen::{self, Trailer};
use crate::scenario::load::Loaded;
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
        engine: arguments.engine.engine(),
    };
    let job = Job { arguments, loaded, settings };
    let progress = Arc::new(Progress::default());
    let watched = Arc::clone(&progress);
    own_fault::expect(Some(job.own_fault(&progress)));
    let told = progress::watch(job.settings.trials, progress::Bar::OnTerminal, &progress, move || job.tell(&watched));
    told.map_err(|why| Complaint::fault("start", why))?
}

struct Job {
    arguments: ExplainArguments,
    loaded: Loaded,
    settings: Settings,
}

impl Job {
    fn tell(&self, progress: &Progress) -> Result<Exit, Complaint> {
        let drill = Drill::new(&self.loaded.scenario);
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
        let playing = progress.threads.this();
        playing.begin(chosen.number);
        let story = tell(&drill, &self.settings, &chosen);
        playing.end();
        let files = self.write(&drill, &story, &chosen)?;
        let text = match self.arguments.format {
            Format::Text => {
                let trailer = Trailer { files, reproduce: self.reproduce(&chosen) };
                screen::render(&story, &trailer, output::screen_colour())
            }
            Format::Json => story_json::text(&story),
        };
        output::print(&text).map_err(|why| Complaint::fault("print", why))?;
        Ok(Exit::Met)
    }

    /// Finding the worst or the median plays the whole run; one trial of a known number costs a trial.
    fn refuse_too_dear(&self, drill: &Drill<'_>, choice: Choice) -> Result<(), Complaint> {
        let trials = if matches!(choice, Choice::Number(_)) { 1 } else { self.settings.trials };
        let asked = Asked { trials, ..Asked::of(&self.settings, self.arguments.max_events) };
        afford(drill, &self.loaded, asked).map(|_| ())
    }

    /// Writes the story and its picture; nothing if `--out -` says so.
    fn write(&self, drill: &Drill<'_>, story: &Story, chosen: &Chosen) -> Result<Vec<String>, Complaint> {
        let folder = match &self.arguments.out {
            Some(out) if out == Path::new("-") => return Ok(Vec::new()),
            Some(out) => out.clone(),
            None => {
                let run = format!("{}-{}", &drill.digest(&self.settings)[..12], self.settings.seed);
                PathBuf::from("reports").join(&self.settings.name).join(format!("{run}-trial-{}", chosen.number))
            }
        };
        let svg = picture::svg(story);
        let pixels = png::render(&svg).map_err(|why| Complaint::fault("draw", why))?;
        let started = Folder::start(&folder, &STORY)?;
        let json = story_json::text(story);
        for (name, bytes) in [("story.json", json.as_bytes()), ("race.svg", svg.as_bytes()), ("race.png", &pixels)] {
            started.write(name, bytes)?;
        }
        let folder = started.finish()?;
        let mut files = vec![format!("{}/", folder.display())];
        files.extend(STORY.files.iter().map(ToString::to_string));
        Ok(files)
    }

    fn reproduce(&self, chosen: &Chosen) -> String {
        command(&self.arguments, (self.settings.seed, self.settings.trials), WhichTrial::Number(chosen.number))
    }

    /// What is said if it meets a fault of our own: the same again, since the search may meet what the trial does not.
    fn own_fault(&self, progress: &Arc<Progress>) -> own_fault::Job {
        let (arguments, seed, trials) = (self.arguments.clone(), self.settings.seed, self.settings.trials);
        let repeat = move |_| format!("{} --out -", command(&arguments, (seed, trials), arguments.trial));
        own_fault::Job { seed, repeat: Box::new(repeat), progress: Arc::clone(progress) }
    }
}

/// The command that tells a trial again.
fn command(arguments: &ExplainArguments, (seed, trials): (u64, u64), trial: WhichTrial) -> String {
    let mut command = format!("revdrill explain {}", output::quoted(&arguments.scenario.file.display().to_string()));
    for set in &arguments.scenario.sets {
        command.push_str(&format!(" --set {}", output::quoted(set)));
    }
    let trial = match trial {
        WhichTrial::Worst => "worst".to_owned(),
        WhichTrial::Median => "median".to_owned(),
        WhichTrial::Number(number) => number.to_string(),
    };
    format!("{command} --trials {trials} --seed {seed}{} --trial {trial}", arguments.engine.as_argument())
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
