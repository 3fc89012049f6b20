//! Whether invalidation beat reuse: the three shares, and how the trials ended.

use super::fit::{Block, Gap};
use super::line::{COLUMNS, Ink, Line, wrap};
use crate::record::summary::Record;
use crate::report::{find, phrase};

const SHARES: [(&str, &str); 3] = [
    ("no_replay_after_revocation", "were contained with no reuse after revocation"),
    ("revoked_before_first_use", "were revoked before the first use"),
    ("contained_before_reuse_elsewhere", "were contained before reuse elsewhere"),
];

/// Column of the words after a share.
const WORDS: usize = 32;

/// The three shares as one sentence, one to a line, and the outcomes of the trials.
pub fn block(record: &Record) -> Block {
    let shares: Vec<_> =
        SHARES.iter().filter_map(|(metric, words)| Some((find::whole(record, metric)?, *words))).collect();
    let raced = shares.first().map_or(0, |(first, _)| first.n);
    let alike = shares.iter().all(|(one, _)| one.n == raced);
    let whom = if alike && raced > 0 && raced != record.run.trials {
        format!(" of {}, 95% intervals,", phrase::trials(raced))
    } else {
        " of the trials, with 95% intervals,".into()
    };
    let heading = Line::new(Ink::Strong, "DOES INVALIDATION BEAT REUSE?").with(Ink::Plain, answer(record));
    let mut opening = vec![heading.with(Ink::Faint, &whom)];
    for (estimate, words) in shares {
        let mut words = words.to_owned();
        if !alike && estimate.n != record.run.trials && estimate.n > 0 {
            words.push_str(&format!(" (n = {})", phrase::count(estimate.n)));
        }
        let share = phrase::share(&estimate.at_zero);
        opening.push(Line::new(Ink::Plain, "  ").with(Ink::Strong, &share).to(WORDS).with(Ink::Plain, &words));
    }
    let ended = &record.outcomes;
    let outcomes = format!(
        "ended: revoked {} · expired first {} · never revoked {}",
        phrase::brief_share(&ended.revoked),
        phrase::brief_share(&ended.expired_before_revocation),
        phrase::brief_share(&ended.never_revoked)
    );
    opening.extend(wrap(&outcomes, COLUMNS - 2).iter().map(|line| Line::new(Ink::Plain, &format!("  {line}"))));
    Block { opening, gap: Gap::Empty, ..Block::default() }
}

/// Within so much of a half the interval of a toss-up lies; one that reaches further says that too little was tried.
const EVEN: f64 = 0.1;

/// In a word, whether most trials that were raced saw no reuse after the revocation, where the interval tells.
fn answer(record: &Record) -> &'static str {
    let half = 0.5;
    let share = find::whole(record, "no_replay_after_revocation").filter(|estimate| estimate.n > 0);
    match share.map(|estimate| &estimate.at_zero) {
        Some(share) if share.low > half => "  mostly yes:",
        Some(share) if share.high < half => "  mostly no:",
        Some(share) if share.low > half - EVEN && share.high < half + EVEN => "  a toss-up:",
        Some(_) => "  undecided:",
        None => " ",
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::{Colour, columns};
    use super::*;
    use crate::record::estimate::Proportion;
    use crate::report::fixture;

    #[test]
    fn no_number_of_the_shares_is_cut() {
        // 9,829 of 10,000 trials were raced, of which half, none and all won: all three say of how many.
        for (won, answer) in [(4_915, "a toss-up"), (0, "mostly no"), (9_829, "mostly yes")] {
            let mut record = fixture::every()[0].1.clone();
            record.run.trials = 10_000;
            for estimate in &mut record.estimates {
                if SHARES.iter().any(|(metric, _)| *metric == estimate.metric) {
                    estimate.n = 9_829;
                    let (low, high) = (won as f64 / 9_829.0 - 0.01, won as f64 / 9_829.0 + 0.01);
                    let share = Proportion { count: won, of: 9_829, share: won as f64 / 9_829.0, low, high };
                    estimate.at_zero = share;
                }
            }
            let lines: Vec<String> = block(&record).opening.iter().map(|line| line.render(Colour::Plain)).collect();
            assert!(lines.iter().all(|line| columns(line) <= COLUMNS && !line.contains('…')), "{lines:#?}");
            assert!(lines[0].contains(answer) && lines.concat().contains("9,829"), "{lines:#?}");
        }
    }
}
