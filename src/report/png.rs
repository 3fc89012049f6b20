//! An SVG picture as PNG, twice as fine, with a font of our own.
//!
//! Only the embedded subset of DejaVu Sans is used and no file of the machine is read, so that every machine draws
//! the same picture. Images that an SVG refers to are not followed.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree, fontdb};
use std::sync::Arc;

/// Pixels to a point.
const SCALE: f32 = 2.0;

/// Pixels of the longest side that is drawn.
const LARGEST: f32 = 16_384.0;

const FAMILY: &str = "DejaVu Sans";
static FONT: &[u8] = include_bytes!("font/DejaVuSans.ttf");

/// The picture as PNG bytes, two pixels to a point.
///
/// # Errors
/// A fragment that says why the SVG cannot be drawn.
pub fn render(svg: &str) -> Result<Vec<u8>, String> {
    let tree = Tree::from_str(svg, &options()).map_err(|e| format!("the picture is not valid SVG: {e}"))?;
    let (width, height) = (tree.size().width() * SCALE, tree.size().height() * SCALE);
    if width.max(height) > LARGEST {
        return Err(format!("the picture is larger than {LARGEST} pixels: {width} by {height}"));
    }
    let mut pixels = Pixmap::new(libm::ceilf(width) as u32, libm::ceilf(height) as u32)
        .ok_or_else(|| format!("the picture has no area: {width} by {height}"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| format!("the picture cannot be written as PNG: {e}"))
}

fn options() -> Options<'static> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    fonts.set_sans_serif_family(FAMILY);
    Options {
        font_family: FAMILY.into(),
        fontdb: Arc::new(fonts),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::plot::time_to_contain;

    #[test]
    fn a_picture_is_drawn_twice_as_fine_and_alike_each_time() {
        let svg = time_to_contain::svg(&fixture::mixed());
        let png = render(&svg).expect("a valid picture");
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let side = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
        assert_eq!((side(16), side(20)), (time_to_contain::SIZE.0 * 2, time_to_contain::SIZE.1 * 2));
        assert_eq!(render(&svg).expect("a valid picture"), png);
    }

    #[test]
    fn the_picture_of_a_damaged_record_is_still_drawn() {
        assert!(render(&time_to_contain::svg(&fixture::damaged())).is_ok());
    }

    #[test]
    fn text_is_drawn_with_the_embedded_font() {
        // Without the font the letters would be missing: a picture of text alone has dark pixels only if it is there.
        let text = |words: &str| {
            let svg = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='60' height='20'>\
                 <text y='15' font-family='No Such Font, sans-serif' font-size='12'>{words}</text></svg>"
            );
            let tree = Tree::from_str(&svg, &options()).expect("valid SVG");
            let mut pixels = Pixmap::new(60, 20).expect("an area");
            resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
            pixels.pixels().iter().filter(|pixel| pixel.alpha() > 128).count()
        };
        assert_eq!(text(" "), 0);
        assert!(text("≤ p99") > 20);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(render("<html/>").is_err());
        assert!(render("<svg xmlns='http://www.w3.org/2000/svg' width='1e6' height='1e6'/>").is_err());
    }

    #[test]
    #[ignore = "writes the pictures for a reader's eye into the folder named by PICTURES"]
    fn show() {
        let folder = std::path::PathBuf::from(std::env::var("PICTURES").expect("a folder"));
        for (name, record) in fixture::every() {
            let png = render(&time_to_contain::svg(&record)).expect("a valid picture");
            std::fs::write(folder.join(format!("{name}.png")), png).expect("a writable folder");
        }
    }
}
