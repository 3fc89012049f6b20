//! The trial that is explained: found among all trials of the run, by time to contain.
//!
//! Promises that it is a trial that the run counted: `worst` and `median` play the run's own trials, with its seed and
//! numbers, and read the same metric as its table. A trial that was not contained by the horizon counts as longer than
//! every other; of several alike the one with the lowest number is taken.

use super::blocks::{Progress, TrialRow};
use super::recording::{Drill, Settings};
use crate::metric::observation::Observation;
use crate::report::phrase;
use std::convert::Infallible;

/// Which trial is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one that took longest to contain.
    Worst,
    /// The one in the middle of the revoked trials: the lower of the two where their number is even.
    Median,
    /// The one of this number, from 0.
    Number(u64),
}

/// A trial that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its number.
    pub number: u64,
    /// Why it was chosen, for a reader.
    pub because: String,
}

/// Why there is no such trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTrial {
    /// The run has only so many.
    Beyond(u64),
    /// None of so many was revoked, so none has a time to contain.
    NoneRevoked(u64),
    /// The search was interrupted.
    Interrupted,
}

/// Time to contain of a revoked trial, and its number: in this order, the worst is last.
type Timed = (Length, u64);

/// How long a trial took to be contained, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Length {
    Contained(i64),
    NotContained,
}

/// Finds the trial.
///
/// # Errors
/// If there is none.
pub fn choose(drill: &Drill<'_>, settings: &Settings, progress: &Progress, choice: Choice) -> Result<Chosen, NoTrial> {
    if let Choice::Number(number) = choice {
        let known = number < settings.trials;
        let because = format!("trial {number}, as asked for");
        return if known { Ok(Chosen { number, because }) } else { Err(NoTrial::Beyond(settings.trials)) };
    }
    let column = drill.columns.iter().position(|column| column.name() == "time_to_contain");
    let column = column.expect("every run collects time_to_contain of all targets");
    let mut timed: Vec<Timed> = Vec::new();
    let mut played = 0;
    let look = |trial: &TrialRow<'_>| (trial.observation(column), trial.number);
    let run = drill.play(settings, progress, look, |(observation, number)| {
        played += 1;
        match observation {
            Observation::Value(nanos) => timed.push((Length::Contained(nanos), number)),
            Observation::Censored(_) => timed.push((Length::NotContained, number)),
            Observation::Was(_) | Observation::NotApplicable => {}
        }
        Ok::<(), Infallible>(())
    });
    run.expect("nothing is written that could fail");
    if played < settings.trials {
        return Err(NoTrial::Interrupted);
    }
    pick(timed, choice).ok_or(NoTrial::NoneRevoked(settings.trials))
}

fn pick(mut timed: Vec<Timed>, choice: Choice) -> Option<Chosen> {
    timed.sort_unstable();
    let n = timed.len();
    let (at, what) = match choice {
        Choice::Worst => (n.checked_sub(1)?, "the longest"),
        Choice::Median => (n.checked_sub(1)? / 2, "the median"),
        Choice::Number(_) => return None,
    };
    let length = timed[at].0;
    let alike = timed.iter().filter(|(other, _)| *other == length).count();
    // Sorted by length and then number, the first of those alike has the lowest number.
    let number = timed[timed.partition_point(|(other, _)| *other < length)].1;
    let others = match alike - 1 {
        0 => String::new(),
        1 => ", as long as one other".to_owned(),
        others => format!(", as long as {} others", phrase::count(others as u64)),
    };
    let revoked =
        if n == 1 { "the one revoked trial".to_owned() } else { format!("{} revoked trials", phrase::count(n as u64)) };
    Some(Chosen { number, because: format!("{what} to contain of {revoked}{others}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn contained(nanos: i64, number: u64) -> Timed {
        (Length::Contained(nanos), number)
    }

    #[test]
    fn the_worst_is_not_contained_before_it_is_long_and_the_lowest_number_breaks_ties() {
        let timed = vec![contained(900, 0), (Length::NotContained, 7), contained(5, 1), (Length::NotContained, 3)];
        let worst = pick(timed, Choice::Worst).expect("four trials");
        assert_eq!(worst.number, 3);
        assert_eq!(worst.because, "the longest to contain of 4 revoked trials, as long as one other");
        assert_eq!(pick(vec![contained(4, 8), contained(4, 2)], Choice::Worst).map(|chosen| chosen.number), Some(2));
    }

    #[test]
    fn the_median_is_the_lower_middle_of_the_revoked_trials() {
        // In order 1, 3, 3, 8 (number 9, then 2 and 6, then 4): the second of four is 3, and 2 is its lowest number.
        let timed = vec![contained(3, 6), contained(8, 4), contained(1, 9), contained(3, 2)];
        assert_eq!(pick(timed, Choice::Median).map(|chosen| chosen.number), Some(2));
        // Of 1, 3, 8 the middle is 3.
        let odd = vec![contained(3, 6), contained(8, 4), contained(1, 9)];
        assert_eq!(pick(odd, Choice::Median).map(|chosen| chosen.number), Some(6));
        assert_eq!(pick(Vec::new(), Choice::Median), None);
    }
}
