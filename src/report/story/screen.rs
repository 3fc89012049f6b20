//! A story on a terminal: at most sixty lines of eighty columns, told in order of time, the winner last.
//!
//! Every event has its time since the exposure and from the revocation. Where there are more than fit, the decisive
//! ones remain and the screen says how many it left out.

use super::folding::fold;
use crate::record::estimate::{Figure, Unit};
use crate::record::story::{Event, EventKind, Story, Winner};
use crate::report::terminal::line::{COLUMNS, Colour, Ink, Line, columns, command, cut, wrap, wrap_to};
use crate::report::{inert, phrase};

/// Lines of the screen.
pub const LINES: usize = 60;

/// Columns at which the time from the revocation, who, and what begin.
const FROM_TURN: usize = 10;
const WHO: usize = 22;
const WHAT: usize = 37;

/// Column at which the words of a fact begin.
const FACT: usize = 12;

/// What only the command knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailer {
    /// Files written.
    pub files: Vec<String>,
    /// The command that tells the same trial again.
    pub reproduce: String,
}

/// The screen, every line ending in a newline.
pub fn render(story: &Story, trailer: &Trailer, colour: Colour) -> String {
    let (head, foot) = (head(story), foot(story, trailer));
    // One line may be needed to say that something was left out.
    let room = LINES.saturating_sub(head.len() + foot.len() + 1);
    let told = fold(&story.events, |event| lines_of(story, event).len(), room);
    let left_out = story.events.len() - told.len();
    let mut lines = head;
    lines.extend(told.iter().flat_map(|at| lines_of(story, &story.events[*at])));
    if left_out > 0 {
        let (events, them) = if left_out == 1 { ("event is", "it") } else { ("events are", "them all") };
        let words = format!("{left_out} lesser {events} left out; --format json has {them}");
        lines.push(Line::default().to(WHO).with(Ink::Faint, &words));
    }
    lines.extend(foot);
    lines.iter().map(|line| line.render(colour) + "\n").collect()
}

fn head(story: &Story) -> Vec<Line> {
    let right = format!("revdrill {} · {}", story.version, phrase::evidence(story.evidence_kind));
    let name = format!("{}, trial {}", inert::text(&story.scenario), phrase::count(story.trial));
    let name = cut(&name, COLUMNS - columns(&right) - 2);
    let identity = format!(
        "digest {} · seed {} · {} · {} start",
        phrase::short_digest(&story.digest),
        story.seed,
        phrase::trials(story.trials),
        story.start
    );
    let zero = if story.outcome == "expired_before_revocation" { "EXPIRY" } else { "REVOCATION" };
    let mut lines = vec![
        Line::new(Ink::Strong, &name).to(COLUMNS - columns(&right)).with(Ink::Strong, &right),
        Line::new(Ink::Faint, &identity),
        Line::new(Ink::Plain, &cut(&format!("told because: {}", inert::text(&story.chosen)), COLUMNS)),
    ];
    if !story.injected.is_empty() {
        let injected = format!("injected: {}", story.injected.join(", "));
        lines.extend(wrap_to(&injected, COLUMNS, 2).iter().map(|line| Line::new(Ink::Unsure, line)));
    }
    lines.extend([
        Line::default(),
        Line::new(Ink::Strong, "SINCE").to(FROM_TURN).with(Ink::Strong, "FROM"),
        Line::new(Ink::Strong, "EXPOSURE")
            .to(FROM_TURN)
            .with(Ink::Strong, zero)
            .to(WHO)
            .with(Ink::Strong, "WHO")
            .to(WHAT)
            .with(Ink::Strong, "WHAT"),
    ]);
    lines
}

fn lines_of(story: &Story, event: &Event) -> Vec<Line> {
    let ink = ink(event.kind);
    let who = story.lanes.get(event.lane).map_or("", |lane| lane.name.as_str());
    let who = cut(&inert::text(who), WHAT - WHO - 1);
    let from_turn = story.turning_point.map_or_else(String::new, |zero| signed(event.at - zero));
    let mut lines = Vec::new();
    for (at, words) in wrap_to(&event.what, COLUMNS - WHAT, 6).iter().enumerate() {
        let begun = if at == 0 {
            Line::new(Ink::Plain, &phrase::duration(event.at))
                .to(FROM_TURN)
                .with(Ink::Faint, &from_turn)
                .to(WHO)
                .with(Ink::Strong, &who)
        } else {
            Line::default()
        };
        lines.push(begun.to(WHAT).with(ink, words));
    }
    lines
}

/// A time before or after the turning point: `-2m 03s`, `+1.2s`, `0s`.
fn signed(seconds: f64) -> String {
    if seconds > 0.0 { format!("+{}", phrase::duration(seconds)) } else { phrase::duration(seconds) }
}

fn ink(kind: EventKind) -> Ink {
    match kind {
        EventKind::Exposed | EventKind::Attack | EventKind::Accepted | EventKind::Opened => Ink::Bad,
        EventKind::Revoked | EventKind::Closed | EventKind::Rejected => Ink::Good,
        EventKind::Trouble => Ink::Unsure,
        EventKind::End => Ink::Strong,
        EventKind::Defence | EventKind::Sent | EventKind::Heard => Ink::Plain,
    }
}

fn foot(story: &Story, trailer: &Trailer) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    let ink = match story.won_by {
        Winner::Defender => Ink::Good,
        Winner::Attacker => Ink::Bad,
        Winner::Nobody => Ink::Unsure,
    };
    lines.extend(fact("WON BY", ink, wrap(&story.result, COLUMNS - FACT)));
    lines.extend(fact("CONTAINED", Ink::Plain, wrap(&containment(story), COLUMNS - FACT)));
    lines.extend(fact("WHY", Ink::Plain, wrap_to(&story.decided_by.join(" "), COLUMNS - FACT, 7)));
    if !trailer.files.is_empty() {
        lines.extend(fact("WRITTEN", Ink::Plain, wrap_to(&trailer.files.join(", "), COLUMNS - FACT, 3)));
    }
    lines.extend(fact("REPRODUCE", Ink::Plain, command(&trailer.reproduce, COLUMNS - FACT)));
    lines
}

/// When everything was shut, in the number of the table of trials.
pub fn containment(story: &Story) -> String {
    match story.time_to_contain {
        Some(time @ Figure::At(_)) => format!("{} after the revocation", phrase::figure(time, Unit::Seconds)),
        Some(Figure::Beyond(limit)) => format!("not within the {} that were played", phrase::duration(limit)),
        Some(Figure::Unbounded | Figure::Limitless) | None => {
            "the credential was never revoked, so there is no time to contain".into()
        }
    }
}

fn fact(name: &str, ink: Ink, words: Vec<String>) -> Vec<Line> {
    let named = |(at, words): (usize, String)| {
        Line::new(Ink::Strong, if at == 0 { name } else { "" }).to(FACT).with(ink, &words)
    };
    words.into_iter().enumerate().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::story;

    fn trailer() -> Trailer {
        Trailer { files: vec!["reports/race.svg".into()], reproduce: format!("revdrill explain {}", "x".repeat(300)) }
    }

    #[test]
    fn the_screen_has_at_most_sixty_lines_of_eighty_columns() {
        let mut long = story();
        let many = long.events.clone();
        long.events = many.iter().cycle().take(500).cloned().collect();
        long.events.iter_mut().for_each(|event| event.what = format!("{} {}", event.what, "word ".repeat(60)));
        long.lanes.iter_mut().for_each(|lane| lane.name = "n".repeat(64));
        long.scenario = "s".repeat(64);
        for story in [story(), long] {
            let screen = render(&story, &trailer(), Colour::Plain);
            assert!(screen.lines().count() <= LINES, "{} lines", screen.lines().count());
            assert!(screen.lines().all(|line| columns(line) <= COLUMNS), "{screen}");
        }
    }

    #[test]
    fn times_are_told_from_the_exposure_and_from_the_revocation() {
        // Revoked 100 s after the exposure: what happened at 340 s came 240 s after it.
        let screen = render(&story(), &trailer(), Colour::Plain);
        assert!(screen.contains("5m 40s    +4m 00s     gate"), "{screen}");
        assert!(screen.contains("0s        -1m 40s"), "{screen}");
        assert!(screen.contains("CONTAINED   4m 00s after the revocation"), "{screen}");
    }

    #[test]
    fn one_event_that_is_left_out_is_told_in_the_singular() {
        // Every event takes a line, and one detail more than there is room for is one that goes.
        let mut many = story();
        let detail = Event { weight: crate::record::story::Weight::Detail, ..many.events[1].clone() };
        let left_out = (0..LINES).find_map(|_| {
            many.events.insert(1, detail.clone());
            let screen = render(&many, &trailer(), Colour::Plain);
            screen.lines().find(|line| line.contains("left out")).map(|line| line.trim().to_owned())
        });
        assert_eq!(left_out.as_deref(), Some("1 lesser event is left out; --format json has it"));
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let mut evil = story();
        evil.lanes[0].name = "\u{1b}[31m".into();
        evil.events[0].what = "a\u{7}\u{1b}]0;x".into();
        let screen = render(&evil, &trailer(), Colour::Plain);
        assert!(!screen.chars().any(|c| c.is_control() && c != '\n'));
    }
}
