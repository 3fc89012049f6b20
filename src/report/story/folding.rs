//! Folding: which events of a long story are told, so that the decisive ones remain.
//!
//! Nothing is left out as long as everything fits. Then details go, and after them what is merely notable, the last
//! of each first; what decided the race stays as long as there is a line for it.

use crate::record::story::{Event, Weight};

/// Which events are told, in order, given the lines that each takes and the lines that there are.
pub fn fold(events: &[Event], lines_of: impl Fn(&Event) -> usize, room: usize) -> Vec<usize> {
    let mut told: Vec<usize> = (0..events.len()).collect();
    let mut needed: usize = events.iter().map(&lines_of).sum();
    for weight in [Weight::Detail, Weight::Notable, Weight::Decisive] {
        let mut at = told.len();
        // The first and the last event frame the story and stay.
        while needed > room && at > 1 {
            at -= 1;
            let framed = at == 0 || at + 1 == told.len();
            if events[told[at]].weight == weight && !framed {
                needed -= lines_of(&events[told[at]]);
                told.remove(at);
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::story::EventKind;

    fn event(weight: Weight) -> Event {
        Event { at: 0.0, lane: 0, kind: EventKind::Sent, what: String::new(), label: String::new(), weight }
    }

    #[test]
    fn what_fits_is_told_whole() {
        let events = [Weight::Detail, Weight::Decisive, Weight::Detail].map(event);
        assert_eq!(fold(&events, |_| 2, 6), [0, 1, 2]);
    }

    #[test]
    fn details_go_before_what_decided_and_the_frame_stays() {
        // Six lines of one each into four: of the details 1, 3 and 4 the last two go.
        let weights =
            [Weight::Detail, Weight::Detail, Weight::Notable, Weight::Detail, Weight::Detail, Weight::Decisive];
        let events = weights.map(event);
        assert_eq!(fold(&events, |_| 1, 4), [0, 1, 2, 5]);
        // Into two: the frame alone.
        assert_eq!(fold(&events, |_| 1, 2), [0, 5]);
    }
}
