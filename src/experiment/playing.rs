//! Which trial each thread of a run plays, for whoever watches it: so a fault of ours can name the trial that it is in.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;

/// The threads of a run.
#[derive(Debug, Default)]
pub struct Threads(Mutex<Vec<(ThreadId, Arc<Playing>)>>);

/// What a thread plays. It holds the number of the trial and 1, or 0 between trials.
#[derive(Debug, Default)]
pub struct Playing(AtomicU64);

impl Threads {
    /// Where this thread says what it plays.
    pub fn this(&self) -> Arc<Playing> {
        let playing = Arc::new(Playing::default());
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push((std::thread::current().id(), Arc::clone(&playing)));
        playing
    }

    /// The trial that this thread plays, if it plays one.
    pub fn trial_of_this(&self) -> Option<u64> {
        let this = std::thread::current().id();
        let threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        threads.iter().filter(|(thread, _)| *thread == this).find_map(|(_, playing)| playing.trial())
    }
}

impl Playing {
    /// It begins with a trial.
    pub fn begin(&self, trial: u64) {
        self.0.store(trial.saturating_add(1), Ordering::Relaxed);
    }

    /// It is done with it.
    pub fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn trial(&self) -> Option<u64> {
        self.0.load(Ordering::Relaxed).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_says_what_it_plays_itself() {
        let threads = Threads::default();
        let here = threads.this();
        assert_eq!(threads.trial_of_this(), None);
        here.begin(0);
        let elsewhere = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let before = threads.trial_of_this();
                threads.this().begin(7);
                (before, threads.trial_of_this())
            });
            thread.join().expect("it ends")
        });
        assert_eq!(elsewhere, (None, Some(7)));
        assert_eq!(threads.trial_of_this(), Some(0));
        here.end();
        assert_eq!(threads.trial_of_this(), None);
    }
}
