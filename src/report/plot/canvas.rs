//! A drawing surface in points over the SVG backend of plotters.
//!
//! The backend knows only whole numbers, so it draws on a grid four times as fine as the picture. Nothing here is
//! random or dated: the same strokes give the same bytes. All text is made inert and escaped.

use super::palette::Rgb;
use crate::report::inert;
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor, ShapeStyle, TextStyle};

/// Grid points to a point of the picture.
const FINE: f64 = 4.0;

/// The font of all text; the PNG has it embedded.
const FAMILY: &str = "DejaVu Sans, sans-serif";

/// A place, in points from the upper left corner.
pub type Point = (f64, f64);

/// A line's colour, width and opacity.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// Its colour.
    pub colour: Rgb,
    /// Its width in points.
    pub width: f64,
}

/// Which part of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// The surface while it is being drawn on.
pub struct Canvas<'a> {
    backend: SVGBackend<'a>,
}

/// A whole picture on white: its size in points, its title and description for those who cannot see it, its strokes.
pub fn picture(size: (u32, u32), title: &str, description: &str, paint: impl FnOnce(&mut Canvas<'_>)) -> String {
    let mut drawn = String::new();
    let (width, height) = (size.0 * FINE as u32, size.1 * FINE as u32);
    let mut canvas = Canvas { backend: SVGBackend::with_string(&mut drawn, (width, height)) };
    canvas.area(
        &[(0.0, 0.0), (size.0.into(), 0.0), (size.0.into(), size.1.into()), (0.0, size.1.into())],
        (255, 255, 255),
        1.0,
    );
    paint(&mut canvas);
    canvas.backend.present().expect(IN_MEMORY);
    drop(canvas);
    let strokes = drawn.split_once('\n').map_or("", |(_, strokes)| strokes);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"title description\">\n<title id=\"title\">{}</title>\n\
         <desc id=\"description\">{}</desc>\n{strokes}",
        size.0,
        size.1,
        escape(title),
        escape(description)
    )
}

impl Canvas<'_> {
    /// A line through the points.
    pub fn path(&mut self, points: &[Point], pen: Pen) {
        let mut grid: Vec<(i32, i32)> = points.iter().map(|point| on_grid(*point)).collect();
        grid.dedup();
        self.backend.draw_path(grid, &stroke(pen)).expect(IN_MEMORY);
    }

    /// A dashed straight line.
    pub fn dashes(&mut self, from: Point, to: Point, dash: f64, pen: Pen) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = libm::sqrt(dx * dx + dy * dy);
        let at = |done: f64| (from.0 + dx * done / length, from.1 + dy * done / length);
        let mut done = 0.0;
        while done < length {
            self.path(&[at(done), at((done + dash).min(length))], pen);
            done += dash * 1.8;
        }
    }

    /// A filled polygon.
    pub fn area(&mut self, outline: &[Point], colour: Rgb, opacity: f64) {
        let mut grid: Vec<(i32, i32)> = outline.iter().map(|point| on_grid(*point)).collect();
        grid.dedup();
        self.backend.fill_polygon(grid, &rgb(colour).mix(opacity)).expect(IN_MEMORY);
    }

    /// A filled rectangle between two corners.
    pub fn rectangle(&mut self, from: Point, to: Point, colour: Rgb, opacity: f64) {
        self.area(&[from, (to.0, from.1), to, (from.0, to.1)], colour, opacity);
    }

    /// A filled disc.
    pub fn dot(&mut self, at: Point, radius: f64, colour: Rgb) {
        let radius = libm::rint(radius * FINE) as u32;
        self.backend.draw_circle(on_grid(at), radius, &rgb(colour), true).expect(IN_MEMORY);
    }

    /// A text whose middle height is at the place.
    pub fn text(&mut self, at: Point, text: &str, size: f64, colour: Rgb, anchor: Anchor) {
        let anchor = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        // The backend divides sizes by 1.24 on their way into the file.
        let ink = rgb(colour);
        let style = TextStyle::from((FAMILY, size * 1.24 * FINE)).color(&ink).pos(Pos::new(anchor, VPos::Center));
        self.backend.draw_text(&inert::text(text), &style, on_grid(at)).expect(IN_MEMORY);
    }
}

const IN_MEMORY: &str = "drawing into a string cannot fail";

fn on_grid((x, y): Point) -> (i32, i32) {
    let whole = |part: f64| libm::rint((part * FINE).clamp(-1e6, 1e6)) as i32;
    (whole(x), whole(y))
}

fn rgb((r, g, b): Rgb) -> RGBColor {
    RGBColor(r, g, b)
}

fn stroke(pen: Pen) -> ShapeStyle {
    rgb(pen.colour).stroke_width(libm::rint(pen.width * FINE) as u32)
}

fn escape(text: &str) -> String {
    inert::text(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_inert_wherever_it_stands() {
        let evil = "<script>&\u{1b}\"";
        let svg = picture((10, 10), evil, evil, |canvas| canvas.text((1.0, 1.0), evil, 8.0, (0, 0, 0), Anchor::Start));
        assert!(!svg.contains("<script>") && !svg.contains('\u{1b}'), "{svg}");
        assert_eq!(svg.matches("&lt;script&gt;&amp;\u{FFFD}").count(), 3, "{svg}");
    }

    #[test]
    fn a_point_of_the_picture_is_four_of_the_grid() {
        let pen = Pen { colour: (0, 0, 0), width: 1.5 };
        let svg = picture((100, 50), "", "", |canvas| canvas.path(&[(1.25, 2.0), (3.0, 4.5)], pen));
        assert!(svg.contains("width=\"100\" height=\"50\" viewBox=\"0 0 400 200\""), "{svg}");
        assert!(svg.contains("stroke-width=\"6\" points=\"5,8 12,18 \""), "{svg}");
    }
}
