//! Exit codes: one sentence each, and once released they never change.

use crate::record::summary::{ObjectiveResult, Verdict};
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was met.
    Met,
    /// Our own fault, or the machine's.
    Fault,
    /// The command was not understood.
    Usage,
    /// The scenario is invalid.
    Invalid,
    /// An objective failed, or held that was meant to fail.
    Failed,
    /// An objective could not be decided.
    Inconclusive,
    /// The run was interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Met => 0,
            Self::Fault => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::Failed => 10,
            Self::Inconclusive => 11,
            Self::Interrupted => 130,
        }
    }

    /// What the verdicts of a run come to: failed goes before inconclusive.
    pub fn of(objectives: &[ObjectiveResult]) -> Self {
        if objectives.iter().any(|objective| objective.met == Some(false)) {
            Self::Failed
        } else if objectives.iter().any(|objective| objective.verdict == Verdict::Inconclusive) {
            Self::Inconclusive
        } else {
            Self::Met
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The codes as `--help` shows them; 20, 21 and 30 are reserved.
pub const HELP: &str = "\
Exit codes:
  0    every objective is met (those meant to fail, by failing)
  1    our own fault (it says how to repeat it) or the machine's: disk, permission
  2    the command was not understood, or names a place that is not ours
  3    the scenario is invalid, or a run of it costs more than allowed
  10   an objective failed, or held though it was meant to fail
  11   an objective is inconclusive: the trials do not decide it
  20   (reserved) a live drill was refused by its guard
  21   (reserved) the target of a live drill could not be reached
  30   (reserved) verification found a difference
  130  interrupted; what was finished is reported";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::estimate::{Estimate, Figure};

    fn objective(verdict: Verdict, met: Option<bool>) -> ObjectiveResult {
        ObjectiveResult {
            rule: "p99(time_to_contain) <= 60s".into(),
            metric: "time_to_contain".into(),
            limit: 60.0,
            observed: Estimate { value: Figure::At(1.0), low: Figure::At(1.0), high: Figure::At(1.0) },
            confidence: 0.95,
            n: 1,
            verdict,
            meant_to_fail: None,
            met,
            hint: None,
        }
    }

    #[test]
    fn the_codes_are_those_that_the_help_promises() {
        let all =
            [Exit::Met, Exit::Fault, Exit::Usage, Exit::Invalid, Exit::Failed, Exit::Inconclusive, Exit::Interrupted];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 10, 11, 130]);
        let lines: Vec<&str> = HELP.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert!(all.iter().all(|exit| lines.contains(&exit.code().to_string().as_str())));
    }

    #[test]
    fn a_failed_objective_goes_before_an_inconclusive_one() {
        let (met, failed) = (objective(Verdict::Pass, Some(true)), objective(Verdict::Fail, Some(false)));
        let open = objective(Verdict::Inconclusive, None);
        assert_eq!(Exit::of(&[]), Exit::Met);
        assert_eq!(Exit::of(std::slice::from_ref(&met)), Exit::Met);
        assert_eq!(Exit::of(&[met.clone(), open.clone()]), Exit::Inconclusive);
        assert_eq!(Exit::of(&[open, failed, met]), Exit::Failed);
    }

    #[test]
    fn an_objective_that_is_meant_to_fail_is_met_by_failing() {
        assert_eq!(Exit::of(&[objective(Verdict::Fail, Some(true))]), Exit::Met);
        assert_eq!(Exit::of(&[objective(Verdict::Pass, Some(false))]), Exit::Failed);
    }
}
