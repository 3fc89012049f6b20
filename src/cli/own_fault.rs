//! A fault of our own: whatever panics ends the program with the code that `--help` promises, and says how to repeat it.
//!
//! The program is built to abort on a panic, which would end it with a code of the operating system and leave nobody the
//! seed. So it ends in the hook, on the thread that panicked; what another thread says after that is not waited for.

use super::exit::Exit;
use super::output;
use crate::experiment::blocks::Progress;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is being played.
pub struct Job {
    /// The seed.
    pub seed: u64,
    /// The command that plays it again: all of it, or up to a trial.
    pub repeat: Box<dyn Fn(Option<u64>) -> String + Send + Sync>,
    /// Which trial each thread plays.
    pub progress: Arc<Progress>,
}

/// From now on a panic ends the program and tells of the job, if there is one.
pub fn expect(job: Option<Job>) {
    let told = AtomicBool::new(false);
    std::panic::set_hook(Box::new(move |panic| {
        if told.swap(true, Ordering::Relaxed) {
            // The first one is telling, and ends all of us.
            loop {
                std::thread::park();
            }
        }
        output::complain(&words(panic, job.as_ref()));
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            output::complain(&trace.to_string());
        }
        std::process::exit(Exit::Fault.code().into());
    }));
}

fn words(panic: &PanicHookInfo<'_>, job: Option<&Job>) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = panic.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
    message(text.unwrap_or("it panicked"), &place, job)
}

fn message(text: &str, place: &str, job: Option<&Job>) -> String {
    let text = crate::report::inert::text(text);
    let mut lines = vec![format!("error: a fault of our own: {text}{place}")];
    if let Some(job) = job {
        let trial = job.progress.threads.trial_of_this();
        let where_ = trial.map_or_else(String::new, |trial| format!(", trial {trial}"));
        lines.push(format!("  in      revdrill {}, seed {}{where_}", env!("CARGO_PKG_VERSION"), job.seed));
        lines.push(format!("  repeat  {}", (job.repeat)(trial)));
    } else {
        lines.push(format!("  in      revdrill {}", env!("CARGO_PKG_VERSION")));
    }
    lines.push("  please report it with the scenario: no result that it was to give can be trusted".into());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_trial_and_command_are_named_as_far_as_they_are_known() {
        let progress = Arc::new(Progress::default());
        let playing = progress.threads.this();
        let repeat = |trial: Option<u64>| trial.map_or("run all".to_owned(), |trial| format!("run to {trial}"));
        let job = Job { seed: 7, repeat: Box::new(repeat), progress };
        playing.begin(41);
        let told = message("no such cell", " (src/a.rs:3)", Some(&job));
        for words in ["a fault of our own: no such cell (src/a.rs:3)\n", ", seed 7, trial 41\n", "repeat  run to 41\n"]
        {
            assert!(told.contains(words), "{told}");
        }
        playing.end();
        let told = message("x", "", Some(&job));
        assert!(told.contains(", seed 7\n") && told.contains("run all"), "{told}");
        assert!(!message("x", "", None).contains("seed"));
    }
}
