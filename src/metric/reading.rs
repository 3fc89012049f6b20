//! What a number of trials say of one metric, one kind of saying beside the other, so that each can be summed up at once.

use super::observation::Observation;

/// What was read of some trials, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Values; where it was asked whether something was so, 1 if it was and 0 if not.
    pub ended: Vec<i64>,
    /// Limits up to which trials were observed that had not ended.
    pub cut: Vec<i64>,
}

impl Reading {
    /// Takes in what one trial says; a value above `limit`, if there is one, is cut at it.
    #[inline]
    pub fn push(&mut self, observation: Observation, limit: Option<i64>) {
        match (observation, limit) {
            (Observation::Value(value), Some(limit)) if value > limit => self.cut.push(limit),
            (Observation::Value(value), _) => self.ended.push(value),
            (Observation::Censored(at), _) => self.cut.push(at),
            (Observation::Was(was), _) => self.ended.push(i64::from(was)),
            (Observation::NotApplicable, _) => {}
        }
    }

    /// Forgets everything but keeps the room.
    pub fn clear(&mut self) {
        self.ended.clear();
        self.cut.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_apply_leaves_nothing_and_what_exceeds_the_limit_is_cut_there() {
        let mut reading = Reading::default();
        for said in [Observation::Value(7), Observation::Value(61), Observation::NotApplicable, Observation::Was(true)]
        {
            reading.push(said, Some(60));
        }
        reading.push(Observation::Censored(50), None);
        reading.push(Observation::Value(61), None);
        assert_eq!((reading.ended.as_slice(), reading.cut.as_slice()), ([7, 1, 61].as_slice(), [60, 50].as_slice()));
    }
}
