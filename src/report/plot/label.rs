//! Where labels stand: their size in the font of the pictures, and places where they overlap nothing.

use super::canvas::{Anchor, Point};

/// Advance widths of the printable ASCII characters in DejaVu Sans, in 1/2048 of the size.
const ADVANCE: [u16; 95] = [
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303, 1303, 1303,
    1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577, 1294, 1178, 1587,
    1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403,
    799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298,
    1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
];

/// A box on the picture, from its upper left to its lower right corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Rect {
    /// The box of a text whose middle height is at `at`.
    pub fn of_text(at: Point, text: &str, size: f64, anchor: Anchor) -> Self {
        let width = width(text, size);
        let left = match anchor {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - width / 2.0,
            Anchor::End => at.0 - width,
        };
        Self { left, top: at.1 - size * 0.62, right: left + width, bottom: at.1 + size * 0.62 }
    }

    /// Whether the boxes share any area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn holds(&self, other: &Self) -> bool {
        self.left <= other.left && other.right <= self.right && self.top <= other.top && other.bottom <= self.bottom
    }
}

/// Width of a text in points; a character outside ASCII counts as a wide one.
pub fn width(text: &str, size: f64) -> f64 {
    let advance = |c: char| match c {
        ' '..='~' => ADVANCE[c as usize - 32],
        '\u{A0}'..='\u{17F}' => 1400,
        _ => 2048,
    };
    text.chars().map(|c| f64::from(advance(c))).sum::<f64>() * size / 2048.0
}

/// The text itself if it is no wider than `most` points, else its beginning and an ellipsis.
pub fn shorten(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size) + size > most {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// Chooses places for labels, one after the other.
#[derive(Clone, Debug)]
pub struct Placer {
    bounds: Rect,
    taken: Vec<Rect>,
    /// Lines as boxes of their pieces, with the cost of crossing one.
    lines: Vec<(usize, Vec<Rect>)>,
}

impl Placer {
    /// Nothing is placed yet within `bounds`.
    pub fn new(bounds: Rect) -> Self {
        Self { bounds, taken: Vec::new(), lines: Vec::new() }
    }

    /// Labels shall keep off this line of horizontal and vertical steps; to cross it costs `weight`.
    pub fn avoid(&mut self, line: &[Point], weight: usize) {
        let away = 2.0;
        let piece = |pair: &[Point]| Rect {
            left: pair[0].0.min(pair[1].0) - away,
            top: pair[0].1.min(pair[1].1) - away,
            right: pair[0].0.max(pair[1].0) + away,
            bottom: pair[0].1.max(pair[1].1) + away,
        };
        self.lines.push((weight, line.windows(2).map(piece).collect()));
    }

    /// The index of the best of several places for a label, the earlier of two equal ones; the place is then taken.
    pub fn place(&mut self, candidates: &[Rect]) -> Option<usize> {
        let best = (0..candidates.len()).min_by_key(|i| self.cost(&candidates[*i]))?;
        self.taken.push(candidates[best]);
        Some(best)
    }

    fn cost(&self, rect: &Rect) -> usize {
        let outside = if self.bounds.holds(rect) { 0 } else { 1_000_000 };
        let on_labels = self.taken.iter().filter(|taken| taken.overlaps(rect)).count();
        let crossed = self.lines.iter().filter(|(_, line)| line.iter().any(|piece| piece.overlaps(rect)));
        let on_lines: usize = crossed.map(|(weight, _)| weight).sum();
        outside + on_labels * 10_000 + on_lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Rect = Rect { left: 0.0, top: 0.0, right: 100.0, bottom: 100.0 };

    fn at(left: f64, top: f64) -> Rect {
        Rect { left, top, right: left + 20.0, bottom: top + 10.0 }
    }

    #[test]
    fn a_label_avoids_labels_before_lines_and_stays_inside() {
        let mut placer = Placer::new(BOUNDS);
        placer.avoid(&[(0.0, 5.0), (100.0, 5.0)], 1);
        assert_eq!(placer.place(&[at(0.0, 0.0), at(0.0, 20.0)]), Some(1), "the first lies on the line");
        assert_eq!(placer.place(&[at(10.0, 20.0), at(10.0, 0.0)]), Some(1), "the first lies on a label");
        assert_eq!(placer.place(&[at(90.0, 50.0), at(50.0, 50.0)]), Some(1), "the first sticks out");
    }

    #[test]
    fn a_text_is_as_wide_as_its_letters() {
        // `il` is 569 + 569 units of 2048: at size 2048 that is 1138 points.
        assert_eq!(width("il", 2048.0), 1138.0);
        assert!(width(&shorten(&"w".repeat(99), 10.0, 80.0), 10.0) <= 90.0);
        assert_eq!(shorten("short", 10.0, 80.0), "short");
    }

    #[test]
    fn widths_agree_with_the_font_of_the_png() {
        use resvg::usvg::{Node, Options, Tree};
        let mut options = Options { font_family: "DejaVu Sans".into(), ..Options::default() };
        options.fontdb_mut().load_font_data(include_bytes!("../font/DejaVuSans.ttf").to_vec());
        for words in
            ["0.30% not contained by 30m", "partner-key {target=secrets}", "WWWW iiii", "p99 4m 58s [4m 57s, inf]"]
        {
            let svg = format!("<svg xmlns='http://www.w3.org/2000/svg'><text font-size='100'>{words}</text></svg>");
            let tree = Tree::from_str(&svg, &options).expect("valid SVG");
            let Some(Node::Text(text)) = tree.root().children().first() else { panic!("no text in {svg}") };
            let drawn = f64::from(text.bounding_box().width());
            assert!((width(words, 100.0) / drawn - 1.0).abs() < 0.03, "{words}: {} and {drawn}", width(words, 100.0));
        }
    }
}
