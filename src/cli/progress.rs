//! Progress and interruption: a bar on a terminal, nothing in a pipe, and Ctrl-C that ends at the next block.

use crate::experiment::blocks::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Whether a bar may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// On a terminal.
    OnTerminal,
    /// Never.
    Hidden,
}

/// Runs `play` on a thread of its own while watching for Ctrl-C and showing how far it is.
///
/// # Errors
/// If no runtime can be started.
pub fn watch<T: Send + 'static>(
    trials: u64,
    bar: Bar,
    progress: &Arc<Progress>,
    play: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shown = show(trials, bar);
    let result = runtime.block_on(async {
        let mut playing = tokio::task::spawn_blocking(play);
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                done = &mut playing => break done,
                _ = tokio::signal::ctrl_c() => progress.stop.store(true, Ordering::Relaxed),
                _ = tick.tick() => shown.set_position(progress.done.load(Ordering::Relaxed)),
            }
        }
    });
    shown.finish_and_clear();
    result.map_err(|fault| match fault.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(fault) => io::Error::other(fault),
    })
}

fn show(trials: u64, bar: Bar) -> ProgressBar {
    let visible = bar == Bar::OnTerminal && io::stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let shown = ProgressBar::with_draw_target(Some(trials), target);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} trials, {rate}, {eta} left") {
        // Whole trials a second: the fractions would dance.
        shown.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
        }));
    }
    shown
}
