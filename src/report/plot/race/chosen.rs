//! Which lanes are drawn: a dozen at most, in the order of the story. Where doors compete for room, the slowest have
//! it; where credentials do, the first and that which was good the longest.

use crate::record::story::{Lane, LaneKind, Story};

/// The most lanes of a picture.
pub const MOST: usize = 12;

/// The most issuers, credentials and channels while doors want room.
const MOST_OF_A_KIND: usize = 2;

/// The numbers of the lanes that are drawn, in their order, and how many are not.
pub fn lanes(story: &Story) -> (Vec<usize>, usize) {
    let of = |kind: LaneKind| {
        let lanes = story.lanes.iter().enumerate().filter(move |(_, lane)| lane.kind == kind);
        lanes.map(|(number, _)| number)
    };
    let mut shown: Vec<usize> = of(LaneKind::Attacker).chain(of(LaneKind::Defender)).collect();
    let last_first = |a: &usize, b: &usize| shut(&story.lanes[*b]).total_cmp(&shut(&story.lanes[*a])).then(a.cmp(b));
    let mut credentials: Vec<usize> = of(LaneKind::Credential).collect();
    if let Some(after_the_first) = credentials.get_mut(1..) {
        after_the_first.sort_by(last_first);
    }
    let others = [of(LaneKind::Issuer).collect(), credentials, of(LaneKind::Channel).collect()];
    for lanes in &others {
        shown.extend(lanes.iter().take(MOST_OF_A_KIND));
    }
    let mut doors: Vec<usize> = of(LaneKind::Verifier).chain(of(LaneKind::Target)).collect();
    doors.sort_by(last_first);
    shown.extend(doors.into_iter().take(MOST.saturating_sub(shown.len())));
    let left: Vec<usize> = others.into_iter().flat_map(|lanes| lanes.into_iter().skip(MOST_OF_A_KIND)).collect();
    shown.extend(left.into_iter().take(MOST.saturating_sub(shown.len())));
    shown.sort_by_key(|lane| (rank(story.lanes[*lane].kind), *lane));
    let left_out = story.lanes.len() - shown.len();
    (shown, left_out)
}

fn shut(lane: &Lane) -> f64 {
    match lane.stretches.last() {
        // It is never shut, and decides no race.
        Some(_) if lane.checks_nothing() => -1.0,
        Some(last) => last.to.unwrap_or(f64::MAX),
        None => -1.0,
    }
}

fn rank(kind: LaneKind) -> u8 {
    match kind {
        LaneKind::Attacker => 0,
        LaneKind::Defender => 1,
        LaneKind::Issuer => 2,
        LaneKind::Credential => 3,
        LaneKind::Channel => 4,
        LaneKind::Verifier | LaneKind::Target => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::story;

    #[test]
    fn a_dozen_lanes_are_drawn_and_the_slowest_door_is_among_them() {
        let mut long = story();
        for shut in 0..40 {
            let mut lane = long.lanes[4].clone();
            lane.stretches[0].to = Some(100.0 + f64::from(shut));
            long.lanes.push(lane);
        }
        let (shown, left_out) = lanes(&long);
        assert_eq!((shown.len(), left_out), (MOST, 45 - MOST));
        assert!(shown.contains(&4) && shown.contains(&44), "{shown:?}");
        assert!(!shown.contains(&5), "the fastest door has no room");
        assert_eq!(lanes(&story()).1, 0);
    }

    #[test]
    fn of_many_credentials_the_first_and_the_longest_good_are_drawn() {
        // Lane 3 is the stolen token; of 20 that were minted, lane 10 alone is good to the end. Ten more doors want room.
        let mut long = story();
        for minted in 0..20 {
            let mut lane = long.lanes[3].clone();
            lane.stretches[0].to = (minted != 5).then(|| 90.0 + f64::from(minted));
            long.lanes.push(lane);
        }
        for _ in 0..10 {
            let door = long.lanes[4].clone();
            long.lanes.push(door);
        }
        let (shown, left_out) = lanes(&long);
        assert_eq!((shown.len(), left_out), (MOST, 35 - MOST));
        assert_eq!(shown[3..5], [3, 10]);
    }
}
