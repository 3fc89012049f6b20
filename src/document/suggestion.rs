//! "Did you mean": the nearest of the known words.

const LONGEST: usize = 64;

/// The known word nearest to `word`, if one is near enough to be meant: at most a third of its letters differ.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let length = folded.chars().count();
    if length > LONGEST {
        return None;
    }
    let candidates = known.into_iter().filter(|candidate| candidate.len() <= LONGEST);
    let distances = candidates.map(|candidate| (strsim::osa_distance(&folded, &candidate.to_lowercase()), candidate));
    let best = distances.min_by_key(|(distance, _)| *distance)?;
    let allowed = (length.max(best.1.chars().count()) / 3).max(1);
    (best.0 <= allowed && best.0 < length).then_some(best.1)
}

/// Words in backticks, separated by commas.
pub fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["ttl", "jitter", "capped_by_expiry", "holds"];

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        for (slip, meant) in
            [("tll", "ttl"), ("TTL", "ttl"), ("jiter", "jitter"), ("caped_by_expire", "capped_by_expiry")]
        {
            assert_eq!(nearest(slip, KNOWN), Some(meant));
        }
    }

    #[test]
    fn a_word_far_from_all_others_finds_none() {
        for word in
            ["replicas", "x", "", "a very long text that nobody could have meant as any of the known keys at all"]
        {
            assert_eq!(nearest(word, KNOWN), None, "{word}");
        }
    }
}
