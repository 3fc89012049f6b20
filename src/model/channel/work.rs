//! What it costs to work out who hears of a revocation when: of use before a run, to refuse one that would not end.
//!
//! Promises estimates of the right order, rather too high than too low; nothing here reaches results.

/// The times within which news of one revocation is worked out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scope {
    /// Seconds from the start of the trial to the revocation.
    pub before: f64,
    /// Seconds from there to its end.
    pub after: f64,
    /// Seconds of those in which the channel, or its issuer, is down.
    pub down: f64,
}

/// What one revocation costs for one listener.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// Things that arrive and are played.
    pub deliveries: f64,
    /// Steps of working out when: polls, attempts, restarts.
    pub steps: f64,
    /// Bytes that are held meanwhile.
    pub bytes: f64,
}

impl Work {
    /// Nothing is sent.
    pub const NOTHING: Self = Self { deliveries: 0.0, steps: 0.0, bytes: 0.0 };
}

/// How many pauses fit into `seconds`, each longer than the one before by a factor, up to a longest.
pub fn pauses_within(first: f64, factor: f64, longest: f64, seconds: f64) -> f64 {
    const GROWN: usize = 128;
    let (mut pause, mut left, mut count) = (first.min(longest).max(1e-9), seconds, 0.0);
    for _ in 0..GROWN {
        if left <= 0.0 {
            return count;
        }
        let next = (pause * factor).min(longest);
        if next <= pause {
            break;
        }
        left -= pause;
        count += 1.0;
        pause = next;
    }
    count + (left / pause).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_then_keep_their_pace() {
        // 1 + 2 + 4 + 8 = 15 s are four; with at most 4 s: 1 + 2 + 4 + 4 + 4 = 15 s are five; one a second are 15.
        assert_eq!(pauses_within(1.0, 2.0, f64::INFINITY, 15.0), 4.0);
        assert_eq!(pauses_within(1.0, 2.0, 4.0, 15.0), 5.0);
        assert_eq!(pauses_within(1.0, 1.0, f64::INFINITY, 15.0), 15.0);
        // A nanosecond that never grows: 10^9 a second.
        assert!((pauses_within(0.0, 1.0, f64::INFINITY, 1.0) - 1e9).abs() < 1.0);
    }
}
