//! Whether invalidation beat reuse: the three shares, and how the trials ended.

use super::fit::{Block, Gap};
use super::line::{COLUMNS, Ink, Line, wrap};
use crate::record::summary::Record;
use crate::report::{find, phrase};

const SHARES: [(&str, &str); 3] = [
    ("no_replay_after_revocation", "saw no replay accepted after revocation"),
    ("revoked_before_first_use", "were revoked before the first use"),
    ("contained_before_reuse_elsewhere", "were contained before reuse elsewhere"),
];

/// Column of the words after a share.
const WORDS: usize = 32;

/// The three shares as one sentence, one to a line, and the outcomes of the trials.
pub fn block(record: &Record) -> Block {
    let heading = Line::new(Ink::Strong, "DOES INVALIDATION BEAT REUSE?").with(Ink::Plain, &answer(record));
    let mut opening = vec![heading.with(Ink::Faint, " of the trials, with 95% intervals,")];
    for (metric, words) in SHARES {
        if let Some(estimate) = find::whole(record, metric) {
            let mut words = words.to_owned();
            if estimate.n != record.run.trials && estimate.n > 0 {
                words.push_str(&format!(" (n = {})", phrase::count(estimate.n)));
            }
            let share = phrase::share(&estimate.at_zero);
            opening.push(Line::new(Ink::Plain, "  ").with(Ink::Strong, &share).to(WORDS).with(Ink::Plain, &words));
        }
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

/// In a word, whether most trials that were raced saw no replay accepted after the revocation, where the interval tells.
fn answer(record: &Record) -> String {
    let half = 0.5;
    let share = find::whole(record, "no_replay_after_revocation").filter(|estimate| estimate.n > 0);
    match share.map(|estimate| &estimate.at_zero) {
        Some(share) if share.low > half => "  mostly yes:".into(),
        Some(share) if share.high < half => "  mostly no:".into(),
        Some(_) => "  about as often as not:".into(),
        None => " ".into(),
    }
}
