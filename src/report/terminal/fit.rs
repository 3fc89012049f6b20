//! Fits blocks of lines into the height of a screen, and says what it left out.
//!
//! Lists are shortened from their ends, the longest first; then the empty lines between blocks go, the one before
//! the last block at the end; then items keep but their first lines, and lists are shortened to their first item. The last
//! block stands last whatever happens, and items that must be shown are, even beyond the height.

use super::line::{Ink, Line};

/// Lines that an item keeps where the screen is full.
const BRIEF: usize = 2;

/// A group of lines: an opening that stays, and items of which the first `keep` go last.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Lines that are always shown.
    pub opening: Vec<Line>,
    /// Items in falling order of importance, each of one or more lines.
    pub items: Vec<Vec<Line>>,
    /// How many items stay while other lists can still be shortened.
    pub keep: usize,
    /// How many of the first items are shown whatever happens.
    pub must: usize,
    /// Whether it is shortened below what it keeps only after all other lists were.
    pub last: bool,
    /// How many of the first items are shown further below as well.
    pub below: usize,
    /// Whether an item is rather left out than cut to its first lines.
    pub whole: bool,
    /// Column at which the line begins that says how many were left out.
    pub indent: usize,
    /// Whether an empty line stands before the block.
    pub gap: Gap,
}

/// What stands between a block and the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    /// Nothing: the block continues the one before.
    #[default]
    None,
    /// An empty line, if there is room.
    Empty,
}

/// The lines of the blocks, at most `height` of them as long as the openings and what must be shown allow it; and how many
/// items of each are shown.
pub fn fit(blocks: &[Block], height: usize) -> (Vec<Line>, Vec<usize>) {
    let mut shown: Vec<usize> = blocks.iter().map(|block| block.items.len()).collect();
    let mut gaps: Vec<Gap> = blocks.iter().map(|block| block.gap).collect();
    let total = |shown: &[usize], gaps: &[Gap]| -> usize {
        let lines: usize = blocks.iter().zip(shown).map(|(block, n)| height_of(block, *n)).sum();
        lines + gaps.iter().filter(|gap| **gap == Gap::Empty).count()
    };
    while total(&shown, &gaps) > height && shorten(blocks, &mut shown, |block| block.keep) {}
    while total(&shown, &gaps) > height {
        let before_last = blocks.len().saturating_sub(1);
        let dispensable = gaps[..before_last].iter().rposition(|gap| *gap == Gap::Empty);
        match dispensable.or_else(|| gaps.iter().rposition(|gap| *gap == Gap::Empty)) {
            Some(at) => gaps[at] = Gap::None,
            None => break,
        }
    }
    if total(&shown, &gaps) > height {
        return fit_brief(blocks, &shown, &gaps, height);
    }
    let lines = blocks.iter().zip(shown.iter().zip(&gaps)).flat_map(|(block, (n, gap))| lines_of(block, *n, *gap));
    (lines.collect(), shown)
}

/// The same where nothing else helps: items keep the lines that they begin with, and lists their first item.
fn fit_brief(blocks: &[Block], shown: &[usize], gaps: &[Gap], height: usize) -> (Vec<Line>, Vec<usize>) {
    let brief = |item: &Vec<Line>| {
        let mut kept: Vec<Line> = item.iter().take(BRIEF).cloned().collect();
        if let Some(last) = kept.last_mut().filter(|_| item.len() > BRIEF) {
            *last = last.clone().with(Ink::Faint, " …");
        }
        kept
    };
    // Nothing but what must be shown makes the screen grow, and a first item is shown of every list anyway.
    let more: usize = blocks.iter().map(|block| block.must.saturating_sub(1)).sum();
    let lines = |kept: &dyn Fn(&Block) -> bool| {
        let of = |block: &Block| Block {
            items: if kept(block) { block.items.clone() } else { block.items.iter().map(brief).collect() },
            ..block.clone()
        };
        let blocks: Vec<Block> = blocks.iter().map(of).collect();
        let mut shown = shown.to_vec();
        let total =
            |shown: &[usize]| -> usize { blocks.iter().zip(shown).map(|(block, n)| height_of(block, *n)).sum() };
        while total(&shown) > height && shorten(&blocks, &mut shown, |block| if block.last { block.keep } else { 1 }) {}
        while total(&shown) > height && shorten(&blocks, &mut shown, |_| 1) {}
        let lines = blocks.iter().zip(shown.iter().zip(gaps)).flat_map(|(block, (n, gap))| lines_of(block, *n, *gap));
        (lines.collect::<Vec<Line>>(), shown)
    };
    let found = lines(&|block| block.whole);
    if found.0.len() > height + more { lines(&|_| false) } else { found }
}

/// Shortens the tallest list that has more than it keeps, by as little as saves a line.
fn shorten(blocks: &[Block], shown: &mut [usize], keep: impl Fn(&Block) -> usize) -> bool {
    let fewer = |i: usize| {
        let height = height_of(&blocks[i], shown[i]);
        let least = keep(&blocks[i]).max(blocks[i].must).max(1).min(shown[i]);
        (least..shown[i]).rev().find(|n| height_of(&blocks[i], *n) < height).map(|n| (height, i, n))
    };
    let tallest = (0..blocks.len()).filter_map(fewer).max();
    if let Some((_, i, n)) = tallest {
        shown[i] = n;
    }
    tallest.is_some()
}

fn height_of(block: &Block, shown: usize) -> usize {
    let items: usize = block.items[..shown].iter().map(Vec::len).sum();
    block.opening.len() + items + usize::from(shown < block.items.len())
}

fn lines_of(block: &Block, shown: usize, gap: Gap) -> Vec<Line> {
    let mut lines = if gap == Gap::Empty { vec![Line::default()] } else { Vec::new() };
    lines.extend(block.opening.iter().cloned());
    lines.extend(block.items[..shown].iter().flatten().cloned());
    let left_out = block.items.len() - shown;
    if left_out > 0 {
        let below = block.below.saturating_sub(shown);
        let words = match left_out - below {
            0 => format!("and {below} more below"),
            elsewhere if below == 0 => format!("and {elsewhere} more in record.json"),
            elsewhere => format!("and {below} more below, {elsewhere} in record.json"),
        };
        lines.push(Line::default().to(block.indent).with(Ink::Faint, &words));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(n: usize, keep: usize, gap: Gap) -> Block {
        let item = |i: usize| vec![Line::new(Ink::Plain, &format!("item {i}"))];
        Block { items: (0..n).map(item).collect(), keep, gap, ..Block::default() }
    }

    fn text((lines, _): &(Vec<Line>, Vec<usize>)) -> Vec<String> {
        lines.iter().map(|line| line.render(super::super::line::Colour::Plain)).collect()
    }

    #[test]
    fn what_fits_is_shown_whole() {
        assert_eq!(text(&fit(&[list(2, 1, Gap::None), list(1, 1, Gap::Empty)], 4)), ["item 0", "item 1", "", "item 0"]);
    }

    #[test]
    fn the_longest_list_is_shortened_and_says_by_how_much() {
        // Twelve lines into five: 10 items become 2 and the line that says so, beside 2 untouched ones.
        let lines = text(&fit(&[list(10, 2, Gap::None), list(2, 2, Gap::None)], 5));
        assert_eq!(lines, ["item 0", "item 1", "and 8 more in record.json", "item 0", "item 1"]);
    }

    #[test]
    fn the_later_lines_of_an_item_go_before_items_that_are_kept() {
        // Two items of four lines each into five: the first two lines of each are four.
        let line = |text: &str| Line::new(Ink::Plain, text);
        let item = |name: &str| ["rule", "seen", "why", "more"].map(|word| line(&format!("{name} {word}"))).to_vec();
        let block = Block { items: vec![item("a"), item("b")], keep: 2, ..Block::default() };
        assert_eq!(text(&fit(&[block], 5)), ["a rule", "a seen …", "b rule", "b seen …"]);
    }

    #[test]
    fn a_list_that_is_shortened_last_keeps_what_it_keeps_as_long_as_others_have_more_than_one() {
        // Three items of one line and three of another in five lines: the other becomes one and a line that says so.
        let last = Block { last: true, ..list(3, 3, Gap::None) };
        let lines = text(&fit(&[last, list(3, 3, Gap::None)], 5));
        assert_eq!(lines, ["item 0", "item 1", "item 2", "item 0", "and 2 more in record.json"]);
    }

    #[test]
    fn what_must_be_shown_is_even_beyond_the_height() {
        // Five lines do not hold three items of one list and the six that must be shown of the other, of eight: the first
        // is cut to one item and a line that says so, the second to six and a line.
        let must = Block { must: 6, ..list(8, 1, Gap::None) };
        let lines = text(&fit(&[list(3, 1, Gap::None), must], 5));
        assert_eq!(lines.len(), 2 + 7);
        assert_eq!((lines[1].as_str(), lines[7].as_str()), ("and 2 more in record.json", "item 5"));
    }

    #[test]
    fn what_is_left_out_says_where_it_is() {
        let block = |below| Block { below, ..list(10, 2, Gap::None) };
        let last = |below| text(&fit(&[block(below)], 3)).swap_remove(2);
        assert_eq!(last(2), "and 8 more in record.json");
        assert_eq!(last(5), "and 3 more below, 5 in record.json");
        assert_eq!(last(10), "and 8 more below");
    }

    #[test]
    fn an_item_that_is_shown_whole_is_not_cut_to_its_first_lines() {
        let line = |text: &str| Line::new(Ink::Plain, text);
        let item = |name: &str| ["one", "two", "three"].map(|word| line(&format!("{name} {word}"))).to_vec();
        let block = Block { items: vec![item("a"), item("b")], keep: 2, whole: true, ..Block::default() };
        assert_eq!(text(&fit(&[block], 4)), ["a one", "a two", "a three", "and 1 more in record.json"]);
    }

    #[test]
    fn empty_lines_go_before_the_items_that_are_kept() {
        let lines = text(&fit(&[list(2, 2, Gap::None), list(2, 2, Gap::Empty)], 4));
        assert_eq!(lines, ["item 0", "item 1", "item 0", "item 1"]);
    }
}
