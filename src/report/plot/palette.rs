//! Colours that readers with any colour vision can tell apart (Okabe and Ito 2008), on white.

/// Red, green and blue.
pub type Rgb = (u8, u8, u8);

/// Text and the curve over all targets.
pub const INK: Rgb = (0x11, 0x11, 0x11);
/// Secondary text and objective lines.
pub const QUIET: Rgb = (0x55, 0x55, 0x55);
/// Grid lines and curves without a label.
pub const GRID: Rgb = (0xDD, 0xDD, 0xDD);
/// Curves beyond those that are labelled.
pub const OTHERS: Rgb = (0xAA, 0xAA, 0xAA);
/// Behind labels.
pub const PAPER: Rgb = (0xFF, 0xFF, 0xFF);
/// The confidence band.
pub const BAND: Rgb = (0x56, 0xB4, 0xE9);
/// Bars of positive times.
pub const BARS: Rgb = (0x56, 0xB4, 0xE9);
/// What happened at once.
pub const AT_ONCE: Rgb = (0x00, 0x9E, 0x73);
/// What was not contained, and failed objectives.
pub const OPEN: Rgb = (0xD5, 0x5E, 0x00);
/// Curves of targets, in turn.
pub const CURVES: [Rgb; 6] = [
    (0x00, 0x72, 0xB2),
    (0xE6, 0x9F, 0x00),
    (0x00, 0x9E, 0x73),
    (0xCC, 0x79, 0xA7),
    (0x56, 0xB4, 0xE9),
    (0xD5, 0x5E, 0x00),
];

/// The colour dark enough for text on white.
pub fn for_text((r, g, b): Rgb) -> Rgb {
    let darker = |part: u8| (u16::from(part) * 7 / 10) as u8;
    (darker(r), darker(g), darker(b))
}
