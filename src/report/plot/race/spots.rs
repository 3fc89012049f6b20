//! Spots for the labels of a lane: beside what they name, where no other label is in the way.

use crate::report::plot::canvas::{Anchor, Canvas};
use crate::report::plot::label::Rect;
use crate::report::plot::palette::Rgb;

/// Size of labels in points.
pub const SIZE: f64 = 13.0;

/// What is taken on a lane.
#[derive(Debug)]
pub struct Spots {
    bounds: Rect,
    taken: Vec<Rect>,
}

impl Spots {
    /// Nothing is taken within `bounds`.
    pub fn new(bounds: Rect) -> Self {
        Self { bounds, taken: Vec::new() }
    }

    /// Keeps labels off a box.
    pub fn take(&mut self, rect: Rect) {
        self.taken.push(rect);
    }

    /// Writes a label beside `x` at one of the heights, the earlier the better; none where there is no room.
    pub fn write(&mut self, canvas: &mut Canvas<'_>, x: f64, heights: &[f64], text: &str, colour: Rgb) {
        let sides = [(6.0, Anchor::Start), (-6.0, Anchor::End)];
        let spots = heights.iter().flat_map(|y| sides.map(|(aside, anchor)| ((x + aside, *y), anchor)));
        for (at, anchor) in spots {
            let rect = Rect::of_text(at, text, SIZE, anchor);
            let inside = rect.left >= self.bounds.left && rect.right <= self.bounds.right;
            if inside && !self.taken.iter().any(|taken| taken.overlaps(&rect)) {
                self.taken.push(rect);
                canvas.text(at, text, SIZE, colour, anchor);
                return;
            }
        }
    }
}
